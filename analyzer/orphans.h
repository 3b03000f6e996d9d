/* Orphans: used blocks of the allocator that look like objects and that nothing of the snapshot refers to.
 *
 * What C code leaks and the collector doesn't know (str, bytes, float, int) is reached by no edge: only its block tells of
 * it. They are no objects of the snapshot and in no total.
 */
#ifndef ANALYZER_ORPHANS_H
#define ANALYZER_ORPHANS_H

#include "analyzer/report.h"
#include "analyzer/type_names.h"

/* Adds a table by type, and one of the orphans themselves, the largest first, `rows` of them at most. `selected`: labels that
 * count, NULL: all. O(orphans * log orphans). */
struct error *orphans_report(struct report *report, struct reader *reader, const struct type_names *names,
			     const bool *selected, uint64_t rows) CHECKED;

#endif
