#include "tests/queries/help_heaps.h"
#include "tests/test.h"

#include <string.h>

static const char *const heap_text =
	"type builtins.type flags=0x80000000\ntype app.Session base=builtins.object node=0x50 flags=0x200\n"
	"object 0x10 list size=80 getsizeof=72 ref=1 gen=2 flags=gc\n"
	"object 0x20 str size=50 ref=4294967295 flags=immortal hash=0x1a2b length=5 value=hello\n"
	"object 0x30 dict size=5000000000 ref=3 gen=0\n"
	"object 0x40 app.Session size=48 ref=1\nobject 0x50 type ref=2\nobject 0x60 module ref=1\n"
	"object 0x70 int size=28 ref=1 length=1 hash=7 value=12\nobject 0x80 float ref=2\nobject 0x90 str ref=1 length=9 value=abcd\n"
	"edge 0x10 0x20 [i]\nedge 0x10 0x30 [i]\nedge 0x10 0x30 [7]\n"
	"edge 0x30 0x20 <key>\nedge 0x30 0x40 [k]\nedge 0x30 0x70 <key>\nedge 0x30 0x80 [k]\n"
	"edge 0x30 0x90 <key>\nedge 0x30 0x90 [k] weak\n"
	"edge 0x40 0x50 <type>\nedge 0x40 0x60 .owner weak\nedge 0x60 0x50 ['Session']\nedge 0x60 0x10 local:frames\n"
	"edge 0x10 0x80 <member>\nedge 0x10 0x20 field:spare\nedge 0x10 0x20 closure:deep\nedge 0x10 0x20 stack:3\n"
	"edge 0x10 0x20 -\n"
	"root modules sys.modules 0x60\nroot thread \"thread 7 Main\" 0x10 thread=7\nroot frame \"frame main\" thread=7 depth=2\n"
	"row modules node=0x60 name=app\n";

static void check(const char *name, const char *const *expected)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, heap_text);
	for (uint32_t place = 0; expected[place] != NULL; place++)
		cr_assert_str_eq(help_property(&heaps, heaps.after, place, name), expected[place], "%s of %u: %s", name,
				 place, help_property(&heaps, heaps.after, place, name));
}
#define CHECK(name, ...) check(name, (const char *const[]){__VA_ARGS__, NULL})

/* Places: list, str, dict, Session, its class, module, int, float, str; modules, thread, frame. */
HEAP_TEST(property, tells_what_the_file_says)
{
	CHECK("id", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11");
	CHECK("address", "16", "32", "48", "64", "80", "96", "112", "128", "144", "null", "null", "null");
	CHECK("type", "list", "str", "dict", "app.Session", "type", "module", "int", "float", "str", "root", "root", "root");
	CHECK("module", "builtins", "builtins", "builtins", "app", "builtins");
	CHECK("kind", "container", "text", "container", "instance", "type", "module", "number", "number", "text", "modules",
	      "thread", "frame");
	CHECK("name", "null", "null", "null", "null", "app.Session", "app", "null", "null", "null", "sys.modules",
	      "thread 7 Main", "frame main");
	CHECK("size", "80", "50", "5000000000", "48");
	CHECK("getsizeof", "72", "50", "5000000000");
	CHECK("refcount", "1", "4294967295", "3");
	CHECK("generation", "2", "null", "0", "null");
	CHECK("immortal", "false", "true", "false");
	CHECK("length", "0", "5", "0", "0", "0", "0", "1");
	CHECK("value", "null", "hello", "null", "null", "null", "null", "12", "null", "abcd", "null");
	CHECK("hash", "null", "0000000000001a2b", "null", "null", "null", "null", "0000000000000007");
	CHECK("site", "null", "null", "null", "null", "null", "null", "null", "null", "null", "null");
}

HEAP_TEST(property, tells_what_is_found_out)
{
	CHECK("outdegree", "8", "0", "6", "2", "0", "2", "0", "0", "0", "1", "1", "0");
	CHECK("indegree", "2", "6", "2", "1", "2", "2", "1", "2", "2", "null");
	CHECK("depth", "1", "2", "2", "3", "2", "1", "3", "2", "3", "null", "null", "2");
	CHECK("fate", "reachable", "reachable", "reachable", "reachable");
	CHECK("residue", "-1", "0", "1", "0", "0", "0", "0", "0", "0");
	/* The module leads to all; the thread to the list too, which the module's local variable does as well. */
	CHECK("thread", "null", "null", "null", "null", "null", "null", "null", "null", "null", "null", "thread 7 Main",
	      "thread 7 Main");
}

HEAP_TEST(property, tells_which_thread_alone_holds_it)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL,
			"object 0x10 list\nobject 0x20 str\nobject 0x30 str\nobject 0x40 str\nobject 0x50 str\n"
			"object 0x60 str\nedge 0x10 0x20 [i]\nedge 0x20 0x10 .x\nedge 0x10 0x30 [i]\nedge 0x40 0x30 .x\n"
			"edge 0x30 0x50 .y\nroot frame \"frame f\" 0x10 thread=7\nroot frame \"frame g\" 0x20 thread=7\n"
			"root thread \"thread 7 Main\" thread=7\nroot frame \"frame h\" 0x40 thread=8\n");
	static const char *const expected[] = {"thread 7 Main", "thread 7 Main", "null", "thread 8", "null", "null"};
	for (node_id n = 0; n < 6; n++)
		cr_assert_str_eq(help_property(&heaps, heaps.after, n, "thread"), expected[n]);
}

