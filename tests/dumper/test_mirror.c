#include "tests/test.h"

#include "dumper/mirror.h"
#include "tests/dumper/help_image.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define TIB ((uint64_t)1 << 40)

static struct mirror *mirror_of(struct image *image)
{
	struct mirror *mirror = NULL;

	assert_ok(mirror_create(image_source(image), &mirror));
	return mirror;
}

/* A byte that tells its address. */
static uint8_t pattern(uint64_t address)
{
	return (uint8_t)((address * 0x9e3779b97f4a7c15) >> 56);
}

static void fill(struct image *image, uint64_t start, uint64_t size)
{
	uint8_t bytes[4096];

	for (uint64_t at = start; at < start + size; at += sizeof bytes) {
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = pattern(at + i);
		image_poke(image, at, bytes, sizeof bytes);
	}
}

static bool same(const uint8_t *bytes, uint64_t address, uint64_t size)
{
	for (uint64_t i = 0; i < size; i++) {
		if (bytes[i] != pattern(address + i))
			return false;
	}
	return true;
}

HEAP_TEST(mirror, gives_what_was_poked)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, 0x7f0000001000, 0x3000, "rw-", NULL);
	image_u64(image, 0x7f0000001008, 0x1122334455667788);
	image_u32(image, 0x7f0000003ffc, 77);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	cr_assert_eq(mirror_u64(mirror, 0x7f0000001008), 0x1122334455667788);
	cr_assert_eq(mirror_u8(mirror, 0x7f0000001009), 0x77);
	cr_assert_eq(mirror_u32(mirror, 0x7f0000003ffc), 77);
	cr_assert_eq(mirror_u64(mirror, 0x7f0000003ffc), 0, "runs over the end of its range");
	cr_assert_null(mirror_at(mirror, 0x7f0000000fff, 1));
	cr_assert_null(mirror_at(mirror, 0x7f0000004000, 1));
	cr_assert_null(mirror_at(mirror, 0x7f0000001000, 0), "no bytes");
	cr_assert_eq(image_reads(image), 1, "one chunk is one read");
	cr_assert_eq(mirror_bytes(mirror), 0x3000);
}

HEAP_TEST(mirror, wild_addresses_and_sizes)
{
	AUTO(image) struct image *image = image_create();
	static const uint64_t wild[] = {
		0,          1, 0xfff, (uint64_t)1 << 46, ((uint64_t)1 << 47) - 1, (uint64_t)1 << 47, (uint64_t)1 << 63,
		UINT64_MAX,
	};

	image_map(image, 0x10000, 0x10000, "rw-", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		cr_assert_null(mirror_at(mirror, wild[i], 1));
		cr_assert_null(mirror_peek(mirror, wild[i], 1));
		cr_assert_null(mirror_at(mirror, wild[i], UINT64_MAX));
		cr_assert_null(mirror_at(mirror, 0x10008, UINT64_MAX - wild[i] / 2));
		cr_assert(!mirror_mapped(mirror, wild[i]));
	}
	cr_assert_null(mirror_at(mirror, 0x10000, 0x10001));
	cr_assert_not_null(mirror_at(mirror, 0x10000, 0x10000));
	cr_assert_null(mirror_at(mirror, 0x10000, UINT64_MAX), "also once the chunk is there");
}

HEAP_TEST(mirror, large_objects_are_contiguous_and_one_read)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, 0x100000, 4 * MIB, "rw-", NULL);
	fill(image, 0x100000, 4 * MIB);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	const uint8_t *bytes = mirror_at(mirror, 0x123456, 3 * MIB);
	cr_assert_not_null(bytes);
	cr_assert(same(bytes, 0x123456, 3 * MIB));
	cr_assert_eq(image_reads(image), 1);
	cr_assert_eq(mirror_at(mirror, 0x123456 + MIB, 2 * MIB), bytes + MIB, "the same copy");
	cr_assert_not_null(mirror_at(mirror, 0x100000, 4 * MIB));
	cr_assert_eq(mirror_bytes(mirror), 4 * MIB, "every byte was fetched once");
	cr_assert_eq(image_read_bytes(image), 4 * MIB);
}

