#include "base/limits.h"
#include "wire/cel_ast.h"

static const struct shape shape_null = {.type = CEL_NULL};
static const struct shape shape_bool = {.type = CEL_BOOL};
static const struct shape shape_int = {.type = CEL_INT};
static const struct shape shape_uint = {.type = CEL_UINT};
static const struct shape shape_double = {.type = CEL_DOUBLE};
static const struct shape shape_string = {.type = CEL_STRING};
static const struct shape shape_bytes = {.type = CEL_BYTES};
static const struct shape shape_list = {.type = CEL_LIST};
static const struct shape shape_map = {.type = CEL_MAP};
static const struct shape shape_timestamp = {.type = CEL_TIMESTAMP};
static const struct shape shape_duration = {.type = CEL_DURATION};
static const struct shape shape_type = {.type = CEL_TYPE};

static enum err check(struct checker *c, struct node *node);

static const struct shape *
shape_of(enum cel_type type)
{
	switch (type) {
	case CEL_NULL:
		return &shape_null;
	case CEL_BOOL:
		return &shape_bool;
	case CEL_INT:
		return &shape_int;
	case CEL_UINT:
		return &shape_uint;
	case CEL_DOUBLE:
		return &shape_double;
	case CEL_STRING:
		return &shape_string;
	case CEL_BYTES:
		return &shape_bytes;
	case CEL_LIST:
		return &shape_list;
	case CEL_MAP:
		return &shape_map;
	case CEL_TIMESTAMP:
		return &shape_timestamp;
	case CEL_DURATION:
		return &shape_duration;
	case CEL_TYPE:
		return &shape_type;
	case CEL_STRUCT:
	case CEL_DYN:
	case CEL_JSON:
	case CEL_ERROR:
		return NULL;
	}
	return NULL;
}

static struct shape *
shape_new(struct checker *c, enum cel_type type)
{
	struct shape *shape = ARENA_NEW(c->arena, struct shape);
	shape->type = type;
	return shape;
}

static const struct shape *
shape_struct(struct checker *c, const struct schema *schema)
{
	struct shape *shape = shape_new(c, CEL_STRUCT);
	shape->schema = schema;
	return shape;
}

static const struct shape *
shape_list_of(struct checker *c, const struct shape *element)
{
	struct shape *shape = shape_new(c, CEL_LIST);
	shape->element = element;
	return shape;
}

static const struct shape *
shape_field(struct checker *c, const struct field *field)
{
	struct shape *shape;
	switch (field->type) {
	case SCHEMA_BOOL:
		return &shape_bool;
	case SCHEMA_INT:
		return &shape_int;
	case SCHEMA_DOUBLE:
		return &shape_double;
	case SCHEMA_STR:
		return &shape_string;
	case SCHEMA_ENUM:
		shape = shape_new(c, CEL_STRING);
		shape->names = field->names;
		return shape;
	case SCHEMA_DURATION:
		return &shape_duration;
	case SCHEMA_OBJECT:
	case SCHEMA_OPTIONAL:
		return shape_struct(c, field->of);
	case SCHEMA_LIST:
		return shape_list_of(c, shape_struct(c, field->of));
	case SCHEMA_STRS:
		return shape_list_of(c, &shape_string);
	case SCHEMA_DOUBLES:
		return shape_list_of(c, &shape_double);
	case SCHEMA_MAP:
		shape = shape_new(c, CEL_MAP);
		shape->key = &shape_string;
		shape->element = shape_struct(c, field->of);
		return shape;
	case SCHEMA_JSON:
		return NULL;
	}
	return NULL;
}

static struct str
shape_name(const struct shape *shape)
{
	if (!shape)
		return STR("dyn");
	return shape->type == CEL_STRUCT ? str_of(shape->schema->name)
					 : cel_type_name(shape->type);
}

static bool
is_number(const struct shape *shape)
{
	return shape->type == CEL_INT || shape->type == CEL_UINT ||
		shape->type == CEL_DOUBLE;
}

