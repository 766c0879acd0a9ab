/*
 * JSON documents (RFC 8259) in an arena, and a streaming writer.
 *
 * Reading: json_parse() turns text into a tree of nodes. Strings without escapes point
 * into the text, which must live as long as the tree; the others live in the arena.
 * Integers that fit 64 bits are JSON_INT, every other number is JSON_DOUBLE. Text must be
 * valid UTF-8; depth is limited by JSON_DEPTH_MAX (base/limits.h); a lone surrogate and
 * anything after the value are errors. Errors carry line and what was expected. RFC 8259
 * allows a name that comes twice in an object: the last one counts, the others are
 * dropped, and it is marked so that a strict reader (schema) can refuse it.
 *
 * Members keep their order. Nodes made by hand are linked with json_add() and json_set().
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,
	JSON_DOUBLE,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json {
	enum json_type type;
	int line; /* 1-based line in the text it came from; 0 for a node made by hand */
	bool repeated;     /* a member whose name stood in its object before */
	struct str key;    /* its name in the object that holds it; empty elsewhere */
	struct json *next; /* next member or element */
	union {
		bool b;
		int64_t i;
		double d;
		struct str s;
		struct {
			struct json *first, *last;
			size_t count;
		};
	};
};

enum err json_parse(struct arena *a, struct str text, struct json **out, struct error *e);

/* Member of an object by name; NULL when there is none or `o` is no object (or NULL). */
struct json *json_get(const struct json *o, struct str key);
/* A path of members, "customer.address.city"; NULL when a step is missing. */
struct json *json_path(const struct json *o, struct str path);
/* The value, or the fallback when the node is NULL or of another type. json_double takes
 * integers too. */
struct str json_str(const struct json *v, struct str fallback);
int64_t json_int(const struct json *v, int64_t fallback);
double json_double(const struct json *v, double fallback);
bool json_bool(const struct json *v, bool fallback);
/* Deep equality; members in any order; 1 equals 1.0. */
bool json_eq(const struct json *a, const struct json *b);
const char *json_type_name(enum json_type t);

/* First element or member; NULL when there is none or `v` is no container (or NULL). */
static inline struct json *
json_first(const struct json *v)
{
	return v && (v->type == JSON_ARRAY || v->type == JSON_OBJECT) ? v->first : NULL;
}

#define json_each(it, container) \
	for (const struct json *it = json_first(container); it; it = it->next)

/* Making nodes. Strings are not copied. */
struct json *json_new_object(struct arena *a);
struct json *json_new_array(struct arena *a);
struct json *json_new_str(struct arena *a, struct str s);
struct json *json_new_int(struct arena *a, int64_t i);
struct json *json_new_double(struct arena *a, double d);
struct json *json_new_bool(struct arena *a, bool b);
struct json *json_new_null(struct arena *a);
/* Appends to an array; the node must be in no other container. */
void json_add(struct json *array, struct json *v);
/* Appends a member, or replaces the one of that name. */
void json_set(struct json *object, struct str key, struct json *v);
struct json *json_copy(struct arena *a, const struct json *v);

/*
 * Writer. Compact, members in the order given, doubles in the shortest form that reads
 * back the same, control characters and " \ escaped. NaN and infinities are written as
 * null. Strings must be UTF-8; invalid bytes become U+FFFD. Balanced use is the caller's
 * duty and is checked by require().
 */
struct jsonw {
	struct buf *out;
	int depth;
	bool comma;       /* a comma goes before what comes next */
	bool keyed;       /* a key waits for its value */
	uint64_t objects; /* one bit a level: object or array */
};

void jsonw_init(struct jsonw *w, struct buf *out);
void jsonw_object(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_end_object(struct jsonw *w);
void jsonw_end_array(struct jsonw *w);
void jsonw_key(struct jsonw *w, struct str key);
/* A key that the program itself names: ASCII without quote, backslash and control
 * characters, which is not looked at. So are the keys of jsonw_kstr() and its like. */
void jsonw_name(struct jsonw *w, const char *name);
void jsonw_str(struct jsonw *w, struct str s);
void jsonw_int(struct jsonw *w, int64_t i);
void jsonw_double(struct jsonw *w, double d);
void jsonw_bool(struct jsonw *w, bool b);
void jsonw_null(struct jsonw *w);
/* Text that already is JSON. */
void jsonw_raw(struct jsonw *w, struct str json);
void jsonw_node(struct jsonw *w, const struct json *v);
/* key and value in one call */
void jsonw_kstr(struct jsonw *w, const char *key, struct str s);
void jsonw_kint(struct jsonw *w, const char *key, int64_t i);
void jsonw_kdouble(struct jsonw *w, const char *key, double d);
void jsonw_kbool(struct jsonw *w, const char *key, bool b);
void jsonw_knode(struct jsonw *w, const char *key, const struct json *v);
/* Opens an object or array as the value of key. */
void jsonw_kobject(struct jsonw *w, const char *key);
void jsonw_karray(struct jsonw *w, const char *key);

/* The whole tree as text in the arena. */
struct str json_print(struct arena *a, const struct json *v);

#endif
