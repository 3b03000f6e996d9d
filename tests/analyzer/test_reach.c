/* Where a search begins, and what is led to from where: against a model. */
#include "analyzer/reach.h"

#include "tests/analyzer/help_model.h"
#include "tests/test.h"

static uint32_t bit(uint32_t place)
{
	return UINT32_C(1) << place;
}

/* Fates but for the difference between garbage and stuck, each object met, each entry once. */
static uint32_t check_entries(const struct model *model, const struct reach *reach, bool everywhere)
{
	uint32_t named = 0, external = 0, entries = 0;
	for (uint32_t r = 0; r < model->roots; r++)
		named |= bit(model->nodes + r);
	for (uint32_t i = 0; i < model->nodes; i++) {
		named |= model->objects[i].immortal || (everywhere && model->objects[i].residue > 0) ? bit(i) : 0;
		external |= model->objects[i].residue > 0 ? bit(i) : 0;
	}
	uint32_t reachable = help_model_reach(model, named, 0),
		 held = help_model_reach(model, external, 0) & ~reachable;
	for (size_t e = 0; e < reach->entries.count; e++) {
		uint32_t entry = bit(reach->entries.items[e]);
		cr_assert_eq(entries & entry, 0);
		entries |= entry;
	}
	for (uint32_t i = 0; i < model->nodes; i++) {
		uint8_t expected = reachable & bit(i) ? FATE_REACHABLE : held & bit(i) ? FATE_HELD : FATE_GARBAGE;
		cr_assert_eq(reach->fate[i], expected);
		cr_assert(flow_search_seen(&reach->search, i));
	}
	cr_assert_eq(entries & ~held & (reachable | ~help_model_all(model)), named);
	cr_assert_eq(entries & held, external & held);
	cr_assert_eq(help_model_reach(model, entries, 0) & help_model_all(model), help_model_all(model));
	return entries & help_model_all(model) & ~(reachable | held);
}

/* No entry of the rest leads to another one, so of each group there is one, and none that others lead to. */
static void check_rest(const struct model *model, uint32_t rest)
{
	for (uint32_t i = 0; i < model->nodes; i++)
		if (rest & bit(i))
			cr_assert_eq(help_model_reach(model, bit(i), 0) & rest, bit(i));
}

HEAP_TEST(reach, enters_each_group_once_and_tells_what_leads_where)
{
	uint64_t state = 5;
	for (int round = 0; round < HEAP_TEST_ROUNDS(2000); round++) {
		AUTO(modelled) struct modelled modelled;
		bool everywhere = round % 3 == 0;
		help_modelled_make(&modelled, &state, round % 2, REACH_COLUMNS);
		AUTO(reach) struct reach reach = {0};
		assert_ok(reach_create(modelled.graph, everywhere, &reach));
		check_rest(&modelled.model, check_entries(&modelled.model, &reach, everywhere));
	}
}
