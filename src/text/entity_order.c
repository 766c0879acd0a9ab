/*
 * Order numbers and tracking numbers: "order #12345", "pedido n.º 4512-AB",
 * "1Z999AA10123456784".
 *
 * A form that only carriers have says what it is (text/tracking_number.h). Everything else
 * is a code of letters and digits that words beside it name: right before it ("order
 * number is 4512"), right behind it ("4512 is my order number"), or, for digits as long as
 * a carrier's, somewhere near. A telephone number, a date, a price or a quantity behind
 * such a word ("order 20 pizzas") is none. Words of both languages count in every message:
 * a code and a word are too little to tell the language by.
 */
#include "text/entity_drafts.h"
#include "text/number.h"
#include "text/tracking_number.h"
#include "text/word_table.h"

#include "base/limits.h"

#include <ctype.h>

enum order_sense {
	SENSE_ORDER,
	SENSE_TRACKING, /* names a number of a parcel */
	SENSE_PARCEL,   /* names the parcel */
	SENSE_CARRIER,
	SENSE_NUMBER, /* number, id, reference */
	SENSE_LINK,   /* may stand between a word and its code */
	SENSE_VERB,   /* "to order 500": what is ordered follows */
	SENSE_PHONE,
	SENSE_GOES_ON, /* a sentence goes on with it: what stands before is complete */
	SENSE_NONE,
};

struct order_word {
	const char *text; /* in normal form */
	enum order_sense sense;
};

