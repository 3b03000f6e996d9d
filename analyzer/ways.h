/* Ways: by which shortest way is each object reached from outside the heap?
 *
 * A way begins at a root, where one leads there; modules are tried before builtins, frames before the rest of the
 * interpreter, as a way over names of the program says more than a shorter one over C structures. Where no root leads, it
 * begins at an immortal object, or at one that C code holds. So ways are shortest among those of the first sort of
 * beginning that there is.
 */
#ifndef ANALYZER_WAYS_H
#define ANALYZER_WAYS_H

#include "analyzer/graph.h"

/* What stands for the object before, where there is none. Ids of nodes and roots are below WAY_ROOT. */
#define WAY_ROOT 0x80000000u     /* set: the other bits are a root's id */
#define WAY_IMMORTAL 0xfffffffcu /* begins here, and is immortal */
#define WAY_HELD 0xfffffffdu     /* begins here, at an object with residue */
#define WAY_CLOSED 0xfffffffeu   /* not to be entered */
#define WAY_NONE UINT32_MAX      /* nothing leads here */

static inline bool way_begins(uint32_t parent)
{
	return (parent & WAY_ROOT) != 0;
}

struct ways_request {
	const node_id *goals;      /* stop once all of these are reached */
	size_t goal_count;         /* 0: find all */
	node_id blocked;           /* no way leads through it, nor to it; NO_ID: none */
	const uint8_t *left_out;   /* edges that are not taken, a bit for each of the graph's; NULL: none */
	const bool *closed;        /* by type id: objects that are not entered; needs GRAPH_TYPE; NULL: none */
	const bool *closed_roots;  /* by root id; NULL: none */
	bool unnamed;              /* ways may begin at immortal and at held objects; needs GRAPH_HOLDING */
	bool weak;                 /* ways may go over weak edges where there are no others; then over no guesses */
};

enum way_sort { /* of beginnings, in the order in which they are tried */
	WAY_SORT_MODULES,
	WAY_SORT_BUILTINS,
	WAY_SORT_FRAME,
	WAY_SORT_THREAD,
	WAY_SORT_INTERPRETER,
	WAY_SORT_STATIC_TYPES,
	WAY_SORT_C_GLOBALS,
	WAY_SORT_IMMORTAL,
	WAY_SORT_HELD,
	WAY_SORT_WEAK, /* any of the above, and over weak edges */
	WAY_SORT_COUNT
};

struct ways {
	const struct graph *graph; /* borrowed */
	uint32_t *parent; /* by node: the object before it, or WAY_ROOT | root ... */
	node_id *order;   /* those reached, nearer ones of a sort first; where goals end the search, those alone */
	uint32_t reached;
	uint32_t ends[WAY_SORT_COUNT]; /* how many had been reached when ways of that sort were done */
};

/* Over edges that hold. Needs GRAPH_HOLDING, or GRAPH_EDGE_KINDS. Breadth first, a sort of beginnings at a time:
 * O(nodes + edges), 8 B an object. */
struct error *ways_find(const struct graph *graph, const struct ways_request *request, struct ways *result) CHECKED;
void ways_deinit(struct ways *ways);
DEFINE_AUTO_VALUE(ways, struct ways, ways_deinit);

/* Objects on the way, the last one included; 0 where nothing leads there. O(that). */
uint32_t ways_length(const struct ways *ways, node_id node);

#endif
