/* Place name: what a place of the tree of dominators is called: its shortest path from outside. */
#ifndef ANALYZER_PLACE_NAME_H
#define ANALYZER_PLACE_NAME_H

#include "analyzer/path.h"

struct place_names {
	const struct graph *graph; /* borrowed */
	struct ways ways;
	struct type_names names;
	struct object_lookup objects;
	struct edge_names edges;
};

/* Needs GRAPH_HOLDING; O(nodes + edges), 8 B an object and what the lookups take. */
struct error *place_names_init(struct place_names *names, const struct graph *graph) CHECKED;
void place_names_deinit(struct place_names *names);
DEFINE_AUTO_VALUE(place_names, struct place_names, place_names_deinit);

/* Adds the name of an object, a root or DOMINATOR_ROOT. Reads a chunk or two of the file for each step. */
struct error *place_name_print(struct place_names *names, uint32_t place, struct text *text) CHECKED;
/* The same of ways that were found elsewhere. `printing`: with objects. */
struct error *place_name_spell(const struct ways *ways, const struct path_printing *printing, uint32_t place,
			       struct text *text) CHECKED;
/* Adds such a name with keys and indices as `[*]`, which are all that tells the items of a container from one
 * another. */
void place_name_mask(const struct text *path, struct text *masked);

#endif
