/* Series: several captures of one process, at moments that don't drift.
 *
 * The moments are start + k * every. One that comes while a capture is still being made is skipped, not made up for.
 * The series ends with its count, with the process, or with a signal; what was written stays.
 */
#ifndef DUMPER_SERIES_H
#define DUMPER_SERIES_H

#include "base/error.h"

struct series_plan {
	uint64_t every_ns; /* from one moment to the next, above 0 */
	uint64_t count;    /* captures to make; 0: until the process ends */
};

/* All times are of one clock that never goes back, in ns. */
struct series_operations {
	uint64_t (*now)(void *context);
	/* Returns at `until` (at once where that has passed), and earlier where the process ends: *ended. Errors end the
	 * series; ERROR_INTERRUPTED. */
	struct error *(*wait)(void *context, uint64_t until, bool *ended);
	/* Makes capture `number`, from 1. ERROR_GONE: there is no process any more. */
	struct error *(*take)(void *context, uint64_t number, bool *complete);
	/* Capture `number` could not be made, and the series goes on. */
	void (*failed)(void *context, uint64_t number, const struct error *error);
	/* So many moments passed while the last capture was made. */
	void (*skipped)(void *context, uint64_t moments);
};

struct series_result {
	uint64_t written; /* snapshots, */
	uint64_t partial; /* those of them that are, */
	uint64_t failed;  /* captures of which there is none, */
	uint64_t skipped; /* and moments without a capture */
	bool ended;       /* by the end of the process */
};

/* The first moment is now. A capture that fails is told and spends its number, so that a series of `count` ends; the
 * first one's error ends the series, as what is wrong with that is not going to pass. So does ERROR_INTERRUPTED. *result
 * is filled in any case. */
struct error *series_run(const struct series_plan *plan, const struct series_operations *operations, void *context,
			 struct series_result *result) CHECKED;

/* The first of the moments start, start + every, ... after the `last`th (from 0) that is not before `now`, from 0. */
uint64_t series_next(uint64_t start_ns, uint64_t every_ns, uint64_t last, uint64_t now_ns);

#endif
