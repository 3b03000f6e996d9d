/* Diff report: a diff as a verdict in words, and the table of the types that changed. */
#ifndef ANALYZER_DIFF_REPORT_H
#define ANALYZER_DIFF_REPORT_H

#include "analyzer/diff.h"
#include "analyzer/report.h"

struct diff_selection {
	const bool *types; /* for each label; NULL: all */
	uint64_t least;    /* bytes: of growth or loss, or of change in own size */
	bool only_growth;
	bool uneven;  /* without types, or groups, that lost as many objects as they got, of the same size */
	bool no_rows; /* the caller adds the table `rows` itself */
};

/* Fills `report`: verdict, what holds the leading type's new objects, both snapshots, the whole, where it grew, the
 * table `rows` of the types that are selected and changed, sorted by growth (by loss where the whole shrank).
 * Reads names on the holder's path from the file: errors as path_print. */
struct error *diff_report(struct report *report, const struct diff *diff, const struct diff_selection *selection)
	CHECKED;
/* Notes how many rows `uneven` left out; 0: nothing. `noun`: of one. */
void diff_report_even(struct report *report, uint64_t count, const char *noun);
/* Of the types that `selected` holds, objects came, went or changed size, or their number differs. */
bool diff_differs(const struct diff *diff, const bool *selected);

#endif
