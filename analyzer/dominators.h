/* Dominators: through which object does every way from the outside to another object lead?
 *
 * The immediate dominator of v is the last node before v that every path from the entries to v has in common; where
 * paths share none, it is the virtual root. What is found is a tree over all nodes that the search has met.
 */
#ifndef ANALYZER_DOMINATORS_H
#define ANALYZER_DOMINATORS_H

#include "analyzer/flow_search.h"

#define DOMINATOR_ROOT UINT32_MAX        /* the virtual root dominates it */
#define DOMINATOR_NONE (UINT32_MAX - 1u) /* no entry leads to it */

struct domination {
	uint32_t count;   /* nodes of the flow */
	uint32_t numbers; /* nodes with edges are 1 .. numbers - 1, 0 is the virtual root; a dominator's is the less */
	uint32_t *state;  /* by node: its number; of a leaf, FLOW_LEAF | its dominator's number; FLOW_UNSEEN ... */
	uint32_t *node;   /* by number */
	uint32_t *idom;   /* by number: the dominator's */
	uint64_t steps;   /* up the tree that were taken to find it: what would grow on a graph that is too hard */
};

/* Steps up the tree after which a graph is taken for one on which walking is quadratic. Real heaps take less than two for
 * each number and each repeated leaf. */
static inline uint64_t dominators_steps(const struct flow_search *search)
{
	return UINT64_C(100000) + UINT64_C(2) * search->numbers + UINT64_C(2) * search->repeats[search->numbers];
}

/* The tree of what was met. `search` gives its arrays to the result and is empty after. `steps`: dominators_steps, but in
 * tests, before jump pointers are built. 20 B a number and 4 B a kept edge while it runs; 8 B a number for jump pointers.
 * Linear on all but adversarial graphs, and O(edges * log nodes) on those. */
struct error *dominators_create(struct flow_search *search, uint64_t steps, struct domination *result) CHECKED;
void domination_deinit(struct domination *domination);
DEFINE_AUTO_VALUE(domination, struct domination, domination_deinit);

/* The immediate dominator: a node, DOMINATOR_ROOT or DOMINATOR_NONE. */
static inline uint32_t domination_of(const struct domination *domination, uint32_t node)
{
	uint32_t state = domination->state[node];
	if ((state | FLOW_LEAF) == FLOW_UNSEEN_LEAF)
		return DOMINATOR_NONE;
	uint32_t number = state & FLOW_LEAF ? state & ~FLOW_LEAF : domination->idom[state];
	return number == 0 ? DOMINATOR_ROOT : domination->node[number];
}

/* `order`: room for `count` nodes. Writes those that were met, a dominator before what it dominates; how many. */
uint32_t domination_order(const struct domination *domination, uint32_t *order);

#endif
