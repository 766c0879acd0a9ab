#include "base/memo.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#include <stdlib.h>
#include <sys/auxv.h>

struct memo {
	uint64_t key[2];
	size_t places, size;
	struct memo_key *known; /* of each place; zero: empty */
	char *answers;
};

struct memo *
memo_new(size_t places, size_t answer_size)
{
	require(places && !(places & (places - 1)));
	struct memo *m = mem_zalloc(sizeof(*m));
	m->places = places;
	m->size = answer_size;
	m->known = mem_zalloc(places * sizeof(*m->known));
	m->answers = mem_zalloc(places * answer_size);
	/* As in base/map.c: the kernel gives every process 16 random bytes. */
	uintptr_t random = getauxval(AT_RANDOM);
	require(random);
	memcpy(m->key, (const void *)random, sizeof(m->key));
	return m;
}

void
memo_free(struct memo **m)
{
	if (!*m)
		return;
	free((*m)->known);
	free((*m)->answers);
	free(*m);
	*m = NULL;
}

struct memo_key
memo_key(const struct memo *m, struct str text)
{
	uint64_t hash[2];
	siphash_wide(m->key, text.p, text.n, hash);
	/* Never the key of an empty place. */
	return (struct memo_key){hash[0], hash[1] | 1};
}

const void *
memo_find(const struct memo *m, struct memo_key key)
{
	size_t place = key.a & (m->places - 1);
	const struct memo_key *known = &m->known[place];
	return known->a == key.a && known->b == key.b ? m->answers + place * m->size
						      : NULL;
}

void
memo_keep(struct memo *m, struct memo_key key, const void *answer)
{
	size_t place = key.a & (m->places - 1);
	m->known[place] = key;
	memcpy(m->answers + place * m->size, answer, m->size);
}
