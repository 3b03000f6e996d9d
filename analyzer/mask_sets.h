/* Mask sets: what would go if all objects of a set went, for many sets at once that may overlap.
 *
 * What sets_retained is for disjoint groups, in words of 64 bits: one for each set of a pass.
 */
#ifndef ANALYZER_MASK_SETS_H
#define ANALYZER_MASK_SETS_H

#include "analyzer/progress.h"
#include "analyzer/reach.h"

#define MASK_SETS 64u /* of a pass */

/* retained[s], bytes, of up to 64 sets: `member[node]` has bit s where the node is in set s. A set's retained size is
 * that of analyzer/sets.h. Needs GRAPH_SIZE, and the search with its tree. Each edge once or a few times, whatever the number of sets;
 * at worst, of sets made for it, 64 times. 8 B a place, 17 B a number.
 * `without`: NULL, or filled for each node with the sets that all ways to it pass, itself included: what goes with
 * set s is the nodes whose word has bit s. */
struct error *mask_sets_retained(const struct reach *reach, const uint64_t *member, unsigned sets,
				 const struct progress *progress, uint64_t *retained, uint64_t *without) CHECKED;

#endif
