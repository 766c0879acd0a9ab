/*
 * E-mail addresses, web addresses, IP addresses and telephone numbers.
 *
 * Found by their own signs in one walk over the bytes: an @, a scheme, "www." or a
 * top-level domain, and runs of digits and the marks that people put between them.
 */
#include "text/entity_drafts.h"

#include "base/limits.h"

#include <arpa/inet.h>
#include <ctype.h>

#define PHONE_DIGITS_MIN 7
#define PHONE_DIGITS_MAX 15 /* E.164 */
#define HOST_MAX 253        /* RFC 1035 */

/* Top-level domains that people write without a scheme. Others are found with http:// or
 * www. */
static const char *const common_domains[] = {"com", "org", "net", "edu", "gov", "mil",
	"int", "info", "biz", "name", "io", "co", "ai", "app", "dev", "tv", "us", "uk",
	"de", "fr", "es", "nl", "ch", "pl", "pt", "se", "dk", "fi", "ie", "ru", "ua",
	"tr", "cn", "jp", "kr", "id", "th", "vn", "sg", "au", "nz", "ca", "mx", "br",
	"ar", "cl", "pe", "eu", "xyz", "shop", "store", "online", "site", "tech", "cloud",
	"blog", "gg", "ly", "cc", "sa", "ae", "za", "hk", "tw", "ph", "cz", "hu", "gr",
	"ro", "sk", "si", "bg", "hr", "rs", "lt", "lv", "ee", "lu", "il", "eg", "ng",
	"ke", "pk", "bd", "lk", "ms", "gl", "fm", "aws", "academy", "agency", "email",
	"news", "live", "media", "world", "today", "link", "page", "web", "digital",
	"group", "support", "help", "games", "travel", "jobs", "mobi", "pro", "club",
	"team", "zone", "life", "space", "solutions", NULL};

/* Domains that are words, too: a name needs three labels or a path to be believed. */
static const char *const doubtful_domains[] = {"it", "is", "in", "so", "to", "me", "no",
	"at", "my", "am", "be", "do", "as", "by", "us", "he", "id", "la", "se", "es",
	"de", "today", "help", "support", "news", "live", "name", "group", "team",
	"games", "link", "page", "life", NULL};

static bool
is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool
is_local_byte(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("._%+-'!#$&*/=?^`{|}~", c));
}

static bool
is_host_byte(char c)
{
	return is_word_byte(c) || c == '-' || c == '.';
}

static char
byte_at(struct str s, size_t at)
{
	return at < s.n ? s.p[at] : '\0';
}

static bool
is_listed(struct str label, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (str_eq_nocase(label, str_of(list[i])))
			return true;
	return false;
}

/* The end of a host name that starts at `at`: labels of one byte or more with dots
 * between, the last one of letters. 0 when there is none. */
static size_t
host_end(struct str s, size_t at)
{
	size_t end = at, good = 0, label = at;
	while (end < s.n && end - at < HOST_MAX && is_host_byte(s.p[end])) {
		if (s.p[end] == '.') {
			if (end == label)
				break;
			label = end + 1;
		}
		end++;
		bool letter = isalpha((unsigned char)s.p[end - 1]) ||
			(unsigned char)s.p[end - 1] >= 0x80;
		bool closes = end == s.n || !is_host_byte(s.p[end]) || s.p[end] == '.';
		if (letter && closes && label > at && end - label >= 2)
			good = end;
	}
	return good;
}

static void
read_email(struct drafts *d, size_t at)
{
	struct str s = d->t->text;
	size_t start = at, end = host_end(s, at + 1);
	while (start > 0 && at - start < 64 && is_local_byte(s.p[start - 1]))
		start--;
	/* Quotation marks and separators before it belong to the sentence. */
	while (start < at && !isalnum((unsigned char)s.p[start]) &&
		(unsigned char)s.p[start] < 0x80 && s.p[start] != '_')
		start++;
	if (byte_at(s, at + 1) == '[') {
		/* user@[192.0.2.1] */
		ptrdiff_t close = str_find_char(str_sub(s, at, at + 48), ']');
		end = close > 0 ? at + (size_t)close + 1 : 0;
	}
	if (start < at && end && s.p[at - 1] != '.')
		drafts_add(d, RANK_CHECKED, "email", (struct str){0}, start, end, .98);
}

