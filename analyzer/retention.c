/* Who keeps how much alive?
 *
 * One search, entered in three turns, so that what an earlier turn reached keeps its fate: from the named roots and the
 * immortal objects; from objects with residue that were not met; from what is left. Of the last, each group of objects that
 * reach one another and that no other of the rest leads to has to be entered once. Those are found by two searches:
 * the first notes where it had to begin anew, in ascending order; the second takes these places in reverse, and where it
 * has not been, the place belongs to such a group: all that leads there lies in the part that it began.
 */
#include "analyzer/retention.h"

#include "analyzer/memory.h"
#include "base/bytes.h"
#include "base/vector.h"

#include <stdlib.h>
#include <string.h>

struct making {
	const struct graph *graph;
	struct flow_search search;
	uint8_t *fate;
	VECTOR(uint32_t) entries;
};

static void making_deinit(struct making *making)
{
	flow_search_deinit(&making->search);
	free(making->fate);
	vector_deinit(&making->entries);
}
DEFINE_AUTO_VALUE(making, struct making, making_deinit);

static void enter(struct making *making)
{
	flow_search_enter(&making->search, making->entries.items, (uint32_t)making->entries.count);
	making->entries.count = 0;
}

/* What was met in this turn, and not before, has this fate. */
static void settle(struct making *making, enum fate fate)
{
	for (node_id i = 0; i < making->graph->nodes; i++)
		if (making->fate[i] == FATE_GARBAGE && flow_search_seen(&making->search, i))
			making->fate[i] = (uint8_t)fate;
}

static struct error *enter_roots(struct making *making, bool external_everywhere)
{
	const struct graph *graph = making->graph;
	for (uint32_t place = graph->nodes; place < graph->places; place++)
		TRY(vector_push(&making->entries, place));
	for (node_id i = 0; i < graph->nodes; i++)
		if ((graph->flags[i] & OBJECT_IMMORTAL) || (external_everywhere && graph->residue[i] > 0))
			TRY(vector_push(&making->entries, i));
	enter(making);
	settle(making, FATE_REACHABLE);
	return NULL;
}

static struct error *enter_held(struct making *making)
{
	const struct graph *graph = making->graph;
	for (node_id i = 0; i < graph->nodes; i++)
		if (making->fate[i] == FATE_GARBAGE && graph->residue[i] > 0)
			TRY(vector_push(&making->entries, i));
	enter(making);
	settle(making, FATE_HELD);
	return NULL;
}

struct spreading {
	const struct graph *graph;
	uint8_t *marks; /* by node: MARK_NONE ... */
	VECTOR(node_id) stack;
};
enum {
	MARK_OUTSIDE, /* not of the rest */
	MARK_NONE,
	MARK_FIRST,
	MARK_SECOND
};

static void spreading_deinit(struct spreading *spreading)
{
	free(spreading->marks);
	vector_deinit(&spreading->stack);
}
DEFINE_AUTO_VALUE(spreading, struct spreading, spreading_deinit);

static struct error *spread(struct spreading *spreading, node_id node, uint8_t mark)
{
	const struct graph *graph = spreading->graph;
	spreading->marks[node] = mark;
	TRY(vector_push(&spreading->stack, node));
	while (spreading->stack.count > 0) {
		node_id from = spreading->stack.items[--spreading->stack.count];
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++) {
			node_id to = graph->targets[e];
			if (spreading->marks[to] == MARK_OUTSIDE || spreading->marks[to] >= mark)
				continue;
			spreading->marks[to] = mark;
			TRY(vector_push(&spreading->stack, to));
		}
	}
	return NULL;
}

static struct error *enter_rest(struct making *making)
{
	const struct graph *graph = making->graph;
	AUTO(spreading) struct spreading spreading = {.graph = graph};
	bool any = memchr(making->fate, FATE_GARBAGE, graph->nodes) != NULL;
	if (!any)
		return NULL;
	spreading.marks = memory_large(graph->nodes, 1);
	if (spreading.marks == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		spreading.marks[i] = making->fate[i] == FATE_GARBAGE ? MARK_NONE : MARK_OUTSIDE;
	VECTOR(node_id) begun = {0};
	struct error *error = NULL;
	for (node_id i = 0; error == NULL && i < graph->nodes; i++)
		if (spreading.marks[i] == MARK_NONE && (error = vector_push(&begun, i)) == NULL)
			error = spread(&spreading, i, MARK_FIRST);
	for (size_t i = begun.count; error == NULL && i-- > 0;)
		if (spreading.marks[begun.items[i]] != MARK_SECOND &&
		    (error = vector_push(&making->entries, begun.items[i])) == NULL)
			error = spread(&spreading, begun.items[i], MARK_SECOND);
	vector_deinit(&begun);
	if (error == NULL)
		enter(making);
	return error;
}

/* Own sizes, then those of leaves at their dominators, then each added to its dominator, from the highest number down. */
static struct error *add_up(struct retention *retention)
{
	const struct graph *graph = retention->graph;
	const struct domination *tree = &retention->tree;
	uint64_t *retained = retention->retained = memory_large(tree->numbers, sizeof *retained);
	if (retained == NULL)
		return error_memory();
	retained[0] = 0;
	for (uint32_t i = 1; i < tree->numbers; i++)
		retained[i] = tree->node[i] < graph->nodes ? graph_size(graph, tree->node[i]) : 0;
	for (node_id v = 0; v < graph->nodes; v++)
		if ((tree->state[v] & FLOW_LEAF) && tree->state[v] != FLOW_UNSEEN_LEAF)
			retained[tree->state[v] & ~FLOW_LEAF] += graph_size(graph, v);
	for (uint32_t i = tree->numbers - 1; i > 0; i--)
		retained[tree->idom[i]] += retained[i];
	return NULL;
}

#define RETENTION_BYTES 40u /* an object takes at most, and its edges; measured: docs/benchmarks.md */

struct error *retention_create(const struct graph *graph, bool external_everywhere, const struct progress *progress,
			       struct retention *result)
{
	AUTO(making) struct making making = {.graph = graph};
	struct flow flow = {.count = graph->places, .offsets = graph->offsets, .targets = graph->targets};
	TRY(memory_check(reader_path(graph->reader), saturating_multiply(graph->places, RETENTION_BYTES)));
	making.fate = memory_large((size_t)graph->nodes + 1, 1);
	if (making.fate == NULL)
		return error_memory();
	memset(making.fate, FATE_GARBAGE, graph->nodes);
	TRY(flow_search_init(&making.search, &flow));
	progress_tell(progress, "following references", 0, 3);
	TRY(enter_roots(&making, external_everywhere));
	TRY(enter_held(&making));
	TRY(enter_rest(&making));
	AUTO(retention) struct retention made = {.graph = graph, .fate = steal(&making.fate)};
	progress_tell(progress, "finding dominators", 1, 3);
	TRY(dominators_create(&making.search, dominators_steps(&making.search), &made.tree));
	progress_tell(progress, "adding up", 2, 3);
	TRY(add_up(&made));
	*result = made;
	made = (struct retention){0};
	return NULL;
}

void retention_deinit(struct retention *retention)
{
	domination_deinit(&retention->tree);
	free(retention->retained);
	free(retention->fate);
	*retention = (struct retention){0};
}

void retention_totals(const struct retention *retention, struct fate_total totals[FATE_COUNT])
{
	memset(totals, 0, FATE_COUNT * sizeof *totals);
	for (node_id i = 0; i < retention->graph->nodes; i++) {
		totals[retention->fate[i]].count++;
		totals[retention->fate[i]].size += graph_size(retention->graph, i);
	}
}
