#include "queries/typeset.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

static const char *const heap =
	"object 0x10 dict\nobject 0x20 app.models.Session\nobject 0x30 app.Session\nobject 0x40 int\n";

static void check(const char *pattern, uint32_t count)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, heap);
	AUTO(typeset) struct typeset typeset = {0};
	assert_ok(typeset_init(&typeset, &loaded.names, pattern));
	cr_assert_eq(typeset.count, count);
	uint32_t selected = 0;
	for (label_id l = 0; l < loaded.names.count; l++)
		selected += typeset.selected[l];
	cr_assert_eq(selected, count);
}

HEAP_TEST(typeset, searches_anywhere_unless_anchored)
{
	check("Session", 2);
	check("^app\\.", 2);
	check("^app\\.Session$", 1);
	check("^dict$", 1);
	check("", 4);
}

static void check_error(const char *pattern, const char *part)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, heap);
	AUTO(typeset) struct typeset typeset = {0};
	assert_error_says(typeset_init(&typeset, &loaded.names, pattern), ERROR_USAGE, part);
	cr_assert_null(typeset.selected);
}

HEAP_TEST(typeset, names_the_nearest_type)
{
	check_error("app.Sesion", "no type matches 'app.Sesion': did you mean 'app.Session'?");
	check_error("Sesssion", "Session'?");
	check_error("dicct", "did you mean 'dict'?");
	check_error("Quaternion", "'heapdiff types' lists them");
	check_error("\033[2J", "'\\x1B[2J'");
}

HEAP_TEST(typeset, refuses_a_bad_pattern)
{
	check_error("(", "(");
}
