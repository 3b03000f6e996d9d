#include "analyzer/path.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

static void check(const char *heap, uint64_t target, const char *expected)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, heap);
	AUTO(path) struct path path = {0};
	AUTO(text) struct text text = {0};
	text_init(&text);
	assert_ok(path_find(loaded.graph, help_node(&loaded, target), &path));
	assert_ok(path_print(loaded.graph, &path, &text));
	cr_assert_str_eq(text_string(&text), expected, "%s, not %s", text_string(&text), expected);
}

#define MODULE                                                                                                         \
	"object 0x10 dict\nobject 0x20 module\nobject 0x30 dict\nedge 0x10 0x20 ['app']\nedge 0x20 0x30 .__dict__\n"   \
	"object 0x40 x.Y\nobject 0x50 z.Z\nedge 0x30 0x40 ['CACHE']\n"

HEAP_TEST(path, reads_as_a_programmer_writes_it)
{
	check(MODULE "edge 0x40 0x50 .sessions\nroot modules m 0x10\n", 0x50, "app.CACHE.sessions");
	check(MODULE "edge 0x40 0x50 .sessions\nroot modules m\nrootedge 0x20 ['app']\n", 0x50, "app.CACHE.sessions");
	check(MODULE "edge 0x40 0x50 [7]\nroot modules m 0x10\n", 0x50, "app.CACHE[7]");
	check(MODULE "edge 0x40 0x20 [i]\nedge 0x40 0x20 [i]\nedge 0x40 0x50 [i]\nroot modules m 0x10\n", 0x50,
	      "app.CACHE[2]");
	check(MODULE "edge 0x40 0x50 ['user']\nroot modules m 0x10\n", 0x50, "app.CACHE['user']");
	check(MODULE "edge 0x40 0x50 <member>\nroot modules m 0x10\n", 0x50, "app.CACHE<member>");
	check(MODULE "edge 0x40 0x50 closure:f\nroot modules m 0x10\n", 0x50, "app.CACHE<closure f>");
	check(MODULE "edge 0x40 0x50 +24 guess\nroot modules m 0x10\n", 0x50, "app.CACHE<+24>");
	check(MODULE "edge 0x40 0x50 - unvisited\nroot modules m 0x10\n", 0x50, "app.CACHE<...>");
	check(MODULE "root modules sys.modules 0x10\n", 0x10, "sys.modules");
	check(MODULE "root modules m 0x10\n", 0x20, "app");
}

#define TEN "0123456789"
#define KEYED "edge 0x40 0x60 <key>\nedge 0x40 0x50 [k]\nroot modules m 0x10\n"

HEAP_TEST(path, shows_a_data_key_by_its_value_or_its_length)
{
	check(MODULE "object 0x60 str hash=0x123456789abcdef0 length=12\n" KEYED, 0x50, "app.CACHE[#12345678 len=12]");
	check(MODULE "object 0x60 bytes hash=0x123456789abcdef0 length=2\n" KEYED, 0x50, "app.CACHE[#12345678 len=2]");
	check(MODULE "object 0x60 int hash=0x123456789abcdef0 length=1\n" KEYED, 0x50, "app.CACHE[#12345678]");
	check(MODULE "object 0x60 str length=7 \"value=user 17\"\n" KEYED, 0x50, "app.CACHE['user 17']");
	check(MODULE "object 0x60 str length=8 \"value=user 17\"\n" KEYED, 0x50, "app.CACHE['user 17\xe2\x80\xa6']");
	check(MODULE "object 0x60 str length=1 value=\xc3\xa4\n" KEYED, 0x50, "app.CACHE['\xc3\xa4']");
	check(MODULE "object 0x60 bytes length=3 value=abc\n" KEYED, 0x50, "app.CACHE[b'abc']");
	check(MODULE "object 0x60 int length=1 value=-5\n" KEYED, 0x50, "app.CACHE[-5]");
	check("type bool base=int\n" MODULE "object 0x60 bool length=1 value=1\n" KEYED, 0x50, "app.CACHE[1]");
	check("type app.Name base=str\n" MODULE "object 0x60 app.Name length=1 value=x\n" KEYED, 0x50, "app.CACHE['x']");
	check("type app.Loop base=app.Loop\n" MODULE "object 0x60 app.Loop value=x\n" KEYED, 0x50, "app.CACHE[...]");
	check(MODULE "object 0x60 str length=200 value=" TEN TEN TEN TEN TEN TEN TEN "\n" KEYED, 0x50,
	      "app.CACHE['" TEN TEN TEN TEN TEN TEN "\xe2\x80\xa6']");
	check(MODULE "object 0x60 str length=3 value=\x1b[m\n" KEYED, 0x50, "app.CACHE['\\x1B[m']");
}

HEAP_TEST(path, shows_a_data_key_by_its_hash)
{
	check(MODULE
	      "object 0x60 str hash=0x123456789abcdef0\nedge 0x40 0x60 <key>\nedge 0x40 0x50 [k]\nroot modules m 0x10\n",
	      0x50, "app.CACHE[#12345678 len=0]");
	check(MODULE "object 0x60 str\nedge 0x40 0x60 <key>\nedge 0x40 0x50 [k]\nroot modules m 0x10\n", 0x50,
	      "app.CACHE[...]");
}

/* The best of several names, and no way over what keeps nothing alive. */
HEAP_TEST(path, takes_the_name_that_says_most)
{
	check(MODULE "edge 0x40 0x50 <key>\nedge 0x40 0x50 .a weak\nedge 0x40 0x50 .x\nroot modules m 0x10\n", 0x50,
	      "app.CACHE.x");
	check(MODULE "edge 0x40 0x50 .sessions weak\nroot modules m 0x10\n", 0x50, "");
}

HEAP_TEST(path, begins_at_a_frame_where_no_module_leads)
{
	const char *heap = "object 0x10 x.Y\nobject 0x20 z.Z\nedge 0x10 0x20 .log\nroot modules m\n"
			   "root frame f function=main file=app.py line=12\nrootedge 0x10 local:server\n";
	check(heap, 0x20, "main() in app.py:12: server.log");
	check("object 0x10 x.Y\nobject 0x20 z.Z\nedge 0x10 0x20 .log\nroot thread \"thread 7\" 0x10\n", 0x20,
	      "thread 7.log");
}

HEAP_TEST(path, leaves_out_the_middle_of_a_long_way)
{
	AUTO(text) struct text heap = {0};
	text_init(&heap);
	for (unsigned i = 1; i <= 100; i++)
		text_printf(&heap, "object %u n.Node\n", 16 * i);
	for (unsigned i = 1; i < 100; i++)
		text_printf(&heap, "edge %u %u .next\n", 16 * i, 16 * (i + 1));
	text_add(&heap, "root modules m\nrootedge 16 ['app']\n");
	check(text_string(&heap), 16 * 100,
	      "app.next.next.next.next.next.next.next.next.next.next.next.next ... 75 more ... "
	      ".next.next.next.next.next.next.next.next.next.next.next.next");
}

HEAP_TEST(path, escapes_names)
{
	check("object 0x10 x.Y\nobject 0x20 z.Z\nedge 0x10 0x20 .\033[31m\nroot modules m\nrootedge 0x10 ['a']\n", 0x20,
	      "a.\\x1B[31m");
}
