/* Diff groups: what changed by module, package, owner or path instead of by type. */
#ifndef ANALYZER_DIFF_GROUPS_H
#define ANALYZER_DIFF_GROUPS_H

#include "analyzer/diff.h"
#include "analyzer/diff_report.h"

/* Adds the table `rows` of the groups that changed, sorted by growth in own size (by loss where the whole shrank).
 * `by`: any but GROUPS_BY_TYPE. Memory and time of groups_create or owners_create on either side, one at a time. */
struct error *diff_groups_report(struct report *report, const struct diff *diff, enum groups_by by,
				 const struct diff_selection *selection, const struct progress *progress) CHECKED;
/* The same by the masked path and type of each object, as path_keys_of_ways has it; the `most` that changed most,
 * each called by the shortest path to the first of its objects. */
struct error *diff_paths_report(struct report *report, const struct diff *diff, const struct diff_selection *selection,
				uint64_t most) CHECKED;

#endif
