/* Shapes: graphs of any size from a seed, of which some bring slow algorithms to their knees. Independent of Criterion.
 *
 * An edge is computed from its owner and place alone, so that who wants a graph twice (once to count, once to write) need
 * not keep it. Node 0 leads to all others, but in HELP_RANDOM to nearly all, and in HELP_ISLANDS to a few.
 */
#ifndef TESTS_FORMAT_HELP_SHAPE_H
#define TESTS_FORMAT_HELP_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

enum help_shape {
	HELP_MIXED,  /* half leaves, a chain of the others, 3.5 edges a node, one in seven to anywhere */
	HELP_CHAIN,  /* a chain of half the nodes; each other node is shared by its two ends, the middle, or any two */
	HELP_LADDER, /* a chain of pairs that both lead to the next pair, and items shared as above */
	HELP_RANDOM, /* three edges a node, to anywhere */
	HELP_FAN,    /* one node leads to all others; each of these to one other, maybe */
	HELP_KNOT,   /* a ring with shortcuts: one component of all */
	HELP_NEST,   /* each node leads to the next, deeper one, back to the one around it, and to an item of its own */
	HELP_ISLANDS, /* rings of eight, some of which lead to the next one */
	HELP_SHAPE_COUNT
};

struct help_graph_shape {
	enum help_shape shape;
	uint32_t count; /* nodes, 8 at least */
	uint64_t seed;
};

const char *help_shape_name(enum help_shape shape);
/* HELP_SHAPE_COUNT where there is none of this name. */
enum help_shape help_shape_find(const char *name);

uint32_t help_shape_degree(const struct help_graph_shape *graph, uint32_t node);
/* place: below the degree. */
uint32_t help_shape_target(const struct help_graph_shape *graph, uint32_t node, uint32_t place);
/* An edge that stands for one to an object's type. */
bool help_shape_is_type(const struct help_graph_shape *graph, uint32_t node, uint32_t place);

#endif
