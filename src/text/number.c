#include "text/number.h"

#include "text/number_spanish.h"
#include "text/word_table.h"

#include <math.h>

enum word_kind { WORD_UNIT, WORD_TENS, WORD_HUNDRED, WORD_SCALE, WORD_HALF };

struct number_word {
	const char *text;
	enum word_kind kind;
	double value;
};

/* Sorted by text. UNIT: 0 to 19, and what stands for a whole number below a hundred;
 * HUNDRED multiplies what is before. */
static const struct number_word english[] = {
	{"b", WORD_SCALE, 1e9},
	{"billion", WORD_SCALE, 1e9},
	{"bln", WORD_SCALE, 1e9},
	{"bn", WORD_SCALE, 1e9},
	{"crore", WORD_SCALE, 1e7},
	{"crores", WORD_SCALE, 1e7},
	{"dozen", WORD_SCALE, 12},
	{"dozens", WORD_SCALE, 12},
	{"eight", WORD_UNIT, 8},
	{"eighteen", WORD_UNIT, 18},
	{"eighty", WORD_TENS, 80},
	{"eleven", WORD_UNIT, 11},
	{"fifteen", WORD_UNIT, 15},
	{"fifty", WORD_TENS, 50},
	{"five", WORD_UNIT, 5},
	{"forty", WORD_TENS, 40},
	{"four", WORD_UNIT, 4},
	{"fourteen", WORD_UNIT, 14},
	{"fourty", WORD_TENS, 40},
	{"half", WORD_HALF, .5},
	{"hundred", WORD_HUNDRED, 100},
	{"hundreds", WORD_HUNDRED, 100},
	{"k", WORD_SCALE, 1e3},
	{"lakh", WORD_SCALE, 1e5},
	{"lakhs", WORD_SCALE, 1e5},
	{"million", WORD_SCALE, 1e6},
	{"millions", WORD_SCALE, 1e6},
	{"mln", WORD_SCALE, 1e6},
	{"naught", WORD_UNIT, 0},
	{"nine", WORD_UNIT, 9},
	{"nineteen", WORD_UNIT, 19},
	{"ninety", WORD_TENS, 90},
	{"nought", WORD_UNIT, 0},
	{"one", WORD_UNIT, 1},
	{"quarter", WORD_HALF, .25},
	{"seven", WORD_UNIT, 7},
	{"seventeen", WORD_UNIT, 17},
	{"seventy", WORD_TENS, 70},
	{"six", WORD_UNIT, 6},
	{"sixteen", WORD_UNIT, 16},
	{"sixty", WORD_TENS, 60},
	{"ten", WORD_UNIT, 10},
	{"thirteen", WORD_UNIT, 13},
	{"thirty", WORD_TENS, 30},
	{"thousand", WORD_SCALE, 1e3},
	{"thousands", WORD_SCALE, 1e3},
	{"three", WORD_UNIT, 3},
	{"tln", WORD_SCALE, 1e12},
	{"trillion", WORD_SCALE, 1e12},
	{"twelve", WORD_UNIT, 12},
	{"twenty", WORD_TENS, 20},
	{"two", WORD_UNIT, 2},
	{"zero", WORD_UNIT, 0},
};

