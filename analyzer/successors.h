/* Successors: which new object took the place of one that went?
 *
 * `self.history = numpy.append(self.history, batch)` makes another array each time, and the one before goes. Of where
 * it grew that is one place: what the attribute refers to. So an object is the *successor* of one that went if the same
 * attribute, variable or field of an object that stayed refers to it, and it is of the same type.
 */
#ifndef ANALYZER_SUCCESSORS_H
#define ANALYZER_SUCCESSORS_H

#include "analyzer/join.h"

/* The join in which a successor stands for what it succeeds, as if that had stayed; its totals by type are not there.
 * Both graphs need GRAPH_EDGE_KINDS and GRAPH_TYPE. O(nodes + edges); 1 B an object of either and 4 B one of those
 * after. */
struct error *successors_join(const struct graph *before, const struct graph *after, const struct type_names *names,
			      const struct join *join, struct join *result) CHECKED;

#endif
