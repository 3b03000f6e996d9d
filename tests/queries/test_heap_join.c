#include "tests/queries/help_heaps.h"
#include "tests/test.h"

#include <string.h>

#define PROCESS "meta pid 1\nmeta process_hash aa\nmeta hash_key_id k\nmeta interpreters 1\n"

/* 0x30 was taken by another text, 0x40 by another type; 0x50 is new; the list grew. */
static const char *const before =
	PROCESS "object 0x10 list size=100 ref=1\nobject 0x20 str size=50 hash=1 ref=1\nobject 0x30 str size=60 hash=2 ref=1\n"
		"object 0x40 dict size=64 ref=1\n"
		"edge 0x10 0x20 [i]\nedge 0x10 0x30 [i]\nedge 0x10 0x40 [i]\nroot modules m 0x10\n";
static const char *const after =
	PROCESS "object 0x10 list size=130 ref=1\nobject 0x20 str size=50 hash=1 ref=1\nobject 0x30 str size=60 hash=3 ref=1\n"
		"object 0x40 set size=70 ref=1\nobject 0x50 str size=5000000000 hash=4 ref=1\n"
		"edge 0x10 0x20 [i]\nedge 0x10 0x30 [i]\nedge 0x10 0x40 [i]\nedge 0x10 0x50 [i]\nroot modules m 0x10\n";

static void check(struct heaps *heaps, const char *name, const char *const *expected)
{
	for (uint32_t place = 0; expected[place] != NULL; place++)
		cr_assert_str_eq(help_property(heaps, heaps->after, place, name), expected[place], "%s of %u: %s", name,
				 place, help_property(heaps, heaps->after, place, name));
}
#define CHECK(name, ...) check(&heaps, name, (const char *const[]){__VA_ARGS__, NULL})

HEAP_TEST(heap_join, tells_new_from_survived_and_what_took_a_used_address)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, before, after);
	CHECK("new", "false", "false", "true", "true", "true", "null");
	CHECK("survived", "true", "true", "false", "false", "false", "null");
	CHECK("delta", "30", "0", "60", "70", "5000000000", "null");
	CHECK("delta_retained", "5000000036", "0", "60", "70", "5000000000", "null");
}

HEAP_TEST(heap_join, tells_of_the_earlier_one_what_is_gone)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, before, after);
	static const char *const survived[] = {"true", "true", "false", "false", "null"};
	for (uint32_t place = 0; place < 5; place++) {
		cr_assert_str_eq(help_property(&heaps, heaps.before, place, "survived"), survived[place], "%u", place);
		cr_assert_str_eq(help_property(&heaps, heaps.before, place, "new"), "null");
		cr_assert_str_eq(help_property(&heaps, heaps.before, place, "delta"), "null");
	}
	CHECK("survived", "true", "true", "false", "false", "false", "null");
}

/* Of two processes, by the paths; addresses mean nothing. */
HEAP_TEST(heap_join, of_two_processes_goes_by_path)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps,
			"meta pid 1\nmeta process_hash aa\nobject 0x10 list size=100 ref=1\nobject 0x20 str size=50 ref=1\n"
			"edge 0x10 0x20 .x\nroot modules m\nrootedge 0x10 ['a']\n",
			"meta pid 2\nmeta process_hash bb\nobject 0x10 str size=50 ref=1\nobject 0x20 list size=120 ref=1\n"
			"object 0x30 str size=7 ref=1\nedge 0x20 0x10 .x\nedge 0x20 0x30 .y\nroot modules m\n"
			"rootedge 0x20 ['a']\n");
	CHECK("new", "false", "false", "true");
	CHECK("delta", "0", "20", "7");
	assert_error(heap_need(heaps.before, HEAP_DELTA), ERROR_USAGE);
}
