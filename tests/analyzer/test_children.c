/* The tree of dominators from above, against the one from below, on random heaps. */
#include "analyzer/children.h"

#include "tests/analyzer/help_model.h"
#include "tests/test.h"

/* Objects below a place and itself, by asking each object for all that dominates it. */
static uint32_t objects_below(const struct modelled *modelled, const struct retention *retention, uint32_t place)
{
	uint32_t count = 0;
	for (uint32_t v = 0; v < modelled->model.nodes; v++) {
		uint32_t at = v;
		while (at != place && at != DOMINATOR_ROOT)
			at = domination_of(&retention->tree, at);
		count += at == place;
	}
	return count;
}

/* Returns the places below, a bit each. */
static uint32_t check_place(const struct modelled *modelled, const struct children *children, uint32_t place)
{
	const struct retention *retention = children->retention;
	const uint32_t *places;
	uint32_t count = children_of(children, place, &places), seen = 0;
	uint64_t sum = place < modelled->model.nodes ? graph_size(modelled->graph, place) : 0;
	for (uint32_t i = 0; i < count; i++) {
		cr_assert_eq(domination_of(&retention->tree, places[i]), place);
		cr_assert(i == 0 || places[i] > places[i - 1]);
		sum += retention_size(retention, places[i]);
		seen |= UINT32_C(1) << places[i];
	}
	uint64_t retained = place == DOMINATOR_ROOT ? retention->retained[0] : retention_size(retention, place);
	cr_assert_eq(sum, retained, "place %u and those below it: %lu of %lu bytes", place, (unsigned long)sum,
		     (unsigned long)retained);
	cr_assert_eq(children_objects(children, place), objects_below(modelled, retention, place));
	return seen;
}

HEAP_TEST(children, and_the_place_itself_add_up_to_what_it_retains)
{
	uint64_t state = 31;
	for (int round = 0; round < HEAP_TEST_ROUNDS(1500); round++) {
		AUTO(modelled) struct modelled modelled;
		help_modelled_make(&modelled, &state, round % 2, RETENTION_COLUMNS);
		AUTO(retention) struct retention retention = {0};
		AUTO(children) struct children children = {0};
		assert_ok(retention_create(modelled.graph, round % 5 == 0, NULL, &retention));
		assert_ok(children_create(&retention, &children));
		uint32_t places = modelled.model.nodes + modelled.model.roots;
		uint32_t seen = check_place(&modelled, &children, DOMINATOR_ROOT), reached = 0;
		for (uint32_t place = 0; place < places; place++) {
			uint32_t below = check_place(&modelled, &children, place);
			cr_assert_eq(seen & below, 0);
			seen |= below;
			reached |= (uint32_t)(domination_of(&retention.tree, place) != DOMINATOR_NONE) << place;
		}
		cr_assert_eq(seen, reached);
	}
}
