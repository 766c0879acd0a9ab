/* The bytes of a tagger inside a model file: a header, then sections at multiples of 8.
 * Little-endian, used as they are. The model's checksum covers them. */
#ifndef TEXT_TAGGER_FORMAT_H
#define TEXT_TAGGER_FORMAT_H

#include "text/rows.h"
#include "text/tag_chain.h"

#define TAGGER_MAGIC "TAGS"
#define TAGGER_LANES ROW_LANES /* labels of a row are padded to a multiple of this */

enum tagger_section_id {
	TAGGER_NAMES, /* kind NUL role NUL for each type */
	TAGGER_INDEX, /* uint32_t[2^index_bits + 1], as in text/vector.h */
	TAGGER_KEYS,  /* uint32_t[features], ascending */
	TAGGER_SCALE, /* float[features]: of the row's weights */
	TAGGER_ROWS,  /* int8_t[features][lanes] */
	TAGGER_SECTIONS,
};

struct tagger_header {
	char magic[4];
	uint32_t types;
	uint32_t lanes;
	uint32_t features;
	uint32_t index_bits;
	float unit; /* integers of the sums for 1 */
	float step[TAG_PARTS][TAG_PARTS];
	uint32_t pad;
	struct {
		uint32_t at, size;
	} section[TAGGER_SECTIONS];
};

#endif
