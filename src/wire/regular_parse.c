#include "base/limits.h"
#include "base/utf8.h"
#include "wire/regular_program.h"

#define REPEAT_MAX 64
#define DEPTH_MAX 32
#define ENDLESS UINT32_MAX

struct parser {
	struct str source;
	size_t at;
	struct places *out;
	bool any_case;
	bool lost;
	int depth;
};

/* A part of the expression: where it is entered, and the PLACE_PASS where it is left. */
struct part {
	uint16_t start, end;
};

static struct part parse_choice(struct parser *p);

/* ---- places ---- */

static uint16_t
place_add(struct parser *p, enum place_kind kind, uint16_t next, uint16_t other)
{
	struct places *out = p->out;
	if (out->n == REGULAR_NODES_MAX) {
		p->lost = true;
		return 0;
	}
	out->p[out->n] = (struct place){.kind = kind, .next = next, .other = other};
	return (uint16_t)out->n++;
}

static struct part
part_of(struct parser *p, enum place_kind kind)
{
	uint16_t end = place_add(p, PLACE_PASS, 0, 0);
	return (struct part){place_add(p, kind, end, 0), end};
}

static struct part
part_empty(struct parser *p)
{
	uint16_t end = place_add(p, PLACE_PASS, 0, 0);
	return (struct part){end, end};
}

static void
part_then(struct parser *p, struct part *a, struct part b)
{
	p->out->p[a->end].next = b.start;
	a->end = b.end;
}

static struct part
part_either(struct parser *p, struct part a, struct part b)
{
	uint16_t end = place_add(p, PLACE_PASS, 0, 0);
	p->out->p[a.end].next = end;
	p->out->p[b.end].next = end;
	return (struct part){place_add(p, PLACE_CHOICE, a.start, b.start), end};
}

/* Any number of times. */
static struct part
part_loop(struct parser *p, struct part a)
{
	uint16_t end = place_add(p, PLACE_PASS, 0, 0);
	uint16_t again = place_add(p, PLACE_CHOICE, a.start, end);
	p->out->p[a.end].next = again;
	return (struct part){again, end};
}

static struct part
part_optional(struct parser *p, struct part a)
{
	return part_either(p, a, part_empty(p));
}

/* ---- sets of symbols ---- */

static void
set_put(struct symbol_set *s, unsigned c)
{
	s->bits[c / 64] |= UINT64_C(1) << (c % 64);
}

static void
set_put_range(struct symbol_set *s, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		set_put(s, c);
}

static void
set_negate(struct symbol_set *s)
{
	for (unsigned c = 0; c < SYMBOLS; c++)
		s->bits[c / 64] ^= UINT64_C(1) << (c % 64);
}

/* The other case of a Latin letter, where that is below U+0100 too; else the letter. The
 * two halves of each block are 32 apart. */
static unsigned
other_case(unsigned c)
{
	bool ascii = (c | 32) >= 'a' && (c | 32) <= 'z';
	bool latin = c >= 0xc0 && c <= 0xfe && (c | 32) != 0xf7 && c != 0xdf;
	return ascii || latin ? c ^ 32 : c;
}

static void
set_fold(struct symbol_set *s)
{
	for (unsigned c = 0; c < SYMBOL_OTHER; c++)
		if (symbol_in(s, c))
			set_put(s, other_case(c));
}

/* \d \w \s and their opposites; false for any other letter. */
static bool
set_put_named(struct symbol_set *out, char name)
{
	struct symbol_set s = {0};
	switch (name | 32) {
	case 'd':
		set_put_range(&s, '0', '9');
		break;
	case 'w':
		for (unsigned c = 0; c < SYMBOL_OTHER; c++)
			if (symbol_is_word(c))
				set_put(&s, c);
		break;
	case 's':
		set_put_range(&s, '\t', '\r');
		set_put(&s, ' ');
		break;
	default:
		return false;
	}
	if (!(name & 32))
		set_negate(&s);
	for (size_t i = 0; i < sizeof(s.bits) / sizeof(s.bits[0]); i++)
		out->bits[i] |= s.bits[i];
	return true;
}

static struct part
part_symbol(struct parser *p, const struct symbol_set *set)
{
	struct places *out = p->out;
	size_t i = 0;
	while (i < out->set_count && memcmp(&out->sets[i], set, sizeof(*set)) != 0)
		i++;
	if (i == out->set_count && i < REGULAR_NODES_MAX)
		out->sets[out->set_count++] = *set;
	struct part part = part_of(p, PLACE_SYMBOL);
	out->p[part.start].set = (uint16_t)i;
	return part;
}

