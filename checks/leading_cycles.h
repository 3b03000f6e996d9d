/* Leading cycles: of the groups of objects that hold one another, those alike that have most bytes together.
 *
 * Alike are cycles of as many objects of the same types: a leak of cycles is many small ones, none of which is large.
 */
#ifndef CHECKS_LEADING_CYCLES_H
#define CHECKS_LEADING_CYCLES_H

#include "base/vector.h"
#include "checks/membership.h"
#include "checks/scene.h"

enum cycle_choice {
	CYCLES_THERE,   /* of all in the later snapshot */
	CYCLES_GARBAGE, /* of those that a collection would free */
	CYCLES_CAME     /* of those that appeared or grew since the diff's earlier snapshot */
};

struct leading_cycles {
	uint32_t count;        /* of cycles alike; 0: there is none */
	uint32_t members;      /* objects of each */
	VECTOR(node_id) nodes; /* cycle after cycle */
};

/* `member`: a cycle must have one of these. Classes with their parts, each of which is a cycle, don't count. As
 * subgraph_create takes, or new_cycles_find and grown_cycles_find; 32 B a kind of cycle. */
struct error *leading_cycles_find(const struct scene *scene, const struct membership *member, enum cycle_choice choice,
				  struct leading_cycles *result) CHECKED;
void leading_cycles_deinit(struct leading_cycles *cycles);
DEFINE_AUTO_VALUE(leading_cycles, struct leading_cycles, leading_cycles_deinit);

#endif
