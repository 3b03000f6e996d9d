/* Which references hold, and what do they leave unexplained?
 *
 * Two passes over the edges: one takes every counted reference off its target's count, the other closes the gaps that
 * weak and dropped edges leave, deciding on guesses as it meets them. All in place: reference counts become residues in
 * the same memory, as a graph of ten million objects has none to spare.
 */
#include "analyzer/holding.h"

#include "analyzer/memory.h"

#include <stdlib.h>

uint64_t holding_root_edges(const struct graph *graph)
{
	return graph->columns & GRAPH_HOLDING ? reader_counts(graph->reader).root_edges : 0;
}

static bool is_counted(enum edge_class class)
{
	return class == EDGE_OWNED || class == EDGE_UNVISITED;
}

/* Reference counts become residues where they lie, or beside if they are wanted too. Counts of 2^31 and more are of
 * immortal objects; another one is cut to that. */
static struct error *start_residues(struct graph *graph, bool beside)
{
	uint32_t *counts = graph->refcount.values;
	uint32_t *residues = beside ? memory_large((size_t)graph->nodes + 1, sizeof *residues) : counts;
	if (residues == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		residues[i] = counts[i] < INT32_MAX ? counts[i] : INT32_MAX;
	graph->residue = (int32_t *)residues;
	if (!beside)
		graph->refcount.values = NULL;
	return NULL;
}

/* Classes as edge kinds have them in their two upper bits: with the uppermost are weak edges and guesses. */
#define UNCOUNTED 0x80u
_Static_assert(EDGE_OWNED == 0 && EDGE_UNVISITED == 1 && EDGE_WEAK == 2 && EDGE_GUESS == 3, "bits of an edge's kind");

/* Unsigned, so that the many references to an immortal object may pass 0 without harm. *immortal: there are such objects. */
static void take_counted(const struct graph *graph, uint32_t *residues, bool *immortal)
{
	const node_id *targets = graph->targets;
	const uint8_t *kinds = graph->edge_kinds;
	for (uint32_t e = 0; e < graph->edges; e++)
		residues[targets[e]] -= kinds[e] < UNCOUNTED;
	const struct edge_record *edges = reader_root_edges(graph->reader);
	for (uint64_t e = 0; e < holding_root_edges(graph); e++)
		if (is_counted(edges[e].class))
			residues[edges[e].target]--;
	*immortal = false;
	for (node_id i = 0; i < graph->nodes; i++) {
		bool now = graph->flags[i] & OBJECT_IMMORTAL;
		residues[i] = now ? 0 : residues[i];
		*immortal |= now;
	}
}

static bool accept_guess(struct graph *graph, node_id target)
{
	graph->guesses++;
	if (graph->residue[target] <= 0)
		return false;
	graph->residue[target]--;
	graph->guesses_accepted++;
	return true;
}

/* `borrowed`: whether weak edges hold, as a root's do. */
static bool holds(struct graph *graph, enum edge_class class, node_id target, bool borrowed)
{
	if (class == EDGE_GUESS && !accept_guess(graph, target))
		return false;
	if (class == EDGE_WEAK && !borrowed)
		return graph->columns & GRAPH_WEAK;
	return !((graph->columns & GRAPH_MORTAL) && (graph->flags[target] & OBJECT_IMMORTAL));
}

/* Which of the roots' edges hold, decided before the objects': a bit each. NULL where the roots have none, or without
 * memory for it: then `fail` is set. */
static uint8_t *decide_roots(struct graph *graph, bool *fail)
{
	uint64_t count = holding_root_edges(graph);
	const struct edge_record *edges = reader_root_edges(graph->reader);
	uint8_t *kept = malloc(count + 1);
	*fail = kept == NULL;
	for (uint64_t e = 0; !*fail && e < count; e++)
		kept[e] = holds(graph, edges[e].class, edges[e].target, true);
	return kept;
}

#define BLOCK 8192u /* edges */

/* Moves those of the edges from..end - 1 that hold to `next`, which is not above `from`; places[i]: how many hold before
 * edge from + i. How many hold before `end`. Without a branch that an owned edge would take. */
static uint32_t close_block(struct graph *graph, bool immortal, uint32_t from, uint32_t end, uint32_t next, uint32_t *places)
{
	node_id *targets = graph->targets;
	uint8_t *kinds = graph->edge_kinds;
	for (uint32_t e = from; e < end; e++) {
		node_id target = targets[e];
		uint8_t kind = kinds[e];
		bool kept = true;
		if (kind >= UNCOUNTED)
			kept = holds(graph, edge_kind_class(kind), target, false);
		else if (immortal)
			kept = !(graph->flags[target] & OBJECT_IMMORTAL);
		*places++ = next;
		targets[next] = target;
		kinds[next] = kind;
		next += kept;
	}
	return next;
}

/* The payloads of these edges after them, to the places that close_block found: never above where they lie. */
static void close_payloads(uint32_t *payloads, uint32_t from, uint32_t end, const uint32_t *places)
{
	for (uint32_t e = from; e < end; e++)
		payloads[places[e - from]] = payloads[e];
}

/* `immortal`: edges to immortal objects are left out, and there are such objects. How many edges of objects are left. */
static uint32_t close_gaps(struct graph *graph, bool immortal)
{
	uint32_t places[BLOCK], next = 0;
	node_id i = 0;
	for (uint32_t from = 0, end; from < graph->edges; from = end) {
		end = graph->edges - from < BLOCK ? graph->edges : from + BLOCK;
		next = close_block(graph, immortal, from, end, next, places);
		if (graph->payloads != NULL)
			close_payloads(graph->payloads, from, end, places);
		for (; i < graph->nodes && graph->offsets[i] < end; i++)
			graph->offsets[i] = places[graph->offsets[i] - from];
	}
	for (; i < graph->nodes; i++)
		graph->offsets[i] = next;
	return next;
}

/* Of an edge of a root, whose keys are not told. `index`: that the next NAME_NEXT_INDEX has. */
static uint32_t root_payload(const struct edge_record *edge, uint64_t *index)
{
	uint64_t payload = edge->name == NAME_NEXT_INDEX ? *index : edge->payload;
	if (edge->name == NAME_NEXT_INDEX || edge->name == NAME_INDEX)
		*index = payload + 1;
	if (edge->name == NAME_VALUE)
		return PAYLOAD_NONE;
	return payload < PAYLOAD_NONE ? (uint32_t)payload : PAYLOAD_NONE;
}

static uint32_t append_roots(struct graph *graph, const uint8_t *kept, uint32_t next)
{
	const struct edge_record *edges = reader_root_edges(graph->reader);
	const uint64_t *offsets = reader_root_offsets(graph->reader);
	for (uint32_t r = 0; r < graph->places - graph->nodes; r++) {
		uint64_t index = 0;
		graph->offsets[graph->nodes + r] = next;
		for (uint64_t e = offsets[r]; e < offsets[r + 1]; e++) {
			uint32_t payload = root_payload(&edges[e], &index);
			if (!kept[e])
				continue;
			graph->targets[next] = edges[e].target;
			if (graph->payloads != NULL)
				graph->payloads[next] = payload;
			graph->edge_kinds[next++] = edge_kind_of(edges[e].name, edges[e].class);
		}
	}
	graph->offsets[graph->places] = next;
	return next;
}

struct error *holding_keep(struct graph *graph, unsigned wanted)
{
	TRY(start_residues(graph, wanted & GRAPH_REFCOUNT));
	bool fail, immortal;
	take_counted(graph, (uint32_t *)graph->residue, &immortal);
	AUTO(free) void *kept = decide_roots(graph, &fail);
	if (fail)
		return error_memory();
	graph->edges = append_roots(graph, kept, close_gaps(graph, immortal && (graph->columns & GRAPH_MORTAL)));
	if (!(wanted & GRAPH_EDGE_KINDS))
		free(steal(&graph->edge_kinds));
	graph->columns = wanted | GRAPH_HOLDING | GRAPH_EDGES | GRAPH_FLAGS;
	return NULL;
}
