#include "wire/mustache.h"

#include "base/limits.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

/* Partials from a JSON object of texts, compiled when asked for. */
static const struct mustache *
find_partial(void *context, struct str name)
{
	struct json *text = json_get(context, name);
	struct mustache *m;
	struct error e;
	if (!text)
		return NULL;
	if (mustache_compile(&arena, text->s, NULL, &m, &e))
		fail_msg("partial %.*s: %s", STR_ARG(name), e.text);
	return m;
}

static struct json *
parse(const char *json)
{
	struct json *tree = NULL;
	struct error e;
	if (json && json_parse(&arena, str_of(json), &tree, &e))
		fail_msg("%s: %s", json, e.text);
	return tree;
}

static enum err
render(struct str text, const struct json *data, struct json *partials,
	enum mustache_escape escape, struct buf *out, struct error *e)
{
	const struct mustache_options options = {.escape = escape};
	const struct mustache_partials find = {find_partial, partials};
	struct mustache *m;
	enum err err = mustache_compile(&arena, text, &options, &m, e);
	return err ? err : mustache_render(m, data, &find, out, e);
}

static void
check(struct str text, const struct json *data, struct json *partials,
	enum mustache_escape escape, struct str expected, const char *label)
{
	struct error e = {0};
	struct buf out;
	buf_init(&out, 1 << 20);
	if (render(text, data, partials, escape, &out, &e))
		fail_msg(
			"%s: %.*s\n-> line %d: %s", label, STR_ARG(text), e.line, e.text);
	if (!str_eq(buf_str(&out), expected))
		fail_msg("%s: %.*s\n-> \"%.*s\"\nnot  \"%.*s\"", label, STR_ARG(text),
			STR_ARG(buf_str(&out)), STR_ARG(expected));
	buf_fini(&out);
}

static void
gives(const char *text, const char *data, const char *expected)
{
	check(str_of(text), parse(data), NULL, MUSTACHE_HTML, str_of(expected), "ours");
}

static void
gives_with(const char *text, const char *data, const char *partials, const char *expected)
{
	check(str_of(text), parse(data), parse(partials), MUSTACHE_HTML, str_of(expected),
		"ours");
}

static void
refuses(const char *text, enum err kind, int line, const char *part)
{
	struct mustache *m = NULL;
	struct error e = {0};
	assert_int_equal(mustache_compile(&arena, str_of(text), NULL, &m, &e), kind);
	assert_null(m);
	if (e.line != line || !strstr(e.text, part))
		fail_msg("%s\n-> line %d: %s\nnot line %d: %s", text, e.line, e.text,
			line, part);
}

static void
values(void **state)
{
	(void)state;
	gives("Hi {{name}}, {{ name }}!", "{\"name\":\"Ana\"}", "Hi Ana, Ana!");
	gives("{{a}}|{{{a}}}|{{&a}}|{{& a }}", "{\"a\":\"<&\\\"'>\"}",
		"&lt;&amp;&quot;&#39;&gt;|<&\"'>|<&\"'>|<&\"'>");
	gives("{{a}} {{b}} {{c}} {{d}} {{e}}",
		"{\"a\":1,\"b\":2.5,\"c\":true,\"d\":null,\"e\":false}",
		"1 2.5 true  false");
	gives("{{{a}}}", "{\"a\":[1,{\"b\":\"x\"}]}", "[1,{\"b\":\"x\"}]");
	gives("{{a}}", "{\"a\":[\"<\"]}", "[&quot;&lt;&quot;]");
	gives("{{a.b.c}}{{a.x.c}}{{x.y}}", "{\"a\":{\"b\":{\"c\":\"deep\"}}}", "deep");
	gives("{{missing}}|{{.}}", NULL, "|");
	gives("{{.}}", "\"all\"", "all");
	check(STR("{{a}}"), parse("{\"a\":\"<b>\"}"), NULL, MUSTACHE_NONE, STR("<b>"),
		"plain text");
}

static void
sections(void **state)
{
	(void)state;
	gives("{{#list}}{{.}},{{/list}}", "{\"list\":[1,\"b\",null,[2]]}", "1,b,,[2],");
	gives("{{#p}}{{n}} {{q}}{{/p}}", "{\"p\":{\"n\":1},\"q\":2,\"n\":0}", "1 2");
	gives("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":false}", "no");
	gives("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":[]}", "no");
	gives("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":\"\"}", "no");
	gives("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":null}", "no");
	gives("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":0}", "yes");
	gives("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":{}}", "yes");
	gives("{{#a}}{{#b}}{{c.d}}{{/b}}{{/a}}",
		"{\"a\":{\"b\":{\"c\":{}}},\"c\":{\"d\":\"outer\"}}", "");
	gives("- \n{{#a}}\n  * {{.}}\r\n{{/a}}\nend", "{\"a\":[1,2]}",
		"- \n  * 1\r\n  * 2\r\nend");
	gives("{{! one }}\n  {{! two\n }}  \nx{{! three }}y", NULL, "xy");
	gives("{{=<% %>=}}\n<%a%> {{a}} <%={{ }}=%>{{a}}", "{\"a\":1}", "1 {{a}} 1");
	gives("{{=<% %>=}}<%{a}%><%&a%>", "{\"a\":\"<\"}", "<<");
}

