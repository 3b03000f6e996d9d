/* Which of these objects hold one another? A graph of them alone, numbered anew, and its components. */
#include "analyzer/subgraph.h"

#include "analyzer/memory.h"

#include <stdlib.h>

struct part { /* the edges among the objects taken */
	uint32_t count;
	uint32_t *number; /* by node; NO_ID: not taken */
	uint32_t *offsets, *targets;
};

static void part_deinit(struct part *part)
{
	free(part->number);
	free(part->offsets);
	free(part->targets);
}
DEFINE_AUTO_VALUE(part, struct part, part_deinit);

/* *edges: that the objects taken have. */
static struct error *number_nodes(const struct graph *graph, const uint8_t *taken, struct part *part,
				  struct subgraph *subgraph, size_t *edges)
{
	*edges = 0;
	part->number = memory_large((size_t)graph->nodes + 1, sizeof *part->number);
	if (part->number == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++) {
		part->number[i] = taken[i] ? part->count++ : NO_ID;
		*edges += taken[i] ? graph->offsets[i + 1] - graph->offsets[i] : 0;
	}
	subgraph->nodes = memory_large((size_t)part->count + 1, sizeof *subgraph->nodes);
	if (subgraph->nodes == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		if (part->number[i] != NO_ID)
			subgraph->nodes[part->number[i]] = i;
	return NULL;
}

static struct error *take_edges(const struct graph *graph, const node_id *nodes, size_t edges, struct part *part)
{
	uint32_t next = 0;
	part->offsets = memory_large((size_t)part->count + 1, sizeof *part->offsets);
	part->targets = memory_large(edges + 1, sizeof *part->targets);
	if (part->offsets == NULL || part->targets == NULL)
		return error_memory();
	for (uint32_t i = 0; i < part->count; i++) {
		part->offsets[i] = next;
		for (uint32_t e = graph->offsets[nodes[i]]; e < graph->offsets[nodes[i] + 1]; e++) {
			uint32_t to = part->number[graph->targets[e]];
			if (to != NO_ID && edge_kind_name(graph->edge_kinds[e]) != NAME_TYPE)
				part->targets[next++] = to;
		}
	}
	part->offsets[part->count] = next;
	return NULL;
}

struct error *subgraph_create(const struct graph *graph, const uint8_t *taken, struct subgraph *result)
{
	AUTO(part) struct part part = {0};
	AUTO(subgraph) struct subgraph made = {0};
	size_t edges;
	TRY(number_nodes(graph, taken, &part, &made, &edges));
	TRY(take_edges(graph, made.nodes, edges, &part));
	struct flow flow = {part.count, part.offsets, part.targets};
	TRY(components_create(&flow, &made.components));
	*result = made;
	made = (struct subgraph){0};
	return NULL;
}

void subgraph_deinit(struct subgraph *subgraph)
{
	free(subgraph->nodes);
	components_deinit(&subgraph->components);
	*subgraph = (struct subgraph){0};
}