/* Sorted by text. */
static const struct order_word words[] = {
	{"#", SENSE_NUMBER},
	{"a", SENSE_GOES_ON},
	{"albaran", SENSE_TRACKING},
	{"and", SENSE_GOES_ON},
	{"arrived", SENSE_GOES_ON},
	{"at", SENSE_GOES_ON},
	{"aun", SENSE_GOES_ON},
	{"awb", SENSE_TRACKING},
	{"because", SENSE_GOES_ON},
	{"but", SENSE_GOES_ON},
	{"call", SENSE_PHONE},
	{"came", SENSE_GOES_ON},
	{"can", SENSE_VERB},
	{"cel", SENSE_PHONE},
	{"cell", SENSE_PHONE},
	{"celular", SENSE_PHONE},
	{"code", SENSE_NUMBER},
	{"codigo", SENSE_NUMBER},
	{"compra", SENSE_ORDER},
	{"con", SENSE_LINK},
	{"consignment", SENSE_TRACKING},
	{"contact", SENSE_PHONE},
	{"correos", SENSE_CARRIER},
	{"could", SENSE_VERB},
	{"cuando", SENSE_GOES_ON},
	{"de", SENSE_GOES_ON},
	{"del", SENSE_GOES_ON},
	{"delivered", SENSE_GOES_ON},
	{"delivery", SENSE_PARCEL},
	{"dhl", SENSE_CARRIER},
	{"didn't", SENSE_GOES_ON},
	{"does", SENSE_GOES_ON},
	{"doesn't", SENSE_GOES_ON},
	{"donde", SENSE_GOES_ON},
	{"dpd", SENSE_CARRIER},
	{"el", SENSE_LINK},
	{"en", SENSE_GOES_ON},
	{"encomienda", SENSE_PARCEL},
	{"entrega", SENSE_PARCEL},
	{"envio", SENSE_PARCEL},
	{"es", SENSE_LINK},
	{"esta", SENSE_GOES_ON},
	{"estafeta", SENSE_CARRIER},
	{"evri", SENSE_CARRIER},
	{"fax", SENSE_PHONE},
	{"fedex", SENSE_CARRIER},
	{"for", SENSE_GOES_ON},
	{"from", SENSE_GOES_ON},
	{"gls", SENSE_CARRIER},
	{"gracias", SENSE_GOES_ON},
	{"guia", SENSE_TRACKING},
	{"ha", SENSE_GOES_ON},
	{"has", SENSE_GOES_ON},
	{"hasn't", SENSE_GOES_ON},
	{"hasnt", SENSE_GOES_ON},
	{"have", SENSE_GOES_ON},
	{"haven't", SENSE_GOES_ON},
	{"hermes", SENSE_CARRIER},
	{"i", SENSE_VERB},
	{"id", SENSE_NUMBER},
	{"if", SENSE_GOES_ON},
	{"in", SENSE_GOES_ON},
	{"is", SENSE_LINK},
	{"it", SENSE_GOES_ON},
	{"it's", SENSE_GOES_ON},
	{"its", SENSE_GOES_ON},
	{"la", SENSE_LINK},
	{"let's", SENSE_VERB},
	{"llamar", SENSE_PHONE},
	{"llamarme", SENSE_PHONE},
	{"llame", SENSE_PHONE},
	{"llego", SENSE_GOES_ON},
	{"me", SENSE_GOES_ON},
	{"mi", SENSE_GOES_ON},
	{"mobile", SENSE_PHONE},
	{"movil", SENSE_PHONE},
	{"mrw", SENSE_CARRIER},
	{"my", SENSE_GOES_ON},
	{"n", SENSE_NUMBER},
	{"no", SENSE_NUMBER},
	{"not", SENSE_GOES_ON},
	{"nr", SENSE_NUMBER},
	{"nro", SENSE_NUMBER},
	{"num", SENSE_NUMBER},
	{"number", SENSE_NUMBER},
	{"numbers", SENSE_NUMBER},
	{"numero", SENSE_NUMBER},
	{"numeros", SENSE_NUMBER},
	{"n\xc2\xba", SENSE_NUMBER},
	{"o", SENSE_GOES_ON},
	{"of", SENSE_GOES_ON},
	{"on", SENSE_GOES_ON},
	{"or", SENSE_GOES_ON},
	{"orden", SENSE_ORDER},
	{"ordenes", SENSE_ORDER},
	{"order", SENSE_ORDER},
	{"orders", SENSE_ORDER},
	{"package", SENSE_PARCEL},
	{"paquete", SENSE_PARCEL},
	{"para", SENSE_GOES_ON},
	{"parcel", SENSE_PARCEL},
	{"pedido", SENSE_ORDER},
	{"pedidos", SENSE_ORDER},
	{"pero", SENSE_GOES_ON},
	{"phone", SENSE_PHONE},
	{"please", SENSE_VERB},
	{"pls", SENSE_VERB},
	{"por", SENSE_GOES_ON},
	{"porque", SENSE_GOES_ON},
	{"purchase", SENSE_ORDER},
	{"que", SENSE_GOES_ON},
	{"quiero", SENSE_VERB},
	{"rastreo", SENSE_TRACKING},
	{"ref", SENSE_NUMBER},
	{"reference", SENSE_NUMBER},
	{"referencia", SENSE_NUMBER},
	{"reorder", SENSE_VERB},
	{"says", SENSE_GOES_ON},
	{"se", SENSE_GOES_ON},
	{"seguimiento", SENSE_TRACKING},
	{"servientrega", SENSE_CARRIER},
	{"seur", SENSE_CARRIER},
	{"shipment", SENSE_PARCEL},
	{"shipped", SENSE_GOES_ON},
	{"shipping", SENSE_PARCEL},
	{"should", SENSE_VERB},
	{"shows", SENSE_GOES_ON},
	{"si", SENSE_GOES_ON},
	{"sigue", SENSE_GOES_ON},
	{"status", SENSE_GOES_ON},
	{"still", SENSE_GOES_ON},
	{"su", SENSE_GOES_ON},
	{"tel", SENSE_PHONE},
	{"telefono", SENSE_PHONE},
	{"telephone", SENSE_PHONE},
	{"thanks", SENSE_GOES_ON},
	{"that", SENSE_GOES_ON},
	{"the", SENSE_LINK},
	{"to", SENSE_VERB},
	{"todavia", SENSE_GOES_ON},
	{"track", SENSE_TRACKING},
	{"tracking", SENSE_TRACKING},
	{"tu", SENSE_GOES_ON},
	{"ups", SENSE_CARRIER},
	{"usps", SENSE_CARRIER},
	{"wanna", SENSE_VERB},
	{"was", SENSE_LINK},
	{"waybill", SENSE_TRACKING},
	{"we", SENSE_VERB},
	{"whatsapp", SENSE_PHONE},
	{"when", SENSE_GOES_ON},
	{"where", SENSE_GOES_ON},
	{"which", SENSE_GOES_ON},
	{"will", SENSE_VERB},
	{"with", SENSE_LINK},
	{"would", SENSE_VERB},
	{"y", SENSE_GOES_ON},
	{"yet", SENSE_GOES_ON},
	{"you", SENSE_VERB},
	{"your", SENSE_GOES_ON},
};

