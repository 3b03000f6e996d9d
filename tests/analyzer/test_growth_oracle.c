/* Where it grew, against its definition: small random heaps that live on, in which everything is found by trying.
 *
 * What hangs from a place is what can't be reached without it. Every byte that came counts there, every byte that went at
 * the nearest place above it that is there still; what a place grew by is the one less the other, over all that hangs
 * from it. The places told must be disjoint, say to the byte and by type how they grew, and explain nine tenths of it.
 */
#include "analyzer/growth.h"

#include "analyzer/load.h"
#include "base/text.h"
#include "tests/analyzer/help_loaded.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <stdlib.h>

#define SLOTS 24u
#define ROOTS 2u
#define COLUMNS (GRAPH_ADDRESS | GRAPH_TYPE | GRAPH_SIZE | GROWTH_COLUMNS)

static const char *const types[] = {"app.A", "app.B", "dict", "list", "str"};
#define TYPES 5u

/* --- a heap that lives on ------------------------------------------------------------------------------------------- */

struct thing {
	bool here;
	unsigned type, size;
	bool leaked;        /* C code holds it */
	bool mapped;        /* in the data of a file: it is there whether anything refers to it or not */
	bool refers[SLOTS]; /* to which it refers */
	bool rooted[ROOTS];
};

static unsigned below(uint64_t *state, unsigned limit)
{
	return (unsigned)(help_random(state) % limit);
}

/* Hangs from one of those before it or from a root, and refers to what it likes: mostly a tree, with cycles and short cuts. */
static void tie(struct thing *things, uint64_t *state, unsigned slot)
{
	unsigned above = below(state, slot + ROOTS);
	if (above >= slot)
		things[slot].rooted[above - slot] = below(state, 8) > 0;
	else
		things[above].refers[slot] = true;
	if (below(state, 5) == 0)
		things[slot].refers[below(state, SLOTS)] = true;
}

static void make(struct thing *things, uint64_t *state, unsigned slot)
{
	things[slot] = (struct thing){.here = true,
				      .type = below(state, TYPES),
				      .size = 1 + below(state, 3000),
				      .leaked = below(state, 20) == 0,
				      .mapped = below(state, 10) == 0};
	tie(things, state, slot);
}

static void live_on(struct thing *things, uint64_t *state, bool only_grows)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		struct thing *thing = &things[i];
		if (!thing->here) {
			if (below(state, 3) > 0)
				make(things, state, i);
		} else if (!only_grows && below(state, 5) == 0) {
			*thing = (struct thing){0};
			for (unsigned j = 0; j < SLOTS; j++)
				things[j].refers[i] = false;
			if (below(state, 2))
				make(things, state, i);
		} else if (below(state, 4) == 0) {
			thing->size = only_grows ? thing->size + below(state, 500) : 1 + below(state, 3000);
		}
	}
}

static void print(const struct thing *things, struct text *text)
{
	text_add(text, "meta pid 1\nmeta process_hash aa\ntype app.A flags=0x200\ntype app.B flags=0x200\n");
	for (unsigned i = 0; i < SLOTS; i++) {
		unsigned references = things[i].leaked;
		for (unsigned j = 0; j < SLOTS; j++)
			references += things[j].here && things[j].refers[i];
		for (unsigned r = 0; r < ROOTS; r++)
			references += things[i].rooted[r];
		if (things[i].here)
			text_printf(text, "object %u %s size=%u ref=%u gen=0%s\n", 16 * (i + 1), types[things[i].type],
				    things[i].size, references, things[i].mapped ? " flags=static" : "");
	}
	for (unsigned i = 0; i < SLOTS; i++)
		for (unsigned j = 0; j < SLOTS; j++)
			if (things[i].here && things[j].here && things[i].refers[j])
				text_printf(text, "edge %u %u -\n", 16 * (i + 1), 16 * (j + 1));
	for (unsigned r = 0; r < ROOTS; r++) {
		text_printf(text, "root %s r%u\n", r == 0 ? "modules" : "builtins", r);
		for (unsigned i = 0; i < SLOTS; i++)
			if (things[i].here && things[i].rooted[r])
				text_printf(text, "rootedge %u -\n", 16 * (i + 1));
	}
}

