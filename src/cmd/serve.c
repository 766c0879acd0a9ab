/* `parley serve`: puts the rooms together and runs until it is told to stop. */
#include "actor/actors.h"
#include "api/api.h"
#include "base/limits.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/command_host.h"
#include "cmd/config.h"
#include "cmd/control.h"
#include "cmd/demo.h"
#include "cmd/key.h"
#include "cmd/memory.h"
#include "cmd/pack_warnings.h"
#include "cmd/shipped.h"
#include "net/http_client.h"
#include "pack/pack.h"
#include "talk/retention.h"
#include "turn/engine.h"

#include <signal.h>
#include <sys/resource.h>
#include <uv.h>

#define PACK_SETTINGS_MAX 32
#define RELOAD_WARNINGS_MAX 20 /* logged of one reload */
#define QUIET_MS 10000         /* without a message, after which memory is given back */

struct server {
	struct arena arena;
	struct config config;
	const struct args *args;
	struct env *env;
	struct store store;
	struct api *api;
	struct http_client *client;
	struct world *world;
	struct engine *engine;
	struct demo *demo;
	struct control *control;
	struct retention retention;
	struct cidr *allowed, *proxies;
	struct engine_pack_change change;
	struct command_host host;
	struct env_work
		reading; /* of the pack that is loaded again, and what came of it */
	struct pack *read;
	struct pack_report report;
	struct pack_warnings warnings;
	enum err read_result;
	struct error why;
	enum err result;
	bool changing, stopping;
	bool again; /* another reload was asked for while one is under way */
	struct env_timer patience; /* with running turns, once it stops */
	struct env_timer quiet;
	int64_t messages; /* taken in when the timer fired last */
	bool busy;        /* since memory was given back */
	uv_signal_t terminate, interrupt, reload;
};

/* ---- pack ---- */

/* The pack's variables: from the configuration, and the demo shop's addresses. */
static size_t
settings_of(const struct server *s, struct pack_setting *out)
{
	size_t n = s->demo ? demo_settings(s->demo, out, PACK_SETTINGS_MAX) : 0;
	json_each(v, s->config.variables)
		if (n < PACK_SETTINGS_MAX)
			out[n++] = (struct pack_setting){
				.name = v->key, .value = json_str(v, STR(""))};
	return n;
}

/* With a report the examples are looked at closely, which the start does not wait for. */
static enum err
load_pack(
	struct server *s, struct pack **out, struct pack_report *report, struct error *e)
{
	struct pack_setting settings[PACK_SETTINGS_MAX];
	const struct pack_options options = {
		.host = &s->host.host,
		.settings = settings,
		.setting_count = settings_of(s, settings),
	};
	return pack_load(s->config.pack.p, &options, out, report, e);
}

static void
first_pack(struct engine_pack_change *change, enum err result)
{
	struct server *s = change->owner;
	s->result = result;
	env_uv_stop(s->env);
}

static enum err
use_first_pack(struct server *s, struct error *e)
{
	struct pack *pack;
	enum err r = load_pack(s, &pack, NULL, e);
	if (r != OK)
		return r;
	s->change = (struct engine_pack_change){.done = first_pack, .owner = s};
	engine_set_pack(s->engine, pack, &s->change);
	env_uv_run(s->env);
	const struct pack *own = pack;
	pack_unref(&own);
	if (s->result != OK && e)
		*e = s->change.error;
	return s->result;
}

static void reload_read(struct env_work *work);
static void reload_use(struct env_work *work);

static void
reload_start(struct server *s)
{
	s->changing = true;
	s->again = false;
	api_learns(s->api, true);
	s->reading =
		(struct env_work){.run = reload_read, .done = reload_use, .owner = s};
	env_work(s->env, &s->reading);
}

/* What changed on disk while the pack was read is not in it. */
static void
reload_ended(struct server *s)
{
	s->changing = false;
	api_learns(s->api, false);
	s->busy = true; /* two packs stood in memory */
	if (s->again && !s->stopping)
		reload_start(s);
}

static void
pack_reloaded(struct engine_pack_change *change, enum err result)
{
	struct server *s = change->owner;
	if (result == OK)
		log_info("pack reloaded", "hash:s", pack_hash(engine_pack(s->engine)),
			NULL);
	else
		log_error("the pack could not be stored; the old one stays", "why",
			change->error.text, NULL);
	reload_ended(s);
}

/* On a pool thread: learning from the pack's examples takes a while, and the old pack goes
 * on serving. Nobody else has the new one yet. */
static void
reload_read(struct env_work *work)
{
	struct server *s = work->owner;
	s->read = NULL;
	pack_report_init(&s->report);
	s->read_result = load_pack(s, &s->read, &s->report, &s->why);
}

