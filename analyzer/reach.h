/* Reach: what leads to each object of a heap, and where a search that is to meet all of them has to begin.
 *
 * The virtual root leads to the entries, in this order: the snapshot's roots, each a place of the graph (nodes + r), and the
 * immortal objects; objects with residue that those don't lead to; and of what nothing holds, one object of each group of
 * objects that lead to one another and that no other of the rest leads to. So every object is met.
 */
#ifndef ANALYZER_REACH_H
#define ANALYZER_REACH_H

#include "analyzer/fates.h"
#include "analyzer/flow_search.h"
#include "base/vector.h"

struct reach {
	const struct graph *graph; /* borrowed */
	struct flow_search search; /* over the graph's places, all entered */
	uint8_t *fate;             /* by node, enum fate; until fates_settle, FATE_GARBAGE stands for FATE_STUCK too */
	VECTOR(uint32_t) entries;  /* places, each once */
};

/* What load_graph has to load for it. */
#define REACH_COLUMNS (GRAPH_HOLDING | GRAPH_MORTAL)

/* `external_everywhere`: objects with residue are entered even where named roots lead to them.
 * O(nodes + edges); as flow_search_init, and 1 B an object. ERROR_MEMORY says how much is needed. */
struct error *reach_create(const struct graph *graph, bool external_everywhere, struct reach *result) CHECKED;
void reach_deinit(struct reach *reach);
DEFINE_AUTO_VALUE(reach, struct reach, reach_deinit);

#endif
