/* Paths: by which ways is an object kept alive, or each of many?
 *
 * Of one object: a shortest way through each object, or root, that refers to it, those of modules first, the shorter ones
 * first: it stays alive until the last of them is cut. Ways through the object itself don't count. Of many objects: one
 * shortest way to each, in the same order.
 */
#ifndef ANALYZER_PATHS_H
#define ANALYZER_PATHS_H

#include "analyzer/path.h"
#include "analyzer/report.h"

struct paths {
	const struct graph *graph; /* GRAPH_HOLDING, or GRAPH_EDGE_KINDS where `ways.weak`; GRAPH_TYPE, GRAPH_SIZE */
	struct path_printing printing;
	struct ways_request ways;  /* blocked is set here */
	uint64_t rows;             /* at most */
	bool merged;               /* one tree of them all */
};

struct paths_found {
	uint64_t meant;   /* objects of those asked for */
	uint64_t reached; /* of them, those that a way leads to; of one object: ways that are there */
};

/* Adds the table of one object's paths. */
struct error *paths_of_object(struct report *report, const struct paths *paths, node_id node, struct paths_found *found)
	CHECKED;
/* Adds the table of a path each to the objects whose type's label is `selected`. */
struct error *paths_of_types(struct report *report, const struct paths *paths, const bool *selected,
			     struct paths_found *found) CHECKED;

#endif
