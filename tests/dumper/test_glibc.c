/* A heap of glibc's malloc, laid out chunk by chunk: each byte is found to be what it is; what doesn't fit is not walked. */
#include "tests/test.h"

#include "dumper/glibc_mapped.h"

#include "tests/dumper/help_image.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE UINT64_C(4096)
#define LIBRARY UINT64_C(0x7f0000100000)
#define LIBRARY_SIZE UINT64_C(0x6000)
#define HEAP UINT64_C(0x5000000)
#define HEAP_BYTES UINT64_C(0x21000)
#define MAPPED UINT64_C(0x6000000)
#define MAPPED_SIZE UINT64_C(0x80000)
#define SECOND UINT64_C(0x7f0004000000) /* a multiple of 64 MiB */
#define SECOND_BYTES UINT64_C(0x5000)

/* struct malloc_state as glibc has had it: told here once more, by the sizes of its fields. */
struct state_form {
	const char *name;
	unsigned fastbins; /* how many */
	unsigned flags;    /* bytes in front of them */
};
static const struct state_form state_forms[] = {{"2.27", 10, 16}, {"2.26", 10, 8}, {"2.43", 0, 8}};

struct fake {
	struct image *image;
	struct mirror *mirror;
	struct footprint *footprint;
	const struct state_form *form;
	uint64_t main, second; /* the arenas */
	uint64_t at;           /* the next chunk */
	bool before_used;
	uint64_t used, released; /* bytes so far */
	struct glibc_facts facts;
	struct footprint_sum kinds[MEMORY_KINDS];
};

static void fake_deinit(struct fake *fake)
{
	footprint_destroy(fake->footprint);
	mirror_destroy(fake->mirror);
	image_destroy(fake->image);
}
DEFINE_AUTO_VALUE(fake, struct fake, fake_deinit);

static uint64_t state_top(const struct fake *fake)
{
	return fake->form->flags + 8 * fake->form->fastbins;
}

static uint64_t state_tail(const struct fake *fake) /* next, next_free, threads, system_mem, max_system_mem */
{
	return state_top(fake) + 16 + 8 * 254 + 16;
}

static uint64_t state_size(const struct fake *fake)
{
	return state_tail(fake) + 40;
}

static void put_state(struct fake *fake, uint64_t at, uint64_t top, uint64_t next, uint64_t bytes)
{
	uint64_t bins = at + state_top(fake) + 16;

	image_u64(fake->image, at + state_top(fake), top);
	for (unsigned i = 0; i < 127; i++) {
		image_u64(fake->image, bins + 16 * i, bins + 16 * i - 16);
		image_u64(fake->image, bins + 16 * i + 8, bins + 16 * i - 16);
	}
	image_u64(fake->image, at + state_tail(fake), next);
	image_u64(fake->image, at + state_tail(fake) + 24, bytes);
	image_u64(fake->image, at + state_tail(fake) + 32, bytes);
}

static void fake_init(struct fake *fake, const struct state_form *form)
{
	*fake = (struct fake){.image = image_create(), .form = form, .main = LIBRARY + 0xc60, .at = HEAP, .before_used = true};
	image_map(fake->image, LIBRARY, LIBRARY_SIZE, "rw-", "/usr/lib/x86_64-linux-gnu/libc.so.6");
	image_map(fake->image, HEAP, HEAP_BYTES, "rw-", "[heap]");
	image_map(fake->image, MAPPED, MAPPED_SIZE, "rw-", NULL);
	image_map(fake->image, SECOND, SECOND_BYTES, "rw-", NULL);
}

/* A chunk of `size` bytes; gives its address. */
static uint64_t put_chunk(struct fake *fake, uint64_t size, bool used)
{
	uint64_t at = fake->at;

	image_u64(fake->image, at + 8, size | (fake->before_used ? 1 : 0));
	if (!used)
		image_u64(fake->image, at + size, size);
	fake->at += size;
	fake->before_used = used;
	if (used)
		fake->used += size;
	else
		fake->released += size;
	return at;
}

/* The rest of the heap is the top; the arena says so. */
static void end_main(struct fake *fake)
{
	uint64_t top = fake->at, size = HEAP + HEAP_BYTES - top;

	put_chunk(fake, size, true);
	fake->used -= size;
	fake->released += size;
	put_state(fake, fake->main, top, fake->second != 0 ? fake->second : fake->main, HEAP_BYTES);
}

