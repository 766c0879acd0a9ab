#include "text/model.h"

#include "base/limits.h"
#include "text/calibrate.h"
#include "text/evaluate.h"
#include "text/exact.h"
#include "text/examples.h"
#include "text/model_format.h"
#include "text/train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

/* Three intents of a bicycle shop, as templates with gaps: enough rows to learn from,
 * none of them copied from anywhere. */
static const char *const things[] = {"bike", "saddle", "helmet", "chain", "tyre", "pump",
	"lamp", "bell", "basket", "lock"};
static const struct {
	const char *label, *form;
} templates[] = {
	{"buy", "I would like to buy a %s"},
	{"buy", "do you sell a %s like that"},
	{"buy", "how much is this %s"},
	{"buy", "can I order a new %s please"},
	{"repair", "my %s is broken, can you fix it"},
	{"repair", "please repair the %s"},
	{"repair", "the %s makes a strange noise"},
	{"repair", "how long does it take to mend a %s"},
	{"rent", "we want to rent a %s for two days"},
	{"rent", "is it possible to hire your %s on Sunday"},
	{"rent", "what does a %s cost per day"},
	{"rent", "I bring the rented %s back tomorrow"},
};

#define THINGS (sizeof(things) / sizeof(things[0]))
#define TEMPLATES (sizeof(templates) / sizeof(templates[0]))

static size_t
make_rows(struct arena *a, struct train_row *rows)
{
	size_t n = 0;
	for (size_t i = 0; i < TEMPLATES; i++) {
		for (size_t j = 0; j < THINGS; j++) {
			char text[120];
			int len = 0;
			const char *gap = strstr(templates[i].form, "%s");
			len = snprintf(text, sizeof(text), "%.*s%s%s",
				(int)(gap - templates[i].form), templates[i].form,
				things[j], gap + 2);
			rows[n++] = (struct train_row){
				.label = str_of(templates[i].label),
				.text = arena_str(a, (struct str){text, (size_t)len})};
		}
	}
	return n;
}

struct fixture {
	struct arena arena;
	struct train_row rows[TEMPLATES * THINGS];
	size_t count;
	struct buf bytes;
	struct model *model;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct error e;
	arena_init(&f->arena, 0);
	f->count = make_rows(&f->arena, f->rows);
	buf_init(&f->bytes, MODEL_BYTES_MAX);
	if (train_model(
		    f->rows, f->count, &(struct train_options){.seed = 1}, &f->bytes, &e))
		fail_msg("%s", e.text);
	if (model_open_bytes(buf_str(&f->bytes), &f->model, &e))
		fail_msg("%s", e.text);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	model_close(&f->model);
	buf_fini(&f->bytes);
	arena_fini(&f->arena);
	free(f);
	return 0;
}

static void
test_predicts(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *text, *label;
	} rows[] = {
		{"Could you repair my old lamp?", "repair"},
		{"hello, I'd like to BUY a red saddle", "buy"},
		{"renting a bike for 3 days", "rent"},
		{"pump broken!!!", "repair"},
	};
	assert_int_equal(model_classes(f->model), 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prediction p;
		model_predict(f->model, &f->arena, str_of(rows[i].text), &p);
		assert_true(str_eq(model_class(f->model, p.best), str_of(rows[i].label)));
		float sum = 0;
		for (size_t c = 0; c < 3; c++)
			sum += p.p[c];
		assert_true(fabsf(sum - 1) < 1e-5f);
	}
}

static void
test_knows_what_it_does_not_know(void **state)
{
	struct fixture *f = *state;
	static const char *const rows[] = {"", "zzz qqq", "????", "\xff\xfe", "เสื้อผ้า"};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prediction p;
		model_predict(f->model, &f->arena, str_of(rows[i]), &p);
		if (!p.out_of_scope)
			fail_msg("%s is in scope", rows[i]);
	}
	struct prediction p;
	model_predict(f->model, &f->arena, f->rows[0].text, &p);
	assert_false(p.out_of_scope);
}

static void
test_long_text(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(40000);
	memset(text, 'x', 40000);
	for (size_t i = 0; i < 40000; i += 7)
		text[i] = " a0,!-"[i % 6];
	struct prediction p;
	model_predict(f->model, &f->arena, (struct str){text, 40000}, &p);
	assert_true(p.score >= 0);
	free(text);
}

