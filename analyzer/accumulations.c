/* Where has the memory gathered?
 *
 * A walk down the dominator tree, along places that explain at least a given share of the heap. Most of these are only on
 * the way: a module, its namespace, an object with one large attribute. A place is where memory gathers if many of its
 * children are alike, of one type, and explain that share together; or if it explains it with no child that does. The many
 * classes, functions and namespaces of modules are the program, and none. What is found at different places is disjoint,
 * so shares can be added. Where such places are alike themselves, as the lists in a dict of lists are, and hold the same,
 * they are folded into one: the container that they are in. A chain, such as a linked list, is told by the object that it
 * begins at, not by the one somewhere within below which too little is left. What C code alone holds, and what nothing leads
 * to, hangs from no object: all of a type is one. What several places hold at once comes last: it names none.
 */
#include "analyzer/accumulations.h"

#include "analyzer/memory.h"
#include "base/vector.h"

#include <stdlib.h>

#define ALIKE_LEAST 16u      /* children of one type that count as many */
#define SCATTERED_LEAST 100u /* where several places hold them, so that less speaks for their being alike */
#define FOLDED_LEAST 3u      /* places alike, in one container, that are told together */
#define CHAIN_LEAST 16u      /* objects, each below the other, that are a chain */
#define NONE UINT8_MAX       /* no accumulation's index: so many are looked at, the largest */

struct tally { /* of one label, among the children of one place */
	uint64_t count, size;
};

struct gathering {
	const struct children *children;
	const struct retention *retention;
	const struct graph *graph;
	const struct type_names *names;
	uint64_t total, least; /* bytes: of the heap; that an accumulation explains */
	VECTOR(uint32_t) stack;
	VECTOR(struct accumulation) found;
	VECTOR(size_t) touched;          /* tallies */
	struct tally *tallies;           /* by label and fate: tally_of */
	struct accumulation_part *parts; /* by accumulation, as found, then by label */
	size_t left_out;
};

static void gathering_deinit(struct gathering *gathering)
{
	vector_deinit(&gathering->stack);
	vector_deinit(&gathering->found);
	vector_deinit(&gathering->touched);
	free(gathering->tallies);
	free(gathering->parts);
}
DEFINE_AUTO_VALUE(gathering, struct gathering, gathering_deinit);

static label_id label_of(const struct gathering *gathering, node_id node)
{
	return gathering->names->facts[0].label[gathering->graph->type[node]];
}

/* --- finding -------------------------------------------------------------------------------------------------------- */

static bool is_kind(const struct gathering *gathering, node_id node, enum kind kind)
{
	return gathering->names->facts[0].kind[gathering->graph->type[node]] == kind;
}

static bool is_namespace(const struct gathering *gathering, node_id node)
{
	return gathering->graph->flags[node] & OBJECT_NAMESPACE;
}

/* The root of all, a named root, a module or a namespace: many modules, classes and functions there are just the program. */
static bool holds_program(const struct gathering *gathering, uint32_t place)
{
	return place >= gathering->graph->nodes || is_kind(gathering, place, KIND_module) ||
	       is_namespace(gathering, place);
}

static bool is_program(const struct gathering *gathering, node_id node)
{
	return is_kind(gathering, node, KIND_module) || is_kind(gathering, node, KIND_type) ||
	       is_kind(gathering, node, KIND_code) || is_namespace(gathering, node);
}

/* What hangs from the root of all is told apart by how it is there. */
static enum fate fate_of(const struct gathering *gathering, uint32_t place, uint32_t above)
{
	enum fate fate = above == DOMINATOR_ROOT ? gathering->retention->fate[place] : FATE_REACHABLE;
	return fate == FATE_STUCK ? FATE_GARBAGE : fate;
}

/* Whether the place, just below `above`, is one of what may be many alike. */
static bool may_gather(const struct gathering *gathering, uint32_t place, uint32_t above)
{
	if (place >= gathering->graph->nodes || retention_size(gathering->retention, place) >= gathering->least)
		return false;
	return fate_of(gathering, place, above) != FATE_REACHABLE || !holds_program(gathering, above) ||
	       !is_program(gathering, place);
}

