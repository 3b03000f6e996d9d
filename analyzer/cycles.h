/* Cycles: which objects hold each other, and what hangs on that? */
#ifndef ANALYZER_CYCLES_H
#define ANALYZER_CYCLES_H

#include "analyzer/edge_name.h"
#include "analyzer/object_lookup.h"
#include "analyzer/progress.h"
#include "analyzer/graph.h"
#include "analyzer/reach.h"
#include "analyzer/report.h"

/* What load_graph has to load for it. */
#define CYCLES_COLUMNS (GRAPH_SIZE | REACH_COLUMNS | GRAPH_EDGE_KINDS | GRAPH_GENERATION | GRAPH_TYPE)

struct cycles_request {
	bool all_edges;       /* edges to an object's own type too, over which most of a program is one cycle */
	bool garbage_only;    /* only cycles that the next full collection frees */
	const bool *selected; /* labels one of which a cycle must have an object of; NULL: all */
	uint64_t rows;        /* at most */
};

/* Adds a row for each strongly connected component, those that retain most first, with its shortest cycle; and a table of
 * those that are alike, by a hash of 64 bits of their members' types, all of them counted. `graph`: with CYCLES_COLUMNS.
 * O(nodes + edges), and what sets_retained and rings_find take. */
struct error *cycles_report(struct report *report, const struct graph *graph, struct object_lookup *lookup,
			    struct edge_names *names, const struct cycles_request *request,
			    const struct progress *progress) CHECKED;

#endif
