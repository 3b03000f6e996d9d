/* Finalizers: what runs code of its own when an object is freed: `__del__` of its type, or callbacks of weak references. */
#ifndef ANALYZER_FINALIZERS_H
#define ANALYZER_FINALIZERS_H

#include "analyzer/edge_lookup.h"
#include "analyzer/graph.h"
#include "analyzer/type_names.h"
#include "base/map.h"

struct finalizers {
	struct reader *reader;          /* borrowed */
	const struct type_facts *facts; /* borrowed */
	struct edge_lookup lookup;
	uint8_t *of_type;     /* by type id: 0 not known yet, 1 none, 2 has one */
	struct map namespaces; /* whether the class at a node defines __del__ itself */
	uint64_t *watched;    /* a bit for each node: a weak reference to it has a callback; NULL until asked */
};

/* Nothing is read yet. */
struct error *finalizers_init(struct finalizers *finalizers, struct reader *reader, const struct type_facts *facts)
	CHECKED;
void finalizers_deinit(struct finalizers *finalizers);
DEFINE_AUTO_VALUE(finalizers, struct finalizers, finalizers_deinit);

/* Does the type, or a class of its method resolution order, define `__del__`? C types with a tp_finalize have one too.
 * Reads the classes' edges the first time. */
struct error *finalizers_of_type(struct finalizers *finalizers, type_id type, bool *has) CHECKED;

/* Is there a weak reference with a callback to the object? `graph` needs GRAPH_TYPE. The first time all weak references
 * are looked at, in order of their addresses; a bit an object. */
struct error *finalizers_watched(struct finalizers *finalizers, const struct graph *graph, node_id node, bool *has)
	CHECKED;

#endif