/* Goes on at large children; the others are counted by type, or taken off *rest, the bytes of the place, if they are the
 * program. */
static struct error *look_at_children(struct gathering *gathering, uint32_t place, uint64_t *rest)
{
	const uint32_t *places;
	uint32_t count = children_of(gathering->children, place, &places);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t size = retention_size(gathering->retention, places[i]);
		if (size >= gathering->least) {
			TRY(vector_push(&gathering->stack, places[i]));
		} else if (may_gather(gathering, places[i], place)) {
			size_t index = label_of(gathering, places[i]) * (size_t)FATE_COUNT +
				       fate_of(gathering, places[i], place);
			struct tally *tally = &gathering->tallies[index];
			if (tally->count++ == 0)
				TRY(vector_push(&gathering->touched, index));
			tally->size += size;
		} else {
			*rest -= size;
		}
	}
	return NULL;
}

/* A frame's or thread's many small things are its own; those of a module table are just the program. */
static bool may_hold_alone(const struct gathering *gathering, uint32_t place)
{
	if (place == DOMINATOR_ROOT || place < gathering->graph->nodes)
		return place != DOMINATOR_ROOT;
	enum root_kind kind = reader_roots(gathering->graph->reader)[place - gathering->graph->nodes].kind;
	return kind == ROOT_FRAME || kind == ROOT_THREAD;
}

static struct error *look_at(struct gathering *gathering, uint32_t place)
{
	size_t before = gathering->stack.count, known = gathering->found.count;
	uint64_t rest = place == DOMINATOR_ROOT ? gathering->total : retention_size(gathering->retention, place);
	uint64_t all = rest;
	TRY(look_at_children(gathering, place, &rest));
	for (size_t i = 0; i < gathering->touched.count; i++) {
		size_t index = gathering->touched.items[i];
		struct tally *tally = &gathering->tallies[index];
		struct accumulation many = {.place = place,
					    .label = (label_id)(index / FATE_COUNT),
					    .fate = (enum fate)(index % FATE_COUNT),
					    .count = tally->count,
					    .size = tally->size};
		uint64_t least = accumulation_is_scattered(&many) ? SCATTERED_LEAST : ALIKE_LEAST;
		if (many.count >= least && many.size >= gathering->least)
			TRY(vector_push(&gathering->found, many));
		*tally = (struct tally){0};
	}
	gathering->touched.count = 0;
	bool alone = gathering->stack.count == before && gathering->found.count == known;
	if (alone && rest >= gathering->least && may_hold_alone(gathering, place))
		TRY(vector_push(&gathering->found,
				(struct accumulation){.place = place, .label = NO_ID, .count = 1, .size = all}));
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct accumulation *x = a, *y = b;
	if (accumulation_is_scattered(x) != accumulation_is_scattered(y))
		return accumulation_is_scattered(x) ? 1 : -1;
	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return (x->fate > y->fate) - (x->fate < y->fate);
}

/* The largest first, and no more than `most`. */
static void choose(struct gathering *gathering, size_t most)
{
	if (gathering->found.count > 1)
		qsort(gathering->found.items, gathering->found.count, sizeof *gathering->found.items, compare);
	if (gathering->found.count > most) {
		gathering->left_out += gathering->found.count - most;
		gathering->found.count = most;
	}
}

/* The object that begins the chain in which `place` is, each of whose objects is of the type of that which is `period`
 * above it; `place` if it is in none. */
static uint32_t chain_begin(const struct gathering *gathering, uint32_t place, unsigned period)
{
	uint32_t nodes = gathering->graph->nodes, at = place, links = 0;
	for (;; links++) {
		uint32_t above = at;
		for (unsigned i = 0; i < period && above < nodes; i++)
			above = domination_of(&gathering->retention->tree, above);
		if (above >= nodes || label_of(gathering, above) != label_of(gathering, at))
			break;
		at = above;
	}
	return links + 1 >= CHAIN_LEAST ? at : place;
}

