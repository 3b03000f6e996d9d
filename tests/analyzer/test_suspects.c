/* Which places are told, in snapshots whose accumulations were planted. tests/cli/scripts/suspects.txt has the words. */
#include "analyzer/suspects.h"

#include "analyzer/load.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <string.h>

static void find(const char *snapshot, struct report *report)
{
	AUTO(loaded) struct loaded loaded = {0};
	help_load(&loaded, snapshot);
	AUTO(graph) struct graph *graph = NULL;
	assert_ok(load_graph(loaded.reader, SUSPECTS_COLUMNS, NULL, &graph));
	AUTO(retention) struct retention retention = {0};
	assert_ok(retention_create(graph, false, NULL, &retention));
	AUTO(children) struct children children = {0};
	assert_ok(children_create(&retention, &children));
	AUTO(object_lookup) struct object_lookup lookup = {0};
	assert_ok(object_lookup_init(&lookup, loaded.reader, &loaded.names));
	AUTO(edge_names) struct edge_names names = {0};
	edge_names_init(&names, loaded.reader);
	report_init(report, "suspects", SIZE_BINARY);
	assert_ok(suspects_report(report, &children, &lookup, &names,
				  &(struct suspects_request){.share = 0.05, .most = 8}));
}

/* `count` sessions, each in two dicts that different roots hold. */
static void add_shared(struct text *text, unsigned count)
{
	text_add(text,
		 "object 0x1000 dict size=100\nobject 0x2000 dict size=100\n"
		 "root modules sys.modules\nrootedge 0x1000 ['a']\nroot builtins builtins\nrootedge 0x2000 ['b']\n");
	for (unsigned i = 0; i < count; i++) {
		unsigned address = 0x100000 + 16 * i;
		text_printf(text, "object 0x%x app.Session size=100\nedge 0x1000 0x%x [i]\nedge 0x2000 0x%x [i]\n",
			    address, address, address);
	}
}

static void check_shared(unsigned count, size_t expected)
{
	AUTO(text) struct text text = {0};
	AUTO(report) struct report report;
	text_init(&text);
	add_shared(&text, count);
	find(text_string(&text), &report);
	const struct section *rows = report_find(&report, "rows");
	cr_assert_eq(rows->rows.count, expected, "%u sessions: %zu rows", count, rows->rows.count);
	if (expected > 0)
		cr_assert_eq(rows->rows.items[0].cells[3].number, count);
}

HEAP_TEST(suspects, of_no_single_place_are_those_of_many_alike)
{
	check_shared(120, 1);
	check_shared(99, 0);
}

/* Modules, with their namespaces, and classes are most of a small heap, and nothing gathers there. */
HEAP_TEST(suspects, are_not_the_program_itself)
{
	AUTO(text) struct text text = {0};
	AUTO(report) struct report report;
	text_init(&text);
	text_add(&text, "object 0x1000 dict size=100 flags=namespace\nroot modules sys.modules\nrootedge 0x1000 -\n");
	for (unsigned i = 0; i < 200; i++) {
		unsigned module = 0x100000 + 64 * i;
		text_printf(&text,
			    "object 0x%x module size=72\nobject 0x%x dict size=800 flags=namespace\n"
			    "object 0x%x function size=150\nedge 0x1000 0x%x ['m%u']\nedge 0x%x 0x%x .__dict__\n"
			    "edge 0x%x 0x%x ['f']\n",
			    module, module + 16, module + 32, module, i, module, module + 16, module + 16, module + 32);
	}
	find(text_string(&text), &report);
	cr_assert_eq(report_find(&report, "rows")->rows.count, 0);
	cr_assert(strstr(report.verdict, "no place explains 5%") == report.verdict, "%s", report.verdict);
}

/* But callbacks that gather in a list of one's own do. */
HEAP_TEST(suspects, may_be_functions)
{
	AUTO(text) struct text text = {0};
	AUTO(report) struct report report;
	text_init(&text);
	text_add(&text, "object 0x1000 dict size=100 flags=namespace\nroot modules sys.modules\nrootedge 0x1000 -\n"
			"object 0x2000 list size=500\nedge 0x1000 0x2000 ['CALLBACKS']\n");
	for (unsigned i = 0; i < 20; i++)
		text_printf(&text, "object 0x%x function size=150\nedge 0x2000 0x%x [i]\n", 0x3000 + 16 * i,
			    0x3000 + 16 * i);
	find(text_string(&text), &report);
	const struct section *rows = report_find(&report, "rows");
	cr_assert_eq(rows->rows.count, 1);
	cr_assert_eq(rows->rows.items[0].cells[3].number, 20);
}

/* Buckets that are alike are told in one sentence, with the container that they are in. */
HEAP_TEST(suspects, alike_in_one_container_are_one_sentence)
{
	AUTO(text) struct text text = {0};
	AUTO(report) struct report report;
	text_init(&text);
	text_add(&text, "object 0x1000 dict size=100\nroot modules sys.modules\nrootedge 0x1000 ['cache']\n");
	for (unsigned i = 0; i < 80; i++) {
		unsigned list = 0x10000 * (1 + i / 20), item = list + 16 + 16 * (i % 20);
		if (i % 20 == 0)
			text_printf(&text, "object 0x%x list size=64\nedge 0x1000 0x%x ['x']\n", list, list);
		text_printf(&text, "object 0x%x bytes size=100\nedge 0x%x 0x%x [i]\n", item, list, item);
	}
	find(text_string(&text), &report);
	const struct section *rows = report_find(&report, "rows");
	cr_assert_eq(rows->rows.count, 1);
	const char *sentence = rows->rows.items[0].cells[rows->fields.count - 1].text;
	cr_assert(strstr(sentence, "(dict #0) holds 80 bytes in 4 list and what hangs from them: 7.8 KiB"), "%s",
		  sentence);
}

/* The row of the only one that is found, in `n` nodes each of which holds the next: through a dict of its own, or at once. */
static void check_chain(unsigned n, bool dicts)
{
	AUTO(text) struct text text = {0};
	AUTO(report) struct report report;
	text_init(&text);
	text_add(&text, "object 0x1000 dict size=100 flags=namespace\nroot modules sys.modules\nrootedge 0x1000 -\n"
			"object 0x1010 dict size=100 flags=namespace\nedge 0x1000 0x1010 ['app']\n"
			"edge 0x1010 0x10000 ['HEAD']\n");
	for (unsigned i = 0; i < n; i++) {
		unsigned node = 0x10000 + 64 * i, holder = dicts ? node + 16 : node;
		text_printf(&text, "object 0x%x app.Node size=50\nobject 0x%x str size=100\nedge 0x%x 0x%x .text\n",
			    node, node + 32, holder, node + 32);
		if (dicts)
			text_printf(&text, "object 0x%x dict size=60 flags=namespace\nedge 0x%x 0x%x .__dict__\n",
				    holder, node, holder);
		if (i + 1 < n)
			text_printf(&text, "edge 0x%x 0x%x ['next']\n", holder, node + 64);
	}
	find(text_string(&text), &report);
	const struct section *rows = report_find(&report, "rows");
	cr_assert_eq(rows->rows.count, 1, "%zu rows", rows->rows.count);
	cr_assert(strstr(report.remarks.items[0].text, "app['HEAD'] (app.Node #2) holds ") != NULL, "%s",
		  report.remarks.items[0].text);
}

/* Not by the one somewhere within, below which less than the share is left. */
HEAP_TEST(suspects, that_are_chains_are_told_by_their_begin)
{
	check_chain(1000, false);
	check_chain(1000, true);
}