static const struct number_word spanish_words[] = {
	{"billon", WORD_SCALE, 1e12},
	{"billones", WORD_SCALE, 1e12},
	{"catorce", WORD_UNIT, 14},
	{"cero", WORD_UNIT, 0},
	{"cien", WORD_HUNDRED, 100},
	{"ciento", WORD_HUNDRED, 100},
	{"cinco", WORD_UNIT, 5},
	{"cincuenta", WORD_TENS, 50},
	{"cuarenta", WORD_TENS, 40},
	{"cuatro", WORD_UNIT, 4},
	{"cuatrocientas", WORD_HUNDRED, 400},
	{"cuatrocientos", WORD_HUNDRED, 400},
	{"diecinueve", WORD_UNIT, 19},
	{"dieciocho", WORD_UNIT, 18},
	{"dieciseis", WORD_UNIT, 16},
	{"diecisiete", WORD_UNIT, 17},
	{"diez", WORD_UNIT, 10},
	{"doce", WORD_UNIT, 12},
	{"docena", WORD_SCALE, 12},
	{"docenas", WORD_SCALE, 12},
	{"dos", WORD_UNIT, 2},
	{"doscientas", WORD_HUNDRED, 200},
	{"doscientos", WORD_HUNDRED, 200},
	{"media", WORD_HALF, .5},
	{"medio", WORD_HALF, .5},
	{"mil", WORD_SCALE, 1e3},
	{"millon", WORD_SCALE, 1e6},
	{"millones", WORD_SCALE, 1e6},
	{"novecientas", WORD_HUNDRED, 900},
	{"novecientos", WORD_HUNDRED, 900},
	{"noventa", WORD_TENS, 90},
	{"nueve", WORD_UNIT, 9},
	{"ochenta", WORD_TENS, 80},
	{"ocho", WORD_UNIT, 8},
	{"ochocientas", WORD_HUNDRED, 800},
	{"ochocientos", WORD_HUNDRED, 800},
	{"once", WORD_UNIT, 11},
	{"quince", WORD_UNIT, 15},
	{"quinientas", WORD_HUNDRED, 500},
	{"quinientos", WORD_HUNDRED, 500},
	{"seis", WORD_UNIT, 6},
	{"seiscientas", WORD_HUNDRED, 600},
	{"seiscientos", WORD_HUNDRED, 600},
	{"sesenta", WORD_TENS, 60},
	{"setecientas", WORD_HUNDRED, 700},
	{"setecientos", WORD_HUNDRED, 700},
	{"setenta", WORD_TENS, 70},
	{"siete", WORD_UNIT, 7},
	{"trece", WORD_UNIT, 13},
	{"treinta", WORD_TENS, 30},
	{"tres", WORD_UNIT, 3},
	{"trescientas", WORD_HUNDRED, 300},
	{"trescientos", WORD_HUNDRED, 300},
	{"un", WORD_UNIT, 1},
	{"una", WORD_UNIT, 1},
	{"uno", WORD_UNIT, 1},
	{"veinte", WORD_TENS, 20},
	{"veinticinco", WORD_UNIT, 25},
	{"veinticuatro", WORD_UNIT, 24},
	{"veintidos", WORD_UNIT, 22},
	{"veintinueve", WORD_UNIT, 29},
	{"veintiocho", WORD_UNIT, 28},
	{"veintiseis", WORD_UNIT, 26},
	{"veintisiete", WORD_UNIT, 27},
	{"veintitres", WORD_UNIT, 23},
	{"veintiun", WORD_UNIT, 21},
	{"veintiuno", WORD_UNIT, 21},
};

static const struct number_word *
word_find(struct str text, bool spanish)
{
	const struct number_word *table = spanish ? spanish_words : english;
	size_t n = spanish ? sizeof(spanish_words) / sizeof(*spanish_words)
			   : sizeof(english) / sizeof(*english);
	return word_table_find(table, n, sizeof(*table), text);
}

static bool
token_digits(const struct tokens *t, size_t i)
{
	if (i >= t->n || t->p[i].kind != TOKEN_NUMBER)
		return false;
	for (size_t j = 0; j < t->p[i].norm.n; j++)
		if (t->p[i].norm.p[j] < '0' || t->p[i].norm.p[j] > '9')
			return false;
	return true;
}

static double
digits_value(struct str s)
{
	double v = 0;
	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + (s.p[i] - '0');
	return v;
}

static bool
token_is_mark(const struct tokens *t, size_t i, char mark)
{
	return i < t->n && t->p[i].kind == TOKEN_PUNCTUATION && t->p[i].norm.n == 1 &&
		t->p[i].norm.p[0] == mark;
}

/* Groups of three digits behind the first: "1,015", "40 000". Moves *last over them. */
static void
read_groups(const struct tokens *t, char mark, size_t *last, double *value)
{
	if (t->p[*last].norm.n > 3)
		return;
	for (;;) {
		size_t next = *last + (mark == ' ' ? 1 : 2);
		bool joined = mark == ' '
			? next < t->n && t->p[next].start >= t->p[*last].end + 1 &&
				t->p[next].start <= t->p[*last].end + 3
			: token_is_mark(t, *last + 1, mark) && token_joined(t, *last) &&
				token_joined(t, *last + 1);
		if (!joined || !token_digits(t, next) || t->p[next].norm.n != 3)
			return;
		*value = *value * 1000 + digits_value(t->p[next].norm);
		*last = next;
	}
}

