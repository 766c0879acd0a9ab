/*
 * A person's clock by the name of its zone: "Europe/Madrid" from the zone database of the
 * system (/usr/share/zoneinfo, or the folder that TZDIR names), or a fixed "+02:00".
 */
#ifndef TEXT_ZONE_FILE_H
#define TEXT_ZONE_FILE_H

#include "base/arena.h"
#include "base/err.h"

/* Seconds to add to UTC at a moment in seconds since 1970 UTC. ERR_NOT_FOUND: there is no
 * such zone. Reads a small file; nothing outside of the database can be named. */
enum err zone_file_offset(
	struct arena *a, struct str name, int64_t utc, int32_t *offset, struct error *e);

#endif
