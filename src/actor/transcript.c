/* Transcripts: stories of a pack in YAML, played by a rehearsal and compared with what
 * they expect. */
#include "actor/transcript.h"

#include "base/diff.h"
#include "base/limits.h"
#include "wire/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const proof_names[] = {"none", "key", "signed", "demo", NULL};

static const struct field person_fields[] = {
	FIELD(struct person, id, SCHEMA_STR, .doc = "the shop's id, or a visitor's"),
	FIELD(struct person, email, SCHEMA_STR, .doc = "proved unless proof is none"),
	FIELD(struct person, name, SCHEMA_STR, .doc = "how to address them"),
	FIELD(struct person, locale, SCHEMA_STR, .doc = "what their program says"),
	FIELD(struct person, proof, SCHEMA_ENUM, .names = proof_names,
		.doc = "none, key, signed or demo"),
};
static const struct schema person_schema =
	SCHEMA("person", struct person, person_fields, "who writes");

static const struct field answer_fields[] = {
	FIELD(struct rehearsal_answer, get, SCHEMA_STR,
		.doc = "the end of the URL of a look-up"),
	FIELD(struct rehearsal_answer, post, SCHEMA_STR,
		.doc = "the end of the URL of an action"),
	FIELD(struct rehearsal_answer, put, SCHEMA_STR,
		.doc = "the end of the URL of an action with PUT"),
	FIELD(struct rehearsal_answer, status, SCHEMA_INT, .fallback = "200",
		.doc = "of HTTP"),
	FIELD(struct rehearsal_answer, json, SCHEMA_JSON, .doc = "the answer"),
	FIELD(struct rehearsal_answer, times_out, SCHEMA_BOOL,
		.doc = "no answer in time"),
	FIELD(struct rehearsal_answer, fails, SCHEMA_BOOL, .doc = "no connection"),
	FIELD(struct rehearsal_answer, uncertain, SCHEMA_BOOL,
		.doc = "an action of which nobody knows whether it happened"),
	FIELD(struct rehearsal_answer, times, SCHEMA_INT,
		.doc = "used so often; 0: for ever"),
};
static const struct schema answer_schema = SCHEMA(
	"answer", struct rehearsal_answer, answer_fields, "what the world answers");

static const struct field expectation_fields[] = {
	FIELD(struct expectation, sentiment, SCHEMA_STRS, .doc = "one of these"),
	FIELD(struct expectation, intent, SCHEMA_STRS, .doc = "one of these"),
	FIELD(struct expectation, urgency, SCHEMA_STRS, .doc = "one of these"),
	FIELD(struct expectation, complaint, SCHEMA_JSON, .doc = "true or false"),
	FIELD(struct expectation, wants_human, SCHEMA_JSON, .doc = "true or false"),
	FIELD(struct expectation, score_above, SCHEMA_JSON,
		.doc = "the sentiment's score is more"),
	FIELD(struct expectation, score_below, SCHEMA_JSON,
		.doc = "the sentiment's score is less"),
	FIELD(struct expectation, language, SCHEMA_STR, .doc = "of the conversation"),
	FIELD(struct expectation, verified, SCHEMA_JSON, .doc = "true or false"),
	FIELD(struct expectation, tier, SCHEMA_STR, .doc = "of the person"),
	FIELD(struct expectation, record_state, SCHEMA_STR,
		.doc = "none, found, refused, unavailable"),
	FIELD(struct expectation, retries, SCHEMA_JSON,
		.doc = "sources that were asked again"),
	FIELD(struct expectation, lane, SCHEMA_STR,
		.doc = "where the decision sends it: its routes, joined by +"),
	FIELD(struct expectation, decision, SCHEMA_STR,
		.doc = "the rules that decided, joined by +"),
	FIELD(struct expectation, decision_has, SCHEMA_STRS, .doc = "all in the lane"),
	FIELD(struct expectation, route_has, SCHEMA_STRS, .doc = "actors that ran"),
	FIELD(struct expectation, actions, SCHEMA_JSON,
		.doc = "status by name; {} for none"),
	FIELD(struct expectation, effects, SCHEMA_STRS,
		.doc = "actions whose calls left, in order; [] for none"),
	FIELD(struct expectation, proposals, SCHEMA_JSON,
		.doc = "actions that now wait for an approval"),
	FIELD(struct expectation, guarded, SCHEMA_JSON,
		.doc = "whether a guardrail held the reply back"),
	FIELD(struct expectation, handoff, SCHEMA_JSON, .doc = "true or false"),
	FIELD(struct expectation, queue_position, SCHEMA_JSON, .doc = "of the hand-over"),
	FIELD(struct expectation, outcome, SCHEMA_STR, .doc = "of the escalation"),
	FIELD(struct expectation, awaiting, SCHEMA_STR, .doc = "what the reply asks for"),
	FIELD(struct expectation, silent, SCHEMA_JSON, .doc = "true: nothing is said"),
	FIELD(struct expectation, reply, SCHEMA_STR, .doc = "the whole of it"),
	FIELD(struct expectation, reply_has, SCHEMA_STRS,
		.doc = "all of these, without regard to case"),
	FIELD(struct expectation, reply_has_any, SCHEMA_STRS, .doc = "one of these"),
	FIELD(struct expectation, reply_lacks, SCHEMA_STRS, .doc = "none of these"),
	FIELD(struct expectation, quick_replies, SCHEMA_STRS,
		.doc = "payloads, in order; [] for none"),
};
static const struct schema expectation_schema =
	SCHEMA("expect", struct expectation, expectation_fields, "what must come of it",
		.line_offset = offsetof(struct expectation, line));

