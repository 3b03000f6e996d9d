/* Which cycles lead through an object that was there before, and by how much did they grow?
 *
 * Every object on a cycle with a new one is met by a search forward from that one, so components of what is met are
 * components of the whole. */
#include "analyzer/grown_cycles.h"

#include "analyzer/memory.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

enum mark {
	MARK_NONE,
	MARK_MET,    /* by the search: taken */
	MARK_STOPPED /* not to be entered */
};

struct spread { /* over one heap */
	const struct graph *graph;
	uint8_t *marks; /* enum mark, by node */
	VECTOR(node_id) stack;
};

static void spread_deinit(struct spread *spread)
{
	free(spread->marks);
	vector_deinit(&spread->stack);
}
DEFINE_AUTO_VALUE(spread, struct spread, spread_deinit);

static struct error *spread_init(struct spread *spread, const struct graph *graph)
{
	*spread = (struct spread){.graph = graph};
	spread->marks = memory_large((size_t)graph->nodes + 1, 1);
	if (spread->marks == NULL)
		return error_memory();
	memset(spread->marks, MARK_NONE, graph->nodes);
	return NULL;
}

/* --- what is not entered ------------------------------------------------------------------------------------------- */

static void stop_at_namespaces(struct spread *spread, uint32_t place)
{
	const struct graph *graph = spread->graph;
	for (uint32_t e = graph->offsets[place]; e < graph->offsets[place + 1]; e++)
		if (edge_kind_name(graph->edge_kinds[e]) != NAME_TYPE &&
		    (graph->flags[graph->targets[e]] & OBJECT_NAMESPACE))
			spread->marks[graph->targets[e]] = MARK_STOPPED;
}

/* At classes, modules, and the namespaces that modules, or the tables of modules, refer to. */
static void stop_at_program(struct spread *spread, const struct type_facts *facts)
{
	const struct graph *graph = spread->graph;
	const struct root_record *roots = reader_roots(graph->reader);
	for (node_id i = 0; i < graph->nodes; i++) {
		enum kind kind = facts->kind[graph->type[i]];
		if (kind == KIND_type || kind == KIND_module)
			spread->marks[i] = MARK_STOPPED;
		if (kind == KIND_module)
			stop_at_namespaces(spread, i);
	}
	for (uint32_t r = 0; r < graph->places - graph->nodes; r++)
		if (roots[r].kind == ROOT_MODULES || roots[r].kind == ROOT_BUILTINS)
			stop_at_namespaces(spread, graph->nodes + r);
}

/* --- the search ---------------------------------------------------------------------------------------------------- */

/* What refers to nothing is on no cycle. */
static struct error *meet(struct spread *spread, node_id node)
{
	const struct graph *graph = spread->graph;
	if (spread->marks[node] != MARK_NONE || graph->offsets[node] == graph->offsets[node + 1])
		return NULL;
	spread->marks[node] = MARK_MET;
	return vector_push(&spread->stack, node);
}

static struct error *go_on(struct spread *spread)
{
	const struct graph *graph = spread->graph;
	while (spread->stack.count > 0) {
		node_id node = spread->stack.items[--spread->stack.count];
		for (uint32_t e = graph->offsets[node]; e < graph->offsets[node + 1]; e++)
			if (edge_kind_name(graph->edge_kinds[e]) != NAME_TYPE)
				TRY(meet(spread, graph->targets[e]));
	}
	return NULL;
}

/* Leaves the marks of what was met alone. */
static struct error *find_components(struct spread *spread, struct subgraph *result)
{
	TRY(go_on(spread));
	for (node_id i = 0; i < spread->graph->nodes; i++)
		spread->marks[i] = spread->marks[i] == MARK_MET;
	return subgraph_create(spread->graph, spread->marks, result);
}

static struct error *search_after(const struct grown_side *after, const struct join *join, const uint8_t *told,
				  struct subgraph *result)
{
	AUTO(spread) struct spread spread;
	TRY(spread_init(&spread, after->graph));
	stop_at_program(&spread, after->facts);
	for (node_id i = 0; i < after->graph->nodes; i++)
		if (told[i])
			spread.marks[i] = MARK_STOPPED;
		else if (join->new[i]) /* what the program got since is no way through which everything went before */
			spread.marks[i] = MARK_NONE;
	for (node_id i = 0; i < after->graph->nodes; i++)
		if (join->new[i])
			TRY(meet(&spread, i));
	return find_components(&spread, result);
}

