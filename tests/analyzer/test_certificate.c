/* A tree that is right is certified; any other one is not. */
#include "analyzer/certificate.h"

#include "tests/analyzer/help_model.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

struct certified {
	struct modelled modelled;
	struct reach reach;
	struct retention retention;
};

static void certified_init(struct certified *certified, uint64_t *state)
{
	*certified = (struct certified){0};
	help_modelled_make(&certified->modelled, state, true, RETENTION_COLUMNS);
	assert_ok(reach_create(certified->modelled.graph, false, &certified->reach));
	assert_ok(retention_create(certified->modelled.graph, false, NULL, &certified->retention));
}

static void certified_deinit(struct certified *certified)
{
	retention_deinit(&certified->retention);
	reach_deinit(&certified->reach);
	help_modelled_deinit(&certified->modelled);
}
DEFINE_AUTO_VALUE(certified, struct certified, certified_deinit);

HEAP_TEST(certificate, holds_for_what_was_found)
{
	uint64_t state = 13;
	for (int round = 0; round < HEAP_TEST_ROUNDS(1000); round++) {
		AUTO(certified) struct certified certified;
		certified_init(&certified, &state);
		struct certificate certificate;
		assert_ok(certificate_make(&certified.retention, &certified.reach, 64, NULL, &certificate));
		cr_assert(certificate.holds, "%s", certificate.fault);
		cr_assert_eq(certificate.edges, certified.modelled.graph->edges + certified.reach.entries.count);
	}
}

/* Sizes as if the tree were right, so that only the tree's own faults show. */
static void add_up(struct retention *retention)
{
	const struct graph *graph = retention->graph;
	const struct domination *tree = &retention->tree;
	retention->retained[0] = 0;
	for (uint32_t i = 1; i < tree->numbers; i++)
		retention->retained[i] = tree->node[i] < graph->nodes ? graph_size(graph, tree->node[i]) : 0;
	for (node_id i = 0; i < graph->nodes; i++)
		if (tree->state[i] & FLOW_LEAF)
			retention->retained[tree->state[i] & ~FLOW_LEAF] += graph_size(graph, i);
	for (uint32_t i = tree->numbers - 1; i > 0; i--)
		retention->retained[tree->idom[i]] += retention->retained[i];
}

/* Hangs one object elsewhere: too deep, and the parent property is hurt; too high, and a size is too small. */
static bool spoil(struct retention *retention, uint64_t *state)
{
	struct domination *tree = &retention->tree;
	uint32_t numbers = tree->numbers, count = retention->graph->nodes;
	uint32_t place = (uint32_t)(help_random(state) % count);
	uint32_t *where = tree->state[place] & FLOW_LEAF ? &tree->state[place] : &tree->idom[tree->state[place]];
	uint32_t mark = tree->state[place] & FLOW_LEAF;
	uint32_t limit = mark ? numbers : tree->state[place];
	uint32_t other = mark | (uint32_t)(help_random(state) % limit);
	if (*where == other)
		return false;
	*where = other;
	add_up(retention);
	return true;
}

HEAP_TEST(certificate, refuses_a_tree_with_one_object_elsewhere)
{
	uint64_t state = 17;
	int spoiled = 0;
	for (int round = 0; round < HEAP_TEST_ROUNDS(3000); round++) {
		AUTO(certified) struct certified certified;
		certified_init(&certified, &state);
		if (!spoil(&certified.retention, &state))
			continue;
		struct certificate certificate;
		assert_ok(certificate_make(&certified.retention, &certified.reach, 64, NULL, &certificate));
		cr_assert_not(certificate.holds);
		cr_assert_neq(certificate.fault[0], '\0');
		spoiled++;
	}
	cr_assert_gt(spoiled, HEAP_TEST_ROUNDS(1000));
}
