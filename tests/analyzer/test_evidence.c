#include "analyzer/evidence.h"

#include "analyzer/diff.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <string.h>

#define META "meta pid 1\nmeta process_hash aa\nmeta hash_key_id k\nmeta interpreters 1\n"
#define COUNTS(zero, one, two)                                                                                         \
	"meta gc_collections0 " #zero "\nmeta gc_collections1 " #one "\nmeta gc_collections2 " #two "\n"

/* A list whose root refers to a second object: what became of that? */
static void weigh(const char *first, const char *second, struct evidence *result)
{
	AUTO(loaded) struct loaded a, b;
	help_load(&a, first);
	help_load(&b, second);
	AUTO(diff) struct diff diff = {0};
	struct diff_request request = {.same_process = true, .least = 1, .places = 8};
	assert_ok(diff_create(a.reader, b.reader, &request, NULL, &diff));
	*result = diff.evidence;
	cr_assert_eq(diff.join.new_count + result->same + result->uncertain, diff.after->nodes);
	cr_assert_eq(diff.join.gone_count + result->same + result->uncertain, diff.before->nodes);
	for (node_id i = 0; i < diff.after->nodes; i++)
		cr_assert_eq(diff.join.before[i] == NO_ID, diff.join.new[i]);
}

static void expect(const char *first, const char *second, uint64_t same, uint64_t reused, uint64_t uncertain)
{
	struct evidence evidence;
	weigh(first, second, &evidence);
	cr_assert_eq(evidence.same, same, "same: %d", (int)evidence.same);
	cr_assert_eq(evidence.reused, reused, "reused: %d", (int)evidence.reused);
	cr_assert_eq(evidence.uncertain, uncertain, "uncertain: %d", (int)evidence.uncertain);
}

HEAP_TEST(evidence, of_another_content)
{
	const char *one = META "object 0x10 str hash=5\nroot modules m 0x10\n";
	const char *two = META "object 0x10 str hash=6\nroot modules m 0x10\n";
	expect(one, one, 1, 0, 0);
	expect(one, two, 0, 1, 0);
}

/* Hashes with other keys say nothing. */
HEAP_TEST(evidence, of_contents_hashed_with_one_key_alone)
{
	expect(META "object 0x10 str hash=5\nroot modules m 0x10\n",
	       "meta pid 1\nmeta process_hash aa\nmeta hash_key_id l\nobject 0x10 str hash=6\nroot modules m 0x10\n", 1,
	       0, 0);
}

HEAP_TEST(evidence, of_an_age_that_fell)
{
	const char *old = META "object 0x10 list gen=2\nroot modules m 0x10\n";
	const char *young = META "object 0x10 list gen=0\nroot modules m 0x10\n";
	expect(old, young, 0, 1, 0);
	expect(young, old, 1, 0, 0);
	const char *frozen = META "object 0x10 list gen=permanent\nroot modules m 0x10\n";
	expect(frozen, young, 1, 0, 0);
	expect(META "object 0x10 dict gen=2\nroot modules m 0x10\n",
	       META "object 0x10 dict gen=0\nroot modules m 0x10\n", 1, 0, 0);
}

/* What survives a collection is older after it, and what is older than anything new can be is not new. */
HEAP_TEST(evidence, of_the_collections_between)
{
	static const char *const young = "object 0x10 list gen=0\nobject 0x20 list gen=1\n";
	static const char *const older = "object 0x10 list gen=1\nobject 0x20 list gen=1\n";
	struct text texts[4];
	for (int i = 0; i < 4; i++) {
		text_init(&texts[i]);
		text_add(&texts[i], META);
		text_add(&texts[i], i % 2 ? COUNTS(7, 3, 1) : COUNTS(6, 3, 1));
		text_add(&texts[i], i < 2 ? young : older);
	}
	/* Nothing leads to them: no place speaks for or against. */
	expect(text_string(&texts[0]), text_string(&texts[0]), 1, 0, 1);
	expect(text_string(&texts[0]), text_string(&texts[1]), 0, 1, 1);
	expect(text_string(&texts[2]), text_string(&texts[2]), 2, 0, 0);
	for (int i = 0; i < 4; i++)
		text_deinit(&texts[i]);
}

