/*
 * Arenas: memory by lifetime. Whoever owns the lifetime (process, connection, turn,
 * scratch) owns the arena; what is allocated from it is never freed alone. A mark
 * remembers a point; arena_reset() gives back all that came after it, so a turn that runs
 * again starts with clean memory. What a library holds outside of it ends with it too:
 * arena_on_end(). Out of memory stops the process.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

#include <stdarg.h>

/* Open only for the inline fast path below. */
struct arena_chunk {
	struct arena_chunk *older;
	size_t cap, used;
	_Alignas(16) char data[];
};

struct arena_ending;

struct arena {
	struct arena_chunk *head;     /* newest chunk; NULL until the first allocation */
	struct arena_ending *endings; /* the newest; each lies in the arena */
	size_t chunk_size;            /* bytes asked from malloc at a time */
	size_t total;                 /* bytes held from malloc */
};

struct arena_mark {
	struct arena_chunk *chunk;
	size_t used;
};

/* chunk_size 0 chooses 4 KiB. No memory is taken before the first allocation. */
void arena_init(struct arena *a, size_t chunk_size);
void arena_fini(struct arena *a);
struct arena_mark arena_mark(const struct arena *a);
/* Frees everything allocated after the mark; keeps nothing but what stood before. */
void arena_reset(struct arena *a, struct arena_mark mark);
/* Empties the arena but keeps one chunk for the next use. */
void arena_clear(struct arena *a);
/* Calls end(what) before what the arena holds now is given back, the newest first. */
void arena_on_end(struct arena *a, void (*end)(void *what), void *what);

/* The path of arena_alloc() that needs a new chunk. */
void *arena_alloc_slow(struct arena *a, size_t size);

/* Under the address sanitizer, memory that is not given out is poisoned, so that a
 * pointer kept past its lifetime is found. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define ARENA_POISON 1
#endif
#ifdef ARENA_POISON
void __asan_poison_memory_region(const volatile void *p, size_t n);
void __asan_unpoison_memory_region(const volatile void *p, size_t n);
#define arena_poison(p, n) __asan_poison_memory_region(p, n)
#define arena_unpoison(p, n) __asan_unpoison_memory_region(p, n)
#else
#define arena_poison(p, n) ((void)(p), (void)(n))
#define arena_unpoison(p, n) ((void)(p), (void)(n))
#endif

/* Aligned to 16 bytes, not cleared. size 0 gives a valid pointer. */
static inline void *
arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->head;

	if (!c || size > c->cap - c->used)
		return arena_alloc_slow(a, size);
	void *p = c->data + c->used;
	/* cap is a multiple of 16, so rounding up stays inside. */
	c->used += (size + 15) & ~(size_t)15;
	arena_unpoison(p, size);
	return p;
}

void *arena_zalloc(struct arena *a, size_t size);
/* Copies; the copy is followed by a NUL byte that n does not count. */
struct str arena_str(struct arena *a, struct str s);
/* The texts one after the other, as arena_str() would keep them: a tenth of what printing
 * them costs. */
struct str arena_join(struct arena *a, const struct str *parts, size_t n);
#define ARENA_JOIN(a, ...) \
	arena_join((a), (const struct str[]){__VA_ARGS__}, \
		sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))
struct str arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
struct str arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

#define ARENA_NEW(a, type) ((type *)arena_zalloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_zalloc((a), sizeof(type) * (count)))

/* malloc, calloc and realloc that stop the process when memory is out; for what has no
 * arena. */
void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);
void *mem_realloc(void *p, size_t size);

#endif
