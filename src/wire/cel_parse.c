#include "base/limits.h"
#include "wire/cel_ast.h"

struct parser {
	struct lexer lexer;
	struct token token; /* the one not yet used */
	int depth;
	struct arena *arena;
	struct error *error;
};

static enum err parse_expression(struct parser *p, struct node **out);
static enum err parse_unary(struct parser *p, struct node **out);

static enum err
advance(struct parser *p)
{
	return cel_lex(&p->lexer, &p->token);
}

static enum err
parse_error(struct parser *p, const char *expected)
{
	if (p->token.kind == TOKEN_END)
		return cel_error_at(p->error, p->lexer.text, p->token.at,
			"the expression ends where %s is expected", expected);
	return cel_error_at(p->error, p->lexer.text, p->token.at,
		"%s is expected, not \"%.*s\"", expected,
		STR_ARG(str_sub(p->token.text, 0, 40)));
}

/* Uses the token when it is of that kind. */
static enum err
take(struct parser *p, enum token_kind kind, const char *expected)
{
	return p->token.kind == kind ? advance(p) : parse_error(p, expected);
}

static struct node *
node_new(struct parser *p, enum node_kind kind, uint32_t at)
{
	struct node *node = ARENA_NEW(p->arena, struct node);
	node->kind = kind;
	node->at = at;
	node->height = 1;
	return node;
}

/* Appends a child. The height is what later passes recurse into. */
static enum err
node_add(struct parser *p, struct node *node, struct node *child)
{
	require(child != NULL);
	if (node->last)
		node->last->next = child;
	else
		node->first = child;
	node->last = child;
	node->count++;
	if (child->height >= node->height)
		node->height = child->height + 1;
	if (node->height <= CEL_DEPTH_MAX)
		return OK;
	cel_error_at(p->error, p->lexer.text, node->at,
		"nested deeper than %d (CEL_DEPTH_MAX)", CEL_DEPTH_MAX);
	if (p->error)
		p->error->kind = ERR_LIMIT;
	return ERR_LIMIT;
}

/* Expressions between commas up to `close`, each added to node; the opening sign is
 * used already. */
static enum err
parse_items(struct parser *p, struct node *node, enum token_kind close, bool trailing,
	const char *expected)
{
	enum err err = OK;
	while (p->token.kind != close) {
		struct node *item;
		if ((err = parse_expression(p, &item)) != OK ||
			(err = node_add(p, node, item)) != OK)
			return err;
		if (p->token.kind != TOKEN_COMMA)
			break;
		if ((err = advance(p)) != OK)
			return err;
		if (p->token.kind == close && !trailing)
			return parse_error(p, "an expression");
	}
	return take(p, close, expected);
}

static enum err
parse_map(struct parser *p, struct node **out)
{
	struct node *node = *out = node_new(p, NODE_MAP, p->token.at);
	enum err err = advance(p);
	while (!err && p->token.kind != TOKEN_CLOSE_BRACE) {
		struct node *key, *value;
		if ((err = parse_expression(p, &key)) != OK ||
			(err = node_add(p, node, key)) != OK ||
			(err = take(p, TOKEN_COLON, "\":\"")) != OK ||
			(err = parse_expression(p, &value)) != OK ||
			(err = node_add(p, node, value)) != OK)
			return err;
		if (p->token.kind != TOKEN_COMMA)
			break;
		err = advance(p);
	}
	return err ? err : take(p, TOKEN_CLOSE_BRACE, "\"}\" or \",\"");
}

static bool
is_reserved(struct str name)
{
	static const char *const words[] = {"as", "break", "const", "continue", "else",
		"for", "function", "if", "import", "let", "loop", "package", "namespace",
		"return", "var", "void", "while"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(name, str_of(words[i])))
			return true;
	return false;
}

static enum err
parse_value(struct parser *p, struct node **out)
{
	struct node *node = *out = node_new(p, NODE_VALUE, p->token.at);
	node->value = p->token.value;
	if (node->value.type == CEL_INT && node->value.i == INT64_MIN)
		return cel_error_at(
			p->error, p->lexer.text, p->token.at, "the number is too large");
	return advance(p);
}

