#include "cmd/replay_worker.h"

#include "actor/actors.h"
#include "base/diff.h"
#include "base/limits.h"
#include "talk/conversation.h"

#include <time.h>
#include <unistd.h>

/* Conversations of a piece: a piece is one walk, which holds the store's log back. */
#define PIECE_MAX 64
/* So many pieces for each worker at least, when there are as many conversations: some are
 * much longer than others, and the pieces that are done tell how far it is. */
#define PIECES_EACH 16
#define TELL_MS 200

struct worker {
	const struct replay_job *job;
	int out;
	struct store store;
	struct arena arena;
	struct replay_tally tally;
	int64_t shown[REPLAY_KINDS + 1]; /* examples sent, by kind; the last: of none */
	int64_t unreadable_shown;
	int64_t conversation; /* at hand */
	unsigned kinds;       /* in which it came out otherwise */
	bool otherwise;
	int64_t told_ms;
};

static int64_t
now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
send_line(struct worker *w, const struct json *o)
{
	struct str line =
		arena_printf(&w->arena, "%.*s\n", STR_ARG(json_print(&w->arena, o)));
	for (size_t at = 0; at < line.n;) {
		ssize_t n = write(w->out, line.p + at, line.n - at);
		if (n <= 0)
			_exit(1); /* nobody listens any more */
		at += (size_t)n;
	}
	arena_clear(&w->arena);
}

static unsigned
kinds_of(const struct replay_outcome *o)
{
	const bool otherwise[REPLAY_KINDS] = {
		[REPLAY_ANSWERED] = !str_eq(o->reply_was, o->reply_is),
		[REPLAY_UNDERSTOOD] = !str_eq(o->intent_was, o->intent_is),
		[REPLAY_ROUTED] = !str_eq(o->route_was, o->route_is),
		[REPLAY_ESCALATED] = o->handoff_was != o->handoff_is,
		[REPLAY_ACTED] = o->actions_was != o->actions_is,
		[REPLAY_APPROVAL] = o->approvals_was != o->approvals_is,
		[REPLAY_BLOCKED] = o->blocked_was != o->blocked_is,
	};
	unsigned kinds = 0;
	for (unsigned k = 0; k < REPLAY_KINDS; k++)
		kinds |= (unsigned)otherwise[k] << k;
	return kinds;
}

/* ---- examples ---- */

static void
put(struct arena *a, struct json *o, const char *key, struct str value)
{
	json_set(o, str_of(key), json_new_str(a, value));
}

static struct str
reply_diff(struct arena *a, const struct replay_outcome *out)
{
	struct buf diff;
	buf_init(&diff, 8 * MESSAGE_TEXT_BYTES_MAX);
	diff_unified(&diff, "recorded", "replayed", out->reply_was, out->reply_is);
	struct str text = arena_str(a, buf_str(&diff));
	buf_fini(&diff);
	return text;
}

static struct json *
example_new(struct worker *w, const struct replay_outcome *out)
{
	struct arena *a = &w->arena;
	struct json *o = json_new_object(a);
	put(a, o, "turn", id_print(&w->store, a, ID_TURN, out->turn));
	put(a, o, "conversation",
		id_print(&w->store, a, ID_CONVERSATION, row_conversation(out->turn)));
	return o;
}

static void
send_example(struct worker *w, const struct replay *r, const struct replay_outcome *out,
	unsigned kinds)
{
	struct arena *a = &w->arena;
	struct json *o = example_new(w, out), *list = json_new_array(a);
	for (int k = 0; k < REPLAY_KINDS; k++)
		if (kinds & 1u << k)
			json_add(list, json_new_str(a, str_of(replay_kind_names[k])));
	json_set(o, STR("kinds"), list);
	put(a, o, "said", r->run.turn.text);
	put(a, o, "differs", out->why);
	put(a, o, "was", out->was);
	put(a, o, "is", out->is);
	put(a, o, "reply_was", out->reply_was);
	put(a, o, "reply_is", out->reply_is);
	put(a, o, "diff", reply_diff(a, out));
	send_line(w, o);
}

/* Which turn it is that could not be read, and why. */
static void
send_unreadable(struct worker *w, const struct replay_outcome *out)
{
	if (w->unreadable_shown++ >= REPLAY_EXAMPLES_MAX)
		return;
	struct json *o = example_new(w, out);
	put(&w->arena, o, "unreadable", out->why);
	send_line(w, o);
}

/* Enough of each kind. */
static bool
worth_showing(struct worker *w, unsigned kinds)
{
	bool show = kinds == 0 && w->shown[REPLAY_KINDS]++ < REPLAY_EXAMPLES_MAX;
	for (int k = 0; k < REPLAY_KINDS; k++)
		if (kinds & 1u << k)
			show = w->shown[k]++ < REPLAY_EXAMPLES_MAX || show;
	return show;
}

