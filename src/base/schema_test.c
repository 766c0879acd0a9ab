#include "base/schema.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum mode { MODE_FAST, MODE_SAFE };
static const char *const mode_names[] = {"fast", "safe", NULL};

struct step {
	struct str actor; /* first, because steps stand in a map too */
	int64_t tries;
	struct items next; /* of struct step: a schema may hold itself */
	int line;
};

struct limits {
	int64_t timeout;
	int64_t retries;
	struct str unit;
};

struct route {
	struct str name;
	bool on;
	int64_t priority;
	double weight;
	enum mode mode;
	struct limits limits;
	struct step *fallback;
	struct items steps;
	struct items named;
	struct items tags;
	struct items scores;
	const struct json *extra;
	struct str token;
	int line;
};

static const struct schema step_schema;

static const struct field step_fields[] = {
	FIELD(struct step, actor, SCHEMA_STR, .max = 12),
	FIELD(struct step, tries, SCHEMA_INT, .min = 1, .max = 10, .fallback = "3",
		.doc = "how often"),
	FIELD(struct step, next, SCHEMA_LIST, .of = &step_schema),
};
static const struct schema step_schema = SCHEMA("step", struct step, step_fields,
	"one step", .line_offset = offsetof(struct step, line));

static const struct field limits_fields[] = {
	FIELD_AS("timeout_ms", struct limits, timeout, SCHEMA_DURATION,
		.fallback = "\"2s\"", .max = 60000),
	FIELD(struct limits, retries, SCHEMA_INT, .min = 2),
	FIELD(struct limits, unit, SCHEMA_STR, .required = true),
};
static const struct schema limits_schema =
	SCHEMA("limits", struct limits, limits_fields, NULL);

static const struct field route_fields[] = {
	FIELD(struct route, name, SCHEMA_STR, .required = true, .min = 2, .max = 8,
		.doc = "name shown in causes"),
	FIELD(struct route, on, SCHEMA_BOOL, .fallback = "true"),
	FIELD(struct route, priority, SCHEMA_INT, .min = -5, .max = 5),
	FIELD(struct route, weight, SCHEMA_DOUBLE, .min = 0, .max = 1),
	FIELD(struct route, mode, SCHEMA_ENUM, .names = mode_names),
	FIELD(struct route, limits, SCHEMA_OBJECT, .of = &limits_schema),
	FIELD(struct route, fallback, SCHEMA_OPTIONAL, .of = &step_schema),
	FIELD(struct route, steps, SCHEMA_LIST, .of = &step_schema, .max = 3),
	FIELD(struct route, named, SCHEMA_MAP, .of = &step_schema),
	FIELD(struct route, tags, SCHEMA_STRS, .max = 2),
	FIELD(struct route, scores, SCHEMA_DOUBLES),
	FIELD(struct route, extra, SCHEMA_JSON),
	FIELD(struct route, token, SCHEMA_STR, .secret = true),
};
static const struct schema route_schema = SCHEMA("route", struct route, route_fields,
	"a way through the actors", .line_offset = offsetof(struct route, line));

static struct arena arena;

static int
open_arena(void **state)
{
	(void)state;
	arena_init(&arena, 0);
	return 0;
}