HEAP_TEST(mirror, adjacent_ranges_are_one)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, 0x20000, 0x3000, "rw-", "/usr/lib/libpython3.so");
	image_map(image, 0x23000, 0x2000, "rw-", NULL);
	image_map(image, 0x25000, 0x1000, "---", NULL);
	image_map(image, 0x26000, 0x1000, "r--", NULL);
	fill(image, 0x20000, 0x7000);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	const uint8_t *bytes = mirror_at(mirror, 0x22ff0, 0x20);
	cr_assert_not_null(bytes, ".data and .bss hold one object");
	cr_assert(same(bytes, 0x22ff0, 0x20));
	cr_assert_null(mirror_at(mirror, 0x24ff8, 0x10), "an unreadable range divides");
	cr_assert_null(mirror_at(mirror, 0x25000, 8));
	bytes = mirror_at(mirror, 0x26ff8, 8);
	cr_assert_not_null(bytes);
	cr_assert(same(bytes, 0x26ff8, 8));
	cr_assert(mirror_in_file(mirror, 0x22fff));
	cr_assert(!mirror_in_file(mirror, 0x23000));
	cr_assert(mirror_mapped(mirror, 0x25000), "unreadable, yet mapped");
	cr_assert_eq(mirror_range(mirror, 0x24000)->start, 0x23000);
	cr_assert_null(mirror_range(mirror, 0x27000));
	size_t count = 0;
	cr_assert_eq(mirror_ranges(mirror, &count)[2].start, 0x25000);
	cr_assert_eq(count, 4);
}

HEAP_TEST(mirror, nothing_straddles_a_stack)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, 0x7f0000000000, 0x1000, "---", NULL); /* the guard of a thread's stack */
	image_map(image, 0x7f0000001000, 0x800000, "rw-", NULL);
	image_map(image, 0x7f0000801000, 0x1000, "rw-", NULL);
	image_map(image, 0x7ffd00000000, 0x2000, "rw-", NULL);
	image_map(image, 0x7ffd00002000, 0x2000, "rw-", "[stack]");
	image_map(image, 0x7ffd00004000, 0x2000, "r--", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	cr_assert_null(mirror_at(mirror, 0x7f0000800ff8, 0x10));
	cr_assert_not_null(mirror_at(mirror, 0x7f0000800ff8, 8));
	cr_assert_not_null(mirror_at(mirror, 0x7f0000801000, 0x1000));
	cr_assert_null(mirror_at(mirror, 0x7ffd00001ff8, 0x10));
	cr_assert_null(mirror_at(mirror, 0x7ffd00003ff8, 0x10));
	cr_assert_not_null(mirror_at(mirror, 0x7ffd00002000, 0x2000));
}

HEAP_TEST(mirror, kernel_and_device_pages_are_left_alone)
{
	AUTO(image) struct image *image = image_create();
	static const char *const paths[] = {
		"[vvar]", "[vvar_vclock]", "[vsyscall]",          "/dev/dri/card0",
		"[vdso]", "/dev/shm/pool", "/dev/zero (deleted)",
	};

	for (uint64_t i = 0; i < 7; i++)
		image_map(image, 0x100000 + i * 0x10000, 0x1000, "rw-", paths[i]);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	for (uint64_t i = 0; i < 7; i++)
		cr_assert_eq(mirror_at(mirror, 0x100000 + i * 0x10000, 8) != NULL, i >= 4, "%s", paths[i]);
	cr_assert_eq(image_reads(image), 3);
}

HEAP_TEST(mirror, unreadable_pages_are_left_out)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, 0x100000, 0x40000, "rw-", NULL);
	fill(image, 0x100000, 0x40000);
	image_hide(image, 0x113800, 0x100);   /* one page in the second chunk */
	image_hide(image, 0x120000, 0x10000); /* all of the third */
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	cr_assert_null(mirror_at(mirror, 0x108000, 0x20000), "a hole in the middle");
	uint64_t reads = image_reads(image);
	cr_assert(same(mirror_at(mirror, 0x100000, 0x13000), 0x100000, 0x13000), "up to the bad page");
	cr_assert_null(mirror_at(mirror, 0x113000, 1), "a page with a hole is no page");
	cr_assert(same(mirror_at(mirror, 0x114000, 0xc000), 0x114000, 0xc000), "after the bad page");
	cr_assert_eq(image_reads(image), reads, "failures are remembered");
	cr_assert_null(mirror_at(mirror, 0x120000, 1));
	cr_assert_null(mirror_at(mirror, 0x12ffff, 1));
	reads = image_reads(image);
	cr_assert_null(mirror_at(mirror, 0x128000, 8));
	cr_assert_eq(image_reads(image), reads);
	cr_assert(same(mirror_at(mirror, 0x130000, 0x10000), 0x130000, 0x10000));
	cr_assert_null(mirror_error(mirror));
}

