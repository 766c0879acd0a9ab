#include "talk/rows.h"

enum err
rows_number(struct db_rows *rows, enum err asked, int64_t *out)
{
	if (asked != OK)
		return asked;
	bool there = db_next(rows);
	if (there)
		*out = db_int(rows, 0);
	db_end(rows);
	return there ? OK : ERR_NOT_FOUND;
}

enum err
rows_numbers(struct db_rows *rows, enum err asked, struct arena *a, size_t limit,
	struct items *out)
{
	if (asked != OK)
		return asked;
	int64_t *list = ARENA_ARRAY(a, int64_t, limit);
	size_t n = 0;
	while (n < limit && db_next(rows))
		list[n++] = db_int(rows, 0);
	db_end(rows);
	*out = (struct items){list, n};
	return OK;
}
