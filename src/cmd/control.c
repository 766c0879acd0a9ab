#include "cmd/control.h"

#include "base/limits.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

struct control {
	uv_pipe_t pipe;
	control_handler *handle;
	void *owner;
	struct list open; /* struct peer */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	bool stopping;
};

/* A connection: one request at a time. */
struct peer {
	uv_pipe_t pipe;
	uv_write_t write;
	struct list link;
	struct control *control; /* NULL: the server stops */
	struct buf in, out;
	struct control_request *asking;
};

struct control_request {
	struct peer *peer; /* NULL: the client has gone */
	struct arena arena;
};

static enum err
socket_path(struct str dir, char *path, size_t size, struct error *e)
{
	int n = snprintf(path, size, "%.*s/parley.sock", STR_ARG(dir));
	if (n < 0 || (size_t)n >= size)
		return err_set(e, ERR_LIMIT,
			"the data folder's path is longer than a socket's may be (%zu bytes)",
			size - sizeof "/parley.sock");
	return OK;
}

/* ---- the server's side ---- */

static void
peer_freed(uv_handle_t *handle)
{
	struct peer *p = handle->data;
	buf_fini(&p->in);
	buf_fini(&p->out);
	free(p);
}

static void
peer_close(struct peer *p)
{
	if (uv_is_closing((uv_handle_t *)&p->pipe))
		return;
	if (p->asking)
		p->asking->peer = NULL;
	list_remove(&p->link);
	uv_close((uv_handle_t *)&p->pipe, peer_freed);
}

static void next_request(struct peer *p);

static void
written(uv_write_t *write, int status)
{
	struct peer *p = write->data;
	buf_clear(&p->out);
	if (status < 0)
		peer_close(p);
	else
		next_request(p);
}

void
control_reply(struct control_request *q, struct str json)
{
	struct peer *p = q->peer;
	if (json.n >= CONTROL_LINE_MAX)
		json = STR(
			"{\"error\":\"the answer is over 65536 bytes (CONTROL_LINE_MAX)\"}");
	if (p) {
		p->asking = NULL;
		buf_add_str(&p->out, json);
		buf_add_char(&p->out, '\n');
		uv_buf_t out = uv_buf_init(p->out.p, (unsigned)p->out.n);
		p->write.data = p;
		if (uv_write(&p->write, (uv_stream_t *)&p->pipe, &out, 1, written) < 0)
			peer_close(p);
	}
	arena_fini(&q->arena);
	free(q);
}

void
control_reply_error(struct control_request *q, const char *text)
{
	struct json *o = json_new_object(&q->arena);
	json_set(o, STR("error"), json_new_str(&q->arena, str_of(text)));
	control_reply(q, json_print(&q->arena, o));
}

struct arena *
control_arena(struct control_request *q)
{
	return &q->arena;
}

/* The next whole line, when nothing is being answered. */
static void
next_request(struct peer *p)
{
	struct json *in;
	ptrdiff_t end = str_find_char(buf_str(&p->in), '\n');
	if (p->asking || end < 0 || !p->control)
		return;
	struct control_request *q = mem_zalloc(sizeof *q);
	arena_init(&q->arena, 0);
	q->peer = p;
	p->asking = q;
	struct str line = arena_str(&q->arena, str_sub(buf_str(&p->in), 0, (size_t)end));
	buf_consume(&p->in, (size_t)end + 1);
	if (json_parse(&q->arena, line, &in, NULL) != OK || in->type != JSON_OBJECT)
		control_reply_error(q, "the request is no JSON object");
	else
		p->control->handle(p->control->owner, q, in);
}

static void
give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct peer *p = handle->data;
	(void)suggested;
	char *room = buf_reserve(&p->in, 4096);
	*out = uv_buf_init(room, room ? 4096 : 0);
}

static void
got_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct peer *p = stream->data;
	(void)buf;
	if (n == UV_ENOBUFS && !p->asking && p->control) {
		struct control_request *q = mem_zalloc(sizeof *q);
		arena_init(&q->arena, 0);
		q->peer = p;
		buf_clear(&p->in);
		uv_read_stop(stream);
		control_reply_error(
			q, "the request is over 65536 bytes (CONTROL_LINE_MAX)");
		return;
	}
	if (n < 0) {
		peer_close(p);
		return;
	}
	p->in.n += (size_t)n;
	next_request(p);
}

