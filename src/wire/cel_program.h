/*
 * A compiled expression: instructions of a stack machine, and the tables they point
 * into. For the files cel_*.c.
 *
 * An error is a value (CEL_ERROR) that travels through every operation, so that && and
 * || can absorb it; only limits end an evaluation at once. Jumps go forward but for the
 * one that closes a loop, and every instruction costs a step.
 */
#ifndef WIRE_CEL_PROGRAM_H
#define WIRE_CEL_PROGRAM_H

#include "base/limits.h"
#include "wire/cel.h"

enum cel_op {
	OP_CONST,   /* push constants[c] */
	OP_FAIL,    /* push the error fails[c] */
	OP_VAR,     /* push variable c */
	OP_LOAD,    /* push the member loads[c] of struct variable b */
	OP_LOAD_EQ, /* push whether the member of struct variable b is the word of
			words[c] */
	OP_LOAD_NE,
	OP_LOAD_IN,  /* push whether it is one of them */
	OP_LOCAL,    /* push stack[c] */
	OP_FIELD,    /* struct -> its member loads[c] */
	OP_SELECT,   /* map -> its value under constants[c] */
	OP_HAS_LOAD, /* as the three above, but whether it is there */
	OP_HAS_FIELD,
	OP_HAS_SELECT,
	OP_INDEX,
	OP_LIST,  /* c values -> list */
	OP_MAP,   /* c keys and values -> map */
	OP_CALL,  /* b arguments -> result of functions[c] */
	OP_MATCH, /* string -> does it match patterns[c] */
	OP_NOT,
	OP_NEGATE,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MOD,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IN,
	OP_AND, /* two values -> one */
	OP_OR,
	OP_AND_SKIP, /* jump to c when the top is false */
	OP_OR_SKIP,  /* jump to c when the top is true */
	OP_CHOOSE, /* pops: true goes on, false jumps to c; anything else becomes an error
		      and jumps to c - 1 */
	OP_JUMP,   /* to c */
	OP_LOOP,   /* range -> range, result, element: begins loop b; a range that is none
		      jumps to c */
	OP_LOOP_NEXT, /* the next element, or jump to c */
	OP_LOOP_KEEP, /* the condition of map(): pops it; true goes on, false jumps to c,
			 an error ends the loop */
	OP_LOOP_STEP, /* pops the body's value into the result; jumps to c, or goes on
			 when the result is decided */
	OP_LOOP_END,  /* range, result, element -> result */
	OP_RETURN,
};

enum loop_kind { LOOP_ALL, LOOP_EXISTS, LOOP_EXISTS_ONE, LOOP_MAP, LOOP_FILTER };

struct instruction {
	uint8_t op;
	uint8_t kind; /* enum loop_kind of the loop instructions */
	uint16_t b;
	uint32_t c;
};

/* A member of a struct, `offset` bytes into it (its own offset and those of the embedded
 * structs around it). */
struct load {
	const struct field *field;
	size_t offset;
};

/* A string or enum member beside the words that it is compared with: what most rules
 * ask. */
struct words {
	struct load load;
	const struct str *p;
	size_t n;
};

struct fail {
	const char *reason;
	struct str detail;
};

struct cel_program {
	const struct instruction *code;
	size_t count;
	const struct cel_value *constants;
	const struct load *loads;
	const struct words *words;
	const struct fail *fails;
	struct pattern *const *patterns;
	const struct cel_var *vars;
	bool *used;
	size_t var_count;
	enum cel_type result;
	uint32_t stack; /* values it needs */
	cel_zone_fn *zone;
	void *zone_context;
};

/* Walks a list's elements or a map's keys; cleared to start with. */
struct cursor {
	size_t i;
	const struct json *json;
};

/* A macro that is running. */
struct loop {
	struct cursor cursor;
	struct cel_value *items; /* map, filter: room for as many as the range has */
	size_t n;                /* items kept, or elements that exists_one() found */
};

/* One evaluation. */
struct machine {
	const struct cel_program *program;
	const void *const *values;
	struct arena *scratch;
	struct cel_value *stack;
	struct cel_value *top; /* behind the last value */
	uint32_t at;           /* the next instruction */
	struct loop loops[CEL_LOOPS_MAX];
	uint32_t steps;
	bool spent; /* CEL_COST_MAX was reached: the evaluation ends */
};

/* Counts work; false when the budget is spent. */
static inline bool
machine_pay(struct machine *m, size_t steps)
{
	if (steps > CEL_COST_MAX || (m->steps += (uint32_t)steps) > CEL_COST_MAX)
		m->spent = true;
	return !m->spent;
}

