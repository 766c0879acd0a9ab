/* `parley key add|list|revoke`: lets a server of the shop, or a page with the widget, in,
 * and out again. */
#include "cmd/key.h"

#include "cmd/alone.h"
#include "cmd/cmd.h"
#include "cmd/control.h"
#include "wire/base64.h"

static const struct field request_fields[] = {
	FIELD_AS("do", struct key_request, what, SCHEMA_STR, .required = true),
	FIELD(struct key_request, tenant, SCHEMA_STR, .max = 64),
	FIELD(struct key_request, kind, SCHEMA_STR),
	FIELD(struct key_request, name, SCHEMA_STR, .max = 200),
	FIELD(struct key_request, origins, SCHEMA_STR, .max = 4000),
	FIELD(struct key_request, id, SCHEMA_STR, .max = 64),
};
const struct schema key_request_schema =
	SCHEMA("key", struct key_request, request_fields, "a new key, or the end of one");

/* The secret that signs customers on the shop's server: 256 random bits in hex. */
static struct str
new_secret(struct store *s, struct arena *a)
{
	unsigned char bits[32];
	struct buf text;
	env_random(s->env, bits, sizeof bits);
	buf_init(&text, 64);
	hex_encode(&text, (struct str){(const char *)bits, sizeof bits});
	struct str secret = arena_str(a, buf_str(&text));
	buf_fini(&text);
	return secret;
}

static enum err
make_key(struct store *s, struct arena *a, struct db_tx *tx, const struct key_request *q,
	struct str *answer, struct error *e)
{
	bool widget = str_eq(q->kind, STR("widget"));
	struct access access = {.kind = widget ? ACCESS_WIDGET : ACCESS_API,
		.name = q->name,
		.origins = q->origins};
	if (!widget && !str_eq(q->kind, STR("api")))
		return err_set(e, ERR_INVALID, "kind: must be api or widget");
	if (q->tenant.n == 0)
		return err_set(e, ERR_INVALID, "tenant: must not be empty");
	if (widget && q->origins.n == 0)
		return err_set(e, ERR_INVALID,
			"a widget key needs the origins of its pages: --origin https://shop.example");
	struct wall now = env_wall(s->env);
	enum err r = tenant_ensure(s, tx, q->tenant, now, &access.tenant, e);
	if (r != OK)
		return r;
	struct str key = access_new_key(s, a, access.kind);
	if (widget)
		access.secret = new_secret(s, a);
	access_add(tx, key, &access, now);
	struct json *o = json_new_object(a);
	json_set(o, STR("key"), json_new_str(a, key));
	if (widget)
		json_set(o, STR("secret"), json_new_str(a, access.secret));
	*answer = json_print(a, o);
	return OK;
}

static enum err
revoke_key(struct store *s, struct arena *a, struct db_tx *tx, struct str id,
	struct key_change *out, struct error *e)
{
	struct access_row row;
	enum err r = access_by_id(s, a, id, &row, e);
	if (r != OK)
		return r;
	if (row.revoked_ms)
		return err_set(e, ERR_CONFLICT, "%.*s is revoked already", STR_ARG(id));
	access_revoke(tx, &row.print, env_wall(s->env));
	out->revokes = true;
	out->print = row.print;
	out->answer = STR("{\"revoked\":true}");
	return OK;
}

enum err
key_plan(struct store *s, struct arena *a, struct db_tx *tx, const struct key_request *q,
	struct key_change *out, struct error *e)
{
	*out = (struct key_change){.revokes = false};
	if (str_eq(q->what, STR("key.revoke")))
		return revoke_key(s, a, tx, q->id, out, e);
	return make_key(s, a, tx, q, &out->answer, e);
}

/* ---- the command ---- */

struct key_alone {
	struct arena *arena;
	const struct key_request *request;
	struct key_change change;
};

static enum err
plan_alone(struct store *store, struct db_tx *tx, void *with, struct error *e)
{
	struct key_alone *k = with;
	return key_plan(store, k->arena, tx, k->request, &k->change, e);
}

/* No server runs: the folder is ours. The first key may come before the first start;
 * nothing else is there to change. */
static enum err
change_alone(struct str dir, struct arena *a, const struct key_request *q,
	struct json **out, struct error *e)
{
	struct key_alone k = {.arena = a, .request = q};
	enum err r = alone_change(dir,
		&(struct alone_change){.makes = str_eq(q->what, STR("key.add")),
			.plan = plan_alone,
			.with = &k},
		e);
	return r == OK ? json_parse(a, k.change.answer, out, e) : r;
}

/* Through the running server when there is one: it keeps the folder, and has to know. */
static enum err
change(struct str dir, struct arena *a, const struct key_request *q, struct json **out,
	struct error *e)
{
	struct buf text;
	struct jsonw w;
	buf_init(&text, 16384);
	jsonw_init(&w, &text);
	schema_write(&key_request_schema, q, &w);
	enum err r = control_call(dir, a, buf_str(&text), out, e);
	if (r == ERR_NOT_FOUND)
		r = change_alone(dir, a, q, out, e);
	buf_fini(&text);
	return r;
}

static struct str
origins_of(const struct args *args, struct arena *a)
{
	struct str all = STR("");
	const char *one;
	int at = 0;
	while ((one = args_each_value(args, "origin", &at)))
		all = arena_printf(a, "%.*s%s%s", STR_ARG(all), all.n ? " " : "", one);
	return all;
}