static enum order_sense
sense_at(const struct tokens *t, size_t i)
{
	if (i >= t->n)
		return SENSE_NONE;
	const struct order_word *w = word_table_find(
		words, sizeof(words) / sizeof(*words), sizeof(*words), t->p[i].norm);
	return w ? w->sense : SENSE_NONE;
}

/* Letters and digits as they are written, in capitals, with their hyphens. */
struct code {
	size_t first, last; /* tokens */
	size_t start, end;  /* bytes */
	char p[TRACKING_NUMBER_MAX + 1];
	size_t n;
	size_t digits, letters;
	size_t digit_run; /* the longest */
	bool hyphen, small;
};

static bool
is_ascii_alnum(char c)
{
	return isdigit((unsigned char)c) || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z');
}

static char
byte_at(struct str s, size_t at)
{
	return at < s.n ? s.p[at] : '\0';
}

/* Would `c` between two letters or digits make them parts of something else: 12/05, 10:30,
 * 1,500, a@b, 3.5? */
static bool
binds(char c)
{
	return c && strchr("/.:,@_+-&=", c);
}

static bool
code_put(struct code *c, char byte)
{
	if (c->n == TRACKING_NUMBER_MAX)
		return false;
	bool digit = isdigit((unsigned char)byte);
	c->digits += digit;
	c->letters += !digit && byte != '-';
	c->small = c->small || islower((unsigned char)byte);
	c->p[c->n++] = (char)toupper((unsigned char)byte);
	return true;
}

static void
code_find_run(struct code *c)
{
	size_t run = 0;
	for (size_t i = 0; i < c->n; i++) {
		run = isdigit((unsigned char)c->p[i]) ? run + 1 : 0;
		c->digit_run = run > c->digit_run ? run : c->digit_run;
	}
}

static bool
code_starts(struct str s, size_t at)
{
	char before = at ? s.p[at - 1] : ' ';
	return !is_ascii_alnum(before) && (unsigned char)before < 0x80 &&
		!(before && strchr("_-/.@+$%&=?'", before));
}

static bool
code_ends(struct str s, size_t at)
{
	char c = byte_at(s, at);
	bool more = binds(c) && is_ascii_alnum(byte_at(s, at + 1));
	return !more && !is_ascii_alnum(c) && c != '%' && c != '_' &&
		(unsigned char)c < 0x80;
}

static size_t
token_before(const struct tokens *t, size_t i, size_t end)
{
	while (i + 1 < t->n && t->p[i + 1].start < end)
		i++;
	return i;
}

/* The code that starts at token i, without blanks in it: false when what stands there is a
 * part of something longer, or has no digit. */
static bool
code_read(const struct tokens *t, size_t i, struct code *out)
{
	struct str s = t->text;
	size_t at = t->p[i].start;
	*out = (struct code){.first = i, .start = at};
	if (!code_starts(s, at))
		return false;
	for (; is_ascii_alnum(byte_at(s, at)) ||
		(s.p[at < s.n ? at : 0] == '-' && is_ascii_alnum(byte_at(s, at + 1)));
		at++) {
		out->hyphen = out->hyphen || s.p[at] == '-';
		if (!code_put(out, s.p[at]))
			return false;
	}
	out->end = at;
	out->last = token_before(t, i, at);
	code_find_run(out);
	return out->digits > 0 && code_ends(s, at);
}

/* Groups with one blank or hyphen between, `n` letters and digits in all, or as many
 * digits as there are when n is 0. */
static bool
code_read_groups(const struct tokens *t, size_t i, size_t n, struct code *out)
{
	struct str s = t->text;
	size_t at = t->p[i].start;
	*out = (struct code){.first = i, .start = at};
	if (!code_starts(s, at))
		return false;
	for (; at < s.n && (n == 0 || out->n < n); at++) {
		char c = s.p[at];
		if (n ? is_ascii_alnum(c) : isdigit((unsigned char)c)) {
			if (!code_put(out, c))
				return false;
			out->end = at + 1;
		} else if ((c != ' ' && c != '-') ||
			!is_ascii_alnum(byte_at(s, at + 1))) {
			break;
		}
	}
	out->last = token_before(t, i, out->end);
	out->digit_run = out->digits;
	return out->n && (n == 0 || out->n == n) && code_ends(s, out->end);
}