static void
test_same_bytes_again(void **state)
{
	struct fixture *f = *state;
	struct buf again;
	buf_init(&again, MODEL_BYTES_MAX);
	assert_int_equal(train_model(f->rows, f->count,
				 &(struct train_options){.seed = 1}, &again, NULL),
		OK);
	assert_true(str_eq(buf_str(&again), buf_str(&f->bytes)));
	assert_int_equal(model_source_hash(f->model),
		train_source_hash(f->rows, f->count, &(struct train_options){.seed = 1}));
	assert_int_not_equal(model_source_hash(f->model),
		train_source_hash(
			f->rows, f->count - 1, &(struct train_options){.seed = 1}));
	buf_fini(&again);
}

/* Opens a copy with one change. Whatever opens must predict without leaving the file. */
static bool
opens_when(struct fixture *f, size_t at, unsigned char with, bool seal)
{
	uint64_t *copy = malloc(f->bytes.n + 8);
	memcpy(copy, f->bytes.p, f->bytes.n);
	((unsigned char *)copy)[at] ^= with;
	struct model_header *h = (void *)copy;
	if (seal)
		h->checksum = model_checksum((char *)copy + 32, f->bytes.n - 32);
	struct model *m = NULL;
	bool opened =
		model_open_bytes((struct str){(char *)copy, f->bytes.n}, &m, NULL) == OK;
	if (opened) {
		struct prediction p;
		model_predict(m, &f->arena,
			STR("please repair the lamp and sell me a bike 12"), &p);
	}
	model_close(&m);
	free(copy);
	return opened;
}

static void
test_damaged_bytes(void **state)
{
	struct fixture *f = *state;
	for (size_t at = 0; at < f->bytes.n; at += at < 600 ? 1 : 997)
		if (opens_when(f, at, 0x11, false))
			fail_msg("byte %zu is not checked", at);
	/* With a right checksum a damaged file may open, but never leads outside. */
	for (size_t at = 0; at < f->bytes.n; at += at < 600 ? 1 : 97) {
		opens_when(f, at, 0xff, true);
		opens_when(f, at, 0x80, true);
	}
}

static void
test_cut_file(void **state)
{
	struct fixture *f = *state;
	char path[] = "build/model_test_XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, f->bytes.p, f->bytes.n), f->bytes.n);
	struct model *m = NULL;
	struct error e;
	assert_int_equal(model_open(path, &m, &e), OK);
	model_close(&m);
	static const size_t sizes[] = {0, 1, 31, 32, sizeof(struct model_header) - 1,
		sizeof(struct model_header), 5000};
	for (size_t i = sizeof(sizes) / sizeof(sizes[0]); i-- > 0;) {
		assert_int_equal(ftruncate(fd, (off_t)sizes[i]), 0);
		assert_int_equal(model_open(path, &m, &e), ERR_INVALID);
		assert_null(m);
	}
	close(fd);
	unlink(path);
	assert_int_equal(model_open(path, &m, &e), ERR_NOT_FOUND);
}

static bool
stop_at_once(void *with, const char *stage, double share)
{
	(void)with;
	(void)stage;
	(void)share;
	return false;
}

static void
test_training_errors(void **state)
{
	struct fixture *f = *state;
	struct buf out;
	struct error e;
	buf_init(&out, MODEL_BYTES_MAX);
	struct train_options o = {.seed = 1};
	assert_int_equal(train_model(f->rows, 0, &o, &out, &e), ERR_INVALID);
	assert_int_equal(train_model(f->rows, 10, &o, &out, &e), ERR_INVALID);
	o.progress = stop_at_once;
	assert_int_equal(train_model(f->rows, f->count, &o, &out, &e), ERR_CANCELED);
	buf_fini(&out);
	buf_init(&out, 1000);
	o.progress = NULL;
	assert_int_equal(train_model(f->rows, f->count, &o, &out, &e), ERR_LIMIT);
	buf_fini(&out);
}

