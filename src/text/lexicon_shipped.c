#include "text/lexicon_terms.h"
#include "text/shipped.h"

/* Smileys are punctuation with at most one letter beside another: ":)", "t_t". */
static bool
word_is_sign(struct str word)
{
	size_t letters = 0, marks = 0, run = 0;
	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];
		bool letter = c >= 0x80 || c == ' ' || c == '*' ||
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
		run = letter ? run + 1 : 0;
		letters = run > letters ? run : letters;
		marks += !letter;
	}
	return marks > 0 && letters < 2;
}

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
	else if (m->neutral || (m->valence != 0 && str_eq(kind, STR("neutral"))))
		return;
	else if (str_eq(kind, STR("neutral")))
		m->neutral = true;
	else if (str_starts(kind, STR("boost:")) &&
		str_to_double(str_sub(kind, 6, kind.n), &number))
		m->boost = m->boost != 0 ? m->boost : number;
	else if (str_to_double(kind, &number) && m->valence == 0) {
		m->valence = number;
		m->sign = word_is_sign(word);
	}
}

/* The next word of a line: they are parted by a comma and a blank, for a phrase may have a
 * comma inside it. */
static bool
next_word(struct str *rest, struct str *word)
{
	size_t at = 0;
	if (!rest->n)
		return false;
	while (at < rest->n &&
		!(rest->p[at] == ',' && (at + 1 == rest->n || rest->p[at + 1] == ' ')))
		at++;
	*word = str_trim(str_sub(*rest, 0, at));
	*rest = str_sub(*rest, at < rest->n ? at + 1 : at, rest->n);
	return true;
}

void
lexicon_add_shipped(struct lexicon *l)
{
	struct str rest = shipped_sentiment_words(), line, kind, word;
	while (str_split(&rest, '\n', &line)) {
		if (!line.n || line.p[0] == '#' || !str_split(&line, '\t', &kind))
			continue;
		while (next_word(&line, &word))
			add_word(l, kind, word);
	}
}