/* ---- syntax ---- */

static int
peek(const struct parser *p)
{
	return p->at < p->source.n ? (unsigned char)p->source.p[p->at] : -1;
}

static bool
take(struct parser *p, const char *z)
{
	if (!str_starts(str_sub(p->source, p->at, p->source.n), str_of(z)))
		return false;
	p->at += strlen(z);
	return true;
}

/* A character that stands for itself; over U+00FF the parser is lost. */
static unsigned
parse_character(struct parser *p)
{
	int32_t c = utf8_next(p->source, &p->at);
	if (c < 0 || c > 0xff) {
		p->lost = true;
		return 0;
	}
	return (unsigned)c;
}

/* What a backslash and this letter or sign stand for, alone or in a class; -1: no
 * character. */
static int
escaped(int c)
{
	static const char letters[] = "ntrf", meaning[] = "\n\t\r\f";
	const char *at = c > 0 ? strchr(letters, c) : NULL;
	if (at)
		return meaning[at - letters];
	bool word = c < 0 || c >= 0x80 || symbol_is_word((unsigned)c);
	return word ? -1 : c;
}

static struct part
parse_escape(struct parser *p)
{
	struct symbol_set set = {0};
	p->at++;
	int c = peek(p);
	p->at++;
	if (c == 'b')
		return part_of(p, PLACE_BOUNDARY);
	if (c == 'A')
		return part_of(p, PLACE_START);
	if (c == 'z')
		return part_of(p, PLACE_END);
	int literal = escaped(c);
	if (literal >= 0)
		set_put(&set, (unsigned)literal);
	else if (c < 0 || c >= 0x80 || !set_put_named(&set, (char)c))
		p->lost = true;
	return part_symbol(p, &set);
}

/* One element of a class. False: it named a set, with which no range begins. */
static bool
parse_element(struct parser *p, struct symbol_set *set, unsigned *out)
{
	if (peek(p) == '[') {
		int next = p->at + 1 < p->source.n ? p->source.p[p->at + 1] : 0;
		p->lost = p->lost || next == ':' || next == '.' || next == '=';
	}
	if (peek(p) != '\\') {
		*out = parse_character(p);
		return true;
	}
	p->at++;
	int c = peek(p), literal = escaped(c);
	p->at++;
	if (literal >= 0) {
		*out = (unsigned)literal;
		return true;
	}
	if (c < 0 || c >= 0x80 || !set_put_named(set, (char)c))
		p->lost = true;
	return false;
}

static bool
range_follows(const struct parser *p)
{
	return peek(p) == '-' && p->at + 1 < p->source.n && p->source.p[p->at + 1] != ']';
}

static struct part
parse_class(struct parser *p)
{
	struct symbol_set set = {0};
	p->at++;
	bool negated = take(p, "^"), first = true;
	while (!p->lost && (first || peek(p) != ']')) {
		unsigned from, to;
		first = false;
		if (!parse_element(p, &set, &from)) {
			p->lost = p->lost || range_follows(p);
			continue;
		}
		to = from;
		bool range = range_follows(p);
		p->at += range;
		if (range && !parse_element(p, &set, &to))
			p->lost = true;
		if (!p->lost)
			set_put_range(&set, from, to);
	}
	p->at++;
	if (p->any_case)
		set_fold(&set);
	if (negated)
		set_negate(&set);
	return part_symbol(p, &set);
}

static struct part
parse_group(struct parser *p)
{
	p->at++;
	if (take(p, "?P<") || take(p, "?<")) {
		while (peek(p) >= 0 && symbol_is_word((unsigned)peek(p)))
			p->at++;
		p->lost = p->lost || !take(p, ">");
	} else if (!take(p, "?:") && (peek(p) == '?' || peek(p) == '*')) {
		p->lost = true;
	}
	p->lost = p->lost || ++p->depth > DEPTH_MAX;
	struct part body = p->lost ? part_empty(p) : parse_choice(p);
	p->depth--;
	p->lost = p->lost || !take(p, ")");
	return body;
}

