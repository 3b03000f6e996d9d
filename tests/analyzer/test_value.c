#include "analyzer/value.h"

#include "tests/test.h"

static void check(enum value_kind kind, struct cell cell, const char *printed, const char *plain)
{
	AUTO(text) struct text text = {0}, bare = {0};
	text_init(&text);
	text_init(&bare);
	value_print(&text, kind, &cell, SIZE_BINARY);
	value_print_plain(&bare, kind, &cell);
	cr_assert_str_eq(text_string(&text), printed);
	cr_assert_str_eq(text_string(&bare), plain);
}

HEAP_TEST(value, reads_well_and_plainly)
{
	check(VALUE_TEXT, (struct cell){.present = true, .text = "a\033b", .length = 3}, "a\\x1Bb", "a\033b");
	check(VALUE_NUMBER, cell_number(4711), "4711", "4711");
	check(VALUE_INTEGER, cell_delta(-4711), "-4711", "-4711");
	check(VALUE_REAL, cell_share(0.1), "0.1", "0.1");
	check(VALUE_REAL, cell_share(-1e300), "-1e+300", "-1e+300");
	check(VALUE_REAL, cell_share(0.1 + 0.2), "0.30000000000000004", "0.30000000000000004");
	check(VALUE_COUNT, cell_number(1234567), "1,234,567", "1234567");
	check(VALUE_COUNT_DELTA, cell_delta(1234), "+1,234", "1234");
	check(VALUE_COUNT_DELTA, cell_delta(0), "0", "0");
	check(VALUE_SIZE, cell_number(1536), "1.5 KiB", "1536");
	check(VALUE_SIZE_DELTA, cell_delta(-1536), "-1.5 KiB", "-1536");
	check(VALUE_SHARE, cell_share(0.25), "25.0%", "0.250000");
	check(VALUE_SHARE, cell_share(0.0001), "<0.1%", "0.000100");
	check(VALUE_SHARE, cell_share(0), "0.0%", "0.000000");
	check(VALUE_DURATION, cell_number(121000000), "121.0 ms", "121000000");
	check(VALUE_TIME, cell_number(1795173600000000000), "2026-11-20 11:20:00 UTC", "1795173600000000000");
	check(VALUE_BOOL, cell_number(1), "yes", "true");
	check(VALUE_COMMAND, (struct cell){.present = true, .text = "ls \033", .length = 4}, "ls \\x1B", "ls \033");
	check(VALUE_AMOUNT, (struct cell){.present = true, .text = "1.5 KiB", .length = 7}, "1.5 KiB", "1.5 KiB");
	check(VALUE_COUNT, (struct cell){.present = false}, "", "");
}

/* Of 24 columns; the numbers are another field's. */
HEAP_TEST(value, draws_bars)
{
	check(VALUE_BAR, cell_bar(0, 1, 2), "████████████", "0.500000");
	check(VALUE_BAR, cell_bar(1, 1, 4), "      ██████", "0.250000");
	check(VALUE_BAR, cell_bar(0, 1, 48), "▌", "0.020833");
	check(VALUE_BAR, cell_bar(0, 0, 48), "", "0.000000");
	check(VALUE_BAR, cell_bar(12, 0, 48), "", "0.000000");
	check(VALUE_BAR, cell_bar(0, 1, 1000000), "▏", "0.000001");
	check(VALUE_BAR, cell_bar(1000000, 1, 1000000), "                       ▏", "0.000001");
	check(VALUE_BAR, cell_bar(3, 3, 4), "                  ██████", "0.750000");
	check(VALUE_BAR, cell_bar(0, 8, 4), "████████████████████████", "2.000000");
	cr_assert_not(cell_bar(0, 1, 0).present);
}

HEAP_TEST(value, differences_saturate)
{
	cr_assert_eq(cell_difference(5, 3).delta, -2);
	cr_assert_eq(cell_difference(3, 5).delta, 2);
	cr_assert_eq(cell_difference(0, UINT64_MAX).delta, INT64_MAX);
	cr_assert_eq(cell_difference(UINT64_MAX, 0).delta, -INT64_MAX);
	cr_assert_not(cell_share_of(1, 0).present);
}

HEAP_TEST(value, compares_by_kind)
{
	struct cell small = cell_delta(-1), great = cell_delta(1), absent = {.present = false};
	cr_assert_lt(value_compare(VALUE_SIZE_DELTA, &small, &great), 0);
	/* The same bits as unsigned numbers are the other way round. */
	cr_assert_gt(value_compare(VALUE_SIZE, &small, &great), 0);
	cr_assert_lt(value_compare(VALUE_SIZE_DELTA, &absent, &small), 0);
	cr_assert_eq(value_compare(VALUE_SIZE_DELTA, &absent, &absent), 0);
	struct cell a = {.present = true, .text = "ab", .length = 2}, b = {.present = true, .text = "abc", .length = 3};
	cr_assert_lt(value_compare(VALUE_TEXT, &a, &b), 0);
	cr_assert_eq(value_compare(VALUE_TEXT, &b, &b), 0);
}