static const struct field turn_fields[] = {
	FIELD(struct story_turn, say, SCHEMA_STR, .doc = "what is written"),
	FIELD(struct story_turn, payload, SCHEMA_STR, .doc = "of a quick reply"),
	FIELD(struct story_turn, given, SCHEMA_JSON,
		.doc = "parts of the document that earlier actors left"),
	FIELD(struct story_turn, start, SCHEMA_STR, .doc = "the actor to begin with"),
	FIELD(struct story_turn, verdict, SCHEMA_JSON,
		.doc = "a decision on the last approval: approve or reject"),
	FIELD(struct story_turn, human_owns, SCHEMA_BOOL,
		.doc = "a person has taken over"),
	FIELD(struct story_turn, seed, SCHEMA_INT,
		.doc = "of chance, as a journal has it: which variant of a text is said"),
	FIELD(struct story_turn, now, SCHEMA_INT,
		.doc = "the turn's clock in milliseconds since 1970, UTC"),
	FIELD(struct story_turn, why, SCHEMA_STR, .doc = "for the reader"),
	FIELD(struct story_turn, expect, SCHEMA_OBJECT, .of = &expectation_schema,
		.doc = "what must come of it"),
};
static const struct schema turn_schema = SCHEMA("turn", struct story_turn, turn_fields,
	"one message", .line_offset = offsetof(struct story_turn, line));

static const struct field story_fields[] = {
	FIELD(struct story, name, SCHEMA_STR, .required = true, .doc = "what happens"),
	FIELD(struct story, label, SCHEMA_STR, .doc = "which labelled message it is"),
	FIELD(struct story, why, SCHEMA_STR,
		.doc = "for the reader: where a label is wrong, why"),
	FIELD(struct story, from, SCHEMA_OBJECT, .of = &person_schema,
		.doc = "who writes"),
	FIELD(struct story, queue, SCHEMA_INT,
		.doc = "conversations that wait for a person"),
	FIELD(struct story, world, SCHEMA_LIST, .of = &answer_schema, .max = 256,
		.doc = "asked before the file's world"),
	FIELD(struct story, turns, SCHEMA_LIST, .required = true, .of = &turn_schema,
		.max = 64, .doc = "message by message"),
};
static const struct schema story_schema = SCHEMA("transcript", struct story, story_fields,
	"a story", .line_offset = offsetof(struct story, line));

static const struct field file_fields[] = {
	FIELD(struct story_file, about, SCHEMA_STR, .doc = "for the reader"),
	FIELD(struct story_file, world, SCHEMA_LIST, .of = &answer_schema, .max = 1024,
		.doc = "what is answered"),
	FIELD(struct story_file, transcripts, SCHEMA_LIST, .required = true,
		.of = &story_schema, .max = 1024, .doc = "stories"),
};
const struct schema transcript_file_schema = SCHEMA("tests/NAME.yaml", struct story_file,
	file_fields, "transcripts: what is said, and what must come of it");

