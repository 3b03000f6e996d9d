#include "analyzer/join.h"

#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

#define OBJECTS 40u
#define LABELS 3u

struct side {
	uint64_t address[OBJECTS];
	type_id type[OBJECTS];
	uint32_t size[OBJECTS];
	struct graph graph;
};

static void fill(struct side *side, uint64_t *state)
{
	side->graph = (struct graph){.address = side->address, .type = side->type, .size = {.values = side->size}};
	for (uint64_t address = 16; address < 16 * 30; address += 16) {
		if (help_random(state) % 3 == 0)
			continue;
		node_id i = side->graph.nodes++;
		side->address[i] = address;
		side->type[i] = (type_id)(help_random(state) % LABELS);
		side->size[i] = (uint32_t)(help_random(state) % 100);
	}
}

static bool has(const struct side *side, const struct type_facts *facts, uint64_t address, label_id label,
		node_id *node)
{
	for (node_id i = 0; i < side->graph.nodes; i++)
		if (side->address[i] == address && facts->label[side->type[i]] == label) {
			*node = i;
			return true;
		}
	return false;
}

/* Labels are numbered differently on either side, as types of two snapshots are. */
HEAP_TEST(join, equals_the_definition_on_random_heaps)
{
	label_id labels_before[LABELS] = {2, 0, 1}, labels_after[LABELS] = {0, 1, 2};
	struct type_facts before_facts = {.count = LABELS, .label = labels_before},
			  after_facts = {.count = LABELS, .label = labels_after};
	struct type_names names = {.count = LABELS};
	uint64_t state = 3;
	for (int round = 0; round < HEAP_TEST_ROUNDS(500); round++) {
		struct side before, after;
		fill(&before, &state);
		fill(&after, &state);
		AUTO(join) struct join join = {0};
		assert_ok(join_create(&before.graph, &after.graph, &names, &before_facts, &after_facts, &join));
		struct join_total expected[LABELS] = {0};
		uint64_t gone = 0, new = 0;
		node_id other;
		for (node_id i = 0; i < before.graph.nodes; i++) {
			label_id label = labels_before[before.type[i]];
			bool survives = has(&after, &after_facts, before.address[i], label, &other);
			cr_assert_eq(join.gone[i], !survives);
			expected[label].gone += !survives;
			gone += !survives;
			if (survives) {
				expected[label].survived++;
				expected[label].resized += (int64_t)after.size[other] - before.size[i];
			}
		}
		for (node_id i = 0; i < after.graph.nodes; i++) {
			label_id label = labels_after[after.type[i]];
			bool fresh = !has(&before, &before_facts, after.address[i], label, &other);
			cr_assert_eq(join.new[i], fresh);
			expected[label].new += fresh;
			new += fresh;
		}
		cr_assert_eq(join.gone_count, gone);
		cr_assert_eq(join.new_count, new);
		cr_assert_arr_eq(join.totals, expected, sizeof expected);
	}
}

HEAP_TEST(join, takes_empty_heaps)
{
	struct side none = {0};
	struct type_facts facts = {0};
	struct type_names names = {0};
	AUTO(join) struct join join = {0};
	assert_ok(join_create(&none.graph, &none.graph, &names, &facts, &facts, &join));
	cr_assert_eq(join.new_count + join.gone_count, 0);
}

/* As many of one key and type as there are on both sides come together, those of one size first. */
HEAP_TEST(join, matches_by_key_as_many_as_there_are)
{
	label_id labels[LABELS] = {0, 1, 2};
	struct type_facts facts = {.count = LABELS, .label = labels};
	struct type_names names = {.count = LABELS};
	uint64_t state = 8;
	for (int round = 0; round < HEAP_TEST_ROUNDS(300); round++) {
		struct side sides[2];
		uint64_t keys[2][OBJECTS];
		unsigned count[2][4][LABELS] = {0}, expected = 0, matched = 0;
		for (int s = 0; s < 2; s++) {
			fill(&sides[s], &state);
			for (node_id i = 0; i < sides[s].graph.nodes; i++) {
				/* Types have keys of their own, as path_key makes them. */
				unsigned key = help_random(&state) % 4;
				keys[s][i] = (key * LABELS + sides[s].type[i] + 1) * UINT64_C(0x123456789);
				count[s][key][sides[s].type[i]]++;
			}
		}
		for (unsigned k = 0; k < 4; k++)
			for (unsigned l = 0; l < LABELS; l++)
				expected += count[0][k][l] < count[1][k][l] ? count[0][k][l] : count[1][k][l];
		AUTO(join) struct join join = {0};
		assert_ok(join_create_by_key(&sides[0].graph, &sides[1].graph, &names, &facts, &facts, keys[0], keys[1],
					     &join));
		bool used[OBJECTS] = {false};
		for (node_id j = 0; j < sides[1].graph.nodes; j++) {
			node_id i = join.before[j];
			cr_assert_eq(i == NO_ID, join.new[j]);
			if (i == NO_ID)
				continue;
			matched++;
			cr_assert(!used[i] && !join.gone[i]);
			used[i] = true;
			cr_assert_eq(keys[0][i], keys[1][j]);
			for (node_id other = 0; sides[0].size[i] != sides[1].size[j] && other < sides[0].graph.nodes;
			     other++)
				cr_assert(keys[0][other] != keys[1][j] || sides[0].size[other] != sides[1].size[j] ||
					  !join.gone[other]);
		}
		cr_assert_eq(matched, expected);
		cr_assert_eq(join.new_count, sides[1].graph.nodes - matched);
		cr_assert_eq(join.gone_count, sides[0].graph.nodes - matched);
	}
}
