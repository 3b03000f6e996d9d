/* Where did it grow?
 *
 * One sweep gives each number of the later tree of dominators what came and went directly there, one from the highest
 * number down adds these up. On the way down, each place hands the places that explain its growth to the one above:
 * those of its own children, or itself where it would take too many of these, which are dropped then. What is handed
 * up is disjoint by construction.
 *
 * That these are the fewest: let a place v gather. No FEW places below it or less reach nine tenths of its growth, so
 * in any solution those below v, if they are FEW or less, can be replaced by v: one place for one or more, and more
 * growth. So a solution of FEW places or less, if there is any, is no less than one of places that gather and are not
 * below another that does; and of such the largest first are the fewest. What is not looked for are solutions of more
 * than FEW places below one that gathers.
 *
 * Places that gather by net growth alone but lost as much as came (a cache whose items are replaced) gather nothing.
 * New objects directly below the virtual root, which several places hold, or only C code, or nothing, are told
 * together by type.
 */
#include "analyzer/growth.h"

#include "analyzer/growth_parts.h"
#include "analyzer/memory.h"
#include "analyzer/root_pairs.h"
#include "base/vector.h"

#include <stdlib.h>
#include <string.h>

#define FEW_ITEMS 3u      /* of a container that stayed, before it is told instead of its items */
#define PROGRAM_SHARE 0.5 /* of the growth of a namespace that its parts must explain to be told instead of it */
#define HANDED 32u        /* the largest items that a place hands up, at most: no more are ever counted there */

static void growing_deinit(struct growing *growing)
{
	free(growing->net);
	free(growing->loose);
	free(growing->old);
	free(growing->fresh);
	free(growing->anchor);
	free(growing->kin_before);
	free(growing->kins);
	vector_deinit(&growing->items);
	vector_deinit(&growing->found);
	growth_deinit(&growing->growth);
}
DEFINE_AUTO_VALUE(growing, struct growing, growing_deinit);

static struct error *growing_init(struct growing *growing)
{
	size_t numbers = growing->after->tree.numbers, was = growing->before->tree.numbers;
	growing->kin_count = growing->names->count * FATE_COUNT + 1;
	growing->net = memory_large(numbers, sizeof *growing->net);
	growing->loose = memory_large(numbers, sizeof *growing->loose);
	growing->old = memory_large(numbers, sizeof *growing->old);
	growing->fresh = memory_large(numbers, sizeof *growing->fresh);
	growing->anchor = memory_large(was, sizeof *growing->anchor);
	growing->kin_before = memory_large(was, sizeof *growing->kin_before);
	growing->kins = calloc(growing->kin_count, sizeof *growing->kins);
	if (!growing->net || !growing->loose || !growing->old || !growing->fresh || !growing->anchor ||
	    !growing->kin_before || !growing->kins)
		return error_memory();
	memset(growing->net, 0, numbers * sizeof *growing->net);
	memset(growing->loose, 0, numbers * sizeof *growing->loose);
	memset(growing->old, 0xff, numbers * sizeof *growing->old);
	memset(growing->fresh, 0xff, numbers * sizeof *growing->fresh);
	memset(growing->anchor, 0xff, was * sizeof *growing->anchor);
	memset(growing->kin_before, 0xff, was * sizeof *growing->kin_before);
	return NULL;
}

/* --- what came and went
 * --------------------------------------------------------------------------------------------- */

static struct error *push(struct growing *growing, uint32_t *list, uint32_t place, int64_t size)
{
	TRY(vector_push(&growing->items, (struct item){.place = place, .kin = NONE, .next = *list, .size = size}));
	*list = (uint32_t)growing->items.count - 1;
	return NULL;
}

static void add_to_kin(struct growing *growing, uint32_t kin, int64_t size)
{
	growing->kins[kin].count++;
	growing->kins[kin].size += size;
}

/* A leaf has no number: it is handed to its dominator as it is. */
static struct error *add_leaf(struct growing *growing, node_id node, uint32_t above, int64_t own)
{
	bool new = growing->join->new[node];
	uint32_t *list = new ? &growing->fresh[above] : &growing->old[above];
	uint32_t kin =
		above == 0 && new ? kin_of(growing, label_after(growing, node), growing->after->fate[node]) : NONE;
	if (kin != NONE)
		add_to_kin(growing, kin, own);
	if (own >= (int64_t)growing->request->least) {
		TRY(push(growing, list, node, own));
		growing->items.items[*list].kin = kin;
	} else if (own > 0 && kin == NONE) {
		growing->loose[above] += (uint64_t)own;
	}
	return NULL;
}

