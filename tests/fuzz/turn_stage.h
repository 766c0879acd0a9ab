/*
 * What fuzzers of turns stand on: the pack that ships, and a run that nobody answers until
 * the fuzzer does.
 */
#ifndef FUZZ_TURN_STAGE_H
#define FUZZ_TURN_STAGE_H

#include "actor/actors.h"
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

static const struct pack *
stage_pack(void)
{
	static const struct pack *pack; /* made once: it is large */
	struct error e = {0};
	struct pack *loaded = NULL;
	struct pack_host host = actor_pack_host;

	if (pack)
		return pack;
	host.models = "build/test/models"; /* the same examples are learnt from once */
	if (pack_load("packs/ecommerce", &(struct pack_options){.host = &host}, &loaded,
		    NULL, &e) != OK) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	return pack = loaded;
}

/* libFuzzer calls it before the first input, whose time would hold the loading. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stage_pack();
	return 0;
}

#endif
