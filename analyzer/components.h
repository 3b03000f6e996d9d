/* Components: which objects lie on a cycle together?
 *
 * Two nodes are of one strongly connected component when each leads to the other. Components of one node that doesn't
 * refer to itself are no cycles and are not listed.
 */
#ifndef ANALYZER_COMPONENTS_H
#define ANALYZER_COMPONENTS_H

#include "analyzer/flow_search.h"

#define COMPONENT_NONE UINT32_MAX

struct components {
	uint32_t count;
	uint32_t *of;      /* by node: its component, or COMPONENT_NONE */
	uint32_t *offsets; /* the nodes of component c, ascending: members[offsets[c]] .. members[offsets[c + 1] - 1] */
	uint32_t *members;
};

/* Of all nodes of the flow. Numbered by their least member, ascending. O(nodes + edges); while it runs 4 B a node, 28 B
 * a node with edges and 4 B a kept edge, 4 B a node and 8 B a member after. */
struct error *components_create(const struct flow *flow, struct components *result) CHECKED;
/* The same, of a search that met all nodes, in whatever order they were entered: needs what flow_search_keep_crosses
 * keeps. 16 B a node with edges while it runs. */
struct error *components_of_search(const struct flow_search *search, struct components *result) CHECKED;
void components_deinit(struct components *components);
DEFINE_AUTO_VALUE(components, struct components, components_deinit);

#endif
