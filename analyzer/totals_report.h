/* Totals report: what the process and its heap as a whole were before and after, and what explains the change. */
#ifndef ANALYZER_TOTALS_REPORT_H
#define ANALYZER_TOTALS_REPORT_H

#include "analyzer/diff.h"
#include "analyzer/report.h"

/* Adds the tables `memory` and `running` and the facts `collections`. Reads the relations of both snapshots that tell
 * of these, where they have any. */
struct error *totals_report_add(struct report *report, const struct diff *diff) CHECKED;

#endif
