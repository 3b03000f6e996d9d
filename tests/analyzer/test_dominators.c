/* Dominators, against their definition: d dominates v when v can't be reached without d. */
#include "analyzer/dominators.h"

#include "tests/format/help_heap.h"
#include "tests/format/help_shape.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define NODES_MAX_HERE 24u

struct sample {
	struct flow flow;
	const uint32_t *entries;
	uint32_t entry_count;
};

static void dominate(const struct sample *sample, bool walk, struct domination *result)
{
	AUTO(flow_search) struct flow_search search = {0};
	cr_assert_null(flow_search_init(&search, &sample->flow));
	flow_search_enter(&search, sample->entries, sample->entry_count);
	cr_assert_null(dominators_create(&search, walk ? dominators_steps(&search) : 0, result));
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(help_random(state) % limit);
}

/* Marks what the entries reach when `without` is taken out. */
static void reach(const struct sample *sample, uint32_t without, bool *seen)
{
	const struct flow *flow = &sample->flow;
	uint32_t stack[NODES_MAX_HERE + 1], depth = 0;
	memset(seen, 0, NODES_MAX_HERE);
	for (uint32_t i = 0; i < sample->entry_count; i++) {
		uint32_t entry = sample->entries[i];
		if (entry != without && !seen[entry]) {
			seen[entry] = true;
			stack[depth++] = entry;
		}
		while (depth > 0) {
			uint32_t v = stack[--depth];
			for (uint32_t e = flow->offsets[v]; e < flow->offsets[v + 1]; e++) {
				uint32_t w = flow->targets[e];
				if (w == without || seen[w])
					continue;
				seen[w] = true;
				stack[depth++] = w;
			}
		}
	}
}

static void check_by_definition(const struct sample *sample, bool walk)
{
	bool reached[NODES_MAX_HERE], left[NODES_MAX_HERE][NODES_MAX_HERE];
	uint32_t nodes = sample->flow.count;
	reach(sample, UINT32_MAX, reached);
	for (uint32_t d = 0; d < nodes; d++)
		reach(sample, d, left[d]);
	AUTO(domination) struct domination got = {0};
	dominate(sample, walk, &got);
	for (uint32_t v = 0; v < nodes; v++) {
		cr_assert_eq(domination_of(&got, v) != DOMINATOR_NONE, reached[v]);
		if (!reached[v])
			continue;
		uint32_t dominators = 0, chain = 0;
		for (uint32_t d = 0; d < nodes; d++)
			dominators += d != v && reached[d] && !left[d][v];
		for (uint32_t d = domination_of(&got, v); d != DOMINATOR_ROOT; d = domination_of(&got, d), chain++)
			cr_assert(!left[d][v] && chain < nodes, "%u does not dominate %u", d, v);
		cr_assert_eq(chain, dominators, "node %u has %u dominators, not %u", v, dominators, chain);
	}
}

HEAP_TEST(dominators, equal_the_definition_on_random_graphs)
{
	for (uint64_t seed = 1; seed <= 5000; seed++) {
		uint64_t state = seed;
		uint32_t count = 1 + below(&state, NODES_MAX_HERE);
		uint32_t degree = 1 + below(&state, 4);
		uint32_t offsets[NODES_MAX_HERE + 1], targets[NODES_MAX_HERE * 4], entries[3], edges = 0;
		for (uint32_t v = 0; v < count; v++) {
			offsets[v] = edges;
			for (uint32_t e = below(&state, degree + 1); e > 0; e--)
				targets[edges++] = below(&state, count);
		}
		offsets[count] = edges;
		uint32_t entry_count = below(&state, 4);
		for (uint32_t i = 0; i < entry_count; i++)
			entries[i] = below(&state, count);
		struct sample sample = {{count, offsets, targets}, entries, entry_count};
		check_by_definition(&sample, true);
		check_by_definition(&sample, false);
	}
}

/* A chain of a million whose last object refers to all: deep and wide at once, and every evaluation is long. */
HEAP_TEST(dominators, follow_a_long_chain_without_recursion)
{
	uint32_t count = 1000000;
	AUTO(free) void *offset_memory = malloc((count + 1) * sizeof(uint32_t));
	AUTO(free) void *target_memory = malloc(2 * (size_t)count * sizeof(uint32_t));
	uint32_t *offsets = offset_memory, *targets = target_memory, edges = 0;
	for (uint32_t v = 0; v < count; v++) {
		offsets[v] = edges;
		if (v + 1 < count)
			targets[edges++] = v + 1;
		if (v > 0)
			targets[edges++] = v - 1;
	}
	offsets[count] = edges;
	uint32_t entry = 0;
	struct sample sample = {{count, offsets, targets}, &entry, 1};
	AUTO(domination) struct domination got = {0};
	dominate(&sample, true, &got);
	for (uint32_t v = 1; v < count; v++)
		cr_assert_eq(domination_of(&got, v), v - 1);
	cr_assert_eq(domination_of(&got, 0), DOMINATOR_ROOT);
}

