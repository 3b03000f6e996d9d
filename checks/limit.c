/* How much is too much, and is this more?
 *
 * A limit is an amount, a share, or one of each. What it allows is the largest whole number that is not beyond it, so a
 * comparison is one of integers. A share is taken as billionths: what a person writes in percent (up to seven digits after the
 * point) is exact in them, where its double is not: 29% of 100 is 29, and 0.29 * 100.0 is less. A product of billionths and a
 * whole needs up to 114 bits.
 */
#include "checks/limit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BILLION 1000000000u
#define PERCENT_POINTS 7     /* digits after the point of a percentage that billionths hold */
#define PERCENT_MOST 1000000 /* more is a slip: the share of an amount that is anywhere near it is no limit */

/* What an amount is called, and how one is written. */
static const struct {
	const char *one, *many, *example;
} units[] = {
	[UNIT_SIZE] = {NULL, NULL, "50 MiB"},      [UNIT_OBJECTS] = {"object", "objects", "1000"},
	[UNIT_CYCLES] = {"cycle", "cycles", "10"}, [UNIT_REFERENCES] = {"reference", "references", "10"},
	[UNIT_NUMBER] = {NULL, NULL, "10"},
};

/* --- reading -------------------------------------------------------------------------------------------------------- */

#define TERM_LONGEST 40 /* bytes of an amount or a share */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The whole of `text` as a decimal number, exactly. */
static bool parse_digits(const char *text, int64_t *result)
{
	int64_t number = 0;
	for (const char *at = text; *at != '\0'; at++) {
		if (!is_digit(*at) || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *at - '0', &number))
			return false;
	}
	*result = number;
	return text[0] != '\0';
}

static bool parse_amount(const char *text, enum limit_unit unit, struct limit *limit)
{
	uint64_t bytes;
	if (!parse_digits(text, &limit->amount)) {
		if (unit != UNIT_SIZE || !text_parse_size(text, &bytes) || bytes > INT64_MAX)
			return false;
		limit->amount = (int64_t)bytes;
	}
	limit->has_amount = true;
	return true;
}

/* `5%`, `0.5 %`: digits, and after a point up to seven more. */
static bool parse_share(const char *text, struct limit *limit)
{
	uint64_t billionths = 0;
	size_t points = 0;
	const char *at = text;
	for (; is_digit(*at) && billionths <= PERCENT_MOST; at++)
		billionths = billionths * 10 + (uint64_t)(*at - '0');
	if (at == text || billionths > PERCENT_MOST)
		return false;
	if (*at == '.' && is_digit(at[1])) {
		for (at++; is_digit(*at) && points < PERCENT_POINTS; at++, points++)
			billionths = billionths * 10 + (uint64_t)(*at - '0');
	}
	for (; points < PERCENT_POINTS; points++)
		billionths *= 10;
	at += strspn(at, " ");
	if (strcmp(at, "%") != 0)
		return false;
	limit->share = (double)billionths / BILLION;
	limit->has_share = true;
	return true;
}

/* One amount or one share, with blanks around it and perhaps a plus before. */
static bool parse_term(const char *from, const char *end, enum limit_unit unit, struct limit *limit)
{
	while (from < end && *from == ' ')
		from++;
	while (from < end && end[-1] == ' ')
		end--;
	if (from < end && *from == '+')
		from++;
	char term[TERM_LONGEST + 1] = "";
	if ((size_t)(end - from) > TERM_LONGEST)
		return false;
	memcpy(term, from, (size_t)(end - from));
	bool share = strchr(term, '%') != NULL;
	if (share ? limit->has_share : limit->has_amount)
		return false;
	return share ? parse_share(term, limit) : parse_amount(term, unit, limit);
}

static struct error *limit_refused(const char *text, enum limit_unit unit)
{
	const char *amount = units[unit].example;
	if (unit == UNIT_SIZE)
		return error_create(ERROR_USAGE,
				    "bad limit '%s': write a size (50 MiB, 64KiB, 1000000), a share (5%%), or one of "
				    "each ('5%% and 2 MiB', '5%% or 2 MiB')",
				    text);
	return error_create(ERROR_USAGE,
			    "bad limit '%s': write a number without a unit (%s), a share (5%%), or one of each "
			    "('5%% and %s', '5%% or %s')",
			    text, amount, amount, amount);
}

struct error *limit_parse(const char *text, enum limit_unit unit, struct limit *result)
{
	struct limit limit = {0};
	const char *end = text + strlen(text);
	const char *and = strstr(text, " and ");
	const char *link = and != NULL ? and : strstr(text, " or ");
	limit.both = and != NULL;
	bool fine = parse_term(text, link != NULL ? link : end, unit, &limit);
	if (fine && link != NULL)
		fine = parse_term(link + strlen(and != NULL ? " and " : " or "), end, unit, &limit);
	if (!fine)
		return limit_refused(text, unit);
	*result = limit;
	return NULL;
}

/* --- comparing ------------------------------------------------------------------------------------------------------ */

static uint64_t share_billionths(const struct limit *limit)
{
	return (uint64_t)llround(limit->share * BILLION);
}

static int64_t share_most(const struct limit *limit, uint64_t whole)
{
	unsigned __int128 most = (unsigned __int128)share_billionths(limit) * whole / BILLION;
	return most > INT64_MAX ? INT64_MAX : (int64_t)most;
}

int64_t limit_most(const struct limit *limit, uint64_t whole)
{
	if (!limit->has_share)
		return limit->amount;
	int64_t share = share_most(limit, whole);
	if (!limit->has_amount)
		return share;
	bool amount = limit->both ? limit->amount > share : limit->amount < share;
	return amount ? limit->amount : share;
}

bool limit_exceeded(const struct limit *limit, int64_t measured, uint64_t whole)
{
	return measured > limit_most(limit, whole);
}

/* --- printing ------------------------------------------------------------------------------------------------------- */

void limit_print_amount(int64_t amount, enum limit_unit unit, bool growth, enum size_unit sizes, struct text *text)
{
	if (amount < 0 || (growth && amount > 0))
		text_add_char(text, amount < 0 ? '-' : '+');
	uint64_t absolute = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
	if (unit == UNIT_SIZE) {
		text_add_size(text, absolute, sizes);
		return;
	}
	text_add_count(text, absolute);
	if (units[unit].many != NULL)
		text_printf(text, " %s", absolute == 1 ? units[unit].one : units[unit].many);
}

/* As it was written: no digit more than it takes. */
static void share_print(const struct limit *limit, struct text *text)
{
	uint64_t billionths = share_billionths(limit), one = BILLION / 100;
	text_printf(text, "%ju", (uintmax_t)(billionths / one));
	uint64_t rest = billionths % one;
	for (uint64_t digit = one / 10; rest > 0; rest %= digit, digit /= 10)
		text_printf(text, "%s%u", digit == one / 10 ? "." : "", (unsigned)(rest / digit));
	text_add_char(text, '%');
}

void limit_print(const struct limit *limit, enum limit_unit unit, enum size_unit sizes, struct text *text)
{
	if (limit->has_share)
		share_print(limit, text);
	if (limit->has_share && limit->has_amount)
		text_add(text, limit->both ? " and " : " or ");
	if (limit->has_amount)
		limit_print_amount(limit->amount, unit, false, sizes, text);
}
