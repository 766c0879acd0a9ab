/*
 * Things named in a message: e-mail addresses, numbers, money, dates, order numbers and
 * what a pack adds.
 *
 * A pack states its own kinds as data (struct entity_source, read through
 * entity_source_schema): patterns, look-up lists (with case and small spelling mistakes
 * forgiven) and synonyms. Built-in kinds: email url ip phone money number percent date
 * time datetime duration set card iban ssn document order_number tracking_number. Spans do not overlap in the result
 * (but for a number inside money, percent or duration): the pack's patterns come first,
 * then look-ups, then built-in kinds by falling strength of their evidence, a longer span
 * before a shorter one; but a name inside an e-mail or web address is a part of it. What a tagger learnt from examples (text/tagger.h) comes before
 * plain numbers and likely shapes; where it agrees with a stronger find of its kind, it
 * gives that find its role.
 *
 * Offsets are bytes of the message; who prints them for others counts code points with
 * utf8_count().
 */
#ifndef TEXT_ENTITIES_H
#define TEXT_ENTITIES_H

#include "text/tokens.h"

#include "base/schema.h"

struct entity {
	struct str kind;
	struct str text;  /* as written: a slice of the message */
	struct str value; /* in normal form: "ORD-1A2B3C4D", "49.90 USD", "2026-03-01";
			     equals text when there is none */
	struct str role;  /* empty unless the pack gives one */
	uint32_t start, end;
	double confidence;
};

struct entities {
	struct entity *p;
	size_t n;
};

struct entity_pattern {
	struct str kind;
	struct str match;  /* PCRE2 over the message as written; group 1, when there is
			      one, is the value */
	struct str prefix; /* put before the value when it does not start with it: "order
			      #123456" becomes ORD-123456 */
	struct str role;
	double confidence; /* .95 */
	bool case_sensitive;
	bool upper; /* the value is written in capitals */
};

struct entity_lookup {
	struct str kind;
	struct items
		values; /* struct str; the value found is given as it is written here */
	struct str role;
	double confidence; /* .9 */
	bool exact;        /* no spelling mistakes */
};

struct entity_synonym {
	struct str value;
	struct items of; /* struct str: what is written for it */
	struct str kind; /* empty: a value of any kind is replaced */
};

struct tagger;

struct entity_source {
	struct items patterns;       /* struct entity_pattern */
	struct items lookups;        /* struct entity_lookup */
	struct items synonyms;       /* struct entity_synonym */
	const struct tagger *learnt; /* from examples (text/tagger.h); borrowed, may be
					NULL; no part of the schema */
};

extern const struct schema entity_source_schema;

struct entity_finder;

/* The source is copied. `source` may be NULL: built-in kinds only. */
enum err entity_finder_new(
	const struct entity_source *source, struct entity_finder **out, struct error *e);
void entity_finder_free(struct entity_finder **f);

/* What relative dates refer to, and how 3/4 is read. */
struct entity_context {
	int64_t now_ms; /* UTC; 0: relative dates are found but keep their text as value
			 */
	int32_t offset_min;  /* the person's clock is UTC plus this */
	struct str language; /* "es" reads day before month and decimal commas; anything
				else as English */
	bool day_first;      /* 3/4 is the third of April */
};

void entities_read(struct entity_finder *f, struct arena *a, const struct tokens *t,
	const struct entity_context *c, struct entities *out);
/* The first of a kind, or NULL. */
const struct entity *entities_get(const struct entities *e, struct str kind);

#endif
