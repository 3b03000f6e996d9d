/* Series report: a series in words and as tables, what grows most steadily first. */
#ifndef ANALYZER_SERIES_REPORT_H
#define ANALYZER_SERIES_REPORT_H

#include "analyzer/report.h"
#include "analyzer/series.h"

/* Adds the verdict on the whole, the table `rows` of types that changed, sorted, and the table `paths` of paths that
 * grew: those that are asked for. All snapshots of the series have been added. */
struct error *series_report(struct report *report, const struct series *series) CHECKED;

#endif
