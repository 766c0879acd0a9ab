/* URLs that are taken are made of parts of the text; escapes read back; addresses, ranges,
 * base64, tokens and event streams take any text. */
#include "base/err.h"
#include "wire/base64.h"
#include "wire/crypto.h"
#include "wire/sse.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
urls(struct arena *a, struct str in)
{
	struct url u;
	struct str out;
	struct buf b;

	if (url_parse(in, &u, NULL) == OK) {
		require(u.host.n > 0 && u.port > 0 && u.port < 65536);
		require(u.host.p >= in.p && u.host.p + u.host.n <= in.p + in.n);
		require(str_find_char(u.host, '@') < 0 && str_find_char(u.host, '/') < 0);
	}
	buf_init(&b, in.n * 3);
	url_encode(&b, in);
	if (!memchr(in.p, 0, in.n))
		require(url_decode(a, buf_str(&b), true, &out) && str_eq(out, in));
	buf_fini(&b);
}

static void
addresses(struct str in)
{
	struct ip ip, back;
	struct cidr range;
	char text[IP_TEXT_MAX];

	if (ip_parse(in, &ip))
		require(ip_parse(ip_print(&ip, text), &back) && ip_eq(&ip, &back));
	if (cidr_parse(in, &range, NULL) == OK)
		require(cidr_contains(&range, &range.base));
}

static void
base64s(struct str in)
{
	struct buf plain, back;

	buf_init(&plain, in.n);
	buf_init(&back, in.n * 2 + 4);
	if (base64_decode(&plain, in)) {
		base64_encode(&back, buf_str(&plain));
		require(str_eq(buf_str(&back), in));
	}
	buf_clear(&plain);
	buf_clear(&back);
	if (base64url_decode(&plain, in)) {
		base64url_encode(&back, buf_str(&plain));
		require(str_eq(buf_str(&back), in));
	}
	buf_fini(&plain);
	buf_fini(&back);
}

static void
event(struct sse_reader *r, const struct sse_event *ev)
{
	require(ev->data.n <= r->max);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = {(const char *)data, size}, claims;
	struct arena a;
	struct sse_reader r;

	if (size == 0)
		return 0;
	arena_init(&a, 0);
	urls(&a, in);
	addresses(in);
	base64s(in);
	require(jwt_verify(&a, STR("0123456789abcdef0123456789abcdef"), in, 0, &claims,
			NULL) != OK);
	sse_reader_init(&r, 100, event, NULL);
	sse_reader_feed(&r, in, NULL);
	sse_reader_fini(&r);
	arena_fini(&a);
	return 0;
}
