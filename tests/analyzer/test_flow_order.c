/* The order in which values flow, by the rules that it has to keep. */
#include "analyzer/flow_order.h"

#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

#define NODES 20u

static bool is_ancestor(const struct flow_search *search, uint32_t ancestor, uint32_t number)
{
	while (number > ancestor)
		number = search->parent[number];
	return number == ancestor;
}

/* Each number has one position, and only edges to oneself or an ancestor lead back. */
static void check_order(const struct flow_search *search, const struct flow_order *order)
{
	const struct flow *flow = &search->flow;
	uint32_t seen = 0;
	cr_assert_eq(order->count, search->numbers);
	for (uint32_t i = 1; i < search->numbers; i++) {
		uint32_t position = order->position[i], node = search->node[i];
		cr_assert(position >= 1 && position < order->count);
		cr_assert_eq(order->place[position], node);
		seen |= UINT32_C(1) << position;
		for (uint32_t e = flow->offsets[node]; e < flow->offsets[node + 1]; e++) {
			uint32_t state = search->state[flow->targets[e]];
			if (!(state & FLOW_LEAF))
				cr_assert_eq(order->position[state] > position, !is_ancestor(search, state, i));
		}
	}
	cr_assert_eq(seen, (UINT32_C(1) << search->numbers) - 2);
}

HEAP_TEST(flow_order, only_back_edges_lead_back)
{
	uint64_t random = 5;
	for (int round = 0; round < HEAP_TEST_ROUNDS(3000); round++) {
		uint32_t offsets[NODES + 1], targets[NODES * 4], edges = 0, entries[4];
		for (uint32_t v = 0; v < NODES; v++) {
			offsets[v] = edges;
			for (uint64_t e = help_random(&random) % 4; e > 0; e--)
				targets[edges++] = (uint32_t)(help_random(&random) % NODES);
		}
		offsets[NODES] = edges;
		struct flow flow = {NODES, offsets, targets};
		AUTO(flow_search) struct flow_search search = {0};
		assert_ok(flow_search_init(&search, &flow));
		for (int e = 0; e < 4; e++)
			entries[e] = (uint32_t)(help_random(&random) % NODES);
		flow_search_enter(&search, entries, 4);
		AUTO(flow_order) struct flow_order order = {0};
		assert_ok(flow_order_init(&order, &search));
		check_order(&search, &order);
	}
}

/* A chain has as many positions as a test wants. */
static void chain_order(uint32_t count, struct flow_order *order)
{
	AUTO(free) void *memory = calloc((size_t)count * 2 + 1, sizeof(uint32_t));
	uint32_t *offsets = memory, *targets = offsets + count + 1, entry = 0;
	for (uint32_t i = 0; i < count; i++) {
		offsets[i + 1] = i + 1;
		targets[i] = (i + 1) % count;
	}
	struct flow flow = {count, offsets, targets};
	AUTO(flow_search) struct flow_search search = {0};
	assert_ok(flow_search_init(&search, &flow));
	flow_search_enter(&search, &entry, 1);
	assert_ok(flow_order_init(order, &search));
}

HEAP_TEST(flow_order, the_least_comes_first_and_nobody_twice)
{
	uint64_t random = 9;
	bool waits[101] = {false};
	AUTO(flow_order) struct flow_order order = {0};
	chain_order(100, &order);
	for (int round = 0; round < HEAP_TEST_ROUNDS(20000); round++) {
		uint32_t least = 1;
		if (order.queue.count == 0 || help_random(&random) % 3 > 0) {
			uint32_t position = 1 + (uint32_t)(help_random(&random) % 100);
			assert_ok(flow_order_enqueue(&order, position));
			waits[position] = true;
			continue;
		}
		while (!waits[least])
			least++;
		cr_assert_eq(flow_order_dequeue(&order), least);
		waits[least] = false;
	}
}
