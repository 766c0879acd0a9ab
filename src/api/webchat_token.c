#include "api/webchat.h"

#include "base/limits.h"
#include "wire/base64.h"
#include "wire/crypto.h"

struct claims {
	struct str k; /* what it is for: "chat" or "visitor" */
	int64_t t, exp, p;
	struct str i, e, n, l, w;
	struct json *x; /* facts of the page */
};

static const struct field claim_fields[] = {
	FIELD(struct claims, k, SCHEMA_STR, .required = true),
	FIELD(struct claims, t, SCHEMA_INT, .required = true),
	FIELD(struct claims, exp, SCHEMA_INT, .required = true),
	FIELD(struct claims, i, SCHEMA_STR, .required = true),
	FIELD(struct claims, p, SCHEMA_INT, .min = PROOF_NONE, .max = PROOF_DEMO),
	FIELD(struct claims, e, SCHEMA_STR),
	FIELD(struct claims, n, SCHEMA_STR),
	FIELD(struct claims, l, SCHEMA_STR),
	FIELD(struct claims, w, SCHEMA_STR),
	FIELD(struct claims, x, SCHEMA_JSON),
};
static const struct schema claim_schema =
	SCHEMA("claims", struct claims, claim_fields, "of a web chat token");

static struct str
token_key(const struct webchat *w)
{
	const struct store *s = w->api->store;
	return (struct str){(const char *)s->token_key, sizeof s->token_key};
}

static struct str
sign(struct webchat *w, struct arena *a, const struct claims *c)
{
	struct buf text;
	struct jsonw out;
	buf_init(&text, 16384 + 6 * WEBCHAT_CONTEXT_TOTAL_MAX);
	jsonw_init(&out, &text);
	schema_write(&claim_schema, c, &out);
	require(!buf_over(&text));
	struct str token = jwt_sign(a, token_key(w), buf_str(&text));
	buf_fini(&text);
	return token;
}

static bool
check(struct webchat *w, struct arena *a, struct str token, const char *kind,
	struct claims *out)
{
	struct str text;
	int64_t now_s = env_wall(w->api->env).ms / 1000;
	return jwt_verify(a, token_key(w), token, now_s, &text, NULL) == OK &&
		schema_read_text(&claim_schema, a, text, out, NULL) == OK &&
		str_eq(out->k, str_of(kind));
}

struct str
token_make(struct webchat *w, struct arena *a, const struct webchat_person *person,
	int64_t *expires_ms)
{
	const struct caller *c = &person->caller;
	struct claims claims = {
		.k = STR("chat"),
		.t = person->tenant,
		.exp = env_wall(w->api->env).ms / 1000 + WEBCHAT_TOKEN_S,
		.i = c->id,
		.p = c->proof,
		.e = c->email,
		.n = c->name,
		.l = c->locale,
		.w = person->widget,
	};
	if (c->page.n)
		require(json_parse(a, c->page, &claims.x, NULL) == OK);
	*expires_ms = claims.exp * 1000;
	return sign(w, a, &claims);
}

bool
token_read(
	struct webchat *w, struct arena *a, struct str token, struct webchat_person *out)
{
	struct claims c;
	if (!check(w, a, token, "chat", &c))
		return false;
	*out = (struct webchat_person){
		c.t, {(enum caller_proof)c.p, c.i, c.e, c.n, c.l, STR("")}, c.w};
	if (c.x)
		out->caller.page = json_print(a, c.x);
	return true;
}

struct str
visitor_secret_make(
	struct webchat *w, struct arena *a, int64_t tenant, struct str visitor)
{
	const struct claims claims = {
		.k = STR("visitor"),
		.t = tenant,
		.exp = env_wall(w->api->env).ms / 1000 + WEBCHAT_VISITOR_S,
		.i = visitor,
	};
	return arena_printf(a, "vs_%.*s", STR_ARG(sign(w, a, &claims)));
}

bool
visitor_secret_ok(struct webchat *w, struct arena *a, int64_t tenant, struct str visitor,
	struct str secret)
{
	struct claims c;
	return str_starts(secret, STR("vs_")) &&
		check(w, a, str_sub(secret, 3, secret.n), "visitor", &c) &&
		c.t == tenant && str_eq(c.i, visitor);
}

/* ---- tickets ---- */

struct ticket {
	struct list link; /* oldest first */
	struct str name;
	struct str token;
	int64_t expires_ms;
	struct arena arena;
};

static void
drop(struct webchat *w, struct ticket *t)
{
	map_remove(&w->by_ticket, t->name);
	list_remove(&t->link);
	w->ticket_count--;
	arena_fini(&t->arena);
	free(t);
}

static void
drop_old(struct webchat *w)
{
	int64_t now = env_wall(w->api->env).ms;
	list_each_safe(l, &w->tickets) {
		struct ticket *t = list_entry(l, struct ticket, link);
		if (t->expires_ms > now && w->ticket_count < WEBCHAT_TICKETS_MAX)
			return;
		drop(w, t);
	}
}

struct str
ticket_make(struct webchat *w, struct arena *a, const struct webchat_person *person,
	int64_t *expires_ms)
{
	unsigned char bits[32];
	int64_t ends;
	struct buf name;
	drop_old(w);
	struct ticket *t = mem_zalloc(sizeof *t);
	arena_init(&t->arena, 512);
	env_random(w->api->env, bits, sizeof bits);
	buf_init(&name, 64);
	base64url_encode(&name, (struct str){(const char *)bits, sizeof bits});
	t->name = arena_str(&t->arena, buf_str(&name));
	buf_fini(&name);
	t->token = token_make(w, &t->arena, person, &ends);
	t->expires_ms = env_wall(w->api->env).ms + WEBCHAT_TICKET_MS;
	list_init(&t->link);
	list_append(&w->tickets, &t->link);
	map_put(&w->by_ticket, t->name, t);
	w->ticket_count++;
	*expires_ms = t->expires_ms;
	return arena_str(a, t->name);
}

bool
ticket_use(
	struct webchat *w, struct arena *a, struct str name, struct webchat_person *out)
{
	struct ticket *t = map_get(&w->by_ticket, name);
	if (!t)
		return false;
	bool good = t->expires_ms > env_wall(w->api->env).ms;
	struct str token = arena_str(a, t->token);
	drop(w, t);
	return good && token_read(w, a, token, out);
}

void
tickets_free(struct webchat *w)
{
	list_each_safe(l, &w->tickets)
		drop(w, list_entry(l, struct ticket, link));
}
