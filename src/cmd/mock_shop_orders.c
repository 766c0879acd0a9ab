/* The demo shop's orders service. */
#include "cmd/mock_shop_call.h"

#include "base/utf8.h"

#include <math.h>

#define EXPEDITE_MS (2 * DAY_MS)
#define LABEL_DAYS 14

static enum err
find_order(struct shop_call *c, struct shop_order **out, struct error *e)
{
	struct shop_order *found = store_order(c->store, c->id);
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "there is no order %.*s",
			STR_ARG(utf8_clip(c->id, 100)));
	*out = found;
	c->target = found->order_id;
	return OK;
}

static enum err
refuse(const struct shop_order *o, const char *what, struct error *e)
{
	return err_set(e, ERR_CONFLICT, "order %.*s is %s and %s", STR_ARG(o->order_id),
		order_status_names[o->status], what);
}

/* Finds the order of the path and reads the body. */
static enum err
open_change(struct shop_call *c, const struct schema *schema, struct shop_order **o,
	void *in, struct error *e)
{
	enum err err = find_order(c, o, e);
	return err ? err : schema_read(schema, c->arena, c->body, in, e);
}

static enum err
order_get(struct shop_call *c, struct error *e)
{
	struct shop_order *o = NULL;
	enum err err = find_order(c, &o, e);
	if (err)
		return err;
	schema_write(&shop_order_schema, o, &c->out);
	return OK;
}

static enum err
order_history(struct shop_call *c, struct error *e)
{
	struct shop_order *o = NULL;
	enum err err = find_order(c, &o, e);
	if (err)
		return err;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "order_id", o->order_id);
	jsonw_karray(&c->out, "history");
	items_each(const struct order_event, event, o->history)
		schema_write(&order_event_schema, event, &c->out);
	jsonw_end_array(&c->out);
	jsonw_end_object(&c->out);
	return OK;
}

struct status_request {
	int status;
	struct str reason;
};

static const struct field status_request_fields[] = {
	FIELD(struct status_request, status, SCHEMA_ENUM, .required = true,
		.names = order_status_names),
	FIELD(struct status_request, reason, SCHEMA_STR, .max = 1000),
};
static const struct schema status_request_schema = SCHEMA("status_request",
	struct status_request, status_request_fields, "another state of an order");

static enum err
order_set_status(struct shop_call *c, struct error *e)
{
	struct status_request in;
	struct shop_order *o = NULL;
	enum err err = open_change(c, &status_request_schema, &o, &in, e);
	if (err)
		return err;
	if (!order_may_become(o->status, in.status))
		return err_set(e, ERR_CONFLICT, "order %.*s is %s and cannot become %s",
			STR_ARG(o->order_id), order_status_names[o->status],
			order_status_names[in.status]);
	order_become(c->store, o, in.status,
		in.reason.n ? in.reason : STR("Set by the staff."), c->now_ms);
	schema_write(&shop_order_schema, o, &c->out);
	return OK;
}

static enum err
order_set_address(struct shop_call *c, struct error *e)
{
	struct shop_address in;
	struct shop_order *o = NULL;
	enum err err = open_change(c, &shop_address_schema, &o, &in, e);
	if (err)
		return err;
	if (o->status > ORDER_PROCESSING)
		return refuse(o, "its address can no longer change", e);
	o->shipping_address = store_address(c->store, &in);
	order_add_event(c->store, o, STR("address_changed"),
		STR("The delivery address was changed."), c->now_ms);
	schema_write(&shop_order_schema, o, &c->out);
	return OK;
}

struct reason_request {
	struct str reason;
};

static const struct field reason_request_fields[] = {
	FIELD(struct reason_request, reason, SCHEMA_STR, .max = 1000),
};
static const struct schema reason_request_schema = SCHEMA("reason_request",
	struct reason_request, reason_request_fields, "why something is asked for");

static enum err
order_expedite(struct shop_call *c, struct error *e)
{
	struct reason_request in;
	struct shop_order *o = NULL;
	enum err err = open_change(c, &reason_request_schema, &o, &in, e);
	if (err)
		return err;
	if (o->status != ORDER_CONFIRMED && o->status != ORDER_PROCESSING)
		return refuse(o,
			"cannot be expedited; only a confirmed or processing order can",
			e);
	struct str before = o->estimated_delivery;
	order_estimate(c->store, o, o->estimated_ms - EXPEDITE_MS);
	order_add_event(c->store, o, STR("expedited"),
		in.reason.n ? in.reason : STR("Moved ahead of others."), c->now_ms);
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "order_id", o->order_id);
	jsonw_kstr(&c->out, "status", str_of(order_status_names[o->status]));
	jsonw_kstr(&c->out, "estimated_delivery", o->estimated_delivery);
	jsonw_kstr(&c->out, "previous_estimate", before);
	jsonw_end_object(&c->out);
	return OK;
}

