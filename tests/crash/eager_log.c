/* The store's log copied into its data file all the time, and not once in many minutes: build/crash/parley is the
 * program with this in the place of db_checkpoint.c, so that kills meet the copying. */
#include "base/limits.h"

#undef DB_LOG_COPY_PAGES
#define DB_LOG_COPY_PAGES 400

#include "../../src/db/db_checkpoint.c"
