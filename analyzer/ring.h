/* Ring: a shortest cycle among the objects of a component. */
#ifndef ANALYZER_RING_H
#define ANALYZER_RING_H

#include "analyzer/components.h"
#include "analyzer/graph.h"

struct ring {
	uint32_t *nodes; /* in order; the last refers to the first */
	uint32_t count;  /* 1: it refers to itself */
	bool shortest;   /* of all; else of those that were looked at before the work became too much */
};

/* Edges looked at for one component before the best cycle so far has to do. */
#define RING_WORK UINT64_C(20000000)

struct rings { /* scratch for one ring after the other */
	const struct flow *flow;             /* borrowed: that of the components */
	const struct components *components; /* borrowed */
	const uint8_t *kinds; /* of the flow's edges: those to an object's type are not there. NULL: all are. Borrowed */
	uint32_t *stamp, *parent, *distance, *queue; /* by node */
	uint32_t now;
};
/* 16 B a node, touched only where components are looked at. */
struct error *rings_init(struct rings *rings, const struct flow *flow, const struct components *components,
			 const uint8_t *kinds) CHECKED;
void rings_deinit(struct rings *rings);
DEFINE_AUTO_VALUE(rings, struct rings, rings_deinit);

/* A breadth-first search from each member, no deeper than the best cycle so far is long. The ring is the caller's. */
struct error *rings_find(struct rings *rings, uint32_t component, uint64_t work, struct ring *result) CHECKED;
void ring_deinit(struct ring *ring);
DEFINE_AUTO_VALUE(ring, struct ring, ring_deinit);

#endif
