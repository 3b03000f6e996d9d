/* Components, against their definition: two nodes are of one when each leads to the other. */
#include "analyzer/components.h"

#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define NODES_MAX_HERE 30u

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(help_random(state) % limit);
}

/* leads[a][b]: by one edge or more. */
static void close_over(const struct flow *flow, bool leads[NODES_MAX_HERE][NODES_MAX_HERE])
{
	memset(leads, 0, NODES_MAX_HERE * sizeof *leads);
	for (uint32_t v = 0; v < flow->count; v++)
		for (uint32_t e = flow->offsets[v]; e < flow->offsets[v + 1]; e++)
			leads[v][flow->targets[e]] = true;
	for (uint32_t k = 0; k < flow->count; k++)
		for (uint32_t a = 0; a < flow->count; a++)
			for (uint32_t b = 0; b < flow->count; b++)
				leads[a][b] |= leads[a][k] && leads[k][b];
}

static void check_by_definition(const struct flow *flow)
{
	bool leads[NODES_MAX_HERE][NODES_MAX_HERE];
	close_over(flow, leads);
	AUTO(components) struct components got = {0};
	cr_assert_null(components_create(flow, &got));
	for (uint32_t a = 0; a < flow->count; a++) {
		cr_assert_eq(got.of[a] != COMPONENT_NONE, leads[a][a], "node %u", a);
		for (uint32_t b = 0; b < flow->count; b++)
			if (leads[a][a] && leads[b][b])
				cr_assert_eq(got.of[a] == got.of[b], leads[a][b] && leads[b][a], "%u and %u", a, b);
	}
	uint32_t least = 0;
	for (uint32_t c = 0; c < got.count; c++) {
		cr_assert_lt(got.offsets[c], got.offsets[c + 1]);
		for (uint32_t i = got.offsets[c]; i < got.offsets[c + 1]; i++) {
			cr_assert_eq(got.of[got.members[i]], c);
			cr_assert(i == got.offsets[c] || got.members[i] > got.members[i - 1]);
		}
		cr_assert(c == 0 || got.members[got.offsets[c]] > least);
		least = got.members[got.offsets[c]];
	}
}

/* A search that was made for something else, entered in another order, gives the same. */
static void check_of_search(const struct flow *flow, uint64_t *state)
{
	AUTO(components) struct components made = {0}, replayed = {0};
	AUTO(flow_search) struct flow_search search = {0};
	cr_assert_null(components_create(flow, &made));
	cr_assert_null(flow_search_init(&search, flow));
	for (uint32_t i = below(state, 4); i > 0; i--)
		flow_search_enter(&search, &(uint32_t){below(state, flow->count)}, 1);
	for (uint32_t v = flow->count; v-- > 0;)
		flow_search_enter(&search, &v, 1);
	flow_search_keep_crosses(&search);
	cr_assert_null(components_of_search(&search, &replayed));
	cr_assert_eq(replayed.count, made.count);
	cr_assert_arr_eq(replayed.of, made.of, flow->count * sizeof *made.of);
	cr_assert_arr_eq(replayed.offsets, made.offsets, (made.count + 1) * sizeof *made.offsets);
	cr_assert_arr_eq(replayed.members, made.members, made.offsets[made.count] * sizeof *made.members);
}

HEAP_TEST(components, equal_the_definition_on_random_graphs)
{
	for (uint64_t seed = 1; seed <= 4000; seed++) {
		uint64_t state = seed;
		uint32_t offsets[NODES_MAX_HERE + 1], targets[NODES_MAX_HERE * 4], edges = 0;
		uint32_t count = 1 + below(&state, NODES_MAX_HERE), degree = 1 + below(&state, 4);
		for (uint32_t v = 0; v < count; v++) {
			offsets[v] = edges;
			for (uint32_t e = below(&state, degree + 1); e > 0; e--)
				targets[edges++] = below(&state, count);
		}
		offsets[count] = edges;
		struct flow flow = {count, offsets, targets};
		check_by_definition(&flow);
		check_of_search(&flow, &state);
	}
}

HEAP_TEST(components, a_ring_of_a_million_is_one)
{
	uint32_t count = 1000000;
	AUTO(free) void *offset_memory = malloc((count + 1) * sizeof(uint32_t));
	AUTO(free) void *target_memory = malloc(count * sizeof(uint32_t));
	uint32_t *offsets = offset_memory, *targets = target_memory;
	for (uint32_t v = 0; v < count; v++) {
		offsets[v] = v;
		targets[v] = (v + 1) % count;
	}
	offsets[count] = count;
	struct flow flow = {count, offsets, targets};
	AUTO(components) struct components got = {0};
	cr_assert_null(components_create(&flow, &got));
	cr_assert_eq(got.count, 1);
	cr_assert_eq(got.offsets[1], count);
}

HEAP_TEST(components, of_nothing_are_none)
{
	uint32_t offset = 0;
	struct flow flow = {0, &offset, NULL};
	AUTO(components) struct components got = {0};
	cr_assert_null(components_create(&flow, &got));
	cr_assert_eq(got.count, 0);
}
