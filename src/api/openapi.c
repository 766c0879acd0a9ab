/* GET /openapi.json: OpenAPI 3.1 made from the tables that read the requests. */
#include "api/internal.h"

#include "turn/journal.h"

extern const struct schema message_request_schema, takeover_request_schema,
	answer_request_schema, close_request_schema, handback_request_schema,
	typing_request_schema, read_request_schema, decision_request_schema,
	session_request_schema, chat_message_schema, ecommerce_chat_schema,
	replay_request_schema, understand_request_schema, parse_request_schema;

struct parameter {
	const char *name, *in, *doc;
};

struct operation {
	const char *method, *path, *tag, *summary;
	const struct schema *body;
	const char *success, *answer; /* status, and what comes */
	struct parameter parameters[3];
	bool open; /* needs no API key */
};

/* The tag of the paths whose errors have Rasa's form (rasa.c). */
#define RASA "Rasa's interface"
#define ID(what) \
	{ \
		"id", "path", "id of the " what \
	}
#define PAGE(what) \
	{"limit", "query", "rows at most, 1 to 200"}, \
	{ \
		"after", "query", what \
	}

static const struct operation operations[] = {
	{"post", "/v1/messages", "messages",
		"A customer's message; waits for the replies", &message_request_schema,
		"200",
		"message_id, conversation_id, turn_id, replies [{message_id, text, quick_replies?}], escalated?; 202 with the "
		"ids and where to look when the reply takes longer",
		{{"Idempotency-Key", "header",
			"the same key gives the same answer; with another body 422"}},
		false},
	{"get", "/v1/conversations", "conversations",
		"Conversations, those that wait longest first", NULL, "200",
		"conversations [{id, status, channel, contact, agent?, reference?, queue_position?, last_message?}], next?",
		{{"status", "query", "open, waiting, human or closed"},
			PAGE("id of the last one seen")},
		false},
	{"get", "/v1/conversations/{id}", "conversations", "One conversation", NULL,
		"200", "the conversation", {ID("conversation")}, false},
	{"get", "/v1/conversations/{id}/messages", "conversations",
		"Its messages in order", NULL, "200",
		"messages [{id, seq, direction, text, author, created_at, turn_id?, quick_replies?}], next?",
		{ID("conversation"), PAGE("sequence number of the last one seen")},
		false},
	{"post", "/v1/conversations/{id}/messages", "conversations",
		"A person writes to the customer; takes over when nobody has",
		&answer_request_schema, "201", "message_id, conversation_id, seq",
		{ID("conversation")}, false},
	{"post", "/v1/conversations/{id}/takeover", "conversations",
		"A person takes it; the bot is silent at once", &takeover_request_schema,
		"200", "the conversation", {ID("conversation")}, false},
	{"post", "/v1/conversations/{id}/handback", "conversations",
		"The bot has it again", &handback_request_schema, "200",
		"the conversation", {ID("conversation")}, false},
	{"post", "/v1/conversations/{id}/close", "conversations",
		"It is settled; what the customer writes next begins another",
		&close_request_schema, "200", "the conversation", {ID("conversation")},
		false},
	{"get", "/v1/conversations/{id}/events", "conversations",
		"What happens in it as server-sent events: messages, notes, status, typing, read",
		NULL, "200", "text/event-stream",
		{ID("conversation"), {"after_seq", "query", "number to continue after"}},
		false},
	{"post", "/v1/conversations/{id}/typing", "conversations",
		"A person types: shown to the customer for 8 s", &typing_request_schema,
		"204", "nothing", {ID("conversation")}, false},
	{"post", "/v1/conversations/{id}/read", "conversations",
		"A person has read up to here: shown to the customer",
		&read_request_schema, "204", "nothing", {ID("conversation")}, false},
	{"get", "/v1/approvals", "approvals", "Actions that wait for a person", NULL,
		"200",
		"approvals [{id, status, action, conversation_id, turn_id, reason, details, created_at}], next?",
		{{"status", "query", "pending"}, PAGE("id of the last one seen")}, false},
	{"get", "/v1/approvals/{id}", "approvals", "One approval", NULL, "200",
		"the approval", {ID("approval")}, false},
	{"post", "/v1/approvals/{id}", "approvals",
		"Decides: the action is carried out, or the customer is told",
		&decision_request_schema, "200",
		"id, status, conversation_id, turn_id of the turn that carries it out",
		{ID("approval")}, false},
	{"get", "/v1/turns/{id}", "turns", "Why a reply says what it says", NULL, "200",
		"rules and versions, scores and runners-up, answers used, guard verdicts, microseconds per actor",
		{ID("turn")}, false},
	{"post", "/v1/replays", "turns",
		"Runs the caller's recorded turns again: are they the same, or what would another pack have done",
		&replay_request_schema, "202", "id, state; Location says where to look",
		{{0}}, false},
	{"get", "/v1/replays/{id}", "turns",
		"How far a replay is, and what it found: conversations that would have gone otherwise by kind, examples with the difference of the replies",
		NULL, "200",
		"id, state (running, done, failed, canceled), progress, turns, conversations, result?",
		{ID("replay")}, false},
	{"delete", "/v1/replays/{id}", "turns",
		"Ends a running replay; one that has ended is forgotten", NULL, "204",
		"nothing", {ID("replay")}, false},
	{"post", "/v1/understand", "understanding", "All that is understood of a text",
		&understand_request_schema, "200",
		"language, intent, sentiment, urgency, entities, risk", {{0}}, false},
	{"post", "/model/parse", RASA, "The same as clients of Rasa expect it",
		&parse_request_schema, "200", "text, intent, entities, intent_ranking",
		{{"emulation_mode", "query",
			"WIT, LUIS or DIALOGFLOW: the answer in that service's form"}},
		false},
	{"get", "/version", RASA, "Which Rasa's forms these are", NULL, "200",
		"version, minimum_compatible_version", {{0}}, true},
	{"get", "/status", RASA, "What understands", NULL, "200",
		"model_file, model_id, fingerprint, num_active_training_jobs", {{0}},
		false},
	{"post", "/v1/webchat/sessions", "web chat", "Opens or continues a web chat",
		&session_request_schema, "201",
		"session, visitor and its secret, token, history, status", {{0}}, true},
	{"post", "/v1/webchat/tickets", "web chat",
		"A one-time ticket for the event stream", NULL, "201",
		"ticket, expires_at", {{0}}, true},
	{"get", "/v1/webchat/ws", "web chat", "WebSocket, subprotocol conv.webchat.v1",
		NULL, "101", "frames", {{0}}, true},
	{"get", "/v1/webchat/events", "web chat", "The same frames as server-sent events",
		NULL, "200", "text/event-stream",
		{{"ticket", "query", "one-time ticket"},
			{"after_seq", "query", "number to continue after"}},
		true},
	{"post", "/v1/webchat/messages", "web chat",
		"A visitor's message; its reply comes over the stream",
		&chat_message_schema, "200", "client_id, id, seq", {{0}}, true},
	{"post", "/api/chat", "e-commerce interface", "A chat message with its answer",
		&ecommerce_chat_schema, "200",
		"response, session_id, message_id, processing_time, metadata", {{0}},
		false},
	{"get", "/api/health", "e-commerce interface", "Health as its clients know it",
		NULL, "200", "status, timestamp, services", {{0}}, true},
	{"get", "/ws", "e-commerce interface",
		"WebSocket of envelopes {type, data, timestamp}", NULL, "101",
		"envelopes", {{"session_id", "query", "goes on with this session"}},
		false},
	{"get", "/health", "operation", "Alive", NULL, "200", "status", {{0}}, true},
	{"get", "/health/ready", "operation", "Takes messages", NULL, "200",
		"status; 503 says why not", {{0}}, true},
	{"get", "/metrics", "operation", "Figures for Prometheus", NULL, "200",
		"text format 0.0.4", {{0}}, true},
	{"get", "/openapi.json", "operation", "This description", NULL, "200",
		"OpenAPI 3.1", {{0}}, true},
	{"get", "/docs", "pages", "This description to read", NULL, "200", "text/html",
		{{0}}, true},
	{"get", "/", "pages", "The demo's page; elsewhere leads to /docs", NULL, "200",
		"text/html", {{0}}, true},
	{"get", "/widget", "pages", "The chat as a page", NULL, "200", "text/html", {{0}},
		true},
	{"get", "/widget.js", "pages", "The chat for other pages, as one script", NULL,
		"200", "text/javascript", {{0}}, true},
	{"get", "/demo.js", "pages", "Script of the demo's page", NULL, "200",
		"text/javascript", {{0}}, true},
	{"get", "/demo.css", "pages", "Style of the demo's page", NULL, "200", "text/css",
		{{0}}, true},
	{"get", "/docs.js", "pages", "Script of /docs", NULL, "200", "text/javascript",
		{{0}}, true},
	{"get", "/docs.css", "pages", "Style of /docs", NULL, "200", "text/css", {{0}},
		true},
	{"get", "/favicon.svg", "pages", "The icon", NULL, "200", "image/svg+xml", {{0}},
		true},
	{"get", "/demo/customers.json", "pages", "Who the demo's customers are", NULL,
		"200", "customers [{id, email, name, tier, hash, orders}], widget_key",
		{{0}}, true},
};
#define OPERATIONS (sizeof operations / sizeof *operations)

