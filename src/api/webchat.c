#include "api/webchat.h"

#include "base/limits.h"
#include "wire/sse.h"

#define PUMP_EVENTS 64
#define BEAT_MS 15000

/* ---- frames to clients ---- */

static void
print_author(struct jsonw *w, const struct message *m)
{
	jsonw_kobject(w, "author");
	jsonw_kstr(w, "kind", m->author);
	if (m->author_name.n)
		jsonw_kstr(w, "name", m->author_name);
	jsonw_end_object(w);
}

static void
print_buttons(struct jsonw *w, const struct items *buttons)
{
	if (buttons->n == 0)
		return;
	jsonw_karray(w, "quick_replies");
	items_each(const struct message_button, b, *buttons) {
		jsonw_object(w);
		jsonw_kstr(w, "title", b->title);
		jsonw_kstr(w, "payload", b->payload.n ? b->payload : b->title);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

void
print_chat_message(struct api *api, struct arena *a, struct jsonw *w,
	const struct event *ev, bool whole)
{
	struct message m;
	struct str id = api_id(api, a, ID_MESSAGE, row_key(ev->conversation, ev->seq));
	if (message_parse(a, ev->body, &m, NULL) != OK)
		memset(&m, 0, sizeof m);
	jsonw_object(w);
	jsonw_kstr(w, "id", id);
	if (whole) {
		jsonw_kint(w, "seq", ev->seq);
		jsonw_kint(w, "ts", ev->at.ms);
	}
	print_author(w, &m);
	jsonw_kstr(w, "text", m.text);
	if (m.client_id.n)
		jsonw_kstr(w, "client_id", m.client_id);
	print_buttons(w, &m.quick_replies);
	jsonw_end_object(w);
}

struct str
status_data(struct api *api, struct arena *a, const struct conversation *row)
{
	int64_t place = 0;
	struct json *o = json_new_object(a), *owner;
	json_set(o, STR("conversation"), json_new_str(a, row->status));
	if (str_eq(row->status, STR(CONVERSATION_WAITING))) {
		if (conversation_place(api->store, row, &place, NULL) == OK)
			json_set(o, STR("queue_position"), json_new_int(a, place));
		json_set(o, STR("reference"), json_new_str(a, row->reference));
	}
	if (row->owner.n && json_parse(a, row->owner, &owner, NULL) == OK) {
		struct json *agent = json_new_object(a);
		json_set(agent, STR("name"),
			json_new_str(a, json_str(json_get(owner, STR("name")), STR(""))));
		json_set(o, STR("agent"), agent);
	}
	return json_print(a, o);
}

/* Hands one frame's text to the connection. ERR_LIMIT: the peer lags too much and is cut.
 */
static void
put_frame(struct chat *c, int64_t seq, struct str frame)
{
	if (c->closing)
		return;
	c->webchat->stats.frames_out++;
	if (c->ws) {
		ws_send_text(c->ws, frame);
		return;
	}
	struct buf text;
	char id[24] = "";
	int n = seq ? snprintf(id, sizeof id, "%lld", (long long)seq) : 0;
	buf_init(&text, 2 * WS_SEND_QUEUE_MAX);
	sse_write(&text, (struct str){id, (size_t)n}, STR(""), frame);
	http_stream_write(c->stream, buf_str(&text));
	buf_fini(&text);
}

static void
send_frame(struct chat *c, const char *type, struct str id, int64_t seq, int64_t ts,
	struct str data)
{
	struct buf text;
	struct jsonw w;
	buf_init(&text, WS_SEND_QUEUE_MAX);
	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_kstr(&w, "type", str_of(type));
	if (id.n)
		jsonw_kstr(&w, "id", id);
	if (seq)
		jsonw_kint(&w, "seq", seq);
	jsonw_kint(&w, "ts", ts);
	if (data.n) {
		jsonw_key(&w, STR("data"));
		jsonw_raw(&w, data);
	}
	jsonw_end_object(&w);
	put_frame(c, seq, buf_str(&text));
	buf_fini(&text);
}

void
chat_send(struct chat *c, const char *type, struct str data)
{
	send_frame(c, type, STR(""), 0, env_wall(c->webchat->api->env).ms, data);
}

void
chat_send_error(struct chat *c, int status, const char *detail, struct str client_id)
{
	struct buf text;
	struct jsonw w;
	c->webchat->stats.refused++;
	buf_init(&text, 8192);
	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_kstr(&w, "type", STR("about:blank"));
	jsonw_kint(&w, "status", status);
	jsonw_kstr(&w, "title", str_of(http_status_reason(status)));
	jsonw_kstr(&w, "detail", str_of(detail));
	if (client_id.n)
		jsonw_kstr(&w, "client_id", client_id);
	jsonw_end_object(&w);
	chat_send(c, "error", buf_str(&text));
	buf_fini(&text);
}

/* ---- events ---- */

/* What an event says of the conversation's status; empty when it says nothing. */
static struct str
status_of_event(struct arena *a, const struct event *ev)
{
	struct json *body = NULL, *o = json_new_object(a);
	const char *status = NULL;
	json_parse(a, ev->body, &body, NULL);
	if (ev->kind == EVENT_HANDOFF)
		status = CONVERSATION_WAITING;
	else if (ev->kind == EVENT_TAKEOVER)
		status = CONVERSATION_HUMAN;
	else if (ev->kind == EVENT_HANDBACK)
		status = CONVERSATION_OPEN;
	else if (ev->kind == EVENT_CLOSED)
		status = CONVERSATION_CLOSED;
	if (!status)
		return STR("");
	json_set(o, STR("conversation"), json_new_str(a, str_of(status)));
	if (ev->kind == EVENT_HANDOFF) {
		json_set(o, STR("queue_position"),
			json_new_int(
				a, json_int(json_get(body, STR("queue_position")), 1)));
		json_set(o, STR("reference"),
			json_new_str(
				a, json_str(json_get(body, STR("reference")), STR(""))));
	}
	if (ev->kind == EVENT_TAKEOVER) {
		struct json *agent = json_new_object(a);
		json_set(agent, STR("name"),
			json_new_str(a, json_str(json_get(body, STR("name")), STR(""))));
		json_set(o, STR("agent"), agent);
	}
	return json_print(a, o);
}

/* A note is a message that only people see. */
static void
send_message(struct chat *c, struct arena *a, const struct event *ev)
{
	struct buf data;
	struct jsonw w;
	buf_init(&data, WS_SEND_QUEUE_MAX);
	jsonw_init(&w, &data);
	print_chat_message(c->webchat->api, a, &w, ev, false);
	send_frame(c, ev->kind == EVENT_NOTE ? "note" : "message",
		api_id(c->webchat->api, a, ID_MESSAGE,
			row_key(ev->conversation, ev->seq)),
		ev->seq, ev->at.ms, buf_str(&data));
	buf_fini(&data);
}

/* The frames of one event; frames of one event share its number. Events that are not for
 * visitors have none. */
static void
send_event(struct chat *c, struct arena *a, const struct event *ev)
{
	c->cursor = ev->seq;
	switch (ev->kind) {
	case EVENT_INBOUND:
	case EVENT_OUTBOUND:
		send_message(c, a, ev);
		return;
	case EVENT_HANDOFF:
		send_frame(c, "handoff", STR(""), ev->seq, ev->at.ms,
			STR("{\"to\":\"human\"}"));
		break;
	case EVENT_HANDBACK:
		send_frame(c, "handoff", STR(""), ev->seq, ev->at.ms,
			STR("{\"to\":\"bot\"}"));
		break;
	case EVENT_TAKEOVER:
	case EVENT_CLOSED:
		break;
	case EVENT_NOTE:
		if (c->room->people)
			send_message(c, a, ev);
		return;
	case EVENT_APPROVAL:
	case EVENT_DECISION:
		return;
	}
	send_frame(c, "status", STR(""), ev->seq, ev->at.ms, status_of_event(a, ev));
}

static size_t
queued(const struct chat *c)
{
	return c->ws ? ws_queued(c->ws) : http_stream_queued(c->stream);
}

void
chat_pump(struct chat *c)
{
	struct room *room = c->room;
	struct api *api = c->webchat->api;
	size_t n = PUMP_EVENTS;
	c->behind = false;
	while (room && room->conversation && !c->closing && n == PUMP_EVENTS) {
		struct arena a;
		struct items events;
		if (queued(c) > WS_SEND_QUEUE_MAX / 2) {
			c->behind = true; /* goes on when the peer has read */
			return;
		}
		arena_init(&a, 0);
		n = 0;
		if (event_list(api->store, &a, room->conversation, c->cursor, PUMP_EVENTS,
			    &room->key, &events, NULL) == OK) {
			n = events.n;
			items_each(const struct event, ev, events)
				send_event(c, &a, ev);
		}
		arena_fini(&a);
	}
}

static int64_t
newest_seq(const struct room *room)
{
	struct arena a;
	struct items events;
	int64_t seq = 0;
	arena_init(&a, 0);
	if (room->conversation &&
		event_list_last(room->webchat->api->store, &a, room->conversation, 1,
			&room->key, &events, NULL) == OK &&
		events.n)
		seq = ((const struct event *)events.p)->seq;
	arena_fini(&a);
	return seq;
}

/* A number that is yet to come (of another visitor, or from before a backup was restored)
 * would silence the connection. */
static void
stop_holding(struct chat *c)
{
	if (c->holding)
		env_timer_stop(c->webchat->api->env, &c->patience);
	c->holding = false;
}

/* It does not resume: what came meanwhile goes out. */
static void
held_long_enough(struct env_timer *timer)
{
	struct chat *c = timer->owner;
	c->holding = false;
	chat_pump(c);
}

/*
 * A client resumes right after `ready`. What is committed in between waits for that, else it
 * would come twice, or before what is older.
 */
static void
hold(struct chat *c)
{
	c->holding = true;
	c->patience = (struct env_timer){.fire = held_long_enough, .owner = c};
	env_timer_start(c->webchat->api->env, &c->patience, WEBCHAT_HOLD_MS);
}

void
chat_resume(struct chat *c, int64_t after)
{
	int64_t newest = newest_seq(c->room);
	stop_holding(c);
	c->cursor = after < newest ? after : newest;
	chat_pump(c);
}

struct room *
rooms_of(struct webchat *w, int64_t conversation)
{
	return map_get(&w->by_conversation, MAP_INT_KEY(conversation));
}

void
webchat_event(struct webchat *w, int64_t conversation, const struct event *ev)
{
	for (struct room *room = rooms_of(w, conversation); room; room = room->same)
		list_each_safe(l, &room->chats) {
			struct chat *c = list_entry(l, struct chat, link);
			if (ev->seq <= c->cursor || c->behind || c->closing || c->holding)
				continue;
			struct arena a;
			arena_init(&a, 0);
			if (ev->seq == c->cursor + 1 &&
				queued(c) <= WS_SEND_QUEUE_MAX / 2)
				send_event(c, &a, ev);
			else
				chat_pump(c);
			arena_fini(&a);
		}
}

/* ---- rooms ---- */

static void
unbind(struct room *room)
{
	struct webchat *w = room->webchat;
	struct room *first = rooms_of(w, room->conversation);
	if (first == room) {
		map_remove(&w->by_conversation, MAP_INT_KEY(room->conversation));
		if (room->same) /* the map's key must stay in a room that lives */
			map_put(&w->by_conversation, MAP_INT_KEY(room->conversation),
				room->same);
		return;
	}
	while (first && first->same != room)
		first = first->same;
	if (first)
		first->same = room->same;
}

static void
room_free(struct room *room)
{
	if (room->conversation)
		unbind(room);
	map_remove(&room->webchat->by_person, room->name);
	list_remove(&room->link);
	arena_fini(&room->arena);
	free(room);
}

static struct room *
room_new(struct webchat *w, const struct webchat_person *person, struct str name)
{
	struct room *room = mem_zalloc(sizeof *room);
	arena_init(&room->arena, 256);
	room->webchat = w;
	list_init(&room->chats);
	room->name = arena_str(&room->arena, name);
	room->person.tenant = person->tenant;
	room->person.caller = (struct caller){
		.proof = person->caller.proof,
		.id = arena_str(&room->arena, person->caller.id),
		.email = arena_str(&room->arena, person->caller.email),
		.name = arena_str(&room->arena, person->caller.name),
		.locale = arena_str(&room->arena, person->caller.locale),
	};
	list_init(&room->link);
	list_append(&w->rooms, &room->link);
	map_put(&w->by_person, room->name, room);
	room_bind(room);
	return room;
}

struct room *
room_of(struct webchat *w, const struct webchat_person *person)
{
	struct arena a;
	arena_init(&a, 0);
	struct str name = arena_printf(
		&a, "%lld/%.*s", (long long)person->tenant, STR_ARG(person->caller.id));
	struct room *room = map_get(&w->by_person, name);
	if (!room) {
		room = room_new(w, person, name);
	} else if (room->chat_count == 0) {
		/* What a session says of its visitor may have changed; how fast they
		 * write has not. */
		struct bucket messages = room->messages;
		room_free(room);
		room = room_new(w, person, name);
		room->messages = messages;
	}
	arena_fini(&a);
	return room;
}

struct room *
room_of_people(struct webchat *w, int64_t tenant, int64_t conversation)
{
	char name[40];
	const struct webchat_person nobody = {.tenant = tenant};
	int n = snprintf(name, sizeof name, "people/%lld", (long long)conversation);
	struct room *room = map_get(&w->by_person, (struct str){name, (size_t)n});
	if (room)
		return room;
	room = room_new(w, &nobody, (struct str){name, (size_t)n});
	room->people = true;
	room_bind_to(room, conversation);
	return room;
}

/* The one before was closed, and in the next one numbers begin anew: clients open their
 * session again and learn of it there. */
static void
leave_conversation(struct room *room)
{
	unbind(room);
	list_each_safe(l, &room->chats)
		chat_close(list_entry(l, struct chat, link), 4401,
			"another conversation has begun: open the session again");
}

void
room_bind_to(struct room *room, int64_t conversation)
{
	struct webchat *w = room->webchat;
	struct store *store = w->api->store;
	int64_t tenant, contact_id;
	struct contact contact;
	struct arena a;
	if (room->conversation == conversation)
		return;
	if (room->conversation)
		leave_conversation(room);
	room->conversation = 0;
	room->marks_known = false;
	room->read_seq = 0;
	arena_init(&a, 0);
	if (conversation_owner(store, conversation, &tenant, &contact_id, NULL) == OK &&
		contact_load(store, &a, contact_id, &contact, NULL) == OK) {
		room->conversation = conversation;
		room->key = contact.key;
		room->same = rooms_of(w, conversation);
		map_put(&w->by_conversation, MAP_INT_KEY(room->conversation), room);
	}
	arena_fini(&a);
}

enum err
room_bind(struct room *room)
{
	struct store *store = room->webchat->api->store;
	const struct caller *caller = &room->person.caller;
	int64_t contact, conversation;
	if (room->conversation)
		return OK;
	enum err r = contact_find(
		store, room->person.tenant, STR("webchat"), caller->id, &contact, NULL);
	if (r == ERR_NOT_FOUND && caller->proof != PROOF_NONE && caller->email.n)
		r = contact_find(store, room->person.tenant, STR("email"), caller->email,
			&contact, NULL);
	if (r == OK)
		r = conversation_find(store, room->person.tenant, STR("webchat"), contact,
			&conversation, NULL);
	if (r == OK)
		room_bind_to(room, conversation);
	return r;
}

bool
room_may_write(struct room *room)
{
	return bucket_take(&room->messages, room->webchat->api->env, WEBCHAT_RATE_PER_S,
		WEBCHAT_BURST);
}

bool
chat_may_send(struct chat *c)
{
	if (bucket_take(&c->frames, c->webchat->api->env, WEBCHAT_FRAMES_PER_S,
		    WEBCHAT_FRAMES_BURST))
		return true;
	c->webchat->stats.refused++;
	chat_close(c, 4429, "more frames than the rate allows");
	return false;
}

/* A room that went at once would forget how fast its person just wrote. */
void
room_release(struct room *room)
{
	if (room->chat_count == 0 &&
		bucket_is_full(&room->messages, room->webchat->api->env,
			WEBCHAT_RATE_PER_S, WEBCHAT_BURST))
		room_free(room);
}

/* ---- connections ---- */

static void
no_token(struct env_timer *timer)
{
	struct chat *c = timer->owner;
	if (!c->room)
		chat_close(c, 4401, "no token came in time");
}

struct chat *
chat_new(struct webchat *w)
{
	struct chat *c = mem_zalloc(sizeof *c);
	c->webchat = w;
	c->number = ++w->last_number;
	list_init(&c->link);
	list_append(&w->strangers, &c->link);
	c->patience = (struct env_timer){.fire = no_token, .owner = c};
	w->stats.connections++;
	return c;
}

void
chat_free(struct chat *c)
{
	struct room *room = c->room;
	free(c->origin);
	free(c->page);
	if (!c->webchat) {
		free(c);
		return;
	}
	env_timer_stop(c->webchat->api->env, &c->patience);
	list_remove(&c->link);
	c->webchat->stats.connections--;
	if (room) {
		room->chat_count--;
		room_release(room);
	}
	free(c);
}

void
chat_close(struct chat *c, int code, const char *reason)
{
	if (c->closing)
		return;
	c->closing = true;
	if (c->ws)
		ws_close(c->ws, code, str_of(reason));
	else
		http_stream_end(c->stream);
}

/* Makes room for one more: the oldest gives way. Those that close already have given way.
 */
static void
limit_connections(struct room *room)
{
	struct chat *oldest = NULL;
	int open = 0;
	list_each(l, &room->chats) {
		struct chat *c = list_entry(l, struct chat, link);
		if (c->closing)
			continue;
		open++;
		if (!oldest)
			oldest = c;
	}
	if (open >= WEBCHAT_CONNECTIONS_MAX)
		chat_close(oldest, 4409, "a newer connection took its place");
}

static char *
copy_text(struct str text)
{
	char *copy = mem_zalloc(text.n + 1);
	memcpy(copy, text.p, text.n);
	return copy;
}

void
chat_keep_origin(struct chat *c, struct str origin)
{
	c->origin = copy_text(origin);
}

static uint64_t
key_number(const struct access_print *key)
{
	uint64_t number;
	memcpy(&number, key->bytes, sizeof number);
	return number;
}

void
chat_keep_entrance(struct chat *c, const struct webchat_person *person)
{
	if (person->caller.page.n)
		c->page = copy_text(person->caller.page);
	chat_keep_key(c, person->widget);
}

void
chat_keep_key(struct chat *c, struct str key)
{
	struct access_print print;
	if (key.n == 0)
		return;
	print = access_print_of(key);
	c->key = key_number(&print);
}

void
webchat_key_revoked(struct webchat *w, const struct access_print *key)
{
	list_each_safe(r, &w->rooms) {
		struct room *room = list_entry(r, struct room, link);
		list_each_safe(l, &room->chats) {
			struct chat *c = list_entry(l, struct chat, link);
			if (c->key == key_number(key))
				chat_close(c, 4401, "the key was revoked");
		}
	}
}

void
chat_join(struct chat *c, struct room *room, int64_t after)
{
	char data[48];
	env_timer_stop(c->webchat->api->env, &c->patience);
	free(c->origin);
	c->origin = NULL;
	limit_connections(room);
	list_remove(&c->link);
	list_append(&room->chats, &c->link);
	room->chat_count++;
	c->room = room;
	room_bind(room);
	int64_t newest = newest_seq(room);
	c->cursor = newest;
	int n = snprintf(data, sizeof data, "{\"seq\":%lld}", (long long)newest);
	chat_send(c, "ready", (struct str){data, (size_t)n});
	if (after >= 0 && after < newest)
		chat_resume(c, after);
	else if (c->ws)
		hold(c);
}

/* ---- life ---- */

static void
beat(struct env_timer *timer)
{
	struct webchat *w = timer->owner;
	struct buf comment;
	buf_init(&comment, 64);
	sse_write_comment(&comment);
	list_each_safe(r, &w->rooms) {
		struct room *room = list_entry(r, struct room, link);
		list_each_safe(l, &room->chats) {
			struct chat *c = list_entry(l, struct chat, link);
			if (!c->stream || c->closing)
				continue;
			http_stream_write(c->stream, buf_str(&comment));
			chat_send(c, "pong", STR(""));
		}
		room_release(room);
	}
	buf_fini(&comment);
	env_timer_start(w->api->env, &w->beat, BEAT_MS);
}

struct webchat *
webchat_new(struct api *api)
{
	struct webchat *w = mem_zalloc(sizeof *w);
	w->api = api;
	list_init(&w->rooms);
	list_init(&w->strangers);
	list_init(&w->tickets);
	map_init(&w->by_person);
	map_init(&w->by_conversation);
	map_init(&w->by_ticket);
	w->beat = (struct env_timer){.fire = beat, .owner = w};
	env_timer_start(api->env, &w->beat, BEAT_MS);
	return w;
}

void
webchat_drain(struct webchat *w)
{
	w->draining = true;
	env_timer_stop(w->api->env, &w->beat);
}

/* Sockets end after this room: what is left of a connection frees itself when its socket
 * has closed. */
static void
orphan(struct list *chats, struct webchat *w)
{
	list_each_safe(l, chats) {
		struct chat *c = list_entry(l, struct chat, link);
		env_timer_stop(w->api->env, &c->patience);
		list_remove(&c->link);
		c->closing = true;
		c->room = NULL;
		c->webchat = NULL;
	}
}

void
webchat_free(struct webchat **p)
{
	struct webchat *w = *p;
	if (!w)
		return;
	env_timer_stop(w->api->env, &w->beat);
	list_each_safe(r, &w->rooms) {
		struct room *room = list_entry(r, struct room, link);
		orphan(&room->chats, w);
		room_free(room);
	}
	orphan(&w->strangers, w);
	tickets_free(w);
	map_fini(&w->by_person);
	map_fini(&w->by_conversation);
	map_fini(&w->by_ticket);
	free(w);
	*p = NULL;
}

void
webchat_get_stats(const struct webchat *w, struct webchat_stats *out)
{
	*out = w->stats;
}
