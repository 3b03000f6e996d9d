#include "analyzer/type_names.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

static enum kind kind_named(const struct loaded *loaded, const char *name)
{
	label_id label = help_label(&loaded->names, name);
	const struct type_facts *facts = &loaded->names.facts[0];
	for (type_id t = 0; t < facts->count; t++)
		if (facts->label[t] == label)
			return (enum kind)facts->kind[t];
	return KIND_COUNT;
}

HEAP_TEST(type_names, leave_out_the_module_of_builtins)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "object 0x100 dict\nobject 0x200 app.models.Session.Inner\n");
	cr_assert_eq(loaded.names.count, 2);
	cr_assert_str_eq(loaded.names.labels[0].name, "app.models.Session.Inner");
	cr_assert_str_eq(loaded.names.labels[1].name, "dict");
}

HEAP_TEST(type_names, are_shared_between_snapshots)
{
	AUTO(loaded) struct loaded a, b;
	help_load(&a, "object 0x100 dict\nobject 0x200 app.A\n");
	help_load(&b, "object 0x100 app.B\nobject 0x200 app.A\n");
	AUTO(type_names) struct type_names names = {0};
	const struct reader *readers[2] = {a.reader, b.reader};
	assert_ok(type_names_init(&names, readers, 2));
	cr_assert_eq(names.count, 3);
	label_id both = help_label(&names, "app.A");
	cr_assert_eq(names.facts[0].label[a.graph->type[1]], both);
	cr_assert_eq(names.facts[1].label[b.graph->type[1]], both);
	for (label_id l = 1; l < names.count; l++)
		cr_assert_lt(strcmp(names.labels[l - 1].name, names.labels[l].name), 0);
}

/* Flags: 0x200 heap type, 0x100 immutable, bit 30 exception, bit 31 type. */
HEAP_TEST(type_names, tell_families_and_owners)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "type dict flags=0x20000100\n"
			   "type app.Session flags=0x200 base=object\n"
			   "type app.Registry flags=0x20000200 base=dict\n"
			   "type collections.Counter2 flags=0x300 base=dict\n"
			   "type app.Error flags=0x40000200\n"
			   "type app.Meta flags=0x80000200\n"
			   "type _thread.lock flags=0x300\n");
	cr_assert_eq(kind_named(&loaded, "dict"), KIND_container);
	cr_assert_eq(kind_named(&loaded, "app.Session"), KIND_instance);
	cr_assert_eq(kind_named(&loaded, "app.Registry"), KIND_instance);
	cr_assert_eq(kind_named(&loaded, "collections.Counter2"), KIND_container);
	cr_assert_eq(kind_named(&loaded, "app.Error"), KIND_exception);
	cr_assert_eq(kind_named(&loaded, "app.Meta"), KIND_type);
	cr_assert_eq(kind_named(&loaded, "_thread.lock"), KIND_other);
	const struct type_facts *facts = &loaded.names.facts[0];
	for (type_id t = 0; t < facts->count; t++) {
		const char *name = loaded.names.labels[facts->label[t]].name;
		cr_assert_eq(facts->owner[t], strncmp(name, "app.", 4) == 0, "%s", name);
	}
}

HEAP_TEST(type_names, survive_bases_that_loop)
{
	AUTO(loaded) struct loaded loaded;
	help_load(&loaded, "type c.A base=c.B\ntype c.B base=c.A\n");
	cr_assert_eq(kind_named(&loaded, "c.A"), KIND_other);
}

HEAP_TEST(type_names, describe_every_kind)
{
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		cr_assert_gt(strlen(kind_name((enum kind)kind)), 0);
		cr_assert_gt(strlen(kind_description((enum kind)kind)), 0);
	}
	cr_assert_str_eq(kind_name(KIND_weakref), "weakref");
}