static int
close_arena(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static struct route
read_route(const char *text)
{
	struct route r;
	struct error e;
	if (schema_read_text(&route_schema, &arena, str_of(text), &r, &e) != OK)
		fail_msg("%s", e.text);
	return r;
}

static const char *
write_route(const struct route *r)
{
	struct buf b;
	struct jsonw w;
	buf_init(&b, 10000);
	jsonw_init(&w, &b);
	schema_write(&route_schema, r, &w);
	struct str s = arena_str(&arena, buf_str(&b));
	buf_fini(&b);
	return s.p;
}

static void
test_reading_all_types(void **state)
{
	(void)state;
	struct route r = read_route(
		"\n{\"name\":\"main\",\"on\":false,\"priority\":-5,\"weight\":1,\"mode\":\"safe\",\n"
		"\"limits\":{\"timeout_ms\":\"1m\",\"retries\":7,\"unit\":\"x\"},\"fallback\":{\"actor\":\"human\"},\n"
		"\"steps\":[{\"actor\":\"a\",\"tries\":1},\n{\"actor\":\"b\",\"next\":[{\"actor\":\"c\"}]}],\"named\":{\"one\":{\"tries\":2},\"two\":{}},\n"
		"\"tags\":[\"x\",\"\"],\"scores\":[1,0.5],\"extra\":[null],\"token\":\"t\"}");
	assert_true(str_eq(r.name, STR("main")));
	assert_false(r.on);
	assert_int_equal(r.priority, -5);
	assert_true(r.weight == 1);
	assert_int_equal(r.mode, MODE_SAFE);
	assert_int_equal(r.limits.timeout, 60000);
	assert_int_equal(r.limits.retries, 7);
	assert_true(str_eq(r.fallback->actor, STR("human")));
	assert_int_equal(r.fallback->tries, 3);
	assert_int_equal(r.line, 2);
	const struct step *steps = r.steps.p;
	assert_int_equal(r.steps.n, 2);
	assert_int_equal(steps[0].tries, 1);
	assert_int_equal(steps[1].line, 5);
	assert_int_equal(((const struct step *)steps[1].next.p)->tries, 3);
	int seen = 0;
	items_each(const struct step, s, r.named) {
		assert_true(str_eq(s->actor, seen ? STR("two") : STR("one")));
		assert_int_equal(s->tries, seen ? 3 : 2);
		seen++;
	}
	assert_int_equal(seen, 2);
	assert_int_equal(r.tags.n, 2);
	assert_true(((const double *)r.scores.p)[1] == 0.5);
	assert_int_equal(r.extra->type, JSON_ARRAY);
}

static void
test_absent_members(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{\"name\":\"main\"}",
		"{\"name\":\"main\",\"on\":null,\"limits\":null,\"fallback\":null,\"steps\":null,\"mode\":null,\"priority\":null}",
	};
	for (size_t i = 0; i < 2; i++) {
		struct route r = read_route(texts[i]);
		assert_true(r.on);
		assert_int_equal(r.priority, 0);
		assert_null(r.fallback);
		assert_null(r.extra);
		assert_int_equal(r.steps.n, 0);
		items_each(const struct step, s, r.steps)
			fail_msg("no steps, not \"%.*s\"", STR_ARG(s->actor));
		/* The embedded struct has its defaults, and what it requires only counts
		 * when it is there. */
		assert_int_equal(r.limits.timeout, 2000);
		assert_int_equal(r.limits.unit.n, 0);
	}
	/* null is a value to SCHEMA_JSON. */
	assert_int_equal(
		read_route("{\"name\":\"main\",\"extra\":null}").extra->type, JSON_NULL);
}

static const struct {
	const char *text;
	int line;
	const char *reason;
} refused[] = {
	{"[]", 1, "must be an object"},
	{"{", 1, "expected a member's name in quotes, found the end of the text"},
	{"{}", 1, "name: is missing"},
	{"{\"name\":null}", 1, "name: is missing"},
	{"{\n\"name\":5}", 2, "name: must be a string"},
	{"{\"name\":\"x\"}", 1, "name: must be at least 2 bytes"},
	{"{\"name\":\"123456789\"}", 1, "name: must be at most 8 bytes"},
	{"{\"name\":\"xx\",\"nam\":1}", 1, "nam: unknown member; did you mean \"name\"?"},
	{"{\"name\":\"xx\",\"zzzzzz\":1}", 1, "zzzzzz: unknown member"},
	{"{\"name\":\"xx\",\n\"name\":\"yy\"}", 2, "name: is there twice"},
	{"{\"name\":\"xx\",\"on\":1}", 1, "on: must be true or false"},
	{"{\"name\":\"xx\",\"priority\":6}", 1, "priority: must be at most 5"},
	{"{\"name\":\"xx\",\"priority\":-6}", 1, "priority: must be at least -5"},
	{"{\"name\":\"xx\",\"priority\":1.5}", 1, "priority: must be an integer"},
	{"{\"name\":\"xx\",\"priority\":\"1\"}", 1, "priority: must be an integer"},
	{"{\"name\":\"xx\",\"weight\":1.01}", 1, "weight: must be at most 1"},
	{"{\"name\":\"xx\",\"weight\":true}", 1, "weight: must be a number"},
	{"{\"name\":\"xx\",\"mode\":\"fats\"}", 1,
		"mode: unknown value \"fats\"; did you mean \"fast\"?"},
	{"{\"name\":\"xx\",\"mode\":\"slow\"}", 1, "mode: must be one of fast, safe"},
	{"{\"name\":\"xx\",\"mode\":1}", 1, "mode: must be one of fast, safe"},
	{"{\"name\":\"xx\",\"limits\":{}}", 1, "limits.unit: is missing"},
	{"{\"name\":\"xx\",\"limits\":[]}", 1, "limits: must be an object"},
	{"{\"name\":\"xx\",\"limits\":{\"unit\":\"\",\"retries\":1}}", 1,
		"limits.retries: must be at least 2"},
	{"{\"name\":\"xx\",\"limits\":{\"unit\":\"\",\"timeout_ms\":60001}}", 1,
		"limits.timeout_ms: must be at most 60000 ms"},
	{"{\"name\":\"xx\",\"limits\":{\"unit\":\"\",\"timeout_ms\":\"5 s\"}}", 1,
		"limits.timeout_ms: must be a duration: milliseconds, or a number with ms, s, m, h or d"},
	{"{\"name\":\"xx\",\"fallback\":{\"tries\":0}}", 1,
		"fallback.tries: must be at least 1"},
	{"{\"name\":\"xx\",\"steps\":[{},\n{},{\"tires\":1}]}", 2,
		"steps[2].tires: unknown member; did you mean \"tries\"?"},
	{"{\"name\":\"xx\",\"steps\":[{},{\"next\":[{\"actor\":1}]}]}", 1,
		"steps[1].next[0].actor: must be a string"},
	{"{\"name\":\"xx\",\"steps\":[{},{},{},{}]}", 1,
		"steps: must be at most 3 items"},
	{"{\"name\":\"xx\",\"steps\":{}}", 1, "steps: must be a list"},
	{"{\"name\":\"xx\",\"steps\":[1]}", 1, "steps[0]: must be an object"},
	{"{\"name\":\"xx\",\"named\":[]}", 1, "named: must be an object"},
	{"{\"name\":\"xx\",\"named\":{\"one\":{\"tries\":11}}}", 1,
		"named.one.tries: must be at most 10"},
	{"{\"name\":\"xx\",\"named\":{\"one\":5}}", 1, "named.one: must be an object"},
	{"{\"name\":\"xx\",\"named\":{\"longer than 12\":{}}}", 1,
		"named.longer than 12: must be at most 12 bytes"},
	{"{\"name\":\"xx\",\"named\":{\"one\":{\"actor\":\"one\"}}}", 1,
		"named.one.actor: is the name of this object and not its member"},
	{"{\"name\":\"xx\",\"tags\":[\"a\",2]}", 1, "tags[1]: must be a string"},
	{"{\"name\":\"xx\",\"tags\":[\"a\",\"b\",\"c\"]}", 1,
		"tags: must be at most 2 items"},
	{"{\"name\":\"xx\",\"scores\":[\"1\"]}", 1, "scores[0]: must be a number"},
};

static void
test_errors_name_path_reason_and_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct route r;
		struct error e = {0};
		assert_int_equal(schema_read_text(&route_schema, &arena,
					 str_of(refused[i].text), &r, &e),
			ERR_INVALID);
		assert_string_equal(e.text, refused[i].reason);
		assert_int_equal(e.line, refused[i].line);
		assert_int_equal(schema_read_text(&route_schema, &arena,
					 str_of(refused[i].text), &r, NULL),
			ERR_INVALID);
	}
}

