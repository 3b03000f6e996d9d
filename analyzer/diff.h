/* Diff: what changed between two snapshots, by type. */
#ifndef ANALYZER_DIFF_H
#define ANALYZER_DIFF_H

#include "analyzer/credit.h"
#include "analyzer/evidence.h"
#include "analyzer/growth.h"
#include "analyzer/progress.h"
#include "analyzer/types.h"

struct diff_total { /* of one type, or of all */
	struct type_total before, after;
	/* Bytes, may be negative: what its objects that are new own (credit.h), less what those gone owned, plus what its
	 * survivors grew by. Adds up over all types to the growth of the whole. */
	int64_t growth;
};

struct diff {
	struct type_names names;
	struct graph *before, *after;
	struct retention held[2]; /* of both: dominators, retained sizes, fates */
	struct fate_total fates[2][FATE_COUNT];
	bool joined; /* one process: `join` and `holder` are there, and `credit` is of the new objects */
	struct join join;
	struct evidence evidence; /* what became of pairs by address and type; those reused are parted in `join` */
	struct growth growth;     /* where it grew */
	struct diff_total *totals; /* for each label */
	struct diff_total all;
	label_id leader;      /* type that explains most of the change, NO_ID where nothing changed */
	struct holder holder; /* what holds the leader's new objects; not found where it has none */
};

struct diff_request {
	bool same_process; /* addresses may be compared; else a type's growth is the difference of what it owns in the whole heaps */
	uint64_t least;    /* bytes: places that grew by less are not told; above 0 */
	size_t places;     /* at most */
};
#define DIFF_LEAST 1024u
#define DIFF_PLACES 8u

/* The readers must outlive the diff. Cost: loading both, the dominators of both, a merge, and the dominators of what changed
 * (of everything once more where the processes differ). */
struct error *diff_create(struct reader *before, struct reader *after, const struct diff_request *request,
			  const struct progress *progress, struct diff *result) CHECKED;
void diff_deinit(struct diff *diff);
DEFINE_AUTO_VALUE(diff, struct diff, diff_deinit);

#endif
