#include "actor/sources.h"

const struct pack_source *
source_find(const struct pack *p, struct str name)
{
	items_each(const struct pack_source, s, pack_context(p)->sources) {
		if (str_eq(s->name, name))
			return s;
	}
	return NULL;
}

void
strs_add(struct turn *t, struct items *list, struct str s)
{
	struct str *all = ARENA_ARRAY(t->arena, struct str, list->n + 1);
	if (list->n)
		memcpy(all, list->p, list->n * sizeof(*all));
	all[list->n] = s;
	*list = (struct items){all, list->n + 1};
}

bool
source_is_unavailable(const struct turn *t, struct str name)
{
	items_each(const struct str, known, t->doc.context.unavailable) {
		if (str_eq(*known, name))
			return true;
	}
	return false;
}

void
source_note_unavailable(struct turn *t, struct str name)
{
	if (!source_is_unavailable(t, name))
		strs_add(t, &t->doc.context.unavailable, name);
}

/* What was done for the customer since makes older answers wrong. */
static int64_t
cache_limit(const struct turn *t, const struct pack_source *s, bool fresh)
{
	if (fresh)
		return 0;
	int64_t since = t->now.ms - t->dialogue.acted_at;
	return since < s->cache_ms ? (since > 0 ? since : 0) : s->cache_ms;
}

static bool
may_pass(const struct answer *a)
{
	return a->status == ANSWER_FAILED || a->status == ANSWER_TIMED_OUT ||
		(a->status == ANSWER_REFUSED && (a->http >= 500 || a->http == 429));
}

static const char *
why(const struct answer *a)
{
	return a->status == ANSWER_TIMED_OUT ? "too slow"
		: a->status == ANSWER_FAILED ? "no answer"
					     : "refused";
}

enum source_state
source_ask(struct turn *t, const struct pack_source *s, const char *key,
	const struct json *view, bool fresh, struct json **out)
{
	struct question q = {.kind = QUESTION_READ,
		.url = pack_fill_url(s->url, t->arena, view),
		.timeout_ms = s->timeout_ms,
		.cache_ms = cache_limit(t, s, fresh),
		.keep = s->keep.n ? &s->keep : NULL};
	if (!q.url.n)
		return SOURCE_NOTHING;
	const char *attempt_key = key;
	for (int64_t attempt = 0; attempt <= s->retries; attempt++) {
		if (attempt)
			attempt_key =
				arena_printf(t->arena, "%s.%lld", key, (long long)attempt)
					.p;
		const struct answer *a = turn_ask(t, attempt_key, &q);
		if (!a)
			return SOURCE_WAITING;
		if (a->status == ANSWER_OK && a->json) {
			*out = a->json;
			return SOURCE_ANSWERED;
		}
		if (!may_pass(a))
			return SOURCE_NOTHING;
		turn_cause(t, s->rule.label, (double)attempt, str_of(why(a)));
		if (attempt < s->retries)
			t->doc.context.retries++;
	}
	source_note_unavailable(t, s->name);
	return SOURCE_UNAVAILABLE;
}
