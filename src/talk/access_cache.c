#include "talk/access_cache.h"

#include "base/limits.h"
#include "wire/seal.h"

struct known {
	unsigned char hash[SEAL_LOOKUP_SIZE];
	struct access access; /* its slices stand in `text` */
	char text[ACCESS_CACHE_TEXT_MAX];
};

struct access_cache {
	unsigned char secret[32];
	size_t count, next; /* the one that is replaced next */
	struct known known[ACCESS_CACHE_MAX];
};

struct access_cache *
access_cache_new(const unsigned char secret[32])
{
	struct access_cache *c = mem_zalloc(sizeof *c);
	memcpy(c->secret, secret, sizeof c->secret);
	return c;
}

void
access_cache_free(struct access_cache **c)
{
	if (*c)
		access_cache_clear(*c);
	free(*c);
	*c = NULL;
}

/* Entries are found by a hash with a secret key: that the search ends early tells an
 * outsider nothing of a key. */
static const struct known *
find(const struct access_cache *c, const unsigned char hash[SEAL_LOOKUP_SIZE])
{
	for (size_t i = 0; i < c->count; i++)
		if (memcmp(c->known[i].hash, hash, SEAL_LOOKUP_SIZE) == 0)
			return &c->known[i];
	return NULL;
}

bool
access_cache_get(
	const struct access_cache *c, struct arena *a, struct str key, struct access *out)
{
	unsigned char hash[SEAL_LOOKUP_SIZE];
	seal_lookup(c->secret, key, hash);
	const struct known *k = find(c, hash);
	if (!k)
		return false;
	*out = k->access;
	out->name = arena_str(a, k->access.name);
	out->origins = arena_str(a, k->access.origins);
	out->secret = arena_str(a, k->access.secret);
	return true;
}

static struct str
keep(struct known *k, size_t *used, struct str text)
{
	struct str kept = {k->text + *used, text.n};
	if (text.n)
		memcpy(k->text + *used, text.p, text.n);
	*used += text.n;
	return kept;
}

void
access_cache_put(struct access_cache *c, struct str key, const struct access *access)
{
	size_t used = 0;
	if (access->name.n + access->origins.n + access->secret.n > ACCESS_CACHE_TEXT_MAX)
		return;
	struct known *k = &c->known[c->next];
	c->next = (c->next + 1) % ACCESS_CACHE_MAX;
	if (c->count < ACCESS_CACHE_MAX)
		c->count++;
	seal_lookup(c->secret, key, k->hash);
	k->access = *access;
	k->access.name = keep(k, &used, access->name);
	k->access.origins = keep(k, &used, access->origins);
	k->access.secret = keep(k, &used, access->secret);
}

void
access_cache_clear(struct access_cache *c)
{
	/* Secrets of widgets do not stay behind. */
	explicit_bzero(c->known, sizeof c->known);
	c->count = c->next = 0;
}
