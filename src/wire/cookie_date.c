#include "wire/cookie_date.h"

#include <strings.h>

/* What is left of a token. */
struct span {
	const char *begin, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes `least` to `most` digits off the front; something else, or nothing, must follow them. */
static bool take_number(struct span *span, size_t least, size_t most, uint32_t *ret_value)
{
	uint32_t value = 0;
	size_t count = 0;

	while (span->begin < span->end && is_digit(*span->begin) && count <= most) {
		value = value * 10 + (uint32_t)(*span->begin++ - '0');
		count++;
	}
	if (count < least || count > most)
		return false;
	*ret_value = value;
	return true;
}

struct date {
	uint32_t hour, minute, second, day, month, year; /* month 1..12 */
	bool has_time, has_day, has_month, has_year;
};

static bool take_char(struct span *span, char c)
{
	if (span->begin == span->end || *span->begin != c)
		return false;
	span->begin++;
	return true;
}

static bool read_time(struct span token, struct date *date)
{
	return take_number(&token, 1, 2, &date->hour) && take_char(&token, ':') &&
	       take_number(&token, 1, 2, &date->minute) && take_char(&token, ':') &&
	       take_number(&token, 1, 2, &date->second);
}

static bool read_month(struct span token, struct date *date)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (uint32_t i = 0; (size_t)(token.end - token.begin) >= 3 && i < 12; i++) {
		if (strncasecmp(token.begin, months + (size_t)3 * i, 3) == 0) {
			date->month = i + 1;
			return true;
		}
	}
	return false;
}

/* Step 2: a token is the first of these that it can be and that is still missing. */
static void read_date_token(struct span token, struct date *date)
{
	struct span rest = token;

	if (!date->has_time && read_time(token, date))
		date->has_time = true;
	else if (!date->has_day && take_number(&rest, 1, 2, &date->day))
		date->has_day = true;
	else if (!date->has_month && read_month(token, date))
		date->has_month = true;
	else if (!date->has_year && take_number(&token, 2, 4, &date->year))
		date->has_year = true;
}

static bool is_date_delimiter(char c)
{
	return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') ||
	       (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

static bool is_leap(uint32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Seconds since 1970, 0 for what is before. The date exists. */
static uint64_t count_seconds(const struct date *date)
{
	static const uint16_t days_before[] = {0,   31,	 59,  90,  120, 151,
					       181, 212, 243, 273, 304, 334};
	uint32_t past = date->year - 1;
	uint64_t days;

	if (date->year < 1970)
		return 0;
	days = (uint64_t)(date->year - 1970) * 365 + (past / 4 - past / 100 + past / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
	days += days_before[date->month - 1] + (date->month > 2 && is_leap(date->year) ? 1u : 0u) +
		date->day - 1;
	return days * 86400 + date->hour * 3600 + date->minute * 60 + date->second;
}

bool cookie_date_parse(const char *text, size_t length, uint64_t *ret_wall_s)
{
	static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const char *end = text + length;
	struct date date = {0};

	while (text < end) {
		struct span token = {text, text};

		while (token.end < end && !is_date_delimiter(*token.end))
			token.end++;
		read_date_token(token, &date);
		text = token.end < end ? token.end + 1 : end;
	}
	if (!date.has_time || !date.has_day || !date.has_month || !date.has_year)
		return false;
	if (date.year < 100)
		date.year += date.year < 70 ? 2000 : 1900;
	if (date.year < 1601 || date.hour > 23 || date.minute > 59 || date.second > 59 ||
	    date.day == 0 ||
	    date.day >
		    month_days[date.month - 1] + (date.month == 2 && is_leap(date.year) ? 1u : 0u))
		return false;
	*ret_wall_s = count_seconds(&date);
	return true;
}
