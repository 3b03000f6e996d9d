/* Core files are read as they are written, and as nobody writes them: cut, forged, changed. */
#include "tests/test.h"

#include "base/bytes.h"
#include "dumper/core.h"
#include "tests/dumper/help_core.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAP UINT64_C(0x55550000)
#define STACK UINT64_C(0x7ffd00000000)

static struct made_core *usual(void)
{
	struct made_core *made = made_core_create();

	made_core_process(made, 4711, 1000, "worker");
	made_core_thread(made);
	made_core_thread(made);
	made_core_auxiliary(made, AT_PHDR, 0x400040);
	made_core_auxiliary(made, AT_RANDOM, STACK + 0x123);
	made_core_library(made, 0x400000, 7, "/opt/app/python3");
	made_core_segment(made, HEAP, 0x4000, 0x4000, "rw-");
	made_core_segment(made, STACK, 0x2000, 0x2000, "rw-");
	return made;
}

static struct error *open_made(const struct made_core *made, struct core **core)
{
	AUTO(string) char *path = made_core_write(made);
	struct error *error = core_open(path, core);

	unlink(path);
	return error;
}

static struct error *open_bytes(const void *bytes, size_t size, struct core **core)
{
	AUTO(string) char *path = made_file(bytes, size);
	struct error *error = core_open(path, core);

	unlink(path);
	return error;
}

static bool holds_pattern(const struct core *core, uint64_t address, size_t size)
{
	uint8_t bytes[4096];
	size_t got;

	cr_assert_leq(size, sizeof bytes);
	assert_ok(core_read(core, address, bytes, size, &got));
	for (size_t i = 0; i < got; i++)
		if (bytes[i] != core_pattern(address + i))
			return false;
	return got == size;
}

/* What is said must hold together, whatever the file was. */
static void check_whole(const struct core *core)
{
	uint64_t end = 0, held = 0;
	uint8_t bytes[64];
	size_t got;

	for (size_t i = 0; i < core->segments.count; i++) {
		const struct core_segment *segment = &core->segments.items[i];

		cr_assert(segment->start >= end && segment->end > segment->start);
		cr_assert_eq((segment->start | segment->end) & 4095, 0);
		cr_assert_leq(segment->held, segment->end - segment->start);
		end = segment->end;
		held += segment->held;
		cr_assert_eq(core_segment_at(core, segment->end - 1), segment);
		assert_ok(core_read(core, segment->start + segment->held / 2, bytes, sizeof bytes, &got));
		cr_assert(got > 0 || segment->held == 0);
		if (segment->held > 0)
			assert_ok(core_read(core, segment->start + segment->held - 1, bytes, sizeof bytes, &got));
	}
	cr_assert_eq(held, core->held);
	end = 0;
	for (size_t i = 0; i < core->mappings.count; i++) {
		const struct core_mapping *mapping = &core->mappings.items[i];

		cr_assert(mapping->start >= end && mapping->end > mapping->start);
		cr_assert_eq((mapping->start | mapping->end) & 4095, 0);
		end = mapping->end;
		cr_assert_eq(core_mapping_at(core, mapping->start), mapping);
		cr_assert_not_null(mapping->path);
	}
}

static void check_usual(const struct core *core)
{
	check_whole(core);
	cr_assert_eq(core->pid, 4711);
	cr_assert_eq(core->uid, 1000);
	cr_assert_str_eq(core->command, "worker");
	cr_assert_eq(core->threads, 2);
	cr_assert_eq(core->random_address, STACK + 0x123);
	cr_assert_eq(core->program_headers, 0x400040);
	cr_assert(core->listed && !core->uncounted);
	cr_assert_eq(core->lost, 0);
	cr_assert_eq(core->mappings.count, 4);
	cr_assert_str_eq(core_mapping_at(core, 0x400040)->path, "/opt/app/python3");
	cr_assert_eq(core_mapping_at(core, 0x401000)->offset, 0x1000);
	cr_assert_null(core_mapping_at(core, HEAP));
	cr_assert(holds_pattern(core, HEAP + 0xff0, 0x20));
	cr_assert(holds_pattern(core, STACK, 0x1000));
	cr_assert_null(core_segment_at(core, HEAP - 1));
	cr_assert_null(core_segment_at(core, HEAP + 0x4000));
	cr_assert(core_segment_at(core, 0x402000)->writable && !core_segment_at(core, 0x401000)->writable);
}

