#include "text/aho.h"

#include "base/arena.h"
#include "base/limits.h"

#define NONE UINT32_MAX
#define HIT (UINT32_C(1) << 31) /* set in a step to a state where a literal ends */
#define BYTE_CLASSES 257        /* of 256 bytes, and the one of what no literal holds */
#define PACKING_TRIES 64        /* slots that may start a row before it goes to the top */
#define PACKING_SKIP 16 /* slots given up then, for they would fail the next one too */

/* A step of the state `from`, at slot[from + class]. A state's number is where its steps
 * start, and rows lie inside each other: `from` tells whose a slot is. */
struct aho_slot {
	uint32_t from, to;
};

/* A literal that ends, and the longest shorter one that ends at the same byte. */
struct aho_end {
	uint32_t id;
	uint32_t shorter; /* index of an end, or NONE */
};

struct aho {
	uint16_t class_of[256]; /* 0: a byte that no literal holds */
	uint32_t classes;
	uint32_t slots; /* the last state's row inside */
	struct aho_slot *slot;
	uint32_t *first; /* by state: its longest end, or NONE */
	uint32_t *pair;  /* [last class * classes + class]: steps into depths 0 to 2 */
	struct aho_end *end;
	uint32_t ends;
};

/* ---- the trie ---- */

struct node {
	uint32_t child, sibling; /* 0: none, for the root is nobody's child */
	uint32_t suffix;         /* the longest proper one that is in the trie */
	uint32_t end;            /* as aho.first */
	uint32_t row, steps;     /* in trie.step */
	uint32_t state;
	uint16_t class;
	uint8_t depth; /* 3 stands for all below */
};

struct step {
	uint32_t node;
	uint16_t class;
};

struct trie {
	const struct aho *a;
	struct node *node;
	uint32_t nodes;
	uint32_t first[BYTE_CLASSES]; /* the root's children by class */
	uint32_t *order;              /* nodes by depth */
	struct step *step;
	size_t steps, capacity;
};

static uint8_t
byte_folded(uint8_t b, bool fold)
{
	return fold && b >= 'A' && b <= 'Z' ? (uint8_t)(b + ('a' - 'A')) : b;
}

static void
aho_classes(struct aho *a, const struct str *literals, size_t count, bool fold)
{
	a->classes = 1;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < literals[i].n; j++) {
			uint8_t b = byte_folded((uint8_t)literals[i].p[j], fold);
			if (!a->class_of[b])
				a->class_of[b] = (uint16_t)a->classes++;
		}
	}
	for (uint8_t b = 'A'; fold && b <= 'Z'; b++)
		a->class_of[b] = a->class_of[byte_folded(b, true)];
}

static uint32_t
trie_child(const struct trie *t, uint32_t at, uint16_t class)
{
	if (at == 0)
		return t->first[class];
	uint32_t child = t->node[at].child;
	while (child && t->node[child].class != class)
		child = t->node[child].sibling;
	return child;
}

static uint32_t
trie_grow(struct trie *t, uint32_t at, uint16_t class)
{
	uint32_t new = t->nodes++;
	uint8_t depth = t->node[at].depth;
	t->node[new] = (struct node){
		.sibling = t->node[at].child,
		.end = NONE,
		.class = class,
		.depth = depth < 3 ? (uint8_t)(depth + 1) : 3,
	};
	t->node[at].child = new;
	if (at == 0)
		t->first[class] = new;
	return new;
}

static void
trie_insert(struct trie *t, struct aho *a, struct str literal, uint32_t id)
{
	uint32_t at = 0;
	for (size_t i = 0; i < literal.n; i++) {
		uint16_t class = a->class_of[(uint8_t)literal.p[i]];
		uint32_t child = trie_child(t, at, class);
		at = child ? child : trie_grow(t, at, class);
	}
	if (!literal.n || t->node[at].end != NONE)
		return;
	t->node[at].end = a->ends;
	a->end[a->ends++] = (struct aho_end){id, NONE};
}

/* Breadth first, so that a suffix, which is shorter, has its own already. */
static void
trie_link(struct trie *t, struct aho *a)
{
	size_t tail = 0;
	t->order[tail++] = 0;
	for (size_t head = 0; head < tail; head++) {
		uint32_t at = t->order[head];
		struct node *n = &t->node[at];
		uint32_t shorter = at ? t->node[n->suffix].end : NONE;
		if (n->end == NONE)
			n->end = shorter;
		else
			a->end[n->end].shorter = shorter;
		for (uint32_t c = n->child; c; c = t->node[c].sibling) {
			uint32_t back = n->suffix, to = 0;
			while (at && !(to = trie_child(t, back, t->node[c].class)) &&
				back)
				back = t->node[back].suffix;
			t->node[c].suffix = to;
			t->order[tail++] = c;
		}
	}
}

