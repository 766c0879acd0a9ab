/*
 * A full disk, as long as the file named by PARLEY_DISK_FULL exists: what would make a
 * regular file longer, or make a new one, fails with ENOSPC; what is there can be
 * overwritten, as on a real disk. Pipes, sockets and terminals work.
 *	PARLEY_DISK_FULL=full LD_PRELOAD=build/shim/disk_full.so build/parley serve …
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_full(void)
{
	const char *flag = getenv("PARLEY_DISK_FULL");
	return flag && access(flag, F_OK) == 0;
}

/* True when bytes up to `end` do not fit into the file. */
static bool
no_room(int fd, off_t end)
{
	struct stat st;
	if (!is_full() || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
		end <= st.st_size)
		return false;
	errno = ENOSPC;
	return true;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	ssize_t (*real)(int, const void *, size_t, off64_t) = (ssize_t(*)(
		int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
	return no_room(fd, at + (off_t)n) ? -1 : real(fd, p, n, at);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	ssize_t (*real)(int, const void *, size_t) =
		(ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	off_t at = lseek(fd, 0, SEEK_CUR);
	return at >= 0 && no_room(fd, at + (off_t)n) ? -1 : real(fd, p, n);
}

int
ftruncate64(int fd, off64_t size)
{
	int (*real)(int, off64_t) =
		(int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64");
	return no_room(fd, size) ? -1 : real(fd, size);
}

int
ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

int
posix_fallocate64(int fd, off64_t at, off64_t n)
{
	int (*real)(int, off64_t, off64_t) =
		(int (*)(int, off64_t, off64_t))dlsym(RTLD_NEXT, "posix_fallocate64");
	return no_room(fd, at + n) ? ENOSPC : real(fd, at, n);
}

int
posix_fallocate(int fd, off_t at, off_t n)
{
	return posix_fallocate64(fd, at, n);
}

int
open64(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) =
		(int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if ((flags & O_CREAT) && is_full() && access(path, F_OK) != 0) {
		errno = ENOSPC;
		return -1;
	}
	return real(path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return open64(path, flags, mode);
}
