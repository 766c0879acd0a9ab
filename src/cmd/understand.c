#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/command_host.h"
#include "text/model.h"
#include "text/perception.h"

#include <time.h>

static const struct option options[] = {
	{.name = "pack",
		.value = "PACK",
		.doc = "folder whose words, rules and entities are used too"},
	{.name = "model",
		.value = "FILE",
		.doc = "model that `parley train` wrote, for the intent"},
	{.name = "language",
		.value = "CODE",
		.doc = "language of numbers and dates; the message's own when absent"},
	{.name = "now",
		.value = "TIME",
		.doc = "what \"tomorrow\" refers to, as 2026-03-04T10:00:00; now when absent"},
	{.name = NULL},
};

/* What the command builds; a pack's parts are borrowed from it. */
struct parts {
	const struct pack *pack;
	struct model *model;
	struct language_reader *languages;
	struct risk_reader *risk;
	struct lexicon *lexicon;
	struct entity_finder *entities;
	struct intent_classifier *intents;
};

static enum err
parts_from_pack(struct parts *p, const char *dir, struct perceiver *out, struct error *e)
{
	struct command_host host;
	struct pack_options o = {.host = &host.host};
	struct pack *pack = NULL;
	command_host_init(&host, NULL);
	enum err err = pack_load(dir, &o, &pack, NULL, e);
	if (err)
		return err;
	p->pack = pack;
	const struct pack_nlu *nlu = pack_nlu(pack);
	out->lexicon = nlu->lexicon;
	out->moods = &nlu->moods;
	out->entities = nlu->entities;
	if (!out->intents)
		out->intents = nlu->classifier;
	return OK;
}

static enum err
parts_own(struct parts *p, struct perceiver *out, struct error *e)
{
	static const struct lexicon_source none;
	const struct lexicon_source *sources[] = {&none};
	enum err err = lexicon_new(sources, 1, &p->lexicon, e);
	if (!err)
		err = entity_finder_new(NULL, &p->entities, e);
	out->lexicon = p->lexicon;
	out->entities = p->entities;
	return err;
}

static enum err
parts_make(
	struct parts *p, const struct args *args, struct perceiver *out, struct error *e)
{
	static const struct intent_source no_rules;
	const char *pack = args_value(args, "pack"), *model = args_value(args, "model");
	enum err err = language_reader_new(&p->languages, e);
	if (!err)
		err = risk_reader_new(&p->risk, e);
	if (!err && model)
		err = model_open(model, &p->model, e);
	if (!err && model)
		err = intent_classifier_new(&no_rules, p->model, &p->intents, e);
	out->languages = p->languages;
	out->risk = p->risk;
	out->intents = p->intents;
	if (!err)
		err = pack ? parts_from_pack(p, pack, out, e) : parts_own(p, out, e);
	return err;
}

static void
parts_fini(struct parts *p)
{
	intent_classifier_free(&p->intents);
	model_close(&p->model);
	entity_finder_free(&p->entities);
	lexicon_free(&p->lexicon);
	risk_reader_free(&p->risk);
	language_reader_free(&p->languages);
	pack_unref(&p->pack);
}

static bool
read_now(const char *text, int64_t *now_ms)
{
	struct tm tm = {0};
	if (!text) {
		*now_ms = (int64_t)time(NULL) * 1000;
		return true;
	}
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!end || (*end && strcmp(end, "Z") != 0))
		return false;
	*now_ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

static int
understand_run(const struct args *args)
{
	struct entity_context context = {
		.language = str_of(args_value(args, "language"))};
	if (!read_now(args_value(args, "now"), &context.now_ms))
		return cmd_usage(args, "--now must be a time as 2026-03-04T10:00:00");
	struct parts parts = {0};
	struct perceiver perceiver = {0};
	struct error e;
	int status = 1;
	struct arena a;
	arena_init(&a, 0);
	if (parts_make(&parts, args, &perceiver, &e)) {
		cmd_fail(args, "%s", e.text);
		goto out;
	}
	struct perception seen;
	struct buf b;
	struct jsonw w;
	buf_init(&b, MESSAGE_TEXT_BYTES_MAX * 64);
	jsonw_init(&w, &b);
	perceive(&perceiver, &a, str_of(args->words[0]), &context, &seen);
	perception_write(&perceiver, &a, &seen, &w);
	printf("%.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
	status = 0;
out:
	parts_fini(&parts);
	arena_fini(&a);
	return status;
}

const struct command cmd_understand = {
	.name = "understand",
	.usage = "TEXT [options]",
	.summary = "print all that is understood of a message, as JSON",
	.options = options,
	.words_min = 1,
	.words_max = 1,
	.run = understand_run,
};
