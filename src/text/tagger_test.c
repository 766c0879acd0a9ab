/* Entities learnt from examples: surroundings tell them, roles too; what is damaged is
 * refused; stronger evidence stays. */
#include "text/tagger.h"

#include "base/limits.h"
#include "text/entities.h"
#include "text/tag_chain.h"
#include "text/tagger_format.h"
#include "text/tagger_train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

static const char *const towns[] = {"Ulm", "Bad Tölz", "Riga", "Novi Sad", "Cork", "Oulu",
	"La Paz", "Turin", "Gent", "Aix", "Kiel", "San Juan"};
/* | stands for a town. */
static const char *const lines[] = {"a ticket from | to | please",
	"i leave | tomorrow and go to |", "one way to | from |",
	"how do i get from | to | by train", "is there a bus to | tonight",
	"we start from | at noon", "when does the last train for me go",
	"please cancel my ticket", "the train was late again",
	"i lost my bag at the station"};
/* The role of the towns of each line, in order. */
static const char *const roles[][2] = {{"from", "to"}, {"from", "to"}, {"to", "from"},
	{"from", "to"}, {"to"}, {"from"}, {NULL}, {NULL}, {NULL}, {NULL}};

#define ROWS 120

struct fixture {
	struct arena a;
	struct train_row rows[ROWS];
	struct buf bytes;
	struct tagger *tagger;
};

static void
fixture_row(struct fixture *f, size_t i)
{
	const size_t line = i % (sizeof(lines) / sizeof(*lines));
	const size_t count = sizeof(towns) / sizeof(*towns);
	struct train_mention *m = ARENA_ARRAY(&f->a, struct train_mention, 2);
	struct buf text;
	size_t n = 0;
	buf_init(&text, 1000);
	for (const char *c = lines[line]; *c; c++) {
		if (*c != '|') {
			buf_add_char(&text, *c);
			continue;
		}
		uint32_t start = (uint32_t)text.n;
		buf_add_str(&text, str_of(towns[(i * 7 + n * 5) % count]));
		m[n] = (struct train_mention){
			start, (uint32_t)text.n, STR("town"), str_of(roles[line][n])};
		n++;
	}
	f->rows[i] = (struct train_row){STR("x"), arena_str(&f->a, buf_str(&text)), m, n};
	buf_fini(&text);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	arena_init(&f->a, 0);
	for (size_t i = 0; i < ROWS; i++)
		fixture_row(f, i);
	buf_init(&f->bytes, MODEL_BYTES_MAX);
	assert_int_equal(tagger_train(f->rows, ROWS, 1, &f->bytes, NULL), OK);
	assert_int_equal(tagger_open(buf_str(&f->bytes), &f->tagger, NULL), OK);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	tagger_close(&f->tagger);
	tagger_close(&f->tagger);
	buf_fini(&f->bytes);
	arena_fini(&f->a);
	free(f);
	return 0;
}

static size_t
read_tags(struct fixture *f, const char *text, struct tokens *t, struct tag **tags)
{
	tokens_read(&f->a, str_of(text), t);
	return tagger_read(f->tagger, &f->a, t, tags);
}

static void
expect_tag(
	const struct tokens *t, const struct tag *tag, const char *text, const char *role)
{
	struct str found = str_sub(t->text, t->p[tag->first].start, t->p[tag->last].end);
	assert_true(str_eq(found, str_of(text)));
	assert_true(str_eq(tag->kind, STR("town")));
	assert_true(str_eq(tag->role, str_of(role)));
	assert_true(tag->confidence >= .5 && tag->confidence <= 1);
}

static void
towns_never_seen_are_told_by_their_place(void **state)
{
	struct fixture *f = *state;
	struct tokens t;
	struct tag *tags;
	assert_int_equal(
		read_tags(f, "a ticket from Split to Brno please", &t, &tags), 2);
	expect_tag(&t, &tags[0], "Split", "from");
	expect_tag(&t, &tags[1], "Brno", "to");
	assert_int_equal(
		read_tags(f, "is there a bus to Banja Luka tonight", &t, &tags), 1);
	expect_tag(&t, &tags[0], "Banja Luka", "to");
	assert_int_equal(read_tags(f, "please cancel my ticket", &t, &tags), 0);
	assert_int_equal(read_tags(f, "", &t, &tags), 0);
}

