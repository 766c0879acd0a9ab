/*
 * What callers send to the API: any bytes read as the body of each request and as a frame
 * of the web chat. A refusal has a reason; a message that is taken is written and read
 * back as it was.
 */
#include "api/internal.h"
#include "api/webchat.h"

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct schema message_request_schema, takeover_request_schema,
	answer_request_schema, handback_request_schema, decision_request_schema,
	session_request_schema, ecommerce_chat_schema, understand_request_schema,
	parse_request_schema;

static void
read_as(const struct schema *schema, struct arena *a, const struct json *body)
{
	struct error e = {0};
	void *out = arena_zalloc(a, schema->size);

	if (schema_read(schema, a, body, out, &e) == OK) {
		struct buf text;
		struct jsonw w;
		buf_init(&text, SIZE_MAX / 4);
		jsonw_init(&w, &text);
		schema_write(schema, out, &w);
		require(!buf_over(&text));
		buf_fini(&text);
	} else {
		require(e.kind == ERR_INVALID && e.text[0]);
	}
}

static void
take_chat_message(struct arena *a, const struct json *body)
{
	struct chat_message m;
	unsigned char fingerprint[32];

	if (schema_read(&chat_message_schema, a, body, &m, NULL) != OK ||
		chat_message_wrong(&m))
		return;
	require(m.client_id.n >= 8 && utf8_count(m.text) <= MESSAGE_TEXT_MAX);
	chat_fingerprint(a, &m, fingerprint);
}

/* As the store keeps it. */
static void
keep_message(struct arena *a, struct str text)
{
	struct message m = {.text = text, .author = STR("visitor")}, back;

	require(message_parse(a, message_print(a, &m), &back, NULL) == OK);
	require(str_eq(back.text, text) && str_eq(back.author, m.author));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct schema *const all[] = {&message_request_schema,
		&takeover_request_schema, &answer_request_schema,
		&handback_request_schema, &decision_request_schema,
		&session_request_schema, &ecommerce_chat_schema,
		&understand_request_schema, &parse_request_schema, &chat_message_schema};
	struct str in = {(const char *)data, size};
	struct json *body;
	struct arena a;
	struct message m;
	struct error e = {0};

	arena_init(&a, 0);
	if (json_parse(&a, in, &body, &e) == OK) {
		for (size_t i = 0; i < sizeof all / sizeof *all; i++)
			read_as(all[i], &a, body);
		take_chat_message(&a, body);
		keep_message(&a, json_str(json_get(body, STR("text")), STR("")));
	} else {
		require((e.kind == ERR_INVALID || e.kind == ERR_LIMIT) && e.text[0]);
	}
	message_parse(&a, in, &m, NULL);
	arena_fini(&a);
	return 0;
}
