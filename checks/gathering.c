/* What holds most of it?
 *
 * Weights are added up the tree of dominators, from the highest number down, of what lies above the parts alone. The places below which more than
 * half of the weight lies are one chain from the virtual root, so the first one that is met on the way down the numbers is the deepest.
 */
#include "checks/gathering.h"

#include "analyzer/place_name.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

static const struct graph *graph_of(const struct gathering *gathering)
{
	return gathering->portion->scene->graph;
}

static uint32_t number_of(const struct gathering *gathering, node_id node)
{
	return gathering->portion->scene->held->tree.state[node] & ~FLOW_LEAF;
}

/* Adds a part by its index. */
static void add_to(const struct gathering *gathering, size_t p, struct held *held)
{
	const struct portion *portion = gathering->portion;
	held->count += portion->parts[portion->nodes.items[p]] == PART_WHOLE;
	held->weight = saturating_add(held->weight, portion->weights.items[p]);
}

/* --- the place ---------------------------------------------------------------------------------------------------------- */

/* What holds a part of the heap is none of it; where that is all of the heap, any place will do. */
static bool can_hold(const struct gathering *gathering, uint32_t place)
{
	const struct portion *portion = gathering->portion;
	return place >= graph_of(gathering)->nodes || portion->parts[place] != PART_WHOLE ||
	       portion->count == graph_of(gathering)->nodes;
}

/* Weighs each part at its number, and marks that and all numbers above. */
static void climb(struct gathering *gathering)
{
	const struct domination *tree = &gathering->portion->scene->held->tree;
	const struct scratch *scratch = gathering->portion->scene->scratch;
	for (size_t p = 0; p < gathering->portion->nodes.count; p++) {
		uint32_t n = number_of(gathering, gathering->portion->nodes.items[p]);
		scratch->below[n] = saturating_add(scratch->below[n], gathering->portion->weights.items[p]);
		add_to(gathering, p, &gathering->all);
		for (; (scratch->climbed[n / 64] >> n % 64 & 1) == 0; n = n > 0 ? tree->idom[n] : 0)
			scratch->climbed[n / 64] |= UINT64_C(1) << n % 64;
	}
}

/* The highest marked number below `from`; UINT32_MAX: none. */
static uint32_t climbed_before(const uint64_t *climbed, uint32_t from)
{
	while (from > 0) {
		uint64_t word = climbed[(from - 1) / 64] & UINT64_MAX >> (63 - (from - 1) % 64);
		if (word != 0)
			return (from - 1) / 64 * 64 + 63 - (uint32_t)__builtin_clzll(word);
		from = (from - 1) / 64 * 64;
	}
	return UINT32_MAX;
}

/* The lowest one from `from` on, of `end` numbers. */
static uint32_t climbed_from(const uint64_t *climbed, uint32_t from, uint32_t end)
{
	while (from < end) {
		uint64_t word = climbed[from / 64] >> from % 64;
		if (word != 0)
			return from + (uint32_t)__builtin_ctzll(word);
		from = from / 64 * 64 + 64;
	}
	return UINT32_MAX;
}

/* Adds up what is below each marked number, and finds the deepest of more than half; 0: none but the virtual root. */
static uint32_t find_deepest(const struct gathering *gathering)
{
	const struct domination *tree = &gathering->portion->scene->held->tree;
	const struct scratch *scratch = gathering->portion->scene->scratch;
	uint64_t *below = scratch->below;
	uint32_t n;
	for (n = tree->numbers; (n = climbed_before(scratch->climbed, n)) != UINT32_MAX && n > 0;)
		below[tree->idom[n]] = saturating_add(below[tree->idom[n]], below[n]);
	for (n = tree->numbers; (n = climbed_before(scratch->climbed, n)) != UINT32_MAX && n > 0;)
		if (below[n] > below[0] - below[n] && can_hold(gathering, tree->node[n]))
			return n;
	return 0;
}

/* Counts what lies at number `top` and below, and leaves the scratch as it was. */
static void count_below(struct gathering *gathering, uint32_t top)
{
	const struct domination *tree = &gathering->portion->scene->held->tree;
	struct scratch *scratch = gathering->portion->scene->scratch;
	uint8_t *inside = scratch->inside;
	for (uint32_t n = 0; (n = climbed_from(scratch->climbed, n, tree->numbers)) != UINT32_MAX; n++) {
		inside[n] = n == top || (n > 0 && inside[tree->idom[n]]);
		scratch->below[n] = 0;
		scratch->climbed[n / 64] &= ~(UINT64_C(1) << n % 64);
	}
	gathering->inside = inside;
	for (size_t p = 0; p < gathering->portion->nodes.count; p++)
		if (gathering_holds(gathering, gathering->portion->nodes.items[p]))
			add_to(gathering, p, &gathering->at);
}

static void find_place(struct gathering *gathering)
{
	climb(gathering);
	uint32_t deepest = find_deepest(gathering);
	gathering->place = deepest == 0 ? DOMINATOR_ROOT : gathering->portion->scene->held->tree.node[deepest];
	count_below(gathering, deepest);
}

