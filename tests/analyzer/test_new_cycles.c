/* Cycles that appeared, against their definition: two of the objects searched are of one when each leads to the other. */
#include "analyzer/new_cycles.h"

#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <string.h>

#define OBJECTS 14u

struct truth {
	uint8_t new[OBJECTS], fate[OBJECTS];
	bool leads[OBJECTS][OBJECTS];
};

/* Edges to types are in the heap, but not in the truth. */
static void make(struct truth *truth, uint64_t *state, struct text *text)
{
	unsigned rare = 4 + (unsigned)(help_random(state) % 12);
	memset(truth, 0, sizeof *truth);
	text_add(text, "type app.T flags=0x200\n");
	for (unsigned i = 0; i < OBJECTS; i++) {
		text_printf(text, "object %u app.T size=16 ref=9\n", 16 * (i + 1));
		truth->new[i] = help_random(state) % 2;
		truth->fate[i] = (uint8_t)(help_random(state) % FATE_COUNT);
	}
	for (unsigned i = 0; i < OBJECTS; i++)
		for (unsigned j = 0; j < OBJECTS; j++) {
			if (help_random(state) % rare != 0)
				continue;
			bool type = help_random(state) % 4 == 0;
			text_printf(text, "edge %u %u %s\n", 16 * (i + 1), 16 * (j + 1), type ? "<type>" : ".x");
			truth->leads[i][j] |= !type;
		}
}

static bool is_searched(const struct truth *truth, unsigned i)
{
	return truth->new[i] || truth->fate[i] >= FATE_GARBAGE;
}

static void close_over(struct truth *truth)
{
	for (unsigned k = 0; k < OBJECTS; k++)
		for (unsigned a = 0; a < OBJECTS; a++)
			for (unsigned b = 0; b < OBJECTS; b++)
				if (is_searched(truth, k) && is_searched(truth, a) && is_searched(truth, b))
					truth->leads[a][b] |= truth->leads[a][k] && truth->leads[k][b];
}

/* The objects that `i` is on a cycle with, a bit each; 0 where none of them is new. */
static uint32_t cycle_of(const struct truth *truth, unsigned i)
{
	uint32_t members = 0;
	bool has_new = false;
	for (unsigned j = 0; j < OBJECTS; j++) {
		if (!is_searched(truth, i) || !is_searched(truth, j) || !truth->leads[i][j] || !truth->leads[j][i])
			continue;
		members |= UINT32_C(1) << j;
		has_new |= truth->new[j];
	}
	return has_new ? members : 0;
}

HEAP_TEST(new_cycles, equal_the_definition_on_random_heaps)
{
	uint64_t state = 77;
	unsigned found = 0;
	for (int round = 0; round < 300; round++) {
		struct truth truth;
		AUTO(text) struct text text = {0};
		text_init(&text);
		make(&truth, &state, &text);
		close_over(&truth);
		AUTO(loaded) struct loaded loaded;
		help_load(&loaded, text_string(&text));
		AUTO(new_cycles) struct new_cycles got = {0};
		assert_ok(new_cycles_find(loaded.graph, truth.new, truth.fate, &got));
		uint32_t told = 0, wanted = 0;
		for (size_t f = 0; f < got.found.count; f++) {
			uint32_t c = got.found.items[f], members = 0;
			for (uint32_t i = got.searched.components.offsets[c];
			     i < got.searched.components.offsets[c + 1]; i++)
				members |= UINT32_C(1) << got.searched.nodes[got.searched.components.members[i]];
			cr_assert_neq(members, 0);
			cr_assert_eq(members, cycle_of(&truth, (unsigned)__builtin_ctz(members)), "round %d", round);
			cr_assert_eq(told & members, 0);
			told |= members;
			found++;
		}
		for (unsigned i = 0; i < OBJECTS; i++)
			wanted |= cycle_of(&truth, i);
		cr_assert_eq(told, wanted, "round %d", round);
	}
	cr_assert_gt(found, 100);
}
