/* Subgraph: some objects of a heap, and which of them hold one another.
 *
 * Cycles are sought over the references among the objects taken that hold, but those to an object's own type.
 */
#ifndef ANALYZER_SUBGRAPH_H
#define ANALYZER_SUBGRAPH_H

#include "analyzer/components.h"
#include "analyzer/graph.h"
#include "analyzer/type_names.h"

struct subgraph {
	node_id *nodes; /* the objects taken, ascending: what the components' members are indices of */
	struct components components;
};

/* Of the objects with taken[node] above 0. `graph`: with GRAPH_HOLDING and GRAPH_EDGE_KINDS. O(nodes) and the edges of the
 * objects taken; 4 B an object, and what components_create takes of those. */
struct error *subgraph_create(const struct graph *graph, const uint8_t *taken, struct subgraph *result) CHECKED;
void subgraph_deinit(struct subgraph *subgraph);
DEFINE_AUTO_VALUE(subgraph, struct subgraph, subgraph_deinit);

/* A member of component c, `i` from 0 to subgraph_size(c) - 1. */
static inline node_id subgraph_member(const struct subgraph *subgraph, uint32_t c, uint32_t i)
{
	return subgraph->nodes[subgraph->components.members[subgraph->components.offsets[c] + i]];
}

static inline uint32_t subgraph_size(const struct subgraph *subgraph, uint32_t c)
{
	return subgraph->components.offsets[c + 1] - subgraph->components.offsets[c];
}

/* Component c is one class and its parts: every class is a cycle. Needs GRAPH_TYPE. */
bool subgraph_is_class(const struct subgraph *subgraph, uint32_t c, const struct graph *graph, const struct type_facts *facts);

#endif
