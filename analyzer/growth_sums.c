/* What is each of the places that grew made of?
 *
 * Places that were chosen are disjoint, so one walk down the later tree says of each number which of them it is part of; what came
 * counts there, what went where the join anchored it. O(nodes); 1 B a number of the later tree.
 */
#include "analyzer/growth_parts.h"

#include "analyzer/memory.h"

#include <stdlib.h>
#include <string.h>

/* By number after: the place chosen that it is of. */
static void mark(const struct growing *growing, uint8_t *index)
{
	const struct domination *tree = &growing->after->tree;
	memset(index, NO_INDEX, tree->numbers);
	for (size_t i = 0; i < growing->growth.count; i++) {
		uint32_t place = growing->growth.places[i].place;
		if (place != DOMINATOR_ROOT && !(tree->state[place] & FLOW_LEAF))
			index[tree->state[place]] = (uint8_t)i;
	}
	for (uint32_t i = 1; i < tree->numbers; i++) {
		uint32_t place = tree->node[i];
		if (index[i] != NO_INDEX)
			continue;
		index[i] = index[tree->idom[i]];
		if (tree->idom[i] == 0 && is_new(growing, place))
			index[i] =
				growing->kins[kin_of(growing, label_after(growing, place), growing->after->fate[place])]
					.index;
	}
}

static void add_part(struct growing *growing, uint8_t index, label_id label, int64_t count, int64_t size)
{
	if (index == NO_INDEX)
		return;
	growing->growth.places[index].parts[label].count += count;
	growing->growth.places[index].parts[label].size += size;
}

static void sum_up_after(struct growing *growing, const uint8_t *index)
{
	const struct domination *tree = &growing->after->tree;
	for (node_id i = 0; i < growing->after->graph->nodes; i++) {
		uint32_t number = number_of(tree, i);
		uint8_t at = index[number];
		label_id label = label_after(growing, i);
		if (number == 0 && is_new(growing, i))
			at = growing->kins[kin_of(growing, label, growing->after->fate[i])].index;
		add_part(growing, at, label, growing->join->new[i] != 0, own_growth(growing, i));
		if (growing->growth.place_of != NULL)
			growing->growth.place_of[i] = is_new(growing, i) ? at : NO_INDEX;
	}
	for (size_t p = 0; p < growing->growth.count; p++) {
		uint32_t place = growing->growth.places[p].place;
		if (place == DOMINATOR_ROOT || !(tree->state[place] & FLOW_LEAF) || !is_object(growing, place))
			continue;
		add_part(growing, (uint8_t)p, label_after(growing, place), growing->join->new[place] != 0,
			 own_growth(growing, place));
		if (growing->growth.place_of != NULL && is_new(growing, place))
			growing->growth.place_of[place] = (uint8_t)p;
	}
}

static void sum_up_before(struct growing *growing, const uint8_t *index)
{
	const struct graph *graph = growing->before->graph;
	for (node_id i = 0; i < graph->nodes; i++) {
		if (!growing->join->gone[i])
			continue;
		uint32_t kin = kin_of_gone(growing, i);
		uint8_t at = kin != NONE ? growing->kins[kin].index
					 : index[growing->anchor[number_of(&growing->before->tree, i)]];
		add_part(growing, at, growing->names->facts[0].label[graph->type[i]], -1, -moved_with(graph, i));
	}
}

struct error *growing_sum_up(struct growing *growing)
{
	AUTO(free) void *index = memory_large(growing->after->tree.numbers, 1);
	if (growing->request->keep_nodes)
		growing->growth.place_of = memory_large((size_t)growing->after->graph->nodes + 1, 1);
	if (index == NULL || (growing->request->keep_nodes && growing->growth.place_of == NULL))
		return error_memory();
	mark(growing, index);
	sum_up_after(growing, index);
	sum_up_before(growing, index);
	return NULL;
}
