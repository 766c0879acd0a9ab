#include "cmd/test_add.h"

#include "actor/rehearsal.h"
#include "base/limits.h"
#include "base/map.h"
#include "cmd/command_host.h"
#include "cmd/stand_in.h"
#include "talk/conversation.h"
#include "talk/event.h"
#include "talk/turn_row.h"
#include "turn/causes.h"
#include "turn/journal.h"

#include <errno.h>
#include <sys/stat.h>

#define FILE_MAX_BYTES (8u << 20)
#define KINDS_MAX 32

struct adding {
	struct arena arena;
	struct store store;
	const struct pack *pack;
	int64_t conversation;
	struct contact contact;
	struct buf out;
	struct stand_ins stand_ins;
	struct str kind_list[KINDS_MAX];
	struct items kinds; /* of entities, replaced as well */
	struct str caller_id;
	struct map answered; /* method and path of answers that stand in the file */
	bool begun;
};

/* ---- personal data ---- */

/* A text as a YAML string, without what is personal. */
static void
put_text(struct adding *w, struct str text)
{
	struct jsonw j;
	jsonw_init(&j, &w->out);
	jsonw_str(&j, stand_ins_replace(&w->stand_ins, text));
}

/* ---- the parts ---- */

static struct str
path_of(struct str url)
{
	ptrdiff_t scheme = str_find(url, STR("://"));
	struct str rest = scheme < 0 ? url : str_sub(url, (size_t)scheme + 3, url.n);
	ptrdiff_t slash = str_find_char(rest, '/');
	return slash < 0 ? STR("/") : str_sub(rest, (size_t)slash, rest.n);
}

/* The caller's id is "customer" in the transcript; of a path it is a whole step. */
static struct str
without_caller(struct adding *w, struct str path)
{
	struct str id = w->caller_id;
	for (size_t at = 0; id.n && at + id.n <= path.n; at++) {
		size_t end = at + id.n;
		if (at > 0 && path.p[at - 1] == '/' &&
			str_eq(str_sub(path, at, end), id) &&
			(end == path.n || path.p[end] == '/' || path.p[end] == '?'))
			return arena_printf(&w->arena, "%.*scustomer%.*s", (int)at,
				path.p, (int)(path.n - end), path.p + end);
	}
	return path;
}

/* Percent-encoded text of a replaced value has to be found as well. */
static void
put_path(struct adding *w, struct str url)
{
	struct str path = path_of(url);
	ptrdiff_t at;
	while ((at = str_find(path, STR("%40"))) >= 0)
		path = arena_printf(&w->arena, "%.*s@%.*s", (int)at, path.p,
			(int)(path.n - (size_t)at - 3), path.p + at + 3);
	path = without_caller(w, stand_ins_replace(&w->stand_ins, path));
	at = str_find_char(path, '@');
	if (at >= 0)
		path = arena_printf(&w->arena, "%.*s%%40%.*s", (int)at, path.p,
			(int)(path.n - (size_t)at - 1), path.p + at + 1);
	buf_add_str(&w->out, path);
}

static void
put_answer(struct adding *w, const struct journal_answer *a)
{
	bool effect = str_eq(a->kind, STR("effect"));
	if ((!effect && !str_eq(a->kind, STR("read"))) || a->ask.n == 0)
		return;
	struct str key = arena_printf(&w->arena, "%d %.*s", effect, STR_ARG(a->ask));
	if (map_get(&w->answered, key))
		return;
	map_put(&w->answered, key, w);
	buf_printf(&w->out, "  - {%s: \"", effect ? "post" : "get");
	put_path(w, a->ask);
	buf_add_str(&w->out, STR("\""));
	if (a->http && a->http != 200)
		buf_printf(&w->out, ", status: %d", (int)a->http);
	if (str_eq(a->status, STR("timed_out")))
		buf_add_str(&w->out, STR(", times_out: true"));
	else if (str_eq(a->status, STR("uncertain")))
		buf_add_str(&w->out, STR(", uncertain: true"));
	else if (str_eq(a->status, STR("failed")))
		buf_add_str(&w->out, STR(", fails: true"));
	if (a->body) {
		buf_add_str(&w->out, STR(", json: "));
		buf_add_str(&w->out,
			stand_ins_replace(&w->stand_ins, json_print(&w->arena, a->body)));
	}
	buf_add_str(&w->out, STR("}\n"));
}

