/* Ways: as short as those that relaxing every edge until nothing changes finds. */
#include "analyzer/ways.h"

#include "analyzer/load.h"
#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_file.h"
#include "tests/format/help_graph.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

#define NODES_MOST 24u

static const char *const kinds[] = {"modules", "builtins", "frame", "thread", "interpreter", "static_types", "c_globals"};

struct expected {
	unsigned sort, length; /* of the best way; sort WAY_SORT_COUNT: none */
};

struct made { /* a random heap, as it was written */
	unsigned nodes, edges, roots;
	unsigned from[128], to[128];
	bool weak[128];
	unsigned root_sort[4], root_to[4];
	bool immortal[NODES_MOST];
	unsigned counted[NODES_MOST], extra[NODES_MOST];
};

static void make(struct made *made, uint64_t *random)
{
	*made = (struct made){.nodes = 1 + (unsigned)(help_random(random) % NODES_MOST),
			      .roots = (unsigned)(help_random(random) % 5)};
	made->edges = (unsigned)(help_random(random) % (3 * made->nodes));
	for (unsigned e = 0; e < made->edges; e++) {
		made->from[e] = (unsigned)(help_random(random) % made->nodes);
		made->to[e] = (unsigned)(help_random(random) % made->nodes);
		made->weak[e] = help_random(random) % 4 == 0;
		made->counted[made->to[e]] += !made->weak[e];
	}
	for (unsigned r = 0; r < made->roots; r++) {
		made->root_sort[r] = (unsigned)(help_random(random) % 7);
		made->root_to[r] = (unsigned)(help_random(random) % made->nodes);
		made->counted[made->root_to[r]]++;
	}
	for (unsigned i = 0; i < made->nodes; i++) {
		made->immortal[i] = help_random(random) % 10 == 0;
		made->extra[i] = help_random(random) % 10 == 0;
	}
}

static void describe(const struct made *made, struct text *text)
{
	for (unsigned i = 0; i < made->nodes; i++)
		text_printf(text, "object %u x.T ref=%u%s\n", 16 * (i + 1), made->counted[i] + made->extra[i],
			    made->immortal[i] ? " flags=immortal" : "");
	for (unsigned e = 0; e < made->edges; e++)
		text_printf(text, "edge %u %u .x%s\n", 16 * (made->from[e] + 1), 16 * (made->to[e] + 1),
			    made->weak[e] ? " weak" : "");
	for (unsigned r = 0; r < made->roots; r++)
		text_printf(text, "root %s r %u\n", kinds[made->root_sort[r]], 16 * (made->root_to[r] + 1));
}

/* Relaxes until nothing gets better: the least sort first, then the least length. */
static void relax(const struct made *made, const struct ways_request *request, struct expected *best)
{
	for (unsigned i = 0; i < made->nodes; i++) {
		best[i] = (struct expected){WAY_SORT_COUNT, 0};
		if (request->unnamed && made->immortal[i])
			best[i] = (struct expected){WAY_SORT_IMMORTAL, 1};
		else if (request->unnamed && made->extra[i])
			best[i] = (struct expected){WAY_SORT_HELD, 1};
	}
	for (unsigned r = 0; r < made->roots; r++)
		if (made->root_sort[r] <= best[made->root_to[r]].sort)
			best[made->root_to[r]] = (struct expected){made->root_sort[r], 1};
	if (request->blocked != NO_ID)
		best[request->blocked].sort = WAY_SORT_COUNT;
	for (bool changed = true; changed;) {
		changed = false;
		for (unsigned e = 0; e < made->edges; e++) {
			struct expected way = best[made->from[e]], *to = &best[made->to[e]];
			bool better = way.sort < to->sort || (way.sort == to->sort && way.length + 1 < to->length);
			if (made->weak[e] || way.sort == WAY_SORT_COUNT || made->to[e] == request->blocked || !better)
				continue;
			*to = (struct expected){way.sort, way.length + 1};
			changed = true;
		}
	}
}

static unsigned sort_of(const struct ways *ways, node_id node)
{
	for (uint32_t i = 0, sort = 0; i < ways->reached; i++) {
		while (sort < WAY_SORT_COUNT && i >= ways->ends[sort])
			sort++;
		if (ways->order[i] == node)
			return sort;
	}
	return WAY_SORT_COUNT;
}

static bool is_edge(const struct made *made, unsigned from, unsigned to)
{
	for (unsigned e = 0; e < made->edges; e++)
		if (made->from[e] == from && made->to[e] == to && !made->weak[e])
			return true;
	return false;
}

static bool is_beginning(const struct made *made, uint32_t parent, unsigned node, unsigned sort)
{
	if (parent == WAY_IMMORTAL || parent == WAY_HELD)
		return sort == (parent == WAY_IMMORTAL ? WAY_SORT_IMMORTAL : WAY_SORT_HELD);
	unsigned root = parent & ~WAY_ROOT;
	return root < made->roots && made->root_to[root] == node && made->root_sort[root] == sort;
}

static void compare(const struct made *made, const struct graph *graph, const struct ways_request *request)
{
	AUTO(ways) struct ways ways = {0};
	struct expected best[NODES_MOST];
	assert_ok(ways_find(graph, request, &ways));
	relax(made, request, best);
	for (unsigned i = 0; i < made->nodes; i++) {
		cr_assert_eq(sort_of(&ways, i), best[i].sort);
		cr_assert_eq(ways_length(&ways, i), best[i].sort == WAY_SORT_COUNT ? 0 : best[i].length);
		uint32_t parent = ways.parent[i];
		if (best[i].sort < WAY_SORT_COUNT && way_begins(parent))
			cr_assert(is_beginning(made, parent, i, best[i].sort));
		else if (best[i].sort < WAY_SORT_COUNT)
			cr_assert(is_edge(made, parent, i));
	}
}

