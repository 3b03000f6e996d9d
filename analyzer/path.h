/* Path: how does a programmer write the way from a root to an object: `app.CACHE.sessions[3]`?
 *
 * A shortest way (analyzer/ways.h), each step as analyzer/edge_name.h writes it. A module stands for the table of modules
 * and its name there, a frame for what it runs.
 */
#ifndef ANALYZER_PATH_H
#define ANALYZER_PATH_H

#include "analyzer/edge_name.h"
#include "analyzer/graph.h"
#include "analyzer/object_lookup.h"
#include "analyzer/ways.h"

struct path {
	uint32_t from;  /* what it begins at: WAY_ROOT | root, WAY_IMMORTAL or WAY_HELD */
	node_id *nodes; /* from the first below the root to the target itself */
	uint32_t count; /* 0: nothing leads there */
};

/* The way to `node`, and one step more to `last` unless that is NO_ID. O(length). */
struct error *path_trace(const struct ways *ways, node_id node, node_id last, struct path *result) CHECKED;
/* The way from a root alone. Needs what ways_find does; O(nodes + edges) at worst, 8 B an object. */
struct error *path_find(const struct graph *graph, node_id target, struct path *result) CHECKED;
void path_deinit(struct path *path);
DEFINE_AUTO_VALUE(path, struct path, path_deinit);

/* How paths are written. */
struct path_printing {
	struct edge_names *names;      /* of the file */
	struct object_lookup *objects; /* names what a path without a root begins at; NULL: by its number alone */
	edge_test *test;               /* edges that a step may be; NULL: any */
	void *context;                 /* of the test */
};
/* Adds the path as text, foreign names escaped; a long one without its middle. Names are read from the file, a chunk or
 * two for each step. Nothing is added for an empty path. */
struct error *path_spell(const struct path_printing *printing, const struct path *path, struct text *text) CHECKED;
/* The same for a single one, of which all is known from the graph. */
struct error *path_print(const struct graph *graph, const struct path *path, struct text *text) CHECKED;

/* Adds the beginning of a path alone: a root's name, or the object that nothing named leads to. `first`: the object after
 * it. Also for what else begins there: *spelling is ready for its next step. */
struct error *path_begin(const struct path_printing *printing, uint32_t from, node_id first, struct spelling *spelling)
	CHECKED;
/* Adds what a root is called: `main() in app.py:12` for a frame, else its name. */
void path_print_root(const struct graph *graph, root_id root, struct text *text);
void path_print_root_of(const struct reader *reader, root_id root, struct text *text);

#endif
