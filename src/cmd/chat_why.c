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
begin_line(const struct terminal *t, struct str what)
{
	fputs("    ", t->out);
	terminal_cell(t, what, ACTOR_COLUMNS);
}

/* What came second, and why it did. */
static void
print_second(const struct terminal *t, const struct json *cause)
{
	static const char *const because[][2] = {
		{"order", ", which holds too but stands later"},
		{"dialogue", " by its words alone; what was said before decides"},
	};
	struct str second = json_str(json_get(cause, STR("instead")), STR("")),
		   lost = json_str(json_get(cause, STR("lost")), STR(""));
	double score = json_double(json_get(cause, STR("instead_score")), 0);
	if (!second.n)
		return;
	begin_line(t, STR(""));
	print_words(t, "   second: ", second);
	if (score != 0 && !str_eq(lost, STR("order")))
		print_score(t, score);
	for (size_t i = 0; i < sizeof because / sizeof *because; i++)
		if (str_eq(lost, str_of(because[i][0])))
			fputs(because[i][1], t->out);
	fputc('\n', t->out);
}

static void
print_cause(const struct terminal *t, const struct json *cause)
{
	double score = json_double(json_get(cause, STR("score")), 0);
	begin_line(t, json_str(json_get(cause, STR("actor")), STR("?")));
	print_words(t, " ", json_str(json_get(cause, STR("rule")), STR("")));
	if (score != 0)
		print_score(t, score);
	print_words(
		t, "  \xe2\x80\x94 ", json_str(json_get(cause, STR("detail")), STR("")));
	fputc('\n', t->out);
	print_second(t, cause);
}

static void
print_answer(const struct terminal *t, const struct json *answer)
{
	struct str actor = json_str(json_get(answer, STR("actor")), STR(""));
	begin_line(t, STR("asked"));
	print_words(t, " ", actor);
	print_words(
		t, actor.n ? "/" : " ", json_str(json_get(answer, STR("key")), STR("?")));
	print_words(t, ": ", json_str(json_get(answer, STR("status")), STR("")));
	int64_t us = json_int(json_get(answer, STR("us")), 0);
	if (json_bool(json_get(answer, STR("cached")), false))
		fputs(" from the cache", t->out);
	if (us)
		fprintf(t->out, " after %.1f ms", (double)us / 1000);
	fputc('\n', t->out);
}

static void
print_understood(const struct terminal *t, const struct json *turn)
{
	const struct json *intent = json_get(turn, STR("intent")),
			  *mood = json_get(turn, STR("sentiment"));
	struct str second = json_str(json_get(intent, STR("second")), STR(""));
	if (!intent)
		return;
	begin_line(t, STR("understood"));
	print_words(t, " ", json_str(json_get(intent, STR("name")), STR("nothing")));
	print_score(t, json_double(json_get(intent, STR("confidence")), 0));
	if (second.n) {
		print_words(t, ", then ", second);
		print_score(
			t, json_double(json_get(intent, STR("second_confidence")), 0));
	}
	print_words(t, "; ", json_str(json_get(mood, STR("label")), STR("")));
	print_words(t, ", urgency ", json_str(json_get(mood, STR("urgency")), STR("")));
	fputc('\n', t->out);
}

static void
print_guard(const struct terminal *t, const struct json *guard)
{
	if (!json_bool(json_get(guard, STR("checked")), false))
		return;
	begin_line(t, STR("checked"));
	fputs(json_bool(json_get(guard, STR("passed")), false) ? " passed" : " held back",
		t->out);
	json_each(issue, json_get(guard, STR("issues"))) {
		print_words(t, "; ", json_str(json_get(issue, STR("severity")), STR("")));
		print_words(t, " ", json_str(json_get(issue, STR("rule")), STR("")));
		print_words(t, ": ", json_str(json_get(issue, STR("text")), STR("")));
	}
	fputc('\n', t->out);
}

static void
print_actions(const struct terminal *t, const struct json *execution)
{
	json_each(action, json_get(execution, STR("actions"))) {
		begin_line(t, STR("action"));
		print_words(t, " ", json_str(json_get(action, STR("name")), STR("?")));
		print_words(t, ": ", json_str(json_get(action, STR("status")), STR("")));
		print_words(t, " \xe2\x80\x94 ",
			json_str(json_get(action, STR("reason")), STR("")));
		fputc('\n', t->out);
	}
}

static void
print_times(const struct terminal *t, const struct json *actors)
{
	if (!actors || !actors->count)
		return;
	begin_line(t, STR("time"));
	json_each(actor, actors) {
		int64_t runs = json_int(json_get(actor, STR("runs")), 1);
		print_words(t, actor == actors->first ? " " : ", ",
			json_str(json_get(actor, STR("actor")), STR("?")));
		fprintf(t->out, " %lld \xc2\xb5s",
			(long long)json_int(json_get(actor, STR("us")), 0));
		if (runs > 1)
			fprintf(t->out, " in %lld runs", (long long)runs);
	}
	fputc('\n', t->out);
}

static void
print_cost(const struct terminal *t, const struct json *cost)
{
	int64_t answers = json_int(json_get(cost, STR("answers")), 0);
	if (!cost)
		return;
	begin_line(t, STR("cost"));
	fprintf(t->out, " %lld \xc2\xb5s of work, %lld bytes stored",
		(long long)json_int(json_get(cost, STR("us")), 0),
		(long long)json_int(json_get(cost, STR("bytes")), 0));
	if (answers)
		fprintf(t->out, ", %lld %s from outside in %.1f ms", (long long)answers,
			answers == 1 ? "answer" : "answers",
			(double)json_int(json_get(cost, STR("answers_us")), 0) / 1000);
	fputc('\n', t->out);
}

void
why_print(const struct terminal *t, const struct json *turn)
{
	terminal_ink(t, INK_DIM);
	fputs("  why", t->out);
	print_words(t, " ", json_str(json_get(turn, STR("id")), STR("")));
	print_words(t, ", pack ", json_str(json_get(turn, STR("pack")), STR("")));
	print_words(t, ", program ", json_str(json_get(turn, STR("program")), STR("")));
	fputc('\n', t->out);
	print_understood(t, turn);
	json_each(answer, json_get(turn, STR("answers")))
		print_answer(t, answer);
	json_each(cause, json_get(turn, STR("causes")))
		print_cause(t, cause);
	print_actions(t, json_get(turn, STR("execution")));
	print_guard(t, json_get(turn, STR("guardrail")));
	print_times(t, json_get(turn, STR("actors")));
	print_cost(t, json_get(turn, STR("cost")));
	if (json_bool(json_get(turn, STR("cut")), false))
		fputs("    This record was too long: texts are cut and lists left out.\n",
			t->out);
	print_words(t, "    failed: ", json_str(json_get(turn, STR("failure")), STR("")));
	if (json_get(turn, STR("failure")))
		fputc('\n', t->out);
	terminal_ink(t, INK_PLAIN);
}