static void
partials(void **state)
{
	(void)state;
	gives_with("[{{>p}}]", "{\"a\":1}", "{\"p\":\"{{a}}\"}", "[1]");
	gives_with("[{{>none}}]", "{}", "{}", "[]");
	gives_with("[{{>*which}}]", "{\"which\":\"p\"}",
		"{\"p\":\"P\",\"which\":\"wrong\"}", "[P]");
	gives_with("[{{>*which}}]", "{\"which\":3}", "{\"p\":\"P\"}", "[]");
	/* What a value brings in is not indented; a line that begins with a closing tag
	 * is. */
	gives_with("  {{>p}}\nz", "{\"v\":\"1\\n2\",\"t\":true}",
		"{\"p\":\"{{v}}\\n{{#t}}\\nx\\n{{/t}}y\\n\"}", "  1\n2\n  x\n  y\nz");
	gives_with("  {{>p}}\n", "{}", "{\"p\":\"a\\n {{>q}}\\n\",\"q\":\"b\\nc\\n\"}",
		"  a\n   b\n   c\n");
	gives_with("{{>n}}", "{\"v\":1,\"k\":[{\"v\":2,\"k\":[]},{\"v\":3,\"k\":[]}]}",
		"{\"n\":\"{{v}}({{#k}}{{>n}}{{/k}})\"}", "1(2()3())");
	/* A template text that comes in as a value stays text. */
	gives("{{{a}}}", "{\"a\":\"{{b}}\",\"b\":\"no\"}", "{{b}}");
}

static void
parents(void **state)
{
	(void)state;
	const char *mail = "{\"mail\":\"Hello{{$who}} you{{/who}},\\n{{$body}}\\n  "
			   "nothing\\n{{/body}}\\nBye\\n\"}";
	gives_with("{{<mail}}{{/mail}}", "{}", mail, "Hello you,\n  nothing\nBye\n");
	gives_with("{{<mail}}{{$who}} {{n}}{{/who}} ignored {{x}}{{/mail}}",
		"{\"n\":\"Ana\"}", mail, "Hello Ana,\n  nothing\nBye\n");
	gives_with("{{<mail}}\n{{$body}}\n    one\n      two\n\n    "
		   "three\n{{/body}}\n{{/mail}}\n",
		"{}", mail, "Hello you,\n  one\n    two\n  \n  three\nBye\n");
	gives_with("a {{<mail}}{{/mail}} b", "{}", "{\"mail\":\"[{{$x}}1{{/x}}]\"}",
		"a [1] b");
	gives_with("  {{<mail}}{{/mail}} b", "{}", "{\"mail\":\"[{{$x}}1{{/x}}]\"}",
		"  [1] b");
	/* A value or section inside a parent is not an argument, whatever its name. */
	gives_with("{{<p}}{{a}}{{#a}}s{{/a}}{{/p}}", "{\"a\":1}",
		"{\"p\":\"{{$a}}default{{/a}}\"}", "default");
	gives_with("{{<none}}{{$x}}1{{/x}}{{/none}}.", "{}", "{}", ".");
	/* A block inside what replaces a block can be replaced from outside, but not by
	 * itself. */
	gives_with("{{<p}}{{$a}}<{{$a}}in{{/a}}>{{/a}}{{/p}}", "{}",
		"{\"p\":\"{{$a}}d{{/a}}\"}", "<in>");
	gives_with("{{<*w}}{{$a}}1{{/a}}{{/*w}}", "{\"w\":\"p\"}",
		"{\"p\":\"{{$a}}d{{/a}}\"}", "1");
}

