/* Accumulations: the few places that explain much of the heap, and what has gathered there. */
#ifndef ANALYZER_ACCUMULATIONS_H
#define ANALYZER_ACCUMULATIONS_H

#include "analyzer/children.h"
#include "analyzer/type_names.h"

/* What load_graph has to load for it. */
#define ACCUMULATIONS_COLUMNS (RETENTION_COLUMNS | GRAPH_FLAGS | GRAPH_TYPE)

struct accumulation_part { /* of one type: objects and their own bytes */
	uint64_t count, size;
};

struct accumulation {
	uint32_t place;  /* or DOMINATOR_ROOT: what no single object or root holds */
	enum fate fate;  /* of many below DOMINATOR_ROOT: reachable from several places, held by C code, or
					  * FATE_GARBAGE where nothing leads to them */
	label_id label;  /* of the many alike; NO_ID: the place itself, with all that it retains */
	uint64_t count;  /* of them */
	uint64_t size;   /* bytes: they and all that they retain, or the place's retained size */
	uint32_t folded; /* places alike in `place` that hold them; 0: `place` itself does */
	label_id inner;  /* of those */
	struct accumulation_part *parts; /* what it is made of, by label */
};

struct accumulations {
	struct accumulation *items; /* the largest first, those that several places hold last; disjoint */
	size_t count;
	size_t left_out; /* for being more than `most` */
	uint64_t total;  /* bytes of the heap */
	size_t labels;
	struct accumulation_part *parts;
};

/* Those that explain `share` of the heap or more, above 0, below 1; the `most` largest. The graph may lack immortal
 * targets. O(nodes + edges), 1 B a number of the tree. */
struct error *accumulations_find(const struct children *children, const struct type_names *names, double share,
				 uint32_t most, struct accumulations *result) CHECKED;
/* Held by several places at once, so that it names none. */
static inline bool accumulation_is_scattered(const struct accumulation *accumulation)
{
	return accumulation->place == DOMINATOR_ROOT && accumulation->fate == FATE_REACHABLE;
}
void accumulations_deinit(struct accumulations *accumulations);
DEFINE_AUTO_VALUE(accumulations, struct accumulations, accumulations_deinit);

/* The next type of what it is made of after `last`, or NO_ID, by bytes; NO_ID: no more. */
label_id accumulation_next_type(const struct accumulations *accumulations, const struct accumulation *accumulation,
				label_id last);

#endif
