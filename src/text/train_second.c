#include "text/train_second.h"

#include "base/arena.h"
#include "text/calibrate.h"

#include <math.h>

#define HIDDEN SECOND_HIDDEN
#define FEATURE_DROP .6
#define HIDDEN_DROP .3
#define SMOOTHING .1f
#define RATE .025f
#define TINY 1e-6f
/* Of the embeddings at the start. With .5 what is not learnt yet drowns what is. */
#define START_WIDTH .1f

/* What a training run needs beside the parameters: sums of squared gradients, and one
 * row's activations. */
struct run {
	struct second *s;
	float *embed_sum, *hidden_bias_sum, *output_sum, *output_bias_sum;
	float hidden[HIDDEN], hidden_grad[HIDDEN];
	float *logit, *grad;     /* [lanes] */
	struct train_item *kept; /* features of the row that were not dropped */
	size_t kept_n;
	uint64_t random;
};

void
second_init(struct second *s, const struct train_data *d, size_t lanes)
{
	*s = (struct second){.d = d, .lanes = lanes};
	s->embed = mem_zalloc((d->features * HIDDEN + 1) * sizeof(float));
	s->hidden_bias = mem_zalloc(HIDDEN * sizeof(float));
	s->output = mem_zalloc(HIDDEN * lanes * sizeof(float));
	s->output_bias = mem_zalloc(lanes * sizeof(float));
}

void
second_fini(struct second *s)
{
	free(s->embed);
	free(s->hidden_bias);
	free(s->output);
	free(s->output_bias);
	*s = (struct second){0};
}

/* Uniform in -1 … 1. */
static float
random_unit(uint64_t *state)
{
	return (float)(train_random(state) >> 40) / (float)(1 << 23) - 1;
}

static bool
random_below(uint64_t *state, double share)
{
	return (double)(train_random(state) >> 11) < share * 9007199254740992.0;
}

static void
second_start(struct second *s, uint64_t *random)
{
	float width = sqrtf(6 / (float)(HIDDEN + s->d->class_count));
	for (size_t i = 0; i < s->d->features * HIDDEN; i++)
		s->embed[i] = random_unit(random) * START_WIDTH;
	for (size_t i = 0; i < HIDDEN * s->lanes; i++)
		s->output[i] = i % s->lanes < s->d->class_count
			? random_unit(random) * width
			: 0;
	memset(s->hidden_bias, 0, HIDDEN * sizeof(float));
	memset(s->output_bias, 0, s->lanes * sizeof(float));
}

/* One Adagrad step over n parameters. */
static void
adagrad(float *restrict p, float *restrict sum, const float *restrict grad, float scale,
	size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float g = grad[i] * scale;
		sum[i] += g * g;
		p[i] -= RATE * g / (sqrtf(sum[i]) + TINY);
	}
}

static void
add_scaled(float *restrict to, const float *restrict from, float scale, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += from[i] * scale;
}

