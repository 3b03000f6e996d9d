/* Limits: what can be written, and what is beyond one, to the unit. */
#include "checks/limit.h"

#include "tests/test.h"

#include <stdio.h>

static struct limit help_limit(const char *text, enum limit_unit unit)
{
	struct limit limit = {0};
	assert_ok(limit_parse(text, unit, &limit));
	return limit;
}

static void check_printed(const char *text, enum limit_unit unit, const char *expected)
{
	struct limit limit = help_limit(text, unit);
	AUTO(text) struct text printed;
	text_init(&printed);
	limit_print(&limit, unit, SIZE_BINARY, &printed);
	cr_assert_str_eq(text_string(&printed), expected, "'%s' is printed as '%s', not '%s'", text,
			 text_string(&printed), expected);
}

HEAP_TEST(limit, is_an_amount_a_share_or_one_of_each)
{
	struct limit amount = help_limit("50 MiB", UNIT_SIZE);
	cr_assert(amount.has_amount && !amount.has_share && amount.amount == 50 << 20);
	struct limit count = help_limit("1000", UNIT_OBJECTS);
	cr_assert(count.has_amount && !count.has_share && count.amount == 1000);
	struct limit share = help_limit("5%", UNIT_OBJECTS);
	cr_assert(!share.has_amount && share.has_share && share.share == 0.05);
	struct limit both = help_limit("5% and 2 MiB", UNIT_SIZE);
	cr_assert(both.has_amount && both.has_share && both.both && both.amount == 2 << 20 && both.share == 0.05);
	struct limit either = help_limit("+2MiB or +0.5 %", UNIT_SIZE);
	cr_assert(either.has_amount && either.has_share && !either.both && either.amount == 2 << 20 &&
		  either.share == 0.005);
}

HEAP_TEST(limit, prints_what_was_written)
{
	check_printed("52428800", UNIT_SIZE, "50.0 MiB");
	check_printed("+2 MiB", UNIT_SIZE, "2.0 MiB");
	check_printed("0", UNIT_SIZE, "0 B");
	check_printed("1000", UNIT_OBJECTS, "1,000 objects");
	check_printed("1", UNIT_OBJECTS, "1 object");
	check_printed("0", UNIT_CYCLES, "0 cycles");
	check_printed("1", UNIT_REFERENCES, "1 reference");
	check_printed("7", UNIT_NUMBER, "7");
	check_printed("5%", UNIT_SIZE, "5%");
	check_printed("0.5%", UNIT_SIZE, "0.5%");
	check_printed("12.0500001 %", UNIT_SIZE, "12.0500001%");
	check_printed("1000000%", UNIT_SIZE, "1000000%");
	check_printed("2 MiB and 5%", UNIT_SIZE, "5% and 2.0 MiB");
	check_printed("5% or 100", UNIT_OBJECTS, "5% or 100 objects");
}

HEAP_TEST(limit, refuses_what_is_none_and_says_what_is)
{
	static const char *const bad[] = {
		"",
		" ",
		"+",
		"%",
		"MiB",
		"-1",
		"-5%",
		"5 MB x",
		"50 mib",
		"5 %%",
		"5%5",
		".5%",
		"5.%",
		"1e2%",
		"0.12345678%",
		"1000001%",
		"99999999999999999999%",
		"nan",
		"inf",
		"0x10",
		"9223372036854775808",
		"8 EiB",
		"5% and",
		"and 5%",
		"5% and 5%",
		"1 MiB or 2 MiB",
		"5% and 2 MiB and 3 MiB",
		"5% and 2 MiB or 3",
		"5% xor 2 MiB",
		"++1",
		"1 000",
		"00000000000000000000000000000000000000001",
		"1\n",
		"5%and 2 MiB",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct limit limit = {.amount = 77};
		AUTO(error) struct error *error = limit_parse(bad[i], UNIT_SIZE, &limit);
		cr_assert_not_null(error, "'%s' is taken", bad[i]);
		cr_assert_eq(error->code, ERROR_USAGE);
		cr_assert_not_null(strstr(error->message, "50 MiB"), "%s", error->message);
		cr_assert_eq(limit.amount, 77, "untouched");
	}
	struct limit limit;
	assert_error_says(limit_parse("10 MiB", UNIT_OBJECTS, &limit), ERROR_USAGE, "number without a unit (1000)");
	assert_error_says(limit_parse("1.5", UNIT_OBJECTS, &limit), ERROR_USAGE, "bad limit '1.5'");
	assert_error_says(limit_parse("3 cycles", UNIT_CYCLES, &limit), ERROR_USAGE, "without a unit");
}

