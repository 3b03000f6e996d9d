/* Certificate: are the dominators that were found the dominators, and the retained sizes what would go?
 *
 * Checked by ways that have nothing in common with how they were found.
 */
#ifndef ANALYZER_CERTIFICATE_H
#define ANALYZER_CERTIFICATE_H

#include "analyzer/retention.h"

struct certificate {
	uint64_t edges; /* of which each was seen to stay below the dominator of its target */
	uint64_t sizes; /* retained sizes that were found again */
	bool holds;
	char fault[128]; /* the first contradiction where it doesn't */
};

/* Every edge, and the retained sizes of `sample` objects and roots at most: half of them the greatest, the others evenly from all
 * over the tree. `reach`: of the same graph, searched with the same entries. Needs GRAPH_SIZE. As sets_retained, and 8 B an object. */
struct error *certificate_make(const struct retention *retention, const struct reach *reach, uint32_t sample,
			       const struct progress *progress, struct certificate *result) CHECKED;

#endif
