#include "base/limits.h"
#include "wire/cel_program.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Heap that one match may take, in KiB. */
#define HEAP_KIB 1024

struct pattern {
	pcre2_code *code;
	/* Of one that is kept and has the processor's own code; else NULL. */
	pcre2_match_data *data;
	pcre2_match_context *context;
};

/* The library takes its memory from the arena and gives nothing back: the arena's end
 * is the pattern's end. */
static void *
arena_malloc(size_t size, void *arena)
{
	return arena_alloc(arena, size);
}

static void
arena_free(void *p, void *arena)
{
	(void)p;
	(void)arena;
}

/*
 * RE2, which the language prescribes, has no look-around, back references, atomic
 * groups, recursion nor verbs. A parenthesis that opens one of those, and an escape for
 * one, is refused, so that a rule runs the same elsewhere and no pattern gets at what
 * makes PCRE2 slow.
 */
static bool
group_allowed(struct str rest)
{
	if (str_starts(rest, STR("*")))
		return false;
	if (!str_starts(rest, STR("?")))
		return true;
	rest = str_sub(rest, 1, rest.n);
	if (str_starts(rest, STR("P<")))
		return true;
	if (str_starts(rest, STR("<")))
		return !str_starts(rest, STR("<=")) && !str_starts(rest, STR("<!"));
	size_t n = 0;
	while (n < rest.n && rest.p[n] && strchr("imsU-", rest.p[n]))
		n++;
	return n < rest.n && (rest.p[n] == ':' || rest.p[n] == ')');
}

static bool
escape_allowed(char c)
{
	/* Letters and digits that RE2 knows; anything else behind a backslash stands
	 * for itself. */
	bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9');
	return !word || strchr("aftnrvdDsSwWbBAzpPQExCL0", c) != NULL;
}

static bool
quantifier_stacked(struct str source, size_t i)
{
	/* a*+ a++ a?+ would be possessive. */
	return source.p[i] == '+' && i > 0 && strchr("*+?}", source.p[i - 1]) != NULL &&
		!(i > 1 && source.p[i - 2] == '\\');
}

static bool
syntax_allowed(struct str source)
{
	bool class = false;
	for (size_t i = 0; i < source.n; i++) {
		char c = source.p[i];
		if (c == '\\') {
			if (i + 1 < source.n && !escape_allowed(source.p[i + 1]))
				return false;
			i++;
		} else if (class) {
			class = c != ']';
		} else if (c == '[') {
			class = true;
			/* A "]" that comes first is one of the class. */
			i += i + 1 < source.n && source.p[i + 1] == '^';
			i += i + 1 < source.n && source.p[i + 1] == ']';
		} else if (c == '(' && !group_allowed(str_sub(source, i + 1, source.n))) {
			return false;
		} else if (quantifier_stacked(source, i)) {
			return false;
		}
	}
	return true;
}

enum err
pattern_compile(struct arena *a, struct str source, struct pattern **out, struct error *e)
{
	if (source.n > CEL_PATTERN_MAX)
		return err_set(e, ERR_LIMIT,
			"a regular expression over %d bytes (CEL_PATTERN_MAX)",
			CEL_PATTERN_MAX);
	if (!syntax_allowed(source))
		return err_set(e, ERR_INVALID,
			"the regular expression uses what RE2 does not have");
	int code;
	PCRE2_SIZE at;
	pcre2_general_context *general =
		pcre2_general_context_create(arena_malloc, arena_free, a);
	pcre2_compile_context *context = pcre2_compile_context_create(general);
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_parens_nest_limit(context, CEL_DEPTH_MAX);
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
		PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP;
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)(source.p ? source.p : ""),
		source.n, options, &code, &at, context);
	if (!compiled) {
		unsigned char message[120];
		pcre2_get_error_message(code, message, sizeof message);
		return err_set(e, ERR_INVALID,
			"the regular expression: %s at character %zu", (char *)message,
			(size_t)at);
	}
	struct pattern *pattern = ARENA_NEW(a, struct pattern);
	pattern->code = compiled;
	*out = pattern;
	return OK;
}

static pcre2_match_context *
context_new(pcre2_general_context *general)
{
	pcre2_match_context *context = pcre2_match_context_create(general);
	pcre2_set_match_limit(context, CEL_MATCH_MAX);
	pcre2_set_depth_limit(context, CEL_MATCH_MAX);
	pcre2_set_heap_limit(context, HEAP_KIB);
	return context;
}

/* The processor's code is not in the arena, all else is. */
static void
code_end(void *code)
{
	pcre2_code_free(code);
}

void
pattern_keep(struct arena *a, struct pattern *p)
{
	/* Without a JIT for this processor the interpreter does the same, slower. */
	if (pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE))
		return;
	arena_on_end(a, code_end, p->code);
	pcre2_general_context *general =
		pcre2_general_context_create(arena_malloc, arena_free, a);
	p->data = pcre2_match_data_create(1, general);
	p->context = context_new(general);
}

/* PCRE2_ERROR_JIT_STACKLIMIT: to be run otherwise, for code has less room than the
 * interpreter may take. */
static int
match_code(const struct pattern *p, struct str text)
{
	if (!p->data)
		return PCRE2_ERROR_JIT_STACKLIMIT;
	return pcre2_jit_match(p->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, 0, 0,
		p->data, p->context);
}

static int
match_interpreted(const struct pattern *p, struct arena *scratch, struct str text)
{
	pcre2_general_context *general =
		pcre2_general_context_create(arena_malloc, arena_free, scratch);
	return pcre2_match(p->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, 0,
		PCRE2_NO_JIT, pcre2_match_data_create(1, general), context_new(general));
}

int
pattern_match(const struct pattern *p, struct arena *scratch, struct str text)
{
	int found = match_code(p, text);
	if (found == PCRE2_ERROR_JIT_STACKLIMIT)
		found = match_interpreted(p, scratch, text);
	if (found == PCRE2_ERROR_NOMATCH)
		return 0;
	return found >= 0 ? 1 : -1;
}
