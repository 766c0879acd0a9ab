#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/line_reader.h"
#include "cmd/train_files.h"
#include "text/zone_file.h"
#include "wire/cel.h"

static const struct option options[] = {
	{.name = "with", .value = "JSON", .doc = "an object; each member is a variable"},
	{.name = "batch",
		.doc = "read lines {\"expr\",\"bindings\"?,\"disable_check\"?} and write a line for each"},
	{.name = NULL},
};

/* `context` is the arena of the evaluation. */
static bool
zone_lookup(void *context, struct str name, int64_t utc, int32_t *offset)
{
	return zone_file_offset(context, name, utc, offset, NULL) == OK;
}

static enum err
evaluate(struct arena *a, struct str expr, struct cel_env *env, const void *const *values,
	struct cel_value *out, struct error *e)
{
	struct cel_program *program;
	env->zone = zone_lookup;
	env->zone_context = a;
	enum err err = cel_compile(a, expr, env, &program, e);
	return err ? err : cel_eval(program, values, a, out, e);
}

static enum err
evaluate_one(struct arena *a, const char *expr, const char *with, struct cel_value *out,
	struct error *e)
{
	struct json *bindings = NULL;
	if (with && json_parse(a, str_of(with), &bindings, e))
		return err_context(e, ERR_INVALID, "--with");
	if (bindings && bindings->type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "--with takes a JSON object");
	size_t n = bindings ? bindings->count : 0;
	struct cel_var *vars = ARENA_ARRAY(a, struct cel_var, n);
	const void **values = ARENA_ARRAY(a, const void *, n);
	struct cel_env env = {.vars = vars};
	json_each(member, bindings) {
		vars[env.n] = (struct cel_var){
			.name = arena_str(a, member->key).p, .type = CEL_JSON};
		values[env.n++] = member;
	}
	return evaluate(a, str_of(expr), &env, values, out, e);
}

/* What `values` of an evaluation points at for a bound value: for a scalar its place in
 * the union, else the value. */
static struct cel_var
declare(const char *name, const struct cel_value *v, const void **value)
{
	struct cel_var var = {.name = name, .type = v->type};
	switch (v->type) {
	case CEL_BOOL:
	case CEL_INT:
	case CEL_UINT:
	case CEL_DOUBLE:
	case CEL_STRING:
	case CEL_BYTES:
		*value = &v->i;
		break;
	case CEL_TIMESTAMP:
	case CEL_DURATION:
	case CEL_STRUCT:
	case CEL_JSON:
		/* As variables these have other units; a dyn one holds the value as it
		 * is. */
		var.type = CEL_DYN;
		*value = v;
		break;
	case CEL_NULL:
	case CEL_LIST:
	case CEL_MAP:
	case CEL_TYPE:
	case CEL_DYN:
	case CEL_ERROR:
		*value = v;
		break;
	}
	return var;
}

static enum err
evaluate_line(struct arena *a, struct str line, struct cel_value *out, struct error *e)
{
	struct json *request;
	enum err err = json_parse(a, line, &request, e);
	if (err)
		return err;
	const struct json *expr = json_get(request, STR("expr")),
			  *bindings = json_get(request, STR("bindings"));
	if (!expr || expr->type != JSON_STRING)
		return err_set(e, ERR_INVALID, "\"expr\" must be a string");
	if (bindings && bindings->type != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "\"bindings\" must be an object");
	size_t n = bindings ? bindings->count : 0;
	struct cel_var *vars = ARENA_ARRAY(a, struct cel_var, n);
	struct cel_value *bound = ARENA_ARRAY(a, struct cel_value, n);
	const void **values = ARENA_ARRAY(a, const void *, n);
	struct cel_env env = {
		.vars = vars,
		.unchecked = json_bool(json_get(request, STR("disable_check")), false),
	};
	json_each(member, bindings) {
		if ((err = cel_read_typed(a, member, &bound[env.n], e)) != OK)
			return err_context(e, err, "bindings.%.*s",
				STR_ARG(str_sub(member->key, 0, 60)));
		vars[env.n] = declare(
			arena_str(a, member->key).p, &bound[env.n], &values[env.n]);
		env.n++;
	}
	return evaluate(a, expr->s, &env, values, out, e);
}

