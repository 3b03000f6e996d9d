#include "analyzer/row_tree.h"

#include "analyzer/render.h"
#include "tests/test.h"

#include <locale.h>
#include <string.h>

static const struct field fields[] = {{"path", "path", VALUE_TEXT, RANK_ALWAYS, false},
				      {"count", "objects", VALUE_COUNT, RANK_ALWAYS, true}};

static size_t add(struct report *report, struct section *table, size_t parent, const char *name, uint64_t count)
{
	struct cell *row = section_child(report, table, parent);
	row_set(row, 0, report_string(report, name));
	row_set(row, 1, cell_number(count));
	return table->rows.count - 1;
}

static struct section *begin(struct report *report)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	report_init(report, "test", SIZE_BINARY);
	struct section *table = report_section(report, "rows", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		section_field(report, table, &fields[i]);
	return table;
}

static struct section *fill(struct report *report)
{
	struct section *table = begin(report);
	size_t app = add(report, table, ROW_NONE, "app", 5);
	size_t cache = add(report, table, app, ".CACHE", 2);
	add(report, table, cache, ".entries", 1);
	add(report, table, app, ".LOG", 3);
	size_t main = add(report, table, ROW_NONE, "main()", 9);
	add(report, table, main, ": a.rather.long.name.of.a.local.variable", 9);
	return table;
}

static void check(const struct report *report, unsigned width, const char *expected)
{
	AUTO(text) struct text out = {0};
	text_init(&out);
	struct render_options options = {.unit = SIZE_BINARY, .width = width};
	assert_ok(render_text(report, &options, &out));
	cr_assert_str_eq(text_string(&out), expected);
}

HEAP_TEST(row_tree, is_drawn_by_lines)
{
	AUTO(report) struct report report;
	fill(&report);
	check(&report, 0,
	      "path                                         objects\n"
	      "app                                                5\n"
	      "├─ .CACHE                                          2\n"
	      "│  └─ .entries                                     1\n"
	      "└─ .LOG                                            3\n"
	      "main()                                             9\n"
	      "└─ : a.rather.long.name.of.a.local.variable        9\n");
	check(&report, 35,
	      "path                        objects\n"
	      "app                               5\n"
	      "├─ .CACHE                         2\n"
	      "│  └─ .entries                    1\n"
	      "└─ .LOG                           3\n"
	      "main()                            9\n"
	      "└─ : a.rat….local.variable        9\n");
}

/* Only rows beside each other change places, and what is below them goes along. */
HEAP_TEST(row_tree, is_sorted_among_siblings)
{
	AUTO(report) struct report report;
	struct section *table = fill(&report);
	assert_ok(section_sort(&report, table, "objects"));
	check(&report, 0,
	      "path                                         objects\n"
	      "main()                                             9\n"
	      "└─ : a.rather.long.name.of.a.local.variable        9\n"
	      "app                                                5\n"
	      "├─ .LOG                                            3\n"
	      "└─ .CACHE                                          2\n"
	      "   └─ .entries                                     1\n");
}

HEAP_TEST(row_tree, counts_what_is_left_out)
{
	AUTO(report) struct report report;
	struct section *table = fill(&report);
	section_fold(&report, table, 2, "place");
	check(&report, 0,
	      "path             objects\n"
	      "app                    5\n"
	      "└─ .CACHE              2\n"
	      "(4 more places)\n");
}

HEAP_TEST(row_tree, tells_machines_the_depth)
{
	AUTO(report) struct report report;
	AUTO(text) struct text csv = {0}, json = {0};
	text_init(&csv);
	text_init(&json);
	struct section *table = begin(&report);
	add(&report, table, add(&report, table, ROW_NONE, "app", 5), ".LOG", 3);
	assert_ok(render_csv(&report, &csv));
	cr_assert_str_eq(text_string(&csv), "path,count,depth\r\napp,5,0\r\n.LOG,3,1\r\n");
	assert_ok(render_json(&report, &json));
	cr_assert_not_null(strstr(text_string(&json), "\"count\": 3,\n      \"depth\": 1\n"));
}

/* As deep as a linked list is long: what is drawn stays bounded, and nothing recurses. */
HEAP_TEST(row_tree, may_be_deep)
{
	AUTO(report) struct report report;
	struct section *table = begin(&report);
	size_t at = ROW_NONE;
	for (unsigned i = 0; i < 20000; i++)
		at = add(&report, table, at, "n", i);
	AUTO(row_tree) struct row_tree tree = {0};
	assert_ok(section_sort(&report, table, "-count"));
	assert_ok(row_tree_create(table, &tree));
	cr_assert_eq(tree.depth[19999], 19999);
	cr_assert_eq(row_tree_indent(&tree, 19999), ROW_TREE_STEP * ROW_TREE_DRAWN);
	AUTO(text) struct text out = {0};
	text_init(&out);
	struct render_options options = {.width = 80};
	assert_ok(render_text(&report, &options, &out));
}
