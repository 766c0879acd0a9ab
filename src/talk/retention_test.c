/* What is old goes, what is young or unfinished stays. */
#include "talk/retention.h"

#include "talk/dedupe.h"
#include "talk/event.h"
#include "talk/store_fixture.h"
#include "talk/turn_row.h"

#define DAY INT64_C(86400000)

/* A turn of a conversation, with one message, begun so many days ago. */
static void
add_turn(struct fixture *f, struct db_tx *tx, int64_t conversation, int64_t number,
	int64_t days, enum turn_status status)
{
	struct wall then = {f->now.ms - days * DAY};
	const struct turn_row row = {.conversation = conversation,
		.number = number,
		.status = status,
		.first_seq = number,
		.last_seq = number,
		.started = then,
		.journal = STR("{}")};
	const struct event ev = {
		conversation, number, EVENT_INBOUND, number, then, STR("{}")};
	turn_row_add(&f->store, tx, &row, &ev, &f->contact.key);
}

static size_t
count_turns(struct fixture *f)
{
	struct items keys;
	const struct wall ever = {0};
	assert_int_equal(
		turn_row_list(&f->store, &f->arena, 0, INT64_MAX, ever, 100, &keys, NULL),
		OK);
	return keys.n;
}

static int64_t
count_records(struct fixture *f)
{
	static const struct db_sql sql = {"SELECT count(*) FROM turn_record"};
	struct db_rows rows;
	assert_int_equal(db_query(f->store.db, &rows, &sql, NULL, ""), OK);
	assert_true(db_next(&rows));
	int64_t n = db_int(&rows, 0);
	db_end(&rows);
	return n;
}

static size_t
count_events(struct fixture *f, int64_t conversation)
{
	struct items events;
	assert_int_equal(event_list(&f->store, &f->arena, conversation, 0, 100,
				 &f->contact.key, &events, NULL),
		OK);
	return events.n;
}

static void
walk(struct fixture *f, struct retention *r)
{
	for (int i = 0; i < 3; i++) {
		retention_step(r);
		while (r->busy) {
			struct db_tx tx;
			db_tx_init(&tx);
			commit(f, &tx);
		}
	}
}

static void
fill(struct fixture *f)
{
	struct db_tx tx;
	db_tx_init(&tx);
	add_turn(f, &tx, 7, 1, 100, TURN_DONE);
	add_turn(f, &tx, 7, 2, 100, TURN_UNFINISHED);
	add_turn(f, &tx, 7, 3, 5, TURN_DONE);
	add_turn(f, &tx, 8, 1, 100, TURN_FAILED);
	commit(f, &tx);
}

static void
old_journals_go(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	fill(f);
	retention_start(&r, &f->store, 90 * DAY, 0);
	walk(f, &r);
	assert_int_equal(count_turns(f), 2); /* the unfinished and the young one */
	assert_int_equal(count_records(f), 2);
	assert_int_equal(count_events(f, 7), 3);
	assert_int_equal(count_events(f, 8), 1);
	retention_stop(&r);
}

static void
old_messages_go(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	fill(f);
	retention_start(&r, &f->store, 0, 90 * DAY);
	walk(f, &r);
	assert_int_equal(count_turns(f), 4);
	assert_int_equal(count_events(f, 7), 2); /* one belongs to an unfinished turn */
	assert_int_equal(count_events(f, 8), 0);
	retention_stop(&r);
}

static int64_t
count_rows(struct fixture *f)
{
	static const struct db_sql sql = {"SELECT count(*) FROM event"};
	struct db_rows rows;
	assert_int_equal(db_query(f->store.db, &rows, &sql, NULL, ""), OK);
	assert_true(db_next(&rows));
	int64_t n = db_int(&rows, 0);
	db_end(&rows);
	return n;
}

/* The text goes first, what replays the turn stays its time, and then nothing is left. */
static void
a_message_goes_before_its_turn(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	struct event ev;
	struct turn_row row;
	fill(f);
	retention_start(&r, &f->store, 365 * DAY, 90 * DAY);
	walk(f, &r);
	assert_int_equal(
		event_load(&f->store, &f->arena, 7, 1, &f->contact.key, &ev, NULL),
		ERR_NOT_FOUND);
	assert_int_equal(
		turn_row_load(&f->store, &f->arena, 7, 1, &f->contact.key, &row, NULL),
		OK);
	assert_int_equal(count_rows(f), 4);
	retention_stop(&r);
	retention_start(&r, &f->store, 90 * DAY, 90 * DAY);
	walk(f, &r);
	assert_int_equal(
		turn_row_load(&f->store, &f->arena, 7, 1, &f->contact.key, &row, NULL),
		ERR_NOT_FOUND);
	assert_int_equal(count_rows(f), 2);
	assert_int_equal(count_records(f), 2);
	retention_stop(&r);
}

static void
keeps_a_day_at_least(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	retention_start(&r, &f->store, 1000, 0);
	assert_int_equal(r.journal_ms, RETAIN_JOURNAL_MIN_MS);
	retention_stop(&r);
}

static void
requests_are_forgotten_after_a_week(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	struct db_tx tx;
	struct dedupe d = {
		.key = store_lookup(&f->store, 1, STR("dedupe/api"), STR("old")),
		.event = 1};
	struct dedupe young = d;
	young.key = store_lookup(&f->store, 1, STR("dedupe/api"), STR("young"));
	db_tx_init(&tx);
	dedupe_add(&tx, &d, (struct wall){f->now.ms - RETAIN_DEDUPE_MS - 1000});
	dedupe_add(&tx, &young, (struct wall){f->now.ms - RETAIN_DEDUPE_MS + DAY});
	commit(f, &tx);
	retention_start(&r, &f->store, 0, 0);
	walk(f, &r);
	assert_int_equal(dedupe_find(&f->store, &d, NULL), ERR_NOT_FOUND);
	assert_int_equal(dedupe_find(&f->store, &young, NULL), OK);
	retention_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(old_journals_go),
		TEST(old_messages_go),
		TEST(a_message_goes_before_its_turn),
		TEST(keeps_a_day_at_least),
		TEST(requests_are_forgotten_after_a_week),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
