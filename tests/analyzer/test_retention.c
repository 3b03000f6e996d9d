/* Retained sizes against their definition: what can't be reached any more when the object is taken out. */
#include "analyzer/retention.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/analyzer/help_model.h"
#include "tests/test.h"

#include <stdlib.h>

static void check(const struct modelled *modelled, const struct retention *retention)
{
	const struct model *model = &modelled->model;
	uint32_t entries = 0, all = help_model_all(model);
	uint64_t below_root = 0;
	for (size_t i = 0; i < retention->entry_count; i++)
		entries |= UINT32_C(1) << retention->entries[i];
	for (uint32_t place = 0; place < model->nodes + model->roots; place++) {
		uint32_t lost = all & ~help_model_reach(model, entries, UINT32_C(1) << place);
		cr_assert_eq(retention_size(retention, place), lost, "place %u retains %lx, not %x", place,
			     (unsigned long)retention_size(retention, place), lost);
		if (domination_of(&retention->tree, place) == DOMINATOR_ROOT)
			below_root += retention_size(retention, place);
	}
	cr_assert_eq(below_root, all);
	cr_assert_eq(retention->retained[0], all);
	struct fate_total totals[FATE_COUNT];
	uint64_t size = 0, count = 0;
	retention_totals(retention, totals);
	for (int f = 0; f < FATE_COUNT; f++) {
		size += totals[f].size;
		count += totals[f].count;
	}
	cr_assert_eq(size, all);
	cr_assert_eq(count, model->nodes);
}

HEAP_TEST(retention, equals_the_definition_on_random_heaps)
{
	uint64_t state = 19;
	for (int round = 0; round < HEAP_TEST_ROUNDS(3000); round++) {
		AUTO(modelled) struct modelled modelled;
		help_modelled_make(&modelled, &state, round % 2, RETENTION_COLUMNS);
		AUTO(retention) struct retention retention = {0};
		assert_ok(retention_create(modelled.graph, round % 5 == 0, NULL, &retention));
		check(&modelled, &retention);
	}
}

/* The same by jump pointers, which small heaps never need: a tree is made with no steps to spare. */
HEAP_TEST(retention, is_the_same_when_walks_jump)
{
	uint64_t state = 23;
	for (int round = 0; round < HEAP_TEST_ROUNDS(1000); round++) {
		AUTO(modelled) struct modelled modelled;
		help_modelled_make(&modelled, &state, round % 2, RETENTION_COLUMNS);
		AUTO(reach) struct reach reach = {0};
		AUTO(retention) struct retention walked = {0};
		AUTO(domination) struct domination jumped = {0};
		assert_ok(retention_create(modelled.graph, false, NULL, &walked));
		assert_ok(reach_create(modelled.graph, false, &reach));
		assert_ok(dominators_create(&reach.search, 0, &jumped));
		for (uint32_t place = 0; place < modelled.graph->places; place++)
			cr_assert_eq(domination_of(&jumped, place), domination_of(&walked.tree, place));
	}
}

/* A million objects in a chain: each retains all after it. Nothing recurs. */
HEAP_TEST(retention, of_a_long_chain_is_what_comes_after)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "meta pid 1\n");
	uint32_t nodes = 1000000;
	AUTO(graph) struct graph *graph = graph_create();
	cr_assert_not_null(graph);
	graph->reader = loaded.reader;
	graph->nodes = graph->places = nodes;
	graph->offsets = calloc(nodes + 1, sizeof(uint32_t));
	graph->targets = calloc(nodes, sizeof(uint32_t));
	graph->size.values = calloc(nodes, sizeof(uint32_t));
	graph->flags = calloc(nodes, 1);
	graph->residue = calloc(nodes, sizeof(int32_t));
	for (uint32_t i = 0; i < nodes; i++) {
		graph->size.values[i] = 3;
		graph->targets[i] = i + 1;
		graph->offsets[i + 1] = i + 1 < nodes ? i + 1 : i;
	}
	graph->residue[0] = 1;
	AUTO(retention) struct retention retention = {0};
	assert_ok(retention_create(graph, false, NULL, &retention));
	for (uint32_t i = 0; i < nodes; i++)
		cr_assert_eq(retention_size(&retention, i), 3 * (uint64_t)(nodes - i));
	cr_assert_eq(retention.fate[nodes - 1], FATE_HELD);
}