/* What letters behind digits multiply by: "10k", "2mil", "3e5"; 0 when they are none. */
static double
suffix_scale(struct str s)
{
	static const struct {
		const char *text;
		double scale;
	} rows[] = {{"k", 1e3}, {"b", 1e9}, {"bn", 1e9}, {"bln", 1e9}, {"mil", 1e6},
		{"mln", 1e6}};
	int64_t power;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (str_eq(s, str_of(rows[i].text)))
			return rows[i].scale;
	bool exponent = s.n > 1 && s.n < 4 && s.p[0] == 'e' &&
		str_to_i64(str_sub(s, 1, s.n), &power) && power > 0;
	return exponent ? pow(10, (double)power) : 0;
}

static bool
read_decimals(const struct tokens *t, char mark, size_t *last, double *value)
{
	size_t next = *last + 2;
	if (!token_is_mark(t, *last + 1, mark) || !token_joined(t, *last) ||
		!token_joined(t, *last + 1) || next >= t->n)
		return false;
	struct str digits = t->p[next].norm;
	double scale = 1;
	size_t n = 0;
	while (n < digits.n && digits.p[n] >= '0' && digits.p[n] <= '9')
		n++;
	if (n && n < digits.n) {
		/* "2.5k" */
		scale = suffix_scale(str_sub(digits, n, digits.n));
		if (scale <= 0)
			return false;
		digits.n = n;
	}
	for (size_t i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
	*value = (*value + digits_value(digits) / pow(10, (double)digits.n)) * scale;
	*last = next;
	return true;
}

/* "3/4" behind a number or alone. */
static bool
read_slash(const struct tokens *t, size_t top, size_t *last, double *value)
{
	size_t bottom = top + 2;
	if (!token_digits(t, top) || !token_is_mark(t, top + 1, '/') ||
		!token_joined(t, top) || !token_joined(t, top + 1) ||
		!token_digits(t, bottom) || token_is_mark(t, bottom + 1, '/'))
		return false;
	/* "24/7" is always. */
	if (token_is(t, top, "24") && token_is(t, bottom, "7"))
		return false;
	double under = digits_value(t->p[bottom].norm);
	if (under <= 0 || t->p[bottom].norm.n > 4)
		return false;
	*value += digits_value(t->p[top].norm) / under;
	*last = bottom;
	return true;
}

/* "½", "2½": the fraction that a token ends with, and how many bytes it has; 0 when it ends
 * with none. */
static double
vulgar_fraction(struct str s, size_t *bytes)
{
	static const struct {
		const char *text;
		double value;
	} rows[] = {{"½", .5}, {"¼", .25}, {"¾", .75}, {"⅓", 1. / 3}, {"⅔", 2. / 3},
		{"⅕", .2}, {"⅖", .4}, {"⅗", .6}, {"⅘", .8}, {"⅙", 1. / 6}, {"⅚", 5. / 6},
		{"⅛", .125}, {"⅜", .375}, {"⅝", .625}, {"⅞", .875}};
	if (s.n < 2 || (unsigned char)s.p[s.n - 1] < 0x80)
		return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		*bytes = strlen(rows[i].text);
		if (str_ends(s, str_of(rows[i].text)))
			return rows[i].value;
	}
	return 0;
}

/* "½", "2½", "2 ½" */
static bool
read_vulgar(const struct tokens *t, size_t at, struct number *out)
{
	size_t last = at, bytes = 0;
	bool apart =
		token_digits(t, at) && at + 1 < t->n && t->p[at + 1].kind == TOKEN_NUMBER;
	last += apart;
	if (last >= t->n)
		return false;
	struct str s = t->p[last].norm;
	double value = vulgar_fraction(s, &bytes);
	if (value <= 0 || (apart && s.n > bytes))
		return false;
	struct str whole = apart ? t->p[at].norm : str_sub(s, 0, s.n - bytes);
	for (size_t i = 0; i < whole.n; i++)
		if (whole.p[i] < '0' || whole.p[i] > '9')
			return false;
	*out = (struct number){.first = at,
		.last = last,
		.value = digits_value(whole) + value,
		.digits = true};
	return true;
}

