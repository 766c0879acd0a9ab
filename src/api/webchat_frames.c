/* Frames from clients. A frame of a type that is not known is ignored, as the protocol
 * asks. */
#include "api/webchat.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "wire/crypto.h"

static const struct field message_fields[] = {
	FIELD(struct chat_message, client_id, SCHEMA_STR, .required = true, .min = 8,
		.max = 64, .doc = "chosen once per message; sending it again is safe"),
	FIELD(struct chat_message, text, SCHEMA_STR, .max = MESSAGE_TEXT_BYTES_MAX,
		.doc = "what people see"),
	FIELD(struct chat_message, payload, SCHEMA_STR, .max = 1000,
		.doc = "what a quick reply means to the bot"),
	FIELD(struct chat_message, quick_reply, SCHEMA_BOOL, .doc = "a chip was pressed"),
};
const struct schema chat_message_schema = SCHEMA("ChatMessage", struct chat_message,
	message_fields, "a visitor's message", .open = true);

struct str
chat_dedupe(struct arena *a, const struct webchat_person *person, struct str client_id)
{
	return arena_printf(
		a, "%.*s/%.*s", STR_ARG(person->caller.id), STR_ARG(client_id));
}

void
chat_fingerprint(struct arena *a, const struct chat_message *m, unsigned char out[32])
{
	sha256(arena_printf(a, "%.*s\n%.*s", STR_ARG(m->text), STR_ARG(m->payload)), out);
}

static bool
is_client_id(struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z');
		if (!word && c != '_' && c != '-')
			return false;
	}
	return true;
}

const char *
chat_message_wrong(const struct chat_message *m)
{
	if (!is_client_id(m->client_id))
		return "client_id: only letters, digits, _ and -";
	if (m->text.n == 0 && m->payload.n == 0)
		return "text: must not be empty";
	if (utf8_count(m->text) > MESSAGE_TEXT_MAX)
		return "text: longer than 10000 characters";
	return NULL;
}

/* ---- messages ---- */

/* A message on its way to its acknowledgement. Outlives the connection it came on. */
struct sending {
	struct inbound in;
	struct arena arena;
	struct webchat *webchat;
	struct str client_id, person;
	int64_t connection;
};

/* The connections of the person that are still there. */
static struct room *
room_still(const struct sending *m)
{
	return map_get(&m->webchat->by_person, m->person);
}

/* The connection that the message came on, while it is there. Another one learns of the
 * message by its number. */
static struct chat *
sender_still(const struct sending *m)
{
	struct room *room = room_still(m);
	if (room)
		list_each(l, &room->chats) {
			struct chat *c = list_entry(l, struct chat, link);
			if (c->number == m->connection)
				return c;
		}
	return NULL;
}

static void
send_ack(struct chat *c, const struct sending *m, struct arena *a)
{
	struct str id = api_id(
		c->webchat->api, a, ID_MESSAGE, row_key(m->in.conversation, m->in.seq));
	struct json *o = json_new_object(a);
	json_set(o, STR("client_id"), json_new_str(a, m->client_id));
	json_set(o, STR("id"), json_new_str(a, id));
	json_set(o, STR("seq"), json_new_int(a, m->in.seq));
	chat_send(c, "ack", json_print(a, o));
}

static void
message_accepted(struct inbound *in)
{
	struct sending *m = in->owner;
	struct room *room = room_still(m);
	struct chat *c = sender_still(m);
	struct arena a;
	if (c) {
		arena_init(&a, 0);
		send_ack(c, m, &a);
		arena_fini(&a);
	}
	if (room)
		room_bind_to(room, in->conversation);
}

static void
message_done(struct inbound *in)
{
	struct sending *m = in->owner;
	struct chat *c = sender_still(m);
	if (in->result != OK && c)
		chat_send_error(c, in->mismatch ? 422 : err_http_status(in->result),
			in->error.text, m->client_id);
	arena_fini(&m->arena);
	free(m);
}