static enum err
order_cancel(struct shop_call *c, struct error *e)
{
	struct reason_request in;
	struct shop_order *o = NULL;
	enum err err = open_change(c, &reason_request_schema, &o, &in, e);
	if (err)
		return err;
	if (!order_may_become(o->status, ORDER_CANCELLED))
		return refuse(o, "cannot be cancelled any more", e);
	order_become(c->store, o, ORDER_CANCELLED,
		in.reason.n ? in.reason : STR("Cancelled by the customer."), c->now_ms);
	schema_write(&shop_order_schema, o, &c->out);
	return OK;
}

static enum err
order_note(struct shop_call *c, struct error *e)
{
	struct shop_order *o = NULL;
	enum err err = find_order(c, &o, e);
	return err ? err : shop_answer_note(c, &o->notes, e);
}

struct refund_request {
	double amount; /* 0: what is left of the total */
	struct str reason;
};

static const struct field refund_request_fields[] = {
	FIELD(struct refund_request, amount, SCHEMA_DOUBLE, .min = 0.01, .max = 1000000),
	FIELD(struct refund_request, reason, SCHEMA_STR, .max = 1000),
};
static const struct schema refund_request_schema = SCHEMA(
	"refund_request", struct refund_request, refund_request_fields, "money back");

/* What of the order's total was paid and not given back. */
static enum err
refundable(const struct shop_order *o, double *left, struct error *e)
{
	if (o->status != ORDER_DELIVERED && o->status != ORDER_CANCELLED &&
		o->status != ORDER_RETURNED)
		return refuse(o,
			"cannot be refunded; only a delivered, cancelled or returned "
			"order can",
			e);
	if (o->payment_status == PAYMENT_REFUNDED)
		return refuse(o, "was refunded already", e);
	if (o->payment_status != PAYMENT_PAID)
		return refuse(o, "was never paid", e);
	*left = round((o->total_amount - o->refunded_amount) * 100) / 100;
	return OK;
}

static enum err
order_refund(struct shop_call *c, struct error *e)
{
	struct refund_request in;
	struct shop_order *o = NULL;
	double left = 0;
	enum err err = open_change(c, &refund_request_schema, &o, &in, e);
	if (err || (err = refundable(o, &left, e)))
		return err;
	double amount = in.amount > 0 ? round(in.amount * 100) / 100 : left;
	if (amount > left)
		return err_set(e, ERR_CONFLICT,
			"%.2f is more than the %.2f that is left of order %.*s", amount,
			left, STR_ARG(o->order_id));
	o->refunded_amount = round((o->refunded_amount + amount) * 100) / 100;
	if (amount >= left)
		o->payment_status = PAYMENT_REFUNDED;
	order_add_event(c->store, o, STR("refunded"),
		in.reason.n ? in.reason : STR("Money was given back."), c->now_ms);
	c->status = 201;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "refund_id", store_id(c->store, "REF-", 8));
	jsonw_kstr(&c->out, "order_id", o->order_id);
	jsonw_kdouble(&c->out, "amount", amount);
	jsonw_kstr(&c->out, "currency", o->currency);
	jsonw_kstr(&c->out, "status", STR("processed"));
	jsonw_kdouble(&c->out, "refunded_amount", o->refunded_amount);
	jsonw_kstr(&c->out, "payment_method", o->payment_method);
	jsonw_end_object(&c->out);
	return OK;
}

static enum err
order_return(struct shop_call *c, struct error *e)
{
	struct reason_request in;
	struct shop_order *o = NULL;
	enum err err = open_change(c, &reason_request_schema, &o, &in, e);
	if (err)
		return err;
	if (!order_may_become(o->status, ORDER_RETURNED))
		return refuse(o,
			"cannot be returned; only a shipped or delivered order can", e);
	order_become(c->store, o, ORDER_RETURNED,
		in.reason.n ? in.reason : STR("Returned by the customer."), c->now_ms);
	c->status = 201;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "return_id", store_id(c->store, "RET-", 8));
	jsonw_kstr(&c->out, "order_id", o->order_id);
	jsonw_kstr(&c->out, "status", STR("authorized"));
	jsonw_kstr(&c->out, "send_back_by",
		store_date(c->store, c->now_ms + LABEL_DAYS * DAY_MS));
	jsonw_end_object(&c->out);
	return OK;
}

