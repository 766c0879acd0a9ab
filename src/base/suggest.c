#include "base/schema.h"

#define WORD_MAX 64

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that make one word the
 * other. Both fit WORD_MAX. */
static size_t
edit_distance(struct str a, struct str b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *row = rows[0], *above = rows[1], *above2 = rows[2];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *oldest = above2;
		above2 = above;
		above = row;
		row = oldest;
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			row[j] = min(above[j], row[j - 1]) + 1;
			row[j] = min(row[j], above[j - 1] + (a.p[i - 1] != b.p[j - 1]));
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
				a.p[i - 2] == b.p[j - 1])
				row[j] = min(row[j], above2[j - 2] + 1);
		}
	}
	return row[b.n];
}

const char *
suggest(const char *const *names, struct str wrong)
{
	const char *best = NULL;
	size_t best_distance = WORD_MAX;

	if (wrong.n > WORD_MAX)
		return NULL;
	for (; *names; names++) {
		struct str name = str_of(*names);
		if (name.n > WORD_MAX)
			continue;
		size_t distance = edit_distance(wrong, name);
		bool near = distance * 3 <= (name.n > wrong.n ? name.n : wrong.n);
		if (near && distance < best_distance) {
			best = *names;
			best_distance = distance;
		}
	}
	return best;
}
