#include "analyzer/render.h"

#include "tests/analyzer/help_report.h"
#include "tests/test.h"

#include <string.h>

HEAP_TEST(render_csv, prints_the_table_with_plain_numbers)
{
	static const char *const names[] = {"plum", "a,\"b\"", "=cmd()"};
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	help_table(&report, names, 3);
	assert_ok(render_csv(&report, &out));
	cr_assert_str_eq(text_string(&out), "type,count,size_delta,share,id\r\n"
					    "plum,1,1,0.125000,\r\n"
					    "\"a,\"\"b\"\"\",2,-2,0.125000,\r\n"
					    "'=cmd(),3,3,0.125000,\r\n");
}

HEAP_TEST(render_csv, lists_a_report_of_several_sections)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	struct section *facts = report_section(&report, "process", "process");
	section_fact(&report, facts, "pid", "pid", VALUE_NUMBER, cell_number(4711));
	section_fact(&report, facts, "rss", "RSS", VALUE_SIZE, (struct cell){.present = false});
	static const char *const names[] = {"plum"};
	help_table(&report, names, 1)->name = "fruit";
	assert_ok(render_csv(&report, &out));
	cr_assert_str_eq(text_string(&out), "section,row,field,value\r\n"
					    "process,,pid,4711\r\n"
					    "fruit,plum,count,1\r\n"
					    "fruit,plum,size_delta,1\r\n"
					    "fruit,plum,share,0.125000\r\n");
}

/* A bar is drawn from a number that another field has. */
HEAP_TEST(render_csv, leaves_bars_out)
{
	static const struct field fields[] = {{"name", "", VALUE_TEXT, RANK_ALWAYS, false},
					      {"bar", "", VALUE_BAR, RANK_ALWAYS, false},
					      {"size", "size", VALUE_SIZE, RANK_ALWAYS, false}};
	AUTO(report) struct report report;
	AUTO(text) struct text csv = {0}, json = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&csv);
	text_init(&json);
	struct section *table = report_section(&report, "rows", NULL);
	for (size_t i = 0; i < 3; i++)
		section_field(&report, table, &fields[i]);
	struct cell *row = section_row(&report, table);
	row_set(row, 0, report_string(&report, "plum"));
	row_set(row, 1, cell_bar(0, 7, 14));
	row_set(row, 2, cell_number(7));
	assert_ok(render_csv(&report, &csv));
	cr_assert_str_eq(text_string(&csv), "name,size\r\nplum,7\r\n");
	assert_ok(render_json(&report, &json));
	cr_assert(strstr(text_string(&json), "\"size\": 7") != NULL && strstr(text_string(&json), "bar") == NULL);
	table->name = "fruit";
	text_deinit(&csv);
	text_init(&csv);
	assert_ok(render_csv(&report, &csv));
	cr_assert_str_eq(text_string(&csv), "section,row,field,value\r\nfruit,plum,size,7\r\n");
}

/* What is for people alone is in another section, or another field. */
HEAP_TEST(render_csv, leaves_out_what_is_for_people)
{
	AUTO(report) struct report report;
	AUTO(text) struct text csv = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&csv);
	struct section *told = report_section(&report, "told", "told");
	section_fact(&report, told, "fruit", "fruit", VALUE_TEXT, report_string(&report, "fig"));
	told->for_people = true;
	struct section *facts = report_section(&report, "totals", NULL);
	section_fact(&report, facts, "shown", NULL, VALUE_AMOUNT, report_string(&report, "5 figs"));
	section_fact(&report, facts, "command", NULL, VALUE_COMMAND, report_string(&report, "=wash"));
	assert_ok(render_csv(&report, &csv));
	cr_assert_str_eq(text_string(&csv), "section,row,field,value\r\ntotals,,command,'=wash\r\n");
}