/* --- what ways lead through --------------------------------------------------------------------------------------------- */

/* It says little that a module, a root or nothing in particular holds something. */
static bool says_little(const struct gathering *gathering, uint32_t place)
{
	const struct scene *scene = gathering->portion->scene;
	return place >= scene->graph->nodes || holder_passes(scene->ways, scene->facts, place);
}

/* What no name leads to only where that is most. */
static struct error *find_first(struct gathering *gathering)
{
	const struct scene *scene = gathering->portion->scene;
	AUTO(free) void *bits = calloc((size_t)scene->graph->nodes / 64 + 1, sizeof(uint64_t));
	uint64_t *asked = bits;
	if (asked == NULL)
		return error_memory();
	const node_id *nodes = gathering->portion->nodes.items;
	for (size_t p = 0; p < gathering->portion->nodes.count; p++)
		asked[nodes[p] / 64] |= UINT64_C(1) << nodes[p] % 64;
	AUTO(holders) struct holders holders = {0};
	TRY(holders_create(scene->ways, scene->facts, asked, &holders));
	AUTO(free) void *sums = calloc(holders.items.count, sizeof(struct held));
	struct held *held = sums;
	if (held == NULL)
		return error_memory();
	for (size_t p = 0; p < gathering->portion->nodes.count; p++)
		add_to(gathering, p, &held[holders.of[nodes[p]]]);
	for (uint32_t h = 0; h < holders.items.count; h++) {
		bool most = held[h].weight > gathering->all.weight - held[h].weight;
		if (held[h].weight <= gathering->by_first.weight || (h < HOLDER_PLACE && !most))
			continue;
		gathering->first = holders.items.items[h];
		gathering->by_first = held[h];
	}
	return NULL;
}

struct error *gathering_find(const struct portion *portion, struct gathering *result)
{
	*result = (struct gathering){.portion = portion, .first = {HOLDER_NOTHING, NO_ID}};
	find_place(result);
	return result->all.weight > 0 && says_little(result, result->place) ? find_first(result) : NULL;
}

/* --- the one to show -------------------------------------------------------------------------------------------------- */

static uint64_t value_of(const struct portion *portion, node_id node)
{
	if (portion->metric == METRIC_RESIDUE || portion->parts[node] == PART_GREW)
		return portion_weight(portion, node);
	return retention_size(portion->scene->held, node);
}

/* It is of what the holder is said to hold. */
static bool can_show(const struct gathering *gathering, node_id node)
{
	const struct scene *scene = gathering->portion->scene;
	bool scattered = gathering->place == DOMINATOR_ROOT && gathering->all.weight > 0;
	if (scattered && gathering->first.kind == HOLDER_NOTHING)
		return scene->ways->parent[node] == WAY_NONE;
	if (scattered && gathering->first.kind == HOLDER_C_CODE && scene->held->fate[node] != FATE_HELD)
		return false;
	return scene->ways->parent[node] < WAY_CLOSED && gathering_holds(gathering, node);
}

/* A module, or a table of the interpreter's own, say of all interned strings. */
static bool is_no_programs(const struct scene *scene, node_id node)
{
	uint32_t parent = scene->ways->parent[node];
	if (holder_passes(scene->ways, scene->facts, node))
		return true;
	if (parent < WAY_ROOT || parent >= WAY_IMMORTAL)
		return false;
	uint64_t kind = reader_roots(scene->graph->reader)[parent & ~WAY_ROOT].kind;
	return kind != ROOT_MODULES && kind != ROOT_FRAME && kind != ROOT_THREAD;
}

node_id gathering_choose(const struct gathering *gathering, const struct membership *member)
{
	const struct portion *portion = gathering->portion;
	enum part wanted = portion->grown > portion->whole ? PART_GREW : PART_WHOLE;
	node_id best[2] = {NO_ID, NO_ID};
	uint64_t most[2] = {0, 0};
	for (size_t p = 0; p < portion->nodes.count; p++) {
		node_id node = portion->nodes.items[p];
		if (portion->parts[node] != wanted || !membership_has(member, node) || !can_show(gathering, node))
			continue;
		bool no = is_no_programs(portion->scene, node);
		uint64_t value = value_of(portion, node);
		if (best[no] == NO_ID || value > most[no]) {
			best[no] = node;
			most[no] = value;
		}
	}
	return best[0] != NO_ID ? best[0] : best[1];
}

/* --- words -------------------------------------------------------------------------------------------------------------- */

struct telling {
	const struct gathering *gathering;
	const struct path_printing *printing;
	struct text *text;
};

void gathering_print_share(uint64_t part, uint64_t whole, struct text *text)
{
	double percent = whole > 0 ? 100.0 * (double)part / (double)whole : 0;
	if (part < whole && percent > 99)
		percent = 99;
	text_printf(text, percent < 1 && part > 0 ? "less than 1%%" : "%.0f%%", percent);
}