static void fake_walk(struct fake *fake)
{
	AUTO(memory_map) struct memory_map map;
	AUTO(glibc_mapped) struct glibc_mapped mapped = {0};
	char text[1024];

	memory_map_init(&map);
	snprintf(text, sizeof text,
		 "%lx-%lx rw-p 00000000 00:00 0 [heap]\nRss: %lu kB\n%lx-%lx rw-p 00000000 00:00 0\nRss: %lu kB\n"
		 "%lx-%lx rw-p 00000000 fe:01 5 /usr/lib/x86_64-linux-gnu/libc.so.6\nRss: %lu kB\n"
		 "%lx-%lx rw-p 00000000 00:00 0\nRss: %lu kB\n",
		 HEAP, HEAP + HEAP_BYTES, HEAP_BYTES / 1024, MAPPED, MAPPED + MAPPED_SIZE, MAPPED_SIZE / 1024, LIBRARY,
		 LIBRARY + LIBRARY_SIZE, LIBRARY_SIZE / 1024, SECOND, SECOND + SECOND_BYTES, SECOND_BYTES / 1024);
	assert_ok(memory_map_parse(&map, text, strlen(text)));
	assert_ok(footprint_of_map(&map, &fake->footprint));
	assert_ok(mirror_create(image_source(fake->image), &fake->mirror));
	const struct glibc_input input = {fake->footprint, fake->mirror, image_source(fake->image), GLIBC_READ, 1 << 24};
	assert_ok(glibc_walk(&input, &fake->facts));
	if (fake->facts.proved) {
		assert_ok(glibc_find_mapped(&input, &mapped));
		assert_ok(glibc_add_mapped(&input, &mapped));
	}
	footprint_sum(fake->footprint, fake->kinds);
}

static uint64_t bytes_of(const struct fake *fake, enum memory_kind kind)
{
	return fake->kinds[kind].size;
}

/* Blocks of many sizes, every third one free. */
static void put_some(struct fake *fake)
{
	for (uint64_t i = 0; i < 60; i++)
		put_chunk(fake, 32 + 16 * (i * 7 % 50), i % 3 != 2);
}

HEAP_TEST(glibc, finds_what_is_used_and_what_is_free)
{
	for (size_t i = 0; i < sizeof state_forms / sizeof *state_forms; i++) {
		AUTO(fake) struct fake fake;

		fake_init(&fake, &state_forms[i]);
		put_some(&fake);
		end_main(&fake);
		fake_walk(&fake);
		cr_assert(fake.facts.proved, "glibc %s", fake.form->name);
		cr_assert_eq(fake.facts.arenas, 1);
		cr_assert_eq(fake.facts.broken, 0);
		cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_USED), fake.used, "glibc %s", fake.form->name);
		cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_FREE), fake.released);
		cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_UNWALKED), 0);
	}
}

/* Heap description of 48 bytes (2.35), the arena, its chunks, and the top. */
HEAP_TEST(glibc, finds_the_arenas_of_threads)
{
	for (size_t i = 0; i < sizeof state_forms / sizeof *state_forms; i++) {
		AUTO(fake) struct fake fake;

		fake_init(&fake, &state_forms[i]);
		fake.second = SECOND + 48;
		put_some(&fake);
		end_main(&fake);
		image_u64(fake.image, SECOND, fake.second);
		image_u64(fake.image, SECOND + 16, SECOND_BYTES);
		image_u64(fake.image, SECOND + 24, SECOND_BYTES);
		fake.at = (fake.second + state_size(&fake) + 15) & ~UINT64_C(15);
		fake.used += fake.at - SECOND;
		fake.before_used = true;
		put_chunk(&fake, 0x110, true);
		put_chunk(&fake, 0x200, false);
		put_chunk(&fake, 0x40, true);
		uint64_t top = fake.at, size = SECOND + SECOND_BYTES - top;
		put_chunk(&fake, size, true);
		fake.used -= size;
		fake.released += size;
		put_state(&fake, fake.second, top, fake.main, SECOND_BYTES);
		fake_walk(&fake);
		cr_assert_eq(fake.facts.arenas, 2, "glibc %s", fake.form->name);
		cr_assert_eq(fake.facts.broken, 0);
		cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_USED), fake.used);
		cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_FREE), fake.released);
	}
}

