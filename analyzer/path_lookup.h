/* Path lookup: which objects does a path mean, as reports print it: `app.CACHE`, `app.CACHE['key'].user`, `app.CACHE[*]`?
 *
 * Read from its root's name on, step by step over edges of that name; `[*]` is any item, `.*` any attribute, and
 * `__dict__` is not written. What analyzer/path.h prints for an object finds it again.
 */
#ifndef ANALYZER_PATH_LOOKUP_H
#define ANALYZER_PATH_LOOKUP_H

#include "analyzer/graph.h"
#include "base/vector.h"

struct path_nodes {
	VECTOR(node_id) items; /* ascending, each once; none: nothing is called so */
};
void path_nodes_deinit(struct path_nodes *nodes);
DEFINE_AUTO_VALUE(path_nodes, struct path_nodes, path_nodes_deinit);

/* ERROR_USAGE for what can't be a path, saying where it ends to be one. The graph needs GRAPH_HOLDING. Names are read from the file. */
struct error *path_lookup(const struct graph *graph, const char *text, struct path_nodes *result) CHECKED;

#endif
