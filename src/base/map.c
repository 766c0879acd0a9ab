#include "base/map.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdlib.h>
#include <sys/auxv.h>

#define CAP_MIN 16
#define DELETED ((char *)-1)

/* Empty: key and value are NULL. Deleted: only the value is NULL; key is DELETED then, so
 * that a search goes on behind. */
struct map_slot {
	uint64_t hash;
	char *key;
	size_t key_n;
	void *value;
};

void
map_init(struct map *m)
{
	*m = (struct map){0};
	/* The kernel gives every process 16 random bytes; as a key they need neither a
	 * call nor a place of ours. */
	uintptr_t random = getauxval(AT_RANDOM);
	require(random);
	memcpy(m->key, (const void *)random, sizeof(m->key));
}

void
map_fini(struct map *m)
{
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].value)
			free(m->slots[i].key);
	free(m->slots);
	m->slots = NULL;
	m->cap = m->used = m->filled = 0;
}

static struct map_slot *
map_find(const struct map *m, struct str key, uint64_t hash)
{
	if (m->cap == 0)
		return NULL;
	for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slots[i];
		if (!s->key)
			return NULL;
		if (s->value && s->hash == hash &&
			str_eq((struct str){s->key, s->key_n}, key))
			return s;
	}
}

/* Into the first empty slot; there always is one, because at most three quarters are
 * filled. */
static void
map_place(struct map *m, struct map_slot slot)
{
	size_t i = slot.hash & (m->cap - 1);

	while (m->slots[i].key)
		i = (i + 1) & (m->cap - 1);
	m->slots[i] = slot;
	m->used++;
	m->filled++;
}

/* Makes room for one more, and forgets deleted slots on the way. */
static void
map_grow(struct map *m)
{
	if ((m->filled + 1) * 4 <= m->cap * 3)
		return;
	struct map old = *m;
	m->cap = CAP_MIN;
	while ((m->used + 1) * 2 > m->cap)
		m->cap *= 2;
	m->slots = mem_zalloc(m->cap * sizeof(*m->slots));
	m->used = m->filled = 0;
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].value)
			map_place(m, old.slots[i]);
	free(old.slots);
}

void *
map_get(const struct map *m, struct str key)
{
	struct map_slot *s = map_find(m, key, siphash(m->key, key.p, key.n));
	return s ? s->value : NULL;
}

void *
map_put(struct map *m, struct str key, void *value)
{
	require(value);
	uint64_t hash = siphash(m->key, key.p, key.n);
	struct map_slot *s = map_find(m, key, hash);
	if (s) {
		void *before = s->value;
		s->value = value;
		return before;
	}
	map_grow(m);
	struct map_slot slot = {hash, mem_alloc(key.n + 1), key.n, value};
	if (key.n)
		memcpy(slot.key, key.p, key.n);
	slot.key[key.n] = '\0';
	map_place(m, slot);
	return NULL;
}

void *
map_remove(struct map *m, struct str key)
{
	struct map_slot *s = map_find(m, key, siphash(m->key, key.p, key.n));

	if (!s)
		return NULL;
	void *value = s->value;
	free(s->key);
	s->key = DELETED;
	s->value = NULL;
	m->used--;
	return value;
}

bool
map_next(const struct map *m, size_t *at, struct str *key, void **value)
{
	while (*at < m->cap) {
		const struct map_slot *s = &m->slots[(*at)++];
		if (!s->value)
			continue;
		*key = (struct str){s->key, s->key_n};
		*value = s->value;
		return true;
	}
	return false;
}
