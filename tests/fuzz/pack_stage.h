/* The pack that ships, for fuzzers of what stands on it. */
#ifndef FUZZ_PACK_STAGE_H
#define FUZZ_PACK_STAGE_H

#include "actor/actors.h"

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
