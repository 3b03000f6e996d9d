/* Collector: the state of CPython's cyclic collector at the capture: how near its next run is, and what it did so far. */
#ifndef ANALYZER_COLLECTOR_H
#define ANALYZER_COLLECTOR_H

#include "analyzer/report.h"
#include "format/schema.h"

/* Adds its facts, which are returned for more of them, and a table by generation. */
struct section *collector_report(struct report *report, const struct snapshot_meta *meta);
/* The same of two snapshots; the facts are those of the later one. */
struct section *collector_compare(struct report *report, const struct snapshot_meta *before,
				  const struct snapshot_meta *after);

#endif
