#include "net/curl_loop.h"

#include "base/arena.h"

#include <uv.h>

struct curl_loop {
	uv_loop_t *loop;
	CURLM *multi;
	uv_timer_t timer;
	int handles; /* that libuv still holds */
	bool freed;
};

struct watched {
	uv_poll_t poll;
	struct curl_loop *l;
	curl_socket_t fd;
};

static void
loop_check_freed(struct curl_loop *l)
{
	if (!l->freed || l->handles > 0)
		return;
	free(l);
	curl_global_cleanup();
}

static void
jobs_finish(struct curl_loop *l)
{
	CURLMsg *message;
	int left;

	while (!l->freed && (message = curl_multi_info_read(l->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode result = message->data.result;
		struct curl_job *job;
		char *private = NULL;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		job = (struct curl_job *)(void *)private;
		curl_loop_remove(l, job);
		job->done(job, result);
	}
}

static void
socket_event(uv_poll_t *poll, int status, int events)
{
	struct watched *w = poll->data;
	struct curl_loop *l = w->l;
	int flags = 0, running;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	if (l->freed)
		return;
	curl_multi_socket_action(l->multi, w->fd, flags, &running);
	jobs_finish(l);
}

static void
timer_event(uv_timer_t *timer)
{
	struct curl_loop *l = timer->data;
	int running;

	if (l->freed)
		return;
	curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	jobs_finish(l);
}

static int
timer_change(CURLM *multi, long timeout_ms, void *owner)
{
	struct curl_loop *l = owner;

	(void)multi;
	if (uv_is_closing((uv_handle_t *)&l->timer))
		return 0;
	if (timeout_ms < 0)
		uv_timer_stop(&l->timer);
	else
		uv_timer_start(&l->timer, timer_event, (uint64_t)timeout_ms, 0);
	return 0;
}

static void
watched_closed(uv_handle_t *h)
{
	struct watched *w = h->data;
	struct curl_loop *l = w->l;

	free(w);
	l->handles--;
	loop_check_freed(l);
}

static int
socket_change(CURL *easy, curl_socket_t fd, int what, void *owner, void *assigned)
{
	struct curl_loop *l = owner;
	struct watched *w = assigned;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (!w)
			return 0;
		curl_multi_assign(l->multi, fd, NULL);
		uv_close((uv_handle_t *)&w->poll, watched_closed);
		return 0;
	}
	if (!w) {
		w = mem_zalloc(sizeof(*w));
		w->l = l;
		w->fd = fd;
		if (uv_poll_init(l->loop, &w->poll, (int)fd) != 0) {
			free(w);
			return -1;
		}
		w->poll.data = w;
		l->handles++;
		curl_multi_assign(l->multi, fd, w);
	}
	int events = (what & CURL_POLL_IN ? UV_READABLE : 0) |
		(what & CURL_POLL_OUT ? UV_WRITABLE : 0);
	uv_poll_start(&w->poll, events, socket_event);
	return 0;
}

struct curl_loop *
curl_loop_new(struct env *env)
{
	struct curl_loop *l = mem_zalloc(sizeof(*l));

	require(curl_global_init(CURL_GLOBAL_DEFAULT) == 0);
	l->loop = env_uv_loop(env);
	l->multi = curl_multi_init();
	require(l->multi);
	uv_timer_init(l->loop, &l->timer);
	l->timer.data = l;
	l->handles = 1;
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, socket_change);
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, timer_change);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	return l;
}

/* Runs outside of everything that may still use the multi handle. */
static void
timer_closed(uv_handle_t *h)
{
	struct curl_loop *l = h->data;

	curl_multi_cleanup(l->multi);
	l->handles--;
	loop_check_freed(l);
}

void
curl_loop_free(struct curl_loop **l)
{
	if (!*l)
		return;
	(*l)->freed = true;
	uv_close((uv_handle_t *)&(*l)->timer, timer_closed);
	*l = NULL;
}

CURLM *
curl_loop_multi(struct curl_loop *l)
{
	return l->multi;
}

void
curl_loop_add(struct curl_loop *l, struct curl_job *job)
{
	require(!job->added);
	curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
	require(curl_multi_add_handle(l->multi, job->easy) == CURLM_OK);
	job->added = true;
}

void
curl_loop_remove(struct curl_loop *l, struct curl_job *job)
{
	if (!job->added)
		return;
	job->added = false;
	curl_multi_remove_handle(l->multi, job->easy);
}
