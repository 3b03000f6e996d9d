/* Operator: one step of a plan, which makes rows from those of the step below it.
 *
 * The operators of one single query share its row: `next` writes what it adds into the row's slots and leaves the others as
 * they are. So the row of the input stays in place while an operator makes several of it. What a slot borrows is
 * valid until the operator that wrote it makes its next row.
 *
 * A plan is a chain down to the one row without values that every plan begins with. `inner` is a second chain, which begins with
 * a row of its own: it sees the slots of the outer row, and is run anew for each one, or once.
 */
#ifndef QUERIES_OPERATOR_H
#define QUERIES_OPERATOR_H

#include "queries/evaluate.h"

#define OPERATORS_MAX 2000u /* of a query: as they call one another, this bounds the stack */
#define OPERATOR_PATIENCE 1024u /* rows or edges that are looked at before the user is asked whether to stop */

struct operator;
struct operator_kind {
	const char *name; /* for EXPLAIN */
	struct error *(*next)(struct operator *operator, bool *found); /* by operator_next only; *found is true before */
	void (*rewind)(struct operator *operator);                     /* its own state; NULL: it has none */
	void (*deinit)(struct operator *operator);                     /* what it took; NULL: nothing */
	/* All rows that are left, without making them; *known: false where they have to be made. NULL: they have to. */
	struct error *(*count)(struct operator *operator, uint64_t *rows, bool *known);
};

struct operator { /* the beginning of a larger struct, which lies in the plan's arena */
	const struct operator_kind *kind;
	struct operator *input; /* NULL: it is the beginning of a chain */
	struct operator *inner; /* NULL: it has none */
	struct operator *made_before; /* of all of the plan, for plan_destroy */
	bool profiled;
	struct evaluation evaluation; /* whose arena is the one below */
	struct arena arena;           /* of what it evaluates */
	uint32_t condition_count;     /* its rows are those for which all hold */
	struct expression **conditions;
	double estimate; /* rows, for each time that it is begun */
	const char *detail;
	uint64_t calls, rows, ns; /* with `profiled`; of the time all that is below it too */
	uint32_t patience;
};

struct error *operator_next_timed(struct operator *operator, bool *found) CHECKED;
/* Makes the next row; *found: false at the end, and from then on. */
static inline CHECKED struct error *operator_next(struct operator *operator, bool *found)
{
	*found = true;
	return operator->profiled ? operator_next_timed(operator, found) : operator->kind->next(operator, found);
}
/* Begins anew, with what the slots of outer rows hold now; all that is below it too. */
void operator_rewind(struct operator *operator);
/* The number of all rows, which are not made where that is not needed. */
struct error *operator_count(struct operator *operator, uint64_t *rows) CHECKED;
struct error *operator_ask(struct operator *operator, bool keep, bool *holds) CHECKED;
/* Do all conditions hold for the row as it is now? Resets the operator's arena before, unless `keep`. */
static inline CHECKED struct error *operator_accepts(struct operator *operator, bool keep, bool *holds)
{
	*holds = true;
	return operator->condition_count == 0 ? NULL : operator_ask(operator, keep, holds);
}
/* Asks from time to time whether to stop; counts no steps. */
static inline struct error *operator_pause(struct operator *operator)
{
	if (++operator->patience < OPERATOR_PATIENCE)
		return NULL;
	operator->patience = 0;
	return limits_step(operator->evaluation.limits, 0, "");
}

/* --- making them */
struct planner { /* what all operators of one single query share */
	struct arena *arena;
	struct operator **made;  /* the list that plan_destroy walks */
	uint32_t *made_count;
	struct evaluation evaluation;
	bool profiled;
	uint32_t slots;
	bool *bound;     /* by slot: it has a value in rows of `top` */
	bool *arguments; /* by slot: it has one from outside of the chain, the same until that is rewound */
	struct operator *top;
};
/* A zeroed one of `size` bytes upon `input`. ERROR_USAGE where the plan becomes too large. */
struct error *operator_create(struct planner *planner, const struct operator_kind *kind, size_t size, struct operator *input,
			      void *result) CHECKED;
struct error *operator_set_detail(struct planner *planner, struct operator *operator, struct text *detail) CHECKED;

#endif