static void
connected(uv_stream_t *stream, int status)
{
	struct control *c = stream->data;
	if (status < 0 || c->stopping)
		return;
	struct peer *p = mem_zalloc(sizeof *p);
	buf_init(&p->in, CONTROL_LINE_MAX);
	buf_init(&p->out, CONTROL_LINE_MAX);
	p->control = c;
	uv_pipe_init(stream->loop, &p->pipe, 0);
	p->pipe.data = p;
	list_init(&p->link);
	list_append(&c->open, &p->link);
	if (uv_accept(stream, (uv_stream_t *)&p->pipe) < 0 ||
		uv_read_start((uv_stream_t *)&p->pipe, give_buffer, got_bytes) < 0)
		peer_close(p);
}

enum err
control_start(struct env *env, struct str dir, control_handler *handle, void *owner,
	struct control **out, struct error *e)
{
	struct control *c = mem_zalloc(sizeof *c);
	list_init(&c->open);
	c->handle = handle;
	c->owner = owner;
	enum err r = socket_path(dir, c->path, sizeof c->path, e);
	if (r != OK) {
		free(c);
		return r;
	}
	unlink(c->path);
	uv_pipe_init(env_uv_loop(env), &c->pipe, 0);
	c->pipe.data = c;
	int bound = uv_pipe_bind(&c->pipe, c->path);
	if (bound == 0)
		bound = uv_listen((uv_stream_t *)&c->pipe, 8, connected);
	if (bound < 0) {
		r = err_set(e, ERR_UNAVAILABLE, "%s: %s", c->path, uv_strerror(bound));
		control_stop(&c);
		return r;
	}
	chmod(c->path, 0600);
	uv_unref((uv_handle_t *)&c->pipe);
	*out = c;
	return OK;
}

static void
control_freed(uv_handle_t *handle)
{
	free(handle->data);
}

void
control_stop(struct control **p)
{
	struct control *c = *p;
	if (!c)
		return;
	c->stopping = true;
	list_each_safe(l, &c->open) {
		struct peer *peer = list_entry(l, struct peer, link);
		peer->control = NULL;
		peer_close(peer);
	}
	unlink(c->path);
	uv_close((uv_handle_t *)&c->pipe, control_freed);
	*p = NULL;
}

/* ---- the client's side ---- */

static enum err
send_line(int fd, struct str json, struct error *e)
{
	struct str parts[] = {json, STR("\n")};
	for (size_t i = 0; i < 2; i++)
		for (size_t at = 0; at < parts[i].n;) {
			ssize_t n =
				send(fd, parts[i].p + at, parts[i].n - at, MSG_NOSIGNAL);
			if (n < 0 && errno != EINTR)
				return err_set(e, ERR_UNAVAILABLE, "the server: %s",
					strerror(errno));
			at += n > 0 ? (size_t)n : 0;
		}
	return OK;
}

static enum err
receive_line(int fd, struct arena *a, struct str *line, struct error *e)
{
	struct buf in;
	buf_init(&in, CONTROL_LINE_MAX);
	ptrdiff_t end = -1;
	while (end < 0) {
		char *room = buf_reserve(&in, 4096);
		ssize_t n = room ? recv(fd, room, 4096, 0) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		in.n += (size_t)n;
		end = str_find_char(buf_str(&in), '\n');
	}
	if (end >= 0)
		*line = arena_str(a, str_sub(buf_str(&in), 0, (size_t)end));
	buf_fini(&in);
	return end >= 0 ? OK : err_set(e, ERR_UNAVAILABLE, "the server gave no answer");
}

enum err
control_call(struct str dir, struct arena *a, struct str json, struct json **out,
	struct error *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct str line = {0};
	enum err r = socket_path(dir, address.sun_path, sizeof address.sun_path, e);
	if (r != OK)
		return r;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set(e, ERR_UNAVAILABLE, "socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		r = err_set(e, ERR_NOT_FOUND, "no server runs on this folder");
	if (r == OK)
		r = send_line(fd, json, e);
	if (r == OK)
		r = receive_line(fd, a, &line, e);
	close(fd);
	if (r == OK)
		r = json_parse(a, line, out, e);
	if (r == OK && json_get(*out, STR("error")))
		r = err_set(e, ERR_INVALID, "%.*s",
			STR_ARG(json_str(
				json_get(*out, STR("error")), STR("it failed"))));
	return r;
}