/* A numeral in digits; `at` is its first token. */
static bool
read_digits(const struct tokens *t, size_t at, bool spanish, struct number *out)
{
	bool point = token_is_mark(t, at, '.') && token_joined(t, at) &&
		token_digits(t, at + 1);
	if (read_vulgar(t, at, out))
		return true;
	if (!point && !token_digits(t, at))
		return false;
	*out = (struct number){.first = at, .last = at, .digits = true, .whole = true};
	if (point) {
		struct str digits = t->p[at + 1].norm;
		out->value = digits_value(digits) / pow(10, (double)digits.n);
		out->last = at + 1;
		out->whole = false;
		return true;
	}
	if (read_slash(t, at, &out->last, &out->value)) {
		out->whole = false;
		return true;
	}
	out->value = digits_value(t->p[at].norm);
	size_t before = out->last;
	read_groups(t, spanish ? '.' : ',', &out->last, &out->value);
	if (out->last == before)
		read_groups(t, ' ', &out->last, &out->value);
	bool grouped = out->last != before;
	if (read_decimals(t, spanish ? ',' : '.', &out->last, &out->value) ||
		(!grouped && spanish && read_decimals(t, '.', &out->last, &out->value)))
		out->whole = false;
	else if (!grouped && !spanish && at + 2 < t->n && t->p[at + 2].norm.n == 1 &&
		!token_is_mark(t, at + 3, ',') &&
		(at == 0 || !token_is_mark(t, at - 1, ',')) &&
		read_decimals(t, ',', &out->last, &out->value))
		out->whole = false;
	else if (!grouped && read_slash(t, at + 1, &out->last, &out->value) &&
		!token_joined(t, at))
		out->whole = false;
	return true;
}

/* "^23" behind a numeral. */
static void
read_power(const struct tokens *t, struct number *out)
{
	size_t at = out->last + 1;
	if (!token_is_mark(t, at, '^') || !token_joined(t, out->last))
		return;
	at++;
	double sign = 1;
	while (token_is_mark(t, at, '-') || token_is_mark(t, at, '+')) {
		sign = t->p[at].norm.p[0] == '-' ? -sign : sign;
		at++;
	}
	if (!token_digits(t, at) || t->p[at].norm.n > 3)
		return;
	out->value = pow(out->value, sign * digits_value(t->p[at].norm));
	out->last = at;
	out->whole = false;
}

/* "10k", "2mil": the suffix is part of the token. */
static bool
read_suffixed(const struct tokens *t, size_t at, struct number *out)
{
	if (at >= t->n || t->p[at].kind != TOKEN_WORD)
		return false;
	struct str s = t->p[at].norm;
	size_t digits = 0;
	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	double scale = digits ? suffix_scale(str_sub(s, digits, s.n)) : 0;
	if (scale <= 0)
		return false;
	double value = digits_value(str_sub(s, 0, digits));
	size_t first = at;
	/* "2.5k" */
	if (at >= 2 && token_is_mark(t, at - 1, '.') && token_digits(t, at - 2) &&
		token_joined(t, at - 1) && token_joined(t, at - 2))
		return false;
	*out = (struct number){
		.first = first, .last = at, .whole = true, .value = value * scale};
	return true;
}

/* Number words while they are read. */
struct sum {
	double total;   /* of the scales that are done */
	double current; /* below the next scale */
	double scale;   /* the last scale; the next must be smaller */
	double room;    /* what may still be added to `current` is below this */
	bool any;
};

