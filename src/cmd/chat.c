/* `parley chat`: the conversation of the widget, in a terminal or through a pipe. */
#include "base/limits.h"
#include "base/utf8.h"
#include "cmd/chat_why.h"
#include "cmd/client.h"
#include "cmd/cmd.h"
#include "cmd/line_reader.h"
#include "cmd/terminal.h"

#include <openssl/rand.h>
#include <unistd.h>

#define NEWS_MS 2000   /* how often a terminal looks for a person's messages */
#define PENDING_MS 400 /* how often it looks for a reply that takes its time */
#define SEND_TRIES 6   /* waits 0.5, 1, 2, 4, 8 s between them */
#define SEEN_MAX 128
#define ID_MAX 80

static const struct option chat_options[] = {
	{.name = "server",
		.value = "URL",
		.fallback = "http://127.0.0.1:8080",
		.doc = "the server to speak to"},
	{.name = "key",
		.value = "KEY",
		.doc = "API key; also from PARLEY_KEY, which no process list shows"},
	{.name = "as",
		.value = "EMAIL",
		.doc = "who writes (in the demo: john.doe@example.com …)"},
	{.name = "name", .value = "NAME", .doc = "the writer's name"},
	{.name = "why", .doc = "show the cause record of each reply"},
	{0},
};

struct choice {
	char *title, *payload; /* payload NULL when there is none */
};

struct chat {
	const struct args *args;
	struct client *client;
	struct terminal terminal;
	struct line_reader lines;
	struct arena arena; /* of one message and its reply */
	char from_id[ID_MAX];
	char conversation[ID_MAX];
	char status[16];             /* of the conversation: "open", "waiting", "human" */
	int64_t seq;                 /* the newest message that was looked at */
	char seen[SEEN_MAX][ID_MAX]; /* ids of messages shown, a ring */
	size_t seen_count;
	struct choice choices[QUICK_REPLIES_MAX];
	size_t choice_count;
	bool at_prompt; /* the cursor stands behind "you> " */
};

static void
copy_id(char out[ID_MAX], struct str id)
{
	snprintf(out, ID_MAX, "%.*s", STR_ARG(id));
}

static void
random_id(char out[ID_MAX], const char *prefix)
{
	unsigned char bytes[12];
	require(RAND_bytes(bytes, sizeof bytes) == 1);
	int n = snprintf(out, ID_MAX, "%s", prefix);
	for (size_t i = 0; i < sizeof bytes; i++)
		n += snprintf(out + n, (size_t)(ID_MAX - n), "%02x", bytes[i]);
}

static bool
seen(const struct chat *c, struct str id)
{
	size_t n = c->seen_count < SEEN_MAX ? c->seen_count : SEEN_MAX;
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_of(c->seen[i]), id))
			return true;
	return false;
}

static void
mark_seen(struct chat *c, struct str id)
{
	copy_id(c->seen[c->seen_count++ % SEEN_MAX], id);
}

/* Before something is written while a person may be typing: the prompt gives way. */
static void
leave_prompt(struct chat *c)
{
	if (c->at_prompt)
		fputs(c->terminal.colours ? "\r\033[K" : "\n", c->terminal.out);
	c->at_prompt = false;
}

static void
notice(struct chat *c, enum ink ink, struct str text)
{
	leave_prompt(c);
	terminal_ink(&c->terminal, ink);
	fputs("  (", c->terminal.out);
	terminal_text(&c->terminal, text);
	fputs(")\n", c->terminal.out);
	terminal_ink(&c->terminal, INK_PLAIN);
}

static void
prompt(struct chat *c)
{
	if (!c->terminal.interactive || c->at_prompt)
		return;
	c->at_prompt = true;
	terminal_ink(&c->terminal, INK_BOLD);
	fputs("you> ", c->terminal.out);
	terminal_ink(&c->terminal, INK_PLAIN);
	fflush(c->terminal.out);
}

