/* Conversations as people see them: lists, transcripts, taking over, answering, handing
 * back. */
#include "api/auth.h"

#include "base/limits.h"
#include "base/utf8.h"

struct person {
	struct str id, name;
};
struct takeover_request {
	struct person agent;
};
struct answer_request {
	struct person author;
	struct str text;
};

static const struct field person_fields[] = {
	FIELD(struct person, id, SCHEMA_STR, .required = true, .min = 1, .max = 200,
		.doc = "your id of the person"),
	FIELD(struct person, name, SCHEMA_STR, .max = 200, .doc = "as customers see it"),
};
static const struct schema person_schema =
	SCHEMA("Person", struct person, person_fields, "somebody of your team");
static const struct field takeover_fields[] = {
	FIELD(struct takeover_request, agent, SCHEMA_OBJECT, .of = &person_schema,
		.required = true, .doc = "who takes it"),
};
const struct schema takeover_request_schema = SCHEMA("TakeoverRequest",
	struct takeover_request, takeover_fields, "a person takes the conversation");
static const struct field answer_fields[] = {
	FIELD(struct answer_request, author, SCHEMA_OBJECT, .of = &person_schema,
		.required = true, .doc = "who writes"),
	FIELD(struct answer_request, text, SCHEMA_STR, .required = true, .min = 1,
		.max = MESSAGE_TEXT_BYTES_MAX, .doc = "what is written to the customer"),
};
const struct schema answer_request_schema = SCHEMA("AnswerRequest", struct answer_request,
	answer_fields, "a person's message to the customer");
static const struct field handback_fields[] = {
	FIELD(struct takeover_request, agent, SCHEMA_OBJECT, .of = &person_schema,
		.doc = "who hands it back"),
};
const struct schema handback_request_schema = SCHEMA("HandbackRequest",
	struct takeover_request, handback_fields, "the bot has it again");
static const struct field close_fields[] = {
	FIELD(struct takeover_request, agent, SCHEMA_OBJECT, .of = &person_schema,
		.doc = "who closes it"),
};
const struct schema close_request_schema =
	SCHEMA("CloseRequest", struct takeover_request, close_fields,
		"the matter is settled; the next message begins another conversation");

struct typing_request {
	struct person author;
	bool on;
};
static const struct field typing_fields[] = {
	FIELD(struct typing_request, author, SCHEMA_OBJECT, .of = &person_schema,
		.required = true, .doc = "who types"),
	FIELD(struct typing_request, on, SCHEMA_BOOL, .required = true,
		.doc = "false: not any more"),
};
const struct schema typing_request_schema = SCHEMA("TypingRequest", struct typing_request,
	typing_fields, "a person of the team types");

struct read_request {
	struct person author;
	int64_t up_to_seq;
};
static const struct field read_fields[] = {
	FIELD(struct read_request, author, SCHEMA_OBJECT, .of = &person_schema,
		.required = true, .doc = "who has read"),
	FIELD(struct read_request, up_to_seq, SCHEMA_INT, .required = true, .min = 1,
		.max = SEQ_MAX, .doc = "number of the last message seen"),
};
const struct schema read_request_schema = SCHEMA("ReadRequest", struct read_request,
	read_fields, "a person of the team has read what the customer wrote");

/* ---- reading ---- */

/* The dialogue that the conversation remembers. */
static struct dialogue
remembered(struct arena *a, const struct conversation *c)
{
	struct dialogue d;
	if (dialogue_read(a, c->state, &d, NULL) != OK)
		return (struct dialogue){0};
	return d;
}

