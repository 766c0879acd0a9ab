#include "text/entities.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WORDS(...) \
	{ \
		(struct str[]){__VA_ARGS__}, \
			sizeof((struct str[]){__VA_ARGS__}) / sizeof(struct str) \
	}

static int
setup(void **state)
{
	struct entity_pattern patterns[] = {
		{.kind = STR("order_id"),
			.match = STR("\\bORD-[A-Z0-9]{6,10}\\b"),
			.upper = true,
			.confidence = .95},
		{.kind = STR("order_id"),
			.match = STR("\\border\\s*#?\\s*(\\d{6,10})\\b"),
			.prefix = STR("ORD-"),
			.upper = true},
		{.kind = STR("error_code"),
			.match = STR("\\b[A-Z]{2,3}-\\d{2,6}\\b"),
			.case_sensitive = true},
	};
	struct entity_lookup lookups[] = {
		{.kind = STR("game_title"),
			.values = WORDS(
				STR("Clash of Clans"), STR("Pokemon GO"), STR("Hay Day")),
			.confidence = .95},
		{.kind = STR("platform"),
			.values = WORDS(STR("ios"), STR("android")),
			.exact = true},
	};
	struct entity_synonym synonyms[] = {{.value = STR("ios"),
		.of = WORDS(STR("IOS"), STR("iphone os")),
		.kind = STR("platform")}};
	struct entity_source s = {{patterns, 3}, {lookups, 2}, {synonyms, 1}, NULL};
	struct entity_finder *f = NULL;
	struct error e;
	if (entity_finder_new(&s, &f, &e))
		fail_msg("%s", e.text);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct entity_finder *f = *state;
	entity_finder_free(&f);
	return 0;
}

static struct entities
read_language(
	struct entity_finder *f, struct arena *a, const char *text, const char *language)
{
	struct tokens t;
	struct entities found;
	/* Wednesday, 4 March 2026, 10:00 */
	struct entity_context c = {
		.now_ms = INT64_C(1772618400000), .language = str_of(language)};
	arena_init(a, 0);
	tokens_read(a, str_of(text), &t);
	entities_read(f, a, &t, &c, &found);
	return found;
}

static struct entities
read_text(struct entity_finder *f, struct arena *a, const char *text)
{
	return read_language(f, a, text, "en");
}

