/*
 * What a person writes, through all that is understood of it: language, intent, mood, what
 * is named and what is dangerous, with the pack that ships. Any bytes; the first says how
 * dates and numbers are read. What is found stands in the text, between whole characters,
 * in order; what is told of it is JSON, and the same the second time.
 */
#include "pack_stage.h"
#include "text/perception.h"
#include "text/personal.h"

#include "base/limits.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct perceiver
perceiver(void)
{
	static struct language_reader
		*languages; /* of the program's life, like the pack */
	static struct risk_reader *risk;
	const struct pack_nlu *nlu = pack_nlu(stage_pack());

	if (!languages)
		require(language_reader_new(&languages, NULL) == OK &&
			risk_reader_new(&risk, NULL) == OK);
	return (struct perceiver){.languages = languages,
		.intents = nlu->classifier,
		.lexicon = nlu->lexicon,
		.entities = nlu->entities,
		.risk = risk};
}

static bool
is_share(double share)
{
	return share >= 0 && share <= 1;
}

static void
check_tokens(const struct tokens *t)
{
	size_t end = 0;

	require(t->text.n <= MESSAGE_TEXT_BYTES_MAX && utf8_valid(t->norm));
	for (size_t i = 0; i < t->n; i++) {
		const struct token *one = &t->p[i];
		require(one->start >= end && one->start < one->end);
		require(one->end <= t->text.n);
		require(one->at + one->norm.n <= t->norm.n);
		require(one->norm.p == t->norm.p + one->at);
		end = one->end;
	}
}

static void
check_entities(const struct entities *found, struct str text)
{
	size_t start = 0;

	for (size_t i = 0; i < found->n; i++) {
		const struct entity *e = &found->p[i];
		require(e->start >= start && e->start < e->end && e->end <= text.n);
		require(str_eq(e->text, str_sub(text, e->start, e->end)));
		require(utf8_valid(e->text) && utf8_valid(e->value));
		require(e->kind.n && is_share(e->confidence));
		start = e->start;
	}
}

static void
check_shares(const struct perception *seen)
{
	require(seen->language.code.n && is_share(seen->language.confidence));
	require(is_share(seen->risk.injection) && is_share(seen->risk.abuse));
	require(is_share(seen->mood.sentiment.intensity));
	require(is_share(seen->mood.sentiment.confidence));
	require(seen->intent.n > 0);
	for (size_t i = 0; i < seen->intent.n; i++)
		require(is_share(seen->intent.ranked[i].confidence));
}

/* What is told of a text. */
static struct str
read_text(struct arena *a, struct str text, const struct entity_context *context)
{
	static const struct items none = {0};
	const struct perceiver p = perceiver();
	struct perception seen;
	struct json *back;
	struct buf told;
	struct jsonw w;

	perceive(&p, a, text, context, &seen);
	check_tokens(&seen.tokens);
	check_shares(&seen);
	check_entities(&seen.entities, seen.tokens.text);
	require(utf8_valid(personal_redact(a, seen.tokens.text, &seen.entities, &none)));
	buf_init(&told, SIZE_MAX / 4);
	jsonw_init(&w, &told);
	perception_write(&p, a, &seen, &w);
	struct str out = arena_str(a, buf_str(&told));
	buf_fini(&told);
	require(json_parse(a, out, &back, NULL) == OK);
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str languages[] = {
		STR_INIT(""), STR_INIT("en"), STR_INIT("es"), STR_INIT("de")};
	struct arena a;

	if (size == 0)
		return 0;
	const struct str text = {(const char *)data + 1, size - 1};
	const struct entity_context context = {
		.now_ms = data[0] & 1 ? 0 : 1770000000000,
		.day_first = data[0] & 2,
		.language = languages[data[0] >> 2 & 3],
		.offset_min = (data[0] >> 4) * 90 - 720,
	};
	/* Bodies of requests are UTF-8, and so is what is read of them. */
	if (!utf8_valid(text))
		return 0;
	arena_init(&a, 0);
	struct str told = read_text(&a, text, &context);
	require(str_eq(told, read_text(&a, text, &context)));
	arena_fini(&a);
	return 0;
}
