/* Whatever is counted where, the kinds add up to the mappings, byte by byte, in all three sums. */
#include "tests/test.h"

#include "dumper/footprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE UINT64_C(4096)

static const char mapped[] =
	"00400000-00402000 r-xp 00000000 fe:01 131 /usr/bin/python3\nRss: 8 kB\n"
	"00402000-00403000 r--p 00002000 fe:01 131 /usr/bin/python3\nRss: 0 kB\n"
	"00403000-00405000 rw-p 00003000 fe:01 131 /usr/bin/python3\nRss: 8 kB\n"
	"00405000-00407000 rw-p 00000000 00:00 0\nRss: 8 kB\n"
	"00500000-00520000 rw-p 00000000 00:00 0 [heap]\nRss: 128 kB\n"
	"00600000-00610000 ---p 00000000 00:00 0\nRss: 0 kB\n"
	"00700000-00710000 rw-p 00000000 00:00 0\nRss: 0 kB\n"
	"00800000-00810000 rw-p 00000000 00:00 0\nRss: 12 kB\nSwap: 4 kB\n"
	"00900000-00902000 rw-s 00000000 00:01 5 /dev/shm/a\nRss: 4 kB\n"
	"00a00000-00a01000 rw-s 00000000 00:01 6 /dev/zero (deleted)\nRss: 4 kB\n"
	"00b00000-00b02000 rw-s 00000000 fe:01 7 /var/lib/data\nRss: 4 kB\n"
	"7fff00000000-7fff00004000 rw-p 00000000 00:00 0 [stack]\nRss: 16 kB\n"
	"7fff0fffc000-7fff10000000 r--p 00000000 00:00 0 [vvar]\nRss: 0 kB\n"
	"7fff10000000-7fff10002000 r-xp 00000000 00:00 0 [vdso]\nRss: 4 kB\n";

static struct footprint *make(const char *text)
{
	AUTO(memory_map) struct memory_map map;
	struct footprint *footprint;

	memory_map_init(&map);
	assert_ok(memory_map_parse(&map, text, strlen(text)));
	assert_ok(footprint_of_map(&map, &footprint));
	return footprint;
}

/* What the kinds must add up to. */
static void assert_adds_up(struct footprint *footprint, struct footprint_sum kinds[MEMORY_KINDS])
{
	const struct memory_map *map = footprint_map(footprint);
	struct footprint_sum all = {0}, total = {0};

	footprint_sum(footprint, kinds);
	for (int k = 0; k < MEMORY_KINDS; k++) {
		all.size += kinds[k].size;
		all.resident += kinds[k].resident;
		all.swapped += kinds[k].swapped;
	}
	for (size_t i = 0; i < map->mappings.count; i++) {
		total.size += map->mappings.items[i].range.end - map->mappings.items[i].range.start;
		total.resident += map->mappings.items[i].resident;
		total.swapped += map->mappings.items[i].swapped;
	}
	cr_assert_eq(all.size, total.size);
	cr_assert_eq(all.resident, total.resident);
	cr_assert_eq(all.swapped, total.swapped);
}

HEAP_TEST(footprint, mappings_are_what_they_are)
{
	AUTO(footprint) struct footprint *footprint = make(mapped);
	struct footprint_sum kinds[MEMORY_KINDS];

	assert_adds_up(footprint, kinds);
	cr_assert_eq(kinds[MEMORY_FILES_CODE].size, 2 * PAGE);
	cr_assert_eq(kinds[MEMORY_FILES_CONSTANT].size, PAGE);
	cr_assert_eq(kinds[MEMORY_FILES_DATA].size, 6 * PAGE, "the data, the zeros behind it, and a file that is written to");
	cr_assert_eq(kinds[MEMORY_SHARED].size, 3 * PAGE);
	cr_assert_eq(kinds[MEMORY_SHARED].resident, 2 * PAGE);
	cr_assert_eq(kinds[MEMORY_STACKS].resident, 4 * PAGE);
	cr_assert_eq(kinds[MEMORY_KERNEL].size, 6 * PAGE);
	cr_assert_eq(kinds[MEMORY_RESERVED].size, 16 * PAGE);
	cr_assert_eq(kinds[MEMORY_ANONYMOUS].size, (32 + 16 + 16) * PAGE);
	cr_assert_eq(kinds[MEMORY_ANONYMOUS].resident, 32 * PAGE);
	cr_assert_eq(kinds[MEMORY_UNDIVIDED].resident, 3 * PAGE, "no page map says which pages these are");
	cr_assert_eq(kinds[MEMORY_UNDIVIDED].swapped, PAGE);
	cr_assert_eq(kinds[MEMORY_UNDIVIDED].size, 0);
}

