/* Customers who write, repeat themselves and lose patience; staff who step in. */
#include "sim.h"

#include "talk/approval.h"
#include "talk/contact.h"

struct attempt {
	struct list link;
	struct sim *sim;
	struct inbound in;
	struct sim_message *m;
	bool wrong;   /* the key with another request */
	bool told;    /* accepted ran */
	int64_t step; /* of sending */
};

struct erasing {
	struct list link;
	struct sim *sim;
	struct engine_erasure erasure;
	struct erased *erased;
};

struct doing {
	struct list link;
	struct sim *sim;
	struct engine_op op;
	char text[32];
};

/* ---- what customers hear ---- */

static void
attempt_free(struct attempt *a)
{
	a->m->open--;
	list_remove(&a->link);
	free(a);
}

static void
check_same(struct attempt *a)
{
	const struct inbound *in = &a->in;
	struct sim_message *m = a->m;
	if (!m->key[0])
		return;
	if (in->conversation != m->conversation || in->seq != m->seq ||
		in->turn != m->turn)
		sim_fail(a->sim,
			"%s: message %lld/%lld in turn %lld the first time, %lld/%lld in turn %lld now",
			m->text, (long long)m->conversation, (long long)m->seq,
			(long long)m->turn, (long long)in->conversation,
			(long long)in->seq, (long long)in->turn);
}

static void
was_accepted(struct inbound *in)
{
	struct attempt *a = in->owner;
	struct sim *sim = a->sim;
	struct sim_message *m = a->m;
	sim_note(sim, "%s is accepted: %lld/%lld%s", m->text, (long long)in->conversation,
		(long long)in->seq, in->repeated ? ", known" : "");
	if (a->told || a->wrong)
		sim_fail(sim, "%s: accepted was told %s", m->text,
			a->told ? "twice" : "of the wrong request");
	a->told = true;
	m->accepts += !in->repeated;
	if (!in->repeated)
		check_accepted(sim, in->conversation, a->step);
	if (m->acked) {
		check_same(a);
	} else {
		m->acked = true;
		m->acked_step = sim->steps;
		m->conversation = in->conversation;
		m->seq = in->seq;
		m->turn = in->turn;
	}
	if (sim_trouble(sim, 15)) { /* knows enough */
		engine_forget(in);
		attempt_free(a);
	}
}

static void
hear_replies(struct attempt *a)
{
	char reply[sizeof a->m->reply] = "";
	size_t n = 0;
	struct sim_message *m = a->m;
	items_each(const struct event, ev, a->in.replies) {
		struct arena arena;
		struct message text;
		arena_init(&arena, 0);
		require(message_parse(&arena, ev->body, &text, NULL) == OK);
		n += (size_t)snprintf(
			reply + n, sizeof reply - n, "%.*s|", STR_ARG(text.text));
		arena_fini(&arena);
		if (n >= sizeof reply)
			n = sizeof reply - 1;
	}
	sim_note(a->sim, "%s is answered: %s", m->text, reply);
	if (m->ended && m->key[0] && strcmp(m->reply, reply) != 0)
		sim_fail(a->sim, "%s: the reply was \"%s\" and is \"%s\"", m->text,
			m->reply, reply);
	memcpy(m->reply, reply, sizeof reply);
	m->ended = true;
}

static void
was_done(struct inbound *in)
{
	struct attempt *a = in->owner;
	struct sim_message *m = a->m;
	if (a->wrong && in->result == ERR_INVALID && !in->mismatch)
		sim_fail(a->sim, "%s: refused and not as a mismatch", m->text);
	if (a->wrong && in->result == OK)
		sim_fail(a->sim, "%s: its key was taken for another request", m->text);
	if (in->result == OK && !a->told)
		sim_fail(a->sim, "%s is done and was not accepted", m->text);
	if (in->result == OK)
		hear_replies(a);
	else
		sim_note(a->sim, "%s ends: %s (%s)", m->text, err_name(in->result),
			in->error.text);
	if (in->result == ERR_UNCERTAIN && !a->told)
		m->maybe++;
	if (in->result == ERR_CANCELED && check_is_erased(a->sim, in->conversation))
		m->gone = true;
	if (a->told && in->result != OK && !m->gone)
		sim_fail(a->sim, "%s was accepted and ends with %s", m->text,
			err_name(in->result));
	attempt_free(a);
}

