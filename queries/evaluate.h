/* Evaluate: the value of an expression for one row. */
#ifndef QUERIES_EVALUATE_H
#define QUERIES_EVALUATE_H

#include "queries/heap.h"
#include "queries/limits.h"
#include "queries/syntax.h"

struct evaluation;
/* Runs the plan of a pattern predicate, EXISTS or COUNT for the row: *count rows, 1 where `any` is all that is asked; where the
 * expression is a list's, its values. queries/plan.h sets it, as the evaluator stands below the plan. */
typedef struct error *evaluate_plan(struct evaluation *evaluation, const struct expression *expression, bool any,
				    uint64_t *count, struct datum *list);

struct evaluation {
	struct heap *heap;
	struct limits *limits;
	const struct datum_map *parameters; /* never NULL */
	struct datum *row;   /* slots; those that comprehensions bind are written */
	struct arena *arena; /* results that don't fit a datum: valid until it is reset */
	evaluate_plan *run_plan;
};

/* The expression is resolved (queries/resolve.h). ERROR_USAGE for values of the wrong kind, with `where` the place in the
 * query; ERROR_MEMORY; ERROR_INPUT. */
struct error *evaluate(struct evaluation *evaluation, const struct expression *expression, struct datum *result)
	CHECKED;
/* A condition: ERROR_USAGE where the value is neither a boolean nor null. */
struct error *evaluate_truth(struct evaluation *evaluation, const struct expression *expression, enum truth *result)
	CHECKED;
/* x.key of any value: a property, a map's entry, null of null; ERROR_USAGE of other kinds. */
struct error *evaluate_labels(struct evaluation *evaluation, struct datum value, const struct label_test *labels,
			      enum truth *result) CHECKED;

#endif
