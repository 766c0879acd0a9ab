/*
 * A system that fails once: the n-th call of a kind is refused as a kernel would refuse it,
 * and all others go through. The tester says what and when in a file that both sides have
 * mapped, FAULT_PLAN (struct plan, 32-bit numbers in the machine's order):
 *
 *	WRITE   write, pwrite, truncation of a regular file: EIO, half of it written
 *	FULL    the same where the file would grow, and making a file: ENOSPC
 *	READ    read, pread of a regular file: EIO
 *	SYNC    fsync, fdatasync: EIO
 *	OPEN    opening a file: EMFILE
 *	SEND    what is written to a socket: ECONNRESET
 *	RECEIVE what is read from a socket: ECONNRESET
 *	ACCEPT  accept: EMFILE
 *	STEP    sqlite3_step: SQLITE_IOERR, and the statement does not run
 *	MEMORY  malloc, calloc, realloc: NULL
 *
 * Standard streams are left alone. Allocations are many, and few places make them: with
 * `by_place` their places are collected, and then the first call from `place` fails instead
 * of the n-th. A place is the hash of PLACE_DEPTH return addresses, which is stable when
 * addresses are (setarch -R).
 *	FAULT_PLAN=plan LD_PRELOAD=build/shim/fault.so build/parley serve …
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PLACES_MAX 8192
#define PLACE_DEPTH 5
#define SQLITE_IOERR 10

enum kind {
	NONE,
	WRITE,
	FULL,
	READ,
	SYNC,
	OPEN,
	SEND,
	RECEIVE,
	ACCEPT,
	STEP,
	MEMORY,
};

struct plan {
	_Atomic int32_t kind;  /* what fails; NONE: nothing */
	_Atomic int32_t left;  /* calls until the fault */
	_Atomic int32_t met;   /* faults that happened */
	_Atomic int32_t calls; /* of that kind since the tester set it to 0 */
	_Atomic int32_t by_place;
	_Atomic uint32_t place; /* 0: none fails, places are collected */
	char name[32]; /* of the call that failed; of the file that wanted memory */
	_Atomic uint32_t places[PLACES_MAX];
};

static struct plan *plan;
static _Thread_local bool inside; /* what the shim itself calls is not counted */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

__attribute__((constructor)) static void
plan_open(void)
{
	void *trace[2];
	const char *path = getenv("FAULT_PLAN");
	inside = true;
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED
			 : mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE,
				   MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	backtrace(trace, 2); /* loads what it needs */
	inside = false;
	if (p != MAP_FAILED)
		plan = p;
}

static bool
fails_now(const char *name)
{
	if (plan->met)
		return false;
	memcpy(plan->name, name, strlen(name) + 1);
	plan->met = 1;
	return true;
}

/* True when this call has to fail. */
static bool
due(enum kind kind, const char *name)
{
	if (!plan || inside || plan->kind != (int32_t)kind)
		return false;
	atomic_fetch_add(&plan->calls, 1);
	return atomic_fetch_sub(&plan->left, 1) == 1 && fails_now(name);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool
is_file(int fd)
{
	struct stat st;
	return fd > 2 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static bool
is_socket(int fd)
{
	int type;
	socklen_t n = sizeof type;
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0;
}

/* ---- files ---- */

/* What a write up to `end` meets: 0, EIO or ENOSPC. */
static int
write_fault(int fd, off_t end, const char *name)
{
	struct stat st;
	if (!plan || (plan->kind != WRITE && plan->kind != FULL) || !is_file(fd))
		return 0;
	if (plan->kind == WRITE)
		return due(WRITE, name) ? EIO : 0;
	return fstat(fd, &st) == 0 && end > st.st_size && due(FULL, name) ? ENOSPC : 0;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	int fault = write_fault(fd, at + (off64_t)n, "pwrite");
	if (!fault)
		return REAL(pwrite64)(fd, p, n, at);
	if (fault == EIO && REAL(pwrite64)(fd, p, n / 2, at) < 0)
		return -1;
	errno = fault;
	return -1;
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	int fault = write_fault(fd, lseek(fd, 0, SEEK_CUR) + (off_t)n, "write");
	if (fault || (is_socket(fd) && due(SEND, "write"))) {
		errno = fault ? fault : ECONNRESET;
		return -1;
	}
	return REAL(write)(fd, p, n);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	int fault = write_fault(fd, INT64_MAX, "writev");
	if (fault || (is_socket(fd) && due(SEND, "writev"))) {
		errno = fault ? fault : ECONNRESET;
		return -1;
	}
	return REAL(writev)(fd, v, n);
}

int
ftruncate64(int fd, off64_t size)
{
	errno = write_fault(fd, size, "ftruncate");
	return errno ? -1 : REAL(ftruncate64)(fd, size);
}

int
ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

int
posix_fallocate64(int fd, off64_t at, off64_t n)
{
	int fault = write_fault(fd, at + n, "posix_fallocate");
	return fault ? fault : REAL(posix_fallocate64)(fd, at, n);
}

int
posix_fallocate(int fd, off_t at, off_t n)
{
	return posix_fallocate64(fd, at, n);
}

ssize_t
pread64(int fd, void *p, size_t n, off64_t at)
{
	if (is_file(fd) && due(READ, "pread")) {
		errno = EIO;
		return -1;
	}
	return REAL(pread64)(fd, p, n, at);
}

ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
	return pread64(fd, p, n, at);
}

ssize_t
read(int fd, void *p, size_t n)
{
	bool file = is_file(fd) && due(READ, "read");
	if (file || (is_socket(fd) && due(RECEIVE, "read"))) {
		errno = file ? EIO : ECONNRESET;
		return -1;
	}
	return REAL(read)(fd, p, n);
}

int
fsync(int fd)
{
	errno = due(SYNC, "fsync") ? EIO : 0;
	return errno ? -1 : REAL(fsync)(fd);
}

int
fdatasync(int fd)
{
	errno = due(SYNC, "fdatasync") ? EIO : 0;
	return errno ? -1 : REAL(fdatasync)(fd);
}

int
open64(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (due(OPEN, "open")) {
		errno = EMFILE;
		return -1;
	}
	if ((flags & O_CREAT) && plan && plan->kind == FULL && access(path, F_OK) != 0 &&
		due(FULL, "open")) {
		errno = ENOSPC;
		return -1;
	}
	return REAL(open64)(path, flags, mode);
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

/* ---- sockets ---- */

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	errno = due(SEND, "send") ? ECONNRESET : 0;
	return errno ? -1 : REAL(send)(fd, p, n, flags);
}

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	errno = due(SEND, "sendmsg") ? ECONNRESET : 0;
	return errno ? -1 : REAL(sendmsg)(fd, m, flags);
}

