#include "text/train.h"

#include "base/hash.h"
#include "base/limits.h"
#include "text/calibrate.h"
#include "text/model_format.h"
#include "text/svm.h"
#include "text/tagger_train.h"
#include "text/train_second.h"

#include <math.h>

#define FOLDS 5
#define ALL_FOLDS_ROWS \
	4000    /* up to here every row is held out once; beyond, one fold in FOLDS is \
		enough */
#define COSTS 4 /* that are tried when none is given */
#define CHOOSING_ROWS 5000 /* are enough to choose by */
#define KEEP .985
#define LEAD_KEEP .97  /* the same for what looks out of scope outright */
#define SECOND_MIX .5f /* share of the second model's probabilities */

struct training {
	const struct train_options *o;
	struct train_data *d;
	double cost;         /* 0: not chosen yet */
	size_t thin;         /* while it is chosen every so-manieth row is learnt from */
	uint8_t *held;       /* fold of each row */
	uint8_t folds;       /* that are really held out */
	struct held_out out; /* margins of the held-out rows */
	size_t *place;       /* of each row in `out` */
	float *weight;       /* [features][lanes] */
	float *bias;         /* [lanes] */
	size_t lanes;
	struct second second;       /* when it is asked for */
	struct held_out second_out; /* its margins of the held-out rows; labels are
				       borrowed from `out` */
	double temperature, second_temperature, threshold, oos_lead;
	double work, done; /* for progress: classes to solve and solved */
	bool stopped;
};

static void
training_progress(struct training *t, const char *stage)
{
	if (t->o->progress &&
		!t->o->progress(t->o->with, stage, t->work > 0 ? t->done / t->work : 1))
		t->stopped = true;
}

/* Each class is dealt out evenly over the folds, in an order that the seed decides. */
static void
training_deal(struct training *t)
{
	const struct train_data *d = t->d;
	uint32_t *order = mem_alloc(d->rows * sizeof(*order));
	size_t *next = mem_zalloc(d->class_count * sizeof(*next));
	uint64_t random = t->o->seed * UINT64_C(0x9e3779b97f4a7c15) + 77;
	for (size_t i = 0; i < d->rows; i++)
		order[i] = (uint32_t)i;
	train_shuffle(order, d->rows, &random);
	t->held = mem_alloc(d->rows);
	t->place = mem_alloc(d->rows * sizeof(*t->place));
	t->folds = d->rows <= ALL_FOLDS_ROWS ? FOLDS : 1;
	t->out = (struct held_out){.classes = d->class_count, .oos = d->oos};
	for (size_t i = 0; i < d->rows; i++)
		t->held[order[i]] = (uint8_t)(next[d->label[order[i]]]++ % FOLDS);
	for (size_t i = 0; i < d->rows; i++)
		if (t->held[i] < t->folds)
			t->place[i] = t->out.rows++;
	t->out.margin =
		mem_alloc((t->out.rows * t->out.classes + 1) * sizeof(*t->out.margin));
	t->out.label = mem_alloc((t->out.rows + 1) * sizeof(*t->out.label));
	for (size_t i = 0; i < d->rows; i++)
		if (t->held[i] < t->folds)
			t->out.label[t->place[i]] = d->label[i];
	free(order);
	free(next);
}

/* Margins of a fold's rows by what was learnt from the others. */
static void
training_hold_out(struct training *t, struct svm *svm, uint8_t fold, double *w)
{
	const struct train_data *d = t->d;
	svm_rows(svm, t->held, fold);
	svm_thin(svm, t->thin);
	for (uint32_t c = 0; c < d->class_count && !t->stopped; c++) {
		svm_solve(svm, c, t->cost, t->o->seed, w);
		for (size_t i = 0; i < d->rows; i++)
			if (t->held[i] == fold)
				t->out.margin[t->place[i] * t->out.classes + c] =
					(float)svm_margin(d, i, w);
		t->done++;
		training_progress(t, "calibration");
	}
}

static void
training_hold_out_all(struct training *t, struct svm *svm, double *w)
{
	for (uint8_t fold = 0; fold < t->folds && !t->stopped; fold++)
		training_hold_out(t, svm, fold, w);
}

/* The cost under which the held-out rows' labels are likeliest; their margins under it
 * remain. Labels that people agree on want a large one, noisy ones a small one, and the
 * likelihood has one peak between them. */
