/* Types: how many objects of each type there are and what they occupy. */
#ifndef ANALYZER_TYPES_H
#define ANALYZER_TYPES_H

#include "analyzer/graph.h"
#include "analyzer/report.h"
#include "analyzer/type_names.h"

struct type_total {
	uint64_t count; /* objects */
	uint64_t size;  /* bytes: their shallow sizes, saturated */
};

/* totals: names->count of them, zeroed by this call. Needs GRAPH_TYPE and GRAPH_SIZE. One pass. */
void types_count(const struct graph *graph, const struct type_facts *facts, uint32_t labels, struct type_total *totals);

/* Adds the table of the types that `selected` holds (names->count of them, NULL: all) which have objects, by size. */
void types_report(struct report *report, const struct type_names *names, const struct type_total *totals,
		  const bool *selected);

#endif
