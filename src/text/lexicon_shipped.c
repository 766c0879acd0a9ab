#include "text/lexicon_terms.h"
#include "text/shipped.h"

/* A word that is in two lists of the file keeps what the first said, so that phrases and
 * exceptions can stand above families. */
static void
add_word(struct lexicon *l, struct str kind, struct str word)
{
	struct lexicon_meaning dropped, *m = lexicon_meaning(l, word, &dropped);
	double number;
	if (m == &dropped)
		return;
	if (str_eq(kind, STR("negate")))
		m->turns = true;
	else if (str_eq(kind, STR("but")))
		m->but = true;
	else if (str_starts(kind, STR("boost:")) &&
		str_to_double(str_sub(kind, 6, kind.n), &number))
		m->boost = m->boost != 0 ? m->boost : number;
	else if (str_to_double(kind, &number) && m->valence == 0)
		m->valence = number;
}

void
lexicon_add_shipped(struct lexicon *l)
{
	struct str rest = shipped_sentiment_words(), line, kind, word;
	while (str_split(&rest, '\n', &line)) {
		if (!line.n || line.p[0] == '#' || !str_split(&line, '\t', &kind))
			continue;
		while (str_split(&line, ',', &word))
			add_word(l, kind, str_trim(word));
	}
}
