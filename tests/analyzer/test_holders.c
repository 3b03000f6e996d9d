/* Which place holds an object, and by which name is it called? In a heap of two modules, a frame and what C code has. */
#include "analyzer/holders.h"

#include "analyzer/load.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <stdlib.h>

static const char snapshot[] =
	"object 0x10 dict\nobject 0x20 module\nobject 0x30 dict flags=namespace\nobject 0x40 app.Cache\n"
	"object 0x50 dict flags=namespace\nobject 0x60 dict\nobject 0x70 app.Entry\nobject 0x80 app.Entry\n"
	"object 0x90 str\nobject 0xa0 list\nobject 0xb0 str\nobject 0xc0 app.Lost ref=2\nobject 0xd0 str\n"
	"object 0xe0 app.Gone ref=0\nobject 0xf0 list\nobject 0x100 str flags=immortal\nobject 0x110 str\n"
	"edge 0x10 0x20 ['app']\nedge 0x20 0x30 .__dict__\nedge 0x30 0x40 ['CACHE']\nedge 0x40 0x50 .__dict__\n"
	"edge 0x50 0x60 ['entries']\nedge 0x60 0x70 [3]\nedge 0x60 0x80 [4]\nedge 0x70 0x90 .name\n"
	"edge 0x30 0xa0 ['LOG']\nedge 0xa0 0xb0 [i]\nedge 0xc0 0xd0 .name\nedge 0xf0 0x110 [i]\n"
	"root modules sys.modules 0x10\nroot frame main function=main file=app.py line=12\nrootedge 0xf0 local:rows\n";

struct found {
	struct loaded loaded;
	struct graph *graph;
	struct ways ways;
	struct holders holders;
};

static void found_deinit(struct found *found)
{
	holders_deinit(&found->holders);
	ways_deinit(&found->ways);
	graph_destroy(found->graph);
	help_loaded_deinit(&found->loaded);
}
DEFINE_AUTO_VALUE(found, struct found, found_deinit);

static void find(struct found *found, const uint64_t *addresses)
{
	uint64_t asked = 0;
	help_load(&found->loaded, snapshot);
	for (; *addresses != 0; addresses++)
		asked |= UINT64_C(1) << help_node(&found->loaded, *addresses);
	assert_ok(load_graph(found->loaded.reader, GRAPH_HOLDING | GRAPH_TYPE | GRAPH_FLAGS, NULL, &found->graph));
	assert_ok(ways_find(found->graph, &(struct ways_request){.blocked = NO_ID, .unnamed = true},
			    &found->ways));
	assert_ok(holders_create(&found->ways, &found->loaded.names.facts[0], &asked, &found->holders));
}

static void check(const struct found *found, uint64_t address, const char *name)
{
	AUTO(text) struct text text = {0};
	AUTO(edge_names) struct edge_names names;
	text_init(&text);
	edge_names_init(&names, found->loaded.reader);
	uint32_t number = found->holders.of[help_node(&found->loaded, address)];
	cr_assert_lt(number, found->holders.items.count);
	assert_ok(holder_print(&found->holders.items.items[number], &found->ways,
			       &(struct path_printing){.names = &names}, &text));
	cr_assert_str_eq(text_string(&text), name);
}

/* The place is app.CACHE; all ways to the entries and the name go on to its dict. */
HEAP_TEST(holders, are_called_by_what_all_ways_pass)
{
	AUTO(found) struct found found = {0};
	find(&found, (const uint64_t[]){0x70, 0x80, 0x90, 0xb0, 0x110, 0});
	check(&found, 0x70, "app.CACHE.entries");
	check(&found, 0x90, "app.CACHE.entries");
	check(&found, 0xb0, "app.LOG[0]");
	check(&found, 0x110, "main() in app.py:12: rows[0]");
	cr_assert_eq(found.holders.items.count, HOLDER_PLACE + 3);
}

HEAP_TEST(holders, end_where_one_of_theirs_is)
{
	AUTO(found) struct found found = {0};
	find(&found, (const uint64_t[]){0x40, 0x70, 0x80, 0x20, 0});
	check(&found, 0x70, "app.CACHE");
	check(&found, 0x20, "app");
	cr_assert_eq(found.holders.items.count, HOLDER_PLACE + 2);
}

HEAP_TEST(holders, may_be_no_place)
{
	AUTO(found) struct found found = {0};
	find(&found, (const uint64_t[]){0xc0, 0xd0, 0xe0, 0x100, 0});
	check(&found, 0xd0, "C code");
	check(&found, 0xc0, "C code");
	check(&found, 0x100, "immortal objects");
	check(&found, 0xe0, "nothing");
	cr_assert_eq(found.holders.items.count, HOLDER_PLACE);
}

/* Keys of the table of modules, and what stands there besides modules, are the table's own. */
HEAP_TEST(holders, the_table_of_modules_is_one)
{
	AUTO(found) struct found found = {0};
	help_load(&found.loaded, "object 0x10 dict\nobject 0x20 module\nobject 0x30 str\nobject 0x40 str\n"
				 "object 0x50 app.Lazy\nobject 0x60 str\nedge 0x10 0x30 <key>\nedge 0x10 0x20 [k]\n"
				 "edge 0x10 0x40 <key>\nedge 0x10 0x50 [k]\nedge 0x20 0x60 .__doc__\n"
				 "root modules sys.modules 0x10\n");
	uint64_t asked = 0x3f & ~UINT64_C(3);
	assert_ok(load_graph(found.loaded.reader, GRAPH_HOLDING | GRAPH_TYPE | GRAPH_FLAGS, NULL, &found.graph));
	assert_ok(ways_find(found.graph, &(struct ways_request){.blocked = NO_ID, .unnamed = true},
			    &found.ways));
	assert_ok(holders_create(&found.ways, &found.loaded.names.facts[0], &asked, &found.holders));
	check(&found, 0x30, "sys.modules");
	check(&found, 0x40, "sys.modules");
	check(&found, 0x50, "sys.modules");
	cr_assert_eq(found.holders.items.count, HOLDER_PLACE + 2);
}