HEAP_TEST(glibc, finds_what_caches_and_fastbins_keep)
{
	AUTO(fake) struct fake fake;

	fake_init(&fake, &state_forms[0]);
	uint64_t cache = put_chunk(&fake, 0x290, true);
	uint64_t first = put_chunk(&fake, 0x40, true), second = put_chunk(&fake, 0x40, true);
	uint64_t fast = put_chunk(&fake, 0x30, true), slow = put_chunk(&fake, 0x30, true);
	put_some(&fake);
	end_main(&fake);
	image_u16(fake.image, cache + 16 + 2 * 2, 2); /* the list of chunks of 0x40 bytes: its links are mixed (2.32) */
	image_u64(fake.image, cache + 16 + 128 + 8 * 2, first + 16);
	image_u64(fake.image, first + 16, (second + 16) ^ (first + 16) >> 12);
	image_u64(fake.image, second + 16, (second + 16) >> 12);
	image_u64(fake.image, fake.main + 16 + 8, fast); /* the fastbin of 0x30 bytes: its links are plain */
	image_u64(fake.image, fast + 16, slow);
	fake_walk(&fake);
	cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_CACHED), 0x80);
	cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_FREE), fake.released + 0x60);
	cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_USED), fake.used - 0x80 - 0x60);
}

HEAP_TEST(glibc, lists_that_run_in_circles_end)
{
	AUTO(fake) struct fake fake;

	fake_init(&fake, &state_forms[0]);
	uint64_t cache = put_chunk(&fake, 0x290, true);
	uint64_t first = put_chunk(&fake, 0x40, true), fast = put_chunk(&fake, 0x30, true);
	end_main(&fake);
	image_u16(fake.image, cache + 16, 65535);
	image_u64(fake.image, cache + 16 + 128, first + 16);
	image_u64(fake.image, fake.main + 16 + 8, fast);
	image_u64(fake.image, fast + 16, fast);
	image_u16(fake.image, cache + 16 + 2 * 2, 65535);
	image_u64(fake.image, cache + 16 + 128 + 8 * 2, first + 16);
	image_u64(fake.image, first + 16, first + 16);
	fake_walk(&fake);
	cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_USED) + bytes_of(&fake, MEMORY_MALLOC_FREE) +
			     bytes_of(&fake, MEMORY_MALLOC_CACHED),
		     HEAP_BYTES);
}

/* From where a header makes no sense, the heap is not walked; nothing is guessed from there on. */
HEAP_TEST(glibc, stops_where_a_header_is_torn)
{
	static const uint64_t torn[] = {0, 0x18, 0x47, 0x1000001, UINT64_MAX, 0x11000000000001};

	for (size_t i = 0; i < sizeof torn / sizeof *torn; i++) {
		AUTO(fake) struct fake fake;

		fake_init(&fake, &state_forms[0]);
		put_chunk(&fake, 0x100, true);
		put_chunk(&fake, 0x200, true);
		uint64_t bad = put_chunk(&fake, 0x300, true);
		put_some(&fake);
		end_main(&fake);
		image_u64(fake.image, bad + 8, torn[i] | 1);
		fake_walk(&fake);
		cr_assert(fake.facts.proved);
		cr_assert_eq(fake.facts.broken, 1);
		cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_USED), 0x300);
		cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_UNWALKED), HEAP_BYTES - 0x300);
	}
}

/* A free chunk says its size twice. */
HEAP_TEST(glibc, does_not_believe_a_free_chunk_that_contradicts_itself)
{
	AUTO(fake) struct fake fake;

	fake_init(&fake, &state_forms[0]);
	put_chunk(&fake, 0x100, true);
	uint64_t bad = put_chunk(&fake, 0x200, false);
	put_some(&fake);
	end_main(&fake);
	image_u64(fake.image, bad + 0x200, 0x1f0);
	fake_walk(&fake);
	cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_USED), 0x100);
	cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_UNWALKED), HEAP_BYTES - 0x100);
}

HEAP_TEST(glibc, other_allocators_are_unknown)
{
	AUTO(fake) struct fake empty, open, other;

	fake_init(&empty, &state_forms[0]); /* an arena that was never used: its top is a bin of its own */
	put_state(&empty, empty.main, empty.main + 96, empty.main, 0);
	fake_walk(&empty);
	cr_assert_not(empty.facts.proved);
	fake_init(&open, &state_forms[0]); /* the ring does not close */
	open.second = SECOND + 48;
	put_some(&open);
	end_main(&open);
	fake_walk(&open);
	cr_assert_not(open.facts.proved);
	fake_init(&other, &state_forms[0]); /* chunks, but no arena that has them */
	put_some(&other);
	fake_walk(&other);
	cr_assert_not(other.facts.proved);
	cr_assert_eq(bytes_of(&other, MEMORY_MALLOC_USED) + bytes_of(&other, MEMORY_MALLOC_UNWALKED), 0);
}

