#include "queries/heap.h"

#include "tests/queries/help_heaps.h"
#include "tests/test.h"

#include <string.h>

/* A root, a list, a weak reference to a str, and two guesses of which there is room for one. */
static const char *const small =
	"object 0x10 list ref=1\nobject 0x20 str ref=3\nobject 0x30 dict ref=1\n"
	"edge 0x10 0x20 [i]\nedge 0x10 0x20 - weak\nedge 0x10 0x30 [i]\n"
	"edge 0x30 0x20 <key>\nedge 0x30 0x20 +8 guess\nedge 0x30 0x20 +16 guess\n"
	"root modules m 0x10\nroot c_globals g\nrootedge 0x20 - weak\n";

HEAP_TEST(heap, has_weak_edges_and_the_roots_and_no_dropped_guesses)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, small);
	struct heap *heap = heaps.after;
	assert_ok(heap_need(heap, HEAP_OUT));
	cr_assert_eq(heap->nodes, 3);
	cr_assert_eq(heap->places, 5);
	cr_assert_eq(heap->edges, 7);
	static const char *const classes[] = {"owned", "weak", "owned", "owned", "guess", "owned", "owned"};
	static const uint32_t sources[] = {0, 0, 0, 2, 2, 3, 4}, targets[] = {1, 1, 2, 1, 1, 0, 1};
	for (uint32_t e = 0; e < heap->edges; e++) {
		cr_assert_eq(heap_source(heap, e), sources[e]);
		cr_assert_eq(heap->targets[e], targets[e]);
		cr_assert_str_eq(help_edge_property(&heaps, heap, e, "class"), classes[e]);
	}
	cr_assert(heap_is_root(heap, 3) && !heap_is_root(heap, 2));
	cr_assert_str_eq(help_property(&heaps, heap, 1, "residue"), "0");
}

HEAP_TEST(heap, knows_which_edges_come_in)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, small);
	struct heap *heap = heaps.after;
	assert_ok(heap_need(heap, HEAP_IN));
	uint32_t met = 0;
	for (node_id n = 0; n < heap->nodes; n++)
		for (uint32_t i = heap->in_offsets[n]; i < heap->in_offsets[n + 1]; i++, met++) {
			cr_assert_eq(heap->targets[heap->in_edges[i]], n);
			cr_assert_eq(heap_source(heap, heap->in_edges[i]), heap->sources[i]);
			cr_assert(i == heap->in_offsets[n] || heap->in_edges[i - 1] < heap->in_edges[i]);
		}
	cr_assert_eq(met, heap->edges);
	cr_assert_str_eq(help_property(&heaps, heap, 1, "indegree"), "5");
	cr_assert_str_eq(help_property(&heaps, heap, 0, "outdegree"), "3");
	cr_assert_str_eq(help_property(&heaps, heap, 4, "outdegree"), "1");
	cr_assert_str_eq(help_property(&heaps, heap, 4, "indegree"), "null");
}

/* Names loaded after the edges keep the edges' numbers, and what was found on these stays good. */
HEAP_TEST(heap, loads_names_after_the_edges)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, small);
	struct heap *heap = heaps.after;
	struct datum path, again;
	assert_ok(heap_need(heap, HEAP_IN | HEAP_DEPTH));
	assert_ok(heap_path(heap, &heaps.arena, 2, &path));
	assert_ok(heap_need(heap, HEAP_NAMES));
	assert_ok(heap_path(heap, &heaps.arena, 2, &again));
	cr_assert_str_eq(path.text, again.text);
	cr_assert_str_eq(help_edge_property(&heaps, heap, 2, "name"), "[1]");
	cr_assert_eq(heap->targets[heap->in_edges[0]], 0);
}

HEAP_TEST(heap, says_that_there_is_no_pair)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, small);
	assert_error_says(heap_need(heaps.after, HEAP_JOIN), ERROR_USAGE, "no earlier snapshot");
}