/* ---- the automaton ---- */

static void
trie_step(struct trie *t, struct node *of, uint32_t to, uint16_t class)
{
	if (t->steps == t->capacity) {
		t->capacity = t->capacity ? 2 * t->capacity : 1024;
		t->step = mem_realloc(t->step, t->capacity * sizeof(*t->step));
	}
	t->step[t->steps++] = (struct step){to, class};
	of->steps++;
}

/* The steps of a node into depth 3 and below: its children, and where its suffix goes
 * with the other classes. `seen` holds for each class the last node that had it. */
static void
trie_row(struct trie *t, uint32_t at, uint32_t seen[BYTE_CLASSES])
{
	struct node *n = &t->node[at];
	n->row = (uint32_t)t->steps;
	if (n->depth < 2)
		return;
	for (uint32_t c = n->child; c; c = t->node[c].sibling) {
		seen[t->node[c].class] = at;
		trie_step(t, n, c, t->node[c].class);
	}
	const struct node *suffix = &t->node[n->suffix];
	require(suffix->steps == 0 || t->step);
	for (uint32_t i = 0; i < suffix->steps; i++) {
		struct step s = t->step[suffix->row + i];
		if (seen[s.class] != at)
			trie_step(t, n, s.node, s.class);
	}
}

struct packing {
	struct aho *a;
	uint8_t *taken;       /* by state number */
	uint32_t capacity;    /* of slots and of numbers */
	uint32_t slot, state; /* all before these are used */
	uint32_t top;         /* none from here on is */
};

/* Room for a row that starts at `state`. */
static void
packing_grow(struct packing *p, uint32_t state)
{
	struct aho *a = p->a;
	uint32_t need = state + a->classes, was = p->capacity;
	if (need <= was)
		return;
	p->capacity = 2 * need;
	a->slot = mem_realloc(a->slot, p->capacity * sizeof(*a->slot));
	a->first = mem_realloc(a->first, p->capacity * sizeof(*a->first));
	p->taken = mem_realloc(p->taken, p->capacity);
	memset(p->taken + was, 0, p->capacity - was);
	for (uint32_t i = was; i < p->capacity; i++) {
		a->slot[i] = (struct aho_slot){NONE, NONE};
		a->first[i] = NONE;
	}
}

static bool
packing_fits(const struct packing *p, uint32_t state, const struct step *row, uint32_t n)
{
	if (p->taken[state])
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (p->a->slot[state + row[i].class].from != NONE)
			return false;
	return true;
}

/* The first number among a few whose row finds its slots empty. A row of one step fits
 * nearly anywhere, so what is skipped fills up. */
static uint32_t
packing_find(struct packing *p, const struct step *row, uint32_t n)
{
	require(p->taken && p->a->slot);
	while (p->a->slot[p->slot].from != NONE)
		p->slot++;
	while (p->taken[p->state])
		p->state++;
	if (n == 0)
		return p->state;
	for (uint32_t slot = p->slot; slot < p->slot + PACKING_TRIES; slot++)
		if (slot >= row[0].class && packing_fits(p, slot - row[0].class, row, n))
			return slot - row[0].class;
	p->slot += PACKING_SKIP;
	return p->top;
}

static void
packing_place(struct packing *p, struct trie *t, struct node *n)
{
	uint32_t steps = n->steps;
	require(steps == 0 || t->step);
	const struct step *row = steps ? &t->step[n->row] : NULL;
	packing_grow(p, p->slot + p->top + PACKING_TRIES);
	n->state = packing_find(p, row, steps);
	packing_grow(p, n->state);
	p->taken[n->state] = 1;
	p->a->first[n->state] = n->end;
	for (uint32_t i = 0; i < steps; i++)
		p->a->slot[n->state + row[i].class].from = n->state;
	if (p->top < n->state + p->a->classes)
		p->top = n->state + p->a->classes;
}

static uint32_t
step_to(const struct trie *t, uint32_t node)
{
	const struct node *n = &t->node[node];
	return n->state | (n->end != NONE ? HIT : 0);
}

