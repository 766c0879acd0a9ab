#include "base/limits.h"
#include "base/utf8.h"
#include "cmd/cmd.h"
#include "cmd/command_host.h"
#include "cmd/line_reader.h"
#include "text/model.h"
#include "text/perception.h"
#include "text/zone_file.h"

#include <time.h>
#include <unistd.h>

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
	{.name = "zone",
		.value = "ZONE",
		.doc = "of dates and times: Europe/Madrid or +02:00",
		.fallback = "UTC"},
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

/* What one run reads every text with. */
struct reading {
	const struct args *args;
	struct perceiver perceiver;
	struct entity_context context;
	struct arena arena;
};

/* One line of JSON; `which` names the text in errors. */
static int
understand_one(struct reading *r, struct str text, const char *which, int number)
{
	struct perception seen;
	struct buf b;
	struct jsonw w;
	if (text.n > MESSAGE_TEXT_BYTES_MAX || utf8_count(text) > MESSAGE_TEXT_MAX)
		return cmd_fail(r->args, "%s %d: longer than %d characters", which,
			number, MESSAGE_TEXT_MAX);
	buf_init(&b, MESSAGE_TEXT_BYTES_MAX * 64);
	jsonw_init(&w, &b);
	perceive(&r->perceiver, &r->arena, text, &r->context, &seen);
	perception_write(&r->perceiver, &r->arena, &seen, &w);
	printf("%.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
	arena_clear(&r->arena);
	return 0;
}

/* Each line of standard input; an empty one is an empty text. */
static int
understand_lines(struct reading *r)
{
	struct line_reader lines;
	struct str line;
	enum line_event event;
	int number = 0, status = 0;
	line_reader_init(&lines, STDIN_FILENO);
	while (!status && (event = line_read(&lines, -1, &line)) != LINE_END) {
		number++;
		if (event == LINE_TOO_LONG)
			status = cmd_fail(r->args, "line %d: longer than %d characters",
				number, MESSAGE_TEXT_MAX);
		else
			status = understand_one(r, line, "line", number);
	}
	line_reader_fini(&lines);
	return status;
}

static int
understand_words(struct reading *r)
{
	int status = 0;
	for (int i = 0; i < r->args->word_count && !status; i++)
		status = understand_one(r, str_of(r->args->words[i]), "text", i + 1);
	return status;
}

static enum err
read_context(struct reading *r, struct error *e)
{
	const char *zone = args_value(r->args, "zone");
	int32_t offset;
	enum err err = zone_file_offset(
		&r->arena, str_of(zone), r->context.now_ms / 1000, &offset, e);
	if (!err)
		r->context.offset_min = offset / 60;
	return err;
}

static int
understand_run(const struct args *args)
{
	struct reading r = {.args = args,
		.context = {.language = str_of(args_value(args, "language"))}};
	struct parts parts = {0};
	struct error e;
	bool piped = args->word_count == 1 && strcmp(args->words[0], "-") == 0;
	int status = 1;
	if (!args->word_count && isatty(STDIN_FILENO))
		return cmd_usage(args,
			"which text? \"in quotes\", or one a line on standard input");
	if (!read_now(args_value(args, "now"), &r.context.now_ms))
		return cmd_usage(args, "--now must be a time as 2026-03-04T10:00:00");
	arena_init(&r.arena, 0);
	if (read_context(&r, &e)) {
		status = cmd_usage(args, "--zone: %s", e.text);
		goto out;
	}
	if (parts_make(&parts, args, &r.perceiver, &e)) {
		cmd_fail(args, "%s", e.text);
		goto out;
	}
	status = args->word_count && !piped ? understand_words(&r) : understand_lines(&r);
out:
	parts_fini(&parts);
	arena_fini(&r.arena);
	return status;
}

const struct command cmd_understand = {
	.name = "understand",
	.usage = "[TEXT …] [options]",
	.summary = "print all that is understood of messages, as JSON",
	.details =
		"One line of JSON for each TEXT, or for each line of standard input when there is none (or \"-\").\n"
		"Without a pack: language, mood, personal data, dates, numbers and their like. With --pack, what its\n"
		"words, rules and examples say too, which is what POST /v1/understand of a server answers:\n"
		"\n"
		"  parley understand \"where is my order ORD-1A2B3C4D?\" --pack packs/ecommerce\n"
		"  parley understand --zone Europe/Madrid --now 2026-03-04T10:00:00 < messages.txt\n"
		"\n"
		"A text has at most 10000 characters. Bytes that are no UTF-8 are read as blanks.",
	.options = options,
	.words_min = 0,
	.words_max = -1,
	.run = understand_run,
};
