/* Diff: what changed between two snapshots, by type. */
#ifndef ANALYZER_DIFF_H
#define ANALYZER_DIFF_H

#include "analyzer/credit.h"
#include "analyzer/evidence.h"
#include "analyzer/growth.h"
#include "analyzer/progress.h"
#include "analyzer/types.h"
#include "base/match.h"

struct diff_total { /* of one type, or of all */
	struct type_total before, after;
	/* Bytes, may be negative: what its objects that are new own (credit.h), less what those gone owned, plus what its
	 * survivors grew by. Adds up over all types to the growth of the whole. */
	int64_t growth;
};

enum diff_match {
	DIFF_BY_ADDRESS, /* objects of one process, by address, type and what else speaks for it */
	DIFF_BY_PATH     /* of any, by the names by which they are held */
};

enum diff_retained { /* what would go if all objects of a type went (sets.h) */
	RETAINED_NOT,
	RETAINED_IF_SOON, /* only where it takes one pass, on both sides, and there is memory for it */
	RETAINED_WHATEVER /* however long it takes */
};

struct diff {
	struct type_names names;
	bool *library; /* by label: a class of the standard library, as library_mark tells */
	struct graph *before, *after;
	struct retention held[2]; /* of both: dominators, retained sizes, fates */
	struct fate_total fates[2][FATE_COUNT];
	enum diff_match match;
	bool same_process;
	struct join join;
	struct evidence evidence;  /* DIFF_BY_ADDRESS: what became of pairs; those reused are parted in `join` */
	struct growth growth;      /* where it grew */
	struct diff_total *totals; /* for each label */
	uint64_t *retained[2];     /* before and after, for each label: bytes; NULL: not wanted, or not soon */
	bool retained_left_out;    /* wanted if soon, and it was not */
	struct diff_total all;
	label_id leader;      /* type that explains most of the change, NO_ID where nothing changed */
	struct credit_holder holder; /* what holds the leader's new objects; not found where it has none */
};

/* Looks at a side while it is known what leads to each of its objects: the reach is the diff's, until the visit ends; its fates are not
 * settled. `later`: of the later snapshot, which comes second. */
struct diff_visitor {
	struct error *(*visit)(void *context, const struct reach *reach, const struct type_names *names, bool later);
	void *context;
};

struct diff_request {
	enum diff_match match;
	bool same_process;  /* ids of threads may be compared */
	struct match *mask; /* DIFF_BY_PATH: names in which it is found don't count; NULL: none */
	uint64_t least;     /* bytes: places that grew by less are not told; above 0 */
	size_t places;      /* at most */
	enum diff_retained retained;
	const struct diff_visitor *visitor; /* NULL: none */
};
/* What its graphs have. */
#define DIFF_COLUMNS                                                                                                   \
	(GRAPH_TYPE | GRAPH_SIZE | GRAPH_EDGE_KINDS | GRAPH_GENERATION | GROWTH_COLUMNS | RETENTION_COLUMNS)
#define DIFF_LEAST 1024u
#define DIFF_PLACES 8u

/* The readers must outlive the diff. Cost: loading both, the dominators of both, a merge, and the dominators of what
 * changed; by path also the names of all references of both; where they are wanted, what the types of both retain. */
struct error *diff_create(struct reader *before, struct reader *after, const struct diff_request *request,
			  const struct progress *progress, struct diff *result) CHECKED;
void diff_deinit(struct diff *diff);
DEFINE_AUTO_VALUE(diff, struct diff, diff_deinit);

#endif
