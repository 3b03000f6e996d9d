/* A depth-first search, by hand and by the rules that its numbers have to keep. */
#include "analyzer/flow_search.h"

#include "tests/format/help_heap.h"
#include "tests/test.h"

#define NODES 20u

static bool is_ancestor(const struct flow_search *search, uint32_t ancestor, uint32_t number)
{
	while (number > ancestor)
		number = search->parent[number];
	return number == ancestor;
}

static void expect_entered(const struct flow_search *search, uint32_t node)
{
	uint32_t state = search->state[node];
	cr_assert_eq(state & FLOW_LEAF ? state & ~FLOW_LEAF : search->semi[state], 0);
}

/* What is kept is enough: each edge is of the tree, or lowers semi, or is listed. */
static void check_edge(const struct flow_search *search, uint32_t from, uint32_t target)
{
	uint32_t state = search->state[target];
	bool listed = false;
	cr_assert(flow_search_seen(search, target));
	if (state & FLOW_LEAF) {
		for (uint32_t e = search->repeats[from]; e < search->repeats[from + 1]; e++)
			listed |= search->repeat[e] == target;
		cr_assert(listed || state == FLOW_LEAF || (state & ~FLOW_LEAF) == from);
	} else if (state > from && is_ancestor(search, from, state)) {
		cr_assert_leq(search->semi[state], from);
	} else if (state != from) {
		for (uint32_t e = search->crosses[from]; e < search->crosses[from + 1]; e++)
			listed |= search->cross[e] == state;
		cr_assert(listed);
		cr_assert_lt(state, from);
	}
}

HEAP_TEST(flow_search, keeps_every_edge_that_the_tree_does_not_imply)
{
	uint64_t random = 31;
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
		for (int e = 0; e < 4; e++) {
			entries[e] = (uint32_t)(help_random(&random) % NODES);
			flow_search_enter(&search, &entries[e], 1);
		}
		for (int e = 0; e < 4; e++)
			expect_entered(&search, entries[e]);
		for (uint32_t i = 1; i < search.numbers; i++) {
			uint32_t v = search.node[i];
			cr_assert_eq(search.state[v], i);
			cr_assert_lt(search.parent[i], i);
			cr_assert_leq(search.semi[i], search.parent[i]);
			for (uint32_t e = offsets[v]; e < offsets[v + 1]; e++)
				check_edge(&search, i, targets[e]);
		}
	}
}

/* 0 leads to 1 and 2, 1 to 2: entered at 0, 2 is met below 0 first, as the last edge is followed first. */
HEAP_TEST(flow_search, follows_the_last_edge_first)
{
	uint32_t offsets[] = {0, 2, 3, 4, 4}, targets[] = {1, 2, 2, 3}, entry = 0;
	struct flow flow = {4, offsets, targets};
	AUTO(flow_search) struct flow_search search = {0};
	assert_ok(flow_search_init(&search, &flow));
	cr_assert_not(flow_search_seen(&search, 0));
	cr_assert_not(flow_search_seen(&search, 3));
	flow_search_enter(&search, &entry, 1);
	cr_assert_eq(search.state[0], 1);
	cr_assert_eq(search.state[2], 2);
	cr_assert_eq(search.state[1], 3);
	cr_assert_eq(search.state[3], FLOW_LEAF | 2);
	cr_assert_eq(search.crosses[4] - search.crosses[3], 1);
	cr_assert_eq(search.cross[search.crosses[3]], 2);
}
