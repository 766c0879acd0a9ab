#include "talk/schema.h"

/* event.kind and event.status are the numbers of the enums in event.h and turn_row.h. */
static const char first[] =
	"CREATE TABLE tenant("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE,"
	" created_ms INTEGER NOT NULL) STRICT;"

	/* hash is SHA-256 of the key; origins are separated by blanks (widget keys) */
	"CREATE TABLE access_key("
	" hash BLOB PRIMARY KEY,"
	" tenant INTEGER NOT NULL REFERENCES tenant(id),"
	" kind TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" origins TEXT NOT NULL,"
	" secret BLOB,"
	" created_ms INTEGER NOT NULL,"
	" revoked_ms INTEGER) STRICT, WITHOUT ROWID;"

	"CREATE TABLE contact("
	" id INTEGER PRIMARY KEY,"
	" tenant INTEGER NOT NULL,"
	" profile BLOB NOT NULL,"
	" created_ms INTEGER NOT NULL,"
	" erased_ms INTEGER) STRICT;"

	"CREATE TABLE address("
	" tenant INTEGER NOT NULL,"
	" kind TEXT NOT NULL,"
	" hash BLOB NOT NULL,"
	" contact INTEGER NOT NULL,"
	" sealed BLOB NOT NULL,"
	" created_ms INTEGER NOT NULL,"
	" PRIMARY KEY(tenant, kind, hash)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX address_contact ON address(contact);"

	"CREATE TABLE conversation("
	" id INTEGER PRIMARY KEY,"
	" tenant INTEGER NOT NULL,"
	" contact INTEGER NOT NULL,"
	" channel TEXT NOT NULL,"
	" status TEXT NOT NULL,"
	" version INTEGER NOT NULL,"
	" seq INTEGER NOT NULL,"
	" owner TEXT,"
	" reference TEXT,"
	" waiting_ms INTEGER,"
	" created_ms INTEGER NOT NULL,"
	" updated_ms INTEGER NOT NULL,"
	" state BLOB NOT NULL) STRICT;"
	/* two messages in the same instant never make two conversations */
	"CREATE UNIQUE INDEX conversation_open ON conversation(tenant, channel, contact)"
	" WHERE status <> 'closed';"
	"CREATE INDEX conversation_person ON conversation(tenant, status, waiting_ms)"
	" WHERE status IN ('waiting', 'human');"
	"CREATE INDEX conversation_contact ON conversation(contact);"

	/* A turn is named by the event that began it, which has its status and record: one
	   row to write for both, on one page. A message that retention has forgotten while
	   its turn is kept has no body. */
	"CREATE TABLE event("
	" id INTEGER PRIMARY KEY,"
	" kind INTEGER NOT NULL,"
	" turn INTEGER NOT NULL,"
	" at_ms INTEGER NOT NULL,"
	" body BLOB,"
	" status INTEGER,"
	" record INTEGER REFERENCES turn_record(id)) STRICT;"
	"CREATE INDEX turn_unfinished ON event(id) WHERE status = 0;"

	"CREATE TABLE dedupe("
	" key BLOB PRIMARY KEY,"
	" event INTEGER NOT NULL,"
	" fingerprint BLOB NOT NULL,"
	" at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

	/* Most of what is stored, in the order it came: each page is filled once. In
	   event, whose rows stand by conversation, such rows would split a page at almost
	   every turn. `body` is journal and causes, sealed together. */
	"CREATE TABLE turn_record("
	" id INTEGER PRIMARY KEY,"
	" pack INTEGER NOT NULL,"
	" last_seq INTEGER NOT NULL,"
	" ended_ms INTEGER NOT NULL,"
	" body BLOB NOT NULL) STRICT;"

	"CREATE TABLE effect("
	" id INTEGER PRIMARY KEY,"
	" tenant INTEGER NOT NULL,"
	" turn INTEGER NOT NULL,"
	" actor TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" action TEXT NOT NULL,"
	" status TEXT NOT NULL,"
	" idempotency_key TEXT NOT NULL UNIQUE,"
	" fingerprint BLOB NOT NULL,"
	" repeatable INTEGER NOT NULL,"
	" request BLOB NOT NULL,"
	" answer BLOB,"
	" created_ms INTEGER NOT NULL,"
	" updated_ms INTEGER NOT NULL,"
	" UNIQUE(turn, actor, key)) STRICT;"
	"CREATE INDEX effect_open ON effect(status)"
	" WHERE status IN ('sending', 'uncertain');"

	"CREATE TABLE approval("
	" id INTEGER PRIMARY KEY,"
	" tenant INTEGER NOT NULL,"
	" turn INTEGER NOT NULL,"
	" action TEXT NOT NULL,"
	" status TEXT NOT NULL,"
	" frozen BLOB NOT NULL,"
	" created_ms INTEGER NOT NULL,"
	" decided_ms INTEGER,"
	" decided_by TEXT,"
	" note BLOB) STRICT;"
	"CREATE INDEX approval_pending ON approval(tenant, id) WHERE status = 'pending';"

	/* every pack version that a turn names, whole */
	"CREATE TABLE pack_version("
	" id INTEGER PRIMARY KEY,"
	" hash TEXT NOT NULL UNIQUE,"
	" name TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" bundle BLOB NOT NULL,"
	" created_ms INTEGER NOT NULL) STRICT;"

	"INSERT INTO meta(key, value) VALUES('layout', " TALK_LAYOUT ");";

static const char read_marks[] =
	"CREATE TABLE read_mark("
	" conversation INTEGER PRIMARY KEY REFERENCES conversation(id),"
	" customer_seq INTEGER NOT NULL,"
	" person_seq INTEGER NOT NULL) STRICT;";

static const char first_keys[] =
	"CREATE TABLE person_key("
	" contact INTEGER PRIMARY KEY,"
	" key BLOB NOT NULL) STRICT;"
	/* secrets of the store itself: look-up hashes, external ids, tokens */
	"CREATE TABLE store_secret("
	" name TEXT PRIMARY KEY,"
	" value BLOB NOT NULL) STRICT;";

const struct db_migration talk_migrations[] = {
	{1, "conversations, turns, effects, approvals", first},
	{2, "how far each side has read", read_marks},
};
const size_t talk_migration_count = sizeof talk_migrations / sizeof *talk_migrations;

const struct db_migration talk_key_migrations[] = {
	{1, "keys of persons and of the store", first_keys},
};
const size_t talk_key_migration_count =
	sizeof talk_key_migrations / sizeof *talk_key_migrations;
