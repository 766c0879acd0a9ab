#define PCRE2_CODE_UNIT_WIDTH 8

#include "text/patterns.h"

#include "base/limits.h"
#include "text/aho.h"
#include "text/pattern_literals.h"

#include <pcre2.h>

struct pattern_row {
	pcre2_code *code;
	/* Without Unicode's classes, for texts of ASCII alone: it finds the same in a
	 * fraction of the time. NULL when it cannot be done without them. */
	pcre2_code *ascii;
	bool jit, ascii_jit; /* compiled to the processor's own code */
	size_t digits;       /* that a text must have in a row */
	bool first_only;
};

struct patterns {
	struct pattern_row *row;
	size_t count;
	size_t words;     /* of a bit set with a bit for each pattern */
	uint64_t *always; /* bit set of the patterns that have no literal */
	size_t unfiltered;
	size_t digits_most, digits_least; /* of what the patterns need */
	struct aho *filter;               /* over all literals, case folded */
	uint32_t *owner;  /* pattern of each literal, grouped by literal */
	uint32_t *owners; /* owner[owners[literal] … owners[literal + 1]) */
	pcre2_match_context *context;
	pcre2_match_data *data;
};

static bool
is_ascii(struct str s)
{
	uint64_t high = 0;
	size_t at = 0;
	for (uint64_t word; s.n - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, s.p + at, sizeof(word));
		high |= word;
	}
	for (; at < s.n; at++)
		high |= (unsigned char)s.p[at];
	return !(high & UINT64_C(0x8080808080808080));
}

static enum err
pattern_compile(
	const struct pattern *in, size_t at, struct pattern_row *out, struct error *e)
{
	if (in->source.n > PATTERN_SOURCE_MAX)
		return err_set(e, ERR_LIMIT, "pattern %zu has %zu bytes, at most %d",
			at + 1, in->source.n, PATTERN_SOURCE_MAX);
	int code;
	PCRE2_SIZE place;
	uint32_t flags = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C |
		(in->case_sensitive ? 0 : PCRE2_CASELESS);
	out->code = pcre2_compile(
		(PCRE2_SPTR)in->source.p, in->source.n, flags, &code, &place, NULL);
	if (!out->code) {
		char why[120];
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
		return err_set(e, ERR_INVALID, "pattern %.*s: %s at byte %zu",
			STR_ARG(str_sub(in->source, 0, 80)), why, place);
	}
	/* Without a JIT for this processor the interpreter does the same, slower. */
	out->jit = !pcre2_jit_compile(out->code, PCRE2_JIT_COMPLETE);
	uint32_t needless = PCRE2_UCP | (is_ascii(in->source) ? PCRE2_UTF : 0);
	out->ascii = pcre2_compile((PCRE2_SPTR)in->source.p, in->source.n,
		flags & ~needless, &code, &place, NULL);
	if (out->ascii)
		out->ascii_jit = !pcre2_jit_compile(out->ascii, PCRE2_JIT_COMPLETE);
	out->first_only = in->first_only;
	return OK;
}

/* A literal as the filter is built from it: equal ones of several patterns share an
 * automaton's entry. */
struct filter_literal {
	struct str text;
	uint32_t pattern;
};

