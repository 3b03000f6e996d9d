/* Path key: a number for each object that says by which names it is held, to find it again in a snapshot of another
 * process.
 *
 * It is made of the steps down the tree of dominators. A step is the name of the reference that leads directly there,
 * the one that says most and of those the least, or none, and the type. `__dict__` folds into its owner. Indices,
 * data keys and addresses are masked, so that all items of a container have one key, and names that match a pattern
 * of the user's too.
 */
#ifndef ANALYZER_PATH_KEY_H
#define ANALYZER_PATH_KEY_H

#include "analyzer/retention.h"
#include "analyzer/type_names.h"
#include "analyzer/ways.h"
#include "base/match.h"

/* `facts`: of the types of its graph, which needs GRAPH_TYPE. `mask`: names in which it is found are left out; NULL:
 * none. *keys: by node; the caller frees them. Reads all edges of the file with their names. O(nodes + edges); 17 B
 * an object for the time, 8 B of which stay. */
struct error *path_keys_find(const struct retention *retention, const struct type_facts *facts, struct match *mask,
			     uint64_t **keys) CHECKED;
/* The same down the tree of shortest ways instead, for reports that print these: what is held twice for a moment
 * stays where it is. Types go by their display names, so that keys compare between any snapshots. `ways`: to all
 * objects, of a graph with GRAPH_TYPE; `names`: of that snapshot in facts[0]. Objects that no way leads to go by type
 * alone. */
struct error *path_keys_of_ways(const struct ways *ways, const struct type_names *names, struct match *mask,
				uint64_t **keys) CHECKED;

#endif
