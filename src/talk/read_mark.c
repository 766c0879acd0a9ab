#include "talk/read_mark.h"

static const struct db_sql add = {
	"INSERT INTO read_mark(conversation, customer_seq, person_seq) VALUES(?1, ?2, ?3)"
	" ON CONFLICT(conversation) DO UPDATE SET"
	" customer_seq = max(customer_seq, excluded.customer_seq),"
	" person_seq = max(person_seq, excluded.person_seq)"};
static const struct db_sql load = {
	"SELECT customer_seq, person_seq FROM read_mark WHERE conversation = ?1"};

void
read_mark_add(struct db_tx *tx, int64_t conversation, enum reader reader, int64_t seq)
{
	int64_t customer = reader == READER_CUSTOMER ? seq : 0;
	db_add(tx, &add, "iii", conversation, customer, seq - customer);
}

enum err
read_marks_load(
	struct store *s, int64_t conversation, struct read_marks *out, struct error *e)
{
	struct db_rows rows;
	*out = (struct read_marks){0, 0};
	enum err r = db_query(s->db, &rows, &load, e, "i", conversation);
	if (r != OK)
		return r;
	if (db_next(&rows))
		*out = (struct read_marks){db_int(&rows, 0), db_int(&rows, 1)};
	return db_end(&rows);
}
