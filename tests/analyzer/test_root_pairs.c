#include "analyzer/root_pairs.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <stdlib.h>

HEAP_TEST(root_pairs, finds_the_same_root_by_kind_and_name)
{
	AUTO(loaded) struct loaded a, b;
	help_load(
		&a,
		"root modules m\nroot thread t thread=5\nroot frame f thread=5 function=main depth=1\nroot c_globals g\n");
	help_load(
		&b,
		"root c_globals g\nroot frame f thread=5 function=main depth=2\nroot thread t thread=6\nroot modules m\n");
	root_id *same = NULL, *other = NULL;
	assert_ok(root_pairs_find(a.reader, b.reader, true, &same));
	assert_ok(root_pairs_find(a.reader, b.reader, false, &other));
	cr_assert_eq(same[0], 3);
	cr_assert_eq(same[1], NO_ID, "another thread of the same process");
	cr_assert_eq(other[1], 2, "of another process thread ids say nothing");
	cr_assert_eq(same[2], NO_ID, "another depth");
	cr_assert_eq(same[3], 0);
	free(same);
	free(other);
}
