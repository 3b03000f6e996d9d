#include "tests/queries/help_heaps.h"
#include "tests/test.h"

uint64_t help_random(uint64_t *state); /* of tests/format/help_heap.h, whose heap is another */

#define OBJECTS 700u

static void make_text(struct text *text, uint64_t *state)
{
	static const char *const generations[] = {"0", "1", "2", "permanent", "untracked"};
	static const uint64_t numbers[] = {0,          1,          2,          100,          0xfffffffe,
					   0xffffffff, 0x100000000, 5000000000, INT64_MAX,    UINT64_MAX};
	for (unsigned i = 1; i <= OBJECTS; i++)
		text_printf(text, "object %u list size=%lu ref=%lu length=%lu gen=%s\n", 16 * i,
			    (unsigned long)(help_random(state) % 8 ? help_random(state) % 200 : 0x100000000),
			    (unsigned long)numbers[help_random(state) % 10], (unsigned long)numbers[help_random(state) % 10],
			    generations[help_random(state) % 5]);
	for (unsigned i = 1; i < OBJECTS; i++)
		if (help_random(state) % 5)
			text_printf(text, "edge %u %u .x\n", 16 * i, 16 * i + 16);
	text_add(text, "root modules m 16\n");
}

/* As asking each object alone says. */
static void check(struct heaps *heaps, const struct property *property, uint64_t *state, int64_t least, int64_t most)
{
	uint8_t selected[OBJECTS], had[OBJECTS];
	uint32_t first = (uint32_t)(help_random(state) % 300), count = (uint32_t)(help_random(state) % (OBJECTS - first));
	for (uint32_t i = 0; i < count; i++)
		had[i] = selected[i] = help_random(state) % 4 != 0;
	cr_assert(heap_filter(heaps->after, property, first, count, least, most, selected));
	for (uint32_t i = 0; i < count; i++) {
		struct datum datum;
		assert_ok(heap_node_property(heaps->after, &heaps->arena, property, first + i, &datum));
		bool within = datum.kind == DATUM_INTEGER && datum.integer >= least && datum.integer <= most;
		cr_assert_eq(selected[i], had[i] && within, "%s of %u", property->name, first + i);
	}
}

HEAP_TEST(heap_filter, selects_what_asking_each_does)
{
	static const int64_t bounds[] = {INT64_MIN, -1, 0, 1, 2, 3, 100, 0xfffffffe, 0xffffffff, 0x100000000, INT64_MAX};
	uint64_t state = 9;
	AUTO(text) struct text text;
	text_init(&text);
	make_text(&text, &state);
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, text_string(&text));
	size_t count, filtered = 0;
	const struct property *list = property_list(&count);
	for (size_t i = 0; i < count; i++) {
		uint8_t none = 0;
		if (list[i].edge || list[i].kind != DATUM_INTEGER || (list[i].parts & (HEAP_JOIN | HEAP_DELTA)))
			continue;
		assert_ok(heap_need(heaps.after, list[i].parts));
		cr_assert(heap_filter(heaps.after, &list[i], 0, 1, 0, 0, &none), "%s", list[i].name);
		filtered++;
		for (size_t a = 0; a < sizeof bounds / sizeof *bounds; a++)
			for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++)
				check(&heaps, &list[i], &state, bounds[a], bounds[b]);
	}
	cr_assert_eq(filtered, 12);
}
