/* Check report: outcomes as sections of a report, for text and JSON; the verdict is a sentence. */
#ifndef CHECKS_CHECK_REPORT_H
#define CHECKS_CHECK_REPORT_H

#include "analyzer/report.h"
#include "checks/outcome.h"

/* `quiet`: only what is violated. docs/schema/check.json is what render_json makes of it, not quiet. A report that was made
 * and cleared may be made again: what was said of all rules stays. */
struct error *check_report(struct report *report, const struct outcomes *outcomes, bool quiet) CHECKED;

#endif
