/* Any expression; the first byte says whether types are checked. It is refused with a
 * reason, fails with a reason, or gives a value that is written and reads back equal. */
#include "base/schema.h"
#include "wire/cel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const moods[] = {"bad", "good", NULL};

struct thing {
	struct str name;
	int mood;
	struct items tags;
	struct json *extra;
	struct thing *inner;
};

static const struct schema thing_schema;
static const struct field thing_fields[] = {
	FIELD(struct thing, name, SCHEMA_STR),
	FIELD(struct thing, mood, SCHEMA_ENUM, .names = moods),
	FIELD(struct thing, tags, SCHEMA_STRS),
	FIELD(struct thing, extra, SCHEMA_JSON),
	FIELD(struct thing, inner, SCHEMA_OPTIONAL, .of = &thing_schema),
};
static const struct schema thing_schema =
	SCHEMA("thing", struct thing, thing_fields, "a thing");

enum { THING };
static const struct cel_var vars[] = {
	{.name = "t", .type = CEL_STRUCT, .schema = &thing_schema},
	{.name = "x", .type = CEL_JSON},
	{.name = "s", .type = CEL_STRING},
	{.name = "none", .type = CEL_JSON},
	{.name = "now", .type = CEL_TIMESTAMP},
};
#define VARS (sizeof(vars) / sizeof(vars[0]))

/* Written in both forms; read back from the typed one unless it nests deeper than JSON
 * may. */
static void
write_value(struct arena *a, const struct cel_value *v, bool same)
{
	struct buf text;
	struct jsonw w;
	struct json *tree;
	struct cel_value back;
	buf_init(&text, 64 << 20);
	jsonw_init(&w, &text);
	cel_write_json(v, &w);
	buf_clear(&text);
	jsonw_init(&w, &text);
	cel_write_typed(v, &w);
	if (!buf_over(&text) && json_parse(a, buf_str(&text), &tree, NULL) == OK &&
		cel_read_typed(a, tree, &back, NULL) == OK && same && cel_equal(v, v))
		require(cel_equal(v, &back));
	buf_fini(&text);
}

static void
evaluate(struct arena *a, const struct cel_program *p)
{
	struct str tags[] = {STR("a"), STR("b")}, s = STR("hello");
	struct thing inner = {.mood = 1};
	struct thing thing = {.name = STR("n"), .tags = {tags, 2}, .inner = &inner};
	struct json *x;
	int64_t now = 1767323045678;
	require(json_parse(a, STR("{\"a\":[1,2.5,\"b\",null,{\"c\":true}],\"b\":{}}"), &x,
			NULL) == OK);
	const void *values[VARS] = {&thing, x, &s, NULL, &now};
	struct cel_value v;
	struct error e = {0};
	enum err err = cel_eval(p, values, a, &v, &e);
	if (err)
		require((err == ERR_INVALID || err == ERR_LIMIT) && e.text[0]);
	else
		write_value(a, &v, !cel_uses(p, THING));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct cel_program *p;
	struct error e = {0};
	if (size == 0)
		return 0;
	const struct cel_env env = {.vars = vars, .n = VARS, .unchecked = data[0] & 1};
	arena_init(&a, 0);
	if (cel_compile(&a, (struct str){(const char *)data + 1, size - 1}, &env, &p,
		    &e) == OK)
		evaluate(&a, p);
	else
		require((e.kind == ERR_INVALID || e.kind == ERR_LIMIT) && e.text[0]);
	arena_fini(&a);
	return 0;
}