static void
print_parameters(struct jsonw *w, const struct operation *op)
{
	jsonw_karray(w, "parameters");
	for (const struct parameter *p = op->parameters;
		p < op->parameters + 3 && p->name; p++) {
		jsonw_object(w);
		jsonw_kstr(w, "name", str_of(p->name));
		jsonw_kstr(w, "in", str_of(p->in));
		jsonw_kstr(w, "description", str_of(p->doc));
		if (strcmp(p->in, "path") == 0)
			jsonw_kbool(w, "required", true);
		jsonw_kobject(w, "schema");
		jsonw_kstr(w, "type", STR("string"));
		jsonw_end_object(w);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
print_body(struct jsonw *w, const struct schema *schema)
{
	jsonw_kobject(w, "requestBody");
	jsonw_kbool(w, "required", true);
	jsonw_kobject(w, "content");
	jsonw_kobject(w, "application/json");
	jsonw_key(w, STR("schema"));
	schema_describe(schema, w);
	jsonw_end_object(w);
	jsonw_end_object(w);
	jsonw_end_object(w);
}

static void
print_responses(struct jsonw *w, const struct operation *op)
{
	jsonw_kobject(w, "responses");
	jsonw_kobject(w, op->success);
	jsonw_kstr(w, "description", str_of(op->answer));
	jsonw_end_object(w);
	jsonw_kobject(w, "default");
	jsonw_kstr(w, "description",
		strcmp(op->tag, RASA) == 0
			? STR("application/json, as Rasa's errors: version, status, message, reason, details, code")
			: STR("application/problem+json (RFC 9457)"));
	jsonw_end_object(w);
	jsonw_end_object(w);
}

static void
print_operation(struct jsonw *w, const struct operation *op)
{
	jsonw_kobject(w, op->method);
	jsonw_kstr(w, "summary", str_of(op->summary));
	jsonw_karray(w, "tags");
	jsonw_str(w, str_of(op->tag));
	jsonw_end_array(w);
	if (op->open) {
		jsonw_karray(w, "security");
		jsonw_end_array(w);
	}
	print_parameters(w, op);
	if (op->body)
		print_body(w, op->body);
	print_responses(w, op);
	jsonw_end_object(w);
}

/* Operations of one path stand together in the table. */
static void
print_paths(struct jsonw *w)
{
	jsonw_kobject(w, "paths");
	for (size_t i = 0; i < OPERATIONS; i++) {
		bool first =
			i == 0 || strcmp(operations[i].path, operations[i - 1].path) != 0;
		bool last = i + 1 == OPERATIONS ||
			strcmp(operations[i].path, operations[i + 1].path) != 0;
		if (first)
			jsonw_kobject(w, operations[i].path);
		print_operation(w, &operations[i]);
		if (last)
			jsonw_end_object(w);
	}
	jsonw_end_object(w);
}

static void
get_openapi(struct http_request *r)
{
	struct buf body;
	struct jsonw w;
	buf_init(&body, API_BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_object(&w);
	jsonw_kstr(&w, "openapi", STR("3.1.0"));
	jsonw_kobject(&w, "info");
	jsonw_kstr(&w, "title", STR("Parley"));
	jsonw_kstr(&w, "version", STR(JOURNAL_PROGRAM));
	jsonw_kstr(&w, "description", STR("Talks with a company's customers."));
	jsonw_end_object(&w);
	print_paths(&w);
	jsonw_kobject(&w, "components");
	jsonw_kobject(&w, "securitySchemes");
	jsonw_kobject(&w, "key");
	jsonw_kstr(&w, "type", STR("http"));
	jsonw_kstr(&w, "scheme", STR("bearer"));
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	jsonw_karray(&w, "security");
	jsonw_object(&w);
	jsonw_karray(&w, "key");
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	api_reply(r, 200, &body);
}

const struct http_route openapi_routes[] = {
	{METHOD_GET, "/openapi.json", get_openapi, 0, 0, NULL},
	{0},
};