static int
filter_literal_cmp(const void *a, const void *b)
{
	const struct filter_literal *x = a, *y = b;
	int order = str_cmp(x->text, y->text);
	return order ? order : (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

static size_t
filter_collect(struct patterns *p, struct arena *a, const struct pattern *list,
	struct filter_literal **out)
{
	size_t n = 0, cap = 64;
	struct filter_literal *all = ARENA_ARRAY(a, struct filter_literal, cap);
	for (size_t i = 0; i < p->count; i++) {
		struct literal_set set;
		pattern_literals(a, list[i].source, list[i].case_sensitive, &set);
		if (!set.n) {
			p->always[i / 64] |= UINT64_C(1) << (i % 64);
			p->unfiltered += !set.digits;
		}
		p->row[i].digits = set.digits;
		if (set.digits > p->digits_most)
			p->digits_most = set.digits;
		if (set.digits < p->digits_least)
			p->digits_least = set.digits;
		for (size_t j = 0; j < set.n; j++) {
			if (n == cap) {
				struct filter_literal *more =
					ARENA_ARRAY(a, struct filter_literal, cap * 2);
				memcpy(more, all, n * sizeof(*all));
				all = more;
				cap *= 2;
			}
			all[n++] = (struct filter_literal){set.p[j], (uint32_t)i};
		}
	}
	*out = all;
	return n;
}

static enum err
filter_build(
	struct patterns *p, struct arena *a, const struct pattern *list, struct error *e)
{
	struct filter_literal *all;
	size_t n = filter_collect(p, a, list, &all);
	for (size_t i = 0; i < n; i++) {
		/* The automaton folds the text; literals of case-sensitive patterns are
		 * folded alike and filter a little less. */
		char *bytes = arena_alloc(a, all[i].text.n);
		for (size_t j = 0; j < all[i].text.n; j++) {
			char c = all[i].text.p[j];
			bytes[j] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
		}
		all[i].text.p = bytes;
	}
	qsort(all, n, sizeof(*all), filter_literal_cmp);
	struct str *unique = ARENA_ARRAY(a, struct str, n + 1);
	p->owner = mem_alloc((n + 1) * sizeof(*p->owner));
	p->owners = mem_alloc((n + 1) * sizeof(*p->owners));
	size_t kinds = 0;
	for (size_t i = 0; i < n; i++) {
		if (!i || !str_eq(all[i].text, all[i - 1].text)) {
			p->owners[kinds] = (uint32_t)i;
			unique[kinds++] = all[i].text;
		}
		p->owner[i] = all[i].pattern;
	}
	p->owners[kinds] = (uint32_t)n;
	return aho_new(unique, kinds, true, &p->filter, e);
}

enum err
patterns_new(
	const struct pattern *list, size_t count, struct patterns **out, struct error *e)
{
	if (count > PATTERNS_MAX)
		return err_set(
			e, ERR_LIMIT, "%zu patterns, at most %d", count, PATTERNS_MAX);
	struct arena a;
	arena_init(&a, 0);
	struct patterns *p = mem_zalloc(sizeof(*p));
	p->row = mem_zalloc((count + 1) * sizeof(*p->row));
	p->words = count / 64 + 1;
	p->digits_least = SIZE_MAX;
	p->always = mem_zalloc(p->words * sizeof(*p->always));
	enum err err = OK;
	for (; !err && p->count < count; p->count++)
		err = pattern_compile(&list[p->count], p->count, &p->row[p->count], e);
	if (!err)
		err = filter_build(p, &a, list, e);
	arena_fini(&a);
	if (err) {
		patterns_free(&p);
		return err;
	}
	p->data = pcre2_match_data_create(8, NULL);
	p->context = pcre2_match_context_create(NULL);
	require(p->data && p->context);
	pcre2_set_match_limit(p->context, PATTERN_MATCH_LIMIT);
	pcre2_set_depth_limit(p->context, PATTERN_DEPTH_LIMIT);
	pcre2_set_heap_limit(p->context, PATTERN_HEAP_KIB);
	*out = p;
	return OK;
}

void
patterns_free(struct patterns **patterns)
{
	struct patterns *p = *patterns;
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++) {
		pcre2_code_free(p->row[i].code);
		pcre2_code_free(p->row[i].ascii);
	}
	pcre2_match_data_free(p->data);
	pcre2_match_context_free(p->context);
	aho_free(&p->filter);
	free(p->row);
	free(p->always);
	free(p->owner);
	free(p->owners);
	free(p);
	*patterns = NULL;
}

size_t
patterns_unfiltered(const struct patterns *p)
{
	return p->unfiltered;
}

/* How many digits of ASCII stand in a row at most. Most texts hold few, so words of eight
 * bytes without one are skipped: a digit's low bits do not carry over nine. */
static size_t
digits_in_row(struct str s)
{
	size_t most = 0, row = 0, at = 0;
	while (at < s.n) {
		uint64_t word;
		size_t step = s.n - at < sizeof(word) ? s.n - at : sizeof(word);
		if (step == sizeof(word)) {
			memcpy(&word, s.p + at, sizeof(word));
			word ^= UINT64_C(0x3030303030303030);
			word |= (word & UINT64_C(0x7f7f7f7f7f7f7f7f)) +
				UINT64_C(0x7676767676767676);
			if (!(~word & UINT64_C(0x8080808080808080))) {
				row = 0;
				at += step;
				continue;
			}
		}
		for (size_t end = at + step; at < end; at++) {
			row = s.p[at] >= '0' && s.p[at] <= '9' ? row + 1 : 0;
			most = row > most ? row : most;
		}
	}
	return most;
}

/* One scan: where hits go and how much work is left. */
struct scan {
	struct patterns *p;
	struct str text;
	bool ascii; /* the text */
	struct pattern_hits *out;
	size_t work;   /* bytes that may still be given to PCRE2 */
	size_t digits; /* of the text in a row; scripts have digits of their own, so a
			  text that is not ASCII may have any number */
};

static void
scan_candidates(const struct patterns *p, struct str text, uint64_t *set)
{
	memcpy(set, p->always, p->words * sizeof(*set));
	struct aho_scan s;
	struct aho_hit hit;
	aho_start(&s, p->filter, text);
	while (aho_next(&s, &hit)) {
		for (uint32_t i = p->owners[hit.id]; i < p->owners[hit.id + 1]; i++)
			set[p->owner[i] / 64] |= UINT64_C(1) << (p->owner[i] % 64);
	}
}

static size_t
scan_step_over(struct str text, size_t at)
{
	do
		at++;
	while (at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80);
	return at;
}

/* A long text is matched in overlapping pieces, so that a pattern of quadratic cost stays
 * linear in the text. */
static size_t
scan_piece_end(struct str text, size_t from)
{
	if (text.n - from <= PATTERN_PIECE)
		return text.n;
	size_t end = from + PATTERN_PIECE;
	while (end > from && ((unsigned char)text.p[end] & 0xc0) == 0x80)
		end--;
	return end;
}

static void
scan_add(struct scan *s, uint32_t id, int groups)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(s->p->data);
	/* 0: there were more groups than places; the first ones are there. */
	bool group = groups != 1 && at[2] != PCRE2_UNSET && at[3] != PCRE2_UNSET;
	s->out->p[s->out->n++] = (struct pattern_hit){
		.id = id,
		.start = (uint32_t)at[0],
		.end = (uint32_t)at[1],
		.group_start = (uint32_t)(group ? at[2] : at[0]),
		.group_end = (uint32_t)(group ? at[3] : at[1]),
	};
}

