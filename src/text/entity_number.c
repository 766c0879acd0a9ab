/*
 * Numbers, percentages, money, card numbers and IBANs.
 *
 * A number is given also inside money, percentages and durations, for who asks for
 * numbers alone. Cards count when their digits pass Luhn's check (ISO/IEC 7812-1), IBANs
 * when they pass mod 97 (ISO 13616).
 */
#include "text/entity_drafts.h"
#include "text/number.h"

#include "base/limits.h"

#include <ctype.h>
#include <math.h>

struct currency {
	const char *text; /* in normal form */
	const char *code; /* ISO 4217, or a name where a word stands for several */
	bool sign;        /* stands before the number too */
	double part; /* of the main unit, a cent or a grand; 0: it is the main unit */
};

static const struct currency currencies[] = {
	{"$", "USD", true, 0},
	{"us$", "USD", true, 0},
	{"usd", "USD", true, 0},
	{"dollar", "USD", true, 0},
	{"dollars", "USD", false, 0},
	{"bucks", "USD", false, 0},
	{"buck", "USD", false, 0},
	{"dolar", "USD", true, 0},
	{"dolares", "USD", false, 0},
	{"cent", "USD", false, .01},
	{"cents", "USD", false, .01},
	{"\xc2\xa2", "USD", false, .01},
	{"centavos", "USD", false, .01},
	{"€", "EUR", true, 0},
	{"eur", "EUR", true, 0},
	{"euro", "EUR", true, 0},
	{"euros", "EUR", false, 0},
	{"centimos", "EUR", false, .01},
	{"£", "GBP", true, 0},
	{"gbp", "GBP", true, 0},
	{"pound", "GBP", false, 0},
	{"pounds", "GBP", false, 0},
	{"grand", "USD", false, 1000},
	{"quid", "GBP", false, 0},
	{"libras", "GBP", false, 0},
	{"libra", "GBP", false, 0},
	{"pence", "GBP", false, .01},
	{"p", "GBP", false, .01},
	{"¥", "JPY", true, 0},
	{"jpy", "JPY", true, 0},
	{"yen", "JPY", false, 0},
	{"yens", "JPY", false, 0},
	{"yenes", "JPY", false, 0},
	{"cny", "CNY", true, 0},
	{"rmb", "CNY", true, 0},
	{"yuan", "CNY", false, 0},
	{"yuans", "CNY", false, 0},
	{"renminbi", "CNY", false, 0},
	{"₹", "INR", true, 0},
	{"inr", "INR", true, 0},
	{"rs", "INR", true, 0},
	{"rupee", "INR", false, 0},
	{"rupees", "INR", false, 0},
	{"₽", "RUB", true, 0},
	{"rub", "RUB", true, 0},
	{"ruble", "RUB", false, 0},
	{"rubles", "RUB", false, 0},
	{"roubles", "RUB", false, 0},
	{"rublos", "RUB", false, 0},
	{"₩", "KRW", true, 0},
	{"krw", "KRW", true, 0},
	{"won", "KRW", false, 0},
	{"฿", "THB", true, 0},
	{"thb", "THB", true, 0},
	{"baht", "THB", false, 0},
	{"₺", "TRY", true, 0},
	{"try", "TRY", false, 0},
	{"lira", "TRY", false, 0},
	{"liras", "TRY", false, 0},
	{"₫", "VND", true, 0},
	{"vnd", "VND", true, 0},
	{"dong", "VND", false, 0},
	{"₱", "PHP", true, 0},
	{"php", "PHP", true, 0},
	{"₡", "CRC", true, 0},
	{"₭", "LAK", true, 0},
	{"₪", "ILS", true, 0},
	{"ils", "ILS", true, 0},
	{"shekel", "ILS", false, 0},
	{"shekels", "ILS", false, 0},
	{"₴", "UAH", true, 0},
	{"uah", "UAH", true, 0},
	{"₦", "NGN", true, 0},
	{"chf", "CHF", true, 0},
	{"francs", "CHF", false, 0},
	{"franc", "CHF", false, 0},
	{"francos", "CHF", false, 0},
	{"cad", "CAD", true, 0},
	{"aud", "AUD", true, 0},
	{"nzd", "NZD", true, 0},
	{"sgd", "SGD", true, 0},
	{"hkd", "HKD", true, 0},
	{"mxn", "MXN", true, 0},
	{"brl", "BRL", true, 0},
	{"reais", "BRL", false, 0},
	{"cop", "COP", true, 0},
	{"clp", "CLP", true, 0},
	{"ars", "ARS", true, 0},
	{"pen", "PEN", false, 0},
	{"soles", "PEN", false, 0},
	{"pesos", "MXN", false, 0},
	{"peso", "MXN", false, 0},
	{"sek", "SEK", true, 0},
	{"nok", "NOK", true, 0},
	{"dkk", "DKK", true, 0},
	{"kronor", "SEK", false, 0},
	{"kroner", "DKK", false, 0},
	{"crowns", "CZK", false, 0},
	{"coronas", "SEK", false, 0},
	{"czk", "CZK", true, 0},
	{"pln", "PLN", true, 0},
	{"zl", "PLN", false, 0},
	{"zloty", "PLN", false, 0},
	{"zlotys", "PLN", false, 0},
	{"huf", "HUF", true, 0},
	{"forint", "HUF", false, 0},
	{"aed", "AED", true, 0},
	{"dirham", "AED", false, 0},
	{"dirhams", "AED", false, 0},
	{"sar", "SAR", true, 0},
	{"riyal", "SAR", false, 0},
	{"riyals", "SAR", false, 0},
	{"kwd", "KWD", true, 0},
	{"dinar", "KWD", false, 0},
	{"dinars", "KWD", false, 0},
	{"egp", "EGP", true, 0},
	{"myr", "MYR", true, 0},
	{"rm", "MYR", true, 0},
	{"ringgit", "MYR", false, 0},
	{"ringgits", "MYR", false, 0},
	{"idr", "IDR", true, 0},
	{"rp", "IDR", true, 0},
	{"rupiah", "IDR", false, 0},
	{"zar", "ZAR", true, 0},
	{"rand", "ZAR", false, 0},
	{"marks", "DEM", false, 0},
	{"marcos", "DEM", false, 0},
	{"pesetas", "ESP", false, 0},
};

