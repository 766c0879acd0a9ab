/* `parley inbox`: who waits for a person, what waits for approval, and a person's
 * answers. */
#include "base/limits.h"
#include "base/utf8.h"
#include "cmd/client.h"
#include "cmd/cmd.h"
#include "cmd/line_reader.h"
#include "cmd/terminal.h"

#include <openssl/rand.h>
#include <unistd.h>

#define ROWS_MAX 99
#define ID_MAX 80

static const struct option inbox_options[] = {
	{.name = "server",
		.value = "URL",
		.fallback = "http://127.0.0.1:8080",
		.doc = "the server to speak to"},
	{.name = "key",
		.value = "KEY",
		.doc = "API key; also from PARLEY_KEY, which no process list shows"},
	{.name = "agent-id",
		.value = "ID",
		.fallback = "inbox",
		.doc = "who answers and decides"},
	{.name = "agent-name",
		.value = "NAME",
		.fallback = "Support",
		.doc = "the name that customers see"},
	{.name = "note", .value = "TEXT", .doc = "with approve and reject: why"},
	{.name = "limit",
		.value = "N",
		.fallback = "50",
		.doc = "rows of each list, 1 to 200"},
	{.name = "json", .doc = "print the server's answers instead of tables"},
	{0},
};

struct inbox {
	const struct args *args;
	struct client *client;
	struct terminal terminal;
	struct arena arena;          /* of one command */
	char rows[ROWS_MAX][ID_MAX]; /* ids by the numbers of the list shown last */
	size_t row_count;
};

/* One command: its word, how many words must follow, and what it does. */
struct inbox_verb {
	const char *name, *takes, *doc;
	int words; /* that must follow; the last takes the rest of the line */
	enum err (*run)(
		struct inbox *in, struct str id, struct str text, struct error *e);
};

static enum err
call(struct inbox *in, const char *method, struct str path, struct str body,
	struct client_answer *out, struct error *e)
{
	char key[2 * 12 + 8] = "inbox-";
	unsigned char bytes[12];
	bool changes = strcmp(method, "GET") != 0;
	require(RAND_bytes(bytes, sizeof bytes) == 1);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(key + 6 + 2 * i, 3, "%02x", bytes[i]);
	return client_call(
		in->client, &in->arena, method, path, body, changes ? key : NULL, out, e);
}

static enum err
get(struct inbox *in, struct str path, struct client_answer *out, struct error *e)
{
	return call(in, "GET", path, (struct str){NULL, 0}, out, e);
}

static enum err
post(struct inbox *in, const char *what, struct str id, const char *verb,
	struct json *body, struct client_answer *out, struct error *e)
{
	struct str path =
		arena_printf(&in->arena, "/v1/%s/%.*s%s", what, STR_ARG(id), verb);
	return call(in, "POST", path,
		body ? json_print(&in->arena, body) : (struct str){NULL, 0}, out, e);
}

/* {"id","name"} of the person at the keyboard. */
static struct json *
agent(struct inbox *in)
{
	struct json *o = json_new_object(&in->arena);
	json_set(o, STR("id"),
		json_new_str(&in->arena, str_of(args_value(in->args, "agent-id"))));
	json_set(o, STR("name"),
		json_new_str(&in->arena, str_of(args_value(in->args, "agent-name"))));
	return o;
}

static void
say(struct inbox *in, enum ink ink, const char *before, struct str text)
{
	terminal_ink(&in->terminal, ink);
	fputs(before, in->terminal.out);
	terminal_text(&in->terminal, text);
	terminal_ink(&in->terminal, INK_PLAIN);
	fputc('\n', in->terminal.out);
}

static int64_t
now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct str
age(struct inbox *in, const struct json *row, struct str member)
{
	int64_t then = json_int(json_get(row, member), 0);
	return then ? terminal_age(&in->arena, then, now_ms()) : STR("");
}

/* One column and the gap behind it. */
static void
cell(struct inbox *in, struct str text, int width)
{
	terminal_cell(&in->terminal, text, width);
	fputs("  ", in->terminal.out);
}

/* The row's number, under which the prompt knows its id. */
static void
begin_row(struct inbox *in, const struct json *row)
{
	struct str id = json_str(json_get(row, STR("id")), STR("?"));
	int n = 0;
	if (in->row_count < ROWS_MAX) {
		snprintf(in->rows[in->row_count], ID_MAX, "%.*s", STR_ARG(id));
		n = (int)++in->row_count;
	}
	if (in->terminal.interactive)
		fprintf(in->terminal.out, n ? "%3d  " : "     ", n);
	cell(in, id, 24);
}

