#include "analyzer/successors.h"

#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

struct succession {
	struct loaded before, after;
	struct type_names names;
	struct join join, succeeded;
};

static void succeed(struct succession *succession, const char *before, const char *after)
{
	*succession = (struct succession){0};
	help_load(&succession->before, before);
	help_load(&succession->after, after);
	const struct reader *readers[2] = {succession->before.reader, succession->after.reader};
	assert_ok(type_names_init(&succession->names, readers, 2));
	const struct type_facts *facts = succession->names.facts;
	assert_ok(join_create(succession->before.graph, succession->after.graph, &succession->names, &facts[0],
			      &facts[1], &succession->join));
	assert_ok(successors_join(succession->before.graph, succession->after.graph, &succession->names,
				  &succession->join, &succession->succeeded));
}

static void succession_deinit(struct succession *succession)
{
	join_deinit(&succession->join);
	join_deinit(&succession->succeeded);
	type_names_deinit(&succession->names);
	help_loaded_deinit(&succession->before);
	help_loaded_deinit(&succession->after);
}
DEFINE_AUTO_VALUE(succession, struct succession, succession_deinit);

/* One object of `type` by a reference called `name`, at 0x20 before and at 0x30 after; whether the later one succeeds. */
static bool succeeds(const char *name, const char *type, const char *later_name, const char *later_type)
{
	AUTO(text) struct text before, after;
	AUTO(succession) struct succession succession;
	text_init(&before);
	text_init(&after);
	text_printf(&before, "object 0x10 dict\nobject 0x20 %s\nedge 0x10 0x20 %s\n", type, name);
	text_printf(&after, "object 0x10 dict\nobject 0x30 %s\nedge 0x10 0x30 %s\n", later_type, later_name);
	succeed(&succession, text_string(&before), text_string(&after));
	cr_assert_eq(succession.join.new_count, 1);
	cr_assert_eq(succession.join.gone_count, 1);
	bool found = succession.succeeded.before[1] == 1;
	cr_assert_eq(succession.succeeded.new[1], !found);
	cr_assert_eq(succession.succeeded.gone[1], !found);
	cr_assert_eq(succession.succeeded.new_count, !found);
	cr_assert_eq(succession.succeeded.gone_count, !found);
	return found;
}

HEAP_TEST(successors, are_of_one_type_under_one_name)
{
	cr_assert(succeeds(".x", "list", ".x", "list"));
	cr_assert(succeeds("field:x", "list", "field:x", "list"));
	cr_assert(succeeds("['x']", "list", "['x']", "list"));
	cr_assert_not(succeeds(".x", "list", ".x", "dict"));
	cr_assert_not(succeeds(".x", "list", "field:x", "list"));
}

/* What is in a container under an index or a key that is data comes and goes. */
HEAP_TEST(successors, are_not_items)
{
	cr_assert_not(succeeds("[i]", "list", "[i]", "list"));
	cr_assert_not(succeeds("<member>", "str", "<member>", "str"));
	cr_assert_not(succeeds("<key>", "str", "<key>", "str"));
	cr_assert_not(succeeds(".x weak", "list", ".x weak", "list"));
}

/* One place is taken by one: with two attributes, one of which is what the other was, each has its own. */
HEAP_TEST(successors, take_one_place_each)
{
	AUTO(succession) struct succession succession;
	succeed(&succession,
		"object 0x10 dict\nobject 0x20 list\nobject 0x30 list\nedge 0x10 0x20 .x\nedge 0x10 0x30 .y\n",
		"object 0x10 dict\nobject 0x40 list\nedge 0x10 0x40 .x\nedge 0x10 0x40 .y\n");
	cr_assert_eq(succession.succeeded.before[1], 1);
	cr_assert_eq(succession.succeeded.gone_count, 1);
	cr_assert(succession.succeeded.gone[2]);
	cr_assert_eq(succession.succeeded.before[0], 0);
}
