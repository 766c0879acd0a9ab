/*
 * Replays as jobs: POST /v1/replays starts one over the turns of the caller's tenant, GET
 * says how far it is and what it found, DELETE ends it.
 *
 * Each is a child process, `parley replay --json --progress`, which reads the store beside
 * the server: the loop only takes its lines. One runs for a tenant at a time. Nothing of
 * them is stored; a replay's id tells when its server began and for which tenant, so that
 * after a restart its owner hears that it is gone and everybody else that it is unknown.
 */
#include "api/auth.h"

#include "base/limits.h"
#include "base/log.h"
#include "env/process.h"
#include "talk/contact.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_WORDS_MAX 32
#define PACK_LENGTH_MAX 64
#define SINCE_MAX_MS (3650.0 * 86400000)
/* An id's number: when the server began, the tenant, which of its replays. */
#define BEGAN_FROM_MS INT64_C(1577836800000) /* 2020-01-01 */
#define BEGAN_BITS 30
#define TENANT_BITS 16
#define NUMBER_BITS 17

/* What the child showed of one turn; it is left out when the person was erased since. */
struct replay_example {
	struct list link;
	int64_t contact;
	size_t n;
	char text[]; /* a JSON object */
};

enum replay_state { RUNNING, DONE, FAILED, CANCELED };
static const char *const state_names[] = {"running", "done", "failed", "canceled"};

struct replay_task {
	struct list link;
	struct replays *all;
	struct arena arena; /* command line and result */
	int64_t id, tenant, since_ms;
	struct str pack, folder; /* its name and where it is; empty: none */
	struct wall created, ended;
	enum replay_state state;
	bool canceled;
	struct process process;
	double progress;
	int64_t turns, conversations;
	struct list examples;
	size_t examples_bytes;
	int64_t examples_dropped;
	struct json *figures; /* the child's last line */
	struct str why;
};

struct replays {
	struct api *api;
	struct list tasks; /* oldest first */
	int64_t began, count;
	int running, kept;
};

struct replay_request {
	int64_t since;
	struct str pack;
};

static const struct field replay_fields[] = {
	FIELD(struct replay_request, since, SCHEMA_DURATION, .max = SINCE_MAX_MS,
		.doc = "turns that began within this time (\"30d\"); all without it"),
	FIELD(struct replay_request, pack, SCHEMA_STR, .max = PACK_LENGTH_MAX,
		.doc = "what if: name of a pack in the server's folder of packs; without it each turn runs under its own"),
};
const struct schema replay_request_schema = SCHEMA("ReplayRequest", struct replay_request,
	replay_fields, "which turns to run again, and under which pack");

/* ---- life ---- */

struct replays *
replays_new(struct api *api)
{
	struct replays *r = mem_zalloc(sizeof *r);
	r->api = api;
	r->began = (api->started.ms - BEGAN_FROM_MS) / 1000 &
		((INT64_C(1) << BEGAN_BITS) - 1);
	list_init(&r->tasks);
	return r;
}

static void
example_free(struct replay_task *t, struct replay_example *x)
{
	t->examples_bytes -= x->n;
	list_remove(&x->link);
	free(x);
}

static void
task_free(struct replay_task *t)
{
	process_abandon(&t->process);
	list_remove(&t->link);
	list_each_safe(l, &t->examples)
		example_free(t, list_entry(l, struct replay_example, link));
	arena_fini(&t->arena);
	free(t);
}

void
replays_free(struct replays **r)
{
	if (!*r)
		return;
	list_each_safe(l, &(*r)->tasks)
		task_free(list_entry(l, struct replay_task, link));
	free(*r);
	*r = NULL;
}

static void
cancel(struct replay_task *t)
{
	t->canceled = true;
	process_stop(&t->process);
}

void
replays_drain(struct replays *r)
{
	list_each(l, &r->tasks)
		cancel(list_entry(l, struct replay_task, link));
}

/* ---- the child ---- */

/* Whose conversation it is. */
static bool
example_contact(struct replay_task *t, const struct json *o, int64_t *contact)
{
	struct store *store = t->all->api->store;
	struct str id = json_str(json_get(o, STR("conversation")), STR(""));
	int64_t number, tenant;
	return id_parse(store, ID_CONVERSATION, id, &number) &&
		conversation_owner(store, number, &tenant, contact, NULL) == OK;
}

