/* Which of these objects hold one another? A graph of them alone, numbered anew, and its components. */
#include "analyzer/subgraph.h"

#include "analyzer/memory.h"

#include <stdlib.h>
#include <string.h>

#define WORD 64u

struct part { /* the edges among the objects taken, which are numbered in their order */
	uint32_t count;
	uint64_t *bits;   /* by node: whether it is taken */
	uint32_t *before; /* by word of these: how many are taken before it */
	uint32_t *offsets, *targets;
};

static void part_deinit(struct part *part)
{
	free(part->bits);
	free(part->before);
	free(part->offsets);
	free(part->targets);
}
DEFINE_AUTO_VALUE(part, struct part, part_deinit);

/* NO_ID: it is not taken. */
static uint32_t number_of(const struct part *part, node_id node)
{
	uint64_t word = part->bits[node / WORD], bit = UINT64_C(1) << node % WORD;
	return word & bit ? part->before[node / WORD] + (uint32_t)__builtin_popcountll(word & (bit - 1)) : NO_ID;
}

/* *edges: that the objects taken have. A number is counted out of bits, as most nodes of a large heap have none. */
static struct error *number_nodes(const struct graph *graph, const uint8_t *taken, struct part *part,
				  struct subgraph *subgraph, size_t *edges)
{
	static const uint8_t none[WORD] = {0};
	size_t words = graph->nodes / WORD + 1;
	*edges = 0;
	part->bits = calloc(words, sizeof *part->bits);
	part->before = calloc(words, sizeof *part->before);
	if (part->bits == NULL || part->before == NULL)
		return error_memory();
	for (size_t w = 0; w < words; w++) {
		node_id first = (node_id)(w * WORD), end = graph->nodes - first < WORD ? graph->nodes : first + WORD;
		part->before[w] = part->count;
		if (end - first == WORD && memcmp(taken + first, none, WORD) == 0)
			continue;
		for (node_id i = first; i < end; i++) {
			part->bits[w] |= (uint64_t)(taken[i] != 0) << i % WORD;
			part->count += taken[i] != 0;
			*edges += taken[i] ? graph->offsets[i + 1] - graph->offsets[i] : 0;
		}
	}
	subgraph->nodes = memory_large((size_t)part->count + 1, sizeof *subgraph->nodes);
	if (subgraph->nodes == NULL)
		return error_memory();
	uint32_t number = 0;
	for (size_t w = 0; w < words; w++)
		for (uint64_t left = part->bits[w]; left != 0; left &= left - 1)
			subgraph->nodes[number++] = (node_id)(w * WORD) + (node_id)__builtin_ctzll(left);
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
			uint32_t to = number_of(part, graph->targets[e]);
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

bool subgraph_is_class(const struct subgraph *subgraph, uint32_t c, const struct graph *graph, const struct type_facts *facts)
{
	uint32_t classes = 0;
	for (uint32_t i = 0; i < subgraph_size(subgraph, c) && classes <= 1; i++) {
		enum kind kind = facts->kind[graph->type[subgraph_member(subgraph, c, i)]];
		classes += kind == KIND_type;
		if (kind != KIND_type && kind != KIND_container && kind != KIND_code)
			return false;
	}
	return classes == 1;
}
