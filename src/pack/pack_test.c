/* Loading packs: what is refused and how it is said, and that what is loaded is what was
 * written. */
#include "pack/pack.h"

#include "base/limits.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the first three above */
#include <cmocka.h>

struct mood_view {
	int label;
	struct str name;
	double confidence;
};

static const char *const labels[] = {"bad", "good", NULL};
static const struct field mood_fields[] = {
	FIELD(struct mood_view, label, SCHEMA_ENUM, .names = labels),
	FIELD(struct mood_view, name, SCHEMA_STR),
	FIELD(struct mood_view, confidence, SCHEMA_DOUBLE),
};
static const struct schema mood_schema =
	SCHEMA("sentiment", struct mood_view, mood_fields, "a part of the document");
static const struct cel_var vars[] = {
	{"sentiment", CEL_STRUCT, &mood_schema},
	{"intent", CEL_STRUCT, &mood_schema},
	{"record", CEL_JSON, NULL},
};
static const char *const actors[] = {
	"intent", "response", "guardrail", "escalation", NULL};
static const struct pack_host host = {.vars = vars, .var_count = 3, .actors = actors};

struct written {
	const char *path, *text;
};

/* The smallest pack with one of everything. */
static const struct written small_pack[] = {
	{"pack.yaml",
		"name: small\n"
		"version: \"1\"\n"
		"company: Small Shop\n"
		"languages:\n"
		"  - {code: en, marks: [the, is]}\n"
		"  - {code: es, marks: [el, es]}\n"
		"variables:\n"
		"  url: http://127.0.0.1:1\n"},
	{"nlu/all.yaml",
		"version: \"3.1\"\n"
		"lexicon:\n"
		"  sentiment: {positive: [good], negative: [bad]}\n"
		"intents:\n"
		"  fallback: other\n"
		"  rules:\n"
		"    - {intent: refund, any: [refund], weight: 0.8}\n"
		"entities:\n"
		"  patterns:\n"
		"    - {kind: order_id, match: 'ORD-\\d+'}\n"
		"nlu:\n"
		"  - intent: hours\n"
		"    examples: |\n"
		"      - when are you open\n"
		"  - lookup: city\n"
		"    examples: |\n"
		"      - Austin\n"},
	{"context.yaml",
		"sources:\n"
		"  - name: order\n"
		"    url: \"${url}/orders/{{record_id}}\"\n"
		"    cache: 60s\n"
		"record: {source: order, id: order_id, owner_email: email, title: \"{{record.order_id}}\"}\n"
		"picks:\n"
		"  - {intents: [refund], when: record.status == \"delivered\"}\n"
		"knowledge: [other]\n"},
	{"actions.yaml",
		"limits:\n"
		"  - name: money\n"
		"    tiers: {standard: 100, vip: 500}\n"
		"actions:\n"
		"  - name: give_back\n"
		"    intents: [refund]\n"
		"    method: POST\n"
		"    url: \"${url}/orders/{{record.order_id}}/refund\"\n"
		"    body: {amount: \"{{action.amount}}\", why: \"it was {{message.text}}\", fixed: 3}\n"
		"    idempotent: true\n"
		"    amount: record.total\n"
		"    limit: money\n"
		"    say: {done: {en: Done., es: Hecho.}}\n"},
	{"policy.yaml",
		"routes:\n"
		"  - {name: message, steps: [intent, response, guardrail], on_error: escalation}\n"
		"  - {name: verdict, steps: [response], on_error: escalation}\n"
		"decision:\n"
		"  - name: first\n"
		"    when: sentiment.label == \"bad\"\n"
		"    go: [escalation]\n"
		"guardrails:\n"
		"  - {name: rude, severity: critical, words: [hell, sue, legal action]}\n"
		"  - {name: card, severity: critical, patterns: ['\\b\\d{16}\\b']}\n"
		"  - {name: cold, severity: high, lacks: [sorry]}\n"},
	{"responses.yaml",
		"responses:\n"
		"  - name: any\n"
		"    text: {en: [\"Hello from {{company}}\", Hi], es: Hola}\n"
		"occasions:\n"
		"  handoff: {name: handoff, text: {en: \"A person. {{reference}}\", es: Una persona.}}\n"
		"  fallback: {name: fallback, text: {en: Sorry., es: Perdón.}}\n"
		"  offer: {name: offer, text: {en: A person?, es: ¿Una persona?}}\n"
		"  verdict: {name: verdict, text: {en: Decided., es: Decidido.}}\n"
		"forms:\n"
		"  en: {words: {shipped: on its way}}\n"},
	{"kb/returns.md",
		"# Returns\nYou can return it within 30 days.\n\nAnd more.\n\nKeywords: send back\n"},
	{"kb/payment.md", "# Payment\nWe take cards and cash.\n"},
	{"kb/returns.es.md", "# Devoluciones\nPuede devolverlo en 30 días.\n"},
};
#define SMALL_FILES (sizeof small_pack / sizeof *small_pack)

