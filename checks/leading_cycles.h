/* Largest cycle: of the groups of objects that hold one another, the one that has most bytes. */
#ifndef CHECKS_LARGEST_CYCLE_H
#define CHECKS_LARGEST_CYCLE_H

#include "base/vector.h"
#include "checks/scene.h"

enum cycle_choice {
	CYCLE_ANY,     /* of all in the later snapshot */
	CYCLE_GARBAGE, /* of those that a collection would free */
	CYCLE_CAME     /* of those that appeared or grew since the diff's earlier snapshot */
};

struct largest_cycle {
	VECTOR(node_id) nodes; /* ascending; none: there is no such cycle */
};

/* `member`: a cycle must have one of these; NULL: any will do. A class and its parts, which are a cycle always, only where there is no
 * other. As subgraph_create takes, or new_cycles_find and grown_cycles_find. */
struct error *largest_cycle_find(const struct scene *scene, const uint8_t *member, enum cycle_choice choice,
				 struct largest_cycle *result) CHECKED;
void largest_cycle_deinit(struct largest_cycle *cycle);
DEFINE_AUTO_VALUE(largest_cycle, struct largest_cycle, largest_cycle_deinit);

#endif
