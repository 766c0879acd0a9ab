#include "cmd/evaluation_print.h"

#include "base/json.h"

#define PAIRS_SHOWN 20

static void
key_or_null(struct jsonw *w, const char *key, double value)
{
	if (value >= 0) {
		jsonw_kdouble(w, key, value);
		return;
	}
	jsonw_key(w, str_of(key));
	jsonw_null(w);
}

static void
print_json(const struct evaluation *v, const struct evaluation_facts *facts)
{
	struct buf b;
	struct jsonw w;
	buf_init(&b, 65536);
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_kdouble(&w, "accuracy", evaluation_accuracy(v));
	jsonw_kdouble(&w, "macro_f1", evaluation_macro_f1(v));
	jsonw_kdouble(&w, "in_scope_accuracy", evaluation_in_scope_accuracy(v));
	key_or_null(&w, "oos_recall", evaluation_oos_recall(v));
	key_or_null(&w, "oos_precision", evaluation_oos_precision(v));
	jsonw_kdouble(&w, "ece", evaluation_ece(v));
	if (v->mentions)
		jsonw_kdouble(&w, "entity_f1", evaluation_entity_f1(v));
	jsonw_kdouble(&w, "us_per_message", evaluation_us(v));
	jsonw_kint(&w, "model_bytes", (int64_t)facts->model_bytes);
	key_or_null(&w, "train_seconds", facts->train_seconds);
	jsonw_kint(&w, "n", (int64_t)v->n);
	jsonw_end_object(&w);
	printf("%.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
}

static void
print_table(const struct evaluation *v, const struct evaluation_facts *facts)
{
	printf("messages                 %zu (%zu out of scope)\n", v->n, v->oos);
	printf("accuracy                 %.2f %%\n", 100 * evaluation_accuracy(v));
	printf("macro F1                 %.2f %%\n", 100 * evaluation_macro_f1(v));
	printf("in scope, with rejection %.2f %%\n",
		100 * evaluation_in_scope_accuracy(v));
	if (v->oos)
		printf("out of scope             recall %.2f %%, precision %.2f %%\n",
			100 * evaluation_oos_recall(v),
			100 * evaluation_oos_precision(v));
	printf("calibration error        %.4f\n", evaluation_ece(v));
	if (v->mentions)
		printf("annotated entities       F1 %.2f %% (%zu annotated, %zu found, %zu right)\n",
			100 * evaluation_entity_f1(v), v->mentions, v->tags,
			v->tags_right);
	printf("CPU a message            %.1f us\n", evaluation_us(v));
	printf("model                    %zu bytes\n", facts->model_bytes);
	if (facts->train_seconds >= 0)
		printf("training                 %.2f s of CPU\n", facts->train_seconds);
}

static void
print_report(struct evaluation *v)
{
	evaluation_sort(v);
	printf("\nWorst pairs (wanted, got):\n");
	for (size_t i = 0; i < v->confusion_count && i < PAIRS_SHOWN; i++) {
		const struct confusion *c = &v->confusions[i];
		printf("%4zu  %.*s  %.*s\n", c->count, STR_ARG(c->wanted),
			STR_ARG(c->got));
		for (size_t j = 0; j < c->count && j < EVALUATE_EXAMPLES; j++)
			printf("        %.*s\n", STR_ARG(c->example[j]));
	}
}

void
evaluation_print(struct evaluation *v, const struct evaluation_facts *facts)
{
	if (facts->json)
		print_json(v, facts);
	else
		print_table(v, facts);
	if (facts->report && !facts->json)
		print_report(v);
}