HEAP_TEST(mirror, many_small_ranges_in_one_chunk)
{
	AUTO(image) struct image *image = image_create();

	for (uint64_t i = 0; i < 16; i += 2)
		image_map(image, 0x40000 + i * 0x1000, 0x1000, "rw-", NULL);
	image_map(image, 0x50000, 0x1000, "rw-", NULL);
	fill(image, 0x40000, 0x1000);
	fill(image, 0x4e000, 0x1000);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	for (uint64_t i = 0; i < 16; i++) {
		cr_assert_eq(mirror_at(mirror, 0x40ff8 + i * 0x1000, 8) != NULL, i % 2 == 0);
		cr_assert_null(mirror_at(mirror, 0x40ff8 + i * 0x1000, 9));
	}
	cr_assert(same(mirror_at(mirror, 0x4e000, 0x1000), 0x4e000, 0x1000));
	cr_assert_not_null(mirror_at(mirror, 0x50000, 0x1000));
}

HEAP_TEST(mirror, a_byte_never_changes)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, 0x10000, 0x20000, "rw-", NULL);
	image_u64(image, 0x10000, 1);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	cr_assert_null(mirror_peek(mirror, 0x10000, 8), "peek fetches nothing");
	cr_assert_eq(mirror_u64(mirror, 0x10000), 1);
	cr_assert_not_null(mirror_peek(mirror, 0x10000, 8));
	image_u64(image, 0x10000, 2);
	cr_assert_eq(mirror_u64(mirror, 0x10000), 1);
	mirror_freeze(mirror);
	cr_assert_eq(mirror_u64(mirror, 0x10000), 1);
	cr_assert_null(mirror_at(mirror, 0x20000, 8), "nothing is fetched any more");
	cr_assert_null(mirror_at(mirror, 0x1fff8, 16), "half of it is there");
	cr_assert_null(mirror_peek(mirror, 0x1fff8, 16));
	cr_assert_eq(image_reads(image), 1);
}

HEAP_TEST(mirror, errors_stick)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, 0x10000, 0x20000, "rw-", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	cr_assert_not_null(mirror_at(mirror, 0x10000, 8));
	cr_assert_null(mirror_error(mirror));
	image_fail(image, ERROR_GONE);
	cr_assert_null(mirror_at(mirror, 0x20000, 8));
	cr_assert_eq(mirror_error(mirror)->code, ERROR_GONE);
	image_fail(image, 0);
	cr_assert_null(mirror_at(mirror, 0x20000, 8), "not tried again");
	cr_assert_not_null(mirror_at(mirror, 0x10000, 8), "what is there stays");
	cr_assert_eq(image_reads(image), 2);
}

HEAP_TEST(mirror, fetches_up_to_a_limit)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, 0x10000000, GIB, "rw-", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	mirror_limit(mirror, 3 * MIRROR_CHUNK);
	cr_assert_not_null(mirror_at(mirror, 0x10000000, 2 * MIRROR_CHUNK));
	cr_assert_null(mirror_error(mirror));
	cr_assert_null(mirror_at(mirror, 0x10000000 + 8 * MIB, 512 * MIB), "one object that is larger than that");
	cr_assert_eq(mirror_error(mirror)->code, ERROR_MEMORY);
	cr_assert_leq(mirror_bytes(mirror), 3 * MIRROR_CHUNK);
	cr_assert_not_null(mirror_at(mirror, 0x10000000, 2 * MIRROR_CHUNK), "what is there stays");
}

