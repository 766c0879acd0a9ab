/*
 * A disk that forgets: what was written to a database file and not synced is lost when
 * the process is killed, as it is when the power fails. (A kill alone loses nothing, for
 * the kernel has the pages.)
 *
 * Files below the folder PARLEY_UNSYNCED_DIR whose name holds ".db", but for shared
 * memory ("-shm"), are held back: writes and truncations stay in this process until fsync
 * or fdatasync, which bring them to the real file first. All descriptors of the process
 * see them meanwhile. With PARLEY_UNSYNCED_LEAK=N (percent) that part of the writes
 * reaches the real file at once, out of order, as a kernel may do; the choice is seeded by
 * PARLEY_UNSYNCED_SEED.
 *
 * Names are not held back: a file that was made or unlinked stays so. Memory maps of data
 * are not seen; the store has none.
 *	PARLEY_UNSYNCED_DIR=$PWD/data LD_PRELOAD=build/shim/unsynced.so build/parley serve --data data
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096
#define FDS 4096

/* A file as this process sees it. */
struct file {
	struct file *next;
	dev_t dev;
	ino_t ino;
	off_t size;  /* with what is held back */
	off_t valid; /* the real file counts up to here; behind it only what is held back
		      */
	unsigned char **blocks;
	size_t block_count;
};

enum fd_state { FD_UNKNOWN, FD_OTHER, FD_HELD };

