/* Arrivals: what is of which type in the later snapshot, and what of that came since the earlier one: found once, for all explanations. */
#ifndef CHECKS_ARRIVALS_H
#define CHECKS_ARRIVALS_H

#include "analyzer/diff.h"
#include "base/vector.h"

struct arrivals {
	VECTOR(node_id) nodes; /* new, or larger than they were; ascending; none where there is no earlier snapshot */
	node_id *first;        /* by label: its first object, NO_ID where it has none */
	node_id *first_new;    /* of those new */
};

/* `diff`: NULL where there is one snapshot. `names`, `facts` and `graph` are the later one's. O(nodes); 4 B an arrival, 8 B a label. */
struct error *arrivals_find(const struct diff *diff, const struct type_names *names, const struct type_facts *facts,
			    const struct graph *graph, struct arrivals *result) CHECKED;
void arrivals_deinit(struct arrivals *arrivals);
DEFINE_AUTO_VALUE(arrivals, struct arrivals, arrivals_deinit);

#endif
