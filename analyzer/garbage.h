/* Garbage: what would a collection free now, and what does none? */
#ifndef ANALYZER_GARBAGE_H
#define ANALYZER_GARBAGE_H

#include "analyzer/report.h"
#include "analyzer/retention.h"
#include "analyzer/type_names.h"

/* What load_graph has to load for it. */
#define GARBAGE_COLUMNS (RETENTION_COLUMNS | GRAPH_EDGE_KINDS | GRAPH_GENERATION | GRAPH_TYPE)

/* Fills `report`: what a collection of each generation frees, what is freed and stuck by type, why it is stuck, and what
 * gc.garbage holds. `retention`: just created, its fates not settled; they are after. `selected`: labels that the table
 * lists, NULL: all. O(nodes), and four times the edges of unreachable objects. */
struct error *garbage_report(struct report *report, struct retention *retention, const struct type_names *names,
			     const bool *selected) CHECKED;

#endif
