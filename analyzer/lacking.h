/* Lacking: what does a snapshot that is partial lack, and which answers are wrong without that?
 *
 * An object that was lost takes its references with it. Then what it referred to has references that nothing explains, and
 * seems to be held by C code; between two snapshots it seems to have come or gone. Losses that are counted one by one leave
 * the rest of a heap as it is, others may have taken any part of it (loss_is_wide).
 */
#ifndef ANALYZER_LACKING_H
#define ANALYZER_LACKING_H

#include "analyzer/report.h"
#include "format/reader.h"

enum lacking {
	LACKING_NOTHING,
	LACKING_FEW,  /* one by one: what is garbage and what C code holds can't be told */
	LACKING_PARTS /* nor can where it grew, and of the later snapshot what is new */
};

/* LACKING_PARTS also where several losses one by one are more than one in LACKING_RARE objects, and where a partial snapshot
 * has no roots at all. */
enum lacking lacking_of(const struct reader *reader);
#define LACKING_RARE 1000u

/* The greater of both. */
enum lacking lacking_of_both(const struct reader *before, const struct reader *after);
/* Cautions that say what each of two snapshots lacks, and what that makes of their difference. */
void lacking_remark(struct report *report, const struct reader *before, const struct reader *after);
/* `after.snap lacks parts of its heap`: those that do. */
void lacking_print_parts(const struct reader *before, const struct reader *after, struct text *text);

#endif
