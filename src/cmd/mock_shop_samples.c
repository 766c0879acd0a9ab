/* The shop's invented data: four sample customers whose orders the documentation and the
 * tests name, and any number of generated ones. */
#include "cmd/mock_shop_store.h"

#include "base/err.h"

#include <math.h>

#define LINES_MAX 3
#define TAX_RATE 0.0875
#define SHIPPING_COST 5.99
#define SHIPPING_FREE_FROM 100

struct product {
	const char *id, *name, *sku;
	double price;
};

enum {
	SPEAKER,
	CABLE,
	HEADPHONES,
	LAPTOP,
	SLEEVE,
	KEYBOARD,
	MONITOR,
	WATCH,
	MIXER,
	VACUUM,
	TABLET,
	SSD,
	ROUTER,
	LAMP,
	WEBCAM,
	ESPRESSO,
	PRODUCTS
};

static const struct product products[PRODUCTS] = {
	[SPEAKER] = {"P-1001", "Pulse 2 Bluetooth Speaker", "AUD-PLS2-BLK", 79.99},
	[CABLE] = {"P-1002", "USB-C Charging Cable 2 m", "CBL-USBC-2M", 12.50},
	[HEADPHONES] = {"P-1003", "Nimbus Wireless Headphones", "AUD-NMBS-GRY", 149.00},
	[LAPTOP] = {"P-1004", "Aero 13 Laptop 16 GB", "LAP-AR13-16", 1199.00},
	[SLEEVE] = {"P-1005", "Laptop Sleeve 13 inch", "ACC-SLV-13", 29.90},
	[KEYBOARD] = {"P-1006", "K7 Mechanical Keyboard", "KEY-K7-US", 94.50},
	[MONITOR] = {"P-1007", "27 inch 4K Monitor", "MON-27-4K", 329.00},
	[WATCH] = {"P-1008", "Fit 3 Smart Watch", "WCH-FIT3-M", 189.00},
	[MIXER] = {"P-1009", "Stand Mixer 5 L", "KIT-MIX-5L", 89.00},
	[VACUUM] = {"P-1010", "R5 Robot Vacuum", "HOM-VAC-R5", 279.00},
	[TABLET] = {"P-1011", "11 inch Tablet 128 GB", "TAB-11-128", 399.00},
	[SSD] = {"P-1012", "Portable SSD 1 TB", "STO-SSD-1T", 109.00},
	[ROUTER] = {"P-1013", "Wi-Fi 6 Router", "NET-WF6-RT", 129.00},
	[LAMP] = {"P-1014", "Desk Lamp with Dimmer", "HOM-LMP-DM", 45.00},
	[WEBCAM] = {"P-1015", "HD Webcam", "CAM-HD-1", 59.90},
	[ESPRESSO] = {"P-1016", "Espresso Machine", "KIT-ESP-15", 219.00},
};

struct sample_customer {
	const char *id, *email, *first, *last, *phone;
	int tier;
	int64_t member_days;
	struct shop_address address;
};

#define ADDRESS(street, city, state, zip) \
	{ \
		STR_INIT(street), STR_INIT(city), STR_INIT(state), STR_INIT(zip), \
			STR_INIT("US") \
	}

static const struct sample_customer samples[] = {
	{"CUST-1001", "john.doe@example.com", "John", "Doe", "+1-555-0101", TIER_PREMIUM,
		820, ADDRESS("123 Maple Street", "Springfield", "IL", "62701")},
	{"CUST-1002", "jane.smith@example.com", "Jane", "Smith", "+1-555-0102", TIER_VIP,
		1460, ADDRESS("456 Oak Avenue", "Portland", "OR", "97205")},
	{"CUST-1003", "bob.wilson@example.com", "Bob", "Wilson", "+1-555-0103",
		TIER_STANDARD, 95, ADDRESS("789 Pine Road", "Austin", "TX", "78701")},
	{"CUST-1004", "sarah.connor@example.com", "Sarah", "Connor", "+1-555-0104",
		TIER_STANDARD, 310,
		ADDRESS("12 Sunset Drive", "Los Angeles", "CA", "90028")},
};

struct sample_line {
	int product;
	int64_t quantity;
};

struct sample_order {
	int customer;
	const char *id;
	int status;
	int age_hours;
	struct sample_line lines[LINES_MAX]; /* quantity 0 ends them */
	const char *payment;
	const char *carrier, *tracking; /* NULL before it is shipped */
	int shipment;
	int exception; /* of a shipment in SHIPMENT_EXCEPTION */
};

