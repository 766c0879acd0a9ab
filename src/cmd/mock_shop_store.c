#include "cmd/mock_shop_store.h"

#include "base/err.h"
#include "base/limits.h"

const char *const shop_tier_names[] = {"standard", "premium", "vip", NULL};
const char *const order_status_names[] = {"pending", "confirmed", "processing", "shipped",
	"delivered", "cancelled", "returned", NULL};
const char *const shipment_status_names[] = {"label_created", "picked_up", "in_transit",
	"out_for_delivery", "delivered", "exception", NULL};
const char *const exception_type_names[] = {
	"delay", "damaged", "lost", "delivery_failed", "address_issue", NULL};
const char *const case_type_names[] = {"complaint", "inquiry", "compliment", NULL};
const char *const case_status_names[] = {
	"open", "in_progress", "resolved", "escalated", NULL};
const char *const case_priority_names[] = {"low", "medium", "high", "urgent", NULL};
static const char *const payment_status_names[] = {
	"pending", "paid", "failed", "refunded", NULL};

static const struct field address_fields[] = {
	FIELD(struct shop_address, street, SCHEMA_STR, .required = true, .min = 1,
		.max = 200),
	FIELD(struct shop_address, city, SCHEMA_STR, .required = true, .min = 1,
		.max = 100),
	FIELD(struct shop_address, state, SCHEMA_STR, .max = 60),
	FIELD(struct shop_address, zip, SCHEMA_STR, .required = true, .min = 1,
		.max = 20),
	FIELD(struct shop_address, country, SCHEMA_STR, .max = 60, .fallback = "\"US\""),
};
const struct schema shop_address_schema =
	SCHEMA("address", struct shop_address, address_fields, "a postal address");

static const struct field preferences_fields[] = {
	FIELD(struct shop_preferences, email_notifications, SCHEMA_BOOL,
		.required = true),
	FIELD(struct shop_preferences, sms_notifications, SCHEMA_BOOL, .required = true),
	FIELD(struct shop_preferences, newsletter, SCHEMA_BOOL, .required = true),
};
static const struct schema preferences_schema = SCHEMA("preferences",
	struct shop_preferences, preferences_fields, "what a customer wants to receive");

static const struct field note_fields[] = {
	FIELD(struct shop_note, at, SCHEMA_STR, .required = true),
	FIELD(struct shop_note, author, SCHEMA_STR, .required = true),
	FIELD(struct shop_note, text, SCHEMA_STR, .required = true),
};
static const struct schema note_schema =
	SCHEMA("note", struct shop_note, note_fields, "a note of the staff");

static const struct field customer_fields[] = {
	FIELD(struct shop_customer, customer_id, SCHEMA_STR, .required = true),
	FIELD(struct shop_customer, email, SCHEMA_STR, .required = true),
	FIELD(struct shop_customer, first_name, SCHEMA_STR, .required = true),
	FIELD(struct shop_customer, last_name, SCHEMA_STR, .required = true),
	FIELD(struct shop_customer, phone, SCHEMA_STR),
	FIELD(struct shop_customer, account_status, SCHEMA_STR, .required = true),
	FIELD(struct shop_customer, tier, SCHEMA_ENUM, .required = true,
		.names = shop_tier_names),
	FIELD(struct shop_customer, registration_date, SCHEMA_STR, .required = true),
	FIELD(struct shop_customer, last_login, SCHEMA_STR),
	FIELD(struct shop_customer, preferences, SCHEMA_OBJECT, .required = true,
		.of = &preferences_schema),
	FIELD(struct shop_customer, address, SCHEMA_OBJECT, .required = true,
		.of = &shop_address_schema),
	FIELD(struct shop_customer, notes, SCHEMA_LIST, .required = true,
		.of = &note_schema),
};
const struct schema shop_customer_schema =
	SCHEMA("customer", struct shop_customer, customer_fields, "a customer's profile");

static const struct field case_fields[] = {
	FIELD(struct shop_case, interaction_id, SCHEMA_STR, .required = true),
	FIELD(struct shop_case, customer_id, SCHEMA_STR, .required = true),
	FIELD(struct shop_case, type, SCHEMA_ENUM, .required = true,
		.names = case_type_names),
	FIELD(struct shop_case, status, SCHEMA_ENUM, .required = true,
		.names = case_status_names),
	FIELD(struct shop_case, priority, SCHEMA_ENUM, .required = true,
		.names = case_priority_names),
	FIELD(struct shop_case, subject, SCHEMA_STR, .required = true),
	FIELD(struct shop_case, description, SCHEMA_STR),
	FIELD(struct shop_case, created_date, SCHEMA_STR, .required = true),
	FIELD(struct shop_case, resolved_date, SCHEMA_STR),
	FIELD(struct shop_case, agent_id, SCHEMA_STR),
};
const struct schema shop_case_schema = SCHEMA(
	"interaction", struct shop_case, case_fields, "one entry of a support history");