static void
training_is_repeatable(void **state)
{
	struct fixture *f = *state;
	struct buf again;
	buf_init(&again, MODEL_BYTES_MAX);
	assert_int_equal(tagger_train(f->rows, ROWS, 1, &again, NULL), OK);
	assert_true(str_eq(buf_str(&again), buf_str(&f->bytes)));
	buf_clear(&again);
	/* The last four lines alone have no towns. */
	assert_int_equal(tagger_train(f->rows + 6, 4, 1, &again, NULL), OK);
	assert_int_equal(again.n, 0);
	buf_fini(&again);
}

static void
long_messages_are_read_to_the_limit(void **state)
{
	struct fixture *f = *state;
	struct tokens t;
	struct tag *tags;
	char text[TAG_WORDS_MAX * 2 + 64];
	for (size_t i = 0; i < TAG_WORDS_MAX; i++)
		memcpy(text + 2 * i, ". ", 2);
	snprintf(text + sizeof(text) - 64, 64, "a ticket from Split to Brno please");
	assert_int_equal(read_tags(f, text, &t, &tags), 0);
	assert_true(t.n > TAG_WORDS_MAX);
	assert_int_equal(read_tags(f, "\xff\xfe from \xc3 to \xf0", &t, &tags), 0);
}

static void
too_many_kinds_are_refused(void **state)
{
	struct fixture *f = *state;
	struct train_mention m[TAG_TYPES_MAX + 1];
	struct train_row rows[TAG_TYPES_MAX + 1];
	struct error e;
	struct buf out;
	buf_init(&out, MODEL_BYTES_MAX);
	for (size_t i = 0; i <= TAG_TYPES_MAX; i++) {
		m[i] = (struct train_mention){
			0, 1, arena_printf(&f->a, "kind%zu", i), STR("")};
		rows[i] = (struct train_row){STR("x"), STR("a b"), &m[i], 1};
	}
	assert_int_equal(tagger_train(rows, TAG_TYPES_MAX + 1, 1, &out, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, "at most 128"));
	buf_fini(&out);
}

/* Without the checksum that stands around it in a model file: every byte of the header
 * and index may be anything. */
static void
damage_is_refused_or_harmless(void **state)
{
	struct fixture *f = *state;
	struct str good = buf_str(&f->bytes);
	uint64_t *copy = malloc(good.n + 8);
	unsigned refused = 0;
	struct tokens t;
	struct tag *tags;
	const size_t step = good.n > 40000 ? good.n / 20000 : 1;
	for (size_t i = 0; i < good.n; i += i < 512 ? 1 : step) {
		struct tagger *other = NULL;
		memcpy(copy, good.p, good.n);
		((unsigned char *)copy)[i] ^= (unsigned char)(1u << i % 8);
		struct str bytes = {(const char *)copy, good.n};
		if (tagger_open(bytes, &other, NULL)) {
			refused++;
			continue;
		}
		struct arena_mark mark = arena_mark(&f->a);
		tokens_read(&f->a, STR("a ticket from Split to Brno please"), &t);
		tagger_read(other, &f->a, &t, &tags);
		arena_reset(&f->a, mark);
		tagger_close(&other);
	}
	assert_true(refused > 100);
	for (size_t n = 0; n < good.n; n += 997) {
		struct tagger *other = NULL;
		memcpy(copy, good.p, n);
		assert_int_equal(
			tagger_open((struct str){(const char *)copy, n}, &other, NULL),
			ERR_INVALID);
	}
	free(copy);
}