static const struct currency *
currency_find(struct str text)
{
	for (size_t i = 0; i < sizeof(currencies) / sizeof(*currencies); i++)
		if (str_eq(text, str_of(currencies[i].text)))
			return &currencies[i];
	return NULL;
}

/* A currency and the tokens it is written with. */
struct money_sign {
	const struct currency *of;
	const char *code;
	size_t first, last;
};

/* "$", "us$", "c $": the letters before a dollar sign say whose. */
static const char *
dollar_code(struct str letters)
{
	static const char *const codes[][2] = {{"us", "USD"}, {"c", "CAD"}, {"ca", "CAD"},
		{"a", "AUD"}, {"au", "AUD"}, {"nz", "NZD"}, {"hk", "HKD"}, {"s", "SGD"},
		{"r", "BRL"}, {"nt", "TWD"}, {"mx", "MXN"}, {"mex", "MXN"}};
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (str_eq(letters, str_of(codes[i][0])))
			return codes[i][1];
	return NULL;
}

/* The currency that ends right before token `at`. */
static bool
sign_before(const struct tokens *t, size_t at, size_t from, struct money_sign *out)
{
	if (at <= from)
		return false;
	const struct currency *c = currency_find(t->p[at - 1].norm);
	if (!c || !c->sign)
		return false;
	*out = (struct money_sign){c, c->code, at - 1, at - 1};
	bool word = at >= from + 2 && t->p[at - 2].kind == TOKEN_WORD &&
		strcmp(c->text, "$") == 0;
	bool joined = word && token_joined(t, at - 2);
	bool near = joined ||
		(word && (token_is(t, at - 2, "c") || token_is(t, at - 2, "us")));
	const char *code = near ? dollar_code(t->p[at - 2].norm) : NULL;
	const struct currency *named =
		joined && !code ? currency_find(t->p[at - 2].norm) : NULL;
	if (named)
		code = named->code;
	if (code) {
		out->code = code;
		out->first--;
	}
	return true;
}