static void
heading(struct inbox *in, const char *text)
{
	terminal_ink(&in->terminal, INK_BOLD);
	fprintf(in->terminal.out, "%s%s\n", in->terminal.interactive ? "     " : "",
		text);
	terminal_ink(&in->terminal, INK_PLAIN);
}

/* Name and address as far as they are known. */
static struct str
contact_who(struct inbox *in, const struct json *row)
{
	struct str name = json_str(json_path(row, STR("contact.name")), STR(""));
	struct str email = json_str(json_path(row, STR("contact.email")), STR(""));
	struct str phone = json_str(json_path(row, STR("contact.phone")), STR(""));
	struct str stated =
		json_str(json_path(row, STR("contact.stated_email")), STR(""));
	struct str address = email.n ? email : phone;
	if (!address.n && stated.n)
		address = arena_printf(&in->arena, "%.*s (stated)", STR_ARG(stated));
	if (name.n && address.n)
		return arena_printf(
			&in->arena, "%.*s, %.*s", STR_ARG(name), STR_ARG(address));
	if (name.n || address.n)
		return name.n ? name : address;
	return json_str(json_path(row, STR("contact.id")), STR("somebody"));
}

static void
print_waiting(struct inbox *in, const struct json *rows)
{
	if (!rows || !rows->count) {
		say(in, INK_GREEN, "", STR("Nobody waits for a person."));
		return;
	}
	heading(in,
		"Conversation              Who                               Waits     "
		"Reference  Last message");
	json_each(row, rows) {
		begin_row(in, row);
		cell(in, contact_who(in, row), 32);
		cell(in, age(in, row, STR("waiting_since")), 8);
		cell(in, json_str(json_get(row, STR("reference")), STR("")), 9);
		cell(in, json_str(json_path(row, STR("last_message.text")), STR("")), 40);
		fputc('\n', in->terminal.out);
	}
}

/* Those a person answers already; nothing is said when there are none. */
static void
print_taken(struct inbox *in, const struct json *rows)
{
	if (!rows || !rows->count)
		return;
	fputc('\n', in->terminal.out);
	heading(in,
		"Conversation              Who                               With                "
		"      Last message");
	json_each(row, rows) {
		begin_row(in, row);
		cell(in, contact_who(in, row), 32);
		cell(in, json_str(json_path(row, STR("agent.name")), STR("a person")),
			24);
		cell(in, json_str(json_path(row, STR("last_message.text")), STR("")), 40);
		fputc('\n', in->terminal.out);
	}
}

static void
print_approval(struct inbox *in, const struct json *row)
{
	const struct json *details = json_get(row, STR("details"));
	struct str name = json_str(json_get(details, STR("name")), STR(""));
	struct str email = json_str(json_get(details, STR("email")), STR(""));
	double amount = json_double(json_get(details, STR("amount")), 0);
	begin_row(in, row);
	cell(in, json_str(json_get(row, STR("action")), STR("?")), 20);
	cell(in, amount > 0 ? arena_printf(&in->arena, "%9.2f", amount) : STR(""), 9);
	cell(in, json_str(json_get(details, STR("record_id")), STR("")), 14);
	cell(in, email.n ? email : name, 26);
	cell(in, age(in, row, STR("created_at")), 8);
	terminal_text(&in->terminal, json_str(json_get(row, STR("reason")), STR("")));
	fputc('\n', in->terminal.out);
}

static void
print_approvals(struct inbox *in, const struct json *rows)
{
	if (!rows || !rows->count) {
		say(in, INK_GREEN, "", STR("Nothing waits for approval."));
		return;
	}
	heading(in,
		"Approval                  Action                   Amount  "
		"About           Who                         Asked     Why");
	json_each(row, rows)
		print_approval(in, row);
}

static void
print_json(struct inbox *in, const struct json *body)
{
	struct str text = json_print(&in->arena, body);
	fprintf(in->terminal.out, "%.*s\n", STR_ARG(text));
}

/* The rows of one list, NULL-safe to print. */
static enum err
get_rows(struct inbox *in, const char *what, const char *status, struct json **rows,
	struct error *e)
{
	struct client_answer answer;
	struct str path = arena_printf(&in->arena, "/v1/%s?status=%s&limit=%s", what,
		status, args_value(in->args, "limit"));
	enum err err = get(in, path, &answer, e);
	if (err)
		return err;
	*rows = json_get(answer.body, str_of(what));
	return *rows ? OK
		     : err_set(e, ERR_INVALID, "%s does not answer like Parley",
			       client_server(in->client));
}