static void
training_choose_cost(struct training *t, struct svm *svm, double *w)
{
	static const double costs[COSTS] = {2, 1, .5, .25};
	size_t size = (t->out.rows * t->out.classes + 1) * sizeof(float);
	float *best = mem_zalloc(size);
	double least = INFINITY;
	for (int i = 0; i < COSTS; i++) {
		double cost_before = t->cost;
		t->cost = costs[i];
		training_hold_out_all(t, svm, w);
		if (t->stopped)
			break;
		double loss = calibrate_loss(&t->out, calibrate_temperature(&t->out));
		if (i > 0 && loss >= least) {
			t->cost = cost_before;
			t->done += (COSTS - 1 - i) * t->folds * (double)t->d->class_count;
			break;
		}
		least = loss;
		float *swap = best;
		best = t->out.margin;
		t->out.margin = swap;
	}
	free(t->out.margin);
	t->out.margin = best;
	if (t->thin > 1) {
		t->thin = 1;
		training_hold_out_all(t, svm, w);
	}
}

static void
training_fit(struct training *t, struct svm *svm, double *w)
{
	const struct train_data *d = t->d;
	svm_rows(svm, NULL, 0);
	for (uint32_t c = 0; c < d->class_count && !t->stopped; c++) {
		svm_solve(svm, c, t->cost, t->o->seed, w);
		for (size_t f = 0; f < d->features; f++)
			t->weight[f * t->lanes + c] = (float)w[f];
		t->bias[c] = (float)w[d->features];
		t->done++;
		training_progress(t, "training");
	}
}

static bool
second_progress(void *with, double share)
{
	struct training *t = with;
	if (t->o->progress && !t->o->progress(t->o->with, "second", share))
		t->stopped = true;
	return !t->stopped;
}

/* The second model learns what the linear one does: without each fold, and at last with
 * all rows. */
static void
training_second(struct training *t, struct svm *svm)
{
	const struct train_data *d = t->d;
	second_init(&t->second, d, t->lanes);
	t->second_out = t->out;
	t->second_out.margin =
		mem_alloc((t->out.rows * t->out.classes + 1) * sizeof(float));
	for (uint8_t fold = 0; fold < t->folds && !t->stopped; fold++) {
		svm_rows(svm, t->held, fold);
		second_fit(&t->second, svm->rows, svm->count, t->o->seed, second_progress,
			t);
		for (size_t i = 0; i < d->rows; i++)
			if (t->held[i] == fold)
				second_margins(&t->second, i,
					t->second_out.margin +
						t->place[i] * t->out.classes);
	}
	svm_rows(svm, NULL, 0);
	if (!t->stopped)
		second_fit(&t->second, svm->rows, svm->count, t->o->seed, second_progress,
			t);
}

static void
training_calibrate(struct training *t)
{
	size_t classes = t->out.classes;
	float *p = mem_alloc((t->out.rows * classes + 1) * sizeof(*p));
	float *second = mem_alloc(classes * sizeof(*second));
	t->temperature = calibrate_temperature(&t->out);
	t->second_temperature =
		t->second.embed ? calibrate_temperature(&t->second_out) : 1;
	for (size_t i = 0; i < t->out.rows; i++) {
		calibrate_softmax(t->out.margin + i * classes, classes, t->temperature,
			p + i * classes);
		if (!t->second.embed)
			continue;
		calibrate_softmax(t->second_out.margin + i * classes, classes,
			t->second_temperature, second);
		for (size_t c = 0; c < classes; c++)
			p[i * classes + c] = p[i * classes + c] * (1 - SECOND_MIX) +
				second[c] * SECOND_MIX;
	}
	free(second);
	t->threshold =
		calibrate_threshold(&t->out, p, t->o->keep > 0 ? t->o->keep : KEEP);
	t->oos_lead = calibrate_oos_lead(&t->out, p, LEAD_KEEP);
	free(p);
}

/* The file while it is put together. */
struct writer {
	struct buf *out;
	struct model_header h;
	float most_scale; /* of all rows: what an accumulator's unit must hold */
};

static void
writer_section(struct writer *w, enum model_section_id id, const void *p, size_t n)
{
	static const char zeros[MODEL_ALIGN];
	size_t over = w->out->n % MODEL_ALIGN;
	if (over)
		buf_add(w->out, zeros, MODEL_ALIGN - over);
	w->h.section[id] = (struct model_section){w->out->n, n};
	buf_add(w->out, p, n);
}