static void
test_kinds(void **state)
{
	static const struct {
		const char *text, *kind, *written, *value;
	} rows[] = {
		{"Where is my order ord-1a2b3c4d?", "order_id", "ord-1a2b3c4d",
			"ORD-1A2B3C4D"},
		{"order #123456 please", "order_id", "order #123456", "ORD-123456"},
		{"login failed with CR-2001", "error_code", "CR-2001", "CR-2001"},
		{"I play clash of clans", "game_title", "clash of clans",
			"Clash of Clans"},
		{"I play Clash of Calns", "game_title", "Clash of Calns",
			"Clash of Clans"},
		{"my pokémon go account", "game_title", "pokémon go", "Pokemon GO"},
		{"on IOS", "platform", "IOS", "ios"},
		{"write to dana.lee+x@example.co.uk.", "email",
			"dana.lee+x@example.co.uk", "dana.lee+x@example.co.uk"},
		{"see https://example.com/a?b=1.", "url", "https://example.com/a?b=1",
			"https://example.com/a?b=1"},
		{"see www.example.com, please", "url", "www.example.com",
			"www.example.com"},
		{"from 192.168.0.1 today", "ip", "192.168.0.1", "192.168.0.1"},
		{"from 2001:db8::1 today", "ip", "2001:db8::1", "2001:db8::1"},
		{"paid $49.90 for it", "money", "$49.90", "49.9 USD"},
		{"paid 1,250 euros", "money", "1,250 euros", "1250 EUR"},
		{"it costs 15 dollars 50", "money", "15 dollars 50", "15.5 USD"},
		{"C$ 16.4 million", "money", "C$ 16.4 million", "16400000 CAD"},
		{"twenty-one boxes", "number", "twenty-one", "21"},
		{"3 hundred and 21 boxes", "number", "3 hundred and 21", "321"},
		{"about 12.5% off", "percent", "12.5%", "12.5%"},
		{"pay with 4111 1111 1111 1111", "card", "4111 1111 1111 1111",
			"4111111111111111"},
		{"to DE89 3704 0044 0532 0130 00", "iban", "DE89 3704 0044 0532 0130 00",
			"DE89370400440532013000"},
		{"on 2026-03-09", "date", "2026-03-09", "2026-03-09"},
		{"on March 9th, 2026", "date", "March 9th, 2026", "2026-03-09"},
		{"the 9th of May", "date", "the 9th of May", "2026-05-09"},
		{"tomorrow please", "date", "tomorrow", "2026-03-05"},
		{"next Friday", "date", "next Friday", "2026-03-13"},
		{"two days ago", "date", "two days ago", "2026-03-02"},
		{"last week", "date", "last week", "2026-02-23/2026-03-02"},
		{"until March 9", "date", "until March 9", "../2026-03-09"},
		{"tomorrow at 3:30pm", "datetime", "tomorrow at 3:30pm",
			"2026-03-05T15:30"},
		{"between 2 and 4pm", "time", "between 2 and 4pm", "14:00/16:00"},
		{"half past seven", "time", "half past seven", "07:30"},
		{"it took 2 hours and 30 minutes", "duration", "2 hours and 30 minutes",
			"PT2H30M"},
		{"for three weeks", "duration", "three weeks", "P3W"},
		{"call +1 541-754-3010", "phone", "+1 541-754-3010", "+15417543010"},
		{"call (541) 754-3010 x22", "phone", "(541) 754-3010 x22", "5417543010"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct entities got = read_text(*state, &a, rows[i].text);
		const struct entity *e = entities_get(&got, str_of(rows[i].kind));
		if (!e || !str_eq(e->text, str_of(rows[i].written)) ||
			!str_eq(e->value, str_of(rows[i].value)))
			fail_msg("%s: %.*s = %.*s", rows[i].text,
				STR_ARG(e ? e->text : STR("nothing")),
				STR_ARG(e ? e->value : STR("nothing")));
		if (!e)
			return;
		assert_true(
			str_eq(e->text, str_sub(str_of(rows[i].text), e->start, e->end)));
		assert_true(e->confidence > 0 && e->confidence <= 1);
		arena_fini(&a);
	}
}

/* A name inside an address is a part of it; one that is the whole of it is meant. */
static void
test_names_inside_addresses(void **state)
{
	static const struct {
		const char *text, *kind, *value;
	} rows[] = {
		{"ann@shop.example", "email", "ann@shop.example"},
		{"see https://shop.example/raid please", "url",
			"https://shop.example/raid"},
		{"is it on www.shop.example?", "url", "www.shop.example"},
		{"I paid at raid.com.", "store", "raid.com"},
	};
	(void)state;
	struct entity_lookup lookups[] = {
		{.kind = STR("feature"), .values = WORDS(STR("shop"), STR("raid"))},
		{.kind = STR("store"), .values = WORDS(STR("raid.com"))}};
	struct entity_source s = {.lookups = {lookups, 2}};
	struct entity_finder *f = NULL;
	struct error e;
	assert_int_equal(entity_finder_new(&s, &f, &e), OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct entities got = read_text(f, &a, rows[i].text);
		assert_int_equal(got.n, 1);
		if (!str_eq(got.p[0].kind, str_of(rows[i].kind)) ||
			!str_eq(got.p[0].value, str_of(rows[i].value)))
			fail_msg("%s: %.*s", rows[i].text, STR_ARG(got.p[0].value));
		arena_fini(&a);
	}
	struct arena a;
	struct entities both = read_text(f, &a, "the shop of ann@shop.example");
	assert_int_equal(both.n, 2);
	assert_true(str_eq(both.p[0].kind, STR("feature")));
	arena_fini(&a);
	entity_finder_free(&f);
}

struct said {
	const char *text, *kind, *written, *value;
};

static void
expect_said(
	struct entity_finder *f, const struct said *rows, size_t n, const char *language)
{
	for (size_t i = 0; i < n; i++) {
		struct arena a;
		struct entities got = read_language(f, &a, rows[i].text, language);
		const struct entity *e = entities_get(&got, str_of(rows[i].kind));
		if (rows[i].written &&
			(!e || !str_eq(e->text, str_of(rows[i].written)) ||
				!str_eq(e->value, str_of(rows[i].value))))
			fail_msg("%s: %.*s = %.*s", rows[i].text,
				STR_ARG(e ? e->text : STR("nothing")),
				STR_ARG(e ? e->value : STR("nothing")));
		if (!rows[i].written && e)
			fail_msg("%s: %.*s", rows[i].text, STR_ARG(e->text));
		arena_fini(&a);
	}
}

static void
test_english_forms(void **state)
{
	static const struct said rows[] = {
		/* Zones: the value is what the person's own clock shows, UTC here. */
		{"call at 3pm EST", "time", "3pm EST", "20:00"},
		{"call at 15:00 UTC+2 tomorrow", "datetime", "15:00 UTC+2 tomorrow",
			"2026-03-05T13:00"},
		{"on 2026-03-09 at 8:00 GMT-3", "datetime", "2026-03-09 at 8:00 GMT-3",
			"2026-03-09T11:00"},
		{"tomorrow 9:00 +05:30", "datetime", "tomorrow 9:00 +05:30",
			"2026-03-05T03:30"},
		{"tomorrow at 2 PM ET", "datetime", "tomorrow at 2 PM ET",
			"2026-03-05T19:00"},
		{"on 2026-07-01 at 2 PM ET", "datetime", "2026-07-01 at 2 PM ET",
			"2026-07-01T18:00"},
		{"from 2 to 3pm PST", "time", "from 2 to 3pm PST", "22:00/23:00"},
		{"at 3 pm et cetera", "time", "3 pm", "15:00"},
		{"sold in week 10", "date", "week 10", "2026-03-02/2026-03-09"},
		{"in the 19th century", "date", "the 19th century",
			"1800-01-01/1900-01-01"},
		{"in a fortnight", "date", "in a fortnight", "2026-03-18"},
		{"the first Monday of May", "date", "the first Monday of May",
			"2026-05-04"},
		{"the last Friday of April", "date", "the last Friday of April",
			"2026-04-24"},
		{"late in the morning", "time", "late in the morning", "10:00/12:00"},
		{"year to date", "date", "year to date", "2026-01-01/2026-03-04"},
		{"on Dec31, 2027", "date", "Dec31, 2027", "2027-12-31"},
		{"last Christmas", "date", "last Christmas", "2025-12-25"},
		{"within a few hours", "duration", "a few hours", "PT3H"},
		{"once a week", "set", "once a week", "R/P1W"},
		{"good morning, hello", "time", NULL, NULL},
		{"we start in the next week", "date", "next week",
			"2026-03-09/2026-03-16"},
	};
	expect_said(*state, rows, sizeof(rows) / sizeof(*rows), "en");
}

static const struct said english_customers[] = {
	{"a week from Tuesday", "date", "a week from Tuesday", "2026-03-17"},
	{"by EOD Friday", "datetime", "by EOD Friday", "../2026-03-06T23:59:59"},
	{"at the end of the day", "datetime", "the end of the day",
		"2026-03-04T23:59:59"},
	{"until the end of June", "date", "until the end of June", "../2026-07-01"},
	{"the 15th of next month", "date", "the 15th of next month", "2026-04-15"},
	{"on the first of the month", "date", "the first of the month", "2026-04-01"},
	{"next March", "date", "next March", "2027-03-01/2027-04-01"},
	{"last May", "date", "last May", "2025-05-01/2025-06-01"},
	{"July 4-6", "date", "July 4-6", "2026-07-04/2026-07-06"},
	{"Oct 3-5 2027", "date", "Oct 3-5 2027", "2027-10-03/2027-10-05"},
	{"between ninth and seventeenth of April", "date",
		"between ninth and seventeenth of April", "2026-04-09/2026-04-17"},
	{"from 10 am for 3 hours", "time", "from 10 am for 3 hours", "10:00/13:00"},
	{"2 weeks starting May 20th", "date", "2 weeks starting May 20th",
		"2026-05-20/2026-06-03"},
	{"for 3 days from today", "date", "for 3 days from today",
		"2026-03-04/2026-03-07"},
	{"within 3 days", "date", "within 3 days", "2026-03-04/2026-03-07"},
	{"more than 2 weeks ago", "date", "more than 2 weeks ago", "../2026-02-18"},
	{"wednesday evening next week", "datetime", "wednesday evening next week",
		"2026-03-11T16:00/2026-03-11T20:00"},
	{"late this morning", "datetime", "late this morning",
		"2026-03-04T10:00/2026-03-04T12:00"},
	{"last night at 11", "datetime", "last night at 11", "2026-03-03T23:00"},
	{"9 tonight", "datetime", "9 tonight", "2026-03-04T21:00"},
	{"8 tomorrow morning", "datetime", "8 tomorrow morning", "2026-03-05T08:00"},
	{"half past six tomorrow", "datetime", "half past six tomorrow",
		"2026-03-05T06:30"},
	{"20 minutes past 3pm", "time", "20 minutes past 3pm", "15:20"},
	{"a quarter to noon", "time", "a quarter to noon", "11:45"},
	{"at 15h30", "time", "15h30", "15:30"},
	{"in an hour and a half", "datetime", "in an hour and a half",
		"2026-03-04T11:30:00"},
	{"half an hour", "duration", "half an hour", "PT30M"},
	{"2½ hours", "duration", "2½ hours", "PT2H30M"},
	{"it takes 3-5 business days", "duration", "3-5 business days", "P3D/P5D"},
	{"in 2 to 3 weeks", "duration", "2 to 3 weeks", "P2W/P3W"},
	{"10 business days", "duration", "10 business days", "P10D"},
	{"since Monday", "date", "since Monday", "2026-03-02/.."},
	{"from Monday to Friday", "date", "from Monday to Friday",
		"2026-03-09/2026-03-13"},
	{"from 2pm till tomorrow 4:30pm", "datetime", "from 2pm till tomorrow 4:30pm",
		"2026-03-04T14:00/2026-03-05T16:30"},
	{"3 pm or later on Monday", "datetime", "3 pm or later on Monday",
		"2026-03-09T15:00/.."},
	{"1/1/2026 and after my work", "date", "1/1/2026", "2026-01-01"},
	{"every other day", "set", "every other day", "R/P2D"},
	{"3pm each day", "set", "3pm each day", "R/P1D"},
	{"Mondays at 9", "set", "Mondays at 9", "R/P1W"},
	{"semi-annually", "set", "semi-annually", "R/P6M"},
	{"Tomorrow’s delivery", "date", "Tomorrow", "2026-03-05"},
	{"Mother's Day", "date", "Mother's Day", "2026-05-10"},
	{"Good Friday", "date", "Good Friday", "2026-04-03"},
	{"Cyber Monday", "date", "Cyber Monday", "2026-11-30"},
	{"new year's eve 2027", "date", "new year's eve 2027", "2027-12-31"},
	{"the first half of 2027", "date", "the first half of 2027",
		"2027-01-01/2027-07-01"},
	{"in the 1990s or the seventies", "date", "the 1990s", "1990-01-01/2000-01-01"},
	{"the week after next", "date", "the week after next", "2026-03-16/2026-03-23"},
	{"rest of the week", "date", "rest of the week", "2026-03-04/2026-03-09"},
	{"over the weekend", "date", "weekend", "2026-03-07/2026-03-09"},
	{"the last 2 weeks of May", "date", "the last 2 weeks of May",
		"2026-05-11/2026-05-25"},
	{"January 5th twenty twenty seven", "date", "January 5th twenty twenty seven",
		"2027-01-05"},
	{"expires 12/2027", "date", "12/2027", "2027-12-01/2028-01-01"},
	{"at 2026-03-09T14:05:33.5+02:00", "datetime", "2026-03-09T14:05:33.5+02:00",
		"2026-03-09T12:05:33"},
	{"2018 Q2", "date", "2018 Q2", "2018-04-01/2018-07-01"},
	{"$12 December 27", "date", "December 27", "2026-12-27"},
	{"24/7 support", "date", NULL, NULL},
	{"in the coming days", "date", NULL, NULL},
	{"we have 2 morning sessions", "time", "morning", "08:00/12:00"},
	{"this one is broken", "number", NULL, NULL},
	{"one of three", "number", "one", "1"},
	{"it cost two grand", "money", "two grand", "2000 USD"},
	{"one grand piano", "money", NULL, NULL},
	{"2.5 M", "number", "2.5 M", "2500000"},
	{"5g network", "number", NULL, NULL},
};

static void
test_english_customers(void **state)
{
	expect_said(*state, english_customers,
		sizeof(english_customers) / sizeof(*english_customers), "en");
}

static const struct said spanish_forms[] = {
	{"la semana pasada", "date", "la semana pasada", "2026-02-23/2026-03-02"},
	{"el mes que viene", "date", "el mes que viene", "2026-04-01/2026-05-01"},
	{"este fin de semana", "date", "este fin de semana", "2026-03-07/2026-03-09"},
	{"el lunes que viene", "date", "lunes que viene", "2026-03-09"},
	{"el viernes de la semana que viene", "date", "viernes de la semana que viene",
		"2026-03-13"},
	{"los próximos 3 días hábiles", "date", "próximos 3 días hábiles",
		"2026-03-05/2026-03-10"},
	{"el primer lunes de mayo", "date", "primer lunes de mayo", "2026-05-04"},
	{"la primera semana de 2015", "date", "la primera semana de 2015",
		"2014-12-29/2015-01-05"},
	{"los años noventa", "date", "los años noventa", "1990-01-01/2000-01-01"},
	{"el diez de octubre de dos mil treinta", "date",
		"diez de octubre de dos mil treinta", "2030-10-10"},
	{"el día del trabajador", "date", "día del trabajador", "2026-05-01"},
	{"el viernes santo", "date", "viernes santo", "2026-04-03"},
	{"antes de ayer", "date", "antes de ayer", "2026-03-02"},
	{"dos días después", "date", "dos días después", "2026-03-06"},
	{"esta mañana", "datetime", "esta mañana", "2026-03-04T08:00/2026-03-04T12:00"},
	{"anoche a las 8", "datetime", "anoche a las 8", "2026-03-03T20:00"},
	{"a las once y cuarenta de la mañana", "time", "once y cuarenta de la mañana",
		"11:40"},
	{"a las ocho menos cuarto de la tarde", "time", "ocho menos cuarto de la tarde",
		"19:45"},
	{"a las 15h", "time", "15h", "15:00"},
	{"a la una", "time", "una", "01:00"},
	{"varias semanas", "duration", "varias semanas", "P3W"},
	{"una hora y cuarto", "duration", "una hora y cuarto", "PT1H15M"},
	{"una vez al mes", "set", "una vez al mes", "R/P1M"},
	{"buenas tardes, llega tarde", "time", NULL, NULL},
	{"tres quintos", "number", "tres quintos", "0.6"},
	{"uno con un cuarto", "number", "uno con un cuarto", "1.25"},
	{"dos milésimas", "number", "dos milésimas", "0.002"},
	{"un veinteavo", "number", "un veinteavo", "0.05"},
	{"siete con veinticinco", "number", "siete con veinticinco", "7.25"},
	{"uno con tres cajones", "number", "uno", "1"},
	{"tres docenas", "number", "tres docenas", "36"},
	{"tres mesas", "number", "tres", "3"},
	{"en dos horas y media", "datetime", "en dos horas y media",
		"2026-03-04T12:30:00"},
	{"dentro de media hora", "datetime", "dentro de media hora",
		"2026-03-04T10:30:00"},
	{"tres cuartos de hora", "duration", "tres cuartos de hora", "PT45M"},
	{"cinco días hábiles", "duration", "cinco días hábiles", "P5D"},
	{"de 3 a 5 días hábiles", "duration", "3 a 5 días hábiles", "P3D/P5D"},
	{"todo el día", "duration", "todo el día", "P1D"},
	{"el lunes que viene a las 3 y media de la tarde", "datetime",
		"lunes que viene a las 3 y media de la tarde", "2026-03-09T15:30"},
	{"tres semanas a partir de mañana", "date", "tres semanas a partir de mañana",
		"2026-03-26"},
	{"la semana que viene, el martes", "date", "la semana que viene, el martes",
		"2026-03-10"},
	{"la semana del 4 de mayo", "date", "la semana del 4 de mayo",
		"2026-05-04/2026-05-11"},
	{"el 15 del mes que viene", "date", "15 del mes que viene", "2026-04-15"},
	{"mayo pasado", "date", "mayo pasado", "2025-05-01/2025-06-01"},
	{"el fin de semana", "date", "el fin de semana", "2026-03-07/2026-03-09"},
	{"de lunes a viernes", "date", "de lunes a viernes", "2026-03-09/2026-03-13"},
	{"desde el lunes", "date", "desde el lunes", "2026-03-02/.."},
	{"hasta fin de mes", "date", "hasta fin de mes", "../2026-04-01"},
	{"antes de las 5", "time", "antes de las 5", "../05:00"},
	{"esta noche a las 9", "datetime", "esta noche a las 9", "2026-03-04T21:00"},
	{"a las 12 de la noche", "time", "12 de la noche", "00:00"},
	{"por la mañana a las 7", "time", "por la mañana a las 7", "07:00"},
	{"de 2010 a 2018 o antes de 2000", "date", "de 2010 a 2018",
		"2010-01-01/2018-01-01"},
	{"los lunes a las 9", "set", "los lunes a las 9", "R/P1W"},
	{"a las 8 todos los días", "set", "a las 8 todos los días", "R/P1D"},
	{"el invierno pasado", "date", "invierno pasado", "2025-12-01/2026-03-01"},
	{"1.º de julio", "date", "1.º de julio", "2026-07-01"},
	{"mil doscientos y 3,5", "number", "mil doscientos", "1200"},
	{"una pregunta", "number", NULL, NULL},
	{"solo una vaca", "number", "una", "1"},
	{"ciento por uno", "number", "ciento", "100"},
};

static void
test_spanish_forms(void **state)
{
	expect_said(*state, spanish_forms, sizeof(spanish_forms) / sizeof(*spanish_forms),
		"es");
}

/* The hundred of "por ciento" is no number of its own. */
static void
test_percent_once(void **state)
{
	struct arena a;
	struct entities got =
		read_language(*state, &a, "un descuento del diez por ciento", "es");
	assert_int_equal(got.n, 2);
	assert_true(
		str_eq(got.p[0].value, STR("10%")) || str_eq(got.p[1].value, STR("10%")));
	arena_fini(&a);
}

static void
test_none(void **state)
{
	static const char *const rows[] = {"", "ORD-1", "cr-2001 in small letters",
		"1.2.3.4.5", "300.1.1.1", "a@b", "@example.com", "a day of hay",
		"2024-03-01", "border 12", "not.a-domain", "4111 1111 1111 1112"};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct entities got = read_text(*state, &a, rows[i]);
		for (size_t j = 0; j < got.n; j++) {
			static const char *const wrong[] = {"order_id", "error_code",
				"ip", "email", "game_title", "card", "iban", "phone",
				"url"};
			for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++)
				if (str_eq(got.p[j].kind, str_of(wrong[k])))
					fail_msg("%s: %s %.*s", rows[i], wrong[k],
						STR_ARG(got.p[j].text));
		}
		arena_fini(&a);
	}
}

static void
test_spans_do_not_overlap(void **state)
{
	char text[8000] = "";
	size_t n = 0;
	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"order %d a%d@ex.com 10.0.0.%d +1541754%04d ", 100000 + i, i, i,
			i);
	struct arena a;
	struct entities got = read_text(*state, &a, text);
	assert_int_equal(got.n, ENTITIES_MAX);
	for (size_t i = 1; i < got.n; i++)
		assert_true(got.p[i - 1].end <= got.p[i].start);
	arena_fini(&a);
}

static void
test_bad_pattern(void **state)
{
	(void)state;
	struct entity_pattern broken[] = {{.kind = STR("x"), .match = STR("[a-")}};
	struct entity_source s = {.patterns = {broken, 1}};
	struct entity_finder *f = NULL;
	struct error e;
	assert_int_equal(entity_finder_new(&s, &f, &e), ERR_INVALID);
	assert_null(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
		cmocka_unit_test(test_names_inside_addresses),
		cmocka_unit_test_setup_teardown(test_english_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_english_customers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spanish_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_percent_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_spans_do_not_overlap, setup, teardown),
		cmocka_unit_test(test_bad_pattern),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