/* A tuple never changes what it refers to; a list may. */
HEAP_TEST(evidence, of_what_a_tuple_refers_to)
{
	const char *one = META "object 0x10 tuple\nobject 0x20 float\nobject 0x30 float\nedge 0x10 0x20 [0]\n"
			       "root modules m 0x10\nroot frame f 0x20 0x30 function=g\n";
	const char *two = META "object 0x10 tuple\nobject 0x20 float\nobject 0x30 float\nedge 0x10 0x30 [0]\n"
			       "root modules m 0x10\nroot frame f 0x20 0x30 function=g\n";
	expect(one, one, 3, 0, 0);
	expect(one, two, 2, 1, 0);
}

/* A float has neither hash nor age: what became of its owner decides. */
HEAP_TEST(evidence, of_the_owner)
{
	const char *one = META "object 0x10 list gen=2\nobject 0x20 float\nobject 0x30 list gen=2\nedge 0x10 0x20 [0]\n"
			       "edge 0x30 0x10 [0]\nroot modules m 0x30\n";
	const char *replaced =
		META "object 0x10 list gen=0\nobject 0x20 float\nobject 0x30 list gen=2\nedge 0x10 0x20 [0]\n"
		     "edge 0x30 0x10 [0]\nroot modules m 0x30\n";
	const char *moved =
		META "object 0x10 list gen=2\nobject 0x20 float\nobject 0x30 list gen=2\nedge 0x30 0x20 [0]\n"
		     "edge 0x30 0x10 [0]\nroot modules m 0x30\n";
	expect(one, one, 3, 0, 0);
	expect(one, replaced, 1, 2, 0);
	expect(one, moved, 2, 0, 1);
}

/* Items before it went: its place among those that stayed is the same. */
HEAP_TEST(evidence, of_a_place_among_those_that_stayed)
{
	const char *one = META "object 0x10 list gen=2\nobject 0x20 float\nobject 0x30 float\nobject 0x40 float\n"
			       "edge 0x10 0x20 [0]\nedge 0x10 0x30 [1]\nedge 0x10 0x40 [2]\nroot modules m 0x10\n";
	const char *two = META "object 0x10 list gen=2\nobject 0x40 float\nobject 0x50 float\n"
			       "edge 0x10 0x40 [0]\nedge 0x10 0x50 [1]\nroot modules m 0x10\n";
	expect(one, two, 2, 0, 0);
}

/* A record at the address of one that was freed: its strings are others. Where its place is that of the one before, that speaks
 * against it; one string may have been replaced. */
HEAP_TEST(evidence, of_all_that_hangs_from_it)
{
	static const char *const lists =
		META "object 0x40 list gen=2\nobject 0x50 list gen=2\nroot modules m 0x40 0x50\n"
		     "object 0x10 app.Record\nobject 0x30 float\nedge 0x10 0x30 .made\n"
		     "edge 0x10 0x20 .name\nedge 0x10 0x28 .user\n";
	struct text texts[4];
	for (int i = 0; i < 4; i++) {
		text_init(&texts[i]);
		text_add(&texts[i], lists);
		text_printf(&texts[i], "object 0x20 str hash=%d\nobject 0x28 str hash=%d\nedge 0x%d 0x10 [0]\n",
			    i == 0 ? 1 : 3, i % 2 ? 4 : 2, i % 3 == 0 ? 40 : 50);
	}
	expect(text_string(&texts[0]), text_string(&texts[0]), 6, 0, 0);
	expect(text_string(&texts[0]), text_string(&texts[1]), 2, 4, 0);
	expect(text_string(&texts[0]), text_string(&texts[2]), 3, 1, 2);
	expect(text_string(&texts[0]), text_string(&texts[3]), 2, 2, 2);
	for (int i = 0; i < 4; i++)
		text_deinit(&texts[i]);
}
