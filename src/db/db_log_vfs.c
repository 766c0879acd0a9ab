#include "db/db_log_vfs.h"

#include "base/arena.h"
#include "base/err.h"

/* The most that SQLite's own files write in one call. */
#define PIECE_MAX 0x1ffffu

/* A log. The system's file lies behind it in the same allocation, which SQLite makes of
 * vfs->szOsFile bytes. */
struct log_file {
	sqlite3_file base;
	char *piece;
	sqlite3_int64 start; /* where the piece goes */
	size_t n;
};

static sqlite3_file *
file_real(sqlite3_file *f)
{
	return (sqlite3_file *)(void *)((struct log_file *)(void *)f + 1);
}

static int
log_flush(sqlite3_file *f)
{
	struct log_file *l = (struct log_file *)(void *)f;
	sqlite3_file *real = file_real(f);
	if (!l->n)
		return SQLITE_OK;
	int code = real->pMethods->xWrite(real, l->piece, (int)l->n, l->start);
	/* Also after a failure: SQLite gives the commit up and writes the same place
	 * again. */
	l->n = 0;
	return code;
}

static int
log_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct log_file *l = (struct log_file *)(void *)f;
	sqlite3_file *real = file_real(f);
	size_t size = (size_t)n;
	if (l->n && (at != l->start + (sqlite3_int64)l->n || size > PIECE_MAX - l->n)) {
		int code = log_flush(f);
		if (code != SQLITE_OK)
			return code;
	}
	if (size > PIECE_MAX)
		return real->pMethods->xWrite(real, p, n, at);
	if (!l->piece)
		l->piece = mem_alloc(PIECE_MAX);
	if (!l->n)
		l->start = at;
	memcpy(l->piece + l->n, p, size);
	l->n += size;
	return SQLITE_OK;
}

static int
log_close(sqlite3_file *f)
{
	struct log_file *l = (struct log_file *)(void *)f;
	sqlite3_file *real = file_real(f);
	int code = log_flush(f);
	free(l->piece);
	l->piece = NULL;
	int closed = real->pMethods->xClose(real);
	return code != SQLITE_OK ? code : closed;
}

static int
log_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	sqlite3_file *real = file_real(f);
	int code = log_flush(f);
	return code != SQLITE_OK ? code : real->pMethods->xRead(real, p, n, at);
}

static int
log_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	sqlite3_file *real = file_real(f);
	int code = log_flush(f);
	return code != SQLITE_OK ? code : real->pMethods->xTruncate(real, size);
}

static int
log_sync(sqlite3_file *f, int flags)
{
	sqlite3_file *real = file_real(f);
	int code = log_flush(f);
	return code != SQLITE_OK ? code : real->pMethods->xSync(real, flags);
}

static int
log_size(sqlite3_file *f, sqlite3_int64 *size)
{
	sqlite3_file *real = file_real(f);
	int code = log_flush(f);
	return code != SQLITE_OK ? code : real->pMethods->xFileSize(real, size);
}

static int
log_lock(sqlite3_file *f, int level)
{
	sqlite3_file *real = file_real(f);
	return real->pMethods->xLock(real, level);
}

static int
log_unlock(sqlite3_file *f, int level)
{
	sqlite3_file *real = file_real(f);
	return real->pMethods->xUnlock(real, level);
}

static int
log_reserved(sqlite3_file *f, int *out)
{
	sqlite3_file *real = file_real(f);
	return real->pMethods->xCheckReservedLock(real, out);
}

static int
log_control(sqlite3_file *f, int op, void *arg)
{
	sqlite3_file *real = file_real(f);
	return real->pMethods->xFileControl(real, op, arg);
}

static int
log_sector_size(sqlite3_file *f)
{
	sqlite3_file *real = file_real(f);
	return real->pMethods->xSectorSize(real);
}

static int
log_characteristics(sqlite3_file *f)
{
	sqlite3_file *real = file_real(f);
	return real->pMethods->xDeviceCharacteristics(real);
}

/* Version 1: shared memory and mapping belong to the data file, never to its log. */
static const sqlite3_io_methods log_methods = {
	.iVersion = 1,
	.xClose = log_close,
	.xRead = log_read,
	.xWrite = log_write,
	.xTruncate = log_truncate,
	.xSync = log_sync,
	.xFileSize = log_size,
	.xLock = log_lock,
	.xUnlock = log_unlock,
	.xCheckReservedLock = log_reserved,
	.xFileControl = log_control,
	.xSectorSize = log_sector_size,
	.xDeviceCharacteristics = log_characteristics,
};

static struct log_vfs *
log_vfs_of(sqlite3_vfs *vfs)
{
	return (struct log_vfs *)(void *)vfs;
}

static int
vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *out_flags)
{
	sqlite3_vfs *real = log_vfs_of(vfs)->real;
	struct log_file *l = (struct log_file *)(void *)f;
	if (!(flags & SQLITE_OPEN_WAL))
		return real->xOpen(real, path, f, flags, out_flags);
	*l = (struct log_file){0};
	int code = real->xOpen(real, path, file_real(f), flags, out_flags);
	if (code == SQLITE_OK)
		l->base.pMethods = &log_methods;
	return code;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_dir)
{
	sqlite3_vfs *real = log_vfs_of(vfs)->real;
	return real->xDelete(real, path, sync_dir);
}

static int
vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
	sqlite3_vfs *real = log_vfs_of(vfs)->real;
	return real->xAccess(real, path, flags, out);
}

static int
vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
	sqlite3_vfs *real = log_vfs_of(vfs)->real;
	return real->xFullPathname(real, path, size, out);
}

static int
vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
	sqlite3_vfs *real = log_vfs_of(vfs)->real;
	return real->xRandomness(real, size, out);
}

static int
vfs_sleep(sqlite3_vfs *vfs, int us)
{
	sqlite3_vfs *real = log_vfs_of(vfs)->real;
	return real->xSleep(real, us);
}

static int
vfs_time(sqlite3_vfs *vfs, double *out)
{
	sqlite3_vfs *real = log_vfs_of(vfs)->real;
	return real->xCurrentTime(real, out);
}

static int
vfs_last_error(sqlite3_vfs *vfs, int size, char *out)
{
	sqlite3_vfs *real = log_vfs_of(vfs)->real;
	return real->xGetLastError(real, size, out);
}

void
log_vfs_init(struct log_vfs *v)
{
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);
	require(real != NULL);
	*v = (struct log_vfs){.real = real};
	snprintf(v->name, sizeof v->name, "parley-log-%p", (void *)v);
	v->vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = real->szOsFile + (int)sizeof(struct log_file),
		.mxPathname = real->mxPathname,
		.zName = v->name,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_path,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
	};
	require(sqlite3_vfs_register(&v->vfs, 0) == SQLITE_OK);
}

void
log_vfs_fini(struct log_vfs *v)
{
	sqlite3_vfs_unregister(&v->vfs);
}