/* --- the truth ------------------------------------------------------------------------------------------------------ */

struct side {
	struct loaded loaded;
	struct graph *graph;
	struct retention retention;
	uint32_t hangs[SLOTS + ROOTS]; /* by place: what can't be reached without it, a bit each, itself too */
};

static uint32_t bit(uint32_t place)
{
	return UINT32_C(1) << place;
}

static uint32_t reach(const struct side *side, uint32_t without)
{
	uint32_t seen = 0;
	for (size_t i = 0; i < side->retention.entry_count; i++)
		seen |= bit(side->retention.entries[i]) & ~without;
	for (uint32_t before = ~seen; before != seen;) {
		before = seen;
		for (uint32_t p = 0; p < side->graph->places; p++)
			for (uint32_t e = side->graph->offsets[p]; (seen & bit(p)) && e < side->graph->offsets[p + 1];
			     e++)
				seen |= bit(side->graph->targets[e]) & ~without;
	}
	return seen;
}

static void side_make(struct side *side, const struct thing *things)
{
	AUTO(text) struct text text;
	text_init(&text);
	print(things, &text);
	*side = (struct side){0};
	help_load(&side->loaded, text_string(&text));
	assert_ok(load_graph(side->loaded.reader, COLUMNS, NULL, &side->graph));
	assert_ok(retention_create(side->graph, false, NULL, &side->retention));
	uint32_t all = reach(side, 0);
	for (uint32_t p = 0; p < side->graph->places; p++)
		side->hangs[p] = all & ~reach(side, bit(p));
}

static void side_deinit(struct side *side)
{
	retention_deinit(&side->retention);
	graph_destroy(side->graph);
	help_loaded_deinit(&side->loaded);
}
DEFINE_AUTO_VALUE(side, struct side, side_deinit);

struct change {
	struct side before, after;
	struct type_names names;
	struct join join;
	uint32_t now[SLOTS + ROOTS]; /* by place before: the same one after; NO_ID: it went */
	uint32_t was[SLOTS + ROOTS]; /* and the other way round */
	uint32_t anchor[SLOTS];      /* by node before that went: the place after that it counts to; DOMINATOR_ROOT */
	uint32_t topmost[SLOTS];     /* and what it hung from just below the virtual root, if nothing above it stayed */
};

static void pair_places(struct change *change)
{
	const struct graph *before = change->before.graph, *after = change->after.graph;
	for (uint32_t p = 0; p < before->places; p++)
		change->now[p] = NO_ID;
	for (node_id i = 0; i < after->nodes; i++) {
		change->was[i] = change->join.before[i];
		if (change->was[i] != NO_ID)
			change->now[change->was[i]] = i;
	}
	for (uint32_t r = 0; r < ROOTS; r++) {
		change->was[after->nodes + r] = before->nodes + r;
		change->now[before->nodes + r] = after->nodes + r;
	}
}

/* What refers to nothing any more hands on to its dominator what hung from it. */
static uint32_t above_leaf(const struct change *change, uint32_t place)
{
	const struct side *after = &change->after;
	if (place == DOMINATOR_ROOT || after->graph->offsets[place] < after->graph->offsets[place + 1])
		return place;
	uint32_t nearest = DOMINATOR_NONE;
	int least = 64;
	for (uint32_t p = 0; p < after->graph->places; p++) {
		int hanging = __builtin_popcount(after->hangs[p]);
		if (p != place && (after->hangs[p] & bit(place)) && hanging < least)
			nearest = p, least = hanging;
	}
	return nearest;
}

/* The nearest above it that stayed has the fewest hanging from it, the topmost of all the most. */
static void find_anchors(struct change *change)
{
	const struct side *before = &change->before;
	for (node_id i = 0; i < before->graph->nodes; i++) {
		int least = 64, most = 0;
		change->anchor[i] = DOMINATOR_ROOT;
		for (uint32_t p = 0; p < before->graph->places; p++) {
			int hanging = __builtin_popcount(before->hangs[p]);
			if (!(before->hangs[p] & bit(i)))
				continue;
			if (hanging > most)
				change->topmost[i] = p, most = hanging;
			if (change->now[p] != NO_ID && hanging < least)
				change->anchor[i] = change->now[p], least = hanging;
		}
		change->anchor[i] = above_leaf(change, change->anchor[i]);
	}
}