HEAP_TEST(core, reads_what_the_kernel_writes)
{
	AUTO(made_core) struct made_core *made = usual();
	AUTO(core) struct core *core = NULL;
	uint8_t bytes[16];
	size_t got;

	assert_ok(open_made(made, &core));
	check_usual(core);
	assert_ok(core_read(core, HEAP + 0x3ff8, bytes, sizeof bytes, &got));
	cr_assert_eq(got, 8, "up to the segment's end");
	assert_ok(core_read(core, 0x401000, bytes, sizeof bytes, &got));
	cr_assert_eq(got, 0, "the core left it out");
	assert_ok(core_read(core, UINT64_MAX, bytes, sizeof bytes, &got));
	cr_assert_eq(got, 0);
}

HEAP_TEST(core, reads_what_gcore_writes)
{
	AUTO(made_core) struct made_core *made = usual();
	AUTO(core) struct core *core = NULL;

	made_core_notes_last(made);
	assert_ok(open_made(made, &core));
	check_usual(core);
}

/* Bytes that the whole file says it holds. */
static uint64_t total(const struct core *core)
{
	return saturating_add(core->held, core->lost);
}

static void cut_everywhere(bool notes_last)
{
	AUTO(made_core) struct made_core *made = usual();
	size_t size, whole = 0, refused = 0;

	if (notes_last)
		made_core_notes_last(made);
	AUTO(free) void *bytes = made_core_bytes(made, &size);
	for (size_t cut = 0; cut < size; cut += cut < 2000 || cut > size - 2000 ? 1 : 97) {
		AUTO(core) struct core *core = NULL;
		AUTO(error) struct error *error = open_bytes(bytes, cut, &core);

		if (error != NULL) {
			cr_assert_eq(error->code, ERROR_INPUT, "cut at %zu: %s", cut, error->message);
			refused++;
			continue;
		}
		check_whole(core);
		cr_assert_eq(total(core), 2 * 0x1000 + 0x4000 + 0x2000, "cut at %zu", cut);
		cr_assert(core->lost > 0 || notes_last, "cut at %zu", cut);
		whole += core->lost == 0;
		if (!notes_last)
			cr_assert_eq(core->pid, 4711);
	}
	cr_assert_gt(refused, 64);
	cr_assert_eq(whole > 0, notes_last, "only gcore's notes can be cut without loss of memory");
}

HEAP_TEST(core, cut_anywhere_it_says_what_is_lost)
{
	cut_everywhere(false);
}

HEAP_TEST(core, cut_anywhere_notes_may_be_gone)
{
	cut_everywhere(true);
}

HEAP_TEST(core, counts_more_segments_than_16_bits_tell)
{
	AUTO(made_core) struct made_core *made = made_core_create();
	AUTO(core) struct core *core = NULL;
	AUTO(core) struct core *cut = NULL;
	size_t size;

	for (uint64_t i = 0; i < 70000; i++)
		made_core_segment(made, 0x10000000 + i * 0x2000, 0x1000, i % 1000 == 999 ? 0x1000 : 0, "rw-");
	AUTO(free) void *bytes = made_core_bytes(made, &size);
	assert_ok(open_bytes(bytes, size, &core));
	check_whole(core);
	cr_assert_eq(core->segments.count, 70000);
	cr_assert(!core->uncounted);
	cr_assert_eq(core->held, 70 * 0x1000);
	cr_assert(holds_pattern(core, 0x10000000 + UINT64_C(69999) * 0x2000, 0x1000));
	assert_ok(open_bytes(bytes, size - 1, &cut));
	check_whole(cut);
	cr_assert(cut->uncounted, "section 0, which has the count, is gone");
	cr_assert_lt(cut->segments.count, 70000);
}

