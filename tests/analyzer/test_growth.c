#include "analyzer/diff.h"
#include "analyzer/growth.h"
#include "analyzer/load.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#include <string.h>

/* --- a tree that only grows, told by trying ------------------------------------------------------------------------- */

#define NODES 11u

struct tree { /* node 0 is below the root; a parent's number is less */
	unsigned count, parent[NODES];
	uint64_t before[NODES], after[NODES]; /* bytes; 0: not there */
	uint64_t growth[NODES];               /* with all below */
	bool gathers[NODES];
};

static uint32_t next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static bool is_below(const struct tree *tree, unsigned node, unsigned above)
{
	while (node > above)
		node = tree->parent[node];
	return node == above;
}

static bool are_disjoint(const struct tree *tree, unsigned set)
{
	for (unsigned a = 0; a < tree->count; a++)
		for (unsigned b = a + 1; b < tree->count; b++)
			if ((set >> a & 1) && (set >> b & 1) && is_below(tree, b, a))
				return false;
	return true;
}

/* The least number of disjoint places that gather, strictly below `above` (any: -1), that make up nine tenths of `growth`. */
static unsigned fewest(const struct tree *tree, int above, uint64_t growth)
{
	unsigned best = UINT32_MAX;
	for (unsigned set = 1; set < 1u << tree->count; set++) {
		uint64_t sum = 0;
		bool valid = true;
		for (unsigned i = 0; i < tree->count; i++)
			if (set >> i & 1) {
				valid = valid && tree->gathers[i] &&
					(above < 0 || ((int)i > above && is_below(tree, i, (unsigned)above)));
				sum += tree->growth[i];
			}
		unsigned size = (unsigned)__builtin_popcount(set);
		if (valid && size < best && (double)sum >= GROWTH_SHARE * (double)growth && are_disjoint(tree, set))
			best = size;
	}
	return best;
}

static void make_tree(struct tree *tree, uint64_t *state, unsigned few)
{
	tree->count = 3 + next(state) % (NODES - 2);
	for (unsigned i = 0; i < tree->count; i++) {
		unsigned reach = next(state) % 2 ? i : i < 3 ? i : 3;
		tree->parent[i] = i == 0 ? 0 : i - 1 - next(state) % reach;
		bool old = i == 0 || (tree->before[tree->parent[i]] > 0 && next(state) % 2);
		tree->before[i] = old ? 1 + next(state) % 50 : 0;
		tree->after[i] =
			tree->before[i] + (next(state) % 2 || !old ? 1 + next(state) % (1u << (next(state) % 10)) : 0);
		tree->gathers[i] = false;
	}
	for (unsigned i = tree->count; i-- > 0;) {
		tree->growth[i] = tree->after[i] - tree->before[i];
		for (unsigned c = i + 1; c < tree->count; c++)
			if (tree->parent[c] == i)
				tree->growth[i] += tree->growth[c];
	}
	for (unsigned i = tree->count; i-- > 0;)
		tree->gathers[i] = tree->growth[i] > 0 && fewest(tree, (int)i, tree->growth[i]) > few;
}

static void print_tree(const struct tree *tree, const uint64_t *sizes, struct text *text)
{
	text_add(text, "meta pid 1\nmeta process_hash aa\n");
	for (unsigned i = 0; i < tree->count; i++)
		if (sizes[i] > 0)
			text_printf(text, "object %u app.T%u size=%u\n", 16 * (i + 1), i, (unsigned)sizes[i]);
	for (unsigned i = 1; i < tree->count; i++)
		if (sizes[i] > 0)
			text_printf(text, "edge %u %u .x\n", 16 * (tree->parent[i] + 1), 16 * (i + 1));
	text_add(text, "root interpreter state 16\n");
}

/* The few of a test leave no room for a root's many parts: what is below the root alone decides. */
HEAP_TEST(growth, finds_the_fewest_places_that_trying_finds)
{
	uint64_t state = 11;
	unsigned several = 0;
	for (int round = 0; round < HEAP_TEST_ROUNDS(400); round++) {
		struct tree tree = {0};
		unsigned few = 1 + (unsigned)round % 3;
		make_tree(&tree, &state, few);
		if (tree.growth[0] == 0)
			continue;
		AUTO(text) struct text one = {0}, two = {0};
		text_init(&one);
		text_init(&two);
		print_tree(&tree, tree.before, &one);
		print_tree(&tree, tree.after, &two);
		AUTO(loaded) struct loaded a, b;
		help_load(&a, text_string(&one));
		help_load(&b, text_string(&two));
		AUTO(diff) struct diff diff = {0};
		struct diff_request request = {.same_process = true, .least = 1, .places = 8};
		assert_ok(diff_create(a.reader, b.reader, &request, NULL, &diff));
		assert_ok(load_addresses(diff.after));
		AUTO(growth) struct growth growth = {0};
		struct growth_request asked = {.least = 1, .most = GROWTH_MOST, .few = few, .same_process = true};
		assert_ok(growth_find(&diff.held[0], &diff.held[1], &diff.join, &diff.names, &asked, &growth));
		cr_assert_eq(growth.whole, tree.growth[0]);
		cr_assert((double)growth.explained >= GROWTH_SHARE * (double)growth.whole);
		unsigned set = 0, expected = fewest(&tree, -1, tree.growth[0]);
		for (size_t i = 0; i < growth.count; i++) {
			unsigned node = (unsigned)(diff.after->address[growth.places[i].place] / 16 - 1);
			set |= 1u << node;
			cr_assert(tree.gathers[node]);
			cr_assert_eq(growth.places[i].size, (int64_t)tree.growth[node]);
		}
		cr_assert(are_disjoint(&tree, set));
		cr_assert_eq((unsigned)__builtin_popcount(set), growth.count);
		cr_assert_eq(growth.count, expected);
		several += growth.count > 1;
	}
	cr_assert_gt(several, 20);
}