static bool
sign_after(const struct tokens *t, size_t at, struct money_sign *out)
{
	if (at >= t->n)
		return false;
	static const char *const whose[] = {"de", "us", "american", "canadian",
		"australian", "mexican", "chinese", "japanese", "turkish", "british",
		"swiss", "indian", "brazilian", "colombian", "chilean", "argentine",
		NULL};
	for (size_t i = 0; whose[i]; i++) {
		if (!token_is(t, at, whose[i]) || at + 1 >= t->n ||
			!currency_find(t->p[at + 1].norm))
			continue;
		at++; /* "2 millones de euros", "5 US dollars" */
		break;
	}
	const struct currency *c = at < t->n ? currency_find(t->p[at].norm) : NULL;
	/* "1 $10 bill": the sign belongs to what follows it. */
	bool next = c && c->sign && t->p[at].kind == TOKEN_PUNCTUATION &&
		token_joined(t, at) && t->p[at + 1].kind == TOKEN_NUMBER;
	if (!c || next || (strcmp(c->text, "p") == 0 && !token_joined(t, at - 1)))
		return false;
	/* "One grand piano" is no thousand. */
	if (strcmp(c->text, "grand") == 0 && at + 1 < t->n &&
		t->p[at + 1].kind == TOKEN_WORD)
		return false;
	*out = (struct money_sign){c, c->code, at, at};
	return true;
}

/* "usd115" */
static bool
read_glued_before(struct drafts *d, size_t at)
{
	const struct token *k = &d->t->p[at];
	size_t letters = 0;
	while (letters < k->norm.n && isalpha((unsigned char)k->norm.p[letters]))
		letters++;
	const struct currency *c = letters && letters < k->norm.n
		? currency_find(str_sub(k->norm, 0, letters))
		: NULL;
	for (size_t i = letters; i < k->norm.n; i++)
		if (!isdigit((unsigned char)k->norm.p[i]))
			return false;
	if (!c || !c->sign || k->norm.n - letters > 9)
		return false;
	struct str value = arena_printf(
		d->a, "%.*s %s", STR_ARG(str_sub(k->norm, letters, k->norm.n)), c->code);
	drafts_add(d, RANK_FORM, "money", value, k->start, k->end, .9);
	return true;
}

/* "5usd", "12p": the number and its currency are one token. */
static bool
read_glued(struct drafts *d, size_t at)
{
	const struct token *k = &d->t->p[at];
	size_t digits = 0;
	while (digits < k->norm.n && isdigit((unsigned char)k->norm.p[digits]))
		digits++;
	const struct currency *c =
		digits ? currency_find(str_sub(k->norm, digits, k->norm.n)) : NULL;
	if (!c || digits > 12 || c->part > 0)
		return false;
	size_t from = at;
	/* "1.50usd" */
	while (from >= 2 && d->t->p[from - 1].kind == TOKEN_PUNCTUATION &&
		token_joined(d->t, from - 1) && token_joined(d->t, from - 2) &&
		strchr(".,", d->t->p[from - 1].norm.p[0]) &&
		d->t->p[from - 2].kind == TOKEN_NUMBER)
		from -= 2;
	struct str number = str_sub(d->t->text, d->t->p[from].start, k->start + digits);
	struct str value = arena_printf(d->a, "%.*s %s", STR_ARG(number), c->code);
	drafts_add(d, RANK_FORM, "money", value, d->t->p[from].start, k->end, .95);
	return true;
}

static struct str
print_number(struct arena *a, double v)
{
	return arena_printf(a, "%.15g", v);
}

static void
add_number(struct drafts *d, const struct number *n)
{
	drafts_add(d, RANK_NUMBER, "number", print_number(d->a, n->value),
		d->t->p[n->first].start, d->t->p[n->last].end, n->digits ? .9 : .8);
}

/* "15 dollars 50", "15 euros y 50 centimos": the smaller part behind the currency. */
static void
read_cents(const struct drafts *d, const struct money_sign *sign, double *value,
	size_t *last)
{
	struct number n;
	size_t at = *last + 1;
	bool word = token_is(d->t, at, "and") || token_is(d->t, at, "y") ||
		token_is(d->t, at, "con");
	if (sign->of->part > 0 || !number_read(d->t, at + word, d->spanish, &n) ||
		!n.whole || n.value >= 100)
		return;
	struct money_sign cents;
	bool named = sign_after(d->t, n.last + 1, &cents) && cents.of->part > 0;
	if (!named && (sign->first < at - 2 || word) &&
		!(word && token_is(d->t, at, "con")))
		return;
	struct money_sign other;
	if (!named && (n.value < 10 || sign_after(d->t, n.last + 1, &other)))
		return;
	*value += n.value / 100;
	*last = named ? cents.last : n.last;
}

