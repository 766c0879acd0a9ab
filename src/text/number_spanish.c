#include "text/number_spanish.h"

struct part {
	const char *text;
	double value;
};

/* Without their endings: -o, -a, -os, -as. */
static const struct part ordinals[] = {{"primer", 1}, {"segund", 2}, {"tercer", 3},
	{"cuart", 4}, {"quint", 5}, {"sext", 6}, {"septim", 7}, {"octav", 8},
	{"noven", 9}, {"decim", 10}, {"undecim", 11}, {"duodecim", 12},
	{"decimoprimer", 11}, {"decimosegund", 12}, {"decimotercer", 13},
	{"decimocuart", 14}, {"decimoquint", 15}, {"vigesim", 20}, {"trigesim", 30}};
static const struct part parts[] = {{"medi", 2}, {"terci", 3}, {"cuart", 4}, {"quint", 5},
	{"sext", 6}, {"septim", 7}, {"octav", 8}, {"noven", 9}, {"decim", 10},
	{"centesim", 100}, {"milesim", 1e3}, {"millonesim", 1e6}, {"billonesim", 1e12}};
/* Cardinals as they are written together; of two that begin alike the longer stands
 * first. */
static const struct part cardinals[] = {{"cuatrocientos", 400}, {"cuatrocient", 400},
	{"cincuenta", 50}, {"cincuent", 50}, {"cuarenta", 40}, {"cuarent", 40},
	{"doscientos", 200}, {"doscient", 200}, {"trescientos", 300}, {"trescient", 300},
	{"quinientos", 500}, {"quinient", 500}, {"seiscientos", 600}, {"seiscient", 600},
	{"setecientos", 700}, {"ochocientos", 800}, {"novecientos", 900}, {"ciento", 100},
	{"cient", 100}, {"cien", 100}, {"veinti", 20}, {"veinte", 20}, {"veint", 20},
	{"treinta", 30}, {"treint", 30}, {"sesenta", 60}, {"sesent", 60}, {"setenta", 70},
	{"setent", 70}, {"ochenta", 80}, {"ochent", 80}, {"noventa", 90}, {"novent", 90},
	{"dieci", 10}, {"once", 11}, {"onc", 11}, {"doce", 12}, {"doc", 12},
	{"trece", 13}, {"trec", 13}, {"catorce", 14}, {"catorc", 14}, {"quince", 15},
	{"quinc", 15}, {"diez", 10}, {"cuatro", 4}, {"cinco", 5}, {"siete", 7},
	{"nueve", 9}, {"ocho", 8}, {"seis", 6}, {"tres", 3}, {"dos", 2}, {"uno", 1},
	{"un", 1}, {"i", 0}, {"y", 0}};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* -o, -a, -os or -as taken off; false when the word has none. */
static bool
ending_drop(struct str *word)
{
	struct str w = *word;
	w.n -= w.n > 3 && w.p[w.n - 1] == 's';
	if (w.n < 4 || (w.p[w.n - 1] != 'o' && w.p[w.n - 1] != 'a'))
		return false;
	w.n--;
	*word = w;
	return true;
}

static double
part_find(const struct part *table, size_t n, struct str stem)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(stem, str_of(table[i].text)))
			return table[i].value;
	return 0;
}

/* The sum of cardinals that make up the whole word; 0 when something else is in it. */
static double
cardinals_sum(struct str word)
{
	double sum = 0;
	while (word.n) {
		size_t i = 0;
		while (i < COUNT(cardinals) &&
			!str_starts(word, str_of(cardinals[i].text)))
			i++;
		if (i == COUNT(cardinals))
			return 0;
		sum += cardinals[i].value;
		word = str_sub(word, strlen(cardinals[i].text), word.n);
	}
	return sum;
}

double
number_spanish_denominator(struct str word)
{
	struct str stem = word;
	if (!ending_drop(&stem))
		return 0;
	double plain = part_find(parts, COUNT(parts), stem);
	if (plain > 0)
		return plain;
	if (str_ends(stem, STR("av")))
		return cardinals_sum(str_sub(stem, 0, stem.n - 2));
	const struct part *scale = &parts[COUNT(parts) - 4];
	for (; scale < parts + COUNT(parts); scale++) {
		struct str tail = str_of(scale->text);
		if (str_ends(stem, tail))
			return scale->value *
				cardinals_sum(str_sub(stem, 0, stem.n - tail.n));
	}
	return 0;
}

int
number_spanish_ordinal(struct str word)
{
	static const char *const suffixes[] = {"er", "ro", "ra", "do", "da", "to", "ta",
		"mo", "ma", "vo", "va", "no", "na", "\xc2\xba", "\xc2\xaa", NULL};
	size_t digits = 0;
	int v = 0;
	while (digits < word.n && digits < 3 && word.p[digits] >= '0' &&
		word.p[digits] <= '9')
		v = v * 10 + (word.p[digits++] - '0');
	for (size_t i = 0; digits && suffixes[i]; i++)
		if (str_eq(str_sub(word, digits, word.n), str_of(suffixes[i])))
			return v;
	if (str_eq(word, STR("primer")) || str_eq(word, STR("tercer")))
		return word.p[0] == 'p' ? 1 : 3;
	struct str stem = word;
	return ending_drop(&stem) ? (int)part_find(ordinals, COUNT(ordinals), stem) : 0;
}
