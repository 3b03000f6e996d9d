/* Whatever stands in a maps file, ranges come out sorted, disjoint and plausible. */
#include "tests/test.h"

#include "dumper/maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usual[] = "00400000-00401000 r--p 00000000 fe:01 131 /usr/bin/python3.11\n"
			    "00401000-00600000 r-xp 00001000 fe:01 131 /usr/bin/python3.11\n"
			    "00600000-00700000 rw-p 00200000 fe:01 131 /usr/bin/python3.11\n"
			    "00700000-00800000 rw-p 00000000 00:00 0 \n"
			    "02000000-03000000 rw-p 00000000 00:00 0                          [heap]\n"
			    "7f0000000000-7f0000002000 rw-s 00000000 00:01 77 /memfd:ring (deleted)\n"
			    "7ffd00000000-7ffd00004000 r--p 00000000 00:00 0 [vvar]\n"
			    "ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0 [vsyscall]\n";

static void parse(struct maps *maps, const char *text)
{
	maps_init(maps);
	assert_ok(maps_parse(maps, text, strlen(text)));
}

/* What every user of a maps relies on. */
static void assert_sound(const struct maps *maps)
{
	for (size_t i = 0; i < maps->count; i++) {
		cr_assert_lt(maps->ranges[i].start, maps->ranges[i].end);
		cr_assert(i == 0 || maps->ranges[i - 1].end <= maps->ranges[i].start);
		cr_assert(maps->ranges[i].path == NULL || maps->ranges[i].path[0] != '\0');
	}
}

HEAP_TEST(maps, reads_what_the_kernel_writes)
{
	AUTO(maps) struct maps maps;
	parse(&maps, usual);
	cr_assert_eq(maps.count, 8);
	cr_assert_eq(maps.skipped, 0);
	assert_sound(&maps);
	const struct source_range *code = &maps.ranges[1];
	cr_assert_eq(code->start, 0x401000);
	cr_assert_eq(code->end, 0x600000);
	cr_assert_eq(code->file_offset, 0x1000);
	cr_assert(code->readable && !code->writable && code->executable && !code->deleted);
	cr_assert_str_eq(code->path, "/usr/bin/python3.11");
	cr_assert_eq(maps.files[1].inode, 131);
	cr_assert_null(maps.ranges[3].path, "anonymous memory");
	cr_assert_str_eq(maps.ranges[4].path, "[heap]");
}

HEAP_TEST(maps, tells_deleted_shared_and_unreadable_ranges)
{
	AUTO(maps) struct maps maps;
	parse(&maps, usual);
	cr_assert_str_eq(maps.ranges[5].path, "/memfd:ring");
	cr_assert(maps.ranges[5].deleted);
	cr_assert(maps.files[5].shared);
	cr_assert_not(maps.files[4].shared);
	cr_assert_not(maps.ranges[6].readable, "[vvar] can't be read from outside");
	cr_assert_not(maps.ranges[7].readable);
}

HEAP_TEST(maps, keeps_blanks_and_newlines_of_paths)
{
	AUTO(maps) struct maps maps;
	parse(&maps, "1000-2000 r--p 00000000 00:01 1 /tmp/a b (deleted)/c\\012d  \n"
		     "2000-3000 r--p 00000000 00:01 1 / (deleted)\n"
		     "3000-4000 r--p 00000000 00:01 1  (deleted)\n");
	cr_assert_eq(maps.count, 3);
	cr_assert_str_eq(maps.ranges[0].path, "/tmp/a b (deleted)/c\nd  ");
	cr_assert_not(maps.ranges[0].deleted);
	cr_assert_str_eq(maps.ranges[1].path, "/");
	cr_assert(maps.ranges[1].deleted);
	cr_assert_not(maps.ranges[2].deleted, "nothing is left of that name");
}

