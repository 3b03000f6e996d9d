/* Credit against its definition: an object's owner is the nearest owner that dominates it within the set, by trying what
 * can still be reached without each candidate. */
#include "analyzer/credit.h"

#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

#define NODES 14u

/* A random heap of builtin dicts and strs and of two classes, with a root or two, as text. */
static void write_heap(uint64_t *state, struct text *text)
{
	static const char *const types[] = {"dict", "str", "app.A", "app.B"};
	static const char *const classes[] = {"owned", "owned", "unvisited", "weak", "guess"};
	text_add(text, "type app.A flags=0x200\ntype app.B flags=0x200\n");
	for (unsigned i = 0; i < NODES; i++)
		text_printf(text, "object %u %s size=%u\n", 16 * (i + 1), types[help_random(state) % 4], 1u << i);
	for (unsigned i = 0; i < NODES; i++)
		for (uint64_t e = help_random(state) % 4; e > 0; e--)
			text_printf(text, "edge %u %u - %s\n", 16 * (i + 1),
				    16 * (1 + (unsigned)(help_random(state) % NODES)), classes[help_random(state) % 5]);
	text_printf(text, "root modules r %u\n", 16 * (1 + (unsigned)(help_random(state) % NODES)));
}

struct oracle {
	const struct graph *graph;
	const struct type_facts *facts;
	const uint8_t *member;
	bool entry[NODES];
};

static void spread(const struct oracle *oracle, bool *seen, node_id without)
{
	for (unsigned round = 0; round < NODES; round++)
		for (node_id i = 0; i < NODES; i++)
			for (uint32_t e = oracle->graph->offsets[i]; seen[i] && e < oracle->graph->offsets[i + 1];
			     e++) {
				node_id to = oracle->graph->targets[e];
				if (to != without && oracle->member[to] &&
				    edge_kind_class(oracle->graph->edge_kinds[e]) != EDGE_WEAK)
					seen[to] = true;
			}
}

static void reach_without(const struct oracle *oracle, bool *seen, node_id without)
{
	memcpy(seen, oracle->entry, sizeof oracle->entry);
	if (without != NO_ID)
		seen[without] = false;
	spread(oracle, seen, without);
}

static void find_entries(struct oracle *oracle)
{
	const struct graph *graph = oracle->graph;
	for (node_id i = 0; i < NODES; i++)
		for (uint32_t e = graph->offsets[i]; !oracle->member[i] && e < graph->offsets[i + 1]; e++)
			if (edge_kind_class(graph->edge_kinds[e]) != EDGE_WEAK && oracle->member[graph->targets[e]])
				oracle->entry[graph->targets[e]] = true;
	for (uint64_t e = 0; e < reader_counts(graph->reader).root_edges; e++)
		if (oracle->member[reader_root_edges(graph->reader)[e].target])
			oracle->entry[reader_root_edges(graph->reader)[e].target] = true;
	for (int owners = 1; owners >= 0; owners--)
		for (node_id i = 0; i < NODES; i++) {
			bool seen[NODES];
			reach_without(oracle, seen, NO_ID);
			if (oracle->member[i] && !seen[i] && (!owners || oracle->facts->owner[graph->type[i]]))
				oracle->entry[i] = true;
		}
}

/* Of all owners that dominate it, the nearest is the one that all the others dominate. */
static label_id owner_of(const struct oracle *oracle, node_id node)
{
	const struct graph *graph = oracle->graph;
	const struct type_facts *facts = oracle->facts;
	if (facts->owner[graph->type[node]])
		return facts->label[graph->type[node]];
	node_id nearest = NO_ID;
	for (node_id d = 0; d < NODES; d++) {
		bool seen[NODES];
		if (d == node || !oracle->member[d] || !facts->owner[graph->type[d]])
			continue;
		reach_without(oracle, seen, d);
		if (seen[node])
			continue;
		bool nearer = nearest == NO_ID;
		if (!nearer) {
			reach_without(oracle, seen, nearest);
			nearer = !seen[d];
		}
		if (nearer)
			nearest = d;
	}
	return facts->label[graph->type[nearest == NO_ID ? node : nearest]];
}