static void
put_decision(struct adding *w, const struct json *causes)
{
	static const struct {
		const char *key, *path;
	} parts[] = {{"lane", "decision.route"}, {"decision", "decision.rule"}};
	const struct json *actions = json_path(causes, STR("execution.actions"));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct str v =
			json_str(json_path(causes, str_of(parts[i].path)), STR(""));
		if (v.n)
			buf_printf(&w->out, "          %s: %.*s\n", parts[i].key,
				STR_ARG(v));
	}
	if (!json_first(actions))
		return;
	buf_add_str(&w->out, STR("          actions: {"));
	json_each(x, actions)
		buf_printf(&w->out, "%s%.*s: %.*s", x == actions->first ? "" : ", ",
			STR_ARG(json_str(json_get(x, STR("name")), STR(""))),
			STR_ARG(json_str(json_get(x, STR("status")), STR(""))));
	buf_add_str(&w->out, STR("}\n"));
}

/* The whole, or what stands before its reference: that is made of the message's id, which a
 * played message does not share. */
static void
put_reply(struct adding *w, struct str text)
{
	ptrdiff_t reference = str_find(text, STR("Reference ID"));
	bool whole = reference <= 0;
	buf_add_str(&w->out,
		whole ? STR("          reply: ") : STR("          reply_has: ["));
	put_text(w, str_trim(whole ? text : str_sub(text, 0, (size_t)reference)));
	buf_add_str(&w->out, whole ? STR("\n") : STR("]\n"));
}

static void
put_expectation(struct adding *w, const struct json *causes, const struct items *events,
	int64_t turn)
{
	static const struct {
		const char *name, *path;
	} labels[] = {{"sentiment", "sentiment.label"}, {"intent", "intent.name"},
		{"urgency", "sentiment.urgency"}};
	bool handoff = false, spoke = false;
	buf_add_str(&w->out, STR("        expect:\n"));
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		struct str v =
			json_str(json_path(causes, str_of(labels[i].path)), STR(""));
		if (v.n)
			buf_printf(&w->out, "          %s: [%.*s]\n", labels[i].name,
				STR_ARG(v));
	}
	put_decision(w, causes);
	items_each(const struct event, ev, *events) {
		struct message m;
		handoff = handoff || (ev->turn == turn && ev->kind == EVENT_HANDOFF);
		if (ev->turn != turn || ev->kind != EVENT_OUTBOUND ||
			message_parse(&w->arena, ev->body, &m, NULL) != OK)
			continue;
		put_reply(w, m.text);
		spoke = true;
	}
	buf_printf(&w->out, "          handoff: %s\n", handoff ? "true" : "false");
	if (!spoke)
		buf_add_str(&w->out, STR("          silent: true\n"));
}

static enum err
put_turn(struct adding *w, const struct turn_row *row, const struct journal *j,
	const struct items *events, struct error *e)
{
	struct json *causes = NULL;
	struct str text = STR(""), payload = STR("");
	enum err r =
		row->causes.n ? causes_parse(&w->arena, row->causes, &causes, e) : OK;
	if (r != OK)
		return r;
	items_each(const struct event, ev, *events) {
		struct message m;
		if (ev->turn != row->number || ev->kind != EVENT_INBOUND ||
			message_parse(&w->arena, ev->body, &m, NULL) != OK)
			continue;
		text = text.n ? arena_printf(&w->arena, "%.*s\n%.*s", STR_ARG(text),
					STR_ARG(m.text))
			      : m.text;
		payload = m.payload;
	}
	if (j->verdict) {
		buf_printf(&w->out, "      - verdict: %s\n",
			j->verdict->approved ? "approve" : "reject");
	} else {
		buf_add_str(&w->out, STR("      - say: "));
		put_text(w, text);
		buf_add_str(&w->out, STR("\n"));
	}
	if (payload.n) {
		buf_add_str(&w->out, STR("        payload: "));
		put_text(w, payload);
		buf_add_str(&w->out, STR("\n"));
	}
	buf_printf(&w->out, "        now: %lld\n        seed: %lld\n", (long long)j->now,
		(long long)j->seed);
	if (j->human)
		buf_add_str(&w->out, STR("        human_owns: true\n"));
	put_expectation(w, causes, events, row->number);
	return OK;
}

