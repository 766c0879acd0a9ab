#include "base/arena.h"
#include "base/chance.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sanitizer/asan_interface.h>

static void
test_no_memory_before_the_first_use(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	assert_int_equal(a.total, 0);
	assert_null(a.head);
	assert_int_equal(a.chunk_size, 4096);
	arena_reset(&a, arena_mark(&a));
	arena_clear(&a);
	arena_fini(&a);
	arena_fini(&a);
}

static void
test_aligned_and_apart(void **state)
{
	(void)state;
	struct arena a;
	struct chance c = {1};
	unsigned char *blocks[500];
	size_t sizes[500];
	arena_init(&a, 256);
	for (size_t i = 0; i < 500; i++) {
		sizes[i] = chance_below(&c, i % 50 == 0 ? 2000 : 40);
		blocks[i] = arena_alloc(&a, sizes[i]);
		assert_non_null(blocks[i]);
		assert_int_equal((uintptr_t)blocks[i] % 16, 0);
		memset(blocks[i], (int)(i & 0xFF), sizes[i]);
	}
	for (size_t i = 0; i < 500; i++)
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(blocks[i][j], i & 0xFF);
	arena_fini(&a);
	assert_int_equal(a.total, 0);
}

static void
test_zeroed(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct arena_mark mark = arena_mark(&a);
	memset(arena_alloc(&a, 64), 0xFF, 64);
	arena_reset(&a, mark);
	const unsigned char *p = arena_zalloc(&a, 64);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(p[i], 0);
	const int64_t *v = ARENA_ARRAY(&a, int64_t, 3);
	assert_int_equal(v[2], 0);
	arena_fini(&a);
}

static void
test_reset_gives_back_all_behind_the_mark(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 256);
	struct str kept = arena_str(&a, STR("kept"));
	struct arena_mark mark = arena_mark(&a);
	size_t total = a.total;
	const char *first = arena_alloc(&a, 16);
	for (int i = 0; i < 100; i++)
		arena_alloc(&a, 100);
	assert_true(a.total > total);
	arena_reset(&a, mark);
	assert_int_equal(a.total, total);
	assert_true(str_eq(kept, STR("kept")));
	assert_ptr_equal(arena_alloc(&a, 16), first);
	arena_fini(&a);
}

static void
test_clear_keeps_one_chunk(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 256);
	const void *first = arena_alloc(&a, 8);
	for (int i = 0; i < 100; i++)
		arena_alloc(&a, 100);
	arena_clear(&a);
	assert_int_equal(a.total, 256);
	assert_ptr_equal(arena_alloc(&a, 8), first);
	arena_fini(&a);
	/* But no chunk that was made large for one allocation. */
	arena_alloc(&a, 10000);
	arena_clear(&a);
	assert_int_equal(a.total, 0);
	arena_fini(&a);
}

static void
test_strings_end_in_nul(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct str s = arena_str(&a, STR("a\0b"));
	assert_int_equal(s.n, 3);
	assert_int_equal(s.p[3], '\0');
	s = arena_str(&a, (struct str){NULL, 0});
	assert_int_equal(s.n, 0);
	assert_string_equal(s.p, "");
	s = arena_printf(&a, "%d-%s", 5, "x");
	assert_int_equal(s.n, 3);
	assert_string_equal(s.p, "5-x");
	s = arena_printf(&a, "%5000d", 1);
	assert_int_equal(s.n, 5000);
	arena_fini(&a);
}

static void
test_memory_not_given_out_is_poisoned(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	char *p = arena_alloc(&a, 24);
	assert_false(__asan_address_is_poisoned(p + 23));
	assert_true(__asan_address_is_poisoned(p + 24));
	struct arena_mark mark = arena_mark(&a);
	char *q = arena_alloc(&a, 24);
	assert_false(__asan_address_is_poisoned(q));
	arena_reset(&a, mark);
	assert_true(__asan_address_is_poisoned(q));
	assert_false(__asan_address_is_poisoned(p));
	arena_clear(&a);
	assert_true(__asan_address_is_poisoned(p));
	arena_fini(&a);
}

static void
test_plain_memory(void **state)
{
	(void)state;
	char *p = mem_alloc(4);
	memcpy(p, "abc", 4);
	p = mem_realloc(p, 400);
	assert_string_equal(p, "abc");
	free(p);
	p = mem_zalloc(16);
	assert_int_equal(p[15], 0);
	free(p);
}

struct ended {
	char *order;
	size_t *n;
	char name;
};

static void
ended(void *what)
{
	const struct ended *e = what;
	e->order[(*e->n)++] = e->name;
}

static void
test_endings_run_before_their_memory_goes(void **state)
{
	struct arena a;
	char order[8] = {0};
	size_t n = 0;
	(void)state;
	arena_init(&a, 0);
	struct ended first = {order, &n, '1'};
	arena_on_end(&a, ended, &first);
	struct arena_mark mark = arena_mark(&a);
	/* In the first chunk, behind a large one, and as memory of the arena itself. */
	for (int name = '2'; name < '5'; name++) {
		struct ended *e = ARENA_NEW(&a, struct ended);
		*e = (struct ended){order, &n, (char)name};
		arena_on_end(&a, ended, e);
		arena_alloc(&a, 5000);
	}
	arena_reset(&a, mark);
	assert_string_equal(order, "432");
	arena_reset(&a, mark);
	assert_string_equal(order, "432");
	arena_clear(&a);
	assert_string_equal(order, "4321");
	arena_fini(&a);
	assert_string_equal(order, "4321");
}

static void
test_join(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	const struct str parts[] = {STR("one"), STR(""), {NULL, 0}, STR("two\0three")};
	struct str all = arena_join(&a, parts, 4);
	assert_int_equal(all.n, 3 + sizeof("two\0three") - 1);
	assert_memory_equal(all.p, "onetwo\0three", all.n);
	assert_int_equal(all.p[all.n], 0);
	assert_int_equal(arena_join(&a, NULL, 0).n, 0);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_endings_run_before_their_memory_goes),
		cmocka_unit_test(test_no_memory_before_the_first_use),
		cmocka_unit_test(test_aligned_and_apart),
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_reset_gives_back_all_behind_the_mark),
		cmocka_unit_test(test_clear_keeps_one_chunk),
		cmocka_unit_test(test_strings_end_in_nul),
		cmocka_unit_test(test_memory_not_given_out_is_poisoned),
		cmocka_unit_test(test_plain_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
