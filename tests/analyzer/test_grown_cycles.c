/* Cycles through what was there before, against their definition. */
#include "analyzer/grown_cycles.h"

#include "analyzer/load.h"
#include "analyzer/retention.h"
#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <string.h>

#define OBJECTS 12u

enum sort {
	PLAIN,
	CLASS,
	MODULE,
	NAMESPACE,
	SORT_COUNT
};

struct truth { /* of one heap; an object has the same number in both */
	bool there[OBJECTS], stopped[OBJECTS], leads[OBJECTS][OBJECTS];
};

static void make_edge(struct truth *truth, const enum sort *sorts, unsigned i, unsigned j, bool type, struct text *text)
{
	text_printf(text, "edge %u %u %s\n", 16 * (i + 1), 16 * (j + 1), type ? "<type>" : ".x");
	truth->leads[i][j] |= !type;
	if (!type && sorts[i] == MODULE && sorts[j] == NAMESPACE)
		truth->stopped[j] = true;
}

/* Edges to types are in the heap, but not in the truth. */
static void make(struct truth *truth, const enum sort *sorts, uint64_t *state, struct text *text)
{
	static const char *const types[SORT_COUNT] = {"app.T", "type", "module", "dict flags=namespace"};
	unsigned rare = 3 + (unsigned)(help_random(state) % 8), root = (unsigned)(help_random(state) % OBJECTS);
	memset(truth, 0, sizeof *truth);
	for (unsigned i = 0; i < OBJECTS; i++) {
		truth->there[i] = help_random(state) % 4 != 0;
		truth->stopped[i] = sorts[i] == CLASS || sorts[i] == MODULE;
		if (truth->there[i])
			text_printf(text, "object %u %s size=%u ref=9\n", 16 * (i + 1), types[sorts[i]], 1U << i);
	}
	for (unsigned i = 0; i < OBJECTS; i++)
		for (unsigned j = 0; j < OBJECTS; j++)
			if (truth->there[i] && truth->there[j] && help_random(state) % rare == 0)
				make_edge(truth, sorts, i, j, help_random(state) % 4 == 0, text);
	if (!truth->there[root])
		return;
	text_printf(text, "root modules sys.modules %u\n", 16 * (root + 1));
	if (sorts[root] == NAMESPACE)
		truth->stopped[root] = true;
}

/* By object: those that it is on a cycle with, a bit each, over what is not in `without`. */
static void find_cycles(const struct truth *truth, uint32_t without, uint32_t cycles[OBJECTS])
{
	bool leads[OBJECTS][OBJECTS];
	memcpy(leads, truth->leads, sizeof leads);
	for (unsigned k = 0; k < OBJECTS; k++)
		for (unsigned a = 0; a < OBJECTS; a++)
			for (unsigned b = 0; b < OBJECTS; b++)
				if (((without >> k | without >> a | without >> b) & 1) == 0)
					leads[a][b] |= leads[a][k] && leads[k][b];
	memset(cycles, 0, OBJECTS * sizeof *cycles);
	for (unsigned i = 0; i < OBJECTS; i++)
		for (unsigned j = 0; j < OBJECTS; j++)
			if (((without >> i | without >> j) & 1) == 0 && leads[i][j] && leads[j][i])
				cycles[i] |= UINT32_C(1) << j;
}

struct pair {
	struct truth before, after;
	struct loaded loaded[2];
	struct graph *graphs[2]; /* with what holds, and with roots */
	struct join join;
	uint8_t told[OBJECTS];
	uint32_t wanted[OBJECTS], was[OBJECTS]; /* by object: its cycle, and what that was before; 0: none */
};

static void pair_deinit(struct pair *pair)
{
	for (int side = 0; side < 2; side++) {
		graph_destroy(pair->graphs[side]);
		help_loaded_deinit(&pair->loaded[side]);
	}
	join_deinit(&pair->join);
}
DEFINE_AUTO_VALUE(pair, struct pair, pair_deinit);

static bool is_new(const struct pair *pair, unsigned i)
{
	return pair->after.there[i] && !pair->before.there[i];
}

static void join(struct pair *pair, uint64_t *state, uint32_t *told)
{
	pair->join.new = calloc(OBJECTS, 1);
	pair->join.before = malloc(OBJECTS * sizeof(node_id));
	for (unsigned i = 0; i < OBJECTS; i++) {
		if (!pair->after.there[i])
			continue;
		node_id node = help_node(&pair->loaded[1], 16 * (i + 1));
		pair->join.new[node] = is_new(pair, i);
		pair->join.before[node] = is_new(pair, i) ? NO_ID : help_node(&pair->loaded[0], 16 * (i + 1));
		pair->told[node] = is_new(pair, i) && help_random(state) % 6 == 0;
		*told |= (uint32_t)pair->told[node] << i;
	}
}

