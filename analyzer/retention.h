/* Retention: what would go if an object went, and what becomes of each: the base of most answers.
 *
 * The tree of dominators over a whole heap, from a virtual root that leads to the entries of analyzer/reach.h.
 *
 * The *retained size* of a place is its own size and that of all below it. Each object is below exactly one of those, so
 * the sizes of the virtual root's children add up to the snapshot's total.
 */
#ifndef ANALYZER_RETENTION_H
#define ANALYZER_RETENTION_H

#include "analyzer/dominators.h"
#include "analyzer/progress.h"
#include "analyzer/reach.h"

struct retention {
	const struct graph *graph; /* borrowed */
	struct domination tree;    /* over the graph's places */
	uint64_t *retained;        /* by number of the tree, bytes; [0] is the total */
	uint8_t *fate;             /* by node, enum fate; until fates_settle, FATE_GARBAGE stands for FATE_STUCK too */
	uint32_t *entries;         /* places that the virtual root leads to, each once */
	size_t entry_count;
};

/* What load_graph has to load for it. */
#define RETENTION_COLUMNS (GRAPH_SIZE | REACH_COLUMNS)

/* `external_everywhere`: objects with residue hang from the virtual root even where named roots lead to them.
 * Linear as dominators_create; 33 B an object while it runs. ERROR_MEMORY says how much is needed before it takes it. */
struct error *retention_create(const struct graph *graph, bool external_everywhere, const struct progress *progress,
			       struct retention *result) CHECKED;
/* The same of a search that is there already, which gives its arrays to the result and is only to be released after. */
struct error *retention_create_from(struct reach *reach, const struct progress *progress, struct retention *result)
	CHECKED;
void retention_deinit(struct retention *retention);
DEFINE_AUTO_VALUE(retention, struct retention, retention_deinit);

/* Bytes. */
static inline uint64_t retention_size(const struct retention *retention, uint32_t place)
{
	uint32_t state = retention->tree.state[place];
	if (!(state & FLOW_LEAF))
		return retention->retained[state];
	return place < retention->graph->nodes ? graph_size(retention->graph, place) : 0;
}

/* Objects and bytes of each fate. */
struct fate_total {
	uint64_t count, size;
};
void retention_totals(const struct retention *retention, struct fate_total totals[FATE_COUNT]);

#endif
