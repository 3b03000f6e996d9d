/* What rows say, against those below them, on random heaps. tests/cli/scripts/tree.txt has the words. */
#include "analyzer/tree.h"

#include "tests/analyzer/help_model.h"
#include "tests/test.h"

#include <string.h>

#define TREE_COLUMNS (RETENTION_COLUMNS | GRAPH_TYPE)

static size_t field_of(const struct section *section, const char *name)
{
	for (size_t f = 0; f < section->fields.count; f++)
		if (strcmp(section->fields.items[f].name, name) == 0)
			return f;
	cr_assert_fail("no field %s", name);
	return 0;
}

/* A row that has rows below it is made of them and itself: bytes and objects. */
static void check_rows(const struct modelled *modelled, const struct section *table, unsigned breadth)
{
	size_t retained = field_of(table, "retained"), size = field_of(table, "size"),
	       objects = field_of(table, "objects"), count = field_of(table, "count"), type = field_of(table, "type");
	for (size_t i = 0; i < table->rows.count; i++) {
		const struct cell *row = table->rows.items[i].cells;
		uint64_t bytes = row[size].number, sum = row[type].text != NULL ? row[count].number : 0;
		unsigned below = 0;
		for (size_t j = i + 1; j < table->rows.count; j++) {
			if (table->rows.items[j].parent != i)
				continue;
			bytes += table->rows.items[j].cells[retained].number;
			sum += table->rows.items[j].cells[objects].number;
			below++;
		}
		cr_assert_leq(below, breadth + 1);
		if (below == 0)
			continue;
		cr_assert_eq(bytes, row[retained].number, "row %zu: %lu of %lu bytes", i, (unsigned long)bytes,
			     (unsigned long)row[retained].number);
		cr_assert_eq(sum, row[objects].number, "row %zu: %lu of %lu objects", i, (unsigned long)sum,
			     (unsigned long)row[objects].number);
	}
	cr_assert_eq(table->rows.items[0].cells[retained].number, help_model_all(&modelled->model));
	cr_assert_eq(table->rows.items[0].cells[objects].number, modelled->model.nodes);
}

static void check(const struct modelled *modelled, const struct tree_request *request)
{
	AUTO(type_names) struct type_names names = {0};
	const struct reader *readers[1] = {modelled->reader};
	assert_ok(type_names_init(&names, readers, 1));
	AUTO(retention) struct retention retention = {0};
	AUTO(children) struct children children = {0};
	AUTO(object_lookup) struct object_lookup lookup = {0};
	AUTO(edge_names) struct edge_names edges = {0};
	AUTO(report) struct report report;
	assert_ok(retention_create(modelled->graph, false, NULL, &retention));
	assert_ok(children_create(&retention, &children));
	assert_ok(object_lookup_init(&lookup, modelled->reader, &names));
	edge_names_init(&edges, modelled->reader);
	report_init(&report, "tree", SIZE_BINARY);
	assert_ok(tree_report(&report, &children, &lookup, &edges, request));
	check_rows(modelled, report_find(&report, "rows"), request->breadth);
}

HEAP_TEST(tree, adds_up_at_each_row_whatever_is_folded)
{
	uint64_t state = 37;
	for (unsigned round = 0; round < HEAP_TEST_ROUNDS(800); round++) {
		AUTO(modelled) struct modelled modelled;
		help_modelled_make(&modelled, &state, round % 2, TREE_COLUMNS);
		check(&modelled, &(struct tree_request){.start = DOMINATOR_ROOT,
							.depth = 1 + round % 5,
							.breadth = 1 + round % 4,
							.least = round % 3 == 0 ? 1 : UINT64_C(1) << round % 20,
							.by_type = round % 7 < 3});
	}
}
