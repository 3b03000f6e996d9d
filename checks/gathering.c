/* What holds most of it?
 *
 * Weights are added up the tree of dominators, from the highest number down. The places below which more than half of the weight lies are one
 * chain from the virtual root, so the last one that is met on the way up the numbers is the deepest. O(nodes).
 */
#include "checks/gathering.h"

#include "analyzer/holders.h"
#include "analyzer/memory.h"
#include "analyzer/place_name.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

struct held {                   /* by one place */
	uint64_t count, weight; /* objects that are PART_WHOLE, and what all parts weigh */
};

struct gathering {
	const struct portion *portion;
	const struct path_printing *printing;
	struct text *text;
	struct held all;
	uint32_t place;      /* DOMINATOR_ROOT: none holds more than half */
	struct held at;      /* that place */
	struct holder first; /* by which most of it is reached; nothing where that was not asked for */
	struct held by_first;
};

static const struct graph *graph_of(const struct gathering *gathering)
{
	return gathering->portion->scene->graph;
}

static uint32_t number_of(const struct gathering *gathering, node_id node)
{
	return gathering->portion->scene->held->tree.state[node] & ~FLOW_LEAF;
}

static void add_to(const struct gathering *gathering, node_id node, struct held *held)
{
	held->count += gathering->portion->parts[node] == PART_WHOLE;
	held->weight = saturating_add(held->weight, portion_weight(gathering->portion, node));
}

/* --- the place ---------------------------------------------------------------------------------------------------------- */

/* What holds a part of the heap is none of it; where that is all of the heap, any place will do. */
static bool can_hold(const struct gathering *gathering, uint32_t place)
{
	const struct portion *portion = gathering->portion;
	return place >= graph_of(gathering)->nodes || portion->parts[place] != PART_WHOLE ||
	       portion->count == graph_of(gathering)->nodes;
}

/* Number of the deepest place of more than half. `below`: by number, the weight of what is directly there. */
static uint32_t find_deepest(const struct gathering *gathering, uint64_t *below)
{
	const struct domination *tree = &gathering->portion->scene->held->tree;
	uint32_t deepest = 0;
	for (uint32_t n = tree->numbers; n-- > 1;)
		below[tree->idom[n]] = saturating_add(below[tree->idom[n]], below[n]);
	for (uint32_t n = 1; n < tree->numbers; n++)
		if (below[n] > below[0] - below[n] && can_hold(gathering, tree->node[n]))
			deepest = n;
	return deepest;
}

/* Counts what lies at number `top` and below. `inside`: by number. */
static void count_below(struct gathering *gathering, uint32_t top, uint8_t *inside)
{
	const struct domination *tree = &gathering->portion->scene->held->tree;
	for (uint32_t n = 0; n < tree->numbers; n++)
		inside[n] = n == top || (n > 0 && inside[tree->idom[n]]);
	for (size_t p = 0; p < gathering->portion->nodes.count; p++)
		if (inside[number_of(gathering, gathering->portion->nodes.items[p])])
			add_to(gathering, gathering->portion->nodes.items[p], &gathering->at);
}

static struct error *find_place(struct gathering *gathering)
{
	const struct domination *tree = &gathering->portion->scene->held->tree;
	AUTO(free) void *weights = memory_large((size_t)tree->numbers + 1, sizeof(uint64_t));
	AUTO(free) void *inside = memory_large((size_t)tree->numbers + 1, 1);
	uint64_t *below = weights;
	if (below == NULL || inside == NULL)
		return error_memory();
	memset(below, 0, tree->numbers * sizeof *below);
	for (size_t p = 0; p < gathering->portion->nodes.count; p++) {
		node_id node = gathering->portion->nodes.items[p];
		uint32_t number = number_of(gathering, node);
		below[number] = saturating_add(below[number], portion_weight(gathering->portion, node));
		add_to(gathering, node, &gathering->all);
	}
	uint32_t deepest = find_deepest(gathering, below);
	gathering->place = deepest == 0 ? DOMINATOR_ROOT : tree->node[deepest];
	count_below(gathering, deepest, inside);
	return NULL;
}

/* --- what ways lead through --------------------------------------------------------------------------------------------- */

/* It says little that a module, a root or nothing in particular holds something. */
static bool says_little(const struct gathering *gathering, uint32_t place)
{
	const struct scene *scene = gathering->portion->scene;
	return place >= scene->graph->nodes || holder_passes(scene->ways, scene->facts, place);
}

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
		add_to(gathering, nodes[p], &held[holders.of[nodes[p]]]);
	for (uint32_t h = 0; h < holders.items.count; h++) {
		if (held[h].weight <= gathering->by_first.weight)
			continue;
		gathering->first = holders.items.items[h];
		gathering->by_first = held[h];
	}
	return NULL;
}