/* Oldest first for each customer. */
static const struct sample_order sample_orders[] = {
	{0, "ORD-7F3E9A21", ORDER_DELIVERED, 19 * 24, {{MIXER, 1}, {LAMP, 1}},
		"credit_card", "FedEx", "TRK123456789", SHIPMENT_DELIVERED, 0},
	{0, "ORD-1A2B3C4D", ORDER_SHIPPED, 4 * 24, {{HEADPHONES, 1}, {CABLE, 2}},
		"credit_card", "UPS", "TRK987654321", SHIPMENT_OUT_FOR_DELIVERY, 0},
	{1, "ORD-4D5E6F70", ORDER_SHIPPED, 3 * 24, {{TABLET, 1}}, "paypal", "UPS",
		"TRK555666777", SHIPMENT_IN_TRANSIT, 0},
	{1, "ORD-5C8D2E6F", ORDER_PROCESSING, 24, {{LAPTOP, 1}, {SLEEVE, 1}},
		"credit_card", NULL, NULL, 0, 0},
	{2, "ORD-2E7B8A90", ORDER_SHIPPED, 6 * 24, {{SSD, 1}}, "paypal", "FedEx",
		"TRK111222333", SHIPMENT_EXCEPTION, EXCEPTION_ADDRESS},
	{2, "ORD-9B4A7C31", ORDER_PENDING, 3, {{KEYBOARD, 1}}, "bank_transfer", NULL,
		NULL, 0, 0},
	{3, "ORD-6A1F0B8C", ORDER_DELIVERED, 11 * 24, {{MONITOR, 1}}, "credit_card",
		"USPS", "TRK246813579", SHIPMENT_DELIVERED, 0},
};

struct sample_case {
	int customer;
	int64_t age_days;
	int type, status, priority;
	const char *subject, *description;
};

static const struct sample_case sample_cases[] = {
	{0, 40, CASE_INQUIRY, CASE_RESOLVED, CASE_MEDIUM, "Question about the warranty",
		"Asked how long the warranty of a stand mixer lasts."},
	{1, 21, CASE_COMPLIMENT, CASE_RESOLVED, CASE_LOW, "Praise for the packing",
		"Was pleased that everything came without plastic."},
	{2, 2, CASE_COMPLAINT, CASE_IN_PROGRESS, CASE_HIGH, "Parcel stopped",
		"The carrier could not find the address of TRK111222333."},
};

static double
cents(double v)
{
	return round(v * 100) / 100;
}

static struct shop_customer *
fill_customer(struct shop_store *s, const struct sample_customer *from, int64_t now_ms)
{
	struct shop_customer *c = ARENA_NEW(&s->arena, struct shop_customer);
	c->customer_id = store_text(s, str_of(from->id));
	c->email = store_text(s, str_of(from->email));
	c->first_name = str_of(from->first);
	c->last_name = str_of(from->last);
	c->phone = store_text(s, str_of(from->phone));
	c->account_status = STR("active");
	c->tier = from->tier;
	c->registration_date = store_date(s, now_ms - from->member_days * DAY_MS);
	c->last_login = store_date(s, now_ms - 5 * HOUR_MS);
	c->preferences = (struct shop_preferences){
		true, from->tier != TIER_STANDARD, from->member_days % 2 == 0};
	c->address = from->address;
	store_add_customer(s, c);
	return c;
}

static void
fill_lines(struct shop_store *s, struct shop_order *o, const struct sample_line *lines)
{
	for (int i = 0; i < LINES_MAX && lines[i].quantity; i++) {
		const struct product *p = &products[lines[i].product];
		struct shop_item *item = STORE_APPEND(s, &o->items, struct shop_item);
		item->item_id = arena_printf(&s->arena, "ITEM-%d", i + 1);
		item->product_id = str_of(p->id);
		item->name = str_of(p->name);
		item->sku = str_of(p->sku);
		item->quantity = lines[i].quantity;
		item->unit_price = p->price;
		item->total_price = cents(p->price * (double)lines[i].quantity);
		o->subtotal = cents(o->subtotal + item->total_price);
	}
	o->tax_amount = cents(o->subtotal * TAX_RATE);
	o->shipping_cost = o->subtotal >= SHIPPING_FREE_FROM ? 0 : SHIPPING_COST;
	o->total_amount = cents(o->subtotal + o->tax_amount + o->shipping_cost);
}

/* The order's past: each state it went through, at the hours after the order that are
 * usual for this shop. */
