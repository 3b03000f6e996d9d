/* Rings: the length of a component's shortest cycle, against all shortest distances. */
#include "analyzer/ring.h"

#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <string.h>

#define NODES_MAX_HERE 24u

static uint32_t below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(help_random(state) % limit);
}

/* length[a][b]: edges of a shortest way of at least one edge, UINT32_MAX / 2 where there is none. */
static void measure(const struct flow *flow, uint32_t length[NODES_MAX_HERE][NODES_MAX_HERE])
{
	for (uint32_t a = 0; a < flow->count; a++)
		for (uint32_t b = 0; b < flow->count; b++)
			length[a][b] = UINT32_MAX / 2;
	for (uint32_t v = 0; v < flow->count; v++)
		for (uint32_t e = flow->offsets[v]; e < flow->offsets[v + 1]; e++)
			length[v][flow->targets[e]] = 1;
	for (uint32_t k = 0; k < flow->count; k++)
		for (uint32_t a = 0; a < flow->count; a++)
			for (uint32_t b = 0; b < flow->count; b++)
				if (length[a][k] + length[k][b] < length[a][b])
					length[a][b] = length[a][k] + length[k][b];
}

static bool refers(const struct flow *flow, uint32_t from, uint32_t to)
{
	for (uint32_t e = flow->offsets[from]; e < flow->offsets[from + 1]; e++)
		if (flow->targets[e] == to)
			return true;
	return false;
}

static void check_by_definition(const struct flow *flow)
{
	uint32_t length[NODES_MAX_HERE][NODES_MAX_HERE];
	measure(flow, length);
	AUTO(components) struct components components = {0};
	AUTO(rings) struct rings rings = {0};
	cr_assert_null(components_create(flow, &components));
	cr_assert_null(rings_init(&rings, flow, &components, NULL));
	for (uint32_t c = 0; c < components.count; c++) {
		AUTO(ring) struct ring ring = {0};
		uint32_t least = UINT32_MAX;
		for (uint32_t i = components.offsets[c]; i < components.offsets[c + 1]; i++) {
			uint32_t v = components.members[i];
			least = length[v][v] < least ? length[v][v] : least;
		}
		cr_assert_null(rings_find(&rings, c, RING_WORK, &ring));
		cr_assert(ring.shortest);
		cr_assert_eq(ring.count, least);
		for (uint32_t i = 0; i < ring.count; i++)
			cr_assert(refers(flow, ring.nodes[i], ring.nodes[(i + 1) % ring.count]));
	}
}

HEAP_TEST(ring, is_as_short_as_any_cycle_of_random_graphs)
{
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		uint64_t state = seed;
		uint32_t offsets[NODES_MAX_HERE + 1], targets[NODES_MAX_HERE * 3], edges = 0;
		uint32_t count = 1 + below(&state, NODES_MAX_HERE), degree = 1 + below(&state, 3);
		for (uint32_t v = 0; v < count; v++) {
			offsets[v] = edges;
			for (uint32_t e = below(&state, degree + 1); e > 0; e--)
				targets[edges++] = below(&state, count);
		}
		offsets[count] = edges;
		struct flow flow = {count, offsets, targets};
		check_by_definition(&flow);
	}
}

/* 0 > 1 > 2 > 0, and 1 > 0 as to its type: only without that the ring is of three. */
HEAP_TEST(ring, leaves_references_to_types_out)
{
	uint32_t offsets[] = {0, 1, 3, 4}, targets[] = {1, 0, 2, 0};
	const uint8_t kinds[] = {edge_kind_of(NAME_ATTRIBUTE, EDGE_OWNED), edge_kind_of(NAME_TYPE, EDGE_OWNED),
				 edge_kind_of(NAME_ATTRIBUTE, EDGE_OWNED), edge_kind_of(NAME_ATTRIBUTE, EDGE_OWNED)};
	struct flow flow = {3, offsets, targets};
	AUTO(components) struct components components = {0};
	cr_assert_null(components_create(&flow, &components));
	for (unsigned without = 0; without < 2; without++) {
		AUTO(rings) struct rings rings = {0};
		AUTO(ring) struct ring ring = {0};
		cr_assert_null(rings_init(&rings, &flow, &components, without ? kinds : NULL));
		cr_assert_null(rings_find(&rings, 0, RING_WORK, &ring));
		cr_assert_eq(ring.count, without ? 3 : 2);
	}
}

/* A ring of four, in which a search without bounds would go on: with work for one edge nothing is found, and not called shortest. */
HEAP_TEST(ring, says_when_the_work_was_too_much)
{
	uint32_t offsets[] = {0, 1, 2, 3, 4}, targets[] = {1, 2, 3, 0};
	struct flow flow = {4, offsets, targets};
	AUTO(components) struct components components = {0};
	AUTO(rings) struct rings rings = {0};
	AUTO(ring) struct ring ring = {0}, cut = {0};
	cr_assert_null(components_create(&flow, &components));
	cr_assert_null(rings_init(&rings, &flow, &components, NULL));
	cr_assert_null(rings_find(&rings, 0, 1, &cut));
	cr_assert_eq(cut.count, 0);
	cr_assert_not(cut.shortest);
	cr_assert_null(rings_find(&rings, 0, RING_WORK, &ring));
	cr_assert_eq(ring.count, 4);
	cr_assert(ring.shortest);
}
