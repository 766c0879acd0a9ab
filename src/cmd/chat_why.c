#include "cmd/chat_why.h"

#include <math.h>

#define ACTOR_COLUMNS 12

/* 0.9 and 12 as they are, 0.8666667 as 0.87. */
static void
print_score(const struct terminal *t, double score)
{
	if (score == floor(score))
		fprintf(t->out, "  %.0f", score);
	else
		fprintf(t->out, "  %.2f", score);
}

static void
print_words(const struct terminal *t, const char *before, struct str words)
{
	if (!words.n)
		return;
	fputs(before, t->out);
	terminal_text(t, words);
}

static void
print_cause(const struct terminal *t, const struct json *cause)
{
	const struct json *us = json_get(cause, STR("us"));
	double score = json_double(json_get(cause, STR("score")), 0);
	fputs("    ", t->out);
	terminal_cell(
		t, json_str(json_get(cause, STR("actor")), STR("?")), ACTOR_COLUMNS);
	print_words(t, " ", json_str(json_get(cause, STR("rule")), STR("")));
	if (score != 0)
		print_score(t, score);
	print_words(
		t, "  rather than ", json_str(json_get(cause, STR("instead")), STR("")));
	print_words(
		t, "  \xe2\x80\x94 ", json_str(json_get(cause, STR("detail")), STR("")));
	if (us)
		fprintf(t->out, "  %lld \xc2\xb5s", (long long)json_int(us, 0));
	fputc('\n', t->out);
}

static void
print_answer(const struct terminal *t, const struct json *answer)
{
	struct str actor = json_str(json_get(answer, STR("actor")), STR(""));
	fputs("    ", t->out);
	terminal_cell(t, STR("asked"), ACTOR_COLUMNS);
	print_words(t, " ", actor);
	print_words(
		t, actor.n ? "/" : " ", json_str(json_get(answer, STR("key")), STR("?")));
	print_words(t, ": ", json_str(json_get(answer, STR("status")), STR("")));
	if (json_bool(json_get(answer, STR("cached")), false))
		fputs(" from the cache", t->out);
	if (json_get(answer, STR("us")))
		fprintf(t->out, "  %lld \xc2\xb5s",
			(long long)json_int(json_get(answer, STR("us")), 0));
	fputc('\n', t->out);
}

void
why_print(const struct terminal *t, const struct json *turn)
{
	int64_t us = json_int(json_get(turn, STR("us")), -1);
	terminal_ink(t, INK_DIM);
	fputs("  why", t->out);
	print_words(t, " ", json_str(json_get(turn, STR("id")), STR("")));
	print_words(t, ", pack ", json_str(json_get(turn, STR("pack")), STR("")));
	if (us >= 0)
		fprintf(t->out, ", %lld \xc2\xb5s", (long long)us);
	fputc('\n', t->out);
	json_each(answer, json_get(turn, STR("answers")))
		print_answer(t, answer);
	json_each(cause, json_get(turn, STR("causes")))
		print_cause(t, cause);
	terminal_ink(t, INK_PLAIN);
}
