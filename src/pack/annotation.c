#include "pack/annotation.h"

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
	char opens = s.p[*text_end + 1];
	if (opens != '(' && opens != '{')
		return 0;
	ptrdiff_t end =
		str_find_char(str_sub(s, *text_end + 2, s.n), opens == '(' ? ')' : '}');
	return end < 0 ? SIZE_MAX : *text_end + 2 + (size_t)end + 1;
}

/* What an annotation says, "(kind)" or JSON. False: it is reported. */
static bool
annotation_said(struct loader *l, struct str said, int line, struct annotation *out)
{
	static const char *const known[] = {"entity", "role", "group", "value", NULL};
	struct json *v = NULL;
	if (said.p[0] != '{') {
		out->mention.kind = str_trim(str_sub(said, 1, said.n - 1));
		if (!out->mention.kind.n)
			load_error(l, line, "examples: an annotation names no kind");
		return out->mention.kind.n > 0;
	}
	struct str none = STR("");
	if (json_parse(l->a, said, &v, NULL) ||
		!json_str(json_get(v, STR("entity")), none).n) {
		load_error(l, line,
			"examples: %.*s must be JSON with the member \"entity\"",
			STR_ARG(said));
		return false;
	}
	out->mention.kind = json_str(json_get(v, STR("entity")), none);
	out->mention.role = json_str(json_get(v, STR("role")), none);
	out->value = json_str(json_get(v, STR("value")), none);
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