static bool
is_type(const struct shape *shape, enum cel_type type)
{
	return !shape || shape->type == type;
}

/* Whether two values may be equal at all. */
static bool
may_equal(const struct shape *a, const struct shape *b)
{
	if (!a || !b)
		return true;
	if (is_number(a) && is_number(b))
		return true;
	/* An optional member that is absent is null. */
	if ((a->type == CEL_STRUCT && b->type == CEL_NULL) ||
		(a->type == CEL_NULL && b->type == CEL_STRUCT))
		return true;
	if (a->type != b->type)
		return false;
	if (a->type == CEL_STRUCT)
		return a->schema == b->schema;
	return may_equal(a->key, b->key) && may_equal(a->element, b->element);
}

static bool
same_shape(const struct shape *a, const struct shape *b)
{
	if (!a || !b)
		return a == b;
	return a->type == b->type && a->schema == b->schema &&
		same_shape(a->key, b->key) && same_shape(a->element, b->element);
}

/* The shape of either: what both are, else anything. */
static const struct shape *
shape_join(const struct shape *a, const struct shape *b)
{
	return same_shape(a, b) ? (a && a->names ? shape_of(CEL_STRING) : a) : NULL;
}

/* In an unchecked expression a wrong name fails when it is evaluated. */
static enum err
unknown(struct checker *c, struct node *node, const char *reason, const char *near)
{
	if (c->env->unchecked) {
		node->kind = NODE_FAIL;
		node->reason = reason;
		return OK;
	}
	if (near)
		return cel_error_at(c->error, c->text, node->at,
			"%s \"%.*s\"; did you mean \"%s\"?", reason, STR_ARG(node->name),
			near);
	return cel_error_at(
		c->error, c->text, node->at, "%s \"%.*s\"", reason, STR_ARG(node->name));
}

static enum err
mismatch(struct checker *c, const struct node *node, const char *what,
	const struct shape *shape)
{
	if (c->env->unchecked)
		return OK;
	return cel_error_at(c->error, c->text, node->at, "%s, not %.*s", what,
		STR_ARG(shape_name(shape)));
}

static const char *
suggest_variable(struct checker *c, struct str wrong)
{
	const char **names = ARENA_ARRAY(c->arena, const char *, c->env->n + 1);
	for (size_t i = 0; i < c->env->n; i++)
		names[i] = c->env->vars[i].name;
	return suggest(names, wrong);
}

static const char *
suggest_field(struct checker *c, const struct schema *schema, struct str wrong)
{
	const char **names = ARENA_ARRAY(c->arena, const char *, schema->count + 1);
	size_t n = 0;
	for (size_t i = 0; i < schema->count; i++)
		if (!schema->fields[i].secret)
			names[n++] = schema->fields[i].name;
	return suggest(names, wrong);
}

static const char *
suggest_function(struct checker *c, struct str wrong)
{
	size_t n = 0;
	while (cel_functions[n].name)
		n++;
	const char **names = ARENA_ARRAY(c->arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		names[i] = cel_functions[i].name;
	return suggest(names, wrong);
}

/* A variable or a type's name, under a name that may hold dots. */
static bool
resolve_name(struct checker *c, struct node *node, struct str name)
{
	static const enum cel_type types[] = {CEL_NULL, CEL_BOOL, CEL_INT, CEL_UINT,
		CEL_DOUBLE, CEL_STRING, CEL_BYTES, CEL_LIST, CEL_MAP, CEL_TIMESTAMP,
		CEL_DURATION, CEL_TYPE};
	for (size_t i = 0; i < c->env->n; i++) {
		const struct cel_var *var = &c->env->vars[i];
		if (!str_eq(str_of(var->name), name))
			continue;
		node->kind = NODE_VAR;
		node->variable = i;
		node->shape = var->type == CEL_STRUCT ? shape_struct(c, var->schema)
						      : shape_of(var->type);
		return true;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!str_eq(cel_type_name(types[i]), name))
			continue;
		node->kind = NODE_VALUE;
		node->value = (struct cel_value){.type = CEL_TYPE, .named = types[i]};
		node->shape = &shape_type;
		return true;
	}
	return false;
}

