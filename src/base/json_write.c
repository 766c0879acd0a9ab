#include "base/json.h"

#include "base/json_scan.h"
#include "base/utf8.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Levels whose kind (object or array) is remembered and so checked; deeper ones are only
 * counted. */
#define LEVELS_CHECKED 64

/* Room for n bytes; a writer's buffer mostly has it, so this is worth having in line. */
static inline char *
room(struct buf *b, size_t n)
{
	/* cap never exceeds max + 1, so this is within the maximum too. */
	return n < b->cap - b->n ? b->p + b->n : buf_reserve(b, n);
}

static inline void
put(struct buf *b, const char *p, size_t n)
{
	char *to = room(b, n);

	if (!to)
		return;
	memcpy(to, p, n);
	to[n] = '\0';
	b->n += n;
}

void
jsonw_init(struct jsonw *w, struct buf *out)
{
	*w = (struct jsonw){.out = out};
}

static bool
in_object(const struct jsonw *w)
{
	return w->depth > 0 && w->depth <= LEVELS_CHECKED &&
		(w->objects >> (w->depth - 1) & 1);
}

/* What stands before a value: the comma. Checks that a value may stand here. */
static inline void
start_value(struct jsonw *w)
{
	require(w->keyed || !in_object(w));
	require(w->depth > 0 || !w->comma); /* one value a text */
	if (w->comma)
		put(w->out, ",", 1);
	w->comma = true;
	w->keyed = false;
}

static void
open_level(struct jsonw *w, bool object)
{
	start_value(w);
	put(w->out, object ? "{" : "[", 1);
	w->comma = false;
	if (w->depth < LEVELS_CHECKED) {
		uint64_t bit = (uint64_t)1 << w->depth;
		w->objects = object ? w->objects | bit : w->objects & ~bit;
	}
	w->depth++;
}

static void
close_level(struct jsonw *w, bool object)
{
	require(w->depth > 0 && !w->keyed);
	require(w->depth > LEVELS_CHECKED || in_object(w) == object);
	put(w->out, object ? "}" : "]", 1);
	w->depth--;
	w->comma = true;
}

void
jsonw_object(struct jsonw *w)
{
	open_level(w, true);
}

void
jsonw_array(struct jsonw *w)
{
	open_level(w, false);
}

void
jsonw_end_object(struct jsonw *w)
{
	close_level(w, true);
}

void
jsonw_end_array(struct jsonw *w)
{
	close_level(w, false);
}

static void
put_escape(struct buf *b, char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *s = shorts; *s; s += 2)
		if (*s == c) {
			put(b, (char[]){'\\', s[1]}, 2);
			return;
		}
	put(b, (char[]){'\\', 'u', '0', '0', hex[c >> 4 & 0xF], hex[c & 0xF]}, 6);
}

/* A run without quotes, backslashes and control characters, but perhaps with bytes that
 * are no UTF-8. */
static void
put_run(struct buf *b, struct str s)
{
	for (;;) {
		size_t valid = utf8_check(s);
		put(b, s.p, valid);
		if (valid == s.n)
			return;
		put(b, "\xEF\xBF\xBD", 3);
		s = str_sub(s, valid + 1, s.n);
	}
}

static void
put_string_slowly(struct buf *b, struct str s)
{
	uint64_t high = 0;

	put(b, "\"", 1);
	for (size_t at = 0; at < s.n;) {
		size_t run = json_plain_run(s.p + at, s.n - at, &high);
		put_run(b, str_sub(s, at, at + run));
		at += run;
		if (at < s.n)
			put_escape(b, s.p[at++]);
	}
	put(b, "\"", 1);
}

static void
put_string(struct buf *b, struct str s)
{
	uint64_t high = 0;

	if (json_plain_run(s.p, s.n, &high) < s.n || (high && !utf8_valid(s))) {
		put_string_slowly(b, s);
		return;
	}
	char *to = room(b, s.n + 2);
	if (!to)
		return;
	*to++ = '"';
	if (s.n)
		memcpy(to, s.p, s.n);
	to[s.n] = '"';
	to[s.n + 1] = '\0';
	b->n += s.n + 2;
}

void
jsonw_key(struct jsonw *w, struct str key)
{
	require(!w->keyed && (in_object(w) || w->depth > LEVELS_CHECKED));
	if (w->comma)
		put(w->out, ",", 1);
	put_string(w->out, key);
	put(w->out, ":", 1);
	w->comma = false;
	w->keyed = true;
}

void
jsonw_name(struct jsonw *w, const char *name)
{
	size_t n = strlen(name);

	require(!w->keyed && (in_object(w) || w->depth > LEVELS_CHECKED));
	bool comma = w->comma;
	char *to = room(w->out, n + 3 + comma);
	/* Also when it has no room: the value that follows is none without its name. */
	w->comma = false;
	w->keyed = true;
	if (!to)
		return;
	char *at = to;
	if (comma)
		*at++ = ',';
	*at++ = '"';
	memcpy(at, name, n);
	at += n;
	*at++ = '"';
	*at++ = ':';
	*at = '\0';
	w->out->n += (size_t)(at - to);
}

