#include "actor/scope.h"

/* So that a rule may ask has(page.url) of any message. */
static const struct json no_page = {.type = JSON_OBJECT};

static int64_t
count_words(struct str text)
{
	int64_t n = 0;
	bool inside = false;
	for (size_t i = 0; i < text.n; i++) {
		bool blank = text.p[i] == ' ' || text.p[i] == '\n' || text.p[i] == '\t';
		n += !blank && !inside;
		inside = !blank;
	}
	return n;
}

void
scope_init(struct scope *s, struct turn *t)
{
	const char *failed = NULL;
	struct str failure = turn_failure(t, &failed);
	s->turn = t;
	s->quiet = false;
	s->failure = (struct failure_view){
		.actor = failure.n ? str_of(failed) : (struct str){0}, .text = failure};
	if (!t->doc.blank_words)
		t->doc.blank_words = count_words(t->text);
	s->message = (struct message_view){.text = t->text,
		.channel = t->channel,
		.language = t->dialogue.language,
		.messages = (int64_t)t->message_count,
		.words = t->doc.blank_words};
	if (t->message_count)
		s->message.payload = t->messages[t->message_count - 1].payload;
	const void *const values[DOCUMENT_VARS] = {
		[VAR_SENTIMENT] = &t->doc.sentiment,
		[VAR_INTENT] = &t->doc.intent,
		[VAR_CONTEXT] = &t->doc.context,
		[VAR_CONTACT] = &t->doc.context,
		[VAR_DECISION] = &t->doc.decision,
		[VAR_EXECUTION] = &t->doc.execution,
		[VAR_RESPONSE] = &t->doc.response,
		[VAR_GUARDRAIL] = &t->doc.guardrail,
		[VAR_ESCALATION] = &t->doc.escalation,
		[VAR_CONVERSATION] = &t->dialogue,
		[VAR_MESSAGE] = &s->message,
		[VAR_FAILURE] = &s->failure,
		[VAR_RECORD] = t->doc.context.record,
		[VAR_DATA] = t->doc.context.data,
		[VAR_VARIABLES] = pack_variables(t->pack),
		[VAR_PAGE] = t->dialogue.page ? t->dialogue.page : &no_page,
		[VAR_NOW] = &t->now.ms,
	};
	memcpy(s->values, values, sizeof(values));
}

void
scope_set(struct scope *s, enum document_var var, const void *value)
{
	s->values[var] = value;
}

bool
scope_test(struct scope *s, const struct pack_rule *rule)
{
	if (!rule->when)
		return true;
	bool holds = false;
	struct error e;
	if (!cel_test(rule->when, s->values, s->turn->arena, &holds, &e))
		return holds;
	if (s->quiet)
		return false;
	turn_cause(s->turn, rule->label, 0, arena_str(s->turn->arena, str_of(e.text)));
	return false;
}