static const struct shape *
range_element(const struct shape *range)
{
	if (!range)
		return NULL;
	return range->type == CEL_MAP ? range->key : range->element;
}

static const struct node *
find_local(const struct checker *c, const struct node *ident)
{
	for (int i = c->loop_count - 1; i >= 0 && !ident->absolute; i--)
		if (str_eq(c->loops[i]->name, ident->name))
			return c->loops[i];
	return NULL;
}

static enum err
check_ident(struct checker *c, struct node *node)
{
	const struct node *local = find_local(c, node);
	if (local) {
		node->kind = NODE_LOCAL;
		node->binder = local;
		node->shape = range_element(local->first->shape);
		return OK;
	}
	if (resolve_name(c, node, node->name))
		return OK;
	return unknown(c, node, "there is no variable", suggest_variable(c, node->name));
}

/* "a.b.c" of a chain of plain names whose first is no macro's variable; false for
 * anything else. */
static bool
dotted_name(struct checker *c, const struct node *node, struct buf *out)
{
	if (node->kind == NODE_IDENT) {
		if (find_local(c, node))
			return false;
	} else if (node->kind != NODE_SELECT || !dotted_name(c, node->first, out)) {
		return false;
	}
	if (node->kind == NODE_SELECT)
		buf_add_char(out, '.');
	buf_add_str(out, node->name);
	return true;
}

static bool
resolve_dotted(struct checker *c, struct node *node)
{
	struct buf name;
	buf_init(&name, CEL_EXPR_MAX);
	bool found = dotted_name(c, node, &name) && resolve_name(c, node, buf_str(&name));
	buf_fini(&name);
	return found;
}

/* What `.name` gives; shared by a.b and has(a.b). */
static enum err
check_member(struct checker *c, struct node *node)
{
	const struct shape *of = node->first->shape;
	if (!of)
		return OK;
	if (of->type == CEL_MAP) {
		node->shape = of->element;
		return is_type(of->key, CEL_STRING)
			? OK
			: mismatch(
				  c, node, "the keys of the map are no strings", of->key);
	}
	if (of->type != CEL_STRUCT)
		return mismatch(c, node, "only maps and structs have fields", of);
	const struct field *field = schema_field(of->schema, node->name);
	if (field && field->secret)
		return cel_error_at(c->error, c->text, node->at, "\"%.*s\" is secret",
			STR_ARG(node->name));
	if (!field)
		return unknown(c, node, "there is no field",
			suggest_field(c, of->schema, node->name));
	node->field = field;
	node->shape = shape_field(c, field);
	return OK;
}

static enum err
check_select(struct checker *c, struct node *node)
{
	if (resolve_dotted(c, node))
		return OK;
	enum err err = check(c, node->first);
	return err ? err : check_member(c, node);
}

static enum err
check_has(struct checker *c, struct node *node)
{
	enum err err = check(c, node->first);
	if (!err)
		err = check_member(c, node);
	node->shape = &shape_bool;
	return err;
}

static enum err
check_children(struct checker *c, struct node *node)
{
	for (struct node *child = node->first; child; child = child->next) {
		enum err err = check(c, child);
		if (err)
			return err;
	}
	return OK;
}

static enum err
check_index(struct checker *c, struct node *node)
{
	enum err err = check_children(c, node);
	if (err)
		return err;
	const struct shape *of = node->first->shape, *key = node->last->shape;
	if (!of)
		return OK;
	if (of->type != CEL_LIST && of->type != CEL_MAP)
		return mismatch(c, node, "only lists and maps have an index", of);
	node->shape = of->element;
	if (of->type == CEL_LIST && key && !is_number(key))
		return mismatch(c, node, "the index of a list is an int", key);
	if (of->type == CEL_MAP && !may_equal(of->key, key))
		return mismatch(
			c, node, "the key must be of the type of the map's keys", key);
	return OK;
}