static bool
sum_add(struct sum *s, const struct number_word *w)
{
	switch (w->kind) {
	case WORD_UNIT:
	case WORD_TENS:
		if (w->value >= s->room || (w->value == 0 && s->any))
			return false;
		s->current += w->value;
		s->room = w->kind == WORD_TENS ? 10 : 0;
		break;
	case WORD_HUNDRED:
		if (w->value > 100 || !s->any || s->current == 0) {
			if (s->room < 1000)
				return false;
			s->current += w->value;
		} else if (s->current < 100) {
			s->current *= 100;
		} else {
			return false;
		}
		s->room = 100;
		break;
	case WORD_SCALE:
		if (s->any && s->current == 0 && s->total == 0)
			return false;
		if (w->value >= s->scale) {
			/* "mil millones", "three lakh crore": what is there is multiplied
			 * as a whole. */
			if (s->current != 0 && s->total != 0)
				return false;
			s->total = (s->total + s->current) * w->value;
		} else {
			s->total += (s->current != 0 ? s->current : 1) * w->value;
		}
		s->scale = w->value;
		s->current = 0;
		s->room = 1000;
		break;
	case WORD_HALF:
		return false;
	}
	s->any = true;
	return true;
}

/* One word or numeral of a number in words; false when it does not go on. */
static bool
sum_step(struct sum *s, const struct tokens *t, size_t at, bool spanish, size_t *last)
{
	if (at >= t->n)
		return false;
	const struct number_word *w = word_find(t->p[at].norm, spanish);
	if (w &&
		(t->p[at].norm.n > 1 ||
			(at > 0 && t->p[at - 1].kind == TOKEN_NUMBER &&
				token_joined(t, at - 1)))) {
		*last = at;
		return sum_add(s, w);
	}
	struct number n;
	/* A numeral among words: "4 thousand 3 hundred and 21". */
	if (!s->any || !read_digits(t, at, spanish, &n) || !n.whole ||
		n.value >= s->room || t->p[at].norm.n > 3)
		return false;
	s->current += n.value;
	s->room = 0;
	*last = n.last;
	return true;
}

static bool
sum_goes_on(const struct sum *s, const struct tokens *t, size_t at, bool spanish)
{
	struct sum trial = *s;
	size_t last;
	return sum_step(&trial, t, at, spanish, &last);
}

/* The lower part of a fraction in words: "half", "thirds", "fifths", "hundredths". 0:
 * none. */
static double
denominator(const struct tokens *t, size_t at, size_t *last)
{
	static const struct {
		const char *text;
		double value;
	} words[] = {{"half", 2}, {"halves", 2}, {"third", 3}, {"thirds", 3},
		{"quarter", 4}, {"quarters", 4}, {"fourth", 4}, {"fourths", 4},
		{"fifth", 5}, {"fifths", 5}, {"sixth", 6}, {"sixths", 6}, {"seventh", 7},
		{"sevenths", 7}, {"eighth", 8}, {"eighths", 8}, {"ninth", 9},
		{"ninths", 9}, {"tenth", 10}, {"tenths", 10}, {"twentieth", 20},
		{"twentieths", 20}, {"hundredth", 100}, {"hundredths", 100},
		{"thousandth", 1e3}, {"thousandths", 1e3}, {"millionth", 1e6},
		{"millionths", 1e6}, {"billionth", 1e9}, {"billionths", 1e9},
		{"trillionth", 1e12}, {"trillionths", 1e12}};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!token_is(t, at, words[i].text))
			continue;
		*last = at;
		return words[i].value;
	}
	return 0;
}

/* "two thirds", "a fifth": `at` is where the upper part starts. */
static bool
read_fraction(const struct tokens *t, size_t at, double *value, size_t *last)
{
	struct sum top = {.scale = INFINITY, .room = 1000};
	size_t i = at;
	if (token_is(t, i, "a") || token_is(t, i, "an")) {
		top.current = 1;
	} else {
		if (!sum_step(&top, t, i, false, &i))
			return false;
		for (size_t next; sum_goes_on(&top, t, i + 1, false); i = next)
			sum_step(&top, t, i + 1, false, &next);
	}
	size_t joint = i + 1;
	joint += token_is_mark(t, joint, '-');
	double under = denominator(t, joint, last);
	/* "twenty sixth" counts, it does not divide. */
	bool counts = top.room == 10 && under < 10;
	*value = under > 0 ? (top.total + top.current) / under : 0;
	return under > 0 && !counts;
}

