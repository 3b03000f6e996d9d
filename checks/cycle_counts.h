/* Cycle counts: how many groups of objects that hold one another have an object of each rule's? */
#ifndef CHECKS_CYCLE_COUNTS_H
#define CHECKS_CYCLE_COUNTS_H

#include "analyzer/diff.h"
#include "checks/subject_sets.h"

/* counts[r], of rules of METRIC_CYCLES: of a heap, as `heapdiff cycles` lists them. `graph`: with GRAPH_HOLDING, GRAPH_EDGE_KINDS and
 * GRAPH_TYPE. As subgraph_create of all objects. */
struct error *cycle_counts_find(const struct graph *graph, const struct type_facts *facts, const struct rules *rules,
				const struct subject_sets *sets, int64_t *counts) CHECKED;

/* The same of those that appeared or grew, as `heapdiff diff` counts them; `sets`: of the later snapshot. As new_cycles_find and grown_cycles_find. */
struct error *cycle_counts_new(const struct diff *diff, const struct rules *rules, const struct subject_sets *sets, int64_t *counts)
	CHECKED;

#endif