static void change_make(struct change *change, uint64_t *state, bool only_grows)
{
	struct thing things[SLOTS] = {0};
	for (unsigned i = 0; i < SLOTS; i++)
		if (below(state, 3) > 0)
			make(things, state, i);
	*change = (struct change){0};
	side_make(&change->before, things);
	live_on(things, state, only_grows);
	side_make(&change->after, things);
	const struct reader *readers[2] = {change->before.loaded.reader, change->after.loaded.reader};
	assert_ok(type_names_init(&change->names, readers, 2));
	assert_ok(join_create(change->before.graph, change->after.graph, &change->names, &change->names.facts[0],
			      &change->names.facts[1], &change->join));
	pair_places(change);
	find_anchors(change);
}

static void change_deinit(struct change *change)
{
	join_deinit(&change->join);
	type_names_deinit(&change->names);
	side_deinit(&change->before);
	side_deinit(&change->after);
}
DEFINE_AUTO_VALUE(change, struct change, change_deinit);

static label_id label_before(const struct change *change, node_id node)
{
	return change->names.facts[0].label[change->before.graph->type[node]];
}

static label_id label_after(const struct change *change, node_id node)
{
	return change->names.facts[1].label[change->after.graph->type[node]];
}

static bool is_garbage(uint8_t fate)
{
	return fate == FATE_GARBAGE || fate == FATE_STUCK;
}

/* New, directly below the virtual root: nothing else dominates it. */
static bool is_top(const struct change *change, node_id node)
{
	for (uint32_t p = 0; p < change->after.graph->places; p++)
		if (p != node && (change->after.hangs[p] & bit(node)))
			return false;
	return change->was[node] == NO_ID;
}

static bool is_kin(const struct growth_place *place, label_id label, uint8_t fate)
{
	return place->label == NO_ID ? is_garbage(fate) : place->label == label && place->fate == fate;
}

/* Objects after of which a place tells. */
static uint32_t told(const struct change *change, const struct growth_place *place)
{
	uint32_t mask = 0;
	if (place->place != DOMINATOR_ROOT)
		return change->after.hangs[place->place];
	for (node_id i = 0; i < change->after.graph->nodes; i++)
		if (is_top(change, i) && is_kin(place, label_after(change, i), change->after.retention.fate[i]))
			mask |= change->after.hangs[i];
	return mask;
}

/* Whether what went counts to it. */
static bool counts(const struct change *change, const struct growth_place *place, uint32_t mask, node_id gone)
{
	const struct side *before = &change->before;
	if (change->anchor[gone] != DOMINATOR_ROOT)
		return change->anchor[gone] != DOMINATOR_NONE && (mask & bit(change->anchor[gone]));
	uint32_t top = change->topmost[gone];
	return place->place == DOMINATOR_ROOT && is_kin(place, label_before(change, top), before->retention.fate[top]);
}

/* What comes or goes with it. */
static int64_t moves(const struct graph *graph, node_id node)
{
	return graph->flags[node] & OBJECT_STATIC ? 0 : (int64_t)graph_size(graph, node);
}

static int64_t grew_by(const struct change *change, node_id node)
{
	node_id was = change->was[node];
	if (was == NO_ID)
		return moves(change->after.graph, node);
	return (int64_t)graph_size(change->after.graph, node) - (int64_t)graph_size(change->before.graph, was);
}

/* --- comparing ------------------------------------------------------------------------------------------------------ */

