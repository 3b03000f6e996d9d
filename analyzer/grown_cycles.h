/* Grown cycles: which objects that came hold one another through one that was there before?
 *
 * A child that came to an old parent, and refers to it, is on a cycle that is not of new objects alone. Cycles of new
 * objects alone are told first (analyzer/new_cycles.h): a cycle here has none of their members, as a set of tasks would
 * make one of all of these. Nor is there a class, a module or a module's namespace in it that was there before: through
 * these nearly everything holds everything.
 *
 * So a cycle is a component, with a new object, of what is left of the later heap over references but those to an
 * object's own type. How large it was is the sum over those components of the earlier heap, without its classes, modules and
 * their namespaces, that the members who were there are in.
 */
#ifndef ANALYZER_GROWN_CYCLES_H
#define ANALYZER_GROWN_CYCLES_H

#include "analyzer/join.h"
#include "analyzer/subgraph.h"
#include "base/vector.h"

struct grown_side {                /* of the join */
	const struct graph *graph; /* with GRAPH_HOLDING, GRAPH_EDGE_KINDS, GRAPH_TYPE, GRAPH_SIZE and GRAPH_FLAGS */
	const struct type_facts *facts;
};

struct grown_cycle {
	uint32_t component;                 /* of `searched` */
	uint64_t new;                       /* of its members */
	uint64_t count_before, size_before; /* objects and bytes; below its own count */
	uint64_t size;                      /* bytes */
};

struct grown_cycles {
	struct subgraph searched;         /* of the later heap */
	VECTOR(struct grown_cycle) found; /* by ascending component; those that grew */
};

/* `told`: 1 for each node of the later heap that is in a new cycle. Searches forward from what is new, and back in time from
 * the old members of what it finds: O(nodes and edges of both) at most; 1 B an object of either, 4 B
 * one of the earlier, and what subgraph_create takes of the objects that are met and refer to something. */
struct error *grown_cycles_find(const struct grown_side *before, const struct grown_side *after,
				const struct join *join, const uint8_t *told, struct grown_cycles *result) CHECKED;
void grown_cycles_deinit(struct grown_cycles *cycles);
DEFINE_AUTO_VALUE(grown_cycles, struct grown_cycles, grown_cycles_deinit);

#endif
