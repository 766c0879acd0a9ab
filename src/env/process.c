#include "env/process.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

#include <signal.h>
#include <sys/resource.h>
#include <uv.h>

#define NICE 10

/* Goes when the loop has closed its three handles. */
struct process_run {
	struct process *p; /* NULL: abandoned */
	uv_process_t child;
	uv_pipe_t out, err;
	int open;
	int code;
	struct buf lines, said;
	char room[16384]; /* what a pipe is read into; one at a time */
};

static void
closed(uv_handle_t *handle)
{
	struct process_run *run = handle->data;
	if (--run->open > 0)
		return;
	struct process *p = run->p;
	if (p) {
		p->run = NULL;
		p->ended(p, run->code, buf_str(&run->said));
	}
	buf_fini(&run->lines);
	buf_fini(&run->said);
	free(run);
}

static void
close_handle(void *handle)
{
	uv_handle_t *h = handle;
	if (!uv_is_closing(h))
		uv_close(h, closed);
}

static void
exited(uv_process_t *child, int64_t status, int signal)
{
	struct process_run *run = child->data;
	run->code = signal ? 128 + signal : (int)status;
	close_handle(child);
}

static void
give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
	struct process_run *run = handle->data;
	(void)wanted;
	*out = uv_buf_init(run->room, sizeof run->room);
}

static void
give_lines(struct process_run *run)
{
	ptrdiff_t end;
	while (run->p && (end = str_find_char(buf_str(&run->lines), '\n')) >= 0) {
		run->p->line(run->p, str_sub(buf_str(&run->lines), 0, (size_t)end));
		buf_consume(&run->lines, (size_t)end + 1);
	}
}

static void
read_out(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct process_run *run = stream->data;
	if (n < 0) {
		close_handle(stream);
		return;
	}
	buf_add_str(&run->lines, (struct str){bytes->base, (size_t)n});
	give_lines(run);
	/* A line that has no end is none of ours. */
	if (buf_over(&run->lines)) {
		kill(-run->child.pid, SIGKILL);
		close_handle(stream);
	}
}

static void
read_err(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct process_run *run = stream->data;
	if (n < 0) {
		close_handle(stream);
		return;
	}
	size_t room = PROCESS_SAID_MAX - run->said.n;
	buf_add_str(&run->said,
		(struct str){bytes->base, (size_t)n < room ? (size_t)n : room});
}

enum err
process_start(struct env *env, struct process *p, struct error *e)
{
	uv_loop_t *loop = env_uv_loop(env);
	struct process_run *run = mem_zalloc(sizeof *run);
	run->p = p;
	run->open = 3;
	buf_init(&run->lines, PROCESS_LINE_MAX);
	buf_init(&run->said, PROCESS_SAID_MAX);
	uv_pipe_init(loop, &run->out, 0);
	uv_pipe_init(loop, &run->err, 0);
	run->child.data = run->out.data = run->err.data = run;
	uv_stdio_container_t pipes[3] = {
		{.flags = UV_IGNORE},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
			.data.stream = (uv_stream_t *)&run->out},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
			.data.stream = (uv_stream_t *)&run->err},
	};
	/* libuv asks for the words without const and changes nothing in them. */
	union {
		const char *const *given;
		char **wanted;
	} words = {.given = p->argv};
	const uv_process_options_t options = {
		.file = p->argv[0],
		.args = words.wanted,
		.exit_cb = exited,
		.flags = UV_PROCESS_DETACHED,
		.stdio = pipes,
		.stdio_count = 3,
	};
	int code = uv_spawn(loop, &run->child, &options);
	if (code != 0) {
		run->p = NULL;
		close_handle(&run->child);
		close_handle(&run->out);
		close_handle(&run->err);
		return err_set(e, ERR_UNAVAILABLE, "%s cannot be started: %s", p->argv[0],
			uv_strerror(code));
	}
	setpriority(PRIO_PROCESS, (id_t)run->child.pid, NICE);
	uv_read_start((uv_stream_t *)&run->out, give_room, read_out);
	uv_read_start((uv_stream_t *)&run->err, give_room, read_err);
	p->run = run;
	return OK;
}

void
process_stop(struct process *p)
{
	if (p->run)
		kill(-p->run->child.pid, SIGTERM);
}

void
process_abandon(struct process *p)
{
	struct process_run *run = p->run;
	if (!run)
		return;
	p->run = NULL;
	run->p = NULL;
	kill(-run->child.pid, SIGKILL);
	close_handle(&run->child);
	close_handle(&run->out);
	close_handle(&run->err);
}