static void check_place(const struct change *change, const struct growth_place *place, uint32_t mask)
{
	struct growth_part parts[TYPES] = {0};
	int64_t size = 0, told_size = 0;
	for (node_id i = 0; i < change->after.graph->nodes; i++) {
		if (!(mask & bit(i)))
			continue;
		parts[label_after(change, i)].count += change->was[i] == NO_ID;
		parts[label_after(change, i)].size += grew_by(change, i);
		size += grew_by(change, i);
	}
	for (node_id i = 0; i < change->before.graph->nodes; i++) {
		int64_t lost = moves(change->before.graph, i);
		if (change->now[i] != NO_ID || !counts(change, place, mask, i))
			continue;
		parts[label_before(change, i)].count--;
		parts[label_before(change, i)].size -= lost;
		size -= lost;
	}
	cr_assert_eq(place->size, size, "grew by %ld, not %ld", (long)size, (long)place->size);
	for (label_id l = 0; l < change->names.count; l++) {
		cr_assert_eq(place->parts[l].count, parts[l].count);
		cr_assert_eq(place->parts[l].size, parts[l].size);
		told_size += place->parts[l].size;
	}
	cr_assert_eq(told_size, size);
	bool has_before = place->place != DOMINATOR_ROOT && change->was[place->place] != NO_ID;
	cr_assert_eq(place->before, has_before ? change->was[place->place] : DOMINATOR_NONE);
}

/* Each place; no two tell of the same object. */
static void check_places(const struct change *change, const struct growth *growth)
{
	uint32_t seen = 0;
	int64_t explained = 0, last = INT64_MAX;
	for (size_t i = 0; i < growth->count; i++) {
		const struct growth_place *place = &growth->places[i];
		uint32_t mask = told(change, place);
		cr_assert_eq(seen & mask, 0, "places %zu and one before tell of the same", i);
		seen |= mask;
		cr_assert(place->size > 0 && place->size <= last);
		last = place->size;
		explained += place->size;
		check_place(change, place, mask);
	}
	cr_assert_eq((uint64_t)explained, growth->explained);
	cr_assert_leq(growth->explained, growth->whole);
	cr_assert((double)growth->explained >= GROWTH_SHARE * (double)growth->whole || growth->left_out > 0);
	if (growth->count > 0) /* without the last it were too little */
		cr_assert_lt((double)(explained - last), GROWTH_SHARE * (double)growth->whole);
}

static void compare(uint64_t *state, bool only_grows)
{
	AUTO(change) struct change change;
	change_make(&change, state, only_grows);
	AUTO(growth) struct growth growth = {0};
	struct growth_request request = {.least = 1, .most = GROWTH_MOST, .few = GROWTH_FEW, .same_process = true};
	assert_ok(growth_find(&change.before.retention, &change.after.retention, &change.join, &change.names, &request,
			      &growth));
	check_places(&change, &growth);
	if (!only_grows)
		return;
	int64_t whole = 0;
	for (node_id i = 0; i < change.after.graph->nodes; i++)
		whole += grew_by(&change, i);
	cr_assert_eq((uint64_t)whole, growth.whole);
}

HEAP_TEST(growth_oracle, each_place_grew_by_what_came_less_what_went)
{
	uint64_t state = 61;
	for (int round = 0; round < HEAP_TEST_ROUNDS(1500); round++)
		compare(&state, false);
}

HEAP_TEST(growth_oracle, of_a_heap_that_only_grows_nine_tenths_are_explained)
{
	uint64_t state = 67;
	for (int round = 0; round < HEAP_TEST_ROUNDS(1500); round++)
		compare(&state, true);
}

/* --- the fewest ----------------------------------------------------------------------------------------------------- */

/* A tree below slot 0, with a few wide places, before and after it grew. */
struct tree {
	unsigned parent[SLOTS];
	unsigned before[SLOTS], after[SLOTS]; /* bytes; 0: not there */
	int64_t growth[SLOTS];                /* of all that hangs from it */
};

static void tree_make(struct tree *tree, uint64_t *state)
{
	unsigned wide = 1 + below(state, 6);
	*tree = (struct tree){.before = {1}, .after = {1 + below(state, 50)}};
	for (unsigned i = 1; i < SLOTS; i++) {
		tree->parent[i] = below(state, i < wide ? i : wide);
		if (below(state, 4) == 0)
			tree->parent[i] = i - 1;
		tree->after[i] = 1 + (below(state, 3) == 0 ? below(state, 3000) : below(state, 300));
		/* What was there has all above it there too. */
		if (below(state, 3) == 0 && tree->before[tree->parent[i]] > 0)
			tree->before[i] = 1 + below(state, tree->after[i]);
	}
	for (unsigned i = SLOTS; i-- > 0;) {
		tree->growth[i] += (int64_t)tree->after[i] - tree->before[i];
		if (i > 0)
			tree->growth[tree->parent[i]] += tree->growth[i];
	}
}

