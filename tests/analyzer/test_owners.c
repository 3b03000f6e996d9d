#include "analyzer/owners.h"

#include "analyzer/load.h"
#include "analyzer/sets.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <inttypes.h>
#include <stdlib.h>

struct owned {
	struct loaded loaded;
	struct graph *graph;
	struct groups groups;
	uint64_t *retained;
};

static void owned_init(struct owned *owned, const char *text, const char *selected)
{
	*owned = (struct owned){0};
	help_load(&owned->loaded, text);
	assert_ok(load_graph(owned->loaded.reader, REACH_COLUMNS | GRAPH_SIZE | GRAPH_TYPE, NULL, &owned->graph));
	AUTO(reach) struct reach reach = {0};
	assert_ok(reach_create(owned->graph, false, &reach));
	bool labels[64] = {false};
	if (selected != NULL)
		labels[help_label(&owned->loaded.names, selected)] = true;
	assert_ok(owners_create(&reach, &owned->loaded.names, selected != NULL ? labels : NULL, NULL, &owned->groups,
				&owned->retained));
}

static void owned_deinit(struct owned *owned)
{
	groups_deinit(&owned->groups);
	free(owned->retained);
	graph_destroy(owned->graph);
	help_loaded_deinit(&owned->loaded);
}
DEFINE_AUTO_VALUE(owned, struct owned, owned_deinit);

static void check(const struct owned *owned, uint64_t address, const char *owner)
{
	uint32_t group = owned->groups.of[help_node(&owned->loaded, address)];
	cr_assert_lt(group, owned->groups.count);
	cr_assert_str_eq(owned->groups.labels[group].name, owner, "0x%" PRIx64 " is of %s, not %s", address,
			 owned->groups.labels[group].name, owner);
}

static uint64_t retained_by(const struct owned *owned, const char *owner)
{
	for (uint32_t g = 0; g < owned->groups.count; g++)
		if (strcmp(owned->groups.labels[g].name, owner) == 0)
			return owned->retained[g];
	cr_assert_fail("no owner %s", owner);
	return 0;
}

/* Modules a (with a list, 0x38, of its own) and b, which only a imports into a registry; 0x40 is of both. */
static const char *const heap =
	"object 0x10 dict size=1 ref=1 flags=namespace\n"
	"object 0x20 module size=2 ref=1\nobject 0x28 dict size=4 ref=1 flags=namespace\n"
	"object 0x30 module size=8 ref=1\nobject 0x38 list size=16 ref=1\n"
	"object 0xa0 dict size=32 ref=1 flags=namespace\n"
	"object 0x40 str size=64 ref=2\n"
	"object 0x50 list size=128 ref=2\nobject 0x58 str size=256 ref=2\n"
	"object 0x60 str size=512 ref=9 flags=immortal\n"
	"object 0x70 list size=1024 ref=1\nobject 0x78 list size=2048 ref=1\n"
	"object 0x80 list size=4096 ref=1 gen=2\n"
	"object 0x90 str size=8192 ref=1\n"
	"edge 0x10 0x20 ['a']\nedge 0x10 0x20 ['again']\nedge 0x10 0x30 .b\n"
	"edge 0x20 0x28 .__dict__\nedge 0x28 0x38 ['registry']\nedge 0x28 0x40 ['x']\n"
	"edge 0x30 0xa0 .__dict__\nedge 0xa0 0x40 ['y']\n"
	"edge 0x50 0x58 [i]\n"
	"edge 0x70 0x78 [i]\n"
	"edge 0x80 0x80 [i]\n"
	"root modules sys.modules 0x10\n"
	"root thread \"thread 7 Main\" thread=7\n"
	"root frame \"frame f\" 0x50 thread=7 depth=0\nroot frame \"frame g\" 0x50 0x58 thread=7 depth=1\n"
	"root frame \"frame h\" 0x90 thread=8 depth=0\n";

HEAP_TEST(owners, are_what_all_ways_pass_through)
{
	AUTO(owned) struct owned owned;
	owned_init(&owned, heap, NULL);
	check(&owned, 0x10, "(sys.modules)");
	check(&owned, 0x20, "module a");
	check(&owned, 0x28, "module a");
	check(&owned, 0x38, "module a");
	check(&owned, 0xa0, "module b");
	check(&owned, 0x40, "(sys.modules)"); /* of two modules, and both are of sys.modules alone */
	check(&owned, 0x50, "thread 7 Main"); /* of two frames of one thread */
	check(&owned, 0x58, "thread 7 Main");
	check(&owned, 0x60, "(immortal objects)");
	check(&owned, 0x70, "(C code)");
	check(&owned, 0x78, "(C code)");
	check(&owned, 0x80, "(nothing)");
	check(&owned, 0x90, "thread 8");
	cr_assert_eq(retained_by(&owned, "module a"), 2 + 4 + 16);
	cr_assert_eq(retained_by(&owned, "(sys.modules)"), 127);
	cr_assert_eq(retained_by(&owned, "thread 7 Main"), 128 + 256);
	cr_assert_eq(retained_by(&owned, "(several)"), UINT64_MAX);
}

HEAP_TEST(owners, share_what_several_hold)
{
	AUTO(owned) struct owned owned;
	owned_init(&owned,
		   "object 0x10 dict ref=1 flags=namespace\nobject 0x20 module ref=1\nobject 0x28 dict ref=2\n"
		   "object 0x30 str ref=2\nedge 0x10 0x20 .a\nedge 0x20 0x28 .__dict__\nedge 0x28 0x30 .x\n"
		   "root modules sys.modules 0x10\nroot frame f 0x30 0x28 thread=7\n",
		   "str");
	check(&owned, 0x30, "(several)");
	cr_assert_eq(owned.groups.of[help_node(&owned.loaded, 0x28)], GROUP_NONE);
}
