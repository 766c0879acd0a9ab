#include "text/pattern_literals.h"

#include "base/utf8.h"

#include <utf8proc.h>

#define SET_MAX 64 /* literals of one pattern; a larger choice is not worth a filter */
#define DEPTH_MAX 16
#define RUN_MAX 64

struct parser {
	struct arena *a;
	struct str source;
	size_t at;
	bool case_sensitive;
	bool lost; /* syntax that this parser does not know */
	int depth;
};

/* The best set found so far in one branch, and the run of literal bytes being read; the
 * same for digits. */
struct branch {
	struct literal_set best;
	char run[RUN_MAX];
	size_t run_n;
	size_t digits; /* that stand in a row before the parser's place */
};

static void parse_choice(struct parser *p, struct literal_set *out);

/* The shortest literal decides how much a set filters. */
static size_t
set_strength(const struct literal_set *s)
{
	size_t least = s->n ? SIZE_MAX : 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->p[i].n < least)
			least = s->p[i].n;
	return least;
}

static void
branch_offer(struct branch *b, const struct literal_set *s)
{
	if (set_strength(s) > set_strength(&b->best)) {
		b->best.p = s->p;
		b->best.n = s->n;
	}
	if (s->digits > b->best.digits)
		b->best.digits = s->digits;
}

static void
branch_end_run(struct parser *p, struct branch *b)
{
	if (b->run_n) {
		struct literal_set one = {.p = ARENA_ARRAY(p->a, struct str, 1), .n = 1};
		one.p[0] = arena_str(p->a, (struct str){b->run, b->run_n});
		branch_offer(b, &one);
	}
	b->run_n = 0;
}

/* What comes next matches `least` digits and nothing else, or may match something else. */
static void
branch_digits(struct branch *b, bool digit, size_t least)
{
	b->digits = digit && least ? b->digits + least : 0;
	if (b->digits > b->best.digits)
		b->best.digits = b->digits;
}

static int
parser_peek(const struct parser *p)
{
	return p->at < p->source.n ? (unsigned char)p->source.p[p->at] : -1;
}

static bool
parser_take(struct parser *p, const char *z)
{
	if (!str_starts(str_sub(p->source, p->at, p->source.n), str_of(z)))
		return false;
	p->at += strlen(z);
	return true;
}

/* {n}, {n,} or {n,m}: the least count; -1 when it is no quantifier but plain text. */
static int
parse_braces(struct parser *p)
{
	size_t at = p->at + 1;
	int least = 0;
	size_t digits = 0;
	for (; at < p->source.n && p->source.p[at] >= '0' && p->source.p[at] <= '9';
		at++, digits++)
		least = least < 1000 ? least * 10 + (p->source.p[at] - '0') : least;
	while (at < p->source.n &&
		((p->source.p[at] >= '0' && p->source.p[at] <= '9') ||
			p->source.p[at] == ','))
		at++;
	if (!digits || at >= p->source.n || p->source.p[at] != '}')
		return -1;
	p->at = at + 1;
	return least;
}

struct quantifier {
	bool present;
	bool optional; /* may occur zero times */
	size_t least;
};

static struct quantifier
parse_quantifier(struct parser *p)
{
	struct quantifier q = {.least = 1};
	int c = parser_peek(p);
	if (c == '{') {
		int least = parse_braces(p);
		if (least < 0)
			return q;
		q = (struct quantifier){true, least == 0, (size_t)least};
	} else if (c == '?' || c == '*' || c == '+') {
		p->at++;
		q = (struct quantifier){true, c != '+', c == '+'};
	} else {
		return q;
	}
	c = parser_peek(p);
	if (c == '?' || c == '+')
		p->at++; /* lazy or possessive */
	return q;
}

/* An emoji, for example. */
static bool
has_one_case(struct str bytes)
{
	size_t at = 0;
	int32_t c = utf8_next(bytes, &at);
	return utf8proc_tolower(c) == c && utf8proc_toupper(c) == c;
}

/* One character that stands for itself, `from` up to the parser's place. */
static void
branch_literal(struct parser *p, struct branch *b, struct str bytes)
{
	struct quantifier q = parse_quantifier(p);
	bool foldable = bytes.n == 1 && (unsigned char)bytes.p[0] < 0x80;
	branch_digits(b, bytes.p[0] >= '0' && bytes.p[0] <= '9', q.least);
	if (q.optional || (!foldable && !p->case_sensitive && !has_one_case(bytes)) ||
		b->run_n + bytes.n > RUN_MAX) {
		branch_end_run(p, b);
		return;
	}
	for (size_t i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];
		bool capital = !p->case_sensitive && c >= 'A' && c <= 'Z';
		b->run[b->run_n++] = capital ? (char)(c + ('a' - 'A')) : c;
	}
	if (q.present)
		branch_end_run(p, b);
}

static bool
is_digit_range(const struct parser *p)
{
	struct str around = str_sub(p->source, p->at - 1, p->at + 2);
	return around.n == 3 && around.p[1] == '-' && around.p[0] >= '0' &&
		around.p[0] <= '9' && around.p[2] >= '0' && around.p[2] <= '9';
}

