/*
 * The files of a pack: read from its folder, or taken from a bundle.
 *
 * Read are the .yaml files of the folder and of nlu/ (there .yml too, for files of Rasa's),
 * and the .md files of kb/; sorted by path, valid UTF-8, no symbolic links, within
 * PACK_FILES_MAX, PACK_FILE_MAX and PACK_BYTES_MAX. tests/ is not part of a version.
 *
 * A bundle is JSON: {"pack":1,"settings":{"name":"value"},"files":{"path":"text"}}, both
 * sorted, so that the same pack always gives the same bytes.
 */
#ifndef PACK_FILES_H
#define PACK_FILES_H

#include "base/arena.h"
#include "base/err.h"

struct pack_setting;

struct pack_file {
	struct str path; /* "policy.yaml", "nlu/rules.yaml" */
	struct str text;
};

struct pack_files {
	struct pack_file *p;
	size_t n;
};

/* ERR_NOT_FOUND: no such folder. ERR_INVALID and ERR_LIMIT name the file. */
enum err pack_files_read(
	struct arena *a, const char *dir, struct pack_files *out, struct error *e);
const struct pack_file *pack_files_find(const struct pack_files *files, struct str path);

/* Settings must be sorted by name. */
struct str pack_files_bundle(struct arena *a, const struct pack_files *files,
	const struct pack_setting *settings, size_t setting_count);
enum err pack_files_unbundle(struct arena *a, struct str bundle, struct pack_files *files,
	struct pack_setting **settings, size_t *setting_count, struct error *e);

#endif