static void
take_example(struct replay_task *t, const struct json *o, struct str line)
{
	int64_t contact;
	if (t->examples_bytes + line.n > REPLAY_EXAMPLES_BYTES_MAX ||
		!example_contact(t, o, &contact)) {
		t->examples_dropped++;
		return;
	}
	struct replay_example *x = mem_alloc(sizeof *x + line.n);
	x->contact = contact;
	x->n = line.n;
	memcpy(x->text, line.p, line.n);
	list_init(&x->link);
	list_append(&t->examples, &x->link);
	t->examples_bytes += x->n;
}

/* What erased persons wrote and were told is not shown again. */
static void
forget_erased(struct replay_task *t)
{
	struct person_key key;
	list_each_safe(l, &t->examples) {
		struct replay_example *x = list_entry(l, struct replay_example, link);
		if (contact_key(t->all->api->store, x->contact, &key, NULL) == OK)
			continue;
		example_free(t, x);
		t->examples_dropped++;
	}
}

static void
take_line(struct process *p, struct str line)
{
	struct replay_task *t = p->owner;
	struct json *o;
	struct arena a;
	arena_init(&a, 0);
	if (json_parse(&a, line, &o, NULL) == OK) {
		if (json_get(o, STR("turn"))) {
			take_example(t, o, line);
		} else {
			t->turns = json_int(json_get(o, STR("turns")), t->turns);
			t->conversations = json_int(
				json_get(o, STR("conversations")), t->conversations);
			t->progress =
				json_double(json_get(o, STR("progress")), t->progress);
		}
		if (json_get(o, STR("whole")))
			json_parse(
				&t->arena, arena_str(&t->arena, line), &t->figures, NULL);
	}
	arena_fini(&a);
}

/* The first line of what it said, without who says it and where the server's packs are. */
static struct str
reason(struct replay_task *t, struct str said)
{
	struct str line = STR(""),
		   folder = arena_printf(&t->arena, "%.*s/", STR_ARG(t->folder));
	const struct str self = STR("parley replay: ");
	str_split(&said, '\n', &line);
	if (str_starts(line, self))
		line = str_sub(line, self.n, line.n);
	ptrdiff_t at = t->folder.n ? str_find(line, folder) : -1;
	if (at < 0)
		return arena_str(&t->arena, line);
	return arena_printf(&t->arena, "%.*s%.*s", (int)at, line.p,
		(int)(line.n - (size_t)at - folder.n), line.p + at + folder.n);
}

static void
forget_oldest(struct replays *r)
{
	list_each(l, &r->tasks) {
		struct replay_task *t = list_entry(l, struct replay_task, link);
		if (t->state == RUNNING)
			continue;
		task_free(t);
		r->kept--;
		return;
	}
}

static void
child_ended(struct process *p, int code, struct str said)
{
	struct replay_task *t = p->owner;
	struct replays *r = t->all;
	bool whole = json_bool(json_get(t->figures, STR("whole")), false);
	t->ended = env_wall(r->api->env);
	t->state = t->canceled ? CANCELED : whole ? DONE : FAILED;
	if (t->state == DONE)
		t->progress = 1;
	if (t->state == FAILED) {
		t->why = reason(t, said);
		log_warn("a replay failed", "code:i", (int64_t)code, "why:s", t->why,
			NULL);
	}
	r->running--;
	r->kept++;
	while (r->kept > REPLAYS_KEPT_MAX)
		forget_oldest(r);
}

/* The cores are shared by those that run. Their processes have a lower priority than the server, so that its loop goes
 * before them. */
static int64_t
share_of_cores(const struct replays *r)
{
	int64_t cores = sysconf(_SC_NPROCESSORS_ONLN) / (r->running + 1);
	return cores < 1 ? 1 : cores > REPLAYS_WORKERS_MAX ? REPLAYS_WORKERS_MAX : cores;
}

static enum err
start_child(
	struct replay_task *t, struct str tenant, struct str pack_path, struct error *e)
{
	struct api *api = t->all->api;
	const char **argv = ARENA_ARRAY(&t->arena, const char *, COMMAND_WORDS_MAX);
	size_t n = 0;
	for (const char *const *w = api->config.replay_command; *w; w++) {
		require(n < COMMAND_WORDS_MAX - 12);
		argv[n++] = *w;
	}
	argv[n++] = "--json";
	argv[n++] = "--progress";
	argv[n++] = "--workers";
	argv[n++] = arena_printf(&t->arena, "%lld", (long long)share_of_cores(t->all)).p;
	argv[n++] = "--tenant";
	argv[n++] = arena_str(&t->arena, tenant).p;
	if (t->since_ms) {
		argv[n++] = "--since";
		argv[n++] = arena_printf(
			&t->arena, "%lldm", (long long)((t->since_ms + 59999) / 60000))
				    .p;
	}
	if (pack_path.n) {
		argv[n++] = "--pack";
		t->folder = arena_str(&t->arena, pack_path);
		argv[n++] = t->folder.p;
	}
	t->process = (struct process){
		.argv = argv, .line = take_line, .ended = child_ended, .owner = t};
	return process_start(api->env, &t->process, e);
}

