/*
 * What Spanish says of days and hours in an order of its own: "la semana que viene", "el
 * fin de semana pasado", "la primera semana de mayo", "anoche", "las ocho menos cuarto".
 * text/time_point.c and text/time_clock.c read the rest.
 */
#include "text/time_span.h"

static bool
is_article(const struct time_reader *r, size_t i)
{
	static const char *const articles[] = {"el", "la", "los", "las", NULL};
	return time_is_any(r, i, articles);
}

/* "que viene", "que pasó", "siguiente", "pasada", "próxima", "actual": where a stretch
 * lies, said behind it. Moves *last over it. */
static bool
which_behind(const struct time_reader *r, size_t *last, int *move)
{
	size_t i = *last + 1;
	static const char *const comes[] = {"viene", "entra", "sigue", NULL};
	if (time_is(r, i, "que") &&
		(time_is_any(r, i + 1, comes) || time_is(r, i + 1, "paso"))) {
		*move = time_is(r, i + 1, "paso") ? -1 : 1;
		*last = i + 1;
		return true;
	}
	const struct time_word *w = time_word_at(r, i, TIME_THIS);
	if (w && w->value == 0)
		return false;
	if (!w && !time_is(r, i, "actual") && !time_is(r, i, "previa") &&
		!time_is(r, i, "previo"))
		return false;
	*move = w ? w->value : time_is(r, i, "actual") ? 0 : -1;
	*last = i;
	return true;
}

/* "fin de semana", "fines de semana": gives the last token, or 0. */
static size_t
weekend_end(const struct time_reader *r, size_t at)
{
	bool fin = time_is(r, at, "fin") || time_is(r, at, "fines");
	return fin && time_is(r, at + 1, "de") && time_is(r, at + 2, "semana") ? at + 2
									       : 0;
}

/* The unit of time at token i; a weekend has three tokens. */
static bool
unit_at(const struct time_reader *r, size_t i, enum time_unit *unit, size_t *last)
{
	const struct time_word *w = time_word_at(r, i, TIME_UNIT);
	*last = weekend_end(r, i);
	if (*last) {
		*unit = UNIT_WEEKEND;
		return true;
	}
	*last = i;
	if (w)
		*unit = (enum time_unit)w->value;
	return w != NULL;
}

/* la semana pasada, el mes que viene, este fin de semana, el próximo fin de semana */
static bool
es_unit(const struct time_reader *r, size_t at, struct time_span *out)
{
	enum time_unit unit;
	int move = 0;
	size_t i = at + is_article(r, at);
	const struct time_word *which = time_word_at(r, i, TIME_THIS);
	i += which != NULL;
	if (!unit_at(r, i, &unit, &out->last) || time_unit_is_clock(unit))
		return false;
	/* "Los próximos días" say not how many. */
	static const char *const plural[] = {"dias", "semanas", "meses", "anos", NULL};
	if (time_is_any(r, i, plural))
		return false;
	if (which)
		move = which->value;
	else if (!which_behind(r, &out->last, &move) && unit != UNIT_WEEKEND)
		return false;
	time_unit_span(r->today, unit, move, 1, out);
	out->relative = true;
	return true;
}

/* los últimos tres meses, los próximos 5 días hábiles, los 5 años pasados, las dos semanas
 * siguientes */
static bool
es_units(const struct time_reader *r, size_t at, struct time_span *out)
{
	static const char *const working[] = {
		"habiles", "laborables", "laborales", "naturales", NULL};
	struct number n;
	enum time_unit unit;
	int move = 0;
	bool article = is_article(r, at);
	size_t i = at + article;
	const struct time_word *which = time_word_at(r, i, TIME_THIS);
	i += which != NULL;
	if (!number_read(r->t, i, true, &n) || !n.whole || n.value < 2 ||
		n.value > 1000 || !unit_at(r, n.last + 1, &unit, &out->last) ||
		time_unit_is_clock(unit))
		return false;
	bool open = time_is_any(r, out->last + 1, working);
	out->last += open;
	if (which)
		move = which->value;
	else if (!which_behind(r, &out->last, &move))
		return false;
	int64_t count = (int64_t)n.value;
	struct time_span one;
	out->relative = true;
	if (open && unit == UNIT_DAY) {
		/* Days of work: weekends are passed over. */
		int64_t day = r->today, step = move < 0 ? -1 : 1;
		for (int64_t k = 0; k < count;) {
			day += step;
			k += calendar_weekday(day) < 5;
		}
		out->start = (move < 0 ? day : r->today + 1) * DAY_SECONDS;
		out->end = (move < 0 ? r->today : day + 1) * DAY_SECONDS;
		out->has_date = true;
		return move != 0;
	}
	time_unit_span(r->today, unit, 0, 1, &one);
	int64_t months = unit == UNIT_MONTH ? count
		: unit == UNIT_QUARTER      ? 3 * count
		: unit == UNIT_YEAR         ? 12 * count
		: unit == UNIT_DECADE       ? 120 * count
					    : 0;
	int64_t days = unit == UNIT_WEEK || unit == UNIT_WEEKEND ? 7 * count : count;
	int64_t from = move < 0 ? r->today : r->today + 1;
	int64_t other = months ? calendar_add_months(from, move < 0 ? -months : months)
			       : from + (move < 0 ? -days : days);
	out->start = (move < 0 ? other : from) * DAY_SECONDS;
	out->end = (move < 0 ? from : other) * DAY_SECONDS;
	out->has_date = true;
	return move != 0;
}

