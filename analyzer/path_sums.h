/* Path sums: how many objects, and bytes, are at each path of one snapshot?
 *
 * Paths are those of path_keys_of_ways: all objects of one path and type are together, and have the same key in every
 * process.
 */
#ifndef ANALYZER_PATH_SUMS_H
#define ANALYZER_PATH_SUMS_H

#include "analyzer/place_name.h"
#include "analyzer/progress.h"
#include "analyzer/types.h"
#include "base/map.h"
#include "base/match.h"
#include "base/vector.h"

struct path_sum {
	uint64_t key;  /* never MAP_NO_KEY */
	node_id first; /* of its objects; all are of its type */
	struct type_total total;
};

struct path_sums {
	struct map by_key; /* index in `sums` */
	VECTOR(struct path_sum) sums; /* in the order of their first objects */
};

/* `names`: of this snapshot alone; `mask`: names that it finds are left out of paths; NULL: none. Needs GRAPH_HOLDING,
 * GRAPH_TYPE and GRAPH_SIZE. O(nodes + edges); 32 B an object for the time, 48 B a path stay. */
struct error *path_sums_find(const struct graph *graph, const struct type_names *names, struct match *mask,
			     struct path_sums *result) CHECKED;
void path_sums_deinit(struct path_sums *sums);
DEFINE_AUTO_VALUE(path_sums, struct path_sums, path_sums_deinit);

/* Adds how reports call the path, its keys and indices masked, and what its type is called; both escaped. What tells one snapshot's objects
 * from another's is left out: `held by C code: app.Image.pixels`. */
struct error *path_sums_name(struct place_names *names, const struct path_sum *sum, struct text *path,
			     struct text *type) CHECKED;

#endif
