/* Usage: what `heapdiff memory` knows of a snapshot without its references: allocator, waterfall, fragmentation, collector. */
#ifndef ANALYZER_USAGE_H
#define ANALYZER_USAGE_H

#include "analyzer/fragmentation.h"
#include "analyzer/waterfall.h"

struct usage {
	struct reader *reader; /* borrowed */
	struct allocator allocator;
	struct occupancy occupancy;
	struct fragmentation fragmentation;
	struct waterfall waterfall;
};

/* `usage` must stay where it is until usage_deinit. One pass over four columns of the objects: as occupancy_create. */
struct error *usage_create(struct reader *reader, const struct progress *progress, struct usage *usage) CHECKED;
void usage_deinit(struct usage *usage);
DEFINE_AUTO_VALUE(usage, struct usage, usage_deinit);

/* Adds it to the report: where the memory goes; and in more detail, with what the snapshot can't tell. `before`: an earlier
 * one to compare with, NULL: none. */
struct error *usage_report(struct report *report, const struct usage *before, const struct usage *usage) CHECKED;
struct error *usage_report_details(struct report *report, const struct usage *before, const struct usage *usage)
	CHECKED;

#endif
