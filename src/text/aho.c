#include "text/aho.h"

#include "base/arena.h"
#include "base/limits.h"

#define NONE UINT32_MAX

/* One state of the automaton: the literal that ends here and the longest shorter state
 * with a literal that ends here too. */
struct aho_state {
	uint32_t id;
	uint32_t shorter;
};

struct aho {
	uint16_t class_of[256]; /* 0: a byte that no literal holds */
	uint32_t classes;
	uint32_t states;
	uint32_t *next; /* [state * classes + class] */
	struct aho_state *state;
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

/* The trie; 0 is the root and, as a child, "not there yet". */
static void
aho_insert(struct aho *a, struct str literal, uint32_t id)
{
	uint32_t at = 0;
	for (size_t i = 0; i < literal.n; i++) {
		uint32_t *slot = &a->next[(size_t)at * a->classes +
			a->class_of[(uint8_t)literal.p[i]]];
		if (!*slot) {
			*slot = a->states;
			a->state[a->states++] = (struct aho_state){NONE, NONE};
		}
		at = *slot;
	}
	if (literal.n && a->state[at].id == NONE)
		a->state[at].id = id;
}

/* Breadth first: a missing child becomes the child of the longest proper suffix, so that
 * scanning never steps back. */
static void
aho_link(struct aho *a)
{
	uint32_t *queue = mem_alloc(a->states * sizeof(*queue));
	uint32_t *suffix = mem_zalloc(a->states * sizeof(*suffix));
	size_t head = 0, tail = 0;
	queue[tail++] = 0;
	while (head < tail) {
		uint32_t at = queue[head++];
		uint32_t back = suffix[at];
		if (at)
			a->state[at].shorter =
				a->state[back].id != NONE ? back : a->state[back].shorter;
		for (uint32_t c = 0; c < a->classes; c++) {
			uint32_t *slot = &a->next[(size_t)at * a->classes + c];
			uint32_t other = at ? a->next[(size_t)back * a->classes + c] : 0;
			if (!*slot) {
				*slot = other;
			} else {
				suffix[*slot] = other;
				queue[tail++] = *slot;
			}
		}
	}
	free(queue);
	free(suffix);
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
	aho_classes(a, literals, count, fold);
	a->next = mem_zalloc(bytes * a->classes * sizeof(*a->next));
	a->state = mem_zalloc(bytes * sizeof(*a->state));
	a->state[a->states++] = (struct aho_state){NONE, NONE};
	for (size_t i = 0; i < count; i++)
		aho_insert(a, literals[i], (uint32_t)i);
	aho_link(a);
	a->next = mem_realloc(a->next, (size_t)a->states * a->classes * sizeof(*a->next));
	a->state = mem_realloc(a->state, a->states * sizeof(*a->state));
	*out = a;
	return OK;
}

void
aho_free(struct aho **a)
{
	if (!*a)
		return;
	free((*a)->next);
	free((*a)->state);
	free(*a);
	*a = NULL;
}

void
aho_start(struct aho_scan *s, const struct aho *a, struct str text)
{
	*s = (struct aho_scan){.a = a, .text = text, .pending = NONE};
}

bool
aho_next(struct aho_scan *s, struct aho_hit *hit)
{
	const struct aho *a = s->a;
	uint32_t state = s->state, pending = s->pending;
	size_t at = s->at;
	while (pending == NONE && at < s->text.n) {
		uint16_t class = a->class_of[(uint8_t)s->text.p[at++]];
		state = a->next[(size_t)state * a->classes + class];
		pending = a->state[state].id != NONE ? state : a->state[state].shorter;
	}
	s->state = state;
	s->at = at;
	if (pending == NONE) {
		s->pending = NONE;
		return false;
	}
	*hit = (struct aho_hit){a->state[pending].id, (uint32_t)at};
	s->pending = a->state[pending].shorter;
	return true;
}

size_t
aho_bytes(const struct aho *a)
{
	return (size_t)a->states * (a->classes * sizeof(*a->next) + sizeof(*a->state)) +
		sizeof(*a);
}