static void
writer_names(struct writer *w, const struct train_data *d)
{
	struct buf names;
	buf_init(&names, MODEL_BYTES_MAX);
	for (size_t c = 0; c < d->class_count; c++) {
		buf_add_str(&names, d->classes[c]);
		buf_add_char(&names, '\0');
	}
	writer_section(w, SECTION_NAMES, names.p, names.n);
	buf_fini(&names);
}

/* Rows of floats to bytes with a scale each: the largest of a row becomes 127. */
static float
rows_quantise(const float *row, size_t count, size_t width, float *scale, int8_t *out)
{
	float most_scale = 0;
	for (size_t i = 0; i < count; i++) {
		float most = 0;
		for (size_t c = 0; c < width; c++)
			most = fmaxf(most, fabsf(row[i * width + c]));
		scale[i] = most / 127;
		most_scale = fmaxf(most_scale, scale[i]);
		for (size_t c = 0; c < width; c++)
			out[i * width + c] = most > 0
				? (int8_t)lrintf(row[i * width + c] / scale[i])
				: 0;
	}
	return most_scale;
}

static void
writer_linear(struct writer *w, const struct training *t)
{
	const struct train_data *d = t->d;
	float *scale = mem_zalloc((d->features + 1) * sizeof(*scale));
	int8_t *rows = mem_zalloc(d->features * t->lanes + 1);
	float most = rows_quantise(t->weight, d->features, t->lanes, scale, rows);
	w->most_scale = fmaxf(w->most_scale, most);
	writer_section(w, SECTION_INDEX, d->index,
		(((size_t)1 << d->index_bits) + 1) * sizeof(*d->index));
	writer_section(w, SECTION_KEYS, d->keys, d->features * sizeof(*d->keys));
	writer_section(w, SECTION_IDF, d->idf, d->features * sizeof(*d->idf));
	writer_section(w, SECTION_SCALE, scale, d->features * sizeof(*scale));
	writer_section(w, SECTION_ROWS, rows, d->features * t->lanes);
	writer_section(w, SECTION_BIAS, t->bias, t->lanes * sizeof(*t->bias));
	free(scale);
	free(rows);
}

static void
writer_second(struct writer *w, const struct training *t)
{
	const struct second *s = &t->second;
	size_t features = t->d->features;
	float *scale = mem_zalloc((features + 1) * sizeof(*scale));
	int8_t *rows = mem_zalloc(features * SECOND_HIDDEN + 1);
	float most = rows_quantise(s->embed, features, SECOND_HIDDEN, scale, rows);
	w->most_scale = fmaxf(w->most_scale, most);
	w->h.hidden = SECOND_HIDDEN;
	w->h.mix = SECOND_MIX;
	writer_section(w, SECTION_EMBED_SCALE, scale, features * sizeof(*scale));
	writer_section(w, SECTION_EMBED, rows, features * SECOND_HIDDEN);
	writer_section(
		w, SECTION_HIDDEN_BIAS, s->hidden_bias, SECOND_HIDDEN * sizeof(float));
	writer_section(
		w, SECTION_OUTPUT, s->output, SECOND_HIDDEN * t->lanes * sizeof(float));
	writer_section(w, SECTION_OUTPUT_BIAS, s->output_bias, t->lanes * sizeof(float));
	free(scale);
	free(rows);
}

/* Copied in as one section: its own places are relative to its start. */
static enum err
writer_tagger(struct writer *w, const struct train_row *rows, size_t count, uint64_t seed,
	struct error *e)
{
	struct buf tagger;
	buf_init(&tagger, MODEL_BYTES_MAX);
	enum err err = tagger_train(rows, count, seed, &tagger, e);
	if (!err && tagger.n)
		writer_section(w, SECTION_TAGGER, tagger.p, tagger.n);
	buf_fini(&tagger);
	return err;
}

static enum err
training_write(struct training *t, const struct train_row *rows, size_t count,
	struct buf *out, struct error *e)
{
	static const struct model_header blank;
	const struct train_data *d = t->d;
	struct writer w = {.out = out,
		.h = {
			.magic = MODEL_MAGIC,
			.version = MODEL_VERSION,
			.header_size = sizeof(w.h),
			.classes = (uint32_t)d->class_count,
			.lanes = (uint32_t)t->lanes,
			.features = (uint32_t)d->features,
			.index_bits = d->index_bits,
			.oos = d->oos,
			.pairs = d->space.pairs,
			.temperature = (float)t->temperature,
			.threshold = (float)t->threshold,
			.oos_lead = (float)t->oos_lead,
			.second_temperature = (float)t->second_temperature,
		}};
	memcpy(w.h.block_weight, d->space.block_weight, sizeof(d->space.block_weight));
	buf_add(out, &blank, sizeof(blank));
	writer_names(&w, d);
	writer_linear(&w, t);
	if (t->second.embed)
		writer_second(&w, t);
	enum err err = writer_tagger(&w, rows, count, t->o->seed, e);
	if (err)
		return err;
	w.h.unit = w.most_scale > 0 ? INT16_MAX / w.most_scale : 1;
	w.h.file_size = out->n;
	if (buf_over(out))
		return err_set(e, ERR_LIMIT, "the model is over %zu bytes", out->max);
	memcpy(out->p, &w.h, sizeof(w.h));
	return OK;
}

