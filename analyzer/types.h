/* Types: how many objects of each type, or of other groups, there are, and what they occupy. */
#ifndef ANALYZER_TYPES_H
#define ANALYZER_TYPES_H

#include "analyzer/groups.h"
#include "analyzer/report.h"
#include "analyzer/type_names.h"

struct type_total {
	uint64_t count; /* objects */
	uint64_t size;  /* bytes: their shallow sizes, saturated */
};

/* totals: names->count of them, zeroed by this call. Needs GRAPH_TYPE and GRAPH_SIZE. One pass. */
void types_count(const struct graph *graph, const struct type_facts *facts, uint32_t labels, struct type_total *totals);

/* The same by other groups; GROUP_NONE is not counted. Needs GRAPH_SIZE. */
void types_count_groups(const struct graph *graph, const struct groups *groups, struct type_total *totals);

struct types_table {
	enum groups_by by; /* what a row is */
	uint32_t count;    /* of the arrays */
	const struct label *labels;
	const struct type_total *totals;
	const bool *selected;     /* NULL: all; those without objects are left out in any case */
	const uint64_t *retained; /* bytes, as a set; TYPES_ABSENT; NULL: no such column */
	uint64_t all_retained;    /* by all that are counted */
	uint64_t all;             /* bytes of the heap, of which shares are */
};
#define TYPES_ABSENT UINT64_MAX

/* Adds the table, in the order of the labels. */
void types_report(struct report *report, const struct types_table *table);

#endif
