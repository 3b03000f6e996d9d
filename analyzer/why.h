/* Why: what holds the objects of some types that are new since an earlier snapshot? */
#ifndef ANALYZER_WHY_H
#define ANALYZER_WHY_H

#include "analyzer/diff.h"
#include "analyzer/report.h"

#define WHY_PLACES 8u

struct why_request {
	const bool *selected; /* for each label: the types meant */
	uint64_t rows;        /* of the tree, at most */
};

/* Fills `report`: a sentence; `places`, where the new ones gather: for each the nearest object that dominates it and
 * was there before; `rows`, their merged paths with what was there before. O(nodes + edges); 13 B an object. */
struct error *why_report(struct report *report, const struct diff *diff, const struct why_request *request) CHECKED;

#endif
