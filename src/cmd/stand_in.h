/*
 * Stand-ins for a person's own data: each value that is known to be personal is replaced
 * by another of its form, the same everywhere, so that what is left plays as it did.
 *
 * Known are the values that were stated as such (the caller's name and address, members of
 * records like `email` or `street`), what perception finds in what the person wrote
 * (e-mail, telephone, card, bank account, document and network numbers), streets, what
 * follows "my name is", and further kinds of the pack's entities that are asked for. A name
 * that nobody states as one is not recognised.
 */
#ifndef CMD_STAND_IN_H
#define CMD_STAND_IN_H

#include "base/json.h"
#include "base/schema.h"
#include "text/entities.h"

struct stand_in {
	struct str was, is;
};

struct stand_ins {
	struct arena *arena;
	struct entity_finder *finder;
	const struct items *kinds; /* struct str: further kinds; may be NULL */
	struct stand_in *p;
	size_t n, capacity;
	size_t of_kind[16]; /* how many there are, to number the next */
	bool full;          /* STAND_INS_MAX was passed: something is not replaced */
};

/* Texts live in the arena. */
void stand_ins_init(struct stand_ins *s, struct arena *a, struct entity_finder *finder,
	const struct items *kinds);
void stand_ins_fini(struct stand_ins *s);

/* A value of a kind: "email", "name", "phone", "street", "id", an entity's … */
void stand_ins_add(struct stand_ins *s, struct str kind, struct str was);
/* A person's name and its words. */
void stand_ins_add_name(struct stand_ins *s, struct str name);
/* What is personal in what the person wrote. */
void stand_ins_read_message(struct stand_ins *s, struct str text);
/* Members of a record that hold a person's data, by the names that records commonly have. */
void stand_ins_read_record(struct stand_ins *s, const struct json *record);
/* The text with every known value replaced, whole words only, in any case of letters. */
struct str stand_ins_replace(const struct stand_ins *s, struct str text);

#endif