static void
log_warning(void *owner, const struct pack_problem *p)
{
	size_t *room = owner;
	if (*room && (*room)--)
		log_warn("the pack", "file:s", p->file, "line:i", (int64_t)p->line,
			"why:s", p->text, NULL);
}

static void
log_warnings(struct server *s)
{
	size_t room = RELOAD_WARNINGS_MAX;
	size_t fresh = pack_warnings_each(&s->warnings, &s->report, log_warning, &room);
	if (fresh > RELOAD_WARNINGS_MAX)
		log_warn("more warnings: see `parley check`", "count:i",
			(int64_t)(fresh - RELOAD_WARNINGS_MAX), NULL);
}

static void
reload_use(struct env_work *work)
{
	struct server *s = work->owner;
	const struct pack *own = s->read;
	log_warnings(s);
	pack_report_fini(&s->report);
	if (s->read_result != OK) {
		log_error("the pack has errors; the old one stays", "why", s->why.text,
			NULL);
		reload_ended(s);
		return;
	}
	if (s->stopping) {
		pack_unref(&own);
		return;
	}
	s->change = (struct engine_pack_change){.done = pack_reloaded, .owner = s};
	engine_set_pack(s->engine, s->read, &s->change);
	pack_unref(&own);
}

static void
reload(uv_signal_t *signal, int number)
{
	struct server *s = signal->data;
	(void)number;
	if (s->stopping)
		return;
	if (s->changing)
		s->again = true;
	else
		reload_start(s);
}

/* ---- tenant ---- */

static void
tenant_stored(struct db_tx *tx, enum err result)
{
	struct server *s = tx->owner;
	s->result = result;
	env_uv_stop(s->env);
}

static enum err
ensure_tenant(struct server *s, int64_t *tenant, struct error *e)
{
	struct db_tx tx;
	db_tx_init(&tx);
	tx.owner = s;
	enum err r = tenant_ensure(
		&s->store, &tx, s->config.tenant, env_wall(s->env), tenant, e);
	if (r == OK)
		r = db_submit(s->store.db, &tx, tenant_stored, e);
	if (r == OK) {
		env_uv_run(s->env);
		r = s->result;
		if (r != OK && e)
			*e = tx.error;
	}
	db_tx_fini(&tx);
	return r;
}

/* ---- what other commands ask ---- */

struct asked {
	struct db_tx tx;
	struct server *server;
	struct control_request *request;
	struct key_change change;
};

static void
key_stored(struct db_tx *tx, enum err result)
{
	struct asked *q = tx->owner;
	if (result == OK && q->change.revokes)
		api_key_revoked(q->server->api, &q->change.print);
	if (result == OK)
		control_reply(q->request, q->change.answer);
	else
		control_reply_error(q->request, tx->error.text);
	db_tx_fini(tx);
	free(q);
}

static void
change_key(struct server *s, struct control_request *request, const struct json *in)
{
	struct arena *a = control_arena(request);
	struct key_request wanted;
	struct error e = {0};
	struct asked *q = mem_zalloc(sizeof *q);
	q->request = request;
	q->server = s;
	db_tx_init(&q->tx);
	q->tx.owner = q;
	enum err r = schema_read(&key_request_schema, a, in, &wanted, &e);
	if (r == OK)
		r = key_plan(&s->store, a, &q->tx, &wanted, &q->change, &e);
	if (r == OK)
		r = db_submit(s->store.db, &q->tx, key_stored, &e);
	if (r == OK)
		return;
	db_tx_fini(&q->tx);
	free(q);
	control_reply_error(request, e.text);
}

struct erasing {
	struct engine_erasure erasure;
	struct control_request *request;
};

static void
person_erased(struct engine_erasure *x)
{
	struct erasing *q = x->owner;
	if (x->result == OK)
		control_reply(q->request, STR("{\"erased\":true}"));
	else
		control_reply_error(q->request, x->error.text);
	free(q);
}

static void
erase_contact(struct server *s, struct control_request *request, const struct json *in)
{
	struct error e = {0};
	struct erasing *q = mem_zalloc(sizeof *q);
	q->request = request;
	q->erasure = (struct engine_erasure){.done = person_erased, .owner = q};
	enum err r = OK;
	if (!id_parse(&s->store, ID_CONTACT,
		    json_str(json_get(in, STR("contact")), STR("")), &q->erasure.contact))
		r = err_set(&e, ERR_INVALID, "that is no contact (p_…)");
	if (r == OK)
		r = engine_erase(s->engine, &q->erasure, &e);
	if (r == OK)
		return;
	free(q);
	control_reply_error(request, e.text);
}

