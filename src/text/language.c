#include "text/language.h"

#include "base/utf8.h"
#include "text/model.h"
#include "text/shipped.h"

#include <utf8proc.h>

#define LETTERS_MIN 3       /* of a Latin or Cyrillic message */
#define SAMPLE_BYTES 400    /* more text does not make the model surer */
#define CONFIDENCE_MIN .3   /* below, the language is unknown */
#define NAME_CONFIDENCE .99 /* that words with capitals need, which may be a name */
#define NAME_CONFIDENCE_NOUNS .9
#define NAME_WORDS_MAX 3
#define SHORT_TOKENS 8
#define FOLLOW_CONFIDENCE .8
#define FOLLOW_LETTERS 12

enum script {
	SCRIPT_MODEL,
	SCRIPT_TH,
	SCRIPT_ZH,
	SCRIPT_JA,
	SCRIPT_KO,
	SCRIPT_AR,
	SCRIPT_HE,
	SCRIPT_EL,
	SCRIPT_HI,
	SCRIPTS
};

static const char *const script_language[] = {
	[SCRIPT_MODEL] = "",
	[SCRIPT_TH] = "th",
	[SCRIPT_ZH] = "zh",
	[SCRIPT_JA] = "ja",
	[SCRIPT_KO] = "ko",
	[SCRIPT_AR] = "ar",
	[SCRIPT_HE] = "he",
	[SCRIPT_EL] = "el",
	[SCRIPT_HI] = "hi",
};

struct language_reader {
	struct model *model;
};

enum err
language_reader_of(struct str model, struct language_reader **out, struct error *e)
{
	struct model *m = NULL;
	enum err err = model_open_bytes(model, &m, e);
	if (err)
		return err_context(e, err, "language model");
	*out = mem_zalloc(sizeof(**out));
	(*out)->model = m;
	return OK;
}

enum err
language_reader_new(struct language_reader **out, struct error *e)
{
	return language_reader_of(shipped_language_model(), out, e);
}

void
language_reader_free(struct language_reader **reader)
{
	if (!*reader)
		return;
	model_close(&(*reader)->model);
	free(*reader);
	*reader = NULL;
}

struct script_range {
	int32_t from, to;
	enum script script;
};

static enum script
script_of(int32_t c)
{
	static const struct script_range ranges[] = {
		{0x370, 0x3ff, SCRIPT_EL},
		{0x590, 0x5ff, SCRIPT_HE},
		{0x600, 0x6ff, SCRIPT_AR},
		{0x750, 0x77f, SCRIPT_AR},
		{0x900, 0x97f, SCRIPT_HI},
		{0xe00, 0xe7f, SCRIPT_TH},
		{0x1100, 0x11ff, SCRIPT_KO},
		{0x1f00, 0x1fff, SCRIPT_EL},
		{0x3040, 0x30ff, SCRIPT_JA},
		{0x3400, 0x9fff, SCRIPT_ZH},
		{0xac00, 0xd7af, SCRIPT_KO},
		{0xf900, 0xfaff, SCRIPT_ZH},
		{0x20000, 0x2ffff, SCRIPT_ZH},
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return ranges[i].script;
	return SCRIPT_MODEL;
}

/* Is the token part of an address, a link or a code? Its neighbours without a blank
 * between say so. */
static bool
token_is_code(const struct tokens *t, size_t i)
{
	static const char marks[] = "@/\\_#";
	const struct token *k = &t->p[i];
	for (size_t j = 0; j < k->norm.n; j++)
		if (k->norm.p[j] >= '0' && k->norm.p[j] <= '9')
			return true;
	char before = k->start ? t->text.p[k->start - 1] : ' ',
	     after = k->end < t->text.n ? t->text.p[k->end] : ' ';
	/* ORD-1A2B3C4D */
	char next = k->end + 1 < t->text.n ? t->text.p[k->end + 1] : ' ';
	bool hyphen = after == '-' && next >= '0' && next <= '9';
	bool scheme = after == ':' &&
		str_starts(str_sub(t->text, k->end, k->end + 3), STR("://"));
	bool dotted = after == '.' && k->end + 1 < t->text.n &&
		(unsigned char)t->text.p[k->end + 1] > ' ';
	bool marked =
		(before && strchr(marks, before)) || (after && strchr(marks, after));
	return scheme || hyphen || marked || dotted ||
		(before == '.' && k->start > 1 &&
			(unsigned char)t->text.p[k->start - 2] > ' ');
}

/* Words that people of all languages write; a longer message has enough of others. */
static bool
token_is_anyones(const struct tokens *all, const struct token *t)
{
	static const char *const words[] = {"android", "app", "email", "facebook", "gg",
		"google", "haha", "hahaha", "hmm", "hmmm", "instagram", "internet", "ios",
		"ipad", "iphone", "lol", "ok", "okay", "omg", "paypal", "pdf",
		"playstation", "samsung", "sms", "steam", "visa", "whatsapp", "wifi",
		"windows", "xbox", "xd", "youtube"};
	if (all->n > SHORT_TOKENS)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(t->norm, str_of(words[i])))
			return true;
	return false;
}

