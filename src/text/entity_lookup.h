/*
 * Look-up lists of a pack: names that are found in a message whatever their case and
 * accents, and with small spelling mistakes (one wrong, missing, extra or swapped letter
 * from five letters on, two from ten on), never in the first letter.
 */
#ifndef TEXT_ENTITY_LOOKUP_H
#define TEXT_ENTITY_LOOKUP_H

#include "text/entity_drafts.h"

struct entity_lookups;

enum err entity_lookups_new(
	const struct items *lists, struct entity_lookups **out, struct error *e);
void entity_lookups_free(struct entity_lookups **l);
void entity_lookups_read(const struct entity_lookups *l, struct drafts *d);

#endif
