/*
 * What tests of learning share: a loader over nothing, whose report keeps what was said.
 */
#ifndef PACK_LESSON_FIXTURE_H
#define PACK_LESSON_FIXTURE_H

#include "pack/learn.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants the two above */
#include <cmocka.h>

/* Two intents, eight examples each. */
static const char *const hours[] = {"when do you open", "are you open on sunday",
	"what time do you close", "opening hours please", "how late are you open",
	"do you close at noon", "is the shop open now", "until when are you open"};
static const char *const trees[] = {"sell me an apple tree", "i want a pear tree",
	"have you got cherry trees", "two plum trees please",
	"a young tree for my garden", "which trees bear fruit",
	"my tree has lost its leaves", "how tall is that tree"};

struct lesson {
	struct pack pack;
	struct loader loader;
	struct pack_host host;
	struct pack_report report;
	struct lessons lessons;
	struct model *model;
};

static inline void
lesson_open(struct lesson *t, const char *folder)
{
	*t = (struct lesson){.host = {.models = folder}};
	arena_init(&t->pack.arena, 0);
	pack_report_init(&t->report);
	t->loader = (struct loader){.pack = &t->pack,
		.a = &t->pack.arena,
		.host = &t->host,
		.report = &t->report,
		.folder = STR("p"),
		.file = STR("nlu/a.yaml"),
		.thorough = true};
}

static inline void
lesson_close(struct lesson *t)
{
	model_close(&t->model);
	pack_report_fini(&t->report);
	arena_fini(&t->pack.arena);
}

/* Examples on the lines from the first on that is free. */
static inline void
teach(struct lesson *t, const char *label, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		learn_example(&t->loader, &t->lessons, str_of(label), str_of(texts[i]),
			(int)t->lessons.n + 1);
}

#endif