static void
print_key(const struct json *answer, bool widget)
{
	struct str key = json_str(json_get(answer, STR("key")), STR(""));
	struct str secret = json_str(json_get(answer, STR("secret")), STR(""));
	printf("%.*s\n", STR_ARG(key));
	if (widget)
		printf("%.*s\n", STR_ARG(secret));
	fprintf(stderr, "%s",
		widget ? "The first line is the widget's key (data-key); the second is the secret with which "
			 "your server signs\ncustomers: hash = hex(HMAC-SHA256(secret, customer id)). "
			 "Neither is shown again.\n"
		       : "This API key is not shown again. Callers send it as: Authorization: Bearer KEY\n");
}

static enum err
add(const struct args *args, struct str dir, struct arena *a, struct error *e)
{
	struct json *answer;
	bool widget = args_flag(args, "widget");
	const struct key_request q = {
		.what = STR("key.add"),
		.tenant = str_of(args_value(args, "tenant")),
		.kind = widget ? STR("widget") : STR("api"),
		.name = str_of(args_value(args, "name")),
		.origins = origins_of(args, a),
	};
	enum err r = change(dir, a, &q, &answer, e);
	if (r == OK)
		print_key(answer, widget);
	return r;
}

static void
print_day(int64_t ms)
{
	char day[16] = "";
	time_t seconds = (time_t)(ms / 1000);
	struct tm t;
	if (ms && gmtime_r(&seconds, &t))
		strftime(day, sizeof day, "%Y-%m-%d", &t);
	printf("%-10s", ms ? day : "-");
}

/* Reads beside a running server. */
static enum err
list(const struct args *args, struct str dir, struct arena *a, struct error *e)
{
	struct store store;
	struct items keys;
	struct env *env = env_uv_new();
	(void)args;
	enum err r = store_open_reading(env, dir, &store, e);
	if (r == OK) {
		r = access_list(&store, a, &keys, e);
		store_close(&store);
	}
	env_uv_free(&env);
	if (r != OK)
		return r;
	if (keys.n == 0)
		printf("There are no keys yet: parley key add\n");
	else
		printf("%-18s  %-6s  %-16s  %-10s  %-10s  %s\n", "ID", "KIND", "TENANT",
			"MADE", "REVOKED", "NAME, ORIGINS");
	items_each(const struct access_row, k, keys) {
		printf("%-18.*s  %-6s  %-16.*s  ", STR_ARG(k->id),
			k->access.kind == ACCESS_API ? "api" : "widget",
			STR_ARG(k->tenant));
		print_day(k->created_ms);
		printf("  ");
		print_day(k->revoked_ms);
		printf("  %.*s%s%.*s\n", STR_ARG(k->access.name),
			k->access.name.n && k->access.origins.n ? ", " : "",
			STR_ARG(k->access.origins));
	}
	return OK;
}

static enum err
revoke(const struct args *args, struct str dir, struct arena *a, struct error *e)
{
	struct json *answer;
	const struct key_request q = {
		.what = STR("key.revoke"), .id = str_of(args->words[1])};
	enum err r = change(dir, a, &q, &answer, e);
	if (r == OK)
		printf("%s is revoked: whoever holds it is refused from now on\n",
			args->words[1]);
	return r;
}

static int
key_run(const struct args *args)
{
	static const struct {
		const char *name;
		int words;
		enum err (*run)(const struct args *args, struct str dir, struct arena *a,
			struct error *e);
	} verbs[] = {{"add", 1, add}, {"list", 1, list}, {"revoke", 2, revoke}};
	struct arena a;
	struct error e = {0};
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(args->words[0], verbs[i].name) != 0)
			continue;
		if (args->word_count != verbs[i].words)
			return cmd_usage(args, "it is: parley key %s", cmd_key.usage);
		arena_init(&a, 0);
		enum err r = verbs[i].run(args, str_of(args_value(args, "data")), &a, &e);
		arena_fini(&a);
		return r == OK ? 0 : cmd_fail(args, "%s", e.text);
	}
	return cmd_usage(
		args, "\"%s\" is not known: add, list or revoke", args->words[0]);
}

static const struct option options[] = {
	STORE_OPTIONS,
	{.name = "tenant",
		.value = "NAME",
		.fallback = "default",
		.doc = "add: whose key; made when it is new"},
	{.name = "name",
		.value = "TEXT",
		.fallback = "",
		.doc = "add: what the key is for"},
	{.name = "widget", .doc = "add: a key for pages with the chat widget"},
	{.name = "origin",
		.value = "URL",
		.repeats = true,
		.doc = "add --widget: a page's origin, https://shop.example"},
	{0},
};

const struct command cmd_key = {
	.name = "key",
	.usage = "add [options] | list | revoke ID",
	.summary = "make, list and revoke keys of servers and of pages with the widget",
	.details =
		"A new key is printed once on standard output; the store keeps its SHA-256 only, and the list names keys by an\n"
		"id made from it. A revoked key is refused at its next request, and web chats that its pages opened end.\n"
		"Works while the server runs and while it does not.",
	.options = options,
	.words_min = 1,
	.words_max = 2,
	.run = key_run,
};
