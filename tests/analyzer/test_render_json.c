#include "analyzer/render.h"

#include "tests/analyzer/help_report.h"
#include "tests/test.h"

HEAP_TEST(render_json, prints_one_document)
{
	static const char *const names[] = {"plum", "bad \xff\033", "fig"};
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0}, verdict = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	text_init(&verdict);
	text_add(&verdict, "three fruits");
	report_set_verdict(&report, &verdict);
	report_remark(&report, REMARK_WARNING, "eat %d", 3);
	report_remark(&report, REMARK_CAUTION, "unripe");
	struct section *facts = report_section(&report, "totals", NULL);
	section_fact(&report, facts, "whole", NULL, VALUE_BOOL, cell_number(1));
	section_fact(&report, facts, "huge", NULL, VALUE_SIZE, cell_number(UINT64_MAX));
	struct section *table = help_table(&report, names, 3);
	row_set(section_total(&report, table), 1, cell_number(6));
	section_fold(&report, table, 2, "fruit");
	assert_ok(render_json(&report, &out));
	cr_assert_str_eq(text_string(&out), "{\n"
					    "  \"schema\": \"heapdiff.test/1\",\n"
					    "  \"verdict\": \"three fruits\",\n"
					    "  \"details\": [],\n"
					    "  \"notes\": [],\n"
					    "  \"warnings\": [\n"
					    "    \"unripe\",\n"
					    "    \"eat 3\"\n"
					    "  ],\n"
					    "  \"totals\": {\n"
					    "    \"whole\": true,\n"
					    "    \"huge\": 9223372036854775807\n"
					    "  },\n"
					    "  \"rows\": [\n"
					    "    {\n"
					    "      \"type\": \"plum\",\n"
					    "      \"count\": 1,\n"
					    "      \"size_delta\": 1,\n"
					    "      \"share\": 0.125\n"
					    "    },\n"
					    "    {\n"
					    "      \"type\": \"bad \\\\xFF\\\\x1B\",\n"
					    "      \"count\": 2,\n"
					    "      \"size_delta\": -2,\n"
					    "      \"share\": 0.125\n"
					    "    }\n"
					    "  ],\n"
					    "  \"rows_left_out\": 1,\n"
					    "  \"left_out\": {\n"
					    "    \"count\": 3,\n"
					    "    \"size_delta\": 3,\n"
					    "    \"share\": 0.125\n"
					    "  },\n"
					    "  \"total\": {\n"
					    "    \"count\": 6\n"
					    "  }\n"
					    "}\n");
}

/* Bytes and counts that have been divided stay what they are; a share is no more exact than it is read. */
HEAP_TEST(render_json, writes_numbers_in_full_and_shares_in_short)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	struct section *facts = report_section(&report, "totals", NULL);
	section_fact(&report, facts, "mean", NULL, VALUE_REAL, cell_share(123456789012.5));
	section_fact(&report, facts, "sum", NULL, VALUE_REAL, cell_share(0.1 + 0.2));
	section_fact(&report, facts, "share", NULL, VALUE_SHARE, cell_share(1.0 / 3));
	assert_ok(render_json(&report, &out));
	cr_assert_not_null(strstr(text_string(&out), "\"mean\": 123456789012.5,\n"));
	cr_assert_not_null(strstr(text_string(&out), "\"sum\": 0.3,\n"));
	cr_assert_not_null(strstr(text_string(&out), "\"share\": 0.333333\n"));
}

HEAP_TEST(render_json, leaves_out_what_is_for_people)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	struct section *told = report_section(&report, "told", "told");
	section_fact(&report, told, "fruit", "fruit", VALUE_TEXT, report_string(&report, "fig"));
	told->for_people = true;
	struct section *facts = report_section(&report, "totals", NULL);
	section_fact(&report, facts, "shown", NULL, VALUE_AMOUNT, report_string(&report, "5 figs"));
	section_fact(&report, facts, "command", NULL, VALUE_COMMAND, report_string(&report, "wash \xff"));
	assert_ok(render_json(&report, &out));
	cr_assert_str_eq(text_string(&out), "{\n"
					    "  \"schema\": \"heapdiff.test/1\",\n"
					    "  \"details\": [],\n"
					    "  \"notes\": [],\n"
					    "  \"warnings\": [],\n"
					    "  \"totals\": {\n"
					    "    \"command\": \"wash \\\\xFF\"\n"
					    "  }\n"
					    "}\n");
}

HEAP_TEST(render_json, has_plain_facts_beside_tables)
{
	AUTO(report) struct report report;
	AUTO(text) struct text out = {0};
	report_init(&report, "test", SIZE_BINARY);
	text_init(&out);
	struct section *head = report_section(&report, "head", NULL);
	head->plain = true;
	section_fact(&report, head, "runs", NULL, VALUE_COUNT, cell_number(8));
	assert_ok(render_json(&report, &out));
	cr_assert_not_null(strstr(text_string(&out), "\n  \"runs\": 8\n}\n"));
}
