#include "text/tokens.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <utf8proc.h>

enum char_class {
	CHAR_BLANK,
	CHAR_LETTER,
	CHAR_DIGIT,
	CHAR_PUNCTUATION,
	CHAR_EMOJI,
	CHAR_JOINER
};

struct letter {
	enum char_class class;
	int32_t lower; /* small letter without accent; -1: nothing of it stays (a
			  combining accent) */
	bool capital;
	bool unspaced;
};

struct reader {
	struct arena *a;
	struct tokens *out;
	size_t cap; /* of out->p */
	char *norm;
	size_t norm_n;
	struct token *open;       /* the token being read, or NULL */
	size_t letters, capitals; /* of the open token */
	size_t at;                /* where the next code point starts */
};

static bool
letter_is_unspaced(int32_t c)
{
	return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) ||
		(c >= 0x1780 && c <= 0x17ff) || (c >= 0x2e80 && c <= 0x9fff) ||
		(c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

/* Latin letters lose their accents; the marks of other scripts are part of their words.
 */
static int32_t
letter_without_accent(int32_t c)
{
	if (c >= 0x300 && c <= 0x36f)
		return -1;
	if (!((c >= 0xc0 && c <= 0x24f) || (c >= 0x1e00 && c <= 0x1eff)))
		return c;
	utf8proc_int32_t parts[4];
	int boundary = 0;
	utf8proc_ssize_t n =
		utf8proc_decompose_char(c, parts, 4, UTF8PROC_DECOMPOSE, &boundary);
	return n > 0 ? parts[0] : c;
}

static enum char_class
letter_class(int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
		return CHAR_LETTER;
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return CHAR_DIGIT;
	case UTF8PROC_CATEGORY_SO:
		return CHAR_EMOJI;
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_CS:
		return CHAR_BLANK;
	default:
		return CHAR_PUNCTUATION;
	}
}

static bool
is_ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct letter
letter_of_ascii(int32_t c)
{
	struct letter l = {.lower = c, .class = CHAR_PUNCTUATION};
	if (c >= 'A' && c <= 'Z')
		l = (struct letter){
			.class = CHAR_LETTER, .lower = c + ('a' - 'A'), .capital = true};
	else if (c >= 'a' && c <= 'z')
		l.class = CHAR_LETTER;
	else if (c >= '0' && c <= '9')
		l.class = CHAR_DIGIT;
	else if (c <= ' ' || c == 0x7f)
		l.class = CHAR_BLANK;
	return l;
}

static struct letter
letter_of(int32_t c)
{
	if (c < 0x80)
		return letter_of_ascii(c);
	if (c == 0x2019 || c == 0x2018 || c == 0x02bc)
		return (struct letter){.class = CHAR_PUNCTUATION, .lower = '\''};
	if (c == 0x200d || (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0x1f3fb && c <= 0x1f3ff))
		return (struct letter){.class = CHAR_JOINER, .lower = c};
	if (c == 0xfffd)
		return (struct letter){.class = CHAR_BLANK, .lower = ' '};
	struct letter l = {.class = letter_class(c), .unspaced = letter_is_unspaced(c)};
	int32_t small = utf8proc_tolower(c);
	l.capital = l.class == CHAR_LETTER && small != c;
	l.lower = letter_without_accent(small);
	return l;
}

static void
reader_put(struct reader *r, int32_t c)
{
	if (c < 0)
		return;
	if (c < 0x80)
		r->norm[r->norm_n++] = (char)c;
	else
		r->norm_n += (size_t)utf8proc_encode_char(
			c, (utf8proc_uint8_t *)r->norm + r->norm_n);
}

static void
reader_close(struct reader *r)
{
	struct token *t = r->open;
	if (!t)
		return;
	r->open = NULL;
	t->norm = (struct str){r->norm + t->at, r->norm_n - t->at};
	if (t->norm.n == 0) {
		/* Only a combining accent: nothing to read. */
		r->out->n--;
		return;
	}
	t->upper = t->kind == TOKEN_WORD && r->letters >= 2 && r->capitals == r->letters;
	r->out->letters += r->letters;
	r->out->capitals += r->capitals;
	reader_put(r, ' ');
}

static void
reader_open(struct reader *r, enum token_kind kind, bool unspaced, size_t start)
{
	reader_close(r);
	struct tokens *out = r->out;
	if (out->n == r->cap) {
		struct token *old = out->p;
		r->cap *= 2;
		out->p = arena_alloc(r->a, r->cap * sizeof(*out->p));
		memcpy(out->p, old, out->n * sizeof(*old));
	}
	r->open = &out->p[out->n++];
	*r->open = (struct token){
		.kind = kind,
		.unspaced = unspaced,
		.start = (uint32_t)start,
		.end = (uint32_t)start,
		.at = (uint32_t)r->norm_n,
	};
	r->letters = r->capitals = 0;
}

/* Is the code point at the reader's place a letter? Decides what an apostrophe or a
 * hyphen before it means. */
static bool
reader_letter_follows(const struct reader *r)
{
	size_t at = r->at;
	if (at < r->out->text.n && (unsigned char)r->out->text.p[at] < 0x80)
		return is_ascii_letter(r->out->text.p[at]);
	int32_t c = utf8_next(r->out->text, &at);
	return c >= 0 && letter_of(c).class == CHAR_LETTER;
}

static bool
reader_in_word(const struct reader *r)
{
	return r->open && (r->open->kind == TOKEN_WORD || r->open->kind == TOKEN_NUMBER);
}