HEAP_TEST(core, exactly_as_many_segments_as_16_bits_can_not_tell)
{
	AUTO(made_core) struct made_core *made = made_core_create();
	AUTO(core) struct core *core = NULL;

	for (uint64_t i = 0; i < 0xfffe; i++)
		made_core_segment(made, 0x10000000 + i * 0x1000, 0x1000, i == 0xfffd ? 0x1000 : 0, "rw-");
	assert_ok(open_made(made, &core));
	cr_assert_eq(core->segments.count, 0xfffe);
	cr_assert(!core->uncounted);
	cr_assert_eq(core->held, 0x1000);
}

HEAP_TEST(core, segments_shrink_to_whole_pages)
{
	AUTO(made_core) struct made_core *made = made_core_create();
	AUTO(core) struct core *core = NULL;

	made_core_segment(made, 0x10800, 0x2000, 0x2000, "rw-");
	made_core_segment(made, 0x20010, 0x800, 0x800, "rw-");
	made_core_segment(made, 0x30001, 0x1fff, 0x1234, "rw-");
	made_core_segment(made, 0x40fff, 0x1001, 1, "rw-");
	made_core_map(made, 0x50800, 0x52000, 0x3000, "/a");
	made_core_map(made, 0x60001, 0x60fff, 0, "/b");
	assert_ok(open_made(made, &core));
	check_whole(core);
	cr_assert_eq(core->segments.count, 3);
	cr_assert_null(core_segment_at(core, 0x10800));
	cr_assert(holds_pattern(core, 0x11000, 0x1000));
	cr_assert_null(core_segment_at(core, 0x12000), "its second half was another's");
	cr_assert(holds_pattern(core, 0x31000, 0x235));
	cr_assert_eq(core_segment_at(core, 0x31000)->held, 0x235);
	cr_assert_eq(core_segment_at(core, 0x41000)->held, 0);
	cr_assert_eq(core->lost, 0);
	cr_assert_eq(core->mappings.count, 1);
	cr_assert_eq(core->mappings.items[0].start, 0x51000);
	cr_assert_eq(core->mappings.items[0].offset, 0x3800);
}

HEAP_TEST(core, overlapping_segments_are_left_out)
{
	AUTO(made_core) struct made_core *made = made_core_create();
	AUTO(core) struct core *core = NULL;

	made_core_segment(made, 0x12000, 0x3000, 0x3000, "rw-");
	made_core_segment(made, 0x10000, 0x3000, 0x3000, "rw-");
	made_core_segment(made, 0x15000, 0x1000, 0x1000, "rw-");
	made_core_segment(made, 0x14000, 0x1000, 0x1000, "rw-");
	made_core_map(made, 0x11000, 0x14000, 0, "/b");
	made_core_map(made, 0x10000, 0x12000, 0, "/a");
	assert_ok(open_made(made, &core));
	check_whole(core);
	cr_assert_eq(core->segments.count, 3);
	cr_assert_eq(core->mappings.count, 1);
	cr_assert_str_eq(core->mappings.items[0].path, "/a");
}

HEAP_TEST(core, a_small_file_does_not_hold_much_memory)
{
	AUTO(made_core) struct made_core *made = made_core_create();
	AUTO(core) struct core *core = NULL;
	size_t size;

	made_core_segment(made, 0x10000, 0x10000, 0x10000, "rw-");
	for (uint64_t i = 0; i < 1000; i++) {
		made_core_segment(made, 0x1000000 + i * 0x10000, 0x10000, 0x10000, "rw-");
		made_core_share(made, 0x100);
	}
	AUTO(free) void *bytes = made_core_bytes(made, &size);
	assert_ok(open_bytes(bytes, size, &core));
	check_whole(core);
	cr_assert_leq(core->held, size);
	cr_assert_eq(total(core), 1001 * 0x10000);
}

