#include "analyzer/graph.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

HEAP_TEST(graph, finds_objects_by_address)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x100 int\nobject 0x200 int\nobject 0x300 int\n");
	node_id node = NO_ID;
	cr_assert(graph_find_address(loaded.graph, 0x100, &node) && node == 0);
	cr_assert(graph_find_address(loaded.graph, 0x300, &node) && node == 2);
	cr_assert_not(graph_find_address(loaded.graph, 0x201, &node));
	cr_assert_not(graph_find_address(loaded.graph, 0, &node));
	cr_assert_not(graph_find_address(loaded.graph, UINT64_MAX, &node));
}

/* Sizes of 32 bits and more, and the one that only looks as if it were listed. */
HEAP_TEST(graph, keeps_wide_values_exactly)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x100 bytes size=0xfffffffe\nobject 0x200 bytes size=0xffffffff\n"
			   "object 0x300 bytes size=0x100000000\nobject 0x400 bytes size=16\n"
			   "object 0x500 bytes size=0x123456789abc ref=0x1122334455667788\n");
	static const uint64_t sizes[] = {0xfffffffe, 0xffffffff, 0x100000000, 16, 0x123456789abc};
	for (node_id i = 0; i < 5; i++)
		cr_assert_eq(graph_size(loaded.graph, i), sizes[i]);
	cr_assert_eq(loaded.graph->size.wide.count, 3);
	cr_assert_eq(narrow_get(&loaded.graph->refcount, 4), 0x1122334455667788);
}

/* By the definition: j is a source of i as often as j has an edge to i that holds, in ascending order. */
HEAP_TEST(graph, turns_edges_round)
{
	uint64_t state = 7;
	for (int round = 0; round < HEAP_TEST_ROUNDS(200); round++) {
		uint32_t offsets[21], targets[60], nodes = 1 + (uint32_t)(help_random(&state) % 20), edges = 0;
		uint8_t kinds[60];
		for (uint32_t i = 0; i < nodes; i++) {
			offsets[i] = edges;
			for (uint64_t e = help_random(&state) % 4; e > 0; e--) {
				kinds[edges] = edge_kind_of(NAME_NONE, (enum edge_class)(help_random(&state) % 4));
				targets[edges++] = (uint32_t)(help_random(&state) % nodes);
			}
		}
		offsets[nodes] = edges;
		struct graph graph = {.nodes = nodes,
				      .edges = edges,
				      .offsets = offsets,
				      .targets = targets,
				      .edge_kinds = kinds};
		AUTO(referrers) struct referrers referrers = {0};
		assert_ok(referrers_create(&graph, &referrers));
		for (uint32_t to = 0; to < nodes; to++) {
			uint32_t at = referrers.offsets[to];
			for (uint32_t from = 0; from < nodes; from++)
				for (uint32_t e = offsets[from]; e < offsets[from + 1]; e++)
					if (targets[e] == to && edge_kind_class(kinds[e]) != EDGE_WEAK)
						cr_assert_eq(referrers.sources[at++], from);
			cr_assert_eq(at, referrers.offsets[to + 1]);
		}
	}
}

HEAP_TEST(graph, packs_name_and_class_of_an_edge)
{
	for (int name = 0; name < NAME_COUNT; name++)
		for (int class = EDGE_OWNED; class <= EDGE_GUESS; class ++) {
			uint8_t kind = edge_kind_of((enum edge_name)name, (enum edge_class) class);
			cr_assert_eq((int)edge_kind_name(kind), name);
			cr_assert_eq((int)edge_kind_class(kind), class);
		}
}
