#include "tests/queries/help_heaps.h"
#include "tests/test.h"

#include <string.h>

static const char *const classes =
	"type collections.abc.Mapping flags=0x200\ntype app.Base base=collections.abc.Mapping flags=0x200\n"
	"type app.Session base=app.Base flags=0x200\ntype web.Session flags=0x200\ntype app:Session.Inner flags=0x200\n"
	"type app.Loop base=app.Loop flags=0x200\ntype dict\ntype app.dict flags=0x200\n"
	"object 0x10 app.Session\nobject 0x20 app.Session\nobject 0x30 web.Session\nobject 0x40 app:Session.Inner\n"
	"object 0x50 app.Base\nobject 0x60 app.Loop\nobject 0x70 dict\nobject 0x80 app.dict\nobject 0x90 list\n"
	"root modules m 0x10\nroot frame f\n";

/* Nodes of a set, as digits. */
static void check(const char *label, const char *expected)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, classes);
	const struct label_set *set = help_label_set(&heaps, heaps.after, label);
	char nodes[16] = "";
	for (uint32_t place = 0; place < heaps.after->places; place++)
		if (label_set_has(heaps.after, set, place))
			strcat(nodes, (const char[]){(char)((place < 10 ? '0' : 'a' - 10) + place), '\0'});
	cr_assert_str_eq(nodes, expected, "%s is %s", label, nodes);
	cr_assert_eq(set->places, strlen(expected));
}

HEAP_TEST(label, is_a_display_name_or_what_follows_its_dots)
{
	check("app.Session", "01");
	check("Session", "012");
	check("Inner", "3");
	check("Session.Inner", "3");
	check("dict", "6");
	check("app.dict", "7");
	check("Mapping", "");
}

HEAP_TEST(label, is_the_roots_or_a_family)
{
	check("root", "9a");
	check("kind.container", "68");
	check("kind.instance", "0123457");
}

HEAP_TEST(label, takes_subclasses_and_ends_where_bases_loop)
{
	check("Mapping+", "014");
	check("app.Base+", "014");
	check("app.Loop+", "5");
	check("web.Session+", "2");
	check("dict+", "6");
}

HEAP_TEST(label, that_is_none_is_told_with_the_nearest_and_its_place)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, classes);
	struct label_name names[2] = {{.name = {.text = "dict", .length = 4}},
				      {.name = {.text = "Sesion", .length = 6, .span = {.at = 17, .length = 6}}}};
	struct label_test test = {.count = 2, .names = names};
	assert_ok(heap_need(heaps.after, HEAP_TYPE));
	AUTO(error) struct error *error = heap_label(heaps.after, &heaps.arena, &test);
	cr_assert(error != NULL && error->code == ERROR_USAGE && error->has_where && error->where == 17);
	cr_assert_str_eq(error->message, "no type is called 'Sesion': did you mean 'Session'?");
	names[1].name.text = "nothinglikeit";
	names[1].name.length = 13;
	assert_error_says(heap_label(heaps.after, &heaps.arena, &test), ERROR_USAGE, "'heapdiff types' lists them");
}

/* A type that only the other snapshot of a pair has selects nothing. */
HEAP_TEST(label, may_be_of_the_other_snapshot)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, "object 0x10 app.Old\n", "object 0x10 app.New\n");
	cr_assert_eq(help_label_set(&heaps, heaps.after, "app.Old")->places, 0);
	cr_assert_eq(help_label_set(&heaps, heaps.before, "Old")->places, 1);
	cr_assert_eq(help_label_set(&heaps, heaps.before, "New+")->places, 0);
}

HEAP_TEST(label, tells_subclasses_of_single_objects)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, classes);
	bool is;
	for (int times = 0; times < 2; times++) {
		assert_ok(heap_subclass(heaps.after, &heaps.arena, 0, datum_string("Mapping", 7), &is));
		cr_assert(is);
		assert_ok(heap_subclass(heaps.after, &heaps.arena, 6, datum_string("Mapping", 7), &is));
		cr_assert_not(is);
		assert_ok(heap_subclass(heaps.after, &heaps.arena, 6, datum_string("dict", 4), &is));
		cr_assert(is);
		assert_error(heap_subclass(heaps.after, &heaps.arena, 6, datum_string("dicd", 4), &is), ERROR_USAGE);
	}
}