/* Scale words behind the currency: "75 USD million". */
static void
read_scale_behind(const struct drafts *d, double *value, size_t *last)
{
	static const struct {
		const char *word;
		double scale;
	} scales[] = {{"million", 1e6}, {"millions", 1e6}, {"billion", 1e9},
		{"trillion", 1e12}, {"thousand", 1e3}, {"millones", 1e6}, {"mil", 1e3}};
	for (size_t i = 0; i < sizeof(scales) / sizeof(*scales); i++) {
		if (!token_is(d->t, *last + 1, scales[i].word))
			continue;
		*value *= scales[i].scale;
		*last += 1;
		return;
	}
}

/* `from`: tokens before it belong to something else. Gives the last token of the money,
 * or of the number when it is none. */
static size_t
add_money(struct drafts *d, const struct number *n, size_t from)
{
	struct money_sign sign;
	size_t first = n->first, last = n->last;
	double value = n->value;
	bool before = sign_before(d->t, n->first, from, &sign);
	if (before) {
		first = sign.first;
		struct money_sign again;
		/* "$5 USD" says it twice. */
		if (sign_after(d->t, last + 1, &again) &&
			strcmp(again.code, sign.code) == 0 && again.of->sign)
			last = again.last;
	} else if (sign_after(d->t, n->last + 1, &sign)) {
		last = sign.last;
		read_scale_behind(d, &value, &last);
		read_cents(d, &sign, &value, &last);
	} else {
		return n->last;
	}
	if (sign.of->part > 0)
		value *= sign.of->part;
	struct str text = arena_printf(d->a, "%.15g %s", value, sign.code);
	drafts_add(d, RANK_FORM, "money", text, d->t->p[first].start, d->t->p[last].end,
		.95);
	return last;
}

/* Gives the last token, or 0 when no percent is said. */
static size_t
add_percent(struct drafts *d, const struct number *n)
{
	const struct tokens *t = d->t;
	size_t at = n->last + 1, last = at;
	if (token_is(t, at, "per") && token_is(t, at + 1, "cent"))
		last = at + 1;
	else if (token_is(t, at, "por") &&
		(token_is(t, at + 1, "ciento") || token_is(t, at + 1, "cien")))
		last = at + 1;
	else if (!token_is(t, at, "%") && !token_is(t, at, "percent") &&
		!token_is(t, at, "percents") && !token_is(t, at, "percentage"))
		return 0;
	drafts_add(d, RANK_FORM, "percent", arena_printf(d->a, "%.15g%%", n->value),
		t->p[n->first].start, t->p[last].end, .97);
	return last;
}

/* "percent of 10": the words stand first. */
static bool
read_percent_of(struct drafts *d, size_t at)
{
	struct number n;
	size_t of = at + (token_is(d->t, at, "percent") ? 1 : 2);
	bool words = token_is(d->t, at, "percent") ||
		(token_is(d->t, at, "per") && token_is(d->t, at + 1, "cent"));
	if (!words || !token_is(d->t, of, "of") ||
		!number_read(d->t, of + 1, d->spanish, &n))
		return false;
	drafts_add(d, RANK_FORM, "percent", arena_printf(d->a, "%.15g%%", n.value),
		d->t->p[at].start, d->t->p[n.last].end, .9);
	return true;
}

#define CARD_MIN 12
#define CARD_MAX 19

static bool
luhn_holds(const char *digits, size_t n)
{
	int sum = 0;
	for (size_t i = 0; i < n; i++) {
		int v = digits[n - 1 - i] - '0';
		if (i % 2)
			v = v * 2 > 9 ? v * 2 - 9 : v * 2;
		sum += v;
	}
	return sum % 10 == 0;
}