/* A scale word at token i: "million"; 0 when there is none. */
static double
scale_at(const struct tokens *t, size_t i, bool spanish)
{
	const struct number_word *w = i < t->n ? word_find(t->p[i].norm, spanish) : NULL;
	return w && w->kind == WORD_SCALE && t->p[i].norm.n > 1 ? w->value : 0;
}

/* "and a half", "y medio" behind a number. Behind a scale it is a part of it ("five
 * billion and a half"), and it may have a scale of its own ("one billion and a half
 * million"). */
static bool
read_half(const struct tokens *t, size_t *last, double *value, double scale, bool spanish)
{
	size_t at = *last + 1;
	double part;
	if (!token_is(t, at, spanish ? "y" : "and"))
		return false;
	at++;
	if (!spanish && read_fraction(t, at, &part, last)) {
		double own = scale_at(t, *last + 1, spanish);
		*value += part * (own > 0 ? own : scale);
		*last += own > 0;
		return true;
	}
	if (token_is(t, at, "a") || token_is(t, at, "un"))
		at++;
	if (at >= t->n)
		return false;
	const struct number_word *w = word_find(t->p[at].norm, spanish);
	if (!w || w->kind != WORD_HALF)
		return false;
	double own = scale_at(t, at + 1, spanish);
	*value += w->value * (own > 0 ? own : scale);
	*last = at + (own > 0);
	return true;
}

/* "nine point nought four", "point seventy-one" */
static bool
read_point(const struct tokens *t, size_t *last, double *value, bool spanish)
{
	size_t at = *last + 1;
	double unit = .1;
	if (!token_is(t, at, spanish ? "coma" : "point"))
		return false;
	size_t start = ++at;
	for (; at < t->n; at++) {
		const struct number_word *w = word_find(t->p[at].norm, spanish);
		if (!w || (w->kind != WORD_UNIT && w->kind != WORD_TENS))
			break;
		/* "seventy-one" are two places, "nine" is one. */
		bool two = w->value >= 10;
		*value += w->value * (two ? unit / 10 : unit);
		unit /= two && w->kind == WORD_UNIT ? 100 : 10;
	}
	if (at == start)
		return false;
	*last = at - 1;
	return true;
}

/* "a hundred", "a half million", "a fifth": the article and what it counts. */
static bool
read_article(const struct tokens *t, size_t at, struct sum *s, size_t *last,
	struct number *part)
{
	const struct number_word *w =
		at + 1 < t->n ? word_find(t->p[at + 1].norm, false) : NULL;
	*part = (struct number){.first = at};
	if ((!w || w->kind != WORD_HALF) &&
		read_fraction(t, at, &part->value, &part->last))
		return true;
	if (!w || w->kind == WORD_UNIT || w->kind == WORD_TENS ||
		t->p[at + 1].norm.n == 1)
		return false;
	if (w->kind == WORD_HALF) {
		part->last = at + 1;
		part->value = w->value;
		return true;
	}
	return sum_step(s, t, at + 1, false, last);
}

/* "half a million" without its article: "half million", "quarter million"; "half" alone.
 */
static bool
read_leading_half(const struct tokens *t, size_t at, bool spanish, struct number *out)
{
	const struct number_word *w = word_find(t->p[at].norm, spanish);
	if (!w || w->kind != WORD_HALF)
		return false;
	double own = scale_at(t, at + 1, spanish);
	*out = (struct number){.first = at,
		.last = at + (own > 0),
		.value = w->value * (own > 0 ? own : 1)};
	return own > 0 || (w->value >= .5 && !spanish);
}

/* Goes on with words and numerals as long as they add up to one number. */
static void
sum_go_on(struct sum *s, const struct tokens *t, bool spanish, size_t *last, bool *digits)
{
	for (;;) {
		size_t next = *last + 1, end;
		double part;
		/* In "twenty and three fifths" the last two are one part. */
		if (!spanish && token_is(t, next, "and") &&
			read_fraction(t, next + 1, &part, &end))
			return;
		bool joins = token_is(t, next, spanish ? "y" : "and") &&
			sum_goes_on(s, t, next + 1, spanish);
		if (!sum_goes_on(s, t, next + joins, spanish))
			return;
		sum_step(s, t, next + joins, spanish, last);
		*digits = false;
	}
}