/* "la primera semana de 2015", "el último día de mayo", "el tercer mes de 2021" */
static bool
es_nth_of(const struct time_reader *r, size_t at, struct time_span *out)
{
	int nth = 0;
	enum time_unit unit;
	struct time_span of;
	size_t i = at + is_article(r, at), last = i;
	const struct time_word *which = time_word_at(r, i, TIME_THIS);
	bool from_end = which && which->value < 0;
	if (!from_end && !number_ordinal(r->t, i, true, &nth, &last))
		return false;
	if (!unit_at(r, last + 1, &unit, &i) || unit < UNIT_DAY || unit > UNIT_MONTH)
		return false;
	i++;
	if (!time_is(r, i, "de") && !time_is(r, i, "del"))
		return false;
	if (!time_date(r, i + 1, &of) || of.has_time || of.point)
		return false;
	int64_t from = of.start / DAY_SECONDS, to = of.end / DAY_SECONDS, start;
	if (unit == UNIT_MONTH) {
		start = calendar_add_months(
			from_end ? to : from, from_end ? -1 : nth - 1);
		to = calendar_add_months(start, 1);
	} else if (unit == UNIT_DAY) {
		start = from_end ? to - 1 : from + nth - 1;
		to = start + 1;
	} else {
		/* The first week is that which holds the first Thursday. */
		int64_t first = from + (3 - calendar_weekday(from) + 7) % 7 - 3;
		int64_t monday = to - 1 - calendar_weekday(to - 1);
		monday -= monday + 3 >= to ? 7 : 0;
		start = from_end ? monday : first + 7 * (nth - 1);
		to = start + 7;
	}
	out->start = start * DAY_SECONDS;
	out->end = to * DAY_SECONDS;
	out->has_date = true;
	out->point = unit == UNIT_DAY;
	out->year_said = of.year_said;
	out->last = of.last;
	return true;
}

/* "el lunes que viene", "el lunes de la semana que viene", "el viernes de esta semana" */
static bool
es_weekday(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span week;
	int move;
	size_t i = at + time_is(r, at, "el");
	const struct time_word *weekday = time_word_at(r, i, TIME_WEEKDAY);
	if (!weekday)
		return false;
	int64_t day = r->today - calendar_weekday(r->today) + weekday->value;
	out->last = i;
	if (time_is(r, i + 1, "que") && which_behind(r, &out->last, &move)) {
		day += day <= r->today ? 7 : 0;
	} else if (time_is(r, i + 1, "de") && es_unit(r, i + 2, &week) &&
		week.end - week.start == 7 * DAY_SECONDS) {
		day = week.start / DAY_SECONDS + weekday->value;
		out->last = week.last;
	} else {
		return false;
	}
	out->start = day * DAY_SECONDS;
	out->end = out->start + DAY_SECONDS;
	out->has_date = out->point = out->relative = true;
	return true;
}

