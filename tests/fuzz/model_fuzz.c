/*
 * A model file of any bytes: refused with a reason, or used, and then a prediction is a
 * distribution and nothing outside the file is read. An input is the file itself, or
 * edits of a whole one, a line each:
 *
 *	edit
 *	40 4 1025       the four bytes at 40 hold 1025
 *	3+0 4 0 390     so do 390 times four bytes from the start of section 3 on, with 0
 *	cut 600         the file ends there
 *
 * Size and checksum are made right where the input is wrong about them, for they would
 * keep damage from what has to withstand it; what is given is tried as well.
 */
#include "text/model.h"

#include "base/arena.h"
#include "base/limits.h"
#include "text/model_format.h"
#include "text/tagger.h"
#include "text/train.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct train_mention mentions[] = {
	{11, 16, STR_INIT("fruit"), STR_INIT("sold")},
	{9, 13, STR_INIT("fruit"), STR_INIT("wanted")},
	{4, 8, STR_INIT("fruit"), STR_INIT("wanted")},
};

static const struct train_row rows[] = {
	{.label = STR_INIT("open"), .text = STR_INIT("when do you open")},
	{.label = STR_INIT("open"), .text = STR_INIT("are you open on sunday")},
	{.label = STR_INIT("open"), .text = STR_INIT("how late are you open today")},
	{.label = STR_INIT("tree"),
		.text = STR_INIT("sell me an apple tree"),
		.mentions = &mentions[0],
		.mention_count = 1},
	{.label = STR_INIT("tree"),
		.text = STR_INIT("i want a pear tree"),
		.mentions = &mentions[1],
		.mention_count = 1},
	{.label = STR_INIT("tree"),
		.text = STR_INIT("two plum trees please"),
		.mentions = &mentions[2],
		.mention_count = 1},
	{.label = STR_INIT("oos"), .text = STR_INIT("who painted this ceiling")},
	{.label = STR_INIT("oos"), .text = STR_INIT("the sum of two and two")},
};

/* Learnt once a run: with the second model, so that every section has something. */
static struct str
whole_model(void)
{
	static struct buf whole;

	if (!whole.n) {
		const struct train_options o = {.seed = 1, .second_model = true};
		buf_init(&whole, MODEL_BYTES_MAX);
		require(train_model(rows, sizeof(rows) / sizeof(rows[0]), &o, &whole,
				NULL) == OK);
	}
	return buf_str(&whole);
}

/* Aligned as a mapping is, and of its own size, so that each step over the end is seen. */
static char *
own_copy(struct str bytes)
{
	void *p = NULL;

	require(posix_memalign(&p, MODEL_ALIGN, bytes.n ? bytes.n : 1) == 0);
	if (bytes.n)
		memcpy(p, bytes.p, bytes.n);
	return p;
}

/* NUMBER, or SECTION+NUMBER; -1: neither. The header is the whole model's, or nearly. */
static int64_t
edit_place(struct str at, const char *file)
{
	const struct model_header *h = (const void *)file;
	struct str first;
	int64_t section, offset;

	str_split(&at, '+', &first);
	if (!str_to_i64(first, &section) || section < 0)
		return -1;
	if (!at.p)
		return section;
	if (section >= MODEL_SECTIONS || !str_to_i64(at, &offset) || offset < 0 ||
		offset > MODEL_BYTES_MAX || h->section[section].at > MODEL_BYTES_MAX)
		return -1;
	return (int64_t)h->section[section].at + offset;
}

static void
apply_edit(struct str line, char *file, size_t *size)
{
	struct str at, width, what, rest = line;
	int64_t bytes, value, times = 1;

	str_split(&rest, ' ', &at);
	if (str_eq(at, STR("cut"))) {
		if (str_to_i64(rest, &value) && value >= 0 && (size_t)value < *size)
			*size = (size_t)value;
		return;
	}
	if (!str_split(&rest, ' ', &width) || !str_split(&rest, ' ', &what) ||
		!str_to_i64(width, &bytes) || !str_to_i64(what, &value) ||
		(rest.n && !str_to_i64(rest, &times)))
		return;
	int64_t offset = edit_place(at, file);
	if (bytes < 1 || bytes > 8 || offset < 0)
		return;
	for (; times > 0 && offset <= (int64_t)*size - bytes; times--, offset += bytes)
		memcpy(file + offset, &value, (size_t)bytes);
}

static void
predict(const struct model *m, struct str text)
{
	struct prediction found;
	struct arena a;
	double sum = 0;

	arena_init(&a, 0);
	model_predict(m, &a, text, &found);
	require(found.best < model_classes(m));
	for (size_t i = 0; i < model_classes(m); i++) {
		require(found.p[i] >= 0 && found.p[i] <= 1);
		sum += (double)found.p[i];
	}
	require(fabs(sum - 1) < 0.001);
	arena_fini(&a);
}

static void
tag(const struct tagger *t, struct str text)
{
	struct tokens tokens;
	struct tag *found;
	struct arena a;

	arena_init(&a, 0);
	tokens_read(&a, text, &tokens);
	size_t n = tagger_read(t, &a, &tokens, &found);
	for (size_t i = 0; i < n; i++) {
		require(found[i].kind.n > 0);
		require(found[i].first <= found[i].last && found[i].last < tokens.n);
		require(found[i].confidence >= 0 && found[i].confidence <= 1);
	}
	arena_fini(&a);
}

static void
use(struct str bytes)
{
	static char words[FEATURE_TEXT_MAX + 100];
	struct model *m;

	if (model_open_bytes(bytes, &m, NULL) != OK)
		return;
	require(model_oos(m) < (int)model_classes(m));
	for (size_t i = 0; i < model_classes(m); i++)
		require(model_class(m, i).n > 0);
	for (size_t i = 0; i < sizeof(words); i++)
		words[i] = "aeiou bdprst"[(i * i + i / 7) % 12];
	predict(m, STR(""));
	predict(m, STR("when do you open"));
	predict(m, STR("a pear tree"));
	predict(m, (struct str){words, sizeof(words)});
	if (model_tagger(m)) {
		tag(model_tagger(m), STR(""));
		tag(model_tagger(m), STR("i want an apple and a plum tree"));
		tag(model_tagger(m), (struct str){words, sizeof(words)});
	}
	model_close(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = {(const char *)data, size}, line;
	bool edits = str_starts(input, STR("edit\n"));
	struct str whole = edits ? whole_model() : input;
	char *file = own_copy(whole);
	size_t n = whole.n;

	for (int i = 0; edits && i < 1000 && str_split(&input, '\n', &line); i++)
		apply_edit(line, file, &n);
	char *cut = own_copy((struct str){file, n});
	free(file);
	use((struct str){cut, n});
	if (n >= sizeof(struct model_header)) {
		struct model_header *h = (void *)cut;
		h->file_size = n;
		h->checksum = model_checksum(cut + 32, n - 32);
		use((struct str){cut, n});
	}
	free(cut);
	return 0;
}
