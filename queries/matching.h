/* Matching: what the files that plan a MATCH share; for these alone. */
#ifndef QUERIES_MATCHING_H
#define QUERIES_MATCHING_H

#include "queries/planning.h"

struct match_node {
	const struct node_pattern *pattern;
	uint32_t slot;
	struct places_wanted wanted; /* where it gets its value here */
	uint8_t *types;              /* what wanted.types is, while it is made */
};
struct match_edge {
	const struct pattern *pattern;
	const struct edge_pattern *edge;
	uint32_t left, right; /* nodes */
	bool done;
	struct expression **each; /* conditions of every edge of a walk */
	uint32_t each_count;
};

struct matching {
	struct planner *planner;
	struct conditions conditions;
	uint32_t node_count, edge_count;
	struct match_node *nodes;
	struct match_edge *edges;
	bool *known; /* by slot: of the patterns, or has a value before */
	bool *missing, *theirs; /* by slot: room for one question at a time */
	uint32_t *used; /* slots of the edges that are matched */
	uint32_t used_count;
};

static inline bool is_bound(const struct matching *state, uint32_t slot)
{
	return state->planner->bound[slot];
}

/* --- queries/matching_nodes.c: the nodes and edges of the patterns, and their conditions */
struct error *matching_gather(struct matching *state, const struct pattern *patterns, uint32_t count) CHECKED;
/* Marks the slots that are known: of the patterns, or bound before. */
struct error *matching_know(struct matching *state) CHECKED;
/* Which places the node may be. */
struct error *matching_settle(struct matching *state, struct match_node *node) CHECKED;

/* --- queries/matching_begin.c */
/* Hands the conditions that are ready to the operator on top, or to a filter above it. `on_top`: the operator asks some. */
struct error *matching_ask(struct matching *state, bool on_top) CHECKED;
/* The edge's pattern as text, in the plan's arena. */
struct error *matching_describe_edge(struct matching *state, const struct match_edge *edge, const char **text) CHECKED;
/* What the node's number (or address) has to be equal to; NULL: nothing says. */
const struct expression *matching_seek(struct matching *state, uint32_t slot, bool *address);
/* Rows that are expected if the matching begins here. */
double matching_node_cost(struct matching *state, const struct match_node *node);
struct error *matching_place_node(struct matching *state, const struct match_node *node) CHECKED;

/* --- queries/matching_edges.c */
struct error *matching_place_edge(struct matching *state, struct match_edge *edge, bool from_roots) CHECKED;
/* A shortest path that begins at roots and has no end with a value; NULL: there is none. */
struct match_edge *matching_from_roots(struct matching *state);
/* All edges that go on from what has a value, and on from there. */
struct error *matching_place_edges(struct matching *state) CHECKED;

/* --- queries/matching_parts.c: everything, part by part */
struct error *matching_place_all(struct matching *state) CHECKED;

#endif
