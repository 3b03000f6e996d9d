#include "analyzer/groups.h"

#include "analyzer/sets.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

static void check(const struct loaded *loaded, enum groups_by by, const bool *selected, const char *const *expected)
{
	AUTO(groups) struct groups groups = {0};
	assert_ok(groups_create(loaded->graph, &loaded->names, by, selected, &groups));
	for (node_id i = 0; i < loaded->graph->nodes; i++) {
		if (expected[i] == NULL) {
			cr_assert_eq(groups.of[i], GROUP_NONE);
			continue;
		}
		cr_assert_lt(groups.of[i], groups.count);
		struct label label = groups.labels[groups.of[i]];
		cr_assert_eq(label.length, strlen(expected[i]));
		cr_assert_eq(memcmp(label.name, expected[i], label.length), 0, "object %u: %.*s, not %s", i,
			     (int)label.length, label.name, expected[i]);
	}
}

HEAP_TEST(groups, tell_objects_by_what_is_asked)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x10 dict gen=2\nobject 0x20 app.A gen=0\nobject 0x30 app.B gen=permanent\n"
			   "object 0x40 str\nobject 0x50 app.sub:A gen=1\n");
	check(&loaded, GROUPS_BY_TYPE, NULL, (const char *const[]){"dict", "app.A", "app.B", "str", "app.sub.A"});
	check(&loaded, GROUPS_BY_MODULE, NULL, (const char *const[]){"builtins", "app", "app", "builtins", "app.sub"});
	check(&loaded, GROUPS_BY_PACKAGE, NULL, (const char *const[]){"builtins", "app", "app", "builtins", "app"});
	check(&loaded, GROUPS_BY_GENERATION, NULL, (const char *const[]){"2", "0", "permanent", "untracked", "1"});
	bool selected[5] = {false};
	selected[help_label(&loaded.names, "app.A")] = selected[help_label(&loaded.names, "dict")] = true;
	check(&loaded, GROUPS_BY_MODULE, selected, (const char *const[]){"builtins", "app", NULL, NULL, NULL});
}
