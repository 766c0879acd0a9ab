/* What is old goes, what is young or unfinished stays. */
#include "talk/retention.h"

#include "base/limits.h"
#include "base/log.h"
#include "talk/conversation.h"
#include "talk/effect.h"
#include "talk/event.h"
#include "talk/store_fixture.h"
#include "talk/tenant.h"
#include "talk/turn_row.h"

#define DAY INT64_C(86400000)

static const struct items nobody;

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
	retention_start(&r, &f->store, 90 * DAY, 0, nobody);
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
	retention_start(&r, &f->store, 0, 90 * DAY, nobody);
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
	retention_start(&r, &f->store, 365 * DAY, 90 * DAY, nobody);
	walk(f, &r);
	assert_int_equal(
		event_load(&f->store, &f->arena, 7, 1, &f->contact.key, &ev, NULL),
		ERR_NOT_FOUND);
	assert_int_equal(
		turn_row_load(&f->store, &f->arena, 7, 1, &f->contact.key, &row, NULL),
		OK);
	assert_int_equal(count_rows(f), 4);
	retention_stop(&r);
	retention_start(&r, &f->store, 90 * DAY, 90 * DAY, nobody);
	walk(f, &r);
	assert_int_equal(
		turn_row_load(&f->store, &f->arena, 7, 1, &f->contact.key, &row, NULL),
		ERR_NOT_FOUND);
	assert_int_equal(count_rows(f), 2);
	assert_int_equal(count_records(f), 2);
	retention_stop(&r);
}

/* And the time of the answers that it may name. */
static void
keeps_a_day_at_least(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	struct db_tx tx;
	db_tx_init(&tx);
	add_turn(f, &tx, 7, 1, 1, TURN_DONE);
	add_turn(f, &tx, 7, 2, 3, TURN_DONE);
	commit(f, &tx);
	retention_start(&r, &f->store, 1000, 0, nobody);
	walk(f, &r);
	assert_int_equal(count_records(f), 1);
	retention_stop(&r);
}

/* A conversation of the tenant with a turn for each of these ages, each with an effect. */
static void
add_tenant(struct fixture *f, const char *name, int64_t number)
{
	static const int64_t days[] = {5, 50, 200};
	struct db_tx tx;
	struct conversation c = {.id = number,
		.contact = f->contact.id,
		.channel = STR("api"),
		.status = STR(CONVERSATION_OPEN),
		.version = 1,
		.state = STR("{}")};
	db_tx_init(&tx);
	assert_int_equal(
		tenant_ensure(&f->store, &tx, str_of(name), f->now, &c.tenant, NULL), OK);
	conversation_write(&f->store, &tx, &c, 0, &f->contact.key);
	for (int64_t i = 0; i < 3; i++) {
		const struct effect done = {
			.tenant = c.tenant,
			.turn = number << 22 | (i + 1),
			.actor = STR("shop"),
			.key = STR("refund"),
			.action = STR("refund"),
			.status = STR(EFFECT_SENT),
			.idempotency_key = arena_printf(&f->arena, "%s-%d", name, (int)i),
			.fingerprint = STR("of a refund"),
			.request = STR("{}"),
			.created = {f->now.ms - days[i] * DAY},
		};
		add_turn(f, &tx, number, i + 1, days[i], TURN_DONE);
		effect_add(&f->store, &tx, &done, &f->contact.key);
	}
	commit(f, &tx);
}

/* What is left of such a conversation. */
static void
assert_left(struct fixture *f, int64_t conversation, size_t messages, size_t turns)
{
	struct turn_row row;
	struct items effects;
	size_t left = 0, left_effects = 0;
	assert_int_equal(count_events(f, conversation), messages);
	for (int64_t number = 1; number <= 3; number++) {
		if (turn_row_load(&f->store, &f->arena, conversation, number,
			    &f->contact.key, &row, NULL) == OK)
			left++;
		assert_int_equal(
			effect_list(&f->store, &f->arena, conversation << 22 | number,
				&f->contact.key, &effects, NULL),
			OK);
		left_effects += effects.n;
	}
	assert_int_equal(left, turns);
	assert_int_equal(left_effects, turns);
}

