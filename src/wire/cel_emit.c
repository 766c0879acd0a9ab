#include "base/limits.h"
#include "wire/cel_ast.h"

/* A table of the program that grows while it is written. */
struct table {
	void *rows;
	size_t n, cap, size;
};

struct emitter {
	struct arena *arena; /* the program's */
	struct str text;
	const struct cel_env *env;
	struct table code, constants, loads, words, fails, patterns;
	bool *used;
	uint32_t depth, depth_max; /* values on the stack */
	uint16_t loops;
	uint32_t slots[CEL_LOOPS_MAX]; /* where the variable of each open loop stands */
	struct error *error;
};

static enum err emit(struct emitter *m, const struct node *node);

static uint32_t
table_add(struct table *t, const void *row)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 16;
		t->rows = mem_realloc(t->rows, t->cap * t->size);
	}
	memcpy((char *)t->rows + t->n * t->size, row, t->size);
	return (uint32_t)t->n++;
}

static void *
table_finish(struct table *t, struct arena *a)
{
	void *rows = arena_alloc(a, t->n * t->size);
	if (t->n)
		memcpy(rows, t->rows, t->n * t->size);
	return rows;
}

static struct instruction *
code_at(struct emitter *m, uint32_t i)
{
	return (struct instruction *)m->code.rows + i;
}

/* Adds an instruction that changes the height of the stack by `grows`; returns its
 * index.
 */
static uint32_t
add(struct emitter *m, enum cel_op op, size_t b, size_t c, int grows)
{
	struct instruction instruction = {
		.op = (uint8_t)op, .b = (uint16_t)b, .c = (uint32_t)c};
	m->depth = (uint32_t)((int)m->depth + grows);
	if (m->depth > m->depth_max)
		m->depth_max = m->depth;
	return table_add(&m->code, &instruction);
}

/* Makes a jump lead to what comes next. */
static void
land(struct emitter *m, uint32_t jump)
{
	code_at(m, jump)->c = (uint32_t)m->code.n;
}

/* Literal values are copied, for the expression need not live as long as the program.
 * False for what is no constant. */
static bool
constant(struct emitter *m, const struct node *node, struct cel_value *out)
{
	if (node->kind == NODE_VALUE) {
		*out = node->value;
		if (out->type == CEL_STRING || out->type == CEL_BYTES)
			out->s = arena_str(m->arena, out->s);
		return true;
	}
	if (node->kind != NODE_LIST && node->kind != NODE_MAP)
		return false;
	struct cel_value *values = ARENA_ARRAY(m->arena, struct cel_value, node->count);
	size_t n = 0;
	for (const struct node *child = node->first; child; child = child->next)
		if (!constant(m, child, &values[n++]))
			return false;
	if (node->kind == NODE_LIST)
		*out = (struct cel_value){
			.type = CEL_LIST, .form = CEL_OWN, .values = values, .n = n};
	else
		*out = cel_map_of(NULL, m->arena, values, n / 2);
	return out->type != CEL_ERROR;
}

static void
emit_constant(struct emitter *m, const struct cel_value *value)
{
	add(m, OP_CONST, 0, table_add(&m->constants, value), 1);
}

static uint32_t
name_constant(struct emitter *m, struct str name)
{
	struct cel_value value = cel_string(arena_str(m->arena, name));
	return table_add(&m->constants, &value);
}

static void
emit_fail(struct emitter *m, const char *reason, struct str detail)
{
	struct fail fail = {reason, arena_str(m->arena, detail)};
	add(m, OP_FAIL, 0, table_add(&m->fails, &fail), 1);
}

/* a.b and has(a.b). Members of embedded structs are one offset from the variable or
 * value they start from. */
static enum err
emit_member(struct emitter *m, const struct node *node)
{
	bool has = node->kind == NODE_HAS;
	const struct node *of = node->first;
	enum err err;
	if (!node->field) {
		if ((err = emit(m, of)) != OK)
			return err;
		add(m, has ? OP_HAS_SELECT : OP_SELECT, 0, name_constant(m, node->name),
			0);
		return OK;
	}
	struct load load = {node->field, node->field->offset};
	for (; of->kind == NODE_SELECT && of->field && of->field->type == SCHEMA_OBJECT;
		of = of->first)
		load.offset += of->field->offset;
	if (of->kind == NODE_VAR) {
		m->used[of->variable] = true;
		add(m, has ? OP_HAS_LOAD : OP_LOAD, of->variable,
			table_add(&m->loads, &load), 1);
		return OK;
	}
	if ((err = emit(m, of)) != OK)
		return err;
	add(m, has ? OP_HAS_FIELD : OP_FIELD, 0, table_add(&m->loads, &load), 0);
	return OK;
}

static enum err
emit_children(struct emitter *m, const struct node *node)
{
	for (const struct node *child = node->first; child; child = child->next) {
		enum err err = emit(m, child);
		if (err)
			return err;
	}
	return OK;
}

