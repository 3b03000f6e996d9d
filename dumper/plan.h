/* Plan: which chunks of target memory a copy must hold, so that a heap can be walked after its process has gone on.
 *
 * Learned from a walk of the running process, whose answers are worth nothing but whose footprint is: payloads that no decoder
 * looks into (long strings and bytes, array data) are not in it. What may have been allocated since is added: gaps and
 * edges of the footprint, and ranges that are new.
 */
#ifndef DUMPER_PLAN_H
#define DUMPER_PLAN_H

#include "base/vector.h"
#include "dumper/mirror.h"

struct plan {
	VECTOR(struct mirror_run) runs;   /* ascending, disjoint */
	VECTOR(struct mirror_run) ranges; /* writable ranges when the plan was made */
};

void plan_init(struct plan *plan);
void plan_deinit(struct plan *plan);
DEFINE_AUTO_VALUE(plan, struct plan, plan_deinit);

/* Takes the footprint of a walk over from its mirror. */
struct error *plan_learn(struct plan *plan, const struct mirror *mirror) CHECKED;
/* Adds the chunks that a walk over a frozen mirror asked for in vain. */
struct error *plan_add_missed(struct plan *plan, const struct mirror *mirror) CHECKED;
/* Fetches all of it, and what is new among the mirror's ranges, but not much more than `limit` bytes (0: all); then freezes the
 * mirror. */
void plan_fetch(const struct plan *plan, struct mirror *mirror, uint64_t limit);

#endif