static enum tracking_form
code_form(const struct code *c)
{
	char plain[TRACKING_NUMBER_MAX];
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->p[i] != '-')
			plain[n++] = c->p[i];
	return tracking_number_form((struct str){plain, n});
}

/* A form that nothing else has. */
static bool
read_sure(const struct tokens *t, size_t i, struct code *out)
{
	const struct token *k = &t->p[i];
	char c = byte_at(t->text, k->start), next = byte_at(t->text, k->start + 1);
	if (c == '1' && (next == 'Z' || next == 'z'))
		return code_read_groups(t, i, 18, out) && code_form(out) == TRACKING_SURE;
	if (isdigit((unsigned char)c))
		return c == '9' && code_read_groups(t, i, 0, out) &&
			code_form(out) == TRACKING_SURE;
	if (!isalpha((unsigned char)c) || !isalpha((unsigned char)next))
		return false;
	if (code_read(t, i, out))
		return code_form(out) == TRACKING_SURE;
	/* "RR 123 456 785 ES" */
	return k->upper && k->norm.n == 2 && code_read_groups(t, i, 13, out) &&
		out->digits == 9 && code_form(out) == TRACKING_SURE;
}

/* What the words beside a code say of it. */
struct naming {
	enum order_sense sense; /* ORDER, TRACKING, PARCEL; NONE: nothing */
	bool number;            /* "number", "#", "n.º" is said */
	bool wished;            /* "to order": what follows is wanted */
	bool apart;             /* not right before the code */
};

static bool
is_thing(enum order_sense s)
{
	return s == SENSE_ORDER || s == SENSE_TRACKING || s == SENSE_PARCEL;
}

static bool
is_link_mark(const struct tokens *t, size_t i)
{
	static const char *const marks[] = {
		":", ".", "(", "\"", "'", "=", "-", "\xc2\xb0", "\xc2\xba", NULL};
	for (size_t k = 0; marks[k]; k++)
		if (token_is(t, i, marks[k]))
			return true;
	return false;
}

#define LINKS_MAX 7

/* What stands before the word that names the thing: "number of my", "ref.", or "phone
 * number for my", and then the code is a telephone number. */
static void
read_before_thing(const struct tokens *t, size_t thing, struct naming *n)
{
	for (size_t k = 1; k <= 5 && k <= thing; k++) {
		enum order_sense s = sense_at(t, thing - k);
		if (s == SENSE_PHONE)
			n->sense = SENSE_NONE;
		/* "There is no order 4512": that is no "No." */
		if (s == SENSE_NUMBER && (k > 1 || !token_is(t, thing - k, "no")))
			n->number = true;
		else if (s != SENSE_GOES_ON && s != SENSE_LINK &&
			!is_link_mark(t, thing - k))
			return;
	}
}

static struct naming
named_before(const struct tokens *t, size_t code)
{
	struct naming n = {.sense = SENSE_NONE};
	for (size_t k = 1; k <= LINKS_MAX && k <= code; k++) {
		size_t i = code - k;
		enum order_sense s = sense_at(t, i);
		if (is_thing(s)) {
			/* "Order de compra 4512" and "order tracking number": the first
			 * that is met counts. */
			n.sense = s;
			n.wished = i > 0 && sense_at(t, i - 1) == SENSE_VERB;
			read_before_thing(t, i, &n);
			return n;
		}
		if (s == SENSE_NUMBER)
			n.number = true;
		else if (s != SENSE_LINK && !is_link_mark(t, i))
			break;
	}
	return n;
}

/* "4512 is my order number", "4512 es el número de mi pedido" */
static struct naming
named_behind(const struct tokens *t, size_t last)
{
	struct naming n = {.sense = SENSE_NONE, .apart = true};
	if (!token_is(t, last + 1, "is") && !token_is(t, last + 1, "es"))
		return n;
	for (size_t i = last + 2; i < last + 8; i++) {
		enum order_sense s = sense_at(t, i);
		if (s == SENSE_NUMBER)
			n.number = true;
		else if (is_thing(s) && n.sense == SENSE_NONE)
			n.sense = s;
		else if (s != SENSE_GOES_ON && s != SENSE_LINK && !is_thing(s))
			break;
	}
	return n;
}

/* Which of the words of parcels, carriers and telephones stands nearest before a code, or
 * behind it when none does. */