HEAP_TEST(glibc, finds_blocks_with_mappings_of_their_own)
{
	AUTO(fake) struct fake fake;

	fake_init(&fake, &state_forms[0]);
	end_main(&fake);
	image_u64(fake.image, MAPPED + 8, 0x21000 | 2);
	image_u64(fake.image, MAPPED + 0x21000 + 8, 0x2fff0 | 2); /* as since 2.43 */
	image_u64(fake.image, MAPPED + 0x51000 + 8, 0x100000 | 2); /* longer than what is mapped */
	fake_walk(&fake);
	cr_assert_eq(bytes_of(&fake, MEMORY_MALLOC_USED), 0x51000);
	cr_assert_eq(bytes_of(&fake, MEMORY_ANONYMOUS), MAPPED_SIZE - 0x51000 + SECOND_BYTES);
}

/* The kernel joins a heap and a block that happens to lie in front of it to one mapping. */
HEAP_TEST(glibc, finds_a_block_in_front_of_a_heap)
{
	AUTO(fake) struct fake fake;
	AUTO(glibc_mapped) struct glibc_mapped mapped = {0};

	fake_init(&fake, &state_forms[0]);
	end_main(&fake);
	image_u64(fake.image, MAPPED + 8, 0x21000 | 2);
	image_u64(fake.image, MAPPED + 0x41000 + 8, 0x3f000 | 2);
	fake_walk(&fake);
	uint64_t before = bytes_of(&fake, MEMORY_MALLOC_USED);
	assert_ok(footprint_base(fake.footprint, MEMORY_MALLOC_UNWALKED, MAPPED + 0x21000, MAPPED + 0x41000));
	image_u64(fake.image, MAPPED + 0x30000 + 8, 0x4000 | 2); /* in the heap: some block's contents */
	const struct glibc_input input = {fake.footprint, fake.mirror, image_source(fake.image), GLIBC_READ, 1 << 24};
	assert_ok(glibc_find_mapped(&input, &mapped));
	cr_assert_eq(mapped.addresses.count, 2);
	cr_assert_eq(mapped.addresses.items[0], MAPPED);
	cr_assert_eq(mapped.addresses.items[1], MAPPED + 0x41000);
	cr_assert_eq(before, 0x21000 + 0x3f000);
}

HEAP_TEST(glibc, reads_no_more_than_it_may)
{
	AUTO(fake) struct fake fake;

	fake_init(&fake, &state_forms[0]);
	put_some(&fake);
	end_main(&fake);
	fake_walk(&fake);
	for (uint64_t most = 0; most < 80000; most += 5000) {
		struct glibc_input input = {fake.footprint, fake.mirror, image_source(fake.image), GLIBC_READ, most};
		uint64_t before = image_read_bytes(fake.image);

		assert_ok(glibc_walk(&input, &fake.facts));
		cr_assert_leq(image_read_bytes(fake.image) - before, most);
		input.way = GLIBC_THERE;
		before = image_read_bytes(fake.image);
		assert_ok(glibc_walk(&input, &fake.facts));
		cr_assert_eq(image_read_bytes(fake.image), before);
		cr_assert_not(fake.facts.proved, "the mirror has nothing of it");
	}
}

/* Any bytes at all: the walk ends, and what it found lies in the heap. */
HEAP_TEST(glibc, survives_any_bytes)
{
	srand(5);
	for (int round = 0; round < 300; round++) {
		AUTO(fake) struct fake fake;

		fake_init(&fake, &state_forms[round % 3]);
		fake.second = round % 2 == 0 ? 0 : SECOND + 48;
		put_chunk(&fake, 0x290, true);
		put_some(&fake);
		end_main(&fake);
		image_u64(fake.image, SECOND, SECOND + 48);
		image_u64(fake.image, SECOND + 16, SECOND_BYTES);
		if (fake.second != 0)
			put_state(&fake, fake.second, SECOND + 0x2000, fake.main, SECOND_BYTES);
		for (int i = 0; i < 40; i++) {
			uint64_t place = rand() % 2 == 0 ? HEAP + (uint64_t)rand() % 0x4000 : SECOND + (uint64_t)rand() % 0x3000;
			uint64_t values[] = {0, 0x21, 0x31, (uint64_t)rand() << 33, HEAP + 16 * ((uint64_t)rand() % 2000),
					     SECOND + 16 * ((uint64_t)rand() % 1000), UINT64_MAX, (uint64_t)rand() % 0x3000};

			image_u64(fake.image, place & ~UINT64_C(7), values[rand() % 8]);
		}
		fake_walk(&fake);
		cr_assert_leq(bytes_of(&fake, MEMORY_MALLOC_USED) + bytes_of(&fake, MEMORY_MALLOC_FREE) +
				      bytes_of(&fake, MEMORY_MALLOC_CACHED) + bytes_of(&fake, MEMORY_MALLOC_UNWALKED),
			      HEAP_BYTES + SECOND_BYTES + MAPPED_SIZE);
	}
}
