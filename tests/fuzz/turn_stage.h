/*
 * What fuzzers of turns stand on: the pack that ships, and a run that nobody answers until
 * the fuzzer does.
 */
#ifndef FUZZ_TURN_STAGE_H
#define FUZZ_TURN_STAGE_H

#include "pack_stage.h"

#include "turn/run.h"

static struct mono
stage_clock(struct turn_run *run)
{
	(void)run;
	return (struct mono){0};
}

static void
stage_ask(struct turn_run *run, struct held *held)
{
	(void)run;
	(void)held;
}

static const struct run_mode stage_mode = {stage_ask, stage_clock, actor_find};

static struct str
stage_proposal_id(struct turn_run *run, int number)
{
	return arena_printf(&run->scratch, "approval-%d", number);
}

#endif
