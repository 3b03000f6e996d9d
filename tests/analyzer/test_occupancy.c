/* What is in each block: objects, buffers, orphans, and what nobody knows. */
#include "analyzer/occupancy.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

#define ARENAS                                                                                                         \
	"row arenas address=0x100000 size=65536 pools=16 free_pools=14\n"                                              \
	"row arenas address=0x200000 size=4096 pools=1 free_pools=0\n"

static const char snapshot[] =
	ARENAS "row pools address=0x100000 arena=0 block_size=64 capacity=63 used=10\n"
	       "row pools address=0x101000 arena=0 block_size=512 capacity=7 used=7 objects=1 buffers=4 asked=2300\n"
	       "row pools address=0x200000 arena=1 block_size=512 capacity=7 used=7\n"
	       "object 0x10 type flags=static size=1000\n"
	       "object 0x100040 app.A gen=permanent size=50\n" /* behind a collector's head: in the first block */
	       "object 0x100070 app.A size=50\n"
	       "object 0x100080 app.A size=30\n" /* in the same block as the one before */
	       "object 0x101030 list size=400\n"
	       "object 0x200030 list size=40\n"
	       "object 0x300000 str gen=permanent size=5000\n"
	       "row tenants owner=0x101030 address=0x101230 size=500\n"
	       "row tenants owner=0x101030 address=0x101050 size=8\n" /* in its owner's own block */
	       "row tenants owner=0x200030 address=0x1000b0 size=60\n"
	       "row tenants owner=0x200030 address=0x999 size=60\n"
	       "row orphans address=0x1000f0 type=str size=60\n"
	       "row orphans address=0x1000f8 type=str size=8\n";

static void create(struct loaded *loaded, struct allocator *allocator, struct occupancy *occupancy, const char *text)
{
	help_load(loaded, text);
	assert_ok(allocator_create(loaded->reader, allocator));
	assert_ok(occupancy_create(loaded->reader, allocator, NULL, occupancy));
}

static void check_pool(const struct occupancy *occupancy, size_t pool, uint32_t objects, uint32_t buffers,
		       uint32_t orphans)
{
	const struct pool_occupancy *in = &occupancy->pools[pool];
	cr_assert(in->objects == objects && in->buffers == buffers && in->orphans == orphans, "pool %zu: %u, %u, %u",
		  pool, in->objects, in->buffers, in->orphans);
}

static void check_total(const struct occupancy_total *total, uint64_t count, uint64_t size)
{
	cr_assert(total->count == count && total->size == size, "%lu objects, %lu bytes", total->count, total->size);
}

HEAP_TEST(occupancy, gives_each_block_to_one)
{
	AUTO(loaded) struct loaded loaded = {0};
	AUTO(allocator) struct allocator allocator = {0};
	AUTO(occupancy) struct occupancy occupancy = {0};
	create(&loaded, &allocator, &occupancy, snapshot);
	check_pool(&occupancy, 0, 2, 1, 1);
	check_pool(&occupancy, 1, 1, 4, 0); /* the capture knew of more buffers than are listed */
	check_pool(&occupancy, 2, 1, 0, 0);
	check_total(&occupancy.inside, 5, 570);
	check_total(&occupancy.fixed, 1, 1000);
	check_total(&occupancy.outside, 1, 5000);
	check_total(&occupancy.frozen, 2, 5050);
	cr_assert_eq(occupancy.contradictions, 0);
	struct block_totals totals = {0};
	occupancy_add(&occupancy, 1, &totals);
	occupancy_add(&occupancy, 0, &totals);
	cr_assert(totals.pools == 2 && totals.capacity == 70 && totals.used == 17 && totals.objects == 3 &&
		  totals.buffers == 5 && totals.orphans == 1 && totals.told == 5 && totals.asked == 2300);
}

/* Of the first arena, which is sparse, all four objects and the buffers that are listed; of the second one none. */
HEAP_TEST(occupancy, lists_what_is_in_sparse_arenas)
{
	AUTO(loaded) struct loaded loaded = {0};
	AUTO(allocator) struct allocator allocator = {0};
	AUTO(occupancy) struct occupancy occupancy = {0};
	create(&loaded, &allocator, &occupancy, snapshot);
	const uint64_t expected[] = {0x100040, 0x100070, 0x100080, 0x101030, 0x101030, 0x200030};
	cr_assert_eq(occupancy.tenants.count, 6);
	for (size_t i = 0; i < 6; i++) {
		cr_assert_eq(occupancy.tenants.items[i].arena, 0);
		cr_assert_eq(loaded.graph->address[occupancy.tenants.items[i].node], expected[i]);
	}
	cr_assert_eq(occupancy.tenants.items[4].size, 512);
}

/* An object in a block that is not given out, as in a torn capture: there are no more blocks for it. */
HEAP_TEST(occupancy, never_has_more_than_is_used)
{
	AUTO(loaded) struct loaded loaded = {0};
	AUTO(allocator) struct allocator allocator = {0};
	AUTO(occupancy) struct occupancy occupancy = {0};
	create(&loaded, &allocator, &occupancy,
	       ARENAS "row pools address=0x100000 arena=0 block_size=64 capacity=63 used=1\n"
		      "object 0x100030 app.A\nobject 0x100070 app.A\nobject 0x1000b0 app.A\n"
		      "row orphans address=0x1000f0 type=app.A size=60\n");
	check_pool(&occupancy, 0, 1, 0, 0);
	cr_assert_eq(occupancy.contradictions, 3);
}
