/* What does an analysis read? Columns in memory, edges out as compressed sparse rows, edges in on demand.
 *
 * Edges in are a counting sort of the edges out by target: two passes, O(nodes + edges), no comparison.
 */
#include "analyzer/graph.h"

#include <stdlib.h>

struct graph *graph_create(void)
{
	return calloc(1, sizeof(struct graph));
}

void graph_destroy(struct graph *graph)
{
	if (graph == NULL)
		return;
	free(graph->address);
	free(graph->type);
	free(graph->size.values);
	vector_deinit(&graph->size.wide);
	free(graph->getsizeof.values);
	vector_deinit(&graph->getsizeof.wide);
	free(graph->refcount.values);
	vector_deinit(&graph->refcount.wide);
	free(graph->length.values);
	vector_deinit(&graph->length.wide);
	free(graph->generation);
	free(graph->flags);
	free(graph->content_hash);
	free(graph->residue);
	free(graph->offsets);
	free(graph->targets);
	free(graph->edge_kinds);
	free(graph->payloads);
	free(graph);
}

void graph_forget_addresses(struct graph *graph)
{
	free(steal(&graph->address));
	graph->columns &= ~(unsigned)GRAPH_ADDRESS;
}

uint64_t narrow_find_wide(const struct narrow_column *column, node_id node)
{
	size_t low = 0, high = column->wide.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (column->wide.items[middle].node < node)
			low = middle + 1;
		else
			high = middle;
	}
	/* NARROW_WIDE itself is listed too, so the node is always there. */
	return column->wide.items[low].value;
}

bool graph_find_address(const struct graph *graph, uint64_t address, node_id *node)
{
	node_id low = 0, high = graph->nodes;
	while (low < high) {
		node_id middle = low + (high - low) / 2;
		if (graph->address[middle] < address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == graph->nodes || graph->address[low] != address)
		return false;
	*node = low;
	return true;
}

struct error *referrers_create(const struct graph *graph, struct referrers *result)
{
	AUTO(referrers) struct referrers made = {0};
	made.offsets = calloc((size_t)graph->nodes + 2, sizeof *made.offsets);
	made.sources = malloc(((size_t)graph->edges + 1) * sizeof *made.sources);
	if (made.offsets == NULL || made.sources == NULL)
		return error_memory();
	/* Counted two places up, so that the fill moves each start to where the next node's begins. */
	for (uint32_t e = 0; e < graph->edges; e++)
		if (edge_kind_holds(graph->edge_kinds[e]))
			made.offsets[graph->targets[e] + 2]++;
	for (size_t i = 2; i <= (size_t)graph->nodes; i++)
		made.offsets[i] += made.offsets[i - 1];
	for (node_id from = 0; from < graph->nodes; from++)
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++)
			if (edge_kind_holds(graph->edge_kinds[e]))
				made.sources[made.offsets[graph->targets[e] + 1]++] = from;
	*result = made;
	made = (struct referrers){0};
	return NULL;
}

void referrers_deinit(struct referrers *referrers)
{
	free(referrers->offsets);
	free(referrers->sources);
	*referrers = (struct referrers){0};
}
