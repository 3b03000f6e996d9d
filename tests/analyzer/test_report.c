#include "analyzer/report.h"

#include "tests/analyzer/help_report.h"
#include "tests/test.h"

static const char *const fruit[] = {"plum", "apple", "quince", "fig"};

static const char *name_of(const struct section *table, size_t row)
{
	return table->rows.items[row].cells[0].text;
}

HEAP_TEST(report, sorts_numbers_down_and_text_up)
{
	AUTO(report) struct report report;
	report_init(&report, "test", SIZE_BINARY);
	struct section *table = help_table(&report, fruit, 4);
	assert_ok(section_sort(&report, table, "count"));
	cr_assert_str_eq(name_of(table, 0), "fig");
	assert_ok(section_sort(&report, table, "-count"));
	cr_assert_str_eq(name_of(table, 0), "plum");
	assert_ok(section_sort(&report, table, "size_delta"));
	cr_assert_str_eq(name_of(table, 0), "quince");
	cr_assert_str_eq(name_of(table, 3), "fig");
	assert_ok(section_sort(&report, table, "type"));
	cr_assert_str_eq(name_of(table, 0), "apple");
	assert_ok(section_sort(&report, table, "-type"));
	cr_assert_str_eq(name_of(table, 0), "quince");
	assert_ok(report_error(&report));
}

HEAP_TEST(report, sorts_by_a_heading_too)
{
	AUTO(report) struct report report;
	report_init(&report, "test", SIZE_BINARY);
	struct section *table = help_table(&report, fruit, 4);
	assert_ok(section_sort(&report, table, "objects"));
	cr_assert_str_eq(name_of(table, 0), "fig");
	assert_ok(section_sort(&report, table, "-objects"));
	cr_assert_str_eq(name_of(table, 0), "plum");
	assert_error_says(section_sort(&report, table, "objcets"), ERROR_USAGE, "did you mean 'objects'?");
	assert_error_says(section_sort(&report, table, ""), ERROR_USAGE, "no column ''");
}

HEAP_TEST(report, equal_rows_keep_their_order)
{
	AUTO(report) struct report report;
	report_init(&report, "test", SIZE_BINARY);
	struct section *table = help_table(&report, fruit, 4);
	assert_ok(section_sort(&report, table, "share"));
	for (size_t i = 0; i < 4; i++)
		cr_assert_str_eq(name_of(table, i), fruit[i]);
}

HEAP_TEST(report, names_the_nearest_column)
{
	AUTO(report) struct report report;
	report_init(&report, "test", SIZE_BINARY);
	struct section *table = help_table(&report, fruit, 4);
	assert_error_says(section_sort(&report, table, "cuont"), ERROR_USAGE, "did you mean 'count'?");
	assert_error_says(section_sort(&report, table, "\033[2J"), ERROR_USAGE, "'\\x1B[2J'");
}

HEAP_TEST(report, folds_what_is_left_into_one_row)
{
	AUTO(report) struct report report;
	report_init(&report, "test", SIZE_BINARY);
	struct section *table = help_table(&report, fruit, 4);
	section_fold(&report, table, 4, "fruit");
	cr_assert_null(table->left_out);
	section_fold(&report, table, 1, "fruit");
	cr_assert_eq(table->rows.count, 1);
	cr_assert_eq(table->left_out_count, 3);
	cr_assert_str_eq(table->left_out[0].text, "(3 more fruits)");
	cr_assert_eq(table->left_out[1].number, 2 + 3 + 4);
	cr_assert_eq(table->left_out[2].delta, -2 + 3 - 4);
	cr_assert_float_eq(table->left_out[3].share, 0.375, 1e-9);
	cr_assert_not(table->left_out[4].present);
}

HEAP_TEST(report, adding_up_saturates)
{
	AUTO(report) struct report report;
	report_init(&report, "test", SIZE_BINARY);
	struct section *table = help_table(&report, fruit, 3);
	for (size_t i = 0; i < 3; i++) {
		table->rows.items[i].cells[1] = cell_number(UINT64_MAX - 1);
		table->rows.items[i].cells[2] = cell_delta(INT64_MIN + 1);
	}
	section_fold(&report, table, 0, "fruit");
	cr_assert_eq(table->left_out[1].number, UINT64_MAX);
	cr_assert_eq(table->left_out[2].delta, INT64_MIN);
}

HEAP_TEST(report, takes_no_section_for_an_answer)
{
	AUTO(report) struct report report;
	report_init(&report, "test", SIZE_BINARY);
	row_set(section_row(&report, NULL), 0, cell_number(1));
	section_fact(&report, NULL, "x", "x", VALUE_COUNT, cell_number(1));
	cr_assert(section_empty(NULL));
	cr_assert_null(report_find(&report, "rows"));
	assert_ok(report_error(&report));
}

HEAP_TEST(report, says_when_memory_ran_out)
{
	AUTO(report) struct report report;
	report_init(&report, "test", SIZE_BINARY);
	struct text lost = {.failed = true};
	report_set_verdict(&report, &lost);
	assert_error(report_error(&report), ERROR_MEMORY);
}

HEAP_TEST(report, begins_remarks_with_counts_that_can_be_read)
{
	AUTO(report) struct report report;
	report_init(&report, "top", SIZE_BINARY);
	report_remark_count(&report, REMARK_NOTE, 1234567, "more are %s", "not shown");
	report_remark(&report, REMARK_WARNING, "%s", "as it is");
	cr_assert_str_eq(report.remarks.items[0].text, "1,234,567 more are not shown");
	cr_assert_str_eq(report.remarks.items[1].text, "as it is");
}
