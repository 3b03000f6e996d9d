/* Merged: the paths of many objects as one tree, with how many of them each branch leads to.
 *
 * Objects come together where their shortest ways have the same steps over the same types; indices, data keys and what
 * else tells items of one container apart are left out of a step: `app.CACHE.sessions[*].user`. Steps that repeat, as those
 * of a linked list, are one.
 */
#ifndef ANALYZER_MERGED_H
#define ANALYZER_MERGED_H

#include "analyzer/path.h"
#include "analyzer/report.h"

struct merged_request {
	const uint8_t *targets; /* by node, not 0: the objects meant */
	const struct path_printing *printing;
	uint64_t rows; /* at most, those with most objects */
	const uint8_t *new; /* by node, not 0: it was not there before; adds a column; NULL: nothing is known */
};

/* Adds the table `rows`, a tree. `ways`: of a graph with GRAPH_TYPE and GRAPH_SIZE. O(reached), and the edges of the
 * objects on the ways; 9 B an object. *reached: objects meant that ways lead to. */
struct error *merged_report(struct report *report, const struct ways *ways, const struct merged_request *request,
			    uint64_t *reached) CHECKED;

#endif