/* ---- packs ---- */

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!word && (i == 0 || (c != '-' && c != '_')))
			return false;
	}
	return s.n > 0 && s.n <= PACK_LENGTH_MAX;
}

/* A pack is a folder right inside the configured one, whatever links say. */
static enum err
find_pack(struct api *api, struct arena *a, struct str name, struct str *out,
	struct error *e)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct stat st;
	struct str packs = arena_str(a, api->config.packs);
	if (!packs.n)
		return err_set(e, ERR_INVALID,
			"pack: this server has no folder of packs (configuration key `packs`)");
	if (is_name(name) && realpath(packs.p, folder)) {
		struct str wanted = arena_printf(a, "%s/%.*s", folder, STR_ARG(name));
		struct str file = arena_printf(a, "%.*s/pack.yaml", STR_ARG(wanted));
		if (realpath(wanted.p, path) && str_eq(str_of(path), wanted) &&
			stat(file.p, &st) == 0 && S_ISREG(st.st_mode)) {
			*out = wanted;
			return OK;
		}
	}
	return err_set(e, ERR_INVALID, "pack: there is no pack \"%.*s\" on this server",
		STR_ARG(name));
}

/* ---- requests ---- */

static struct str
print_id(const struct replays *r, struct arena *a, const struct replay_task *t)
{
	return api_id(r->api, a, ID_REPLAY, t->id);
}

static void
print_result(struct jsonw *w, const struct replay_task *t)
{
	jsonw_kobject(w, "result");
	json_each(m, t->figures)
		if (!str_eq(m->key, STR("whole")) && !str_eq(m->key, STR("pieces"))) {
			jsonw_key(w, m->key);
			jsonw_node(w, m);
		}
	jsonw_karray(w, "examples");
	list_each(l, &t->examples) {
		const struct replay_example *x =
			list_entry(l, struct replay_example, link);
		jsonw_raw(w, (struct str){x->text, x->n});
	}
	jsonw_end_array(w);
	if (t->examples_dropped)
		jsonw_kint(w, "examples_left_out", t->examples_dropped);
	jsonw_end_object(w);
}

static void
reply_task(struct http_request *r, int status, struct replay_task *t)
{
	const struct replays *all = t->all;
	struct buf body;
	struct jsonw w;
	struct str id = print_id(all, r->arena, t);
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	jsonw_kstr(&w, "id", id);
	jsonw_kstr(&w, "state", str_of(state_names[t->state]));
	if (t->pack.n)
		jsonw_kstr(&w, "pack", t->pack);
	if (t->since_ms)
		jsonw_kint(&w, "since", t->since_ms);
	jsonw_kint(&w, "created_at", t->created.ms);
	if (t->ended.ms)
		jsonw_kint(&w, "ended_at", t->ended.ms);
	jsonw_kdouble(&w, "progress", t->progress);
	jsonw_kint(&w, "turns", t->turns);
	jsonw_kint(&w, "conversations", t->conversations);
	if (t->why.n)
		jsonw_kstr(&w, "detail", t->why);
	forget_erased(t);
	if (t->state == DONE)
		print_result(&w, t);
	jsonw_end_object(&w);
	struct str location = status == 202
		? arena_printf(r->arena, "Location: /v1/replays/%.*s\r\n", STR_ARG(id))
		: STR("");
	if (buf_over(&body))
		http_reply_error(r, 500, "the answer is larger than it may be");
	else
		http_reply(r, status, "application/json", location, buf_str(&body));
	buf_fini(&body);
}

static const struct replay_task *
running_of(const struct replays *all, int64_t tenant)
{
	list_each(l, &all->tasks) {
		const struct replay_task *t = list_entry(l, struct replay_task, link);
		if (t->tenant == tenant && t->state == RUNNING)
			return t;
	}
	return NULL;
}