/* What stands below a number: "tres quintos". What "con" or "y" adds: "uno con un cuarto",
 * "tres y medio", and decimals as a number of their own, "siete con veinticinco". A scale
 * before it is its own: "cinco billones con tres cuartos". */
static bool
read_spanish_part(const struct tokens *t, double scale, struct number *out)
{
	size_t at = out->last + 1;
	double under =
		at < t->n && out->whole ? number_spanish_denominator(t->p[at].norm) : 0;
	if (under > 0) {
		out->value /= under;
		out->last = at;
		return true;
	}
	struct sum top = {.scale = INFINITY, .room = 1000};
	bool con = token_is(t, at, "con"), unused;
	size_t last = at;
	if ((!con && !token_is(t, at, "y")) || !sum_step(&top, t, at + 1, true, &last))
		return false;
	sum_go_on(&top, t, true, &last, &unused);
	double part = top.total + top.current;
	under = last + 1 < t->n ? number_spanish_denominator(t->p[last + 1].norm) : 0;
	if (under > 0) {
		out->value += part / under * scale;
		out->last = last + 1;
		return true;
	}
	/* "Uno con tres cajones" is no number with decimals. */
	bool noun = last + 1 < t->n && t->p[last + 1].kind == TOKEN_WORD;
	if (!con || scale > 1 || noun)
		return false;
	double places = 1;
	while (places <= part)
		places *= 10;
	out->value += part / places;
	out->last = last;
	return true;
}

static bool
read_words(const struct tokens *t, size_t at, bool spanish, struct number *out)
{
	struct sum s = {.scale = INFINITY, .room = 1000};
	struct number start;
	size_t last = at, end;
	double part;
	*out = (struct number){.first = at, .whole = true};
	if (read_digits(t, at, spanish, &start)) {
		s.current = start.value;
		s.any = true;
		s.room = 0;
		last = start.last;
		out->digits = true;
		out->whole = start.whole;
	} else if (!spanish && (token_is(t, at, "a") || token_is(t, at, "an"))) {
		if (!read_article(t, at, &s, &last, &start))
			return false;
		if (start.last) {
			*out = start;
			return true;
		}
	} else if (!sum_step(&s, t, at, spanish, &last)) {
		return read_leading_half(t, at, spanish, out);
	}
	if (!spanish && read_fraction(t, at, &part, &end) && end > last) {
		double own = scale_at(t, end + 1, spanish);
		*out = (struct number){.first = at,
			.last = end + (own > 0),
			.value = part * (own > 0 ? own : 1)};
		return true;
	}
	sum_go_on(&s, t, spanish, &last, &out->digits);
	out->value = s.total + s.current;
	out->last = last;
	double scale = s.current == 0 && s.total > 0 && isfinite(s.scale) ? s.scale : 1;
	if (read_half(t, &out->last, &out->value, scale, spanish) ||
		read_point(t, &out->last, &out->value, spanish) ||
		(spanish && !out->digits && read_spanish_part(t, scale, out)))
		out->whole = out->digits = false;
	return true;
}

/* "one over three", "two out of five": a ratio, in words or below "over". */
static void
read_over(const struct tokens *t, bool spanish, struct number *out)
{
	size_t at = out->last + 1;
	bool over = !spanish && token_is(t, at, "over"),
	     of = !spanish && token_is(t, at, "out") && token_is(t, at + 1, "of");
	over = over || (spanish && token_is(t, at, "sobre"));
	struct number under;
	if ((!over && !of) || !read_words(t, at + (of ? 2 : 1), spanish, &under) ||
		under.value <= 0 || (of && (out->digits || under.digits)))
		return;
	out->value /= under.value;
	out->last = under.last;
	out->whole = out->digits = false;
}

/* "2.33 k", "1.5 M": a letter that stands apart, where nothing goes on. */
static void
read_letter_behind(const struct tokens *t, struct number *out)
{
	size_t at = out->last + 1;
	bool k = token_is(t, at, "k"),
	     m = token_is(t, at, "m") && t->text.p[t->p[at].start] == 'M';
	if ((!k && !m) || token_joined(t, at) ||
		(at + 1 < t->n && t->p[at + 1].kind == TOKEN_WORD))
		return;
	out->value *= k ? 1e3 : 1e6;
	out->last = at;
	out->digits = false;
}

