#include "base/arena.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

#define CHUNK_SIZE_DEFAULT 4096
#define ALIGN(n) (((n) + 15) & ~(size_t)15)

void
arena_init(struct arena *a, size_t chunk_size)
{
	*a = (struct arena){.chunk_size = chunk_size ? chunk_size : CHUNK_SIZE_DEFAULT};
}

struct arena_ending {
	struct arena_ending *older;
	void (*end)(void *what);
	void *what;
};

/* Of the newest chunk, those that lie after its first `used` bytes. */
static void
arena_end(struct arena *a, size_t used)
{
	const struct arena_chunk *c = a->head;
	uintptr_t from = (uintptr_t)(c->data + used), to = (uintptr_t)(c->data + c->cap);

	while (a->endings && (uintptr_t)a->endings >= from &&
		(uintptr_t)a->endings < to) {
		struct arena_ending *ending = a->endings;
		a->endings = ending->older;
		ending->end(ending->what);
	}
}

/* Frees chunks from the newest down to, not including, the one given. */
static void
arena_drop_until(struct arena *a, const struct arena_chunk *keep)
{
	while (a->head != keep) {
		struct arena_chunk *c = a->head;
		/* Else the mark is of another arena, or of memory already given back. */
		require(c);
		arena_end(a, 0);
		a->head = c->older;
		a->total -= sizeof(*c) + c->cap;
		arena_unpoison(c->data, c->cap);
		free(c);
	}
}

/* Gives back what the newest chunk holds after its first `used` bytes. */
static void
arena_rewind(struct arena *a, size_t used)
{
	struct arena_chunk *c = a->head;

	arena_end(a, used);
	c->used = used;
	arena_poison(c->data + used, c->cap - used);
}

void
arena_fini(struct arena *a)
{
	arena_drop_until(a, NULL);
}

struct arena_mark
arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->head, a->head ? a->head->used : 0};
}

void
arena_reset(struct arena *a, struct arena_mark mark)
{
	arena_drop_until(a, mark.chunk);
	if (a->head)
		arena_rewind(a, mark.used);
}

void
arena_clear(struct arena *a)
{
	struct arena_chunk *oldest = a->head;

	while (oldest && oldest->older)
		oldest = oldest->older;
	/* A chunk that one large allocation needed is not worth keeping. */
	if (oldest && sizeof(*oldest) + oldest->cap > ALIGN(a->chunk_size))
		oldest = NULL;
	arena_drop_until(a, oldest);
	if (a->head)
		arena_rewind(a, 0);
}

void
arena_on_end(struct arena *a, void (*end)(void *what), void *what)
{
	struct arena_ending *ending = arena_alloc(a, sizeof(*ending));

	*ending = (struct arena_ending){a->endings, end, what};
	a->endings = ending;
}

void *
arena_alloc_slow(struct arena *a, size_t size)
{
	require(size <= SIZE_MAX / 2);
	require(a->chunk_size); /* arena_init() was forgotten */
	size_t bytes = sizeof(struct arena_chunk) + ALIGN(size);
	if (bytes < ALIGN(a->chunk_size))
		bytes = ALIGN(a->chunk_size);
	struct arena_chunk *c = mem_alloc(bytes);
	c->older = a->head;
	c->cap = bytes - sizeof(*c);
	c->used = ALIGN(size);
	a->head = c;
	a->total += bytes;
	arena_poison(c->data + size, c->cap - size);
	return c->data;
}

void *
arena_zalloc(struct arena *a, size_t size)
{
	return memset(arena_alloc(a, size), 0, size);
}

struct str
arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct str){p, s.n};
}

struct str
arena_join(struct arena *a, const struct str *parts, size_t n)
{
	size_t size = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		size += parts[i].n;
	char *p = arena_alloc(a, size + 1);
	for (size_t i = 0; i < n; i++) {
		if (parts[i].n)
			memcpy(p + at, parts[i].p, parts[i].n);
		at += parts[i].n;
	}
	p[size] = '\0';
	return (struct str){p, size};
}

struct str
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char shorts[256];
	va_list again;

	/* Most texts are short and so are written once. */
	va_copy(again, ap);
	int n = vsnprintf(shorts, sizeof(shorts), fmt, again);
	va_end(again);
	require(n >= 0);
	if ((size_t)n < sizeof(shorts))
		return arena_str(a, (struct str){shorts, (size_t)n});
	char *p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return (struct str){p, (size_t)n};
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	struct str s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

static void *
mem_check(void *p, size_t size)
{
	if (!p && size) {
		fprintf(stderr, "parley: out of memory (%zu bytes)\n", size);
		abort();
	}
	return p;
}

void *
mem_alloc(size_t size)
{
	return mem_check(malloc(size), size);
}

void *
mem_zalloc(size_t size)
{
	return mem_check(calloc(1, size), size);
}

void *
mem_realloc(void *p, size_t size)
{
	return mem_check(realloc(p, size), size);
}
