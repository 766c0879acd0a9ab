#include "cmd/config.h"

#include "base/limits.h"
#include "wire/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#define KEEP_MS_MAX (3650.0 * 86400000)

static const struct field retention_fields[] = {
	FIELD_AS("tenant", struct retention_tenant, name, SCHEMA_STR, .required = true,
		.min = 1, .max = 64, .doc = "its name"),
	FIELD_AS("keep_journal_ms", struct retention_tenant, journal_ms, SCHEMA_DURATION,
		.max = KEEP_MS_MAX, .doc = "absent: as for the others"),
	FIELD_AS("keep_messages_ms", struct retention_tenant, message_ms, SCHEMA_DURATION,
		.max = KEEP_MS_MAX, .doc = "absent: as for the others"),
};
static const struct schema retention_schema = SCHEMA("retention", struct retention_tenant,
	retention_fields, "how long rows of a tenant are kept");

static const struct field fields[] = {
	FIELD(struct config, listen, SCHEMA_STR, .fallback = "\"127.0.0.1:8080\"",
		.min = 1, .max = 200,
		.doc = "address and port to serve on; port 0 takes any free one"),
	FIELD(struct config, data, SCHEMA_STR, .fallback = "\"parley-data\"", .min = 1,
		.max = 4000, .doc = "folder of the store; made when it is missing"),
	FIELD(struct config, pack, SCHEMA_STR, .fallback = "\"packs/ecommerce\"",
		.min = 1, .max = 4000, .doc = "folder of the pack"),
	FIELD(struct config, packs, SCHEMA_STR, .fallback = "\"packs\"", .max = 4000,
		.doc = "folder whose packs a replay over the API may name; empty: none"),
	FIELD(struct config, tenant, SCHEMA_STR, .fallback = "\"default\"", .min = 1,
		.max = 64, .doc = "tenant of callers in the demo"),
	FIELD(struct config, demo, SCHEMA_BOOL, .fallback = "false",
		.doc = "serve callers without a key, with the demo shop beside"),
	FIELD(struct config, log, SCHEMA_STR, .fallback = "\"info\"",
		.doc = "debug, info, warn, error or off"),
	FIELD(struct config, reply_wait_ms, SCHEMA_DURATION, .fallback = "\"20s\"",
		.min = 100, .max = 120000,
		.doc = "how long a call waits for its reply before it is answered 202"),
	FIELD(struct config, drain_ms, SCHEMA_DURATION, .fallback = "\"10s\"", .min = 0,
		.max = 600000,
		.doc = "how long running turns and requests may take when the server stops"),
	FIELD(struct config, keep_journal_ms, SCHEMA_DURATION, .fallback = "\"90d\"",
		.max = KEEP_MS_MAX,
		.doc = "how long journals and causes of turns are kept; 0: for ever"),
	FIELD(struct config, keep_messages_ms, SCHEMA_DURATION, .fallback = "0",
		.max = KEEP_MS_MAX, .doc = "how long messages are kept; 0: for ever"),
	FIELD(struct config, retention, SCHEMA_LIST, .of = &retention_schema,
		.max = RETENTION_TENANTS_MAX,
		.doc = "tenants with other times: tenant, keep_journal_ms, keep_messages_ms"),
	FIELD(struct config, body_max, SCHEMA_INT, .fallback = "1048576", .min = 1024,
		.max = 67108864, .doc = "bytes of a request's body"),
	FIELD(struct config, connections_max, SCHEMA_INT, .fallback = "16000", .min = 1,
		.max = 1000000, .doc = "open connections"),
	FIELD(struct config, connections_per_address, SCHEMA_INT, .fallback = "12000",
		.min = 1, .max = 1000000, .doc = "open connections of one address"),
	FIELD(struct config, head_timeout_ms, SCHEMA_DURATION, .fallback = "\"10s\"",
		.min = 100, .max = 600000,
		.doc = "how long a request may take to name itself and its headers"),
	FIELD(struct config, body_timeout_ms, SCHEMA_DURATION, .fallback = "\"30s\"",
		.min = 100, .max = 3600000,
		.doc = "how long its body may take to arrive"),
	FIELD(struct config, idle_timeout_ms, SCHEMA_DURATION, .fallback = "\"75s\"",
		.min = 100, .max = 3600000,
		.doc = "how long a kept connection may be silent"),
	FIELD(struct config, write_timeout_ms, SCHEMA_DURATION, .fallback = "\"30s\"",
		.min = 100, .max = 3600000,
		.doc = "how long a reader may take next to nothing"),
	FIELD(struct config, proxies, SCHEMA_STRS, .max = 64,
		.doc = "address ranges (CIDR) of proxies whose X-Forwarded-For is believed"),
	FIELD(struct config, allow, SCHEMA_STRS, .max = 64,
		.doc = "address ranges (CIDR) that actions and sources may reach besides public ones"),
	FIELD(struct config, variables, SCHEMA_JSON,
		.doc = "values of the pack's variables, by name"),
};
const struct schema config_schema =
	SCHEMA("parley.yaml", struct config, fields, "configuration of the server");

