/* Any template, up to a NUL byte, and behind it a second one that every name of a
 * partial leads to. Rendering ends within its limits, and the same program renders the
 * same text twice. */
#include "base/limits.h"
#include "wire/mustache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mustache *
find(void *context, struct str name)
{
	return name.n % 2 ? context : NULL;
}

static void
render_twice(struct arena *a, const struct mustache *m, struct mustache *partial)
{
	const struct mustache_partials partials = {find, partial};
	struct json *context;
	struct buf once, again;
	struct error e = {0};
	require(json_parse(a,
			STR("{\"a\":[{\"b\":\"<x>\",\"a\":1},[2],null],\"b\":{\"c\":\"a\"},\"c\":1.5,\"d\":false}"),
			&context, &e) == OK);
	buf_init(&once, 2 * MUSTACHE_OUTPUT_MAX);
	buf_init(&again, 2 * MUSTACHE_OUTPUT_MAX);
	enum err first = mustache_render(m, context, &partials, &once, &e);
	require(first == OK || (first == ERR_LIMIT && once.n == 0 && e.text[0]));
	require(once.n <= MUSTACHE_OUTPUT_MAX);
	require(mustache_render(m, context, &partials, &again, &e) == first);
	require(str_eq(buf_str(&once), buf_str(&again)));
	buf_fini(&once);
	buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct mustache *m, *partial = NULL;
	struct error e = {0};
	struct str text = {(const char *)data, size}, second = {0};
	ptrdiff_t nul = str_find_char(text, 0);
	if (nul >= 0) {
		second = str_sub(text, (size_t)nul + 1, text.n);
		text.n = (size_t)nul;
	}
	arena_init(&a, 0);
	if (second.n && mustache_compile(&a, second, NULL, &partial, &e))
		partial = NULL;
	if (mustache_compile(&a, text, NULL, &m, &e) == OK)
		render_twice(&a, m, partial);
	else
		require(e.line > 0 && e.text[0]);
	arena_fini(&a);
	return 0;
}
