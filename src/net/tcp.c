#include "net/tcp.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* A slow reader is one that takes less than this in write_timeout_ms. */
#define PROGRESS_MIN 4096
/* What one connection keeps as spare memory for the next. */
#define SPARE_MAX (64u << 10)

/* Bytes that the kernel did not take at once. */
struct tcp_write {
	uv_write_t request;
	struct tcp *tcp; /* NULL after the connection was closed */
	struct list link;
	int64_t until;
	size_t left; /* when `until` was set */
	struct buf bytes;
};

/* ---- the set ---- */

static void forget_unsent(struct tcp *t);

/* Bytes that the kernel has and the peer has not taken. */
static int
unsent(const struct tcp *t)
{
	uv_os_fd_t fd;
	int n = 0;

	if (uv_fileno((const uv_handle_t *)&t->handle, &fd) == 0)
		ioctl(fd, SIOCOUTQ, &n);
	return n;
}

/* A slow peer may still be reading the last of what it was told. */
static void
linger_over(struct tcp *t)
{
	int left = unsent(t);

	if (left > 0 && (t->lingering == 0 || left + PROGRESS_MIN <= t->lingering)) {
		t->lingering = left;
		tcp_wait(t, TCP_WAIT_LINGER);
		return;
	}
	if (left > 0)
		forget_unsent(t);
	tcp_close(t);
}

/* At most so many of a class whose time is up; returns how many they were. */
static int
end_waits(struct tcp_set *set, enum tcp_wait wait, int64_t now, int most)
{
	int ended = 0;

	while (ended < most && !list_empty(&set->waits[wait])) {
		struct tcp *t = list_entry(set->waits[wait].next, struct tcp, wait_link);
		if (t->wait_until > now)
			break;
		tcp_wait(t, TCP_WAIT_NONE);
		if (wait == TCP_WAIT_LINGER)
			linger_over(t);
		else
			t->ops->timeout(t, wait);
		ended++;
	}
	return ended;
}

static int
end_slow_readers(struct tcp_set *set, int64_t now, int most)
{
	int ended = 0;

	list_each_safe(l, &set->writing) {
		struct tcp_write *w = list_entry(l, struct tcp_write, link);
		if (w->until > now || ended == most)
			break;
		size_t left =
			uv_stream_get_write_queue_size((uv_stream_t *)&w->tcp->handle);
		if (left + PROGRESS_MIN > w->left) {
			tcp_close(w->tcp);
			ended++;
			continue;
		}
		w->left = left;
		w->until = now + set->write_timeout_ms;
		list_remove(&w->link);
		list_append(&set->writing, &w->link);
	}
	return ended;
}

static void
tick(uv_timer_t *timer)
{
	struct tcp_set *set = timer->data;
	int64_t now = (int64_t)uv_now(set->loop);
	int left = TCP_ENDS_MAX;

	for (int w = 0; w < TCP_WAIT_COUNT; w++)
		left -= end_waits(set, (enum tcp_wait)w, now, left);
	left -= end_slow_readers(set, now, left);
	/* The others soon, after those that are served. */
	if (left == 0)
		uv_timer_start(timer, tick, 1, (uint64_t)set->tick_ms);
}

static void tcp_flush(struct tcp *t);

/* What becomes dirty on the way waits for the next time, so that two connections that wake
 * each other cannot keep the loop here. */
static void
set_flush(struct tcp_set *set)
{
	struct list now;

	uv_idle_stop(&set->wake);
	if (list_empty(&set->dirty))
		return;
	now = set->dirty;
	now.next->prev = now.prev->next = &now;
	list_init(&set->dirty);
	for (struct list *l; (l = list_pop(&now));) {
		struct tcp *t = list_entry(l, struct tcp, dirty_link);
		t->in_dirty = false;
		if (t->want_ready) {
			t->want_ready = false;
			t->ops->ready(t);
		}
		tcp_flush(t);
	}
}

static void
flush_dirty(uv_prepare_t *prepare)
{
	struct tcp_set *set = prepare->data;

	set->turns++;
	set_flush(set);
}

