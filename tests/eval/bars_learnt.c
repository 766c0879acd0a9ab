/* Entities learnt from annotated examples: two annotated sets, five folds. Sentences that
 * differ only in their entities stay in one fold: a template is never seen before. */
#include "bars.h"

#include "base/hash.h"
#include "text/evaluate.h"
#include "text/tagger_train.h"

#include <stdio.h>
#include <stdlib.h>

#define FOLDS 5

struct learnt {
	struct arena a;
	struct train_row *rows;
	uint8_t *fold;
	size_t n;
};

static size_t
byte_at(struct str s, int64_t point)
{
	size_t at = 0;
	for (; at < s.n && point > 0; point--)
		do
			at++;
		while (at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80);
	return at;
}

static int
mention_order(const void *a, const void *b)
{
	const struct train_mention *x = a, *y = b;
	return (x->start > y->start) - (x->start < y->start);
}

static void
learnt_row(struct learnt *l, const struct json *v)
{
	struct str text = json_str(json_get(v, STR("text")), STR(""));
	struct train_mention *m = ARENA_ARRAY(&l->a, struct train_mention, 64);
	size_t n = 0, at = 0;
	json_each(e, json_get(v, STR("entities"))) {
		if (n == 64)
			break;
		m[n++] = (struct train_mention){
			(uint32_t)byte_at(text, json_int(json_get(e, STR("start")), 0)),
			(uint32_t)byte_at(text, json_int(json_get(e, STR("end")), 0)),
			json_str(json_get(e, STR("type")), STR("")), STR("")};
	}
	qsort(m, n, sizeof(*m), mention_order);
	uint64_t h = FNV64_START;
	for (size_t i = 0; i < n; i++) {
		h = fnv64(h, text.p + at, m[i].start - at);
		h = fnv64(h, m[i].kind.p, m[i].kind.n);
		at = m[i].end;
	}
	h = fnv64(h, text.p + at, text.n - at);
	l->fold[l->n] = (uint8_t)((h ^ h >> 32) % FOLDS);
	l->rows[l->n++] = (struct train_row){STR("x"), text, m, n};
}

static void
learnt_fold(const struct learnt *l, int fold, struct evaluation *v, double *seconds)
{
	struct train_row *rows = malloc((l->n + 1) * sizeof(*rows));
	struct tagger *tagger = NULL;
	struct buf b;
	size_t n = 0;
	buf_init(&b, 64u << 20);
	for (size_t i = 0; i < l->n; i++)
		if (l->fold[i] != fold)
			rows[n++] = l->rows[i];
	if (tagger_train(rows, n, 1, &b, NULL) || tagger_open(buf_str(&b), &tagger, NULL))
		abort();
	struct arena scratch;
	arena_init(&scratch, 65536);
	double start = bars_cpu_seconds();
	for (size_t i = 0; i < l->n; i++) {
		if (l->fold[i] != fold)
			continue;
		arena_clear(&scratch);
		evaluation_entities(v, tagger, &scratch, &l->rows[i]);
	}
	*seconds += bars_cpu_seconds() - start;
	arena_fini(&scratch);
	tagger_close(&tagger);
	buf_fini(&b);
	free(rows);
}

static void
learnt(struct bars *b, const char *what, const char *file)
{
	struct learnt l = {0};
	struct str text, line;
	arena_init(&l.a, 0);
	if (bars_file(b, &l.a, what, file, &text)) {
		size_t most = 1;
		for (size_t i = 0; i < text.n; i++)
			most += text.p[i] == '\n';
		l.rows = ARENA_ARRAY(&l.a, struct train_row, most);
		l.fold = ARENA_ARRAY(&l.a, uint8_t, most);
		while (str_split(&text, '\n', &line)) {
			struct json *v;
			if (line.n && json_parse(&l.a, line, &v, NULL) == OK)
				learnt_row(&l, v);
		}
		struct evaluation v;
		double reading = 0, start = bars_cpu_seconds();
		evaluation_init(&v, &l.a);
		for (int fold = 0; fold < FOLDS; fold++)
			learnt_fold(&l, fold, &v, &reading);
		double all = bars_cpu_seconds() - start;
		bars_plain(
			what, "F1, exact spans, new sentences", evaluation_entity_f1(&v));
		bars_plain(what, "precision",
			v.tags ? (double)v.tags_right / (double)v.tags : 0);
		bars_plain(what, "CPU us a message", reading * 1e6 / (double)l.n);
		bars_plain(what, "seconds of training a fold", (all - reading) / FOLDS);
	}
	arena_fini(&l.a);
}

void
bars_learnt(struct bars *b)
{
	learnt(b, "learnt entities, support", "bitext/entities.train.jsonl");
	learnt(b, "learnt entities, personal", "presidio_synth/test.jsonl");
}
