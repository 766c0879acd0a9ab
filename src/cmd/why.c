/* `parley why`: the cause record of a message's turn, from the store. */
#include "cmd/chat_why.h"
#include "cmd/cmd.h"
#include "talk/conversation.h"
#include "talk/event.h"
#include "talk/schema.h"
#include "turn/report.h"

/* A message, or a turn itself; gives the turn's row key. */
static enum err
find_turn(
	struct store *s, struct arena *a, const char *word, int64_t *out, struct error *e)
{
	int64_t message, tenant, contact_id;
	struct contact contact;
	struct event ev;
	if (id_parse(s, ID_TURN, str_of(word), out))
		return OK;
	if (!id_parse(s, ID_MESSAGE, str_of(word), &message))
		return err_set(e, ERR_INVALID,
			"\"%s\" is no message (m_…) and no turn (t_…)", word);
	int64_t conversation = row_conversation(message);
	enum err r = conversation_owner(s, conversation, &tenant, &contact_id, e);
	if (r == OK)
		r = contact_load(s, a, contact_id, &contact, e);
	if (r == OK)
		r = event_load(
			s, a, conversation, row_seq(message), &contact.key, &ev, e);
	if (r == OK && ev.turn == 0)
		r = err_set(
			e, ERR_NOT_FOUND, "a person wrote this; no turn of the bot did");
	if (r == OK)
		*out = row_key(conversation, ev.turn);
	return r;
}

static void
print_side(const struct terminal *t, const char *who, const struct json *texts)
{
	json_each(text, texts) {
		fprintf(t->out, "%s: ", who);
		terminal_paragraph(t, json_str(text, STR("")), (int)strlen(who) + 2);
		fputc('\n', t->out);
	}
}

static enum err
show(const struct args *args, struct store *s, struct arena *a, struct error *e)
{
	int64_t turn;
	struct buf text;
	struct json *report;
	struct terminal terminal;
	enum err r = find_turn(s, a, args->words[0], &turn, e);
	if (r != OK)
		return r;
	buf_init(&text, 16u << 20);
	r = turn_report(s, a, 0, row_conversation(turn), row_seq(turn), &text, e);
	if (r == OK && args_flag(args, "json")) {
		printf("%.*s\n", STR_ARG(buf_str(&text)));
	} else if (r == OK) {
		r = json_parse(a, buf_str(&text), &report, e);
		terminal_init(&terminal);
		if (r == OK) {
			print_side(&terminal, "customer", json_get(report, STR("said")));
			print_side(&terminal, "reply", json_get(report, STR("replies")));
			why_print(&terminal, report);
		}
	}
	buf_fini(&text);
	return r;
}

static int
why_run(const struct args *args)
{
	struct store store;
	struct arena a;
	struct error e = {0};
	struct env *env = env_uv_new();
	arena_init(&a, 0);
	enum err r =
		store_open_reading(env, str_of(args_value(args, "data")), &store, &e);
	if (r == OK) {
		r = show(args, &store, &a, &e);
		store_close(&store);
	}
	arena_fini(&a);
	env_uv_free(&env);
	return r == OK ? 0 : cmd_fail(args, "%s", e.text);
}

static const struct option options[] = {
	STORE_OPTIONS,
	{.name = "json", .doc = "the whole record as JSON"},
	{0},
};

const struct command cmd_why = {
	.name = "why",
	.usage = "MESSAGE | TURN [options]",
	.summary = "why a reply says what it says",
	.details =
		"Shows what was written and said, the rules that fired with their places in the pack and its version, scores,\n"
		"what came second and why, the answers used, the guardrails' verdict, the time of each actor and what the turn\n"
		"cost. Reads the store, also beside a running server.",
	.options = options,
	.words_min = 1,
	.words_max = 1,
	.run = why_run,
};
