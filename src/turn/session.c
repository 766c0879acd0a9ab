#include "turn/session.h"

#include "base/limits.h"

static struct str
address_key(struct arena *a, const struct inbound *in)
{
	const struct str tenant = {(const char *)&in->tenant, sizeof in->tenant};
	/* The length keeps channel and id apart, whatever stands in them. */
	const struct str length = {(const char *)&in->channel.n, sizeof in->channel.n};
	const struct str parts[] = {tenant, length, in->channel, in->caller.id};
	return arena_join(a, parts, sizeof parts / sizeof *parts);
}

static struct session *
new_session(struct engine *engine)
{
	struct session *s = mem_zalloc(sizeof *s);
	s->engine = engine;
	arena_init(&s->arena, 512);
	buf_init(&s->state, TURN_KEPT_MAX);
	list_init(&s->keys);
	list_init(&s->ops);
	list_init(&s->later);
	list_init(&s->used);
	list_append(&engine->used, &s->used);
	engine->session_count++;
	return s;
}

static void
add_key(struct session *s, struct str key)
{
	struct session_key *k = ARENA_NEW(&s->arena, struct session_key);
	k->text = arena_str(&s->arena, key);
	list_append(&s->keys, &k->link);
	map_put(&s->engine->by_address, k->text, s);
}

static void
add_number(struct session *s)
{
	const struct store *store = s->engine->store;
	s->id = id_print(store, &s->arena, ID_CONVERSATION, s->row.id);
	s->contact_id = id_print(store, &s->arena, ID_CONTACT, s->row.contact);
	s->tenant = arena_printf(&s->arena, "%lld", (long long)s->row.tenant);
	map_put(&s->engine->by_number, MAP_INT_KEY(s->row.id), s);
}

/* Slices of what was loaded move into the session's own memory. */
static void
keep_row(struct session *s, const struct conversation *c)
{
	s->row = *c;
	s->row.channel = arena_str(&s->arena, c->channel);
	s->row.status = arena_str(&s->arena, c->status);
	s->row.owner = arena_str(&s->arena, c->owner);
	s->row.reference = arena_str(&s->arena, c->reference);
	buf_clear(&s->state);
	buf_add_str(&s->state, c->state);
	s->row.state = buf_str(&s->state);
}

static void
keep_contact(struct session *s, const struct contact *c)
{
	s->contact = *c;
	s->contact.name = arena_str(&s->arena, c->name);
	s->contact.locale = arena_str(&s->arena, c->locale);
	s->contact_stored = true;
	person_key_series(s->engine->store, &s->contact.key, &s->series);
}

static void
new_address(struct session *s, struct str kind, struct str value)
{
	s->new_kinds[s->new_count] = arena_str(&s->arena, kind);
	s->new_values[s->new_count++] = arena_str(&s->arena, value);
}

/* The contact behind an address, or behind a proved e-mail. */
static enum err
find_contact(struct engine *engine, const struct inbound *in, int64_t *id, bool *by_email,
	struct error *e)
{
	*by_email = false;
	enum err r = contact_find(
		engine->store, in->tenant, in->channel, in->caller.id, id, e);
	if (r != ERR_NOT_FOUND || in->caller.proof == PROOF_NONE ||
		in->caller.email.n == 0)
		return r;
	*by_email = true;
	return contact_find(
		engine->store, in->tenant, STR("email"), in->caller.email, id, e);
}

/* Nobody is known here: a contact, to be stored with the first commit. */
static void
make_contact(struct session *s, const struct inbound *in)
{
	contact_make(s->engine->store, in->tenant, &s->contact);
	person_key_series(s->engine->store, &s->contact.key, &s->series);
	s->contact.name = arena_str(&s->arena, in->caller.name);
	s->contact.locale = arena_str(&s->arena, in->caller.locale);
	new_address(s, in->channel, in->caller.id);
	if (in->caller.proof != PROOF_NONE && in->caller.email.n)
		new_address(s, STR("email"), in->caller.email);
}

static void
make_conversation(struct session *s, const struct inbound *in)
{
	struct wall now = env_wall(s->engine->env);
	struct conversation c = {
		.id = s->engine->store->next_conversation++,
		.tenant = in->tenant,
		.contact = s->contact.id,
		.channel = in->channel,
		.status = STR(CONVERSATION_OPEN),
		.created_ms = now.ms,
		.updated_ms = now.ms,
	};
	keep_row(s, &c);
}

static enum err
load(struct engine *engine, struct arena *a, int64_t conversation, struct session **out,
	struct error *e)
{
	int64_t tenant, contact_id;
	struct contact contact;
	struct conversation row;
	enum err r =
		conversation_owner(engine->store, conversation, &tenant, &contact_id, e);
	if (r == OK)
		r = contact_load(engine->store, a, contact_id, &contact, e);
	if (r == OK)
		r = conversation_load(
			engine->store, a, conversation, &contact.key, &row, e);
	if (r != OK)
		return r;
	struct session *s = new_session(engine);
	keep_contact(s, &contact);
	keep_row(s, &row);
	add_number(s);
	*out = s;
	return OK;
}

static void
touch(struct session *s)
{
	list_remove(&s->used);
	list_append(&s->engine->used, &s->used);
}

