#include "text/personal.h"

bool
personal_kind(struct str kind)
{
	static const char *const kinds[] = {
		"card", "iban", "ssn", "email", "phone", "ip", "document", NULL};
	for (size_t i = 0; kinds[i]; i++)
		if (str_eq(kind, str_of(kinds[i])))
			return true;
	return false;
}

static bool
is_named(struct str kind, const struct items *more)
{
	if (!more)
		return false;
	items_each(const struct str, name, *more) {
		if (str_eq(*name, kind))
			return true;
	}
	return false;
}

struct str
personal_redact(struct arena *a, struct str text, const struct entities *e,
	const struct items *more)
{
	size_t extra = 0;
	for (size_t i = 0; i < e->n; i++)
		extra += e->p[i].kind.n + 2;
	char *out = arena_alloc(a, text.n + extra + 1);
	size_t n = 0, from = 0;
	for (size_t i = 0; i < e->n; i++) {
		const struct entity *one = &e->p[i];
		if (one->start < from ||
			!(personal_kind(one->kind) || is_named(one->kind, more)))
			continue;
		memcpy(out + n, text.p + from, one->start - from);
		n += one->start - from;
		out[n++] = '[';
		memcpy(out + n, one->kind.p, one->kind.n);
		n += one->kind.n;
		out[n++] = ']';
		from = one->end;
	}
	if (text.n > from)
		memcpy(out + n, text.p + from, text.n - from);
	n += text.n - from;
	out[n] = '\0';
	return (struct str){out, n};
}