HEAP_TEST(core, wild_segments)
{
	AUTO(made_core) struct made_core *made = made_core_create();
	AUTO(core) struct core *core = NULL;

	made_core_segment(made, UINT64_MAX - 0xfff, 0x1000, 8, "r-x");
	made_core_segment(made, UINT64_MAX, 1, 1, "r-x");
	made_core_segment(made, 0xffffffffff600000, 0x1000, 0x1000, "r-x"); /* vsyscall */
	made_core_segment(made, 0x7fffffff0000, UINT64_MAX - 0x7fffffff0000, 8, "rw-");
	made_core_segment(made, 0x1000, 0x1000, 0x1000, "rw-");
	made_core_share(made, UINT64_MAX - 8);
	made_core_segment(made, 0x3000, 0x1000, 0x1000, "rw-");
	made_core_share(made, UINT64_MAX);
	assert_ok(open_made(made, &core));
	check_whole(core);
	for (size_t i = 0; i < core->segments.count; i++)
		cr_assert_lt(core->segments.items[i].start, UINT64_C(1) << 47);
}

HEAP_TEST(core, deleted_files_lose_the_mark)
{
	AUTO(made_core) struct made_core *made = usual();
	AUTO(core) struct core *core = NULL;

	made_core_map(made, 0x900000, 0x901000, 0, "/usr/lib/libx.so (deleted)");
	made_core_map(made, 0x910000, 0x911000, 0, " (deleted)");
	assert_ok(open_made(made, &core));
	cr_assert_str_eq(core_mapping_at(core, 0x900000)->path, "/usr/lib/libx.so");
	cr_assert(core_mapping_at(core, 0x900000)->deleted);
	cr_assert_str_eq(core_mapping_at(core, 0x910000)->path, " (deleted)");
	cr_assert(!core_mapping_at(core, 0x910000)->deleted);
}

/* NT_FILE with this count, page size and tail. */
static void file_note(uint64_t count, uint64_t page, const char *names, size_t size, size_t expected)
{
	AUTO(made_core) struct made_core *made = made_core_create();
	AUTO(core) struct core *core = NULL;
	uint8_t content[200] = {0};
	const uint64_t lines[] = {count, page, 0x10000, 0x11000, 0, 0x20000, 0x21000, UINT64_MAX};

	memcpy(content, lines, sizeof lines);
	memcpy(content + sizeof lines, names, size);
	made_core_note(made, NT_FILE, content, sizeof lines + size);
	made_core_segment(made, 0x10000, 0x1000, 0x1000, "rw-");
	assert_ok(open_made(made, &core));
	check_whole(core);
	cr_assert_eq(core->mappings.count, expected, "count %lu, page %lu", (unsigned long)count, (unsigned long)page);
}

HEAP_TEST(core, wild_lists_of_files)
{
	file_note(2, 4096, "/a\0/b", 6, 2);
	file_note(2, 4096, "/a\0/b", 5, 1);
	file_note(2, 4096, "", 0, 0);
	file_note(2, 0, "/a\0/b", 6, 0);
	file_note(2, UINT64_MAX, "/a\0/b", 6, 0);
	file_note(2, 1 << 30, "/a\0/b", 6, 2);
	file_note(UINT64_MAX, 4096, "/a\0/b", 6, 0);
	file_note(UINT64_MAX / 24 + 2, 4096, "/a\0/b", 6, 0);
	file_note(3, 4096, "/a\0/b", 6, 0);
	file_note(1, 4096, "/a\0/b", 6, 1);
	file_note(0, 4096, "", 0, 0);
}

HEAP_TEST(core, notes_of_odd_sizes)
{
	for (size_t size = 0; size < 140; size++) {
		AUTO(made_core) struct made_core *made = made_core_create();
		AUTO(core) struct core *core = NULL;
		uint8_t content[140];
		static const uint32_t types[] = {NT_PRPSINFO, NT_AUXV, NT_FILE, NT_PRSTATUS, 12345};

		memset(content, 0xff, sizeof content);
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			made_core_note(made, types[i], content, size);
		made_core_segment(made, 0x10000, 0x1000, 0x1000, "rw-");
		assert_ok(open_made(made, &core));
		cr_assert_eq(core->pid, 0, "2^32 - 1 is no pid");
		cr_assert_eq(core->threads, 1);
		cr_assert_leq(strlen(core->command), 16);
	}
}

