/* A head and a chunked body give the same result whole and byte by byte; header helpers
 * take any text. */
#include "base/err.h"
#include "wire/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum http_head
head_in_steps(struct str in, size_t step, size_t *len)
{
	struct http_head_scan scan = {0};
	enum http_head got = HTTP_HEAD_PARTIAL;

	for (size_t n = step; got == HTTP_HEAD_PARTIAL; n += step) {
		got = http_head_find(str_sub(in, 0, n), &scan, 20, len);
		if (n >= in.n)
			break;
	}
	return got;
}

static enum http_chunk
chunks_in_steps(struct str in, size_t step, struct buf *body)
{
	struct http_chunked c = {0};
	enum http_chunk got = HTTP_CHUNK_MORE;

	for (size_t at = 0; at < in.n && got == HTTP_CHUNK_MORE; at += step) {
		struct str piece, part = str_sub(in, at, at + step);
		while ((got = http_chunked_feed(&c, &part, &piece)) == HTTP_CHUNK_DATA)
			buf_add_str(body, piece);
	}
	return got;
}

static void
helpers(struct str in)
{
	struct str rest = in, item, values[HTTP_PARAMS_MAX];
	size_t count;
	int64_t when;

	while (http_list_next(&rest, &item))
		require(item.n > 0);
	http_param(in, STR("charset"));
	http_media_is(in, STR("application/json"));
	http_path_match(STR("/a/{id}/{rest...}"), in, values, &count);
	require(http_retry_after_ms(in, 1000) <= 86400000);
	if (http_date_parse(in, &when))
		require(when >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = {(const char *)data, size};
	size_t len[2] = {0, 0};
	struct buf body[2];

	if (size == 0)
		return 0;
	require(head_in_steps(in, 1, &len[0]) == head_in_steps(in, size, &len[1]));
	require(len[0] == len[1] && len[0] <= size);
	buf_init(&body[0], size);
	buf_init(&body[1], size);
	require(chunks_in_steps(in, 1, &body[0]) == chunks_in_steps(in, size, &body[1]));
	require(str_eq(buf_str(&body[0]), buf_str(&body[1])));
	buf_fini(&body[0]);
	buf_fini(&body[1]);
	helpers(in);
	return 0;
}