static void check(struct loaded *loaded, uint64_t *state)
{
	uint8_t member[NODES + 1] = {0};
	uint64_t total = 0, expected[4] = {0}, held[4] = {0};
	struct oracle oracle = {.graph = loaded->graph, .facts = &loaded->names.facts[0], .member = member};
	for (node_id i = 0; i < NODES; i++) {
		member[i] = help_random(state) % 4 != 0;
		total += member[i] ? graph_size(loaded->graph, i) : 0;
	}
	find_entries(&oracle);
	for (node_id i = 0; i < NODES; i++)
		if (member[i])
			expected[owner_of(&oracle, i)] += graph_size(loaded->graph, i);
	AUTO(credit) struct credit credit = {0};
	assert_ok(credit_create(loaded->graph, oracle.facts, member, &credit));
	assert_ok(credit_sizes(&credit, loaded->graph, oracle.facts, held));
	for (int l = 0; l < 4; l++)
		cr_assert_eq(held[l], expected[l]);
	cr_assert_eq(held[0] + held[1] + held[2] + held[3], total);
}

HEAP_TEST(credit, equals_the_definition_on_random_heaps)
{
	uint64_t state = 11;
	for (int round = 0; round < HEAP_TEST_ROUNDS(300); round++) {
		AUTO(text) struct text text = {0};
		text_init(&text);
		write_heap(&state, &text);
		AUTO(loaded) struct loaded loaded;
		help_load(&loaded, text_string(&text));
		for (int set = 0; set < 4; set++)
			check(&loaded, &state);
	}
}

/* A cache that was there before holds two sessions with a string each and one string that both share. */
static const char *const cache =
	"type app.Session flags=0x200\n"
	"object 0x100 dict size=1\n"
	"object 0x200 app.Session size=2\nobject 0x210 str size=4\n"
	"object 0x300 app.Session size=8\nobject 0x310 str size=16\n"
	"object 0x400 str size=32\n"
	"object 0x500 list size=64\nobject 0x510 app.Session size=128\n"
	"edge 0x100 0x200 [k]\nedge 0x100 0x300 [k]\nedge 0x200 0x210 .x\nedge 0x300 0x310 .x\n"
	"edge 0x200 0x400 .shared\nedge 0x300 0x400 .shared\n"
	"edge 0x100 0x500 [k]\nedge 0x500 0x510 [i]\nedge 0x100 0x200 [k]\n"
	"root modules m 0x100\n";

HEAP_TEST(credit, gives_what_is_shared_to_its_own_type)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, cache);
	uint8_t member[8] = {0, 1, 1, 1, 1, 1, 1, 1};
	AUTO(credit) struct credit credit = {0};
	uint64_t held[4] = {0};
	assert_ok(credit_create(loaded.graph, &loaded.names.facts[0], member, &credit));
	assert_ok(credit_sizes(&credit, loaded.graph, &loaded.names.facts[0], held));
	cr_assert_eq(held[help_label(&loaded.names, "app.Session")], 2 + 4 + 8 + 16 + 128);
	cr_assert_eq(held[help_label(&loaded.names, "str")], 32);
	cr_assert_eq(held[help_label(&loaded.names, "list")], 64);
}

/* The list in between leads to the third session; the first is referred to twice and counts once. */
HEAP_TEST(credit, finds_who_holds_most)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, cache);
	uint8_t member[8] = {0, 1, 1, 1, 1, 1, 1, 1};
	AUTO(credit) struct credit credit = {0};
	struct credit_holder holder;
	const struct type_facts *facts = &loaded.names.facts[0];
	assert_ok(credit_create(loaded.graph, facts, member, &credit));
	assert_ok(credit_holder(&credit, loaded.graph, facts, help_label(&loaded.names, "app.Session"), &holder));
	cr_assert(holder.found && !holder.is_root);
	cr_assert_eq(holder.id, help_node(&loaded, 0x100));
	cr_assert_eq(holder.count, 3);
	assert_ok(credit_holder(&credit, loaded.graph, facts, help_label(&loaded.names, "dict"), &holder));
	cr_assert_not(holder.found);
}

HEAP_TEST(credit, finds_a_root_that_holds)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "type app.A flags=0x200\nobject 0x100 app.A\nobject 0x200 app.A\n"
			   "root modules m\nroot frame f 0x100 0x200 function=main\n");
	uint8_t member[2] = {1, 1};
	AUTO(credit) struct credit credit = {0};
	struct credit_holder holder;
	const struct type_facts *facts = &loaded.names.facts[0];
	assert_ok(credit_create(loaded.graph, facts, member, &credit));
	assert_ok(credit_holder(&credit, loaded.graph, facts, 0, &holder));
	cr_assert(holder.found && holder.is_root);
	cr_assert_eq(holder.id, 1);
	cr_assert_eq(holder.count, 2);
}
