/* Flow search: depth first through a graph, keeping only the edges that a dominator tree or a component can turn on.
 *
 * Nodes that refer to something are numbered 1, 2 ... as they are met; 0 is the virtual root. The others, leaves, half of
 * a Python heap, get no number: it is enough to know who refers to them. An edge to a descendant only lowers that
 * node's `semi`; what is kept is edges to nodes met before (cross and back edges) and further references to leaves.
 *
 * The caller may enter nodes in turns, and ask between them what has been seen.
 */
#ifndef ANALYZER_FLOW_SEARCH_H
#define ANALYZER_FLOW_SEARCH_H

#include "base/error.h"

#include <stdint.h>

/* A graph of `count` nodes, below 2^31: the edges of v are targets[offsets[v]] .. targets[offsets[v + 1] - 1].
 * Self loops and repeated edges are fine. */
struct flow {
	uint32_t count;
	const uint32_t *offsets;
	const uint32_t *targets;
};

#define FLOW_LEAF 0x80000000u        /* in a state: a leaf; the other bits are a number */
#define FLOW_UNSEEN 0x7fffffffu      /* the state of a node with edges that was not met */
#define FLOW_UNSEEN_LEAF 0xffffffffu /* and of one without */

struct flow_search {
	struct flow flow;
	/* By node: its number; of a leaf FLOW_LEAF | the number of the first that refers to it, 0 if it was entered. */
	uint32_t *state;
	uint32_t numbers;  /* given so far; the next to be given. 1 at first */
	uint32_t *node;    /* by number, from here on */
	uint32_t *parent;  /* in the depth-first tree */
	uint32_t *semi;    /* least number with an edge to it, among its ancestors */
	uint32_t *crosses; /* cross and back edges of i: cross[crosses[i]] .. cross[crosses[i + 1] - 1], numbers */
	uint32_t *cross;
	uint32_t *repeats; /* leaves that i refers to, others before it: repeat[repeats[i]] .. , nodes */
	uint32_t *repeat;
	struct flow_pending *stack; /* room for scratch after the search: 8 B for each of `numbers` at least */
};

/* 4 B a node, 20 B a node with edges, 4 B a kept edge; the stack 8 B an edge at worst, rarely touched. O(nodes). The flow
 * must outlive the search. */
struct error *flow_search_init(struct flow_search *search, const struct flow *flow) CHECKED;
void flow_search_deinit(struct flow_search *search);
DEFINE_AUTO_VALUE(flow_search, struct flow_search, flow_search_deinit);

/* When the search is over, give back what the next step doesn't need. The first keeps the depth-first tree and the cross
 * and back edges: state, node, parent, crosses and cross; the second only the tree; the third not even parents. */
void flow_search_keep_crosses(struct flow_search *search);
void flow_search_keep_tree(struct flow_search *search);
void flow_search_keep_numbers(struct flow_search *search);

/* The virtual root leads to these nodes; repeats are fine, and nodes that were seen. O(nodes and edges met). */
void flow_search_enter(struct flow_search *search, const uint32_t *entries, uint32_t count);

static inline bool flow_search_seen(const struct flow_search *search, uint32_t node)
{
	return (search->state[node] | FLOW_LEAF) != FLOW_UNSEEN_LEAF;
}

#endif
