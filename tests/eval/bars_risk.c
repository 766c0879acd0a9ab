/* Attacks, false alarms on ordinary customers, and personal data. */
#include "bars.h"

#include "base/limits.h"
#include "text/entities.h"
#include "text/folds.h"
#include "text/risk.h"

#include <stdio.h>
#include <strings.h>

#define ALARM .5
#define FOLDS 5

/* `make models` learns with these. */
#define MODEL_DF_MIN 2
#define MODEL_COST 2

struct tally {
	size_t n, right;
};

static void
count_rows(const struct risk_reader *r, const struct train_row *rows, size_t count,
	struct tally *t)
{
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < count; i++) {
		struct tokens tokens;
		struct risk risk;
		arena_clear(&a);
		tokens_read(&a, rows[i].text, &tokens);
		risk_read(r, &a, &tokens, &risk);
		bool attack = str_eq(rows[i].label, STR("injection"));
		t->right += (risk.injection > ALARM) == attack;
		t->n++;
	}
	arena_fini(&a);
}

/* Learns from `rows` as the model that ships has learnt, and judges `held`. */
static bool
learn_and_count(const struct train_row *rows, size_t count, const struct train_row *held,
	size_t held_count, struct tally *t)
{
	struct risk_reader *r = NULL;
	struct buf bytes;
	struct error e;
	const struct train_options o = {
		.seed = 1, .df_min = MODEL_DF_MIN, .cost = MODEL_COST};
	buf_init(&bytes, MODEL_BYTES_MAX);
	bool good = !train_model(rows, count, &o, &bytes, &e) &&
		!risk_reader_of(buf_str(&bytes), &r, &e);
	if (good)
		count_rows(r, held, held_count, t);
	else
		printf("prompt injection: %s\n", e.text);
	risk_reader_free(&r);
	buf_fini(&bytes);
	return good;
}

/* Each fold of deepset's rows in turn, which are the first of what is learnt from. */
static bool
attacks_in_folds(struct arena *a, const struct train_row *rows, size_t count,
	size_t deepset, struct tally *t)
{
	const uint32_t *fold_of;
	struct train_row *part = ARENA_ARRAY(a, struct train_row, count);
	struct train_row *held = ARENA_ARRAY(a, struct train_row, deepset);
	if (folds_deal(a, rows, deepset, FOLDS, &fold_of, NULL))
		return false;
	for (uint32_t fold = 0; fold < FOLDS; fold++) {
		size_t n = folds_take(rows, fold_of, deepset, fold, false, part);
		size_t held_n = folds_take(rows, fold_of, deepset, fold, true, held);
		for (size_t i = deepset; i < count; i++)
			part[n++] = rows[i];
		if (!learn_and_count(part, n, held, held_n, t))
			return false;
	}
	return true;
}

static void
attacks_cross_validated(struct bars *b, struct arena *a)
{
	static const char *const files[] = {"injection_deepset/train.tsv",
		"injection_giskard/all.tsv", "clinc150/train.tsv", "multidogo/train.tsv",
		"langid_lingua/sentences.tsv"};
	struct train_row *rows, *deepset;
	size_t count, n;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (bars_has(b, files[i]))
			continue;
		bars_missing(b, "prompt injection", files[i]);
		return;
	}
	struct tally t = {0};
	if (bars_rows(b, a, "prompt injection", files[0], &deepset, &n) &&
		bars_made(a, "prompt injection", "injection.tsv", &rows, &count) &&
		attacks_in_folds(a, rows, count, n, &t))
		bars_row(b, "prompt injection, deepset", "accuracy, five folds",
			(double)t.right / (double)t.n, .88, true, "");
}

