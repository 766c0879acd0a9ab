#include "text/evaluate.h"

#include <math.h>
#include <time.h>

#define BINS 15

struct class_count {
	struct str name;
	size_t wanted, got, right;
};

void
evaluation_init(struct evaluation *v, struct arena *a)
{
	*v = (struct evaluation){.a = a};
}

static struct class_count *
evaluation_class(struct evaluation *v, struct str name)
{
	for (size_t i = 0; i < v->class_count; i++)
		if (str_eq(v->classes[i].name, name))
			return &v->classes[i];
	if ((v->class_count & (v->class_count - 1)) == 0) {
		struct class_count *more = ARENA_ARRAY(v->a, struct class_count,
			v->class_count ? v->class_count * 2 : 1);
		if (v->class_count)
			memcpy(more, v->classes, v->class_count * sizeof(*more));
		v->classes = more;
	}
	v->classes[v->class_count] = (struct class_count){.name = arena_str(v->a, name)};
	return &v->classes[v->class_count++];
}

static void
evaluation_confuse(
	struct evaluation *v, struct str wanted, struct str got, struct str text)
{
	struct confusion *c = NULL;
	for (size_t i = 0; i < v->confusion_count && !c; i++)
		if (str_eq(v->confusions[i].wanted, wanted) &&
			str_eq(v->confusions[i].got, got))
			c = &v->confusions[i];
	if (!c) {
		if (v->confusion_count == v->confusion_cap) {
			v->confusion_cap = v->confusion_cap ? v->confusion_cap * 2 : 64;
			struct confusion *more =
				ARENA_ARRAY(v->a, struct confusion, v->confusion_cap);
			if (v->confusion_count)
				memcpy(more, v->confusions,
					v->confusion_count * sizeof(*more));
			v->confusions = more;
		}
		c = &v->confusions[v->confusion_count++];
		*c = (struct confusion){.wanted = wanted, .got = arena_str(v->a, got)};
	}
	if (c->count < EVALUATE_EXAMPLES)
		c->example[c->count] = text;
	c->count++;
}

static void
evaluation_row(struct evaluation *v, const struct model *m, const struct train_row *row,
	const struct prediction *p)
{
	v->n++;
	v->rejected += p->out_of_scope;
	if (str_eq(row->label, STR("oos"))) {
		v->oos++;
		v->oos_rejected += p->out_of_scope;
		return;
	}
	struct str got = model_class(m, p->best);
	bool right = str_eq(got, row->label);
	v->in_scope++;
	v->right += right;
	v->right_kept += right && !p->out_of_scope;
	double confidence = (double)p->p[p->best];
	size_t bin = (size_t)fmin(confidence * BINS, BINS - 1);
	v->bin[bin].confidence += confidence;
	v->bin[bin].rows++;
	v->bin[bin].right += right;
	evaluation_class(v, got)->got++;
	struct class_count *c = evaluation_class(v, row->label);
	c->wanted++;
	c->right += right;
	if (!right)
		evaluation_confuse(v, row->label, got, row->text);
}

static const struct train_mention *
mention_at(const struct train_row *row, struct str kind, size_t start, size_t end)
{
	for (size_t i = 0; i < row->mention_count; i++) {
		const struct train_mention *m = &row->mentions[i];
		if (m->start == start && m->end == end && str_eq(m->kind, kind))
			return m;
	}
	return NULL;
}

void
evaluation_entities(struct evaluation *v, const struct tagger *tagger,
	struct arena *scratch, const struct train_row *row)
{
	struct tokens t;
	struct tag *tags;
	v->mentions += row->mention_count;
	if (!tagger)
		return;
	tokens_read(scratch, row->text, &t);
	size_t n = tagger_read(tagger, scratch, &t, &tags);
	v->tags += n;
	for (size_t i = 0; i < n; i++) {
		const struct train_mention *m = mention_at(row, tags[i].kind,
			t.p[tags[i].first].start, t.p[tags[i].last].end);
		v->tags_right += m != NULL;
		v->roles_right += m && str_eq(m->role, tags[i].role);
	}
}

static double
cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void
evaluation_add(struct evaluation *v, const struct model *m, const struct train_row *rows,
	size_t count)
{
	struct arena scratch;
	arena_init(&scratch, 65536);
	for (size_t i = 0; i < count; i++) {
		struct prediction p;
		arena_clear(&scratch);
		model_predict(m, &scratch, rows[i].text, &p);
		evaluation_row(v, m, &rows[i], &p);
		evaluation_entities(v, model_tagger(m), &scratch, &rows[i]);
	}
	double start = cpu_seconds();
	for (size_t i = 0; i < count; i++) {
		struct prediction p;
		arena_clear(&scratch);
		model_predict(m, &scratch, rows[i].text, &p);
	}
	v->seconds += cpu_seconds() - start;
	arena_fini(&scratch);
}

static double
share(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

double
evaluation_entity_f1(const struct evaluation *v)
{
	return v->mentions ? share(2 * v->tags_right, v->mentions + v->tags) : -1;
}

double
evaluation_accuracy(const struct evaluation *v)
{
	return share(v->right, v->in_scope);
}

double
evaluation_in_scope_accuracy(const struct evaluation *v)
{
	return share(v->right_kept, v->in_scope);
}

double
evaluation_macro_f1(const struct evaluation *v)
{
	double sum = 0;
	size_t wanted = 0;
	for (size_t i = 0; i < v->class_count; i++) {
		const struct class_count *c = &v->classes[i];
		if (!c->wanted)
			continue;
		wanted++;
		sum += 2 * (double)c->right / (double)(c->wanted + c->got);
	}
	return wanted ? sum / (double)wanted : 0;
}

double
evaluation_oos_recall(const struct evaluation *v)
{
	return v->oos ? share(v->oos_rejected, v->oos) : -1;
}

double
evaluation_oos_precision(const struct evaluation *v)
{
	return v->oos ? share(v->oos_rejected, v->rejected) : -1;
}

double
evaluation_ece(const struct evaluation *v)
{
	double error = 0;
	for (int b = 0; b < BINS; b++)
		error += fabs(v->bin[b].confidence - (double)v->bin[b].right);
	return v->in_scope ? error / (double)v->in_scope : 0;
}

double
evaluation_us(const struct evaluation *v)
{
	return v->n ? v->seconds * 1e6 / (double)v->n : 0;
}

static int
confusion_order(const void *a, const void *b)
{
	const struct confusion *x = a, *y = b;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	int order = str_cmp(x->wanted, y->wanted);
	return order ? order : str_cmp(x->got, y->got);
}

void
evaluation_sort(struct evaluation *v)
{
	if (v->confusion_count)
		qsort(v->confusions, v->confusion_count, sizeof(*v->confusions),
			confusion_order);
}
