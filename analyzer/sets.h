/* Sets: what would go if all objects of a set went, and that for many sets at once.
 *
 * The *retained size of a set* is the bytes that no entry of analyzer/reach.h leads to without passing a member: the members
 * themselves, what single members dominate, and what they only hold together. It is neither the sum of the members'
 * retained sizes, which counts twice what lies below two of them, nor that of disjoint subtrees, which leaves out what is
 * held together.
 */
#ifndef ANALYZER_SETS_H
#define ANALYZER_SETS_H

#include "analyzer/progress.h"
#include "analyzer/reach.h"

/* One set. `member`: for each node, nonzero where it is in the set. `entries`: reach.entries. Needs GRAPH_SIZE.
 * One traversal without the set, O(nodes + edges); 1 B an object and 4 B each on the way. */
struct error *set_retained(const struct graph *graph, const uint32_t *entries, size_t entry_count,
			   const uint8_t *member, uint64_t *bytes) CHECKED;

#define GROUP_NONE UINT32_MAX

/* Disjoint sets. */
struct grouping {
	uint32_t count;        /* of groups */
	const uint32_t *group; /* by node; GROUP_NONE: in no group */
	const uint32_t *roots; /* by root, likewise; NULL: no root is in a group */
};

/* What the sets of groups may take in memory, before the groups are done in turns; as group_sets_init. */
static inline uint64_t sets_room(const struct graph *graph)
{
	return (UINT64_C(1) << 20) + graph->places / 4;
}

/* retained[g]: the retained size of group g, bytes. `room`: sets_room, but in tests. Needs GRAPH_SIZE.
 * All groups at once, each edge once or a few times; 12 B an object and the room. Where no room suffices, groups in
 * turns, down to one: O(groups * edges * log nodes) at worst. */
struct error *sets_retained(const struct reach *reach, const struct grouping *grouping, uint64_t room,
			    const struct progress *progress, uint64_t *retained) CHECKED;

/* The same, but only if it is soon done: in one turn that looks at `most` references at most. *done: false where that, or
 * the room, does not suffice; `retained` is untouched then. */
struct error *sets_retained_soon(const struct reach *reach, const struct grouping *grouping, uint64_t room,
				 uint64_t most, uint64_t *retained, bool *done) CHECKED;

/* What is soon: as many looks as four at each reference. */
static inline uint64_t sets_most(const struct graph *graph)
{
	return (UINT64_C(1) << 20) + UINT64_C(4) * graph->edges;
}

/* And innermost[i]: of the groups whose retained size has node i, the one that retains least, the first on a tie;
 * GROUP_NONE: there is none. */
struct error *sets_innermost(const struct reach *reach, const struct grouping *grouping, uint64_t room,
			     const struct progress *progress, uint64_t *retained, uint32_t *innermost) CHECKED;

#endif