/* The processor's code is called without what pcre2_match() checks first, the text's
 * encoding and its own arguments, which costs as much as a short text. */
static int
scan_match(struct scan *s, const struct pattern_row *row, size_t end, size_t from)
{
	bool ascii = s->ascii && row->ascii;
	const pcre2_code *code = ascii ? row->ascii : row->code;
	PCRE2_SPTR text = (PCRE2_SPTR)s->text.p;
	uint32_t flags = end == s->text.n ? 0 : PCRE2_NOTEOL;
	if (ascii ? row->ascii_jit : row->jit)
		return pcre2_jit_match(
			code, text, end, from, flags, s->p->data, s->p->context);
	return pcre2_match(code, text, end, from, flags | PCRE2_NO_UTF_CHECK, s->p->data,
		s->p->context);
}

/* Runs one pattern from `from` to the end of its piece; gives the place to go on from, or
 * the text's end when there is no more. */
static size_t
scan_once(struct scan *s, uint32_t id, size_t from)
{
	struct str text = s->text;
	size_t end = scan_piece_end(text, from);
	bool last = end == text.n;
	if (s->work < end - from) {
		s->out->limited++;
		return text.n + 1;
	}
	s->work -= end - from;
	int rc = scan_match(s, &s->p->row[id], end, from);
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(s->p->data);
	if (rc < 0) {
		s->out->limited += rc != PCRE2_ERROR_NOMATCH;
		size_t next = end - PATTERN_PIECE / 4;
		while (!last && ((unsigned char)text.p[next] & 0xc0) == 0x80)
			next--;
		return last || rc != PCRE2_ERROR_NOMATCH ? text.n + 1 : next;
	}
	if (at[1] == end && !last && at[0] > from)
		return at[0]; /* it may be longer than the piece shows */
	if (at[1] > at[0] || at[1] > from)
		scan_add(s, id, rc);
	return at[1] > from ? at[1] : scan_step_over(text, from);
}

static void
scan_pattern(struct scan *s, uint32_t id)
{
	size_t at = 0, before = s->out->n;
	while (at <= s->text.n && s->out->n < PATTERN_HITS_MAX) {
		at = scan_once(s, id, at);
		if (s->p->row[id].first_only && s->out->n > before)
			break;
		if (at == s->text.n)
			break; /* what matches nothing at the very end is of no use */
	}
}

void
patterns_scan(
	struct patterns *p, struct arena *a, struct str text, struct pattern_hits *out)
{
	*out = (struct pattern_hits){0};
	if (!p->count)
		return;
	/* PCRE2 takes no NULL, not even for an empty text. */
	if (!text.p)
		text = STR("");
	struct scan s = {.p = p,
		.text = text,
		.ascii = is_ascii(text),
		.out = out,
		.work = PATTERN_WORK_MAX,
		.digits = SIZE_MAX};
	if (s.ascii && p->digits_most)
		s.digits = digits_in_row(text);
	if (s.digits < p->digits_least)
		return;
	uint64_t *set = ARENA_ARRAY(a, uint64_t, p->words);
	scan_candidates(p, text, set);
	for (size_t w = 0; w < p->words; w++) {
		for (uint64_t bits = set[w]; bits && out->n < PATTERN_HITS_MAX;
			bits &= bits - 1) {
			size_t id = w * 64 + (size_t)__builtin_ctzll(bits);
			if (p->row[id].digits > s.digits)
				continue;
			if (!out->p)
				out->p = arena_alloc(
					a, PATTERN_HITS_MAX * sizeof(*out->p));
			scan_pattern(&s, (uint32_t)id);
		}
	}
}
