/*
 * Time zones: the offset from UTC at a moment, from the zone database's compiled files
 * (TZif, RFC 8536).
 *
 * Without I/O: whoever has the file's bytes (/usr/share/zoneinfo/Europe/Madrid) makes a
 * zone of them. After the last transition of the table the rule in the file's footer
 * holds ("CET-1CEST,M3.5.0,M10.5.0/3").
 */
#ifndef WIRE_ZONE_H
#define WIRE_ZONE_H

#include "base/arena.h"
#include "base/err.h"

struct zone;

/* A zone of the file's bytes, copied into the arena. Bytes that are no TZif of version
 * 2 or later, or whose counts do not fit their size, are ERR_INVALID. */
enum err zone_parse(struct arena *a, struct str file, struct zone **out, struct error *e);

/* Seconds to add to UTC, at a moment in seconds since 1970 UTC. */
int32_t zone_offset(const struct zone *z, int64_t utc);

/* A fixed offset as text: "Z", "UTC", "+02:00", "-09:30", "02:00". False when it is none
 * of these. */
bool zone_fixed(struct str name, int32_t *offset);

/* True for a name that may be looked up as a file below the zone database: letters,
 * digits, "_+-" and single slashes between parts, so that it names nothing outside. */
bool zone_name_valid(struct str name);

#endif
