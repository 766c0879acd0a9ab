#include "cmd/shipped.h"

#include <sys/stat.h>
#include <unistd.h>

static bool
is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* With its last slash; false when the system does not tell. */
static bool
program_folder(char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
	while (n > 0 && out[n - 1] != '/')
		n--;
	if (n <= 0)
		return false;
	out[n] = '\0';
	return true;
}

bool
shipped_folder(const char *const *places, char out[PATH_MAX])
{
	char program[PATH_MAX];
	if (!program_folder(program))
		return false;
	for (; *places; places++) {
		/* A path that does not fit is as one that is not there. */
		int n = snprintf(out, PATH_MAX, "%s%s", program, *places);
		if (n > 0 && n < PATH_MAX && is_folder(out))
			return true;
	}
	return false;
}

enum err
shipped_pack(struct arena *a, struct str path, struct str *out, struct error *e)
{
	char found[PATH_MAX];
	const char *const places[] = {
		arena_printf(a, "../%.*s", STR_ARG(path)).p,
		arena_printf(a, "../share/parley/%.*s", STR_ARG(path)).p,
		NULL,
	};
	struct str here = arena_str(a, path);
	if (is_folder(here.p) || str_starts(path, STR("/"))) {
		*out = here;
		return OK;
	}
	if (!shipped_folder(places, found))
		return err_set(e, ERR_NOT_FOUND,
			"there is no pack %.*s here, nor beside the program; name a pack's folder",
			STR_ARG(path));
	*out = arena_str(a, str_of(found));
	return OK;
}