/* Whether one that was found, other than i, is `place` or below it. */
static bool is_above_others(const struct gathering *gathering, uint32_t place, size_t i)
{
	for (size_t j = 0; j < gathering->found.count; j++) {
		uint32_t at = gathering->found.items[j].place;
		while (j != i && at != place && at < gathering->graph->nodes)
			at = domination_of(&gathering->retention->tree, at);
		if (j != i && at == place)
			return true;
	}
	return false;
}

/* An instance's dict may stand between one object of a chain and the next, or a list. */
static void begin_chain(struct gathering *gathering, size_t i)
{
	struct accumulation *found = &gathering->found.items[i];
	uint32_t nodes = gathering->graph->nodes, place = found->place;
	if (found->label != NO_ID || place >= nodes)
		return;
	uint32_t begin = chain_begin(gathering, place, 1);
	uint32_t owner = is_namespace(gathering, place) ? domination_of(&gathering->retention->tree, place) : place;
	if (begin == place && owner < nodes && (begin = chain_begin(gathering, owner, 2)) == owner)
		begin = place;
	if (begin == place || is_above_others(gathering, begin, i))
		return;
	found->place = begin;
	found->size = retention_size(gathering->retention, begin);
}

static struct error *find(struct gathering *gathering)
{
	TRY(vector_push(&gathering->stack, DOMINATOR_ROOT));
	while (gathering->stack.count > 0)
		TRY(look_at(gathering, gathering->stack.items[--gathering->stack.count]));
	for (size_t i = 0; i < gathering->found.count; i++)
		begin_chain(gathering, i);
	choose(gathering, NONE);
	return NULL;
}

/* --- what each is made of ------------------------------------------------------------------------------------------- */

/* The accumulation that begins at a place below `above`; NONE where none does. */
static uint8_t begins(const struct gathering *gathering, uint32_t place, uint32_t above)
{
	for (size_t i = 0; i < gathering->found.count; i++) {
		const struct accumulation *accumulation = &gathering->found.items[i];
		if (accumulation->label == NO_ID
			    ? accumulation->place == place
			    : accumulation->place == above && may_gather(gathering, place, above) &&
				      label_of(gathering, place) == accumulation->label &&
				      fate_of(gathering, place, above) == accumulation->fate)
			return (uint8_t)i;
	}
	return NONE;
}

/* Down the tree: a number is of the accumulation that begins there, else of its dominator's. */
static void mark(const struct gathering *gathering, uint8_t *of_number)
{
	const struct domination *tree = &gathering->retention->tree;
	of_number[0] = NONE;
	for (uint32_t i = 1; i < tree->numbers; i++) {
		uint32_t above = tree->idom[i] == 0 ? DOMINATOR_ROOT : tree->node[tree->idom[i]];
		of_number[i] = of_number[tree->idom[i]];
		if (of_number[i] == NONE)
			of_number[i] = begins(gathering, tree->node[i], above);
	}
}

static struct error *sum_up(struct gathering *gathering)
{
	const struct domination *tree = &gathering->retention->tree;
	size_t labels = gathering->names->count;
	AUTO(free) void *memory = memory_large(tree->numbers, 1);
	uint8_t *of_number = memory;
	gathering->parts = calloc((gathering->found.count + 1) * (labels + 1), sizeof *gathering->parts);
	if (of_number == NULL || gathering->parts == NULL)
		return error_memory();
	for (size_t i = 0; i < gathering->found.count; i++)
		gathering->found.items[i].parts = &gathering->parts[i * labels];
	mark(gathering, of_number);
	for (node_id v = 0; v < gathering->graph->nodes; v++) {
		uint32_t state = tree->state[v], number = state & ~FLOW_LEAF;
		uint8_t index = of_number[number];
		if ((state & FLOW_LEAF) && index == NONE)
			index = begins(gathering, v, number == 0 ? DOMINATOR_ROOT : tree->node[number]);
		if (index == NONE)
			continue;
		struct accumulation_part *part = &gathering->parts[index * labels + label_of(gathering, v)];
		part->count++;
		part->size += graph_size(gathering->graph, v);
	}
	return NULL;
}

/* --- folding -------------------------------------------------------------------------------------------------------- */

