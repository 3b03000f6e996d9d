/* Which object comes before each on a shortest way?
 *
 * Breadth-first search with one queue: what the roots of a kind lead to is entered, and the queue worked off, before the
 * next kind's turn. Weak edges get the last turn: all that was reached is looked through again for them.
 */
#include "analyzer/ways.h"

#include "analyzer/memory.h"

#include <stdlib.h>
#include <string.h>

struct search {
	const struct graph *graph;
	const struct ways_request *request;
	struct ways *ways;
	uint32_t head; /* of the queue; its tail is ways->reached */
	size_t goals;  /* of the request's, those at the front that have been reached */
	bool every;    /* every edge of the graph may be taken: no need to look at each */
};

static void enter(struct search *search, node_id node, uint32_t parent)
{
	struct ways *ways = search->ways;
	if (ways->parent[node] != WAY_NONE)
		return;
	const bool *closed = search->request->closed;
	if (closed != NULL && closed[search->graph->type[node]]) {
		ways->parent[node] = WAY_CLOSED;
		return;
	}
	ways->parent[node] = parent;
	ways->order[ways->reached++] = node;
}

static bool is_left_out(const struct search *search, uint32_t edge)
{
	const uint8_t *left_out = search->request->left_out;
	return left_out != NULL && (left_out[edge / 8] >> edge % 8 & 1);
}

/* Not asked where GRAPH_HOLDING has decided. */
static bool is_taken(const struct search *search, uint32_t edge)
{
	const struct graph *graph = search->graph;
	if (is_left_out(search, edge))
		return false;
	if (graph->columns & GRAPH_HOLDING)
		return true;
	enum edge_class class = edge_kind_class(graph->edge_kinds[edge]);
	return class != EDGE_WEAK && !(class == EDGE_GUESS && search->request->weak);
}

/* Each of many goals is looked at again and again only until it is reached. */
static bool is_done(struct search *search)
{
	const struct ways_request *request = search->request;
	const uint32_t *parent = search->ways->parent;
	if (request->goal_count == 0)
		return false;
	while (search->goals < request->goal_count && parent[request->goals[search->goals]] != WAY_NONE)
		search->goals++;
	return search->goals == request->goal_count;
}

static void spread(struct search *search)
{
	const struct graph *graph = search->graph;
	struct ways *ways = search->ways;
	while (search->head < ways->reached && !is_done(search)) {
		node_id from = ways->order[search->head++];
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++)
			if (ways->parent[graph->targets[e]] == WAY_NONE && (search->every || is_taken(search, e)))
				enter(search, graph->targets[e], from);
	}
}

/* A root's edges are edges of the graph, or only in the file. There weak is borrowed, and holds. */
static void enter_root(struct search *search, root_id root)
{
	const struct graph *graph = search->graph;
	uint32_t place = graph->nodes + root;
	if (search->request->closed_roots != NULL && search->request->closed_roots[root])
		return;
	if (graph->columns & GRAPH_HOLDING) {
		for (uint32_t e = graph->offsets[place]; e < graph->offsets[place + 1]; e++)
			if (!is_left_out(search, e))
				enter(search, graph->targets[e], root | WAY_ROOT);
		return;
	}
	const struct edge_record *edges = reader_root_edges(graph->reader);
	const uint64_t *offsets = reader_root_offsets(graph->reader);
	for (uint64_t e = offsets[root]; e < offsets[root + 1]; e++)
		if (!(edges[e].class == EDGE_GUESS && search->request->weak))
			enter(search, edges[e].target, root | WAY_ROOT);
}

static void enter_roots(struct search *search, enum way_sort sort)
{
	static const enum root_kind kinds[] = {[WAY_SORT_MODULES] = ROOT_MODULES,
					       [WAY_SORT_BUILTINS] = ROOT_BUILTINS,
					       [WAY_SORT_FRAME] = ROOT_FRAME,
					       [WAY_SORT_THREAD] = ROOT_THREAD,
					       [WAY_SORT_INTERPRETER] = ROOT_INTERPRETER,
					       [WAY_SORT_STATIC_TYPES] = ROOT_STATIC_TYPES,
					       [WAY_SORT_C_GLOBALS] = ROOT_C_GLOBALS};
	const struct root_record *roots = reader_roots(search->graph->reader);
	uint64_t count = reader_counts(search->graph->reader).roots;
	for (uint64_t r = 0; r < count; r++)
		if (roots[r].kind == kinds[sort])
			enter_root(search, (root_id)r);
}

static void enter_unnamed(struct search *search, enum way_sort sort)
{
	const struct graph *graph = search->graph;
	for (node_id i = 0; search->request->unnamed && i < graph->nodes; i++) {
		bool immortal = (graph->flags[i] & OBJECT_IMMORTAL) != 0;
		if (sort == WAY_SORT_IMMORTAL ? immortal : !immortal && graph->residue[i] > 0)
			enter(search, i, sort == WAY_SORT_IMMORTAL ? WAY_IMMORTAL : WAY_HELD);
	}
}

/* The queue from its front once more, now for weak edges; what they lead to may lead on by any. */
static void spread_weakly(struct search *search)
{
	const struct graph *graph = search->graph;
	struct ways *ways = search->ways;
	if (!search->request->weak || graph->edge_kinds == NULL || (graph->columns & GRAPH_HOLDING))
		return;
	for (uint32_t head = 0; head < ways->reached && !is_done(search); head++) {
		node_id from = ways->order[head];
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++)
			if (!is_left_out(search, e) && edge_kind_class(graph->edge_kinds[e]) != EDGE_GUESS)
				enter(search, graph->targets[e], from);
	}
}

struct error *ways_find(const struct graph *graph, const struct ways_request *request, struct ways *result)
{
	AUTO(ways) struct ways ways = {.graph = graph};
	size_t room = (size_t)graph->nodes + 1;
	ways.parent = memory_large(room, sizeof *ways.parent);
	ways.order = memory_large(room, sizeof *ways.order);
	if (ways.parent == NULL || ways.order == NULL)
		return error_memory();
	memset(ways.parent, 0xff, room * sizeof *ways.parent);
	if (request->blocked != NO_ID)
		ways.parent[request->blocked] = WAY_CLOSED;
	struct search search = {.graph = graph, .request = request, .ways = &ways};
	search.every = (graph->columns & GRAPH_HOLDING) && request->left_out == NULL;
	for (enum way_sort sort = 0; sort < WAY_SORT_COUNT; sort++) {
		if (is_done(&search)) {
			ways.ends[sort] = ways.reached;
			continue;
		}
		if (sort < WAY_SORT_IMMORTAL)
			enter_roots(&search, sort);
		else if (sort < WAY_SORT_WEAK)
			enter_unnamed(&search, sort);
		else
			spread_weakly(&search);
		if (sort < WAY_SORT_WEAK)
			spread(&search);
		ways.ends[sort] = ways.reached;
	}
	*result = ways;
	ways = (struct ways){0};
	return NULL;
}

void ways_deinit(struct ways *ways)
{
	free(ways->parent);
	free(ways->order);
	*ways = (struct ways){0};
}

uint32_t ways_length(const struct ways *ways, node_id node)
{
	uint32_t length = 0;
	for (uint32_t at = node; at < WAY_ROOT; at = ways->parent[at])
		length += ways->parent[at] < WAY_CLOSED;
	return length;
}
