/* The data folder: its files, its lock, its rights. Private to db/. */
#ifndef DB_DB_FOLDER_H
#define DB_DB_FOLDER_H

#include "base/err.h"
#include "base/str.h"

#define DATA_FILE "parley.db"
#define KEY_FILE "keys.db"
#define LOCK_FILE "parley.lock"

struct folder {
	char *path;      /* the folder */
	char *data_path; /* DATA_FILE in it */
	char *key_path;  /* KEY_FILE in it */
	int lock_fd;     /* -1: not held */
};

void folder_init(struct folder *f, struct str path);
/* Gives the lock back. */
void folder_fini(struct folder *f);
/* Makes the folder (0700) and its parents when missing. */
enum err folder_make(const struct folder *f, struct error *e);
/* ERR_CONFLICT when another process holds it; the text names the process. */
enum err folder_lock(struct folder *f, struct error *e);
/* Makes an empty file (0600) when there is none. */
enum err file_make(const char *path, struct error *e);
bool file_exists(const char *path);
/* 0 when it is not there. */
int64_t file_size(const char *path);
/* Sees to it that a name just made in the folder of `path` is on disk. */
enum err file_sync_folder(const char *path, struct error *e);

#endif
