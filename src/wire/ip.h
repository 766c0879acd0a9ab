/*
 * Internet addresses as values: reading, printing, ranges, and which of them are public.
 *
 * IPv4 is kept in its IPv4-mapped IPv6 form, so that one comparison serves both and a
 * mapped address cannot slip past a rule about IPv4.
 */
#ifndef WIRE_IP_H
#define WIRE_IP_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct ip {
	uint8_t b[16]; /* network order; IPv4 as ::ffff:a.b.c.d */
};

struct cidr {
	struct ip base;
	int bits; /* of 128: an IPv4 /8 is 104 */
};

struct sockaddr;

/* "192.0.2.1" (four decimal parts, no leading zeros) or "2001:db8::1"; no zone, no
 * brackets. */
bool ip_parse(struct str s, struct ip *out);
bool ip_is_v4(const struct ip *ip);
bool ip_eq(const struct ip *a, const struct ip *b);
#define IP_TEXT_MAX 46
/* Shortest usual form, NUL-terminated; returns its slice. */
struct str ip_print(const struct ip *ip, char out[IP_TEXT_MAX]);
/* False for families that are not internet ones. */
bool ip_from_sockaddr(const struct sockaddr *sa, struct ip *out);

/* "10.0.0.0/8", "fd00::/8" or a single address; bits behind the prefix must be zero. */
enum err cidr_parse(struct str s, struct cidr *out, struct error *e);
bool cidr_contains(const struct cidr *range, const struct ip *ip);

/* True when the address is one of the public internet: not loopback, private, link-local
 * (the metadata services of clouds), shared, documentation, multicast, reserved or
 * unspecified; an IPv4 address within a 6to4, NAT64 or mapped IPv6 address is judged as
 * itself. After the special-purpose registries of RFC 6890. */
bool ip_is_public(const struct ip *ip);

#endif