/* ---- comparing ---- */

struct comparing {
	const char *path;
	int out, line;
	struct str story;
	size_t differences;
	struct otherwise otherwise; /* of the turn at hand */
	bool quiet; /* what is blessed is shown as a difference of the file */
};

static void
note_key(struct otherwise *o, const char *key)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->keys[i], key) == 0)
			return;
	require(o->n < EXPECTATIONS_MAX);
	o->keys[o->n++] = key;
}

/* `key` is the member of `expect` that is not met. */
static void __attribute__((format(printf, 3, 4)))
differs(struct comparing *c, const char *key, const char *fmt, ...)
{
	va_list ap;
	c->differences++;
	note_key(&c->otherwise, key);
	if (c->quiet)
		return;
	va_start(ap, fmt);
	dprintf(c->out, "%s:%d: %.*s: ", c->path, c->line, STR_ARG(c->story));
	vdprintf(c->out, fmt, ap);
	dprintf(c->out, "\n");
	va_end(ap);
}

/* The turn does not come to its end: nothing can be compared, or blessed. */
static void
breaks(struct comparing *c, const char *why)
{
	c->differences++;
	dprintf(c->out, "%s:%d: %.*s: %s\n", c->path, c->line, STR_ARG(c->story), why);
}

bool
contains_nocase(struct str text, struct str part)
{
	for (size_t i = 0; i + part.n <= text.n; i++) {
		if (str_eq_nocase(str_sub(text, i, i + part.n), part))
			return true;
	}
	return false;
}

static void
compare_any(
	struct comparing *c, const char *what, const struct items *wanted, struct str got)
{
	items_each(const struct str, w, *wanted) {
		if (str_eq(*w, got))
			return;
	}
	if (wanted->n)
		differs(c, what, "%s is \"%.*s\", not \"%.*s\"", what, STR_ARG(got),
			STR_ARG(*(const struct str *)wanted->p));
}

static void
compare_str(struct comparing *c, const char *what, struct str wanted, struct str got)
{
	if (wanted.p && !str_eq(wanted, got))
		differs(c, what, "%s is \"%.*s\", not \"%.*s\"", what, STR_ARG(got),
			STR_ARG(wanted));
}

static void
compare_bool(struct comparing *c, const char *what, const struct json *wanted, bool got)
{
	if (wanted && json_bool(wanted, !got) != got)
		differs(c, what, "%s is %s", what, got ? "true" : "false");
}

static void
compare_int(struct comparing *c, const char *what, const struct json *wanted, int64_t got)
{
	if (wanted && json_int(wanted, -1) != got)
		differs(c, what, "%s is %lld, not %lld", what, (long long)got,
			(long long)json_int(wanted, -1));
}

/* Line by line, as `diff -u` shows it. */
static void
compare_whole(struct comparing *c, struct str wanted, struct str reply)
{
	struct buf text;
	if (!wanted.p || str_eq(str_trim(wanted), str_trim(reply)))
		return;
	differs(c, "reply", "the reply is another:");
	if (c->quiet)
		return;
	buf_init(&text, 16 * MESSAGE_TEXT_BYTES_MAX);
	diff_unified(&text, "expected", "came out", str_trim(wanted), str_trim(reply));
	dprintf(c->out, "%.*s", STR_ARG(buf_str(&text)));
	buf_fini(&text);
}

static void
compare_reply(struct comparing *c, const struct expectation *e, struct str reply)
{
	compare_whole(c, e->reply, reply);
	bool any = e->reply_has_any.n == 0;
	items_each(const struct str, w, e->reply_has) {
		if (!contains_nocase(reply, *w))
			differs(c, "reply_has", "the reply lacks \"%.*s\": %.*s",
				STR_ARG(*w), STR_ARG(reply));
	}
	items_each(const struct str, w, e->reply_lacks) {
		if (contains_nocase(reply, *w))
			differs(c, "reply_lacks", "the reply has \"%.*s\": %.*s",
				STR_ARG(*w), STR_ARG(reply));
	}
	items_each(const struct str, w, e->reply_has_any)
		any = any || contains_nocase(reply, *w);
	if (!any)
		differs(c, "reply_has_any", "the reply has none of what it should: %.*s",
			STR_ARG(reply));
	compare_bool(c, "silent", e->silent, reply.n == 0);
}

