/* Spread: which paths are larger than they are by themselves from run to run? */
#ifndef CHECKS_SPREAD_H
#define CHECKS_SPREAD_H

#include "checks/baseline.h"
#include "checks/outcome.h"

struct spread_request {
	double sigmas;      /* SPREAD_SIGMAS unless said otherwise */
	uint64_t least;     /* bytes; paths that grew by less are left alone */
	struct match *mask; /* as the baseline was learned with */
	size_t findings;    /* at most; the rest are counted in the note */
	enum size_unit unit;
};
#define SPREAD_SIGMAS 3.0
#define SPREAD_LEAST 4096u

/* Adds an outcome of a rule called "baseline", with a finding for each place (checks/growing.h) beyond: `app.CACHE[*] is 2.1 MiB,
 * 3.1 sigma beyond 8 baselines (1.0 MiB +- 307.2 KiB)`; where nothing varied, `1.1 MiB more than in each of 8 baselines`. sigmas are those of
 * learned_sigmas: with that many, and no more, it would pass. Skipped where the baseline has no paths. */
struct error *spread_judge(const struct baseline *baseline, struct reader *after, const struct spread_request *request,
			   const struct progress *progress, struct outcomes *outcomes) CHECKED;

#endif
