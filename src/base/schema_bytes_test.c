/* What is written is read back bit by bit; bytes that were never written are refused. */
#include "base/schema_bytes.h"

#include "base/chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants those above */
#include <cmocka.h>

struct leaf {
	struct str name;
	double score;
};

struct tree {
	bool yes;
	int64_t count, wait;
	double score;
	struct str text;
	int colour;
	struct leaf leaf, *maybe;
	struct items leaves, named, words, numbers, trees;
	struct json *any;
};

static const char *const colours[] = {"red", "green", "blue", NULL};
static const struct field leaf_fields[] = {
	FIELD(struct leaf, name, SCHEMA_STR),
	FIELD(struct leaf, score, SCHEMA_DOUBLE),
};
static const struct schema leaf_schema =
	SCHEMA("leaf", struct leaf, leaf_fields, "a leaf");
static const struct schema tree_schema;
static const struct field tree_fields[] = {
	FIELD(struct tree, yes, SCHEMA_BOOL),
	FIELD(struct tree, count, SCHEMA_INT, .min = 1, .max = 2, .fallback = "7"),
	FIELD(struct tree, wait, SCHEMA_DURATION),
	FIELD(struct tree, score, SCHEMA_DOUBLE, .required = true),
	FIELD(struct tree, text, SCHEMA_STR, .secret = true),
	FIELD(struct tree, colour, SCHEMA_ENUM, .names = colours),
	FIELD(struct tree, leaf, SCHEMA_OBJECT, .of = &leaf_schema),
	FIELD(struct tree, maybe, SCHEMA_OPTIONAL, .of = &leaf_schema),
	FIELD(struct tree, leaves, SCHEMA_LIST, .of = &leaf_schema),
	FIELD(struct tree, named, SCHEMA_MAP, .of = &leaf_schema),
	FIELD(struct tree, words, SCHEMA_STRS),
	FIELD(struct tree, numbers, SCHEMA_DOUBLES),
	FIELD(struct tree, trees, SCHEMA_LIST, .of = &tree_schema),
	FIELD(struct tree, any, SCHEMA_JSON),
};
static const struct schema tree_schema =
	SCHEMA("tree", struct tree, tree_fields, "one of each");

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

static struct str
bytes_of(const struct tree *t)
{
	struct buf out;
	buf_init(&out, 1 << 20);
	schema_bytes_write(&tree_schema, t, &out);
	struct str bytes = arena_str(&arena, buf_str(&out));
	buf_fini(&out);
	return bytes;
}

static struct tree
read_tree(struct str bytes)
{
	struct tree t;
	struct error e = {0};
	if (schema_bytes_read(&tree_schema, &arena, bytes, &t, &e) != OK)
		fail_msg("%s", e.text);
	return t;
}

static void
refused(struct str bytes, const char *why)
{
	struct tree t;
	struct error e = {0};
	assert_int_equal(
		schema_bytes_read(&tree_schema, &arena, bytes, &t, &e), ERR_INVALID);
	if (!strstr(e.text, why))
		fail_msg("\"%s\" does not say \"%s\"", e.text, why);
}

static struct str
random_text(struct chance *c)
{
	char text[300];
	size_t n = chance_below(c, 8) ? chance_below(c, 12) : chance_below(c, 300);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)chance_next(c);
	return arena_str(&arena, (struct str){text, n});
}

static double
random_double(struct chance *c)
{
	uint64_t bits = chance_below(c, 3) ? chance_next(c) : 0x8000000000000000u;
	double v;
	memcpy(&v, &bits, sizeof v);
	return v;
}

static struct leaf
random_leaf(struct chance *c)
{
	return (struct leaf){random_text(c), random_double(c)};
}

static struct items
random_items(struct chance *c, size_t size, void (*fill)(struct chance *c, void *p))
{
	size_t n = chance_below(c, 4);
	char *list = arena_zalloc(&arena, n * size + 1);
	for (size_t i = 0; i < n; i++)
		fill(c, list + i * size);
	return (struct items){n ? list : NULL, n};
}

static void
fill_leaf(struct chance *c, void *p)
{
	*(struct leaf *)p = random_leaf(c);
}

static void
fill_text(struct chance *c, void *p)
{
	*(struct str *)p = random_text(c);
}

static void
fill_double(struct chance *c, void *p)
{
	*(double *)p = random_double(c);
}

static void fill_tree(struct chance *c, void *p);

static struct tree
random_tree(struct chance *c, int depth)
{
	struct tree t = {
		.yes = chance_below(c, 2),
		.count = (int64_t)(chance_next(c) >> chance_below(c, 64)),
		.wait = (int64_t)chance_next(c),
		.score = random_double(c),
		.text = random_text(c),
		.colour = (int)chance_below(c, 3),
		.leaf = random_leaf(c),
		.leaves = random_items(c, sizeof(struct leaf), fill_leaf),
		.named = random_items(c, sizeof(struct leaf), fill_leaf),
		.words = random_items(c, sizeof(struct str), fill_text),
		.numbers = random_items(c, sizeof(double), fill_double),
	};
	if (chance_below(c, 2)) {
		t.maybe = ARENA_NEW(&arena, struct leaf);
		*t.maybe = random_leaf(c);
	}
	if (chance_below(c, 2)) {
		t.any = json_new_object(&arena);
		json_set(t.any, STR("n"), json_new_int(&arena, (int64_t)chance_next(c)));
	}
	if (depth > 0)
		t.trees = random_items(c, sizeof t, fill_tree);
	return t;
}

