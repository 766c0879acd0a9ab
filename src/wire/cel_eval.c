#include "base/limits.h"
#include "wire/cel_program.h"

/* Enough for nearly every rule; more comes from the scratch arena. */
#define STACK_AT_HAND 16

static const char no_value[] = "there is no value for";

static bool
is_bool(const struct cel_value *v, bool b)
{
	return v->type == CEL_BOOL && v->b == b;
}

/* An error stays itself; what is no bool becomes one. */
static struct cel_value
not_bool(const struct cel_value *v, const char *reason)
{
	return v->type == CEL_ERROR ? *v : cel_fail(reason);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static struct cel_value
load_timestamp(int64_t ms)
{
	struct cel_value out;
	int64_t seconds = floor_div(ms, 1000);
	if (!cel_timestamp_make(seconds, (ms - seconds * 1000) * 1000000, &out))
		return cel_fail("the timestamp is out of range");
	return out;
}

static struct cel_value
load_variable(const struct machine *m, uint32_t i)
{
	const struct cel_var *var = &m->program->vars[i];
	const void *p = m->values ? m->values[i] : NULL;
	struct cel_value v = {.type = var->type};
	if (!p)
		return cel_fail(no_value);
	switch (var->type) {
	case CEL_BOOL:
		return cel_bool(*(const bool *)p);
	case CEL_INT:
		return cel_int(*(const int64_t *)p);
	case CEL_UINT:
		v.u = *(const uint64_t *)p;
		return v;
	case CEL_DOUBLE:
		v.d = *(const double *)p;
		return v;
	case CEL_STRING:
	case CEL_BYTES:
		v.s = *(const struct str *)p;
		return v;
	case CEL_TIMESTAMP:
		return load_timestamp(*(const int64_t *)p);
	case CEL_DURATION:
		if (__builtin_mul_overflow(*(const int64_t *)p, 1000000, &v.i))
			return cel_fail("the duration is out of range");
		return v;
	case CEL_STRUCT:
		v.object = p;
		v.schema = var->schema;
		return v;
	case CEL_JSON:
		return cel_from_json(p);
	case CEL_NULL:
	case CEL_LIST:
	case CEL_MAP:
	case CEL_TYPE:
	case CEL_DYN:
	case CEL_ERROR:
		return *(const struct cel_value *)p;
	}
	return v;
}

static struct cel_value
load_fail(const struct machine *m, uint32_t i)
{
	const struct fail *fail = &m->program->fails[i];
	return cel_fail_about(fail->reason, &fail->detail);
}

/* A member of a struct variable: the way most rules read. */
static struct cel_value
load_member(const struct machine *m, const struct instruction *in)
{
	const struct load *load = &m->program->loads[in->c];
	const char *object = m->values ? m->values[in->b] : NULL;
	if (in->op == OP_HAS_LOAD)
		return cel_bool(
			object && cel_load_present(load->field, object + load->offset));
	return object ? cel_load(load->field, object + load->offset) : cel_fail(no_value);
}

/* The string of a member; false for an enum out of its range. */
static bool
member_word(const struct field *field, const void *member, struct str *out)
{
	if (field->type == SCHEMA_STR) {
		*out = *(const struct str *)member;
		return true;
	}
	struct cel_value v = cel_load(field, member);
	*out = v.s;
	return v.type == CEL_STRING;
}

static struct cel_value
compare_words(const struct cel_program *p, const void *const *values,
	const struct instruction *in)
{
	const struct words *words = &p->words[in->c];
	const char *object = values ? values[in->b] : NULL;
	struct str word;
	bool found = false;
	if (!object)
		return cel_fail(no_value);
	if (!member_word(words->load.field, object + words->load.offset, &word))
		return cel_load(words->load.field, object + words->load.offset);
	for (size_t i = 0; i < words->n && !found; i++)
		found = str_eq(words->p[i], word);
	return cel_bool(found == (in->op != OP_LOAD_NE));
}

/* The same of a struct on the stack, which may be an optional one that is absent. */
static struct cel_value
field(const struct machine *m, const struct instruction *in, const struct cel_value *of)
{
	const struct load *load = &m->program->loads[in->c];
	bool has = in->op == OP_HAS_FIELD;
	if (of->type == CEL_STRUCT) {
		const char *member = (const char *)of->object + load->offset;
		return has ? cel_bool(cel_load_present(load->field, member))
			   : cel_load(load->field, member);
	}
	if (of->type == CEL_ERROR)
		return has && of->reason == no_value ? cel_bool(false) : *of;
	return has ? cel_bool(false) : cel_fail("the struct is absent");
}

static struct cel_value
select_struct(const struct cel_value *of, const struct str *name)
{
	const struct field *f = schema_field(of->schema, *name);
	if (!f || f->secret)
		return cel_fail_about("there is no field", name);
	return cel_load(f, (const char *)of->object + f->offset);
}

static struct cel_value
select_member(struct machine *m, const struct instruction *in, const struct cel_value *of)
{
	const struct cel_value *name = &m->program->constants[in->c];
	bool has = in->op == OP_HAS_SELECT;
	struct cel_value out;
	if (has &&
		(of->type == CEL_NULL ||
			(of->type == CEL_ERROR && of->reason == no_value)))
		return cel_bool(false);
	if (of->type == CEL_ERROR)
		return *of;
	if (of->type != CEL_MAP && of->type != CEL_STRUCT)
		return cel_fail_about("only maps have fields, such as", &name->s);
	if (of->type == CEL_STRUCT && !has)
		return select_struct(of, &name->s);
	bool found = cel_lookup(m, of, name, &out);
	if (has)
		return cel_bool(found);
	return found ? out : cel_fail_about("there is no key", &name->s);
}

static bool
whole_index(const struct cel_value *key, uint64_t *out)
{
	if (key->type == CEL_INT && key->i >= 0)
		*out = (uint64_t)key->i;
	else if (key->type == CEL_UINT)
		*out = key->u;
	else if (key->type == CEL_DOUBLE && key->d >= 0 && key->d < 0x1p63 &&
		key->d == (double)(uint64_t)key->d)
		*out = (uint64_t)key->d;
	else
		return false;
	return true;
}

static struct cel_value
index_value(struct machine *m, const struct cel_value *of, const struct cel_value *key)
{
	struct cel_value out;
	uint64_t i;
	if (of->type == CEL_MAP)
		return cel_lookup(m, of, key, &out) ? out
						    : cel_fail("the map has no such key");
	if (of->type == CEL_STRUCT && key->type == CEL_STRING)
		return cel_lookup(m, of, key, &out)
			? out
			: cel_fail("the struct has no such field");
	if (of->type != CEL_LIST)
		return cel_fail("only lists and maps have an index");
	if (!whole_index(key, &i))
		return cel_fail("the index of a list is a whole number from 0");
	if (i >= cel_count(of) || (of->form == CEL_FROM_JSON && !machine_pay(m, i / 8)))
		return cel_fail("the index is behind the end of the list");
	return cel_element(of, i);
}

static struct cel_value
contained(struct machine *m, const struct cel_value *item, const struct cel_value *in)
{
	struct cursor cursor = {0};
	struct cel_value element;
	if (in->type == CEL_MAP || in->type == CEL_STRUCT)
		return cel_bool(cel_lookup(m, in, item, &element));
	if (in->type != CEL_LIST)
		return cel_fail("\"in\" takes a list or a map");
	while (!m->spent && cel_walk(in, &cursor, &element))
		if (cel_equal_paying(m, item, &element))
			return cel_bool(true);
	return cel_bool(false);
}

static struct cel_value
ordered(enum cel_op op, const struct cel_value *a, const struct cel_value *b)
{
	static const uint32_t numbers =
		CEL_BIT(CEL_INT) | CEL_BIT(CEL_UINT) | CEL_BIT(CEL_DOUBLE);
	int order = 0;
	if (!cel_compare(a, b, &order)) {
		/* Nothing is less or greater than NaN. */
		bool nan = (CEL_BIT(a->type) & numbers) && (CEL_BIT(b->type) & numbers);
		return nan ? cel_bool(false) : cel_fail("the values have no order");
	}
	if (op == OP_LT)
		return cel_bool(order < 0);
	if (op == OP_LE)
		return cel_bool(order <= 0);
	return cel_bool(op == OP_GT ? order > 0 : order >= 0);
}

static struct cel_value
binary(struct machine *m, enum cel_op op, const struct cel_value *a,
	const struct cel_value *b)
{
	if (a->type == CEL_ERROR)
		return *a;
	if (b->type == CEL_ERROR)
		return *b;
	if (op == OP_EQ || op == OP_NE) {
		bool strings = a->type == CEL_STRING && b->type == CEL_STRING;
		bool equal = strings ? str_eq(a->s, b->s) : cel_equal_paying(m, a, b);
		return cel_bool(equal == (op == OP_EQ));
	}
	if (op == OP_IN)
		return contained(m, a, b);
	if (op == OP_INDEX)
		return index_value(m, a, b);
	return op <= OP_MOD ? cel_arithmetic(m, op, a, b) : ordered(op, a, b);
}

static struct cel_value
unary(enum cel_op op, const struct cel_value *a)
{
	if (a->type == CEL_ERROR)
		return *a;
	if (op == OP_NEGATE)
		return cel_negate(a);
	return a->type == CEL_BOOL ? cel_bool(!a->b) : cel_fail("\"!\" takes a bool");
}

/* `decides` is what one side alone can settle: false for &&, true for ||. */
static struct cel_value
combine(const struct cel_value *a, const struct cel_value *b, bool decides)
{
	static const char reason[] = "\"&&\" and \"||\" take bools";
	if (is_bool(a, decides) || is_bool(b, decides))
		return cel_bool(decides);
	if (a->type != CEL_BOOL)
		return not_bool(a, reason);
	return b->type == CEL_BOOL ? *b : not_bool(b, reason);
}

static struct cel_value
call(struct machine *m, const struct instruction *in, const struct cel_value *args)
{
	const struct function *f = &cel_functions[in->c];
	for (size_t i = 0; i < in->b; i++) {
		if (args[i].type == CEL_ERROR)
			return args[i];
		if (!(f->accepts[i > 0] & CEL_BIT(args[i].type)))
			return cel_fail("a function does not take a value of this type");
	}
	return f->call(m, args, in->b);
}

static struct cel_value
match(struct machine *m, const struct instruction *in, const struct cel_value *text)
{
	if (text->type == CEL_ERROR)
		return *text;
	if (text->type != CEL_STRING)
		return cel_fail("matches() takes a string");
	if (!machine_pay(m, text->s.n / 16))
		return *text;
	int matched = pattern_match(m->program->patterns[in->c], m->scratch, text->s);
	return matched < 0 ? cel_fail("the regular expression takes too many steps")
			   : cel_bool(matched);
}

static struct cel_value
make_list(struct machine *m, const struct cel_value *values, size_t n)
{
	struct cel_value list = {.type = CEL_LIST, .form = CEL_OWN, .n = n};
	for (size_t i = 0; i < n; i++)
		if (values[i].type == CEL_ERROR)
			return values[i];
	struct cel_value *copy = ARENA_ARRAY(m->scratch, struct cel_value, n);
	memcpy(copy, values, n * sizeof(struct cel_value));
	list.values = copy;
	return list;
}

static struct cel_value
make_map(struct machine *m, const struct cel_value *pairs, size_t n)
{
	for (size_t i = 0; i < 2 * n; i++)
		if (pairs[i].type == CEL_ERROR)
			return pairs[i];
	return cel_map_of(m, m->scratch, pairs, n);
}

static void
loop_start(struct machine *m, const struct instruction *in)
{
	struct loop *loop = &m->loops[in->b];
	struct cel_value *range = &m->top[-1];
	if (range->type != CEL_LIST && range->type != CEL_MAP) {
		*range = not_bool(range, "a macro runs over a list or a map");
		m->at = in->c;
		return;
	}
	*loop = (struct loop){0};
	if (in->kind == LOOP_MAP || in->kind == LOOP_FILTER) {
		size_t n = cel_count(range);
		if (machine_pay(m, n))
			loop->items = ARENA_ARRAY(m->scratch, struct cel_value, n);
	}
	m->top[0] = cel_bool(in->kind == LOOP_ALL);
	m->top[1] = (struct cel_value){.type = CEL_NULL};
	m->top += 2;
}

/* all() and exists() go on after an error, for a later element may decide. True when it
 * is decided. */
static bool
loop_logic(struct cel_value *result, const struct cel_value *v, bool decides)
{
	if (is_bool(v, decides)) {
		*result = *v;
		return true;
	}
	if (v->type != CEL_BOOL && result->type != CEL_ERROR)
		*result = not_bool(v, "the condition of a macro is a bool");
	return false;
}

static bool
loop_collect(struct loop *loop, enum loop_kind kind, struct cel_value *result,
	const struct cel_value *v, const struct cel_value *element)
{
	if (v->type == CEL_ERROR || (kind != LOOP_MAP && v->type != CEL_BOOL)) {
		*result = not_bool(v, "the condition of a macro is a bool");
		return true;
	}
	if (kind == LOOP_MAP)
		loop->items[loop->n++] = *v;
	else if (v->b && kind == LOOP_FILTER)
		loop->items[loop->n++] = *element;
	else if (v->b)
		loop->n++;
	return false;
}

static void
loop_step(struct machine *m, const struct instruction *in)
{
	struct cel_value *v = --m->top, *element = v - 1, *result = v - 2;
	bool decided;
	if (in->kind == LOOP_ALL || in->kind == LOOP_EXISTS)
		decided = loop_logic(result, v, in->kind == LOOP_EXISTS);
	else
		decided = loop_collect(&m->loops[in->b], in->kind, result, v, element);
	if (!decided)
		m->at = in->c;
}

static void
loop_keep(struct machine *m, const struct instruction *in)
{
	struct cel_value *v = --m->top;
	if (is_bool(v, true))
		return;
	if (is_bool(v, false)) {
		m->at = m->program->code[in->c].c;
		return;
	}
	v[-2] = not_bool(v, "the condition of a macro is a bool");
	m->at = in->c + 1;
}

static void
loop_end(struct machine *m, const struct instruction *in)
{
	const struct loop *loop = &m->loops[in->b];
	struct cel_value *result = &m->top[-2];
	m->top -= 2;
	if (result->type != CEL_ERROR && in->kind == LOOP_EXISTS_ONE)
		*result = cel_bool(loop->n == 1);
	else if (result->type != CEL_ERROR && in->kind >= LOOP_MAP)
		*result = (struct cel_value){.type = CEL_LIST,
			.form = CEL_OWN,
			.values = loop->items,
			.n = loop->n};
	m->top[-1] = *result;
}

static void
loop_next(struct machine *m, const struct instruction *in)
{
	if (!cel_walk(&m->top[-3], &m->loops[in->b].cursor, &m->top[-1]))
		m->at = in->c;
}

/* Pops the condition of a ?: . */
static void
choose(struct machine *m, const struct instruction *in)
{
	struct cel_value *v = --m->top;
	if (is_bool(v, true))
		return;
	m->at = in->c;
	if (is_bool(v, false))
		return;
	*v = not_bool(v, "the condition before \"?\" is a bool");
	m->top++;
	m->at = in->c - 1;
}

static void
instruction_run(struct machine *m, const struct instruction *in)
{
	struct cel_value *top = m->top;
	enum cel_op op = in->op;
	switch (op) {
	case OP_CONST:
		*m->top++ = m->program->constants[in->c];
		return;
	case OP_FAIL:
		*m->top++ = load_fail(m, in->c);
		return;
	case OP_VAR:
		*m->top++ = load_variable(m, in->c);
		return;
	case OP_LOAD:
	case OP_HAS_LOAD:
		*m->top++ = load_member(m, in);
		return;
	case OP_LOAD_EQ:
	case OP_LOAD_NE:
	case OP_LOAD_IN:
		machine_pay(m, m->program->words[in->c].n);
		*m->top++ = compare_words(m->program, m->values, in);
		return;
	case OP_LOCAL:
		*m->top++ = m->stack[in->c];
		return;
	case OP_FIELD:
	case OP_HAS_FIELD:
		top[-1] = field(m, in, &top[-1]);
		return;
	case OP_SELECT:
	case OP_HAS_SELECT:
		top[-1] = select_member(m, in, &top[-1]);
		return;
	case OP_LIST:
		m->top = top - in->c + 1;
		m->top[-1] = make_list(m, top - in->c, in->c);
		return;
	case OP_MAP:
		m->top = top - 2 * (size_t)in->c + 1;
		m->top[-1] = make_map(m, m->top - 1, in->c);
		return;
	case OP_CALL:
		m->top = top - in->b + 1;
		m->top[-1] = call(m, in, m->top - 1);
		return;
	case OP_MATCH:
		top[-1] = match(m, in, &top[-1]);
		return;
	case OP_NOT:
	case OP_NEGATE:
		top[-1] = unary(op, &top[-1]);
		return;
	case OP_INDEX:
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
	case OP_DIV:
	case OP_MOD:
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
	case OP_IN:
		m->top = --top;
		top[-1] = binary(m, op, &top[-1], &top[0]);
		return;
	case OP_AND:
	case OP_OR:
		m->top = --top;
		top[-1] = combine(&top[-1], &top[0], op == OP_OR);
		return;
	case OP_AND_SKIP:
	case OP_OR_SKIP:
		if (is_bool(&top[-1], op == OP_OR_SKIP))
			m->at = in->c;
		return;
	case OP_CHOOSE:
		choose(m, in);
		return;
	case OP_JUMP:
		m->at = in->c;
		return;
	case OP_LOOP:
		loop_start(m, in);
		return;
	case OP_LOOP_NEXT:
		loop_next(m, in);
		return;
	case OP_LOOP_KEEP:
		loop_keep(m, in);
		return;
	case OP_LOOP_STEP:
		loop_step(m, in);
		return;
	case OP_LOOP_END:
		loop_end(m, in);
		return;
	case OP_RETURN:
		return;
	}
}

static void
run(struct machine *m)
{
	const struct instruction *code = m->program->code;
	while (code[m->at].op != OP_RETURN && machine_pay(m, 1)) {
		const struct instruction *in = &code[m->at++];
		instruction_run(m, in);
	}
}

static enum err
fail(const struct cel_value *v, struct error *e)
{
	if (v->detail)
		return err_set(e, ERR_INVALID, "%s \"%.*s\"", v->reason,
			STR_ARG(str_sub(*v->detail, 0, 100)));
	return err_set(e, ERR_INVALID, "%s", v->reason);
}

enum err
cel_eval(const struct cel_program *p, const void *const *values, struct arena *scratch,
	struct cel_value *out, struct error *e)
{
	struct cel_value stack[STACK_AT_HAND] = {0};
	struct machine m;
	m.program = p;
	m.values = values;
	m.scratch = scratch;
	m.stack = p->stack <= STACK_AT_HAND
		? stack
		: ARENA_ARRAY(scratch, struct cel_value, p->stack);
	m.top = m.stack;
	m.at = 0;
	m.steps = 0;
	m.spent = false;
	run(&m);
	if (m.spent)
		return err_set(e, ERR_LIMIT,
			"the rule takes more than %d steps (CEL_COST_MAX)", CEL_COST_MAX);
	require(m.top == m.stack + 1);
	if (m.stack[0].type == CEL_ERROR)
		return fail(&m.stack[0], e);
	*out = m.stack[0];
	return OK;
}

enum err
cel_test(const struct cel_program *p, const void *const *values, struct arena *scratch,
	bool *out, struct error *e)
{
	struct cel_value v;
	enum err err = cel_eval(p, values, scratch, &v, e);
	if (err)
		return err;
	if (v.type != CEL_BOOL)
		return err_set(e, ERR_INVALID, "a rule gives a bool, not %.*s",
			STR_ARG(cel_type_name(v.type)));
	*out = v.b;
	return OK;
}