HEAP_TEST(maps, skips_and_counts_what_makes_no_sense)
{
	static const char *const bad[] = {
		"",
		"nonsense",
		"1000-2000",
		"1000-2000 ",
		"1000-2000 r-xp",
		"1000-2000 r-xp 0 00:00",
		"1000-2000 r-xp 0 00:00 ",
		"1000-2000 r-xp 0 00:00 x",
		"1000-2000 rwx 00000000 00:00 0",
		"1000-2000 rqxp 00000000 00:00 0",
		"2000-1000 r-xp 00000000 00:00 0",
		"1000-1000 r-xp 00000000 00:00 0",
		"1001-2000 r-xp 00000000 00:00 0",
		"1000-2fff r-xp 00000000 00:00 0",
		"-2000 r-xp 00000000 00:00 0",
		"1000-123456789abcdef01 r-xp 00000000 00:00 0",
		"1000-2000 r-xp 00000000 1ffffffff:00 0",
		"1000-2000 r-xp 00000000 00:00 99999999999999999999",
		"1000 2000 r-xp 00000000 00:00 0",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		AUTO(maps) struct maps maps;
		AUTO(string) char *text = NULL;
		cr_assert_geq(asprintf(&text, "5000-6000 r--p 0 0:0 0\n%s\n7000-8000 r--p 0 0:0 0", bad[i]), 0);
		parse(&maps, text);
		cr_assert_eq(maps.count, 2, "'%s' became a range", bad[i]);
		cr_assert_eq(maps.skipped, 1);
	}
}

HEAP_TEST(maps, sorts_and_drops_overlaps)
{
	AUTO(maps) struct maps maps;
	parse(&maps, "5000-7000 r--p 0 0:0 0 b\n1000-2000 r--p 0 0:0 0 a\n6000-8000 r--p 0 0:0 0 over\n"
		     "1000-2000 r--p 0 0:0 0 again\n7000-8000 r--p 0 0:0 0 c\n");
	assert_sound(&maps);
	cr_assert_eq(maps.count + maps.skipped, 5);
	cr_assert_str_eq(maps.ranges[0].path, "a");
	cr_assert_str_eq(maps.ranges[1].path, "b");
}

HEAP_TEST(maps, finds_the_range_of_an_address)
{
	AUTO(maps) struct maps maps;
	size_t index = 99;
	parse(&maps, usual);
	cr_assert(maps_find(&maps, 0x400000, &index));
	cr_assert_eq(index, 0);
	cr_assert(maps_find(&maps, 0x600fff, &index));
	cr_assert_eq(index, 2);
	cr_assert_not(maps_find(&maps, 0x3fffff, &index));
	cr_assert_not(maps_find(&maps, 0x1000000, &index));
	cr_assert_not(maps_find(&maps, UINT64_MAX, &index));
	cr_assert_eq(index, 2, "untouched where none is found");
}

/* Cut anywhere and with any byte changed, the text still gives sound ranges. */
HEAP_TEST(maps, survives_cut_and_changed_text)
{
	for (size_t cut = 0; cut <= strlen(usual); cut++) {
		AUTO(maps) struct maps maps;
		maps_init(&maps);
		assert_ok(maps_parse(&maps, usual, cut));
		assert_sound(&maps);
	}
	for (size_t at = 0; at < strlen(usual); at++) {
		static const char changes[] = {'\0', '\n', ' ', '-', 'f', '\\', '\xff', '9'};
		for (size_t i = 0; i < sizeof changes; i++) {
			AUTO(maps) struct maps maps;
			AUTO(string) char *text = strdup(usual);
			text[at] = changes[i];
			maps_init(&maps);
			assert_ok(maps_parse(&maps, text, strlen(usual)));
			assert_sound(&maps);
		}
	}
}

HEAP_TEST(maps, reads_its_own_process)
{
	AUTO(maps) struct maps maps;
	size_t index;
	maps_init(&maps);
	assert_ok(maps_read(&maps, "/proc/self/maps"));
	cr_assert_eq(maps.skipped, 0);
	cr_assert(maps_find(&maps, (uint64_t)(uintptr_t)usual, &index));
	cr_assert_not_null(strstr(maps.ranges[index].path, "test_maps"));
	cr_assert(maps_find(&maps, (uint64_t)(uintptr_t)&index, &index));
	cr_assert(maps.ranges[index].writable);
}

HEAP_TEST(maps, says_when_the_process_is_gone)
{
	AUTO(maps) struct maps maps;
	maps_init(&maps);
	assert_error(maps_read(&maps, "/proc/0/maps"), ERROR_GONE);
	assert_error(maps_read(&maps, "/dev/null"), ERROR_GONE);
	assert_error(maps_read(&maps, "/proc/self"), ERROR_IO);
}
