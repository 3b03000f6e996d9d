/* Verify deep: does what the analyses find of a snapshot agree with itself? */
#ifndef ANALYZER_VERIFY_DEEP_H
#define ANALYZER_VERIFY_DEEP_H

#include "analyzer/reach.h"
#include "analyzer/report.h"
#include "analyzer/progress.h"

#define VERIFY_DEEP_COLUMNS (REACH_COLUMNS | GRAPH_SIZE | GRAPH_EDGE_KINDS | GRAPH_GENERATION)

/* Adds rows to the table of verify_report: fates, reference counts, dominators. ERROR_INPUT where they contradict each
 * other or the file. The graph needs VERIFY_DEEP_COLUMNS. As retention_create and certificate_make, with two searches. */
struct error *verify_deep_report(struct report *report, const struct graph *graph, const struct progress *progress)
	CHECKED;

#endif