static void
test_out_of_scope_class(void **state)
{
	struct fixture *f = *state;
	struct train_row rows[TEMPLATES * THINGS + 6];
	memcpy(rows, f->rows, sizeof(f->rows));
	static const char *const oos[] = {"what is the weather", "tell me a joke",
		"who won the match", "play some music", "sing a song for me",
		"what is the capital of France"};
	for (size_t i = 0; i < 6; i++)
		rows[f->count + i] =
			(struct train_row){.label = STR("oos"), .text = str_of(oos[i])};
	struct buf out;
	struct model *m = NULL;
	buf_init(&out, MODEL_BYTES_MAX);
	assert_int_equal(train_model(rows, f->count + 6,
				 &(struct train_options){.seed = 1}, &out, NULL),
		OK);
	assert_int_equal(model_open_bytes(buf_str(&out), &m, NULL), OK);
	assert_true(model_oos(m) >= 0);
	struct evaluation v;
	evaluation_init(&v, &f->arena);
	evaluation_add(&v, m, rows, f->count + 6);
	assert_int_equal(v.oos, 6);
	assert_true(evaluation_oos_recall(&v) > .9);
	assert_true(evaluation_accuracy(&v) > .99);
	assert_true(evaluation_in_scope_accuracy(&v) > .9);
	assert_true(evaluation_macro_f1(&v) > .99);
	model_close(&m);
	buf_fini(&out);
}

/* Ten rows of the first of two intents; p(oos) is 1, 2 … 10 times its likelihood but for
 * a row that is wrong, which has no say. */
static void
test_out_of_scope_lead(void **state)
{
	(void)state;
	enum { ROWS = 11, CLASSES = 3 };
	float p[ROWS * CLASSES];
	uint32_t label[ROWS] = {0};
	for (size_t i = 0; i < ROWS; i++) {
		p[i * CLASSES] = .05f;
		p[i * CLASSES + 1] = .01f;
		p[i * CLASSES + 2] = .05f * (float)(i + 1);
	}
	label[10] = 1;
	const struct held_out h = {
		.rows = ROWS, .classes = CLASSES, .oos = 2, .label = label};
	assert_true(fabs(calibrate_oos_lead(&h, p, .55) - 6) < 1e-5);
	assert_true(fabs(calibrate_oos_lead(&h, p, 1) - 10) < 1e-5);
	for (size_t i = 0; i < ROWS; i++)
		p[i * CLASSES + 2] = .01f;
	assert_true(calibrate_oos_lead(&h, p, 1) == 1);
	const struct held_out none = {
		.rows = ROWS, .classes = CLASSES, .oos = -1, .label = label};
	assert_true(calibrate_oos_lead(&none, p, 1) == 1);
}

static void
test_second_model(void **state)
{
	struct fixture *f = *state;
	struct train_options o = {.seed = 1, .second_model = true};
	struct buf out;
	struct model *m = NULL;
	buf_init(&out, MODEL_BYTES_MAX);
	assert_int_equal(train_model(f->rows, f->count, &o, &out, NULL), OK);
	assert_true(out.n > f->bytes.n);
	assert_int_not_equal(
		train_source_hash(f->rows, f->count, &o), model_source_hash(f->model));
	assert_int_equal(model_open_bytes(buf_str(&out), &m, NULL), OK);
	struct prediction p;
	model_predict(m, &f->arena, STR("Could you repair my old lamp?"), &p);
	assert_true(str_eq(model_class(m, p.best), STR("repair")));
	assert_true(fabsf(p.p[0] + p.p[1] + p.p[2] - 1) < 1e-5f);
	model_predict(m, &f->arena, STR("zzz qqq"), &p);
	assert_true(p.out_of_scope);
	/* It has a say of its own: the mixture is not the linear model's opinion. */
	struct prediction linear, both;
	model_predict(f->model, &f->arena, STR("the pump for two days"), &linear);
	model_predict(m, &f->arena, STR("the pump for two days"), &both);
	assert_true(fabsf(linear.p[linear.best] - both.p[linear.best]) > 1e-4f);
	model_close(&m);
	struct buf linear_bytes = f->bytes;
	f->bytes = out;
	for (size_t at = 0; at < out.n; at += at < 600 ? 1 : 97)
		opens_when(f, at, 0xff, true);
	f->bytes = linear_bytes;
	buf_fini(&out);
}

static void
test_exact(void **state)
{
	(void)state;
	for (int i = 0; i < 162; i++) {
		double x = -30 + i * .37;
		assert_true(fabs(exact_exp(x) / exp(x) - 1) < 1e-12);
		assert_true(fabs(exact_log(exact_exp(x)) - x) < 1e-11);
	}
	assert_true(exact_log(1) == 0);
	assert_true(exact_exp(0) == 1);
}

