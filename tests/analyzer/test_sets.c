/* Retained sizes of sets, against their definition: what can't be reached without the members. */
#include "analyzer/sets.h"

#include "tests/analyzer/help_model.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

static uint32_t entries_of(const struct reach *reach)
{
	uint32_t entries = 0;
	for (size_t i = 0; i < reach->entries.count; i++)
		entries |= UINT32_C(1) << reach->entries.items[i];
	return entries;
}

static void check_groups(const struct modelled *modelled, const struct reach *reach, uint64_t *state)
{
	const struct model *model = &modelled->model;
	uint32_t group[MODEL_NODES], count = 1 + (uint32_t)(help_random(state) % 8);
	uint64_t retained[8];
	bool some = help_random(state) % 2;
	for (uint32_t i = 0; i < model->nodes; i++) {
		group[i] = (uint32_t)(help_random(state) % count);
		if (some && help_random(state) % 3 == 0)
			group[i] = GROUP_NONE;
	}
	struct grouping grouping = {count, group};
	uint64_t rooms[] = {sets_room(modelled->graph), help_random(state) % 60};
	for (int room = 0; room < 2; room++) {
		memset(retained, 0xff, sizeof retained);
		assert_ok(sets_retained(reach, &grouping, rooms[room], NULL, retained));
		for (uint32_t g = 0; g < count; g++) {
			uint32_t members = 0;
			uint8_t member[MODEL_NODES];
			for (uint32_t i = 0; i < model->nodes; i++) {
				member[i] = group[i] == g;
				members |= (uint32_t)member[i] << i;
			}
			uint32_t left = help_model_reach(model, entries_of(reach), members),
				 all = help_model_all(model);
			uint64_t one;
			cr_assert_eq(retained[g], all & ~left, "group %u of %u retains %lx, not %x", g, count,
				     (unsigned long)retained[g], all & ~left);
			assert_ok(set_retained(modelled->graph, reach->entries.items, reach->entries.count, member,
					       &one));
			cr_assert_eq(one, all & ~left);
		}
	}
}

HEAP_TEST(sets, equal_the_definition_on_random_heaps)
{
	uint64_t state = 7;
	for (int round = 0; round < 2000; round++) {
		AUTO(modelled) struct modelled modelled;
		help_modelled_make(&modelled, &state, round % 2, REACH_COLUMNS | GRAPH_SIZE);
		AUTO(reach) struct reach reach = {0};
		assert_ok(reach_create(modelled.graph, round % 5 == 0, &reach));
		for (int times = 0; times < 5; times++)
			check_groups(&modelled, &reach, &state);
	}
}

/* A made-up graph of some shape, of objects of 1 byte each; entered at object 0. */
struct made {
	struct graph graph;
	struct reach reach;
	uint32_t *group;
};

static void made_init(struct made *made, uint32_t nodes, uint32_t edges)
{
	*made = (struct made){0};
	made->graph.nodes = made->graph.places = nodes;
	made->graph.offsets = calloc(nodes + 1, sizeof(uint32_t));
	made->graph.targets = calloc(edges + 1, sizeof(uint32_t));
	made->graph.size.values = calloc(nodes, sizeof(uint32_t));
	made->graph.flags = calloc(nodes, 1);
	made->graph.residue = calloc(nodes, sizeof(int32_t));
	made->group = calloc(nodes, sizeof(uint32_t));
	for (uint32_t i = 0; i < nodes; i++)
		made->graph.size.values[i] = 1;
	made->graph.residue[0] = 1;
}

static void made_deinit(struct made *made)
{
	reach_deinit(&made->reach);
	free(made->graph.offsets);
	free(made->graph.targets);
	free(made->graph.size.values);
	free(made->graph.flags);
	free(made->graph.residue);
	free(made->group);
}
DEFINE_AUTO_VALUE(made, struct made, made_deinit);

/* Each leads to the next and back: without recursion, and what changes is not followed around again and again. */
HEAP_TEST(sets, follow_a_long_chain_both_ways)
{
	uint32_t nodes = 1000000, edges = 0;
	AUTO(made) struct made made;
	made_init(&made, nodes, 2 * nodes);
	for (uint32_t i = 0; i < nodes; i++) {
		made.graph.offsets[i] = edges;
		if (i > 0)
			made.graph.targets[edges++] = i - 1;
		if (i + 1 < nodes)
			made.graph.targets[edges++] = i + 1;
		made.group[i] = i % 3;
	}
	made.graph.offsets[nodes] = edges;
	assert_ok(reach_create(&made.graph, false, &made.reach));
	struct grouping grouping = {3, made.group};
	uint64_t retained[3];
	assert_ok(sets_retained(&made.reach, &grouping, sets_room(&made.graph), NULL, retained));
	for (uint32_t g = 0; g < 3; g++)
		cr_assert_eq(retained[g], nodes - g);
}

/* A chain of 3,000 groups has sets of up to 3,000: more than there is room for, so groups are done in turns. */
HEAP_TEST(sets, of_deep_nests_are_done_in_turns)
{
	uint32_t groups = 3000, nodes = 2 * groups;
	AUTO(made) struct made made;
	made_init(&made, nodes, nodes);
	for (uint32_t i = 0; i < nodes; i++) {
		made.graph.offsets[i] = i;
		made.graph.targets[i] = (i + 1) % nodes;
		made.group[i] = i % groups;
	}
	made.graph.offsets[nodes] = nodes;
	assert_ok(reach_create(&made.graph, false, &made.reach));
	struct grouping grouping = {groups, made.group};
	AUTO(free) void *memory = calloc(groups, sizeof(uint64_t));
	uint64_t *retained = memory;
	assert_ok(sets_retained(&made.reach, &grouping, 100000, NULL, retained));
	for (uint32_t g = 0; g < groups; g++)
		cr_assert_eq(retained[g], nodes - g);
}

HEAP_TEST(sets, of_nothing_retain_nothing)
{
	AUTO(made) struct made made;
	made_init(&made, 1, 0);
	assert_ok(reach_create(&made.graph, false, &made.reach));
	made.group[0] = GROUP_NONE;
	struct grouping grouping = {2, made.group};
	uint64_t retained[2] = {9, 9};
	assert_ok(sets_retained(&made.reach, &grouping, 10, NULL, retained));
	cr_assert_eq(retained[0] + retained[1], 0);
}
