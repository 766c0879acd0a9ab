#include "cmd/stand_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

struct fixture {
	struct arena arena;
	struct entity_finder *finder;
	struct stand_ins s;
	struct str kinds[1];
	struct items asked;
};

static int
set_up(void **state)
{
	static struct entity_pattern order = {.upper = true, .confidence = 0.99};
	struct fixture *f = mem_zalloc(sizeof *f);
	struct error e = {0};
	order.kind = STR("order_id");
	order.match = STR("\\bORD-[A-Z0-9]{6,10}\\b");
	const struct entity_source source = {.patterns = {&order, 1}};
	arena_init(&f->arena, 0);
	if (entity_finder_new(&source, &f->finder, &e))
		fail_msg("%s", e.text);
	f->kinds[0] = STR("order_id");
	f->asked = (struct items){f->kinds, 1};
	stand_ins_init(&f->s, &f->arena, f->finder, &f->asked);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	stand_ins_fini(&f->s);
	entity_finder_free(&f->finder);
	arena_fini(&f->arena);
	free(f);
	return 0;
}

static void
expect(struct fixture *f, const char *text, const char *wanted)
{
	struct str got = stand_ins_replace(&f->s, str_of(text));
	if (!str_eq(got, str_of(wanted)))
		fail_msg("<%.*s>, not <%s>", STR_ARG(got), wanted);
}

/* Reads a message and replaces in it. */
static void
message(struct fixture *f, const char *text, const char *wanted)
{
	stand_ins_read_message(&f->s, str_of(text));
	expect(f, text, wanted);
}

static void
what_a_person_writes_of_themselves(void **state)
{
	struct fixture *f = *state;
	message(f, "write to ann.lee@private.org or bob@private.org",
		"write to customer@example.com or person2@example.com");
	message(f, "call +44 20 7946 0958", "call +1 415 555 0100");
	message(f, "my card is 5500 0055 5555 5559", "my card is 4242 4242 4242 4242");
	message(f, "IBAN DE89370400440532013000", "IBAN GB33BUKB20201555555555");
	message(f, "I live at 742 Evergreen Terrace, Springfield",
		"I live at 1 Example Street, Springfield");
	message(f, "vivo en la Calle Mayor 5, segundo",
		"vivo en la 2 Example Street, segundo");
	message(f, "my name is Ann Lee and it never came",
		"my name is Alex Example and it never came");
	message(f, "where is ORD-1A2B3C4D?", "where is ORD-00000001?");
}

static void
what_is_no_name_stays(void **state)
{
	struct fixture *f = *state;
	message(f, "This is BAD and this is terrible, this is ORD-X",
		"This is BAD and this is terrible, this is ORD-X");
	message(f, "2 of them, in the street", "2 of them, in the street");
	assert_int_equal(f->s.n, 0);
}

static void
whole_words_in_any_case(void **state)
{
	struct fixture *f = *state;
	stand_ins_add_name(&f->s, STR("John Doe"));
	expect(f, "JOHN does not know john; Johnny, Doe's and \"Doe\"",
		"Alex does not know Alex; Johnny, Example's and \"Example\"");
}

static void
the_same_value_gets_the_same_stand_in(void **state)
{
	struct fixture *f = *state;
	stand_ins_add(&f->s, STR("email"), STR("a@private.org"));
	stand_ins_add(&f->s, STR("email"), STR("b@private.org"));
	stand_ins_add(&f->s, STR("email"), STR("A@private.org"));
	assert_int_equal(f->s.n, 2);
	/* What stands in for another is nobody's data. */
	stand_ins_read_message(&f->s, STR("customer@example.com"));
	assert_int_equal(f->s.n, 2);
	expect(f, "b@private.org a@private.org b@private.org",
		"person2@example.com customer@example.com person2@example.com");
}

static void
records_are_read_by_their_members(void **state)
{
	struct fixture *f = *state;
	struct json *record;
	assert_int_equal(
		json_parse(&f->arena,
			STR("{\"customer\":{\"first_name\":\"Ann\",\"last_name\":\"Lee\",\"email\":\"ann@private.org\","
			    "\"phone\":\"555-0199\",\"street\":\"9 Elm Row\",\"customer_id\":\"CUST-1001\"},"
			    "\"orders\":[{\"order_id\":\"ORD-7F3E9A21\",\"items\":[{\"name\":\"Ann's Mixer\"}]}],"
			    "\"support\":\"help@shop.example\"}"),
			&record, NULL),
		OK);
	stand_ins_read_record(&f->s, record);
	struct str text = json_print(&f->arena, record);
	struct str out = stand_ins_replace(&f->s, text);
	static const char *const gone[] = {
		"Ann", "Lee", "private", "0199", "Elm", "1001", "7F3E9A21"};
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		if (str_find(out, str_of(gone[i])) >= 0)
			fail_msg("%s is in <%.*s>", gone[i], STR_ARG(out));
	/* The shop's own address is nobody's. */
	assert_true(str_find(out, STR("help@shop.example")) > 0);
}

static void
too_many_are_said(void **state)
{
	struct fixture *f = *state;
	char value[32];
	for (int i = 0; i < 2000 && !f->s.full; i++) {
		snprintf(value, sizeof value, "person%d@private.org", i);
		stand_ins_add(&f->s, STR("email"), str_of(value));
	}
	assert_true(f->s.full);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(what_a_person_writes_of_themselves),
		TEST(what_is_no_name_stays), TEST(whole_words_in_any_case),
		TEST(the_same_value_gets_the_same_stand_in),
		TEST(records_are_read_by_their_members), TEST(too_many_are_said)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