static enum err
check_call(struct checker *c, struct node *node)
{
	bool named;
	const struct function *f =
		cel_function_find(node->name, node->receiver, node->count, &named);
	if (!f && named)
		return unknown(c, node,
			"wrong number of arguments, or not called like this:", NULL);
	if (!f)
		return unknown(
			c, node, "there is no function", suggest_function(c, node->name));
	enum err err = check_children(c, node);
	uint32_t accepts = f->accepts[0];
	for (const struct node *arg = node->first; arg && !err; arg = arg->next) {
		if (arg->shape && !(accepts & CEL_BIT(arg->shape->type)) &&
			!c->env->unchecked)
			err = cel_error_at(c->error, c->text, arg->at,
				"%s() does not take %.*s here", f->name,
				STR_ARG(shape_name(arg->shape)));
		accepts = f->accepts[1];
	}
	node->function = f;
	node->shape = shape_of(f->result);
	return err;
}

static enum err
check_unary(struct checker *c, struct node *node)
{
	enum err err = check(c, node->first);
	if (err)
		return err;
	const struct shape *of = node->first->shape;
	if (node->op == OP_NOT) {
		node->shape = &shape_bool;
		return is_type(of, CEL_BOOL)
			? OK
			: mismatch(c, node, "\"!\" takes a bool", of);
	}
	node->shape = of;
	return is_type(of, CEL_INT) || is_type(of, CEL_DOUBLE)
		? OK
		: mismatch(c, node, "\"-\" takes an int or a double", of);
}

static const char *
op_sign(enum cel_op op)
{
	static const char *const signs[] = {[OP_ADD] = "+",
		[OP_SUB] = "-",
		[OP_MUL] = "*",
		[OP_DIV] = "/",
		[OP_MOD] = "%",
		[OP_EQ] = "==",
		[OP_NE] = "!=",
		[OP_LT] = "<",
		[OP_LE] = "<=",
		[OP_GT] = ">",
		[OP_GE] = ">=",
		[OP_IN] = "in"};
	return signs[op];
}

static enum err
no_overload(struct checker *c, const struct node *node)
{
	const struct shape *a = node->first->shape, *b = node->last->shape;
	if (c->env->unchecked)
		return OK;
	bool numbers = a && b && is_number(a) && is_number(b);
	return cel_error_at(c->error, c->text, node->at,
		"\"%s\" does not take %.*s and %.*s%s", op_sign(node->op),
		STR_ARG(shape_name(a)), STR_ARG(shape_name(b)),
		numbers ? "; convert one, as in double(x)" : "");
}

/* A timestamp moves by a duration; two of them are a duration apart. False when the
 * operands are nothing of the kind. */
static bool
time_arithmetic(struct node *node)
{
	const struct shape *a = node->first->shape, *b = node->last->shape;
	bool add = node->op == OP_ADD, sub = node->op == OP_SUB;
	if (!add && !sub)
		return false;
	if (a->type == CEL_DURATION && b->type == CEL_DURATION)
		node->shape = &shape_duration;
	else if (a->type == CEL_TIMESTAMP && b->type == CEL_DURATION)
		node->shape = &shape_timestamp;
	else if (add && a->type == CEL_DURATION && b->type == CEL_TIMESTAMP)
		node->shape = &shape_timestamp;
	else if (sub && a->type == CEL_TIMESTAMP && b->type == CEL_TIMESTAMP)
		node->shape = &shape_duration;
	else
		return false;
	return true;
}

static enum err
check_arithmetic(struct checker *c, struct node *node)
{
	const struct shape *a = node->first->shape, *b = node->last->shape;
	if (!a || !b || time_arithmetic(node))
		return OK;
	bool fits = a->type == b->type && is_number(a) &&
		!(node->op == OP_MOD && a->type == CEL_DOUBLE);
	if (node->op == OP_ADD && a->type == b->type)
		fits = fits || a->type == CEL_STRING || a->type == CEL_BYTES ||
			a->type == CEL_LIST;
	if (!fits)
		return no_overload(c, node);
	node->shape = a->type == CEL_LIST ? shape_join(a, b) : shape_of(a->type);
	if (!node->shape)
		node->shape = &shape_list;
	return OK;
}

