/* Actions that wait for a person, and the decision on them. */
#include "api/auth.h"

#include "talk/approval.h"

struct decision_request {
	int decision;
	struct str note;
	struct str by;
};

enum { DECISION_APPROVE, DECISION_REJECT };
static const char *const decision_names[] = {"approve", "reject", NULL};

static const struct field decision_fields[] = {
	FIELD(struct decision_request, decision, SCHEMA_ENUM, .names = decision_names,
		.required = true, .doc = "carry it out or not"),
	FIELD(struct decision_request, note, SCHEMA_STR, .max = 2000,
		.doc = "for the record"),
	FIELD(struct decision_request, by, SCHEMA_STR, .max = 200, .doc = "who decides"),
};
const struct schema decision_request_schema = SCHEMA("DecisionRequest",
	struct decision_request, decision_fields, "the decision on an approval");

/* The conversation an approval belongs to lies in its number. */
static int64_t
conversation_of(int64_t approval)
{
	return row_conversation(approval >> 3);
}

static bool
load(struct api *api, struct arena *a, int64_t id, int64_t tenant, struct approval *ap)
{
	int64_t owner, contact_id;
	struct contact contact;
	return conversation_owner(api->store, conversation_of(id), &owner, &contact_id,
		       NULL) == OK &&
		owner == tenant &&
		contact_load(api->store, a, contact_id, &contact, NULL) == OK &&
		approval_load(api->store, a, id, &contact.key, ap, NULL) == OK;
}

static void
print_approval(
	struct api *api, struct arena *a, struct jsonw *w, const struct approval *ap)
{
	struct json *frozen = NULL;
	json_parse(a, ap->frozen, &frozen, NULL);
	jsonw_object(w);
	jsonw_kstr(w, "id", api_id(api, a, ID_APPROVAL, ap->id));
	jsonw_kstr(w, "status", ap->status);
	jsonw_kstr(w, "action", ap->action);
	jsonw_kstr(w, "conversation_id",
		api_id(api, a, ID_CONVERSATION, conversation_of(ap->id)));
	jsonw_kstr(w, "turn_id", api_id(api, a, ID_TURN, ap->turn));
	jsonw_kstr(w, "reason", json_str(json_get(frozen, STR("reason")), STR("")));
	if (json_get(frozen, STR("action")))
		jsonw_knode(w, "details", json_get(frozen, STR("action")));
	jsonw_kint(w, "created_at", ap->created.ms);
	if (ap->decided.ms) {
		jsonw_kint(w, "decided_at", ap->decided.ms);
		jsonw_kstr(w, "decided_by", ap->decided_by);
	}
	jsonw_end_object(w);
}

static void
list_approvals(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who;
	struct str from, status = http_request_query(r, "status");
	struct items ids;
	struct error e = {0};
	int64_t limit, after = 0;
	if (!auth_api(r, &who) || !api_page(r, 50, &limit, &from))
		return;
	if (status.p && !str_eq(status, STR(APPROVAL_PENDING))) {
		http_reply_error(r, 400, "status: only pending approvals are listed");
		return;
	}
	if (from.p && !id_parse(api->store, ID_APPROVAL, from, &after)) {
		http_reply_error(r, 400, "after: must be the id of an approval");
		return;
	}
	if (approval_list_pending(api->store, r->arena, who.tenant, after, (size_t)limit,
		    &ids, &e) != OK) {
		http_reply_err(r, &e);
		return;
	}
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	jsonw_karray(&w, "approvals");
	items_each(const int64_t, id, ids) {
		struct approval ap;
		if (load(api, r->arena, *id, who.tenant, &ap))
			print_approval(api, r->arena, &w, &ap);
	}
	jsonw_end_array(&w);
	if (ids.n == (size_t)limit)
		jsonw_kstr(&w, "next",
			api_id(api, r->arena, ID_APPROVAL,
				((const int64_t *)ids.p)[ids.n - 1]));
	jsonw_end_object(&w);
	api_reply(r, 200, &body);
}

/* The approval in the path; on failure the request is answered. */
static bool
find(struct http_request *r, int64_t tenant, struct approval *ap)
{
	int64_t id;
	if (id_parse(api_of(r)->store, ID_APPROVAL, http_request_param(r, "id"), &id) &&
		load(api_of(r), r->arena, id, tenant, ap))
		return true;
	http_reply_error(r, 404, "there is no such approval");
	return false;
}

static void
get_approval(struct http_request *r)
{
	struct principal who;
	struct approval ap;
	if (!auth_api(r, &who) || !find(r, who.tenant, &ap))
		return;
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	print_approval(api_of(r), r->arena, &w, &ap);
	api_reply(r, 200, &body);
}

struct deciding {
	struct engine_op op;
	struct http_request *r;
};

static void
decided(struct engine_op *op)
{
	struct deciding *q = op->owner;
	struct api *api = api_of(q->r);
	struct arena *a = q->r->arena;
	if (op->result != OK) {
		api_reply_err(q->r, &op->error, op->result);
		return;
	}
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	jsonw_kstr(&w, "id", api_id(api, a, ID_APPROVAL, op->approval));
	jsonw_kstr(&w, "status",
		op->approved ? STR(APPROVAL_APPROVED) : STR(APPROVAL_REJECTED));
	jsonw_kstr(
		&w, "conversation_id", api_id(api, a, ID_CONVERSATION, op->conversation));
	jsonw_kstr(&w, "turn_id",
		api_id(api, a, ID_TURN, row_key(op->conversation, op->turn)));
	jsonw_end_object(&w);
	api_reply(q->r, 200, &body);
}

static void
post_decision(struct http_request *r)
{
	struct principal who;
	struct approval ap;
	struct decision_request body;
	if (!auth_api(r, &who) || !find(r, who.tenant, &ap) ||
		!api_read_body(r, &decision_request_schema, &body))
		return;
	struct deciding *q = ARENA_NEW(r->arena, struct deciding);
	q->r = r;
	q->op = (struct engine_op){
		.kind = OP_DECIDE,
		.tenant = who.tenant,
		.conversation = conversation_of(ap.id),
		.person_id = body.by.n ? body.by : who.name,
		.text = body.note,
		.approval = ap.id,
		.approved = body.decision == DECISION_APPROVE,
		.done = decided,
		.owner = q,
	};
	engine_do(api_of(r)->engine, &q->op);
}

const struct http_route approval_routes[] = {
	{METHOD_GET, "/v1/approvals", list_approvals, 0, 0, NULL},
	{METHOD_GET, "/v1/approvals/{id}", get_approval, 0, 0, NULL},
	{METHOD_POST, "/v1/approvals/{id}", post_decision, 0, HTTP_ROUTE_JSON, NULL},
	{0},
};
