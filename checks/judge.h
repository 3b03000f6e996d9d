/* Judge: is what was measured too much? */
#ifndef CHECKS_JUDGE_H
#define CHECKS_JUDGE_H

#include "checks/baseline.h"
#include "checks/measurements.h"
#include "checks/outcome.h"

struct evidence_of_rule { /* what there is to judge by */
	struct measurement after;
	bool has_before;             /* of growth: there is an earlier snapshot, or a baseline */
	int64_t before;              /* the earlier one's; not looked at where `learned` is there */
	const struct learned *learned; /* NULL: there is no baseline */
	const int64_t *growth;       /* where it isn't the difference, as of cycles; NULL: it is */
	double sigmas;               /* how many of the learned deviations are natural */
	uint64_t least;              /* bytes; of metrics in bytes no growth up to that is too much, where it is learned */
};

/* Sets the verdict and all numbers of the outcome, whose rule is set. Growth is held against the rule's limit and, where a baseline was
 * learned, against its natural spread: too much is what is beyond both. */
void judge_rule(const struct evidence_of_rule *evidence, struct outcome *outcome);

#endif