HEAP_TEST(mirror, ranges_of_terabytes)
{
	AUTO(image) struct image *image = image_create();
	const uint64_t start = 0x100000000000;
	const uint64_t border = start + GIB; /* where two pieces of the reserve meet */

	image_map(image, start, 16 * TIB, "rw-", NULL);
	image_map(image, 0x7f0000000000, 64 * GIB, "rw-", NULL);
	fill(image, border - 0x20000, 0x40000);
	image_u64(image, start + 16 * TIB - 8, 5);
	image_u64(image, 0x7f0000000000 + GIB - 4, 6);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	cr_assert_eq(mirror_u64(mirror, start + 16 * TIB - 8), 5);
	cr_assert_eq(mirror_u64(mirror, 0x7f0000000000 + GIB - 4), 6);
	const uint8_t *bytes = mirror_at(mirror, border - 0x10008, 0x20000);
	cr_assert_not_null(bytes);
	cr_assert(same(bytes, border - 0x10008, 0x20000), "across the border of two pieces");
	cr_assert_eq(mirror_at(mirror, border - 4, 8), bytes + 0x10004, "a part of what is known");
	cr_assert_eq(mirror_peek(mirror, border - 0x10008, 0x20000), bytes);
	cr_assert(same(mirror_at(mirror, border - 0x10009, 0x20001), border - 0x10009, 0x20001), "more than is known");
	mirror_freeze(mirror);
	cr_assert(same(mirror_at(mirror, border - 0x1000a, 0x20000), border - 0x1000a, 0x20000), "all fetched before");
	cr_assert_null(mirror_at(mirror, start, TIB), "absurd sizes are refused");
}

HEAP_TEST(mirror, prefetches_in_large_reads)
{
	AUTO(image) struct image *image = image_create();
	const struct mirror_run run = {0x100000, 0x100000 + 48 * MIB};

	image_map(image, 0x104000, 20 * MIB, "rw-", NULL);
	image_map(image, 0x100000 + 32 * MIB, 3 * 0x1000, "rw-", NULL);
	image_map(image, 0x100000 + 64 * MIB, MIB, "rw-", NULL);
	fill(image, 0x104000, MIB);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	image_hide(image, 0x100000 + 2 * MIB, 0x1000);
	mirror_u64(mirror, 0x300000);
	uint64_t reads = image_reads(image);
	mirror_prefetch(mirror, &run);
	cr_assert_leq(image_reads(image) - reads, 30, "not one for each chunk");
	cr_assert(same(mirror_peek(mirror, 0x104000, MIB), 0x104000, MIB));
	cr_assert_not_null(mirror_peek(mirror, 0x104000 + 20 * MIB - 8, 8));
	cr_assert_not_null(mirror_peek(mirror, 0x100000 + 32 * MIB, 3 * 0x1000));
	cr_assert_null(mirror_peek(mirror, 0x100000 + 2 * MIB, 8), "can't be read");
	cr_assert_null(mirror_peek(mirror, 0x100000 + 64 * MIB, 8), "behind the run");
	cr_assert_eq(mirror_bytes(mirror), 20 * MIB + 2 * 0x1000);
	reads = image_reads(image);
	mirror_prefetch(mirror, &run);
	cr_assert_eq(image_reads(image), reads, "what is there stays");
}

HEAP_TEST(mirror, prefetches_nothing_where_nothing_is)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, 0x10000000, 0x1000, "rw-", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	mirror_prefetch(mirror, &(struct mirror_run){0, 0x10000000});
	mirror_prefetch(mirror, &(struct mirror_run){0x10010000, 0x20000000});
	mirror_prefetch(mirror, &(struct mirror_run){(uint64_t)1 << 47, UINT64_MAX & ~(MIRROR_CHUNK - 1)});
	mirror_prefetch(mirror, &(struct mirror_run){0x10000000, 0x10000000});
	cr_assert_eq(image_reads(image), 0);
	mirror_freeze(mirror);
	mirror_prefetch(mirror, &(struct mirror_run){0x10000000, 0x10010000});
	cr_assert_eq(image_reads(image), 0, "the target runs again");
}