static enum err
order_return_label(struct shop_call *c, struct error *e)
{
	struct reason_request in;
	struct shop_order *o = NULL;
	enum err err = open_change(c, &reason_request_schema, &o, &in, e);
	if (err)
		return err;
	if (o->status != ORDER_SHIPPED && o->status != ORDER_DELIVERED &&
		o->status != ORDER_RETURNED)
		return refuse(o, "needs no return label", e);
	struct str id = store_id(c->store, "LBL-", 8);
	order_add_event(c->store, o, STR("return_label"), STR("A return label was made."),
		c->now_ms);
	c->status = 201;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "label_id", id);
	jsonw_kstr(&c->out, "order_id", o->order_id);
	jsonw_kstr(&c->out, "carrier", o->carrier);
	jsonw_kstr(&c->out, "label_url",
		arena_printf(c->arena, "https://shop.example.com/labels/%.*s.pdf",
			STR_ARG(id)));
	jsonw_kstr(&c->out, "expires_at",
		store_date(c->store, c->now_ms + LABEL_DAYS * DAY_MS));
	jsonw_end_object(&c->out);
	return OK;
}

struct callback_request {
	struct str customer_email, phone, reason, at;
};

static const struct field callback_request_fields[] = {
	FIELD(struct callback_request, customer_email, SCHEMA_STR, .required = true,
		.min = 3, .max = 254),
	FIELD(struct callback_request, phone, SCHEMA_STR, .max = 40),
	FIELD(struct callback_request, reason, SCHEMA_STR, .max = 1000),
	FIELD(struct callback_request, at, SCHEMA_STR, .max = 40),
};
static const struct schema callback_request_schema =
	SCHEMA("callback_request", struct callback_request, callback_request_fields,
		"somebody who wants to be called");

static enum err
order_callback(struct shop_call *c, struct error *e)
{
	struct callback_request in;
	enum err err = schema_read(&callback_request_schema, c->arena, c->body, &in, e);
	if (err)
		return err;
	const struct shop_customer *customer =
		store_customer(c->store, in.customer_email);
	if (!customer)
		return err_set(e, ERR_NOT_FOUND, "there is no customer %.*s",
			STR_ARG(utf8_clip(in.customer_email, 100)));
	c->target = customer->customer_id;
	c->status = 201;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "callback_id", store_id(c->store, "CB-", 8));
	jsonw_kstr(&c->out, "customer_id", customer->customer_id);
	jsonw_kstr(&c->out, "phone", in.phone.n ? in.phone : customer->phone);
	jsonw_kstr(&c->out, "status", STR("scheduled"));
	jsonw_kstr(&c->out, "scheduled_for",
		in.at.n ? in.at : store_date(c->store, c->now_ms + HOUR_MS));
	jsonw_end_object(&c->out);
	return OK;
}

const struct http_route shop_orders_routes[] = {
	SHOP_READ("/orders/{id}", order_get),
	SHOP_READ("/orders/{id}/history", order_history),
	SHOP_READ("/customers/{id}/orders", shop_list_orders),
	SHOP_CHANGE(METHOD_PUT, "/orders/{id}/status", "set_status", order_set_status),
	SHOP_CHANGE(METHOD_PUT, "/orders/{id}/address", "set_order_address",
		order_set_address),
	SHOP_CHANGE(
		METHOD_POST, "/orders/{id}/expedite", "expedite_order", order_expedite),
	SHOP_CHANGE(METHOD_POST, "/orders/{id}/cancel", "cancel_order", order_cancel),
	SHOP_CHANGE(METHOD_POST, "/orders/{id}/notes", "add_order_note", order_note),
	SHOP_CHANGE(METHOD_POST, "/orders/{id}/refund", "refund", order_refund),
	SHOP_CHANGE(METHOD_POST, "/orders/{id}/return", "return", order_return),
	SHOP_CHANGE(METHOD_POST, "/orders/{id}/return-label", "return_label",
		order_return_label),
	SHOP_CHANGE(METHOD_POST, "/callbacks", "schedule_callback", order_callback),
	SHOP_COMMON_ROUTES,
};
const size_t shop_orders_route_count =
	sizeof shop_orders_routes / sizeof *shop_orders_routes;