static enum err
verb_list(struct inbox *in, struct str id, struct str text, struct error *e)
{
	struct json *waiting, *taken, *approvals;
	(void)id, (void)text;
	enum err err = get_rows(in, "conversations", "waiting", &waiting, e);
	if (!err)
		err = get_rows(in, "conversations", "human", &taken, e);
	if (!err)
		err = get_rows(in, "approvals", "pending", &approvals, e);
	if (err)
		return err;
	if (args_flag(in->args, "json")) {
		struct json *all = json_new_object(&in->arena);
		json_set(all, STR("waiting"), json_copy(&in->arena, waiting));
		json_set(all, STR("human"), json_copy(&in->arena, taken));
		json_set(all, STR("approvals"), json_copy(&in->arena, approvals));
		print_json(in, all);
		return OK;
	}
	in->row_count = 0;
	print_waiting(in, waiting);
	print_taken(in, taken);
	fputc('\n', in->terminal.out);
	print_approvals(in, approvals);
	return OK;
}

static void
print_message(struct inbox *in, const struct json *m)
{
	bool inbound =
		str_eq(json_str(json_get(m, STR("direction")), STR("")), STR("inbound"));
	struct str name = json_str(json_path(m, STR("author.name")), STR(""));
	struct str kind = json_str(
		json_path(m, STR("author.kind")), inbound ? STR("visitor") : STR("bot"));
	terminal_ink(&in->terminal, inbound ? INK_BOLD : INK_GREEN);
	terminal_text(&in->terminal, name.n ? name : kind);
	fputs("> ", in->terminal.out);
	terminal_ink(&in->terminal, INK_PLAIN);
	terminal_paragraph(&in->terminal, json_str(json_get(m, STR("text")), STR("")), 2);
	fputc('\n', in->terminal.out);
}

static enum err
show_transcript(struct inbox *in, struct str id, struct error *e)
{
	struct client_answer page;
	int64_t after = 0;
	do {
		struct str path = arena_printf(&in->arena,
			"/v1/conversations/%.*s/messages?after=%lld&limit=%d",
			STR_ARG(id), (long long)after, PAGE_MAX);
		enum err err = get(in, path, &page, e);
		if (err)
			return err;
		if (args_flag(in->args, "json"))
			print_json(in, page.body);
		else
			json_each(m, json_get(page.body, STR("messages")))
				print_message(in, m);
		after = json_int(json_get(page.body, STR("next")), 0);
	} while (after);
	return OK;
}

/* The page that the customer writes from. */
static void
print_where(struct inbox *in, const struct json *conversation)
{
	struct str url = json_str(json_path(conversation, STR("page.url")), STR(""));
	struct str title = json_str(json_path(conversation, STR("page.title")), STR(""));
	if (url.n || title.n)
		say(in, INK_DIM, "",
			arena_printf(&in->arena, "writes from %.*s%s%.*s", STR_ARG(title),
				title.n && url.n ? ", " : "", STR_ARG(url)));
}

static enum err
verb_show(struct inbox *in, struct str id, struct str text, struct error *e)
{
	struct client_answer answer;
	(void)text;
	enum err err =
		get(in, arena_printf(&in->arena, "/v1/conversations/%.*s", STR_ARG(id)),
			&answer, e);
	if (err)
		return err;
	if (!args_flag(in->args, "json")) {
		struct str who = contact_who(in, answer.body);
		struct str status =
			json_str(json_get(answer.body, STR("status")), STR("?"));
		say(in, INK_DIM, "",
			arena_printf(&in->arena, "%.*s with %.*s, %.*s%s", STR_ARG(id),
				STR_ARG(who), STR_ARG(status),
				json_bool(json_get(answer.body, STR("typing")), false)
					? ", who is typing"
					: ""));
		print_where(in, answer.body);
	}
	return show_transcript(in, id, e);
}

/* What a verb says when it is done: the server's answer, or a sentence. */
static enum err
done(struct inbox *in, const struct client_answer *answer, const char *sentence,
	struct str id)
{
	if (!args_flag(in->args, "json"))
		say(in, INK_GREEN, sentence, id);
	else if (answer->body)
		print_json(in, answer->body);
	return OK;
}

