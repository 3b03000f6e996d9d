/* Tenancy: which groups of objects keep the sparse arenas from being returned?
 *
 * An arena is kept by the *set* of all groups that have a block in it, and is returned when the last of them has gone, no sooner.
 * So the sets part the sparse arenas: every one is in exactly one row of `sets`. If the groups of a set S went, all arenas
 * would be returned whose keepers are part of S; if one group went alone, those that it keeps *alone*.
 *
 * Blocks of orphans are a group of their own, and so are used blocks of which nothing is known; arenas that none has a block
 * in have the empty set.
 */
#ifndef ANALYZER_TENANCY_H
#define ANALYZER_TENANCY_H

#include "analyzer/occupancy.h"

struct tenancy_group {
	uint64_t objects;                   /* with a block in a sparse arena */
	uint64_t used;                      /* bytes of these blocks */
	uint64_t arenas, space;             /* sparse arenas with a block of it, and their bytes */
	uint64_t alone_arenas, alone_space; /* of these, those that nothing else has a block in */
	uint64_t alone_objects;             /* objects with a block in one of those */
};

struct tenancy_keeper { /* a group in a set */
	uint32_t group;
	uint64_t objects; /* of the group with a block in an arena of the set */
};

struct tenancy_set {
	uint32_t first, count;  /* keepers[first] .. keepers[first + count - 1], by ascending group */
	uint64_t arenas, space; /* that just these groups keep, and their bytes */
	uint64_t used;          /* bytes of their used blocks */
};

struct tenancy {
	uint32_t group_count;         /* with the two below */
	uint32_t orphans, unknown;    /* the last two groups; what is unknown is no objects */
	struct tenancy_group *groups; /* by number */
	VECTOR(struct tenancy_keeper) keepers;
	VECTOR(struct tenancy_set) sets; /* those of most bytes first */
	uint64_t arenas, space;          /* sparse ones, and their bytes */
};

/* `group`: for each of occupancy->tenants, below `count`. O(tenants * log tenants); 24 B a tenant. */
struct error *tenancy_create(const struct occupancy *occupancy, const uint32_t *group, uint32_t count,
			     struct tenancy *result) CHECKED;
void tenancy_deinit(struct tenancy *tenancy);
DEFINE_AUTO_VALUE(tenancy, struct tenancy, tenancy_deinit);

/* Bytes that would be returned if these groups went: sets whose keepers are all `gone`. O(keepers). */
uint64_t tenancy_returned(const struct tenancy *tenancy, const bool *gone);

#endif
