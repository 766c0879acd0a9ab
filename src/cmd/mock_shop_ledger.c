#include "cmd/mock_shop_ledger.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LINE_MAX_BYTES (HTTP_BODY_MAX + 4096)

enum err
ledger_open(struct shop_ledger *l, const char *record, struct error *e)
{
	int fd = -1;
	if (record) {
		fd = open(record, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return err_set(
				e, ERR_UNAVAILABLE, "%s: %s", record, strerror(errno));
	}
	*l = (struct shop_ledger){.fd = fd, .lines_max = SHOP_EFFECTS_MAX};
	arena_init(&l->arena, 64 << 10);
	map_init(&l->kept);
	return OK;
}

void
ledger_close(struct shop_ledger *l)
{
	if (l->fd >= 0)
		close(l->fd);
	map_fini(&l->kept);
	arena_fini(&l->arena);
}

bool
ledger_has_room(const struct shop_ledger *l)
{
	return l->lines.n < l->lines_max;
}

static void
remember(struct shop_ledger *l, struct str line)
{
	if (l->lines.n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct str *grown = ARENA_ARRAY(&l->arena, struct str, room);
		if (l->lines.n)
			memcpy(grown, l->lines.p, l->lines.n * sizeof *grown);
		l->lines.p = grown;
		l->room = room;
	}
	((struct str *)l->lines.p)[l->lines.n++] = line;
}

/* One write, so that a killed process leaves a whole line or none. */
static enum err
record(struct shop_ledger *l, const struct buf *line, struct error *e)
{
	if (l->fd < 0)
		return OK;
	ssize_t n = write(l->fd, line->p, line->n);
	if (n >= 0 && (size_t)n == line->n && fdatasync(l->fd) == 0)
		return OK;
	return err_set(e, ERR_UNAVAILABLE,
		"the change was made but could not be recorded: %s",
		n >= 0 && (size_t)n != line->n ? "short write" : strerror(errno));
}

enum err
ledger_append(struct shop_ledger *l, const struct effect *effect, struct error *e)
{
	struct buf line;
	struct jsonw w;
	buf_init(&line, LINE_MAX_BYTES);
	jsonw_init(&w, &line);
	jsonw_object(&w);
	jsonw_kint(&w, "seq", (int64_t)l->lines.n + 1);
	jsonw_kstr(&w, "at", effect->at);
	jsonw_kstr(&w, "service", str_of(effect->service));
	jsonw_kstr(&w, "action", str_of(effect->action));
	jsonw_kstr(&w, "target", effect->target);
	if (effect->key.p)
		jsonw_kstr(&w, "key", effect->key);
	jsonw_knode(&w, "request", effect->request);
	jsonw_end_object(&w);
	remember(l, arena_str(&l->arena, buf_str(&line)));
	buf_add_char(&line, '\n');
	enum err err = record(l, &line, e);
	buf_fini(&line);
	return err;
}

void
ledger_write(const struct shop_ledger *l, int64_t after, size_t max, struct jsonw *w)
{
	const struct str *lines = l->lines.p;
	size_t from = after < 0 ? 0 : (size_t)after;
	jsonw_object(w);
	jsonw_karray(w, "effects");
	for (size_t i = from; i < l->lines.n && i - from < max; i++)
		jsonw_raw(w, lines[i]);
	jsonw_end_array(w);
	jsonw_kint(w, "total", (int64_t)l->lines.n);
	jsonw_end_object(w);
}

/* A key belongs to one service: two services may see the same one. */
static struct str
kept_key(char room[SHOP_KEY_MAX + 32], const char *service, struct str key)
{
	int n = snprintf(room, SHOP_KEY_MAX + 32, "%s %.*s", service, STR_ARG(key));
	require(n > 0 && n < SHOP_KEY_MAX + 32);
	return (struct str){room, (size_t)n};
}

const struct kept_answer *
ledger_find(const struct shop_ledger *l, const char *service, struct str key)
{
	char room[SHOP_KEY_MAX + 32];
	return map_get(&l->kept, kept_key(room, service, key));
}

void
ledger_keep(struct shop_ledger *l, const char *service, struct str key,
	const struct kept_answer *answer)
{
	char room[SHOP_KEY_MAX + 32];
	struct kept_answer *kept = ARENA_NEW(&l->arena, struct kept_answer);
	*kept = *answer;
	kept->body = arena_str(&l->arena, answer->body);
	map_put(&l->kept, kept_key(room, service, key), kept);
}