static void
send(struct person *p, struct sim_message *m, bool wrong)
{
	struct sim *sim = p->sim;
	struct attempt *a = mem_zalloc(sizeof *a);
	struct error e = {0};
	if (!sim->engine) {
		free(a);
		return;
	}
	a->sim = sim;
	a->m = m;
	a->wrong = wrong;
	a->step = sim->steps;
	a->in = (struct inbound){.tenant = p->tenant,
		.channel = str_of(p->channel),
		.caller = {.proof = p->email ? PROOF_KEY : PROOF_NONE,
			.id = str_of(p->id),
			.email = str_of(p->email ? p->email : "")},
		.text = str_of(m->text),
		.dedupe = str_of(m->key),
		.pause = strcmp(p->channel, "webchat") == 0,
		.accepted = was_accepted,
		.done = was_done,
		.owner = a};
	memset(a->in.fingerprint, wrong ? 1 : 2, sizeof a->in.fingerprint);
	sim_note(sim, "person %d writes %s%s%s%s", p->number, m->text,
		m->key[0] ? " key " : "", m->key, wrong ? ", but another request" : "");
	enum err r = engine_receive(sim->engine, &a->in, &e);
	if (r != OK) {
		sim_note(sim, "refused: %s", e.text);
		if (r != ERR_UNAVAILABLE && r != ERR_LIMIT)
			sim_fail(sim, "person %d cannot write any more: %s", p->number,
				e.text);
		free(a);
		return;
	}
	if (m->sends++ == 0)
		m->sent_step = sim->steps;
	m->open++;
	list_append(&sim->attempts, &a->link);
}

/* ---- what customers do ---- */

/* Without a key it is not known whether it came: then nobody dares to repeat it. */
static bool
wants_again(const struct sim_message *m)
{
	return !m->ended && !m->gone && m->open == 0 && (m->key[0] || m->sends == 0);
}

/* Somebody who was in the middle of a word cannot wait for each answer. */
static struct sim_message *
to_send(struct person *p)
{
	struct sim *sim = p->sim;
	for (int i = 0; i < p->next; i++) {
		struct sim_message *m = &sim->messages[p->first + i];
		if (wants_again(m) && (sim->calm || sim_below(sim, 2)))
			return m;
	}
	if (p->next < p->count)
		return &sim->messages[p->first + p->next++];
	return NULL;
}

static void
person_acts(struct env_timer *t)
{
	struct person *p = t->owner;
	struct sim *sim = p->sim;
	struct sim_message *m = to_send(p);
	if (m)
		send(p, m, false);
	if (p->next && sim_trouble(sim, 20)) { /* twice, or long after */
		m = &sim->messages[p->first + (int)sim_below(sim, (uint64_t)p->next)];
		if (m->key[0] && m->sends)
			send(p, m, m->acked && sim_below(sim, 4) == 0);
	}
	bool open = p->next < p->count;
	for (int i = 0; i < p->next; i++) {
		m = &sim->messages[p->first + i];
		open = open || wants_again(m) || m->open > 0;
	}
	if (open || !sim->calm) {
		bool burst = sim_below(sim, 3) == 0;
		env_timer_start(env_sim_surroundings(sim->env), t,
			(int64_t)sim_below(sim, burst ? 60 : 2500));
	}
}

static void
plan_messages(struct person *p, int count)
{
	static const char *const wishes[] = {"hello", "look", "look again", "refund",
		"refund once", "propose", "line", "person", "fail", "fail twice",
		"hello there", "refund", "refund and gift", "refund, gift and more"};
	struct sim *sim = p->sim;
	p->first = sim->message_count;
	p->count = count;
	for (int i = 0; i < count; i++) {
		struct sim_message *m = &sim->messages[sim->message_count];
		uint64_t wish = sim_below(sim, sizeof wishes / sizeof *wishes);
		/* Hand-overs end the bot's part, so they are rare. */
		if (wish >= 7 && wish <= 9 && sim_below(sim, 2))
			wish = 0;
		m->number = sim->message_count++;
		m->person = p->number;
		snprintf(m->text, sizeof m->text, "#%d %s", m->number, wishes[wish]);
		if (sim_below(sim, 5))
			snprintf(m->key, sizeof m->key, "k%d", m->number);
	}
}

/* ---- staff ---- */

static struct decided *
decided_of(struct sim *sim, int64_t approval)
{
	for (int i = 0; i < sim->decided_count; i++)
		if (sim->decided[i].approval == approval)
			return &sim->decided[i];
	require(sim->decided_count < APPROVALS_MAX);
	sim->decided[sim->decided_count].approval = approval;
	return &sim->decided[sim->decided_count++];
}

