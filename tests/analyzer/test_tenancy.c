/* Which arenas would be returned if some groups went: all subsets of them tried, in arenas of a few blocks. */
#include "analyzer/tenancy.h"

#include "tests/test.h"

#define ARENAS 7u
#define BLOCKS 6u /* of an arena, which is one pool */
#define GROUPS 4u
#define NODES 12u
#define BLOCK_SIZE 64u
#define FREE 100u /* what is in a block: a node, or one of these */
#define ORPHAN 101u
#define UNKNOWN 102u

struct building {
	unsigned block[ARENAS][BLOCKS];
	uint32_t group_of[NODES];
	struct arena_place arenas[ARENAS];
	struct pool_place pools[ARENAS];
	struct pool_occupancy in[ARENAS];
	struct tenant tenants[ARENAS * BLOCKS];
	uint32_t group[ARENAS * BLOCKS];
	struct allocator allocator;
	struct occupancy occupancy;
};

static unsigned roll(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(*state >> 33) % below;
}

/* Most arenas are of one or two groups, so that some are kept alone. */
static unsigned choose(uint64_t *state, unsigned arena)
{
	unsigned kind = roll(state, 20);
	if (kind < 9)
		return FREE;
	if (kind == 9)
		return ORPHAN;
	return kind == 10 ? UNKNOWN : (arena % 3 * 4 + roll(state, arena % 2 == 0 ? 3 : NODES)) % NODES;
}

static void build(struct building *building, uint64_t *state)
{
	*building = (struct building){.occupancy = {.allocator = &building->allocator, .pools = building->in}};
	for (unsigned n = 0; n < NODES; n++)
		building->group_of[n] = roll(state, GROUPS);
	size_t tenants = 0;
	for (unsigned a = 0; a < ARENAS; a++) {
		building->pools[a] = (struct pool_place){.arena = a, .block_size = BLOCK_SIZE, .capacity = BLOCKS};
		building->arenas[a] = (struct arena_place){.size = 1000 + a};
		for (unsigned b = 0; b < BLOCKS; b++) {
			unsigned what = building->block[a][b] = choose(state, a);
			building->pools[a].used += what != FREE;
			building->in[a].orphans += what == ORPHAN;
			building->in[a].objects += what < NODES;
			if (what < NODES) {
				building->group[tenants] = building->group_of[what];
				building->tenants[tenants++] = (struct tenant){a, what, BLOCK_SIZE};
			}
		}
		building->arenas[a].used = building->pools[a].used * BLOCK_SIZE;
	}
	building->allocator.arenas.items = building->arenas;
	building->allocator.arenas.count = ARENAS;
	building->allocator.pools.items = building->pools;
	building->allocator.pools.count = ARENAS;
	building->occupancy.tenants.items = building->tenants;
	building->occupancy.tenants.count = tenants;
}

static unsigned group_in(const struct building *building, unsigned what)
{
	return what == ORPHAN ? GROUPS : what == UNKNOWN ? GROUPS + 1 : building->group_of[what];
}

/* Empties the blocks of all that goes, and looks which arenas are empty then. */
static uint64_t try_without(const struct building *building, const bool *gone)
{
	uint64_t bytes = 0;
	for (unsigned a = 0; a < ARENAS; a++) {
		unsigned left = 0;
		for (unsigned b = 0; b < BLOCKS; b++)
			left += building->block[a][b] != FREE && !gone[group_in(building, building->block[a][b])];
		bytes += left == 0 ? building->arenas[a].size : 0;
	}
	return bytes;
}

static void check_returned(const struct building *building, const struct tenancy *tenancy)
{
	for (unsigned subset = 0; subset < 1u << (GROUPS + 2); subset++) {
		bool gone[GROUPS + 2];
		for (unsigned g = 0; g < GROUPS + 2; g++)
			gone[g] = subset >> g & 1;
		cr_assert_eq(tenancy_returned(tenancy, gone), try_without(building, gone), "subset %x", subset);
		if (__builtin_popcount(subset) != 1)
			continue;
		bool none[GROUPS + 2] = {false};
		uint64_t alone = tenancy->groups[__builtin_ctz(subset)].alone_space;
		cr_assert_eq(alone, try_without(building, gone) - try_without(building, none));
	}
}

/* Objects of the group with a block in an arena that only it keeps, or in any; each once. */
static uint64_t count_objects(const struct building *building, unsigned group, bool alone)
{
	uint64_t count = 0;
	for (unsigned n = 0; n < NODES; n++) {
		bool counts = false;
		for (unsigned a = 0; a < ARENAS && building->group_of[n] == group; a++) {
			bool is_there = false, others = false;
			for (unsigned b = 0; b < BLOCKS; b++) {
				unsigned what = building->block[a][b];
				is_there |= what == n;
				others |= what != FREE && group_in(building, what) != group;
			}
			counts |= is_there && !(alone && others);
		}
		count += counts;
	}
	return count;
}

HEAP_TEST(tenancy, equals_what_trying_gives)
{
	uint64_t state = 5, kept_alone = 0;
	for (int run = 0; run < 400; run++) {
		struct building building;
		AUTO(tenancy) struct tenancy tenancy = {0};
		build(&building, &state);
		assert_ok(tenancy_create(&building.occupancy, building.group, GROUPS, &tenancy));
		check_returned(&building, &tenancy);
		for (unsigned g = 0; g < GROUPS; g++) {
			cr_assert_eq(tenancy.groups[g].objects, count_objects(&building, g, false));
			cr_assert_eq(tenancy.groups[g].alone_objects, count_objects(&building, g, true));
			kept_alone += tenancy.groups[g].alone_arenas;
		}
		uint64_t arenas = 0;
		for (size_t s = 0; s < tenancy.sets.count; s++)
			arenas += tenancy.sets.items[s].arenas;
		cr_assert_eq(arenas, ARENAS);
	}
	cr_assert_gt(kept_alone, 100, "the runs tried what they should");
}

/* An arena that is half used is no waste yet: nothing in it counts. */
HEAP_TEST(tenancy, is_of_sparse_arenas_alone)
{
	uint64_t state = 1;
	struct building building;
	AUTO(tenancy) struct tenancy tenancy = {0};
	build(&building, &state);
	for (unsigned a = 0; a < ARENAS; a++)
		building.arenas[a].size = 2 * building.arenas[a].used;
	building.occupancy.tenants.count = 0; /* as occupancy_create leaves those of other arenas out */
	assert_ok(tenancy_create(&building.occupancy, building.group, GROUPS, &tenancy));
	cr_assert_eq(tenancy.arenas, 0);
	cr_assert_eq(tenancy.sets.count, 0);
}