static enum err
verb_take(struct inbox *in, struct str id, struct str text, struct error *e)
{
	struct client_answer answer;
	struct json *body = json_new_object(&in->arena);
	(void)text;
	json_set(body, STR("agent"), agent(in));
	enum err err = post(in, "conversations", id, "/takeover", body, &answer, e);
	return err ? err : done(in, &answer, "You have taken over ", id);
}

static enum err
verb_answer(struct inbox *in, struct str id, struct str text, struct error *e)
{
	struct client_answer answer;
	struct json *body = json_new_object(&in->arena);
	if (!utf8_valid(text))
		return err_set(e, ERR_INVALID, "the text is not UTF-8");
	json_set(body, STR("author"), agent(in));
	json_set(body, STR("text"), json_new_str(&in->arena, text));
	enum err err = post(in, "conversations", id, "/messages", body, &answer, e);
	return err ? err : done(in, &answer, "Sent to ", id);
}

static enum err
verb_back(struct inbox *in, struct str id, struct str text, struct error *e)
{
	struct client_answer answer;
	(void)text;
	enum err err = post(in, "conversations", id, "/handback", NULL, &answer, e);
	return err ? err : done(in, &answer, "The assistant answers again in ", id);
}

static enum err
verb_close(struct inbox *in, struct str id, struct str text, struct error *e)
{
	struct client_answer answer;
	struct json *body = json_new_object(&in->arena);
	(void)text;
	json_set(body, STR("agent"), agent(in));
	enum err err = post(in, "conversations", id, "/close", body, &answer, e);
	return err ? err : done(in, &answer, "Closed ", id);
}

static enum err
decide(struct inbox *in, struct str id, struct str note, const char *decision,
	struct error *e)
{
	struct client_answer answer;
	const char *option = args_value(in->args, "note");
	struct json *body = json_new_object(&in->arena);
	json_set(body, STR("decision"), json_new_str(&in->arena, str_of(decision)));
	if (note.n || option)
		json_set(body, STR("note"),
			json_new_str(&in->arena, note.n ? note : str_of(option)));
	enum err err = post(in, "approvals", id, "", body, &answer, e);
	return err ? err
		   : done(in, &answer,
			     strcmp(decision, "approve") == 0 ? "Approved " : "Rejected ",
			     id);
}

static enum err
verb_approve(struct inbox *in, struct str id, struct str text, struct error *e)
{
	return decide(in, id, text, "approve", e);
}

static enum err
verb_reject(struct inbox *in, struct str id, struct str text, struct error *e)
{
	return decide(in, id, text, "reject", e);
}

static const struct inbox_verb verbs[] = {
	{"list", "", "who waits, and what waits for approval", 0, verb_list},
	{"show", "ID", "the transcript of a conversation", 1, verb_show},
	{"take", "ID", "take a conversation over: the assistant is silent at once", 1,
		verb_take},
	{"answer", "ID TEXT", "write to the customer", 2, verb_answer},
	{"back", "ID", "hand the conversation back to the assistant", 1, verb_back},
	{"close", "ID", "the matter is settled", 1, verb_close},
	{"approve", "ID", "let a held action happen", 1, verb_approve},
	{"reject", "ID", "say no to a held action", 1, verb_reject},
};

#define VERBS (sizeof verbs / sizeof *verbs)

static const struct inbox_verb *
find_verb(struct str word)
{
	for (size_t i = 0; i < VERBS; i++)
		if (str_eq(str_of(verbs[i].name), word))
			return &verbs[i];
	return NULL;
}

/* An id stands in a path as it is: letters, digits and a few marks only. */
static bool
is_id(struct str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01234567"
			    "89_-",
			    id.p[i]))
			return false;
	return id.n > 0 && id.n < ID_MAX;
}

/* A row's number of the list shown last stands for its id. */
static struct str
row_id(struct inbox *in, struct str word)
{
	int64_t n;
	if (in->terminal.interactive && str_to_i64(word, &n) && n >= 1 &&
		(uint64_t)n <= in->row_count)
		return str_of(in->rows[n - 1]);
	return word;
}

