/* Dominators, against their definition: d dominates v when v can't be reached without d. */
#include "analyzer/dominators.h"

#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define NODES_MAX_HERE 24u

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(help_random(state) % limit);
}

/* Marks what the entries reach when `without` is taken out. */
static void reach(const struct flow *flow, uint32_t without, bool *seen)
{
	uint32_t stack[NODES_MAX_HERE + 1], depth = 0;
	memset(seen, 0, NODES_MAX_HERE);
	for (uint32_t i = 0; i < flow->entry_count; i++) {
		uint32_t entry = flow->entries[i];
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

static void check_by_definition(const struct flow *flow)
{
	bool reached[NODES_MAX_HERE], left[NODES_MAX_HERE][NODES_MAX_HERE];
	reach(flow, UINT32_MAX, reached);
	for (uint32_t d = 0; d < flow->count; d++)
		reach(flow, d, left[d]);
	AUTO(domination) struct domination got = {0};
	cr_assert_null(dominators_create(flow, &got));
	uint32_t count = 0;
	for (uint32_t v = 0; v < flow->count; v++) {
		count += reached[v];
		uint32_t dominators = 0, chain = 0;
		for (uint32_t d = 0; d < flow->count; d++)
			dominators += d != v && reached[v] && reached[d] && !left[d][v];
		for (uint32_t d = got.idom[v]; d != DOMINATOR_ROOT; d = got.idom[d], chain++)
			cr_assert(!left[d][v] && chain < flow->count, "%u does not dominate %u", d, v);
		cr_assert_eq(chain, dominators, "node %u has %u dominators, not %u", v, dominators, chain);
	}
	cr_assert_eq(got.reached, count);
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
		struct flow flow = {count, offsets, targets, entries, entry_count};
		check_by_definition(&flow);
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
	struct flow flow = {count, offsets, targets, &entry, 1};
	AUTO(domination) struct domination got = {0};
	cr_assert_null(dominators_create(&flow, &got));
	cr_assert_eq(got.reached, count);
	for (uint32_t v = 1; v < count; v++)
		cr_assert_eq(got.idom[v], v - 1);
	cr_assert_eq(got.idom[0], DOMINATOR_ROOT);
}

HEAP_TEST(dominators, of_nothing_are_nothing)
{
	uint32_t offset = 0;
	struct flow flow = {.count = 0, .offsets = &offset};
	AUTO(domination) struct domination got = {0};
	cr_assert_null(dominators_create(&flow, &got));
	cr_assert_eq(got.reached, 0);
}
