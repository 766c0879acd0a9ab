#include "actor/rehearsal.h"

static struct mono
no_clock(struct turn_run *run)
{
	(void)run;
	return (struct mono){0};
}

static struct str
number_approval(struct turn_run *run, int number)
{
	return arena_printf(&run->scratch, "approval-%d", number + 1);
}

static bool
answer_fits(const struct rehearsal *r, const struct rehearsal_answer *a,
	const struct question *q)
{
	struct str wanted = q->kind == QUESTION_READ ? a->get
		: str_eq(q->method, STR("PUT"))      ? a->put
						     : a->post;
	return wanted.n && str_ends(q->url, wanted) &&
		(!a->times || r->used[a - r->world] < a->times);
}

static void
note_effect(struct rehearsal *r, const struct question *q)
{
	if (r->effect_count == REHEARSAL_EFFECTS_MAX)
		return;
	r->effects[r->effect_count++] = (struct rehearsal_effect){
		arena_str(&r->arena, q->method), arena_str(&r->arena, q->url),
		arena_str(&r->arena, q->body), arena_str(&r->arena, q->action)};
}

static void
answer_from_world(struct rehearsal *r, struct held *h)
{
	const struct question *q = &h->question;
	const struct rehearsal_answer *a = NULL;
	for (size_t i = 0; i < r->world_count && !a; i++) {
		if (answer_fits(r, &r->world[i], q))
			a = &r->world[i];
	}
	if (q->kind == QUESTION_EFFECT)
		note_effect(r, q);
	if (!a) {
		run_answer(h, ANSWER_REFUSED, 404, STR(""), r->now, false);
		return;
	}
	r->used[a - r->world]++;
	struct str body = a->json ? json_print(&r->arena, a->json) : STR("");
	int64_t status = a->status ? a->status : 200;
	if (a->times_out)
		run_answer(h,
			q->kind == QUESTION_EFFECT ? ANSWER_UNCERTAIN : ANSWER_TIMED_OUT,
			0, STR(""), r->now, false);
	else if (a->fails || a->uncertain)
		run_answer(h, a->fails ? ANSWER_FAILED : ANSWER_UNCERTAIN, 0, STR(""),
			r->now, false);
	else
		run_answer(h, status < 300 ? ANSWER_OK : ANSWER_REFUSED, (int)status,
			body, r->now, false);
}

static void
answer_one(struct rehearsal *r, struct held *h)
{
	switch (h->question.kind) {
	case QUESTION_READ:
	case QUESTION_EFFECT:
		answer_from_world(r, h);
		break;
	case QUESTION_CLOCK:
		run_answer(h, ANSWER_OK, 0, STR(""), r->now, false);
		break;
	case QUESTION_QUEUE:
		run_answer(h, ANSWER_OK, 0, STR(""), r->now, false);
		h->answer.count = r->queue;
		break;
	}
}

/* Nothing is answered at once: every question makes its actor wait and run again, as the
 * world does. */
static void
leave_open(struct turn_run *run, struct held *held)
{
	(void)run;
	(void)held;
}

static const struct run_mode rehearsal_mode = {
	.ask = leave_open, .clock = no_clock, .find_actor = actor_find};

void
rehearsal_init(struct rehearsal *r, const struct pack *pack, const struct items *world)
{
	*r = (struct rehearsal){.pack = pack_ref(pack), .seed = 1};
	arena_init(&r->arena, 0);
	run_init(&r->run);
	if (world) {
		r->world = world->p;
		r->world_count = world->n;
	}
	r->used = ARENA_ARRAY(&r->arena, int64_t, r->world_count + 1);
}

void
rehearsal_fini(struct rehearsal *r)
{
	run_fini(&r->run);
	arena_fini(&r->arena);
	pack_unref(&r->pack);
}

static void
set_message(struct rehearsal *r, const struct rehearsal_cue *cue)
{
	struct turn *t = &r->run.turn;
	struct arena *kept = &r->run.kept;
	t->id = arena_printf(kept, "turn-%d", r->turn);
	t->tenant = STR("demo");
	t->conversation = STR("conversation-1");
	t->contact = r->caller.id;
	t->channel = STR("webchat");
	t->caller = r->caller;
	t->pack = r->pack;
	t->now = r->now;
	t->human_owns = r->human_owns;
	t->verdict = cue->verdict;
	t->text = arena_str(kept, cue->text);
	if (cue->verdict)
		return;
	struct turn_message *m = ARENA_NEW(kept, struct turn_message);
	*m = (struct turn_message){.id = arena_printf(kept, "message-%d", r->turn),
		.seq = r->turn,
		.text = t->text,
		.payload = arena_str(kept, cue->payload),
		.received_at = r->now};
	t->messages = m;
	t->message_count = 1;
}

static enum err
take_given(struct rehearsal *r, const struct rehearsal_cue *cue, struct error *e)
{
	struct turn_run *run = &r->run;
	enum err err = cue->given
		? schema_read(&document_schema, &run->kept, cue->given, &run->turn.doc, e)
		: OK;
	while (!err && cue->start.n && run->at < run->step_count &&
		!str_eq(run->steps[run->at], cue->start))
		run->at++;
	if (!err && run->step_count && run->at == run->step_count) {
		run->at = 0;
		run->steps[0] = cue->start; /* not on the route: it alone, and what it
					       routes to */
		run->step_count = 1;
	}
	return err;
}

static void
keep_state(struct rehearsal *r)
{
	r->state = dialogue_write(&r->arena, &r->run.turn.dialogue);
}

enum err
rehearsal_play(struct rehearsal *r, const struct rehearsal_cue *cue, struct error *e)
{
	struct turn_run *run = &r->run;
	run_clear(run);
	r->turn++;
	run->mode = &rehearsal_mode;
	run->owner = r;
	run->seed = cue->seed ? cue->seed : (int64_t)r->seed + r->turn;
	run->proposal_id = number_approval;
	run->state = r->state;
	set_message(r, cue);
	enum err err = run_start(run, e);
	if (!err)
		err = take_given(r, cue, e);
	if (err)
		return err;
	enum run_result result;
	while ((result = run_walk(run)) == RUN_WAITING) {
		for (struct held *h = run->questions; h; h = h->next) {
			if (h->state != HELD_KNOWN)
				answer_one(r, h);
		}
	}
	if (result == RUN_BROKEN)
		return err_set(
			e, ERR_INVALID, "the turn broke: %.*s", STR_ARG(run->failure));
	keep_state(r);
	return OK;
}
