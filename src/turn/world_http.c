#include "net/http_client.h"
#include "turn/world.h"

#define HEADERS_MAX 16

struct world_http {
	struct world world;
	struct env *env;
	struct http_client *client;
	struct list refused; /* struct asking that could not start */
	bool stopped;
};

/* One call under way; freed after its answer. */
struct asking {
	struct http_call http;
	struct world_call *call;
	struct arena arena;
	struct list link;
	struct env_timer refused; /* a call that could not start is answered on the loop's
				     next turn */
	struct world_http *world;
};

static struct json *keep_paths(
	struct arena *a, const struct json *v, const struct str *paths, size_t n);

/* The member of an object under the paths that begin with its name: whole when a path
 * ends there. */
static struct json *
keep_member(struct arena *a, const struct json *m, const struct str *paths, size_t n)
{
	struct str *deeper = ARENA_ARRAY(a, struct str, n);
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		struct str p = paths[i];
		if (str_eq(p, m->key))
			return json_copy(a, m);
		if (p.n > m->key.n && p.p[m->key.n] == '.' && str_starts(p, m->key))
			deeper[count++] = str_sub(p, m->key.n + 1, p.n);
	}
	return count ? keep_paths(a, m, deeper, count) : NULL;
}

static struct json *
keep_paths(struct arena *a, const struct json *v, const struct str *paths, size_t n)
{
	if (v->type == JSON_ARRAY) {
		struct json *list = json_new_array(a);
		json_each(item, v)
			json_add(list, keep_paths(a, item, paths, n));
		return list;
	}
	if (v->type != JSON_OBJECT)
		return json_copy(a, v);
	struct json *o = json_new_object(a);
	json_each(m, v) {
		struct json *kept = keep_member(a, m, paths, n);
		if (kept)
			json_set(o, m->key, kept);
	}
	return o;
}

struct json *
answer_keep(struct arena *a, const struct json *v, const struct items *paths)
{
	if (!paths || paths->n == 0)
		return json_copy(a, v);
	return keep_paths(a, v, paths->p, paths->n);
}

static void
asking_free(struct asking *k)
{
	list_remove(&k->link);
	env_timer_stop(k->world->env, &k->refused);
	http_call_fini(&k->http);
	arena_fini(&k->arena);
	free(k);
}

static void
finish(struct asking *k)
{
	struct world_call *call = k->call;
	call->done(call);
	asking_free(k);
}

/* What a failed call means: a reading question may simply be asked again, an effect may
 * have happened. */
static enum answer_status
status_of_failure(const struct http_call *h, enum question_kind kind)
{
	if (kind == QUESTION_READ)
		return h->timed_out ? ANSWER_TIMED_OUT : ANSWER_FAILED;
	switch (h->result) {
	case ERR_UNCERTAIN:
	case ERR_LIMIT: /* the answer was too large to read, so the call was carried out
			 */
	case ERR_CANCELED:
		return ANSWER_UNCERTAIN;
	case OK:
	case ERR_INVALID:
	case ERR_NOT_FOUND:
	case ERR_CONFLICT:
	case ERR_UNAVAILABLE:
		return ANSWER_FAILED;
	}
	return ANSWER_UNCERTAIN;
}

static enum answer_status
status_of_http(int status, enum question_kind kind)
{
	if (status >= 200 && status < 300)
		return ANSWER_OK;
	/* These may come from something between us and a service that did what we asked.
	 */
	if (kind == QUESTION_EFFECT && (status == 500 || status == 502 || status == 504))
		return ANSWER_UNCERTAIN;
	return ANSWER_REFUSED;
}

static void
http_done(struct http_call *h)
{
	struct asking *k = h->owner;
	struct world_call *call = k->call;
	if (k->world->stopped) {
		asking_free(k);
		return;
	}
	const struct question *q = call->question;
	call->http = h->status;
	call->body = STR("");
	if (h->result != OK) {
		call->status = status_of_failure(h, q->kind);
		finish(k);
		return;
	}
	call->status = status_of_http(h->status, q->kind);
	struct json *body;
	if (json_parse(&k->arena, h->answer, &body, NULL) == OK)
		call->body = json_print(&k->arena,
			answer_keep(&k->arena, body,
				call->status == ANSWER_OK ? q->keep : NULL));
	finish(k);
}

static void
could_not_start(struct env_timer *t)
{
	struct asking *k = t->owner;
	k->call->status = ANSWER_FAILED;
	k->call->http = 0;
	k->call->body = STR("");
	finish(k);
}

static enum http_method
method_of(const struct question *q)
{
	static const struct {
		const char *name;
		enum http_method method;
	} methods[] = {{"PUT", METHOD_PUT}, {"PATCH", METHOD_PATCH},
		{"DELETE", METHOD_DELETE}, {"GET", METHOD_GET}};
	if (q->kind == QUESTION_READ)
		return METHOD_GET;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (str_eq(q->method, str_of(methods[i].name)))
			return methods[i].method;
	return METHOD_POST;
}

/* "Name: value\n" lines as headers. */
static size_t
add_lines(struct http_header *headers, size_t n, struct str lines)
{
	struct str line;
	while (lines.n && n < HEADERS_MAX && str_split(&lines, '\n', &line)) {
		ptrdiff_t colon = str_find_char(line, ':');
		if (colon > 0)
			headers[n++] = (struct http_header){
				str_sub(line, 0, (size_t)colon),
				str_trim(str_sub(line, (size_t)colon + 1, line.n))};
	}
	return n;
}

static void
http_ask(struct world *w, struct world_call *call)
{
	struct world_http *world = (struct world_http *)w;
	const struct question *q = call->question;
	struct asking *k = mem_zalloc(sizeof *k);
	struct http_header headers[HEADERS_MAX];
	size_t n = 0;
	arena_init(&k->arena, 0);
	list_init(&k->link);
	k->call = call;
	k->world = world;
	headers[n++] = (struct http_header){STR("Accept"), STR("application/json")};
	if (q->body.n)
		headers[n++] = (struct http_header){
			STR("Content-Type"), STR("application/json")};
	if (call->idempotency_key.n)
		headers[n++] = (struct http_header){
			STR("Idempotency-Key"), call->idempotency_key};
	n = add_lines(headers, n, q->headers);
	k->http = (struct http_call){
		.method = method_of(q),
		.url = q->url,
		.headers = headers,
		.header_count = n,
		.body = q->body,
		.timeout_ms = call->timeout_ms,
		.vet = true,
		.done = http_done,
		.owner = k,
	};
	if (http_call_start(world->client, &k->http, NULL) != OK) {
		k->refused = (struct env_timer){.fire = could_not_start, .owner = k};
		list_append(&world->refused, &k->link);
		env_timer_start(world->env, &k->refused, 0);
	}
}

static const struct world_ops http_ops = {.ask = http_ask};

struct world *
world_http_new(struct env *env, struct http_client *client)
{
	struct world_http *w = mem_zalloc(sizeof *w);
	w->world.ops = &http_ops;
	list_init(&w->refused);
	w->env = env;
	w->client = client;
	return &w->world;
}

void
world_http_stop(struct world *world)
{
	struct world_http *w = (struct world_http *)world;
	w->stopped = true;
	list_each_safe(l, &w->refused)
		asking_free(list_entry(l, struct asking, link));
}

void
world_http_free(struct world **w)
{
	free(*w);
	*w = NULL;
}
