/* The demo shop's tracking service: a parcel as its carrier sees it. */
#include "cmd/mock_shop_call.h"

#include "base/utf8.h"

static enum err
find_shipment(struct shop_call *c, struct shop_shipment **out, struct error *e)
{
	struct shop_shipment *found = store_shipment(c->store, c->id);
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "there is no shipment %.*s",
			STR_ARG(utf8_clip(c->id, 100)));
	*out = found;
	c->target = found->tracking_number;
	return OK;
}

/* A parcel on the delivery vehicle or at its door cannot be redirected or hurried. */
static enum err
still_under_way(const struct shop_shipment *p, const char *what, struct error *e)
{
	if (p->status != SHIPMENT_OUT_FOR_DELIVERY && p->status != SHIPMENT_DELIVERED)
		return OK;
	return err_set(e, ERR_CONFLICT, "shipment %.*s is %s and cannot be %s any more",
		STR_ARG(p->tracking_number), shipment_status_names[p->status], what);
}

static enum err
shipment_get(struct shop_call *c, struct error *e)
{
	struct shop_shipment *p = NULL;
	enum err err = find_shipment(c, &p, e);
	if (err)
		return err;
	schema_write(&shop_shipment_schema, p, &c->out);
	return OK;
}

static enum err
shipment_status(struct shop_call *c, struct error *e)
{
	struct shop_shipment *p = NULL;
	enum err err = find_shipment(c, &p, e);
	if (err)
		return err;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "tracking_number", p->tracking_number);
	jsonw_kstr(&c->out, "status", str_of(shipment_status_names[p->status]));
	jsonw_kstr(&c->out, "location", p->location);
	jsonw_kstr(&c->out, "last_update", p->last_update);
	jsonw_kstr(&c->out, "estimated_delivery", p->estimated_delivery);
	jsonw_end_object(&c->out);
	return OK;
}

static enum err
shipment_exceptions(struct shop_call *c, struct error *e)
{
	struct shop_shipment *p = NULL;
	enum err err = find_shipment(c, &p, e);
	if (err)
		return err;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "tracking_number", p->tracking_number);
	jsonw_karray(&c->out, "exceptions");
	items_each(const struct shop_exception, x, p->exceptions)
		schema_write(&shop_exception_schema, x, &c->out);
	jsonw_end_array(&c->out);
	jsonw_end_object(&c->out);
	return OK;
}

static enum err
shipment_set_address(struct shop_call *c, struct error *e)
{
	struct shop_address in;
	struct shop_shipment *p = NULL;
	enum err err = find_shipment(c, &p, e);
	if (err || (err = schema_read(&shop_address_schema, c->arena, c->body, &in, e)) ||
		(err = still_under_way(p, "redirected", e)))
		return err;
	p->address = store_address(c->store, &in);
	struct shop_order *o = store_order(c->store, p->order_id);
	if (o) {
		o->shipping_address = p->address;
		order_add_event(c->store, o, STR("address_changed"),
			STR("The carrier was told another address."), c->now_ms);
	}
	/* A new address is what a parcel that stopped for a wrong one was waiting for. */
	items_each(struct shop_exception, x, p->exceptions)
		if (x->type == EXCEPTION_ADDRESS)
			x->status = STR("resolved");
	if (p->status == SHIPMENT_EXCEPTION)
		shipment_become(c->store, p, SHIPMENT_IN_TRANSIT, p->location, c->now_ms);
	schema_write(&shop_shipment_schema, p, &c->out);
	return OK;
}

struct hurry_request {
	struct str reason;
};

static const struct field hurry_request_fields[] = {
	FIELD(struct hurry_request, reason, SCHEMA_STR, .max = 1000),
};
static const struct schema hurry_request_schema = SCHEMA("hurry_request",
	struct hurry_request, hurry_request_fields, "why a parcel should come sooner");

static enum err
shipment_expedite(struct shop_call *c, struct error *e)
{
	struct hurry_request in;
	struct shop_shipment *p = NULL;
	enum err err = find_shipment(c, &p, e);
	if (err ||
		(err = schema_read(&hurry_request_schema, c->arena, c->body, &in, e)) ||
		(err = still_under_way(p, "hurried", e)))
		return err;
	struct str before = p->estimated_delivery;
	p->estimated_ms -= DAY_MS;
	p->estimated_delivery = store_date(c->store, p->estimated_ms);
	struct shop_order *o = store_order(c->store, p->order_id);
	if (o)
		order_estimate(c->store, o, p->estimated_ms);
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "tracking_number", p->tracking_number);
	jsonw_kstr(&c->out, "status", str_of(shipment_status_names[p->status]));
	jsonw_kstr(&c->out, "estimated_delivery", p->estimated_delivery);
	jsonw_kstr(&c->out, "previous_estimate", before);
	jsonw_end_object(&c->out);
	return OK;
}

struct issue_request {
	int type;
	struct str description;
};

static const struct field issue_request_fields[] = {
	FIELD(struct issue_request, type, SCHEMA_ENUM, .required = true,
		.names = exception_type_names),
	FIELD(struct issue_request, description, SCHEMA_STR, .max = 4000),
};
static const struct schema issue_request_schema =
	SCHEMA("issue_request", struct issue_request, issue_request_fields,
		"trouble with a parcel, told to its carrier");

static enum err
shipment_report(struct shop_call *c, struct error *e)
{
	struct issue_request in;
	struct shop_shipment *p = NULL;
	enum err err = find_shipment(c, &p, e);
	if (err || (err = schema_read(&issue_request_schema, c->arena, c->body, &in, e)))
		return err;
	struct shop_exception *x =
		STORE_APPEND(c->store, &p->exceptions, struct shop_exception);
	x->case_id = store_id(c->store, "CASE-", 6);
	x->type = in.type;
	x->description = store_text(c->store, in.description);
	x->since = store_date(c->store, c->now_ms);
	x->status = STR("open");
	c->status = 201;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "case_id", x->case_id);
	jsonw_kstr(&c->out, "tracking_number", p->tracking_number);
	jsonw_kstr(&c->out, "carrier", p->carrier);
	jsonw_kstr(&c->out, "type", str_of(exception_type_names[x->type]));
	jsonw_kstr(&c->out, "status", x->status);
	jsonw_end_object(&c->out);
	return OK;
}

const struct http_route shop_tracking_routes[] = {
	SHOP_READ("/tracking/{id}", shipment_get),
	SHOP_READ("/tracking/{id}/status", shipment_status),
	SHOP_READ("/tracking/{id}/exceptions", shipment_exceptions),
	SHOP_CHANGE(METHOD_PUT, "/tracking/{id}/address", "set_delivery_address",
		shipment_set_address),
	SHOP_CHANGE(METHOD_POST, "/tracking/{id}/expedite", "expedite_delivery",
		shipment_expedite),
	SHOP_CHANGE(
		METHOD_POST, "/tracking/{id}/issues", "report_issue", shipment_report),
	SHOP_COMMON_ROUTES,
};
const size_t shop_tracking_route_count =
	sizeof shop_tracking_routes / sizeof *shop_tracking_routes;