/* The end of a path, query and fragment; what closes a sentence is no part of it. */
static size_t
path_end(struct str s, size_t at)
{
	size_t end = at;
	int open = 0;
	while (end < s.n && (unsigned char)s.p[end] > ' ' && !strchr("<>\"", s.p[end])) {
		open += s.p[end] == '(';
		if (s.p[end] == ')' && open-- <= 0)
			break;
		end++;
	}
	while (end > at && strchr(".,;:!?'", s.p[end - 1]))
		end--;
	return end;
}

static size_t
url_rest(struct str s, size_t at)
{
	if (byte_at(s, at) == ':' && isdigit((unsigned char)byte_at(s, at + 1))) {
		size_t port = at + 1;
		while (port < s.n && isdigit((unsigned char)s.p[port]))
			port++;
		at = port;
	}
	return byte_at(s, at) && strchr("/?#", byte_at(s, at)) ? path_end(s, at) : at;
}

static size_t
ip4_end(struct str s, size_t at)
{
	for (int part = 0; part < 4; part++) {
		int v = 0, digits = 0;
		for (; isdigit((unsigned char)byte_at(s, at)) && digits < 4;
			at++, digits++)
			v = v * 10 + (s.p[at] - '0');
		if (!digits || digits > 3 || v > 255 ||
			(part < 3 && byte_at(s, at++) != '.'))
			return 0;
	}
	bool more = byte_at(s, at) == '.' && isdigit((unsigned char)byte_at(s, at + 1));
	return more || isalnum((unsigned char)byte_at(s, at)) || byte_at(s, at) == '_'
		? 0
		: at;
}

static void
read_scheme(struct drafts *d, size_t at)
{
	static const char *const schemes[] = {"http://", "https://", "ftp://", NULL};
	struct str s = d->t->text;
	for (size_t i = 0; schemes[i]; i++) {
		struct str scheme = str_of(schemes[i]);
		if (!str_eq_nocase(str_sub(s, at, at + scheme.n), scheme))
			continue;
		size_t host = at + scheme.n, end = host_end(s, host);
		if (!end)
			end = ip4_end(s, host);
		if (!end && str_eq_nocase(str_sub(s, host, host + 9), STR("localhost")))
			end = host + 9;
		if (end)
			drafts_add(d, RANK_CHECKED, "url", (struct str){0}, at,
				url_rest(s, end), .98);
		return;
	}
}

/* A host without a scheme: www. or a domain that people write so. */
static void
read_bare_host(struct drafts *d, size_t at)
{
	struct str s = d->t->text;
	size_t end = host_end(s, at);
	if (!end || byte_at(s, end) == '@')
		return;
	struct str host = str_sub(s, at, end), label = host;
	size_t labels = 1;
	for (ptrdiff_t dot; (dot = str_find_char(label, '.')) >= 0; labels++)
		label = str_sub(label, (size_t)dot + 1, label.n);
	bool www = str_eq_nocase(str_sub(host, 0, 4), STR("www."));
	bool sure =
		is_listed(label, common_domains) && !is_listed(label, doubtful_domains);
	bool likely =
		is_listed(label, common_domains) || is_listed(label, doubtful_domains);
	bool pathed =
		byte_at(s, end) == '/' && isalnum((unsigned char)byte_at(s, end + 1));
	if (www || sure || (likely && (labels > 2 || pathed)))
		drafts_add(d, RANK_FORM, "url", (struct str){0}, at, url_rest(s, end),
			www ? .98 : .9);
}

static void
read_ip(struct drafts *d, size_t at)
{
	struct str s = d->t->text;
	size_t end = ip4_end(s, at);
	if (end)
		drafts_add(d, RANK_FORM, "ip", (struct str){0}, at, end, .97);
}

