/* `parley key add`: lets a server of the shop, or a page with the widget, in. */
#include "cmd/key.h"

#include "cmd/cmd.h"
#include "cmd/control.h"
#include "wire/base64.h"

static const struct field request_fields[] = {
	FIELD_AS("do", struct key_request, what, SCHEMA_STR, .required = true),
	FIELD(struct key_request, tenant, SCHEMA_STR, .required = true, .min = 1,
		.max = 64),
	FIELD(struct key_request, kind, SCHEMA_STR, .required = true),
	FIELD(struct key_request, name, SCHEMA_STR, .max = 200),
	FIELD(struct key_request, origins, SCHEMA_STR, .max = 4000),
};
const struct schema key_request_schema =
	SCHEMA("key.add", struct key_request, request_fields, "a new key");

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

enum err
key_make(struct store *s, struct arena *a, struct db_tx *tx, const struct key_request *q,
	struct str *answer, struct error *e)
{
	bool widget = str_eq(q->kind, STR("widget"));
	struct access access = {.kind = widget ? ACCESS_WIDGET : ACCESS_API,
		.name = q->name,
		.origins = q->origins};
	if (!widget && !str_eq(q->kind, STR("api")))
		return err_set(e, ERR_INVALID, "kind: must be api or widget");
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

/* ---- the command ---- */

struct alone {
	struct db_tx tx;
	struct env *env;
	enum err result;
};

static void
stored(struct db_tx *tx, enum err result)
{
	struct alone *alone = tx->owner;
	alone->result = result;
	env_uv_stop(alone->env);
}

/* No server runs: the folder is ours. */
static enum err
add_alone(struct str dir, struct arena *a, const struct key_request *q, struct json **out,
	struct error *e)
{
	struct store store;
	struct str answer;
	struct alone alone = {.env = env_uv_new()};
	enum err r = store_open(alone.env, dir, &store, e);
	if (r == OK) {
		db_tx_init(&alone.tx);
		alone.tx.owner = &alone;
		r = key_make(&store, a, &alone.tx, q, &answer, e);
		if (r == OK)
			r = db_submit(store.db, &alone.tx, stored, e);
		if (r == OK) {
			env_uv_run(alone.env);
			r = alone.result;
			if (r != OK && e)
				*e = alone.tx.error;
		}
		db_tx_fini(&alone.tx);
		store_close(&store);
	}
	env_uv_free(&alone.env);
	return r == OK ? json_parse(a, answer, out, e) : r;
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

static int
key_run(const struct args *args)
{
	struct arena a;
	struct error e = {0};
	struct json *answer = NULL;
	if (strcmp(args->words[0], "add") != 0)
		return cmd_usage(args, "\"%s\" is not known; did you mean \"add\"?",
			args->words[0]);
	arena_init(&a, 0);
	struct str dir = str_of(args_value(args, "data"));
	const struct key_request q = {
		.what = STR("key.add"),
		.tenant = str_of(args_value(args, "tenant")),
		.kind = args_flag(args, "widget") ? STR("widget") : STR("api"),
		.name = str_of(args_value(args, "name")),
		.origins = origins_of(args, &a),
	};
	struct buf text;
	struct jsonw w;
	buf_init(&text, 16384);
	jsonw_init(&w, &text);
	schema_write(&key_request_schema, &q, &w);
	enum err r = control_call(dir, &a, buf_str(&text), &answer, &e);
	if (r == ERR_NOT_FOUND)
		r = add_alone(dir, &a, &q, &answer, &e);
	if (r == OK)
		print_key(answer, args_flag(args, "widget"));
	int code = r == OK ? 0 : cmd_fail(args, "%s", e.text);
	buf_fini(&text);
	arena_fini(&a);
	return code;
}

static const struct option options[] = {
	STORE_OPTIONS,
	{.name = "tenant",
		.value = "NAME",
		.fallback = "default",
		.doc = "whose key; made when it is new"},
	{.name = "name", .value = "TEXT", .fallback = "", .doc = "what the key is for"},
	{.name = "widget", .doc = "a key for pages with the chat widget"},
	{.name = "origin",
		.value = "URL",
		.repeats = true,
		.doc = "widget: a page's origin, https://shop.example"},
	{0},
};

const struct command cmd_key = {
	.name = "key",
	.usage = "add [options]",
	.summary = "make keys for servers and for pages with the widget",
	.details =
		"The key is printed once on standard output; the store keeps its SHA-256 only. Works while the server\n"
		"runs and while it does not.",
	.options = options,
	.words_min = 1,
	.words_max = 1,
	.run = key_run,
};
