/* What becomes of unreachable objects: by hand, and against a literal run of CPython's collector over the whole heap. */
#include "analyzer/reach.h"

#include "analyzer/load.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/analyzer/help_model.h"
#include "tests/test.h"

/* A letter for each object in order of address: Reachable, Held, Garbage, Stuck. */
static void check(const char *text, const char *expected)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, text);
	AUTO(graph) struct graph *graph = NULL;
	assert_ok(load_graph(loaded.reader, REACH_COLUMNS | GRAPH_EDGE_KINDS | GRAPH_GENERATION, NULL, &graph));
	AUTO(reach) struct reach reach = {0};
	assert_ok(reach_create(graph, false, &reach));
	assert_ok(fates_settle(graph, reach.fate));
	char got[16] = "";
	for (node_id i = 0; i < graph->nodes && i + 1 < sizeof got; i++)
		got[i] = "RHGS"[reach.fate[i]];
	cr_assert_str_eq(got, expected);
}

HEAP_TEST(fates, of_a_cycle_are_those_of_what_only_it_holds)
{
	check("object 0x10 list gen=2\nobject 0x20 list gen=2 ref=1\nobject 0x30 str\nobject 0x40 tuple\nobject 0x50 str\n"
	      "edge 0x10 0x20 [i]\nedge 0x20 0x10 [i]\nedge 0x10 0x30 [i]\nedge 0x20 0x40 [i]\nedge 0x40 0x50 [i]\n",
	      "GGGGG");
}

/* The string is in a module too: it stays. */
HEAP_TEST(fates, leave_alone_what_a_root_leads_to)
{
	check("object 0x10 list gen=2\nobject 0x20 str ref=2\nedge 0x10 0x10 [i]\nedge 0x10 0x20 [i]\nroot modules m 0x20\n",
	      "GR");
}

HEAP_TEST(fates, know_what_only_c_code_holds)
{
	check("object 0x10 list gen=2 ref=2\nobject 0x20 str\nobject 0x30 str ref=4294967295 flags=immortal\n"
	      "edge 0x10 0x10 [i]\nedge 0x10 0x20 [i]\nedge 0x10 0x30 [i]\n",
	      "HHR");
}

/* The collector can't take off a count that it doesn't see. */
HEAP_TEST(fates, of_a_cycle_through_an_unvisited_edge_are_stuck)
{
	check("object 0x10 list gen=2\nobject 0x20 list gen=2\nobject 0x30 str\n"
	      "edge 0x10 0x20 [i]\nedge 0x20 0x10 - unvisited\nedge 0x20 0x30 [i]\n",
	      "SSS");
}

/* And none of frozen objects, nor of what they lead to. */
HEAP_TEST(fates, of_a_frozen_cycle_are_stuck)
{
	check("object 0x10 list gen=permanent\nobject 0x20 list gen=permanent\nobject 0x30 list gen=2\n"
	      "edge 0x10 0x20 [i]\nedge 0x20 0x10 [i]\nedge 0x20 0x30 [i]\n",
	      "SSS");
	check("object 0x10 list gen=2\nobject 0x20 list gen=permanent\nedge 0x10 0x20 [i]\nedge 0x20 0x10 [i]\n", "SS");
}

/* 0x30 looks alive to the collector, as an untracked object leads to it; but that goes with the cycle, and so does it. */
HEAP_TEST(fates, follow_counts_down_to_survivors)
{
	check("object 0x10 list gen=2\nobject 0x20 tuple\nobject 0x30 list gen=2\nobject 0x40 list gen=2\n"
	      "edge 0x10 0x10 [i]\nedge 0x10 0x20 [i]\nedge 0x20 0x30 [i]\nedge 0x30 0x40 [i]\n",
	      "GGGG");
	/* A cycle of survivors is not freed by counts. */
	check("object 0x10 list gen=2\nobject 0x20 tuple\nobject 0x30 list gen=2 ref=2\n"
	      "edge 0x10 0x10 [i]\nedge 0x10 0x20 [i]\nedge 0x20 0x30 [i]\nedge 0x30 0x30 [i]\n",
	      "GGS");
}

HEAP_TEST(fates, of_a_chain_behind_a_cycle_are_garbage_to_its_end)
{
	check("object 0x10 list gen=0\nobject 0x20 list gen=1\nobject 0x30 list gen=2\nobject 0x40 list gen=2\n"
	      "object 0x50 str\nedge 0x10 0x10 [i]\nedge 0x10 0x20 [i]\nedge 0x20 0x30 [i]\nedge 0x30 0x40 [i]\n"
	      "edge 0x40 0x50 [i]\n",
	      "GGGGG");
}

/* Fates as the collector settles them, against a literal run of CPython's algorithm over the whole heap. */
HEAP_TEST(fates, equal_a_collector_run_over_the_whole_heap)
{
	uint64_t state = 29;
	uint64_t seen[FATE_COUNT] = {0};
	for (int round = 0; round < HEAP_TEST_ROUNDS(6000); round++) {
		AUTO(modelled) struct modelled modelled;
		help_modelled_make(&modelled, &state, true, REACH_COLUMNS | GRAPH_EDGE_KINDS | GRAPH_GENERATION);
		AUTO(reach) struct reach reach = {0};
		assert_ok(reach_create(modelled.graph, false, &reach));
		assert_ok(fates_settle(modelled.graph, reach.fate));
		uint8_t expected[MODEL_NODES];
		help_model_fates(&modelled.model, expected);
		for (uint32_t i = 0; i < modelled.model.nodes; i++) {
			cr_assert_eq(reach.fate[i], expected[i], "round %d: object %u is %s, not %s", round, i,
				     fate_name((enum fate)reach.fate[i]), fate_name((enum fate)expected[i]));
			seen[expected[i]]++;
		}
	}
	for (int f = 0; f < FATE_COUNT; f++)
		cr_assert_gt(seen[f], 200, "only %lu %s", (unsigned long)seen[f], fate_name((enum fate)f));
}
