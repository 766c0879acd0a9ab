/*
 * The language of a message.
 *
 * Scripts that one language owns tell it by themselves (Thai, Hangul, Greek, Hebrew; kana
 * for Japanese, Han without kana for Chinese; Arabic and Devanagari for Arabic and
 * Hindi). For Latin and Cyrillic letters a small model that is built into the program
 * chooses among ca de en es fr id it nl pl pt ru sv tr. Addresses, links, codes and what
 * all people write ("ok", "lol", "iPhone") do not count. A message with fewer than three
 * letters, or one that the model is unsure of, is "unknown"; so is one that may be a name
 * alone ("Anna Kowalska").
 *
 * A conversation's language is sticky: language_follow() changes it only for a message
 * that is long and sure enough.
 */
#ifndef TEXT_LANGUAGE_H
#define TEXT_LANGUAGE_H

#include "text/tokens.h"

#include "base/err.h"

#define LANGUAGE_UNKNOWN "unknown"

struct language {
	struct str code;   /* ISO 639-1, or "unknown" */
	double confidence; /* 0 … 1; 0 when unknown */
	size_t letters;    /* that spoke for it */
};

struct language_reader;

enum err language_reader_new(struct language_reader **out, struct error *e);
/* With another model than the one that ships; its bytes are borrowed (text/model.h). */
enum err language_reader_of(
	struct str model, struct language_reader **out, struct error *e);
void language_reader_free(struct language_reader **r);

void language_read(const struct language_reader *r, struct arena *a,
	const struct tokens *t, struct language *out);
/* The conversation's language after a message: `before` (may be empty) or what was read.
 */
struct str language_follow(struct str before, const struct language *read);

#endif