/* A word that an enum field cannot be would make a rule that never matches. */
static enum err
check_enum(struct checker *c, const struct shape *shape, const struct node *word)
{
	if (!shape || !shape->names || word->kind != NODE_VALUE ||
		word->value.type != CEL_STRING || c->env->unchecked)
		return OK;
	for (const char *const *name = shape->names; *name; name++)
		if (str_eq(str_of(*name), word->value.s))
			return OK;
	const char *near = suggest(shape->names, word->value.s);
	return cel_error_at(c->error, c->text, word->at,
		"it is never \"%.*s\"; did you mean \"%s\"?", STR_ARG(word->value.s),
		near ? near : shape->names[0]);
}

static enum err
check_in(struct checker *c, struct node *node)
{
	const struct shape *a = node->first->shape, *b = node->last->shape;
	enum err err = OK;
	if (b && b->type != CEL_LIST && b->type != CEL_MAP)
		return no_overload(c, node);
	if (!may_equal(a, range_element(b)))
		return no_overload(c, node);
	if (node->last->kind != NODE_LIST)
		return OK;
	for (const struct node *word = node->last->first; word && !err; word = word->next)
		err = check_enum(c, a, word);
	return err;
}

static bool
may_order(const struct shape *a, const struct shape *b)
{
	static const uint32_t ordered = CEL_BIT(CEL_BOOL) | CEL_BIT(CEL_INT) |
		CEL_BIT(CEL_UINT) | CEL_BIT(CEL_DOUBLE) | CEL_BIT(CEL_STRING) |
		CEL_BIT(CEL_BYTES) | CEL_BIT(CEL_TIMESTAMP) | CEL_BIT(CEL_DURATION);
	if ((a && !(CEL_BIT(a->type) & ordered)) || (b && !(CEL_BIT(b->type) & ordered)))
		return false;
	return may_equal(a, b);
}

static enum err
check_binary(struct checker *c, struct node *node)
{
	enum err err = check_children(c, node);
	if (err)
		return err;
	const struct node *a = node->first, *b = node->last;
	if (node->op >= OP_ADD && node->op <= OP_MOD)
		return check_arithmetic(c, node);
	node->shape = &shape_bool;
	if (node->op == OP_IN)
		return check_in(c, node);
	if (node->op != OP_EQ && node->op != OP_NE)
		return may_order(a->shape, b->shape) ? OK : no_overload(c, node);
	if (!may_equal(a->shape, b->shape))
		return no_overload(c, node);
	err = check_enum(c, a->shape, b);
	return err ? err : check_enum(c, b->shape, a);
}

static enum err
check_row(struct checker *c, struct node *node)
{
	enum err err = check_children(c, node);
	for (const struct node *child = node->first; child && !err; child = child->next)
		if (!is_type(child->shape, CEL_BOOL))
			err = mismatch(c, child,
				node->kind == NODE_AND ? "\"&&\" takes bools"
						       : "\"||\" takes bools",
				child->shape);
	node->shape = &shape_bool;
	return err;
}

static enum err
check_choice(struct checker *c, struct node *node)
{
	enum err err = check_children(c, node);
	if (err)
		return err;
	const struct node *condition = node->first, *yes = condition->next,
			  *no = node->last;
	if (!is_type(condition->shape, CEL_BOOL))
		return mismatch(c, condition, "the condition before \"?\" is a bool",
			condition->shape);
	node->shape = shape_join(yes->shape, no->shape);
	bool null = (yes->shape && yes->shape->type == CEL_NULL) ||
		(no->shape && no->shape->type == CEL_NULL);
	if (!null && !may_equal(yes->shape, no->shape))
		return mismatch(
			c, no, "both sides of \":\" must be of one type", no->shape);
	return OK;
}

