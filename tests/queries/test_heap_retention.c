/* What sets retain: against the definition on random heaps, by trying. */
#include "tests/analyzer/help_model.h"
#include "tests/queries/help_heaps.h"
#include "tests/test.h"

#include "analyzer/dominators.h"
#include "analyzer/reach.h"

uint64_t help_random(uint64_t *state); /* of tests/format/help_heap.h, whose heap is another */

static uint32_t entries_of(const struct reach *reach)
{
	uint32_t entries = 0;
	for (size_t i = 0; i < reach->entries.count; i++)
		entries |= UINT32_C(1) << reach->entries.items[i];
	return entries;
}

struct asked {
	struct modelled modelled;
	struct type_names names;
	struct heap *heap;
	uint32_t entries;
};

static void asked_init(struct asked *asked, uint64_t *state, bool honest)
{
	help_modelled_make(&asked->modelled, state, honest, REACH_COLUMNS | GRAPH_SIZE);
	const struct reader *readers[1] = {asked->modelled.reader};
	assert_ok(type_names_init(&asked->names, readers, 1));
	assert_ok(heap_create(asked->modelled.reader, &asked->names, 0, NULL, NULL, &asked->heap));
	assert_ok(heap_need(asked->heap, HEAP_RETAINED));
	AUTO(reach) struct reach reach = {0};
	assert_ok(reach_create(asked->modelled.graph, false, &reach));
	asked->entries = entries_of(&reach);
}

static void asked_deinit(struct asked *asked)
{
	heap_destroy(asked->heap);
	type_names_deinit(&asked->names);
	help_modelled_deinit(&asked->modelled);
}
DEFINE_AUTO_VALUE(asked, struct asked, asked_deinit);

static uint64_t truth(const struct asked *asked, uint32_t members)
{
	const struct model *model = &asked->modelled.model;
	return help_model_all(model) & ~help_model_reach(model, asked->entries, members);
}

static void check_set(const struct asked *asked, uint32_t members)
{
	uint32_t places[2 * MODEL_PLACES], count = 0;
	for (uint32_t times = 0; times < 2; times++)
		for (uint32_t i = 0; i < asked->heap->places; i++)
			if (i >= asked->heap->nodes || members >> i & 1)
				places[count++] = i;
	uint64_t bytes;
	assert_ok(heap_retained_set(asked->heap, places, count, &bytes));
	cr_assert_eq(bytes, truth(asked, members));
}

HEAP_TEST(heap_retention, of_sets_equals_the_definition_on_random_heaps)
{
	uint64_t state = 11;
	for (int round = 0; round < HEAP_TEST_ROUNDS(600); round++) {
		AUTO(asked) struct asked asked = {0};
		asked_init(&asked, &state, round % 2);
		const struct model *model = &asked.modelled.model;
		check_set(&asked, 0);
		check_set(&asked, help_model_all(model));
		for (int times = 0; times < 8; times++) {
			uint32_t members = (uint32_t)help_random(&state);
			if (times % 2)
				members &= (uint32_t)help_random(&state) & (uint32_t)help_random(&state);
			check_set(&asked, members & help_model_all(model));
		}
	}
}

/* One object dominates another where that goes with it. */
HEAP_TEST(heap_retention, of_single_ones_and_their_dominators_equal_the_definition)
{
	uint64_t state = 12;
	for (int round = 0; round < HEAP_TEST_ROUNDS(300); round++) {
		AUTO(asked) struct asked asked = {0};
		asked_init(&asked, &state, round % 2);
		struct heap *heap = asked.heap;
		for (uint32_t a = 0; a < heap->nodes; a++) {
			uint64_t bytes = truth(&asked, UINT32_C(1) << a), single;
			cr_assert_eq(heap->retained[a], bytes);
			assert_ok(heap_retained_set(heap, (const uint32_t[]){a, a}, 2, &single));
			cr_assert_eq(single, bytes);
			for (uint32_t b = 0; b < heap->nodes; b++)
				cr_assert_eq(heap_dominates(heap, a, b), (bool)(bytes >> b & 1));
			uint32_t of = heap->dominator[a];
			cr_assert(of == DOMINATOR_ROOT || heap_dominates(heap, of, a));
		}
	}
}