static void
control(void *owner, struct control_request *request, const struct json *in)
{
	struct server *s = owner;
	struct str what = json_str(json_get(in, STR("do")), STR(""));
	if (str_eq(what, STR("key.add")) || str_eq(what, STR("key.revoke")))
		change_key(s, request, in);
	else if (str_eq(what, STR("contact.erase")))
		erase_contact(s, request, in);
	else
		control_reply_error(request, "this server does not know that request");
}

/* ---- start ---- */

/* Fills a list of ranges that has room for `spare` more. */
static enum err
read_ranges(struct server *s, const char *key, const struct items *list, size_t spare,
	struct cidr **out, struct error *e)
{
	size_t n = 0;
	*out = ARENA_ARRAY(&s->arena, struct cidr, list->n + spare + 1);
	items_each(const struct str, text, *list) {
		enum err r = cidr_parse(*text, &(*out)[n++], e);
		if (r != OK)
			return err_context(e, r, "%s", key);
	}
	return OK;
}

static enum err
read_addresses(struct server *s, struct error *e)
{
	size_t n = s->config.allow.n;
	enum err r = read_ranges(s, "proxies", &s->config.proxies, 0, &s->proxies, e);
	if (r == OK)
		r = read_ranges(s, "allow", &s->config.allow, 2, &s->allowed, e);
	if (r == OK && s->config.demo) {
		cidr_parse(STR("127.0.0.0/8"), &s->allowed[n], NULL);
		cidr_parse(STR("::1"), &s->allowed[n + 1], NULL);
	}
	return r;
}

static size_t
allowed_count(const struct server *s)
{
	return s->config.allow.n + (s->config.demo ? 2 : 0);
}

/* This program on this store, whatever the child's own configuration would say. */
static const char *const *
replay_command(struct server *s)
{
	static const char *const words[] = {
		"/proc/self/exe", "replay", "--data", NULL, NULL};
	const char **command = ARENA_ARRAY(&s->arena, const char *, 5);
	memcpy(command, words, sizeof words);
	command[3] = arena_str(&s->arena, s->config.data).p;
	return command;
}

static enum err
start_api(struct server *s, struct error *e)
{
	struct api_config config = {
		.replay_command = replay_command(s),
		.packs = s->config.packs,
		.reply_wait_ms = s->config.reply_wait_ms,
		.demo = s->config.demo,
		.limits =
			{
				.proxies = s->proxies,
				.proxy_count = s->config.proxies.n,
				.body_max = (size_t)s->config.body_max,
				.connections_max = (size_t)s->config.connections_max,
				.connections_per_address =
					(size_t)s->config.connections_per_address,
				.head_timeout_ms = s->config.head_timeout_ms,
				.body_timeout_ms = s->config.body_timeout_ms,
				.idle_timeout_ms = s->config.idle_timeout_ms,
				.write_timeout_ms = s->config.write_timeout_ms,
			},
	};
	enum err r = config_listen(
		&s->arena, s->config.listen, &config.address, &config.port, e);
	if (r == OK)
		r = ensure_tenant(s, &config.tenant, e);
	if (r != OK)
		return r;
	if (s->demo)
		demo_fill(s->demo, &config);
	r = api_start(s->env, &s->store, &config, &s->api, e);
	if (r != OK && e) {
		struct str why = arena_str(&s->arena, str_of(e->text));
		return err_set(e, r,
			"%.*s; another address is chosen with --listen ADDRESS:PORT%s",
			STR_ARG(why),
			s->demo ? " (make run ARGS=\"--listen 127.0.0.1:9000\")" : "");
	}
	return r;
}

static enum err
start_engine(struct server *s, struct error *e)
{
	const struct http_client_config client = {
		.allowed = s->allowed,
		.allowed_count = allowed_count(s),
	};
	enum err r = http_client_new(s->env, &client, &s->client, e);
	if (r != OK)
		return r;
	s->world = world_http_new(s->env, s->client);
	const struct engine_config config = {
		.env = s->env,
		.store = &s->store,
		.world = s->world,
		.find_actor = actor_find,
		.pack_host = &s->host.host,
		.on_event = api_on_event,
		.on_typing = api_on_typing,
		.owner = &s->api,
	};
	r = engine_new(&config, &s->engine, e);
	if (r == OK)
		api_set_engine(s->api, s->engine);
	return r;
}

