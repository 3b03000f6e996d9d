/* Holders: by which place of the program is each of some objects held?
 *
 * Each has a shortest way from outside the heap (analyzer/ways.h). The place that holds it is what the way comes to first behind modules and
 * their namespaces: a global variable, a local one, an attribute of the interpreter's state. Objects of one such place are one
 * holder's, which is called by the last object that all of their ways lead through: `app.CACHE.sessions`.
 */
#ifndef ANALYZER_HOLDERS_H
#define ANALYZER_HOLDERS_H

#include "analyzer/path.h"
#include "analyzer/type_names.h"

enum holder_kind {
	HOLDER_IMMORTAL, /* ways begin at immortal objects, */
	HOLDER_C_CODE,   /* at objects that only C code holds, */
	HOLDER_NOTHING,  /* nowhere: garbage */
	HOLDER_PLACE
};

struct holder {
	enum holder_kind kind;
	node_id node; /* of a place: the last object that all ways lead through */
};

struct holders {
	VECTOR(struct holder) items; /* one of each kind that is no place, by its number; then the places */
	uint32_t *of; /* by node: number of its holder; of those that were not asked for it means nothing */
};

/* `asked`: a bit for each node. The graph needs GRAPH_TYPE and GRAPH_FLAGS, and what the ways do, which are all of it.
 * O(nodes); 12 B an object. */
struct error *holders_create(const struct ways *ways, const struct type_facts *facts, const uint64_t *asked,
			     struct holders *result) CHECKED;
void holders_deinit(struct holders *holders);
DEFINE_AUTO_VALUE(holders, struct holders, holders_deinit);

/* A table of modules, a module or its namespace: what ways lead over, and hold nothing by themselves. Needs what holders_create does. */
bool holder_passes(const struct ways *ways, const struct type_facts *facts, node_id node);

/* Adds `app.CACHE.sessions`, `C code` ... */
struct error *holder_print(const struct holder *holder, const struct ways *ways, const struct path_printing *printing,
			   struct text *text) CHECKED;

#endif