static struct error *add_came(struct growing *growing)
{
	const struct domination *tree = &growing->after->tree;
	for (node_id i = 0; i < growing->after->graph->nodes; i++) {
		int64_t own = own_growth(growing, i);
		uint32_t number = number_of(tree, i);
		growing->net[number] += own;
		if (tree->state[i] & FLOW_LEAF)
			TRY(add_leaf(growing, i, number, own));
		else if (own > 0)
			growing->loose[number] += (uint64_t)own;
	}
	return NULL;
}

/* What is there still, as itself. */
static struct error *anchor_survivors(struct growing *growing)
{
	const struct domination *before = &growing->before->tree, *after = &growing->after->tree;
	const struct graph *graph = growing->before->graph;
	root_id *after_of = NULL;
	TRY(root_pairs_find(graph->reader, growing->after->graph->reader, growing->request->same_process, &after_of));
	AUTO(free) void *kept = after_of;
	for (node_id i = 0; i < growing->after->graph->nodes; i++) {
		node_id was = growing->join->before[i];
		if (was != NO_ID && !(before->state[was] & FLOW_LEAF))
			growing->anchor[before->state[was]] = number_of(after, i);
	}
	for (uint32_t place = graph->nodes; place < graph->places; place++) {
		root_id now = after_of[place - graph->nodes];
		if (now != NO_ID && !(before->state[place] & FLOW_LEAF) && before->state[place] < before->numbers)
			growing->anchor[before->state[place]] = number_of(after, growing->after->graph->nodes + now);
	}
	return NULL;
}

/* What went counts to the nearest that is there still. */
static void anchor_the_rest(struct growing *growing)
{
	const struct domination *tree = &growing->before->tree;
	const struct graph *graph = growing->before->graph;
	growing->anchor[0] = 0;
	for (uint32_t i = 1; i < tree->numbers; i++) {
		uint32_t above = tree->idom[i], place = tree->node[i];
		if (growing->anchor[i] != NONE)
			continue;
		growing->anchor[i] = growing->anchor[above];
		if (place >= graph->nodes)
			continue;
		label_id label = growing->names->facts[0].label[graph->type[place]];
		growing->kin_before[i] =
			above == 0 ? kin_of(growing, label, growing->before->fate[place]) : growing->kin_before[above];
	}
}

static void take_gone(struct growing *growing)
{
	const struct graph *graph = growing->before->graph;
	for (node_id i = 0; i < graph->nodes; i++) {
		if (!growing->join->gone[i])
			continue;
		int64_t size = moved_with(graph, i);
		uint32_t kin = kin_of_gone(growing, i);
		growing->net[growing->anchor[number_of(&growing->before->tree, i)]] -= size;
		if (kin != NONE)
			growing->kins[kin].size -= size;
	}
}

/* --- the places that explain one
 * ------------------------------------------------------------------------------------ */

struct choice {                 /* the largest items below a place, greatest first */
	uint32_t items[HANDED]; /* indices */
	bool fresh[HANDED];
	unsigned count;
	int64_t sum, largest_old; /* of all items; of one that stayed */
};

static void choice_add(struct choice *choice, const struct growing *growing, uint32_t item, bool fresh)
{
	const struct item *items = growing->items.items;
	int64_t size = items[item].size;
	unsigned at = choice->count;
	choice->sum += size;
	if (!fresh && size > choice->largest_old)
		choice->largest_old = size;
	while (at > 0 && items[choice->items[at - 1]].size < size)
		at--;
	if (at == HANDED)
		return;
	unsigned last = choice->count < HANDED ? choice->count++ : HANDED - 1;
	for (unsigned i = last; i > at; i--) {
		choice->items[i] = choice->items[i - 1];
		choice->fresh[i] = choice->fresh[i - 1];
	}
	choice->items[at] = item;
	choice->fresh[at] = fresh;
}

static bool holds_program(const struct growing *growing, uint32_t place)
{
	const struct graph *graph = growing->after->graph;
	return place >= graph->nodes || growing->names->facts[1].kind[graph->type[place]] == KIND_module ||
	       growing->names->facts[1].kind[graph->type[place]] == KIND_type ||
	       (graph->flags[place] & OBJECT_NAMESPACE);
}

static bool is_container(const struct growing *growing, uint32_t place)
{
	const struct graph *graph = growing->after->graph;
	return place < graph->nodes && growing->names->facts[1].kind[graph->type[place]] == KIND_container &&
	       !(graph->flags[place] & OBJECT_NAMESPACE);
}

