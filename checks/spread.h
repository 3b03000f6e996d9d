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

/* Adds an outcome of a rule called "baseline", with a finding for each path beyond: `app.CACHE[*] is 2.1 MiB, 3.1 sigma beyond 8
 * baselines (1.0 MiB +- 0.3 MiB)`. */
struct error *spread_judge(const struct baseline *baseline, struct reader *after, const struct spread_request *request,
			   const struct progress *progress, struct outcomes *outcomes) CHECKED;

#endif