static enum err
start(struct server *s, struct error *e)
{
	int recovered = 0;
	command_host_init_server(&s->host, s->config.data);
	enum err r = read_addresses(s, e);
	if (r == OK)
		r = store_open(s->env, s->config.data, &s->store, e);
	if (r == OK && s->config.demo)
		r = demo_start(s->env, s->args, &s->demo, e);
	if (r == OK)
		r = start_api(s, e);
	if (r == OK)
		r = start_engine(s, e);
	if (r == OK)
		r = use_first_pack(s, e);
	if (r == OK)
		r = control_start(s->env, s->config.data, control, s, &s->control, e);
	if (r == OK && !s->store.paused)
		r = engine_recover(s->engine, &recovered, e);
	if (r != OK)
		return r;
	api_ready(s->api);
	retention_start(&s->retention, &s->store, s->config.keep_journal_ms,
		s->config.keep_messages_ms, s->config.retention);
	if (recovered)
		log_info("unfinished turns go on", "count:i", (int64_t)recovered, NULL);
	if (s->store.paused)
		log_warn("this is a restored copy: it answers reads and sends nothing",
			NULL);
	return OK;
}

/* Gives back what a busy time needed, once. */
static void
look_for_quiet(struct env_timer *timer)
{
	struct server *s = timer->owner;
	struct engine_stats now;
	engine_get_stats(s->engine, &now);
	bool quiet = now.messages == s->messages;
	if (quiet && s->busy)
		memory_release();
	s->busy = !quiet;
	s->messages = now.messages;
	env_timer_start(s->env, timer, QUIET_MS);
}

/* ---- stop ---- */

static void
api_drained(void *owner)
{
	struct server *s = owner;
	env_uv_stop(s->env);
}

static void
engine_drained(void *owner)
{
	struct server *s = owner;
	env_timer_stop(s->env, &s->patience);
	api_drain(s->api, s->config.drain_ms, api_drained, s);
}

/* A turn still waits for a slow shop or for room on the disk: it goes on after the next start. */
static void
out_of_patience(struct env_timer *timer)
{
	struct server *s = timer->owner;
	log_warn("turns are still running; they go on after the next start", NULL);
	env_uv_stop(s->env);
}

static void
stop(uv_signal_t *signal, int number)
{
	struct server *s = signal->data;
	(void)number;
	if (s->stopping) {
		env_uv_stop(s->env); /* asked twice: at once; nothing that was
					acknowledged is lost */
		return;
	}
	s->stopping = true;
	env_timer_stop(s->env, &s->quiet);
	log_info("stopping", NULL);
	s->patience = (struct env_timer){.fire = out_of_patience, .owner = s};
	env_timer_start(s->env, &s->patience, s->config.drain_ms);
	engine_drain(s->engine, engine_drained, s);
}

static void
watch(struct server *s, uv_signal_t *handle, uv_signal_cb cb, int number)
{
	uv_loop_t *loop = env_uv_loop(s->env);
	uv_signal_init(loop, handle);
	handle->data = s;
	uv_signal_start(handle, cb, number);
	uv_unref((uv_handle_t *)handle);
}

static void
free_server(struct server *s)
{
	if (s->terminate.loop) {
		uv_close((uv_handle_t *)&s->terminate, NULL);
		uv_close((uv_handle_t *)&s->interrupt, NULL);
		uv_close((uv_handle_t *)&s->reload, NULL);
	}
	/* Asked to end at once, turns may have a commit on its way: it ends while they are there. */
	if (s->store.db)
		db_finish(s->store.db);
	control_stop(&s->control);
	retention_stop(&s->retention);
	if (s->world)
		world_http_stop(s->world);
	if (s->client)
		http_client_free(&s->client);
	if (s->engine)
		engine_free(&s->engine);
	if (s->api)
		api_free(&s->api);
	if (s->world)
		world_http_free(&s->world);
	if (s->demo)
		demo_free(&s->demo);
	if (s->store.db)
		store_close(&s->store);
	if (s->env)
		env_uv_free(&s->env);
	pack_warnings_fini(&s->warnings);
	arena_fini(&s->arena);
}

/* Every connection is a descriptor. Asks the system for as many as it gives; if there are too few, connections end
 * before the store, the services and the commands go without. */
static void
fit_descriptors(struct config *c)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	rlim_t kept = DESCRIPTORS_KEPT;
	if (limit.rlim_cur < 2 * kept)
		kept = limit.rlim_cur / 2;
	rlim_t room = limit.rlim_cur - kept;
	if ((rlim_t)c->connections_max <= room)
		return;
	log_warn("the system allows fewer descriptors than connections are configured",
		"connections_max:i", c->connections_max, "descriptors:i",
		(int64_t)limit.rlim_cur, "connections:i", (int64_t)room, NULL);
	c->connections_max = (int64_t)room;
}