/* matches() with a literal pattern compiles it now, and says now what is wrong with it.
 */
static enum err
emit_match(struct emitter *m, const struct node *node)
{
	struct pattern *pattern;
	struct error problem;
	enum err err = emit(m, node->first);
	if (err)
		return err;
	if (pattern_compile(m->arena, node->last->value.s, &pattern, &problem))
		return cel_error_at(
			m->error, m->text, node->last->at, "%s", problem.text);
	pattern_keep(m->arena, pattern);
	add(m, OP_MATCH, 0, table_add(&m->patterns, &pattern), 0);
	return OK;
}

static enum err
emit_call(struct emitter *m, const struct node *node)
{
	const struct node *last = node->last;
	bool literal = last && last->kind == NODE_VALUE && last->value.type == CEL_STRING;
	if (literal && node->count == 2 && str_eq(node->name, STR("matches")))
		return emit_match(m, node);
	enum err err = emit_children(m, node);
	if (err)
		return err;
	add(m, OP_CALL, node->count, (size_t)(node->function - cel_functions),
		1 - (int)node->count);
	return OK;
}

/* a; skip to the end; b; combine; skip to the end; c; combine; end. */
static enum err
emit_row(struct emitter *m, const struct node *node)
{
	bool and = node->kind == NODE_AND;
	enum err err = emit(m, node->first);
	uint32_t skip = UINT32_MAX;
	for (const struct node *child = node->first->next; child && !err;
		child = child->next) {
		/* The skips are chained through their targets until the end is known. */
		skip = add(m, and? OP_AND_SKIP : OP_OR_SKIP, 0, skip, 0);
		if ((err = emit(m, child)) != OK)
			return err;
		add(m, and? OP_AND : OP_OR, 0, 0, -1);
	}
	while (skip != UINT32_MAX) {
		uint32_t before = code_at(m, skip)->c;
		land(m, skip);
		skip = before;
	}
	return err;
}

/* condition; choose; yes; jump to the end; no; end. */
static enum err
emit_choice(struct emitter *m, const struct node *node)
{
	enum err err = emit(m, node->first);
	if (err)
		return err;
	uint32_t choose = add(m, OP_CHOOSE, 0, 0, -1);
	if ((err = emit(m, node->first->next)) != OK)
		return err;
	uint32_t jump = add(m, OP_JUMP, 0, 0, -1);
	land(m, choose);
	err = emit(m, node->last);
	land(m, jump);
	return err;
}

static enum err
emit_literal(struct emitter *m, const struct node *node)
{
	struct cel_value value;
	if (constant(m, node, &value)) {
		emit_constant(m, &value);
		return OK;
	}
	enum err err = emit_children(m, node);
	size_t n = node->kind == NODE_MAP ? node->count / 2 : node->count;
	add(m, node->kind == NODE_MAP ? OP_MAP : OP_LIST, 0, n, 1 - (int)node->count);
	return err;
}

/* range; loop; next: next element; [condition; keep]; body; step to next; end. */
static enum err
emit_loop(struct emitter *m, const struct node *node)
{
	const struct node *body = node->first->next;
	enum err err = emit(m, node->first);
	if (err)
		return err;
	uint16_t level = m->loops++;
	uint32_t start = add(m, OP_LOOP, level, 0, 2);
	m->slots[level] = m->depth - 1;
	uint32_t next = add(m, OP_LOOP_NEXT, level, 0, 0);
	uint32_t keep = UINT32_MAX;
	if (node->count == 3) {
		if ((err = emit(m, body)) != OK)
			return err;
		keep = add(m, OP_LOOP_KEEP, level, 0, -1);
		body = body->next;
	}
	if ((err = emit(m, body)) != OK)
		return err;
	uint32_t step = add(m, OP_LOOP_STEP, level, next, -1);
	uint32_t end = add(m, OP_LOOP_END, level, 0, -2);
	code_at(m, start)->kind = code_at(m, step)->kind = code_at(m, end)->kind =
		(uint8_t)node->loop;
	code_at(m, start)->c = end + 1;
	code_at(m, next)->c = end;
	/* The condition needs both ways out: the next element, and behind the step the
	 * end. */
	if (keep != UINT32_MAX)
		code_at(m, keep)->c = step;
	m->loops--;
	return OK;
}

/* The strings that a value is or a list holds; 0: it holds something else. */
static size_t
value_words(const struct cel_value *v, const struct cel_value **out)
{
	*out = v->type == CEL_LIST ? v->values : v;
	size_t n = v->type == CEL_LIST ? v->n : 1;
	for (size_t i = 0; i < n; i++)
		if ((*out)[i].type != CEL_STRING)
			return 0;
	return n;
}

/* variable.member == "word", and the same with != and in: one instruction takes the place
 * of three. Looks at the code, as what stands there says all that matters. */