/* Digits with single blanks or hyphens between. Gives the place behind what was read. */
static size_t
read_card(struct drafts *d, size_t at)
{
	struct str s = d->t->text;
	char digits[CARD_MAX + 1] = "";
	size_t n = 0, end = at, i = at;
	for (; i < s.n && n <= CARD_MAX; i++) {
		if (isdigit((unsigned char)s.p[i])) {
			digits[n < CARD_MAX ? n : CARD_MAX] = s.p[i];
			n++;
			end = i + 1;
		} else if (!((s.p[i] == ' ' || s.p[i] == '-') && i + 1 < s.n &&
				   isdigit((unsigned char)s.p[i + 1]))) {
			break;
		}
	}
	bool whole = end == s.n || !(isalnum((unsigned char)s.p[end]) || s.p[end] == '_');
	/* 1800 was given to JCB's cards of 15 digits. */
	bool start = (digits[0] >= '2' && digits[0] <= '6') ||
		(n == 15 && memcmp(digits, "1800", 4) == 0);
	if (n >= CARD_MIN && n <= CARD_MAX && whole && start && luhn_holds(digits, n))
		drafts_add(d, RANK_CHECKED, "card",
			arena_printf(d->a, "%.*s", (int)n, digits), at, end,
			n >= 15 ? .97 : .9);
	return end;
}

/* The length that a country's IBANs have (ISO 13616 registry); 0: any. */
static size_t
iban_length(const char *c)
{
	static const struct {
		char country[3];
		unsigned char length;
	} rows[] = {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28},
		{"BA", 20}, {"BE", 16}, {"BG", 22}, {"BH", 22}, {"BR", 29}, {"CH", 21},
		{"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DK", 18}, {"DO", 28},
		{"EE", 20}, {"ES", 24}, {"FI", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22},
		{"GI", 23}, {"GL", 18}, {"GR", 27}, {"GT", 28}, {"HR", 21}, {"HU", 28},
		{"IE", 22}, {"IL", 23}, {"IS", 26}, {"IT", 27}, {"JO", 30}, {"KW", 30},
		{"KZ", 20}, {"LB", 28}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21},
		{"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MR", 27}, {"MT", 31},
		{"MU", 30}, {"NL", 18}, {"NO", 15}, {"PK", 24}, {"PL", 28}, {"PS", 29},
		{"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"SA", 24}, {"SE", 24},
		{"SI", 19}, {"SK", 24}, {"SM", 27}, {"TN", 24}, {"TR", 26}, {"UA", 29},
		{"VG", 24}, {"XK", 20}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].country[0] == c[0] && rows[i].country[1] == c[1])
			return rows[i].length;
	return 0;
}

static bool
iban_holds(const char *s, size_t n)
{
	unsigned rest = 0;
	for (size_t i = 0; i < n; i++) {
		char c = s[(i + 4) % n];
		unsigned v = isdigit((unsigned char)c) ? (unsigned)(c - '0')
						       : (unsigned)(c - 'A') + 10;
		rest = (v > 9 ? rest * 100 + v : rest * 10 + v) % 97;
	}
	return rest == 1;
}

static void
read_iban(struct drafts *d, size_t at)
{
	struct str s = d->t->text;
	char iban[34];
	size_t n = 0, i = at;
	if (at + 4 > s.n || !isalpha((unsigned char)s.p[at + 1]) ||
		!isdigit((unsigned char)s.p[at + 2]) ||
		!isdigit((unsigned char)s.p[at + 3]))
		return;
	char country[2] = {(char)toupper((unsigned char)s.p[at]),
		(char)toupper((unsigned char)s.p[at + 1])};
	size_t length = iban_length(country);
	for (; i < s.n && n < length; i++) {
		if (isalnum((unsigned char)s.p[i]))
			iban[n++] = (char)toupper((unsigned char)s.p[i]);
		else if (s.p[i] != ' ' && s.p[i] != '-')
			break;
	}
	bool whole = i == s.n || !isalnum((unsigned char)s.p[i]);
	if (length && n == length && whole && iban_holds(iban, n))
		drafts_add(d, RANK_CHECKED, "iban",
			arena_printf(d->a, "%.*s", (int)n, iban), at, i, .99);
}

static bool
digits_run(struct str s, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at + i >= s.n || !isdigit((unsigned char)s.p[at + i]))
			return false;
	return true;
}

/* 123-45-6789 with the areas and groups that are given out, and two letters with seven
 * digits as passports have. */