static void
take_message(struct chat *c, struct chat_message *m)
{
	struct webchat *w = c->webchat;
	struct room *room = c->room;
	struct error e = {0};
	const char *wrong = chat_message_wrong(m);
	if (wrong) {
		chat_send_error(c, 422, wrong, m->client_id);
		return;
	}
	room->typed_ms = 0;
	struct sending *s = mem_zalloc(sizeof *s);
	arena_init(&s->arena, 512);
	s->webchat = w;
	s->connection = c->number;
	s->client_id = arena_str(&s->arena, m->client_id);
	s->person = arena_str(&s->arena, room->name);
	s->in = (struct inbound){
		.tenant = room->person.tenant,
		.channel = STR("webchat"),
		.caller = room->person.caller,
		.text = m->text.n ? m->text : m->payload,
		.payload = m->payload,
		.client_id = s->client_id,
		.dedupe = chat_dedupe(&s->arena, &room->person, s->client_id),
		.pause = true,
		.accepted = message_accepted,
		.done = message_done,
		.owner = s,
	};
	if (c->page)
		s->in.caller.page = str_of(c->page);
	chat_fingerprint(&s->arena, m, s->in.fingerprint);
	enum err r = engine_receive(w->api->engine, &s->in, &e);
	if (r == OK)
		return;
	chat_send_error(
		c, r == ERR_INVALID ? 422 : err_http_status(r), e.text, m->client_id);
	arena_fini(&s->arena);
	free(s);
}

/* ---- the frames ---- */

static void
on_message(struct chat *c, struct arena *a, const struct json *data)
{
	struct chat_message m;
	struct error e = {0};
	struct str id = json_str(json_get(data, STR("client_id")), STR(""));
	if (!room_may_write(c->room)) {
		chat_send_error(c, 429, "more than 5 messages a second",
			id.n <= 64 ? id : STR(""));
		if (++c->floods > WEBCHAT_FLOODS_MAX)
			chat_close(c, 4429, "more than 5 messages a second");
		return;
	}
	c->floods = 0;
	if (!data || schema_read(&chat_message_schema, a, data, &m, &e) != OK) {
		chat_send_error(c, 422, data ? e.text : "data: is missing", STR(""));
		return;
	}
	take_message(c, &m);
}

static void
on_auth(struct chat *c, struct arena *a, const struct json *data)
{
	struct webchat_person person;
	if (c->room)
		return;
	struct str origin = c->origin ? str_of(c->origin) : (struct str){NULL, 0};
	if (!token_read(c->webchat, a, json_str(json_get(data, STR("token")), STR("")),
		    &person)) {
		chat_close(c, 4401, "the token is not valid");
	} else if (!webchat_origin_ok(c->webchat->api, a, &person, origin)) {
		chat_close(
			c, 1008, "this page's origin is not allowed for the widget key");
	} else {
		chat_keep_entrance(c, &person);
		chat_join(c, room_of(c->webchat, &person), -1);
	}
}

static void
on_resume(struct chat *c, const struct json *frame, const struct json *data)
{
	const struct json *after = json_get(data, STR("after_seq"));
	int64_t seq = json_int(after ? after : json_get(frame, STR("after_seq")), -1);
	if (seq < 0 || seq > SEQ_MAX)
		chat_send_error(c, 422, "after_seq: must be a sequence number", STR(""));
	else
		chat_resume(c, seq);
}

static void
on_read(struct chat *c, const struct json *data)
{
	int64_t seq = json_int(json_get(data, STR("up_to_seq")), -1);
	if (seq < 0 || seq > SEQ_MAX)
		chat_send_error(c, 422, "up_to_seq: must be a sequence number", STR(""));
	else
		chat_reads(c, seq);
}

static void
take_frame(struct chat *c, struct arena *a, const struct json *frame)
{
	struct str type = json_str(json_get(frame, STR("type")), STR(""));
	const struct json *data = json_get(frame, STR("data"));
	if (str_eq(type, STR("auth")))
		on_auth(c, a, data);
	else if (!c->room)
		chat_close(c, 4401, "the first frame must be auth");
	else if (str_eq(type, STR("message")))
		on_message(c, a, data);
	else if (str_eq(type, STR("resume")))
		on_resume(c, frame, data);
	else if (str_eq(type, STR("typing")))
		chat_types(c, json_bool(json_get(data, STR("on")), false));
	else if (str_eq(type, STR("read")))
		on_read(c, data);
	else if (str_eq(type, STR("ping")))
		chat_send(c, "pong", STR(""));
}

void
chat_receive(struct chat *c, struct str text)
{
	struct arena a;
	struct json *frame;
	struct error e;
	c->webchat->stats.frames_in++;
	if (!chat_may_send(c))
		return;
	arena_init(&a, 0);
	if (json_parse(&a, text, &frame, &e) != OK || frame->type != JSON_OBJECT) {
		if (c->room)
			chat_send_error(c, 400, "the frame is no JSON object", STR(""));
		else
			chat_close(c, 1008, "the frame is no JSON object");
	} else {
		take_frame(c, &a, frame);
	}
	arena_fini(&a);
}