static void
read_ip6(struct drafts *d, size_t at)
{
	struct str s = d->t->text;
	char z[INET6_ADDRSTRLEN];
	size_t n = 0, colons = 0;
	while (n < sizeof(z) - 1 &&
		(isxdigit((unsigned char)byte_at(s, at + n)) ||
			byte_at(s, at + n) == ':' ||
			(byte_at(s, at + n) == '.' &&
				isdigit((unsigned char)byte_at(s, at + n + 1))))) {
		colons += s.p[at + n] == ':';
		z[n] = s.p[at + n];
		n++;
	}
	if (n > 1 && z[n - 1] == ':' && z[n - 2] != ':')
		n--;
	z[n] = '\0';
	struct in6_addr ip;
	if (colons >= 2 && n > 2 && !isalnum((unsigned char)byte_at(s, at + n)) &&
		inet_pton(AF_INET6, z, &ip) == 1)
		drafts_add(d, RANK_FORM, "ip", (struct str){0}, at, at + n, .97);
}

/* A telephone number as it is written, while it is read. */
struct phone {
	size_t start, end;
	char digits[PHONE_DIGITS_MAX + 8];
	size_t n;
	size_t groups;
	size_t group[8]; /* digits in each */
	bool plus, brackets, hyphen;
	bool decimal; /* two groups with only a point between */
};

/* What may stand between two digits of one number: a mark or two, with a blank on each
 * side at most. */
static size_t
phone_gap(struct str s, size_t at)
{
	size_t n = 0, blanks = 0;
	while (n < 3 && byte_at(s, at + n) && strchr(" -.()/", byte_at(s, at + n))) {
		blanks += s.p[at + n] == ' ';
		n++;
	}
	bool spaced = n == 3 && blanks == 2 && s.p[at + 1] == '-';
	return isdigit((unsigned char)byte_at(s, at + n)) && (blanks <= 1 || spaced)
		? n
		: SIZE_MAX;
}

static bool
phone_scan(struct str s, size_t at, struct phone *p)
{
	*p = (struct phone){.start = at};
	bool open = byte_at(s, at) == '(';
	if (open && str_find_char(str_sub(s, at, at + 12), ')') < 0)
		return false;
	at += open;
	p->brackets = open;
	p->plus = byte_at(s, at) == '+';
	at += p->plus;
	at += p->plus && byte_at(s, at) == ' ';
	if (!isdigit((unsigned char)byte_at(s, at)))
		return false;
	while (p->groups < 8) {
		size_t *group = &p->group[p->groups++];
		while (isdigit((unsigned char)byte_at(s, at))) {
			if (p->n == sizeof(p->digits))
				return false;
			p->digits[p->n++] = s.p[at++];
			(*group)++;
		}
		p->end = at;
		size_t gap = phone_gap(s, at);
		if (gap == SIZE_MAX)
			break;
		for (size_t i = 0; i < gap; i++) {
			p->brackets = p->brackets || s.p[at + i] == '(';
			p->hyphen = p->hyphen || s.p[at + i] == '-';
			p->decimal = p->groups == 1 && gap == 1 && s.p[at + i] == '.';
		}
		at += gap;
	}
	return true;
}

static bool
phone_is_date(const struct phone *p)
{
	if (p->groups != 3 || p->plus || p->brackets)
		return false;
	return (p->group[0] == 4 && p->group[1] <= 2 && p->group[2] <= 2) ||
		(p->group[0] <= 2 && p->group[1] <= 2);
}

/* Does the message speak of telephones right before? Then any number that could be one
 * is. */
static bool
phone_is_asked(struct str s, size_t at)
{
	static const char *const words[] = {"phone", "tel", "call", "mobile", "cell",
		"fax", "whatsapp", "contact", "landline", "movil", "celular", "llam",
		"hotline", NULL};
	size_t from = at > 40 ? at - 40 : 0;
	char near[41];
	size_t n = at - from;
	for (size_t i = 0; i < n; i++)
		near[i] = (char)tolower((unsigned char)s.p[from + i]);
	for (size_t i = 0; words[i]; i++)
		if (str_find((struct str){near, n}, str_of(words[i])) >= 0)
			return true;
	return false;
}