static enum order_sense
nearest(const struct tokens *t, const struct code *c)
{
	for (size_t k = 1; k <= 10 && k <= c->first; k++) {
		enum order_sense s = sense_at(t, c->first - k);
		if (is_thing(s) || s == SENSE_CARRIER || s == SENSE_PHONE)
			return s;
	}
	for (size_t i = c->last + 1; i < t->n && i < c->last + 6; i++) {
		enum order_sense s = sense_at(t, i);
		if (is_thing(s) || s == SENSE_CARRIER || s == SENSE_PHONE)
			return s;
	}
	return SENSE_NONE;
}

/* Is the sentence done, or does it go on with a word that counts nothing? In "order 5000
 * boxes" the number says how many. */
static bool
stands_alone(const struct tokens *t, size_t last)
{
	if (last + 1 >= t->n || t->p[last + 1].kind != TOKEN_WORD)
		return true;
	enum order_sense s = sense_at(t, last + 1);
	return s != SENSE_NONE;
}

static bool
is_year(const struct code *c)
{
	return c->n == 4 && c->digits == 4 &&
		(memcmp(c->p, "19", 2) == 0 || memcmp(c->p, "20", 2) == 0);
}

/* A code that is none but by its word: how sure; 0 when it is rather a quantity, a year, a
 * telephone number or the name of a thing. */
static double
order_confidence(const struct tokens *t, const struct code *c, const struct naming *n)
{
	if (n->number)
		return c->digits >= 2 ? n->apart ? .88 : .93 : 0;
	if (n->apart || n->wished || c->digits < 4)
		return 0;
	if (c->letters) {
		/* 500ML and 15th are sizes and days, A1B2C3D4 is a code. */
		bool size = isdigit((unsigned char)c->p[0]) && !c->hyphen;
		bool mixed = c->digit_run < 3 && (c->small || c->n < 7);
		return size || mixed ? 0 : .88;
	}
	bool phone = c->hyphen && c->digits >= 7 && c->digits <= 10;
	if (phone || is_year(c) || !stands_alone(t, c->last))
		return 0;
	return c->digits >= 5 ? .8 : .7;
}

static double
tracking_confidence(const struct tokens *t, const struct code *c, const struct naming *n)
{
	bool formed = code_form(c) != TRACKING_NO;
	if (n->sense == SENSE_PARCEL && !n->number && c->n < 8)
		return 0;
	if (n->number)
		return c->digits < 4 || c->n < 5 ? 0 : formed ? .95 : .88;
	if (n->apart || c->digits < 4 || c->n < 6 ||
		(!c->letters && !stands_alone(t, c->last)))
		return 0;
	return formed ? .9 : .8;
}

static void
code_add(struct drafts *d, enum draft_rank rank, const char *kind, const struct code *c,
	double confidence)
{
	struct str value = arena_printf(d->a, "%.*s", (int)c->n, c->p);
	drafts_add(d, rank, kind, value, c->start, c->end, confidence);
}

/* "ORD-2024-00123" says itself what it is. */
static bool
says_order(const struct code *c)
{
	return c->n >= 7 && memcmp(c->p, "ORD", 3) == 0 &&
		(c->p[3] == '-' || isdigit((unsigned char)c->p[3])) && c->digits >= 4;
}

/* "Where is #12345?", "n.º 45123": a number that something else does not claim. */
static bool
stands_by_its_sign(const struct tokens *t, const struct code *c)
{
	size_t i = c->first;
	if (c->letters || c->hyphen || c->digits < 4 || i == 0 || is_year(c))
		return false;
	while (i > 0 && is_link_mark(t, i - 1))
		i--;
	bool hash = i > 0 && token_is(t, i - 1, "#"),
	     short_word = i > 0 && i < c->first &&
		(token_is(t, i - 1, "n") || token_is(t, i - 1, "no") ||
			token_is(t, i - 1, "nro")),
	     one = i > 0 && token_is(t, i - 1, "n\xc2\xba");
	if (!hash && !short_word && !one)
		return false;
	return i < 2 || t->p[i - 2].kind != TOKEN_WORD ||
		sense_at(t, i - 2) != SENSE_NONE;
}

/* What the last code was, for "orders 4512 and 4513". */
struct last_code {
	const char *kind;
	struct code code;
};