/* A search that ends at its goals finds the same ways to them as one that goes on, and is a beginning of that one. */
static void compare_goals(const struct graph *graph, uint64_t *random)
{
	AUTO(ways) struct ways all = {0}, some = {0};
	node_id goals[3];
	struct ways_request request = {.blocked = NO_ID, .unnamed = true};
	assert_ok(ways_find(graph, &request, &all));
	request.goals = goals;
	while (all.reached > 0 && request.goal_count < 3)
		goals[request.goal_count++] = all.order[help_random(random) % all.reached];
	assert_ok(ways_find(graph, &request, &some));
	cr_assert_leq(some.reached, all.reached);
	for (uint32_t i = 0; i < some.reached; i++)
		cr_assert_eq(some.order[i], all.order[i]);
	for (uint32_t i = 0; i < some.reached; i++)
		cr_assert_eq(some.parent[some.order[i]], all.parent[some.order[i]]);
	for (size_t i = 0; i < request.goal_count; i++)
		cr_assert_eq(ways_length(&some, goals[i]), ways_length(&all, goals[i]));
}

static void compare_all(const struct made *made, uint64_t *random)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	describe(made, &text);
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, text_string(&text));
	AUTO(graph) struct graph *holding = NULL;
	assert_ok(load_graph(loaded.reader, GRAPH_HOLDING, NULL, &holding));
	node_id blocked = (node_id)(help_random(random) % made->nodes);
	compare(made, loaded.graph, &(struct ways_request){.blocked = NO_ID});
	compare(made, holding, &(struct ways_request){.blocked = NO_ID, .unnamed = true});
	compare(made, holding, &(struct ways_request){.blocked = blocked, .unnamed = true});
	compare_goals(holding, random);
}

HEAP_TEST(ways, are_shortest)
{
	uint64_t random = 5;
	for (int i = 0; i < HEAP_TEST_ROUNDS(2000); i++) {
		struct made made;
		make(&made, &random);
		compare_all(&made, &random);
	}
}

HEAP_TEST(ways, go_over_weak_edges_only_where_no_others_lead)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x10 x.A\nobject 0x20 x.B\nobject 0x30 x.C\nobject 0x40 x.D\n"
			   "edge 0x10 0x20 .w weak\nedge 0x10 0x30 .s\nedge 0x30 0x20 .s\nedge 0x20 0x40 .w weak\n"
			   "root modules m 0x10\n");
	AUTO(ways) struct ways strong = {0}, weak = {0};
	struct ways_request request = {.blocked = NO_ID};
	assert_ok(ways_find(loaded.graph, &request, &strong));
	cr_assert_eq(strong.parent[3], WAY_NONE);
	request.weak = true;
	assert_ok(ways_find(loaded.graph, &request, &weak));
	cr_assert_eq(weak.parent[1], 2);
	cr_assert_eq(weak.parent[3], 1);
	cr_assert_eq(ways_length(&weak, 3), 4);
}

HEAP_TEST(ways, end_where_all_goals_are_reached)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x10 x.A\nobject 0x20 x.B\nobject 0x30 x.C\nobject 0x40 x.D\nobject 0x50 x.E\n"
			   "edge 0x10 0x20 .a\nedge 0x20 0x30 .b\nedge 0x30 0x40 .c\n"
			   "root modules m 0x10\nroot frame f 0x50\n");
	AUTO(ways) struct ways near = {0}, far = {0}, framed = {0};
	const node_id goals[] = {2, 1}, frame[] = {4};
	struct ways_request request = {.goals = goals, .goal_count = 1, .blocked = NO_ID};
	assert_ok(ways_find(loaded.graph, &request, &far));
	cr_assert_eq(far.reached, 3);
	request.goals = goals + 1;
	assert_ok(ways_find(loaded.graph, &request, &near));
	cr_assert_eq(near.reached, 2);
	cr_assert_eq(near.parent[4], WAY_NONE);
	request.goals = frame;
	assert_ok(ways_find(loaded.graph, &request, &framed));
	cr_assert_eq(framed.reached, 5);
}

HEAP_TEST(ways, do_not_enter_what_is_closed)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x10 x.A\nobject 0x20 x.B\nobject 0x30 x.C\nedge 0x10 0x20 .a\nedge 0x20 0x30 .b\n"
			   "root modules m 0x10\nroot frame f 0x10\n");
	AUTO(ways) struct ways typed = {0}, cut = {0}, rooted = {0};
	const bool closed[3] = {false, true, false}, roots[2] = {true, false};
	const uint8_t left_out = 2; /* the edge to C */
	assert_ok(ways_find(loaded.graph, &(struct ways_request){.blocked = NO_ID, .closed = closed},
			    &typed));
	cr_assert_eq(typed.reached, 1);
	assert_ok(ways_find(loaded.graph, &(struct ways_request){.blocked = NO_ID, .left_out = &left_out},
			    &cut));
	cr_assert_eq(cut.reached, 2);
	assert_ok(ways_find(loaded.graph, &(struct ways_request){.blocked = NO_ID, .closed_roots = roots},
			    &rooted));
	cr_assert_eq(rooted.parent[0], 1 | WAY_ROOT);
}