static void
refusals(void **state)
{
	(void)state;
	refuses("a\n{{b", ERR_INVALID, 2, "not closed");
	refuses("{{{b}}", ERR_INVALID, 1, "not closed");
	refuses("\n\n{{#a}}\n", ERR_INVALID, 3, "\"a\" is opened and never closed");
	refuses("{{#a}}\n{{/b}}", ERR_INVALID, 2, "{{/b}} closes \"a\" of line 1");
	refuses("{{/a}}", ERR_INVALID, 1, "closes nothing");
	refuses("{{<*a}}{{/a}}", ERR_INVALID, 1, "closes \"a\"");
	refuses("x\n{{}}", ERR_INVALID, 2, "without a name");
	refuses("{{#}}", ERR_INVALID, 1, "without a name");
	refuses("{{>}}", ERR_INVALID, 1, "without a name");
	refuses("{{a b}}", ERR_INVALID, 1, "blanks within");
	refuses("{{=x=}}", ERR_INVALID, 1, "delimiters");
	refuses("{{=x y z=}}", ERR_INVALID, 1, "delimiters");
	refuses("{{=x=y z=}}", ERR_INVALID, 1, "delimiters");
	refuses("{{=aaaaaaaaaaaaaaaaaaaaaaaaa b=}}", ERR_INVALID, 1, "delimiters");
}

static void
limit(struct str text, const char *data, const char *partials, const char *name)
{
	struct error e = {0};
	struct buf out;
	buf_init(&out, 1 << 20);
	buf_add_str(&out, STR("before"));
	assert_int_equal(
		render(text, parse(data), parse(partials), MUSTACHE_HTML, &out, &e),
		ERR_LIMIT);
	assert_non_null(strstr(e.text, name));
	assert_true(str_eq(buf_str(&out), STR("before")));
	assert_false(buf_over(&out));
	buf_fini(&out);
}

static void
limits(void **state)
{
	(void)state;
	struct buf text;
	buf_init(&text, 1 << 20);
	for (int i = 0; i <= MUSTACHE_DEPTH_MAX; i++)
		buf_add_str(&text, STR("{{#a}}"));
	refuses(buf_str(&text).p, ERR_LIMIT, 1, "MUSTACHE_DEPTH_MAX");
	limit(STR("{{>p}}"), "{}", "{\"p\":\"x{{>p}}\"}", "MUSTACHE_DEPTH_MAX");
	limit(STR("{{<p}}{{/p}}"), "{}", "{\"p\":\"x{{<p}}{{/p}}\"}",
		"MUSTACHE_DEPTH_MAX");
	const char *ten = "{\"l\":[1,2,3,4,5,6,7,8,9,0]}";
	limit(STR("{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/"
		  "l}}"),
		ten, NULL, "MUSTACHE_STEPS_MAX");
	limit(STR("{{#l}}{{#l}}{{#l}}{{#l}}12345678{{/l}}{{/l}}{{/l}}{{/l}}"), ten, NULL,
		"MUSTACHE_OUTPUT_MAX");
	buf_clear(&text);
	for (int i = 0; i < 40000; i++)
		buf_add_str(&text, STR("1,"));
	struct json *big = json_new_object(&arena);
	struct buf array;
	buf_init(&array, 1 << 20);
	buf_printf(&array, "[%.*s1]", STR_ARG(buf_str(&text)));
	json_set(big, STR("a"), parse(array.p));
	struct buf out;
	buf_init(&out, 1 << 20);
	assert_int_equal(
		render(STR("{{a}}"), big, NULL, MUSTACHE_NONE, &out, NULL), ERR_LIMIT);
	buf_fini(&out);
	buf_init(&out, 5);
	assert_int_equal(render(STR("12345"), NULL, NULL, MUSTACHE_NONE, &out, NULL), OK);
	buf_clear(&out);
	assert_int_equal(
		render(STR("123456"), NULL, NULL, MUSTACHE_NONE, &out, NULL), ERR_LIMIT);
	assert_int_equal(out.n, 0);
	buf_fini(&out);
	buf_fini(&array);
	buf_fini(&text);
}

static void
uses(void **state)
{
	(void)state;
	static const struct mustache_use expected[] = {
		{MUSTACHE_VALUE, STR_INIT("a.b"), 1, -1},
		{MUSTACHE_SECTION, STR_INIT("items"), 2, -1},
		{MUSTACHE_VALUE, STR_INIT("."), 2, 1},
		{MUSTACHE_SECTION, STR_INIT("none"), 2, 1},
		{MUSTACHE_VALUE, STR_INIT("x"), 2, 1},
		{MUSTACHE_PARTIAL, STR_INIT("foot"), 3, -1},
		{MUSTACHE_VALUE, STR_INIT("which"), 3, -1},
		{MUSTACHE_PARTIAL, STR_INIT("mail"), 3, -1},
		{MUSTACHE_VALUE, STR_INIT("y"), 3, -1},
	};
	struct mustache *m;
	assert_int_equal(
		mustache_compile(&arena,
			STR("{{a.b}}\n{{#items}}{{.}}{{^none}}{{x}}{{/none}}{{/items}}\n"
			    "{{>foot}}{{>*which}}{{<mail}}{{$b}}{{&y}}{{/b}}{{/mail}}"),
			NULL, &m, NULL),
		OK);
	size_t n;
	const struct mustache_use *got = mustache_uses(m, &n);
	assert_int_equal(n, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(got[i].kind, expected[i].kind);
		assert_true(str_eq(got[i].path, expected[i].path));
		assert_int_equal(got[i].line, expected[i].line);
		assert_int_equal(got[i].section, expected[i].section);
	}
}