/* Of `n` numbers, a multiple of 8, each; in eight sums, which one instruction adds to. */
static float
inner_product(const float *restrict a, const float *restrict b, size_t n)
{
	float sum[8] = {0};
	for (size_t i = 0; i < n; i += 8)
		for (size_t k = 0; k < 8; k++)
			sum[k] += a[i + k] * b[i + k];
	return ((sum[0] + sum[1]) + (sum[2] + sum[3])) +
		((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static void
run_drop_features(struct run *r, size_t row)
{
	const struct train_data *d = r->s->d;
	r->kept_n = 0;
	for (size_t k = d->from[row]; k < d->from[row + 1]; k++) {
		if (random_below(&r->random, FEATURE_DROP))
			continue;
		r->kept[r->kept_n] = d->item[k];
		r->kept[r->kept_n++].value /= 1 - (float)FEATURE_DROP;
	}
}

static void
run_forward(struct run *r)
{
	const struct second *s = r->s;
	memcpy(r->hidden, s->hidden_bias, sizeof(r->hidden));
	for (size_t i = 0; i < r->kept_n; i++)
		add_scaled(r->hidden, s->embed + (size_t)r->kept[i].row * HIDDEN,
			r->kept[i].value, HIDDEN);
	memcpy(r->logit, s->output_bias, s->lanes * sizeof(float));
	for (size_t k = 0; k < HIDDEN; k++) {
		if (r->hidden[k] <= 0 || random_below(&r->random, HIDDEN_DROP)) {
			r->hidden[k] = 0;
			continue;
		}
		r->hidden[k] /= 1 - (float)HIDDEN_DROP;
		add_scaled(r->logit, s->output + k * s->lanes, r->hidden[k], s->lanes);
	}
}

/* The gradient of the smoothed cross entropy with respect to the logits. */
static void
run_loss(struct run *r, uint32_t label)
{
	size_t classes = r->s->d->class_count;
	calibrate_softmax(r->logit, classes, 1, r->grad);
	for (size_t c = 0; c < classes; c++)
		r->grad[c] -= SMOOTHING / (float)classes;
	r->grad[label] -= 1 - SMOOTHING;
	for (size_t c = classes; c < r->s->lanes; c++)
		r->grad[c] = 0;
}

static void
run_backward(struct run *r)
{
	struct second *s = r->s;
	for (size_t k = 0; k < HIDDEN; k++) {
		r->hidden_grad[k] = 0;
		if (r->hidden[k] <= 0)
			continue;
		float *w = s->output + k * s->lanes;
		r->hidden_grad[k] =
			inner_product(w, r->grad, s->lanes) / (1 - (float)HIDDEN_DROP);
		adagrad(w, r->output_sum + k * s->lanes, r->grad, r->hidden[k], s->lanes);
	}
	adagrad(s->output_bias, r->output_bias_sum, r->grad, 1, s->lanes);
	adagrad(s->hidden_bias, r->hidden_bias_sum, r->hidden_grad, 1, HIDDEN);
	for (size_t i = 0; i < r->kept_n; i++) {
		size_t at = (size_t)r->kept[i].row * HIDDEN;
		adagrad(s->embed + at, r->embed_sum + at, r->hidden_grad,
			r->kept[i].value, HIDDEN);
	}
}

static void
run_epoch(struct run *r, uint32_t *order, size_t count)
{
	train_shuffle(order, count, &r->random);
	for (size_t i = 0; i < count; i++) {
		run_drop_features(r, order[i]);
		run_forward(r);
		run_loss(r, r->s->d->label[order[i]]);
		run_backward(r);
	}
}

bool
second_fit(struct second *s, const uint32_t *rows, size_t count, uint64_t seed,
	bool (*progress)(void *with, double share), void *with)
{
	struct run r = {.s = s, .random = seed * UINT64_C(0x9e3779b97f4a7c15) + 4711};
	size_t longest = 0;
	for (size_t i = 0; i < s->d->rows; i++)
		longest = s->d->from[i + 1] - s->d->from[i] > longest
			? s->d->from[i + 1] - s->d->from[i]
			: longest;
	r.embed_sum = mem_zalloc((s->d->features * HIDDEN + 1) * sizeof(float));
	r.hidden_bias_sum = mem_zalloc(HIDDEN * sizeof(float));
	r.output_sum = mem_zalloc(HIDDEN * s->lanes * sizeof(float));
	r.output_bias_sum = mem_zalloc(s->lanes * sizeof(float));
	r.logit = mem_zalloc(s->lanes * sizeof(float));
	r.grad = mem_zalloc(s->lanes * sizeof(float));
	r.kept = mem_alloc((longest + 1) * sizeof(*r.kept));
	uint32_t *order = mem_alloc((count + 1) * sizeof(*order));
	memcpy(order, rows, count * sizeof(*order));
	second_start(s, &r.random);
	bool going = true;
	for (int epoch = 0; epoch < SECOND_EPOCHS && going; epoch++) {
		run_epoch(&r, order, count);
		going = !progress || progress(with, (double)(epoch + 1) / SECOND_EPOCHS);
	}
	free(order);
	free(r.kept);
	free(r.grad);
	free(r.logit);
	free(r.output_bias_sum);
	free(r.output_sum);
	free(r.hidden_bias_sum);
	free(r.embed_sum);
	return going;
}

void
second_margins(const struct second *s, size_t row, float *margin)
{
	const struct train_data *d = s->d;
	float hidden[HIDDEN];
	memcpy(hidden, s->hidden_bias, sizeof(hidden));
	for (size_t k = d->from[row]; k < d->from[row + 1]; k++)
		add_scaled(hidden, s->embed + (size_t)d->item[k].row * HIDDEN,
			d->item[k].value, HIDDEN);
	memcpy(margin, s->output_bias, d->class_count * sizeof(float));
	for (size_t k = 0; k < HIDDEN; k++)
		if (hidden[k] > 0)
			add_scaled(margin, s->output + k * s->lanes, hidden[k],
				d->class_count);
}