static bool
emit_words(struct emitter *m, enum cel_op op, uint32_t from)
{
	const struct instruction *code = code_at(m, from);
	if (m->code.n != from + 2 || code[0].op != OP_LOAD || code[1].op != OP_CONST)
		return false;
	const struct load *load = (struct load *)m->loads.rows + code[0].c;
	const struct cel_value *value = (struct cel_value *)m->constants.rows + code[1].c;
	const struct cel_value *strings;
	size_t n = value_words(value, &strings);
	if ((load->field->type != SCHEMA_STR && load->field->type != SCHEMA_ENUM) || !n ||
		(op == OP_IN) != (value->type == CEL_LIST))
		return false;
	struct str *list = ARENA_ARRAY(m->arena, struct str, n);
	for (size_t i = 0; i < n; i++)
		list[i] = strings[i].s;
	struct words words = {*load, list, n};
	uint16_t variable = code[0].b;
	m->code.n = from;
	m->depth -= 2;
	add(m,
		op == OP_IN           ? OP_LOAD_IN
			: op == OP_EQ ? OP_LOAD_EQ
				      : OP_LOAD_NE,
		variable, table_add(&m->words, &words), 1);
	return true;
}

static enum err
emit_binary(struct emitter *m, const struct node *node)
{
	uint32_t from = (uint32_t)m->code.n;
	enum err err = emit_children(m, node);
	bool words = node->op == OP_EQ || node->op == OP_NE || node->op == OP_IN;
	if (!err && !(words && emit_words(m, node->op, from)))
		add(m, node->op, 0, 0, -1);
	return err;
}

/* The recursion is bounded by the tree's height, which parsing limits. */
static enum err
emit(struct emitter *m, const struct node *node)
{
	enum err err;
	switch (node->kind) {
	case NODE_VALUE:
	case NODE_LIST:
	case NODE_MAP:
		return emit_literal(m, node);
	case NODE_VAR:
		m->used[node->variable] = true;
		add(m, OP_VAR, 0, node->variable, 1);
		return OK;
	case NODE_LOCAL:
		add(m, OP_LOCAL, 0, m->slots[node->binder->level], 1);
		return OK;
	case NODE_IDENT:
	case NODE_FAIL:
		emit_fail(m, node->reason, node->name);
		return OK;
	case NODE_SELECT:
	case NODE_HAS:
		return emit_member(m, node);
	case NODE_CALL:
		return emit_call(m, node);
	case NODE_UNARY:
		err = emit(m, node->first);
		add(m, node->op, 0, 0, 0);
		return err;
	case NODE_INDEX:
		err = emit_children(m, node);
		add(m, OP_INDEX, 0, 0, -1);
		return err;
	case NODE_BINARY:
		return emit_binary(m, node);
	case NODE_AND:
	case NODE_OR:
		return emit_row(m, node);
	case NODE_CHOICE:
		return emit_choice(m, node);
	case NODE_LOOP:
		return emit_loop(m, node);
	}
	return OK;
}

static struct cel_program *
program_new(struct emitter *m, const struct node *root)
{
	struct cel_program *p = ARENA_NEW(m->arena, struct cel_program);
	struct cel_var *vars = ARENA_ARRAY(m->arena, struct cel_var, m->env->n);
	if (m->env->n)
		memcpy(vars, m->env->vars, m->env->n * sizeof(struct cel_var));
	*p = (struct cel_program){
		.code = table_finish(&m->code, m->arena),
		.count = m->code.n,
		.constants = table_finish(&m->constants, m->arena),
		.loads = table_finish(&m->loads, m->arena),
		.words = table_finish(&m->words, m->arena),
		.fails = table_finish(&m->fails, m->arena),
		.patterns = table_finish(&m->patterns, m->arena),
		.vars = vars,
		.used = m->used,
		.var_count = m->env->n,
		.result = root->shape ? root->shape->type : CEL_DYN,
		.stack = m->depth_max,
		.zone = m->env->zone,
		.zone_context = m->env->zone_context,
	};
	return p;
}

enum err
cel_emit(struct arena *a, struct str text, const struct cel_env *env,
	const struct node *root, struct cel_program **out, struct error *e)
{
	struct emitter m = {
		.arena = a,
		.text = text,
		.env = env,
		.code = {.size = sizeof(struct instruction)},
		.constants = {.size = sizeof(struct cel_value)},
		.loads = {.size = sizeof(struct load)},
		.words = {.size = sizeof(struct words)},
		.fails = {.size = sizeof(struct fail)},
		.patterns = {.size = sizeof(struct pattern *)},
		.used = ARENA_ARRAY(a, bool, env->n),
		.error = e,
	};
	enum err err = emit(&m, root);
	add(&m, OP_RETURN, 0, 0, 0);
	if (!err)
		*out = program_new(&m, root);
	free(m.code.rows);
	free(m.constants.rows);
	free(m.loads.rows);
	free(m.words.rows);
	free(m.fails.rows);
	free(m.patterns.rows);
	return err;
}