static void
compare_quick_replies(
	struct comparing *c, const struct expectation *e, const struct items *got)
{
	const struct quick_reply *q = got->p;
	const struct str *wanted = e->quick_replies.p;
	if (!wanted)
		return;
	if (e->quick_replies.n != got->n)
		differs(c, "quick_replies", "%zu quick replies, not %zu", got->n,
			e->quick_replies.n);
	for (size_t i = 0; i < e->quick_replies.n && i < got->n; i++) {
		if (!str_eq(q[i].payload, wanted[i]))
			differs(c, "quick_replies",
				"quick reply %zu sends \"%.*s\", not \"%.*s\"", i + 1,
				STR_ARG(q[i].payload), STR_ARG(wanted[i]));
	}
}

static void
compare_actions(struct comparing *c, const struct expectation *e,
	const struct execution_part *got)
{
	if (!e->actions)
		return;
	if (e->actions->count != got->actions.n)
		differs(c, "actions", "%zu actions, not %zu", got->actions.n,
			e->actions->count);
	items_each(const struct action_part, a, got->actions) {
		const struct json *wanted = json_get(e->actions, a->name);
		if (!wanted || !str_eq(json_str(wanted, STR("")), a->status))
			differs(c, "actions", "action %.*s is %.*s (%.*s)",
				STR_ARG(a->name), STR_ARG(a->status), STR_ARG(a->reason));
	}
}

static void
compare_effects(struct comparing *c, const struct expectation *e,
	const struct rehearsal *r, size_t before)
{
	const struct str *wanted = e->effects.p;
	if (!wanted)
		return;
	if (e->effects.n != r->effect_count - before)
		differs(c, "effects", "%zu effects, not %zu", r->effect_count - before,
			e->effects.n);
	for (size_t i = 0; i < e->effects.n && before + i < r->effect_count; i++) {
		if (!str_eq(r->effects[before + i].action, wanted[i]))
			differs(c, "effects", "effect %zu is %.*s", i + 1,
				STR_ARG(r->effects[before + i].action));
	}
}

static void
compare_route(
	struct comparing *c, const struct expectation *e, const struct turn_run *run)
{
	items_each(const struct str, w, e->route_has) {
		bool found = false;
		for (size_t i = 0; i < run->step_count; i++)
			found = found || str_eq(run->steps[i], *w);
		if (!found)
			differs(c, "route_has", "%.*s is not on the route", STR_ARG(*w));
	}
	compare_str(c, "lane", e->lane, run->turn.doc.decision.route);
	compare_str(c, "decision", e->decision, run->turn.doc.decision.rule);
	items_each(const struct str, w, e->decision_has) {
		if (!contains_nocase(run->turn.doc.decision.route, *w))
			differs(c, "decision_has",
				"the decision is \"%.*s\", without \"%.*s\"",
				STR_ARG(run->turn.doc.decision.route), STR_ARG(*w));
	}
}

