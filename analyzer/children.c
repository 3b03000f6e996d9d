/* What hangs directly below a place? The dominators turned round: a counting sort of all places by their dominator's number. */
#include "analyzer/children.h"

#include "analyzer/memory.h"

#include <stdlib.h>

/* The dominator's number; places that were not met belong to nobody. */
static bool dominator_number(const struct domination *tree, uint32_t place, uint32_t *number)
{
	uint32_t state = tree->state[place];
	if ((state | FLOW_LEAF) == FLOW_UNSEEN_LEAF)
		return false;
	*number = state & FLOW_LEAF ? state & ~FLOW_LEAF : tree->idom[state];
	return true;
}

static void sort_places(struct children *children)
{
	const struct domination *tree = &children->retention->tree;
	uint32_t *offsets = children->offsets, number;
	for (uint32_t i = 0; i < tree->numbers + 2; i++)
		offsets[i] = 0;
	for (uint32_t place = 0; place < tree->count; place++)
		if (dominator_number(tree, place, &number))
			offsets[number + 2]++;
	for (uint32_t i = 2; i < tree->numbers + 2; i++)
		offsets[i] += offsets[i - 1];
	for (uint32_t place = 0; place < tree->count; place++)
		if (dominator_number(tree, place, &number))
			children->places[offsets[number + 1]++] = place;
}

static void count_objects(struct children *children)
{
	const struct domination *tree = &children->retention->tree;
	uint32_t nodes = children->retention->graph->nodes, *objects = children->objects;
	for (uint32_t i = 0; i < tree->numbers; i++) {
		objects[i] = i > 0 && tree->node[i] < nodes;
		for (uint32_t c = children->offsets[i]; c < children->offsets[i + 1]; c++)
			objects[i] += (tree->state[children->places[c]] & FLOW_LEAF) && children->places[c] < nodes;
	}
	for (uint32_t i = tree->numbers - 1; i > 0; i--)
		objects[tree->idom[i]] += objects[i];
}

struct error *children_create(const struct retention *retention, struct children *result)
{
	const struct domination *tree = &retention->tree;
	AUTO(children) struct children made = {.retention = retention};
	made.offsets = memory_large((size_t)tree->numbers + 2, sizeof *made.offsets);
	made.places = memory_large((size_t)tree->count + 1, sizeof *made.places);
	made.objects = memory_large(tree->numbers, sizeof *made.objects);
	if (made.offsets == NULL || made.places == NULL || made.objects == NULL)
		return error_memory();
	sort_places(&made);
	count_objects(&made);
	*result = made;
	made = (struct children){0};
	return NULL;
}

void children_deinit(struct children *children)
{
	free(children->offsets);
	free(children->places);
	free(children->objects);
	*children = (struct children){0};
}

uint32_t children_of(const struct children *children, uint32_t place, const uint32_t **places)
{
	const struct domination *tree = &children->retention->tree;
	uint32_t number = place == DOMINATOR_ROOT ? 0 : tree->state[place];
	*places = NULL;
	if (place != DOMINATOR_ROOT && ((number & FLOW_LEAF) || number == FLOW_UNSEEN))
		return 0;
	*places = children->places + children->offsets[number];
	return children->offsets[number + 1] - children->offsets[number];
}

uint32_t children_objects(const struct children *children, uint32_t place)
{
	const struct domination *tree = &children->retention->tree;
	uint32_t number = place == DOMINATOR_ROOT ? 0 : tree->state[place];
	if (number & FLOW_LEAF)
		return place < children->retention->graph->nodes;
	return children->objects[number];
}
