#include "base/limits.h"
#include "base/utf8.h"
#include "wire/regular_program.h"

/* What stands before the reader: it decides what ^ and \b mean. */
enum before { BEFORE_START, BEFORE_WORD, BEFORE_OTHER };

#define GO_UNKNOWN 0 /* not looked at yet */
#define GO_FOUND 1
#define STATE_FIRST 2

struct regular {
	struct place *places;
	const struct symbol_set *sets;
	size_t count;   /* of places */
	size_t words;   /* of a set with a bit for each place, and a word for `before` */
	uint16_t start; /* the place where every match begins */
	uint8_t class_of[SYMBOLS]; /* symbols that no set and no \b tells apart */
	uint16_t *symbol;          /* one of each class; the last class is the end */
	size_t classes;
	size_t states; /* the next one's number; STATE_FIRST is that of a text's start */
	uint32_t *key; /* hash of a state's set */
	uint32_t *go;  /* [state * classes + class]: where that state's row starts */
	uint64_t *set; /* [state * words]: the places that a state stands for */
	/* Scratch of one step. */
	uint64_t *seen, *next;
	uint16_t *stack;
};

/* ---- states ---- */

static uint16_t
state_add(struct regular *r, const uint64_t *set, uint32_t key)
{
	size_t i = r->states++;
	r->key[i] = key;
	memcpy(r->set + i * r->words, set, r->words * sizeof(*set));
	memset(r->go + i * r->classes, 0, r->classes * sizeof(*r->go));
	return (uint16_t)i;
}

/* All states but the first, which leads nowhere then. */
static void
states_forget(struct regular *r)
{
	uint64_t start[REGULAR_NODES_MAX / 64 + 1] = {0};
	start[r->words - 1] = BEFORE_START;
	r->states = STATE_FIRST;
	state_add(r, start, 0);
}

/* The state of these places; all others are forgotten when there is no room. */
static uint16_t
state_of(struct regular *r, const uint64_t *set)
{
	uint64_t hash = 0;
	for (size_t i = 0; i < r->words; i++)
		hash = (hash ^ set[i]) * UINT64_C(0x9e3779b97f4a7c15), hash ^= hash >> 32;
	uint32_t key = (uint32_t)hash;
	for (size_t i = STATE_FIRST; i < r->states; i++)
		if (r->key[i] == key &&
			memcmp(r->set + i * r->words, set, r->words * sizeof(*set)) == 0)
			return (uint16_t)i;
	if (r->states == REGULAR_STATES_MAX)
		states_forget(r);
	return state_add(r, set, key);
}

/* ---- building ---- */

/* Splits every class into what is in the set and what is not. */
static bool
classes_split(struct regular *r, const struct symbol_set *set)
{
	uint8_t renamed[UINT8_MAX + 1][2];
	size_t n = 0;
	memset(renamed, UINT8_MAX, sizeof(renamed));
	for (unsigned c = 0; c < SYMBOLS; c++) {
		uint8_t *name = &renamed[r->class_of[c]][symbol_in(set, c)];
		if (*name == UINT8_MAX && n == UINT8_MAX)
			return false;
		if (*name == UINT8_MAX)
			*name = (uint8_t)n++;
		r->class_of[c] = *name;
	}
	r->classes = n;
	return true;
}

static bool
classes_make(struct regular *r, struct arena *a, const struct places *p)
{
	struct symbol_set words = {0};
	for (unsigned c = 0; c < SYMBOL_OTHER; c++)
		if (symbol_is_word(c))
			words.bits[c / 64] |= UINT64_C(1) << (c % 64);
	bool fits = classes_split(r, &words);
	for (size_t i = 0; i < p->set_count && fits; i++)
		fits = classes_split(r, &p->sets[i]);
	r->symbol = arena_alloc(a, r->classes * sizeof(*r->symbol));
	for (unsigned c = 0; c < SYMBOLS; c++)
		r->symbol[r->class_of[c]] = (uint16_t)c;
	r->classes++; /* the end */
	return fits;
}

/* Steps that lead to a PLACE_PASS lead to where that leads. A circle of them ends at the
 * place that began it, for every loop goes through a PLACE_CHOICE. */
static uint16_t
places_skip(const struct places *p, uint16_t at)
{
	while (p->p[at].kind == PLACE_PASS)
		at = p->p[at].next;
	return at;
}

struct regular *
regular_new(struct arena *a, struct str source)
{
	struct arena scratch;
	arena_init(&scratch, 0);
	struct places p = {
		.p = arena_alloc(&scratch, REGULAR_NODES_MAX * sizeof(*p.p)),
		.sets = arena_alloc(&scratch, REGULAR_NODES_MAX * sizeof(*p.sets)),
	};
	struct regular *r = NULL;
	if (!regular_parse(source, &p))
		goto out;
	struct regular *made = ARENA_NEW(a, struct regular);
	if (!classes_make(made, a, &p))
		goto out;
	r = made;
	r->places = arena_alloc(a, p.n * sizeof(*r->places));
	r->count = p.n;
	for (size_t i = 0; i < p.n; i++) {
		r->places[i] = p.p[i];
		r->places[i].next = places_skip(&p, p.p[i].next);
		r->places[i].other = places_skip(&p, p.p[i].other);
	}
	struct symbol_set *sets = arena_alloc(a, (p.set_count + 1) * sizeof(*sets));
	memcpy(sets, p.sets, p.set_count * sizeof(*sets));
	r->sets = sets;
	r->start = places_skip(&p, p.start);
	r->words = (p.n + 63) / 64 + 1;
	/* Given out but not touched: a state's row is written when the state is made. */
	r->go = arena_alloc(a, REGULAR_STATES_MAX * r->classes * sizeof(*r->go));
	r->set = arena_alloc(a, REGULAR_STATES_MAX * r->words * sizeof(*r->set));
	r->key = arena_alloc(a, REGULAR_STATES_MAX * sizeof(*r->key));
	r->seen = arena_alloc(a, r->words * sizeof(*r->seen));
	r->next = arena_alloc(a, r->words * sizeof(*r->next));
	r->stack = arena_alloc(a, (p.n + 1) * sizeof(*r->stack));
	states_forget(r);
out:
	arena_fini(&scratch);
	return r;
}