static void
training_seal(struct buf *out, uint64_t source_hash)
{
	struct model_header *h = (void *)out->p;
	h->source_hash = source_hash;
	h->checksum = model_checksum(out->p + 32, out->n - 32);
}

static void
training_run(struct training *t)
{
	struct svm svm;
	svm_init(&svm, t->d);
	double *w = mem_alloc((t->d->features + 1) * sizeof(*w));
	training_deal(t);
	bool chosen = t->cost > 0;
	t->thin = chosen ? 1 : t->d->rows / CHOOSING_ROWS + 1;
	t->work = (double)t->d->class_count *
		(t->folds * (chosen ? 1 : COSTS + (t->thin > 1)) + 1);
	if (chosen)
		training_hold_out_all(t, &svm, w);
	else
		training_choose_cost(t, &svm, w);
	training_fit(t, &svm, w);
	if (t->o->second_model && !t->stopped)
		training_second(t, &svm);
	if (!t->stopped)
		training_calibrate(t);
	free(w);
	svm_fini(&svm);
}

static void
training_fini(struct training *t)
{
	free(t->held);
	free(t->place);
	free(t->out.margin);
	free(t->second_out.margin);
	second_fini(&t->second);
	free(t->out.label);
	free(t->weight);
	free(t->bias);
	train_data_free(&t->d);
}

enum err
train_model(const struct train_row *rows, size_t count, const struct train_options *o,
	struct buf *out, struct error *e)
{
	struct training t = {.o = o};
	enum err err = train_data_new(rows, count, o, &t.d, e);
	if (err)
		return err;
	t.lanes = (t.d->class_count + MODEL_LANES - 1) / MODEL_LANES * MODEL_LANES;
	if (t.d->features * t.lanes > MODEL_BYTES_MAX) {
		err = err_set(e, ERR_LIMIT,
			"a model of %zu features and %zu intents is over %u bytes",
			t.d->features, t.d->class_count, MODEL_BYTES_MAX);
		goto out;
	}
	t.cost = o->cost;
	t.weight = mem_zalloc((t.d->features * t.lanes + 1) * sizeof(*t.weight));
	t.bias = mem_zalloc(t.lanes * sizeof(*t.bias));
	training_run(&t);
	if (t.stopped) {
		err = err_set(e, ERR_CANCELED, "training was stopped");
		goto out;
	}
	err = training_write(&t, rows, count, out, e);
	if (!err)
		training_seal(out, train_source_hash(rows, count, o));
out:
	training_fini(&t);
	return err;
}

static uint64_t
mention_hash(uint64_t h, const struct train_mention *m)
{
	const uint32_t span[2] = {m->start, m->end};
	h = fnv64(h, span, sizeof(span));
	h = fnv64(h, m->kind.p, m->kind.n);
	h = fnv64(h, "\t", 1);
	h = fnv64(h, m->role.p, m->role.n);
	return fnv64(h, "\n", 1);
}

uint64_t
train_source_hash(
	const struct train_row *rows, size_t count, const struct train_options *o)
{
	const uint32_t learning = TRAIN_LEARNING;
	uint64_t h = fnv64(FNV64_START, &learning, sizeof(learning));
	h = fnv64(h, &o->seed, sizeof(o->seed));
	char second = o->second_model;
	h = fnv64(h, &second, 1);
	for (size_t i = 0; i < count; i++) {
		h = fnv64(h, rows[i].label.p, rows[i].label.n);
		h = fnv64(h, "\t", 1);
		h = fnv64(h, rows[i].text.p, rows[i].text.n);
		h = fnv64(h, "\n", 1);
		for (size_t k = 0; k < rows[i].mention_count; k++)
			h = mention_hash(h, &rows[i].mentions[k]);
	}
	return h;
}
