#include "pack/files.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "pack/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct reading {
	struct arena *a;
	struct pack_files *files;
	size_t bytes;
};

static enum err
files_read_all(int fd, struct arena *a, size_t size, struct str *out, struct error *e)
{
	char *text = arena_alloc(a, size + 1);
	size_t n = 0;
	while (n < size) {
		ssize_t got = read(fd, text + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_UNAVAILABLE, "cannot be read: %s",
				strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
	*out = (struct str){text, n};
	size_t bad = utf8_check(*out);
	if (bad == n)
		return OK;
	int line = 1;
	for (size_t i = 0; i < bad; i++)
		line += text[i] == '\n';
	return err_set_line(e, ERR_INVALID, line, "is not valid UTF-8");
}

static enum err
files_add(
	struct reading *r, int dirfd, const char *name, struct str path, struct error *e)
{
	if (r->files->n == PACK_FILES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d files (PACK_FILES_MAX)",
			PACK_FILES_MAX);
	if (path.n > PACK_NAME_MAX)
		return err_set(e, ERR_LIMIT, "a path over %d bytes (PACK_NAME_MAX)",
			PACK_NAME_MAX);
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	enum err err = OK;
	struct str text = {0};
	if (fd < 0 || fstat(fd, &st) < 0)
		err = err_set(
			e, ERR_UNAVAILABLE, "cannot be opened: %s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		err = err_set(e, ERR_INVALID, "is no plain file");
	else if ((size_t)st.st_size > PACK_FILE_MAX)
		err = err_set(e, ERR_LIMIT, "is larger than %u bytes (PACK_FILE_MAX)",
			PACK_FILE_MAX);
	else if (r->bytes + (size_t)st.st_size > PACK_BYTES_MAX)
		err = err_set(e, ERR_LIMIT,
			"makes the pack larger than %u bytes (PACK_BYTES_MAX)",
			PACK_BYTES_MAX);
	else
		err = files_read_all(fd, r->a, (size_t)st.st_size, &text, e);
	if (fd >= 0)
		close(fd);
	if (err)
		return err_context(e, err, "%.*s", STR_ARG(path));
	r->bytes += text.n;
	r->files->p[r->files->n++] = (struct pack_file){.path = path, .text = text};
	return OK;
}

/* The files with that ending of one folder; a folder that is not there has none. */
static enum err
files_read_folder(struct reading *r, int rootfd, const char *folder, const char *ending,
	struct error *e)
{
	int fd = openat(
		rootfd, *folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return OK;
	DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", folder, strerror(errno));
	}
	enum err err = OK;
	for (struct dirent *d; !err && (d = readdir(dir));) {
		struct str name = str_of(d->d_name);
		if (name.p[0] == '.' || !str_ends(name, str_of(ending)))
			continue;
		struct str path = *folder ? arena_printf(r->a, "%s/%s", folder, d->d_name)
					  : arena_str(r->a, name);
		err = files_add(r, fd, d->d_name, path, e);
	}
	closedir(dir);
	return err;
}

static int
files_compare(const void *x, const void *y)
{
	const struct pack_file *a = x, *b = y;
	return str_cmp(a->path, b->path);
}

enum err
pack_files_read(struct arena *a, const char *dir, struct pack_files *out, struct error *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_NOT_FOUND, "%s", strerror(errno));
	*out = (struct pack_files){.p = ARENA_ARRAY(a, struct pack_file, PACK_FILES_MAX)};
	struct reading r = {.a = a, .files = out};
	enum err err = files_read_folder(&r, fd, "", ".yaml", e);
	if (!err)
		err = files_read_folder(&r, fd, "nlu", ".yaml", e);
	if (!err) /* Rasa's own ending: its files are read as they are */
		err = files_read_folder(&r, fd, "nlu", ".yml", e);
	if (!err)
		err = files_read_folder(&r, fd, "kb", ".md", e);
	close(fd);
	if (out->n > 1)
		qsort(out->p, out->n, sizeof(*out->p), files_compare);
	return err;
}

const struct pack_file *
pack_files_find(const struct pack_files *files, struct str path)
{
	for (size_t i = 0; i < files->n; i++) {
		if (str_eq(files->p[i].path, path))
			return &files->p[i];
	}
	return NULL;
}

struct str
pack_files_bundle(struct arena *a, const struct pack_files *files,
	const struct pack_setting *settings, size_t setting_count)
{
	struct buf out;
	buf_init(&out, 8 * (size_t)PACK_BYTES_MAX);
	struct jsonw w;
	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_kint(&w, "pack", 1);
	jsonw_kobject(&w, "settings");
	for (size_t i = 0; i < setting_count; i++) {
		jsonw_key(&w, settings[i].name);
		jsonw_str(&w, settings[i].value);
	}
	jsonw_end_object(&w);
	jsonw_kobject(&w, "files");
	for (size_t i = 0; i < files->n; i++) {
		jsonw_key(&w, files->p[i].path);
		jsonw_str(&w, files->p[i].text);
	}
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	struct str bundle = arena_str(a, buf_str(&out));
	buf_fini(&out);
	return bundle;
}

enum err
pack_files_unbundle(struct arena *a, struct str bundle, struct pack_files *files,
	struct pack_setting **settings, size_t *setting_count, struct error *e)
{
	struct json *root;
	enum err err = json_parse(a, bundle, &root, e);
	if (err)
		return err_context(e, err, "bundle");
	const struct json *f = json_get(root, STR("files")),
			  *s = json_get(root, STR("settings"));
	if (json_int(json_get(root, STR("pack")), 0) != 1 || !f ||
		f->type != JSON_OBJECT || !s || s->type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "bundle: not a pack of format 1");
	if (f->count > PACK_FILES_MAX)
		return err_set(e, ERR_LIMIT,
			"bundle: more than %d files (PACK_FILES_MAX)", PACK_FILES_MAX);
	*files = (struct pack_files){.p = ARENA_ARRAY(a, struct pack_file, f->count)};
	json_each(v, f)
		files->p[files->n++] = (struct pack_file){v->key, json_str(v, STR(""))};
	*settings = ARENA_ARRAY(a, struct pack_setting, s->count);
	*setting_count = 0;
	json_each(v, s)
		(*settings)[(*setting_count)++] = (struct pack_setting){
			.name = v->key, .value = json_str(v, STR(""))};
	return OK;
}
