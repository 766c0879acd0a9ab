#include "pack/annotation.h"

#include "base/limits.h"

/* The closing mark of an annotation that opens at p[at], or 0 when these brackets are
 * plain text. */
static size_t
annotation_end(struct str s, size_t at, size_t *text_end)
{
	ptrdiff_t close = str_find_char(str_sub(s, at, s.n), ']');
	if (close < 0)
		return 0;
	*text_end = at + (size_t)close;
	if (*text_end + 1 >= s.n)
		return 0;
	struct str said = str_sub(s, *text_end + 1, s.n);
	if (said.p[0] != '(' && said.p[0] != '{' && !str_starts(said, STR("[{")))
		return 0;
	char closes = said.p[0] == '(' ? ')' : said.p[0] == '{' ? '}' : ']';
	ptrdiff_t end = str_find_char(str_sub(said, 1, said.n), closes);
	return end < 0 ? SIZE_MAX : *text_end + 2 + (size_t)end + 1;
}

/* "(kind)" or "(kind:value)". False: it is reported. */
static bool
said_briefly(struct loader *l, struct str said, int line, struct annotation *out)
{
	said = str_sub(said, 1, said.n - 1);
	ptrdiff_t colon = str_find_char(said, ':');
	size_t end = colon < 0 ? said.n : (size_t)colon;
	out->mention.kind = str_trim(str_sub(said, 0, end));
	if (colon >= 0)
		out->value = str_trim(str_sub(said, end + 1, said.n));
	if (!out->mention.kind.n)
		load_error(l, line, "examples: an annotation names no kind");
	else if (colon >= 0 && !out->value.n)
		load_error(
			l, line, "examples: an annotation has no value behind its colon");
	else
		return true;
	return false;
}

/* A value may be written as a text or as a number. */
static struct str
said_value(struct loader *l, const struct json *v)
{
	struct buf text;
	struct jsonw w;
	if (!v || v->type == JSON_STRING || v->type == JSON_NULL)
		return json_str(v, STR(""));
	buf_init(&text, PACK_FILE_MAX);
	jsonw_init(&w, &text);
	jsonw_node(&w, v);
	struct str value = arena_str(l->a, buf_str(&text));
	buf_fini(&text);
	return value;
}

/* {"entity", "role", "group", "value"}. False: it is reported. */
static bool
said_at_length(struct loader *l, const struct json *v, int line, struct annotation *out)
{
	static const char *const known[] = {"entity", "role", "group", "value", NULL};
	struct str none = STR("");
	if (!v || !json_str(json_get(v, STR("entity")), none).n) {
		load_error(l, line,
			"examples: an annotation must be JSON with the member \"entity\"");
		return false;
	}
	out->mention.kind = json_str(json_get(v, STR("entity")), none);
	out->mention.role = json_str(json_get(v, STR("role")), none);
	out->value = said_value(l, json_get(v, STR("value")));
	json_each(member, v) {
		bool is = false;
		for (const char *const *k = known; *k && !is; k++)
			is = str_eq(str_of(*k), member->key);
		if (!is)
			load_error(l, line,
				"examples: unknown member \"%.*s\" of an annotation",
				STR_ARG(member->key));
	}
	return true;
}

/* What an annotation says, in whatever form. False: it is reported. */
static bool
annotation_said(struct loader *l, struct str said, int line, struct annotation *out)
{
	struct json *v = NULL;
	struct error e = {0};
	if (said.p[0] == '(')
		return said_briefly(l, said, line, out);
	if (json_parse(l->a, said, &v, &e)) {
		load_error(
			l, line, "examples: %.*s is no JSON: %s", STR_ARG(said), e.text);
		return false;
	}
	if (v->type == JSON_OBJECT)
		return said_at_length(l, v, line, out);
	if (v->count > 1)
		load_warning(l, line,
			"%.*s: the first of these annotations of one text is read",
			STR_ARG(said));
	return said_at_length(l, v->first, line, out);
}

/* The part of the plain text that is left when blanks around it are cut off. */
static void
annotations_shift(struct annotation *p, size_t n, size_t cut, size_t left)
{
	for (size_t i = 0; i < n; i++) {
		struct train_mention *m = &p[i].mention;
		size_t start = m->start > cut ? m->start - cut : 0;
		size_t end = m->end > cut ? m->end - cut : 0;
		m->start = (uint32_t)(start < left ? start : left);
		m->end = (uint32_t)(end < left ? end : left);
	}
}

struct str
annotation_read(
	struct loader *l, struct str line, int at, struct annotation **out, size_t *count)
{
	*count = 0;
	*out = NULL;
	if (str_find_char(line, '[') < 0)
		return str_trim(line);
	char *plain = arena_alloc(l->a, line.n + 1);
	size_t n = 0, all = 0;
	for (size_t i = 0; i < line.n; i++)
		all += line.p[i] == '[';
	*out = ARENA_ARRAY(l->a, struct annotation, all + 1);
	for (size_t i = 0; i < line.n;) {
		size_t text_end = 0;
		size_t end = line.p[i] == '[' ? annotation_end(line, i, &text_end) : 0;
		if (end == SIZE_MAX)
			load_error(l, at, "examples: an annotation is not closed");
		if (!end || end == SIZE_MAX) {
			plain[n++] = line.p[i++];
			continue;
		}
		size_t width = text_end - i - 1;
		struct annotation *a = &(*out)[*count];
		*a = (struct annotation){
			.mention = {.start = (uint32_t)n, .end = (uint32_t)(n + width)}};
		*count += annotation_said(l, str_sub(line, text_end + 1, end), at, a) &&
			width;
		memcpy(plain + n, line.p + i + 1, width);
		n += width;
		i = end;
	}
	struct str text = str_trim((struct str){plain, n});
	annotations_shift(*out, *count, text.n ? (size_t)(text.p - plain) : 0, text.n);
	return text;
}
