/*
 * Events: all that happens to a conversation, in one sequence without gaps. A message is
 * an event of kind INBOUND or OUTBOUND. The sequence is the outbox of web chat and the
 * API: who reads after a sequence number misses nothing and gets nothing twice
 * (architecture, section 5, rules 10 and 13).
 */
#ifndef TALK_EVENT_H
#define TALK_EVENT_H

#include "talk/contact.h"
#include "talk/schema.h"

/* The numbers are stored: never renumber. */
enum event_kind {
	EVENT_INBOUND = 1,  /* the customer wrote */
	EVENT_OUTBOUND = 2, /* the bot or a person wrote to the customer */
	EVENT_NOTE = 3, /* for people only: a reply that came too late, a late answer */
	EVENT_HANDOFF = 4,  /* the bot gave the conversation to people */
	EVENT_TAKEOVER = 5, /* a person took it */
	EVENT_HANDBACK = 6, /* a person gave it back to the bot */
	EVENT_CLOSED = 7,
	EVENT_APPROVAL = 8, /* an action waits for approval */
	EVENT_DECISION = 9, /* an approval was decided */
};
const char *event_kind_name(enum event_kind kind);

struct event {
	int64_t conversation, seq;
	enum event_kind kind;
	int64_t turn; /* number of the turn it belongs to: its first event's seq; 0: none */
	struct wall at;
	struct str
		body; /* of messages and notes as message_print() writes it, else a JSON
			    object of what the kind needs */
};

void event_add(struct store *s, struct db_tx *tx, const struct event *event,
	const struct person_key *key);
/* ERR_NOT_FOUND when the sequence number is not there, or retention has forgotten it. */
enum err event_load(struct store *s, struct arena *a, int64_t conversation, int64_t seq,
	const struct person_key *key, struct event *out, struct error *e);
/* Events after a sequence number in order, at most `limit`: struct event in *out. */
enum err event_list(struct store *s, struct arena *a, int64_t conversation, int64_t after,
	size_t limit, const struct person_key *key, struct items *out, struct error *e);
/* The same of messages and notes alone. `limit` may be PAGE_MAX + 1, which tells whether there are more. */
enum err event_list_messages(struct store *s, struct arena *a, int64_t conversation,
	int64_t after, size_t limit, const struct person_key *key, struct items *out,
	struct error *e);
/* The last `limit` events, oldest first. */
enum err event_list_last(struct store *s, struct arena *a, int64_t conversation,
	size_t limit, const struct person_key *key, struct items *out, struct error *e);

/* Puts the plain body in place of a sealed one, as a walk (talk/turn_row.h) gives it. */
enum err event_open(
	struct arena *a, struct event *ev, const struct person_key *key, struct error *e);

/* One reader for whoever asks for event rows: these columns first. The body is sealed (p
 * NULL: forgotten) and lives as long as the row. */
#define EVENT_COLUMNS "id, kind, turn, at_ms, body"
#define EVENT_COLUMN_COUNT 5
struct event event_row(struct db_rows *rows);

/* What was written, and by whom. */
struct message_button {
	struct str title,
		payload; /* what the button says, what it sends (empty: the title) */
};
struct message {
	struct str text, payload, client_id;
	struct items quick_replies; /* struct message_button */
	struct str author;          /* "bot", "agent" or "visitor" */
	struct str author_id, author_name;
};
/* As bytes (base/schema_bytes.h): each turn writes two, and each page of messages reads
 * many. */
struct str message_print(struct arena *a, const struct message *m);
enum err message_parse(
	struct arena *a, struct str body, struct message *out, struct error *e);

#endif
