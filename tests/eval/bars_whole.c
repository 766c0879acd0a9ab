/* Patterns by the thousand, and the whole of perception on customers' messages: CPU time.
 */
#include "bars.h"

#include "text/patterns.h"
#include "text/perception.h"

#include <stdio.h>

static void
whole(struct bars *b, const struct perceiver *p)
{
	struct arena a, one;
	struct str text, line, label;
	arena_init(&a, 0);
	arena_init(&one, 65536);
	if (bars_file(b, &a, "the whole of perception", "bitext/dev.tsv", &text)) {
		size_t n = 0;
		double start = bars_cpu_seconds();
		for (int round = 0; round < 5; round++) {
			struct str rest = text;
			while (str_split(&rest, '\n', &line)) {
				struct perception seen;
				if (!str_split(&line, '\t', &label))
					continue;
				arena_clear(&one);
				perceive(p, &one, line,
					&(struct entity_context){
						.now_ms = INT64_C(1772618400000)},
					&seen);
				n++;
			}
		}
		bars_row(b, "the whole of perception", "CPU us a message",
			(bars_cpu_seconds() - start) * 1e6 / (double)n, 60, false, "");
	}
	arena_fini(&one);
	arena_fini(&a);
}

#define PATTERNS 1000

/* A thousand patterns as packs have them, on a message of 200 bytes. */
static void
patterns(struct bars *b)
{
	static const char *const heads[] = {"refund", "parcel", "invoice", "driver",
		"voucher", "basket", "charger", "sleeve", "washing", "tariff"};
	static const char *const tails[] = {"(is|was) (late|lost)", "number \\d+",
		"\\w+ broken", "from \\w+ to \\w+", "never (came|arrived)"};
	struct pattern *list = calloc(PATTERNS, sizeof(*list));
	struct arena a, one;
	struct patterns *p = NULL;
	arena_init(&a, 0);
	arena_init(&one, 65536);
	for (size_t i = 0; i < PATTERNS; i++)
		list[i].source = arena_printf(
			&a, "\\b%s%zu %s\\b", heads[i % 10], i, tails[i % 5]);
	struct str message = STR(
		"Hello, my parcel17 never arrived and the driver3 was not to be found, so I want the refund20 number 77 for the "
		"voucher444 that I paid last week with the basket5 from here to there, thank you");
	if (patterns_new(list, PATTERNS, &p, NULL) == OK) {
		enum { ROUNDS = 2000 };
		double start = bars_cpu_seconds();
		for (int i = 0; i < ROUNDS; i++) {
			struct pattern_hits hits;
			arena_clear(&one);
			patterns_scan(p, &one, message, &hits);
		}
		bars_row(b, "1,000 patterns, 200 bytes", "CPU us a message",
			(bars_cpu_seconds() - start) * 1e6 / ROUNDS, 10, false,
			"Hyperscan 2.5");
	}
	patterns_free(&p);
	arena_fini(&one);
	arena_fini(&a);
	free(list);
}

void
bars_whole(struct bars *b)
{
	static const struct lexicon_source words;
	static const struct intent_source no_rules;
	const struct lexicon_source *sources[] = {&words};
	struct perceiver p = {0};
	struct language_reader *languages = NULL;
	struct risk_reader *risk = NULL;
	struct lexicon *lexicon = NULL;
	struct entity_finder *entities = NULL;
	struct intent_classifier *intents = NULL;
	if (language_reader_new(&languages, NULL) || risk_reader_new(&risk, NULL) ||
		lexicon_new(sources, 1, &lexicon, NULL) ||
		entity_finder_new(NULL, &entities, NULL) ||
		intent_classifier_new(&no_rules, NULL, &intents, NULL))
		return;
	p = (struct perceiver){languages, intents, lexicon, entities, risk, NULL};
	whole(b, &p);
	patterns(b);
	intent_classifier_free(&intents);
	entity_finder_free(&entities);
	lexicon_free(&lexicon);
	risk_reader_free(&risk);
	language_reader_free(&languages);
}
