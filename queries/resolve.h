/* Resolve: settles what the names of a query mean: variables, labels, properties, functions, parameters.
 *
 * Writes slots, sets and compiled patterns into the tree, expands *, tells aggregates and grouping keys, refuses what
 * openCypher refuses (an unknown variable, an aggregate in WHERE, mixed grouping, columns of a UNION that differ ...), loads into the
 * heaps what evaluation will need. Every error has its place in the query as `where`, and the nearest known name.
 */
#ifndef QUERIES_RESOLVE_H
#define QUERIES_RESOLVE_H

#include "base/vector.h"
#include "queries/heap.h"
#include "queries/syntax.h"

struct query_heaps {
	struct heap *after;  /* or the only one */
	struct heap *before; /* NULL: there is one snapshot */
};
static inline struct heap *query_heap(const struct query_heaps *heaps, const struct single_query *query)
{
	return query->before ? heaps->before : heaps->after;
}

struct result_column {
	const char *name;
	enum datum_kind kind;    /* of its values as far as known before; DATUM_NULL: not */
	enum property_unit unit; /* how a person reads them */
};

struct match;

struct resolution {
	uint32_t column_count; /* of the query's result */
	struct result_column *columns;
	VECTOR(struct match *) matches; /* of the tree's regular expressions */
	VECTOR(const char *) warnings;  /* sentences, in the arena: labels that no type has */
};
void resolution_deinit(struct resolution *resolution);
DEFINE_AUTO_VALUE(resolution, struct resolution, resolution_deinit);

/* Queries in EXISTS { } and COUNT { } have their slots in the row of the query around them, whose `slots` counts them too;
 * their own is 0. `parameters`: values by name; ERROR_USAGE names one that is used and not given, and the arena holds what is made. */
struct error *resolve_query(struct query_syntax *query, const struct query_heaps *heaps, const struct datum_map *parameters,
			    struct arena *arena, struct resolution *result) CHECKED;
/* The part that patterns of the plan need is loaded by the planner: HEAP_OUT or HEAP_IN, as it chooses. */

#endif