HEAP_TEST(mirror, runs_are_what_was_looked_at)
{
	AUTO(image) struct image *image = image_create();
	struct mirror_run run = {0};

	image_map(image, 0x100000, 4 * MIB, "rw-", NULL);
	image_map(image, 0x7ffffffff000, 0x1000, "rw-", NULL); /* the last page */
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	cr_assert(!mirror_next_run(mirror, 0, &run));
	mirror_u64(mirror, 0x120008);
	mirror_at(mirror, 0x12fff0, 0x20);
	mirror_u64(mirror, 0x7ffffffff000);
	cr_assert(mirror_next_run(mirror, 0, &run));
	cr_assert(run.start == 0x120000 && run.end == 0x140000);
	cr_assert(mirror_next_run(mirror, run.end, &run));
	cr_assert(run.start == 0x7fffffff0000 && run.end == 0x800000000000);
	cr_assert(!mirror_next_run(mirror, run.end, &run));
	cr_assert(!mirror_next_run(mirror, (uint64_t)1 << 63, &run));
}

HEAP_TEST(mirror, misses_are_told_once_frozen)
{
	AUTO(image) struct image *image = image_create();
	const uint64_t *chunks;

	image_map(image, 0x100000, 4 * MIB, "rw-", NULL);
	image_hide(image, 0x110000, 0x10000);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	mirror_u64(mirror, 0x100000);
	mirror_u64(mirror, 0x110000);
	cr_assert_eq(mirror_missed(mirror, &chunks), 0);
	mirror_freeze(mirror);
	mirror_u64(mirror, 0x100008);
	mirror_u64(mirror, 0x110008); /* tried before, in vain */
	mirror_u64(mirror, 0x900000); /* nothing is mapped there */
	cr_assert_null(mirror_peek(mirror, 0x180000, 8));
	cr_assert_eq(mirror_missed(mirror, &chunks), 0);
	cr_assert_null(mirror_at(mirror, 0x13fff8, 16));
	mirror_u64(mirror, 0x140010);
	cr_assert_eq(mirror_missed(mirror, &chunks), 2);
	cr_assert(chunks[0] == 0x130000 && chunks[1] == 0x140000);
}

HEAP_TEST(mirror, adopted_memory_is_read_anew)
{
	AUTO(image) struct image *image = image_create();
	AUTO(mirror) struct mirror *old = NULL;

	image_map(image, 0x100000, 4 * MIB, "rw-", NULL);
	image_u64(image, 0x100000, 1);
	image_u64(image, 0x200000, 2);
	assert_ok(mirror_create(image_source(image), &old));
	const void *place = mirror_at(old, 0x100000, 8);
	mirror_u64(old, 0x200000);
	image_u64(image, 0x100000, 3);
	image_hide(image, 0x200000, 0x1000);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	mirror_adopt(mirror, old);
	cr_assert_null(mirror_peek(old, 0x100000, 8), "the donor holds nothing any more");
	cr_assert_null(mirror_at(old, 0x100000, 8));
	cr_assert_null(mirror_peek(mirror, 0x100000, 8), "what was there means nothing");
	cr_assert_eq(mirror_u64(mirror, 0x100000), 3);
	cr_assert_eq(mirror_at(mirror, 0x100000, 8), place, "the same memory");
	cr_assert_null(mirror_at(mirror, 0x200000, 8), "not what was read before");
	cr_assert_null(mirror_error(mirror));
}

/* Each mirror knows a larger span, and takes over one that was itself put together. */
HEAP_TEST(mirror, adopts_again_and_again)
{
	struct image *images[6];
	struct mirror *mirrors[6] = {0};

	for (uint64_t round = 0; round < 6; round++) {
		images[round] = image_create();
		image_map(images[round], 0x10000000 - round * MIB, (2 * round + 1) * MIB, "rw-", NULL);
		image_map(images[round], 0x20000000 + round * 16 * MIB, MIB, "rw-", NULL); /* moves about */
		for (uint64_t at = 0; at < (2 * round + 1) * MIB; at += MIB)
			image_u64(images[round], 0x10000000 - round * MIB + at, round * 100 + at / MIB);
		assert_ok(mirror_create(image_source(images[round]), &mirrors[round]));
		if (round > 0)
			mirror_adopt(mirrors[round], mirrors[round - 1]);
		for (uint64_t at = 0; at < (2 * round + 1) * MIB; at += MIB)
			cr_assert_eq(mirror_u64(mirrors[round], 0x10000000 - round * MIB + at), round * 100 + at / MIB);
		cr_assert_not_null(mirror_at(mirrors[round], 0x10000000 - round * MIB, (2 * round + 1) * MIB));
		mirror_u64(mirrors[round], 0x20000000 + round * 16 * MIB);
	}
	for (uint64_t round = 0; round < 6; round++) {
		mirror_destroy(mirrors[round]);
		image_destroy(images[round]);
	}
}