static void
wake_up(uv_idle_t *idle)
{
	(void)idle;
}

void
tcp_set_init(struct tcp_set *set, struct env *env)
{
	*set = (struct tcp_set){.loop = env_uv_loop(env),
		.env = env,
		.write_timeout_ms = HTTP_WRITE_TIMEOUT_MS,
		.queued_max = TCP_QUEUED_MAX};
	set->read_buffer = mem_alloc(TCP_READ_BUFFER);
	buf_init(&set->spare, TCP_OUT_MAX);
	list_init(&set->dirty);
	list_init(&set->writing);
	for (int w = 0; w < TCP_WAIT_COUNT; w++)
		list_init(&set->waits[w]);
	uv_idle_init(set->loop, &set->wake);
	uv_prepare_init(set->loop, &set->flush);
	uv_timer_init(set->loop, &set->tick);
	set->wake.data = set->flush.data = set->tick.data = set;
	set->handles = 3;
	uv_prepare_start(&set->flush, flush_dirty);
	uv_unref((uv_handle_t *)&set->flush);
	uv_unref((uv_handle_t *)&set->tick);
}

void
tcp_set_times_changed(struct tcp_set *set)
{
	int64_t shortest = set->write_timeout_ms;

	for (int w = 0; w < TCP_WAIT_COUNT; w++)
		if (set->wait_ms[w] > 0 && set->wait_ms[w] < shortest)
			shortest = set->wait_ms[w];
	/* A deadline is met to within a tenth; nobody needs better, and the loop sleeps
	 * longer. */
	set->tick_ms = shortest / 10;
	if (set->tick_ms < 5)
		set->tick_ms = 5;
	if (set->tick_ms > 1000)
		set->tick_ms = 1000;
	uv_timer_start(&set->tick, tick, (uint64_t)set->tick_ms, (uint64_t)set->tick_ms);
}

static void
set_handle_closed(uv_handle_t *h)
{
	struct tcp_set *set = h->data;

	if (--set->handles > 0)
		return;
	free(set->read_buffer);
	set->read_buffer = NULL;
	buf_fini(&set->spare);
	set->closed(set);
}

void
tcp_set_fini(struct tcp_set *set, void (*closed)(struct tcp_set *set))
{
	require(set->open == 0 && !set->closing);
	set->closing = true;
	set->closed = closed;
	uv_close((uv_handle_t *)&set->wake, set_handle_closed);
	uv_close((uv_handle_t *)&set->flush, set_handle_closed);
	uv_close((uv_handle_t *)&set->tick, set_handle_closed);
}

/* ---- a connection ---- */

void
tcp_init(struct tcp_set *set, struct tcp *t, const struct tcp_ops *ops, void *owner)
{
	require(!set->closing);
	*t = (struct tcp){.set = set, .ops = ops, .owner = owner, .wait = TCP_WAIT_NONE};
	buf_init(&t->out, TCP_OUT_MAX);
	list_init(&t->dirty_link);
	list_init(&t->wait_link);
	uv_tcp_init(set->loop, &t->handle);
	t->handle.data = t;
	set->open++;
}

static void
mark_dirty(struct tcp *t)
{
	if (t->in_dirty || t->closing)
		return;
	t->in_dirty = true;
	if (list_empty(&t->set->dirty))
		uv_idle_start(&t->set->wake, wake_up);
	list_append(&t->set->dirty, &t->dirty_link);
}

void
tcp_want_ready(struct tcp *t)
{
	t->want_ready = true;
	mark_dirty(t);
}

void
tcp_want_drained(struct tcp *t)
{
	t->want_drained = true;
	mark_dirty(t);
}

void
tcp_wait(struct tcp *t, enum tcp_wait wait)
{
	struct tcp_set *set = t->set;

	if (t->wait != TCP_WAIT_NONE)
		list_remove(&t->wait_link);
	t->wait = (uint8_t)wait;
	if (wait == TCP_WAIT_NONE || t->closing) {
		t->wait = TCP_WAIT_NONE;
		return;
	}
	require(set->wait_ms[wait] > 0);
	t->wait_until = (int64_t)uv_now(set->loop) + set->wait_ms[wait];
	list_append(&set->waits[wait], &t->wait_link);
}

