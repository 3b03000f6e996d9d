/* Path: how does a programmer write the way from a root to an object: `app.CACHE.sessions[3]`?
 *
 * A shortest way from a named root over edges that hold; modules are tried before frames and those before the rest of
 * the interpreter. `__dict__` folds into its owner, sys.modules into the module's name; a data key whose text the
 * snapshot doesn't hold prints as `[#hash]`, the first 8 hex digits of its content hash.
 */
#ifndef ANALYZER_PATH_H
#define ANALYZER_PATH_H

#include "analyzer/graph.h"
#include "base/text.h"

struct path {
	root_id root;
	node_id *nodes; /* from the first below the root to the target itself */
	uint32_t count; /* 0: no root leads there */
};

/* Needs GRAPH_EDGE_KINDS. Breadth first, O(nodes + edges) at worst, 8 B an object. */
struct error *path_find(const struct graph *graph, node_id target, struct path *result) CHECKED;
void path_deinit(struct path *path);
DEFINE_AUTO_VALUE(path, struct path, path_deinit);

/* Adds the path as text, foreign names escaped; a long one without its middle. Names are read from the file, a chunk or
 * two for each step. Nothing is added for an empty path. */
struct error *path_print(const struct graph *graph, const struct path *path, struct text *text) CHECKED;
/* Adds what a root is called: `main() in app.py:12` for a frame, else its name. */
void path_print_root(const struct graph *graph, root_id root, struct text *text);

#endif