/* Shapes of a number written in groups. */
static double
phone_grouped(const struct phone *p)
{
	size_t pairs = 0;
	for (size_t i = 0; i < p->groups; i++) {
		pairs += p->group[i] == 2;
		if (p->group[i] < 2 && i > 0 && i + 1 < p->groups)
			return 0;
		if (p->group[i] > 8)
			return 0;
	}
	if (p->brackets)
		return .9;
	if (p->n >= 9)
		return p->decimal ? 0 : .85;
	if (pairs == p->groups && p->groups >= 4)
		return .8;
	return p->groups == 2 && p->hyphen && p->group[0] == 3 && p->group[1] == 4 ? .7
										   : 0;
}

static double
phone_likelihood(const struct phone *p, bool asked)
{
	if (p->n < PHONE_DIGITS_MIN || phone_is_date(p))
		return asked && p->n == 6 && p->groups == 1 ? .5 : 0;
	if (p->plus || (p->digits[0] == '0' && p->digits[1] == '0' && p->n >= 11))
		return p->n <= PHONE_DIGITS_MAX + 2 ? .95 : 0;
	/* 3-2-4 is how social security numbers are written. */
	bool ssn = p->groups == 3 && p->hyphen && p->group[0] == 3 && p->group[1] == 2 &&
		p->group[2] == 4;
	if (p->n > PHONE_DIGITS_MAX || ssn)
		return 0;
	if (asked)
		return .8;
	if (p->groups == 1)
		return p->n == 10 ||
				(p->n == 11 &&
					(p->digits[0] == '1' || p->digits[0] == '0'))
			? .7
			: 0;
	return phone_grouped(p);
}

/* "ext. 12", "x12" after a number. */
static size_t
phone_extension(struct str s, size_t end)
{
	size_t at = end + (byte_at(s, end) == ' ');
	if (str_eq_nocase(str_sub(s, at, at + 3), STR("ext")))
		at += byte_at(s, at + 3) == '.' ? 4u : 3u;
	else if (byte_at(s, at) == 'x' || byte_at(s, at) == 'X')
		at++;
	else
		return end;
	at += byte_at(s, at) == ' ';
	size_t digits = at;
	while (isdigit((unsigned char)byte_at(s, at)) && at - digits < 7)
		at++;
	return at > digits ? at : end;
}

/* Gives the place behind what was read, so that a long run of digits is read once. */
static size_t
read_phone(struct drafts *d, size_t at)
{
	struct str s = d->t->text;
	struct phone p;
	if (!phone_scan(s, at, &p))
		return at + 1;
	double likely = phone_likelihood(&p, phone_is_asked(s, at));
	size_t end = phone_extension(s, p.end);
	char after = byte_at(s, end);
	if (likely <= 0 || isalpha((unsigned char)after) || after == '%' || after == '_')
		return p.end;
	struct str value =
		arena_printf(d->a, "%s%.*s", p.plus ? "+" : "", (int)p.n, p.digits);
	drafts_add(d, RANK_LIKELY, "phone", value, p.start, end, likely);
	return end;
}

void
entity_contact_read(struct drafts *d)
{
	struct str s = d->t->text;
	size_t phone_from = 0;
	for (size_t i = 0; i < s.n && d->n < ENTITIES_MAX; i++) {
		char c = s.p[i], before = i ? s.p[i - 1] : ' ';
		bool starts = !is_word_byte(before) && before != '_';
		if (c == '@')
			read_email(d, i);
		if (starts && (c == 'h' || c == 'H' || c == 'f' || c == 'F'))
			read_scheme(d, i);
		if (starts && is_word_byte(c) && before != '@' && before != '.' &&
			before != '/' && before != '-')
			read_bare_host(d, i);
		if (starts && isdigit((unsigned char)c) && before != '.')
			read_ip(d, i);
		if (starts && before != ':' && (isxdigit((unsigned char)c) || c == ':'))
			read_ip6(d, i);
		bool phone_sign = isdigit((unsigned char)c) || c == '+' || c == '(';
		bool behind_hyphen =
			before == '-' && i > 1 && !isdigit((unsigned char)s.p[i - 2]);
		if (i >= phone_from && phone_sign && starts &&
			(behind_hyphen || !strchr("$.,#-/", before)))
			phone_from = read_phone(d, i);
	}
}
