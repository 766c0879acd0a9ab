#include "cmd/client.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <curl/curl.h>

#define TIMEOUT_MS (TURN_TIME_MAX_MS + 10000L)

struct client {
	CURL *curl;
	char *server, *key;
	struct buf answer;
};

static size_t
take_piece(char *p, size_t size, size_t count, void *arg)
{
	struct buf *answer = arg;
	buf_add(answer, p, size * count);
	return buf_over(answer) ? 0 : size * count;
}

enum err
client_new(const char *server, const char *key, struct client **out, struct error *e)
{
	struct str s = str_of(server);
	if (!str_starts(s, STR("http://")) && !str_starts(s, STR("https://")))
		return err_set(e, ERR_INVALID,
			"\"%s\" is no server's address; it looks like "
			"http://127.0.0.1:8080",
			server);
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	struct client *c = mem_zalloc(sizeof *c);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	c->curl = curl_easy_init();
	require(c->curl != NULL);
	c->server = strndup(s.p, s.n);
	c->key = key ? strdup(key) : NULL;
	require(c->server && (!key || c->key));
	buf_init(&c->answer, CLIENT_ANSWER_MAX);
	*out = c;
	return OK;
}

void
client_free(struct client **c)
{
	if (!*c)
		return;
	curl_easy_cleanup((*c)->curl);
	curl_global_cleanup();
	buf_fini(&(*c)->answer);
	free((*c)->server);
	free((*c)->key);
	free(*c);
	*c = NULL;
}

const char *
client_server(const struct client *c)
{
	return c->server;
}

static struct curl_slist *
add_header(struct curl_slist *list, struct arena *a, const char *name, const char *value)
{
	struct curl_slist *longer =
		curl_slist_append(list, arena_printf(a, "%s: %s", name, value).p);
	require(longer != NULL);
	return longer;
}

/* The kind of an answer over 399, with what the problem says. */
static enum err
refusal(const struct client_answer *answer, struct error *e)
{
	struct str detail = json_str(json_get(answer->body, STR("detail")), STR(""));
	struct str title =
		json_str(json_get(answer->body, STR("title")), STR("the server refused"));
	struct str text = utf8_clip(detail.n ? detail : title, 200);
	enum err kind = ERR_INVALID;
	if (answer->status == 404)
		kind = ERR_NOT_FOUND;
	else if (answer->status == 409)
		kind = ERR_CONFLICT;
	else if (answer->status == 429)
		kind = ERR_LIMIT;
	else if (answer->status >= 500)
		kind = ERR_UNAVAILABLE;
	if (answer->status == 401 || answer->status == 403)
		return err_set(e, kind,
			"%.*s (%d: give an API key with --key or PARLEY_KEY)",
			STR_ARG(text), answer->status);
	return err_set(e, kind, "%.*s (%d)", STR_ARG(text), answer->status);
}

static enum err
read_answer(struct client *c, struct arena *a, struct client_answer *out, struct error *e)
{
	long status = 0;
	struct client_answer answer = {0};
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	answer.status = (int)status;
	if (c->answer.n) {
		struct str text = arena_str(a, buf_str(&c->answer));
		enum err err = json_parse(a, text, &answer.body, e);
		if (err && status < 400)
			return err_context(e, ERR_INVALID,
				"%s does not answer like Parley", c->server);
	}
	if (status >= 400)
		return refusal(&answer, e);
	*out = answer;
	return OK;
}

enum err
client_call(struct client *c, struct arena *a, const char *method, struct str path,
	struct str body, const char *idempotency_key, struct client_answer *out,
	struct error *e)
{
	struct curl_slist *headers = add_header(NULL, a, "Accept", "application/json");
	headers =
		add_header(headers, a, "Content-Type", body.n ? "application/json" : "");
	if (c->key)
		headers = add_header(headers, a, "Authorization",
			arena_printf(a, "Bearer %s", c->key).p);
	if (idempotency_key)
		headers = add_header(headers, a, "Idempotency-Key", idempotency_key);
	buf_clear(&c->answer);
	/* The reset forgets the options and keeps the connection. */
	curl_easy_reset(c->curl);
	curl_easy_setopt(c->curl, CURLOPT_URL,
		arena_printf(a, "%s%.*s", c->server, STR_ARG(path)).p);
	curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take_piece);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &c->answer);
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	if (body.n || strcmp(method, "POST") == 0) {
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, (long)body.n);
		curl_easy_setopt(c->curl, CURLOPT_COPYPOSTFIELDS, body.n ? body.p : "");
	}
	CURLcode code = curl_easy_perform(c->curl);
	curl_slist_free_all(headers);
	if (code == CURLE_OK)
		return read_answer(c, a, out, e);
	if (buf_over(&c->answer))
		return err_set(e, ERR_LIMIT, "the answer is larger than %u bytes",
			CLIENT_ANSWER_MAX);
	return err_set(e, ERR_UNAVAILABLE,
		"cannot reach %s: %s; is `parley serve` running there?", c->server,
		curl_easy_strerror(code));
}