/* A container, whose items go by keys and indices; the attributes and globals that a namespace names are told one by one. */
static bool may_fold_into(const struct gathering *gathering, uint32_t place)
{
	return place < gathering->graph->nodes && is_kind(gathering, place, KIND_container) &&
	       !is_namespace(gathering, place);
}

/* Whether both hold the same in places alike that are in one container. */
static bool are_alike(const struct gathering *gathering, const struct accumulation *a, const struct accumulation *b)
{
	const struct domination *tree = &gathering->retention->tree;
	uint32_t nodes = gathering->graph->nodes;
	return a->label != NO_ID && a->label == b->label && a->folded == 0 && b->folded == 0 && a->place < nodes &&
	       b->place < nodes && label_of(gathering, a->place) == label_of(gathering, b->place) &&
	       domination_of(tree, a->place) == domination_of(tree, b->place);
}

static void accumulation_add(struct gathering *gathering, struct accumulation *to, const struct accumulation *from)
{
	size_t labels = gathering->names->count;
	to->count += from->count;
	to->size += from->size;
	to->folded++;
	for (size_t l = 0; l < labels; l++) {
		to->parts[l].count += from->parts[l].count;
		to->parts[l].size += from->parts[l].size;
	}
}

/* Takes accumulation i together with those after it that are like it, if they are enough. */
static void fold_at(struct gathering *gathering, size_t i)
{
	struct accumulation *found = gathering->found.items, first = found[i];
	uint32_t container = first.place < gathering->graph->nodes
				     ? domination_of(&gathering->retention->tree, first.place)
				     : DOMINATOR_ROOT;
	size_t alike = 0, kept = i + 1;
	for (size_t j = i; j < gathering->found.count; j++)
		alike += are_alike(gathering, &first, &found[j]);
	if (alike < FOLDED_LEAST || !may_fold_into(gathering, container))
		return;
	found[i].folded = 1;
	for (size_t j = i + 1; j < gathering->found.count; j++) {
		if (are_alike(gathering, &first, &found[j]))
			accumulation_add(gathering, &found[i], &found[j]);
		else
			found[kept++] = found[j];
	}
	gathering->found.count = kept;
	found[i].inner = label_of(gathering, first.place);
	found[i].place = container;
}

static void fold(struct gathering *gathering)
{
	for (size_t i = 0; i < gathering->found.count; i++)
		fold_at(gathering, i);
}

/* --- all together --------------------------------------------------------------------------------------------------- */

struct error *accumulations_find(const struct children *children, const struct type_names *names, double share,
				 uint32_t most, struct accumulations *result)
{
	const struct retention *retention = children->retention;
	AUTO(gathering)
	struct gathering gathering = {.children = children,
				      .retention = retention,
				      .graph = retention->graph,
				      .names = names,
				      .total = retention->retained[0]};
	gathering.least = (uint64_t)((double)gathering.total * share);
	gathering.least += gathering.least == 0;
	gathering.tallies = calloc((size_t)names->count + 1, FATE_COUNT * sizeof *gathering.tallies);
	if (gathering.tallies == NULL)
		return error_memory();
	TRY(find(&gathering));
	TRY(sum_up(&gathering));
	fold(&gathering);
	choose(&gathering, most);
	*result = (struct accumulations){.items = gathering.found.items,
					 .count = gathering.found.count,
					 .left_out = gathering.left_out,
					 .total = gathering.total,
					 .labels = names->count,
					 .parts = steal(&gathering.parts)};
	gathering.found.items = NULL;
	gathering.found.count = gathering.found.capacity = 0;
	return NULL;
}

void accumulations_deinit(struct accumulations *accumulations)
{
	free(accumulations->items);
	free(accumulations->parts);
}

label_id accumulation_next_type(const struct accumulations *accumulations, const struct accumulation *accumulation,
				label_id last)
{
	const struct accumulation_part *parts = accumulation->parts;
	label_id best = NO_ID;
	for (label_id l = 0; l < accumulations->labels; l++) {
		bool after = last == NO_ID || parts[l].size < parts[last].size ||
			     (parts[l].size == parts[last].size && l > last);
		if (parts[l].count > 0 && after && (best == NO_ID || parts[l].size > parts[best].size))
			best = l;
	}
	return best;
}
