/* Fates: what becomes of each object when nothing more happens but a full collection?
 *
 * Fates partition the objects of a snapshot, so that their sizes add up to its total:
 *
 *   reachable   from a named root, or immortal;
 *   held        not so, but from an object with residue: C code holds it, or leaked it;
 *   garbage     what a full collection now would free, before finalizers run, with what is freed as that goes;
 *   stuck       nothing holds it from outside, and no collection frees it: a cycle that is frozen, or leads through
 *               references that tp_traverse doesn't visit.
 */
#ifndef ANALYZER_FATES_H
#define ANALYZER_FATES_H

#include "analyzer/graph.h"

enum fate {
	FATE_REACHABLE,
	FATE_HELD,
	FATE_GARBAGE,
	FATE_STUCK,
	FATE_COUNT
};
const char *fate_name(enum fate fate); /* reachable ... */

struct collection {
	enum generation oldest; /* the collector looks at this generation and younger ones; GENERATION_2: all */
	bool guesses_visited;   /* takes guessed references for ones that tp_traverse visits: all that may be freed; else
	                         * for such that it doesn't: what is freed in any case */
};

/* Simulates a collection. `fate`: for each node, FATE_GARBAGE or FATE_STUCK where neither roots nor objects with residue
 * lead to it; each of these becomes FATE_GARBAGE where the collection frees it, else FATE_STUCK. Needs GRAPH_HOLDING,
 * GRAPH_EDGE_KINDS and GRAPH_GENERATION. O(nodes) and the edges of those objects; 5 B an object, touched only at theirs. */
struct error *fates_collect(const struct graph *graph, const struct collection *collection, uint8_t *fate) CHECKED;

/* The fates as their names say: a full collection, what it frees in any case. */
struct error *fates_settle(const struct graph *graph, uint8_t *fate) CHECKED;

#endif