static void
op_was_done(struct engine_op *op)
{
	struct doing *d = op->owner;
	struct sim *sim = d->sim;
	sim_note(sim, "%s in %lld ends: %s", d->text, (long long)op->conversation,
		err_name(op->result));
	if (op->kind == OP_DECIDE && op->result == OK &&
		++decided_of(sim, op->approval)->ok > 1)
		sim_fail(sim, "an approval was consumed twice");
	list_remove(&d->link);
	free(d);
}

static void
start_op(struct sim *sim, enum op_kind kind, int64_t tenant, int64_t conversation,
	int64_t approval)
{
	static const char *const names[] = {
		"takeover", "handback", "message", "close", "decision"};
	struct doing *d = mem_zalloc(sizeof *d);
	d->sim = sim;
	snprintf(d->text, sizeof d->text, "%s", names[kind]);
	d->op = (struct engine_op){.kind = kind,
		.tenant = tenant,
		.conversation = conversation,
		.person_id = STR("eve"),
		.person_name = STR("Eve"),
		.text = STR("I am here"),
		.approval = approval,
		.approved = sim_below(sim, 3) != 0,
		.done = op_was_done,
		.owner = d};
	list_append(&sim->ops, &d->link);
	sim_note(sim, "staff: %s in %lld", d->text, (long long)conversation);
	engine_do(sim->engine, &d->op);
}

/* ---- erasing ---- */

static void
person_erased(struct engine_erasure *x)
{
	struct erasing *e = x->owner;
	struct sim *sim = e->sim;
	sim_note(
		sim, "erasing %lld ends: %s", (long long)x->contact, err_name(x->result));
	e->erased->over = e->erased->over || x->result == OK;
	if (x->result == OK && !sim->draining)
		check_erased(sim, e->erased);
	if (!sim->calm && sim_below(sim, 3) == 0)
		sim->disk.crashed = true;
	sim->disk.at = "after an erasure";
	list_remove(&e->link);
	free(e);
}

static struct erased *
erased_of(struct sim *sim, int64_t contact)
{
	struct person_key key;
	for (int i = 0; i < sim->erased_count; i++)
		if (sim->erased[i].contact == contact)
			return &sim->erased[i];
	if (sim->erased_count == ERASURES_MAX ||
		contact_key(&sim->store, contact, &key, NULL) != OK)
		return NULL;
	struct erased *x = &sim->erased[sim->erased_count++];
	*x = (struct erased){.contact = contact};
	memcpy(x->key, key.bytes, sizeof x->key);
	return x;
}

/* Whoever is at the other end of a conversation, at any moment. The program may die soon after. */
static void
erase(struct sim *sim, int64_t conversation)
{
	int64_t tenant, contact;
	struct error error;
	if (conversation_owner(&sim->store, conversation, &tenant, &contact, NULL) != OK)
		return;
	struct erased *erased = erased_of(sim, contact);
	if (!erased)
		return;
	struct erasing *e = mem_zalloc(sizeof *e);
	e->sim = sim;
	e->erased = erased;
	e->erasure = (struct engine_erasure){
		.tenant = tenant, .contact = contact, .done = person_erased, .owner = e};
	sim_note(sim, "erase %lld, with whom %lld is", (long long)contact,
		(long long)conversation);
	enum err r = engine_erase(sim->engine, &e->erasure, &error);
	if (r != OK) {
		sim_note(sim, "not erased: %s", error.text);
		erased->over = erased->over || r == ERR_CONFLICT;
		free(e);
		return;
	}
	list_append(&sim->erasures, &e->link);
	if (sim_trouble(sim, 30))
		sim->disk.crash_in = 1 + (int64_t)sim_below(sim, 6);
}

/* In the calm what was not answered as done is asked for again, until it is. */
static void
erase_again(struct sim *sim)
{
	static const struct db_sql sql = {
		"SELECT id FROM conversation WHERE contact = ?1 LIMIT 1"};
	for (int i = 0; i < sim->erased_count; i++) {
		struct db_rows rows;
		int64_t conversation = 0;
		if (sim->erased[i].over)
			continue;
		require(db_query(sim->store.db, &rows, &sql, NULL, "i",
				sim->erased[i].contact) == OK);
		if (db_next(&rows))
			conversation = db_int(&rows, 0);
		db_end(&rows);
		erase(sim, conversation);
	}
}

