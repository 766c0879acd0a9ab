/*
 * What a customer writes and what services answer, through a whole turn of the pack that
 * ships: understanding, rules, actions, guardrails and templates, under the real runner.
 *
 * A line of the input that begins with '>' is a message, at most four of them; the lines
 * behind it answer what its turn asks, one each: "200 {…}" with a status, or JSON alone.
 * Where lines are wanting the answer is 404. The state goes from turn to turn as the store
 * keeps it.
 */
#include "turn/causes.h"
#include "turn/journal.h"
#include "turn_stage.h"

#include "base/limits.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TURNS_MAX 4

struct stage {
	struct turn_run run;
	struct arena arena; /* what outlives a turn */
	const struct pack *pack;
	struct str lines, state;
	int turn;
};

/* "503 {…}" */
static void
answer(struct stage *s, struct held *h)
{
	struct wall now = s->run.turn.now;
	struct str line = STR("");
	int64_t status = 200;

	if (s->lines.n && s->lines.p[0] != '>' && str_split(&s->lines, '\n', &line) &&
		line.n > 4 && line.p[3] == ' ' &&
		str_to_i64(str_sub(line, 0, 3), &status))
		line = str_sub(line, 4, line.n);
	if (!line.n)
		status = 404;
	if (h->question.kind == QUESTION_CLOCK || h->question.kind == QUESTION_QUEUE)
		run_answer(h, ANSWER_OK, 0, STR(""), now, false);
	else if (status == 0)
		run_answer(h, ANSWER_TIMED_OUT, 0, STR(""), now, false);
	else
		run_answer(h, status >= 200 && status < 300 ? ANSWER_OK : ANSWER_REFUSED,
			(int)status, line, now, false);
}

static void
set_message(struct stage *s, struct str text)
{
	struct turn *t = &s->run.turn;
	struct arena *kept = &s->run.kept;
	struct turn_message *m = ARENA_NEW(kept, struct turn_message);

	t->id = STR("turn-1");
	t->tenant = STR("demo");
	t->conversation = STR("conversation-1");
	t->contact = STR("ana");
	t->channel = STR("webchat");
	t->caller = (struct caller){.proof = PROOF_KEY,
		.id = STR("ana"),
		.email = STR("john.doe@example.com"),
		.name = STR("Ana")};
	t->pack = s->pack;
	t->now = (struct wall){1770000000000 + s->turn * 60000};
	t->text = arena_str(kept, text);
	*m = (struct turn_message){.id = STR("message-1"),
		.seq = s->turn,
		.text = t->text,
		.received_at = t->now};
	t->messages = m;
	t->message_count = 1;
}

/* The record of the turn reads back, and holds each answer. */
static void
check_journal(struct stage *s)
{
	struct journal j;
	struct str text = journal_print(&s->arena, &s->run, 1);

	require(journal_parse(&s->arena, text, &j, NULL) == OK);
	require(j.answers.n == (size_t)s->run.question_count);
	require(causes_print(&s->arena, &s->run).n > 0);
}

static void
keep_state(struct stage *s)
{
	s->state = dialogue_write(&s->arena, &s->run.turn.dialogue);
}

static void
play(struct stage *s, struct str text)
{
	struct turn_run *run = &s->run;
	enum run_result result;

	run_clear(run);
	run->mode = &stage_mode;
	run->owner = s;
	run->seed = s->turn;
	run->proposal_id = stage_proposal_id;
	run->state = s->state;
	set_message(s, text);
	require(run_start(run, NULL) == OK);
	while ((result = run_walk(run)) == RUN_WAITING) {
		for (struct held *h = run->questions; h; h = h->next)
			if (h->state != HELD_KNOWN)
				answer(s, h);
	}
	check_journal(s);
	if (result == RUN_BROKEN)
		return;
	const struct aggregation_part *reply = &run->turn.doc.aggregation;
	require(utf8_valid(reply->text) && reply->text.n > 0);
	require(reply->quick_replies.n <= QUICK_REPLIES_MAX);
	keep_state(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stage s = {.lines = {(const char *)data, size}};
	struct str line;

	/* Bodies of requests are UTF-8, and so are messages; an answer that is none is
	 * seen by the reader of JSON. */
	s.pack = stage_pack();
	arena_init(&s.arena, 0);
	run_init(&s.run);
	while (s.turn < TURNS_MAX && str_split(&s.lines, '\n', &line)) {
		if (!line.n || line.p[0] != '>')
			continue;
		line = str_sub(line, 1, line.n);
		s.turn++;
		if (line.n && line.n <= MESSAGE_TEXT_BYTES_MAX && utf8_valid(line))
			play(&s, line);
	}
	run_fini(&s.run);
	arena_fini(&s.arena);
	return 0;
}
