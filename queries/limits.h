/* Limits: what a query may take before it is refused by name. */
#ifndef QUERIES_LIMITS_H
#define QUERIES_LIMITS_H

#include "base/error.h"

#include <signal.h>
#include <stdint.h>

struct limits {
	uint64_t memory;    /* bytes for sorting, grouping, joining and lists, at most; --max-memory */
	uint64_t taken;     /* so far */
	uint64_t steps;     /* edges and rows looked at by variable-length patterns, at most; --max-steps */
	uint64_t stepped;
	const volatile sig_atomic_t *interrupted; /* nonzero: stop; NULL */
};
#define LIMITS_MEMORY (UINT64_C(1) << 30)
#define LIMITS_STEPS UINT64_C(1000000000)

/* ERROR_MEMORY: "the query needs more than 1.0 GiB to sort its rows; ... --max-memory"; `what`: to sort its rows. */
struct error *limits_take(struct limits *limits, uint64_t bytes, const char *what) CHECKED;
static inline void limits_give(struct limits *limits, uint64_t bytes)
{
	limits->taken -= bytes;
}
/* No steps: asks only whether to stop. ERROR_MEMORY where the budget of steps is used up, with the pattern's text; ERROR_INTERRUPTED. Call for every thousand
 * steps or so. */
struct error *limits_step(struct limits *limits, uint64_t steps, const char *what) CHECKED;

#endif