static void
fill_history(struct shop_store *s, struct shop_order *o)
{
	static const struct {
		int status;
		int64_t hours;
		const char *text;
	} steps[] = {
		{ORDER_PENDING, 0, "Order received."},
		{ORDER_CONFIRMED, 1, "Payment confirmed."},
		{ORDER_PROCESSING, 6, "Being packed in the warehouse."},
		{ORDER_SHIPPED, 24, "Handed to the carrier."},
		{ORDER_DELIVERED, 96, "Delivered."},
	};
	int reached = o->status == ORDER_CANCELLED ? ORDER_PENDING
		: o->status == ORDER_RETURNED      ? ORDER_DELIVERED
						   : o->status;
	for (size_t i = 0; i < sizeof steps / sizeof *steps && steps[i].status <= reached;
		i++)
		order_add_event(s, o, str_of(order_status_names[steps[i].status]),
			str_of(steps[i].text), o->ordered_ms + steps[i].hours * HOUR_MS);
	if (o->status == ORDER_CANCELLED)
		order_add_event(s, o, STR("cancelled"), STR("Cancelled by the customer."),
			o->ordered_ms + 2 * HOUR_MS);
	if (o->status == ORDER_RETURNED)
		order_add_event(s, o, STR("returned"), STR("Received back."),
			o->ordered_ms + 9 * DAY_MS);
}

static void
fill_shipment(struct shop_store *s, const struct shop_order *o,
	const struct sample_order *from, int64_t now_ms)
{
	struct shop_shipment *p = ARENA_NEW(&s->arena, struct shop_shipment);
	p->tracking_number = o->tracking_number;
	p->order_id = o->order_id;
	p->carrier = o->carrier;
	p->origin = STR("Columbus, OH");
	p->address = o->shipping_address;
	p->estimated_ms = o->estimated_ms;
	p->estimated_delivery = o->estimated_delivery;
	int64_t shipped_ms = o->ordered_ms + DAY_MS;
	struct str town = arena_printf(&s->arena, "%.*s, %.*s", STR_ARG(p->address.city),
		STR_ARG(p->address.state));
	shipment_become(
		s, p, SHIPMENT_LABEL_CREATED, p->origin, shipped_ms - 2 * HOUR_MS);
	shipment_become(s, p, SHIPMENT_PICKED_UP, p->origin, shipped_ms);
	shipment_become(s, p, SHIPMENT_IN_TRANSIT, STR("Indianapolis, IN"),
		shipped_ms + 10 * HOUR_MS);
	if (from->shipment == SHIPMENT_OUT_FOR_DELIVERY)
		shipment_become(
			s, p, SHIPMENT_OUT_FOR_DELIVERY, town, now_ms - 2 * HOUR_MS);
	if (from->shipment == SHIPMENT_DELIVERED)
		shipment_become(
			s, p, SHIPMENT_DELIVERED, town, o->ordered_ms + 4 * DAY_MS);
	if (from->shipment == SHIPMENT_EXCEPTION) {
		shipment_become(s, p, SHIPMENT_EXCEPTION, town,
			o->ordered_ms + 4 * DAY_MS - 6 * HOUR_MS);
		struct shop_exception *x =
			STORE_APPEND(s, &p->exceptions, struct shop_exception);
		x->case_id = store_id(s, "CASE-", 6);
		x->type = from->exception;
		x->description = STR("The carrier could not find the address.");
		x->since = p->last_update;
		x->status = STR("open");
	}
	store_add_shipment(s, p);
}

static void
fill_order(struct shop_store *s, struct shop_customer *c, const struct sample_order *from,
	int64_t now_ms)
{
	struct shop_order *o = ARENA_NEW(&s->arena, struct shop_order);
	o->customer = c;
	o->order_id = store_text(s, str_of(from->id));
	o->customer_id = c->customer_id;
	o->customer_email = c->email;
	o->status = from->status;
	o->currency = STR("USD");
	o->shipping_address = o->billing_address = c->address;
	o->ordered_ms = now_ms - from->age_hours * HOUR_MS;
	o->order_date = store_date(s, o->ordered_ms);
	order_estimate(s, o, o->ordered_ms + 4 * DAY_MS);
	o->payment_method = str_of(from->payment);
	o->payment_status =
		from->status == ORDER_PENDING || from->status == ORDER_CANCELLED
		? PAYMENT_PENDING
		: PAYMENT_PAID;
	fill_lines(s, o, from->lines);
	fill_history(s, o);
	if (from->status == ORDER_DELIVERED || from->status == ORDER_RETURNED)
		o->actual_delivery = o->estimated_delivery;
	if (from->tracking) {
		o->tracking_number = store_text(s, str_of(from->tracking));
		o->carrier = str_of(from->carrier);
		fill_shipment(s, o, from, now_ms);
	}
	store_add_order(s, o);
}