static bool
set_log_level(struct str name)
{
	static const char *const names[] = {"debug", "info", "warn", "error", "off"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(name, str_of(names[i]))) {
			log_set_level((enum log_level)i);
			return true;
		}
	return false;
}

static enum err
read_config(struct server *s, struct error *e)
{
	const struct args *args = s->args;
	struct config *c = &s->config;
	enum err r = config_load(&s->arena, args_value(args, "config"), c, e);
	if (r != OK)
		return r;
	if (args_value(args, "listen"))
		c->listen = str_of(args_value(args, "listen"));
	if (args_value(args, "data"))
		c->data = str_of(args_value(args, "data"));
	if (args_value(args, "pack"))
		c->pack = str_of(args_value(args, "pack"));
	if (args_value(args, "log"))
		c->log = str_of(args_value(args, "log"));
	c->demo = c->demo || args_flag(args, "demo");
	if (!set_log_level(c->log))
		return err_set(
			e, ERR_INVALID, "log: must be debug, info, warn, error or off");
	r = shipped_pack(&s->arena, c->pack, &c->pack, e);
	return r != OK ? err_context(e, r, "--pack DIR") : OK;
}

static void
say_where(const struct server *s)
{
	struct arena a;
	struct str host;
	int port;
	arena_init(&a, 0);
	if (config_listen(&a, s->config.listen, &host, &port, NULL) == OK) {
		bool any = str_eq(host, STR("::")) || str_eq(host, STR("0.0.0.0"));
		bool six = !any && str_find_char(host, ':') >= 0;
		printf("Parley serves on http://%s%.*s%s:%d%s\n", six ? "[" : "",
			STR_ARG(any ? STR("localhost") : host), six ? "]" : "",
			api_port(s->api),
			s->config.demo ? "/  (demo: open it in a browser)" : "");
		fflush(stdout);
	}
	arena_fini(&a);
	log_info("listening", "listen:s", s->config.listen, "port:i",
		(int64_t)api_port(s->api), "pack:s",
		pack_about(engine_pack(s->engine))->name, "hash:s",
		pack_hash(engine_pack(s->engine)), NULL);
}

static int
serve_run(const struct args *args)
{
	struct server s = {.args = args};
	struct error e = {0};
	if (args_flag(args, "keys")) {
		config_print_keys();
		return 0;
	}
	signal(SIGPIPE, SIG_IGN);
	arena_init(&s.arena, 0);
	pack_warnings_init(&s.warnings);
	enum err r = read_config(&s, &e);
	if (r == OK) {
		fit_descriptors(&s.config);
		s.env = env_uv_new();
		r = start(&s, &e);
	}
	if (r == OK) {
		watch(&s, &s.terminate, stop, SIGTERM);
		watch(&s, &s.interrupt, stop, SIGINT);
		watch(&s, &s.reload, reload, SIGHUP);
		if (s.config.strangers.n)
			log_warn(
				"environment variables that are no keys of the configuration",
				"names:s", s.config.strangers, NULL);
		say_where(&s);
		memory_release();
		s.quiet = (struct env_timer){.fire = look_for_quiet, .owner = &s};
		env_timer_start(s.env, &s.quiet, QUIET_MS);
		env_uv_run(s.env);
		log_info("stopped", NULL);
	}
	free_server(&s);
	return r == OK ? 0 : cmd_fail(args, "%s", e.text);
}

static const struct option options[] = {
	{.name = "listen",
		.value = "ADDRESS:PORT",
		.doc = "where to serve; overrides `listen`"},
	{.name = "data", .value = "DIR", .doc = "folder of the store; overrides `data`"},
	{.name = "pack", .value = "DIR", .doc = "folder of the pack; overrides `pack`"},
	{.name = "demo",
		.doc = "serve callers without a key, with the demo shop and its page"},
	{.name = "config",
		.value = "FILE",
		.doc = "configuration file (default: parley.yaml when it is there)"},
	{.name = "log", .value = "LEVEL", .doc = "debug, info, warn, error or off"},
	{.name = "keys", .doc = "print every configuration key and stop"},
	DEMO_OPTIONS,
	{0},
};

const struct command cmd_serve = {
	.name = "serve",
	.usage = "[options]",
	.summary = "answer customers: HTTP, WebSocket, web chat",
	.details =
		"Configuration comes from parley.yaml, then the environment (PARLEY_LISTEN for `listen`), then the\n"
		"options below. `parley serve --keys` prints every key.\n\n"
		"SIGTERM and SIGINT stop it after the running turns; SIGHUP loads the pack again.",
	.options = options,
	.run = serve_run,
};