static struct {
	pthread_mutex_t lock;
	struct file *files;
	unsigned char state[FDS];
	struct file *by_fd[FDS];
	uint64_t chance;
	ssize_t (*pread)(int, void *, size_t, off64_t);
	ssize_t (*pwrite)(int, const void *, size_t, off64_t);
	int (*ftruncate)(int, off64_t);
	int (*fsync)(int);
	int (*fdatasync)(int);
	int (*fstat)(int, struct stat64 *);
	int (*stat)(const char *, struct stat64 *);
	int (*unlink)(const char *);
	int (*close)(int);
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The other libraries' constructors run before one of ours would. */
static void
disk_init(void)
{
	if (disk.close)
		return;
	const char *seed = getenv("PARLEY_UNSYNCED_SEED");
	disk.chance = seed ? strtoull(seed, NULL, 10) : 1;
#define REAL(name, symbol) *(void **)&disk.name = dlsym(RTLD_NEXT, symbol)
	REAL(pread, "pread64");
	REAL(pwrite, "pwrite64");
	REAL(ftruncate, "ftruncate64");
	REAL(fsync, "fsync");
	REAL(fdatasync, "fdatasync");
	REAL(fstat, "fstat64");
	REAL(stat, "stat64");
	REAL(unlink, "unlink");
	REAL(close, "close");
#undef REAL
}

static void
disk_lock(void)
{
	pthread_mutex_lock(&disk.lock);
	disk_init();
}

static bool
leaks(void)
{
	const char *percent = getenv("PARLEY_UNSYNCED_LEAK");
	disk.chance = disk.chance * 6364136223846793005u + 1442695040888963407u;
	return percent && (disk.chance >> 33) % 100 < strtoull(percent, NULL, 10);
}

static bool
is_held_name(int fd)
{
	char link[64], path[PATH_MAX];
	const char *dir = getenv("PARLEY_UNSYNCED_DIR");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (!dir || n <= 0)
		return false;
	path[n] = '\0';
	const char *name = strrchr(path, '/');
	size_t length = strlen(path);
	return strncmp(path, dir, strlen(dir)) == 0 && name && strstr(name, ".db") &&
		!(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static struct file *
file_find(const struct stat64 *st)
{
	for (struct file *f = disk.files; f; f = f->next)
		if (f->dev == st->st_dev && f->ino == st->st_ino)
			return f;
	return NULL;
}

/* NULL: not ours. Called with the lock. */
static struct file *
file_of(int fd)
{
	struct stat64 st;
	if (fd < 0 || fd >= FDS || disk.state[fd] == FD_OTHER)
		return NULL;
	if (disk.state[fd] == FD_HELD)
		return disk.by_fd[fd];
	disk.state[fd] = FD_OTHER;
	if (disk.fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !is_held_name(fd))
		return NULL;
	struct file *f = file_find(&st);
	if (!f) {
		f = calloc(1, sizeof(*f));
		*f = (struct file){disk.files, st.st_dev, st.st_ino, st.st_size,
			st.st_size, NULL, 0};
		disk.files = f;
	}
	disk.state[fd] = FD_HELD;
	disk.by_fd[fd] = f;
	return f;
}

/* The block's bytes when it is held back, else NULL. */
static unsigned char *
block_get(const struct file *f, off_t at)
{
	size_t i = (size_t)(at / BLOCK);
	return i < f->block_count ? f->blocks[i] : NULL;
}

/* Bytes of the real file, zeros behind what counts. */
static void
real_read(const struct file *f, int fd, unsigned char *p, size_t n, off_t at)
{
	memset(p, 0, n);
	if (at >= f->valid)
		return;
	if (at + (off_t)n > f->valid)
		n = (size_t)(f->valid - at);
	if (disk.pread(fd, p, n, at) < 0)
		perror("unsynced: pread");
}

static unsigned char *
block_make(struct file *f, int fd, off_t at)
{
	size_t i = (size_t)(at / BLOCK);
	if (i >= f->block_count) {
		size_t count = i * 2 + 16;
		f->blocks = realloc(f->blocks, count * sizeof(*f->blocks));
		memset(f->blocks + f->block_count, 0,
			(count - f->block_count) * sizeof(*f->blocks));
		f->block_count = count;
	}
	if (!f->blocks[i]) {
		f->blocks[i] = malloc(BLOCK);
		real_read(f, fd, f->blocks[i], BLOCK, (off_t)i * BLOCK);
	}
	return f->blocks[i];
}

static void
blocks_drop(struct file *f, size_t from)
{
	for (size_t i = from; i < f->block_count; i++) {
		free(f->blocks[i]);
		f->blocks[i] = NULL;
	}
}

/* Brings the file up to date. */
static int
file_apply(struct file *f, int fd)
{
	if (disk.ftruncate(fd, f->valid) != 0)
		return -1;
	for (size_t i = 0; i < f->block_count; i++) {
		off_t at = (off_t)i * BLOCK;
		if (!f->blocks[i] || at >= f->size)
			continue;
		size_t n = f->size - at < BLOCK ? (size_t)(f->size - at) : BLOCK;
		if (disk.pwrite(fd, f->blocks[i], n, at) != (ssize_t)n)
			return -1;
	}
	if (disk.ftruncate(fd, f->size) != 0)
		return -1;
	blocks_drop(f, 0);
	f->valid = f->size;
	return 0;
}

static int
sync_by(int fd, bool data_only)
{
	disk_lock();
	struct file *f = file_of(fd);
	int result = f ? file_apply(f, fd) : 0;
	pthread_mutex_unlock(&disk.lock);
	if (result != 0)
		return result;
	return data_only ? disk.fdatasync(fd) : disk.fsync(fd);
}

int
fsync(int fd)
{
	return sync_by(fd, false);
}

int
fdatasync(int fd)
{
	return sync_by(fd, true);
}

static void
hold_write(struct file *f, int fd, const unsigned char *p, size_t n, off_t at)
{
	if (leaks() && at <= f->valid) {
		disk.pwrite(fd, p, n, at);
		if (at + (off_t)n > f->valid)
			f->valid = at + (off_t)n;
	}
	while (n > 0) {
		size_t into = (size_t)(at % BLOCK);
		size_t part = n < BLOCK - into ? n : BLOCK - into;
		memcpy(block_make(f, fd, at) + into, p, part);
		p += part;
		n -= part;
		at += (off_t)part;
	}
	if (at > f->size)
		f->size = at;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	disk_lock();
	struct file *f = file_of(fd);
	if (f)
		hold_write(f, fd, p, n, at);
	pthread_mutex_unlock(&disk.lock);
	return f ? (ssize_t)n : disk.pwrite(fd, p, n, at);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

static ssize_t
held_read(const struct file *f, int fd, unsigned char *p, size_t n, off_t at)
{
	if (at >= f->size)
		return 0;
	if (at + (off_t)n > f->size)
		n = (size_t)(f->size - at);
	for (size_t left = n; left > 0;) {
		size_t into = (size_t)(at % BLOCK);
		size_t part = left < BLOCK - into ? left : BLOCK - into;
		const unsigned char *block = block_get(f, at);
		if (block)
			memcpy(p, block + into, part);
		else
			real_read(f, fd, p, part, at);
		p += part;
		left -= part;
		at += (off_t)part;
	}
	return (ssize_t)n;
}

ssize_t
pread64(int fd, void *p, size_t n, off64_t at)
{
	ssize_t got = 0;
	disk_lock();
	struct file *f = file_of(fd);
	if (f)
		got = held_read(f, fd, p, n, at);
	pthread_mutex_unlock(&disk.lock);
	return f ? got : disk.pread(fd, p, n, at);
}

ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
	return pread64(fd, p, n, at);
}

int
ftruncate64(int fd, off64_t size)
{
	disk_lock();
	struct file *f = file_of(fd);
	if (f && size < f->size) {
		unsigned char *last = size % BLOCK ? block_get(f, size) : NULL;
		if (last)
			memset(last + size % BLOCK, 0, (size_t)(BLOCK - size % BLOCK));
		blocks_drop(f, (size_t)((size + BLOCK - 1) / BLOCK));
	}
	if (f) {
		f->size = size;
		f->valid = size < f->valid ? size : f->valid;
	}
	pthread_mutex_unlock(&disk.lock);
	return f ? 0 : disk.ftruncate(fd, size);
}

int
ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

int
fstat64(int fd, struct stat64 *st)
{
	disk_lock();
	int result = disk.fstat(fd, st);
	struct file *f = result == 0 ? file_of(fd) : NULL;
	if (f)
		st->st_size = f->size;
	pthread_mutex_unlock(&disk.lock);
	return result;
}

int
fstat(int fd, struct stat *st)
{
	return fstat64(fd, (struct stat64 *)(void *)st);
}

int
stat64(const char *path, struct stat64 *st)
{
	disk_lock();
	int result = disk.stat(path, st);
	struct file *f = result == 0 ? file_find(st) : NULL;
	if (f)
		st->st_size = f->size;
	pthread_mutex_unlock(&disk.lock);
	return result;
}

int
stat(const char *path, struct stat *st)
{
	return stat64(path, (struct stat64 *)(void *)st);
}

/* The inode's number may be used again for another file. */
int
unlink(const char *path)
{
	struct stat64 st;
	disk_lock();
	struct file *f = disk.stat(path, &st) == 0 ? file_find(&st) : NULL;
	if (f) {
		struct file **at = &disk.files;
		while (*at != f)
			at = &(*at)->next;
		*at = f->next;
		for (int fd = 0; fd < FDS; fd++)
			if (disk.by_fd[fd] == f) {
				disk.by_fd[fd] = NULL;
				disk.state[fd] = FD_OTHER;
			}
		blocks_drop(f, 0);
		free(f->blocks);
		free(f);
	}
	pthread_mutex_unlock(&disk.lock);
	return disk.unlink(path);
}

int
close(int fd)
{
	disk_lock();
	if (fd >= 0 && fd < FDS) {
		disk.state[fd] = FD_UNKNOWN;
		disk.by_fd[fd] = NULL;
	}
	pthread_mutex_unlock(&disk.lock);
	return disk.close(fd);
}
