/*
 * Annotations of examples, as Rasa writes them:
 *
 *	[ORD-1A2B3C4D](order_id)             the kind
 *	[the big apple](city:New York)       and what the text stands for
 *	[Bogotá]{"entity": "city", "role": "from", "value": "BOG"}
 *	[Bogotá][{"entity": "city"}]         of several annotations of one text the first is read
 *
 * Brackets that nothing of these follows are plain text. `group` is read and means nothing here.
 */
#ifndef PACK_ANNOTATION_H
#define PACK_ANNOTATION_H

#include "pack/load.h"
#include "text/train.h"

struct annotation {
	struct train_mention mention; /* of the plain text */
	struct str value;             /* what the text stands for; may be empty */
};

/* The text of a line without annotations, blanks at both ends cut off; the annotations
 * from left to right. Faults are reported with `at` as their line, and what has one is no
 * annotation. All lives in the loader's arena. */
struct str annotation_read(struct loader *l, struct str line, int at,
	struct annotation **out, size_t *count);

#endif