/* "el primer lunes de mayo", "el último viernes del mes que viene" */
static bool
es_nth_weekday(const struct time_reader *r, size_t at, struct time_span *out)
{
	int nth = -1;
	struct time_span of;
	size_t i = at + time_is(r, at, "el");
	bool from_end = time_is(r, i, "ultimo");
	if (!from_end && !number_ordinal(r->t, i, true, &nth, &i))
		return false;
	const struct time_word *weekday = time_word_at(r, i + 1, TIME_WEEKDAY);
	i += 2;
	if (!weekday || !(time_is(r, i, "de") || time_is(r, i, "del")))
		return false;
	if (time_is(r, i, "del") && time_is(r, i + 1, "mes") && !es_unit(r, i + 1, &of)) {
		time_unit_span(r->today, UNIT_MONTH, 0, 1, &of);
		of.last = i + 1;
	} else if (!time_date(r, i + 1, &of) || of.point || of.has_time) {
		return false;
	}
	int64_t day = time_nth_weekday(
		of.start / DAY_SECONDS, of.end / DAY_SECONDS, weekday->value, nth);
	out->start = day * DAY_SECONDS;
	out->end = out->start + DAY_SECONDS;
	out->has_date = out->point = true;
	out->year_said = of.year_said;
	out->last = of.last;
	return day >= 0;
}

/* "la semana que viene, el martes", "próxima semana el martes" */
static bool
es_week_weekday(const struct time_reader *r, size_t at, struct time_span *out)
{
	if (!es_unit(r, at, out) || out->end - out->start != 7 * DAY_SECONDS)
		return false;
	size_t i = out->last + 1;
	i += time_is(r, i, ",") || time_is(r, i, "-");
	i += time_is(r, i, "el");
	const struct time_word *weekday = time_word_at(r, i, TIME_WEEKDAY);
	if (!weekday)
		return false;
	time_set_day(out, out->start / DAY_SECONDS + weekday->value);
	out->last = i;
	return true;
}

/* "la semana del 4 de mayo", "la semana que comienza el 4 de mayo" */
static bool
es_week_of(const struct time_reader *r, size_t at, struct time_span *out)
{
	static const char *const starts[] = {"comienza", "empieza", "inicia", NULL};
	struct time_span day;
	size_t i = at + is_article(r, at);
	if (!time_is(r, i, "semana"))
		return false;
	i++;
	if (time_is(r, i, "que") && time_is_any(r, i + 1, starts))
		i += 2;
	else if (time_is(r, i, "a") && time_is(r, i + 1, "partir"))
		i += 2;
	else if (!time_is(r, i, "del"))
		return false;
	i += time_is(r, i, "del") || time_is(r, i, "el");
	if (!time_date(r, i, &day) || !day.point || day.has_time)
		return false;
	int64_t of = day.start / DAY_SECONDS, monday = of - calendar_weekday(of);
	time_set_days(out, monday, monday + 7);
	out->year_said = day.year_said;
	out->last = day.last;
	return true;
}

/* "mayo del año que viene" */
static bool
es_month_of(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct time_span year;
	const struct time_word *month = time_word_at(r, at, TIME_MONTH);
	size_t i = at + 2;
	bool joined = time_is(r, at + 1, "de") || time_is(r, at + 1, "del");
	if (!month || !joined || !es_unit(r, i, &year) ||
		year.end - year.start < 365 * DAY_SECONDS ||
		year.end - year.start > 366 * DAY_SECONDS)
		return false;
	int64_t from = calendar_day(
		calendar_civil(year.start / DAY_SECONDS).year, month->value, 1);
	out->start = from * DAY_SECONDS;
	out->end = calendar_add_months(from, 1) * DAY_SECONDS;
	out->has_date = out->relative = true;
	out->last = year.last;
	return true;
}

/* "el resto de la semana", "lo que queda del mes" */
static bool
es_rest(const struct time_reader *r, size_t at, struct time_span *out)
{
	size_t i = at;
	if (time_is(r, i, "resto"))
		i++;
	else if (time_is(r, i, "lo") && time_is(r, i + 1, "que") &&
		time_is(r, i + 2, "queda"))
		i += 3;
	else
		return false;
	i += time_is(r, i, "de") || time_is(r, i, "del");
	i += is_article(r, i) || time_word_at(r, i, TIME_THIS);
	enum time_unit unit;
	if (!unit_at(r, i, &unit, &out->last) || unit <= UNIT_DAY)
		return false;
	time_unit_span(r->today, unit, 0, 1, out);
	out->start = r->today * DAY_SECONDS;
	out->relative = true;
	return true;
}

