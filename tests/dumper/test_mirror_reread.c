/* A mirror that is read again tells what has changed, and shows it. */
#include "tests/test.h"

#include "dumper/mirror.h"
#include "tests/dumper/help_image.h"

#include <stdlib.h>

#define BASE UINT64_C(0x100000000)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define TIB ((uint64_t)1 << 40)

static struct mirror *mirror_of(struct image *image, uint64_t start, uint64_t size)
{
	const struct mirror_run run = {start, start + size};
	struct mirror *mirror = NULL;

	assert_ok(mirror_create(image_source(image), &mirror));
	mirror_prefetch(mirror, &run);
	mirror_freeze(mirror);
	return mirror;
}

HEAP_TEST(mirror_reread, finds_nothing_where_nothing_changed)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, BASE, 40 * MIB, "rw-", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image, BASE, 20 * MIB);
	uint64_t reads = image_reads(image), bytes = image_read_bytes(image);
	cr_assert_eq(mirror_reread(mirror, false), 0);
	cr_assert_eq(image_read_bytes(image) - bytes, 20 * MIB, "what is there, and no more");
	cr_assert_leq(image_reads(image) - reads, 20, "not one for each chunk");
	reads = image_reads(image);
	cr_assert_eq(mirror_reread(mirror, true), 0);
	cr_assert_eq(image_reads(image), reads, "nothing has ever changed");
	cr_assert_eq(mirror_bytes(mirror), 20 * MIB, "no more memory than before");
}

HEAP_TEST(mirror_reread, takes_changes_over)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, BASE, 4 * MIB, "rw-", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image, BASE, 4 * MIB);
	const uint8_t *borrowed = mirror_at(mirror, BASE + 5 * MIRROR_CHUNK, 8);
	image_u8(image, BASE + 5 * MIRROR_CHUNK, 7);
	image_u8(image, BASE + 40 * MIRROR_CHUNK - 1, 8);
	cr_assert_eq(mirror_u8(mirror, BASE + 5 * MIRROR_CHUNK), 0);
	cr_assert_eq(mirror_reread(mirror, false), 2);
	cr_assert_eq(borrowed[0], 7, "in place");
	cr_assert_eq(mirror_u8(mirror, BASE + 40 * MIRROR_CHUNK - 1), 8);
	cr_assert_eq(mirror_reread(mirror, false), 0, "it stands still now");
	image_u8(image, BASE + 5 * MIRROR_CHUNK, 9);
	image_u8(image, BASE, 10);
	uint64_t bytes = image_read_bytes(image);
	cr_assert_eq(mirror_reread(mirror, true), 1);
	cr_assert_eq(image_read_bytes(image) - bytes, 2 * MIRROR_CHUNK, "those alone that changed before");
	cr_assert_eq(borrowed[0], 9);
	cr_assert_eq(mirror_u8(mirror, BASE), 0, "not looked at");
	cr_assert_eq(mirror_reread(mirror, false), 1);
	cr_assert_eq(mirror_u8(mirror, BASE), 10);
}

HEAP_TEST(mirror_reread, knows_chunks_that_are_not_whole)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, BASE + 0x3000, 0x5000, "rw-", NULL);
	image_map(image, BASE + 0xa000, 0x1000, "rw-", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image, BASE, MIRROR_CHUNK);
	uint64_t bytes = image_read_bytes(image);
	cr_assert_eq(mirror_reread(mirror, false), 0);
	cr_assert_eq(image_read_bytes(image) - bytes, 0x6000);
	image_u8(image, BASE + 0x7fff, 1);
	image_u8(image, BASE + 0xafff, 2);
	cr_assert_eq(mirror_reread(mirror, false), 1);
	cr_assert_eq(mirror_u8(mirror, BASE + 0x7fff), 1);
	cr_assert_eq(mirror_u8(mirror, BASE + 0xafff), 2);
	cr_assert_eq(mirror_reread(mirror, true), 0);
}

