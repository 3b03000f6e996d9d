/* What is wasted in each size class, by hand. tests/live compares with what sys._debugmallocstats prints. */
#include "analyzer/fragmentation.h"

#include "tests/analyzer/help_loaded.h"
#include "tests/test.h"

HEAP_TEST(fragmentation, is_free_blocks_and_rounding)
{
	AUTO(loaded) struct loaded loaded = {0};
	AUTO(allocator) struct allocator allocator = {0};
	AUTO(occupancy) struct occupancy occupancy = {0};
	AUTO(fragmentation) struct fragmentation fragmentation = {0};
	help_load(&loaded,
		  "object 0x10 app.A\nrow arenas address=0x100000 size=65536 pools=16 free_pools=12\n"
		  "row pools address=0x100000 arena=0 block_size=64 capacity=63 used=10 objects=2 buffers=1 asked=170\n"
		  "row pools address=0x101000 arena=0 block_size=16 capacity=253 used=253\n"
		  "row pools address=0x102000 arena=0 block_size=64 capacity=63 used=1 objects=1 asked=64\n");
	assert_ok(allocator_create(loaded.reader, &allocator));
	assert_ok(occupancy_create(loaded.reader, &allocator, NULL, &occupancy));
	assert_ok(fragmentation_create(&occupancy, &fragmentation));
	cr_assert_eq(fragmentation.classes.count, 2);
	const struct size_class *small = &fragmentation.classes.items[0], *large = small + 1;
	cr_assert(small->block_size == 16 && small->blocks.pools == 1 && small->blocks.used == 253);
	cr_assert(large->block_size == 64 && large->blocks.pools == 2 && large->blocks.used == 11);
	cr_assert_eq(fragmentation.free, (53 + 62) * 64);
	cr_assert_eq(fragmentation.rounding, 4 * 64 - 234);
	cr_assert_eq(fragmentation.all.capacity, 63 + 253 + 63);
}
