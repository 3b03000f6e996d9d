/* Identity: are two snapshots of one process, and which one is the earlier? */
#ifndef ANALYZER_IDENTITY_H
#define ANALYZER_IDENTITY_H

#include "analyzer/report.h"
#include "format/reader.h"

enum identity {
	IDENTITY_SAME,   /* same pid and AT_RANDOM bytes, nothing against it: addresses can be compared */
	IDENTITY_OTHER,  /* another process, or another program started by exec in it */
	IDENTITY_UNKNOWN /* the snapshots don't say */
};

/* AT_RANDOM tells an exec; where it is not known, pid, start time and boot id together do. */
enum identity identity_of(const struct snapshot_meta *a, const struct snapshot_meta *b);
/* `a` was captured after `b`. */
bool identity_swapped(const struct snapshot_meta *a, const struct snapshot_meta *b);
/* Between the captures, ns; META_ABSENT where a time is not known. */
uint64_t identity_interval(const struct snapshot_meta *a, const struct snapshot_meta *b);
/* Adds what a reader must know of comparing these two: another process, program, version or machine. */
void identity_remark(struct report *report, const struct snapshot_meta *before, const struct snapshot_meta *after);
/* Adds how their programs, versions and machines differ, but for what the bits of `said` stand for; gives these and the
 * bits of what was added: 0 at first, so that each difference is told once of many pairs. */
unsigned identity_remark_programs(struct report *report, const struct snapshot_meta *before,
				  const struct snapshot_meta *after, unsigned said);
/* Of other processes: whether they ran another script, as far as the snapshots name the file of __main__. */
struct error *identity_remark_script(struct report *report, struct reader *before, struct reader *after) CHECKED;

#endif
