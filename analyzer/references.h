/* References: every reference to one object, and how they explain its reference count.
 *
 * Also the weak ones, which aren't counted. What the counted ones leave of the count is used up by guesses, those of roots
 * first, then in order of address, as analyzer/holding.h does for all; what is then left is the residue.
 */
#ifndef ANALYZER_REFERENCES_H
#define ANALYZER_REFERENCES_H

#include "analyzer/edge_lookup.h"
#include "analyzer/graph.h"

struct reference {
	uint32_t from;          /* an object, or nodes + root */
	struct known_edge edge;
	bool counted;           /* is part of the reference count; of an immortal object none is */
	bool holds;             /* keeps the object alive: counted, or a root's borrowed edge */
};

struct references {
	VECTOR(struct reference) items; /* roots first, then objects by number, each in its own order */
	uint64_t objects, roots;        /* counted references of either */
	uint64_t guesses;               /* of those, accepted guesses */
	uint64_t weak;                  /* not counted */
	int64_t residue;                /* counted by the interpreter, and not found; below 0: found, and not counted */
};

/* `graph`: GRAPH_EDGES, as in the file, without GRAPH_HOLDING. One pass over its targets, and the edges of those that
 * refer to the object. */
struct error *references_find(const struct graph *graph, struct edge_lookup *lookup, node_id node,
			      const struct object_record *record, struct references *result) CHECKED;
void references_deinit(struct references *references);
DEFINE_AUTO_VALUE(references, struct references, references_deinit);

#endif