/* What a message is written in: its letters by script, and a sample of its words for the
 * model. */
struct sample {
	size_t letters[SCRIPTS];
	char text[SAMPLE_BYTES];
	size_t n;
	size_t words, titled; /* those that begin with a capital and go on in small */
};

static bool
token_is_titled(const struct tokens *t, const struct token *k)
{
	size_t at = k->start;
	int32_t first = utf8_next(t->text, &at);
	return utf8proc_tolower(first) != first && !k->upper;
}

static void
sample_token(struct sample *s, struct str word)
{
	for (size_t at = 0; at < word.n;)
		s->letters[script_of(utf8_next(word, &at))]++;
	if (s->n + word.n + 1 > sizeof(s->text))
		return;
	memcpy(s->text + s->n, word.p, word.n);
	s->n += word.n;
	s->text[s->n++] = ' ';
}

static void
sample_read(const struct tokens *t, struct sample *s)
{
	*s = (struct sample){.n = 0};
	for (size_t i = 0; i < t->n; i++) {
		const struct token *k = &t->p[i];
		if (k->kind != TOKEN_WORD || token_is_code(t, i) ||
			token_is_anyones(t, k))
			continue;
		s->words++;
		s->titled += token_is_titled(t, k);
		sample_token(s, str_sub(t->text, k->start, k->end));
	}
}

/* "Anna Kowalska" tells where a name is from, not what its bearer writes. German nouns look
 * like names. */
static double
sample_needs(const struct sample *s, struct str code)
{
	if (s->words < 2 || s->words > NAME_WORDS_MAX || s->titled < s->words)
		return CONFIDENCE_MIN;
	return str_eq(code, STR("de")) ? NAME_CONFIDENCE_NOUNS : NAME_CONFIDENCE;
}

void
language_read(const struct language_reader *r, struct arena *a, const struct tokens *t,
	struct language *out)
{
	struct sample s;
	sample_read(t, &s);
	enum script most = SCRIPT_MODEL;
	size_t all = 0;
	for (enum script i = SCRIPT_MODEL; i < SCRIPTS; i++) {
		all += s.letters[i];
		/* A letter of these scripts says more than one of a brand's Latin name
		 * beside it. */
		size_t weight = i == SCRIPT_MODEL ? 1 : 2;
		if (s.letters[i] * weight >
			s.letters[most] * (most == SCRIPT_MODEL ? 1 : 2))
			most = i;
	}
	/* Japanese mixes kana with more Han. */
	if (most == SCRIPT_ZH && s.letters[SCRIPT_JA] * 8 >= s.letters[SCRIPT_ZH])
		most = SCRIPT_JA;
	*out = (struct language){
		.code = STR(LANGUAGE_UNKNOWN), .letters = s.letters[most]};
	if (most != SCRIPT_MODEL) {
		out->code = str_of(script_language[most]);
		out->confidence = (double)s.letters[most] / (double)all;
		return;
	}
	if (s.letters[SCRIPT_MODEL] < LETTERS_MIN || !s.n)
		return;
	struct prediction p;
	model_predict(r->model, a, (struct str){s.text, s.n - 1}, &p);
	double confidence = (double)p.p[p.best];
	struct str code = model_class(r->model, p.best);
	if (confidence < sample_needs(&s, code))
		return;
	out->code = code;
	out->confidence = confidence;
}

struct str
language_follow(struct str before, const struct language *read)
{
	bool known = !str_eq(read->code, STR(LANGUAGE_UNKNOWN));
	if (!before.n || str_eq(before, STR(LANGUAGE_UNKNOWN)))
		return known ? read->code : STR(LANGUAGE_UNKNOWN);
	bool sure = known && read->confidence >= FOLLOW_CONFIDENCE &&
		read->letters >= FOLLOW_LETTERS;
	return sure ? read->code : before;
}
