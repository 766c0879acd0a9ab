/* Files of `parley train` and `parley eval`: examples in, models out, and the note beside
 * a model that says how it was made. */
#ifndef CMD_TRAIN_FILES_H
#define CMD_TRAIN_FILES_H

#include "base/arena.h"
#include "text/examples.h"

/* A whole file, at most `max` bytes. */
enum err file_read_all(
	struct arena *a, const char *path, size_t max, struct str *out, struct error *e);
/* Replaces the file at once: readers see the old bytes or the new ones. */
enum err file_replace(const char *path, struct str bytes, struct error *e);
/* Can file_replace() put a file there? To be known before what takes long. */
enum err file_replaceable(const char *path, struct error *e);
/* All rows of a .tsv file, or the examples of the pack in a folder. */
enum err examples_load(struct arena *a, const char *path, struct train_row **rows,
	size_t *count, struct error *e);
/* MODEL.json: rows, options and training seconds. It is no part of the model, whose bytes
 * depend on the data alone. */
enum err train_note_write(
	const char *model_path, size_t rows, double seconds, struct error *e);
/* Training seconds from the note; -1 without one. */
double train_note_seconds(struct arena *a, const char *model_path);

#endif