static void tree_load(const struct tree *tree, bool after, struct side *side)
{
	AUTO(text) struct text text;
	text_init(&text);
	text_add(&text, "meta pid 1\nmeta process_hash aa\n");
	for (unsigned i = 0; i < SLOTS; i++) /* each of a type of its own, as a chain of one type is told otherwise */
		text_printf(&text, "type app.T%02u flags=0x200\n", i);
	for (unsigned i = 0; i < SLOTS; i++)
		if (after || tree->before[i] > 0)
			text_printf(&text, "object %u app.T%02u size=%u ref=1 gen=0\n", 16 * (i + 1), i,
				    after ? tree->after[i] : tree->before[i]);
	for (unsigned i = 1; i < SLOTS; i++)
		if (after || tree->before[i] > 0)
			text_printf(&text, "edge %u %u -\n", 16 * (tree->parent[i] + 1), 16 * (i + 1));
	text_add(&text, "root modules r\nrootedge 16 -\n");
	*side = (struct side){0};
	help_load(&side->loaded, text_string(&text));
	assert_ok(load_graph(side->loaded.reader, COLUMNS, NULL, &side->graph));
	assert_ok(retention_create(side->graph, false, NULL, &side->retention));
}

/* best[v][k]: the most growth that k disjoint places told, at or below v, explain. A place gathers, so that it may be told,
 * if no GROWTH_FEW below it explain nine tenths of its own. Children have higher numbers. */
static void find_best(const struct tree *tree, int64_t best[SLOTS][SLOTS + 1])
{
	memset(best, 0, SLOTS * sizeof best[0]);
	for (unsigned v = SLOTS; v-- > 0;) {
		bool gathers = (double)best[v][GROWTH_FEW] < GROWTH_SHARE * (double)tree->growth[v];
		for (unsigned k = 1; gathers && k <= SLOTS; k++)
			if (best[v][k] < tree->growth[v])
				best[v][k] = tree->growth[v];
		if (v == 0)
			continue;
		int64_t *above = best[tree->parent[v]], both[SLOTS + 1];
		for (unsigned k = 0; k <= SLOTS; k++) {
			both[k] = 0;
			for (unsigned here = 0; here <= k; here++)
				if (best[v][here] + above[k - here] > both[k])
					both[k] = best[v][here] + above[k - here];
		}
		memcpy(above, both, sizeof both);
	}
}

/* All that hangs from slot 0 grows or stays. */
static void check_fewest(uint64_t *state)
{
	struct tree tree;
	AUTO(side) struct side before, after;
	int64_t best[SLOTS][SLOTS + 1];
	tree_make(&tree, state);
	tree_load(&tree, false, &before);
	tree_load(&tree, true, &after);
	AUTO(type_names) struct type_names names = {0};
	AUTO(join) struct join join = {0};
	AUTO(growth) struct growth growth = {0};
	const struct reader *readers[2] = {before.loaded.reader, after.loaded.reader};
	struct growth_request request = {.least = 1, .most = GROWTH_MOST, .few = GROWTH_FEW, .same_process = true};
	assert_ok(type_names_init(&names, readers, 2));
	assert_ok(join_create(before.graph, after.graph, &names, &names.facts[0], &names.facts[1], &join));
	assert_ok(growth_find(&before.retention, &after.retention, &join, &names, &request, &growth));
	find_best(&tree, best);
	unsigned fewest = 0;
	while (fewest < SLOTS && (double)best[0][fewest] < GROWTH_SHARE * (double)tree.growth[0])
		fewest++;
	cr_assert_eq(growth.whole, (uint64_t)tree.growth[0]);
	cr_assert_eq(growth.count, fewest);
}

HEAP_TEST(growth_oracle, no_fewer_places_explain_as_much)
{
	uint64_t state = 71;
	for (int round = 0; round < HEAP_TEST_ROUNDS(3000); round++)
		check_fewest(&state);
}
