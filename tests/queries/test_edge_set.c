#include "tests/queries/help_heaps.h"
#include "tests/test.h"

#include <string.h>

static const char *const names_text =
	"object 0x10 dict\nobject 0x20 str length=5 value=hello\nobject 0x30 str length=9 value=abcd\n"
	"object 0x40 int length=1 value=3\nobject 0x50 list\n"
	"edge 0x10 0x20 <key>\nedge 0x10 0x50 [k]\nedge 0x10 0x30 <key>\nedge 0x10 0x50 [k]\n"
	"edge 0x10 0x40 <key>\nedge 0x10 0x50 [k]\nedge 0x10 0x50 .hello\nedge 0x10 0x50 ['x']\n"
	"edge 0x10 0x50 local:x\nedge 0x10 0x50 field:x\nedge 0x10 0x50 closure:x\nedge 0x10 0x50 <member>\n"
	"edge 0x10 0x50 <type>\nedge 0x10 0x50 +48\nedge 0x10 0x50 stack:3\nedge 0x10 0x50 -\n"
	"edge 0x50 0x10 [i]\nedge 0x50 0x10 [3]\nedge 0x50 0x10 [i] weak\nedge 0x50 0x10 ['<type>']\n";

/* Edges that have one of the names, as letters. */
static void check(const char *one, const char *other, const char *expected)
{
	AUTO(heaps) struct heaps heaps;
	help_heaps_init(&heaps, NULL, names_text);
	struct name names[2] = {{.text = one, .length = (uint32_t)strlen(one)},
				{.text = other, .length = other != NULL ? (uint32_t)strlen(other) : 0}};
	struct edge_pattern pattern = {.name_count = 1 + (other != NULL), .names = names};
	assert_ok(heap_need(heaps.after, HEAP_NAMES));
	assert_ok(heap_edge_names(heaps.after, &heaps.arena, &pattern));
	char found[32] = "";
	for (uint32_t e = 0; e < heaps.after->edges; e++)
		if (edge_names_has(heaps.after, pattern.set, e))
			strcat(found, (const char[]){(char)('a' + e), '\0'});
	cr_assert_str_eq(found, expected, "%s: %s", one, found);
}

HEAP_TEST(edge_set, has_names_of_all_sorts)
{
	check("hello", NULL, "bg");
	check("x", NULL, "hijk");
	check("[3]", NULL, "fr");
	check("[4]", "hello", "bgs");
	check("<key>", "<member>", "acel");
	check("<type>", NULL, "mt");
	check("<+48>", "<stack 3>", "no");
	check("abcd", NULL, "");
	check("[03]", "[99999999999]", "");
	check("", "nowhere", "");
}