/* How many of the largest are needed; 0: the place gathers itself. */
static unsigned count_needed(const struct growing *growing, uint32_t place, const struct choice *choice, double gross)
{
	bool program = holds_program(growing, place), container = is_container(growing, place);
	unsigned few = growing->request->few, most = program ? 2 * few : container && few > FEW_ITEMS ? FEW_ITEMS : few;
	double sum = 0;
	bool fresh = false;
	unsigned needed = 0;
	while (needed < choice->count && needed < most && sum < GROWTH_SHARE * gross) {
		fresh = fresh || choice->fresh[needed];
		sum += (double)growing->items.items[choice->items[needed++]].size;
	}
	if (container && fresh && needed > 1)
		return 0;
	return sum >= (program ? PROGRAM_SHARE : GROWTH_SHARE) * gross ? needed : 0;
}

/* A chain of new objects of one type is told by the one that it begins at. */
static bool is_chained(const struct growing *growing, uint32_t place, uint32_t item)
{
	uint32_t below = growing->items.items[item].place;
	return is_new(growing, place) && is_object(growing, below) &&
	       label_after(growing, place) == label_after(growing, below);
}

/* Hands the items to a list of the place above, and the rest of `gross` as loose. */
static void hand_up(struct growing *growing, const struct choice *choice, double gross, uint32_t *list, uint64_t *loose)
{
	for (unsigned i = 0; i < choice->count; i++) {
		struct item *item = &growing->items.items[choice->items[i]];
		item->next = *list;
		*list = choice->items[i];
		gross -= (double)item->size;
	}
	*loose += gross > 0 ? (uint64_t)gross : 0;
}

/* What stayed and grew, below a place in which as much went as came. */
static void hand_up_old(struct growing *growing, struct choice *choice, uint32_t *list, uint64_t *loose)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < choice->count; i++)
		if (!choice->fresh[i])
			choice->items[kept++] = choice->items[i];
	choice->count = kept;
	hand_up(growing, choice, 0, list, loose);
}

static struct error *gather(struct growing *growing, uint32_t number, struct choice *choice, uint32_t *list,
			    uint64_t *loose)
{
	int64_t net = growing->net[number];
	if (net < choice->largest_old || net <= 0) {
		hand_up_old(growing, choice, list, loose);
		return NULL;
	}
	if (net < (int64_t)growing->request->least) {
		*loose += (uint64_t)net;
		return NULL;
	}
	return push(growing, list, growing->after->tree.node[number], net);
}

static struct error *explain(struct growing *growing, uint32_t number)
{
	const struct domination *tree = &growing->after->tree;
	uint32_t place = tree->node[number], above = tree->idom[number];
	bool new = is_new(growing, place);
	uint32_t *list = new ? &growing->fresh[above] : &growing->old[above];
	uint64_t counted = 0; /* with its kin: not loose too */
	uint64_t *loose = above == 0 && new ? &counted : &growing->loose[above];
	struct choice choice = {0};
	for (uint32_t i = growing->old[number]; i != NONE; i = growing->items.items[i].next)
		choice_add(&choice, growing, i, false);
	for (uint32_t i = growing->fresh[number]; i != NONE; i = growing->items.items[i].next)
		choice_add(&choice, growing, i, true);
	double gross = (double)growing->loose[number] + (double)choice.sum;
	if (gross < (double)growing->request->least) {
		*loose += (uint64_t)gross;
		return NULL;
	}
	uint32_t before = *list;
	unsigned needed = count_needed(growing, place, &choice, gross);
	if (needed == 1 && is_chained(growing, place, choice.items[0]))
		needed = 0;
	if (needed > 0)
		hand_up(growing, &choice, gross, list, loose);
	else
		TRY(gather(growing, number, &choice, list, loose));
	if (above == 0 && new)
		for (uint32_t i = *list; i != before; i = growing->items.items[i].next)
			growing->items.items[i].kin =
				kin_of(growing, label_after(growing, place), growing->after->fate[place]);
	return NULL;
}

static struct error *explain_all(struct growing *growing)
{
	const struct domination *tree = &growing->after->tree;
	for (uint32_t i = tree->numbers - 1; i > 0; i--) {
		uint32_t place = tree->node[i];
		TRY(explain(growing, i));
		growing->net[tree->idom[i]] += growing->net[i];
		if (tree->idom[i] == 0 && is_new(growing, place))
			add_to_kin(growing, kin_of(growing, label_after(growing, place), growing->after->fate[place]),
				   growing->net[i]);
	}
	return NULL;
}

/* --- the whole
 * ------------------------------------------------------------------------------------------------------ */

/* One new object below the root is a place like others; several of a kind are one. */
static bool is_together(const struct growing *growing, uint32_t kin)
{
	return kin != NONE && (growing->kins[kin].count > 1 || kin == growing->kin_count - 1);
}

