#include "wire/cel_program.h"

#define OVERFLOW "the number is out of range"

static struct cel_value
int_arithmetic(enum cel_op op, int64_t a, int64_t b)
{
	int64_t r = 0;
	bool over = false;
	if (op == OP_ADD)
		over = __builtin_add_overflow(a, b, &r);
	else if (op == OP_SUB)
		over = __builtin_sub_overflow(a, b, &r);
	else if (op == OP_MUL)
		over = __builtin_mul_overflow(a, b, &r);
	else if (b == 0)
		return cel_fail(op == OP_DIV ? "division by zero" : "modulus by zero");
	else if (b == -1 && a == INT64_MIN)
		over = true;
	else
		r = op == OP_DIV ? a / b : a % b;
	return over ? cel_fail(OVERFLOW) : cel_int(r);
}

static struct cel_value
uint_arithmetic(enum cel_op op, uint64_t a, uint64_t b)
{
	uint64_t r = 0;
	bool over = false;
	if (op == OP_ADD)
		over = __builtin_add_overflow(a, b, &r);
	else if (op == OP_SUB)
		over = __builtin_sub_overflow(a, b, &r);
	else if (op == OP_MUL)
		over = __builtin_mul_overflow(a, b, &r);
	else if (b == 0)
		return cel_fail(op == OP_DIV ? "division by zero" : "modulus by zero");
	else
		r = op == OP_DIV ? a / b : a % b;
	return over ? cel_fail(OVERFLOW) : (struct cel_value){.type = CEL_UINT, .u = r};
}

__attribute__((no_sanitize("float-divide-by-zero"))) static struct cel_value
double_arithmetic(enum cel_op op, double a, double b)
{
	struct cel_value v = {.type = CEL_DOUBLE};
	if (op == OP_MOD)
		return cel_fail("\"%\" takes no doubles");
	if (op == OP_ADD)
		v.d = a + b;
	else if (op == OP_SUB)
		v.d = a - b;
	else if (op == OP_MUL)
		v.d = a * b;
	else
		v.d = a / b;
	return v;
}

static struct cel_value
join_strings(struct machine *m, const struct cel_value *a, const struct cel_value *b)
{
	size_t n = a->s.n + b->s.n;
	if (!machine_pay(m, n / 64))
		return *a;
	char *p = arena_alloc(m->scratch, n + 1);
	if (a->s.n)
		memcpy(p, a->s.p, a->s.n);
	if (b->s.n)
		memcpy(p + a->s.n, b->s.p, b->s.n);
	p[n] = '\0';
	return (struct cel_value){.type = a->type, .s = {p, n}};
}

static struct cel_value
join_lists(struct machine *m, const struct cel_value *a, const struct cel_value *b)
{
	size_t n = cel_count(a) + cel_count(b), i = 0;
	if (!machine_pay(m, n))
		return *a;
	struct cel_value *values = ARENA_ARRAY(m->scratch, struct cel_value, n);
	struct cursor first = {0}, second = {0};
	while (cel_walk(a, &first, &values[i]))
		i++;
	while (i < n && cel_walk(b, &second, &values[i]))
		i++;
	return (struct cel_value){
		.type = CEL_LIST, .form = CEL_OWN, .values = values, .n = n};
}

/* timestamp + ns. */
static struct cel_value
time_add(const struct cel_value *t, int64_t ns, int direction)
{
	struct cel_value out;
	int64_t seconds = ns / 1000000000, rest = ns % 1000000000;
	if (!cel_timestamp_make(
		    t->seconds + direction * seconds, t->nanos + direction * rest, &out))
		return cel_fail("the timestamp is out of range");
	return out;
}

static struct cel_value
time_apart(const struct cel_value *a, const struct cel_value *b)
{
	struct cel_value out = {.type = CEL_DURATION};
	int64_t ns;
	if (__builtin_mul_overflow(a->seconds - b->seconds, (int64_t)1000000000, &ns) ||
		__builtin_add_overflow(ns, (int64_t)a->nanos - b->nanos, &out.i))
		return cel_fail("the duration is out of range");
	return out;
}

static struct cel_value
duration_arithmetic(enum cel_op op, int64_t a, int64_t b)
{
	struct cel_value out = {.type = CEL_DURATION};
	bool over = op == OP_ADD ? __builtin_add_overflow(a, b, &out.i)
				 : __builtin_sub_overflow(a, b, &out.i);
	return over ? cel_fail("the duration is out of range") : out;
}

static struct cel_value
mixed_arithmetic(enum cel_op op, const struct cel_value *a, const struct cel_value *b)
{
	bool add = op == OP_ADD, sub = op == OP_SUB;
	if ((add || sub) && a->type == CEL_TIMESTAMP && b->type == CEL_DURATION)
		return time_add(a, b->i, add ? 1 : -1);
	if (add && a->type == CEL_DURATION && b->type == CEL_TIMESTAMP)
		return time_add(b, a->i, 1);
	if (sub && a->type == CEL_TIMESTAMP && b->type == CEL_TIMESTAMP)
		return time_apart(a, b);
	return cel_fail("the operator does not take these types");
}

struct cel_value
cel_arithmetic(struct machine *m, enum cel_op op, const struct cel_value *a,
	const struct cel_value *b)
{
	if (a->type != b->type)
		return mixed_arithmetic(op, a, b);
	if (a->type == CEL_INT)
		return int_arithmetic(op, a->i, b->i);
	if (a->type == CEL_UINT)
		return uint_arithmetic(op, a->u, b->u);
	if (a->type == CEL_DOUBLE)
		return double_arithmetic(op, a->d, b->d);
	if (a->type == CEL_DURATION && (op == OP_ADD || op == OP_SUB))
		return duration_arithmetic(op, a->i, b->i);
	if (op == OP_ADD && (a->type == CEL_STRING || a->type == CEL_BYTES))
		return join_strings(m, a, b);
	if (op == OP_ADD && a->type == CEL_LIST)
		return join_lists(m, a, b);
	return mixed_arithmetic(op, a, b);
}

struct cel_value
cel_negate(const struct cel_value *a)
{
	if (a->type == CEL_DOUBLE)
		return (struct cel_value){.type = CEL_DOUBLE, .d = -a->d};
	if (a->type != CEL_INT)
		return cel_fail("\"-\" takes an int or a double");
	return a->i == INT64_MIN ? cel_fail(OVERFLOW) : cel_int(-a->i);
}