static const struct field item_fields[] = {
	FIELD(struct shop_item, item_id, SCHEMA_STR, .required = true),
	FIELD(struct shop_item, product_id, SCHEMA_STR, .required = true),
	FIELD(struct shop_item, name, SCHEMA_STR, .required = true),
	FIELD(struct shop_item, quantity, SCHEMA_INT, .required = true),
	FIELD(struct shop_item, unit_price, SCHEMA_DOUBLE, .required = true),
	FIELD(struct shop_item, total_price, SCHEMA_DOUBLE, .required = true),
	FIELD(struct shop_item, sku, SCHEMA_STR, .required = true),
};
static const struct schema item_schema =
	SCHEMA("item", struct shop_item, item_fields, "a line of an order");

static const struct field order_event_fields[] = {
	FIELD(struct order_event, status, SCHEMA_STR, .required = true),
	FIELD(struct order_event, at, SCHEMA_STR, .required = true),
	FIELD(struct order_event, text, SCHEMA_STR, .required = true),
};
const struct schema order_event_schema = SCHEMA(
	"history", struct order_event, order_event_fields, "what happened to an order");

static const struct field order_fields[] = {
	FIELD(struct shop_order, order_id, SCHEMA_STR, .required = true),
	FIELD(struct shop_order, customer_id, SCHEMA_STR, .required = true),
	FIELD(struct shop_order, customer_email, SCHEMA_STR, .required = true),
	FIELD(struct shop_order, status, SCHEMA_ENUM, .required = true,
		.names = order_status_names),
	FIELD(struct shop_order, subtotal, SCHEMA_DOUBLE, .required = true),
	FIELD(struct shop_order, tax_amount, SCHEMA_DOUBLE, .required = true),
	FIELD(struct shop_order, shipping_cost, SCHEMA_DOUBLE, .required = true),
	FIELD(struct shop_order, total_amount, SCHEMA_DOUBLE, .required = true),
	FIELD(struct shop_order, refunded_amount, SCHEMA_DOUBLE),
	FIELD(struct shop_order, currency, SCHEMA_STR, .required = true),
	FIELD(struct shop_order, items, SCHEMA_LIST, .required = true,
		.of = &item_schema),
	FIELD(struct shop_order, shipping_address, SCHEMA_OBJECT, .required = true,
		.of = &shop_address_schema),
	FIELD(struct shop_order, billing_address, SCHEMA_OBJECT, .required = true,
		.of = &shop_address_schema),
	FIELD(struct shop_order, order_date, SCHEMA_STR, .required = true),
	FIELD(struct shop_order, estimated_delivery, SCHEMA_STR),
	FIELD(struct shop_order, actual_delivery, SCHEMA_STR),
	FIELD(struct shop_order, tracking_number, SCHEMA_STR),
	FIELD(struct shop_order, carrier, SCHEMA_STR),
	FIELD(struct shop_order, payment_method, SCHEMA_STR, .required = true),
	FIELD(struct shop_order, payment_status, SCHEMA_ENUM, .required = true,
		.names = payment_status_names),
	FIELD(struct shop_order, notes, SCHEMA_LIST, .required = true,
		.of = &note_schema),
	FIELD(struct shop_order, last_updated, SCHEMA_STR, .required = true),
};
const struct schema shop_order_schema =
	SCHEMA("order", struct shop_order, order_fields, "an order");

static const struct field shipment_event_fields[] = {
	FIELD(struct shipment_event, status, SCHEMA_STR, .required = true),
	FIELD(struct shipment_event, at, SCHEMA_STR, .required = true),
	FIELD(struct shipment_event, location, SCHEMA_STR, .required = true),
	FIELD(struct shipment_event, description, SCHEMA_STR, .required = true),
};
static const struct schema shipment_event_schema = SCHEMA(
	"event", struct shipment_event, shipment_event_fields, "a scan of the carrier");

static const struct field exception_fields[] = {
	FIELD(struct shop_exception, case_id, SCHEMA_STR, .required = true),
	FIELD(struct shop_exception, type, SCHEMA_ENUM, .required = true,
		.names = exception_type_names),
	FIELD(struct shop_exception, description, SCHEMA_STR),
	FIELD(struct shop_exception, since, SCHEMA_STR, .required = true),
	FIELD(struct shop_exception, status, SCHEMA_STR, .required = true),
};
const struct schema shop_exception_schema = SCHEMA("exception", struct shop_exception,
	exception_fields, "trouble on the way, a case with the carrier");

