#include "wire/http.h"

#include <stdio.h>

static const struct {
	enum http_method method;
	const char *name;
} methods_table[] = {
	{METHOD_GET, "GET"},
	{METHOD_HEAD, "HEAD"},
	{METHOD_POST, "POST"},
	{METHOD_PUT, "PUT"},
	{METHOD_PATCH, "PATCH"},
	{METHOD_DELETE, "DELETE"},
	{METHOD_OPTIONS, "OPTIONS"},
};

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{100, "Continue"},
	{101, "Switching Protocols"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{206, "Partial Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{402, "Payment Required"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{425, "Too Early"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{499, "Client Closed Request"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	{507, "Insufficient Storage"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
http_method_name(enum http_method m)
{
	for (size_t i = 0; i < COUNT(methods_table); i++)
		if (methods_table[i].method == m)
			return methods_table[i].name;
	return "";
}

void
http_methods_print(struct buf *out, unsigned methods)
{
	bool first = true;

	for (size_t i = 0; i < COUNT(methods_table); i++) {
		if (!(methods & methods_table[i].method))
			continue;
		if (!first)
			buf_add_str(out, STR(", "));
		buf_add_str(out, str_of(methods_table[i].name));
		first = false;
	}
}

const char *
http_status_reason(int status)
{
	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

struct str
http_header_get(const struct http_header *h, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_nocase(h[i].name, name))
			return h[i].value;
	return (struct str){0};
}

size_t
http_header_count(const struct http_header *h, size_t count, struct str name)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += str_eq_nocase(h[i].name, name);
	return found;
}

bool
http_list_next(struct str *rest, struct str *item)
{
	struct str part;

	while (str_split(rest, ',', &part)) {
		*item = str_trim(part);
		if (item->n)
			return true;
	}
	return false;
}

bool
http_list_has(struct str list, struct str token)
{
	struct str item;

	while (http_list_next(&list, &item))
		if (str_eq_nocase(item, token))
			return true;
	return false;
}

bool
http_media_is(struct str content_type, struct str media)
{
	struct str type;

	return str_split(&content_type, ';', &type) &&
		str_eq_nocase(str_trim(type), media);
}

struct str
http_param(struct str value, struct str name)
{
	struct str part, key;

	if (!str_split(&value, ';', &part))
		return (struct str){0};
	while (str_split(&value, ';', &part)) {
		if (!str_split(&part, '=', &key) || !str_eq_nocase(str_trim(key), name))
			continue;
		part = str_trim(part);
		if (part.n >= 2 && part.p[0] == '"' && part.p[part.n - 1] == '"')
			part = str_sub(part, 1, part.n - 1);
		return part.p ? part : (struct str){"", 0};
	}
	return (struct str){0};
}

bool
http_value_valid(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* ---- dates ---- */

static const char day_names[] = "SunMonTueWedThuFriSat";
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* Days since 1970-01-01 of a date of the Gregorian calendar, counted from March so that
 * the leap day comes last. */
static int64_t
days_from_date(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - 719468;
}

static void
date_from_days(int64_t days, int *year, int *month, int *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

void
http_date_print(int64_t unix_s, char out[HTTP_DATE_LEN + 1])
{
	int year, month, day;

	require(unix_s >= 0 && unix_s < INT64_C(253402300800)); /* four digits of year */
	date_from_days(unix_s / 86400, &year, &month, &day);
	unsigned second = (unsigned)(unix_s % 86400);
	snprintf(out, HTTP_DATE_LEN + 1, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
		day_names + (unix_s / 86400 + 4) % 7 * 3, (unsigned)day % 100,
		month_names + (month - 1) * 3, (unsigned)year % 10000, second / 3600 % 24,
		second / 60 % 60, second % 60);
}

/* Two or four decimal digits at a fixed place; -1 when there is something else. */
static int
digits_at(struct str s, size_t at, size_t n)
{
	int v = 0;

	for (size_t i = at; i < at + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v;
}

bool
http_date_parse(struct str s, int64_t *unix_s)
{
	static const char form[HTTP_DATE_LEN + 1] = "___, __ ___ ____ __:__:__ GMT";

	if (s.n != HTTP_DATE_LEN)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (form[i] != '_' && form[i] != s.p[i])
			return false;
	int month = 0;
	while (month < 12 && memcmp(month_names + month * 3, s.p + 8, 3) != 0)
		month++;
	int day = digits_at(s, 5, 2), year = digits_at(s, 12, 4);
	int hour = digits_at(s, 17, 2), minute = digits_at(s, 20, 2),
	    second = digits_at(s, 23, 2);
	if (month == 12 || day < 1 || day > 31 || year < 1970 || hour < 0 || hour > 23 ||
		minute < 0 || minute > 59)
		return false;
	if (second < 0 || second > 60)
		return false;
	*unix_s = days_from_date(year, month + 1, day) * 86400 + hour * 3600 +
		minute * 60 + second;
	return true;
}

int64_t
http_retry_after_ms(struct str value, int64_t now_s)
{
	int64_t s;

	value = str_trim(value);
	if (str_to_i64(value, &s)) {
		if (s < 0)
			return -1;
	} else if (http_date_parse(value, &s)) {
		s = s > now_s ? s - now_s : 0;
	} else {
		return -1;
	}
	/* A day at most: a peer must not be able to switch us off for longer. */
	return (s > 86400 ? 86400 : s) * 1000;
}

/* ---- the head ---- */

enum http_head
http_head_find(
	struct str in, struct http_head_scan *scan, size_t headers_max, size_t *len)
{
	const char *end = in.p + in.n;

	for (;;) {
		const char *line = in.p + scan->line_at;
		const char *lf =
			line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
		if (!lf)
			return HTTP_HEAD_PARTIAL;
		const char *cr = memchr(line, '\r', (size_t)(lf - line));
		if (!cr || cr + 1 != lf || memchr(line, '\0', (size_t)(lf - line)))
			return HTTP_HEAD_BAD_LINE;
		scan->line_at = (uint32_t)(lf + 1 - in.p);
		if (cr == line) {
			*len = scan->line_at;
			return HTTP_HEAD_WHOLE;
		}
		if (scan->lines > 0 && (*line == ' ' || *line == '\t'))
			return HTTP_HEAD_BAD_LINE;
		if (scan->lines++ > headers_max)
			return HTTP_HEAD_TOO_MANY;
	}
}

/* ---- the chunked coding ---- */

enum chunk_state {
	CHUNK_SIZE, /* hex digits */
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_LINE, /* start of a trailer line, or of the empty line that ends all */
	CHUNK_TRAILER,
	CHUNK_TRAILER_LF,
	CHUNK_LAST_LF,
	CHUNK_OVER,
};

static int
chunk_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The state after a byte outside of the data, or -1. */
static int
chunk_step(struct http_chunked *c, char byte)
{
	bool text = (unsigned char)byte >= 0x20 || byte == '\t';
	int digit;

	switch ((enum chunk_state)c->state) {
	case CHUNK_SIZE:
		digit = chunk_digit(byte);
		if (digit >= 0 && c->digits < 15) {
			c->left = c->left << 4 | (uint64_t)digit;
			c->digits++;
			return CHUNK_SIZE;
		}
		if (c->digits == 0 || digit >= 0)
			return -1;
		if (byte == '\r')
			return CHUNK_SIZE_LF;
		return byte == ';' ? CHUNK_EXTENSION : -1;
	case CHUNK_EXTENSION:
		if (byte == '\r')
			return CHUNK_SIZE_LF;
		return text && ++c->extra <= HTTP_CHUNK_EXTRA_MAX ? CHUNK_EXTENSION : -1;
	case CHUNK_SIZE_LF:
		c->digits = 0;
		return byte != '\n' ? -1 : c->left ? CHUNK_DATA : CHUNK_LINE;
	case CHUNK_DATA_CR:
		return byte == '\r' ? CHUNK_DATA_LF : -1;
	case CHUNK_DATA_LF:
		return byte == '\n' ? CHUNK_SIZE : -1;
	case CHUNK_LINE:
		if (byte == '\r')
			return CHUNK_LAST_LF;
		return text && byte != ' ' && byte != '\t' ? CHUNK_TRAILER : -1;
	case CHUNK_TRAILER:
		if (byte == '\r')
			return CHUNK_TRAILER_LF;
		return text && ++c->extra <= HTTP_CHUNK_EXTRA_MAX ? CHUNK_TRAILER : -1;
	case CHUNK_TRAILER_LF:
		return byte == '\n' ? CHUNK_LINE : -1;
	case CHUNK_LAST_LF:
		return byte == '\n' ? CHUNK_OVER : -1;
	case CHUNK_DATA:
	case CHUNK_OVER:
		break;
	}
	return -1;
}

enum http_chunk
http_chunked_feed(struct http_chunked *c, struct str *in, struct str *piece)
{
	size_t at = 0;

	while (at < in->n) {
		if (c->state == CHUNK_DATA) {
			size_t take = in->n - at < c->left ? in->n - at : (size_t)c->left;
			*piece = str_sub(*in, at, at + take);
			*in = str_sub(*in, at + take, in->n);
			c->left -= take;
			if (c->left == 0)
				c->state = CHUNK_DATA_CR;
			return HTTP_CHUNK_DATA;
		}
		int next = chunk_step(c, in->p[at++]);
		if (next < 0)
			return HTTP_CHUNK_BAD;
		c->state = (uint8_t)next;
		if (next == CHUNK_OVER) {
			*in = str_sub(*in, at, in->n);
			return HTTP_CHUNK_END;
		}
	}
	in->n = 0;
	return HTTP_CHUNK_MORE;
}

/* ---- path patterns ---- */

/* True when the segment of a pattern is a parameter. */
static bool
segment_is_param(struct str segment)
{
	return segment.n > 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}';
}

bool
http_path_match(struct str pattern, struct str path, struct str values[HTTP_PARAMS_MAX],
	size_t *count)
{
	struct str want, have;
	size_t n = 0;

	while (str_split(&pattern, '/', &want)) {
		struct str rest = path;
		if (!str_split(&path, '/', &have))
			return false;
		if (!segment_is_param(want)) {
			if (!str_eq(want, have))
				return false;
			continue;
		}
		require(n < HTTP_PARAMS_MAX);
		if (str_ends(want, STR("...}"))) {
			values[n++] = rest;
			*count = n;
			return true;
		}
		if (have.n == 0)
			return false;
		values[n++] = have;
	}
	if (str_split(&path, '/', &have))
		return false;
	*count = n;
	return true;
}

int
http_path_param(struct str pattern, struct str name)
{
	struct str segment;

	for (int i = 0; str_split(&pattern, '/', &segment);) {
		if (!segment_is_param(segment))
			continue;
		struct str key = str_sub(segment, 1, segment.n - 1);
		if (str_ends(key, STR("...")))
			key.n -= 3;
		if (str_eq(key, name))
			return i;
		i++;
	}
	return -1;
}