static void
put_person(struct adding *w, const struct journal_caller *c)
{
	buf_printf(&w->out, "    from: {id: customer, proof: %.*s", STR_ARG(c->proof));
	if (c->email.n)
		buf_add_str(&w->out, STR(", email: customer@example.com"));
	if (c->name.n)
		buf_add_str(&w->out, STR(", name: Alex Example"));
	buf_add_str(&w->out, STR("}\n"));
}

/* ---- the whole ---- */

struct recorded {
	struct turn_row row;
	struct journal journal;
};

static enum err
load_turns(struct adding *w, struct recorded **out, size_t *count, struct error *e)
{
	struct items keys;
	const struct wall ever = {0};
	enum err r = turn_row_list(&w->store, &w->arena, row_key(w->conversation, 0),
		row_key(w->conversation, SEQ_MAX), ever, PAGE_MAX, &keys, e);
	if (r != OK)
		return r;
	struct recorded *list = ARENA_ARRAY(&w->arena, struct recorded, keys.n);
	for (size_t i = 0; r == OK && i < keys.n; i++) {
		r = turn_row_load(&w->store, &w->arena, w->conversation,
			row_seq(((int64_t *)keys.p)[i]), &w->contact.key, &list[i].row,
			e);
		if (r == OK)
			r = journal_load(&w->store, &w->arena, list[i].row.journal,
				&w->contact.key, &list[i].journal, e);
	}
	*out = list;
	*count = keys.n;
	return r == OK && keys.n == 0
		? err_set(e, ERR_NOT_FOUND, "the conversation has no turn")
		: r;
}

/* All that is personal is known before anything is written. */
static void
read_personal(struct adding *w, const struct recorded *turns, size_t count,
	const struct items *events)
{
	struct stand_ins *s = &w->stand_ins;
	const struct journal_caller *caller = &turns[0].journal.caller;
	if (caller->email.n)
		stand_ins_add(s, STR("email"), caller->email);
	stand_ins_add_name(s, caller->name);
	stand_ins_add_name(s, w->contact.name);
	if (!str_eq(caller->id, caller->email))
		w->caller_id = caller->id;
	for (size_t i = 0; i < count; i++)
		items_each(const struct journal_answer, a, turns[i].journal.answers)
			stand_ins_read_record(s, a->body);
	items_each(const struct event, ev, *events) {
		struct message m;
		if (ev->kind == EVENT_INBOUND &&
			message_parse(&w->arena, ev->body, &m, NULL) == OK)
			stand_ins_read_message(s, m.text);
	}
}

static enum err
write_transcript(struct adding *w, const char *id, struct error *e)
{
	struct recorded *turns;
	size_t count;
	struct items events;
	enum err r = load_turns(w, &turns, &count, e);
	if (r == OK)
		r = event_list(&w->store, &w->arena, w->conversation, 0, PAGE_MAX,
			&w->contact.key, &events, e);
	if (r != OK)
		return r;
	stand_ins_init(&w->stand_ins, &w->arena, pack_nlu(w->pack)->entities, &w->kinds);
	read_personal(w, turns, count, &events);
	if (w->stand_ins.full)
		return err_set(e, ERR_LIMIT, "it holds more than %d personal values",
			STAND_INS_MAX);
	buf_printf(&w->out,
		"about: A recorded conversation (%s), with names and addresses replaced.\n\nworld:\n",
		id);
	size_t before = w->out.n;
	for (size_t i = 0; i < count; i++)
		items_each(const struct journal_answer, a, turns[i].journal.answers)
			put_answer(w, a);
	if (w->out.n == before)
		buf_add_str(&w->out, STR("  []\n"));
	buf_printf(&w->out, "\ntranscripts:\n  - name: conversation %s\n", id);
	put_person(w, &turns[0].journal.caller);
	buf_add_str(&w->out, STR("    turns:\n"));
	for (size_t i = 0; r == OK && i < count; i++)
		r = put_turn(w, &turns[i].row, &turns[i].journal, &events, e);
	if (r == OK && buf_over(&w->out))
		r = err_set(e, ERR_LIMIT, "the transcript is larger than %u bytes",
			FILE_MAX_BYTES);
	return r;
}

