/* Which objects are new? The join that `heapdiff diff` makes, with its evidence, of which one column stays.
 *
 * Of one process by address and type, where what took a freed address counts as new; else by the path by which an object is
 * held. Both graphs and their dominators go once that is known.
 */
#include "queries/heap_more.h"

#include "analyzer/evidence.h"
#include "analyzer/identity.h"
#include "analyzer/load.h"
#include "analyzer/path_key.h"

#include <stdlib.h>

#define COLUMNS (GRAPH_ADDRESS | GRAPH_TYPE | GRAPH_SIZE | GRAPH_EDGE_KINDS | EVIDENCE_COLUMNS)

struct join_side {
	struct graph *graph;
	const struct type_facts *facts;
	struct retention retention;
	uint64_t *keys;
};

static void join_side_deinit(struct join_side *side)
{
	retention_deinit(&side->retention);
	graph_destroy(side->graph);
	free(side->keys);
}
DEFINE_AUTO_VALUE(join_side, struct join_side, join_side_deinit);

static struct error *load_side(const struct heap *heap, bool retention, struct join_side *side)
{
	side->facts = heap->facts;
	TRY(load_graph(heap->reader, COLUMNS, heap->progress, &side->graph));
	if (!retention)
		return NULL;
	TRY(retention_create(side->graph, false, heap->progress, &side->retention));
	return fates_settle(side->graph, side->retention.fate);
}

struct error *heap_load_join(struct heap *heap)
{
	struct reader *readers[2] = {heap->other->reader, heap->reader};
	bool same = identity_of(reader_meta(readers[0]), reader_meta(readers[1])) == IDENTITY_SAME;
	AUTO(join_side) struct join_side before = {0};
	AUTO(join_side) struct join_side after = {0};
	AUTO(join) struct join join = {0};
	TRY(load_side(heap->other, !same, &before));
	TRY(load_side(heap, true, &after));
	if (same) {
		struct evidence evidence;
		TRY(join_create(before.graph, after.graph, heap->names, before.facts, after.facts, &join));
		TRY(evidence_weigh(before.graph, after.graph, heap->names, &after.retention, &join, &evidence));
	} else {
		TRY(path_keys_find(&before.retention, before.facts, NULL, &before.keys));
		TRY(path_keys_find(&after.retention, after.facts, NULL, &after.keys));
		TRY(join_create_by_key(before.graph, after.graph, heap->names, before.facts, after.facts, before.keys,
				       after.keys, &join));
	}
	heap->before = steal(&join.before);
	return NULL;
}