static void
test_temperature(void **state)
{
	(void)state;
	/* Margins whose right temperature is known: 80 % of rows at margin ln 4 · T over
	 * the other class. */
	enum { ROWS = 1000 };
	static float margin[ROWS * 2];
	static uint32_t label[ROWS];
	for (size_t i = 0; i < ROWS; i++) {
		margin[i * 2] = .25f * 1.3862944f;
		label[i] = i % 5 == 0;
	}
	struct held_out h = {
		.rows = ROWS, .classes = 2, .oos = -1, .margin = margin, .label = label};
	double t = calibrate_temperature(&h);
	if (fabs(t - .25) > .01)
		fail_msg("temperature %g", t);
}

static void
test_examples(void **state)
{
	(void)state;
	struct arena a;
	struct train_row *rows;
	size_t n;
	struct error e;
	arena_init(&a, 0);
	assert_int_equal(
		examples_read(&a, STR("buy\ta bike\r\n\noos\tx\ty\n"), &rows, &n, &e),
		OK);
	assert_int_equal(n, 2);
	assert_true(str_eq(rows[0].text, STR("a bike")));
	assert_true(str_eq(rows[1].text, STR("x\ty")));
	assert_int_equal(
		examples_read(&a, STR("buy\ta bike\nno tab here\n"), &rows, &n, &e),
		ERR_INVALID);
	assert_int_equal(e.line, 2);
	assert_int_equal(examples_read(&a, STR("buy\t\n"), &rows, &n, &e), ERR_INVALID);
	assert_int_equal(
		examples_read(&a, STR("\tno label\there\n"), &rows, &n, &e), ERR_INVALID);
	/* As a spreadsheet on another system writes them. */
	assert_int_equal(
		examples_read(&a,
			STR("\xef\xbb\xbf"
			    "alquilar una bici\tla  roja \r\n\r\n r\xc3\xa9parer \t la chaîne"),
			&rows, &n, &e),
		OK);
	assert_int_equal(n, 2);
	assert_true(str_eq(rows[0].label, STR("alquilar una bici")));
	assert_true(str_eq(rows[0].text, STR("la  roja")));
	assert_true(str_eq(rows[1].label, STR("r\xc3\xa9parer")));
	assert_true(str_eq(rows[1].text, STR("la chaîne")));
	arena_fini(&a);
}

static bool
same_model(const struct fixture *f, double cost, struct str wanted)
{
	struct buf b;
	struct error e;
	buf_init(&b, MODEL_BYTES_MAX);
	if (train_model(f->rows, f->count,
		    &(struct train_options){.seed = 1, .cost = cost}, &b, &e))
		fail_msg("%s", e.text);
	bool same = str_eq(buf_str(&b), wanted);
	buf_fini(&b);
	return same;
}

/* The cost is chosen by what is held out: a large one for labels that hold, a small one
 * where every fourth is wrong. */
static void
test_cost_is_chosen(void **state)
{
	struct fixture *f = *state;
	struct buf noisy;
	struct error e;
	assert_true(same_model(f, 2, buf_str(&f->bytes)));
	for (size_t i = 0; i < f->count; i += 4)
		f->rows[i].label = f->rows[(i * 7 + 41) % f->count].label;
	buf_init(&noisy, MODEL_BYTES_MAX);
	if (train_model(
		    f->rows, f->count, &(struct train_options){.seed = 1}, &noisy, &e))
		fail_msg("%s", e.text);
	assert_false(same_model(f, 2, buf_str(&noisy)));
	assert_false(same_model(f, 1, buf_str(&noisy)));
	assert_true(same_model(f, .5, buf_str(&noisy)) ||
		same_model(f, .25, buf_str(&noisy)));
	buf_fini(&noisy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_predicts, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_knows_what_it_does_not_know, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_bytes_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_training_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_out_of_scope_class, setup, teardown),
		cmocka_unit_test(test_out_of_scope_lead),
		cmocka_unit_test_setup_teardown(test_second_model, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cost_is_chosen, setup, teardown),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_temperature),
		cmocka_unit_test(test_examples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
