/* Tree: the dominator tree from the top, big branches first, small ones folded. */
#ifndef ANALYZER_TREE_H
#define ANALYZER_TREE_H

#include "analyzer/children.h"
#include "analyzer/edge_name.h"
#include "analyzer/object_lookup.h"
#include "analyzer/report.h"

struct tree_request {
	uint32_t start;   /* the place at the top, or DOMINATOR_ROOT */
	uint32_t depth;   /* levels below it, from 1 */
	uint32_t breadth; /* rows below one, from 1; the others are folded into one */
	uint64_t least;   /* bytes: what retains less is folded */
	bool by_type;     /* the children of one type share a row, and so do all below them. The graph needs GRAPH_TYPE */
};

/* Adds the table. A single object is named by its reference from the object above too, where there is one. O(places below `start`, down to `depth`), 4 B a place. */
struct error *tree_report(struct report *report, const struct children *children, struct object_lookup *lookup,
			  struct edge_names *names, const struct tree_request *request) CHECKED;

#endif