/* "más tarde esta semana", "más tarde en el año": from today on. */
static bool
es_later(const struct time_reader *r, size_t at, struct time_span *out)
{
	enum time_unit unit;
	size_t i = at + 2;
	if (!time_is(r, at, "mas") || !time_is(r, at + 1, "tarde"))
		return false;
	i += time_is(r, i, "en") || time_is(r, i, "de");
	i += is_article(r, i) || time_word_at(r, i, TIME_THIS);
	if (!unit_at(r, i, &unit, &out->last) || unit <= UNIT_DAY)
		return false;
	time_unit_span(r->today, unit, 0, 1, out);
	out->start = r->today * DAY_SECONDS;
	out->relative = true;
	return true;
}

/* "el primer trimestre de 2017": the article is a part of it. */
static bool
es_quarter(const struct time_reader *r, size_t at, struct time_span *out)
{
	int nth;
	size_t last;
	return time_is(r, at, "el") && number_ordinal(r->t, at + 1, true, &nth, &last) &&
		time_word_at(r, last + 1, TIME_UNIT) && time_date(r, at + 1, out) &&
		!out->point;
}

/* anoche, antenoche; hoy en día, ahora mismo, hoy mismo */
static bool
es_word(const struct time_reader *r, size_t at, struct time_span *out)
{
	bool last_night = time_is(r, at, "anoche"),
	     before = time_is(r, at, "antenoche") || time_is(r, at, "anteanoche");
	out->last = at;
	out->has_date = out->relative = true;
	if (last_night || before) {
		int64_t day = (r->today - (before ? 2 : 1)) * DAY_SECONDS;
		struct time_span clock;
		out->start = day + 20 * 3600;
		out->end = day + DAY_SECONDS - 1;
		out->has_time = true;
		if (time_is(r, at + 1, "a") && is_article(r, at + 2) &&
			time_clock(r, at + 3, &clock)) {
			int64_t half = clock.half_day ? 0 : DAY_SECONDS / 2;
			half = clock.start < half ? half : 0;
			out->start = day + clock.start + half;
			out->end = out->start + 1;
			out->point = out->half_day = true;
			out->last = clock.last;
		}
		return true;
	}
	bool now = time_is(r, at, "ahora") && time_is(r, at + 1, "mismo");
	bool today = time_is(r, at, "hoy") &&
		(time_is(r, at + 1, "mismo") ||
			(time_is(r, at + 1, "en") && time_is(r, at + 2, "dia")));
	if (now) {
		out->start = r->now;
		out->end = r->now + 1;
		out->has_time = out->point = out->half_day = out->seconds = true;
		out->last = at + 1;
		return true;
	}
	out->start = r->today * DAY_SECONDS;
	out->end = out->start + DAY_SECONDS;
	out->point = true;
	out->last = at + 1 + time_is(r, at + 1, "en");
	return today;
}

/* "el día siguiente", "el día anterior", "dentro de dos días a partir de mañana" is
 * text/time_point.c's. */
static bool
es_day_beside(const struct time_reader *r, size_t at, struct time_span *out)
{
	int move;
	size_t i = at + time_is(r, at, "el");
	out->last = i;
	if (!time_is(r, i, "dia") || !which_behind(r, &out->last, &move))
		return false;
	out->start = (r->today + move) * DAY_SECONDS;
	out->end = out->start + DAY_SECONDS;
	out->has_date = out->point = out->relative = true;
	return true;
}

/* "los años noventa", "la década de 1990", "los 80" */
static bool
es_decade(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct number n;
	size_t i = at + time_is(r, at, "los");
	bool years = time_is(r, i, "anos"), decade = time_is(r, i, "decada");
	if (!years && !decade)
		return false;
	i++;
	i += decade && time_is(r, i, "de");
	i += decade && (time_is(r, i, "los") || time_is(r, i, "anos"));
	if (!number_read(r->t, i, true, &n) || !n.whole)
		return false;
	int64_t year = (int64_t)n.value;
	year += year < 100 ? (year < 30 ? 2000 : 1900) : 0;
	if (year % 10 || year < 1500 || year > 2200)
		return false;
	out->last = n.last;
	out->start = calendar_day(year, 1, 1) * DAY_SECONDS;
	out->end = calendar_day(year + 10, 1, 1) * DAY_SECONDS;
	out->has_date = out->year_said = true;
	return true;
}