static char folder[64];

static void
write_file(const char *path, const char *text)
{
	char full[200];
	snprintf(full, sizeof full, "%s/%s", folder, path);
	int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
remove_file(const char *path)
{
	char full[200];
	snprintf(full, sizeof full, "%s/%s", folder, path);
	unlink(full);
}

static int
set_up(void **state)
{
	(void)state;
	char sub[100];
	snprintf(folder, sizeof folder, "build/pack-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(sub, sizeof sub, "%s/nlu", folder);
	mkdir(sub, 0700);
	snprintf(sub, sizeof sub, "%s/kb", folder);
	mkdir(sub, 0700);
	for (size_t i = 0; i < SMALL_FILES; i++)
		write_file(small_pack[i].path, small_pack[i].text);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	char sub[100];
	static const char *const others[] = {
		"nlu/more.yaml", "kb/bad.md", "polcy.yaml", "link.yaml"};
	for (size_t i = 0; i < SMALL_FILES; i++)
		remove_file(small_pack[i].path);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		remove_file(others[i]);
	snprintf(sub, sizeof sub, "%s/nlu", folder);
	rmdir(sub);
	snprintf(sub, sizeof sub, "%s/kb", folder);
	rmdir(sub);
	return rmdir(folder);
}

static const struct pack *
load_small(void)
{
	struct pack *p = NULL;
	struct error e = {0};
	if (pack_load(folder, &(struct pack_options){.host = &host}, &p, NULL, &e))
		fail_msg("%s", e.text);
	return p;
}

/* The file with `from` replaced by `to` gives exactly this problem, said with the file's
 * name in front. */
static void
expect_problem(const char *path, const char *from, const char *to, bool warning,
	const char *expected)
{
	const char *text = NULL;
	char changed[4096], line[512];
	for (size_t i = 0; i < SMALL_FILES; i++) {
		if (!strcmp(small_pack[i].path, path))
			text = small_pack[i].text;
	}
	assert_non_null(text);
	const char *at = strstr(text, from);
	if (!at)
		fail_msg("%s does not hold \"%s\"", path, from);
	snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to,
		at + strlen(from));
	write_file(path, changed);

	struct pack_report report;
	struct pack *p = NULL;
	struct error e = {0};
	pack_report_init(&report);
	enum err err =
		pack_load(folder, &(struct pack_options){.host = &host}, &p, &report, &e);
	bool found = false;
	for (size_t i = 0; i < report.count; i++) {
		const struct pack_problem *q = &report.problems[i];
		struct str file = str_sub(q->file, strlen(folder) + 1, q->file.n);
		snprintf(line, sizeof line, "%.*s:%d: %s%.*s", STR_ARG(file), q->line,
			q->warning ? "warning: " : "", STR_ARG(q->text));
		found = found || !strcmp(line, expected);
	}
	if (!found) {
		for (size_t i = 0; i < report.count; i++)
			print_message("said: %.*s:%d: %.*s\n",
				STR_ARG(report.problems[i].file), report.problems[i].line,
				STR_ARG(report.problems[i].text));
		fail_msg("not said: %s", expected);
	}
	assert_int_equal(err, warning ? OK : ERR_INVALID);
	assert_true(warning == (p != NULL));
	const struct pack *mine = p;
	pack_unref(&mine);
	pack_report_fini(&report);
	write_file(path, text);
}

static void
expect_error(const char *path, const char *from, const char *to, const char *expected)
{
	expect_problem(path, from, to, false, expected);
}

static void
faults_of_form(void **state)
{
	(void)state;
	expect_error("pack.yaml", "version: \"1\"", "version: 1",
		"pack.yaml:2: version: must be a string");
	expect_error("pack.yaml", "company: Small Shop\n", "",
		"pack.yaml:1: company: is missing");
	expect_error("pack.yaml", "company", "compani",
		"pack.yaml:3: compani: unknown member; did you mean \"company\"?");
	expect_error("policy.yaml", "    when: sentiment", "    wen: sentiment",
		"policy.yaml:6: decision[0].wen: unknown member; did you mean \"when\"?");
	expect_error("policy.yaml", "severity: high", "severity: hihg",
		"policy.yaml:11: guardrails[2].severity: unknown value \"hihg\"; did you mean \"high\"?");
	expect_error("policy.yaml", "decision:\n", "decision: none\nwaits:\n",
		"policy.yaml:4: decision: must be a list");
	expect_error("policy.yaml", "routes:\n", "routes:\n  - {\n",
		"policy.yaml:3: while parsing a flow node did not find expected node content");
	expect_error("pack.yaml", "  url: http://127.0.0.1:1", "  url: 7",
		"pack.yaml:8: variables.url: must be a string");
}

static void
faults_of_rules(void **state)
{
	(void)state;
	expect_error("policy.yaml", "sentiment.label ==", "sentimant.label ==",
		"policy.yaml:6: decision[0].when: column 1: there is no variable \"sentimant\"; did you mean \"sentiment\"?");
	expect_error("policy.yaml", "sentiment.label ==", "sentiment.lable ==",
		"policy.yaml:6: decision[0].when: column 11: there is no field \"lable\"; did you mean \"label\"?");
	expect_error("policy.yaml", "when: sentiment.label == \"bad\"",
		"when: sentiment.confidence",
		"policy.yaml:6: decision[0].when: a rule gives a bool, not double");
}

static void
intents_that_rules_name(void **state)
{
	(void)state;
	expect_error("policy.yaml", "when: sentiment.label == \"bad\"",
		"when: intent.name in [\"refund\", 'refnd'] && sentiment.label == \"bad\"",
		"policy.yaml:6: decision[0].when: unknown intent \"refnd\" (did you mean \"refund\"?)");
	expect_error("policy.yaml", "when: sentiment.label == \"bad\"",
		"when: sentiment.label == \"bad\" || intent.name != \"ours\"",
		"policy.yaml:6: decision[0].when: unknown intent \"ours\" (did you mean \"hours\"?)");
	expect_problem("responses.yaml", "    text: {en: [",
		"    when: intent.name == \"refund\" || intent.name.startsWith(\"re\")\n    intents: [refund, other]\n    text: {en: [",
		true,
		"responses.yaml:0: warning: nothing is said for the intent \"hours\"");
}

static void
faults_of_texts(void **state)
{
	(void)state;
	expect_error("responses.yaml", "{{company}}", "{{compani}}",
		"responses.yaml:3: any.text: unknown name \"compani\" in the template");
	expect_error("responses.yaml", "{{company}}", "{{>company}}",
		"responses.yaml:3: any.text: a template of this pack includes no other (\"company\")");
	expect_error("responses.yaml", ", es: Hola}", ", fr: Salut}",
		"responses.yaml:3: any.text: \"fr\" is no language of pack.yaml");
	expect_error("responses.yaml", "en: [\"Hello from {{company}}\", Hi], ", "",
		"responses.yaml:3: any.text: has no text in the default language \"en\"");
	expect_error("responses.yaml", "[\"Hello from {{company}}\", Hi]", "[]",
		"responses.yaml:3: any.text: an empty list says nothing");
	expect_error("responses.yaml", "[\"Hello from {{company}}\", Hi]", "[7]",
		"responses.yaml:3: any.text: must be a text");
	expect_problem("responses.yaml", ", es: Hola}", "}", true,
		"responses.yaml:3: warning: any.text: has no text in \"es\"");
	expect_error("responses.yaml", "  - name: any\n",
		"  - name: any\n    intents: [refnd]\n",
		"responses.yaml:2: any.intents: unknown intent \"refnd\" (did you mean \"refund\"?)");
	expect_error("responses.yaml", "  - name: any\n",
		"  - name: any\n    sentiment: [sad]\n",
		"responses.yaml:2: any.sentiment: must be negative, neutral or positive");
	expect_error("responses.yaml", "occasions:\n",
		"  - name: any\n    text: Again.\noccasions:\n",
		"responses.yaml:4: responses: \"any\" is there twice");
	expect_error("responses.yaml", "forms:\n  en:", "forms:\n  pt:",
		"responses.yaml:10: forms: \"pt\" is no language of pack.yaml");
	expect_problem("responses.yaml", "  - name: any\n",
		"  - name: any\n    intents: [refund, other]\n", true,
		"responses.yaml:0: warning: nothing is said for the intent \"hours\"");
}

static void
faults_of_policy(void **state)
{
	(void)state;
	expect_error("policy.yaml", "steps: [intent, response", "steps: [intent, respons",
		"policy.yaml:2: routes.steps: unknown actor \"respons\" (did you mean \"response\"?)");
	expect_error("policy.yaml", "on_error: escalation}\n  - {name: verdict",
		"on_error: nobody}\n  - {name: verdict",
		"policy.yaml:2: routes.on_error: unknown actor \"nobody\"");
	expect_error("policy.yaml", "name: verdict", "name: verdicts",
		"policy.yaml:0: routes: there is no route \"verdict\"");
	expect_error("policy.yaml", "steps: [response]", "steps: []",
		"policy.yaml:3: routes: \"verdict\" has no steps");
	expect_error("policy.yaml", "lacks: [sorry]", "reason: none",
		"policy.yaml:11: guardrails[2]: has neither words, patterns, lacks nor when");
	expect_problem("policy.yaml", "decision:\n",
		"decision:\n  - {name: all, last: true}\n", true,
		"policy.yaml:5: warning: decision[0]: always holds, so no rule after it is ever tried");
}

static void
faults_of_actions(void **state)
{
	(void)state;
	expect_error("actions.yaml", "method: POST", "method: SEND",
		"actions.yaml:5: actions[0].method: must be GET, POST, PUT, PATCH or DELETE");
	expect_error("actions.yaml", "limit: money", "limit: mony",
		"actions.yaml:5: actions[0].limit: there is no limit \"mony\"");
	expect_error("actions.yaml", "    amount: record.total\n", "",
		"actions.yaml:5: actions[0].limit: needs an `amount` to compare");
	expect_error("actions.yaml", "    say: {done: {en: Done., es: Hecho.}}\n", "",
		"actions.yaml:5: actions[0].say.done: is missing; a quiet action says so with quiet: true");
	expect_error("actions.yaml", "${url}/orders", "${uri}/orders",
		"actions.yaml:8: url: there is no variable \"uri\" in pack.yaml");
	expect_error("actions.yaml", "${url}/orders", "ftp://x/orders",
		"actions.yaml:8: url: must begin with http:// or https://");
	expect_error("actions.yaml", "{{record.order_id}}/refund",
		"{{record.order_id/refund",
		"actions.yaml:8: url: a {{path}} is not closed or empty");
	expect_error("actions.yaml", "{{message.text}}", "{{}}",
		"actions.yaml:9: body: a {{path}} is not closed or empty");
	expect_error("actions.yaml", "tiers: {standard: 100", "tiers: {standard: -1",
		"actions.yaml:3: limits: money.standard: must be a number, 0 or more");
	expect_problem("actions.yaml", "    idempotent: true\n", "", true,
		"actions.yaml:5: warning: actions[0].idempotent: is not set; after a crash or a time-out nobody knows whether "
		"\"give_back\" happened, and a person has to look");
}

static void
faults_of_context_and_language(void **state)
{
	(void)state;
	expect_error("context.yaml", "record: {source: order", "record: {source: ordr",
		"context.yaml:5: record.source: there is no source \"ordr\"");
	expect_error("context.yaml", "owner_email: email, ", "",
		"context.yaml:5: record: neither owner_email nor owner_id says whose it is");
	expect_error("context.yaml", "record.status ==", "recrd.status ==",
		"context.yaml:7: picks[0].when: column 1: there is no variable \"recrd\"; did you mean \"record\"?");
	expect_error("context.yaml", "knowledge:", "refers: {yes: sure}\nknowledge:",
		"context.yaml:8: refers.yes: unknown intent \"sure\"");
	expect_error("pack.yaml", "marks: [el, es]", "marks: [the]",
		"pack.yaml:0: languages: \"the\" marks two languages");
	expect_error("pack.yaml", "code: es", "code: en",
		"pack.yaml:0: languages: \"en\" is there twice");
	expect_error("nlu/all.yaml", "  fallback: other\n", "",
		"nlu:0: intents.fallback: no file says which intent a message has that nothing speaks for");
	expect_error("nlu/all.yaml", "      - Austin", "      Austin",
		"nlu/all.yaml:17: examples: each line must begin with \"- \"");
	expect_error("nlu/all.yaml", "  - lookup: city", "  - lokup: city",
		"nlu/all.yaml:15: nlu[1]: unknown member \"lokup\" (did you mean \"lookup\"?)");
	expect_error("nlu/all.yaml", "  - lookup: city", "  - sentiment: sad",
		"nlu/all.yaml:17: sentiment has no label \"sad\"");
	expect_error("kb/payment.md", "# Payment", "Payment",
		"kb/payment.md:1: must begin with \"# \" and a title");
}

static void
figures_past_their_limits(void **state)
{
	(void)state;
	char replies[2048], list[16384];
	size_t n = (size_t)snprintf(
		replies, sizeof replies, "  - name: any\n    quick_replies:\n");
	for (int i = 0; i <= QUICK_REPLIES_MAX; i++)
		n += (size_t)snprintf(replies + n, sizeof replies - n,
			"      - {title: {en: \"%d\", es: \"%d\"}, payload: a}\n", i, i);
	expect_error("responses.yaml", "  - name: any\n", replies,
		"responses.yaml:4: responses[0].quick_replies: must be at most 13 items");
	expect_error("pack.yaml", "variables:\n", "turn_time: 61s\nvariables:\n",
		"pack.yaml:7: turn_time: must be at most 60000 ms");
	expect_error("context.yaml", "cache: 60s", "cache: 25h",
		"context.yaml:4: sources[0].cache: must be at most 86400000 ms");
	/* So many problems are told one by one; more are counted. */
	struct pack_report report;
	struct pack *p = NULL;
	n = (size_t)snprintf(list, sizeof list, "responses:\n");
	for (int i = 0; i < PACK_PROBLEMS_MAX + 1; i++)
		n += (size_t)snprintf(list + n, sizeof list - n,
			"  - {name: r%d, intents: [nothing], text: Hello.}\n", i);
	write_file("responses.yaml", list);
	pack_report_init(&report);
	assert_int_equal(pack_load(folder, &(struct pack_options){.host = &host}, &p,
				 &report, NULL),
		ERR_INVALID);
	assert_int_equal(report.count, PACK_PROBLEMS_MAX);
	assert_true(report.errors > PACK_PROBLEMS_MAX);
	pack_report_fini(&report);
}

/* Two faults in two places are both said, and the first one is what the error says. */
static void
all_faults_are_said(void **state)
{
	(void)state;
	write_file("actions.yaml",
		"actions:\n  - {name: a}\n  - {name: b, metod: POST}\nper_message: 9\n");
	write_file("kb/bad.md", "nothing\n");
	struct pack_report report;
	struct pack *p = NULL;
	struct error e = {0};
	char first[200];
	pack_report_init(&report);
	assert_int_equal(
		pack_load(folder, &(struct pack_options){.host = &host}, &p, &report, &e),
		ERR_INVALID);
	assert_null(p);
	assert_int_equal(report.errors, 4);
	snprintf(first, sizeof first, "%s/actions.yaml:4: per_message: must be at most 5",
		folder);
	assert_string_equal(e.text, first);
	assert_int_equal(e.line, 4);
	pack_report_fini(&report);
}

static void
what_is_not_there(void **state)
{
	(void)state;
	struct pack *p = NULL;
	struct error e = {0};
	const struct pack_options options = {.host = &host};
	assert_int_equal(
		pack_load("/nonexistent", &options, &p, NULL, &e), ERR_NOT_FOUND);
	remove_file("pack.yaml");
	assert_int_equal(pack_load(folder, &options, &p, NULL, &e), ERR_NOT_FOUND);
	assert_null(p);
	write_file("pack.yaml", small_pack[0].text);
	remove_file("policy.yaml");
	assert_int_equal(pack_load(folder, &options, &p, NULL, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "policy.yaml: is missing"));
}

static void
files_that_are_refused(void **state)
{
	(void)state;
	char link[100];
	struct pack *p = NULL;
	struct error e = {0};
	const struct pack_options options = {.host = &host};
	write_file("kb/bad.md", "# Title\nText \xff\n");
	assert_int_equal(pack_load(folder, &options, &p, NULL, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "kb/bad.md: is not valid UTF-8"));
	assert_int_equal(e.line, 2);
	remove_file("kb/bad.md");
	snprintf(link, sizeof link, "%s/link.yaml", folder);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(pack_load(folder, &options, &p, NULL, &e), ERR_UNAVAILABLE);
	assert_non_null(strstr(e.text, "link.yaml"));
	unlink(link);
	write_file("polcy.yaml", "a: 1\n");
	struct pack_report report;
	pack_report_init(&report);
	assert_int_equal(pack_load(folder, &options, &p, &report, &e), OK);
	assert_int_equal(report.warnings, 2); /* the other: an intent with few examples */
	assert_true(str_eq(report.problems[1].text,
		STR("nothing reads this file (did you mean \"policy.yaml\"?)")));
	pack_report_fini(&report);
	const struct pack *mine = p;
	pack_unref(&mine);
}

static void
a_version_is_its_files_and_settings(void **state)
{
	(void)state;
	struct error e = {0};
	struct pack *again = NULL, *moved = NULL;
	const struct pack *p = load_small();
	assert_int_equal(pack_hash(p).n, 64);
	assert_int_equal(pack_load_bundle(pack_bundle(p), &host, &again, &e), OK);
	assert_true(str_eq(pack_hash(again), pack_hash(p)));
	assert_true(str_eq(pack_bundle(again), pack_bundle(p)));
	assert_int_equal(pack_about(again)->articles, 3);
	const struct pack_setting setting = {
		.name = STR("url"), .value = STR("http://127.0.0.1:9")};
	struct pack_options options = {
		.host = &host, .settings = &setting, .setting_count = 1};
	assert_int_equal(pack_load(folder, &options, &moved, NULL, &e), OK);
	assert_false(str_eq(pack_hash(moved), pack_hash(p)));
	const struct pack *second = again, *third = moved;
	pack_unref(&third);
	/* A bundle carries its settings. */
	assert_int_equal(
		pack_load_bundle(STR("{\"pack\":2}"), &host, &moved, &e), ERR_INVALID);
	assert_int_equal(pack_load_bundle(STR("{"), &host, &moved, &e), ERR_INVALID);
	const struct pack_setting wrong = {.name = STR("uri"), .value = STR("x")};
	options.settings = &wrong;
	assert_int_equal(pack_load(folder, &options, &moved, NULL, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "variables: there is no \"uri\" to set"));
	pack_unref(&second);
	assert_null(second);
	pack_unref(&p);
	pack_unref(&p); /* NULL is nothing to drop */
}

static void
a_bundle_keeps_its_settings(void **state)
{
	(void)state;
	struct error e = {0};
	struct pack *moved = NULL, *again = NULL;
	const struct pack_setting setting = {
		.name = STR("url"), .value = STR("http://127.0.0.1:9")};
	struct pack_options options = {
		.host = &host, .settings = &setting, .setting_count = 1};
	assert_int_equal(pack_load(folder, &options, &moved, NULL, &e), OK);
	assert_int_equal(pack_load_bundle(pack_bundle(moved), &host, &again, &e), OK);
	assert_true(str_eq(pack_hash(moved), pack_hash(again)));
	struct arena a;
	arena_init(&a, 0);
	struct json *view;
	assert_int_equal(json_parse(&a, STR("{\"record_id\":\"A/1 ü\"}"), &view, &e), OK);
	const struct pack_source *s = pack_context(again)->sources.p;
	assert_true(str_eq(pack_fill_url(s->url, &a, view),
		STR("http://127.0.0.1:9/orders/A%2F1%20%C3%BC")));
	arena_fini(&a);
	const struct pack *x = moved, *y = again;
	pack_unref(&x);
	pack_unref(&y);
}

static void
references_keep_a_pack(void **state)
{
	(void)state;
	const struct pack *p = load_small(), *turn = pack_ref(p);
	pack_unref(&p);
	assert_true(str_eq(pack_about(turn)->name, STR("small")));
	pack_unref(&turn);
}

static void
urls_and_bodies(void **state)
{
	(void)state;
	struct error e = {0};
	struct arena a;
	struct json *view;
	arena_init(&a, 0);
	const struct pack *p = load_small();
	const struct pack_action *action = pack_action(p, STR("give_back"));
	assert_non_null(action);
	assert_null(pack_action(p, STR("give")));
	assert_int_equal(
		json_parse(&a,
			STR("{\"record\":{\"order_id\":\"ORD-1\"},\"action\":{\"amount\":12.5},\"message\":{\"text\":\"\\\"bad\\\"\\n\"}}"),
			&view, &e),
		OK);
	assert_true(str_eq(pack_fill_url(action->url, &a, view),
		STR("http://127.0.0.1:1/orders/ORD-1/refund")));
	assert_true(str_eq(pack_fill_body(action->body, &a, view),
		STR("{\"amount\":12.5,\"why\":\"it was \\\"bad\\\"\\n\",\"fixed\":3}")));
	struct json *climbing;
	assert_int_equal(
		json_parse(&a, STR("{\"record\":{\"order_id\":\"..\"}}"), &climbing, &e),
		OK);
	assert_int_equal(pack_fill_url(action->url, &a, climbing).n, 0);
	struct json *empty = json_new_object(&a);
	assert_int_equal(pack_fill_url(action->url, &a, empty).n, 0);
	assert_true(str_eq(pack_fill_body(action->body, &a, empty),
		STR("{\"why\":\"it was \",\"fixed\":3}")));
	assert_true(pack_limit(action->limits, STR("vip")) == 500);
	assert_true(pack_limit(action->limits, STR("unheard of")) == 100);
	assert_int_equal(pack_actions_for(p, pack_intent(p, STR("refund")))->n, 1);
	assert_int_equal(pack_actions_for(p, pack_intent(p, STR("other")))->n, 0);
	assert_int_equal(pack_actions_for(p, -1)->n, 0);
	pack_unref(&p);
	arena_fini(&a);
}

static bool
sees(const struct pack *p, struct arena *a, const char *text, size_t guard)
{
	return pack_guard_look(p, a, str_of(text))[guard].word.n > 0;
}

static void
guardrails_see_whole_words(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	const struct pack *p = load_small();
	assert_true(sees(p, &a, "Go to HELL.", 0));
	assert_false(sees(p, &a, "Hello, this is a shell", 0));
	assert_false(sees(p, &a, "There is an issue, a tissue and a pursuer", 0));
	assert_true(sees(p, &a, "we will sue.", 0));
	assert_true(sees(p, &a, "take Legal  Action now", 0));
	assert_false(sees(p, &a, "a legal text without action", 0));
	assert_true(sees(p, &a, "card 4111111111111111", 1));
	assert_false(sees(p, &a, "number 41111111111111112", 1));
	assert_true(pack_guard_look(p, &a, STR("I am sorry"))[2].lacks);
	assert_false(pack_guard_look(p, &a, STR("I am not"))[2].lacks);
	pack_unref(&p);
	arena_fini(&a);
}

static size_t
search(const struct pack *p, struct arena *a, const char *text, const char *language,
	struct pack_article *out)
{
	struct tokens t;
	tokens_read(a, str_of(text), &t);
	return pack_search(p, a, &t, str_of(language), out, 2);
}

static void
articles_are_found(void **state)
{
	(void)state;
	struct arena a;
	struct pack_article found[2];
	arena_init(&a, 0);
	const struct pack *p = load_small();
	assert_int_equal(search(p, &a, "can I send it back?", "en", found), 1);
	assert_true(str_eq(found[0].id, STR("returns")));
	assert_true(str_eq(found[0].text, STR("You can return it within 30 days.")));
	assert_true(found[0].score > 0 && found[0].score < 1);
	/* However many other words came between, the same is found again. */
	for (int i = 0; i < 1100; i++) {
		struct str other = arena_printf(
			&a, "send it back one%d two%d three%d four%d", i, i, i, i);
		assert_int_equal(search(p, &a, other.p, "en", found), 1);
	}
	assert_int_equal(search(p, &a, "can I send it back?", "en", found), 1);
	assert_true(str_eq(found[0].id, STR("returns")));
	assert_int_equal(search(p, &a, "quiero devolverlo", "es", found), 1);
	assert_true(str_eq(found[0].title, STR("Devoluciones")));
	assert_int_equal(search(p, &a, "weather", "en", found), 0);
	assert_int_equal(search(p, &a, "\" OR NEAR( * -", "en", found), 0);
	assert_int_equal(search(p, &a, "", "en", found), 0);
	pack_unref(&p);
	arena_fini(&a);
}

/* The rank of the best article in a search for all words at once, with the texts of
 * small_pack. */
static double
rank_by_sqlite(const char *query)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	double rank = 0;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			"CREATE VIRTUAL TABLE a USING fts5(title, words, body,"
			" tokenize = 'porter unicode61 remove_diacritics 2');"
			"INSERT INTO a VALUES('Payment', '', 'We take cards and cash.'),"
			"('Devoluciones', '', 'Puede devolverlo en 30 días.'), ('Returns',"
			"'send back', 'You can return it within 30 days.\n\nAnd more.')",
			NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
				 "SELECT -bm25(a, 5.0, 4.0, 1.0) AS rank FROM a"
				 " WHERE a MATCH ?1 ORDER BY rank DESC",
				 -1, &s, NULL),
		SQLITE_OK);
	sqlite3_bind_text(s, 1, query, -1, SQLITE_STATIC);
	if (sqlite3_step(s) == SQLITE_ROW)
		rank = sqlite3_column_double(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return rank;
}

