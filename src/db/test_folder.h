/* A folder of its own for each test of the store, below TMPDIR, gone afterwards. */
#ifndef DB_TEST_FOLDER_H
#define DB_TEST_FOLDER_H

#include "base/err.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#define TEST_FOLDER_MAX 128

static inline void
test_folder_make(char path[TEST_FOLDER_MAX])
{
	const char *parent = getenv("TMPDIR");
	snprintf(
		path, TEST_FOLDER_MAX, "%s/parley-db-XXXXXX", parent ? parent : P_tmpdir);
	require(mkdtemp(path) != NULL);
}

static inline int
test_folder_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void
test_folder_remove(const char *path)
{
	require(nftw(path, test_folder_remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

#endif
