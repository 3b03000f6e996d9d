/* Which places gather memory, and what there is, in heaps whose accumulations were planted. */
#include "analyzer/accumulations.h"

#include "analyzer/load.h"
#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#define ROOT "root modules sys.modules\n"

struct gathered {
	struct loaded loaded;
	struct graph *graph;
	struct retention retention;
	struct children children;
	struct accumulations found;
};

static void gather(const char *snapshot, uint32_t most, struct gathered *gathered)
{
	*gathered = (struct gathered){0};
	help_load(&gathered->loaded, snapshot);
	assert_ok(load_graph(gathered->loaded.reader, ACCUMULATIONS_COLUMNS, NULL, &gathered->graph));
	assert_ok(retention_create(gathered->graph, false, NULL, &gathered->retention));
	assert_ok(children_create(&gathered->retention, &gathered->children));
	assert_ok(accumulations_find(&gathered->children, &gathered->loaded.names, 0.05, most, &gathered->found));
}

static void gathered_deinit(struct gathered *gathered)
{
	accumulations_deinit(&gathered->found);
	children_deinit(&gathered->children);
	retention_deinit(&gathered->retention);
	graph_destroy(gathered->graph);
	help_loaded_deinit(&gathered->loaded);
}
DEFINE_AUTO_VALUE(gathered, struct gathered, gathered_deinit);

/* A list of the object at `owner`, with 20 sessions of 100 B that each have a str of 50 B. */
static void add_list(struct text *text, unsigned owner, unsigned list, const char *name)
{
	text_printf(text, "object 0x%x list size=64\nedge 0x%x 0x%x %s\n", list, owner, list, name);
	for (unsigned i = 1; i <= 20; i++) {
		unsigned session = list + 64 * i;
		text_printf(text, "object 0x%x app.Session size=100\nedge 0x%x 0x%x [i]\n", session, list, session);
		text_printf(text, "object 0x%x str size=50\nedge 0x%x 0x%x .name\n", session + 32, session,
			    session + 32);
	}
}

static void add_lists(struct text *text, unsigned count, const char *flags)
{
	text_printf(text, ROOT "object 0x1000 dict size=100 flags=%s\nrootedge 0x1000 ['app']\n", flags);
	for (unsigned i = 0; i < count; i++)
		add_list(text, 0x1000, 0x10000 * (i + 1), "['x']");
}

static void check_lists(unsigned count, const char *flags, size_t expected)
{
	AUTO(text) struct text text;
	text_init(&text);
	add_lists(&text, count, flags);
	AUTO(gathered) struct gathered gathered;
	gather(text_string(&text), 8, &gathered);
	cr_assert_eq(gathered.found.count, expected, "%u lists: %zu", count, gathered.found.count);
	const struct accumulation *first = &gathered.found.items[0];
	const struct type_names *names = &gathered.loaded.names;
	unsigned folded = expected == 1 && count > 1 ? count : 0, of = folded > 0 ? folded : 1;
	cr_assert_eq(first->folded, folded);
	cr_assert_eq(first->label, help_label(names, "app.Session"));
	cr_assert_eq(first->count, 20 * of);
	cr_assert_eq(first->size, 3000 * of);
	cr_assert_eq(first->parts[help_label(names, "app.Session")].count, 20 * of);
	cr_assert_eq(first->parts[help_label(names, "str")].size, 1000 * of);
	cr_assert_eq(first->parts[help_label(names, "list")].count, 0);
	cr_assert_eq(first->place, help_node(&gathered.loaded, folded > 0 ? 0x1000 : 0x10000));
	if (folded > 0)
		cr_assert_eq(first->inner, help_label(names, "list"));
}

/* From three on; the globals of a module stay apart, as each has a name of its own. */
HEAP_TEST(accumulations, that_are_alike_in_one_container_are_one)
{
	check_lists(1, "gc", 1);
	check_lists(2, "gc", 2);
	check_lists(3, "gc", 1);
	check_lists(12, "gc", 1);
	check_lists(3, "namespace", 3);
}

/* Sessions that two dicts share are more than what the lists hold, but name no place. */
HEAP_TEST(accumulations, of_no_single_place_come_last)
{
	AUTO(text) struct text text;
	text_init(&text);
	add_lists(&text, 1, "gc");
	text_add(&text, "object 0x2000 dict size=100\nobject 0x3000 dict size=100\n"
			"rootedge 0x2000 ['a']\nroot builtins builtins\nrootedge 0x3000 ['b']\n");
	for (unsigned i = 0; i < 120; i++)
		text_printf(&text, "object 0x%x app.Session size=100\nedge 0x2000 0x%x [i]\nedge 0x3000 0x%x [i]\n",
			    0x900000 + 16 * i, 0x900000 + 16 * i, 0x900000 + 16 * i);
	AUTO(gathered) struct gathered gathered;
	gather(text_string(&text), 8, &gathered);
	cr_assert_eq(gathered.found.count, 2);
	cr_assert_eq(gathered.found.items[0].size, 3000);
	cr_assert_eq(gathered.found.items[1].place, DOMINATOR_ROOT);
	cr_assert_eq(gathered.found.items[1].size, 12000);
	cr_assert_eq(gathered.found.left_out, 0);
}

/* Images that C code took a reference to, sessions in cycles of two, whose dict may be what the others are entered by. */
HEAP_TEST(accumulations, that_hang_from_no_object_are_told_by_what_became_of_them)
{
	AUTO(text) struct text text;
	text_init(&text);
	add_lists(&text, 1, "gc");
	for (unsigned i = 0; i < 20; i++) {
		text_printf(&text, "object 0x%x app.Image size=100 ref=1 gen=0\n", 0x800000 + 64 * i);
		text_printf(&text, "object 0x%x dict size=100 ref=1 gen=0 flags=namespace\n", 0x900000 + 64 * i);
		text_printf(&text, "object 0x%x app.Session size=50 ref=1 gen=0\n", 0x900020 + 64 * i);
		text_printf(&text, "edge 0x%x 0x%x .x\nedge 0x%x 0x%x .__dict__\n", 0x900000 + 64 * i,
			    0x900020 + 64 * i, 0x900020 + 64 * i, 0x900000 + 64 * i);
	}
	AUTO(gathered) struct gathered gathered;
	gather(text_string(&text), 8, &gathered);
	const struct accumulation *found = gathered.found.items;
	cr_assert_eq(gathered.found.count, 3);
	cr_assert_neq(found[0].place, DOMINATOR_ROOT);
	cr_assert_eq(found[1].place, DOMINATOR_ROOT);
	cr_assert_eq(found[1].fate, FATE_GARBAGE);
	cr_assert_eq(found[1].size, 20 * 150);
	cr_assert_eq(found[1].parts[help_label(&gathered.loaded.names, "app.Session")].count, 20);
	cr_assert_eq(found[2].place, DOMINATOR_ROOT);
	cr_assert_eq(found[2].fate, FATE_HELD);
	cr_assert_eq(found[2].label, help_label(&gathered.loaded.names, "app.Image"));
	cr_assert_eq(found[2].count, 20);
	cr_assert_not(accumulation_is_scattered(&found[1]) || accumulation_is_scattered(&found[2]));
}

HEAP_TEST(accumulations, that_are_too_many_are_counted)
{
	AUTO(text) struct text text;
	text_init(&text);
	add_lists(&text, 5, "namespace");
	AUTO(gathered) struct gathered gathered;
	gather(text_string(&text), 2, &gathered);
	cr_assert_eq(gathered.found.count, 2);
	cr_assert_eq(gathered.found.left_out, 3);
}