static void expect(struct pair *pair, uint32_t told)
{
	uint32_t without[2] = {0, told}, before[OBJECTS], after[OBJECTS];
	for (unsigned i = 0; i < OBJECTS; i++) {
		without[0] |= (uint32_t)pair->before.stopped[i] << i;
		without[1] |= (uint32_t)(pair->after.stopped[i] && !is_new(pair, i)) << i;
	}
	find_cycles(&pair->before, without[0], before);
	find_cycles(&pair->after, without[1], after);
	for (unsigned i = 0; i < OBJECTS; i++) {
		bool has_new = false;
		for (unsigned j = 0; j < OBJECTS; j++) {
			if ((after[i] >> j & 1) == 0)
				continue;
			has_new |= is_new(pair, j);
			pair->was[i] |= before[j];
		}
		if (has_new && __builtin_popcount(pair->was[i]) < __builtin_popcount(after[i]))
			pair->wanted[i] = after[i];
	}
}

static void pair_make(struct pair *pair, uint64_t *state)
{
	AUTO(text) struct text before = {0}, after = {0};
	enum sort sorts[OBJECTS];
	uint32_t told = 0;
	for (unsigned i = 0; i < OBJECTS; i++)
		sorts[i] = help_random(state) % 3 == 0 ? (enum sort)(help_random(state) % SORT_COUNT) : PLAIN;
	text_init(&before);
	text_init(&after);
	make(&pair->before, sorts, state, &before);
	make(&pair->after, sorts, state, &after);
	help_load(&pair->loaded[0], text_string(&before));
	help_load(&pair->loaded[1], text_string(&after));
	for (int side = 0; side < 2; side++)
		assert_ok(load_graph(pair->loaded[side].reader,
				     GRAPH_ADDRESS | GRAPH_TYPE | GRAPH_SIZE | RETENTION_COLUMNS | GRAPH_EDGE_KINDS,
				     NULL, &pair->graphs[side]));
	join(pair, state, &told);
	expect(pair, told);
}

HEAP_TEST(grown_cycles, equal_the_definition_on_random_heaps)
{
	uint64_t state = 99;
	unsigned found = 0, grown = 0;
	for (int round = 0; round < 600; round++) {
		AUTO(pair) struct pair pair = {0};
		pair_make(&pair, &state);
		struct grown_side before = {pair.graphs[0], &pair.loaded[0].names.facts[0]};
		struct grown_side after = {pair.graphs[1], &pair.loaded[1].names.facts[0]};
		AUTO(grown_cycles) struct grown_cycles got = {0};
		assert_ok(grown_cycles_find(&before, &after, &pair.join, pair.told, &got));
		uint32_t told = 0, wanted = 0;
		for (size_t f = 0; f < got.found.count; f++) {
			const struct grown_cycle *cycle = &got.found.items[f];
			uint32_t members = 0;
			for (uint32_t i = 0; i < subgraph_size(&got.searched, cycle->component); i++) {
				node_id node = subgraph_member(&got.searched, cycle->component, i);
				members |= UINT32_C(1) << (after.graph->address[node] / 16 - 1);
			}
			unsigned first = (unsigned)__builtin_ctz(members);
			cr_assert_eq(members, pair.wanted[first], "round %d", round);
			cr_assert_eq(told & members, 0);
			cr_assert_eq(cycle->size, members);
			cr_assert_eq(cycle->size_before, pair.was[first], "round %d", round);
			cr_assert_eq(cycle->count_before, (uint64_t)__builtin_popcount(pair.was[first]));
			told |= members;
			found++;
			grown += cycle->count_before > 0;
		}
		for (unsigned i = 0; i < OBJECTS; i++)
			wanted |= pair.wanted[i];
		cr_assert_eq(told, wanted, "round %d", round);
	}
	cr_assert_gt(found, 100);
	cr_assert_gt(grown, 50);
}

/* A parent that is there, and children that come and refer to it. */
HEAP_TEST(grown_cycles, count_the_children_of_an_old_parent)
{
	static const char *const texts[2] =
		{"object 16 app.Parent ref=2\nobject 32 app.Child ref=1\nedge 16 32 [0]\nedge 32 16 .parent\n"
		 "root modules app 16\n",
		 "object 16 app.Parent ref=3\nobject 32 app.Child ref=1\nobject 48 app.Child ref=1\nedge 16 32 [0]\n"
		 "edge 16 48 [1]\nedge 32 16 .parent\nedge 48 16 .parent\nroot modules app 16\n"};
	AUTO(loaded) struct loaded before = {0}, after = {0};
	AUTO(grown_cycles) struct grown_cycles got = {0};
	uint8_t new[3] = {0, 0, 1}, told[3] = {0};
	node_id was[3] = {0, 1, NO_ID};
	help_load(&before, texts[0]);
	help_load(&after, texts[1]);
	struct join join = {.new = new, .before = was};
	struct grown_side sides[2] = {{before.graph, &before.names.facts[0]}, {after.graph, &after.names.facts[0]}};
	assert_ok(grown_cycles_find(&sides[0], &sides[1], &join, told, &got));
	cr_assert_eq(got.found.count, 1);
	cr_assert_eq(got.found.items[0].count_before, 2);
	cr_assert_eq(got.found.items[0].new, 1);
	cr_assert_eq(subgraph_size(&got.searched, got.found.items[0].component), 3);
}
