/* Depths, paths and cycles, against searches that are too simple to be wrong. */
#include "tests/analyzer/help_model.h"
#include "tests/queries/help_heaps.h"
#include "tests/test.h"

#include <string.h>

HEAP_TEST(heap_ways, tells_paths)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL,
			"object 0x10 dict ref=1\nobject 0x20 app.Cache ref=1\nobject 0x30 str ref=1\nobject 0x40 str ref=0\n"
			"edge 0x10 0x20 ['CACHE']\nedge 0x20 0x30 .items\nedge 0x20 0x40 .weakly weak\n"
			"root modules sys.modules\nrootedge 0x10 ['app']\n");
	static const char *const expected[] = {"app", "app['CACHE']", "app['CACHE'].items"};
	struct datum path;
	assert_ok(heap_need(heaps.after, HEAP_DEPTH));
	for (uint32_t place = 0; place < 3; place++) {
		assert_ok(heap_path(heaps.after, &heaps.arena, place, &path));
		cr_assert_str_eq(path.text, expected[place]);
	}
	assert_ok(heap_path(heaps.after, &heaps.arena, 3, &path));
	cr_assert(datum_is_null(path));
	cr_assert_str_eq(help_property(&heaps, heaps.after, 3, "depth"), "null");
	assert_ok(heap_path(heaps.after, &heaps.arena, 4, &path));
	cr_assert_str_eq(path.text, "sys.modules");
}

/* Rounds of looking at every edge, until nothing comes nearer. */
static void find_depths(const struct model *model, uint32_t *depth)
{
	for (uint32_t i = 0; i < MODEL_PLACES; i++)
		depth[i] = i >= model->nodes ? 0 : NO_ID;
	for (bool again = true; again;) {
		again = false;
		for (uint32_t e = 0; e < model->edge_count; e++) {
			uint32_t from = model->edges[e].from, to = model->edges[e].to;
			if (!model->edges[e].kept || depth[from] == NO_ID || depth[to] <= depth[from] + 1)
				continue;
			depth[to] = depth[from] + 1;
			again = true;
		}
	}
}

HEAP_TEST(heap_ways, are_as_deep_and_cyclic_as_trying_says)
{
	uint64_t state = 3;
	for (int round = 0; round < HEAP_TEST_ROUNDS(300); round++) {
		AUTO(modelled) struct modelled modelled = {0};
		AUTO(type_names) struct type_names names = {0};
		AUTO(heap) struct heap *heap = NULL;
		help_modelled_make(&modelled, &state, round % 2, GRAPH_HOLDING);
		const struct reader *readers[1] = {modelled.reader};
		assert_ok(type_names_init(&names, readers, 1));
		assert_ok(heap_create(modelled.reader, &names, 0, NULL, NULL, &heap));
		assert_ok(heap_need(heap, HEAP_DEPTH | HEAP_CYCLES));
		uint32_t depth[MODEL_PLACES], below[MODEL_NODES];
		find_depths(&modelled.model, depth);
		const struct property *property = property_find(false, "depth", 5);
		for (uint32_t i = 0; i < heap->nodes; i++) {
			struct datum datum;
			assert_ok(heap_node_property(heap, NULL, property, i, &datum));
			cr_assert_eq(datum_is_null(datum) ? NO_ID : (uint32_t)datum.integer, depth[i]);
			below[i] = 0;
			for (uint32_t e = 0; e < modelled.model.edge_count; e++)
				if (modelled.model.edges[e].kept && modelled.model.edges[e].from == i)
					below[i] |= UINT32_C(1) << modelled.model.edges[e].to;
			below[i] = help_model_reach(&modelled.model, below[i], 0);
		}
		for (uint32_t i = 0; i < heap->nodes; i++) {
			cr_assert_eq(heap_cycle(heap, i) != NO_ID, (bool)(below[i] >> i & 1));
			for (uint32_t j = 0; j < heap->nodes; j++)
				if (below[i] >> i & 1)
					cr_assert_eq(heap_cycle(heap, i) == heap_cycle(heap, j),
						     (below[i] >> j & 1) && (below[j] >> i & 1));
		}
	}
}