/* --- words -------------------------------------------------------------------------------------------------------------- */

void gathering_print_share(uint64_t part, uint64_t whole, struct text *text)
{
	double percent = whole > 0 ? 100.0 * (double)part / (double)whole : 0;
	if (part < whole && percent > 99)
		percent = 99;
	text_printf(text, percent < 1 && part > 0 ? "less than 1%%" : "%.0f%%", percent);
}

static void say_share(const struct gathering *gathering, const struct held *held)
{
	text_add(gathering->text, " (");
	gathering_print_share(held->weight, gathering->all.weight, gathering->text);
	text_add(gathering->text, gathering->portion->growth ? " of what came)" : " of it)");
}

/* An object may come to be garbage, or to be held by C code, long after it was made. */
static void say_objects(const struct gathering *gathering, const struct held *held)
{
	enum metric metric = gathering->portion->metric;
	bool new = gathering->portion->growth &&metric != METRIC_GARBAGE &&metric != METRIC_EXTERNAL;
	text_add_count(gathering->text, held->count);
	text_add(gathering->text, new ? " new" : "");
	text_add(gathering->text, held->count == 1 ? " object" : " objects");
	say_share(gathering, held);
}

static struct error *say_first(const struct gathering *gathering)
{
	return holder_print(&gathering->first, gathering->portion->scene->ways, gathering->printing, gathering->text);
}

/* The place that ways lead through is of the portion: `1,025 new objects (98% of what came) are app.LOG and what it leads to`. */
static struct error *say_part(const struct gathering *gathering)
{
	bool one = gathering->by_first.count == 1;
	say_objects(gathering, &gathering->by_first);
	text_add(gathering->text, one ? " is " : " are ");
	TRY(say_first(gathering));
	text_add(gathering->text, one ? "" : " and what it leads to");
	return text_error(gathering->text);
}

static struct error *say_way(const struct gathering *gathering)
{
	text_add(gathering->text, "the shortest paths to ");
	text_add_count(gathering->text, gathering->by_first.count);
	text_add(gathering->text, " of them");
	say_share(gathering, &gathering->by_first);
	text_add(gathering->text, " lead through ");
	return say_first(gathering);
}

/* Nothing holds most of it alone. */
static struct error *say_scattered(const struct gathering *gathering)
{
	const struct holder *first = &gathering->first;
	if (first->kind == HOLDER_PLACE) {
		text_add(gathering->text, "no one place holds most of ");
		say_objects(gathering, &gathering->all);
		text_add(gathering->text, "; ");
		return say_way(gathering);
	}
	if (first->kind == HOLDER_NOTHING)
		text_add(gathering->text, "nothing leads to ");
	say_objects(gathering, &gathering->by_first);
	if (first->kind != HOLDER_NOTHING)
		text_add(gathering->text, gathering->by_first.count == 1 ? " is held by " : " are held by ");
	return first->kind == HOLDER_NOTHING ? text_error(gathering->text) : say_first(gathering);
}

static struct error *say_place(const struct gathering *gathering)
{
	if (gathering->at.count == 0) {
		gathering_print_share(gathering->at.weight, gathering->all.weight, gathering->text);
		text_add(gathering->text,
			 " of what came was added to objects that were there before; these hang from ");
	} else {
		say_objects(gathering, &gathering->at);
		text_add(gathering->text, gathering->at.count == 1 ? " hangs from " : " hang from ");
	}
	return place_name_spell(gathering->portion->scene->ways, gathering->printing, gathering->place,
				gathering->text);
}

/* A module alone says little: what is in it that leads to most, or is most? */
static struct error *say_module(struct gathering *gathering)
{
	const struct holder *first = &gathering->first;
	bool known = first->kind == HOLDER_PLACE && gathering->by_first.count > 0;
	if (known && gathering->portion->parts[first->node] == PART_WHOLE && gathering->portion->growth)
		return say_part(gathering);
	TRY(gathering->place == DOMINATOR_ROOT ? say_scattered(gathering) : say_place(gathering));
	if (!known || gathering->place == DOMINATOR_ROOT || says_little(gathering, first->node) ||
	    gathering->portion->parts[first->node] == PART_WHOLE)
		return NULL;
	text_add(gathering->text, "; ");
	return say_way(gathering);
}

struct error *gathering_print(const struct portion *portion, const struct path_printing *printing, struct text *text)
{
	struct gathering gathering = {.portion = portion,
				      .printing = printing,
				      .text = text,
				      .first = {HOLDER_NOTHING, NO_ID}};
	TRY(find_place(&gathering));
	if (gathering.all.weight == 0)
		return NULL;
	if (!says_little(&gathering, gathering.place))
		return say_place(&gathering);
	TRY(find_first(&gathering));
	return say_module(&gathering);
}
