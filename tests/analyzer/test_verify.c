/* What the reader lets through can't be wrong, so the graph is damaged after it was loaded. */
#include "analyzer/verify.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

static const char *const heap =
	"object 0x10 dict size=100 ref=2\nobject 0x20 app.A size=10 ref=1\nobject 0x30 int ref=1\n"
	"edge 0x10 0x20 ['a']\nedge 0x10 0x20 ['b']\nroot modules m 0x10\n";

static struct error *verify(struct loaded *loaded)
{
	AUTO(report) struct report report;
	report_init(&report, "verify", SIZE_BINARY);
	return verify_report(&report, loaded->graph);
}

HEAP_TEST(verify, counts_what_it_checked)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, heap);
	AUTO(report) struct report report;
	report_init(&report, "verify", SIZE_BINARY);
	assert_ok(verify_report(&report, loaded.graph));
	static const struct {
		const char *name;
		uint64_t count;
	} expected[] = {{"objects", 3}, {"references", 2}, {"types", 3}, {"roots", 1},
			{"reached", 2}, {"unreached", 1},  {"excess", 1}};
	const struct section *table = report_find(&report, "rows");
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		cr_assert_str_eq(table->rows.items[i + 1].cells[0].text, expected[i].name);
		cr_assert_eq(table->rows.items[i + 1].cells[1].number, expected[i].count, "%s", expected[i].name);
	}
}

HEAP_TEST(verify, finds_every_contradiction)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, heap);
	struct graph *graph = loaded.graph;
	uint64_t address = graph->address[1];
	graph->address[1] = graph->address[0];
	assert_error_says(verify(&loaded), ERROR_INPUT, "object 1 does not lie above");
	graph->address[1] = address;
	node_id target = graph->targets[1];
	graph->targets[1] = 3;
	assert_error_says(verify(&loaded), ERROR_INPUT, "edge 1 leads to object 3");
	graph->targets[1] = target;
	type_id type = graph->type[2];
	graph->type[2] = 3;
	assert_error_says(verify(&loaded), ERROR_INPUT, "object 2 is of type 3");
	graph->type[2] = type;
	graph->size.values[0]++;
	assert_error_says(verify(&loaded), ERROR_INPUT, "add up to");
	graph->size.values[0]--;
	graph->generation[0] = GENERATION_COUNT;
	assert_error_says(verify(&loaded), ERROR_INPUT, "generation 5");
	graph->generation[0] = GENERATION_0;
	assert_ok(verify(&loaded));
}

HEAP_TEST(verify, finds_a_type_that_lies_elsewhere)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x10 type\ntype dict address=0x20 node=0x10\n");
	assert_error_says(verify(&loaded), ERROR_INPUT, "does not lie where its object does");
}
