/*
 * Rules: the Common Expression Language without protobuf messages.
 *
 * An expression is compiled once, against the variables it may see, into a flat program
 * in an arena, and evaluated any number of times, by one thread at a time (what a regular
 * expression works with is kept in it). It cannot loop (but over the items of a
 * value), change anything or reach anything but its variables; one evaluation takes at
 * most CEL_COST_MAX steps.
 *
 *	static const struct cel_var vars[] = {
 *		{.name = "sentiment", .type = CEL_STRUCT, .schema = &sentiment_schema},
 *		{.name = "text", .type = CEL_STRING},
 *		{.name = "customer", .type = CEL_JSON},
 *	};
 *	const struct cel_env env = {.vars = vars, .n = 3};
 *	cel_compile_rule(&arena, STR("sentiment.label == 'negative'"), &env, &rule, e);
 *	const void *values[] = {&turn->sentiment, &text, customer_json};
 *	cel_test(rule, values, scratch, &matched, e);
 *
 * Compiling checks types: an unknown variable, field or function, an operator over
 * types that never fit and an enum field compared with a word it cannot be are errors,
 * with line and a suggestion. What comes out of JSON is `dyn` and is checked when it is
 * evaluated.
 *
 * Errors of evaluation (a missing key, 1/0, an overflow) follow CEL: && and || take the
 * side that decides even when the other one failed; an error that decides is
 * ERR_INVALID. Limits are ERR_LIMIT and are never taken back.
 */
#ifndef WIRE_CEL_H
#define WIRE_CEL_H

#include "base/json.h"
#include "base/schema.h"

enum cel_type {
	CEL_NULL,
	CEL_BOOL,
	CEL_INT,
	CEL_UINT,
	CEL_DOUBLE,
	CEL_STRING,
	CEL_BYTES,
	CEL_LIST,
	CEL_MAP,
	CEL_TIMESTAMP,
	CEL_DURATION,
	CEL_TYPE,   /* the value of type(x) */
	CEL_STRUCT, /* a C struct with its schema */
	CEL_DYN,    /* declared types and results only: any of the above */
	CEL_JSON,   /* declared types only: a JSON tree; in expressions dyn */
	CEL_ERROR,  /* inside an evaluation only */
};

/* Where the elements of a CEL_LIST or CEL_MAP are. */
enum cel_form {
	CEL_OWN,        /* values or entries */
	CEL_FROM_JSON,  /* in a JSON array or object */
	CEL_FROM_ITEMS, /* in a list or map that is a member of a struct */
};

struct cel_entry;

struct cel_value {
	enum cel_type type;
	enum cel_form form;
	union {
		bool b;
		int64_t i; /* CEL_DURATION: nanoseconds */
		uint64_t u;
		double d;
		/* CEL_STRING and CEL_BYTES */
		struct str s;
		/* CEL_TYPE */
		enum cel_type named;
		/* CEL_TIMESTAMP: since 1970 UTC, of the years 1 to 9999 */
		struct {
			int64_t seconds;
			int32_t nanos;
		};
		/* CEL_LIST of CEL_OWN */
		struct {
			const struct cel_value *values;
			size_t n;
		};
		/* CEL_MAP of CEL_OWN */
		struct {
			const struct cel_entry *entries;
			size_t entry_count;
		};
		/* CEL_FROM_JSON */
		const struct json *json;
		/* CEL_FROM_ITEMS */
		struct {
			const struct items *items;
			const struct field *field;
		};
		/* CEL_STRUCT */
		struct {
			const void *object;
			const struct schema *schema;
		};
		/* CEL_ERROR; detail may be NULL */
		struct {
			const char *reason;
			const struct str *detail;
		};
	};
};

struct cel_entry {
	struct cel_value key;
	struct cel_value value;
};