static void
pause_ms(int64_t ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

static void
forget_choices(struct chat *c)
{
	for (size_t i = 0; i < c->choice_count; i++) {
		free(c->choices[i].title);
		free(c->choices[i].payload);
	}
	c->choice_count = 0;
}

static char *
copy_text(struct str s)
{
	char *copy = s.p ? strndup(s.p, s.n) : NULL;
	require(!s.p || copy);
	return copy;
}

static void
show_choices(struct chat *c, const struct json *replies)
{
	forget_choices(c);
	json_each(reply, replies) {
		if (c->choice_count == QUICK_REPLIES_MAX)
			break;
		struct choice *choice = &c->choices[c->choice_count++];
		choice->title =
			copy_text(json_str(json_get(reply, STR("title")), STR("?")));
		choice->payload = copy_text(
			json_str(json_get(reply, STR("payload")), (struct str){NULL, 0}));
		terminal_ink(&c->terminal, INK_BLUE);
		fprintf(c->terminal.out, "  [%zu] ", c->choice_count);
		terminal_text(&c->terminal, str_of(choice->title));
		fputc('\n', c->terminal.out);
		terminal_ink(&c->terminal, INK_PLAIN);
	}
}

/* One message of the other side: a reply of a call (no author: the bot) or one of the
 * message log. */
static void
show_message(struct chat *c, const struct json *m, struct str id)
{
	struct str kind = json_str(json_path(m, STR("author.kind")), STR("bot"));
	struct str name = json_str(json_path(m, STR("author.name")), STR(""));
	bool person = str_eq(kind, STR("agent"));
	if (seen(c, id))
		return;
	mark_seen(c, id);
	leave_prompt(c);
	if (!name.n || !person)
		name = person ? STR("agent") : STR("parley");
	terminal_ink(&c->terminal, person ? INK_YELLOW : INK_GREEN);
	terminal_text(&c->terminal, name);
	fputs("> ", c->terminal.out);
	terminal_ink(&c->terminal, INK_PLAIN);
	terminal_paragraph(&c->terminal, json_str(json_get(m, STR("text")), STR("")), 2);
	fputc('\n', c->terminal.out);
	const struct json *replies = json_get(m, STR("quick_replies"));
	if (replies && replies->count)
		show_choices(c, replies);
}

static enum err
get(struct chat *c, struct str path, struct client_answer *out, struct error *e)
{
	return client_call(
		c->client, &c->arena, "GET", path, (struct str){NULL, 0}, NULL, out, e);
}

/* One page of the log after the last look; moves c->seq behind it. NULL when there is
 * none, or nothing new. `more`: another page follows, even when this one shows no
 * message, for the log holds more than messages. */
static const struct json *
next_page(struct chat *c, bool *more)
{
	struct client_answer answer;
	struct error e;
	int64_t before = c->seq;
	struct str path = arena_printf(&c->arena,
		"/v1/conversations/%s/messages?after=%lld&limit=%d", c->conversation,
		(long long)c->seq, PAGE_MAX);
	*more = false;
	if (!c->conversation[0] || get(c, path, &answer, &e))
		return NULL;
	const struct json *messages = json_get(answer.body, STR("messages"));
	json_each(m, messages) {
		int64_t seq = json_int(json_get(m, STR("seq")), 0);
		if (seq > c->seq)
			c->seq = seq;
	}
	int64_t next = json_int(json_get(answer.body, STR("next")), 0);
	if (next > c->seq)
		c->seq = next;
	*more = next > before;
	return messages;
}

/* Shows what the log holds after the last look. Returns how many messages of the other
 * side it held. */
static int
show_news(struct chat *c)
{
	int count = 0;
	for (bool more = true; more;) {
		json_each(m, next_page(c, &more)) {
			if (!str_eq(json_str(json_get(m, STR("direction")), STR("")),
				    STR("outbound")))
				continue;
			count++;
			show_message(c, m, json_str(json_get(m, STR("id")), STR("")));
		}
	}
	return count;
}

/* The conversation may be older than this chat: what stands in it before the message just
 * sent is not shown. */
static void
skip_history(struct chat *c, struct str sent)
{
	for (bool more = true; more;) {
		json_each(m, next_page(c, &more)) {
			if (!str_eq(json_str(json_get(m, STR("id")), STR("")), sent))
				continue;
			c->seq = json_int(json_get(m, STR("seq")), c->seq);
			return;
		}
	}
}

/* Says so when a person took the conversation, or gave it back. */
static void
show_status(struct chat *c)
{
	struct client_answer answer;
	struct error e;
	if (!c->conversation[0] ||
		get(c, arena_printf(&c->arena, "/v1/conversations/%s", c->conversation),
			&answer, &e))
		return;
	struct str status =
		json_str(json_get(answer.body, STR("status")), str_of(c->status));
	if (str_eq(status, str_of(c->status)))
		return;
	bool back = c->status[0] && str_eq(status, STR("open"));
	snprintf(c->status, sizeof c->status, "%.*s", STR_ARG(status));
	if (str_eq(status, STR("human"))) {
		struct str who = json_str(
			json_path(answer.body, STR("agent.name")), STR("a person"));
		notice(c, INK_YELLOW,
			arena_printf(&c->arena, "%.*s has taken over", STR_ARG(who)));
	} else if (str_eq(status, STR("waiting"))) {
		notice(c, INK_YELLOW,
			STR("waiting for a person; what they write appears here"));
	} else if (back) {
		notice(c, INK_YELLOW, STR("the assistant answers again"));
	}
}

static void
show_why(struct chat *c, struct str turn)
{
	struct client_answer answer;
	struct error e;
	if (!turn.n)
		return;
	if (get(c, arena_printf(&c->arena, "/v1/turns/%.*s", STR_ARG(turn)), &answer, &e))
		notice(c, INK_RED, str_of(e.text));
	else
		why_print(&c->terminal, answer.body);
}

/* A 202: the message is safe, its reply comes when it comes. */
static void
wait_for_reply(struct chat *c)
{
	for (int waited = 0; waited < TURN_TIME_MAX_MS; waited += PENDING_MS) {
		if (show_news(c))
			return;
		pause_ms(PENDING_MS);
	}
	notice(c, INK_YELLOW, STR("no reply yet; it will appear here"));
}

static void
show_answer(struct chat *c, const struct client_answer *answer)
{
	const struct json *replies = json_get(answer->body, STR("replies"));
	copy_id(c->conversation,
		json_str(json_get(answer->body, STR("conversation_id")),
			str_of(c->conversation)));
	if (c->seq == 0)
		skip_history(
			c, json_str(json_get(answer->body, STR("message_id")), STR("")));
	forget_choices(c);
	json_each(reply, replies)
		show_message(
			c, reply, json_str(json_get(reply, STR("message_id")), STR("")));
	if (answer->status == 202)
		wait_for_reply(c);
	show_news(c);
	show_status(c);
	bool silent = answer->status != 202 && !(replies && replies->count);
	if (silent && strcmp(c->status, "human") == 0)
		notice(c, INK_DIM, STR("a person reads this"));
	if (args_flag(c->args, "why"))
		show_why(c, json_str(json_get(answer->body, STR("turn_id")), STR("")));
}

static struct str
message_body(struct chat *c, struct str text, struct str payload)
{
	const char *as = args_value(c->args, "as"), *name = args_value(c->args, "name");
	struct buf out;
	struct jsonw w;
	buf_init(&out, (size_t)8 * CHAT_LINE_MAX); /* an escape takes up to six bytes */
	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_kstr(&w, "channel", STR("api"));
	jsonw_kobject(&w, "from");
	jsonw_kstr(&w, "id", str_of(c->from_id));
	if (as)
		jsonw_kstr(&w, "email", str_of(as));
	if (name)
		jsonw_kstr(&w, "name", str_of(name));
	jsonw_end_object(&w);
	jsonw_kstr(&w, "text", text);
	if (payload.n)
		jsonw_kstr(&w, "payload", payload);
	jsonw_end_object(&w);
	struct str body = arena_str(&c->arena, buf_str(&out));
	buf_fini(&out);
	return body;
}

/* Sends until the server has it: the key makes a repetition harmless. */
static void
send_message(struct chat *c, struct str text, struct str payload)
{
	struct client_answer answer;
	struct error e;
	char key[ID_MAX];
	struct str body = message_body(c, text, payload);
	random_id(key, "chat-");
	for (int i = 0; i < SEND_TRIES; i++) {
		enum err err = client_call(c->client, &c->arena, "POST",
			STR("/v1/messages"), body, key, &answer, &e);
		if (!err) {
			show_answer(c, &answer);
			return;
		}
		if (err != ERR_UNAVAILABLE && err != ERR_LIMIT)
			break;
		if (i == 0)
			notice(c, INK_YELLOW,
				STR("the server does not answer; trying again"));
		fflush(c->terminal.out);
		if (i + 1 < SEND_TRIES)
			pause_ms(INT64_C(500) << i);
	}
	notice(c, INK_RED, arena_printf(&c->arena, "not sent: %s", e.text));
}

/* A number chooses a quick reply while some are shown. */
static void
take_line(struct chat *c, struct str line)
{
	int64_t n;
	line = str_trim(line);
	if (!line.n)
		return;
	if (!utf8_valid(line)) {
		notice(c, INK_RED, STR("that line is not UTF-8 and was not sent"));
		return;
	}
	if (!str_to_i64(line, &n) || n < 1 || (uint64_t)n > c->choice_count) {
		send_message(c, arena_str(&c->arena, line), (struct str){NULL, 0});
		return;
	}
	const struct choice *choice = &c->choices[n - 1];
	struct str title = arena_str(&c->arena, str_of(choice->title));
	send_message(c, title, arena_str(&c->arena, str_of(choice->payload)));
}

static void
converse(struct chat *c)
{
	struct str line;
	prompt(c);
	for (;;) {
		fflush(c->terminal.out);
		arena_clear(&c->arena);
		switch (line_read(
			&c->lines, c->terminal.interactive ? NEWS_MS : -1, &line)) {
		case LINE_READ:
			c->at_prompt = false;
			if (!c->terminal.interactive)
				show_news(c);
			take_line(c, line);
			prompt(c);
			break;
		case LINE_TOO_LONG:
			c->at_prompt = false;
			notice(c, INK_RED, STR("that line is too long and was not sent"));
			prompt(c);
			break;
		case LINE_TIMEOUT:
			show_status(c);
			show_news(c);
			prompt(c);
			break;
		case LINE_END:
			if (c->terminal.interactive)
				fputc('\n', c->terminal.out);
			return;
		}
	}
}

static int
chat_run(const struct args *args)
{
	const char *key = args_value(args, "key"), *as = args_value(args, "as");
	struct client_answer health;
	struct error e;
	struct chat *c = mem_zalloc(sizeof *c);
	int code = 0;
	c->args = args;
	terminal_init(&c->terminal);
	line_reader_init(&c->lines, STDIN_FILENO);
	arena_init(&c->arena, 16 << 10);
	if (as)
		copy_id(c->from_id, str_of(as));
	else
		random_id(c->from_id, "terminal-");
	if (client_new(args_value(args, "server"), key ? key : getenv("PARLEY_KEY"),
		    &c->client, &e) ||
		get(c, STR("/health"), &health, &e)) {
		code = cmd_fail(args, "%s", e.text);
	} else {
		if (c->terminal.interactive)
			notice(c, INK_DIM,
				STR("Ctrl-D leaves; a number chooses a quick reply"));
		converse(c);
	}
	client_free(&c->client);
	forget_choices(c);
	line_reader_fini(&c->lines);
	arena_fini(&c->arena);
	free(c);
	return code;
}

const struct command cmd_chat = {
	.name = "chat",
	.usage = "[options]",
	.summary = "talk with a running server in the terminal",
	.details = "Each line is a message; a number chooses one of the quick replies "
		   "shown. Through a pipe the replies go\n"
		   "to standard output, one message each, so that a script can hold a "
		   "conversation.",
	.options = chat_options,
	.run = chat_run,
};
