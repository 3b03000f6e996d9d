/* A small report: a verdict, facts, and a table of fruit. */
#ifndef TESTS_ANALYZER_HELP_REPORT_H
#define TESTS_ANALYZER_HELP_REPORT_H

#include "analyzer/report.h"

/* `count` rows named by `names`, with counts 1, 2, 3 ... and deltas 1, -2, 3 ... */
struct section *help_table(struct report *report, const char *const *names, size_t count);

#endif