static void
compare(struct comparing *c, const struct expectation *e, const struct rehearsal *r,
	size_t effects_before)
{
	const struct document *d = &r->run.turn.doc;
	const struct dialogue *dialogue = &r->run.turn.dialogue;
	compare_any(c, "sentiment", &e->sentiment,
		str_of(sentiment_names[d->sentiment.label]));
	compare_any(c, "intent", &e->intent, d->intent.name);
	compare_any(
		c, "urgency", &e->urgency, str_of(urgency_names[d->sentiment.urgency]));
	compare_bool(c, "complaint", e->complaint, d->sentiment.complaint);
	compare_bool(c, "wants_human", e->wants_human, d->sentiment.wants_human);
	if (e->score_above && d->sentiment.score <= json_double(e->score_above, 0))
		differs(c, "score_above", "the score is only %g", d->sentiment.score);
	if (e->score_below && d->sentiment.score >= json_double(e->score_below, 0))
		differs(c, "score_below", "the score is %g", d->sentiment.score);
	compare_str(c, "language", e->language, dialogue->language);
	compare_bool(c, "verified", e->verified, d->context.verified);
	compare_str(c, "tier", e->tier, d->context.tier);
	compare_str(c, "record_state", e->record_state, d->context.record_state);
	compare_int(c, "proposals", e->proposals, r->run.proposal_count);
	compare_int(c, "retries", e->retries, d->context.retries);
	compare_route(c, e, &r->run);
	compare_actions(c, e, &d->execution);
	compare_effects(c, e, r, effects_before);
	compare_bool(
		c, "guarded", e->guarded, d->guardrail.checked && !d->guardrail.passed);
	compare_bool(c, "handoff", e->handoff, d->escalation.handoff);
	compare_int(c, "queue_position", e->queue_position, d->escalation.queue_position);
	compare_str(c, "outcome", e->outcome, d->escalation.outcome);
	compare_str(c, "awaiting", e->awaiting, dialogue->awaiting);
	compare_reply(c, e, d->aggregation.text);
	compare_quick_replies(c, e, &d->aggregation.quick_replies);
}

/* ---- playing ---- */

/* The frozen action of the turn before and what a person says to it. */
static const struct turn_verdict *
make_verdict(struct rehearsal *r, const struct story_turn *turn, struct json *frozen)
{
	if (!turn->verdict)
		return NULL;
	struct turn_verdict *v = ARENA_NEW(&r->arena, struct turn_verdict);
	*v = (struct turn_verdict){.approval = STR("approval-1"),
		.by = STR("Kim"),
		.action = frozen,
		.approved = str_eq(json_str(turn->verdict, STR("")), STR("approve"))};
	return v;
}

/* A play of a file: what comes of each story is compared, or blessed. */
struct play {
	const struct story_file *file;
	const struct pack *pack;
	struct blessing *blessing; /* NULL: only compared */
	struct comparing c;
};

static struct items
world_of(struct arena *a, const struct story_file *file, const struct story *story)
{
	struct rehearsal_answer *all = ARENA_ARRAY(
		a, struct rehearsal_answer, story->world.n + file->world.n + 1);
	if (story->world.n)
		memcpy(all, story->world.p, story->world.n * sizeof(*all));
	if (file->world.n)
		memcpy(all + story->world.n, file->world.p, file->world.n * sizeof(*all));
	return (struct items){all, story->world.n + file->world.n};
}

static enum err
play_turn(struct play *p, struct rehearsal *r, size_t story, size_t at,
	const struct story_turn *turn, struct json *frozen, struct error *e)
{
	struct rehearsal_cue cue = {turn->say, turn->payload, turn->given, turn->start,
		make_verdict(r, turn, frozen), turn->seed};
	size_t effects = r->effect_count;
	struct error broken = {0};
	p->c.otherwise = (struct otherwise){.n = 0};
	p->c.line = turn->line;
	r->human_owns = turn->human_owns;
	/* 2026-03-10T12:00:00Z: the day of every story's world. */
	r->now = (struct wall){turn->now ? turn->now : INT64_C(1773144000000)};
	if (rehearsal_play(r, &cue, &broken) != OK) {
		breaks(&p->c, broken.text);
		return OK;
	}
	compare(&p->c, &turn->expect, r, effects);
	if (!p->blessing || !p->c.otherwise.n)
		return OK;
	enum err err = blessing_take(
		p->blessing, story, at, &p->c.otherwise, &turn->expect, r, effects, e);
	return err ? err_context(e, err, "%s:%d: expect", p->c.path, turn->expect.line)
		   : OK;
}

static enum err
play_story(struct play *p, size_t number, const struct story *story, struct error *e)
{
	struct rehearsal r;
	struct arena a;
	arena_init(&a, 0);
	const struct items world = world_of(&a, p->file, story);
	rehearsal_init(&r, p->pack, &world);
	r.caller = (struct caller){.proof = (enum caller_proof)story->from.proof,
		.id = story->from.id,
		.email = story->from.email,
		.name = story->from.name,
		.locale = story->from.locale};
	r.queue = story->queue;
	struct json *frozen = NULL;
	enum err err = OK;
	for (size_t i = 0; !err && i < story->turns.n; i++) {
		err = play_turn(p, &r, number, i,
			&((const struct story_turn *)story->turns.p)[i], frozen, e);
		if (r.run.proposals)
			frozen = json_copy(&r.arena, r.run.proposals->frozen);
	}
	rehearsal_fini(&r);
	arena_fini(&a);
	return err;
}