HEAP_TEST(footprint, a_page_is_given_out_in_order)
{
	AUTO(footprint) struct footprint *footprint = make(mapped);
	struct footprint_sum kinds[MEMORY_KINDS];

	assert_ok(footprint_base(footprint, MEMORY_MALLOC_UNWALKED, 0x500000, 0x504000));
	assert_ok(footprint_add(footprint, PART_USED, 0x500000, 1000)); /* a block, and the object in it */
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x500010, 900));
	assert_ok(footprint_add(footprint, PART_FREE, 0x500000 + 1000, 3000));
	assert_ok(footprint_add(footprint, PART_ARENA, 0x501000, PAGE)); /* objects in arenas are the arenas' */
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x501100, 500));
	assert_ok(footprint_add(footprint, PART_USED, 0x502000, 200));
	assert_ok(footprint_move(footprint, PART_USED, PART_CACHED, 0x502000, 64));
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x503ff0, 32)); /* over the border of what malloc has */
	assert_adds_up(footprint, kinds);
	cr_assert_eq(kinds[MEMORY_ARENAS].size, PAGE);
	cr_assert_eq(kinds[MEMORY_OBJECTS].size, 900 + 32);
	cr_assert_eq(kinds[MEMORY_MALLOC_USED].size, 100 + 136);
	cr_assert_eq(kinds[MEMORY_MALLOC_FREE].size, 3000);
	cr_assert_eq(kinds[MEMORY_MALLOC_CACHED].size, 64);
	cr_assert_eq(kinds[MEMORY_MALLOC_UNWALKED].size, 4 * PAGE - 4000 - PAGE - 200 - 16);
	cr_assert_eq(kinds[MEMORY_OBJECTS].resident, 900 + 32);
}

HEAP_TEST(footprint, only_private_memory_of_no_file_is_divided)
{
	AUTO(footprint) struct footprint *footprint = make(mapped);
	struct footprint_sum before[MEMORY_KINDS], after[MEMORY_KINDS];

	footprint_sum(footprint, before);
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x403000, PAGE));
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x900000, PAGE));
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x600000, PAGE));
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x7fff00000000, PAGE));
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x10000, PAGE)); /* nothing is mapped there */
	assert_adds_up(footprint, after);
	cr_assert_arr_eq(before, after, sizeof before);
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x404ff8, 16)); /* the end of the data, and the zeros behind */
	assert_adds_up(footprint, after);
	cr_assert_arr_eq(before, after, sizeof before, "both are the program's own");
	assert_ok(footprint_add(footprint, PART_USED, 0x405000, 24)); /* what malloc has is not */
	assert_adds_up(footprint, after);
	cr_assert_eq(after[MEMORY_OBJECTS].size, 8);
	cr_assert_eq(after[MEMORY_MALLOC_USED].size, 16);
}

HEAP_TEST(footprint, reports_that_overlap_count_no_byte_twice)
{
	AUTO(footprint) struct footprint *footprint = make(mapped);
	struct footprint_sum kinds[MEMORY_KINDS];

	srand(11);
	for (int i = 0; i < 20000; i++) {
		uint64_t address = 0x4f0000 + (uint64_t)rand() % 0x340000, size = (uint64_t)rand() % 9000;
		enum footprint_part part = (enum footprint_part)(rand() % PART_COUNT);

		if (rand() % 8 == 0)
			assert_ok(footprint_base(footprint, MEMORY_STACKS, address & ~(PAGE - 1),
						 (address & ~(PAGE - 1)) + 3 * PAGE));
		else if (rand() % 8 == 0)
			assert_ok(footprint_move(footprint, part, (part + 1) % PART_COUNT, address, size));
		else
			assert_ok(footprint_add(footprint, part, address, size));
		if (i % 1000 == 0)
			assert_adds_up(footprint, kinds);
	}
	assert_adds_up(footprint, kinds);
	cr_assert_gt(kinds[MEMORY_OBJECTS].size, 0);
}