static void
fill_tree(struct chance *c, void *p)
{
	*(struct tree *)p = random_tree(c, 0);
}

static void
same_text(struct str a, struct str b)
{
	assert_int_equal(a.n, b.n);
	if (a.n)
		assert_memory_equal(a.p, b.p, a.n);
}

static void
what_is_written_is_read_back(void **state)
{
	(void)state;
	struct chance c = {17};
	print_message("seed %llu\n", (unsigned long long)c.state);
	for (int i = 0; i < 300; i++) {
		struct tree t = random_tree(&c, 1);
		struct str bytes = bytes_of(&t);
		struct tree back = read_tree(bytes);
		same_text(bytes_of(&back), bytes);
		assert_int_equal(back.yes, t.yes);
		assert_int_equal(back.count, t.count);
		assert_int_equal(back.wait, t.wait);
		assert_memory_equal(&back.score, &t.score, sizeof t.score);
		same_text(back.text, t.text);
		assert_int_equal(back.colour, t.colour);
		same_text(back.leaf.name, t.leaf.name);
		assert_int_equal(!back.maybe, !t.maybe);
		assert_int_equal(back.leaves.n, t.leaves.n);
		assert_int_equal(back.named.n, t.named.n);
		for (size_t k = 0; k < t.named.n; k++)
			same_text(((struct leaf *)back.named.p)[k].name,
				((struct leaf *)t.named.p)[k].name);
		assert_int_equal(back.trees.n, t.trees.n);
		assert_true(!t.any || json_eq(back.any, t.any));
	}
}

static void
nothing_takes_next_to_nothing(void **state)
{
	(void)state;
	const struct tree none = {0};
	same_text(bytes_of(&none), (struct str){"\7\0\0", 3}); /* the leaf, and the end */
}

static void
numbers_at_their_ends(void **state)
{
	(void)state;
	const int64_t ends[] = {0, 1, -1, 63, -64, 64, 127, 128, INT64_MAX, INT64_MIN};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		const struct tree t = {.count = ends[i]};
		assert_int_equal(read_tree(bytes_of(&t)).count, ends[i]);
	}
}

static void
bytes_that_were_never_written_are_refused(void **state)
{
	(void)state;
	refused((struct str){"", 0}, "cut short at byte 0");
	refused((struct str){"\17", 1}, "an unknown member at byte 1");
	refused((struct str){"\0x", 2}, "something after the end");
	refused((struct str){"\6\3", 2}, "an unknown value");
	refused((struct str){"\5\5abc", 5}, "cut short");
	refused((struct str){"\4abc", 4}, "cut short");
	refused((struct str){"\11\377\377\377\377\17", 6}, "more elements than bytes");
	refused((struct str){"\2\377\377\377\377\377\377\377\377\377\2", 11},
		"a number that is too large");
	refused((struct str){"\16\1{", 3}, "tree");
	char deep[3 * (SCHEMA_BYTES_DEPTH_MAX + 1)];
	for (size_t i = 0; i < sizeof deep; i += 2) {
		deep[i] = 13;
		deep[i + (i + 1 < sizeof deep)] = 1;
	}
	refused((struct str){deep, sizeof deep}, "structs too deep");
}

static void
any_bytes_end_well(void **state)
{
	(void)state;
	struct chance c = {23};
	print_message("seed %llu\n", (unsigned long long)c.state);
	for (int i = 0; i < 200; i++) {
		struct tree t = random_tree(&c, 1), back;
		struct str bytes = bytes_of(&t);
		for (size_t n = 0; n < bytes.n; n += 1 + chance_below(&c, 20))
			refused((struct str){bytes.p, n}, "tree");
		char *changed = arena_alloc(&arena, bytes.n);
		memcpy(changed, bytes.p, bytes.n);
		changed[chance_below(&c, bytes.n)] = (char)chance_next(&c);
		if (schema_bytes_read(&tree_schema, &arena,
			    (struct str){changed, bytes.n}, &back, NULL) == OK)
			bytes_of(&back);
	}
}

static void
a_buffer_too_small_is_over(void **state)
{
	(void)state;
	const struct tree t = {.text = STR("longer than that")};
	struct buf out;
	buf_init(&out, 8);
	schema_bytes_write(&tree_schema, &t, &out);
	assert_true(buf_over(&out));
	buf_fini(&out);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		T(what_is_written_is_read_back),
		T(nothing_takes_next_to_nothing),
		T(numbers_at_their_ends),
		T(bytes_that_were_never_written_are_refused),
		T(any_bytes_end_well),
		T(a_buffer_too_small_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