/* ---- counting ---- */

static void
end_conversation(struct worker *w)
{
	struct replay_tally *t = &w->tally;
	if (!w->conversation)
		return;
	t->conversations++;
	t->otherwise += w->otherwise;
	for (int k = 0; k < REPLAY_KINDS; k++)
		t->conversations_by[k] += (w->kinds >> k) & 1;
	w->conversation = 0;
	w->kinds = 0;
	w->otherwise = false;
}

static void
count_turn(struct worker *w, const struct replay *r, const struct replay_outcome *out)
{
	struct replay_tally *t = &w->tally;
	if (row_conversation(out->turn) != w->conversation)
		end_conversation(w);
	w->conversation = row_conversation(out->turn);
	t->turns++;
	t->other_program += out->other_program;
	t->unanswered += out->unanswered;
	t->borrowed += out->borrowed;
	if (out->verdict == REPLAY_SKIPPED || out->verdict == REPLAY_UNREADABLE) {
		t->skipped += out->verdict == REPLAY_SKIPPED;
		t->unreadable += out->verdict == REPLAY_UNREADABLE;
		replay_tally_reason(t, out->why, 1);
		if (out->verdict == REPLAY_UNREADABLE)
			send_unreadable(w, out);
		return;
	}
	unsigned kinds = w->job->other ? kinds_of(out) : 0;
	if (out->verdict == REPLAY_EQUAL && kinds == 0) {
		t->equal++;
		return;
	}
	t->diverged++;
	w->otherwise = true;
	w->kinds |= kinds;
	for (int k = 0; k < REPLAY_KINDS; k++)
		t->turns_by[k] += (kinds >> k) & 1;
	if (worth_showing(w, kinds))
		send_example(w, r, out, kinds);
}

static void
tell(struct worker *w, bool now)
{
	int64_t ms = now_ms();
	if (!now && ms - w->told_ms < TELL_MS)
		return;
	w->told_ms = ms;
	send_line(w, replay_tally_print(&w->arena, &w->tally));
}

/* ---- the share ---- */

void
replay_job_divide(struct replay_job *job)
{
	int64_t first = row_conversation(job->range.after);
	int64_t count = row_conversation(job->range.up_to) - first + 1;
	int64_t piece = count / (job->workers * PIECES_EACH);
	job->piece = piece < 1 ? 1 : piece > PIECE_MAX ? PIECE_MAX : piece;
	job->pieces = (count - 1) / job->piece + 1;
	if (job->workers > job->pieces)
		job->workers = job->pieces;
}

static struct record_range
piece_of(const struct replay_job *job, int64_t piece)
{
	struct record_range range = job->range;
	int64_t first = row_conversation(range.after) + piece * job->piece;
	int64_t after = row_key(first, 0) - 1;
	int64_t up_to = row_key(first + job->piece, 0) - 1;
	if (after > range.after)
		range.after = after;
	if (up_to < range.up_to)
		range.up_to = up_to;
	return range;
}

static enum err
replay_piece(struct worker *w, struct replay *r, int64_t piece, struct error *e)
{
	const struct record_range range = piece_of(w->job, piece);
	struct replay_outcome out;
	enum err got = replay_start(r, &range, e);
	while (got == OK) {
		got = replay_next(r, &out, e);
		if (got == OK)
			count_turn(w, r, &out);
		tell(w, false);
	}
	end_conversation(w);
	w->tally.pieces++;
	return got == ERR_NOT_FOUND ? OK : got;
}

static enum err
replay_share(struct worker *w, int64_t number, struct error *e)
{
	const struct replay_job *job = w->job;
	struct replay r;
	enum err got = OK;
	replay_init(&r, &w->store, job->packs, actor_find, job->other);
	for (int64_t piece = number; got == OK && piece < job->pieces;
		piece += job->workers)
		got = replay_piece(w, &r, piece, e);
	tell(w, true);
	replay_fini(&r);
	return got;
}

int
replay_work(const struct replay_job *job, int64_t number, int out)
{
	struct worker w = {.job = job, .out = out};
	struct error e = {0};
	struct env *env = env_uv_new();
	arena_init(&w.arena, 0);
	enum err got = store_open_reading(env, job->dir, &w.store, &e);
	if (got == OK) {
		got = replay_share(&w, number, &e);
		store_close(&w.store);
	}
	arena_fini(&w.arena);
	env_uv_free(&env);
	if (got != OK)
		fprintf(stderr, "parley replay: %s\n", e.text);
	return got == OK ? 0 : 1;
}