static struct part
parse_atom(struct parser *p)
{
	struct symbol_set set = {0};
	switch (peek(p)) {
	case '(':
		return parse_group(p);
	case '[':
		return parse_class(p);
	case '\\':
		return parse_escape(p);
	case '^':
		p->at++;
		return part_of(p, PLACE_START);
	case '$':
		p->at++;
		return part_of(p, PLACE_END);
	case '.':
		p->at++;
		set_put(&set, '\n');
		set_negate(&set);
		return part_symbol(p, &set);
	case '*':
	case '+':
	case '?':
	case '{':
		p->lost = true;
		return part_empty(p);
	default:
		set_put(&set, parse_character(p));
		if (p->any_case)
			set_fold(&set);
		return part_symbol(p, &set);
	}
}

struct repeat {
	uint32_t least, most;
};

static uint32_t
parse_number(struct parser *p)
{
	uint32_t n = 0;
	p->lost = p->lost || peek(p) < '0' || peek(p) > '9';
	for (; peek(p) >= '0' && peek(p) <= '9'; p->at++)
		n = n < 10000 ? n * 10 + (uint32_t)(peek(p) - '0') : n;
	return n;
}

static struct repeat
parse_repeat(struct parser *p)
{
	struct repeat r = {1, 1};
	if (take(p, "*")) {
		r = (struct repeat){0, ENDLESS};
	} else if (take(p, "+")) {
		r = (struct repeat){1, ENDLESS};
	} else if (take(p, "?")) {
		r = (struct repeat){0, 1};
	} else if (take(p, "{")) {
		r.least = r.most = parse_number(p);
		if (take(p, ","))
			r.most = peek(p) == '}' ? ENDLESS : parse_number(p);
		p->lost = p->lost || !take(p, "}") || r.least > REPEAT_MAX ||
			(r.most != ENDLESS && (r.most > REPEAT_MAX || r.most < r.least));
	} else {
		return r;
	}
	/* Lazy or greedy, it occurs alike. More quantifiers are not for us. */
	take(p, "?");
	p->lost = p->lost || (peek(p) > 0 && strchr("*+?{", peek(p)));
	return r;
}

/* One more of the atom that was read from `from` on. */
static struct part
parse_again(struct parser *p, size_t from)
{
	size_t at = p->at;
	p->at = from;
	struct part part = parse_atom(p);
	p->at = at;
	return part;
}

static struct part
parse_piece(struct parser *p)
{
	size_t from = p->at;
	struct part one = parse_atom(p);
	struct str text = str_sub(p->source, from, p->at);
	bool place = str_eq(text, STR("^")) || str_eq(text, STR("$")) ||
		str_eq(text, STR("\\b")) || str_eq(text, STR("\\A")) ||
		str_eq(text, STR("\\z"));
	struct repeat r = parse_repeat(p);
	if (r.least == 1 && r.most == 1)
		return one;
	p->lost = p->lost || place;
	if (r.most == 0)
		return part_empty(p);
	struct part all = r.least   ? one
		: r.most == ENDLESS ? part_loop(p, one)
				    : part_optional(p, one);
	for (uint32_t i = 1; i < r.least && !p->lost; i++)
		part_then(p, &all, parse_again(p, from));
	if (r.least && r.most == ENDLESS)
		part_then(p, &all, part_loop(p, parse_again(p, from)));
	/* Copies that may all be left out: which of them are does not matter. */
	for (uint32_t i = r.least ? r.least : 1;
		r.most != ENDLESS && i < r.most && !p->lost; i++)
		part_then(p, &all, part_optional(p, parse_again(p, from)));
	return all;
}

static struct part
parse_branch(struct parser *p)
{
	struct part all = part_empty(p);
	while (!p->lost && peek(p) >= 0 && peek(p) != '|' && peek(p) != ')')
		part_then(p, &all, parse_piece(p));
	return all;
}

static struct part
parse_choice(struct parser *p)
{
	struct part all = parse_branch(p);
	while (!p->lost && take(p, "|"))
		all = part_either(p, all, parse_branch(p));
	return all;
}

bool
regular_parse(struct str source, struct places *out)
{
	struct parser p = {.source = source, .out = out};
	p.any_case = take(&p, "(?i)");
	struct part all = parse_choice(&p);
	uint16_t found = place_add(&p, PLACE_FOUND, 0, 0);
	if (p.lost || p.at != source.n)
		return false;
	out->p[all.end].next = found;
	out->start = all.start;
	return true;
}