void
jsonw_str(struct jsonw *w, struct str s)
{
	start_value(w);
	put_string(w->out, s);
}

void
jsonw_int(struct jsonw *w, int64_t i)
{
	start_value(w);
	buf_add_i64(w->out, i);
}

/*
 * Most doubles here are prices, scores and counts. When v times a small power of ten is
 * an integer m of at most 15 digits, and m divided by that power is v again, then m with
 * a point is the shortest text: no other decimal of so few digits is nearest to v.
 */
static bool
put_short_double(struct buf *b, double v)
{
	static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};

	if (v == 0 || fabs(v) < 1e-3 || fabs(v) >= 1e15)
		return false;
	for (int places = 0; places <= 6; places++) {
		double power = powers[places];
		double m = nearbyint(v * power);
		if (fabs(m) >= 1e15)
			return false;
		if (m / power != v)
			continue;
		int64_t scale = (int64_t)power, digits = (int64_t)fabs(m);
		if (v < 0)
			put(b, "-", 1);
		buf_add_i64(b, digits / scale);
		if (places == 0)
			return true;
		/* The scale in front keeps the zeros behind the point. */
		char fraction[24];
		int n = 0;
		for (int64_t rest = digits % scale; n < places; n++, rest /= 10)
			fraction[places - n] = (char)('0' + rest % 10);
		fraction[0] = '.';
		put(b, fraction, (size_t)places + 1);
		return true;
	}
	return false;
}

void
jsonw_double(struct jsonw *w, double d)
{
	char text[32];

	start_value(w);
	if (!isfinite(d)) {
		put(w->out, "null", 4);
		return;
	}
	if (put_short_double(w->out, d))
		return;
	/* Any decimal of 15 digits survives a normal double; those near zero have fewer
	 * to give. */
	for (int digits = fabs(d) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	put(w->out, text, strlen(text));
}

void
jsonw_bool(struct jsonw *w, bool b)
{
	start_value(w);
	put(w->out, b ? "true" : "false", b ? 4 : 5);
}

void
jsonw_null(struct jsonw *w)
{
	start_value(w);
	put(w->out, "null", 4);
}

void
jsonw_raw(struct jsonw *w, struct str json)
{
	start_value(w);
	put(w->out, json.p, json.n);
}

void
jsonw_node(struct jsonw *w, const struct json *v)
{
	switch (v->type) {
	case JSON_NULL:
		jsonw_null(w);
		return;
	case JSON_BOOL:
		jsonw_bool(w, v->b);
		return;
	case JSON_INT:
		jsonw_int(w, v->i);
		return;
	case JSON_DOUBLE:
		jsonw_double(w, v->d);
		return;
	case JSON_STRING:
		jsonw_str(w, v->s);
		return;
	case JSON_ARRAY:
		jsonw_array(w);
		json_each(m, v)
			jsonw_node(w, m);
		jsonw_end_array(w);
		return;
	case JSON_OBJECT:
		jsonw_object(w);
		json_each(m, v) {
			jsonw_key(w, m->key);
			jsonw_node(w, m);
		}
		jsonw_end_object(w);
		return;
	}
}

void
jsonw_kstr(struct jsonw *w, const char *key, struct str s)
{
	jsonw_name(w, key);
	jsonw_str(w, s);
}

void
jsonw_kint(struct jsonw *w, const char *key, int64_t i)
{
	jsonw_name(w, key);
	jsonw_int(w, i);
}

void
jsonw_kdouble(struct jsonw *w, const char *key, double d)
{
	jsonw_name(w, key);
	jsonw_double(w, d);
}

void
jsonw_kbool(struct jsonw *w, const char *key, bool b)
{
	jsonw_name(w, key);
	jsonw_bool(w, b);
}

void
jsonw_knode(struct jsonw *w, const char *key, const struct json *v)
{
	jsonw_key(w, str_of(key));
	jsonw_node(w, v);
}

void
jsonw_kobject(struct jsonw *w, const char *key)
{
	jsonw_name(w, key);
	jsonw_object(w);
}

void
jsonw_karray(struct jsonw *w, const char *key)
{
	jsonw_name(w, key);
	jsonw_array(w);
}

struct str
json_print(struct arena *a, const struct json *v)
{
	struct buf b;
	struct jsonw w;

	buf_init(&b, SIZE_MAX / 4);
	buf_reserve(&b, 1024);
	jsonw_init(&w, &b);
	jsonw_node(&w, v);
	struct str text = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return text;
}