/* --- what came and went --------------------------------------------------------------------------------------------- */

static void find(struct diff *diff, struct loaded *a, struct loaded *b)
{
	struct diff_request request = {.same_process = true, .least = 1, .places = 8};
	assert_ok(diff_create(a->reader, b->reader, &request, NULL, diff));
}

static const struct growth_part *part(const struct diff *diff, size_t place, const char *type)
{
	return &diff->growth.places[place].parts[help_label(&diff->names, type)];
}

/* Parts add up to a place's growth, and what went from it is taken off. */
HEAP_TEST(growth, tells_by_type_what_came_and_went)
{
	AUTO(loaded) struct loaded a, b;
	help_load(&a, "meta pid 1\nmeta process_hash aa\nobject 0x10 dict size=100\nobject 0x20 str size=30\n"
		      "edge 0x10 0x20 ['a']\nroot modules m 0x10\n");
	help_load(&b, "meta pid 1\nmeta process_hash aa\nobject 0x10 dict size=150\nobject 0x30 list size=60\n"
		      "object 0x40 list size=60\nobject 0x50 str size=20\n"
		      "edge 0x10 0x30 ['b']\nedge 0x10 0x40 ['c']\nedge 0x40 0x50 [0]\nroot modules m 0x10\n");
	AUTO(diff) struct diff diff = {0};
	find(&diff, &a, &b);
	cr_assert_eq(diff.growth.count, 1);
	cr_assert_eq(diff.growth.places[0].size, 50 + 120 + 20 - 30);
	cr_assert_eq(part(&diff, 0, "list")->count, 2);
	cr_assert_eq(part(&diff, 0, "list")->size, 120);
	cr_assert_eq(part(&diff, 0, "dict")->count, 0);
	cr_assert_eq(part(&diff, 0, "dict")->size, 50);
	cr_assert_eq(part(&diff, 0, "str")->count, 0);
	cr_assert_eq(part(&diff, 0, "str")->size, -10);
}

/* Items that are replaced by as many are no growth, nor is what only moved from one container to another. */
HEAP_TEST(growth, sees_none_in_what_is_replaced_or_moved)
{
	static const char *const heap =
		"meta pid 1\nmeta process_hash aa\nobject 0x10 dict size=100\nobject 0x20 list size=60\n"
		"object 0x30 list size=60\nobject 0x40 str size=5000\nobject 0x%x app.Event size=70\n"
		"object 0x%x app.Event size=70\nedge 0x10 0x20 ['a']\nedge 0x10 0x30 ['b']\n"
		"edge 0x%x 0x40 [0]\nedge 0x20 0x%x [1]\nedge 0x20 0x%x [2]\nroot modules m 0x10\n";
	AUTO(text) struct text one = {0}, two = {0};
	text_init(&one);
	text_init(&two);
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"")
		text_printf(&one, heap, 0x50, 0x60, 0x20, 0x50, 0x60);
	text_printf(&two, heap, 0x70, 0x80, 0x30, 0x70, 0x80);
	_Pragma("GCC diagnostic pop") AUTO(loaded) struct loaded a, b;
	help_load(&a, text_string(&one));
	help_load(&b, text_string(&two));
	AUTO(diff) struct diff diff = {0};
	find(&diff, &a, &b);
	cr_assert_eq(diff.join.new_count, 2);
	cr_assert_eq(diff.growth.count, 0);
}

/* What several hold is told together, by type; what came less what went. */
HEAP_TEST(growth, tells_together_what_no_place_holds_alone)
{
	AUTO(loaded) struct loaded a, b;
	const char *ends = "root modules m 0x10\nroot interpreter i 0x20\n";
	AUTO(text) struct text one = {0}, two = {0};
	text_init(&one);
	text_init(&two);
	for (int later = 0; later < 2; later++) {
		struct text *text = later ? &two : &one;
		text_add(text,
			 "meta pid 1\nmeta process_hash aa\nobject 0x10 list size=60\nobject 0x20 list size=60\n");
		for (unsigned i = 0; i < (later ? 9u : 4u); i++) {
			unsigned address = 0x100 + 16 * i + 0x100 * (unsigned)later;
			text_printf(text, "object %u app.Both size=%u\nedge 0x10 %u [%u]\nedge 0x20 %u [%u]\n", address,
				    70u, address, i, address, i);
		}
		text_add(text, ends);
	}
	help_load(&a, text_string(&one));
	help_load(&b, text_string(&two));
	AUTO(diff) struct diff diff = {0};
	find(&diff, &a, &b);
	cr_assert_eq(diff.growth.count, 1);
	const struct growth_place *place = &diff.growth.places[0];
	cr_assert_eq(place->place, DOMINATOR_ROOT);
	cr_assert_eq(place->label, help_label(&diff.names, "app.Both"));
	cr_assert_eq(place->fate, FATE_REACHABLE);
	cr_assert_eq(place->size, 5 * 70);
	cr_assert_eq(part(&diff, 0, "app.Both")->count, 5);
}