HEAP_TEST(core, notes_are_read_once)
{
	AUTO(made_core) struct made_core *made = made_core_create();
	AUTO(core) struct core *core = NULL;
	size_t size;

	made_core_thread(made);
	for (uint64_t i = 0; i < 2000; i++)
		made_core_segment(made, 0x100000 + i * 0x1000, 0x1000, i == 0 ? 0x1000 : 0, "rw-");
	AUTO(free) void *bytes = made_core_bytes(made, &size);
	for (size_t i = 2; i < 2000; i++) { /* as many segments of notes, each of all the file */
		Elf64_Phdr header = {.p_type = PT_NOTE, .p_offset = i, .p_filesz = size - i};

		memcpy((uint8_t *)bytes + sizeof(Elf64_Ehdr) + i * sizeof header, &header, sizeof header);
	}
	assert_ok(open_bytes(bytes, size, &core));
	cr_assert_eq(core->threads, 1);
}

HEAP_TEST(core, refuses_what_is_no_core)
{
	struct core *core = NULL;
	AUTO(made_core) struct made_core *none = made_core_create();
	AUTO(made_core) struct made_core *empty = made_core_create();
	uint8_t library[LIBRARY_SIZE];

	made_library(library, 1);
	assert_error_says(core_open("/no/such/file", &core), ERROR_IO, "can't open /no/such/file");
	assert_error_says(core_open("/tmp", &core), ERROR_INPUT, "/tmp is not a regular file");
	assert_error_says(core_open("/dev/null", &core), ERROR_INPUT, "not a regular file");
	assert_error_says(open_bytes("", 0, &core), ERROR_INPUT, "is not an ELF file");
	assert_error_says(open_bytes("#!/bin/sh\n", 10, &core), ERROR_INPUT, "is not an ELF file");
	assert_error_says(open_bytes(library, sizeof library, &core), ERROR_INPUT, "but not a core file");
	assert_error_says(open_made(none, &core), ERROR_INPUT, "holds no memory");
	made_core_segment(empty, 0x10000, 0x1000, 0, "rw-");
	assert_error_says(open_made(empty, &core), ERROR_INPUT, "coredump_filter");
	cr_assert_null(core);
}

HEAP_TEST(core, a_fifo_does_not_block)
{
	struct core *core = NULL;
	char path[] = "/tmp/heapdiff-fifo-XXXXXX";

	cr_assert_not_null(mkdtemp(path));
	AUTO(string) char *fifo = NULL;
	cr_assert_gt(asprintf(&fifo, "%s/core", path), 0);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	assert_error_says(core_open(fifo, &core), ERROR_INPUT, "not a regular file");
	unlink(fifo);
	rmdir(path);
}

HEAP_TEST(core, flipped_bytes_do_no_harm)
{
	AUTO(made_core) struct made_core *made = usual();
	uint64_t state = 1;
	size_t size;

	AUTO(free) void *bytes = made_core_bytes(made, &size);
	AUTO(free) void *copy = malloc(size);
	for (size_t round = 0; round < 4000; round++) {
		AUTO(core) struct core *core = NULL;

		memcpy(copy, bytes, size);
		for (size_t flips = 1 + round % 4; flips > 0; flips--) {
			state = state * 6364136223846793005 + 1442695040888963407;
			size_t at = (state >> 33) % (round % 3 == 0 ? 64 : 1600);
			((uint8_t *)copy)[at] ^= (uint8_t)(1u << (state >> 60) % 8);
			if (round % 5 == 0)
				((uint8_t *)copy)[at] = (uint8_t)(state >> 25);
		}
		AUTO(error) struct error *error = open_bytes(copy, size, &core);
		if (error == NULL)
			check_whole(core);
		else
			cr_assert_eq(error->code, ERROR_INPUT, "%s", error->message);
	}
}