static enum err
play_stories(struct play *p, size_t *played, size_t *failed, struct error *e)
{
	enum err err = OK;
	for (size_t i = 0; !err && i < p->file->transcripts.n; i++) {
		const struct story *story =
			&((const struct story *)p->file->transcripts.p)[i];
		p->c.story = story->name;
		p->c.differences = 0;
		err = play_story(p, i, story, e);
		(*played)++;
		*failed += p->c.differences > 0;
	}
	return err;
}

/* ---- files ---- */

static enum err
read_text(struct arena *a, const char *path, struct str *out, struct error *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || (size_t)st.st_size > YAML_FILE_MAX) {
		if (fd >= 0)
			close(fd);
		return err_set(e, ERR_UNAVAILABLE, "%s: cannot be read", path);
	}
	char *text = arena_alloc(a, (size_t)st.st_size + 1);
	ssize_t n = read(fd, text, (size_t)st.st_size);
	close(fd);
	*out = (struct str){text, n > 0 ? (size_t)n : 0};
	return OK;
}

static enum err
read_file(struct arena *a, const char *path, struct str *text, struct story_file *out,
	struct error *e)
{
	struct json *root;
	enum err err = read_text(a, path, text, e);
	if (!err)
		err = yaml_parse(a, *text, &root, e);
	if (!err)
		err = schema_read(&transcript_file_schema, a, root, out, e);
	return err ? err_context(e, err, "%s:%d", path, e ? e->line : 0) : OK;
}

enum err
rehearsal_file(const struct pack *pack, const char *path, int out, size_t *played,
	size_t *failed, struct error *e)
{
	struct arena a;
	struct str text;
	struct story_file file;
	arena_init(&a, 64u << 10);
	enum err err = read_file(&a, path, &text, &file, e);
	if (!err) {
		struct play p = {
			.file = &file, .pack = pack, .c = {.path = path, .out = out}};
		err = play_stories(&p, played, failed, e);
	}
	arena_fini(&a);
	return err;
}

/* The whole file under a name beside it, then in its place. */
static enum err
write_file(const char *path, struct str text, struct error *e)
{
	char other[4096];
	struct stat st;
	int n = snprintf(other, sizeof other, "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof other || stat(path, &st) != 0)
		return err_set(e, ERR_UNAVAILABLE, "%s: cannot be written", path);
	int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st.st_mode & 0777);
	bool well = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n;
	if (fd >= 0)
		well = close(fd) == 0 && well;
	if (well && rename(other, path) == 0)
		return OK;
	unlink(other);
	return err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
}

static void
show_changes(int out, const char *path, struct str was, struct str is)
{
	struct buf text;
	buf_init(&text, 4 * YAML_FILE_MAX);
	diff_unified(&text, path, path, was, is);
	dprintf(out, "%.*s", STR_ARG(buf_str(&text)));
	buf_fini(&text);
}

enum err
rehearsal_bless(const struct pack *pack, const char *path, int out, size_t *changed,
	struct error *e)
{
	struct arena a;
	struct str text, better;
	struct story_file file;
	struct blessing *blessing = NULL;
	size_t played = 0, failed = 0;
	arena_init(&a, 64u << 10);
	enum err err = read_file(&a, path, &text, &file, e);
	if (!err) {
		blessing = blessing_new(text);
		struct play p = {.file = &file,
			.pack = pack,
			.blessing = blessing,
			.c = {.path = path, .out = out, .quiet = true}};
		err = play_stories(&p, &played, &failed, e);
	}
	if (!err && blessing_text(blessing, &better)) {
		err = write_file(path, better, e);
		if (!err)
			show_changes(out, path, text, better);
		*changed += failed;
	}
	blessing_free(&blessing);
	arena_fini(&a);
	return err;
}
