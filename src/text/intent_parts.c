#include "text/intent_parts.h"

static bool
token_among(const struct tokens *t, size_t i, const char *const *words)
{
	if (i >= t->n || t->p[i].norm.n == 0)
		return false;
	struct str norm = t->p[i].norm;
	for (; *words; words++)
		if (**words == norm.p[0] && str_eq(norm, str_of(*words)))
			return true;
	return false;
}

bool
part_asks(const struct tokens *t, struct part part)
{
	static const char *const asks[] = {"?", "how", "where", "when", "what", "which",
		"why", "who", "can", "could", "please", "pls", "plz", "need", "want",
		"would", "i'd", "quiero", "quisiera", "queria", "gustaria", "necesito",
		"puedo", "puede", "puedes", "pueden", "podria", "podrian", "donde",
		"cuando", "cual", "cuanto", "favor", NULL};
	for (size_t i = part.from; i < part.to; i++)
		if (token_among(t, i, asks))
			return true;
	return false;
}

/* "… and can you …", "… y dónde está …": a joining word and one that opens a wish of its
 * own. Nouns that are joined have no such word behind. */
static bool
clause_opens(const struct tokens *t, size_t at)
{
	static const char *const joins[] = {
		"and", "also", "but", "plus", "y", "ademas", "tambien", "pero", NULL};
	static const char *const opens[] = {"also", "can", "could", "would", "will", "i",
		"i'd", "i'm", "i'll", "please", "where", "what", "when", "how", "why",
		"do", "does", "is", "are", "tell", "send", "give", "show", "need", "want",
		"tambien", "quiero", "quisiera", "necesito", "puedo", "puede", "pueden",
		"podrian", "podria", "me", "donde", "cuando", "como", "que", "cual",
		"cuanto", "por", NULL};
	return token_among(t, at, joins) && token_among(t, at + 1, opens);
}

bool
part_next(const struct tokens *t, size_t *at, struct part *out, bool *clause)
{
	if (*at >= t->n)
		return false;
	out->from = *at;
	*clause = clause_opens(t, *at);
	while (*at < t->n) {
		const struct token *k = &t->p[(*at)++];
		if (k->kind == TOKEN_PUNCTUATION && strchr(".!?;", k->norm.p[0]))
			break;
		if (clause_opens(t, *at) && *at >= out->from + CLAUSE_TOKENS_MIN) {
			*clause = true;
			break;
		}
	}
	out->to = *at;
	return true;
}

static bool
token_is_mark(const struct token *k)
{
	return k->kind == TOKEN_PUNCTUATION && strchr(".!?;,", k->norm.p[0]);
}

/* Does a piece of the message end with this token? At a mark, and at the end of a line. */
static bool
piece_ends(const struct tokens *t, size_t i)
{
	if (i + 1 >= t->n || token_is_mark(&t->p[i]))
		return true;
	size_t end = t->p[i].end;
	return memchr(t->text.p + end, '\n', t->p[i + 1].start - end);
}

struct part
part_first_piece(const struct tokens *t, struct part of)
{
	size_t i = of.from;
	while (i + 1 < of.to && !piece_ends(t, i))
		i++;
	for (i++; i < of.to && token_is_mark(&t->p[i]);)
		i++;
	return (struct part){of.from, i};
}

struct part
part_last_piece(const struct tokens *t, struct part of)
{
	size_t i = of.to;
	while (i > of.from && token_is_mark(&t->p[i - 1]))
		i--;
	if (i > of.from)
		i--;
	while (i > of.from && !piece_ends(t, i - 1))
		i--;
	return (struct part){i, of.to};
}

size_t
part_words(const struct tokens *t, struct part part)
{
	size_t words = 0;
	for (size_t i = part.from; i < part.to; i++)
		words += !token_is_mark(&t->p[i]);
	return words;
}

struct str
part_text(const struct tokens *t, struct part part)
{
	return str_sub(t->text, t->p[part.from].start, t->p[part.to - 1].end);
}