/* Words are searched one by one, and give what a search for all of them gives. */
static void
words_add_up(void **state)
{
	(void)state;
	struct arena a;
	struct pack_article found[2];
	arena_init(&a, 0);
	const struct pack *p = load_small();
	double returns = rank_by_sqlite("send OR back OR returned OR days");
	double payment = rank_by_sqlite("cards OR cards OR cash");
	assert_int_equal(search(p, &a, "send back, returned days", "en", found), 1);
	assert_true(str_eq(found[0].id, STR("returns")));
	assert_true(found[0].score == returns / (returns + 4));
	assert_int_equal(search(p, &a, "cards? Cards, cash!", "en", found), 1);
	assert_true(str_eq(found[0].id, STR("payment")));
	assert_true(found[0].score == payment / (payment + 4));
	/* The best comes first. */
	assert_int_equal(search(p, &a, "cash for what I send back", "en", found), 2);
	assert_true(str_eq(found[0].id, STR("returns")));
	assert_true(found[0].score > found[1].score);
	/* A word of a length that nobody writes is not searched. */
	struct str endless = arena_printf(&a, "a%0101d cash", 0);
	assert_int_equal(search(p, &a, endless.p, "en", found), 1);
	pack_unref(&p);
	arena_fini(&a);
}

static int
guess(const struct pack *p, struct arena *a, const char *text)
{
	struct tokens t;
	tokens_read(a, str_of(text), &t);
	return pack_guess_language(p, &t);
}

