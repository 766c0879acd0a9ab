/* Our parser and jansson must see the same in the same seeded text, good or damaged. */
/* Both call their types JSON_…; jansson's go by PEER_… here, so its json_is_… macros are
 * out of reach. */
#define JSON_OBJECT PEER_OBJECT
#define JSON_ARRAY PEER_ARRAY
#define JSON_STRING PEER_STRING
#define JSON_NULL PEER_NULL
#define json_copy peer_copy
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_NULL
#undef json_copy

#include "base/chance.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Text and not a tree, so that blanks, escapes and the forms of numbers vary too. */
static void
random_text(struct chance *c, struct buf *b, int depth)
{
	static const char *const scalars[] = {"null", "true", "false", "0", "-0", "1.5",
		"-12", "1e5", "2E-3", "123456789012345678", "0.1", "\"\"", "\"a b\"",
		"\"\\n\\\"\\\\\\/\"", "\"\\u0041\\u00e9\\ud83d\\ude00\"",
		"\"\xC3\xA9\xE2\x82\xAC\"", "9223372036854775807", "3.141592653589793",
		"1e-7", "\"longer than eight bytes\""};
	static const char *const blanks[] = {"", "", "", " ", "\n", "\t \r\n"};
	bool object = chance_below(c, 2);

	buf_add_str(b, str_of(blanks[chance_below(c, 6)]));
	if (depth > 5 || chance_below(c, 3) == 0) {
		buf_add_str(b,
			str_of(scalars[chance_below(
				c, sizeof(scalars) / sizeof(scalars[0]))]));
		return;
	}
	buf_add_char(b, object ? '{' : '[');
	for (uint64_t i = 0, n = chance_below(c, 6); i < n; i++) {
		if (i)
			buf_add_char(b, ',');
		if (object)
			buf_printf(b, "\"k%d\"%s:", (int)chance_below(c, 8),
				blanks[chance_below(c, 6)]);
		random_text(c, b, depth + 1);
		buf_add_str(b, str_of(blanks[chance_below(c, 6)]));
	}
	buf_add_char(b, object ? '}' : ']');
}

static bool same(const struct json *v, const json_t *peer);

static bool
same_members(const struct json *v, const json_t *peer)
{
	size_t i = 0;

	if (v->type == JSON_ARRAY) {
		json_each(m, v)
			if (!same(m, json_array_get(peer, i++)))
				return false;
		return v->count == json_array_size(peer);
	}
	json_each(m, v)
		if (!same(m, json_object_getn(peer, m->key.p, m->key.n)))
			return false;
	return v->count == json_object_size(peer);
}

static bool
same(const struct json *v, const json_t *peer)
{
	if (!peer)
		return false;
	switch (v->type) {
	case JSON_NULL:
		return json_typeof(peer) == PEER_NULL;
	case JSON_BOOL:
		return json_typeof(peer) == (v->b ? JSON_TRUE : JSON_FALSE);
	case JSON_INT:
		return json_typeof(peer) == JSON_INTEGER &&
			v->i == json_integer_value(peer);
	case JSON_DOUBLE:
		/* Of either type: jansson reads -0 as the integer 0, and 1.0 is printed
		 * as 1. */
		return (json_typeof(peer) == JSON_REAL ||
			       json_typeof(peer) == JSON_INTEGER) &&
			v->d == json_number_value(peer);
	case JSON_STRING:
		return json_typeof(peer) == PEER_STRING &&
			str_eq(v->s,
				(struct str){json_string_value(peer),
					json_string_length(peer)});
	case JSON_ARRAY:
	case JSON_OBJECT:
		return json_typeof(peer) ==
			(v->type == JSON_ARRAY ? PEER_ARRAY : PEER_OBJECT) &&
			same_members(v, peer);
	}
	return false;
}

static void
compare(struct arena *a, struct str text)
{
	struct json *v = NULL;
	json_error_t why;
	json_t *peer = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	struct error e = {0};
	enum err err = json_parse(a, text, &v, &e);

	if ((err == OK) != (peer != NULL))
		fail_msg("ours: %s; jansson: %s; in: %.*s", err ? e.text : "good",
			peer ? "good" : why.text, STR_ARG(text));
	if (peer && !same(v, peer))
		fail_msg("read differently: %.*s", STR_ARG(text));
	if (peer) {
		struct str printed = json_print(a, v);
		json_t *back = json_loadb(
			printed.p, printed.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
		assert_true(same(v, back));
		json_decref(back);
	}
	json_decref(peer);
}

static void
run(uint64_t seed, bool damage)
{
	struct chance c = {seed};
	struct arena a;
	struct buf b;

	print_message("seed %llu\n", (unsigned long long)seed);
	arena_init(&a, 0);
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 5000; i++) {
		buf_clear(&b);
		random_text(&c, &b, 0);
		/* Only ASCII is put in, because what is no UTF-8 both refuse, for other
		 * reasons at other places. */
		if (damage)
			b.p[chance_below(&c, b.n)] =
				"{}[]:,\"\\ue0-1.+ x"[chance_below(&c, 17)];
		compare(&a, buf_str(&b));
		arena_clear(&a);
	}
	buf_fini(&b);
	arena_fini(&a);
}

static void
test_good_documents(void **state)
{
	(void)state;
	run(2026, false);
}

static void
test_damaged_documents(void **state)
{
	(void)state;
	run(2027, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_documents),
		cmocka_unit_test(test_damaged_documents),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
