/* Query: from text and snapshots to rows, all stages together. */
#ifndef QUERIES_QUERY_H
#define QUERIES_QUERY_H

#include "queries/plan.h"

struct query {
	const char *text;
	struct limits *limits;
	struct arena arena;
	struct query_syntax *syntax;
	struct resolution resolution;
	struct plan *plan;
};

/* Text, heaps, parameters and limits are borrowed until query_deinit. Errors of the query itself are ERROR_USAGE with `where`
 * the byte offset in the text. */
struct error *query_init(struct query *query, const char *text, const struct query_heaps *heaps,
			 const struct datum_map *parameters, struct limits *limits) CHECKED;
void query_deinit(struct query *query);
DEFINE_AUTO_VALUE(query, struct query, query_deinit);

/* An error that arose in the query, which gets its line and column before its message, unless it has them. Consumed. */
struct error *query_place_error(struct error *error, const char *text) CHECKED;

/* Runs it into a report: the table `rows` with a field for each column, whose sizes are sizes and whose objects are
 * `module.Type #ID`; of EXPLAIN and PROFILE the plan. `most`: rows at most, the others are counted
 * only as "more" (0: all). */
struct error *query_report(struct query *query, uint64_t most, struct report *report) CHECKED;

#endif