/*
 * A variable an expression may name. What `values[i]` of an evaluation points at
 * follows from its type:
 *	CEL_BOOL               bool
 *	CEL_INT                int64_t
 *	CEL_UINT               uint64_t
 *	CEL_DOUBLE             double
 *	CEL_STRING, CEL_BYTES  struct str
 *	CEL_TIMESTAMP          int64_t, UTC milliseconds
 *	CEL_DURATION           int64_t, milliseconds
 *	CEL_STRUCT             the struct itself
 *	CEL_JSON               struct json
 *	any other              struct cel_value
 * A NULL pointer means the variable has no value: reading it is an error of evaluation,
 * has(x.y) is false. A name may hold dots ("request.time"); the longest name that fits
 * wins.
 */
struct cel_var {
	const char *name;
	enum cel_type type;
	const struct schema *schema; /* CEL_STRUCT */
};

/*
 * How the members of a struct appear: SCHEMA_ENUM as a string, SCHEMA_DURATION as a
 * duration, SCHEMA_JSON as dyn, SCHEMA_OPTIONAL as a struct or null, lists and maps as
 * such. has(x.member): a string, list, map, JSON or optional member that is not empty;
 * other members are always there. A member marked secret cannot be named.
 */

/* UTC offset in seconds of a named zone at a moment (seconds since 1970 UTC); false when
 * the name is not known. */
typedef bool cel_zone_fn(void *context, struct str zone, int64_t utc, int32_t *offset);

struct cel_env {
	const struct cel_var *vars;
	size_t n;
	bool unchecked; /* leave types, unknown names and functions to the evaluation */
	cel_zone_fn *zone; /* NULL: only UTC and fixed offsets are known */
	void *zone_context;
};

struct cel_program;

/* Compiles; the program copies what it keeps of expr; schemas must live as long. Errors
 * carry the line in expr and name the column in their text. Over CEL_EXPR_MAX bytes or
 * CEL_DEPTH_MAX levels: ERR_LIMIT. */
enum err cel_compile(struct arena *a, struct str expr, const struct cel_env *env,
	struct cel_program **out, struct error *e);
/* The same, and the result must be bool (or dyn). */
enum err cel_compile_rule(struct arena *a, struct str expr, const struct cel_env *env,
	struct cel_program **out, struct error *e);

/* Type of the result as far as compiling knows it; CEL_DYN when it does not. */
enum cel_type cel_result(const struct cel_program *p);
/* True when the expression names variable i of its environment. */
bool cel_uses(const struct cel_program *p, size_t i);

/* Evaluates. The result may point into the program, the values and the scratch arena. A
 * rule that only compares and looks up allocates nothing. */
enum err cel_eval(const struct cel_program *p, const void *const *values,
	struct arena *scratch, struct cel_value *out, struct error *e);
/* Evaluates a rule; a result that is not bool is ERR_INVALID. */
enum err cel_test(const struct cel_program *p, const void *const *values,
	struct arena *scratch, bool *out, struct error *e);

/* Values. Equality and order are CEL's: numbers across types, maps in any order. */
bool cel_equal(const struct cel_value *a, const struct cel_value *b);
struct cel_value cel_from_json(const struct json *v);
/* As plain JSON: uint as a number, bytes as base64, timestamps and durations as text,
 * structs by their schema. Nesting over JSON_DEPTH_MAX is written as null. */
void cel_write_json(const struct cel_value *v, struct jsonw *w);
/* "int", "null_type", "google.protobuf.Timestamp": what string(type(x)) shows. */
struct str cel_type_name(enum cel_type t);

/*
 * The typed JSON form of a value that the language's conformance cases use: {"int":"1"}
 * {"uint":"1"} {"double":"1.5"} {"bool":true} {"null":null} {"string":"x"}
 * {"bytes_hex":"00ff"} {"list":[…]} {"map":[[key,value],…]} {"type":"int"} and, ours,
 * {"timestamp":"2026-01-02T03:04:05Z"} {"duration":"1.5s"}.
 */
enum err cel_read_typed(
	struct arena *a, const struct json *in, struct cel_value *out, struct error *e);
void cel_write_typed(const struct cel_value *v, struct jsonw *w);

#endif
