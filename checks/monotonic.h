/* Monotonic: what grew at every step from one snapshot to the next? */
#ifndef CHECKS_MONOTONIC_H
#define CHECKS_MONOTONIC_H

#include "analyzer/progress.h"
#include "checks/outcome.h"
#include "base/match.h"
#include "format/reader.h"

struct monotonic_request {
	uint64_t least;     /* bytes over all steps; a place, or a type, that grew by less is left alone */
	struct match *mask; /* names that don't count in paths; NULL: none */
	size_t findings;    /* at most */
	enum size_unit unit;
};

/* Of three snapshots or more, in the order of their time; ERROR_USAGE for fewer. Adds an outcome of a rule called "--monotonic",
 * with a finding for each place (checks/growing.h), or type where no path tells it, that grew at every step: `app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4,
 * 1.6 MiB`. */
struct error *monotonic_judge(struct reader *const *readers, size_t count, const struct monotonic_request *request,
			      const struct progress *progress, struct outcomes *outcomes) CHECKED;

#endif