/* Values (cel_value.c). */
struct cel_value cel_fail(const char *reason);
struct cel_value cel_fail_about(const char *reason, const struct str *detail);
static inline struct cel_value
cel_bool(bool b)
{
	return (struct cel_value){.type = CEL_BOOL, .b = b};
}
static inline struct cel_value
cel_int(int64_t i)
{
	return (struct cel_value){.type = CEL_INT, .i = i};
}
static inline struct cel_value
cel_string(struct str s)
{
	return (struct cel_value){.type = CEL_STRING, .s = s};
}

/* Deep equality that pays for its work (m may be NULL: it pays nothing). */
bool cel_equal_paying(
	struct machine *m, const struct cel_value *a, const struct cel_value *b);
/* Order of two values: <0, 0, >0; false when they have none (NaN, types that do not
 * compare). */
bool cel_compare(const struct cel_value *a, const struct cel_value *b, int *order);
/* A map of n keys with values that stand behind each other; an error for a key of a
 * wrong type or one that comes twice. Pays for looking (m may be NULL). */
struct cel_value cel_map_of(
	struct machine *m, struct arena *a, const struct cel_value *pairs, size_t n);
/* Number of elements, entries or members. */
size_t cel_count(const struct cel_value *v);
/* Element of a list; i under cel_count(). */
struct cel_value cel_element(const struct cel_value *list, size_t i);
/* Value of a map, or member of a struct; false when it is not there. Pays for looking. */
bool cel_lookup(struct machine *m, const struct cel_value *map,
	const struct cel_value *key, struct cel_value *out);
/* The member of a struct as a value, and whether it counts as there. */
struct cel_value cel_load(const struct field *field, const void *member);
bool cel_load_present(const struct field *field, const void *member);

/* The next element of a list or key of a map; false at the end. */
bool cel_walk(
	const struct cel_value *range, struct cursor *cursor, struct cel_value *out);
/* The same for keys with values. */
bool cel_walk_entries(const struct cel_value *map, struct cursor *cursor,
	struct cel_value *key, struct cel_value *value);

/* Functions (cel_function.c). Types are sets of bits. */
#define CEL_BIT(type) (1u << (type))

struct function {
	const char *name;
	bool receiver;       /* x.name(…) */
	bool plain;          /* name(x, …) */
	uint8_t min, max;    /* arguments, the receiver counted */
	uint32_t accepts[2]; /* types of the first and of the other arguments */
	enum cel_type result;
	struct cel_value (*call)(
		struct machine *m, const struct cel_value *args, size_t n);
};

/* Ends with a row whose name is NULL. */
extern const struct function cel_functions[];
/* The row of a name and style that takes n arguments; NULL, and then *named says whether
 * the name alone is known. */
const struct function *cel_function_find(
	struct str name, bool receiver, size_t n, bool *named);

/* Arithmetic (cel_math.c): OP_ADD … OP_MOD and OP_NEGATE. */
struct cel_value cel_arithmetic(struct machine *m, enum cel_op op,
	const struct cel_value *a, const struct cel_value *b);
struct cel_value cel_negate(const struct cel_value *a);

/* Times (cel_time.c). */
bool cel_timestamp_parse(struct str s, struct cel_value *out);
bool cel_duration_parse(struct str s, struct cel_value *out);
/* At most 40 bytes; returns the length. */
#define CEL_TIME_TEXT 48
size_t cel_timestamp_text(const struct cel_value *v, char out[CEL_TIME_TEXT]);
size_t cel_duration_text(const struct cel_value *v, char out[CEL_TIME_TEXT]);
/* Checks the range of years 1 to 9999. */
bool cel_timestamp_make(int64_t seconds, int64_t nanos, struct cel_value *out);
enum time_part {
	TIME_YEAR,
	TIME_MONTH,
	TIME_DAY_OF_YEAR,
	TIME_DAY_OF_MONTH,
	TIME_DATE,
	TIME_DAY_OF_WEEK,
	TIME_HOURS,
	TIME_MINUTES,
	TIME_SECONDS,
	TIME_MILLISECONDS,
};
/* args[0] is a timestamp or duration, args[1] may be a zone. */
struct cel_value cel_time_part(
	struct machine *m, enum time_part part, const struct cel_value *args, size_t n);

/* Regular expressions (cel_pattern.c): RE2's syntax, run by PCRE2 under limits. */
struct pattern;
enum err pattern_compile(
	struct arena *a, struct str source, struct pattern **out, struct error *e);
/* For one that is matched again and again, in the arena of pattern_compile(): the
 * processor's own code is made, and given back when the arena ends. */
void pattern_keep(struct arena *a, struct pattern *p);
/* 1 it matches somewhere, 0 it does not, -1 the limits were reached. */
int pattern_match(const struct pattern *p, struct arena *scratch, struct str text);

/* Shortest text of a double: "1.5", "NaN", "+Inf"; returns the length. */
#define CEL_DOUBLE_TEXT 40
size_t cel_double_text(double d, char out[CEL_DOUBLE_TEXT]);

#endif
