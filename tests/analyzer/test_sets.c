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

/* Groups by place; what each retains, objects a bit each. */
struct division {
	uint32_t count, group[MODEL_PLACES], retained[8];
};

static void divide(const struct modelled *modelled, const struct reach *reach, uint64_t *state,
		   struct division *division)
{
	const struct model *model = &modelled->model;
	uint32_t places = model->nodes + model->roots, all = help_model_all(model);
	bool some = help_random(state) % 2;
	division->count = 1 + (uint32_t)(help_random(state) % 8);
	for (uint32_t i = 0; i < places; i++) {
		division->group[i] = (uint32_t)(help_random(state) % division->count);
		if (some && help_random(state) % 3 == 0)
			division->group[i] = GROUP_NONE;
	}
	for (uint32_t g = 0; g < division->count; g++) {
		uint32_t members = 0;
		for (uint32_t i = 0; i < places; i++)
			members |= (uint32_t)(division->group[i] == g) << i;
		division->retained[g] = all & ~help_model_reach(model, entries_of(reach), members);
	}
}

static uint32_t innermost_of(const struct division *division, uint32_t node)
{
	uint32_t least = GROUP_NONE;
	for (uint32_t g = 0; g < division->count; g++)
		if ((division->retained[g] >> node & 1) &&
		    (least == GROUP_NONE || division->retained[g] < division->retained[least]))
			least = g;
	return least;
}

static void check_groups(const struct modelled *modelled, const struct reach *reach, uint64_t *state)
{
	struct division division;
	divide(modelled, reach, state, &division);
	struct grouping grouping = {division.count, division.group, division.group + modelled->model.nodes};
	uint64_t rooms[] = {sets_room(modelled->graph), help_random(state) % 60};
	for (int room = 0; room < 2; room++) {
		uint64_t retained[8];
		uint32_t innermost[MODEL_NODES];
		assert_ok(sets_innermost(reach, &grouping, rooms[room], NULL, retained, innermost));
		for (uint32_t g = 0; g < division.count; g++)
			cr_assert_eq(retained[g], division.retained[g], "group %u of %u retains %lx, not %x", g,
				     division.count, (unsigned long)retained[g], division.retained[g]);
		for (uint32_t i = 0; i < modelled->model.nodes; i++)
			cr_assert_eq(innermost[i], innermost_of(&division, i));
	}
}

/* Either it is what the definition says, or nothing. With all the room and references it wants, it is found. */
static void check_soon(const struct modelled *modelled, const struct reach *reach, uint64_t *state)
{
	struct division division;
	divide(modelled, reach, state, &division);
	struct grouping grouping = {division.count, division.group, division.group + modelled->model.nodes};
	uint64_t rooms[] = {sets_room(modelled->graph), help_random(state) % 60};
	uint64_t most[] = {sets_most(modelled->graph), help_random(state) % 20};
	for (int round = 0; round < 4; round++) {
		uint64_t retained[8] = {7, 7, 7, 7, 7, 7, 7, 7};
		bool done;
		assert_ok(sets_retained_soon(reach, &grouping, rooms[round % 2], most[round / 2], retained, &done));
		cr_assert(done || round > 0);
		for (uint32_t g = 0; g < division.count; g++)
			cr_assert_eq(retained[g], done ? division.retained[g] : 7);
	}
}

static void check_one(const struct modelled *modelled, const struct reach *reach, uint64_t *state)
{
	const struct model *model = &modelled->model;
	uint32_t members = (uint32_t)help_random(state) & help_model_all(model);
	uint8_t member[MODEL_NODES];
	for (uint32_t i = 0; i < model->nodes; i++)
		member[i] = members >> i & 1;
	uint64_t bytes;
	assert_ok(set_retained(modelled->graph, reach->entries.items, reach->entries.count, member, &bytes));
	cr_assert_eq(bytes, help_model_all(model) & ~help_model_reach(model, entries_of(reach), members));
}

HEAP_TEST(sets, equal_the_definition_on_random_heaps)
{
	uint64_t state = 7;
	for (int round = 0; round < HEAP_TEST_ROUNDS(2000); round++) {
		AUTO(modelled) struct modelled modelled;
		help_modelled_make(&modelled, &state, round % 2, REACH_COLUMNS | GRAPH_SIZE);
		AUTO(reach) struct reach reach = {0};
		assert_ok(reach_create(modelled.graph, round % 5 == 0, &reach));
		for (int times = 0; times < 5; times++) {
			check_groups(&modelled, &reach, &state);
			check_soon(&modelled, &reach, &state);
			check_one(&modelled, &reach, &state);
		}
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
	struct grouping grouping = {.count = 3, .group = made.group};
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
	struct grouping grouping = {.count = groups, .group = made.group};
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
	struct grouping grouping = {.count = 2, .group = made.group};
	uint64_t retained[2] = {9, 9};
	uint32_t innermost[1];
	assert_ok(sets_innermost(&made.reach, &grouping, 10, NULL, retained, innermost));
	cr_assert_eq(innermost[0], GROUP_NONE);
	cr_assert_eq(retained[0] + retained[1], 0);
}
