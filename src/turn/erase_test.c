/* Erasing a person, whole or cut short by a crash: what they wrote is over, and they may write again as a stranger. */
#include "turn/engine_fixture.h"

#include "talk/effect.h"
#include "talk/erasure.h"

static void
changed(struct db_tx *tx, enum err result)
{
	assert_int_equal(result, OK);
	*(bool *)tx->owner = true;
}

/* A change of the store behind the engine's back. */
static void
change(struct fixture *f, struct db_tx *tx)
{
	bool done = false;
	tx->owner = &done;
	assert_int_equal(db_submit(f->store.db, tx, changed, NULL), OK);
	run_until(f, done);
	db_tx_fini(tx);
}

static int64_t
contact_of(struct fixture *f, const struct sent *s)
{
	int64_t tenant, contact;
	assert_int_equal(conversation_owner(
				 &f->store, s->in.conversation, &tenant, &contact, NULL),
		OK);
	return contact;
}

static int64_t
number_of(struct fixture *f, const struct db_sql *sql, int64_t key)
{
	struct db_rows rows;
	assert_int_equal(db_query(f->store.db, &rows, sql, NULL, "i", key), OK);
	int64_t n = db_next(&rows) ? db_int(&rows, 0) : -1;
	db_end(&rows);
	return n;
}

static const struct db_sql count_addresses = {
	"SELECT count(*) FROM address WHERE contact = ?1"};

/* The key is durable before the rest, so this is what a crash in between leaves. */
static void
an_erasure_cut_short_is_ended_by_the_next_message(void **state)
{
	static const struct db_sql no_key = {"DELETE FROM person_key WHERE contact = ?1"};
	static const struct db_sql marked = {
		"SELECT erased_ms IS NOT NULL AND length(profile) = 0 FROM contact WHERE id = ?1"};
	struct fixture *f = *state;
	struct sent s, t, u;
	struct db_tx tx;
	send(f, &s, "ann", "hello");
	run_until(f, s.done);
	int64_t contact = contact_of(f, &s);
	db_tx_init(&tx);
	db_add_key(&tx, &no_key, "i", contact);
	change(f, &tx);
	restart(f, 0);
	assert_int_equal(number_of(f, &count_addresses, contact), 1);
	send(f, &t, "ann", "hello again");
	run_until(f, t.done);
	assert_int_equal(t.in.result, OK);
	assert_int_not_equal(contact_of(f, &t), contact);
	assert_int_equal(number_of(f, &count_addresses, contact), 0);
	assert_int_equal(number_of(f, &marked, contact), 1);
	send(f, &u, "ann", "and again");
	run_until(f, u.done);
	assert_int_equal(u.in.conversation, t.in.conversation);
}

/* A crash after the erasure: nobody can go on with the turn, and what it sent is in doubt. */
static void
a_turn_of_an_erased_person_ends_at_the_next_start(void **state)
{
	static const struct db_sql status = {"SELECT status FROM event WHERE id = ?1"};
	static const struct db_sql doubtful = {
		"SELECT count(*) FROM effect WHERE turn = ?1 AND status = 'uncertain'"};
	struct fixture *f = *state;
	struct sent s;
	struct db_tx tx;
	send(f, &s, "ann", "refund it");
	run_until(f, f->world.count == 1);
	int64_t turn = row_key(s.in.conversation, s.in.turn);
	db_tx_init(&tx);
	assert_int_equal(
		erasure_add(&f->store, &tx, 0, contact_of(f, &s), env_wall(f->env), NULL),
		OK);
	change(f, &tx);
	restart(f, 0);
	run_until(f, number_of(f, &status, turn) == TURN_FAILED);
	assert_int_equal(number_of(f, &doubtful, turn), 1);
	assert_int_equal(f->world.total, 0);
	restart(f, 0);
	assert_int_equal(number_of(f, &status, turn), TURN_FAILED);
}

/* A change that was on its way when the person was erased. */
static void
an_erased_person_gets_no_address(void **state)
{
	struct fixture *f = *state;
	struct sent s;
	struct db_tx tx;
	struct contact contact;
	send(f, &s, "ann", "hello");
	run_until(f, s.done);
	assert_int_equal(
		contact_load(&f->store, &f->arena, contact_of(f, &s), &contact, NULL),
		OK);
	db_tx_init(&tx);
	assert_int_equal(
		erasure_add(&f->store, &tx, 0, contact.id, env_wall(f->env), NULL), OK);
	change(f, &tx);
	db_tx_init(&tx);
	contact_add_address(&f->store, &tx, &contact, STR("email"),
		STR("ann@example.com"), env_wall(f->env));
	change(f, &tx);
	assert_int_equal(number_of(f, &count_addresses, contact.id), 0);
}

static void
erased(struct engine_erasure *x)
{
	*(bool *)x->owner = true;
}

static void
nobody_is_erased_twice(void **state)
{
	struct fixture *f = *state;
	struct sent s, t;
	bool done = false;
	struct error e = {0};
	send_keyed(f, &s, "ann", "hello", "k1");
	run_until(f, s.done);
	struct engine_erasure x = {
		.contact = contact_of(f, &s), .done = erased, .owner = &done};
	assert_int_equal(engine_erase(f->engine, &x, &e), OK);
	run_until(f, done);
	assert_int_equal(x.result, OK);
	assert_int_equal(engine_erase(f->engine, &x, &e), ERR_CONFLICT);
	x.contact = 12345;
	assert_int_equal(engine_erase(f->engine, &x, &e), ERR_NOT_FOUND);
	/* The same request again: nobody can tell any more what was answered. */
	send_keyed(f, &t, "ann", "hello", "k1");
	run_until(f, t.done);
	assert_int_equal(t.in.result, ERR_CANCELED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_erasure_cut_short_is_ended_by_the_next_message),
		TEST(a_turn_of_an_erased_person_ends_at_the_next_start),
		TEST(an_erased_person_gets_no_address),
		TEST(nobody_is_erased_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
