/* Dominators: through which object does every way from the outside to another object lead?
 *
 * The immediate dominator of v is the last object before v that every path from the entries to v has in common; where
 * paths share none, it is the virtual root.
 */
#ifndef ANALYZER_DOMINATORS_H
#define ANALYZER_DOMINATORS_H

#include "base/error.h"

#include <stdint.h>

/* A graph of `count` nodes, below 2^31: the edges of v are targets[offsets[v]] .. targets[offsets[v + 1] - 1].
 * Self loops and repeated edges are fine. */
struct flow {
	uint32_t count;
	const uint32_t *offsets;
	const uint32_t *targets;
	const uint32_t *entries; /* nodes that the virtual root leads to; repeats are fine */
	uint32_t entry_count;
};

#define DOMINATOR_ROOT UINT32_MAX /* the virtual root dominates it */

struct domination {
	uint32_t *order; /* the nodes that the entries reach, depth first: a dominator comes before what it dominates */
	uint32_t reached; /* how many */
	uint32_t *idom;   /* immediate dominator of each node, or DOMINATOR_ROOT; unreached nodes too have that */
};

/* O(edges * log nodes) time at worst, in practice linear; 44 bytes a node and 4 an edge while it runs, 8 a node after. */
struct error *dominators_create(const struct flow *flow, struct domination *result) CHECKED;
void domination_deinit(struct domination *domination);
DEFINE_AUTO_VALUE(domination, struct domination, domination_deinit);

#endif