static void
fill_case(struct shop_store *s, struct shop_customer *c, const struct sample_case *from,
	int64_t now_ms)
{
	struct shop_case *k = STORE_APPEND(s, &c->cases, struct shop_case);
	k->interaction_id = store_id(s, "INT-", 6);
	k->customer_id = c->customer_id;
	k->type = from->type;
	k->status = from->status;
	k->priority = from->priority;
	k->subject = str_of(from->subject);
	k->description = str_of(from->description);
	k->created_date = store_date(s, now_ms - from->age_days * DAY_MS);
	k->agent_id = STR("AGENT-7");
	if (from->status == CASE_RESOLVED)
		k->resolved_date = store_date(s, now_ms - (from->age_days - 1) * DAY_MS);
}

static int
draw(struct shop_store *s, int n)
{
	return (int)(store_chance(s) % (uint64_t)n);
}

static void
generate_order(
	struct shop_store *s, struct shop_customer *c, int age_hours, int64_t now_ms)
{
	static const char *const carriers[] = {"UPS", "FedEx", "USPS"};
	static const char *const payments[] = {"credit_card", "paypal", "bank_transfer"};
	char tracking[24];
	struct sample_order o = {.age_hours = age_hours,
		.payment = payments[draw(s, 3)],
		.carrier = carriers[draw(s, 3)]};
	do
		o.id = store_id(s, "ORD-", 8).p;
	while (store_order(s, str_of(o.id)));
	for (int i = 0, n = 1 + draw(s, LINES_MAX); i < n; i++)
		o.lines[i] = (struct sample_line){draw(s, PRODUCTS), 1 + draw(s, 2)};
	if (age_hours < 6)
		o.status = ORDER_PENDING;
	else if (age_hours < 24)
		o.status = draw(s, 12) ? ORDER_PROCESSING : ORDER_CANCELLED;
	else if (age_hours < 96)
		o.status = ORDER_SHIPPED;
	else
		o.status = age_hours > 240 && !draw(s, 10) ? ORDER_RETURNED
							   : ORDER_DELIVERED;
	if (o.status == ORDER_SHIPPED || o.status == ORDER_DELIVERED ||
		o.status == ORDER_RETURNED) {
		do
			snprintf(tracking, sizeof tracking, "TRK%d",
				100000000 + draw(s, 900000000));
		while (store_shipment(s, str_of(tracking)));
		o.tracking = tracking;
		o.shipment = o.status == ORDER_SHIPPED ? SHIPMENT_IN_TRANSIT
						       : SHIPMENT_DELIVERED;
	}
	fill_order(s, c, &o, now_ms);
}

static void
generate_customer(struct shop_store *s, int64_t number, int64_t now_ms)
{
	static const char *const firsts[] = {"Ada", "Ben", "Clara", "David", "Elena",
		"Frank", "Grace", "Hugo", "Iris", "Jonas"};
	static const char *const lasts[] = {"Adams", "Brook", "Castillo", "Dietrich",
		"Evans", "Fischer", "Garcia", "Hansen"};
	char id[32], email[48], phone[24];
	snprintf(id, sizeof id, "CUST-%lld", 10000 + (long long)number);
	snprintf(email, sizeof email, "customer%lld@example.com", (long long)number);
	snprintf(phone, sizeof phone, "+1-555-%04d", draw(s, 10000));
	struct sample_customer c = {.id = id,
		.email = email,
		.phone = phone,
		.address = samples[draw(s, 4)].address};
	c.first = firsts[draw(s, 10)];
	c.last = lasts[draw(s, 8)];
	c.tier = draw(s, 10) < 7 ? TIER_STANDARD : draw(s, 3) ? TIER_PREMIUM : TIER_VIP;
	c.member_days = 30 + draw(s, 1500);
	struct shop_customer *made = fill_customer(s, &c, now_ms);
	int age_hours = 24 * (1 + draw(s, 60));
	for (int n = 1 + draw(s, 4); n > 0; n--) {
		generate_order(s, made, age_hours, now_ms);
		age_hours = age_hours / 2 + 1;
	}
}

void
samples_fill(struct shop_store *s, int64_t now_ms, int64_t extra)
{
	struct shop_customer *made[sizeof samples / sizeof *samples];
	now_ms -= now_ms % 60000;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		made[i] = fill_customer(s, &samples[i], now_ms);
	for (size_t i = 0; i < sizeof sample_orders / sizeof *sample_orders; i++)
		fill_order(s, made[sample_orders[i].customer], &sample_orders[i], now_ms);
	for (size_t i = 0; i < sizeof sample_cases / sizeof *sample_cases; i++)
		fill_case(s, made[sample_cases[i].customer], &sample_cases[i], now_ms);
	for (int64_t i = 1; i <= extra; i++)
		generate_customer(s, i, now_ms);
}