/* The path of an error is bounded, however long names and deep lists are. */
static void
test_long_paths(void **state)
{
	(void)state;
	struct buf b;
	struct step s;
	struct error e;
	buf_init(&b, 100000);
	for (int i = 0; i < 60; i++)
		buf_add_str(&b, STR("{\"next\":["));
	buf_add_str(&b, STR("{\""));
	for (int i = 0; i < 5000; i++)
		buf_add_char(&b, 'n');
	buf_add_str(&b, STR("\":1}"));
	for (int i = 0; i < 60; i++)
		buf_add_str(&b, STR("]}"));
	assert_int_equal(
		schema_read_text(&step_schema, &arena, buf_str(&b), &s, &e), ERR_INVALID);
	assert_true(str_starts(str_of(e.text), STR("next[0].next[0].next[0]")));
	assert_non_null(strstr(e.text, "unknown member"));
	buf_fini(&b);
}

static void
test_open_schemas_ignore_the_unknown(void **state)
{
	(void)state;
	struct schema open = step_schema;
	struct step s;
	open.open = true;
	assert_int_equal(schema_read_text(&open, &arena,
				 STR("{\"new\":1,\"tries\":1,\"tries\":2}"), &s, NULL),
		OK);
	assert_int_equal(s.tries, 2);
}

