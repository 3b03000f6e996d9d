/* Retained sizes of sets that overlap, against their definition: what can't be reached without the members. */
#include "analyzer/mask_sets.h"

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

/* Objects of a set, a bit each: none, all, few or half of them. */
static uint32_t choose(const struct model *model, uint64_t *state)
{
	uint32_t some = (uint32_t)help_random(state) & help_model_all(model);
	switch (help_random(state) % 6) {
	case 0:
		return 0;
	case 1:
		return help_model_all(model);
	case 2:
		return some;
	default:
		return some & (uint32_t)help_random(state) & (uint32_t)help_random(state);
	}
}

/* By trying: for each set one search without its members, and set_retained says the same. */
static void check(const struct modelled *modelled, const struct reach *reach, unsigned sets, uint64_t *state)
{
	const struct model *model = &modelled->model;
	uint32_t gone[MASK_SETS];
	uint64_t member[MODEL_NODES] = {0}, retained[MASK_SETS], without[MODEL_NODES];
	uint8_t single[MODEL_NODES];
	for (unsigned s = 0; s < sets; s++) {
		uint32_t members = choose(model, state);
		for (uint32_t i = 0; i < model->nodes; i++)
			member[i] |= (uint64_t)(members >> i & 1) << s;
		gone[s] = help_model_all(model) & ~help_model_reach(model, entries_of(reach), members);
	}
	assert_ok(mask_sets_retained(reach, member, sets, NULL, retained, without));
	for (unsigned s = 0; s < sets; s++) {
		uint64_t bytes;
		for (uint32_t i = 0; i < model->nodes; i++)
			single[i] = member[i] >> s & 1;
		assert_ok(set_retained(modelled->graph, reach->entries.items, reach->entries.count, single, &bytes));
		cr_assert_eq(retained[s], bytes);
		cr_assert_eq(retained[s], gone[s], "set %u of %u retains %lx, not %x", s, sets,
			     (unsigned long)retained[s], gone[s]);
	}
	for (uint32_t i = 0; i < model->nodes; i++) {
		uint64_t word = 0;
		for (unsigned s = 0; s < sets; s++)
			word |= (uint64_t)(gone[s] >> i & 1) << s;
		cr_assert_eq(without[i], word, "object %u goes with %lx, not %lx", i, (unsigned long)without[i],
			     (unsigned long)word);
	}
}

HEAP_TEST(mask_sets, equal_the_definition_on_random_heaps)
{
	uint64_t state = 11;
	for (int round = 0; round < HEAP_TEST_ROUNDS(1500); round++) {
		AUTO(modelled) struct modelled modelled;
		help_modelled_make(&modelled, &state, round % 2, REACH_COLUMNS | GRAPH_SIZE);
		AUTO(reach) struct reach reach = {0};
		assert_ok(reach_create(modelled.graph, round % 5 == 0, &reach));
		check(&modelled, &reach, 1, &state);
		check(&modelled, &reach, 1 + (unsigned)(help_random(&state) % MASK_SETS), &state);
		check(&modelled, &reach, MASK_SETS, &state);
	}
}

/* A made-up graph of objects of 1 byte each; those with residue are entered. */
struct made {
	struct graph graph;
	struct reach reach;
	uint64_t *member;
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
	made->member = calloc(nodes, sizeof(uint64_t));
	for (uint32_t i = 0; i < nodes; i++)
		made->graph.size.values[i] = 1;
}

static void made_deinit(struct made *made)
{
	reach_deinit(&made->reach);
	free(made->graph.offsets);
	free(made->graph.targets);
	free(made->graph.size.values);
	free(made->graph.flags);
	free(made->graph.residue);
	free(made->member);
}
DEFINE_AUTO_VALUE(made, struct made, made_deinit);

/* Objects 0 and 1 are entered, 0 is in all 64 sets: 2 gets the full word from it, and loses it by 3, which 1 leads to. What
 * 2 leads to has to lose it too. */
HEAP_TEST(mask_sets, a_full_word_that_is_lost_is_lost_below_too)
{
	static const uint32_t offsets[] = {0, 1, 2, 4, 5, 6, 6}, targets[] = {2, 3, 3, 4, 2, 5};
	AUTO(made) struct made made;
	made_init(&made, 6, 6);
	memcpy(made.graph.offsets, offsets, sizeof offsets);
	memcpy(made.graph.targets, targets, sizeof targets);
	made.graph.residue[0] = made.graph.residue[1] = 1;
	made.member[0] = UINT64_MAX;
	assert_ok(reach_create(&made.graph, false, &made.reach));
	uint64_t retained[MASK_SETS], without[6];
	assert_ok(mask_sets_retained(&made.reach, made.member, MASK_SETS, NULL, retained, without));
	cr_assert_eq(without[0], UINT64_MAX);
	for (uint32_t i = 1; i < 6; i++)
		cr_assert_eq(without[i], 0, "object %u", i);
	for (unsigned s = 0; s < MASK_SETS; s++)
		cr_assert_eq(retained[s], 1);
}

/* Each leads to the next and back. Set s begins with object s, and each has one object of 64. */
HEAP_TEST(mask_sets, follow_a_long_chain_both_ways)
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
		made.member[i] = UINT64_C(1) << i % MASK_SETS;
	}
	made.graph.offsets[nodes] = edges;
	made.graph.residue[0] = 1;
	assert_ok(reach_create(&made.graph, false, &made.reach));
	uint64_t retained[MASK_SETS];
	assert_ok(mask_sets_retained(&made.reach, made.member, MASK_SETS, NULL, retained, NULL));
	for (unsigned s = 0; s < MASK_SETS; s++)
		cr_assert_eq(retained[s], nodes - s);
}

HEAP_TEST(mask_sets, of_nothing_retain_nothing)
{
	AUTO(made) struct made made;
	made_init(&made, 1, 0);
	made.graph.residue[0] = 1;
	assert_ok(reach_create(&made.graph, false, &made.reach));
	uint64_t retained[3] = {9, 9, 9}, without[1] = {9};
	assert_ok(mask_sets_retained(&made.reach, made.member, 2, NULL, retained, without));
	cr_assert_eq(retained[0] + retained[1], 0);
	cr_assert_eq(retained[2], 9);
	cr_assert_eq(without[0], 0);
}
