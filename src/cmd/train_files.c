#include "cmd/train_files.h"

#include "base/json.h"
#include "base/limits.h"
#include "cmd/command_host.h"
#include "pack/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum err
file_read_all(
	struct arena *a, const char *path, size_t max, struct str *out, struct error *e)
{
	FILE *f = fopen(path, "rbe");
	if (!f)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_UNAVAILABLE,
			"%s: %s", path, strerror(errno));
	struct buf b;
	buf_init(&b, max + 1);
	enum err err = OK;
	for (;;) {
		size_t want = max + 1 - b.n < 65536 ? max + 1 - b.n : 65536;
		if (!want)
			break; /* one byte more than may be */
		char *room = buf_reserve(&b, want);
		size_t n = room ? fread(room, 1, want, f) : 0;
		b.n += n;
		if (!n)
			break;
	}
	if (b.n > max)
		err = err_set(e, ERR_LIMIT, "%s is over %zu bytes", path, max);
	else if (ferror(f))
		err = err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	else
		*out = arena_str(a, buf_str(&b));
	fclose(f);
	buf_fini(&b);
	return err;
}

/* The file that takes the other's place when it is whole. */
static enum err
file_beside(const char *path, char other[static PATH_MAX], FILE **out, struct error *e)
{
	int n = snprintf(other, PATH_MAX, "%s.new", path);
	if (n < 0 || n >= PATH_MAX)
		return err_set(e, ERR_LIMIT, "the path %s is too long", path);
	struct stat about;
	bool folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
	*out = folder ? NULL : fopen(other, "wbe");
	if (!*out)
		return err_set(e, ERR_UNAVAILABLE, "%s cannot be written: %s", path,
			strerror(folder ? EISDIR : errno));
	return OK;
}

enum err
file_replaceable(const char *path, struct error *e)
{
	char other[PATH_MAX];
	FILE *f;
	enum err err = file_beside(path, other, &f, e);
	if (err)
		return err;
	fclose(f);
	unlink(other);
	return OK;
}

enum err
file_replace(const char *path, struct str bytes, struct error *e)
{
	char other[PATH_MAX];
	FILE *f;
	enum err err = file_beside(path, other, &f, e);
	if (err)
		return err;
	bool good = fwrite(bytes.p, 1, bytes.n, f) == bytes.n && fflush(f) == 0 &&
		fsync(fileno(f)) == 0;
	good = fclose(f) == 0 && good;
	if (good && rename(other, path) == 0)
		return OK;
	err = err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	unlink(other);
	return err;
}

static struct train_row
row_copy(struct arena *a, const struct train_row *from)
{
	struct train_mention *mentions =
		ARENA_ARRAY(a, struct train_mention, from->mention_count + 1);
	for (size_t i = 0; i < from->mention_count; i++) {
		mentions[i] = from->mentions[i];
		mentions[i].kind = arena_str(a, from->mentions[i].kind);
		mentions[i].role = arena_str(a, from->mentions[i].role);
	}
	return (struct train_row){arena_str(a, from->label), arena_str(a, from->text),
		mentions, from->mention_count};
}

/* Rows are copied, for they shall outlive the pack. */
static enum err
examples_of_pack(struct arena *a, const char *dir, struct train_row **rows, size_t *count,
	struct error *e)
{
	struct command_host host;
	const struct pack_options options = {.host = &host.host};
	struct pack *p = NULL;
	command_host_init(&host, NULL);
	enum err err = pack_load(dir, &options, &p, NULL, e);
	if (err)
		return err;
	const struct pack *own = p;
	const struct train_row *from = pack_examples(p, count);
	*rows = ARENA_ARRAY(a, struct train_row, *count + 1);
	for (size_t i = 0; i < *count; i++)
		(*rows)[i] = row_copy(a, &from[i]);
	pack_unref(&own);
	return OK;
}

enum err
examples_load(struct arena *a, const char *path, struct train_row **rows, size_t *count,
	struct error *e)
{
	struct str text;
	struct stat about;
	if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
		return examples_of_pack(a, path, rows, count, e);
	enum err err = file_read_all(a, path, EXAMPLES_FILE_MAX, &text, e);
	if (err)
		return err;
	err = examples_read(a, text, rows, count, e);
	return err ? err_context(e, err, "%s", path) : OK;
}

enum err
train_note_write(const char *model_path, size_t rows, double seconds, struct error *e)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s.json", model_path);
	struct buf b;
	struct jsonw w;
	buf_init(&b, 4096);
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_kint(&w, "rows", (int64_t)rows);
	jsonw_kdouble(&w, "train_seconds", seconds);
	jsonw_end_object(&w);
	buf_add_char(&b, '\n');
	enum err err = file_replace(path, buf_str(&b), e);
	buf_fini(&b);
	return err;
}

double
train_note_seconds(struct arena *a, const char *model_path)
{
	struct str text;
	struct json *note;
	struct str path = arena_printf(a, "%s.json", model_path);
	if (file_read_all(a, path.p, 4096, &text, NULL) ||
		json_parse(a, text, &note, NULL))
		return -1;
	return json_double(json_get(note, STR("train_seconds")), -1);
}
