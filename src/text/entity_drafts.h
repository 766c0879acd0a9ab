/*
 * Entities while a message is read: every recogniser proposes drafts, the finder keeps
 * what does not overlap.
 *
 * One file a family of kinds: entity_contact.c (email url ip phone), entity_number.c
 * (number ordinal percent money card iban), entity_time.c (date time datetime duration
 * set), entity_order.c (order_number tracking_number). A draft's rank says how strong its evidence
 * is: of two that overlap, the smaller rank wins, then the longer span.
 */
#ifndef TEXT_ENTITY_DRAFTS_H
#define TEXT_ENTITY_DRAFTS_H

#include "text/entities.h"

enum draft_rank {
	RANK_PATTERN, /* the pack's own patterns */
	RANK_LOOKUP,  /* the pack's lists */
	RANK_CHECKED, /* a checksum or a form that nothing else has: e-mail, IBAN, card */
	RANK_FORM,    /* a strong form: url, ip, money with its sign */
	RANK_WORDS,   /* words that say what it is: dates, durations, "call me at" */
	RANK_LEARNT,  /* what examples taught */
	RANK_CODE,    /* words say what a code is: order numbers */
	RANK_LIKELY,  /* the shape fits: a phone number */
	RANK_NUMBER,  /* any number */
};

struct draft {
	struct entity entity;
	enum draft_rank rank;
};

struct drafts {
	struct arena *a;
	const struct tokens *t;
	const struct entity_context *context;
	bool spanish;
	struct draft *p;
	size_t n, cap;
};

/* Adds text [start, end) as a draft; an empty value stands for the text as written.
 * Drafts past ENTITIES_MAX * 4 are dropped. */
void drafts_add(struct drafts *d, enum draft_rank rank, const char *kind,
	struct str value, size_t start, size_t end, double confidence);
void drafts_add_entity(struct drafts *d, enum draft_rank rank, const struct entity *e);
/* Is [start, end) a part, and not the whole, of an e-mail or web address read so far? */
bool drafts_inside_address(const struct drafts *d, size_t start, size_t end);
/* The drafts that remain, from left to right. */
void drafts_settle(struct drafts *d, struct entities *out);

void entity_contact_read(struct drafts *d);
void entity_number_read(struct drafts *d);
void entity_time_read(struct drafts *d);
void entity_order_read(struct drafts *d);

#endif
