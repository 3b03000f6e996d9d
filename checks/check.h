/* Check: rules held against snapshots, and what is too much explained. */
#ifndef CHECKS_CHECK_H
#define CHECKS_CHECK_H

#include "analyzer/diff.h"
#include "checks/baseline.h"
#include "checks/outcome.h"

struct check_request {
	const struct rules *rules;
	struct diff_request match;       /* how the objects of two are matched; its visitor is the check's */
	const struct baseline *baseline; /* growth is that beyond it; NULL: there is none */
	double sigmas;                   /* as SPREAD_SIGMAS */
	uint64_t least;                  /* bytes, as SPREAD_LEAST */
	enum size_unit unit;             /* of sizes in sentences */
};

/* Adds an outcome for each rule. ERROR_USAGE as rule_error for a rule that matches nothing, one of growth without a baseline, and a query that can't be asked.
 * Memory and time as `heapdiff top`: graph and dominators, and what the rules measure. */
struct error *check_single(struct reader *reader, const struct check_request *request, const struct progress *progress,
			   struct outcomes *outcomes) CHECKED;
/* The same of growth since `before`, or since the baseline. As diff_create. */
struct error *check_pair(struct reader *before, struct reader *after, const struct check_request *request,
			 const struct progress *progress, struct outcomes *outcomes) CHECKED;
/* Learns what the rules measure in these runs, and their paths. One at a time in memory. */
struct error *check_learn(struct reader *const *readers, size_t count, const struct check_request *request,
			  const struct progress *progress, struct baseline *baseline) CHECKED;

/* Adds a policy to begin with, as starter_print, made from this snapshot. */
struct error *check_start(struct reader *reader, enum size_unit unit, const struct progress *progress, struct text *text) CHECKED;

#endif
