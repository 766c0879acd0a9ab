/* Any bytes as a file of labelled examples: rows with a label and a text that are slices of
 * it, each of one line and without blanks around, or an error with its line. */
#include "text/examples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_slice(struct str part, struct str file)
{
	require(part.n > 0 && part.p >= file.p && part.p + part.n <= file.p + file.n);
	require(!memchr(part.p, '\n', part.n));
	require(str_eq(str_trim(part), part));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str file = {(const char *)data, size};
	struct train_row *rows;
	struct error e = {0};
	struct arena a;
	size_t count = 0;

	arena_init(&a, 0);
	if (examples_read(&a, file, &rows, &count, &e) == OK) {
		for (size_t i = 0; i < count; i++) {
			check_slice(rows[i].label, file);
			require(!memchr(rows[i].label.p, '\t', rows[i].label.n));
			check_slice(rows[i].text, file);
		}
	} else {
		require(e.text[0]);
	}
	arena_fini(&a);
	return 0;
}
