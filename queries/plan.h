/* Plan: from a resolved query to operators, and these to rows.
 *
 * Operators pull rows from the one below and write their values into the row's slots in place; those that keep rows (sorting,
 * grouping, distinct, joins) copy them, and charge that to the limits. A pattern starts at its most selective end by the
 * snapshot's statistics; conditions are asked as soon as what they need is bound.
 */
#ifndef QUERIES_PLAN_H
#define QUERIES_PLAN_H

#include "analyzer/report.h"
#include "queries/evaluate.h"
#include "queries/resolve.h"

struct plan;

/* For all of the query. Loads edges into the heaps as the plan needs them. The tree, heaps, parameters and limits are borrowed. */
struct error *plan_create(struct query_syntax *query, const struct query_heaps *heaps, const struct datum_map *parameters,
			  struct limits *limits, struct plan **result) CHECKED;
void plan_destroy(struct plan *plan);
DEFINE_AUTO(plan, struct plan *, plan_destroy);

/* The next row: values in the order of the columns, valid until the next call. *found: false at the end. */
struct error *plan_next(struct plan *plan, const struct datum **values, bool *found) CHECKED;

/* Which heap the nodes and edges of the row that was handed out last are of. */
struct heap *plan_heap(const struct plan *plan);

/* A tree of operators: name, details, estimated rows, and with `profiled` true rows and seconds. */
struct error *plan_explain(const struct plan *plan, bool profiled, struct report *report) CHECKED;

#endif
