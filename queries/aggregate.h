/* Aggregate: count, sum, min, max, avg, collect ... over the rows of a group. */
#ifndef QUERIES_AGGREGATE_H
#define QUERIES_AGGREGATE_H

#include "queries/evaluate.h"

struct aggregate; /* one call's state for one group */

/* How many bytes a state takes, for an array of them beside a group's keys; aligned for any type. */
size_t aggregate_size(const struct expression *call);
/* `call`: an aggregating EXPRESSION_CALL or EXPRESSION_COUNT_ALL. The state is zeroed memory of that size. */
void aggregate_init(struct aggregate *state, const struct expression *call);
/* Takes the row's value into account. What has to be kept (collect, DISTINCT) is copied into `arena`, and charged to the
 * limits. Nulls are left out, but for count(*). */
struct error *aggregate_add(struct aggregate *state, const struct expression *call, struct evaluation *evaluation,
			    struct arena *arena) CHECKED;
struct error *aggregate_result(struct aggregate *state, const struct expression *call, struct evaluation *evaluation,
			       struct arena *arena, struct datum *result) CHECKED;
/* Frees what lies outside the arena. */
void aggregate_deinit(struct aggregate *state, const struct expression *call);

#endif