static void
test_durations(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} cases[] = {
		{"1500", 1500},
		{"0", 0},
		{"1e3", 1000},
		{"\"250ms\"", 250},
		{"\"30s\"", 30000},
		{"\"5m\"", 300000},
		{"\"2h\"", 7200000},
		{"\"7d\"", 604800000},
		{"-1", -1},
		{"1.5", -1},
		{"\"\"", -1},
		{"\"5\"", -1},
		{"\"s\"", -1},
		{"\"-5s\"", -1},
		{"\"+5s\"", -1},
		{"\"1.5s\"", -1},
		{"\"5sec\"", -1},
		{"\"99999999999999999999ms\"", -1},
		{"\"9223372036854775807d\"", -1},
		{"true", -1},
	};
	static const struct field fields[] = {
		FIELD(struct limits, timeout, SCHEMA_DURATION)};
	static const struct schema schema = SCHEMA("limits", struct limits, fields, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct limits l = {.timeout = -1};
		enum err err = schema_read_text(&schema, &arena,
			arena_printf(&arena, "{\"timeout\":%s}", cases[i].text), &l,
			NULL);
		assert_int_equal(err, cases[i].ms < 0 ? ERR_INVALID : OK);
		if (err == OK)
			assert_int_equal(l.timeout, cases[i].ms);
	}
}

static void
test_writing(void **state)
{
	(void)state;
	struct route r = read_route("{\"name\":\"main\"}");
	assert_string_equal(write_route(&r),
		"{\"name\":\"main\",\"on\":true,\"limits\":{\"timeout_ms\":2000,\"unit\":\"\"}}");
	/* A zero that has a default must be written, or reading would bring the default
	 * back. */
	r.on = false;
	assert_non_null(strstr(write_route(&r), "\"on\":false"));
	r.token = STR("hunter2");
	assert_null(strstr(write_route(&r), "hunter2"));
	assert_non_null(strstr(write_route(&r), "\"token\":\"***\""));
}

static void
test_what_is_written_is_read_back(void **state)
{
	(void)state;
	static const char *const text =
		"{\"name\":\"main\",\"on\":false,\"priority\":-5,\"weight\":0.25,\"mode\":\"safe\","
		"\"limits\":{\"timeout_ms\":60000,\"retries\":7,\"unit\":\"x\"},\"fallback\":{\"actor\":\"human\",\"tries\":3},"
		"\"steps\":[{\"actor\":\"a\",\"tries\":1},{\"actor\":\"b\",\"tries\":3,\"next\":[{\"actor\":\"c\",\"tries\":9}]}],"
		"\"named\":{\"one\":{\"tries\":2}},\"tags\":[\"x\",\"\"],\"scores\":[1,0.5],\"extra\":[null,{}]}";
	struct route r = read_route(text);
	assert_string_equal(write_route(&r), text);
	/* An empty required string is written too. */
	memset(&r, 0, sizeof(r));
	r.on = true;
	r.limits.timeout = 2000;
	assert_string_equal(write_route(&r),
		"{\"name\":\"\",\"on\":true,\"limits\":{\"timeout_ms\":2000,\"unit\":\"\"}}");
}

static void
test_defaults(void **state)
{
	(void)state;
	struct step s;
	struct route r;
	struct error e;
	assert_int_equal(schema_defaults(&step_schema, &arena, &s, NULL), OK);
	assert_int_equal(s.tries, 3);
	assert_int_equal(schema_defaults(&route_schema, &arena, &r, &e), ERR_INVALID);
	assert_string_equal(e.text, "name: is missing");
}

/* A default that its own field refuses is a mistake in the table, found the first time it
 * is read. */
