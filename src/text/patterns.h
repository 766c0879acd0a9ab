/*
 * Regular expressions over messages, many at once.
 *
 * A set of patterns is compiled once (PCRE2, UTF, JIT where there is one). Each pattern's
 * required literals are read out of its source; one Aho-Corasick pass over the text says
 * which patterns can match at all, and only those are run; a pattern that needs so many
 * digits in a row is not run on a text that has fewer. A pattern without literal and
 * digits runs on every text (patterns_unfiltered() counts them).
 *
 * Nothing a pattern or a text does can stall the loop: PATTERN_MATCH_LIMIT,
 * PATTERN_DEPTH_LIMIT and PATTERN_HEAP_KIB bound each run, PATTERN_WORK_MAX and
 * PATTERN_HITS_MAX a scan; a match spans at most a quarter of PATTERN_PIECE bytes in a
 * longer text. A run that meets a limit counts as no match and is reported in `limited`.
 *
 * The set is immutable after patterns_new() but for the scratch memory that matching
 * needs, which belongs to the set: one thread at a time.
 */
#ifndef TEXT_PATTERNS_H
#define TEXT_PATTERNS_H

#include "base/arena.h"
#include "base/err.h"

struct pattern {
	struct str source;
	bool case_sensitive;
	bool first_only; /* one hit is enough */
};

struct pattern_hit {
	uint32_t id;                     /* index of the pattern */
	uint32_t start, end;             /* bytes of the text */
	uint32_t group_start, group_end; /* group 1 when it took part, else the whole */
};

struct pattern_hits {
	struct pattern_hit *p;
	size_t n;
	size_t limited; /* runs that met a limit */
};

struct patterns;

/* ERR_INVALID names the pattern and the place in it; ERR_LIMIT: more than PATTERNS_MAX,
 * or one over PATTERN_SOURCE_MAX. */
enum err patterns_new(
	const struct pattern *list, size_t count, struct patterns **out, struct error *e);
void patterns_free(struct patterns **p);
/* Hits in the order of the patterns, those of one pattern from left to right. The text
 * must be valid UTF-8. */
void patterns_scan(
	struct patterns *p, struct arena *a, struct str text, struct pattern_hits *out);
size_t patterns_unfiltered(const struct patterns *p);

#endif
