#include "db/db_folder.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
path_join(struct str folder, const char *name)
{
	char *path = NULL;
	require(asprintf(&path, "%.*s%s%s", STR_ARG(folder), name ? "/" : "",
			name ? name : "") >= 0);
	return path;
}

void
folder_init(struct folder *f, struct str path)
{
	*f = (struct folder){
		.path = path_join(path, NULL),
		.data_path = path_join(path, DATA_FILE),
		.key_path = path_join(path, KEY_FILE),
		.lock_fd = -1,
	};
}

void
folder_fini(struct folder *f)
{
	if (f->lock_fd >= 0) {
		/* The file stays: unlinking it would let two processes lock two files
		 * of one name. */
		(void)!ftruncate(f->lock_fd, 0);
		close(f->lock_fd);
	}
	free(f->path);
	free(f->data_path);
	free(f->key_path);
	*f = (struct folder){.lock_fd = -1};
}

enum err
folder_make(const struct folder *f, struct error *e)
{
	char path[PATH_MAX];
	size_t n = strlen(f->path);
	if (n == 0 || n >= sizeof(path) - 32)
		return err_set(e, ERR_INVALID, "data folder: the name is %s",
			n ? "too long" : "empty");
	for (size_t i = 1; i <= n; i++) {
		if (i < n && f->path[i] != '/')
			continue;
		memcpy(path, f->path, i);
		path[i] = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return err_set(e, ERR_INVALID, "data folder %s: %s", path,
				strerror(errno));
	}
	return OK;
}

enum err
folder_lock(struct folder *f, struct error *e)
{
	char *path = path_join(str_of(f->path), LOCK_FILE);
	char pid[32] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	if (fd < 0)
		return err_set(e, ERR_INVALID, "data folder %s: %s: %s", f->path,
			LOCK_FILE, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = read(fd, pid, sizeof(pid) - 1);
		struct str text = str_trim((struct str){pid, n > 0 ? (size_t)n : 0});
		close(fd);
		return err_set(e, ERR_CONFLICT, "data folder %s is held by process %.*s",
			f->path, STR_ARG(text));
	}
	int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	/* The pid is for people; on a full disk the lock holds without it. */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, pid, (size_t)n, 0);
	f->lock_fd = fd;
	return OK;
}

enum err
file_make(const char *path, struct error *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	close(fd);
	return OK;
}

bool
file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int64_t
file_size(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

enum err
file_sync_folder(const char *path, struct error *e)
{
	char *copy = path_join(str_of(path), NULL);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 ? -1 : fsync(fd);
	enum err err = result == 0
		? OK
		: err_set(e, ERR_UNAVAILABLE, "%s: %s", copy, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(copy);
	return err;
}