/* Addresses that are theirs, and the e-mail they only stated: nobody has proved that one. */
static void
print_addresses(struct api *api, struct arena *a, struct jsonw *w,
	const struct conversation *conversation, const struct contact *c)
{
	struct items list;
	struct str email = STR(""), phone = STR("");
	struct str stated = remembered(a, conversation).email;
	if (contact_addresses(api->store, a, c, &list, NULL) != OK)
		return;
	items_each(const struct contact_address, one, list) {
		if (str_eq(one->kind, STR("email")))
			email = one->value;
		if (str_eq(one->kind, STR("phone")))
			phone = one->value;
	}
	if (email.n)
		jsonw_kstr(w, "email", email);
	if (phone.n)
		jsonw_kstr(w, "phone", phone);
	if (stated.n && !str_eq_nocase(stated, email))
		jsonw_kstr(w, "stated_email", stated);
	jsonw_karray(w, "addresses");
	items_each(const struct contact_address, shown, list) {
		jsonw_object(w);
		jsonw_kstr(w, "kind", shown->kind);
		jsonw_kstr(w, "value", shown->value);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
print_contact(struct api *api, struct arena *a, struct jsonw *w,
	const struct conversation *conversation, const struct contact *c)
{
	jsonw_kobject(w, "contact");
	jsonw_kstr(w, "id", api_id(api, a, ID_CONTACT, c->id));
	if (c->name.n)
		jsonw_kstr(w, "name", c->name);
	print_addresses(api, a, w, conversation, c);
	jsonw_end_object(w);
}

static void
print_last_message(struct api *api, struct arena *a, struct jsonw *w,
	const struct conversation *c, const struct contact *contact,
	const struct read_marks *marks)
{
	struct items events;
	if (event_list_last(api->store, a, c->id, 10, &contact->key, &events, NULL) != OK)
		return;
	const struct event *list = events.p;
	for (size_t i = events.n; i-- > 0;) {
		if (list[i].kind != EVENT_INBOUND && list[i].kind != EVENT_OUTBOUND)
			continue;
		jsonw_key(w, STR("last_message"));
		api_print_message(api, a, w, &list[i], marks);
		return;
	}
}

static void
print_conversation(struct api *api, struct arena *a, struct jsonw *w,
	const struct conversation *c, const struct contact *contact)
{
	int64_t place = 0;
	struct read_marks marks = {0};
	jsonw_object(w);
	jsonw_kstr(w, "id", api_id(api, a, ID_CONVERSATION, c->id));
	jsonw_kstr(w, "status", c->status);
	jsonw_kstr(w, "channel", c->channel);
	print_contact(api, a, w, c, contact);
	if (c->owner.n) {
		jsonw_key(w, STR("agent"));
		jsonw_raw(w, c->owner);
	}
	if (c->reference.n)
		jsonw_kstr(w, "reference", c->reference);
	if (str_eq(c->status, STR(CONVERSATION_WAITING))) {
		jsonw_kint(w, "waiting_since", c->waiting_ms);
		if (conversation_place(api->store, c, &place, NULL) == OK)
			jsonw_kint(w, "queue_position", place);
	}
	const struct json *page = remembered(a, c).page;
	if (page)
		jsonw_knode(w, "page", page);
	jsonw_kint(w, "version", c->version);
	jsonw_kint(w, "seq", c->seq);
	jsonw_kint(w, "created_at", c->created_ms);
	jsonw_kint(w, "updated_at", c->updated_ms);
	if (webchat_visitor_types(api->webchat, c->id))
		jsonw_kbool(w, "typing", true);
	if (read_marks_load(api->store, c->id, &marks, NULL) == OK && marks.customer_seq)
		jsonw_kint(w, "read_seq", marks.customer_seq);
	print_last_message(api, a, w, c, contact, &marks);
	jsonw_end_object(w);
}

static void
get_conversation(struct http_request *r)
{
	struct principal who;
	struct contact contact;
	struct conversation c;
	if (!auth_api(r, &who) || !api_conversation(r, who.tenant, &contact, &c))
		return;
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	print_conversation(api_of(r), r->arena, &w, &c, &contact);
	api_reply(r, 200, &body);
}

static bool
known_status(struct str status)
{
	static const char *const names[] = {CONVERSATION_OPEN, CONVERSATION_WAITING,
		CONVERSATION_HUMAN, CONVERSATION_CLOSED};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(status, str_of(names[i])))
			return true;
	return false;
}

static void
print_list(struct api *api, struct arena *a, struct jsonw *w, const struct items *ids)
{
	jsonw_karray(w, "conversations");
	items_each(const int64_t, id, *ids) {
		int64_t tenant, contact_id;
		struct contact contact;
		struct conversation c;
		if (conversation_owner(api->store, *id, &tenant, &contact_id, NULL) ==
				OK &&
			contact_load(api->store, a, contact_id, &contact, NULL) == OK &&
			conversation_load(api->store, a, *id, &contact.key, &c, NULL) ==
				OK)
			print_conversation(api, a, w, &c, &contact);
	}
	jsonw_end_array(w);
}

static void
list_conversations(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who;
	int64_t limit, after = 0;
	struct str from, status = http_request_query(r, "status");
	struct items ids;
	struct error e = {0};
	if (!auth_api(r, &who) || !api_page(r, 50, &limit, &from))
		return;
	if (status.p && !known_status(status)) {
		http_reply_error(
			r, 400, "status: must be open, waiting, human or closed");
		return;
	}
	if (from.p && !id_parse(api->store, ID_CONVERSATION, from, &after)) {
		http_reply_error(r, 400, "after: must be the id of a conversation");
		return;
	}
	if (conversation_list(api->store, r->arena, who.tenant, status, after,
		    (size_t)limit, &ids, &e) != OK) {
		http_reply_err(r, &e);
		return;
	}
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	print_list(api, r->arena, &w, &ids);
	if (ids.n == (size_t)limit)
		jsonw_kstr(&w, "next",
			api_id(api, r->arena, ID_CONVERSATION,
				((const int64_t *)ids.p)[ids.n - 1]));
	jsonw_end_object(&w);
	api_reply(r, 200, &body);
}

static void
list_messages(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who;
	struct contact contact;
	struct conversation c;
	struct items events;
	struct str from;
	struct error e = {0};
	struct read_marks marks = {0};
	int64_t limit, after = 0;
	if (!auth_api(r, &who) || !api_page(r, 50, &limit, &from) ||
		!api_conversation(r, who.tenant, &contact, &c))
		return;
	if (from.p && (!str_to_i64(from, &after) || after < 0 || after > SEQ_MAX)) {
		http_reply_error(r, 400, "after: must be a sequence number");
		return;
	}
	enum err got = event_list_messages(api->store, r->arena, c.id, after,
		(size_t)limit + 1, &contact.key, &events, &e);
	if (got == OK)
		got = read_marks_load(api->store, c.id, &marks, &e);
	if (got != OK) {
		http_reply_err(r, &e);
		return;
	}
	struct buf body;
	struct jsonw w;
	buf_init(&body, 2 * API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	bool more = events.n > (size_t)limit;
	events.n -= more;
	jsonw_karray(&w, "messages");
	items_each(const struct event, ev, events)
		api_print_message(api, r->arena, &w, ev, &marks);
	jsonw_end_array(&w);
	if (more)
		jsonw_kint(&w, "next", ((const struct event *)events.p)[limit - 1].seq);
	jsonw_end_object(&w);
	api_reply(r, 200, &body);
}

/* ---- changing ---- */

struct change {
	struct engine_op op;
	struct http_request *r;
};

static void
change_done_reply(struct engine_op *op)
{
	struct change *q = op->owner;
	struct api *api = api_of(q->r);
	struct arena *a = q->r->arena;
	int64_t tenant, contact_id;
	struct contact contact;
	struct conversation c;
	if (op->result != OK) {
		api_reply_err(q->r, &op->error, op->result);
		return;
	}
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	if (op->kind == OP_MESSAGE) {
		jsonw_object(&w);
		jsonw_kstr(&w, "message_id",
			api_id(api, a, ID_MESSAGE, row_key(op->conversation, op->seq)));
		jsonw_kstr(&w, "conversation_id",
			api_id(api, a, ID_CONVERSATION, op->conversation));
		jsonw_kint(&w, "seq", op->seq);
		jsonw_end_object(&w);
	} else if (conversation_owner(api->store, op->conversation, &tenant, &contact_id,
			   NULL) == OK &&
		contact_load(api->store, a, contact_id, &contact, NULL) == OK &&
		conversation_load(
			api->store, a, op->conversation, &contact.key, &c, NULL) == OK) {
		print_conversation(api, a, &w, &c, &contact);
	}
	api_reply(q->r, op->kind == OP_MESSAGE ? 201 : 200, &body);
}

static void
change_conversation_of(struct http_request *r, enum op_kind kind,
	const struct person *person, struct str text)
{
	struct api *api = api_of(r);
	struct principal who;
	struct contact contact;
	struct conversation c;
	if (!auth_api(r, &who) || !api_conversation(r, who.tenant, &contact, &c))
		return;
	struct change *q = ARENA_NEW(r->arena, struct change);
	q->r = r;
	q->op = (struct engine_op){
		.kind = kind,
		.tenant = who.tenant,
		.conversation = c.id,
		.person_id = person->id,
		.person_name = person->name,
		.text = text,
		.done = change_done_reply,
		.owner = q,
	};
	engine_do(api->engine, &q->op);
}

static void
post_takeover(struct http_request *r)
{
	struct takeover_request body;
	if (api_read_body(r, &takeover_request_schema, &body))
		change_conversation_of(r, OP_TAKEOVER, &body.agent, STR(""));
}

static void
post_handback(struct http_request *r)
{
	struct takeover_request body = {0};
	if (r->body.n == 0 || api_read_body(r, &handback_request_schema, &body))
		change_conversation_of(r, OP_HANDBACK, &body.agent, STR(""));
}

/* ---- presence ---- */

static void
get_events(struct http_request *r)
{
	struct principal who;
	struct contact contact;
	struct conversation c;
	if (auth_api(r, &who) && api_conversation(r, who.tenant, &contact, &c))
		webchat_watch(r, who.tenant, c.id, auth_credential(r));
}

static void
post_typing(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who;
	struct contact contact;
	struct conversation c;
	struct typing_request body;
	if (!auth_api(r, &who) || !api_conversation(r, who.tenant, &contact, &c) ||
		!api_read_body(r, &typing_request_schema, &body))
		return;
	webchat_typing(api->webchat, c.id,
		body.author.name.n ? body.author.name : STR(""), body.on);
	http_reply(r, 204, NULL, STR(""), STR(""));
}

static void
post_read(struct http_request *r)
{
	struct api *api = api_of(r);
	struct principal who;
	struct contact contact;
	struct conversation c;
	struct read_request body;
	if (!auth_api(r, &who) || !api_conversation(r, who.tenant, &contact, &c) ||
		!api_read_body(r, &read_request_schema, &body))
		return;
	webchat_read(api->webchat, c.id, body.up_to_seq < c.seq ? body.up_to_seq : c.seq,
		body.author.name);
	http_reply(r, 204, NULL, STR(""), STR(""));
}

static void
post_close(struct http_request *r)
{
	struct takeover_request body = {0};
	if (r->body.n == 0 || api_read_body(r, &close_request_schema, &body))
		change_conversation_of(r, OP_CLOSE, &body.agent, STR(""));
}

static void
post_answer(struct http_request *r)
{
	struct answer_request body;
	if (!api_read_body(r, &answer_request_schema, &body))
		return;
	if (utf8_count(body.text) > MESSAGE_TEXT_MAX)
		http_reply_error(r, 422, "text: longer than 10000 characters");
	else
		change_conversation_of(r, OP_MESSAGE, &body.author, body.text);
}

const struct http_route conversation_routes[] = {
	{METHOD_GET, "/v1/conversations", list_conversations, 0, 0, NULL},
	{METHOD_GET, "/v1/conversations/{id}", get_conversation, 0, 0, NULL},
	{METHOD_GET, "/v1/conversations/{id}/messages", list_messages, 0, 0, NULL},
	{METHOD_POST, "/v1/conversations/{id}/messages", post_answer, 0, HTTP_ROUTE_JSON,
		NULL},
	{METHOD_POST, "/v1/conversations/{id}/takeover", post_takeover, 0,
		HTTP_ROUTE_JSON, NULL},
	{METHOD_POST, "/v1/conversations/{id}/handback", post_handback, 0, 0, NULL},
	{METHOD_POST, "/v1/conversations/{id}/close", post_close, 0, 0, NULL},
	{METHOD_GET, "/v1/conversations/{id}/events", get_events, 0, 0, NULL},
	{METHOD_POST, "/v1/conversations/{id}/typing", post_typing, 0, HTTP_ROUTE_JSON,
		NULL},
	{METHOD_POST, "/v1/conversations/{id}/read", post_read, 0, HTTP_ROUTE_JSON, NULL},
	{0},
};