ssize_t
recv(int fd, void *p, size_t n, int flags)
{
	errno = due(RECEIVE, "recv") ? ECONNRESET : 0;
	return errno ? -1 : REAL(recv)(fd, p, n, flags);
}

int
accept4(int fd, struct sockaddr *address, socklen_t *n, int flags)
{
	errno = due(ACCEPT, "accept") ? EMFILE : 0;
	return errno ? -1 : REAL(accept4)(fd, address, n, flags);
}

int
accept(int fd, struct sockaddr *address, socklen_t *n)
{
	return accept4(fd, address, n, 0);
}

/* ---- SQLite ---- */

struct sqlite3_stmt;
int sqlite3_step(struct sqlite3_stmt *s);

/* SQLite's calls of itself look at the statement for the error, and would see none. */
static bool
is_sqlite(const void *caller)
{
	Dl_info info;
	return dladdr(caller, &info) && strstr(info.dli_fname, "libsqlite3");
}

int
sqlite3_step(struct sqlite3_stmt *s)
{
	if (plan && plan->kind == STEP && !is_sqlite(__builtin_return_address(0)) &&
		due(STEP, "sqlite3_step"))
		return SQLITE_IOERR;
	return REAL(sqlite3_step)(s);
}

/* ---- memory ---- */

static uint32_t
place_here(void)
{
	void *trace[PLACE_DEPTH + 3];
	uint32_t hash = 2166136261u;
	inside = true;
	int n = backtrace(trace, PLACE_DEPTH + 3);
	inside = false;
	/* Above are this function, the one below, and malloc itself. */
	for (int i = 3; i < n; i++)
		hash = (hash ^ (uint32_t)((uintptr_t)trace[i] >> 1)) * 16777619u;
	return hash ? hash : 1;
}

/* Who was refused memory: on standard error, and the file of the caller in the plan. */
static void
place_show(void)
{
	void *trace[32];
	Dl_info info = {0};
	inside = true;
	int n = backtrace(trace, 32);
	backtrace_symbols_fd(trace, n, 2);
	if (n > 3 && dladdr(trace[3], &info) && info.dli_fname) {
		const char *slash = strrchr(info.dli_fname, '/');
		const char *file = slash ? slash + 1 : info.dli_fname;
		memcpy(plan->name, file, strnlen(file, sizeof plan->name - 1) + 1);
		plan->name[sizeof plan->name - 1] = 0;
	}
	inside = false;
}

/* A table with open addressing; a full one keeps no more. */
static void
place_keep(uint32_t place)
{
	for (uint32_t i = 0; i < PLACES_MAX; i++) {
		_Atomic uint32_t *slot = &plan->places[(place + i) % PLACES_MAX];
		uint32_t free_slot = 0;
		if (*slot == place ||
			atomic_compare_exchange_strong(slot, &free_slot, place))
			return;
	}
}

static __attribute__((noinline)) bool
no_memory(const char *name)
{
	if (!plan || inside || plan->kind != MEMORY || plan->met)
		return false;
	if (!plan->by_place)
		return due(MEMORY, name);
	uint32_t here = place_here();
	if (!plan->place)
		place_keep(here);
	if (here != plan->place || !fails_now(name))
		return false;
	place_show();
	return true;
}

void *
malloc(size_t size)
{
	return no_memory("malloc") ? (errno = ENOMEM, NULL) : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return no_memory("calloc") ? (errno = ENOMEM, NULL) : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	return no_memory("realloc") ? (errno = ENOMEM, NULL) : __libc_realloc(p, size);
}
