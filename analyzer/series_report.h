/* Series report: a series in words and as tables, what grows most steadily first. */
#ifndef ANALYZER_SERIES_REPORT_H
#define ANALYZER_SERIES_REPORT_H

#include "analyzer/report.h"
#include "analyzer/series.h"

struct series_selection {
	struct match *types; /* types in whose name it is found, paths too; NULL: all */
	uint64_t least;      /* bytes that the last is more or less than the first */
	bool only_growth;
	uint64_t paths; /* rows of the table of paths, at most */
};

/* Adds the verdict, the table `rows` of types that changed, sorted, and the table `paths` of paths that grew. All
 * snapshots of the series have been added. */
struct error *series_report(struct report *report, const struct series *series,
			    const struct series_selection *selection) CHECKED;

#endif