/* What a closing is for is checked when the pack loads. */
static void
faults_of_closings(void **state)
{
	(void)state;
	expect_error("responses.yaml", "responses:\n",
		"closings:\n  - {name: c, text: {en: And more.}}\nresponses:\n",
		"responses.yaml:2: closings: \"c\" names no intents");
	expect_error("responses.yaml", "responses:\n",
		"closings:\n  - {name: c, intents: [nonsense], text: {en: And more.}}\nresponses:\n",
		"responses.yaml:2: c.intents: unknown intent \"nonsense\"");
}

static void
languages(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	const struct pack *p = load_small();
	assert_int_equal(pack_language(p, STR("es")), 1);
	assert_int_equal(pack_language(p, STR("es-MX")), 1);
	assert_int_equal(pack_language(p, STR("est")), 0);
	assert_int_equal(pack_language(p, STR("fr")), 0);
	assert_int_equal(guess(p, &a, "El pedido es mío"), 1);
	assert_int_equal(guess(p, &a, "The order is mine"), 0);
	assert_int_equal(guess(p, &a, "the es"), -1);
	assert_int_equal(guess(p, &a, "ORD-1"), -1);
	const struct pack_response *offer = pack_say(p, SAY_OFFER);
	assert_int_equal(pack_text_in(&offer->text, 1)->n, 1);
	assert_ptr_not_equal(
		pack_text_in(&offer->text, 1), pack_text_in(&offer->text, 0));
	assert_ptr_equal(pack_text_in(&pack_action(p, STR("give_back"))->failed, 1),
		pack_text_in(&pack_action(p, STR("give_back"))->failed, 0));
	pack_unref(&p);
	arena_fini(&a);
}

#define LOADED(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOADED(faults_of_form),
		LOADED(faults_of_rules),
		LOADED(intents_that_rules_name),
		LOADED(faults_of_texts),
		LOADED(faults_of_policy),
		LOADED(faults_of_actions),
		LOADED(faults_of_context_and_language),
		LOADED(figures_past_their_limits),
		LOADED(all_faults_are_said),
		LOADED(what_is_not_there),
		LOADED(files_that_are_refused),
		LOADED(a_version_is_its_files_and_settings),
		LOADED(a_bundle_keeps_its_settings),
		LOADED(references_keep_a_pack),
		LOADED(urls_and_bodies),
		LOADED(guardrails_see_whole_words),
		LOADED(articles_are_found),
		LOADED(words_add_up),
		LOADED(faults_of_closings),
		LOADED(languages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
