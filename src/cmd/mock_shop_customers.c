/* The demo shop's customers service. */
#include "cmd/mock_shop_call.h"

#include "base/utf8.h"

enum err
shop_find_customer(struct shop_call *c, struct shop_customer **out, struct error *e)
{
	struct shop_customer *found = store_customer(c->store, c->id);
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "there is no customer %.*s",
			STR_ARG(utf8_clip(c->id, 100)));
	*out = found;
	c->target = found->customer_id;
	return OK;
}

static enum err
customer_get(struct shop_call *c, struct error *e)
{
	struct shop_customer *customer = NULL;
	enum err err = shop_find_customer(c, &customer, e);
	if (err)
		return err;
	schema_write(&shop_customer_schema, customer, &c->out);
	return OK;
}

/* The query's ?limit=, or all. */
static enum err
read_limit(struct shop_call *c, size_t *limit, struct error *e)
{
	struct str text = http_request_query(c->request, "limit");
	int64_t n;
	if (!text.p)
		return OK;
	if (!str_to_i64(text, &n) || n < 1)
		return err_set(e, ERR_INVALID, "limit must be a whole number from 1");
	if ((uint64_t)n < *limit)
		*limit = (size_t)n;
	return OK;
}

enum err
shop_list_orders(struct shop_call *c, struct error *e)
{
	struct shop_customer *customer = NULL;
	enum err err = shop_find_customer(c, &customer, e);
	size_t limit = SIZE_MAX, shown = 0;
	if (err || (err = read_limit(c, &limit, e)))
		return err;
	struct str status = http_request_query(c->request, "status");
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "customer_email", customer->email);
	jsonw_karray(&c->out, "orders");
	for (size_t i = customer->order_count; i-- > 0 && shown < limit;) {
		const struct shop_order *o = customer->orders[i];
		if (status.p && !str_eq(status, str_of(order_status_names[o->status])))
			continue;
		schema_write(&shop_order_schema, o, &c->out);
		shown++;
	}
	jsonw_end_array(&c->out);
	jsonw_kint(&c->out, "total", (int64_t)customer->order_count);
	jsonw_end_object(&c->out);
	return OK;
}

static enum err
customer_history(struct shop_call *c, struct error *e)
{
	struct shop_customer *customer = NULL;
	enum err err = shop_find_customer(c, &customer, e);
	if (err)
		return err;
	const struct shop_case *cases = customer->cases.p;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "customer_id", customer->customer_id);
	jsonw_karray(&c->out, "interactions");
	for (size_t i = customer->cases.n; i-- > 0;)
		schema_write(&shop_case_schema, &cases[i], &c->out);
	jsonw_end_array(&c->out);
	jsonw_kint(&c->out, "total", (int64_t)customer->cases.n);
	jsonw_end_object(&c->out);
	return OK;
}

struct case_request {
	int type, priority;
	struct str subject, description;
};

static const struct field case_request_fields[] = {
	FIELD(struct case_request, type, SCHEMA_ENUM, .required = true,
		.names = case_type_names),
	FIELD(struct case_request, priority, SCHEMA_ENUM, .names = case_priority_names,
		.fallback = "\"medium\""),
	FIELD(struct case_request, subject, SCHEMA_STR, .required = true, .min = 1,
		.max = 300),
	FIELD(struct case_request, description, SCHEMA_STR, .max = 4000),
};
static const struct schema case_request_schema =
	SCHEMA("case_request", struct case_request, case_request_fields, "a new case");

static enum err
customer_open_case(struct shop_call *c, struct error *e)
{
	struct case_request in;
	struct shop_customer *customer = NULL;
	enum err err = shop_find_customer(c, &customer, e);
	if (err || (err = schema_read(&case_request_schema, c->arena, c->body, &in, e)))
		return err;
	struct shop_case *k = STORE_APPEND(c->store, &customer->cases, struct shop_case);
	k->interaction_id = store_id(c->store, "INT-", 6);
	k->customer_id = customer->customer_id;
	k->type = in.type;
	k->status = in.priority >= CASE_HIGH ? CASE_ESCALATED : CASE_OPEN;
	k->priority = in.priority;
	k->subject = store_text(c->store, in.subject);
	k->description = store_text(c->store, in.description);
	k->created_date = store_date(c->store, c->now_ms);
	c->status = 201;
	schema_write(&shop_case_schema, k, &c->out);
	return OK;
}

struct tier_request {
	int tier;
	struct str reason;
};

static const struct field tier_request_fields[] = {
	FIELD(struct tier_request, tier, SCHEMA_ENUM, .required = true,
		.names = shop_tier_names),
	FIELD(struct tier_request, reason, SCHEMA_STR, .max = 1000),
};
static const struct schema tier_request_schema =
	SCHEMA("tier_request", struct tier_request, tier_request_fields, "another tier");

static enum err
customer_set_tier(struct shop_call *c, struct error *e)
{
	struct tier_request in;
	struct shop_customer *customer = NULL;
	enum err err = shop_find_customer(c, &customer, e);
	if (err || (err = schema_read(&tier_request_schema, c->arena, c->body, &in, e)))
		return err;
	if (customer->tier == in.tier)
		return err_set(e, ERR_CONFLICT, "customer %.*s is %s already",
			STR_ARG(customer->customer_id), shop_tier_names[in.tier]);
	const char *before = shop_tier_names[customer->tier];
	customer->tier = in.tier;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "customer_id", customer->customer_id);
	jsonw_kstr(&c->out, "tier", str_of(shop_tier_names[in.tier]));
	jsonw_kstr(&c->out, "previous_tier", str_of(before));
	jsonw_end_object(&c->out);
	return OK;
}

static const struct field note_request_fields[] = {
	FIELD(struct shop_note, text, SCHEMA_STR, .required = true, .min = 1,
		.max = 4000),
	FIELD(struct shop_note, author, SCHEMA_STR, .max = 100,
		.fallback = "\"assistant\""),
};
static const struct schema note_request_schema =
	SCHEMA("note_request", struct shop_note, note_request_fields, "a new note");

enum err
shop_answer_note(struct shop_call *c, struct items *notes, struct error *e)
{
	struct shop_note in;
	enum err err = schema_read(&note_request_schema, c->arena, c->body, &in, e);
	if (err)
		return err;
	store_add_note(c->store, notes, in.author, in.text, c->now_ms);
	c->status = 201;
	jsonw_object(&c->out);
	jsonw_kstr(&c->out, "target", c->target);
	jsonw_kint(&c->out, "notes", (int64_t)notes->n);
	jsonw_end_object(&c->out);
	return OK;
}

static enum err
customer_add_note(struct shop_call *c, struct error *e)
{
	struct shop_customer *customer = NULL;
	enum err err = shop_find_customer(c, &customer, e);
	return err ? err : shop_answer_note(c, &customer->notes, e);
}

const struct http_route shop_customers_routes[] = {
	SHOP_READ("/customers/{id}", customer_get),
	SHOP_READ("/customers/{id}/orders", shop_list_orders),
	SHOP_READ("/customers/{id}/support-history", customer_history),
	SHOP_CHANGE(METHOD_POST, "/customers/{id}/support-history", "open_case",
		customer_open_case),
	SHOP_CHANGE(METHOD_PUT, "/customers/{id}/tier", "set_tier", customer_set_tier),
	SHOP_CHANGE(METHOD_POST, "/customers/{id}/notes", "add_customer_note",
		customer_add_note),
	SHOP_COMMON_ROUTES,
};
const size_t shop_customers_route_count =
	sizeof shop_customers_routes / sizeof *shop_customers_routes;