HEAP_TEST(mirror_reread, keeps_what_can_not_be_read_any_more)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, BASE, MIB, "rw-", NULL);
	image_u8(image, BASE + 3 * MIRROR_CHUNK + 0x5000, 1);
	AUTO(mirror) struct mirror *mirror = mirror_of(image, BASE, MIB);
	image_hide(image, BASE + 3 * MIRROR_CHUNK + 0x4000, 0x2000);
	image_u8(image, BASE + 3 * MIRROR_CHUNK, 2);
	image_u8(image, BASE + 9 * MIRROR_CHUNK, 3);
	cr_assert_eq(mirror_reread(mirror, false), 2);
	cr_assert_eq(mirror_u8(mirror, BASE + 3 * MIRROR_CHUNK + 0x5000), 1);
	cr_assert_eq(mirror_u8(mirror, BASE + 3 * MIRROR_CHUNK), 2);
	cr_assert_eq(mirror_u8(mirror, BASE + 9 * MIRROR_CHUNK), 3, "what lies behind is read all the same");
	cr_assert_null(mirror_error(mirror));
}

HEAP_TEST(mirror_reread, refills_what_was_copied_together)
{
	AUTO(image) struct image *image = image_create();
	const uint64_t start = 0x100000000000, border = start + GIB; /* where two pieces of the reserve meet */
	struct mirror *made = NULL;

	image_map(image, start, 16 * TIB, "rw-", NULL);
	assert_ok(mirror_create(image_source(image), &made));
	AUTO(mirror) struct mirror *mirror = made;
	const uint8_t *bytes = mirror_at(mirror, border - 8, 16);
	cr_assert_not_null(bytes);
	image_u8(image, border - 1, 1);
	image_u8(image, border, 2);
	cr_assert_eq(mirror_reread(mirror, false), 2);
	cr_assert_eq(bytes[7], 1);
	cr_assert_eq(bytes[8], 2);
}

HEAP_TEST(mirror_reread, ends_when_the_process_does)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, BASE, 4 * MIB, "rw-", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image, BASE, 4 * MIB);
	image_fail(image, ERROR_GONE);
	uint64_t reads = image_reads(image);
	mirror_reread(mirror, false);
	cr_assert_eq(mirror_error(mirror)->code, ERROR_GONE);
	cr_assert_eq(image_reads(image) - reads, 1);
	cr_assert_not_null(mirror_at(mirror, BASE, 8), "what is there stays");
}

HEAP_TEST(mirror_reread, thawed_it_fetches_again)
{
	AUTO(image) struct image *image = image_create();

	image_map(image, BASE, 4 * MIB, "rw-", NULL);
	AUTO(mirror) struct mirror *mirror = mirror_of(image, BASE, MIB);
	image_u8(image, BASE + 2 * MIB, 1);
	cr_assert_null(mirror_at(mirror, BASE + 2 * MIB, 1));
	mirror_thaw(mirror);
	cr_assert_eq(mirror_u8(mirror, BASE + 2 * MIB), 1);
}

/* Random pokes in ranges that lie at random: what was there is as the image is now, and as many chunks as differed count. */
HEAP_TEST(mirror_reread, equals_the_image_afterwards)
{
	uint64_t state = 88172645463325252;

	for (int round = 0; round < 20; round++) {
		AUTO(image) struct image *image = image_create();
		bool touched[32] = {false};
		uint64_t pages[64], count = 0, expected = 0;

		for (uint64_t page = 0; page < 32 * 16; page += 8) {
			state = state * 6364136223846793005 + 1442695040888963407;
			if (state >> 62 == 0)
				continue;
			image_map(image, BASE + page * 0x1000, 0x8000, "rw-", NULL);
			pages[count++] = page;
		}
		AUTO(mirror) struct mirror *mirror = mirror_of(image, BASE, 32 * MIRROR_CHUNK);
		for (int poke = 0; poke < 10; poke++) {
			state = state * 6364136223846793005 + 1442695040888963407;
			uint64_t page = pages[(state >> 33) % count];
			image_u8(image, BASE + page * 0x1000 + (state >> 20) % 0x8000, 1);
			touched[page / 16] = true;
		}
		for (int i = 0; i < 32; i++)
			expected += touched[i];
		cr_assert_eq(mirror_reread(mirror, false), expected, "round %d", round);
		for (uint64_t i = 0; i < count; i++) {
			uint64_t at = BASE + pages[i] * 0x1000;
			uint8_t truth[0x8000];
			size_t got = 0;
			struct source *source = image_source(image);
			assert_ok(source->operations->read(source, at, truth, sizeof truth, &got));
			cr_assert_eq(memcmp(mirror_at(mirror, at, sizeof truth), truth, got), 0, "round %d", round);
		}
	}
}