static void
reader_word(struct reader *r, const struct letter *l, size_t start)
{
	bool digit = l->class == CHAR_DIGIT;
	if (!reader_in_word(r) || r->open->unspaced != l->unspaced)
		reader_open(r, digit ? TOKEN_NUMBER : TOKEN_WORD, l->unspaced, start);
	if (!digit) {
		r->open->kind = TOKEN_WORD;
		r->letters++;
		r->capitals += l->capital;
	}
	reader_put(r, l->lower);
	r->open->end = (uint32_t)r->at;
}

#define LETTERS(capital, small) [capital] = small, [small] = small
#define DIGIT(d) [d] = d
/* Small letters and digits of ASCII as they are, its capitals as small letters; 0: others. */
static const char small_of[256] = {LETTERS('A', 'a'), LETTERS('B', 'b'),
	LETTERS('C', 'c'), LETTERS('D', 'd'), LETTERS('E', 'e'), LETTERS('F', 'f'),
	LETTERS('G', 'g'), LETTERS('H', 'h'), LETTERS('I', 'i'), LETTERS('J', 'j'),
	LETTERS('K', 'k'), LETTERS('L', 'l'), LETTERS('M', 'm'), LETTERS('N', 'n'),
	LETTERS('O', 'o'), LETTERS('P', 'p'), LETTERS('Q', 'q'), LETTERS('R', 'r'),
	LETTERS('S', 's'), LETTERS('T', 't'), LETTERS('U', 'u'), LETTERS('V', 'v'),
	LETTERS('W', 'w'), LETTERS('X', 'x'), LETTERS('Y', 'y'), LETTERS('Z', 'z'),
	DIGIT('0'), DIGIT('1'), DIGIT('2'), DIGIT('3'), DIGIT('4'), DIGIT('5'),
	DIGIT('6'), DIGIT('7'), DIGIT('8'), DIGIT('9')};

/* The letters and digits of ASCII up to the next other byte, of which nearly all of most
 * messages is made: what reader_word() does with each of them, for all at once. */
static void
reader_run(struct reader *r)
{
	const char *p = r->out->text.p;
	size_t start = r->at, at = start, n = r->out->text.n, digits = 0, capitals = 0;
	if (!reader_in_word(r) || r->open->unspaced)
		reader_open(r, p[at] <= '9' ? TOKEN_NUMBER : TOKEN_WORD, false, at);
	char *norm = r->norm + r->norm_n;
	for (char small; at < n && (small = small_of[(unsigned char)p[at]]); at++) {
		digits += small <= '9';
		capitals += small != p[at];
		*norm++ = small;
	}
	if (digits < at - start)
		r->open->kind = TOKEN_WORD;
	r->letters += at - start - digits;
	r->capitals += capitals;
	r->norm_n += at - start;
	r->at = at;
	r->open->end = (uint32_t)at;
}

static void
reader_punctuation(struct reader *r, const struct letter *l, size_t start)
{
	bool inside = reader_in_word(r) && r->letters > 0 && reader_letter_follows(r);
	if (inside && l->lower == '\'') {
		reader_put(r, '\'');
		r->open->end = (uint32_t)r->at;
		return;
	}
	if (inside && l->lower == '-') {
		reader_close(r);
		return;
	}
	reader_open(r, TOKEN_PUNCTUATION, false, start);
	reader_put(r, l->lower);
	r->open->end = (uint32_t)r->at;
	reader_close(r);
}

static void
reader_step(struct reader *r, const struct letter *l, size_t start)
{
	switch (l->class) {
	case CHAR_BLANK:
		reader_close(r);
		break;
	case CHAR_LETTER:
	case CHAR_DIGIT:
		reader_word(r, l, start);
		break;
	case CHAR_PUNCTUATION:
		reader_punctuation(r, l, start);
		break;
	case CHAR_EMOJI:
		reader_open(r, TOKEN_EMOJI, false, start);
		reader_put(r, l->lower);
		r->open->end = (uint32_t)r->at;
		break;
	case CHAR_JOINER:
		/* Presentation only: the sign it modifies stays one token and loses
		 * nothing in its normal form. */
		if (r->open)
			r->open->end = (uint32_t)r->at;
		break;
	}
}

/* Who searches the text relies on its being UTF-8: bytes that are not become blanks. */
static struct str
text_valid(struct arena *a, struct str text)
{
	size_t good = utf8_check(text);
	if (good == text.n)
		return text;
	char *p = arena_alloc(a, text.n);
	memcpy(p, text.p, text.n);
	for (size_t at = good; at < text.n;) {
		p[at++] = ' ';
		at += utf8_check(str_sub(text, at, text.n));
	}
	return (struct str){p, text.n};
}

void
tokens_read(struct arena *a, struct str text, struct tokens *out)
{
	*out = (struct tokens){
		.text = text_valid(a, utf8_clip(text, MESSAGE_TEXT_BYTES_MAX))};
	size_t n = out->text.n;
	struct reader r = {.a = a, .out = out, .cap = n / 4 + 8};
	out->p = arena_alloc(a, r.cap * sizeof(*out->p));
	/* A small letter is at most half as long again as its capital, and each token
	 * adds a blank. */
	r.norm = arena_alloc(a, n * 5 / 2 + 8);
	reader_put(&r, ' ');
	while (r.at < n) {
		size_t start = r.at;
		char first = out->text.p[start];
		if (small_of[(unsigned char)first]) {
			reader_run(&r);
			continue;
		}
		if (first == ' ') {
			r.at++;
			reader_close(&r);
			continue;
		}
		int32_t c = utf8_next(out->text, &r.at);
		struct letter l = letter_of(c);
		reader_step(&r, &l, start);
	}
	reader_close(&r);
	out->norm = (struct str){r.norm, r.norm_n};
}

size_t
tokens_index(const struct tokens *t, size_t at)
{
	size_t low = 0, high = t->n;
	while (low + 1 < high) {
		size_t middle = (low + high) / 2;
		if (t->p[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}