static bool
continues(const struct tokens *t, const struct code *c, const struct last_code *before)
{
	if (!before->kind || c->first <= before->code.last || c->digits < 2 ||
		c->first > before->code.last + 4 ||
		(c->letters > 0) != (before->code.letters > 0) ||
		c->n > before->code.n + 1 || c->n + 1 < before->code.n)
		return false;
	static const char *const joints[] = {
		",", "and", "y", "e", "or", "o", "&", "#", NULL};
	for (size_t i = before->code.last + 1; i < c->first; i++) {
		bool joint = false;
		for (size_t k = 0; joints[k] && !joint; k++)
			joint = token_is(t, i, joints[k]);
		if (!joint)
			return false;
	}
	return c->first > before->code.last + 1;
}

static const char *
add_named(struct drafts *d, const struct code *c, const struct naming *n)
{
	bool order = n->sense == SENSE_ORDER;
	double sure =
		order ? order_confidence(d->t, c, n) : tracking_confidence(d->t, c, n);
	const char *kind = order ? "order_number" : "tracking_number";
	if (sure <= 0)
		return NULL;
	/* "Tracking number" says what it is, whatever examples taught of orders' numbers. */
	code_add(d, order ? RANK_CODE : RANK_WORDS, kind, c, sure);
	return kind;
}

/* What is as long as a carrier's, near its name or a word of parcels. */
static bool
add_near(struct drafts *d, size_t i, struct code *out)
{
	bool found = d->t->p[i].kind == TOKEN_NUMBER ? code_read_groups(d->t, i, 0, out)
						     : code_read(d->t, i, out);
	enum tracking_form form = found ? code_form(out) : TRACKING_NO;
	if (form == TRACKING_NO)
		return false;
	enum order_sense near = nearest(d->t, out);
	bool said = near == SENSE_TRACKING || near == SENSE_CARRIER;
	/* A telephone number has ten digits, too, or eleven. */
	if ((!said && near != SENSE_PARCEL) ||
		(form == TRACKING_SHAPED && (!said || out->n < 12)) ||
		(out->n < 12 && !said))
		return false;
	code_add(d, RANK_CODE, "tracking_number", out,
		form == TRACKING_LIKELY && said ? .88 : .75);
	return true;
}

/* Gives the place behind what was read. */
static size_t
order_read_at(struct drafts *d, size_t i, struct last_code *before)
{
	const struct tokens *t = d->t;
	struct code c, groups;
	if (read_sure(t, i, &c)) {
		code_add(d, RANK_CHECKED, "tracking_number", &c, .97);
		*before = (struct last_code){"tracking_number", c};
		return c.last + 1;
	}
	bool whole = code_read(t, i, &c);
	struct naming n = named_before(t, i);
	/* "tracking number 7961 2345 6789" */
	if (n.sense != SENSE_NONE && n.number && t->p[i].kind == TOKEN_NUMBER &&
		code_read_groups(t, i, 0, &groups) && groups.digits >= 8 &&
		(!whole || groups.end > c.end))
		c = groups;
	else if (!whole)
		return i + 1;
	if (n.sense == SENSE_NONE)
		n = named_behind(t, c.last);
	const char *kind = n.sense != SENSE_NONE ? add_named(d, &c, &n) : NULL;
	if (!kind && says_order(&c))
		code_add(d, RANK_FORM, kind = "order_number", &c, .9);
	if (!kind && add_near(d, i, &groups)) {
		c = groups;
		kind = "tracking_number";
	}
	if (!kind && n.sense == SENSE_NONE && stands_by_its_sign(t, &c))
		code_add(d, RANK_CODE, kind = "order_number", &c, .6);
	if (!kind && continues(t, &c, before))
		code_add(d, RANK_CODE, kind = before->kind, &c, .75);
	if (kind)
		*before = (struct last_code){kind, c};
	return c.last + 1;
}

static bool
has_digit(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (isdigit((unsigned char)s.p[i]))
			return true;
	return false;
}

void
entity_order_read(struct drafts *d)
{
	if (!has_digit(d->t->text))
		return;
	struct last_code before = {0};
	for (size_t i = 0; i < d->t->n && d->n < ENTITIES_MAX * 2;) {
		const struct token *k = &d->t->p[i];
		bool may = (k->kind == TOKEN_WORD && !k->unspaced) ||
			k->kind == TOKEN_NUMBER;
		i = may ? order_read_at(d, i, &before) : i + 1;
	}
}