bool
number_begins(const struct tokens *t, size_t at, bool spanish)
{
	struct str word = t->p[at].norm;
	return t->p[at].kind != TOKEN_WORD || (word.p[0] >= '0' && word.p[0] <= '9') ||
		(!spanish && (token_is(t, at, "a") || token_is(t, at, "an"))) ||
		word_find(word, spanish);
}

bool
number_read(const struct tokens *t, size_t at, bool spanish, struct number *out)
{
	size_t from = at;
	double sign = 1;
	bool minus = token_is_mark(t, at, '-') && (at + 1 < t->n) &&
		t->p[at + 1].start <= t->p[at].end + (at == 0 ? 1u : 0u) &&
		(at == 0 || t->p[at - 1].end < t->p[at].start);
	if (minus || token_is(t, at, "minus") ||
		(!spanish && token_is(t, at, "negative")) ||
		(spanish && token_is(t, at, "menos"))) {
		sign = -1;
		from++;
	}
	if (from >= t->n || !number_begins(t, from, spanish))
		return false;
	if (!read_words(t, from, spanish, out) && !read_suffixed(t, from, out))
		return false;
	if (out->digits)
		read_power(t, out);
	if (out->digits && !spanish)
		read_letter_behind(t, out);
	read_over(t, spanish, out);
	out->first = at;
	out->value *= sign;
	out->whole = out->whole && sign > 0;
	return true;
}

struct ordinal_word {
	const char *text;
	int value;
};

static const struct ordinal_word ordinals_en[] = {{"first", 1}, {"second", 2},
	{"third", 3}, {"fourth", 4}, {"fifth", 5}, {"sixth", 6}, {"seventh", 7},
	{"eighth", 8}, {"ninth", 9}, {"tenth", 10}, {"eleventh", 11}, {"twelfth", 12},
	{"thirteenth", 13}, {"fourteenth", 14}, {"fifteenth", 15}, {"sixteenth", 16},
	{"seventeenth", 17}, {"eighteenth", 18}, {"nineteenth", 19}, {"twentieth", 20},
	{"thirtieth", 30}};
static int
ordinal_value(struct str s, bool spanish)
{
	if (spanish)
		return number_spanish_ordinal(s);
	char end = s.n > 4 ? s.p[s.n - 1] : '\0';
	if (end != 'h' && end != 't' && end != 'd')
		return 0;
	for (size_t i = 0; i < sizeof(ordinals_en) / sizeof(*ordinals_en); i++)
		if (str_eq(s, str_of(ordinals_en[i].text)))
			return ordinals_en[i].value;
	return 0;
}

bool
number_ordinal(const struct tokens *t, size_t at, bool spanish, int *value, size_t *last)
{
	if (at >= t->n)
		return false;
	struct str s = t->p[at].norm;
	int v = ordinal_value(s, spanish);
	*last = at;
	if (!v && !spanish && (str_eq(s, STR("twenty")) || str_eq(s, STR("thirty"))) &&
		at + 1 < t->n) {
		int unit = ordinal_value(t->p[at + 1].norm, false);
		v = unit > 0 && unit < 10 ? (s.p[1] == 'w' ? 20 : 30) + unit : 0;
		*last = at + 1;
	}
	if (spanish && v >= 20 && at + 1 < t->n) {
		/* "trigésimo primer" */
		int unit = ordinal_value(t->p[at + 1].norm, true);
		v += unit < 10 ? unit : 0;
		*last += unit > 0 && unit < 10;
	}
	size_t digits = 0;
	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	struct str tail = str_sub(s, digits, s.n);
	bool suffix = str_eq(tail, STR("st")) || str_eq(tail, STR("nd")) ||
		str_eq(tail, STR("rd")) || str_eq(tail, STR("th"));
	if (!v && digits && digits <= 3 && suffix && !spanish)
		v = (int)digits_value(str_sub(s, 0, digits));
	*value = v;
	return v > 0;
}
