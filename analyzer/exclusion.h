/* Exclusion: which steps must a path not take, by a pattern of the user's?
 *
 * The pattern is searched in a step's text as it is printed by itself (`.cache`, `['k']`, `[3]`, `<closure f>`), in the names
 * of roots, and in those of types: objects of such a type are not entered.
 */
#ifndef ANALYZER_EXCLUSION_H
#define ANALYZER_EXCLUSION_H

#include "analyzer/edge_name.h"
#include "analyzer/graph.h"
#include "analyzer/type_names.h"
#include "base/match.h"

struct exclusion {
	struct match *match;
	struct edge_names *names; /* borrowed */
	uint8_t *known;           /* by name and string: whether that step was matched, and how */
	bool *types;              /* by type id: not entered */
	bool *roots;              /* by root id */
	uint8_t *edges;           /* a bit for each edge of the graph */
};

/* `graph`: GRAPH_HOLDING or not, with GRAPH_EDGE_KINDS and GRAPH_TYPE. One pass over the edges of the file, names included.
 * ERROR_USAGE for a bad pattern. */
struct error *exclusion_create(const char *pattern, const struct graph *graph, const struct type_names *types,
			       struct edge_names *names, struct exclusion *result) CHECKED;
void exclusion_deinit(struct exclusion *exclusion);
DEFINE_AUTO_VALUE(exclusion, struct exclusion, exclusion_deinit);

/* An edge_test: `context` is the exclusion. */
struct error *exclusion_test(void *context, const struct known_edge *edge, bool *taken) CHECKED;

#endif
