/* Waterfall report: the waterfall of a snapshot, or of two, as a sentence and a tree. */
#ifndef ANALYZER_WATERFALL_REPORT_H
#define ANALYZER_WATERFALL_REPORT_H

#include "analyzer/report.h"
#include "analyzer/waterfall.h"

/* Sets the verdict and adds the table `rows`. */
struct error *waterfall_report(struct report *report, const struct waterfall *waterfall,
			       const struct snapshot_meta *meta) CHECKED;
/* The same of two: each line before and after, those too that only one has. */
struct error *waterfall_compare(struct report *report, const struct waterfall *before, const struct waterfall *after)
	CHECKED;

#endif