static const struct field shipment_fields[] = {
	FIELD(struct shop_shipment, tracking_number, SCHEMA_STR, .required = true),
	FIELD(struct shop_shipment, order_id, SCHEMA_STR, .required = true),
	FIELD(struct shop_shipment, carrier, SCHEMA_STR, .required = true),
	FIELD(struct shop_shipment, status, SCHEMA_ENUM, .required = true,
		.names = shipment_status_names),
	FIELD(struct shop_shipment, origin, SCHEMA_STR, .required = true),
	FIELD(struct shop_shipment, location, SCHEMA_STR, .required = true),
	FIELD(struct shop_shipment, address, SCHEMA_OBJECT, .required = true,
		.of = &shop_address_schema),
	FIELD(struct shop_shipment, estimated_delivery, SCHEMA_STR, .required = true),
	FIELD(struct shop_shipment, actual_delivery, SCHEMA_STR),
	FIELD(struct shop_shipment, last_update, SCHEMA_STR, .required = true),
	FIELD(struct shop_shipment, events, SCHEMA_LIST, .required = true,
		.of = &shipment_event_schema),
	FIELD(struct shop_shipment, exceptions, SCHEMA_LIST, .required = true,
		.of = &shop_exception_schema),
};
const struct schema shop_shipment_schema =
	SCHEMA("shipment", struct shop_shipment, shipment_fields, "a parcel on its way");

void
store_init(struct shop_store *s, uint64_t seed, int64_t now_ms, int64_t extra)
{
	*s = (struct shop_store){.chance = seed};
	arena_init(&s->arena, 64 << 10);
	map_init(&s->customers);
	map_init(&s->orders);
	map_init(&s->shipments);
	samples_fill(s, now_ms, extra);
}

void
store_fini(struct shop_store *s)
{
	map_fini(&s->customers);
	map_fini(&s->orders);
	map_fini(&s->shipments);
	arena_fini(&s->arena);
}

