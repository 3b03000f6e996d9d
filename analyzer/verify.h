/* Verify: does the heap in a snapshot agree with itself, beyond what the reader checks of every file? */
#ifndef ANALYZER_VERIFY_H
#define ANALYZER_VERIFY_H

#include "analyzer/graph.h"
#include "analyzer/report.h"

#define VERIFY_COLUMNS                                                                                                 \
	(GRAPH_ADDRESS | GRAPH_TYPE | GRAPH_SIZE | GRAPH_REFCOUNT | GRAPH_GENERATION | GRAPH_FLAGS | GRAPH_EDGE_KINDS)

/* Fills `report` with what was checked and how much of it; the graph needs VERIFY_COLUMNS. ERROR_INPUT for the first
 * contradiction: an id out of range, addresses that don't ascend, sums that don't add up. What is only unusual (objects
 * that no root leads to, more references found than counted) is listed as such. Two passes over objects and edges and a
 * search from the roots; 9 B an object besides the graph. */
struct error *verify_report(struct report *report, const struct graph *graph) CHECKED;

#endif