static void say_share(const struct telling *telling, const struct held *held)
{
	text_add(telling->text, " (");
	gathering_print_share(held->weight, telling->gathering->all.weight, telling->text);
	text_add(telling->text, telling->gathering->portion->growth ? " of what came)" : " of it)");
}

/* An object may come to be garbage, or to be held by C code, long after it was made. */
static void say_objects(const struct telling *telling, const struct held *held)
{
	enum metric metric = telling->gathering->portion->metric;
	bool new = telling->gathering->portion->growth &&metric != METRIC_GARBAGE &&metric != METRIC_EXTERNAL;
	text_add_count(telling->text, held->count);
	text_add(telling->text, new ? " new" : "");
	text_add(telling->text, held->count == 1 ? " object" : " objects");
	say_share(telling, held);
}

static struct error *say_first(const struct telling *telling)
{
	return holder_print(&telling->gathering->first, telling->gathering->portion->scene->ways, telling->printing,
			    telling->text);
}

/* The place that ways lead through is of the portion: `1,025 new objects (98% of what came) are app.LOG and what it leads to`. */
static struct error *say_part(const struct telling *telling)
{
	bool one = telling->gathering->by_first.count == 1;
	say_objects(telling, &telling->gathering->by_first);
	text_add(telling->text, one ? " is " : " are ");
	TRY(say_first(telling));
	text_add(telling->text, one ? "" : " and what it leads to");
	return text_error(telling->text);
}

static struct error *say_way(const struct telling *telling)
{
	text_add(telling->text, "the shortest paths to ");
	text_add_count(telling->text, telling->gathering->by_first.count);
	text_add(telling->text, " of them");
	say_share(telling, &telling->gathering->by_first);
	text_add(telling->text, " lead through ");
	return say_first(telling);
}

/* Garbage is growth that a collection before the snapshot would have spared. */
static struct error *say_nothing(const struct telling *telling)
{
	const struct portion *portion = telling->gathering->portion;
	bool stuck = false;
	for (size_t p = 0; p < portion->nodes.count && !stuck; p++)
		stuck = portion->scene->held->fate[portion->nodes.items[p]] == FATE_STUCK;
	text_add(telling->text, "nothing leads to ");
	say_objects(telling, &telling->gathering->by_first);
	if (!stuck)
		text_add(telling->text, telling->gathering->by_first.count == 1 ? ": a full collection frees it"
										: ": a full collection frees them");
	return text_error(telling->text);
}

/* Nothing holds most of it alone. */
static struct error *say_scattered(const struct telling *telling)
{
	const struct holder *first = &telling->gathering->first;
	if (first->kind == HOLDER_PLACE) {
		bool part = telling->gathering->portion->parts[first->node] == PART_WHOLE;
		if (part && !telling->gathering->portion->growth)
			return NULL;
		text_add(telling->text, "no one place holds most of ");
		say_objects(telling, &telling->gathering->all);
		if (part)
			return NULL;
		text_add(telling->text, "; ");
		return say_way(telling);
	}
	if (telling->gathering->by_first.weight == 0)
		return NULL;
	if (first->kind == HOLDER_NOTHING)
		return say_nothing(telling);
	say_objects(telling, &telling->gathering->by_first);
	text_add(telling->text, telling->gathering->by_first.count == 1 ? " is held by " : " are held by ");
	return say_first(telling);
}

static struct error *say_place(const struct telling *telling)
{
	if (telling->gathering->at.count == 0) {
		gathering_print_share(telling->gathering->at.weight, telling->gathering->all.weight, telling->text);
		text_add(telling->text, " of what came was added to objects that were there before; these hang from ");
	} else {
		say_objects(telling, &telling->gathering->at);
		text_add(telling->text, telling->gathering->at.count == 1 ? " hangs from " : " hang from ");
	}
	return place_name_spell(telling->gathering->portion->scene->ways, telling->printing, telling->gathering->place,
				telling->text);
}

/* A module alone says little: what is in it that leads to most, or is most? */
static struct error *say_module(const struct telling *telling)
{
	const struct gathering *gathering = telling->gathering;
	const struct held *held = &gathering->by_first;
	node_id first = gathering->first.node;
	bool known = gathering->first.kind == HOLDER_PLACE && held->count > 0;
	bool part = known && gathering->portion->parts[first] == PART_WHOLE;
	if (part && gathering->portion->growth && held->weight > gathering->all.weight - held->weight)
		return say_part(telling);
	TRY(gathering->place == DOMINATOR_ROOT ? say_scattered(telling) : say_place(telling));
	bool way = known && !part && gathering->place != DOMINATOR_ROOT && !says_little(gathering, first);
	if (!way && !(part && gathering->portion->growth))
		return NULL;
	text_add(telling->text, "; ");
	return way ? say_way(telling) : say_part(telling);
}

struct error *gathering_print(const struct gathering *gathering, const struct path_printing *printing,
			      struct text *text)
{
	const struct telling telling = {.gathering = gathering, .printing = printing, .text = text};
	if (gathering->all.weight == 0)
		return NULL;
	return says_little(gathering, gathering->place) ? say_module(&telling) : say_place(&telling);
}
