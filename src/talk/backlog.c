#include "talk/backlog.h"

static const struct db_sql turns = {
	"SELECT count(*), coalesce(min(at_ms), 0) FROM event WHERE status = 0"};
static const struct db_sql effects = {
	"SELECT count(*), coalesce(min(created_ms), 0) FROM effect"
	" WHERE status IN ('sending', 'uncertain')"};
static const struct db_sql approvals = {
	"SELECT count(*), coalesce(min(created_ms), 0) FROM approval WHERE status = 'pending'"};
static const struct db_sql waiting = {
	"SELECT count(*), coalesce(min(waiting_ms), 0) FROM conversation WHERE status = 'waiting'"};

static enum err
count(struct store *s, const struct db_sql *sql, int64_t *n, int64_t *oldest,
	struct error *e)
{
	struct db_rows rows;
	enum err r = db_query(s->db, &rows, sql, e, "");
	if (r != OK)
		return r;
	if (db_next(&rows)) {
		int64_t began = db_int(&rows, 1);
		*n = db_int(&rows, 0);
		if (began && (*oldest == 0 || began < *oldest))
			*oldest = began;
	}
	db_end(&rows);
	return OK;
}

enum err
backlog_read(struct store *s, struct backlog *out, struct error *e)
{
	struct backlog b = {0};
	enum err r = count(s, &turns, &b.turns, &b.oldest_ms, e);
	if (r == OK)
		r = count(s, &effects, &b.effects, &b.oldest_ms, e);
	if (r == OK)
		r = count(s, &approvals, &b.approvals, &b.oldest_ms, e);
	if (r == OK)
		r = count(s, &waiting, &b.waiting, &b.oldest_ms, e);
	if (r == OK)
		*out = b;
	return r;
}
