#include "wire/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool
ip_parse(struct str s, struct ip *out)
{
	char z[IP_TEXT_MAX];

	if (s.n == 0 || s.n >= sizeof(z) || memchr(s.p, '\0', s.n))
		return false;
	memcpy(z, s.p, s.n);
	z[s.n] = '\0';
	if (memchr(z, ':', s.n))
		return inet_pton(AF_INET6, z, out->b) == 1;
	uint8_t v4[4];
	if (inet_pton(AF_INET, z, v4) != 1)
		return false;
	memcpy(out->b, v4_prefix, 12);
	memcpy(out->b + 12, v4, 4);
	return true;
}

bool
ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->b, v4_prefix, 12) == 0;
}

bool
ip_eq(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, 16) == 0;
}

struct str
ip_print(const struct ip *ip, char out[IP_TEXT_MAX])
{
	const char *z = ip_is_v4(ip) ? inet_ntop(AF_INET, ip->b + 12, out, IP_TEXT_MAX)
				     : inet_ntop(AF_INET6, ip->b, out, IP_TEXT_MAX);

	require(z);
	return str_of(out);
}

bool
ip_from_sockaddr(const struct sockaddr *sa, struct ip *out)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in4;
		memcpy(&in4, sa, sizeof(in4));
		memcpy(out->b, v4_prefix, 12);
		memcpy(out->b + 12, &in4.sin_addr, 4);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, sa, sizeof(in6));
		memcpy(out->b, &in6.sin6_addr, 16);
		return true;
	}
	return false;
}

enum err
cidr_parse(struct str s, struct cidr *out, struct error *e)
{
	struct str text = s, address;
	struct cidr c;
	int64_t bits;

	if (!str_split(&s, '/', &address) || !ip_parse(address, &c.base))
		return err_set(
			e, ERR_INVALID, "\"%.*s\" is no address or range", STR_ARG(text));
	/* The text decides, not the value: "::ffff:0:0/96" is written as IPv6 and counts
	 * 128 bits. */
	int width = str_find_char(address, ':') < 0 ? 32 : 128;
	if (address.n == text.n)
		bits = width;
	else if (!str_to_i64(s, &bits) || bits < 0 || bits > width)
		return err_set(e, ERR_INVALID, "\"%.*s\": a prefix has 0 to %d bits",
			STR_ARG(text), width);
	c.bits = (int)bits + 128 - width;
	for (int i = c.bits; i < 128; i++)
		if (c.base.b[i / 8] & (0x80 >> i % 8))
			return err_set(e, ERR_INVALID,
				"\"%.*s\": bits behind the prefix must be zero",
				STR_ARG(text));
	*out = c;
	return OK;
}

static bool
prefix_eq(const uint8_t *a, const uint8_t *b, int bits)
{
	if (memcmp(a, b, (size_t)bits / 8) != 0)
		return false;
	return bits % 8 == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8) == 0;
}

bool
cidr_contains(const struct cidr *range, const struct ip *ip)
{
	return prefix_eq(range->base.b, ip->b, range->bits);
}

/* IANA special-purpose IPv4 registry, as of RFC 6890 and its updates, and multicast. */
static const struct {
	uint8_t base[4];
	int bits;
} special_v4[] = {
	{{0, 0, 0, 0}, 8},       /* this network */
	{{10, 0, 0, 0}, 8},      /* private */
	{{100, 64, 0, 0}, 10},   /* shared, carrier NAT */
	{{127, 0, 0, 0}, 8},     /* loopback */
	{{169, 254, 0, 0}, 16},  /* link-local, metadata services */
	{{172, 16, 0, 0}, 12},   /* private */
	{{192, 0, 0, 0}, 24},    /* protocol assignments */
	{{192, 0, 2, 0}, 24},    /* documentation */
	{{192, 88, 99, 0}, 24},  /* 6to4 relays */
	{{192, 168, 0, 0}, 16},  /* private */
	{{198, 18, 0, 0}, 15},   /* benchmarks */
	{{198, 51, 100, 0}, 24}, /* documentation */
	{{203, 0, 113, 0}, 24},  /* documentation */
	{{224, 0, 0, 0}, 3},     /* multicast, reserved, broadcast */
};

static bool
v4_is_public(const uint8_t *a)
{
	for (size_t i = 0; i < sizeof(special_v4) / sizeof(special_v4[0]); i++)
		if (prefix_eq(special_v4[i].base, a, special_v4[i].bits))
			return false;
	return true;
}

bool
ip_is_public(const struct ip *ip)
{
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
	const uint8_t *b = ip->b;

	if (ip_is_v4(ip))
		return v4_is_public(b + 12);
	if (memcmp(b, nat64, 12) == 0)
		return v4_is_public(b + 12);
	if (b[0] == 0x20 && b[1] == 0x02)
		return v4_is_public(b + 2);
	/* Of IPv6 only 2000::/3 is global unicast; this leaves out loopback, ULA,
	 * link-local, site-local, multicast, the IPv4-compatible forms and what is not
	 * assigned. */
	if ((b[0] & 0xe0) != 0x20)
		return false;
	/* 2001::/23 is for protocols (Teredo, ORCHID, benchmarks); 2001:db8::/32 and
	 * 3fff::/20 are documentation. */
	if (b[0] == 0x20 && b[1] == 0x01 && (b[2] & 0xfe) == 0)
		return false;
	if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8)
		return false;
	return !(b[0] == 0x3f && b[1] == 0xff && (b[2] & 0xf0) == 0);
}
