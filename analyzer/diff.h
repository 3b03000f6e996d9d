/* Diff: what changed between two snapshots, by type. */
#ifndef ANALYZER_DIFF_H
#define ANALYZER_DIFF_H

#include "analyzer/credit.h"
#include "analyzer/join.h"
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
	bool joined; /* one process: `join` and `holder` are there, and `credit` is of the new objects */
	struct join join;
	struct diff_total *totals; /* for each label */
	struct diff_total all;
	label_id leader;      /* type that explains most of the change, NO_ID where nothing changed */
	struct holder holder; /* what holds the leader's new objects; not found where it has none */
};

/* `same_process`: addresses may be compared; else growth is the difference of what each type owns in the whole heaps.
 * The readers must outlive the diff. Cost: loading both, a merge, and the dominators of what changed (of everything
 * where the processes differ). */
struct error *diff_create(struct reader *before, struct reader *after, bool same_process,
			  const struct progress *progress, struct diff *result) CHECKED;
void diff_deinit(struct diff *diff);
DEFINE_AUTO_VALUE(diff, struct diff, diff_deinit);

#endif
