/*
 * What the store gives back of a turn: any bytes as its journal, as its causes and as the
 * body of an event. A journal that can be read restores a turn, which then runs to an end,
 * a wait or a break, and writes the same answers again.
 */
#include "turn/causes.h"
#include "turn/journal.h"
#include "turn_stage.h"

#include "base/arena.h"
#include "talk/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
run_from(struct turn_run *run, const struct journal *j, const struct pack *pack)
{
	struct turn *t = &run->turn;
	struct journal again;
	struct turn_message m = {.id = STR("message-1"),
		.seq = 1,
		.text = STR("Where is my order ORD-1A2B3C4D? I want a refund")};

	run->mode = &stage_mode;
	run->proposal_id = stage_proposal_id;
	journal_restore(run, j);
	t->pack = pack;
	t->id = t->conversation = t->contact = STR("one");
	t->tenant = t->channel = STR("demo");
	t->text = m.text;
	t->messages = &m;
	t->message_count = 1;
	if (run_start(run, NULL) != OK)
		return;
	run_walk(run);
	struct str text = journal_print(&run->kept, run, 1);
	require(journal_parse(&run->kept, text, &again, NULL) == OK);
	causes_print(&run->kept, run);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = {(const char *)data, size};
	struct turn_run run;
	struct journal j;
	struct message m;
	struct json *causes;
	struct arena a;
	struct error e = {0};

	arena_init(&a, 0);
	message_parse(&a, in, &m, NULL);
	causes_parse(&a, in, &causes, NULL);
	if (journal_parse(&a, in, &j, &e) == OK) {
		run_init(&run);
		run_from(&run, &j, stage_pack());
		run_fini(&run);
	} else {
		require(e.text[0]);
	}
	arena_fini(&a);
	return 0;
}
