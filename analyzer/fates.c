/* Which unreachable objects does the collector free?
 *
 * CPython's own algorithm (Modules/gcmodule.c, Python/gc.c), on the objects that nothing reaches: among tracked objects
 * that are not frozen, take the references that tp_traverse visits off the reference counts; what then has a count left is
 * held by something that the collector doesn't look into, and it and what it leads to survive. The others are freed,
 * and with them, as reference counts fall to zero, what only they held: strings, untracked tuples, and also survivors that
 * only such objects had kept.
 * All references to these objects are known (their residue is 0), so counts are those of the edges among them.
 */
#include "analyzer/fates.h"

#include "analyzer/memory.h"
#include "base/vector.h"

#include <stdlib.h>

const char *fate_name(enum fate fate)
{
	static const char *const names[FATE_COUNT] = {[FATE_REACHABLE] = "reachable",
						      [FATE_HELD] = "held",
						      [FATE_GARBAGE] = "garbage",
						      [FATE_STUCK] = "stuck"};
	return names[fate];
}

struct settling {
	const struct graph *graph;
	const struct collection *collection;
	uint8_t *fate;
	VECTOR(node_id) rest;  /* the objects in question */
	VECTOR(node_id) stack;
	uint32_t *counts; /* by node: references from the rest; first only those that the collector doesn't take off */
};

static void settling_deinit(struct settling *settling)
{
	vector_deinit(&settling->rest);
	vector_deinit(&settling->stack);
	free(settling->counts);
}
DEFINE_AUTO_VALUE(settling, struct settling, settling_deinit);

/* The collector looks at it, and at where its references lead. */
static bool is_candidate(const struct settling *settling, node_id node)
{
	return settling->fate[node] >= FATE_GARBAGE && settling->graph->generation[node] <= settling->collection->oldest;
}

static bool is_visited(const struct settling *settling, node_id from, uint32_t edge)
{
	enum edge_class class = edge_kind_class(settling->graph->edge_kinds[edge]);
	bool visited = class == EDGE_OWNED || (class == EDGE_GUESS && settling->collection->guesses_visited);
	return visited && is_candidate(settling, from);
}

/* Counts the references among the rest: all, or those that the collector can't take off. */
static void count_references(struct settling *settling, bool all)
{
	const struct graph *graph = settling->graph;
	for (size_t i = 0; i < settling->rest.count; i++)
		settling->counts[settling->rest.items[i]] = 0;
	for (size_t i = 0; i < settling->rest.count; i++) {
		node_id from = settling->rest.items[i];
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++)
			if (all || !is_visited(settling, from, e))
				settling->counts[graph->targets[e]]++;
	}
}

/* Everything is stuck at first; what the collector can't tell from living is marked and led on from. */
static struct error *find_survivors(struct settling *settling, uint8_t *survives)
{
	const struct graph *graph = settling->graph;
	for (size_t i = 0; i < settling->rest.count; i++) {
		node_id node = settling->rest.items[i];
		survives[node] = settling->counts[node] > 0 && is_candidate(settling, node);
		if (survives[node])
			TRY(vector_push(&settling->stack, node));
	}
	while (settling->stack.count > 0) {
		node_id from = settling->stack.items[--settling->stack.count];
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++) {
			node_id to = graph->targets[e];
			if (!is_candidate(settling, to) || survives[to] || !is_visited(settling, from, e))
				continue;
			survives[to] = 1;
			TRY(vector_push(&settling->stack, to));
		}
	}
	return NULL;
}

/* Frees the candidates that didn't survive, and what reference counting then frees. */
static struct error *free_garbage(struct settling *settling, const uint8_t *survives)
{
	const struct graph *graph = settling->graph;
	for (size_t i = 0; i < settling->rest.count; i++) {
		node_id node = settling->rest.items[i];
		bool freed = is_candidate(settling, node) && !survives[node];
		if (freed)
			TRY(vector_push(&settling->stack, node));
	}
	for (size_t i = 0; i < settling->rest.count; i++)
		settling->fate[settling->rest.items[i]] = FATE_STUCK;
	for (size_t i = 0; i < settling->stack.count; i++)
		settling->fate[settling->stack.items[i]] = FATE_GARBAGE;
	while (settling->stack.count > 0) {
		node_id from = settling->stack.items[--settling->stack.count];
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++) {
			node_id to = graph->targets[e];
			if (settling->fate[to] != FATE_STUCK || --settling->counts[to] > 0)
				continue;
			settling->fate[to] = FATE_GARBAGE;
			TRY(vector_push(&settling->stack, to));
		}
	}
	return NULL;
}

struct error *fates_collect(const struct graph *graph, const struct collection *collection, uint8_t *fate)
{
	AUTO(settling) struct settling settling = {.graph = graph, .collection = collection, .fate = fate};
	for (node_id i = 0; i < graph->nodes; i++)
		if (fate[i] >= FATE_GARBAGE)
			TRY(vector_push(&settling.rest, i));
	if (settling.rest.count == 0)
		return NULL;
	settling.counts = memory_large(graph->nodes, sizeof *settling.counts);
	AUTO(free) void *survives = memory_large(graph->nodes, 1);
	if (settling.counts == NULL || survives == NULL)
		return error_memory();
	count_references(&settling, false);
	TRY(find_survivors(&settling, survives));
	count_references(&settling, true);
	return free_garbage(&settling, survives);
}

struct error *fates_settle(const struct graph *graph, uint8_t *fate)
{
	struct collection full = {.oldest = GENERATION_2};
	return fates_collect(graph, &full, fate);
}
