/* Group sets: small sets of small numbers, each kept once, so that equal sets have equal ids.
 *
 * For analyses that give every object a set: there are few different ones, and joining two is looked up after the first time.
 */
#ifndef ANALYZER_GROUP_SETS_H
#define ANALYZER_GROUP_SETS_H

#include "base/map.h"
#include "base/vector.h"

#include <stdint.h>

typedef uint32_t set_id;
#define SET_EMPTY 0u

struct group_set {
	uint32_t first, count; /* in `members`, ascending */
	set_id next;           /* with the same hash; SET_EMPTY: none */
};

struct group_sets {
	VECTOR(struct group_set) sets;
	VECTOR(uint32_t) members;
	VECTOR(uint32_t) scratch;
	struct map by_hash;        /* the newest set of that hash */
	struct map added, met;     /* results, by both operands */
	uint64_t room, work, done; /* members and results to keep, at most; members looked at, at most and so far */
	bool full;                 /* one of both was not enough: what follows is SET_EMPTY */
};

/* `room`: members and results that may be kept, 4 and some 20 B each; 64 times as much is looked at, at most. */
struct error *group_sets_init(struct group_sets *sets, uint64_t room) CHECKED;
void group_sets_deinit(struct group_sets *sets);
DEFINE_AUTO_VALUE(group_sets, struct group_sets, group_sets_deinit);

static inline const uint32_t *group_set_members(const struct group_sets *sets, set_id set, uint32_t *count)
{
	*count = sets->sets.items[set].count;
	return sets->members.items + sets->sets.items[set].first;
}

/* The set with this group too; the set of the groups that are in both. O(members) the first time. */
struct error *group_sets_add(struct group_sets *sets, set_id set, uint32_t group, set_id *result) CHECKED;
struct error *group_sets_meet(struct group_sets *sets, set_id a, set_id b, set_id *result) CHECKED;

#endif