static void
decide_some(struct sim *sim, int64_t tenant)
{
	struct arena a;
	struct items ids;
	arena_init(&a, 0);
	if (approval_list_pending(&sim->store, &a, tenant, 0, 10, &ids, NULL) == OK &&
		ids.n) {
		int64_t id = ((int64_t *)ids.p)[sim_below(sim, ids.n)];
		int64_t conversation = row_conversation(id >> 3);
		start_op(sim, OP_DECIDE, tenant, conversation, id);
		if (sim_trouble(sim, 25)) /* two at the same time */
			start_op(sim, OP_DECIDE, tenant, conversation, id);
	}
	arena_fini(&a);
}

static void
staff_acts(struct env_timer *t)
{
	struct sim *sim = t->owner;
	const struct sim_message *m =
		&sim->messages[sim_below(sim, (uint64_t)sim->message_count)];
	if (sim->calm) {
		if (sim->engine)
			erase_again(sim);
		return;
	}
	env_timer_start(env_sim_surroundings(sim->env), t, (int64_t)sim_below(sim, 2500));
	if (!sim->engine)
		return;
	if (m->acked && sim_below(sim, 12) == 0)
		erase(sim, m->conversation);
	else if (sim_below(sim, 2))
		decide_some(sim, 1 + (int64_t)sim_below(sim, 2));
	else if (m->acked) {
		static const enum op_kind kinds[] = {OP_TAKEOVER, OP_HANDBACK,
			OP_HANDBACK, OP_HANDBACK, OP_MESSAGE, OP_CLOSE};
		start_op(sim, kinds[sim_below(sim, 6)], sim->people[m->person].tenant,
			m->conversation, 0);
	}
}

/* ---- all ---- */

void
people_begin(struct sim *sim)
{
	static const char *const channels[] = {"api", "webchat"};
	sim->people_count = 1 + (int)sim_below(sim, PEOPLE_MAX);
	for (int i = 0; i < sim->people_count; i++) {
		struct person *p = &sim->people[i];
		*p = (struct person){.sim = sim,
			.number = i,
			.channel = channels[sim_below(sim, 2)],
			.tenant = 1 + (int64_t)sim_below(sim, 2)};
		/* One person may come by two ways, which a proved address shows. */
		if (sim_below(sim, 3) == 0)
			p->email = "ann@example.com";
		snprintf(p->id, sizeof p->id, "p%d", i);
		plan_messages(p, 1 + (int)sim_below(sim, MESSAGES_MAX / PEOPLE_MAX));
		p->timer = (struct env_timer){.fire = person_acts, .owner = p};
		env_timer_start(env_sim_surroundings(sim->env), &p->timer,
			(int64_t)sim_below(sim, 3000));
	}
	sim->staff = (struct env_timer){.fire = staff_acts, .owner = sim};
	env_timer_start(env_sim_surroundings(sim->env), &sim->staff,
		(int64_t)sim_below(sim, 5000));
}

void
people_crash(struct sim *sim)
{
	list_each_safe(l, &sim->attempts) {
		struct attempt *a = list_entry(l, struct attempt, link);
		a->m->maybe += !a->told;
		engine_forget(&a->in);
		attempt_free(a);
	}
	list_each_safe(k, &sim->ops) {
		struct doing *d = list_entry(k, struct doing, link);
		env_timer_stop(env_sim_program(sim->env), &d->op.later);
		list_remove(&d->link);
		free(d);
	}
	list_each_safe(j, &sim->erasures) {
		struct erasing *e = list_entry(j, struct erasing, link);
		env_timer_stop(env_sim_program(sim->env), &e->erasure.again);
		db_tx_fini(&e->erasure.tx);
		list_remove(&e->link);
		free(e);
	}
}

void
people_end(struct sim *sim)
{
	for (int i = 0; i < sim->people_count; i++)
		env_timer_stop(env_sim_surroundings(sim->env), &sim->people[i].timer);
	env_timer_stop(env_sim_surroundings(sim->env), &sim->staff);
}

void
people_calm(struct sim *sim)
{
	for (int i = 0; i < sim->people_count; i++)
		env_timer_start(env_sim_surroundings(sim->env), &sim->people[i].timer,
			2000 + 10 * i);
	env_timer_start(env_sim_surroundings(sim->env), &sim->staff, 3000);
}
