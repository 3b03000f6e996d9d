/* Stuck: why does no collection free these unreachable objects? */
#ifndef ANALYZER_STUCK_H
#define ANALYZER_STUCK_H

#include "analyzer/fates.h"

enum stuck_reason {
	STUCK_NOT,       /* the object isn't */
	STUCK_FROZEN,    /* gc.freeze() took it, or what keeps it, out of the collector's sight */
	STUCK_UNVISITED, /* kept by a reference that its owner's tp_traverse doesn't visit */
	STUCK_GUESSED,   /* kept by what was taken for a reference in memory of unknown layout */
	STUCK_UNTRACKED, /* kept by an object that the collector doesn't track */
	STUCK_REASON_COUNT
};
const char *stuck_reason_name(enum stuck_reason reason);        /* frozen ... */
const char *stuck_reason_description(enum stuck_reason reason);

/* `fate`: as fates_settle leaves it. reasons: for each node, enum stuck_reason. Where several apply, the first of the list
 * above. Needs what fates_collect needs. O(nodes) and the edges of stuck objects. */
struct error *stuck_explain(const struct graph *graph, const uint8_t *fate, uint8_t *reasons) CHECKED;

#endif
