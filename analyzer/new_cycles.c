/* Which objects that came hold one another? A graph of these alone, numbered anew, and its components. */
#include "analyzer/new_cycles.h"

#include "analyzer/memory.h"

#include <stdlib.h>
#include <string.h>

struct part { /* of a graph: some of its objects and the edges among these */
	uint32_t count;
	uint32_t *number; /* by node; NO_ID: not of the part */
	uint32_t *offsets, *targets;
};

static void part_deinit(struct part *part)
{
	free(part->number);
	free(part->offsets);
	free(part->targets);
}
DEFINE_AUTO_VALUE(part, struct part, part_deinit);

/* Numbers the objects searched. *edges: that they have. */
static struct error *number_nodes(const struct graph *graph, const uint8_t *new, const uint8_t *fate, struct part *part,
				  struct new_cycles *cycles, size_t *edges)
{
	*edges = 0;
	part->number = memory_large((size_t)graph->nodes + 1, sizeof *part->number);
	if (part->number == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++) {
		bool searched = new[i] || fate[i] >= FATE_GARBAGE;
		part->number[i] = searched ? part->count++ : NO_ID;
		*edges += searched ? graph->offsets[i + 1] - graph->offsets[i] : 0;
	}
	cycles->nodes = memory_large((size_t)part->count + 1, sizeof *cycles->nodes);
	if (cycles->nodes == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		if (part->number[i] != NO_ID)
			cycles->nodes[part->number[i]] = i;
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

static struct error *choose(const uint8_t *new, struct new_cycles *cycles)
{
	const struct components *components = &cycles->components;
	for (uint32_t c = 0; c < components->count; c++) {
		bool has = false;
		for (uint32_t i = components->offsets[c]; i < components->offsets[c + 1] && !has; i++)
			has = new[cycles->nodes[components->members[i]]];
		if (has)
			TRY(vector_push(&cycles->found, c));
	}
	return NULL;
}

struct error *new_cycles_find(const struct graph *graph, const uint8_t *new, const uint8_t *fate,
			      struct new_cycles *result)
{
	AUTO(part) struct part part = {0};
	AUTO(new_cycles) struct new_cycles made = {0};
	size_t edges;
	TRY(number_nodes(graph, new, fate, &part, &made, &edges));
	TRY(take_edges(graph, made.nodes, edges, &part));
	struct flow flow = {part.count, part.offsets, part.targets};
	TRY(components_create(&flow, &made.components));
	TRY(choose(new, &made));
	*result = made;
	made = (struct new_cycles){0};
	return NULL;
}

void new_cycles_deinit(struct new_cycles *cycles)
{
	free(cycles->nodes);
	components_deinit(&cycles->components);
	vector_deinit(&cycles->found);
	*cycles = (struct new_cycles){0};
}