static struct error *collect(struct growing *growing)
{
	uint32_t lists[2] = {growing->old[0], growing->fresh[0]};
	growing->growth.whole = growing->loose[0];
	for (int l = 0; l < 2; l++)
		for (uint32_t i = lists[l]; i != NONE; i = growing->items.items[i].next) {
			struct item *item = &growing->items.items[i];
			if (is_together(growing, item->kin))
				continue;
			if (item->kin != NONE)
				growing->kins[item->kin].size -= item->size;
			item->kin = NONE;
			TRY(vector_push(&growing->found, *item));
		}
	for (uint32_t k = 0; k < growing->kin_count; k++) {
		int64_t size = growing->kins[k].size;
		growing->kins[k].index = NO_INDEX;
		if (size <= 0)
			continue;
		if (!is_together(growing, k) || size < (int64_t)growing->request->least)
			growing->growth.whole += (uint64_t)size;
		else
			TRY(vector_push(&growing->found,
					(struct item){.place = DOMINATOR_ROOT, .kin = k, .size = size}));
	}
	for (size_t i = 0; i < growing->found.count; i++)
		growing->growth.whole += (uint64_t)growing->found.items[i].size;
	return NULL;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->kin < y->kin ? -1 : x->kin > y->kin;
}

/* The place before, of an object or a root that stayed. */
static struct error *find_before(const struct growing *growing, uint32_t place, uint32_t *before)
{
	const struct graph *was = growing->before->graph, *now = growing->after->graph;
	*before = DOMINATOR_NONE;
	if (place < now->nodes && growing->join->before[place] != NO_ID)
		*before = growing->join->before[place];
	if (place < now->nodes || place == DOMINATOR_ROOT)
		return NULL;
	root_id *after_of = NULL;
	TRY(root_pairs_find(was->reader, now->reader, growing->request->same_process, &after_of));
	for (uint32_t r = 0; r < was->places - was->nodes; r++)
		if (after_of[r] == place - now->nodes)
			*before = was->nodes + r;
	free(after_of);
	return NULL;
}

/* The largest until nine tenths are explained. */
static struct error *choose(struct growing *growing)
{
	struct growth *growth = &growing->growth;
	size_t most = growing->request->most < GROWTH_MOST ? growing->request->most : GROWTH_MOST;
	if (growing->found.count > 1)
		qsort(growing->found.items, growing->found.count, sizeof *growing->found.items, compare_items);
	double wanted = GROWTH_SHARE * (double)growth->whole, sum = 0;
	size_t needed = 0;
	while (needed < growing->found.count && sum < wanted)
		sum += (double)growing->found.items[needed++].size;
	growth->count = needed < most ? needed : most;
	growth->left_out = needed - growth->count;
	growth->labels = growing->names->count;
	growth->places = calloc(growth->count + 1, sizeof *growth->places);
	growth->parts = calloc((growth->count + 1) * (growth->labels + 1), sizeof *growth->parts);
	if (growth->places == NULL || growth->parts == NULL)
		return error_memory();
	for (size_t i = 0; i < growth->count; i++) {
		const struct item *item = &growing->found.items[i];
		struct growth_place *place = &growth->places[i];
		*place = (struct growth_place){.place = item->place,
					       .label = NO_ID,
					       .fate = FATE_REACHABLE,
					       .size = item->size,
					       .parts = &growth->parts[i * growth->labels]};
		growth->explained += (uint64_t)item->size;
		TRY(find_before(growing, item->place, &place->before));
		if (item->kin == NONE)
			continue;
		bool garbage = item->kin == growing->kin_count - 1;
		growing->kins[item->kin].index = (uint8_t)i;
		place->label = garbage ? NO_ID : item->kin / FATE_COUNT;
		place->fate = garbage ? FATE_GARBAGE : (enum fate)(item->kin % FATE_COUNT);
	}
	return NULL;
}

/* --- all together
 * --------------------------------------------------------------------------------------------------- */

struct error *growth_find(const struct retention *before, const struct retention *after, const struct join *join,
			  const struct type_names *names, const struct growth_request *request, struct growth *result)
{
	AUTO(growing)
	struct growing growing = {.before = before, .after = after, .join = join, .names = names, .request = request};
	TRY(growing_init(&growing));
	TRY(add_came(&growing));
	TRY(anchor_survivors(&growing));
	anchor_the_rest(&growing);
	take_gone(&growing);
	TRY(explain_all(&growing));
	TRY(collect(&growing));
	TRY(choose(&growing));
	TRY(growing_sum_up(&growing));
	*result = growing.growth;
	growing.growth = (struct growth){0};
	return NULL;
}

void growth_deinit(struct growth *growth)
{
	free(growth->places);
	free(growth->parts);
	free(growth->place_of);
	*growth = (struct growth){0};
}
