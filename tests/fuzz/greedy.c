/* No parser: what budget.c has to stop. An input "time" takes it, "memory" takes that,
 * "memory, given back" takes as much in pieces, and any other takes nothing. */
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIECE (1 << 20)
#define PIECES 80

static void
hold(bool give_back)
{
	void *held[PIECES];

	for (int i = 0; i < PIECES; i++) {
		held[i] = malloc(PIECE);
		memset(held[i], i, PIECE);
		if (give_back)
			free(held[i]);
	}
	for (int i = 0; !give_back && i < PIECES; i++)
		free(held[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = {(const char *)data, size};
	volatile bool forever = str_eq(in, STR("time"));

	while (forever)
		;
	if (str_starts(in, STR("memory")))
		hold(str_ends(in, STR("given back")));
	return 0;
}
