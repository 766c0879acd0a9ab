#include "base/chance.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define KEYS 300

static void
test_siphash(void **state)
{
	(void)state;
	/* From the paper of Aumasson and Bernstein, appendix A: key 00 … 0f, input 00 …
	 * 0e. */
	const uint64_t key[2] = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
	unsigned char input[15];
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (unsigned char)i;
	assert_true(siphash(key, input, sizeof(input)) == 0xa129ca6149be45e5u);
	/* The end of the input counts: no length and no byte is passed over. */
	uint64_t last = siphash(key, NULL, 0);
	for (size_t n = 1; n <= sizeof(input); n++) {
		uint64_t h = siphash(key, input, n);
		assert_true(h != last);
		last = h;
	}
}

/* The variant of 128 bits: the published answer for no input under the key 00 01 … 0f. */
static void
test_siphash_wide(void **state)
{
	(void)state;
	static const uint64_t key[2] = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
	uint64_t empty[2], one[2];
	siphash_wide(key, NULL, 0, empty);
	assert_true(empty[0] == 0xe6a825ba047f81a3u && empty[1] == 0x930255c71472f66du);
	siphash_wide(key, "", 1, one);
	assert_true(one[0] != empty[0] && one[1] != empty[1]);
}

static void
test_fnv(void **state)
{
	(void)state;
	assert_true(fnv64(FNV64_START, "", 0) == 0xcbf29ce484222325u);
	assert_true(fnv64(FNV64_START, "a", 1) == 0xaf63dc4c8601ec8cu);
	assert_true(fnv64(fnv64(FNV64_START, "foo", 3), "bar", 3) ==
		fnv64(FNV64_START, "foobar", 6));
}

static void
test_put_get_remove(void **state)
{
	(void)state;
	struct map m;
	int one, two;
	map_init(&m);
	assert_null(map_get(&m, STR("a")));
	assert_null(map_remove(&m, STR("a")));
	char key[] = "a";
	assert_null(map_put(&m, str_of(key), &one));
	key[0] = 'b';
	assert_ptr_equal(map_get(&m, STR("a")), &one);
	assert_null(map_get(&m, STR("b")));
	assert_ptr_equal(map_put(&m, STR("a"), &two), &one);
	assert_int_equal(m.used, 1);
	assert_ptr_equal(map_remove(&m, STR("a")), &two);
	assert_null(map_get(&m, STR("a")));
	assert_null(map_put(&m, (struct str){NULL, 0}, &one));
	assert_ptr_equal(map_get(&m, STR("")), &one);
	int64_t number = 77;
	assert_null(map_put(&m, MAP_INT_KEY(number), &two));
	assert_ptr_equal(map_get(&m, MAP_INT_KEY(number)), &two);
	map_fini(&m);
	map_fini(&m);
}

/* Random puts and removals against an array; the walk must give each entry once. */
static void
test_against_an_array(void **state)
{
	(void)state;
	struct chance c = {4711};
	struct map m;
	char values[KEYS], *model[KEYS] = {NULL};
	char text[16];
	print_message("seed %llu\n", (unsigned long long)c.state);
	map_init(&m);
	for (int i = 0; i < 50000; i++) {
		size_t k = chance_below(&c, KEYS);
		struct str key = {
			text, (size_t)snprintf(text, sizeof(text), "key%zu", k)};
		if (chance_below(&c, 2)) {
			char *value = &values[chance_below(&c, KEYS)];
			assert_ptr_equal(map_put(&m, key, value), model[k]);
			model[k] = value;
		} else {
			assert_ptr_equal(map_remove(&m, key), model[k]);
			model[k] = NULL;
		}
	}
	size_t at = 0, seen = 0;
	struct str key;
	void *value;
	while (map_next(&m, &at, &key, &value)) {
		int64_t k;
		assert_true(str_to_i64(str_sub(key, 3, key.n), &k));
		assert_ptr_equal(value, model[k]);
		seen++;
	}
	assert_int_equal(seen, m.used);
	for (size_t k = 0; k < KEYS; k++)
		seen -= model[k] != NULL;
	assert_int_equal(seen, 0);
	/* Removing on the way, as the header allows. */
	at = 0;
	while (map_next(&m, &at, &key, &value))
		assert_ptr_equal(map_remove(&m, key), value);
	assert_int_equal(m.used, 0);
	map_fini(&m);
}

struct element {
	int v;
	struct list link;
};

static void
test_list(void **state)
{
	(void)state;
	struct list head;
	struct element e[3];
	list_init(&head);
	assert_true(list_empty(&head));
	assert_null(list_pop(&head));
	for (int i = 0; i < 3; i++) {
		e[i].v = i;
		list_append(&head, &e[i].link);
	}
	int expected = 0;
	list_each(it, &head)
		assert_int_equal(list_entry(it, struct element, link)->v, expected++);
	list_remove(&e[1].link);
	list_remove(&e[1].link);
	assert_ptr_equal(list_pop(&head), &e[0].link);
	list_each_safe(it, &head)
		list_remove(it);
	assert_true(list_empty(&head));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siphash),
		cmocka_unit_test(test_siphash_wide),
		cmocka_unit_test(test_fnv),
		cmocka_unit_test(test_put_get_remove),
		cmocka_unit_test(test_against_an_array),
		cmocka_unit_test(test_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