static void
write_answer(
	struct buf *out, enum err err, const struct cel_value *v, const struct error *e)
{
	struct jsonw w;
	buf_clear(out);
	jsonw_init(&w, out);
	jsonw_object(&w);
	if (err) {
		jsonw_kstr(&w, "error", str_of(e->text));
	} else {
		jsonw_key(&w, STR("value"));
		cel_write_typed(v, &w);
	}
	jsonw_end_object(&w);
}

/* A line for a line; one that is too long and a value too large to print are errors of
 * their own. */
static void
answer_line(struct arena *a, enum line_event event, struct str line, struct buf *out)
{
	struct cel_value v;
	struct error e = {0};
	enum err err = event == LINE_READ
		? evaluate_line(a, line, &v, &e)
		: err_set(&e, ERR_LIMIT, "the line is over %d bytes (CHAT_LINE_MAX)",
			  CHAT_LINE_MAX);
	write_answer(out, err, &v, &e);
	if (buf_over(out)) {
		err = err_set(&e, ERR_LIMIT,
			"the value is over %u bytes (RULE_VALUE_MAX)", RULE_VALUE_MAX);
		write_answer(out, err, NULL, &e);
	}
	fwrite(out->p, 1, out->n, stdout);
	fputc('\n', stdout);
	fflush(stdout);
}

static int
batch_run(const struct args *args)
{
	struct line_reader reader;
	struct arena a;
	struct buf out;
	struct str line;
	enum line_event event;
	line_reader_init(&reader, 0);
	arena_init(&a, 65536);
	buf_init(&out, RULE_VALUE_MAX);
	while ((event = line_read(&reader, -1, &line)) != LINE_END) {
		answer_line(&a, event, line, &out);
		arena_clear(&a);
	}
	buf_fini(&out);
	arena_fini(&a);
	line_reader_fini(&reader);
	return ferror(stdout) ? cmd_fail(args, "standard output cannot be written") : 0;
}

static int
one_run(const struct args *args)
{
	struct arena a;
	struct buf out;
	struct jsonw w;
	struct cel_value v;
	struct error e = {0};
	int status = 0;
	arena_init(&a, 65536);
	buf_init(&out, RULE_VALUE_MAX);
	jsonw_init(&w, &out);
	if (evaluate_one(&a, args->words[0], args_value(args, "with"), &v, &e)) {
		status = cmd_fail(args, "%s", e.text);
	} else {
		cel_write_json(&v, &w);
		if (buf_over(&out))
			status = cmd_fail(args,
				"the value is over %u bytes (RULE_VALUE_MAX)",
				RULE_VALUE_MAX);
		else
			printf("%.*s\n", STR_ARG(buf_str(&out)));
	}
	buf_fini(&out);
	arena_fini(&a);
	return status;
}

static int
rule_run(const struct args *args)
{
	bool batch = args_flag(args, "batch");
	if (batch && (args->word_count > 0 || args_value(args, "with")))
		return cmd_usage(args, "--batch reads everything from standard input");
	if (!batch && args->word_count == 0)
		return cmd_usage(args, "an expression is needed");
	return batch ? batch_run(args) : one_run(args);
}

const struct command cmd_rule = {
	.name = "rule",
	.usage = "'EXPR' [--with JSON] | --batch",
	.summary = "evaluate a rule and print its value",
	.details =
		"Rules are in the Common Expression Language; docs/rules.md shows what they can say. What --with gives is dyn: its\n"
		"types are seen when the rule runs. In a pack they are known, and `parley check` tests every rule against them.\n\n"
		"  parley rule 'customer.tier in [\"vip\", \"premium\"] && size(text) > 3' --with '{\"customer\":{\"tier\":\"vip\"},"
		"\"text\":\"hello\"}'\n\n"
		"--batch writes {\"value\": …} or {\"error\": \"…\"} for each line. Bindings and values are typed: {\"int\":\"1\"},\n"
		"{\"list\":[…]}, {\"map\":[[key,value],…]}; disable_check leaves types to the evaluation.",
	.options = options,
	.words_min = 0,
	.words_max = 1,
	.run = rule_run,
};