enum err
session_of_number(struct engine *engine, int64_t conversation, struct session **out,
	struct error *e)
{
	struct session *s = map_get(&engine->by_number, MAP_INT_KEY(conversation));
	if (s) {
		touch(s);
		*out = s;
		return OK;
	}
	struct arena a;
	arena_init(&a, 0);
	enum err r = load(engine, &a, conversation, out, e);
	arena_fini(&a);
	return r;
}

/* A known contact: its open conversation, live or stored, or a new one. */
static enum err
session_of_contact(struct engine *engine, struct arena *a, const struct inbound *in,
	int64_t id, struct session **out, struct error *e)
{
	int64_t conversation;
	enum err r = conversation_find(
		engine->store, in->tenant, in->channel, id, &conversation, e);
	if (r == OK)
		return session_of_number(engine, conversation, out, e);
	if (r != ERR_NOT_FOUND)
		return r;
	/* A conversation of this contact may be live and not yet stored. */
	list_each(l, &engine->used) {
		struct session *s = list_entry(l, struct session, used);
		if (s->row.version == 0 && s->row.contact == id &&
			str_eq(s->row.channel, in->channel)) {
			*out = s;
			return OK;
		}
	}
	struct contact contact;
	r = contact_load(engine->store, a, id, &contact, e);
	if (r != OK)
		return r;
	struct session *s = new_session(engine);
	keep_contact(s, &contact);
	make_conversation(s, in);
	add_number(s);
	*out = s;
	return OK;
}

/* Nobody is known under the address, or somebody who was erased in a crash's time, with the addresses still there. */
static struct session *
session_of_stranger(struct engine *engine, const struct inbound *in)
{
	struct session *s = new_session(engine);
	make_contact(s, in);
	make_conversation(s, in);
	add_number(s);
	return s;
}

enum err
session_of(struct engine *engine, const struct inbound *in, struct session **out,
	struct error *e)
{
	struct arena a;
	arena_init(&a, 0);
	struct str key = address_key(&a, in);
	struct session *s = map_get(&engine->by_address, key);
	enum err r = OK;
	int64_t contact = 0;
	bool by_email;
	if (s) {
		touch(s);
	} else {
		r = find_contact(engine, in, &contact, &by_email, e);
		bool known = r == OK;
		if (known) {
			r = session_of_contact(engine, &a, in, contact, &s, e);
			if (r == OK && by_email && s->new_count < 2)
				new_address(s, in->channel, in->caller.id);
		}
		if (r == (known ? ERR_CANCELED : ERR_NOT_FOUND)) {
			s = session_of_stranger(engine, in);
			s->erased = known ? contact : 0;
			r = OK;
		}
		if (r == OK)
			add_key(s, key);
	}
	arena_fini(&a);
	if (r == OK)
		*out = s;
	return r;
}

void
session_apply(struct session *s)
{
	const struct conversation *d = &s->draft;
	bool moved = !str_eq(d->status, s->row.status) ||
		!str_eq(d->owner, s->row.owner) ||
		!str_eq(d->reference, s->row.reference);
	struct conversation old = s->row;
	s->row = *d;
	s->row.channel = old.channel;
	s->row.status = moved ? arena_str(&s->arena, d->status) : old.status;
	s->row.owner = moved ? arena_str(&s->arena, d->owner) : old.owner;
	s->row.reference = moved ? arena_str(&s->arena, d->reference) : old.reference;
	if (d->state.p != s->state.p) {
		buf_clear(&s->state);
		buf_add_str(&s->state, d->state);
	}
	s->row.state = buf_str(&s->state);
	s->contact_stored = true;
	s->erased = 0;
	/* An address that became known while the change was on its way waits for the next one. */
	for (int i = s->putting; i < s->new_count; i++) {
		s->new_kinds[i - s->putting] = s->new_kinds[i];
		s->new_values[i - s->putting] = s->new_values[i];
	}
	s->new_count -= s->putting;
	s->putting = 0;
}

bool
session_human_owns(const struct session *s)
{
	return !str_eq(s->row.status, STR(CONVERSATION_OPEN));
}

bool
session_is_idle(const struct session *s)
{
	return !s->running && !s->next && !s->verdict && !s->busy && list_empty(&s->ops);
}

void
session_next_is_gone(struct session *s)
{
	struct list *l = list_pop(&s->later);
	s->next = l ? list_entry(l, struct live_run, line) : NULL;
}

void
session_unaddress(struct session *s)
{
	struct map *by_address = &s->engine->by_address;
	list_each(l, &s->keys) {
		struct session_key *k = list_entry(l, struct session_key, link);
		if (map_get(by_address, k->text) == s)
			map_remove(by_address, k->text);
	}
}

void
session_drop(struct session *s)
{
	struct engine *engine = s->engine;
	require(session_is_idle(s));
	session_unaddress(s);
	if (map_get(&engine->by_number, MAP_INT_KEY(s->row.id)) == s)
		map_remove(&engine->by_number, MAP_INT_KEY(s->row.id));
	list_remove(&s->used);
	engine->session_count--;
	env_timer_stop(engine->env, &s->pause);
	env_timer_stop(engine->env, &s->refusal);
	buf_fini(&s->state);
	arena_fini(&s->arena);
	free(s);
}

void
session_trim(struct engine *engine)
{
	struct list *l = engine->used.next;
	while (engine->session_count > engine->config.sessions_max &&
		l != &engine->used) {
		struct session *s = list_entry(l, struct session, used);
		l = l->next;
		if (session_is_idle(s))
			session_drop(s);
	}
}
