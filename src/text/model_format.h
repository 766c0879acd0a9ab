/*
 * The bytes of a model file. Little-endian, flat, mapped as it is.
 *
 * Header, then sections at multiples of 64 bytes: class names, key index, keys, rows of
 * weights … The checksum covers all after the header's first 32 bytes. model_open()
 * checks magic, version, size, checksum and that every section lies inside the file;
 * after that nothing in it can lead a reader outside.
 */
#ifndef TEXT_MODEL_FORMAT_H
#define TEXT_MODEL_FORMAT_H

#include "text/rows.h"

#define MODEL_MAGIC "PARLEYNL"
/* Raised when the layout changes. */
#define MODEL_VERSION 3
#define MODEL_ALIGN 64
#define MODEL_LANES ROW_LANES /* classes of a row are padded to a multiple of this */

enum model_section_id {
	SECTION_NAMES, /* class names, each followed by a NUL byte */
	SECTION_INDEX, /* uint32_t[2^index_bits + 1]: where the keys with these leading
			  bits start */
	SECTION_KEYS,  /* uint32_t[features], ascending */
	SECTION_IDF,   /* float[features] */
	SECTION_SCALE, /* float[features]: of the row's weights */
	SECTION_ROWS,  /* int8_t[features][lanes] */
	SECTION_BIAS,  /* float[lanes] */
	SECTION_EMBED_SCALE, /* float[features]; the second model's rows, empty without
				one */
	SECTION_EMBED,       /* int8_t[features][hidden] */
	SECTION_HIDDEN_BIAS, /* float[hidden] */
	SECTION_OUTPUT,      /* float[hidden][lanes] */
	SECTION_OUTPUT_BIAS, /* float[lanes] */
	SECTION_TAGGER,      /* text/tagger_format.h; empty without annotated examples */
	MODEL_SECTIONS,
};

struct model_section {
	uint64_t at, size;
};

struct model_header {
	char magic[8];
	uint32_t version;
	uint32_t header_size;
	uint64_t file_size;
	uint64_t checksum;
	uint64_t source_hash; /* of the training data: is the model stale? */
	uint32_t classes;
	uint32_t lanes;
	uint32_t features;
	uint32_t index_bits;
	uint32_t hidden; /* 0: no second model */
	int32_t oos;     /* class that means out of scope, or -1 */
	uint32_t pairs;  /* word pairs are features */
	float block_weight[4];
	float temperature;
	float threshold; /* out of scope when the score is over it */
	float unit;      /* integers of the accumulators for 1 */
	float mix;       /* share of the second model's probabilities */
	float second_temperature;
	float oos_lead; /* out of scope is, too, what is this many times likelier so than
			   the likeliest intent */
	float reserved[2];
	struct model_section section[MODEL_SECTIONS];
};

/* 64 bits over words of 8 bytes, fast enough for megabytes at start. Not for security. */
uint64_t model_checksum(const void *p, size_t n);

#endif