static void
aho_fill(struct aho *a, const struct trie *t)
{
	for (uint32_t i = 0; i < t->nodes; i++) {
		const struct node *n = &t->node[i];
		for (uint32_t j = 0; j < n->steps; j++) {
			const struct step *s = &t->step[n->row + j];
			a->slot[n->state + s->class].to = step_to(t, s->node);
		}
	}
	a->pair = mem_alloc((size_t)a->classes * a->classes * sizeof(*a->pair));
	for (uint32_t last = 0; last < a->classes; last++) {
		for (uint32_t c = 0; c < a->classes; c++) {
			uint32_t at = t->first[last];
			uint32_t to = at ? trie_child(t, at, (uint16_t)c) : 0;
			a->pair[(size_t)last * a->classes + c] =
				step_to(t, to ? to : t->first[c]);
		}
	}
}

static void
aho_pack(struct aho *a, struct trie *t)
{
	/* Slots further ahead are out of reach for some class, and would hold up the rest. */
	struct packing p = {.a = a, .slot = a->classes};
	uint32_t seen[BYTE_CLASSES];
	memset(seen, 0xff, sizeof(seen));
	for (uint32_t i = 0; i < t->nodes; i++) {
		trie_row(t, t->order[i], seen);
		if (t->node[t->order[i]].steps)
			packing_place(&p, t, &t->node[t->order[i]]);
	}
	/* A state without steps needs a number alone: one that no row could use. */
	for (uint32_t i = 0; i < t->nodes; i++)
		if (!t->node[i].steps)
			packing_place(&p, t, &t->node[i]);
	aho_fill(a, t);
	a->slots = p.top;
	a->slot = mem_realloc(a->slot, a->slots * sizeof(*a->slot));
	a->first = mem_realloc(a->first, a->slots * sizeof(*a->first));
	free(p.taken);
}

enum err
aho_new(const struct str *literals, size_t count, bool fold, struct aho **out,
	struct error *e)
{
	size_t bytes = 1;
	for (size_t i = 0; i < count; i++)
		bytes += literals[i].n;
	if (bytes > AHO_STATES_MAX)
		return err_set(e, ERR_LIMIT,
			"%zu bytes of words and literals, at most %d", bytes,
			AHO_STATES_MAX);
	struct aho *a = mem_zalloc(sizeof(*a));
	struct trie t = {.a = a, .nodes = 1};
	aho_classes(a, literals, count, fold);
	a->end = mem_alloc((count + 1) * sizeof(*a->end));
	t.node = mem_alloc(bytes * sizeof(*t.node));
	t.node[0] = (struct node){.end = NONE};
	for (size_t i = 0; i < count; i++)
		trie_insert(&t, a, literals[i], (uint32_t)i);
	t.order = mem_alloc(t.nodes * sizeof(*t.order));
	trie_link(&t, a);
	aho_pack(a, &t);
	free(t.node);
	free(t.order);
	free(t.step);
	*out = a;
	return OK;
}

void
aho_free(struct aho **a)
{
	if (!*a)
		return;
	free((*a)->slot);
	free((*a)->first);
	free((*a)->pair);
	free((*a)->end);
	free(*a);
	*a = NULL;
}

/* ---- scanning ---- */

void
aho_start(struct aho_scan *s, const struct aho *a, struct str text)
{
	*s = (struct aho_scan){.a = a, .text = text, .pending = NONE};
}

bool
aho_next(struct aho_scan *s, struct aho_hit *hit)
{
	const struct aho *a = s->a;
	uint32_t state = s->state, pending = s->pending, last = s->last;
	size_t at = s->at;
	while (pending == NONE && at < s->text.n) {
		uint32_t class = a->class_of[(uint8_t)s->text.p[at++]];
		const struct aho_slot *slot = &a->slot[state + class];
		uint32_t to = slot->from == state ? slot->to : a->pair[last + class];
		last = class * a->classes;
		state = to & ~HIT;
		if (to & HIT)
			pending = a->first[state];
	}
	s->state = state;
	s->last = last;
	s->at = at;
	if (pending == NONE) {
		s->pending = NONE;
		return false;
	}
	*hit = (struct aho_hit){a->end[pending].id, (uint32_t)at};
	s->pending = a->end[pending].shorter;
	return true;
}

size_t
aho_bytes(const struct aho *a)
{
	return sizeof(*a) + a->slots * (sizeof(*a->slot) + sizeof(*a->first)) +
		(size_t)a->classes * a->classes * sizeof(*a->pair) +
		a->ends * sizeof(*a->end);
}