struct shop_customer *
store_customer(const struct shop_store *s, struct str email_or_id)
{
	char folded[SHOP_KEY_MAX];
	if (email_or_id.n > sizeof folded)
		return NULL;
	for (size_t i = 0; i < email_or_id.n; i++) {
		char c = email_or_id.p[i];
		folded[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	struct shop_customer *c =
		map_get(&s->customers, (struct str){folded, email_or_id.n});
	return c ? c : map_get(&s->customers, email_or_id);
}

struct shop_order *
store_order(const struct shop_store *s, struct str id)
{
	return map_get(&s->orders, id);
}

struct shop_shipment *
store_shipment(const struct shop_store *s, struct str number)
{
	return map_get(&s->shipments, number);
}

struct str
store_text(struct shop_store *s, struct str text)
{
	return arena_str(&s->arena, text);
}

struct shop_address
store_address(struct shop_store *s, const struct shop_address *from)
{
	return (struct shop_address){store_text(s, from->street),
		store_text(s, from->city), store_text(s, from->state),
		store_text(s, from->zip), store_text(s, from->country)};
}

struct str
store_date(struct shop_store *s, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char text[32];
	require(gmtime_r(&t, &tm) != NULL);
	size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return store_text(s, (struct str){text, n});
}

/* SplitMix64: one word of state, every seed is as good as another. */
uint64_t
store_chance(struct shop_store *s)
{
	uint64_t z = s->chance += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct str
store_id(struct shop_store *s, const char *prefix, int digits)
{
	require(digits > 0 && digits <= 15);
	uint64_t v = store_chance(s) & ((UINT64_C(1) << (4 * digits)) - 1);
	return arena_printf(&s->arena, "%s%0*llX", prefix, digits, (unsigned long long)v);
}

/* Lists grow by doubling: a list whose length is a power of two is full. */
void *
store_append(struct shop_store *s, struct items *list, size_t size)
{
	if ((list->n & (list->n - 1)) == 0) {
		void *grown = arena_zalloc(&s->arena, (list->n ? 2 * list->n : 1) * size);
		if (list->n)
			memcpy(grown, list->p, list->n * size);
		list->p = grown;
	}
	return (char *)list->p + size * list->n++;
}

void
store_add_customer(struct shop_store *s, struct shop_customer *c)
{
	require(map_put(&s->customers, c->email, c) == NULL);
	require(map_put(&s->customers, c->customer_id, c) == NULL);
	s->customer_count++;
}

void
store_add_order(struct shop_store *s, struct shop_order *o)
{
	require(map_put(&s->orders, o->order_id, o) == NULL);
	struct items list = {o->customer->orders, o->customer->order_count};
	*STORE_APPEND(s, &list, struct shop_order *) = o;
	o->customer->orders = list.p;
	o->customer->order_count = list.n;
	s->order_count++;
}

void
store_add_shipment(struct shop_store *s, struct shop_shipment *p)
{
	require(map_put(&s->shipments, p->tracking_number, p) == NULL);
}

bool
order_may_become(int from, int to)
{
	switch ((enum order_status)from) {
	case ORDER_PENDING:
		return to == ORDER_CONFIRMED || to == ORDER_CANCELLED;
	case ORDER_CONFIRMED:
		return to == ORDER_PROCESSING || to == ORDER_CANCELLED;
	case ORDER_PROCESSING:
		return to == ORDER_SHIPPED || to == ORDER_CANCELLED;
	case ORDER_SHIPPED:
		return to == ORDER_DELIVERED || to == ORDER_RETURNED;
	case ORDER_DELIVERED:
		return to == ORDER_RETURNED;
	case ORDER_CANCELLED:
	case ORDER_RETURNED:
		return false;
	}
	return false;
}

void
order_estimate(struct shop_store *s, struct shop_order *o, int64_t estimated_ms)
{
	o->estimated_ms = estimated_ms;
	o->estimated_delivery = store_date(s, estimated_ms);
}

void
order_add_event(struct shop_store *s, struct shop_order *o, struct str status,
	struct str text, int64_t at_ms)
{
	struct order_event *e = STORE_APPEND(s, &o->history, struct order_event);
	*e = (struct order_event){
		store_text(s, status), store_date(s, at_ms), store_text(s, text)};
	o->last_updated = e->at;
}

void
store_add_note(struct shop_store *s, struct items *notes, struct str author,
	struct str text, int64_t at_ms)
{
	struct shop_note *n = STORE_APPEND(s, notes, struct shop_note);
	*n = (struct shop_note){
		store_date(s, at_ms), store_text(s, author), store_text(s, text)};
}

/* Carriers give parcels a number of their own; this one is drawn until it is new. */
static void
order_ship(struct shop_store *s, struct shop_order *o, int64_t now_ms)
{
	do {
		uint64_t n = 100000000 + store_chance(s) % 900000000;
		o->tracking_number =
			arena_printf(&s->arena, "TRK%llu", (unsigned long long)n);
	} while (store_shipment(s, o->tracking_number));
	if (!o->carrier.n)
		o->carrier = STR("UPS");
	struct shop_shipment *p = ARENA_NEW(&s->arena, struct shop_shipment);
	p->tracking_number = o->tracking_number;
	p->order_id = o->order_id;
	p->carrier = o->carrier;
	p->origin = STR("Columbus, OH");
	p->address = o->shipping_address;
	p->estimated_ms = o->estimated_ms;
	p->estimated_delivery = o->estimated_delivery;
	store_add_shipment(s, p);
	shipment_become(s, p, SHIPMENT_LABEL_CREATED, p->origin, now_ms);
}

void
order_become(struct shop_store *s, struct shop_order *o, int to, struct str why,
	int64_t now_ms)
{
	require(order_may_become(o->status, to));
	o->status = to;
	order_add_event(s, o, str_of(order_status_names[to]), why, now_ms);
	if (to == ORDER_CONFIRMED && o->payment_status == PAYMENT_PENDING)
		o->payment_status = PAYMENT_PAID;
	if (to == ORDER_SHIPPED)
		order_ship(s, o, now_ms);
	if (to != ORDER_DELIVERED)
		return;
	o->actual_delivery = store_date(s, now_ms);
	struct shop_shipment *p = store_shipment(s, o->tracking_number);
	if (p)
		shipment_become(s, p, SHIPMENT_DELIVERED, p->address.city, now_ms);
}

static const char *
shipment_text(int status)
{
	switch ((enum shipment_status)status) {
	case SHIPMENT_LABEL_CREATED:
		return "The label is made; the parcel waits for the carrier.";
	case SHIPMENT_PICKED_UP:
		return "The carrier has picked the parcel up.";
	case SHIPMENT_IN_TRANSIT:
		return "The parcel is on its way.";
	case SHIPMENT_OUT_FOR_DELIVERY:
		return "The parcel is on the delivery vehicle.";
	case SHIPMENT_DELIVERED:
		return "The parcel was delivered.";
	case SHIPMENT_EXCEPTION:
		return "The parcel could not go on.";
	}
	return "";
}

void
shipment_become(struct shop_store *s, struct shop_shipment *p, int to, struct str where,
	int64_t at_ms)
{
	struct shipment_event *e = STORE_APPEND(s, &p->events, struct shipment_event);
	e->status = str_of(shipment_status_names[to]);
	e->at = store_date(s, at_ms);
	e->location = where;
	e->description = str_of(shipment_text(to));
	p->status = to;
	p->location = where;
	p->last_update = e->at;
	if (to == SHIPMENT_DELIVERED)
		p->actual_delivery = e->at;
}