HEAP_TEST(dominators, of_nothing_are_nothing)
{
	uint32_t offset = 0;
	struct sample sample = {.flow = {.count = 0, .offsets = &offset}};
	AUTO(domination) struct domination got = {0};
	dominate(&sample, true, &got);
	cr_assert_eq(domination_order(&got, &offset), 0);
}

/* A chain of pairs: both nodes of a pair refer to both of the next, and each to an item that all share. Walking up for
 * the items alone would take a step for each pair above. */
HEAP_TEST(dominators, of_items_shared_along_a_chain_take_no_quadratic_walk)
{
	uint32_t pairs = 200000, count = 3 * pairs;
	AUTO(free) void *offset_memory = malloc((count + 1) * sizeof(uint32_t));
	AUTO(free) void *target_memory = malloc(7 * (size_t)count * sizeof(uint32_t));
	uint32_t *offsets = offset_memory, *targets = target_memory, edges = 0;
	for (uint32_t v = 0; v < count; v++) { /* v = 3 p: the pair's head; then its other; then its item, a leaf */
		uint32_t pair = v / 3;
		offsets[v] = edges;
		if (v % 3 == 0) {
			targets[edges++] = 3 * (pairs - 1 - pair) + 2;
			targets[edges++] = v + 1;
			if (pair + 1 < pairs)
				targets[edges++] = v + 3;
			targets[edges++] = v + 2;
		} else if (v % 3 == 1 && pair + 1 < pairs) {
			targets[edges++] = v + 2;
		}
	}
	offsets[count] = edges;
	uint32_t entry = 0;
	struct sample sample = {{count, offsets, targets}, &entry, 1};
	AUTO(domination) struct domination got = {0};
	dominate(&sample, true, &got);
	/* An item is referred to from the heads of its pair and of the pair mirrored: the upper of both dominates it. */
	for (uint32_t p = 0; p < pairs; p++) {
		uint32_t mirrored = pairs - 1 - p, upper = p < mirrored ? p : mirrored;
		cr_assert_eq(domination_of(&got, 3 * p + 2), 3 * upper);
	}
}

/* The shape's graph, in memory that the caller frees. */
static struct flow shape_flow(const struct help_graph_shape *graph)
{
	uint32_t edges = 0, next = 0;
	for (uint32_t v = 0; v < graph->count; v++)
		edges += help_shape_degree(graph, v);
	uint32_t *offsets = malloc(((size_t)graph->count + 1) * sizeof *offsets);
	uint32_t *targets = malloc(((size_t)edges + 1) * sizeof *targets);
	cr_assert(offsets != NULL && targets != NULL);
	for (uint32_t v = 0; v < graph->count; v++) {
		offsets[v] = next;
		for (uint32_t place = 0; place < help_shape_degree(graph, v); place++)
			targets[next++] = help_shape_target(graph, v, place);
	}
	offsets[graph->count] = next;
	return (struct flow){graph->count, offsets, targets};
}

/* Steps up the tree for each node, in hundredths. `guarded`: with jump pointers where walking becomes too much. */
static uint64_t shape_steps(enum help_shape shape, uint32_t count, bool guarded)
{
	struct help_graph_shape graph = {shape, count, 1};
	struct flow flow = shape_flow(&graph);
	AUTO(free) void *offsets = (void *)flow.offsets;
	AUTO(free) void *targets = (void *)flow.targets;
	AUTO(flow_search) struct flow_search search = {0};
	AUTO(domination) struct domination got = {0};
	uint32_t entry = 0;
	cr_assert_null(flow_search_init(&search, &flow));
	flow_search_enter(&search, &entry, 1);
	cr_assert_null(dominators_create(&search, guarded ? dominators_steps(&search) : UINT64_MAX, &got));
	return got.steps * 100 / count;
}

/* Ten times the nodes may take a logarithm's worth more steps each, and not ten times as many. */
HEAP_TEST(dominators, take_about_as_many_steps_a_node_on_graphs_ten_times_as_large)
{
	for (unsigned i = 0; i < HELP_SHAPE_COUNT; i++) {
		enum help_shape shape = (enum help_shape)i;
		uint64_t few = shape_steps(shape, 30000, true), many = shape_steps(shape, 300000, true);
		cr_assert(many < 2 * few + 100 && many < 4000, "%s: %lu and %lu hundredths of a step a node",
			  help_shape_name(shape), (unsigned long)few, (unsigned long)many);
	}
	cr_assert_gt(shape_steps(HELP_CHAIN, 30000, false), 100000, "without its guard, what is counted would grow");
}