/* Sizes are the target's to say. */
HEAP_TEST(footprint, terabytes_are_cheap)
{
	AUTO(footprint) struct footprint *footprint =
		make("100000000000-200000000000 rw-p 00000000 00:00 0\nRss: 4 kB\n"
		     "300000000000-300000010000 rw-p 00000000 00:00 0\nRss: 64 kB\n");
	struct footprint_sum kinds[MEMORY_KINDS];

	assert_ok(footprint_add(footprint, PART_OBJECT, 0x180000000000, 5000));
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x30000000fff0, UINT64_MAX));
	assert_adds_up(footprint, kinds);
	cr_assert_eq(kinds[MEMORY_OBJECTS].size, 5016);
	assert_ok(footprint_add(footprint, PART_OBJECT, 0x100000000000, UINT64_C(1) << 43)); /* 8 TiB: 64 GiB are counted */
	assert_adds_up(footprint, kinds);
	cr_assert_leq(kinds[MEMORY_OBJECTS].size, (UINT64_C(64) << 30) + 5016);
}

HEAP_TEST(footprint, steps_over_what_is_known)
{
	AUTO(footprint) struct footprint *footprint = make(mapped);

	assert_ok(footprint_add(footprint, PART_ARENA, 0x500000, 0x4000));
	cr_assert_eq(footprint_next_unknown(footprint, 0x500000), 0x504000);
	cr_assert_eq(footprint_next_unknown(footprint, 0x510000), 0x510000);
	cr_assert_eq(footprint_next_unknown(footprint, 0x700000), 0x710000, "nobody ever wrote there");
	cr_assert_eq(footprint_next_unknown(footprint, 0x10000), UINT64_MAX);
	assert_ok(footprint_base(footprint, MEMORY_STACKS, 0x700000, 0x702000));
	cr_assert_eq(footprint_base_end(footprint, MEMORY_STACKS, 0x701000), 0x702000);
	cr_assert_eq(footprint_base_end(footprint, MEMORY_STACKS, 0x702000), 0);
	cr_assert_eq(footprint_base_end(footprint, MEMORY_MALLOC_UNWALKED, 0x701000), 0);
}

/* This process, whose page map there is: part of a mapping that is partly there. */
HEAP_TEST(footprint, pages_are_told_apart_by_the_page_map)
{
	struct process process = {.proc = (char *)"/proc", .pid = getpid(), .reader = getpid()};
	AUTO(footprint) struct footprint *footprint = NULL;
	struct footprint_sum before[MEMORY_KINDS], after[MEMORY_KINDS];
	volatile char sum = 0;
	void *memory = mmap(NULL, 512 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(memory, MAP_FAILED);
	madvise(memory, 512 * PAGE, MADV_NOHUGEPAGE);
	for (int page = 0; page < 512; page += 4) { /* a quarter is written, a quarter only read, half untouched */
		((volatile char *)memory)[page * 4096] = 1;
		sum = (char)(sum + ((volatile char *)memory)[(page + 1) * 4096]);
	}
	assert_ok(footprint_take(&process, &footprint));
	assert_adds_up(footprint, before);
	assert_ok(footprint_add(footprint, PART_OBJECT, (uint64_t)(uintptr_t)memory, 512 * PAGE));
	assert_adds_up(footprint, after);
	cr_assert_eq(after[MEMORY_OBJECTS].size - before[MEMORY_OBJECTS].size, 512 * PAGE);
	cr_assert_eq(after[MEMORY_OBJECTS].resident - before[MEMORY_OBJECTS].resident, 128 * PAGE);
	munmap(memory, 512 * PAGE);
}