/* The name of a loop's variable: a plain word. */
static enum err
macro_variable(struct parser *p, const struct node *node, struct str *out)
{
	if (node->kind != NODE_IDENT || node->absolute)
		return cel_error_at(p->error, p->lexer.text, node->at,
			"the first argument of a macro is a variable's name");
	*out = node->name;
	return OK;
}

/* range.all(x, condition) and its like become loops; `call` holds the range and the
 * arguments. */
static enum err
expand_loop(struct parser *p, struct node *call, bool *expanded)
{
	static const struct {
		const char *name;
		enum loop_kind loop;
		uint32_t count;
	} macros[] = {
		{"all", LOOP_ALL, 3},
		{"exists", LOOP_EXISTS, 3},
		{"exists_one", LOOP_EXISTS_ONE, 3},
		{"existsOne", LOOP_EXISTS_ONE, 3},
		{"map", LOOP_MAP, 3},
		{"map", LOOP_MAP, 4},
		{"filter", LOOP_FILTER, 3},
	};
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
		if (!str_eq(call->name, str_of(macros[i].name)) ||
			call->count != macros[i].count)
			continue;
		struct node *variable = call->first->next;
		enum err err = macro_variable(p, variable, &call->name);
		call->kind = NODE_LOOP;
		call->loop = macros[i].loop;
		call->first->next = variable->next;
		call->count--;
		*expanded = true;
		return err;
	}
	return OK;
}

static enum err
expand_has(struct parser *p, struct node *call)
{
	struct node *select = call->first;
	if (call->count != 1 || select->kind != NODE_SELECT)
		return cel_error_at(p->error, p->lexer.text, call->at,
			"has() takes a field: has(a.b)");
	struct node has = *select;
	has.kind = NODE_HAS;
	has.next = NULL;
	*call = has;
	return OK;
}

static enum err
parse_call(struct parser *p, struct node *node, bool receiver)
{
	bool expanded = false;
	node->kind = NODE_CALL;
	node->receiver = receiver;
	enum err err = advance(p);
	if (!err)
		err = parse_items(p, node, TOKEN_CLOSE_PAREN, false, "\")\" or \",\"");
	if (err)
		return err;
	if (receiver)
		return expand_loop(p, node, &expanded);
	if (str_eq(node->name, STR("has")) && !node->absolute)
		return expand_has(p, node);
	return OK;
}

static enum err
parse_name(struct parser *p, struct node **out)
{
	struct node *node = *out = node_new(p, NODE_IDENT, p->token.at);
	enum err err = OK;
	if (p->token.kind == TOKEN_DOT) {
		node->absolute = true;
		err = advance(p);
	}
	if (err)
		return err;
	if (p->token.kind != TOKEN_IDENT)
		return parse_error(p, "a name");
	node->name = p->token.text;
	if (is_reserved(node->name))
		return cel_error_at(p->error, p->lexer.text, node->at,
			"\"%.*s\" is a reserved word", STR_ARG(node->name));
	if ((err = advance(p)) != OK)
		return err;
	if (p->token.kind == TOKEN_OPEN_PAREN)
		return parse_call(p, node, false);
	return OK;
}

static enum err
parse_parentheses(struct parser *p, struct node **out)
{
	enum err err = advance(p);
	if (!err)
		err = parse_expression(p, out);
	return err ? err : take(p, TOKEN_CLOSE_PAREN, "\")\"");
}

static enum err
parse_list(struct parser *p, struct node **out)
{
	*out = node_new(p, NODE_LIST, p->token.at);
	enum err err = advance(p);
	return err ? err
		   : parse_items(p, *out, TOKEN_CLOSE_BRACKET, true, "\"]\" or \",\"");
}

static enum err
parse_primary(struct parser *p, struct node **out)
{
	enum token_kind kind = p->token.kind;
	if (kind == TOKEN_VALUE)
		return parse_value(p, out);
	if (kind == TOKEN_DOT || kind == TOKEN_IDENT)
		return parse_name(p, out);
	if (kind == TOKEN_OPEN_PAREN)
		return parse_parentheses(p, out);
	if (kind == TOKEN_OPEN_BRACKET)
		return parse_list(p, out);
	if (kind == TOKEN_OPEN_BRACE)
		return parse_map(p, out);
	return parse_error(p, "an expression");
}

