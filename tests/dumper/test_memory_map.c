/* Whatever stands in a smaps file: mappings come out sorted and disjoint, each with its own figures, none above its size. */
#include "tests/test.h"

#include "dumper/memory_map.h"

#include "tests/dumper/help_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usual[] =
	"00400000-00402000 r-xp 00000000 fe:01 131                                /usr/bin/python3.11\n"
	"Size:                  8 kB\nRss:                   4 kB\nPss:                   1 kB\n"
	"Private_Clean:         0 kB\nPrivate_Dirty:         0 kB\nSwap:                  0 kB\nVmFlags: rd ex mr mw me\n"
	"00500000-00520000 rw-p 00000000 00:00 0                                  [heap]\n"
	"Size:                128 kB\nRss:                  96 kB\nPrivate_Clean:         4 kB\n"
	"Private_Dirty:        92 kB\nSwap:                 16 kB\nSwapPss:              16 kB\nVmFlags: rd wr mr mw\n"
	"7f0000000000-7f0000002000 rw-s 00000000 00:01 77                         /memfd:ring (deleted)\n"
	"Rss:                   8 kB\nPrivate_Dirty:         0 kB\n";

static void parse(struct memory_map *map, const char *text, size_t length)
{
	memory_map_init(map);
	assert_ok(memory_map_parse(map, text, length));
	for (size_t i = 0; i < map->mappings.count; i++) {
		const struct memory_mapping *mapping = &map->mappings.items[i];
		uint64_t size = mapping->range.end - mapping->range.start;

		cr_assert_lt(mapping->range.start, mapping->range.end);
		cr_assert(i == 0 || mapping[-1].range.end <= mapping->range.start);
		cr_assert(mapping->resident <= size && mapping->unshared <= size && mapping->swapped <= size);
	}
}

HEAP_TEST(memory_map, takes_the_figures_of_each_mapping)
{
	AUTO(memory_map) struct memory_map map;

	parse(&map, usual, strlen(usual));
	cr_assert_eq(map.mappings.count, 3);
	cr_assert_eq(map.skipped, 0);
	cr_assert(map.measured);
	const struct memory_mapping *code = &map.mappings.items[0], *heap = &code[1], *ring = &code[2];
	cr_assert_eq(code->resident, 4096);
	cr_assert_eq(code->unshared, 0);
	cr_assert_str_eq(code->range.path, "/usr/bin/python3.11");
	cr_assert_eq(heap->resident, 96 * 1024);
	cr_assert_eq(heap->unshared, 96 * 1024);
	cr_assert_eq(heap->swapped, 16 * 1024);
	cr_assert(ring->shared && ring->range.deleted);
	cr_assert_eq(ring->resident, 8192);
	cr_assert_eq(memory_map_at(&map, 0x51ffff), heap);
	cr_assert_null(memory_map_at(&map, 0x520000));
	cr_assert_null(memory_map_at(&map, 0));
}

HEAP_TEST(memory_map, a_maps_file_measures_nothing)
{
	static const char text[] = "00400000-00402000 r-xp 00000000 fe:01 131 /a\n00500000-00520000 rw-p 00000000 00:00 0 [heap]\n";
	AUTO(memory_map) struct memory_map map;

	parse(&map, text, strlen(text));
	cr_assert_eq(map.mappings.count, 2);
	cr_assert_not(map.measured);
}

HEAP_TEST(memory_map, forged_lines_harm_nobody)
{
	static const char text[] =
		"Rss:                   4 kB\n"                             /* of no mapping */
		"00400000-00402000 r-xp 00000000 fe:01 131 /a\nRss: 99999999999999999999999 kB\nSwap: 5 MB\nSwap: kB\n"
		"Private_Clean: 18446744073709551615 kB\nPrivate_Dirty: 18014398509481984 kB\n"
		"00401000-00403000 rw-p 00000000 00:00 0 [heap]\nRss: 8 kB\n" /* overlaps: neither it nor its figures */
		"00300000-00301000 rw-p 00000000 00:00 0\nRss: 4 kB\n"        /* lies before */
		"00500000-00501000 rw-p 00000000 00:00 0\nRss: -1 kB\nRss:\nRss: 4 kB";
	AUTO(memory_map) struct memory_map map;

	parse(&map, text, strlen(text));
	cr_assert_eq(map.mappings.count, 2);
	cr_assert_eq(map.mappings.items[0].resident, 8192);
	cr_assert_eq(map.mappings.items[0].unshared, 8192);
	cr_assert_eq(map.mappings.items[0].swapped, 0);
	cr_assert_eq(map.mappings.items[1].range.start, 0x500000);
	cr_assert_eq(map.mappings.items[1].resident, 4096);
}

HEAP_TEST(memory_map, any_cut_and_any_byte_is_survived)
{
	size_t length = strlen(usual);
	AUTO(string) char *text = strdup(usual);

	cr_assert_not_null(text);
	for (size_t i = 0; i <= length; i++) {
		AUTO(memory_map) struct memory_map cut;

		parse(&cut, usual, i);
	}
	srand(7);
	for (int round = 0; round < 2000; round++) {
		AUTO(memory_map) struct memory_map map;
		size_t at = (size_t)rand() % length;
		char was = text[at];

		text[at] = (char)rand();
		parse(&map, text, length);
		text[at] = was;
	}
}

/* A fork has mapped nothing of files, and shares the rest: what it shares counts as its own, files as the process has them. */
HEAP_TEST(memory_map, of_a_fork)
{
	static const char text[] =
		"00400000-00402000 r-xp 00000000 fe:01 131                                /usr/bin/python3.11\nRss:  0 kB\n"
		"00500000-00520000 rw-p 00000000 00:00 0                                  [heap]\n"
		"Rss:  64 kB\nPrivate_Dirty: 0 kB\nSwap: 8 kB\n"
		"00600000-00602000 r--p 00000000 fe:01 132                                /usr/lib/gone.so\nRss:  4 kB\n"
		"7f0000000000-7f0000001000 rw-s 00000000 00:01 77                         /memfd:ring (deleted)\nRss: 4 kB\n";
	AUTO(memory_map) struct memory_map fork, process;

	parse(&fork, text, strlen(text));
	parse(&process, usual, strlen(usual));
	memory_map_of_fork(&fork, &process);
	const struct memory_mapping *code = &fork.mappings.items[0], *heap = &code[1], *gone = &code[2], *ring = &code[3];
	cr_assert_eq(code->resident, 4096, "as the process");
	cr_assert_eq(heap->resident, 64 * 1024, "not as the process by now");
	cr_assert_eq(heap->unshared, 64 * 1024);
	cr_assert_eq(heap->swapped, 8 * 1024);
	cr_assert_eq(gone->resident, 4096, "the process has it no more");
	cr_assert_eq(ring->resident, 4096, "the process has another one there");
}

HEAP_TEST(memory_map, reads_this_process)
{
	AUTO(memory_map) struct memory_map map;
	int here = 1;

	memory_map_init(&map);
	assert_ok(memory_map_read(&map, "/proc", getpid()));
	cr_assert(map.measured);
	cr_assert_eq(map.skipped, 0);
	const struct memory_mapping *stack = memory_map_at(&map, (uint64_t)(uintptr_t)&here);
	cr_assert_not_null(stack);
	cr_assert(stack->range.writable && stack->resident >= 4096);
}

HEAP_TEST(memory_map, a_process_that_is_gone_is_an_error)
{
	AUTO(memory_map) struct memory_map map;

	memory_map_init(&map);
	assert_error(memory_map_read(&map, "/proc", 0x7fffffff), ERROR_GONE);
}
