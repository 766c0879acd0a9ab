/*
 * URLs (RFC 3986, the part that http and https use) and percent-encoding.
 *
 * Parsing is strict: no blanks or control bytes, no user information (it hides the true
 * host and leaks secrets), a host that is a name or an address and nothing that two
 * parsers could read differently (no backslash, no "%" in a host, no number forms of IPv4
 * but four decimal parts).
 */
#ifndef WIRE_URL_H
#define WIRE_URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "wire/ip.h"

/* Slices of the parsed text. */
struct url {
	struct str scheme; /* as written; compare with str_eq_nocase */
	struct str host;   /* without brackets */
	int port;          /* explicit, or that of the scheme */
	struct str path;   /* starts with '/', or empty */
	struct str query;  /* without '?' */
	struct str target; /* path and query as they go on a request line; empty when the
			      URL ends with its host */
	bool https;
	bool is_ip; /* host is an address: */
	struct ip ip;
};

/* ERR_INVALID with the reason; anything but http and https is refused. */
enum err url_parse(struct str text, struct url *out, struct error *e);
/* True when an address may be called on behalf of a user-configured URL: public, or
 * within one of the allowed ranges. */
bool url_address_allowed(
	const struct ip *ip, const struct cidr *allowed, size_t allowed_count);

/* Decodes %XX (and with `plus` turns '+' into a blank). A slice without escapes is
 * returned as it is, else the result is in the arena. False when an escape is broken or
 * gives NUL. */
bool url_decode(struct arena *a, struct str in, bool plus, struct str *out);
/* Appends, escaping all but the unreserved characters of RFC 3986. */
void url_encode(struct buf *out, struct str in);

#endif
