/* What a transaction holds until the committer runs it. Private to db/. */
#ifndef DB_DB_TX_H
#define DB_DB_TX_H

#include "db/db_conn.h"

struct db_op {
	struct db_op *next;
	const struct db_sql *sql;
	bool key;   /* for the key store */
	int expect; /* rows that must be changed, -1 for any number */
	int count;
	struct value values[];
};

#endif
