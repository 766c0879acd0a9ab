#include "text/zone_file.h"

#include "base/limits.h"
#include "wire/zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define ZONE_FOLDER "/usr/share/zoneinfo"

/* Empty when it cannot be read, or is larger than a zone's file may be. */
static struct str
read_file(struct arena *a, const char *path)
{
	char *bytes = arena_alloc(a, ZONE_FILE_MAX + 1);
	size_t n = 0;
	ssize_t got = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (struct str){0};
	while (got > 0 && n <= ZONE_FILE_MAX) {
		got = read(fd, bytes + n, ZONE_FILE_MAX + 1 - n);
		n += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	if (got < 0 || n > ZONE_FILE_MAX)
		return (struct str){0};
	return (struct str){bytes, n};
}

enum err
zone_file_offset(
	struct arena *a, struct str name, int64_t utc, int32_t *offset, struct error *e)
{
	const char *folder = getenv("TZDIR"); /* as the C library has it */
	struct zone *zone;
	if (zone_fixed(name, offset))
		return OK;
	if (zone_name_valid(name)) {
		struct str path = arena_printf(
			a, "%s/%.*s", folder ? folder : ZONE_FOLDER, STR_ARG(name));
		struct str file = read_file(a, path.p);
		if (file.n && zone_parse(a, file, &zone, NULL) == OK) {
			*offset = zone_offset(zone, utc);
			return OK;
		}
	}
	return err_set(e, ERR_NOT_FOUND,
		"there is no time zone \"%.*s\": a name is Europe/Madrid, or +02:00",
		STR_ARG(name));
}