HEAP_TEST(mirror, strings)
{
	AUTO(image) struct image *image = image_create();
	char buffer[8];

	image_map(image, 0x1f000, 0x2000, "r--", NULL);
	image_string(image, 0x1fffd, "abcdefg"); /* across two chunks */
	image_poke(image, 0x20ffc, "tail", 4);
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	cr_assert(mirror_string(mirror, 0x1fffd, buffer, sizeof buffer));
	cr_assert_str_eq(buffer, "abcdefg");
	cr_assert(!mirror_string(mirror, 0x1fffd, buffer, 7), "too long");
	cr_assert(!mirror_string(mirror, 0x20ffc, buffer, sizeof buffer), "runs into nothing");
	cr_assert(mirror_string(mirror, 0x20000, buffer, sizeof buffer));
	cr_assert_str_eq(buffer, "defg");
	cr_assert(mirror_string(mirror, 0x20004, buffer, 1), "empty");
	cr_assert(!mirror_string(mirror, 0x20000, buffer, 0));
	cr_assert(!mirror_string(mirror, 0, buffer, sizeof buffer));
}

/* Random ranges, holes and accesses against the image itself. */
static void against_image(uint64_t seed)
{
	AUTO(image) struct image *image = image_create();
	uint64_t state = seed, at = 0x30000000, pages = 0;

	for (size_t i = 0; i < 60; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		uint64_t size = ((state >> 33) % 40 + 1) * 0x1000;
		image_map(image, at, size, state >> 60 == 0 ? "---" : "rw-", "/a/file");
		fill(image, at, size);
		if (state >> 59 == 7)
			image_hide(image, at + (state >> 40) % size, 0x800);
		at += size + ((state >> 50) % 3 == 0 ? (state >> 45) % 30 * 0x1000 : 0);
		pages += size / 0x1000;
	}
	AUTO(mirror) struct mirror *mirror = mirror_of(image);
	uint8_t *buffer = malloc(0x40000);
	for (size_t i = 0; i < 4000; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		uint64_t address = 0x30000000 - 0x1000 + (state >> 20) % (at + 0x2000 - 0x30000000);
		uint64_t size = (state >> 30) % (i % 3 == 0 ? 0x30000 : 200) + 1;
		const uint8_t *bytes = mirror_at(mirror, address, size);
		/* the mirror knows whole pages only */
		uint64_t first = address & ~(uint64_t)0xfff, last = (address + size + 0xfff) & ~(uint64_t)0xfff;
		size_t got = 0;
		uint8_t *wide = realloc(buffer, last - first);
		cr_assert_not_null(wide);
		buffer = wide;
		struct source *source = image_source(image);
		assert_ok(source->operations->read(source, first, buffer, last - first, &got));
		if ((bytes != NULL) != (got == last - first))
			cr_assert_fail("seed %lu: %lu bytes at %#lx", seed, size, address);
		if (bytes != NULL && memcmp(bytes, buffer + (address - first), size) != 0)
			cr_assert_fail("seed %lu: other bytes at %#lx", seed, address);
		if (mirror_peek(mirror, address, size) != bytes)
			cr_assert_fail("seed %lu: peek differs at %#lx", seed, address);
	}
	free(buffer);
	cr_assert_leq(mirror_bytes(mirror), pages * 0x1000, "no byte was fetched twice");
}

HEAP_TEST(mirror, random_accesses_equal_the_image)
{
	for (uint64_t seed = 1; seed <= 30; seed++)
		against_image(seed);
}
