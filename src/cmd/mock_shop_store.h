/*
 * What the demo shop knows: customers, orders, shipments, cases, and the effects of
 * changing calls. No HTTP here.
 *
 * Everything lives in the store's arena until store_fini(). Texts in the structs are the
 * store's own (store_text copies). The schema tables write the structs as the services'
 * JSON.
 */
#ifndef CMD_MOCK_SHOP_STORE_H
#define CMD_MOCK_SHOP_STORE_H

#include "base/arena.h"
#include "base/map.h"
#include "base/schema.h"

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)

enum shop_tier { TIER_STANDARD, TIER_PREMIUM, TIER_VIP };
enum order_status {
	ORDER_PENDING,
	ORDER_CONFIRMED,
	ORDER_PROCESSING,
	ORDER_SHIPPED,
	ORDER_DELIVERED,
	ORDER_CANCELLED,
	ORDER_RETURNED,
};
enum payment_status { PAYMENT_PENDING, PAYMENT_PAID, PAYMENT_FAILED, PAYMENT_REFUNDED };
enum shipment_status {
	SHIPMENT_LABEL_CREATED,
	SHIPMENT_PICKED_UP,
	SHIPMENT_IN_TRANSIT,
	SHIPMENT_OUT_FOR_DELIVERY,
	SHIPMENT_DELIVERED,
	SHIPMENT_EXCEPTION,
};

enum exception_type {
	EXCEPTION_DELAY,
	EXCEPTION_DAMAGED,
	EXCEPTION_LOST,
	EXCEPTION_DELIVERY_FAILED,
	EXCEPTION_ADDRESS
};
enum case_type { CASE_COMPLAINT, CASE_INQUIRY, CASE_COMPLIMENT };
enum case_status { CASE_OPEN, CASE_IN_PROGRESS, CASE_RESOLVED, CASE_ESCALATED };
enum case_priority { CASE_LOW, CASE_MEDIUM, CASE_HIGH, CASE_URGENT };

/* Names in JSON, by the enums' values. */
extern const char *const shop_tier_names[];
extern const char *const order_status_names[];
extern const char *const shipment_status_names[];
extern const char *const exception_type_names[];
extern const char *const case_type_names[];
extern const char *const case_status_names[];
extern const char *const case_priority_names[];

struct shop_address {
	struct str street, city, state, zip, country;
};

struct shop_preferences {
	bool email_notifications, sms_notifications, newsletter;
};

struct shop_note {
	struct str at, author, text;
};

struct shop_order;

struct shop_customer {
	struct str customer_id, email, first_name, last_name, phone, account_status;
	int tier;
	struct str registration_date, last_login;
	struct shop_preferences preferences;
	struct shop_address address;
	struct items notes;         /* struct shop_note */
	struct shop_order **orders; /* oldest first */
	size_t order_count;
	struct items cases; /* struct shop_case, oldest first */
};

/* An entry of the support history. */
struct shop_case {
	struct str interaction_id, customer_id;
	int type, status, priority;
	struct str subject, description, created_date, resolved_date, agent_id;
};

struct shop_item {
	struct str item_id, product_id, name;
	int64_t quantity;
	double unit_price, total_price;
	struct str sku;
};

struct order_event {
	struct str status, at, text;
};

struct shop_order {
	struct str order_id, customer_id, customer_email;
	int status;
	double subtotal, tax_amount, shipping_cost, total_amount, refunded_amount;
	struct str currency;
	struct items items; /* struct shop_item */
	struct shop_address shipping_address, billing_address;
	struct str order_date, estimated_delivery, actual_delivery, tracking_number,
		carrier, payment_method;
	int payment_status;
	struct items notes; /* struct shop_note */
	struct str last_updated;
	struct items history; /* struct order_event, oldest first */
	int64_t ordered_ms, estimated_ms;
	struct shop_customer *customer;
};

struct shipment_event {
	struct str status, at, location, description;
};

struct shop_exception {
	struct str case_id;
	int type;
	struct str description, since, status;
};

struct shop_shipment {
	struct str tracking_number, order_id, carrier;
	int status;
	struct str origin, location;
	struct shop_address address;
	struct str estimated_delivery, actual_delivery, last_update;
	struct items events;     /* struct shipment_event, oldest first */
	struct items exceptions; /* struct shop_exception */
	int64_t estimated_ms;
};

extern const struct schema shop_address_schema, shop_customer_schema, shop_case_schema,
	shop_order_schema, order_event_schema, shop_shipment_schema,
	shop_exception_schema;

struct shop_store {
	struct arena arena;
	struct map customers; /* by e-mail and by id */
	struct map orders;    /* by id */
	struct map shipments; /* by tracking number */
	size_t customer_count, order_count;
	uint64_t chance; /* state of the seeded generator */
};

/* Fills the store with the samples and `extra` generated customers; dates are relative to
 * now_ms. */
void store_init(struct shop_store *s, uint64_t seed, int64_t now_ms, int64_t extra);
void store_fini(struct shop_store *s);

/* NULL when there is none. A customer is found by e-mail (in any case) or id. */
struct shop_customer *store_customer(const struct shop_store *s, struct str email_or_id);
struct shop_order *store_order(const struct shop_store *s, struct str id);
struct shop_shipment *store_shipment(const struct shop_store *s, struct str number);

/* The shop's own copy of a text. */
struct str store_text(struct shop_store *s, struct str text);
struct shop_address store_address(struct shop_store *s, const struct shop_address *from);
/* "2026-01-31T09:30:00Z" */
struct str store_date(struct shop_store *s, int64_t ms);
/* The next number of the seeded generator. */
uint64_t store_chance(struct shop_store *s);
/* prefix and `digits` upper-case hexadecimal digits of chance: "REF-" 6 gives
 * "REF-0A41F3". */
struct str store_id(struct shop_store *s, const char *prefix, int digits);
/* Room for one more element behind the list's last, cleared. Earlier pointers into the
 * list end here. */
void *store_append(struct shop_store *s, struct items *list, size_t size);
#define STORE_APPEND(s, list, type) ((type *)store_append((s), (list), sizeof(type)))

void store_add_customer(struct shop_store *s, struct shop_customer *c);
/* The order's customer must be set. */
void store_add_order(struct shop_store *s, struct shop_order *o);
void store_add_shipment(struct shop_store *s, struct shop_shipment *p);

void store_add_note(struct shop_store *s, struct items *notes, struct str author,
	struct str text, int64_t at_ms);

/* True when an order may go from one state to the other. */
bool order_may_become(int from, int to);
/* Moves the order, tells its history why, and carries the change to its shipment
 * (shipped: gets one). */
void order_become(struct shop_store *s, struct shop_order *o, int to, struct str why,
	int64_t now_ms);
void order_estimate(struct shop_store *s, struct shop_order *o, int64_t estimated_ms);
void order_add_event(struct shop_store *s, struct shop_order *o, struct str status,
	struct str text, int64_t at_ms);
void shipment_become(struct shop_store *s, struct shop_shipment *p, int to,
	struct str where, int64_t at_ms);

/* The samples and the generated rest (mock_shop_samples.c). */
void samples_fill(struct shop_store *s, int64_t now_ms, int64_t extra);

#endif