static enum err
read_file(
	struct arena *a, const char *path, bool must, struct json **out, struct error *e)
{
	FILE *f = fopen(path, "rb");
	if (!f) {
		if (!must && errno == ENOENT) {
			*out = json_new_object(a);
			return OK;
		}
		return err_set(e, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	}
	char *text = arena_alloc(a, CONFIG_FILE_MAX + 1);
	size_t n = fread(text, 1, CONFIG_FILE_MAX + 1, f);
	fclose(f);
	if (n > CONFIG_FILE_MAX)
		return err_set(e, ERR_LIMIT, "%s: larger than %d bytes (CONFIG_FILE_MAX)",
			path, CONFIG_FILE_MAX);
	enum err r = yaml_parse(a, (struct str){text, n}, out, e);
	if (r != OK)
		return err_context(e, r, "%s:%d", path, e ? e->line : 0);
	if ((*out)->type == JSON_NULL)
		*out = json_new_object(a);
	return OK;
}

#define PREFIX "PARLEY_"
#define NAME_MAX_BYTES 80

/* PARLEY_REPLY_WAIT_MS for reply_wait_ms. */
static void
variable_name(const char *key, char out[NAME_MAX_BYTES])
{
	size_t n = strlen(PREFIX);
	memcpy(out, PREFIX, n);
	for (const char *p = key; *p && n < NAME_MAX_BYTES - 1; p++)
		out[n++] = (char)toupper((unsigned char)*p);
	out[n] = 0;
}

/* Adds a name that resembles no key to the strangers. */
static enum err
check_variable(struct arena *a, struct str name, const char *const *known,
	struct str *strangers, struct error *e)
{
	const char *near = suggest(known, name);
	if (near && str_eq(str_of(near), name))
		return OK;
	if (near)
		return err_set(e, ERR_INVALID,
			"environment variable %.*s: there is no such key; did you mean %s?",
			STR_ARG(name), near);
	*strangers = arena_printf(a, "%.*s%s%.*s", STR_ARG(*strangers),
		strangers->n ? " " : "", STR_ARG(name));
	return OK;
}

/* The last of them is of `parley chat` and `parley inbox`. */
static enum err
check_environment(struct arena *a, struct str *strangers, struct error *e)
{
	size_t n = config_schema.count;
	const char **known = ARENA_ARRAY(a, const char *, n + 2);
	for (size_t i = 0; i < n; i++) {
		char *name = arena_alloc(a, NAME_MAX_BYTES);
		variable_name(config_schema.fields[i].name, name);
		known[i] = name;
	}
	known[n] = PREFIX "KEY";
	known[n + 1] = NULL;
	for (char **v = environ; *v; v++) {
		struct str name = str_of(*v);
		ptrdiff_t equals = str_find_char(name, '=');
		name.n = equals < 0 ? name.n : (size_t)equals;
		enum err r = OK;
		if (str_starts(name, STR(PREFIX)))
			r = check_variable(a, name, known, strangers, e);
		if (r != OK)
			return r;
	}
	return OK;
}

/* The text of a variable is read as YAML, so that numbers and
 * lists are what they look like. */
static enum err
read_environment(struct arena *a, struct json *tree, struct error *e)
{
	for (size_t i = 0; i < config_schema.count; i++) {
		const struct field *f = &config_schema.fields[i];
		char name[NAME_MAX_BYTES];
		variable_name(f->name, name);
		const char *value = getenv(name);
		if (!value)
			continue;
		struct json *v = json_new_str(a, str_of(value));
		enum err r = OK;
		if (f->type != SCHEMA_STR)
			r = yaml_parse(a, str_of(value), &v, e);
		if (r != OK)
			return err_context(e, r, "environment variable %s", name);
		json_set(tree, str_of(f->name), v);
	}
	return OK;
}

static bool
is_given(const struct json *object, const char *key)
{
	const struct json *v = json_get(object, str_of(key));
	return v && v->type != JSON_NULL;
}

/* What the table cannot say: a tenant comes once, and a time that is not given is
 * everybody's. */
static enum err
complete_retention(const struct json *list, struct config *c, struct error *e)
{
	const struct retention_tenant *first = c->retention.p;
	struct retention_tenant *t = c->retention.p;
	json_each(v, list) {
		for (const struct retention_tenant *other = first; other < t; other++)
			if (str_eq(other->name, t->name))
				return err_set_line(e, ERR_INVALID, v->line,
					"retention: tenant \"%.*s\" is named twice",
					STR_ARG(t->name));
		if (!is_given(v, "keep_journal_ms"))
			t->journal_ms = c->keep_journal_ms;
		if (!is_given(v, "keep_messages_ms"))
			t->message_ms = c->keep_messages_ms;
		t++;
	}
	return OK;
}

enum err
config_load(struct arena *a, const char *path, struct config *out, struct error *e)
{
	struct json *tree;
	struct str strangers = STR("");
	const char *file = path ? path : "parley.yaml";
	enum err r = read_file(a, file, path != NULL, &tree, e);
	if (r == OK)
		r = check_environment(a, &strangers, e);
	if (r == OK)
		r = read_environment(a, tree, e);
	if (r != OK)
		return r;
	r = schema_read(&config_schema, a, tree, out, e);
	if (r == OK)
		r = complete_retention(json_get(tree, STR("retention")), out, e);
	out->strangers = strangers;
	if (r != OK && e && e->line)
		return err_context(e, r, "%s:%d", file, e->line);
	return r != OK ? err_context(e, r, "configuration") : OK;
}

enum err
config_listen(struct arena *a, struct str listen, struct str *address, int *port,
	struct error *e)
{
	int64_t number;
	size_t colon = listen.n;
	while (colon > 0 && listen.p[colon - 1] != ':')
		colon--;
	if (colon == 0 || !str_to_i64(str_sub(listen, colon, listen.n), &number) ||
		number < 0 || number > 65535)
		return err_set(e, ERR_INVALID, "listen: \"%.*s\" is no address:port",
			STR_ARG(listen));
	struct str host = str_sub(listen, 0, colon - 1);
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_sub(host, 1, host.n - 1);
	*address = host.n ? arena_str(a, host) : STR("::");
	*port = (int)number;
	return OK;
}

struct str
config_text(const struct config *c, const char *key)
{
	const struct field *f = config_schema.fields;
	while (f < config_schema.fields + config_schema.count &&
		strcmp(f->name, key) != 0)
		f++;
	require(f < config_schema.fields + config_schema.count && f->type == SCHEMA_STR);
	return *(const struct str *)(const void *)((const char *)c + f->offset);
}

void
config_print_keys(void)
{
	for (size_t i = 0; i < config_schema.count; i++) {
		const struct field *f = &config_schema.fields[i];
		printf("%-24s %s", f->name, f->doc);
		if (f->fallback)
			printf(" (default: %s)", f->fallback);
		putchar('\n');
	}
}