static void
tenants_have_times_of_their_own(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	struct retention_tenant own[] = {
		{STR("acme"), 30 * DAY, 100 * DAY},
		{STR("a \"quoted\" \\ námé"), 0, 10 * DAY},
		{STR("not yet"), 1, 1},
	};
	add_tenant(f, "acme", 11);
	add_tenant(f, "others", 12);
	add_tenant(f, "a \"quoted\" \\ námé", 13);
	retention_start(&r, &f->store, 90 * DAY, 0, (struct items){own, 3});
	memset(own, 0, sizeof own); /* they are not kept */
	walk(f, &r);
	assert_left(f, 11, 2, 1);
	assert_left(f, 12, 3, 2);
	assert_left(f, 13, 1, 3);
	/* whoever comes later has the times that wait */
	add_tenant(f, "not yet", 14);
	walk(f, &r);
	assert_left(f, 14, 0, 0);
	assert_left(f, 12, 3, 2);
	retention_stop(&r);
}

static void
a_tenant_may_keep_what_the_others_lose(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	struct retention_tenant own[] = {{STR("archive"), 0, 0}};
	add_tenant(f, "archive", 11);
	add_tenant(f, "others", 12);
	retention_start(&r, &f->store, 30 * DAY, 30 * DAY, (struct items){own, 1});
	walk(f, &r);
	assert_left(f, 11, 3, 3);
	assert_left(f, 12, 1, 1);
	retention_stop(&r);
}

/* Nothing goes of those that keep all, while one that does not has its rows walked. */
static void
only_a_tenant_may_lose(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	struct retention_tenant own[] = {{STR("brief"), DAY, DAY}};
	add_tenant(f, "brief", 11);
	add_tenant(f, "others", 12);
	retention_start(&r, &f->store, 0, 0, (struct items){own, 1});
	walk(f, &r);
	assert_left(f, 11, 0, 0);
	assert_left(f, 12, 3, 3);
	assert_int_equal(count_rows(f), 3);
	retention_stop(&r);
}

/* As many as there may be, with the longest names that need most escapes. */
static void
so_many_tenants_have_times(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	static struct retention_tenant own[RETENTION_TENANTS_MAX];
	static char name[65];
	memset(name, 1, 64);
	for (size_t i = 0; i < RETENTION_TENANTS_MAX; i++)
		own[i] = (struct retention_tenant){str_of(name), INT64_MAX / 2, 0};
	own[RETENTION_TENANTS_MAX - 1] =
		(struct retention_tenant){STR("last"), 30 * DAY, 30 * DAY};
	add_tenant(f, "last", 11);
	log_set_level(LOG_OFF);
	retention_start(&r, &f->store, 0, 0, (struct items){own, RETENTION_TENANTS_MAX});
	walk(f, &r);
	assert_left(f, 11, 1, 1);
	retention_stop(&r);
}

/* Said once, by name; those that the store knows are not named. */
static void
a_tenant_that_is_not_there_is_mentioned(void **state)
{
	struct fixture *f = *state;
	struct retention r;
	struct retention_tenant own[] = {
		{STR("known"), 30 * DAY, 30 * DAY}, {STR("unkown"), 30 * DAY, 30 * DAY}};
	char text[4096];
	FILE *log = tmpfile();
	assert_non_null(log);
	add_tenant(f, "known", 11);
	log_set_level(LOG_WARN);
	log_set_fd(fileno(log));
	retention_start(&r, &f->store, 0, 0, (struct items){own, 2});
	log_set_fd(STDERR_FILENO);
	retention_stop(&r);
	rewind(log);
	text[fread(text, 1, sizeof text - 1, log)] = 0;
	fclose(log);
	const char *said = strstr(text, "retention names a tenant that is not there");
	assert_non_null(said);
	assert_non_null(strstr(said, "\"tenant\":\"unkown\""));
	assert_null(strstr(text, "\"known\""));
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
	retention_start(&r, &f->store, 0, 0, nobody);
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
		TEST(a_tenant_that_is_not_there_is_mentioned),
		TEST(a_message_goes_before_its_turn),
		TEST(keeps_a_day_at_least),
		TEST(tenants_have_times_of_their_own),
		TEST(a_tenant_may_keep_what_the_others_lose),
		TEST(only_a_tenant_may_lose),
		TEST(so_many_tenants_have_times),
		TEST(requests_are_forgotten_after_a_week),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
