/* What is held from where?
 *
 * One search, entered in three turns, so that what an earlier turn reached keeps its fate: from the named roots and the
 * immortal objects; from objects with residue that were not met; from what is left. Of the last, each group of objects that
 * reach one another and that no other of the rest leads to has to be entered once. Those are found by two searches:
 * the first notes where it had to begin anew, in ascending order; the second takes these places in reverse, and where it
 * has not been, the place belongs to such a group: all that leads there lies in the part that it began.
 */
#include "analyzer/reach.h"

#include "analyzer/memory.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

/* Enters those that were listed since. */
static void enter(struct reach *reach, size_t since)
{
	flow_search_enter(&reach->search, reach->entries.items + since, (uint32_t)(reach->entries.count - since));
}

/* What was met in this turn, and not before, has this fate. */
static void settle(struct reach *reach, enum fate fate)
{
	for (node_id i = 0; i < reach->graph->nodes; i++)
		if (reach->fate[i] == FATE_GARBAGE && flow_search_seen(&reach->search, i))
			reach->fate[i] = (uint8_t)fate;
}

static struct error *enter_roots(struct reach *reach, bool external_everywhere)
{
	const struct graph *graph = reach->graph;
	for (uint32_t place = graph->nodes; place < graph->places; place++)
		TRY(vector_push(&reach->entries, place));
	for (node_id i = 0; i < graph->nodes; i++)
		if ((graph->flags[i] & OBJECT_IMMORTAL) || (external_everywhere && graph->residue[i] > 0))
			TRY(vector_push(&reach->entries, i));
	enter(reach, 0);
	settle(reach, FATE_REACHABLE);
	return NULL;
}

static struct error *enter_held(struct reach *reach)
{
	const struct graph *graph = reach->graph;
	size_t before = reach->entries.count;
	for (node_id i = 0; i < graph->nodes; i++)
		if (reach->fate[i] == FATE_GARBAGE && graph->residue[i] > 0)
			TRY(vector_push(&reach->entries, i));
	enter(reach, before);
	settle(reach, FATE_HELD);
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

static struct error *enter_rest(struct reach *reach)
{
	const struct graph *graph = reach->graph;
	size_t before = reach->entries.count;
	AUTO(spreading) struct spreading spreading = {.graph = graph};
	bool any = memchr(reach->fate, FATE_GARBAGE, graph->nodes) != NULL;
	if (!any)
		return NULL;
	spreading.marks = memory_large(graph->nodes, 1);
	if (spreading.marks == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		spreading.marks[i] = reach->fate[i] == FATE_GARBAGE ? MARK_NONE : MARK_OUTSIDE;
	VECTOR(node_id) begun = {0};
	struct error *error = NULL;
	for (node_id i = 0; error == NULL && i < graph->nodes; i++)
		if (spreading.marks[i] == MARK_NONE && (error = vector_push(&begun, i)) == NULL)
			error = spread(&spreading, i, MARK_FIRST);
	for (size_t i = begun.count; error == NULL && i-- > 0;)
		if (spreading.marks[begun.items[i]] != MARK_SECOND &&
		    (error = vector_push(&reach->entries, begun.items[i])) == NULL)
			error = spread(&spreading, begun.items[i], MARK_SECOND);
	vector_deinit(&begun);
	if (error == NULL)
		enter(reach, before);
	return error;
}

static struct error *search_all(const struct graph *graph, bool external_everywhere, struct reach *result)
{
	AUTO(reach) struct reach made = {.graph = graph};
	struct flow flow = {.count = graph->places, .offsets = graph->offsets, .targets = graph->targets};
	made.fate = memory_large((size_t)graph->nodes + 1, 1);
	if (made.fate == NULL)
		return error_memory();
	memset(made.fate, FATE_GARBAGE, graph->nodes);
	TRY(flow_search_init(&made.search, &flow));
	TRY(enter_roots(&made, external_everywhere));
	TRY(enter_held(&made));
	TRY(enter_rest(&made));
	*result = made;
	made = (struct reach){0};
	return NULL;
}

#define REACH_BYTES 32u /* a place takes at most on real heaps, with its edges */

struct error *reach_create(const struct graph *graph, bool external_everywhere, struct reach *result)
{
	if (graph->reader == NULL) /* not of a file */
		return search_all(graph, external_everywhere, result);
	const char *path = reader_path(graph->reader);
	uint64_t needed = saturating_multiply(graph->places, REACH_BYTES);
	TRY(memory_check(path, needed));
	return memory_explain(search_all(graph, external_everywhere, result), path, needed);
}

void reach_deinit(struct reach *reach)
{
	flow_search_deinit(&reach->search);
	free(reach->fate);
	vector_deinit(&reach->entries);
	*reach = (struct reach){0};
}
