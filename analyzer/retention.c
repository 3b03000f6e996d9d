/* Who keeps how much alive? The dominators of a search that met everything, and one sweep that adds sizes up. */
#include "analyzer/retention.h"

#include "analyzer/memory.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

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

static struct error *retain(struct reach *reach, const struct progress *progress, struct retention *result)
{
	AUTO(retention)
	struct retention made = {.graph = reach->graph,
				 .fate = steal(&reach->fate),
				 .entries = steal(&reach->entries.items),
				 .entry_count = reach->entries.count};
	progress_tell(progress, "finding dominators", 1, 3);
	TRY(dominators_create(&reach->search, dominators_steps(&reach->search), &made.tree));
	progress_tell(progress, "adding up", 2, 3);
	TRY(add_up(&made));
	*result = made;
	made = (struct retention){0};
	return NULL;
}

#define RETENTION_BYTES 40u /* an object takes at most, and its edges; measured: docs/benchmarks.md */

#define RETENTION_MORE 8u /* of these, when the search is there */

struct error *retention_create(const struct graph *graph, bool external_everywhere, const struct progress *progress,
			       struct retention *result)
{
	const char *path = reader_path(graph->reader);
	uint64_t needed = saturating_multiply(graph->places, RETENTION_BYTES);
	TRY(memory_check(path, needed));
	progress_tell(progress, "following references", 0, 3);
	AUTO(reach) struct reach reach = {0};
	TRY(memory_explain(reach_create(graph, external_everywhere, &reach), path, needed));
	return memory_explain(retain(&reach, progress, result), path, needed);
}

struct error *retention_create_from(struct reach *reach, const struct progress *progress, struct retention *result)
{
	const char *path = reader_path(reach->graph->reader);
	uint64_t needed = saturating_multiply(reach->graph->places, RETENTION_MORE);
	TRY(memory_check(path, needed));
	return memory_explain(retain(reach, progress, result), path, needed);
}

void retention_deinit(struct retention *retention)
{
	domination_deinit(&retention->tree);
	free(retention->retained);
	free(retention->fate);
	free(retention->entries);
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
