/* Path lookup: which objects does a path mean, as reports print it: `app.CACHE`, `app.CACHE['key'].user`, `app.CACHE[*]`?
 *
 * What analyzer/path.h and analyzer/place_name.h print for an object finds it again, unless the middle was left out. And:
 *
 *     [*]                an item of anything: under an index, a key, or a set's
 *     .*                 an attribute, one with a dict behind it or not; `*.CACHE` is every module's
 *     ["key"]            the same as ['key']
 *     main(), main() in app.py: server
 *                        frames of a function, whatever their line
 *     main() in app.py:12
 *                        a root's name alone is what it refers to without a name, or else all it refers to
 *     app.Session #12    an object, to begin at; also `#12`
 */
#ifndef ANALYZER_PATH_LOOKUP_H
#define ANALYZER_PATH_LOOKUP_H

#include "analyzer/edge_name.h"
#include "analyzer/graph.h"
#include "analyzer/object_lookup.h"
#include "analyzer/path_trie.h"
#include "base/vector.h"

struct path_nodes {
	VECTOR(node_id) items;  /* ascending, each once; none: nothing is called so */
	VECTOR(node_id) folded; /* likewise: the `__dict__`s of items, which have no name of their own */
	size_t known;           /* the first bytes of the path lead to something: all where there are items */
};
void path_nodes_deinit(struct path_nodes *nodes);
DEFINE_AUTO_VALUE(path_nodes, struct path_nodes, path_nodes_deinit);

struct path_value { /* of a dict, whose key is to be read */
	node_id key, target;
	enum edge_class class;
};

/* For several paths of one snapshot: chunks of the file that were read are kept. */
struct path_lookup {
	const struct graph *graph; /* borrowed */
	struct reader *reader;     /* its */
	struct edge_names edges;
	struct type_names types; /* from the first path on that begins at an object, as the next two */
	struct object_lookup objects;
	bool knows_objects;
	uint8_t *seen; /* by node: states of the beginning that is being looked at, a bit each */
	struct text spelled;
	/* Of the paths that are looked up: */
	struct path_trie trie;
	struct path_states *states; /* by node of the trie */
	uint32_t next_of;           /* a node of the trie */
	bool next[256];             /* bytes that paths which begin as this node go on with */
	VECTOR(struct path_value) values;
};
/* The graph needs GRAPH_EDGES; where it has GRAPH_HOLDING, guesses that were not accepted lead nowhere. 1 B an object, and what
 * edge_names takes. */
struct error *path_lookup_init(struct path_lookup *lookup, const struct graph *graph) CHECKED;
void path_lookup_deinit(struct path_lookup *lookup);
DEFINE_AUTO_VALUE(path_lookup, struct path_lookup, path_lookup_deinit);

/* results[i]: what texts[i] means; none too where path_syntax_check refuses it. Paths that begin alike are followed together: each
 * object on the way costs a chunk or two of the file, and a look at all its references. */
struct error *path_lookup_all(struct path_lookup *lookup, const char *const *texts, size_t count,
			      struct path_nodes *results) CHECKED;
/* A single one. ERROR_USAGE for what can't be a path, or no whole one, saying where it ends to be one. */
struct error *path_lookup_find(struct path_lookup *lookup, const char *text, struct path_nodes *result) CHECKED;

#endif