static enum err
open_conversation(
	struct adding *w, struct env *env, const struct args *args, struct error *e)
{
	int64_t tenant, contact;
	struct pack *pack;
	struct command_host host;
	const struct pack_options options = {.host = &host.host};
	command_host_init(&host, args_value(args, "data"));
	enum err r = pack_load(args_value(args, "pack"), &options, &pack, NULL, e);
	if (r != OK)
		return r;
	w->pack = pack;
	r = store_open_reading(env, str_of(args_value(args, "data")), &w->store, e);
	if (r == OK &&
		!id_parse(&w->store, ID_CONVERSATION, str_of(args->words[1]),
			&w->conversation))
		r = err_set(e, ERR_INVALID, "\"%s\" is no conversation (c_…)",
			args->words[1]);
	if (r == OK)
		r = conversation_owner(&w->store, w->conversation, &tenant, &contact, e);
	if (r == OK)
		r = contact_load(&w->store, &w->arena, contact, &w->contact, e);
	return r;
}

static enum err
save(const struct args *args, const struct buf *text, char *path, size_t size,
	struct error *e)
{
	const char *dir = args_value(args, "pack"), *name = args_value(args, "name");
	snprintf(path, size, "%s/tests", dir);
	mkdir(path, 0777);
	snprintf(path, size, "%s/tests/%s.yaml", dir, name ? name : args->words[1]);
	FILE *f = fopen(path, "wx");
	if (!f)
		return err_set(e, ERR_CONFLICT, "%s: %s; --name chooses another", path,
			strerror(errno));
	bool well = fwrite(text->p, 1, text->n, f) == text->n;
	well = fclose(f) == 0 && well;
	return well ? OK : err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
}

int
test_add(const struct args *args)
{
	struct adding w = {0};
	struct error e = {0};
	char path[4096];
	size_t played = 0, failed = 0;
	int at = 0;
	if (args->word_count != 2)
		return cmd_usage(args, "add takes one conversation: parley test add c_…");
	struct env *env = env_uv_new();
	arena_init(&w.arena, 65536);
	buf_init(&w.out, FILE_MAX_BYTES);
	map_init(&w.answered);
	for (const char *kind; (kind = args_each_value(args, "replace", &at));)
		if (w.kinds.n < KINDS_MAX)
			w.kind_list[w.kinds.n++] = str_of(kind);
	w.kinds.p = w.kind_list;
	enum err r = open_conversation(&w, env, args, &e);
	if (r == OK)
		r = write_transcript(&w, args->words[1], &e);
	if (r == OK)
		r = save(args, &w.out, path, sizeof path, &e);
	if (r == OK) {
		printf("%s\n", path);
		fflush(stdout);
		r = rehearsal_file(w.pack, path, 1, &played, &failed, &e);
	}
	if (w.store.db)
		store_close(&w.store);
	pack_unref(&w.pack);
	map_fini(&w.answered);
	stand_ins_fini(&w.stand_ins);
	buf_fini(&w.out);
	arena_fini(&w.arena);
	env_uv_free(&env);
	if (r != OK)
		return cmd_fail(args, "%s", e.text);
	printf(failed ? "it does not play as it was recorded: edit what it expects\n"
		      : "it plays as it was recorded\n");
	printf("what is known to be personal was replaced; read it before you share it\n");
	return failed ? 1 : 0;
}
