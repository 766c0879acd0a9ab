#include "wire/base64.h"

#include "base/err.h"

static const char standard[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void
encode(struct buf *out, struct str in, const char *alphabet, bool pad)
{
	char *to = buf_reserve(out, (in.n + 2) / 3 * 4);
	size_t n = 0;

	if (!to)
		return;
	for (size_t i = 0; i < in.n; i += 3) {
		size_t have = in.n - i < 3 ? in.n - i : 3;
		uint32_t v = 0;
		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < have ? (unsigned char)in.p[i + k] : 0u);
		for (size_t k = 0; k < 4; k++) {
			if (k <= have)
				to[n++] = alphabet[v >> (18 - 6 * k) & 63];
			else if (pad)
				to[n++] = '=';
		}
	}
	to[n] = '\0';
	out->n += n;
}

static int
digit_value(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabet[62])
		return 62;
	return c == alphabet[63] ? 63 : -1;
}

static bool
decode(struct buf *out, struct str in, const char *alphabet)
{
	if (in.n % 4 == 1)
		return false;
	size_t n = in.n * 3 / 4;
	char *to = buf_reserve(out, n);
	uint32_t v = 0;
	size_t written = 0, bits = 0;

	if (!to)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		int d = digit_value(in.p[i], alphabet);
		if (d < 0) {
			*to = '\0';
			return false;
		}
		v = v << 6 | (uint32_t)d;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			to[written++] = (char)(unsigned char)(v >> bits);
			v &= (1u << bits) - 1;
		}
	}
	if (v != 0) {
		*to = '\0';
		return false;
	}
	to[written] = '\0';
	out->n += written;
	return true;
}

void
base64_encode(struct buf *out, struct str in)
{
	encode(out, in, standard, true);
}

void
base64url_encode(struct buf *out, struct str in)
{
	encode(out, in, url_safe, false);
}

bool
base64_decode(struct buf *out, struct str in)
{
	if (in.n % 4 != 0)
		return false;
	for (int i = 0; i < 2 && in.n && in.p[in.n - 1] == '='; i++)
		in.n--;
	return decode(out, in, standard);
}

bool
base64url_decode(struct buf *out, struct str in)
{
	return decode(out, in, url_safe);
}

void
hex_encode(struct buf *out, struct str in)
{
	static const char digits[] = "0123456789abcdef";
	char *to = buf_reserve(out, in.n * 2);

	if (!to)
		return;
	for (size_t i = 0; i < in.n; i++) {
		*to++ = digits[(unsigned char)in.p[i] >> 4];
		*to++ = digits[(unsigned char)in.p[i] & 15];
	}
	*to = '\0';
	out->n += in.n * 2;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
hex_decode(struct buf *out, struct str in)
{
	if (in.n % 2)
		return false;
	for (size_t i = 0; i < in.n; i++)
		if (hex_value(in.p[i]) < 0)
			return false;
	char *to = buf_reserve(out, in.n / 2);
	if (!to)
		return false;
	for (size_t i = 0; i < in.n; i += 2)
		*to++ = (char)(unsigned char)(hex_value(in.p[i]) << 4 |
			hex_value(in.p[i + 1]));
	*to = '\0';
	out->n += in.n / 2;
	return true;
}
