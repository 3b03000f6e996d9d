/* Which references hold and what is left unexplained: by hand, and against a model that decides in another way. */
#include "analyzer/holding.h"

#include "analyzer/load.h"
#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/analyzer/help_model.h"
#include "tests/test.h"

static void load(const struct loaded *loaded, unsigned columns, struct graph **graph)
{
	assert_ok(load_graph(loaded->reader, columns, NULL, graph));
}

static uint32_t degree(const struct graph *graph, uint32_t place)
{
	return graph->offsets[place + 1] - graph->offsets[place];
}

/* 0x30 counts two references that nobody owns. Three guesses: the root's and the first object's use them up. */
HEAP_TEST(holding, accepts_guesses_in_order_while_residue_is_left)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x10 list ref=2\nobject 0x20 list ref=1\nobject 0x30 str ref=2\n"
			   "edge 0x20 0x30 +8 guess\nedge 0x10 0x30 +8 guess\n"
			   "root c_globals g 0x10 0x20\nrootedge 0x30 +0 guess\n");
	AUTO(graph) struct graph *graph = NULL;
	load(&loaded, GRAPH_HOLDING, &graph);
	cr_assert_eq(graph->places, 4);
	cr_assert_eq(degree(graph, 0), 1); /* 0x10, as it lies lower, though its edge comes later in the text */
	cr_assert_eq(degree(graph, 1), 0);
	cr_assert_eq(degree(graph, 3), 3);
	cr_assert_eq(graph->residue[2], 0);
	cr_assert_eq(graph->residue[0], 1);
	cr_assert_eq(graph->guesses, 3);
	cr_assert_eq(graph->guesses_accepted, 2);
	cr_assert_eq(graph->edges, 4);
	cr_assert_null(graph->refcount.values);
	cr_assert_null(graph->edge_kinds);
}

HEAP_TEST(holding, says_where_more_is_found_than_counted)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x10 list ref=1\nobject 0x20 str ref=1\n"
			   "edge 0x10 0x20 -\nedge 0x10 0x20 - unvisited\nedge 0x10 0x20 - guess\n"
			   "edge 0x10 0x20 - weak\nroot modules m 0x10 0x20\n");
	AUTO(graph) struct graph *graph = NULL;
	load(&loaded, GRAPH_HOLDING | GRAPH_EDGE_KINDS | GRAPH_REFCOUNT, &graph);
	cr_assert_eq(graph->residue[1], -2);
	cr_assert_eq(degree(graph, 0), 2);
	cr_assert_eq(edge_kind_class(graph->edge_kinds[1]), EDGE_UNVISITED);
	cr_assert_eq(narrow_get(&graph->refcount, 1), 1);
}

HEAP_TEST(holding, takes_no_count_of_immortal_objects)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded,
		  "object 0x10 list ref=1\nobject 0x20 str ref=4294967295 flags=immortal\n"
		  "object 0x30 str ref=4294967295\nedge 0x10 0x20 -\nedge 0x10 0x20 - guess\nedge 0x10 0x30 -\n"
		  "root modules m 0x10 0x20\n");
	AUTO(graph) struct graph *all = NULL, *mortal = NULL;
	load(&loaded, GRAPH_HOLDING, &all);
	load(&loaded, GRAPH_HOLDING | GRAPH_MORTAL, &mortal);
	cr_assert_eq(all->residue[1], 0);
	cr_assert_eq(all->residue[2], INT32_MAX - 1); /* cut to what fits */
	cr_assert_eq(degree(all, 0), 2);
	cr_assert_eq(degree(all, 3), 2);
	cr_assert_eq(degree(mortal, 0), 1);
	cr_assert_eq(degree(mortal, 3), 1);
}

/* What a root borrows is held by it all the same; what an object refers to weakly is not. */
HEAP_TEST(holding, lets_roots_hold_what_they_borrow)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x10 list ref=1\nobject 0x20 str ref=1\nedge 0x10 0x20 - weak\n"
			   "root frame f\nrootedge 0x10 - weak\n");
	AUTO(graph) struct graph *graph = NULL;
	load(&loaded, GRAPH_HOLDING, &graph);
	cr_assert_eq(degree(graph, 2), 1);
	cr_assert_eq(graph->targets[graph->offsets[2]], 0);
	cr_assert_eq(degree(graph, 0), 0);
	cr_assert_eq(graph->residue[0], 1);
}

static void check_model(const struct modelled *modelled, bool mortal)
{
	const struct model *model = &modelled->model;
	const struct graph *graph = modelled->graph;
	uint32_t next = 0;
	for (uint32_t i = 0; i < model->nodes; i++)
		cr_assert_eq(graph->residue[i], model->objects[i].residue);
	for (uint32_t place = 0; place < model->nodes + model->roots; place++) {
		cr_assert_eq(graph->offsets[place], next);
		for (uint32_t e = 0; e < model->edge_count; e++) {
			const struct model_edge *edge = &model->edges[e];
			if (edge->from != place || !edge->kept || (mortal && model->objects[edge->to].immortal))
				continue;
			cr_assert_eq(graph->targets[next], edge->to);
			cr_assert_eq(edge_kind_class(graph->edge_kinds[next++]), edge->class);
		}
	}
	cr_assert_eq(graph->offsets[graph->places], next);
	cr_assert_eq(graph->edges, next);
	cr_assert_eq(graph->guesses, model->guesses);
	cr_assert_eq(graph->guesses_accepted, model->guesses_accepted);
}

