#include "pack/learnt.h"

#include "base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "intents-"

struct str
learnt_name(struct arena *a, uint64_t source)
{
	return arena_printf(a, PREFIX "%016llx.model", (unsigned long long)source);
}

static const char *
learnt_path(struct arena *a, const char *folder, uint64_t source)
{
	struct str name = learnt_name(a, source);
	return arena_printf(a, "%s/%.*s", folder, STR_ARG(name)).p;
}

bool
learnt_open(struct arena *a, const char *folder, uint64_t source, bool mark,
	struct model **out)
{
	struct model *m = NULL;
	const char *path = learnt_path(a, folder, source);
	if (model_open(path, &m, NULL))
		return false;
	if (model_source_hash(m) != source) {
		model_close(&m);
		return false;
	}
	if (mark)
		utimensat(AT_FDCWD, path, NULL, 0);
	*out = m;
	return true;
}

struct learnt_file {
	char name[64];
	struct timespec used;
};

/* A model, or what a process left of one when it was killed while writing. */
static bool
file_read(int folder, const char *name, struct learnt_file *out)
{
	struct stat st;
	if (!str_starts(str_of(name), STR(PREFIX)) || strlen(name) >= sizeof(out->name))
		return false;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return false;
	memcpy(out->name, name, strlen(name) + 1);
	out->used = st.st_mtim;
	return true;
}

static bool
file_older(const struct learnt_file *a, const struct learnt_file *b)
{
	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec < b->used.tv_sec;
	return a->used.tv_nsec < b->used.tv_nsec;
}

/* One pass: whatever finds no place among the newest is unlinked. */
static void
folder_prune(const char *folder)
{
	struct learnt_file kept[LEARNT_MODELS_MAX], file;
	size_t n = 0;
	DIR *d = opendir(folder);
	for (struct dirent *entry; d && (entry = readdir(d));) {
		if (!file_read(dirfd(d), entry->d_name, &file))
			continue;
		if (n < LEARNT_MODELS_MAX) {
			kept[n++] = file;
			continue;
		}
		struct learnt_file *oldest = &file;
		for (size_t i = 0; i < n; i++)
			if (file_older(&kept[i], oldest))
				oldest = &kept[i];
		unlinkat(dirfd(d), oldest->name, 0);
		*oldest = file;
	}
	if (d)
		closedir(d);
}

bool
learnt_keep(struct arena *a, const char *folder, uint64_t source, struct str bytes)
{
	const char *path = learnt_path(a, folder, source);
	const char *other = arena_printf(a, "%s.%d.new", path, (int)getpid()).p;
	if (mkdir(folder, 0700) && errno != EEXIST)
		return false;
	FILE *f = fopen(other, "wbe");
	if (!f)
		return false;
	bool good = fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
	good = fclose(f) == 0 && good;
	if (!good || rename(other, path)) {
		unlink(other);
		return false;
	}
	folder_prune(folder);
	return true;
}