/* .name, .name(…) behind an expression; the dot is the current token. */
static enum err
parse_select(struct parser *p, struct node **node)
{
	enum err err = advance(p);
	if (err)
		return err;
	bool quoted = p->token.kind == TOKEN_QUOTED;
	if (!quoted && p->token.kind != TOKEN_IDENT)
		return parse_error(p, "a field's name");
	struct node *select = node_new(p, NODE_SELECT, p->token.at);
	select->name = p->token.text;
	if ((err = node_add(p, select, *node)) != OK || (err = advance(p)) != OK)
		return err;
	*node = select;
	if (p->token.kind == TOKEN_OPEN_PAREN && !quoted)
		return parse_call(p, select, true);
	return OK;
}

static enum err
parse_index(struct parser *p, struct node **node)
{
	struct node *index = node_new(p, NODE_INDEX, p->token.at), *key;
	enum err err = advance(p);
	if (err || (err = node_add(p, index, *node)) != OK ||
		(err = parse_expression(p, &key)) != OK ||
		(err = node_add(p, index, key)) != OK)
		return err;
	*node = index;
	return take(p, TOKEN_CLOSE_BRACKET, "\"]\"");
}

static enum err
parse_member(struct parser *p, struct node **out)
{
	enum err err = parse_primary(p, out);
	while (!err) {
		if (p->token.kind == TOKEN_DOT)
			err = parse_select(p, out);
		else if (p->token.kind == TOKEN_OPEN_BRACKET)
			err = parse_index(p, out);
		else if (p->token.kind == TOKEN_OPEN_BRACE)
			return cel_error_at(p->error, p->lexer.text, p->token.at,
				"messages are not supported");
		else
			break;
	}
	return err;
}

/* A minus before a number belongs to it, so that the smallest int can be written. */
static enum err
parse_negative(struct parser *p, struct node **out)
{
	struct node *node = *out = node_new(p, NODE_VALUE, p->token.at);
	node->value = p->token.value;
	if (node->value.type == CEL_DOUBLE)
		node->value.d = -node->value.d;
	else if (node->value.i != INT64_MIN)
		node->value.i = -node->value.i;
	return advance(p);
}

static bool
is_signed_number(const struct token *t)
{
	return t->kind == TOKEN_VALUE &&
		(t->value.type == CEL_INT || t->value.type == CEL_DOUBLE);
}

/* Whether something is selected from the number behind the current token: -1.size()
 * negates what comes of it. */
static bool
member_follows(struct parser *p)
{
	struct lexer ahead = p->lexer;
	struct token t;
	ahead.error = NULL;
	return cel_lex(&ahead, &t) == OK &&
		(t.kind == TOKEN_DOT || t.kind == TOKEN_OPEN_BRACKET);
}

static enum err
parse_unary(struct parser *p, struct node **out)
{
	struct node *outer = NULL, *inner = NULL;
	enum err err = OK;
	/* A row of signs is collected outside in; heights are counted when the operand
	 * is there. */
	struct node *signs[CEL_DEPTH_MAX];
	int n = 0;
	while (p->token.kind == TOKEN_NOT || p->token.kind == TOKEN_MINUS) {
		bool minus = p->token.kind == TOKEN_MINUS;
		uint32_t at = p->token.at;
		if ((err = advance(p)) != OK)
			return err;
		if (minus && is_signed_number(&p->token) && !member_follows(p)) {
			err = parse_negative(p, &inner);
			break;
		}
		if (n == CEL_DEPTH_MAX)
			return cel_error_at(p->error, p->lexer.text, at,
				"more than %d signs (CEL_DEPTH_MAX)", CEL_DEPTH_MAX);
		signs[n] = node_new(p, NODE_UNARY, at);
		signs[n++]->op = minus ? OP_NEGATE : OP_NOT;
	}
	if (!err && !inner)
		err = parse_member(p, &inner);
	for (outer = inner; !err && n > 0; outer = signs[n])
		err = node_add(p, signs[--n], outer);
	*out = outer;
	return err;
}

struct operator
{
	enum token_kind token;
	enum cel_op op;
};

static const struct operator products[] = {
	{TOKEN_STAR, OP_MUL}, {TOKEN_SLASH, OP_DIV}, {TOKEN_PERCENT, OP_MOD}};