static enum err
check_list(struct checker *c, struct node *node)
{
	enum err err = check_children(c, node);
	const struct shape *element = node->first ? node->first->shape : NULL;
	for (const struct node *child = node->first; child; child = child->next)
		element = shape_join(element, child->shape);
	node->shape = shape_list_of(c, element);
	return err;
}

static enum err
check_map(struct checker *c, struct node *node)
{
	static const uint32_t keys = CEL_BIT(CEL_BOOL) | CEL_BIT(CEL_INT) |
		CEL_BIT(CEL_UINT) | CEL_BIT(CEL_STRING);
	enum err err = check_children(c, node);
	struct shape *shape = shape_new(c, CEL_MAP);
	if (node->first) {
		shape->key = node->first->shape;
		shape->element = node->first->next->shape;
	}
	for (const struct node *key = node->first; key && !err; key = key->next->next) {
		if (key->shape && !(keys & CEL_BIT(key->shape->type)))
			err = mismatch(c, key, "a key is a bool, int, uint or string",
				key->shape);
		shape->key = shape_join(shape->key, key->shape);
		shape->element = shape_join(shape->element, key->next->shape);
	}
	node->shape = shape;
	return err;
}

static enum err
check_loop(struct checker *c, struct node *node)
{
	struct node *range = node->first, *first = range->next;
	require(first != NULL);
	enum err err = check(c, range);
	if (err)
		return err;
	if (range->shape && range->shape->type != CEL_LIST &&
		range->shape->type != CEL_MAP)
		return mismatch(
			c, node, "a macro runs over a list or a map", range->shape);
	if (c->loop_count == CEL_LOOPS_MAX) {
		cel_error_at(c->error, c->text, node->at,
			"more than %d macros inside each other (CEL_LOOPS_MAX)",
			CEL_LOOPS_MAX);
		if (c->error)
			c->error->kind = ERR_LIMIT;
		return ERR_LIMIT;
	}
	node->level = c->loop_count;
	c->loops[c->loop_count++] = node;
	for (struct node *body = first; body && !err; body = body->next)
		err = check(c, body);
	c->loop_count--;
	if (err)
		return err;
	bool condition = node->loop != LOOP_MAP || node->count == 3;
	if (condition && !is_type(first->shape, CEL_BOOL))
		return mismatch(c, first, "a condition is a bool", first->shape);
	if (node->loop == LOOP_MAP)
		node->shape = shape_list_of(c, node->last->shape);
	else if (node->loop == LOOP_FILTER)
		node->shape = shape_list_of(c, range_element(range->shape));
	else
		node->shape = &shape_bool;
	return OK;
}

/* The recursion is bounded by the tree's height, which parsing limits. */
static enum err
check(struct checker *c, struct node *node)
{
	switch (node->kind) {
	case NODE_VALUE:
		node->shape = shape_of(node->value.type);
		return OK;
	case NODE_IDENT:
		return check_ident(c, node);
	case NODE_SELECT:
		return check_select(c, node);
	case NODE_HAS:
		return check_has(c, node);
	case NODE_INDEX:
		return check_index(c, node);
	case NODE_CALL:
		return check_call(c, node);
	case NODE_UNARY:
		return check_unary(c, node);
	case NODE_BINARY:
		return check_binary(c, node);
	case NODE_AND:
	case NODE_OR:
		return check_row(c, node);
	case NODE_CHOICE:
		return check_choice(c, node);
	case NODE_LIST:
		return check_list(c, node);
	case NODE_MAP:
		return check_map(c, node);
	case NODE_LOOP:
		return check_loop(c, node);
	case NODE_VAR:
	case NODE_LOCAL:
	case NODE_FAIL:
		return OK;
	}
	return OK;
}

enum err
cel_check(struct checker *c, struct node *root)
{
	return check(c, root);
}