static void
parse_class(struct parser *p, struct branch *b)
{
	p->at++;
	bool digits = !parser_take(p, "^");
	digits = !parser_take(p, "]") && digits;
	while (p->at < p->source.n && p->source.p[p->at] != ']') {
		char c = p->source.p[p->at];
		/* The dash of a range from digit to digit lies between them. */
		digits = digits && ((c >= '0' && c <= '9') || is_digit_range(p));
		if (p->source.p[p->at] == '\\')
			p->at++;
		else if (parser_take(p, "[:"))
			p->at = p->at +
				(size_t)(str_find(str_sub(p->source, p->at, p->source.n),
						 STR(":]")) +
					1);
		p->at++;
	}
	p->at++;
	branch_end_run(p, b);
	branch_digits(b, digits, parse_quantifier(p).least);
}

static void
parse_escape(struct parser *p, struct branch *b)
{
	p->at++;
	int c = parser_peek(p);
	p->at++;
	if (c < 0 || c >= 0x80) {
		p->lost = true;
	} else if (strchr("bBAzZG", c) && c) {
		return; /* matches a place, not a character: the run goes on */
	} else if (strchr("dDwWsShHvVRXnrtN", c) && c) {
		branch_end_run(p, b);
		branch_digits(b, c == 'd', parse_quantifier(p).least);
	} else if (c == 'p' || c == 'P') {
		ptrdiff_t close = parser_peek(p) == '{'
			? str_find_char(str_sub(p->source, p->at, p->source.n), '}')
			: 0;
		p->lost = p->lost || close < 0;
		p->at += (size_t)(close < 0 ? 0 : close) + 1;
		branch_end_run(p, b);
		branch_digits(b, false, parse_quantifier(p).least);
	} else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z')) {
		p->lost = true;
	} else {
		char byte = (char)c;
		branch_literal(p, b, (struct str){&byte, 1});
	}
}

/* What a group's body is to the text: a part of the match, beside it, or not there. */
enum group { GROUP_PART, GROUP_BESIDE, GROUP_ABSENT };

/* What stands between "(" and the group's body. */
static enum group
parse_group_head(struct parser *p)
{
	if (parser_take(p, "?:"))
		return GROUP_PART;
	if (parser_take(p, "?=") || parser_take(p, "?<="))
		return GROUP_BESIDE;
	if (parser_take(p, "?!") || parser_take(p, "?<!"))
		return GROUP_ABSENT;
	if (parser_take(p, "?<") || parser_take(p, "?P<")) {
		ptrdiff_t close =
			str_find_char(str_sub(p->source, p->at, p->source.n), '>');
		p->lost = p->lost || close < 0;
		p->at += (size_t)(close < 0 ? 0 : close) + 1;
		return GROUP_PART;
	}
	p->lost = p->lost || parser_peek(p) == '?' || parser_peek(p) == '*';
	return GROUP_PART;
}

static void
parse_group(struct parser *p, struct branch *b)
{
	p->at++;
	branch_end_run(p, b);
	enum group group = parse_group_head(p);
	struct literal_set inner = {0};
	if (p->lost || ++p->depth > DEPTH_MAX) {
		p->lost = true;
		return;
	}
	parse_choice(p, &inner);
	p->depth--;
	p->lost = p->lost || !parser_take(p, ")");
	struct quantifier q = parse_quantifier(p);
	branch_digits(b, false, 0);
	if (group != GROUP_ABSENT && !q.optional)
		branch_offer(b, &inner);
}

static void
parse_branch(struct parser *p, struct literal_set *out)
{
	struct branch b = {0};
	int c;
	while (!p->lost && (c = parser_peek(p)) >= 0 && c != '|' && c != ')') {
		if (c == '\\') {
			parse_escape(p, &b);
		} else if (c == '[') {
			parse_class(p, &b);
		} else if (c == '(') {
			parse_group(p, &b);
		} else if (c == '.') {
			p->at++;
			branch_end_run(p, &b);
			branch_digits(&b, false, parse_quantifier(p).least);
		} else if (c == '^' || c == '$') {
			p->at++;
		} else {
			size_t from = p->at;
			utf8_next(p->source, &p->at);
			branch_literal(p, &b, str_sub(p->source, from, p->at));
		}
	}
	branch_end_run(p, &b);
	*out = b.best;
}

static void
parse_choice(struct parser *p, struct literal_set *out)
{
	struct literal_set all = {
		.p = ARENA_ARRAY(p->a, struct str, SET_MAX), .digits = SIZE_MAX};
	bool open = false; /* a branch that needs no literal, or too many of them */
	do {
		struct literal_set one;
		parse_branch(p, &one);
		all.digits = one.digits < all.digits ? one.digits : all.digits;
		open = open || one.n == 0 || all.n + one.n > SET_MAX;
		for (size_t i = 0; !open && i < one.n; i++)
			all.p[all.n++] = one.p[i];
	} while (!p->lost && parser_take(p, "|"));
	if (open)
		all.n = 0;
	*out = all;
}

void
pattern_literals(
	struct arena *a, struct str source, bool case_sensitive, struct literal_set *out)
{
	struct parser p = {.a = a, .source = source, .case_sensitive = case_sensitive};
	struct literal_set found;
	if (parser_take(&p, "(?i)"))
		p.case_sensitive = false;
	parse_choice(&p, &found);
	if (p.lost || p.at != source.n)
		found.n = found.digits = 0;
	*out = found;
}
