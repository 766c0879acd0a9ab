/*
 * The callers of late: whose key it is, without a SHA-256 and a query at each request. A
 * key is not kept, but a keyed hash of it that means nothing outside this process.
 *
 * What is remembered holds until access_forget() (talk/tenant.h), which whoever changes or
 * revokes a key calls when the change is on disk. Keys that are not known are never
 * remembered, so a new key works at once.
 */
#ifndef TALK_ACCESS_CACHE_H
#define TALK_ACCESS_CACHE_H

#include "talk/tenant.h"

struct access_cache;

/* `secret` is copied. */
struct access_cache *access_cache_new(const unsigned char secret[32]);
void access_cache_free(struct access_cache **c);
/* False when the key is not remembered. Slices live in the arena. */
bool access_cache_get(const struct access_cache *c, struct arena *a, struct str key,
	struct access *out);
/* The oldest goes when ACCESS_CACHE_MAX are there; one whose texts are longer than
 * ACCESS_CACHE_TEXT_MAX is not kept. */
void access_cache_put(
	struct access_cache *c, struct str key, const struct access *access);
void access_cache_clear(struct access_cache *c);

#endif