static void
read_buffer_lend(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
	struct tcp *t = h->data;

	(void)suggested;
	*out = uv_buf_init(t->set->read_buffer, TCP_READ_BUFFER);
}

static void
tcp_ended(struct tcp *t, bool error)
{
	if (t->closing)
		return;
	if (t->finishing) {
		/* The peer closed too: nothing can be lost any more, unless we still have
		 * something to say. */
		if (error || t->shut)
			tcp_close(t);
		t->ended = true;
		return;
	}
	if (t->ended)
		return;
	t->ended = true;
	t->ops->ended(t, error);
}

static void
read_done(uv_stream_t *stream, ssize_t n, const uv_buf_t *in)
{
	struct tcp *t = stream->data;
	struct tcp_set *set = t->set;

	if (n == 0)
		return;
	if (n < 0) {
		tcp_read_stop(t);
		tcp_ended(t, n != UV_EOF);
		tcp_flush(t);
		return;
	}
	set->bytes_in += n;
	if (t->finishing)
		return;
	t->in_read = true;
	t->ops->read(t, in->base, (size_t)n);
	t->in_read = false;
	tcp_flush(t);
	if (set->between) {
		set->between(set);
		set_flush(set);
	}
}

void
tcp_read_start(struct tcp *t)
{
	if (t->reading || t->closing || t->ended)
		return;
	t->reading = uv_read_start(
			     (uv_stream_t *)&t->handle, read_buffer_lend, read_done) == 0;
}

void
tcp_read_stop(struct tcp *t)
{
	if (!t->reading)
		return;
	t->reading = false;
	uv_read_stop((uv_stream_t *)&t->handle);
}

static void
shut_done(uv_shutdown_t *request, int status)
{
	(void)status;
	free(request);
}

/* Everything was taken by the kernel. */
static void
tcp_emptied(struct tcp *t)
{
	if (t->want_drained && !t->finishing) {
		t->want_drained = false;
		t->ops->drained(t);
	}
	if (!t->finishing || t->shut || t->closing || t->out.n)
		return;
	t->shut = true;
	if (t->ended) {
		tcp_close(t);
		return;
	}
	uv_shutdown_t *request = mem_alloc(sizeof(*request));
	if (uv_shutdown(request, (uv_stream_t *)&t->handle, shut_done) != 0) {
		free(request);
		tcp_close(t);
		return;
	}
	tcp_wait(t, TCP_WAIT_LINGER);
	tcp_read_start(t);
}

/* It does not count any more among what waits. */
static void
write_forget(struct tcp *t)
{
	struct tcp_write *w = t->writing;

	list_remove(&w->link);
	t->set->queued -= w->bytes.n;
	w->tcp = NULL;
	t->writing = NULL;
}

static void
write_done(uv_write_t *request, int status)
{
	struct tcp_write *w = request->data;
	struct tcp *t = w->tcp;

	if (t)
		write_forget(t);
	buf_fini(&w->bytes);
	free(w);
	if (!t)
		return;
	if (status < 0) {
		tcp_read_stop(t);
		tcp_ended(t, true);
		return;
	}
	tcp_flush(t);
}

/* Too much waits in all: who has taken nothing for longest goes first. */
static void
cut_laggards(struct tcp_set *set)
{
	while (set->queued > set->queued_max)
		tcp_close(list_entry(set->writing.next, struct tcp_write, link)->tcp);
}

