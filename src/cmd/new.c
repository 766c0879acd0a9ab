/* `parley new`: the first files of something, so that nobody starts from an empty folder.
 */
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "cmd/cmd.h"
#include "cmd/new_pack.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 64
#define PATH_BYTES 4096

static const struct option new_options[] = {
	{.name = "company",
		.value = "NAME",
		.doc = "who speaks; the pack's name when absent"},
	{0},
};

/* The last part of a path: "packs/cafe/" names the pack "cafe". */
static struct str
last_part(struct str path)
{
	size_t start = 0;
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '/')
			start = i + 1;
	return str_sub(path, start, path.n);
}

static bool
is_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", name.p[i]))
			return false;
	return name.n > 0 && name.n <= NAME_MAX_BYTES && name.p[0] >= 'a' &&
		name.p[0] <= 'z';
}

/* The text with its blanks filled; `company` is written as a YAML string. */
static void
fill(struct buf *out, struct str text, struct str name, struct str company)
{
	struct jsonw w;
	while (text.n) {
		ptrdiff_t open = str_find_char(text, '{');
		if (open < 0)
			break;
		buf_add_str(out, str_sub(text, 0, (size_t)open));
		text = str_sub(text, (size_t)open, text.n);
		if (str_starts(text, STR("{NAME}"))) {
			buf_add_str(out, name);
			text = str_sub(text, sizeof "{NAME}" - 1, text.n);
		} else if (str_starts(text, STR("{COMPANY}"))) {
			jsonw_init(&w, out);
			jsonw_str(&w, company);
			text = str_sub(text, sizeof "{COMPANY}" - 1, text.n);
		} else {
			buf_add_char(out, '{');
			text = str_sub(text, 1, text.n);
		}
	}
	buf_add_str(out, text);
}

static enum err
write_file(const char *path, struct str text, struct error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	ssize_t n = write(fd, text.p, text.n);
	int failure = n < 0 ? errno : (size_t)n != text.n ? ENOSPC : 0;
	if (close(fd) != 0 && !failure)
		failure = errno;
	return failure ? err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(failure))
		       : OK;
}

/* Makes the folder that the file lies in, when that is longer than `root`, unless it is there. */
static enum err
make_folder_of(char *path, size_t root, struct error *e)
{
	char *slash = strrchr(path + root + 1, '/');
	if (!slash)
		return OK;
	*slash = 0;
	enum err err = mkdir(path, 0777) == 0 || errno == EEXIST
		? OK
		: err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	*slash = '/';
	return err;
}

static enum err
write_pack(struct str dir, struct str name, struct str company, struct error *e)
{
	char path[PATH_BYTES];
	struct buf text;
	snprintf(path, sizeof path, "%.*s", STR_ARG(dir));
	/* `packs` itself is seldom there when the first pack is made. */
	enum err err = make_folder_of(path, 0, e);
	if (err)
		return err;
	if (mkdir(path, 0777) != 0)
		return err_set(e, errno == EEXIST ? ERR_CONFLICT : ERR_UNAVAILABLE,
			"%s: %s", path,
			errno == EEXIST ? "is there already; nothing was written"
					: strerror(errno));
	buf_init(&text, YAML_FILE_MAX);
	for (const struct new_file *f = new_pack_files; f->path && !err; f++) {
		buf_clear(&text);
		fill(&text, str_of(f->text), name, company);
		int n = snprintf(path, sizeof path, "%.*s/%s", STR_ARG(dir), f->path);
		require(n > 0 && (size_t)n < sizeof path);
		err = make_folder_of(path, dir.n, e);
		if (!err)
			err = write_file(path, buf_str(&text), e);
	}
	buf_fini(&text);
	return err;
}

static int
new_run(const struct args *args)
{
	struct error e;
	struct str dir = str_of(args->words[1]);
	struct str name = last_part(dir);
	const char *company = args_value(args, "company");
	if (strcmp(args->words[0], "pack") != 0)
		return cmd_usage(
			args, "there is no new \"%s\"; try \"pack\"", args->words[0]);
	while (dir.n > 1 && dir.p[dir.n - 1] == '/')
		dir.n--;
	if (!is_name(name) || dir.n > PATH_BYTES - 100)
		return cmd_usage(args,
			"\"%.*s\" is no name for a pack: a small letter, then small "
			"letters, digits, - and _",
			STR_ARG(name));
	if (company && !utf8_valid(str_of(company)))
		return cmd_usage(args, "--company is not UTF-8");
	if (write_pack(dir, name, company ? str_of(company) : name, &e))
		return cmd_fail(args, "%s", e.text);
	printf("%.*s is there. Next:\n  parley check %.*s\n  parley serve --demo --pack %.*s\n",
		STR_ARG(name), STR_ARG(dir), STR_ARG(dir));
	return 0;
}

const struct command cmd_new = {
	.name = "new",
	.usage = "pack NAME [options]",
	.summary = "write a small working pack to start from",
	.details = "NAME may be a path: packs/cafe makes the folder packs/cafe and names "
		   "the pack cafe. What is there already is\n"
		   "never touched.",
	.options = new_options,
	.words_min = 2,
	.words_max = 2,
	.run = new_run,
};
