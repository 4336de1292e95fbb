/*
 * Durations and instants, by arithmetic alone: the C library's calendar would
 * open a time-zone file and look at the locale.  Days are counted from
 * 0000-01-01 of the Gregorian calendar carried backwards, so that every year
 * that RFC 3339 can write is positive.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "timefmt.h"

#define DAY_S 86400
#define DAYS_TO_1970 719528
#define INSTANT_MIN_MS (-(int64_t)DAYS_TO_1970 * DAY_S * 1000)
#define INSTANT_MAX_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* Largest first. */
static const struct {
	char letter;
	uint32_t seconds;
} units[] = { { 'd', DAY_S }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
#define UNITS (sizeof(units) / sizeof(units[0]))

bool
duration_parse(uint32_t *seconds, const char *text)
{
	uint64_t v = 0;
	uint32_t unit = 1;
	const char *at;

	for (at = text; *at >= '0' && *at <= '9'; at++) {
		v = v * 10 + (uint64_t)(*at - '0');
		if (v > UINT32_MAX)
			return false;
	}
	if (at == text)
		return false;
	if (*at != '\0') {
		size_t i = 0;

		while (i < UNITS && units[i].letter != *at)
			i++;
		if (i == UNITS || at[1] != '\0')
			return false;
		unit = units[i].seconds;
	}
	if (v * unit > UINT32_MAX)
		return false;
	*seconds = (uint32_t)(v * unit);
	return true;
}

const char *
duration_print(uint32_t seconds, char buf[DURATION_STRLEN])
{
	size_t i = 0;

	while (units[i].letter != 's' &&
	    (seconds == 0 || seconds % units[i].seconds != 0))
		i++;
	snprintf(buf, DURATION_STRLEN, "%" PRIu32 "%c",
	    seconds / units[i].seconds, units[i].letter);
	return buf;
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* month from 1 */
static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* From 0000-01-01 to the first of the year; year 0 is a leap year. */
static int64_t
days_before_year(int year)
{
	return (int64_t)year * 365 + (year + 3) / 4 - (year + 99) / 100 +
	    (year + 399) / 400;
}

struct date {
	int year, month, day;
};

static struct date
date_from_days(int64_t days)
{
	struct date d = { .year = (int)(days / 366), .month = 1 };

	while (days_before_year(d.year + 1) <= days)
		d.year++;
	days -= days_before_year(d.year);
	while (days >= days_in_month(d.year, d.month)) {
		days -= days_in_month(d.year, d.month);
		d.month++;
	}
	d.day = (int)days + 1;
	return d;
}

static int64_t
days_from_date(const struct date *d)
{
	int64_t days = days_before_year(d->year) + d->day - 1;

	for (int month = 1; month < d->month; month++)
		days += days_in_month(d->year, month);
	return days;
}

/* value in exactly count digits and a character; gives the place behind. */
static char *
put_digits(char *at, int count, int64_t value, char behind)
{
	for (int i = count; i > 0; i--, value /= 10)
		at[i - 1] = (char)('0' + value % 10);
	at[count] = behind;
	return at + count + 1;
}

const char *
instant_print(int64_t wall_ms, char buf[INSTANT_STRLEN])
{
	char *at = buf;
	int64_t ms, s;
	struct date d;

	if (wall_ms < INSTANT_MIN_MS)
		wall_ms = INSTANT_MIN_MS;
	if (wall_ms > INSTANT_MAX_MS)
		wall_ms = INSTANT_MAX_MS;
	ms = wall_ms - INSTANT_MIN_MS;
	s = ms / 1000;
	d = date_from_days(s / DAY_S);
	at = put_digits(at, 4, d.year, '-');
	at = put_digits(at, 2, d.month, '-');
	at = put_digits(at, 2, d.day, 'T');
	at = put_digits(at, 2, s % DAY_S / 3600, ':');
	at = put_digits(at, 2, s % 3600 / 60, ':');
	at = put_digits(at, 2, s % 60, '.');
	at = put_digits(at, 3, ms % 1000, 'Z');
	*at = '\0';
	return buf;
}

/* Exactly count digits at *text, which moves behind them. */
static bool
get_digits(const char **text, int count, int *value)
{
	*value = 0;
	for (; count > 0; count--, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (**text - '0');
	}
	return true;
}

/* One of the characters in set at *text, which moves behind it. */
static bool
get_one_of(const char **text, const char *set)
{
	if (**text == '\0' || strchr(set, **text) == NULL)
		return false;
	(*text)++;
	return true;
}

static bool
get_date(const char **text, struct date *d)
{
	return get_digits(text, 4, &d->year) && get_one_of(text, "-") &&
	    get_digits(text, 2, &d->month) && get_one_of(text, "-") &&
	    get_digits(text, 2, &d->day) && d->month >= 1 && d->month <= 12 &&
	    d->day >= 1 && d->day <= days_in_month(d->year, d->month);
}

/* The second 60 is a leap second: it is there at the end of an hour only. */
static bool
get_time(const char **text, int *seconds)
{
	int h, m, s;

	if (!get_digits(text, 2, &h) || !get_one_of(text, ":") ||
	    !get_digits(text, 2, &m) || !get_one_of(text, ":") ||
	    !get_digits(text, 2, &s))
		return false;
	*seconds = h * 3600 + m * 60 + s;
	return h < 24 && m < 60 && (s < 60 || (s == 60 && m == 59));
}

/* An optional fraction; what is finer than a millisecond is cut off. */
static bool
get_fraction(const char **text, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (!get_one_of(text, "."))
		return true;
	if (**text < '0' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; (*text)++, scale /= 10)
		*ms += scale * (**text - '0');
	return true;
}

static bool
get_offset(const char **text, int *seconds)
{
	bool west = **text == '-';
	int h, m;

	*seconds = 0;
	if (get_one_of(text, "Zz"))
		return true;
	if (!get_one_of(text, "+-") || !get_digits(text, 2, &h) ||
	    !get_one_of(text, ":") || !get_digits(text, 2, &m))
		return false;
	*seconds = (h * 3600 + m * 60) * (west ? -1 : 1);
	return h < 24 && m < 60;
}

bool
instant_parse(int64_t *wall_ms, const char *text)
{
	int seconds, ms, offset;
	struct date d;
	int64_t days;

	if (!get_date(&text, &d) || !get_one_of(&text, "Tt") ||
	    !get_time(&text, &seconds) || !get_fraction(&text, &ms) ||
	    !get_offset(&text, &offset) || *text != '\0')
		return false;
	days = days_from_date(&d) - DAYS_TO_1970;
	*wall_ms = (days * DAY_S + seconds - offset) * 1000 + ms;
	return true;
}