static enum err
run_verb(struct inbox *in, struct str word, struct str id, struct str text,
	struct error *e)
{
	const struct inbox_verb *verb = find_verb(word);
	if (!verb)
		return err_set(e, ERR_INVALID,
			"there is no \"%.*s\"; try list, show, take, answer, back, "
			"close, approve or reject",
			STR_ARG(utf8_clip(word, 40)));
	if ((verb->words >= 1 && !id.n) || (verb->words >= 2 && !text.n))
		return err_set(e, ERR_INVALID, "something is missing: %s %s", verb->name,
			verb->takes);
	if (verb->words >= 1 && !is_id(row_id(in, id)))
		return err_set(
			e, ERR_INVALID, "\"%.*s\" is no id", STR_ARG(utf8_clip(id, 60)));
	return verb->run(in, row_id(in, id), text, e);
}

static void
print_verbs(struct inbox *in)
{
	for (size_t i = 0; i < VERBS; i++)
		fprintf(in->terminal.out, "  %-8s %-8s %s\n", verbs[i].name,
			verbs[i].takes, verbs[i].doc);
	fputs("  quit              (or Ctrl-D)\n", in->terminal.out);
}

/* False when the person wants to leave. */
static bool
take_command(struct inbox *in, struct str line)
{
	struct error e;
	struct str rest = str_trim(line), word = {NULL, 0}, id = {NULL, 0};
	if (!rest.n)
		return true;
	str_split(&rest, ' ', &word);
	rest = str_trim(rest);
	if (str_eq(word, STR("quit")) || str_eq(word, STR("exit")))
		return false;
	if (str_eq(word, STR("help"))) {
		print_verbs(in);
		return true;
	}
	str_split(&rest, ' ', &id);
	if (run_verb(in, word, id, str_trim(rest), &e))
		say(in, INK_RED, "", str_of(e.text));
	return true;
}

static void
run_prompt(struct inbox *in)
{
	struct line_reader lines;
	struct str line;
	bool stay = true;
	line_reader_init(&lines, STDIN_FILENO);
	while (stay) {
		terminal_ink(&in->terminal, INK_BOLD);
		fputs("inbox> ", in->terminal.out);
		terminal_ink(&in->terminal, INK_PLAIN);
		fflush(in->terminal.out);
		arena_clear(&in->arena);
		enum line_event event = line_read(&lines, -1, &line);
		stay = event == LINE_TOO_LONG ||
			(event == LINE_READ && take_command(in, line));
		if (event == LINE_END)
			fputc('\n', in->terminal.out);
	}
	line_reader_fini(&lines);
}

/* The words after the id, as one text. */
static struct str
join_words(struct inbox *in, const struct args *args)
{
	struct str text = {NULL, 0};
	for (int i = 2; i < args->word_count; i++)
		text = text.n ? arena_printf(&in->arena, "%.*s %s", STR_ARG(text),
					args->words[i])
			      : str_of(args->words[i]);
	return text;
}

static int
inbox_run(const struct args *args)
{
	const char *key = args_value(args, "key");
	int64_t limit;
	struct error e;
	enum err err;
	if (!args_int(args, "limit", 1, PAGE_MAX, &limit))
		return 2;
	if (args->word_count && !find_verb(str_of(args->words[0])))
		return cmd_usage(args,
			"there is no \"%s\"; try list, show, take, answer, back, close, "
			"approve or reject",
			args->words[0]);
	struct inbox *in = mem_zalloc(sizeof *in);
	in->args = args;
	terminal_init(&in->terminal);
	arena_init(&in->arena, 16 << 10);
	err = client_new(args_value(args, "server"), key ? key : getenv("PARLEY_KEY"),
		&in->client, &e);
	if (!err && args->word_count)
		err = run_verb(in, str_of(args->words[0]),
			str_of(args->word_count > 1 ? args->words[1] : NULL),
			join_words(in, args), &e);
	else if (!err)
		err = verb_list(in, (struct str){NULL, 0}, (struct str){NULL, 0}, &e);
	if (!err && !args->word_count && in->terminal.interactive &&
		!args_flag(args, "json"))
		run_prompt(in);
	client_free(&in->client);
	arena_fini(&in->arena);
	free(in);
	return err ? cmd_fail(args, "%s", e.text) : 0;
}

const struct command cmd_inbox = {
	.name = "inbox",
	.usage =
		"[list | show ID | take ID | answer ID TEXT | back ID | close ID | approve ID | "
		"reject ID] [options]",
	.summary = "see who waits for a person and what waits for approval; answer and "
		   "decide",
	.details = "Without a word it lists both; on a terminal it then takes the same "
		   "words at a prompt, where a row's number\n"
		   "stands for its id.",
	.options = inbox_options,
	.words_max = -1,
	.run = inbox_run,
};