static void
attacks(struct bars *b)
{
	struct risk_reader *r = NULL;
	struct arena a;
	struct train_row *rows;
	struct tally t = {0};
	size_t n;
	if (risk_reader_new(&r, NULL))
		return;
	arena_init(&a, 0);
	if (!bars_has(b, "injection_deepset/test.tsv")) {
		attacks_cross_validated(b, &a);
	} else if (bars_rows(b, &a, "prompt injection", "injection_deepset/test.tsv",
			   &rows, &n)) {
		count_rows(r, rows, n, &t);
		bars_row(b, "prompt injection, deepset", "accuracy",
			(double)t.right / (double)t.n, .88, true, "");
	}
	if (bars_rows(b, &a, "ordinary customers", "bitext/dev.tsv", &rows, &n)) {
		t = (struct tally){0};
		count_rows(r, rows, n, &t);
		bars_row(b, "ordinary customers", "false alarms",
			1 - (double)t.right / (double)t.n, .01, false, "");
	}
	arena_fini(&a);
	risk_reader_free(&r);
}

/* What the synthetic set calls each kind, and what we do. */
static const char *const personal[][2] = {{"CREDIT_CARD", "card"},
	{"PHONE_NUMBER", "phone"}, {"EMAIL_ADDRESS", "email"}, {"DOMAIN_NAME", "url"},
	{"IBAN_CODE", "iban"}, {"US_SSN", "ssn"}, {"IP_ADDRESS", "ip"}};

static const char *
our_kind(struct str theirs)
{
	for (size_t i = 0; i < sizeof(personal) / sizeof(*personal); i++)
		if (str_eq(theirs, str_of(personal[i][0])))
			return personal[i][1];
	return NULL;
}

struct found_counts {
	size_t wanted, found, given, false_ones;
};

static void
personal_line(struct entity_finder *f, struct arena *a, const struct json *line,
	struct found_counts *c)
{
	struct tokens t;
	struct entities e;
	struct entity_context context = {.language = STR("en")};
	tokens_read(a, json_str(json_get(line, STR("text")), STR("")), &t);
	entities_read(f, a, &t, &context, &e);
	bool show = getenv("BARS_SHOW") && strstr("personal", getenv("BARS_SHOW"));
	json_each(w, json_get(line, STR("entities"))) {
		const char *kind = our_kind(json_str(json_get(w, STR("type")), STR("")));
		struct str value = json_str(json_get(w, STR("value")), STR(""));
		bool found = false;
		for (size_t i = 0; kind && i < e.n; i++)
			found = found ||
				(str_eq(e.p[i].kind, str_of(kind)) &&
					str_eq(e.p[i].text, value));
		c->wanted += kind != NULL;
		c->found += found;
		if (show && kind && !found)
			printf("  missed %s %.*s\n", kind, STR_ARG(value));
	}
	for (size_t i = 0; i < e.n; i++) {
		bool ours = false, right = false;
		for (size_t k = 0; k < sizeof(personal) / sizeof(*personal); k++)
			ours = ours || str_eq(e.p[i].kind, str_of(personal[k][1]));
		json_each(w, json_get(line, STR("entities")))
			right = right ||
				(our_kind(json_str(json_get(w, STR("type")), STR(""))) &&
					str_eq(e.p[i].text,
						json_str(json_get(w, STR("value")),
							STR(""))));
		c->given += ours;
		c->false_ones += ours && !right;
		if (show && ours && !right)
			printf("  false %.*s %.*s\n", STR_ARG(e.p[i].kind),
				STR_ARG(e.p[i].text));
	}
}

static void
personal_data(struct bars *b)
{
	struct entity_finder *f = NULL;
	struct arena a, one;
	struct str text, line;
	struct found_counts c = {0};
	if (entity_finder_new(NULL, &f, NULL))
		return;
	arena_init(&a, 0);
	arena_init(&one, 0);
	if (bars_file(b, &a, "personal data", "presidio_synth/test.jsonl", &text)) {
		while (str_split(&text, '\n', &line)) {
			struct json *j;
			arena_clear(&one);
			if (line.n && json_parse(&one, line, &j, NULL) == OK)
				personal_line(f, &one, j, &c);
		}
		bars_row(b, "personal data", "spans found",
			(double)c.found / (double)c.wanted, .85, true, "");
		bars_row(b, "personal data", "false spans",
			(double)c.false_ones / (double)c.given, .05, false, "");
	}
	arena_fini(&one);
	arena_fini(&a);
	entity_finder_free(&f);
}

void
bars_risk(struct bars *b)
{
	attacks(b);
	personal_data(b);
}
