/*
 * What came with the program: folders beside it in a build, below share/parley in an
 * installation. So a command does not depend on the folder that it is started in.
 */
#ifndef CMD_SHIPPED_H
#define CMD_SHIPPED_H

#include "base/arena.h"
#include "base/err.h"

#include <limits.h>

/* The first of these places that is a folder, each relative to the program's own; the
 * list ends with NULL. False: none is there. */
bool shipped_folder(const char *const *places, char out[PATH_MAX]);
/* The folder of a pack: the path itself when it is there, else the shipped pack of that
 * path ("packs/ecommerce"). ERR_NOT_FOUND says where it was looked for. */
enum err shipped_pack(struct arena *a, struct str path, struct str *out, struct error *e);

#endif
