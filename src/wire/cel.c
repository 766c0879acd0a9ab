#include "base/limits.h"
#include "base/utf8.h"
#include "wire/cel_ast.h"

enum err
cel_compile(struct arena *a, struct str expr, const struct cel_env *env,
	struct cel_program **out, struct error *e)
{
	if (expr.n > CEL_EXPR_MAX)
		return err_set(e, ERR_LIMIT, "an expression over %d bytes (CEL_EXPR_MAX)",
			CEL_EXPR_MAX);
	size_t bad = utf8_check(expr);
	if (bad < expr.n) {
		cel_error_at(e, expr, bad, "not valid UTF-8");
		return ERR_INVALID;
	}
	struct arena trees;
	struct node *root;
	arena_init(&trees, 0);
	enum err err = cel_parse(&trees, expr, &root, e);
	if (!err) {
		struct checker checker = {
			.arena = &trees, .text = expr, .env = env, .error = e};
		err = cel_check(&checker, root);
	}
	if (!err)
		err = cel_emit(a, expr, env, root, out, e);
	arena_fini(&trees);
	return err;
}

enum err
cel_compile_rule(struct arena *a, struct str expr, const struct cel_env *env,
	struct cel_program **out, struct error *e)
{
	struct cel_program *p;
	enum err err = cel_compile(a, expr, env, &p, e);
	if (err)
		return err;
	if (p->result != CEL_BOOL && p->result != CEL_DYN)
		return err_set_line(e, ERR_INVALID, 1, "a rule gives a bool, not %.*s",
			STR_ARG(cel_type_name(p->result)));
	*out = p;
	return OK;
}

enum cel_type
cel_result(const struct cel_program *p)
{
	return p->result;
}

bool
cel_uses(const struct cel_program *p, size_t i)
{
	require(i < p->var_count);
	return p->used[i];
}
