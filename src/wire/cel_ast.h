/*
 * An expression on its way to a program: cel_lex.c cuts it into tokens, cel_parse.c
 * makes the tree, cel_check.c resolves names and types in it, cel_emit.c writes the
 * program. The tree lives in an arena of the compilation.
 */
#ifndef WIRE_CEL_AST_H
#define WIRE_CEL_AST_H

#include "wire/cel_program.h"

enum token_kind {
	TOKEN_END,
	TOKEN_IDENT,
	TOKEN_QUOTED, /* `content-type`, a field's name only */
	TOKEN_VALUE,  /* a literal */
	TOKEN_IN,
	TOKEN_OR,
	TOKEN_AND,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_PLUS,
	TOKEN_MINUS,
	TOKEN_STAR,
	TOKEN_SLASH,
	TOKEN_PERCENT,
	TOKEN_NOT,
	TOKEN_QUESTION,
	TOKEN_COLON,
	TOKEN_COMMA,
	TOKEN_DOT,
	TOKEN_OPEN_PAREN,
	TOKEN_CLOSE_PAREN,
	TOKEN_OPEN_BRACKET,
	TOKEN_CLOSE_BRACKET,
	TOKEN_OPEN_BRACE,
	TOKEN_CLOSE_BRACE,
};

struct token {
	enum token_kind kind;
	uint32_t at;            /* offset in the expression */
	struct str text;        /* as written; TOKEN_QUOTED: without the quotes */
	struct cel_value value; /* TOKEN_VALUE */
};

struct lexer {
	struct str text;
	size_t at;
	struct arena *arena; /* for strings with escapes */
	struct error *error;
};

/* The next token. 9223372036854775808 is a token only behind a minus, which is the
 * parser's to see: it comes as the int of INT64_MIN with `text` unchanged. */
enum err cel_lex(struct lexer *l, struct token *out);
/* ERR_INVALID with line and column of an offset in the expression. */
enum err cel_error_at(struct error *e, struct str text, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* What is known of a value before there is one. NULL stands for "anything" (dyn). */
struct shape {
	enum cel_type type;
	const struct shape *element; /* of a list, or the values of a map */
	const struct shape *key;     /* of a map */
	const struct schema *schema; /* CEL_STRUCT */
	const char *const *names; /* CEL_STRING: an enum field, which is one of these */
};

enum node_kind {
	NODE_VALUE,
	NODE_IDENT,
	NODE_SELECT, /* child.name */
	NODE_HAS,    /* has(child.name) */
	NODE_INDEX,  /* first[second] */
	NODE_CALL,   /* name(children), or first.name(others) when receiver */
	NODE_UNARY,  /* op first */
	NODE_BINARY, /* first op second */
	NODE_AND,    /* any number of children */
	NODE_OR,
	NODE_CHOICE, /* first ? second : third */
	NODE_LIST,
	NODE_MAP,   /* key, value, key, value … */
	NODE_LOOP,  /* a macro: range, then its one or two expressions */
	NODE_VAR,   /* resolved: a declared variable */
	NODE_LOCAL, /* resolved: the variable of a macro around it */
	NODE_FAIL,  /* unchecked: fails when evaluated, with `name` as the reason's detail
		     */
};

struct node {
	enum node_kind kind;
	uint32_t at;
	int height;
	struct str name; /* ident, member, function, variable of a loop */
	struct node *first, *last, *next;
	uint32_t count; /* children */
	struct cel_value value;
	enum cel_op op; /* unary, binary */
	enum loop_kind loop;
	bool receiver;
	bool absolute; /* ".name": not a macro's variable */
	const struct shape *shape;
	size_t variable;           /* NODE_VAR */
	const struct node *binder; /* NODE_LOCAL: its loop */
	int level;                 /* NODE_LOOP: loops around it */
	const struct field *field; /* select and has on a struct */
	const struct function *function;
	const char *reason; /* NODE_FAIL */
};

enum err cel_parse(struct arena *a, struct str text, struct node **out, struct error *e);

struct checker {
	struct arena *arena;
	struct str text;
	const struct cel_env *env;
	struct node *
		loops[CEL_LOOPS_MAX]; /* around the node being checked, outermost first */
	int loop_count;
	struct error *error;
};

/* Resolves names and sets every node's shape. */
enum err cel_check(struct checker *c, struct node *root);

/* Writes the program into the arena. */
enum err cel_emit(struct arena *a, struct str text, const struct cel_env *env,
	const struct node *root, struct cel_program **out, struct error *e);

#endif