/* "semana 1", "semana diez", "décima semana": weeks of this year by their number. */
static bool
es_week_number(const struct time_reader *r, size_t at, struct time_span *out)
{
	struct number n;
	int nth = 0;
	if (time_is(r, at, "semana") && number_read(r->t, at + 1, true, &n) && n.whole) {
		nth = n.value <= 53 ? (int)n.value : 0;
		out->last = n.last;
	} else if (number_ordinal(r->t, at, true, &nth, &out->last) &&
		time_is(r, out->last + 1, "semana")) {
		out->last++;
	} else {
		return false;
	}
	if (nth < 1 || nth > 53)
		return false;
	/* Week 1 holds January 4. */
	int64_t fourth = calendar_day(calendar_civil(r->today).year, 1, 4);
	int64_t monday = fourth - calendar_weekday(fourth) + 7 * (nth - 1);
	out->start = monday * DAY_SECONDS;
	out->end = out->start + 7 * DAY_SECONDS;
	out->has_date = true;
	return true;
}

bool
time_date_spanish(const struct time_reader *r, size_t at, struct time_span *out)
{
	static bool (*const readings[])(const struct time_reader *, size_t,
		struct time_span *) = {es_unit, es_units, es_nth_of, es_weekday,
		es_nth_weekday, es_month_of, es_rest, es_later, es_quarter, es_word,
		es_day_beside, es_decade, es_week_number, es_week_weekday, es_week_of};
	bool found = false;
	for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++) {
		struct time_span one = {.first = at};
		if (!readings[i](r, at, &one) || (found && one.last <= out->last))
			continue;
		*out = one;
		found = true;
	}
	return found;
}

/* Minutes behind an hour: "y veinte", "menos cuarto", "y media"; gives the last token. */
static size_t
minutes_behind(const struct time_reader *r, size_t last, int *minutes)
{
	struct number n;
	size_t i = last + 1;
	bool less = time_is(r, i, "menos");
	if (!less && !time_is(r, i, "y") && !time_is(r, i, "con"))
		return last;
	if (time_is(r, i + 1, "cuarto") || time_is(r, i + 1, "media")) {
		*minutes = (time_is(r, i + 1, "media") ? 30 : 15) * (less ? -1 : 1);
		return i + 1;
	}
	if (!number_read(r->t, i + 1, true, &n) || !n.whole || n.value < 1 ||
		n.value > 59 || (n.digits && !less))
		return last;
	*minutes = (int)n.value * (less ? -1 : 1);
	return n.last + time_is(r, n.last + 1, "minutos");
}

/* "once y cuarenta", "ocho menos cuarto", "8 pm menos cuarto", "tres en punto" */
bool
time_clock_spanish(const struct time_reader *r, size_t at, struct time_span *out)
{
	static const struct {
		const char *word;
		int hour;
	} hours[] = {{"una", 1}, {"dos", 2}, {"tres", 3}, {"cuatro", 4}, {"cinco", 5},
		{"seis", 6}, {"siete", 7}, {"ocho", 8}, {"nueve", 9}, {"diez", 10},
		{"once", 11}, {"doce", 12}};
	int hour = -1, minutes = 0;
	for (size_t i = 0; i < sizeof(hours) / sizeof(*hours); i++)
		if (time_is(r, at, hours[i].word))
			hour = hours[i].hour;
	if (hour < 0 && at < r->t->n && r->t->p[at].norm.n <= 2)
		hour = time_digits_at(r, at, 24);
	if (hour < 0)
		return false;
	size_t last = at;
	bool noon =
		hour == 12 && time_is(r, at + 1, "del") && time_is(r, at + 2, "mediodia");
	if (noon) {
		*out = (struct time_span){.first = at, .last = at + 2, .has_time = true};
		out->start = 12 * 3600;
		out->end = out->start + 1;
		out->point = out->half_day = true;
		return true;
	}
	const struct time_word *half = time_word_at(r, last + 1, TIME_HALF_DAY);
	last += half != NULL;
	size_t end = minutes_behind(r, last, &minutes);
	bool sharp = time_is(r, end + 1, "en") && time_is(r, end + 2, "punto");
	if (end == last && !sharp)
		return false;
	end += sharp ? 2u : 0u;
	if (!half && (half = time_word_at(r, end + 1, TIME_HALF_DAY)))
		end++;
	if (half && hour <= 12)
		hour = hour % 12 + half->value;
	out->first = at;
	out->last = end;
	out->start = hour * 3600 + minutes * 60;
	out->start += out->start < 0 ? DAY_SECONDS : 0;
	out->end = out->start + 1;
	out->has_time = out->point = true;
	out->half_day = half != NULL || hour > 12 || hour == 0;
	return out->start < DAY_SECONDS;
}