static void
read_document(struct drafts *d, size_t at)
{
	struct str s = d->t->text;
	bool ssn = digits_run(s, at, 3) && at + 11 <= s.n && s.p[at + 3] == '-' &&
		digits_run(s, at + 4, 2) && s.p[at + 6] == '-' &&
		digits_run(s, at + 7, 4);
	bool given_out = ssn && memcmp(s.p + at, "000", 3) != 0 &&
		memcmp(s.p + at, "666", 3) != 0 && s.p[at] != '9';
	bool passport = at + 9 <= s.n && isupper((unsigned char)s.p[at]) &&
		isupper((unsigned char)s.p[at + 1]) && digits_run(s, at + 2, 7);
	size_t end = at + (ssn ? 11 : 9);
	if ((!given_out && !passport) ||
		(end < s.n && (isalnum((unsigned char)s.p[end]) || s.p[end] == '-')))
		return;
	drafts_add(
		d, RANK_CHECKED, ssn ? "ssn" : "document", (struct str){0}, at, end, .9);
}

static void
read_checked(struct drafts *d)
{
	struct str s = d->t->text;
	size_t card_from = 0;
	for (size_t i = 0; i < s.n && d->n < ENTITIES_MAX; i++) {
		char before = i ? s.p[i - 1] : ' ';
		if (isalnum((unsigned char)before) || before == '_')
			continue;
		read_document(d, i);
		if (isalpha((unsigned char)s.p[i]))
			read_iban(d, i);
		else if (isdigit((unsigned char)s.p[i]) && i >= card_from &&
			before != '.' && before != '+')
			card_from = read_card(d, i);
	}
}

/* "Una camisa", "this one": words that count nothing. */
static bool
is_word_alone(const struct drafts *d, const struct number *n)
{
	static const char *const before[] = {"this", "that", "the", "no", "which",
		"every", "any", "another", "each", "other", "new", "old", "wrong", "only",
		"same", "right", "first", "last", "next", NULL};
	const struct tokens *t = d->t;
	if (n->first != n->last || n->digits || n->value != 1)
		return false;
	if (d->spanish)
		return (token_is(t, n->first, "un") || token_is(t, n->first, "una")) &&
			!(n->first > 0 && token_is(t, n->first - 1, "solo"));
	for (size_t i = 0; n->first > 0 && before[i]; i++)
		if (token_is(t, n->first - 1, before[i]))
			return true;
	return false;
}

/* "29km", "180.25ml", "12{kg": only the first two are one thing. */
static bool
number_goes_on(const struct tokens *t, size_t last)
{
	if (!token_joined(t, last))
		return false;
	if (t->p[last + 1].kind == TOKEN_WORD)
		return true;
	bool decimals = t->p[last + 1].norm.p[0] == '.' && token_joined(t, last + 1) &&
		t->p[last + 2].kind == TOKEN_WORD;
	return decimals && isdigit((unsigned char)t->p[last + 2].norm.p[0]);
}

void
entity_number_read(struct drafts *d)
{
	read_checked(d);
	size_t from = 0;
	for (size_t at = 0; at < d->t->n && d->n < ENTITIES_MAX * 2;) {
		struct number n;
		if (d->t->p[at].kind == TOKEN_WORD &&
			(read_glued(d, at) || read_glued_before(d, at))) {
			at++;
			continue;
		}
		if (!number_read(d->t, at, d->spanish, &n)) {
			if (d->t->p[at].norm.p[0] == 'p')
				read_percent_of(d, at);
			at++;
			continue;
		}
		/* A part of a code or of a longer run of letters and digits is no number.
		 */
		bool inside = at > 0 && token_joined(d->t, at - 1) &&
			d->t->p[at - 1].kind == TOKEN_WORD;
		bool goes_on = number_goes_on(d->t, n.last);
		size_t last = n.last;
		if (!inside && !goes_on) {
			if (!is_word_alone(d, &n))
				add_number(d, &n);
			size_t percent = add_percent(d, &n);
			size_t money = percent ? n.last : add_money(d, &n, from);
			from = money > n.last ? money + 1 : from;
			/* The hundred of "por ciento" is no number of its own. */
			last = percent ? percent : n.last;
		}
		at = last + 1;
	}
}