/* False when there is no room for another; the request is then answered. */
static bool
check_room(struct http_request *r, const struct replays *all, int64_t tenant)
{
	const struct replay_task *running = running_of(all, tenant);
	struct http_problem p = {.status = 409};
	if (all->api->config.replay_command && !running &&
		all->running < REPLAYS_RUNNING_MAX)
		return true;
	if (!all->api->config.replay_command) {
		p.status = 503;
		p.detail = STR("this server runs no replays");
	} else if (running) {
		p.detail = arena_printf(r->arena, "replay %.*s is still running",
			STR_ARG(print_id(all, r->arena, running)));
	} else {
		p.status = 429;
		p.retry_after_s = 10;
		p.detail = STR("as many replays run as may; try again later");
	}
	http_reply_problem(r, &p);
	return false;
}

static struct replay_task *
task_new(struct replays *all, int64_t tenant, const struct replay_request *body)
{
	struct replay_task *t = mem_zalloc(sizeof *t);
	int64_t number = ++all->count & ((INT64_C(1) << NUMBER_BITS) - 1);
	int64_t who = tenant & ((INT64_C(1) << TENANT_BITS) - 1);
	t->all = all;
	t->tenant = tenant;
	t->since_ms = body->since;
	t->created = env_wall(all->api->env);
	t->id = all->began << (TENANT_BITS + NUMBER_BITS) | who << NUMBER_BITS | number;
	arena_init(&t->arena, 0);
	list_init(&t->examples);
	t->pack = arena_str(&t->arena, body->pack);
	list_init(&t->link);
	list_append(&all->tasks, &t->link);
	return t;
}

static void
post_replay(struct http_request *r)
{
	struct api *api = api_of(r);
	struct replays *all = api->replays;
	struct principal who;
	struct replay_request body;
	struct str path = STR(""), tenant;
	struct error e = {0};
	if (!auth_api(r, &who) || !api_read_body(r, &replay_request_schema, &body) ||
		!check_room(r, all, who.tenant))
		return;
	if (body.pack.p && find_pack(api, r->arena, body.pack, &path, &e) != OK) {
		http_reply_error(r, 422, e.text);
		return;
	}
	enum err got = tenant_name(api->store, r->arena, who.tenant, &tenant, &e);
	struct replay_task *t = task_new(all, who.tenant, &body);
	if (got == OK)
		got = start_child(t, tenant, path, &e);
	if (got != OK) {
		task_free(t);
		api_reply_err(r, &e, got);
		return;
	}
	all->running++;
	reply_task(r, 202, t);
}

/* A task of the caller's tenant by the id in the path; on failure the request is answered
 * and NULL comes back. */
static struct replay_task *
find_task(struct http_request *r, int64_t tenant)
{
	struct replays *all = api_of(r)->replays;
	int64_t id, mask = (INT64_C(1) << TENANT_BITS) - 1;
	bool known =
		id_parse(api_of(r)->store, ID_REPLAY, http_request_param(r, "id"), &id);
	list_each(l, &all->tasks) {
		struct replay_task *t = list_entry(l, struct replay_task, link);
		if (known && t->id == id && t->tenant == tenant)
			return t;
	}
	int64_t began = known ? id >> (TENANT_BITS + NUMBER_BITS) : 0;
	if (known && (id >> NUMBER_BITS & mask) == (tenant & mask) && began < all->began)
		http_reply_error(r, 410,
			"the server was started again since; replays end with it and nothing of them is kept");
	else
		http_reply_error(r, 404, "there is no such replay");
	return NULL;
}

static void
get_replay(struct http_request *r)
{
	struct principal who;
	if (!auth_api(r, &who))
		return;
	struct replay_task *t = find_task(r, who.tenant);
	if (t)
		reply_task(r, 200, t);
}

static void
delete_replay(struct http_request *r)
{
	struct replays *all = api_of(r)->replays;
	struct principal who;
	if (!auth_api(r, &who))
		return;
	struct replay_task *t = find_task(r, who.tenant);
	if (!t)
		return;
	if (t->state == RUNNING) {
		cancel(t);
	} else {
		all->kept--;
		task_free(t);
	}
	http_reply(r, 204, NULL, STR(""), STR(""));
}

const struct http_route replay_routes[] = {
	{METHOD_POST, "/v1/replays", post_replay, 0, HTTP_ROUTE_JSON, NULL},
	{METHOD_GET, "/v1/replays/{id}", get_replay, 0, 0, NULL},
	{METHOD_DELETE, "/v1/replays/{id}", delete_replay, 0, 0, NULL},
	{0},
};
