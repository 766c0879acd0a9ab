/* Attacks, false alarms on ordinary customers, and personal data. */
#include "bars.h"

#include "text/entities.h"
#include "text/risk.h"

#include <stdio.h>
#include <strings.h>

#define ALARM .5

static void
count_rows(const struct risk_reader *r, struct str text, bool all_ok, size_t *n,
	size_t *right)
{
	struct arena a;
	struct str line, label;
	arena_init(&a, 0);
	while (str_split(&text, '\n', &line)) {
		struct tokens t;
		struct risk risk;
		if (!str_split(&line, '\t', &label) || !line.n)
			continue;
		arena_clear(&a);
		tokens_read(&a, line, &t);
		risk_read(r, &a, &t, &risk);
		bool attack = !all_ok && str_eq(label, STR("injection"));
		*right += (risk.injection > ALARM) == attack;
		(*n)++;
	}
	arena_fini(&a);
}

static void
attacks(struct bars *b)
{
	struct risk_reader *r = NULL;
	if (risk_reader_new(&r, NULL))
		return;
	struct arena a;
	struct str text;
	size_t n = 0, right = 0;
	arena_init(&a, 0);
	if (bars_file(b, &a, "prompt injection, deepset", "injection_deepset/test.tsv",
		    &text)) {
		count_rows(r, text, false, &n, &right);
		bars_row(b, "prompt injection, deepset", "accuracy",
			(double)right / (double)n, .88, true, "");
	}
	if (bars_file(b, &a, "ordinary customers", "bitext/dev.tsv", &text)) {
		n = right = 0;
		count_rows(r, text, true, &n, &right);
		bars_row(b, "ordinary customers", "false alarms",
			1 - (double)right / (double)n, .01, false, "");
	}
	arena_fini(&a);
	risk_reader_free(&r);
}

/* What the synthetic set calls each kind, and what we do. */
static const char *const personal[][2] = {{"CREDIT_CARD", "card"},
	{"PHONE_NUMBER", "phone"}, {"EMAIL_ADDRESS", "email"}, {"DOMAIN_NAME", "url"},
	{"IBAN_CODE", "iban"}, {"US_SSN", "ssn"}, {"IP_ADDRESS", "ip"}};

static const char *
our_kind(struct str theirs)
{
	for (size_t i = 0; i < sizeof(personal) / sizeof(*personal); i++)
		if (str_eq(theirs, str_of(personal[i][0])))
			return personal[i][1];
	return NULL;
}

struct found_counts {
	size_t wanted, found, given, false_ones;
};

static void
personal_line(struct entity_finder *f, struct arena *a, const struct json *line,
	struct found_counts *c)
{
	struct tokens t;
	struct entities e;
	struct entity_context context = {.language = STR("en")};
	tokens_read(a, json_str(json_get(line, STR("text")), STR("")), &t);
	entities_read(f, a, &t, &context, &e);
	bool show = getenv("BARS_SHOW") && strstr("personal", getenv("BARS_SHOW"));
	json_each(w, json_get(line, STR("entities"))) {
		const char *kind = our_kind(json_str(json_get(w, STR("type")), STR("")));
		struct str value = json_str(json_get(w, STR("value")), STR(""));
		bool found = false;
		for (size_t i = 0; kind && i < e.n; i++)
			found = found ||
				(str_eq(e.p[i].kind, str_of(kind)) &&
					str_eq(e.p[i].text, value));
		c->wanted += kind != NULL;
		c->found += found;
		if (show && kind && !found)
			printf("  missed %s %.*s\n", kind, STR_ARG(value));
	}
	for (size_t i = 0; i < e.n; i++) {
		bool ours = false, right = false;
		for (size_t k = 0; k < sizeof(personal) / sizeof(*personal); k++)
			ours = ours || str_eq(e.p[i].kind, str_of(personal[k][1]));
		json_each(w, json_get(line, STR("entities")))
			right = right ||
				(our_kind(json_str(json_get(w, STR("type")), STR(""))) &&
					str_eq(e.p[i].text,
						json_str(json_get(w, STR("value")),
							STR(""))));
		c->given += ours;
		c->false_ones += ours && !right;
		if (show && ours && !right)
			printf("  false %.*s %.*s\n", STR_ARG(e.p[i].kind),
				STR_ARG(e.p[i].text));
	}
}

static void
personal_data(struct bars *b)
{
	struct entity_finder *f = NULL;
	struct arena a, one;
	struct str text, line;
	struct found_counts c = {0};
	if (entity_finder_new(NULL, &f, NULL))
		return;
	arena_init(&a, 0);
	arena_init(&one, 0);
	if (bars_file(b, &a, "personal data", "presidio_synth/test.jsonl", &text)) {
		while (str_split(&text, '\n', &line)) {
			struct json *j;
			arena_clear(&one);
			if (line.n && json_parse(&one, line, &j, NULL) == OK)
				personal_line(f, &one, j, &c);
		}
		bars_row(b, "personal data", "spans found",
			(double)c.found / (double)c.wanted, .85, true, "");
		bars_row(b, "personal data", "false spans",
			(double)c.false_ones / (double)c.given, .05, false, "");
	}
	arena_fini(&one);
	arena_fini(&a);
	entity_finder_free(&f);
}

void
bars_risk(struct bars *b)
{
	attacks(b);
	personal_data(b);
}
