/* What came out is written over what was expected, and nothing else of the file changes. */
#include "actor/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants the four above */
#include <cmocka.h>

static const struct pack *
load(void)
{
	struct pack *pack = NULL;
	struct error e = {0};
	const struct pack_options options = {.host = &actor_pack_host};
	if (pack_load("packs/ecommerce", &options, &pack, NULL, &e))
		fail_msg("%s", e.text);
	return pack;
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static void
read_file(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	out[fread(out, 1, size - 1, f)] = 0;
	fclose(f);
}

struct blessed {
	char path[64], out_path[64];
	char text[16384], shown[16384];
	size_t changed, played, failed;
	enum err result;
	struct error e;
};

/* Blesses a file of this text, then plays it. */
static struct blessed *
bless(const char *text)
{
	static struct blessed b;
	const struct pack *pack = load();
	memset(&b, 0, sizeof b);
	snprintf(b.path, sizeof b.path, P_tmpdir "/parley-bless-XXXXXX");
	snprintf(b.out_path, sizeof b.out_path, P_tmpdir "/parley-shown-XXXXXX");
	close(mkstemp(b.path));
	int out = mkstemp(b.out_path);
	write_file(b.path, text);
	b.result = rehearsal_bless(pack, b.path, out, &b.changed, &b.e);
	close(out);
	read_file(b.path, b.text, sizeof b.text);
	read_file(b.out_path, b.shown, sizeof b.shown);
	if (b.result == OK)
		assert_int_equal(
			rehearsal_file(pack, b.path, 1, &b.played, &b.failed, &b.e), OK);
	unlink(b.path);
	unlink(b.out_path);
	pack_unref(&pack);
	return &b;
}

#define WORLD \
	"world:\n" \
	"  - {get: /customers/ann%40example.com, json: {customer_id: C-1, email: ann@example.com, first_name: Ann, tier: premium}}\n" \
	"  - {get: /orders/ORD-1A2B3C4D, json: {order_id: ORD-1A2B3C4D, customer_email: ann@example.com, status: shipped}}\n" \
	"\n"

static void
only_the_values_that_differ_change(void **state)
{
	(void)state;
	const struct blessed *b = bless(
		"# Año nuevo: a comment with letters of two bytes\n" WORLD
		"transcripts:\n"
		"  - name: an order   # the name\n"
		"    from: {id: C-1, email: ann@example.com, proof: key}\n"
		"    turns:\n"
		"      - say: Where is my order ORD-1A2B3C4D?\n"
		"        expect: {intent: [nonsense], handoff: true, reply_has: [ORD-1A2B3C4D, nowhere]}  # flow\n"
		"      - say: \"I want to speak to a manager\"\n"
		"        expect:\n"
		"          # lists stay lists\n"
		"          intent:\n"
		"            - nonsense   # gone with the list\n"
		"          silent: true\n"
		"\n"
		"          handoff: true # right already\n"
		"          actions:\n"
		"            process_refund: done\n");
	assert_int_equal(b->result, OK);
	assert_int_equal(b->changed, 1);
	assert_int_equal(b->failed, 0);
	const char *const kept[] = {
		"# Año nuevo: a comment with letters of two bytes\n" WORLD,
		"  - name: an order   # the name\n",
		"        expect: {intent: [order_inquiry], handoff: false, reply_has: [ORD-1A2B3C4D, \"",
		"\"]}  # flow\n",
		"          # lists stay lists\n          intent:\n            - escalation_request   # gone with the list\n",
		"          silent: false\n\n          handoff: true # right already\n",
		"          actions:\n            {}\n"};
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (!strstr(b->text, kept[i]))
			fail_msg("lacks <%s>:\n%s", kept[i], b->text);
	assert_non_null(strstr(b->shown, "\n-          silent: true\n"));
	assert_non_null(strstr(b->shown, "\n+          silent: false\n"));
}

static void
what_passes_is_left_alone(void **state)
{
	static const char text[] =
		"transcripts:\n  - name: hello\n    turns:\n"
		"      - say:   Hello!\n        expect: {intent: [greeting] , handoff: false}\n";
	(void)state;
	const struct blessed *b = bless(text);
	assert_int_equal(b->result, OK);
	assert_int_equal(b->changed, 0);
	assert_string_equal(b->text, text);
	assert_string_equal(b->shown, "");
}

static void
every_member_can_be_blessed(void **state)
{
	(void)state;
	const struct blessed *b = bless(WORLD
		"transcripts:\n"
		"  - name: all of it\n"
		"    from: {id: C-1, email: ann@example.com, proof: key}\n"
		"    turns:\n"
		"      - say: Where is my order ORD-1A2B3C4D?\n"
		"        expect: {sentiment: [positive], urgency: [critical], complaint: true, wants_human: true, score_above: 5,\n"
		"                 language: es, verified: false, tier: vip, record_state: none, proposals: 3, retries: 7,\n"
		"                 route_has: [execution, nobody], decision_has: [nothing], effects: [refund], guarded: true,\n"
		"                 lane: nowhere, decision: nothing, reply: Hello.,\n"
		"                 queue_position: 5, outcome: handoff, awaiting: email, reply_has_any: [nothing],\n"
		"                 reply_lacks: [ORD-1A2B3C4D, nothing], quick_replies: [/nothing]}\n"
		"      - say: thanks\n"
		"        expect: {score_below: -5}\n");
	if (b->result != OK)
		fail_msg("%s", b->e.text);
	assert_int_equal(b->changed, 1);
	if (b->failed)
		fail_msg("%s", b->text);
	assert_non_null(strstr(b->text, "tier: premium"));
	if (!strstr(b->text, "lane: answer, decision: answer, reply: \"Your order") ||
		strstr(b->text, "Hello."))
		fail_msg("%s", b->text);
	assert_non_null(strstr(b->text, "reply_lacks: [nothing]"));
}

/* What a file says of a turn, each under its own name, and what is shown when it came out otherwise. */
static void
what_came_out_is_shown_by_name(void **state)
{
	(void)state;
	char path[64] = P_tmpdir "/parley-played-XXXXXX",
	     shown[64] = P_tmpdir "/parley-shown-XXXXXX", text[16384];
	size_t played = 0, failed = 0;
	struct error e = {0};
	close(mkstemp(path));
	int out = mkstemp(shown);
	const struct pack *pack = load();
	write_file(path,
		WORLD
		"transcripts:\n"
		"  - name: an order\n"
		"    from: {id: C-1, email: ann@example.com, proof: key}\n"
		"    turns:\n"
		"      - say: I want to speak to a manager\n"
		"        expect:\n"
		"          lane: escalate\n"
		"          decision: asked_for_person\n"
		"      - say: thanks\n"
		"        human_owns: true\n"
		"        expect: {lane: escalate, decision: answer, reply: Hello.}\n");
	assert_int_equal(rehearsal_file(pack, path, out, &played, &failed, &e), OK);
	close(out);
	read_file(shown, text, sizeof text);
	assert_int_equal(failed, 1);
	const char *const lines[] = {":13: an order: lane is \"\", not \"escalate\"\n",
		":13: an order: decision is \"\", not \"answer\"\n",
		":13: an order: the reply is another:\n--- expected\n+++ came out\n"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (!strstr(text, lines[i]))
			fail_msg("lacks <%s>:\n%s", lines[i], text);
	assert_non_null(strstr(text, "\n-Hello.\n"));
	assert_null(strstr(text, ":9:"));
	write_file(path,
		"transcripts:\n  - name: hello\n    turns:\n      - say: Hello\n        expect:\n          lanes: info\n");
	assert_int_equal(rehearsal_file(pack, path, STDOUT_FILENO, &played, &failed, &e),
		ERR_INVALID);
	assert_non_null(strstr(e.text, ":6: "));
	assert_non_null(strstr(e.text, "did you mean \"lane\"?"));
	pack_unref(&pack);
	unlink(path);
	unlink(shown);
}

static void
what_stands_for_several_is_not_written_over(void **state)
{
	static const char text[] =
		"transcripts:\n  - name: hello\n    turns:\n"
		"      - say: Hello!\n        expect: {handoff: &no true}\n"
		"      - say: Hello!\n        expect: {handoff: *no}\n";
	(void)state;
	const struct blessed *b = bless(text);
	assert_int_equal(b->result, ERR_INVALID);
	assert_non_null(strstr(b->e.text, "change it by hand"));
	assert_string_equal(b->text, text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_values_that_differ_change),
		cmocka_unit_test(what_passes_is_left_alone),
		cmocka_unit_test(every_member_can_be_blessed),
		cmocka_unit_test(what_came_out_is_shown_by_name),
		cmocka_unit_test(what_stands_for_several_is_not_written_over)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
