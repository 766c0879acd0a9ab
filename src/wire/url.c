#include "wire/url.h"

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Every label of letters, digits, '-' and '_' (some service names have one), not starting
 * or ending with '-'; the last one not a number, because "1.2.3" and "0x7f.1" are
 * addresses to some resolvers. */
static bool
host_name_valid(struct str host)
{
	struct str label = {0};

	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0 || host.n > 253)
		return false;
	while (str_split(&host, '.', &label)) {
		if (label.n == 0 || label.n > 63 || label.p[0] == '-' ||
			label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_alnum(label.p[i]) && label.p[i] != '-' &&
				label.p[i] != '_')
				return false;
	}
	return !(label.p[0] >= '0' && label.p[0] <= '9');
}

static enum err
host_parse(struct str authority, struct url *u, struct error *e)
{
	struct str port = {0};

	if (authority.n && authority.p[0] == '[') {
		ptrdiff_t close = str_find_char(authority, ']');
		if (close < 0)
			return err_set(e, ERR_INVALID,
				"URL: the bracket of its address is not closed");
		u->host = str_sub(authority, 1, (size_t)close);
		port = str_sub(authority, (size_t)close + 1, authority.n);
		if (str_find_char(u->host, ':') < 0 || !ip_parse(u->host, &u->ip))
			return err_set(e, ERR_INVALID, "URL: \"%.*s\" is no IPv6 address",
				STR_ARG(u->host));
		u->is_ip = true;
	} else {
		ptrdiff_t colon = str_find_char(authority, ':');
		u->host = colon < 0 ? authority : str_sub(authority, 0, (size_t)colon);
		port = colon < 0 ? port : str_sub(authority, (size_t)colon, authority.n);
		u->is_ip = ip_parse(u->host, &u->ip);
		if (!u->is_ip && !host_name_valid(u->host))
			return err_set(e, ERR_INVALID, "URL: \"%.*s\" is no host name",
				STR_ARG(u->host));
	}
	if (port.n == 0)
		return OK;
	int64_t value;
	if (port.p[0] != ':' || port.n < 2 || port.p[1] < '0' || port.p[1] > '9' ||
		!str_to_i64(str_sub(port, 1, port.n), &value) || value < 1 ||
		value > 65535)
		return err_set(e, ERR_INVALID, "URL: \"%.*s\" is no port", STR_ARG(port));
	u->port = (int)value;
	return OK;
}

enum err
url_parse(struct str text, struct url *out, struct error *e)
{
	struct url u = {0};

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c <= 0x20 || c >= 0x7f || c == '\\' || c == '"' || c == '<' ||
			c == '>')
			return err_set(e, ERR_INVALID,
				"URL: a byte that must be escaped at offset %zu", i);
	}
	ptrdiff_t colon = str_find(text, STR("://"));
	if (colon < 0)
		return err_set(e, ERR_INVALID,
			"URL: it does not start with http:// or https://");
	u.scheme = str_sub(text, 0, (size_t)colon);
	u.https = str_eq_nocase(u.scheme, STR("https"));
	if (!u.https && !str_eq_nocase(u.scheme, STR("http")))
		return err_set(e, ERR_INVALID, "URL: the scheme \"%.*s\" is not allowed",
			STR_ARG(u.scheme));
	u.port = u.https ? 443 : 80;
	struct str rest = str_sub(text, (size_t)colon + 3, text.n);
	ptrdiff_t hash = str_find_char(rest, '#');
	if (hash >= 0)
		rest.n = (size_t)hash;
	size_t end = 0;
	while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
		end++;
	struct str authority = str_sub(rest, 0, end);
	if (str_find_char(authority, '@') >= 0)
		return err_set(e, ERR_INVALID, "URL: a user name is not allowed in it");
	enum err err = host_parse(authority, &u, e);
	if (err)
		return err;
	u.target = str_sub(rest, end, rest.n);
	ptrdiff_t question = str_find_char(u.target, '?');
	u.path = question < 0 ? u.target : str_sub(u.target, 0, (size_t)question);
	if (question >= 0)
		u.query = str_sub(u.target, (size_t)question + 1, u.target.n);
	*out = u;
	return OK;
}

bool
url_address_allowed(const struct ip *ip, const struct cidr *allowed, size_t allowed_count)
{
	for (size_t i = 0; i < allowed_count; i++)
		if (cidr_contains(&allowed[i], ip))
			return true;
	return ip_is_public(ip);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
url_decode(struct arena *a, struct str in, bool plus, struct str *out)
{
	if (str_find_char(in, '%') < 0 && (!plus || str_find_char(in, '+') < 0)) {
		*out = in;
		return true;
	}
	char *p = arena_alloc(a, in.n);
	size_t n = 0;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];
		if (c == '%') {
			int high = i + 2 < in.n ? hex_digit(in.p[i + 1]) : -1;
			int low = i + 2 < in.n ? hex_digit(in.p[i + 2]) : -1;
			if (high < 0 || low < 0 || (high | low) == 0)
				return false;
			c = (char)(unsigned char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		p[n++] = c;
	}
	*out = (struct str){p, n};
	return true;
}

/* RFC 3986, section 2.3. */
static bool
is_unreserved(char c)
{
	return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void
url_encode(struct buf *out, struct str in)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < in.n; i++) {
		size_t from = i;
		while (i < in.n && is_unreserved(in.p[i]))
			i++;
		buf_add(out, in.p + from, i - from);
		if (i == in.n)
			return;
		unsigned char c = (unsigned char)in.p[i];
		char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
		buf_add(out, escape, 3);
	}
}
