/* Explain: a plan as a table for people.
 */
#ifndef QUERIES_EXPLAIN_H
#define QUERIES_EXPLAIN_H

#include "analyzer/report.h"
#include "queries/operator.h"

struct section *explain_begin(struct report *report, bool profiled);
/* A chain of operators, the last one on top; what it is made of below it. */
void explain_chain(struct report *report, struct section *section, const struct operator *top, bool profiled);

#endif
