/*
 * Words that are drawn out: "sooo goooood", "noooo", "graciaaas".
 *
 * drawn_shorten() gives the message with such words as the terms know them: each run of
 * three or more equal letters becomes two or one, whichever makes a known word. A word
 * that is known as it stands, or in neither form, stays. Most messages have none, and are
 * given back as they are.
 */
#ifndef TEXT_DRAWN_H
#define TEXT_DRAWN_H

#include "text/terms.h"

/* Tokens in the arena, as many as before and with the same places in the text; (*drawn)[i]
 * says whether token i was drawn out, *drawn is NULL when none was. */
const struct tokens *drawn_shorten(
	const struct terms *known, struct arena *a, const struct tokens *t, bool **drawn);

#endif