/* Every sequence of three words and one type, by hand: the sums must agree. */
static void
chain_agrees_with_counting(void **state)
{
	struct fixture *f = *state;
	static const float score[9] = {.3f, -.2f, .9f, -.4f, 1.1f, .2f, .5f, -.7f, .8f};
	struct tag_chain c = {.words = 3,
		.types = 1,
		.lanes = 3,
		.score = score,
		.step = {{.2f, -.3f, 0}, {.1f, -.6f, .7f}, {-.1f, .4f, .3f}}};
	double all = 0, best = -1, span = 0, inside = 0;
	uint16_t labels[3], found[3] = {0};
	for (unsigned i = 0; i < 27; i++) {
		unsigned y[3] = {i / 9, i / 3 % 3, i % 3}, before = 0;
		double s = 0;
		bool possible = true;
		for (int k = 0; k < 3; k++) {
			possible = possible && !(before == 0 && y[k] == 2);
			s += (double)score[k * 3 + (int)y[k]] +
				(double)c.step[before][y[k]];
			before = y[k];
		}
		double p = possible ? exp(s) : 0;
		all += p;
		span += y[0] == 1 && y[1] == 2 && y[2] != 2 ? p : 0;
		inside += y[1] == 2 ? p : 0;
		if (p > best) {
			best = p;
			for (int k = 0; k < 3; k++)
				found[k] = (uint16_t)y[k];
		}
	}
	double steps[TAG_PARTS][TAG_PARTS] = {0}, taken = 0;
	tag_chain_best(&c, &f->a, labels);
	tag_chain_sum(&c, &f->a);
	tag_chain_steps(&c, steps);
	for (int p = 0; p < TAG_PARTS; p++)
		for (int q = 0; q < TAG_PARTS; q++)
			taken += steps[p][q];
	assert_memory_equal(labels, found, sizeof(labels));
	assert_true(fabs(tag_chain_span(&c, 0, 0, 1) - span / all) < 1e-9);
	assert_true(fabs(tag_chain_label(&c, 1, 2) - inside / all) < 1e-9);
	assert_true(fabs(taken - 3) < 1e-9);
	assert_true(fabs(steps[TAG_OUTSIDE][TAG_INSIDE]) < 1e-12);
}

static void
stronger_evidence_keeps_its_place(void **state)
{
	struct fixture *f = *state;
	struct str values[] = {STR("BRNO")};
	struct entity_lookup town = {.kind = STR("town"), .values = {values, 1}},
			     other = {.kind = STR("team"), .values = {values, 1}};
	const struct entity_context context = {.language = STR("en")};
	struct entity_finder *finder;
	struct entities found;
	struct tokens t;
	tokens_read(&f->a, STR("a ticket from Split to Brno please"), &t);
	struct entity_source source = {.lookups = {&town, 1}, .learnt = f->tagger};
	assert_int_equal(entity_finder_new(&source, &finder, NULL), OK);
	entities_read(finder, &f->a, &t, &context, &found);
	assert_int_equal(found.n, 2);
	assert_true(str_eq(found.p[0].role, STR("from")));
	assert_true(str_eq(found.p[0].value, STR("Split")));
	/* The list's writing, the examples' role. */
	assert_true(str_eq(found.p[1].value, STR("BRNO")));
	assert_true(str_eq(found.p[1].role, STR("to")));
	entity_finder_free(&finder);
	source.lookups = (struct items){&other, 1};
	assert_int_equal(entity_finder_new(&source, &finder, NULL), OK);
	entities_read(finder, &f->a, &t, &context, &found);
	assert_int_equal(found.n, 2);
	assert_true(str_eq(found.p[1].kind, STR("team")));
	assert_true(str_eq(found.p[1].role, STR("")));
	entity_finder_free(&finder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(towns_never_seen_are_told_by_their_place),
		cmocka_unit_test(training_is_repeatable),
		cmocka_unit_test(long_messages_are_read_to_the_limit),
		cmocka_unit_test(too_many_kinds_are_refused),
		cmocka_unit_test(damage_is_refused_or_harmless),
		cmocka_unit_test(chain_agrees_with_counting),
		cmocka_unit_test(stronger_evidence_keeps_its_place),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
