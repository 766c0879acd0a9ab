/*
 * Hash map from byte strings to pointers. Open addressing, SipHash with a key of the
 * process, so that an outsider cannot choose keys that collide. The map copies its keys;
 * it never touches what the values point at.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map_slot;

struct map {
	struct map_slot *slots;
	size_t cap, used, filled; /* filled counts used and deleted slots */
	uint64_t key[2];          /* of the hash; the same in every map of a process */
};

void map_init(struct map *m);
void map_fini(struct map *m);
/* NULL when the key is not there. */
void *map_get(const struct map *m, struct str key);
/* Puts or replaces; returns the value that was there, or NULL. value must not be NULL. */
void *map_put(struct map *m, struct str key, void *value);
/* Returns the value that was there, or NULL. */
void *map_remove(struct map *m, struct str key);
/* Walks in no order: start with *at = 0; false at the end. The map must not change on the
 * way, but for removing the entry just given. */
bool map_next(const struct map *m, size_t *at, struct str *key, void **value);

/* Slices of integers as keys. */
#define MAP_INT_KEY(v) ((struct str){(const char *)&(v), sizeof(v)})

#endif
