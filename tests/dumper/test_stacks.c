/* A thread's stack is what the C library took for it, whatever the kernel joined it with. */
#include "tests/test.h"

#include "dumper/stacks.h"

#include "tests/dumper/help_image.h"

#define START UINT64_C(0x7f0000000000)
#define SIZE UINT64_C(0x900000)
#define BLOCK (START + 0x1000) /* with a guard page that is mapped, as of glibc 2.42 */
#define BLOCK_SIZE UINT64_C(0x800000)
#define THREAD (BLOCK + BLOCK_SIZE - 0x940)

static const struct source_range mapping = {.start = START, .end = START + SIZE, .readable = true, .writable = true};

struct found {
	uint64_t start, end;
	bool found;
};

static struct found find(struct image *image, uint64_t stack, uint64_t thread)
{
	const struct thread_registers registers = {stack, thread};
	struct found found;

	assert_ok(stacks_find(image_source(image), &mapping, &registers, &found.start, &found.end, &found.found));
	return found;
}

static struct image *make(uint64_t block, uint64_t size, uint64_t guard)
{
	struct image *image = image_create();

	image_map(image, START, SIZE, "rw-", NULL);
	image_u64(image, THREAD + 0x690, block);
	image_u64(image, THREAD + 0x698, size);
	image_u64(image, THREAD + 0x6a0, guard);
	return image;
}

HEAP_TEST(stacks, finds_the_block_that_was_taken)
{
	AUTO(image) struct image *image = make(BLOCK, BLOCK_SIZE, 0x1000);
	struct found found = find(image, THREAD - 0x3000, THREAD);

	cr_assert(found.found);
	cr_assert_eq(found.start, BLOCK + 0x1000);
	cr_assert_eq(found.end, BLOCK + BLOCK_SIZE);
}

HEAP_TEST(stacks, the_guard_may_be_a_mapping_of_its_own)
{
	AUTO(image) struct image *image = make(START - 0x1000, BLOCK_SIZE + 0x2000, 0x1000);
	struct found found = find(image, THREAD - 0x3000, THREAD);

	cr_assert_eq(found.start, START);
	cr_assert_eq(found.end, BLOCK + BLOCK_SIZE);
}

HEAP_TEST(stacks, another_c_library_has_the_whole_mapping)
{
	static const uint64_t nonsense[][3] = {{0, 0, 0},
					       {BLOCK + 8, BLOCK_SIZE, 0x1000},
					       {BLOCK, BLOCK_SIZE + 0x800000, 0x1000},
					       {BLOCK, 0x1000, 0x1000},
					       {BLOCK, BLOCK_SIZE, BLOCK_SIZE},
					       {BLOCK, UINT64_MAX - 0xfff, 0x1000},
					       {BLOCK + 0x7ff000, 0x1000, 0}};

	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		AUTO(image) struct image *image = make(nonsense[i][0], nonsense[i][1], nonsense[i][2]);
		struct found found = find(image, THREAD - 0x3000, THREAD);

		cr_assert(found.found);
		cr_assert_eq(found.start, START);
		cr_assert_eq(found.end, START + SIZE);
	}
}

/* On a stack for signals, or where the thread is described elsewhere. */
HEAP_TEST(stacks, other_memory_is_no_stack)
{
	AUTO(image) struct image *image = make(BLOCK, BLOCK_SIZE, 0x1000);

	cr_assert_not(find(image, THREAD - 0x3000, START + SIZE).found);
	cr_assert_not(find(image, THREAD - 0x3000, 0).found);
	cr_assert_not(find(image, THREAD + 0x3000, THREAD).found);
	cr_assert_not(find(image, THREAD - 0x3000, THREAD + 1).found);
}

HEAP_TEST(stacks, memory_that_cant_be_read_is_no_error)
{
	AUTO(image) struct image *image = make(BLOCK, BLOCK_SIZE, 0x1000);

	image_hide(image, THREAD, 0x800);
	cr_assert_eq(find(image, THREAD - 0x3000, THREAD).end, START + SIZE);
}