/* Hands the rest of `out` to libuv, which tells when the kernel took it. */
static void
write_later(struct tcp *t)
{
	struct tcp_write *w = mem_zalloc(sizeof(*w));

	w->tcp = t;
	w->request.data = w;
	w->bytes = t->out;
	w->left = w->bytes.n;
	w->until = (int64_t)uv_now(t->set->loop) + t->set->write_timeout_ms;
	buf_init(&t->out, TCP_OUT_MAX);
	list_append(&t->set->writing, &w->link);
	t->writing = w;
	t->set->queued += w->bytes.n;
	uv_buf_t b = uv_buf_init(w->bytes.p, (unsigned)w->bytes.n);
	if (uv_write(&w->request, (uv_stream_t *)&t->handle, &b, 1, write_done) == 0) {
		cut_laggards(t->set);
		return;
	}
	write_forget(t);
	buf_fini(&w->bytes);
	free(w);
	tcp_ended(t, true);
}

static void
out_release(struct tcp *t)
{
	if (t->set->spare.p || t->out.cap > SPARE_MAX) {
		buf_fini(&t->out);
		return;
	}
	buf_clear(&t->out);
	t->set->spare = t->out;
	buf_init(&t->out, TCP_OUT_MAX);
}

static void
tcp_flush(struct tcp *t)
{
	if (t->closing || t->writing)
		return;
	if (t->out.n) {
		uv_buf_t b = uv_buf_init(t->out.p, (unsigned)t->out.n);
		int n = uv_try_write((uv_stream_t *)&t->handle, &b, 1);
		if (n < 0 && n != UV_EAGAIN) {
			buf_fini(&t->out);
			tcp_read_stop(t);
			tcp_ended(t, true);
			return;
		}
		size_t sent = n > 0 ? (size_t)n : 0;
		t->set->bytes_out += (int64_t)t->out.n;
		if (sent < t->out.n) {
			buf_consume(&t->out, sent);
			write_later(t);
			return;
		}
		out_release(t);
	}
	tcp_emptied(t);
}

struct buf *
tcp_out(struct tcp *t)
{
	if (!t->out.p && t->set->spare.p) {
		t->out = t->set->spare;
		buf_init(&t->set->spare, TCP_OUT_MAX);
	}
	return &t->out;
}

void
tcp_wrote(struct tcp *t)
{
	if (t->closing) {
		buf_fini(&t->out);
		return;
	}
	if (buf_over(&t->out)) {
		tcp_close(t);
		return;
	}
	if (!t->in_read)
		mark_dirty(t);
}

void
tcp_write(struct tcp *t, struct str bytes)
{
	if (t->closing)
		return;
	buf_add_str(tcp_out(t), bytes);
	tcp_wrote(t);
}

size_t
tcp_queued(const struct tcp *t)
{
	return t->out.n + uv_stream_get_write_queue_size((const uv_stream_t *)&t->handle);
}

void
tcp_finish(struct tcp *t)
{
	if (t->finishing || t->closing)
		return;
	t->finishing = true;
	tcp_wait(t, TCP_WAIT_NONE);
	mark_dirty(t);
}

static void
handle_closed(uv_handle_t *h)
{
	struct tcp *t = h->data;

	buf_fini(&t->out);
	t->set->open--;
	t->ops->closed(t);
}

/* A peer that does not read would never see the end behind what waits for it, and the
 * system would keep all that for minutes: closing will be a reset, which ends both. */
static void
forget_unsent(struct tcp *t)
{
	const struct linger at_once = {.l_onoff = 1};
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)&t->handle, &fd) == 0)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

void
tcp_close(struct tcp *t)
{
	if (t->closing)
		return;
	tcp_wait(t, TCP_WAIT_NONE);
	t->closing = true;
	list_remove(&t->dirty_link);
	t->in_dirty = false;
	if (t->writing) {
		/* libuv reports the write as cancelled before the handle closes. */
		write_forget(t);
		forget_unsent(t);
	}
	uv_close((uv_handle_t *)&t->handle, handle_closed);
}

bool
tcp_peer(const struct tcp *t, struct ip *out)
{
	struct sockaddr_storage sa;
	int n = sizeof(sa);

	return uv_tcp_getpeername(&t->handle, (struct sockaddr *)&sa, &n) == 0 &&
		ip_from_sockaddr((struct sockaddr *)&sa, out);
}