/* ---- running ---- */

static void
push(struct regular *r, size_t *depth, uint16_t at)
{
	if (r->seen[at / 64] >> (at % 64) & 1)
		return;
	r->seen[at / 64] |= UINT64_C(1) << (at % 64);
	r->stack[(*depth)++] = at;
}

/* One step: where this symbol leads from the places of `set`, into r->next. True: a match
 * ends before the symbol. */
static bool
step(struct regular *r, const uint64_t *set, unsigned symbol, bool end)
{
	enum before before = (enum before)set[r->words - 1];
	bool word = !end && symbol_is_word(symbol);
	size_t depth = 0;
	memset(r->seen, 0, r->words * sizeof(*r->seen));
	memset(r->next, 0, r->words * sizeof(*r->next));
	r->next[r->words - 1] = word ? BEFORE_WORD : BEFORE_OTHER;
	push(r, &depth, r->start);
	for (size_t w = 0; w + 1 < r->words; w++)
		for (uint64_t bits = set[w]; bits; bits &= bits - 1)
			push(r, &depth,
				(uint16_t)(w * 64 + (size_t)__builtin_ctzll(bits)));
	while (depth) {
		const struct place *at = &r->places[r->stack[--depth]];
		bool open = at->kind == PLACE_PASS || at->kind == PLACE_CHOICE ||
			(at->kind == PLACE_START && before == BEFORE_START) ||
			(at->kind == PLACE_END && end) ||
			(at->kind == PLACE_BOUNDARY && word != (before == BEFORE_WORD));
		if (at->kind == PLACE_FOUND)
			return true;
		if (open)
			push(r, &depth, at->next);
		if (at->kind == PLACE_CHOICE)
			push(r, &depth, at->other);
		if (at->kind == PLACE_SYMBOL && !end &&
			symbol_in(&r->sets[at->set], symbol))
			r->next[at->next / 64] |= UINT64_C(1) << (at->next % 64);
	}
	return false;
}

/* Where a state's row leads with a class. Nothing is written down when all states were
 * forgotten on the way, for this one is no longer there. */
static uint32_t
row_go(struct regular *r, uint32_t row, size_t class)
{
	bool end = class == r->classes - 1;
	size_t state = row / r->classes, states = r->states;
	if (step(r, r->set + state * r->words, end ? 0 : r->symbol[class], end))
		return r->go[row + class] = GO_FOUND;
	uint32_t to = (uint32_t)(state_of(r, r->next) * r->classes);
	if (r->states >= states)
		r->go[row + class] = to;
	return to;
}

/* ---- finding ---- */

/* A character over U+007F as a symbol. False: one that ignoring case folds to a letter
 * below U+0100, or no UTF-8. */
static bool
symbol_read(struct str text, size_t *at, unsigned *out)
{
	static const int32_t folded[] = {
		0x178, 0x17f, 0x39c, 0x3bc, 0x1e9e, 0x212a, 0x212b, 0xfffd};
	int32_t c = utf8_next(text, at);
	for (size_t i = 0; i < sizeof(folded) / sizeof(folded[0]); i++)
		if (c == folded[i])
			return false;
	*out = c < SYMBOL_OTHER ? (unsigned)c : SYMBOL_OTHER;
	return true;
}

/* Follows ASCII as far as it is known where it leads: nearly all of nearly all texts.
 * Stops at what must be looked at. */
static inline uint32_t
rows_follow(const struct regular *r, uint32_t row, struct str text, size_t *at)
{
	const uint32_t *go = r->go;
	size_t i = *at;
	for (; i < text.n && (unsigned char)text.p[i] < 0x80; i++) {
		uint32_t to = go[row + r->class_of[(unsigned char)text.p[i]]];
		if (to <= GO_FOUND)
			break;
		row = to;
	}
	*at = i;
	return row;
}

enum regular_answer
regular_find(struct regular *r, struct str text)
{
	/* It must not depend on the states that happen to be there. */
	if (text.n > REGULAR_WORK_MAX / r->count)
		return REGULAR_UNKNOWN;
	uint32_t row = (uint32_t)(STATE_FIRST * r->classes), to;
	for (size_t at = 0;;) {
		row = rows_follow(r, row, text, &at);
		if (at == text.n)
			break;
		unsigned symbol = (unsigned char)text.p[at];
		if (symbol < 0x80)
			at++;
		else if (!symbol_read(text, &at, &symbol))
			return REGULAR_UNKNOWN;
		to = r->go[row + r->class_of[symbol]];
		if (to == GO_UNKNOWN)
			to = row_go(r, row, r->class_of[symbol]);
		if (to == GO_FOUND)
			return REGULAR_OCCURS;
		row = to;
	}
	to = r->go[row + r->classes - 1];
	if (to == GO_UNKNOWN)
		to = row_go(r, row, r->classes - 1);
	return to == GO_FOUND ? REGULAR_OCCURS : REGULAR_ABSENT;
}