/* Whatever text and values come: compiling and rendering end, and what has no tag is
 * given back as it is. */
static void
random_texts(void **state)
{
	(void)state;
	static const char *const parts[] = {"{{", "}}", "{{{", "}}}", "#", "^", "/", ">",
		"<", "$", "a", "b", ".", "*", "!", "=", " ", "\n", "\r\n", "{{#a}}",
		"{{/a}}", "{{<b}}", "{{/b}}", "{{$b}}", "{{>a}}", "  ", "{{a.b}}", "x"};
	struct json *data = parse("{\"a\":[{\"a\":[1],\"b\":\"B\"},2],\"b\":\"a\"}");
	struct json *texts =
		parse("{\"a\":\" {{a}}\\n{{#a}}\\n{{>b}}\\n{{/a}}\",\"b\":\"  {{$b}}\\n "
		      "q\\n {{/b}}\\n\"}");
	const unsigned seed = 20260102;
	unsigned chance = seed;
	struct buf text, out;
	buf_init(&text, 1 << 16);
	buf_init(&out, 1 << 20);
	for (int round = 0; round < 20000; round++) {
		bool plain = true;
		buf_clear(&text);
		buf_clear(&out);
		for (int i = 0; i < 12; i++) {
			chance = chance * 1664525 + 1013904223;
			const char *part = parts[(chance >> 16) %
				(sizeof(parts) / sizeof(parts[0]))];
			buf_add_str(&text, str_of(part));
		}
		plain = str_find(buf_str(&text), STR("{{")) < 0;
		enum err err =
			render(buf_str(&text), data, texts, MUSTACHE_NONE, &out, NULL);
		if (plain && (err || !str_eq(buf_str(&text), buf_str(&out))))
			fail_msg("seed %u round %d: %s", seed, round, text.p);
		arena_clear(&arena);
		data = parse("{\"a\":[{\"a\":[1],\"b\":\"B\"},2],\"b\":\"a\"}");
		texts = parse("{\"a\":\" {{a}}\\n{{#a}}\\n{{>b}}\\n{{/a}}\",\"b\":\"  "
			      "{{$b}}\\n q\\n {{/b}}\\n\"}");
	}
	buf_fini(&text);
	buf_fini(&out);
}

static struct str
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf b;
	if (!f)
		return (struct str){0};
	buf_init(&b, 4 << 20);
	for (;;) {
		char *room = buf_reserve(&b, 1 << 16);
		size_t n = room ? fread(room, 1, 1 << 16, f) : 0;
		b.n += n;
		if (n == 0)
			break;
	}
	fclose(f);
	struct str text = arena_str(&arena, buf_str(&b));
	buf_fini(&b);
	return text;
}

static int
official_file(const char *path)
{
	struct json *spec = parse(read_file(path).p);
	int n = 0;
	json_each(test, json_get(spec, STR("tests"))) {
		check(json_str(json_get(test, STR("template")), STR("")),
			json_get(test, STR("data")), json_get(test, STR("partials")),
			MUSTACHE_HTML, json_str(json_get(test, STR("expected")), STR("")),
			arena_str(&arena, json_str(json_get(test, STR("name")), STR("")))
				.p);
		n++;
	}
	return n;
}

/* The specification's own tests, where they are at hand. Lambdas are code and have no
 * place here. */
static void
official(void **state)
{
	(void)state;
	const char *shared = getenv("PARLEY_SHARED");
	struct str folder = arena_printf(
		&arena, "%s/spec/official/mustache/specs", shared ? shared : "../shared");
	DIR *dir = opendir(folder.p);
	if (!dir) {
		print_message("skipped: no official Mustache tests at %s\n", folder.p);
		skip();
		return;
	}
	int n = 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct str name = str_of(entry->d_name);
		if (str_ends(name, STR(".json")) && !str_eq(name, STR("~lambdas.json")))
			n += official_file(
				arena_printf(&arena, "%s/%s", folder.p, entry->d_name).p);
	}
	closedir(dir);
	print_message("%d official Mustache tests\n", n);
	assert_true(n > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values, setup, teardown),
		cmocka_unit_test_setup_teardown(sections, setup, teardown),
		cmocka_unit_test_setup_teardown(partials, setup, teardown),
		cmocka_unit_test_setup_teardown(parents, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(uses, setup, teardown),
		cmocka_unit_test_setup_teardown(random_texts, setup, teardown),
		cmocka_unit_test_setup_teardown(official, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