HEAP_TEST(holding, equals_the_model_on_random_heaps)
{
	uint64_t state = 3;
	for (int round = 0; round < HEAP_TEST_ROUNDS(1000); round++) {
		AUTO(modelled) struct modelled modelled;
		bool mortal = round % 2;
		help_modelled_make(&modelled, &state, round % 4 < 2,
				   GRAPH_HOLDING | GRAPH_EDGE_KINDS | (mortal ? GRAPH_MORTAL : 0));
		check_model(&modelled, mortal);
	}
}

/* More edges than are looked at in one go: of every second object a weak one is first, and one to an immortal object last. */
HEAP_TEST(holding, closes_gaps_among_many_edges)
{
	const uint32_t count = 20000;
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, "object 0x10 NoneType ref=1 flags=immortal\n");
	for (uint32_t i = 1; i <= count; i++)
		text_printf(&text, "object %u list ref=1\n", 16 + 16 * i);
	for (uint32_t i = 1; i < count; i++) {
		if (i % 2 == 0)
			text_printf(&text, "edge %u %u - weak\n", 16 + 16 * i, 16 + 16 * (i / 2));
		text_printf(&text, "edge %u %u -\n", 16 + 16 * i, 32 + 16 * i);
		if (i % 2 == 0)
			text_printf(&text, "edge %u 0x10 -\n", 16 + 16 * i);
	}
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, text_string(&text));
	AUTO(graph) struct graph *graph = NULL, *all = NULL;
	load(&loaded, GRAPH_HOLDING | GRAPH_MORTAL | GRAPH_EDGE_KINDS, &graph);
	load(&loaded, GRAPH_HOLDING, &all);
	for (uint32_t i = 1; i < count; i++) {
		cr_assert_eq(degree(graph, i), 1);
		cr_assert_eq(graph->targets[graph->offsets[i]], i + 1);
		cr_assert_eq(edge_kind_class(graph->edge_kinds[graph->offsets[i]]), EDGE_OWNED);
		cr_assert_eq(degree(all, i), i % 2 == 0 ? 2 : 1);
		cr_assert_eq(graph->residue[i + 1], 0);
	}
	cr_assert_eq(degree(graph, 0) + degree(graph, count) + degree(all, count), 0);
	cr_assert_eq(graph->edges, count - 1);
}

/* Weak edges stay where they were among the others, with what their names say; a dropped guess takes its name along. */
HEAP_TEST(holding, keeps_weak_edges_and_names_where_they_are_wanted)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x10 list ref=1\nobject 0x20 str ref=3\nobject 0x30 dict ref=1\n"
			   "edge 0x10 0x20 [i]\nedge 0x10 0x20 - weak\nedge 0x10 0x20 +8 guess\nedge 0x10 0x30 [7]\n"
			   "edge 0x10 0x20 [i]\nedge 0x30 0x20 <key>\nedge 0x30 0x10 [k] weak\n"
			   "root modules m\nrootedge 0x10 [i]\nrootedge 0x10 [i] weak\nrootedge 0x30 -\n");
	AUTO(graph) struct graph *graph = NULL;
	load(&loaded, GRAPH_HOLDING | GRAPH_WEAK | GRAPH_PAYLOADS | GRAPH_LENGTH, &graph);
	static const struct {
		node_id target;
		enum edge_name name;
		enum edge_class class;
		uint32_t payload;
	} expected[] = {{1, NAME_NEXT_INDEX, EDGE_OWNED, 0}, {1, NAME_NONE, EDGE_WEAK, 0},
			{2, NAME_INDEX, EDGE_OWNED, 7},      {1, NAME_NEXT_INDEX, EDGE_OWNED, 8},
			{1, NAME_KEY, EDGE_OWNED, 0},        {0, NAME_VALUE, EDGE_WEAK, 1},
			{0, NAME_NEXT_INDEX, EDGE_OWNED, 0}, {0, NAME_NEXT_INDEX, EDGE_WEAK, 1},
			{2, NAME_NONE, EDGE_OWNED, 0}};
	cr_assert_eq(graph->edges, sizeof expected / sizeof *expected);
	for (uint32_t e = 0; e < graph->edges; e++) {
		cr_assert_eq(graph->targets[e], expected[e].target);
		cr_assert_eq(graph->edge_kinds[e], edge_kind_of(expected[e].name, expected[e].class));
		cr_assert_eq(graph->payloads[e], expected[e].payload);
	}
	cr_assert_eq(degree(graph, 0), 4);
	cr_assert_eq(degree(graph, 2), 2);
	cr_assert_eq(graph->residue[1], 0);
}
