#include "analyzer/types.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

static const char *const heap = "object 0x100 dict size=100\nobject 0x200 app.A size=10\nobject 0x300 dict size=200\n"
				"object 0x400 app.A size=0x200000000\n";

HEAP_TEST(types, add_up_by_name)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, heap);
	struct type_total totals[2] = {{.count = 99}};
	types_count(loaded.graph, &loaded.names.facts[0], loaded.names.count, totals);
	label_id a = help_label(&loaded.names, "app.A"), dict = help_label(&loaded.names, "dict");
	cr_assert_eq(totals[a].count, 2);
	cr_assert_eq(totals[a].size, 0x200000000 + 10);
	cr_assert_eq(totals[dict].count, 2);
	cr_assert_eq(totals[dict].size, 300);
}

HEAP_TEST(types, report_only_those_selected_with_their_share_of_all)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x100 dict size=100\nobject 0x200 app.A size=300\ntype app.Unused\n");
	struct type_total totals[3];
	types_count(loaded.graph, &loaded.names.facts[0], loaded.names.count, totals);
	bool selected[3] = {false};
	selected[help_label(&loaded.names, "dict")] = true;
	AUTO(report) struct report report;
	report_init(&report, "types", SIZE_BINARY);
	struct types_table request = {.count = loaded.names.count,
				      .labels = loaded.names.labels,
				      .totals = totals,
				      .selected = selected,
				      .all = 400};
	types_report(&report, &request);
	assert_ok(report_error(&report));
	struct section *table = report_find(&report, "rows");
	cr_assert_eq(table->rows.count, 1);
	cr_assert_str_eq(table->rows.items[0].cells[0].text, "dict");
	cr_assert_float_eq(table->rows.items[0].cells[3].share, 0.25, 1e-9);
	cr_assert_str_eq(table->total[0].text, "1 type");
	cr_assert_eq(table->total[2].number, 100);
}