static void
test_a_wrong_default_stops(void **state)
{
	(void)state;
	static const struct field fields[] = {
		FIELD(struct step, tries, SCHEMA_INT, .max = 2, .fallback = "3")};
	static const struct schema schema = SCHEMA("step", struct step, fields, NULL);
	struct step s;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		schema_defaults(&schema, &arena, &s, NULL);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void
test_fields_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(
		schema_field(&limits_schema, STR("timeout_ms")), &limits_fields[0]);
	assert_null(schema_field(&limits_schema, STR("timeout")));
	assert_ptr_equal(schema_name_field(&step_schema), &step_fields[0]);
	assert_null(schema_name_field(&limits_schema));
}

static void
test_describing(void **state)
{
	(void)state;
	struct buf b;
	struct jsonw w;
	struct json *v;
	buf_init(&b, 100000);
	jsonw_init(&w, &b);
	schema_describe(&route_schema, &w);
	assert_int_equal(json_parse(&arena, buf_str(&b), &v, NULL), OK);
	static const struct {
		const char *path, *expected;
	} cases[] = {
		{"type", "\"object\""},
		{"description", "\"a way through the actors\""},
		{"additionalProperties", "false"},
		{"required", "[\"name\"]"},
		{"properties.name",
			"{\"type\":\"string\",\"description\":\"name shown in causes\"}"},
		{"properties.on", "{\"type\":\"boolean\",\"default\":true}"},
		{"properties.priority",
			"{\"type\":\"integer\",\"minimum\":-5,\"maximum\":5}"},
		{"properties.weight",
			"{\"type\":\"number\",\"minimum\":0,\"maximum\":1}"},
		{"properties.mode", "{\"type\":\"string\",\"enum\":[\"fast\",\"safe\"]}"},
		{"properties.limits.properties.retries",
			"{\"type\":\"integer\",\"minimum\":2}"},
		{"properties.limits.properties.timeout_ms",
			"{\"type\":[\"integer\",\"string\"],\"minimum\":0,\"pattern\":\"^[0-9]+(ms|s|m|h|d)$\",\"default\":\"2s\"}"},
		{"properties.steps.type", "\"array\""},
		{"properties.steps.maxItems", "3"},
		{"properties.steps.items.properties.tries.maximum", "10"},
		/* A schema inside itself is named, not opened again. */
		{"properties.steps.items.properties.next.items",
			"{\"description\":\"one step\",\"type\":\"object\"}"},
		{"properties.named.additionalProperties.properties.tries.minimum", "1"},
		{"properties.tags",
			"{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":0,\"maxItems\":2}"},
		{"properties.scores",
			"{\"type\":\"array\",\"items\":{\"type\":\"number\"}}"},
		{"properties.extra", "{}"},
		{"properties.token", "{\"type\":\"string\",\"writeOnly\":true}"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct json *found = json_path(v, str_of(cases[i].path));
		if (!found)
			fail_msg("no %s", cases[i].path);
		struct str printed = json_print(&arena, found);
		assert_string_equal(printed.p, cases[i].expected);
	}
	const struct json *named =
		json_path(v, STR("properties.named.additionalProperties.properties"));
	assert_null(json_get(named, STR("actor")));
	buf_fini(&b);
}

static void
test_suggestions(void **state)
{
	(void)state;
	static const char *const names[] = {
		"serve", "chat", "inbox", "check", "mock", NULL};
	assert_string_equal(suggest(names, STR("sevre")), "serve");
	assert_string_equal(suggest(names, STR("chta")), "chat");
	assert_string_equal(suggest(names, STR("chck")), "check");
	assert_string_equal(suggest(names, STR("inboxx")), "inbox");
	assert_string_equal(suggest(names, STR("chat")), "chat");
	assert_null(suggest(names, STR("train")));
	assert_null(suggest(names, STR("")));
	char longer[1000];
	memset(longer, 'a', sizeof(longer));
	assert_null(suggest(names, (struct str){longer, sizeof(longer)}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading_all_types),
		cmocka_unit_test(test_absent_members),
		cmocka_unit_test(test_errors_name_path_reason_and_line),
		cmocka_unit_test(test_long_paths),
		cmocka_unit_test(test_open_schemas_ignore_the_unknown),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_writing),
		cmocka_unit_test(test_what_is_written_is_read_back),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_a_wrong_default_stops),
		cmocka_unit_test(test_fields_by_name),
		cmocka_unit_test(test_describing),
		cmocka_unit_test(test_suggestions),
	};
	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
