/* Paths: one through each that refers to an object and is reached without it, on random graphs. */
#include "analyzer/paths.h"

#include "analyzer/load.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#define NODES_MOST 16u

struct made {
	unsigned nodes, edges;
	unsigned from[64], to[64]; /* from `nodes`: the root */
};

static void make(struct made *made, uint64_t *random, struct text *text)
{
	made->nodes = 1 + (unsigned)(help_random(random) % NODES_MOST);
	made->edges = (unsigned)(help_random(random) % (3 * made->nodes));
	for (unsigned i = 0; i < made->nodes; i++)
		text_printf(text, "object %u x.T ref=0\n", 16 * (i + 1));
	text_add(text, "root modules sys.modules\n");
	for (unsigned e = 0; e < made->edges; e++) {
		made->from[e] = (unsigned)(help_random(random) % (made->nodes + 1));
		made->to[e] = (unsigned)(help_random(random) % made->nodes);
		if (made->from[e] == made->nodes)
			text_printf(text, "rootedge %u ['r']\n", 16 * (made->to[e] + 1));
		else
			text_printf(text, "edge %u %u .x\n", 16 * (made->from[e] + 1), 16 * (made->to[e] + 1));
	}
}

/* Places that refer to the node and are reached though it is closed. */
static unsigned count(const struct made *made, unsigned node)
{
	bool reached[NODES_MOST + 1] = {0}, refers[NODES_MOST + 1] = {0};
	reached[made->nodes] = true;
	for (bool changed = true; changed;) {
		changed = false;
		for (unsigned e = 0; e < made->edges; e++) {
			if (!reached[made->from[e]] || reached[made->to[e]] || made->to[e] == node)
				continue;
			changed = reached[made->to[e]] = true;
		}
	}
	unsigned found = 0;
	for (unsigned e = 0; e < made->edges; e++) {
		bool is = made->to[e] == node && reached[made->from[e]] && !refers[made->from[e]];
		found += is;
		refers[made->from[e]] |= is;
	}
	return found;
}

static void compare(const struct made *made, struct paths *paths, node_id node)
{
	for (int merged = 0; merged < 2; merged++) {
		AUTO(report) struct report report;
		report_init(&report, "paths", SIZE_BINARY);
		struct paths_found found;
		paths->merged = merged == 1;
		paths->rows = UINT64_MAX;
		assert_ok(paths_of_object(&report, paths, node, &found));
		cr_assert_eq(found.reached, count(made, node));
		if (!paths->merged)
			cr_assert_eq(report_find(&report, "rows")->rows.count, found.reached);
	}
}

HEAP_TEST(paths, go_through_each_that_refers_to_it)
{
	uint64_t random = 3;
	for (int round = 0; round < HEAP_TEST_ROUNDS(500); round++) {
		struct made made;
		AUTO(text) struct text text = {0};
		text_init(&text);
		make(&made, &random, &text);
		AUTO(loaded) struct loaded loaded;
		help_load(&loaded, text_string(&text));
		AUTO(graph) struct graph *graph = NULL;
		assert_ok(load_graph(loaded.reader, GRAPH_HOLDING | GRAPH_TYPE | GRAPH_SIZE, NULL, &graph));
		AUTO(edge_names) struct edge_names names;
		edge_names_init(&names, loaded.reader);
		AUTO(object_lookup) struct object_lookup objects = {0};
		assert_ok(object_lookup_init(&objects, loaded.reader, &loaded.names));
		struct paths paths = {.graph = graph,
				      .printing = {.names = &names, .objects = &objects},
				      .ways = {.unnamed = true}};
		for (node_id i = 0; i < made.nodes; i++)
			compare(&made, &paths, i);
	}
}
