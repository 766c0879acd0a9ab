/* A form of any bytes ends, its pairs are within it, and what is read is written so that it
 * reads the same. */
#include "base/err.h"
#include "wire/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct pair {
	struct str name, value;
};

/* The first 64 pairs; false when an escape is broken. */
static bool
form_read(struct arena *a, struct str in, struct pair pairs[64], size_t *count)
{
	struct pair p;
	bool broken;

	*count = 0;
	while (form_next(a, &in, &p.name, &p.value, &broken))
		if (*count < 64)
			pairs[(*count)++] = p;
	return !broken;
}

static void
form_again(struct arena *a, const struct pair *pairs, size_t count)
{
	struct pair back[64];
	struct buf out;
	size_t n;

	buf_init(&out, SIZE_MAX / 4);
	for (size_t i = 0; i < count; i++)
		form_add(&out, pairs[i].name, pairs[i].value);
	require(form_read(a, buf_str(&out), back, &n) && n == count);
	for (size_t i = 0; i < n; i++) {
		require(str_eq(pairs[i].name, back[i].name));
		require(str_eq(pairs[i].value, back[i].value));
	}
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = {(const char *)data, size};
	struct pair pairs[64];
	struct arena a;
	size_t count;

	if (size == 0)
		return 0;
	arena_init(&a, 0);
	bool whole = form_read(&a, in, pairs, &count);
	for (size_t i = 0; i < count; i++)
		require(pairs[i].name.n + pairs[i].value.n <= size);
	/* An escape never gives NUL, so one that stands bare cannot be written. */
	if (whole && !memchr(data, 0, size))
		form_again(&a, pairs, count);
	if (count > 0) {
		struct str first = form_get(&a, in, pairs[0].name);
		require(first.p && str_eq(first, pairs[0].value));
	}
	arena_fini(&a);
	return 0;
}
