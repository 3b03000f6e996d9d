/* Holding: which references keep an object alive, and how many of those that it counts are not among them?
 *
 * An object's residue is its reference count less the references to it that are counted: owned and unvisited edges, of
 * objects and of roots. A guess, found by scanning memory of unknown layout, is accepted while its target has residue left,
 * which it uses up: the roots' first, then the objects' in order of address; the others are dropped, as are weak edges. A
 * root's borrowed edge holds, though it is not counted. Immortal objects don't count: their residue is 0.
 */
#ifndef ANALYZER_HOLDING_H
#define ANALYZER_HOLDING_H

#include "analyzer/graph.h"

/* The last step of loading with GRAPH_HOLDING: the graph has GRAPH_REFCOUNT, GRAPH_FLAGS and GRAPH_EDGE_KINDS, and its
 * arrays of edges have room for the roots'. Leaves only edges that hold, appends the roots', turns reference counts
 * into residues; kinds and reference counts go, except where `wanted` (enum graph_column) has them.
 * O(nodes + edges), in place; a copy of the reference counts where they are wanted. */
struct error *holding_keep(struct graph *graph, unsigned wanted) CHECKED;

/* How many edges of roots such a graph has to take; 0 without GRAPH_HOLDING. */
uint64_t holding_root_edges(const struct graph *graph);

#endif
