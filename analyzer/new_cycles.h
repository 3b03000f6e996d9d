/* New cycles: which objects that came hold one another?
 *
 * Searched are the objects that are new, and those that are garbage or stuck, and the references among them, but those
 * to an object's own type. A component of these that has a new object is a cycle that appeared: of new objects alone,
 * or of garbage that came to it. Cycles that lead through an old object that something holds are analyzer/grown_cycles.h's.
 */
#ifndef ANALYZER_NEW_CYCLES_H
#define ANALYZER_NEW_CYCLES_H

#include "analyzer/fates.h"
#include "analyzer/subgraph.h"
#include "base/vector.h"

struct new_cycles {
	struct subgraph searched;
	VECTOR(uint32_t) found; /* components with a new object, ascending */
};

/* `graph`: with GRAPH_HOLDING and GRAPH_EDGE_KINDS; `new`: 1 for each node that is, `fate` as fates_settle leaves it.
 * O(nodes) and the edges of the objects searched; 5 B an object, and what components_create takes of those. */
struct error *new_cycles_find(const struct graph *graph, const uint8_t *new, const uint8_t *fate,
			      struct new_cycles *result) CHECKED;
void new_cycles_deinit(struct new_cycles *cycles);
DEFINE_AUTO_VALUE(new_cycles, struct new_cycles, new_cycles_deinit);

#endif
