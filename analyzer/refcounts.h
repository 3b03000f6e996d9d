/* Refcounts: which references does the snapshot not explain, and who may be behind them?
 *
 * An object's residue is what it counts more than was found: references from C code that the capture can't see. Most are
 * honest, such as a module's own state; some are leaks. An object that counts fewer than were found is an error of the
 * capture, and said to be one.
 */
#ifndef ANALYZER_REFCOUNTS_H
#define ANALYZER_REFCOUNTS_H

#include "analyzer/object_lookup.h"
#include "analyzer/report.h"
#include "analyzer/retention.h"

/* What load_graph has to load for it. */
#define REFCOUNTS_COLUMNS (RETENTION_COLUMNS | GRAPH_TYPE)

struct refcounts_request {
	const bool *selected; /* labels that count, NULL: all */
	uint64_t suspects;    /* rows, at most */
};

/* Fills `report`: how much is explained; a row for each type with residue, another table by extension module; and the
 * objects that nothing but C code holds, those that retain most first. O(nodes * log suspects). */
struct error *refcounts_report(struct report *report, const struct retention *retention, struct object_lookup *lookup,
			       const struct refcounts_request *request) CHECKED;

#endif