/* --- how large they were ------------------------------------------------------------------------------------------- */

static struct error *choose(const struct graph *graph, const struct join *join, struct grown_cycles *made)
{
	for (uint32_t c = 0; c < made->searched.components.count; c++) {
		struct grown_cycle cycle = {.component = c};
		for (uint32_t i = 0; i < subgraph_size(&made->searched, c); i++) {
			node_id node = subgraph_member(&made->searched, c, i);
			cycle.new += join->new[node];
			cycle.size = saturating_add(cycle.size, graph_size(graph, node));
		}
		if (cycle.new > 0)
			TRY(vector_push(&made->found, cycle));
	}
	return NULL;
}

static struct error *search_before(const struct grown_side *before, const struct join *join,
				   const struct grown_cycles *made, struct subgraph *result)
{
	AUTO(spread) struct spread spread;
	TRY(spread_init(&spread, before->graph));
	stop_at_program(&spread, before->facts);
	for (size_t f = 0; f < made->found.count; f++) {
		uint32_t c = made->found.items[f].component;
		for (uint32_t i = 0; i < subgraph_size(&made->searched, c); i++) {
			node_id was = join->before[subgraph_member(&made->searched, c, i)];
			if (was != NO_ID)
				TRY(meet(&spread, was));
		}
	}
	return find_components(&spread, result);
}

/* `component`: by node before; COMPONENT_NONE. `seen`: by component, the last cycle for which it was counted, from 1. */
static void measure(const struct graph *graph, const struct join *join, const struct subgraph *was,
		    const uint32_t *component, uint32_t *seen, struct grown_cycles *made)
{
	for (size_t f = 0; f < made->found.count; f++) {
		struct grown_cycle *cycle = &made->found.items[f];
		for (uint32_t i = 0; i < subgraph_size(&made->searched, cycle->component); i++) {
			node_id node = join->before[subgraph_member(&made->searched, cycle->component, i)];
			uint32_t c = node != NO_ID ? component[node] : COMPONENT_NONE;
			if (c == COMPONENT_NONE || seen[c] == f + 1)
				continue;
			seen[c] = (uint32_t)f + 1;
			cycle->count_before += subgraph_size(was, c);
			for (uint32_t m = 0; m < subgraph_size(was, c); m++)
				cycle->size_before = saturating_add(cycle->size_before,
								    graph_size(graph, subgraph_member(was, c, m)));
		}
	}
}

static struct error *compare(const struct grown_side *before, const struct join *join, struct grown_cycles *made)
{
	AUTO(subgraph) struct subgraph was = {0};
	TRY(search_before(before, join, made, &was));
	AUTO(free) void *memory = memory_large((size_t)before->graph->nodes + 1, sizeof(uint32_t));
	AUTO(free) void *seen = calloc((size_t)was.components.count + 1, sizeof(uint32_t));
	uint32_t *component = memory;
	if (component == NULL || seen == NULL)
		return error_memory();
	for (node_id i = 0; i < before->graph->nodes; i++)
		component[i] = COMPONENT_NONE;
	for (uint32_t c = 0; c < was.components.count; c++)
		for (uint32_t i = 0; i < subgraph_size(&was, c); i++)
			component[subgraph_member(&was, c, i)] = c;
	measure(before->graph, join, &was, component, seen, made);
	return NULL;
}

/* A handle that takes the place of one that went leaves a cycle as it was. */
static void drop_others(struct grown_cycles *made)
{
	size_t kept = 0;
	for (size_t f = 0; f < made->found.count; f++)
		if (made->found.items[f].count_before < subgraph_size(&made->searched, made->found.items[f].component))
			made->found.items[kept++] = made->found.items[f];
	made->found.count = kept;
}

struct error *grown_cycles_find(const struct grown_side *before, const struct grown_side *after,
				const struct join *join, const uint8_t *told, struct grown_cycles *result)
{
	AUTO(grown_cycles) struct grown_cycles made = {0};
	TRY(search_after(after, join, told, &made.searched));
	TRY(choose(after->graph, join, &made));
	if (made.found.count > 0)
		TRY(compare(before, join, &made));
	drop_others(&made);
	*result = made;
	made = (struct grown_cycles){0};
	return NULL;
}

void grown_cycles_deinit(struct grown_cycles *cycles)
{
	subgraph_deinit(&cycles->searched);
	vector_deinit(&cycles->found);
	*cycles = (struct grown_cycles){0};
}