HEAP_TEST(limit, of_an_amount_is_exceeded_by_one_more)
{
	struct limit limit = help_limit("1000", UNIT_OBJECTS);
	cr_assert_not(limit_exceeded(&limit, 1000, 0));
	cr_assert(limit_exceeded(&limit, 1001, UINT64_MAX));
	cr_assert_not(limit_exceeded(&limit, -5, 0));
	cr_assert_eq(limit_most(&limit, 0), 1000);
	struct limit large = help_limit("9223372036854775806", UNIT_SIZE);
	cr_assert_not(limit_exceeded(&large, INT64_MAX - 1, 0), "each digit counts");
	cr_assert(limit_exceeded(&large, INT64_MAX, 0));
	struct limit none = help_limit("0", UNIT_SIZE);
	cr_assert(limit_exceeded(&none, 1, 0) && !limit_exceeded(&none, 0, 0) && !limit_exceeded(&none, INT64_MIN, 0));
}

/* For doubles, 0.29 * 100 is less than 29 and 0.07 * 100 more than 7. */
HEAP_TEST(limit, of_a_share_is_decided_by_no_rounding)
{
	for (int percent = 0; percent <= 200; percent++) {
		char text[16];
		snprintf(text, sizeof text, "%d%%", percent);
		struct limit limit = help_limit(text, UNIT_OBJECTS);
		for (uint64_t hundreds = 1; hundreds < 40000000000000000u; hundreds *= 7) {
			int64_t most = (int64_t)hundreds * percent;
			cr_assert_eq(limit_most(&limit, 100 * hundreds), most, "%d%% of %ju", percent,
				     (uintmax_t)(100 * hundreds));
			cr_assert(!limit_exceeded(&limit, most, 100 * hundreds) &&
				  limit_exceeded(&limit, most + 1, 100 * hundreds));
		}
	}
	struct limit third = help_limit("33.3333333%", UNIT_OBJECTS);
	cr_assert_eq(limit_most(&third, 3), 0, "one of three is more than that");
	struct limit all = help_limit("1000000%", UNIT_OBJECTS);
	cr_assert_eq(limit_most(&all, UINT64_MAX), INT64_MAX);
	cr_assert_eq(limit_most(&all, 0), 0);
}

HEAP_TEST(limit, of_both_is_exceeded_beyond_both_and_of_either_beyond_one)
{
	struct limit both = help_limit("5% and 2000", UNIT_SIZE);
	cr_assert_eq(limit_most(&both, 10000), 2000);
	cr_assert_eq(limit_most(&both, 100000), 5000);
	struct limit either = help_limit("5% or 2000", UNIT_SIZE);
	cr_assert_eq(limit_most(&either, 10000), 500);
	cr_assert_eq(limit_most(&either, 100000), 2000);
	cr_assert(limit_exceeded(&either, 501, 10000) && !limit_exceeded(&both, 501, 10000));
}

static void check_amount(int64_t amount, enum limit_unit unit, bool growth, enum size_unit sizes, const char *expected)
{
	AUTO(text) struct text text;
	text_init(&text);
	limit_print_amount(amount, unit, growth, sizes, &text);
	cr_assert_str_eq(text_string(&text), expected);
}

HEAP_TEST(limit, prints_amounts_with_their_unit_and_growth_with_a_sign)
{
	check_amount(64172851, UNIT_SIZE, false, SIZE_BINARY, "61.2 MiB");
	check_amount(64172851, UNIT_SIZE, true, SIZE_BINARY, "+61.2 MiB");
	check_amount(-2048, UNIT_SIZE, true, SIZE_BINARY, "-2.0 KiB");
	check_amount(2000, UNIT_SIZE, false, SIZE_SI, "2.0 kB");
	check_amount(2000, UNIT_SIZE, false, SIZE_BYTES, "2000");
	check_amount(0, UNIT_SIZE, true, SIZE_BINARY, "0 B");
	check_amount(1, UNIT_OBJECTS, false, SIZE_BINARY, "1 object");
	check_amount(-1, UNIT_OBJECTS, true, SIZE_BINARY, "-1 object");
	check_amount(1234, UNIT_OBJECTS, true, SIZE_BINARY, "+1,234 objects");
	check_amount(3, UNIT_CYCLES, false, SIZE_BINARY, "3 cycles");
	check_amount(-5, UNIT_NUMBER, false, SIZE_BINARY, "-5");
	check_amount(INT64_MIN, UNIT_NUMBER, false, SIZE_BINARY, "-9,223,372,036,854,775,808");
}