static const struct operator sums[] = {{TOKEN_PLUS, OP_ADD}, {TOKEN_MINUS, OP_SUB}};
static const struct operator relations[] = {{TOKEN_EQ, OP_EQ}, {TOKEN_NE, OP_NE},
	{TOKEN_LT, OP_LT}, {TOKEN_LE, OP_LE}, {TOKEN_GT, OP_GT}, {TOKEN_GE, OP_GE},
	{TOKEN_IN, OP_IN}};

/* Tightest last. */
static const struct {
	const struct operator* operators;
	size_t n;
} binary_levels[] = {{relations, 7}, {sums, 2}, {products, 3}};

#define BINARY_LEVELS 3

static const struct operator* find_operator(size_t level, enum token_kind token)
{
	for (size_t i = 0; i < binary_levels[level].n; i++)
		if (binary_levels[level].operators[i].token == token)
			return &binary_levels[level].operators[i];
	return NULL;
}

static enum err
parse_binary(struct parser *p, size_t level, struct node **out)
{
	if (level == BINARY_LEVELS)
		return parse_unary(p, out);
	enum err err = parse_binary(p, level + 1, out);
	const struct operator* operator;
	while (!err && (operator= find_operator(level, p->token.kind)) != NULL) {
		struct node *node = node_new(p, NODE_BINARY, p->token.at), *right;
		node->op = operator->op;
		if ((err = advance(p)) != OK ||
			(err = parse_binary(p, level + 1, &right)) != OK ||
			(err = node_add(p, node, *out)) != OK)
			return err;
		err = node_add(p, node, right);
		*out = node;
	}
	return err;
}

/* a && b && c is one node, so that a long row is not deep. */
static enum err
parse_row(struct parser *p, enum token_kind token, struct node **out)
{
	bool or = token == TOKEN_OR;
	enum err err = or ? parse_row(p, TOKEN_AND, out) : parse_binary(p, 0, out);
	if (err || p->token.kind != token)
		return err;
	struct node *row = node_new(p, or ? NODE_OR : NODE_AND, p->token.at),
		    *item = *out;
	*out = row;
	for (;;) {
		if ((err = node_add(p, row, item)) != OK || p->token.kind != token)
			return err;
		if ((err = advance(p)) != OK)
			return err;
		err = or ? parse_row(p, TOKEN_AND, &item) : parse_binary(p, 0, &item);
		if (err)
			return err;
	}
}

static enum err
parse_choice(struct parser *p, struct node **out)
{
	enum err err = parse_row(p, TOKEN_OR, out);
	if (err || p->token.kind != TOKEN_QUESTION)
		return err;
	struct node *choice = node_new(p, NODE_CHOICE, p->token.at), *yes, *no;
	if ((err = advance(p)) != OK || (err = node_add(p, choice, *out)) != OK ||
		(err = parse_row(p, TOKEN_OR, &yes)) != OK ||
		(err = node_add(p, choice, yes)) != OK ||
		(err = take(p, TOKEN_COLON, "\":\"")) != OK ||
		(err = parse_expression(p, &no)) != OK)
		return err;
	*out = choice;
	return node_add(p, choice, no);
}

/* Every way down passes here, so that this is where depth is counted. */
static enum err
parse_expression(struct parser *p, struct node **out)
{
	if (p->depth == CEL_DEPTH_MAX) {
		cel_error_at(p->error, p->lexer.text, p->token.at,
			"nested deeper than %d (CEL_DEPTH_MAX)", CEL_DEPTH_MAX);
		if (p->error)
			p->error->kind = ERR_LIMIT;
		return ERR_LIMIT;
	}
	p->depth++;
	enum err err = parse_choice(p, out);
	p->depth--;
	return err;
}

enum err
cel_parse(struct arena *a, struct str text, struct node **out, struct error *e)
{
	struct parser p = {
		.lexer = {.text = text, .arena = a, .error = e},
		.arena = a,
		.error = e,
	};
	enum err err = advance(&p);
	if (!err)
		err = parse_expression(&p, out);
	if (!err && p.token.kind != TOKEN_END)
		err = parse_error(&p, "an operator or the end");
	return err;
}
