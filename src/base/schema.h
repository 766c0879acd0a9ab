/*
 * Schemas: one table per struct says how it reads from JSON, how it is written, and how OpenAPI and the manual
 * describe it. YAML reads through the same tables (wire/yaml makes a struct json tree with lines).
 *
 *	static const struct field route_fields[] = {
 *		FIELD(struct route, name, SCHEMA_STR, .required = true, .doc = "name shown in causes"),
 *		FIELD(struct route, when, SCHEMA_STR, .doc = "CEL rule"),
 *		FIELD(struct route, steps, SCHEMA_LIST, .of = &step_schema, .max = 64),
 *	};
 *	const struct schema route_schema = SCHEMA("route", struct route, route_fields, "a way through the actors");
 *
 * Reading refuses unknown members (with the nearest known name), wrong types, numbers and lengths out of range,
 * missing required members. The error names the path and the reason ("routes[2].when: must be a string") and carries
 * the line. What is absent gets the field's default, else stays zero; null is absent everywhere but in SCHEMA_JSON. An
 * absent SCHEMA_OBJECT gets its own members' defaults; its required members count only when it is there, unless it is
 * required itself. Results live in the arena; strings point into the JSON tree, which must live as long.
 */
#ifndef BASE_SCHEMA_H
#define BASE_SCHEMA_H

#include "base/json.h"

enum schema_type {
	SCHEMA_BOOL,   /* bool */
	SCHEMA_INT,    /* int64_t; min and max are inclusive */
	SCHEMA_DOUBLE, /* double; min and max are inclusive */
	SCHEMA_STR,    /* struct str; min and max count bytes */
	SCHEMA_ENUM,   /* int; `names` is a NULL-terminated table, the value its index */
	SCHEMA_DURATION, /* int64_t milliseconds, not negative; read from 1500 or "250ms"
			    "30s" "5m" "2h" "7d"; written as a number */
	SCHEMA_OBJECT,   /* an embedded struct of schema `of` */
	SCHEMA_OPTIONAL, /* pointer to a struct of schema `of`; NULL when absent */
	SCHEMA_LIST,     /* struct items of structs of schema `of` */
	SCHEMA_MAP,      /* struct items from an object; see schema_name_field() */
	SCHEMA_STRS,     /* struct items of struct str */
	SCHEMA_DOUBLES,  /* struct items of double */
	SCHEMA_JSON,     /* struct json *: anything; NULL when absent */
};

/* A counted array in the arena. */
struct items {
	void *p;
	size_t n;
};

/* items_each(const struct route, r, config->routes) … */
#define items_each(type, it, list) \
	for (type *it = (list).p, *it##_end = it ? it + (list).n : NULL; it != it##_end; \
		it++)

struct schema;

struct field {
	const char *name;
	enum schema_type type;
	size_t offset;
	bool required;
	bool secret;          /* never printed: written as "***" */
	double min, max;      /* both 0: no limit; max under min: no upper limit */
	const char *fallback; /* default, written as JSON: "30", "\"en\"", "true" */
	const struct schema *of;
	const char *const *names;
	const char *doc;
};

struct schema {
	const char *name;
	const char *doc;
	const struct field *fields;
	size_t count;
	size_t size; /* of the struct */
	bool open;   /* unknown members are ignored (what vendors send), not refused */
	size_t line_offset; /* of an int that receives the object's line; 0 for none, so
			       it is not the first member */
};

#define FIELD(type_, member_, kind_, ...) \
	{ \
		.name = #member_, .type = kind_, .offset = offsetof(type_, member_), \
		__VA_ARGS__ \
	}
/* For a member whose JSON name is no C name. */
#define FIELD_AS(name_, type_, member_, kind_, ...) \
	{ \
		.name = name_, .type = kind_, .offset = offsetof(type_, member_), \
		__VA_ARGS__ \
	}
#define SCHEMA(name_, type_, fields_, doc_, ...) \
	{ \
		.name = name_, .doc = doc_, .fields = fields_, \
		.count = sizeof(fields_) / sizeof((fields_)[0]), .size = sizeof(type_), \
		__VA_ARGS__ \
	}

/* Fills `out` (of s->size bytes, cleared first). On failure *out is not to be used. */
enum err schema_read(const struct schema *s, struct arena *a, const struct json *in,
	void *out, struct error *e);
/* Parses and reads in one call. */
enum err schema_read_text(const struct schema *s, struct arena *a, struct str json,
	void *out, struct error *e);
/* Writes an object; members that equal zero are left out, but for those that are required
 * or have a default. */
void schema_write(const struct schema *s, const void *in, struct jsonw *w);
/* The struct filled with defaults only; fails when a required member has none. */
enum err schema_defaults(
	const struct schema *s, struct arena *a, void *out, struct error *e);
/* Field by JSON name, or NULL. */
const struct field *schema_field(const struct schema *s, struct str name);
/* The field of type SCHEMA_STR at offset 0, or NULL. In a SCHEMA_MAP each member's name
 * goes to the struct str at offset 0; when that is a field too, its limits hold for the
 * name, and the object itself does not have that member. */
const struct field *schema_name_field(const struct schema *s);
/* JSON Schema (OpenAPI 3.1 dialect) of the table; nested schemas inline. */
void schema_describe(const struct schema *s, struct jsonw *w);
/* Of `names` (NULL-terminated) the one nearest to `wrong`, or NULL when none is near
 * (edit distance over a third). */
const char *suggest(const char *const *names, struct str wrong);

#endif