HEAP_TEST(property, of_edges_tells_their_names)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, heap_text);
	static const char *const expected[][4] = {
		{"[0]", "index", "owned", "0"},       {"[1]", "index", "owned", "1"},
		{"[7]", "index", "owned", "7"},       {"<member>", "member", "owned", "null"},
		{"spare", "field", "owned", "null"},  {"deep", "closure", "owned", "null"},
		{"<stack 3>", "stack", "owned", "3"}, {"null", "none", "owned", "null"},
		{"<key>", "key", "owned", "null"},    {"hello", "value", "owned", "null"},
		{"<key>", "key", "owned", "null"},    {"[12]", "value", "owned", "null"},
		{"<key>", "key", "owned", "null"},    {"['abcd\xe2\x80\xa6']", "value", "weak", "null"},
		{"<type>", "type", "owned", "null"},  {"owner", "attribute", "weak", "null"},
		{"Session", "named_key", "owned", "null"}, {"frames", "local", "owned", "null"}};
	static const char *const names[] = {"name", "kind", "class", "index"};
	for (uint32_t e = 0; e < sizeof expected / sizeof *expected; e++)
		for (unsigned i = 0; i < 4; i++)
			cr_assert_str_eq(help_edge_property(&heaps, heaps.after, e, names[i]), expected[e][i],
					 "%s of edge %u: %s", names[i], e,
					 help_edge_property(&heaps, heaps.after, e, names[i]));
}

/* By the block as one by one, with those that don't fit 32 bits. */
HEAP_TEST(property, comes_in_blocks)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, heap_text);
	size_t count, columns = 0;
	const struct property *list = property_list(&count);
	for (size_t i = 0; i < count; i++) {
		int64_t numbers[9];
		if (list[i].edge || (list[i].parts & (HEAP_JOIN | HEAP_DELTA)))
			continue;
		assert_ok(heap_need(heaps.after, list[i].parts));
		if (!heap_numbers(heaps.after, &list[i], 1, 8, numbers))
			continue;
		columns++;
		for (uint32_t n = 0; n < 8; n++) {
			struct datum datum;
			assert_ok(heap_node_property(heaps.after, &heaps.arena, &list[i], n + 1, &datum));
			cr_assert_eq(datum.kind, DATUM_INTEGER);
			cr_assert_eq(datum.integer, numbers[n]);
		}
	}
	cr_assert_eq(columns, 10);
}

HEAP_TEST(property, writes_places_and_edges)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, heap_text);
	AUTO(text) struct text text;
	text_init(&text);
	assert_ok(heap_print_place(heaps.after, 3, &text));
	assert_ok(heap_need(heaps.after, HEAP_TYPE));
	assert_ok(heap_print_place(heaps.after, 3, &text));
	assert_ok(heap_print_place(heaps.after, 11, &text));
	assert_ok(heap_print_edge(heaps.after, 15, &text));
	cr_assert_str_eq(text_string(&text), "app.Session #3app.Session #3frame main.owner");
}
