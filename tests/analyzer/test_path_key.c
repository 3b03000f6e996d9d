#include "analyzer/path_key.h"

#include "analyzer/load.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <stdlib.h>

struct keyed {
	struct loaded loaded;
	struct graph *graph; /* with what holds */
	struct retention retention;
	uint64_t *keys;
};

static void key(struct keyed *keyed, const char *text, const char *mask)
{
	*keyed = (struct keyed){0};
	AUTO(match) struct match *match = NULL;
	if (mask != NULL)
		assert_ok(match_create(mask, MATCH_SEARCH, &match));
	help_load(&keyed->loaded, text);
	assert_ok(load_graph(keyed->loaded.reader, RETENTION_COLUMNS | GRAPH_TYPE, NULL, &keyed->graph));
	assert_ok(retention_create(keyed->graph, false, NULL, &keyed->retention));
	assert_ok(path_keys_find(&keyed->retention, &keyed->loaded.names.facts[0], match, &keyed->keys));
}

static void keyed_deinit(struct keyed *keyed)
{
	free(keyed->keys);
	retention_deinit(&keyed->retention);
	graph_destroy(keyed->graph);
	help_loaded_deinit(&keyed->loaded);
}
DEFINE_AUTO_VALUE(keyed, struct keyed, keyed_deinit);

static uint64_t at(const struct keyed *keyed, uint64_t address)
{
	return keyed->keys[help_node(&keyed->loaded, address)];
}

#define TYPES "type app.C flags=0x200\n"

/* Another process, at other addresses, with its instance's attributes in a dict of its own. */
HEAP_TEST(path_key, is_made_of_names_and_types)
{
	AUTO(keyed) struct keyed one, two;
	key(&one,
	    TYPES
	    "object 0x10 dict\nobject 0x20 app.C\nobject 0x30 dict\nobject 0x40 list\nobject 0x50 str\nobject 0x60 str\n"
	    "edge 0x10 0x20 ['cache']\nedge 0x20 0x30 .__dict__\nedge 0x30 0x40 ['items']\nedge 0x40 0x50 [i]\n"
	    "edge 0x40 0x60 [i]\nroot modules m 0x10\n",
	    NULL);
	key(&two,
	    TYPES
	    "object 0x9010 str\nobject 0x9020 list\nobject 0x9030 app.C\nobject 0x9040 dict\nobject 0x9050 tuple\n"
	    "edge 0x9040 0x9030 ['cache']\nedge 0x9030 0x9020 .items\nedge 0x9020 0x9010 [i]\nedge 0x9020 0x9050 [i]\n"
	    "root modules m 0x9040\n",
	    NULL);
	cr_assert_eq(at(&one, 0x20), at(&two, 0x9030));
	cr_assert_eq(at(&one, 0x40), at(&two, 0x9020));
	cr_assert_eq(at(&one, 0x50), at(&two, 0x9010));
	cr_assert_eq(at(&one, 0x50), at(&one, 0x60), "items go by no index");
	cr_assert_neq(at(&one, 0x50), at(&two, 0x9050), "another type");
	cr_assert_neq(at(&one, 0x30), at(&one, 0x20));
}

HEAP_TEST(path_key, leaves_out_addresses_and_what_is_masked)
{
	const char *text =
		"object 0x10 dict\nobject 0x20 list\nobject 0x30 list\nobject 0x40 list\nobject 0x50 list\n"
		"edge 0x10 0x20 ['queue_1']\nedge 0x10 0x30 ['queue_2']\nedge 0x10 0x40 ['at_0x7f0012345678']\n"
		"edge 0x10 0x50 ['at_0x7f0012345ccc']\nroot modules m 0x10\n";
	AUTO(keyed) struct keyed plain, masked;
	key(&plain, text, NULL);
	key(&masked, text, "^queue_");
	cr_assert_neq(at(&plain, 0x20), at(&plain, 0x30));
	cr_assert_eq(at(&plain, 0x40), at(&plain, 0x50));
	cr_assert_eq(at(&masked, 0x20), at(&masked, 0x30));
}

/* Of several references the one that says most is taken, whatever their order. */
HEAP_TEST(path_key, takes_the_least_of_several_names)
{
	AUTO(keyed) struct keyed one, two;
	key(&one,
	    "object 0x10 dict\nobject 0x20 list\nedge 0x10 0x20 ['b']\nedge 0x10 0x20 ['a']\nroot modules m 0x10\n",
	    NULL);
	key(&two,
	    "object 0x10 dict\nobject 0x20 list\nedge 0x10 0x20 ['a']\nedge 0x10 0x20 ['b']\nroot modules m 0x10\n",
	    NULL);
	cr_assert_eq(at(&one, 0x20), at(&two, 0x20));
}

/* What a frame holds too has another dominator, and the same way from the module. */
HEAP_TEST(path_key, of_ways_stays_where_it_is)
{
	static const char *const texts[2] =
		{TYPES
		 "object 0x10 dict\nobject 0x20 list\nobject 0x30 app.C\nedge 0x10 0x20 .cache\nedge 0x20 0x30 [i]\n"
		 "root modules m 0x10\n",
		 TYPES
		 "object 0x110 dict\nobject 0x120 list\nobject 0x130 app.C\nobject 0x140 str\nedge 0x110 0x120 .cache\n"
		 "edge 0x120 0x130 [i]\nroot modules m 0x110\nroot frame f 0x120 0x130 function=main\n"};
	uint64_t *keys[2];
	for (int i = 0; i < 2; i++) {
		AUTO(keyed) struct keyed keyed;
		AUTO(ways) struct ways ways = {0};
		key(&keyed, texts[i], NULL);
		struct ways_request request = {.blocked = NO_ID, .unnamed = true};
		assert_ok(ways_find(keyed.graph, &request, &ways));
		assert_ok(path_keys_of_ways(&ways, &keyed.loaded.names, NULL, &keys[i]));
	}
	for (int n = 0; n < 3; n++)
		cr_assert_eq(keys[0][n], keys[1][n]);
	cr_assert_neq(keys[0][1], keys[0][2]);
	free(keys[0]);
	free(keys[1]);
}
