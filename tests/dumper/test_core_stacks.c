/* Stacks of threads that a core promises and that are zeros in it are no memory; all other zeros are. */
#include "tests/test.h"

#include "dumper/core.h"
#include "tests/dumper/help_core.h"

#include <elf.h>
#include <stdlib.h>
#include <unistd.h>

#define STACK UINT64_C(0x7f0000000000)
#define SIZE UINT64_C(0x40000) /* more than is looked at in one step */
#define HEAP UINT64_C(0x55550000)

/* A core with a heap, and a stack of `held` bytes in which all from `filled` on is 0. */
static struct made_core *make(uint64_t held, uint64_t filled)
{
	struct made_core *made = made_core_create();

	made_core_segment(made, HEAP, 0x1000, 0x1000, "rw-");
	made_core_segment(made, STACK, SIZE, held, "rw-");
	made_core_zeros(made, STACK + filled, held - filled);
	if (filled > 0)
		made_core_poke(made, STACK + filled - 1, "\1", 1);
	return made;
}

static struct core *open_made(const struct made_core *made)
{
	AUTO(string) char *path = made_core_write(made);
	struct core *core = NULL;
	struct error *error = core_open(path, &core);

	unlink(path);
	assert_ok(error);
	return core;
}

static void assert_stack(const struct made_core *made, uint64_t held, uint64_t blank)
{
	AUTO(core) struct core *core = open_made(made);
	const struct core_segment *stack = core_segment_at(core, STACK);
	uint8_t byte;
	size_t got;

	cr_assert_eq(stack->held, held, "%#lx held, not %#lx", (unsigned long)stack->held, (unsigned long)held);
	cr_assert_eq(stack->blank, blank, "%#lx blank, not %#lx", (unsigned long)stack->blank, (unsigned long)blank);
	cr_assert(core->blank == blank && core->held == 0x1000 + held && stack->lost == 0 && core->lost == 0);
	assert_ok(core_read(core, STACK + held, &byte, 1, &got));
	cr_assert_eq(got, 0);
	if (held == 0)
		return;
	assert_ok(core_read(core, STACK + held - 1, &byte, 1, &got));
	cr_assert_eq(got, 1);
}

HEAP_TEST(core_stacks, zeros_up_to_the_end_are_no_stack)
{
	static const uint64_t pointers[] = {0, 8, 0x1001, SIZE / 2, SIZE - 8, SIZE - 1};

	for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
		AUTO(made_core) struct made_core *made = make(SIZE, 0);

		made_core_thread_at(made, STACK + pointers[i]);
		assert_stack(made, 0, SIZE);
	}
}

/* A mapping may begin with what could be read: another stack, say. */
HEAP_TEST(core_stacks, what_comes_before_the_zeros_is_kept)
{
	static const uint64_t filled[] = {1, 0xfff, 0x1000, 0x1001, 0xffff, 0x10000, 0x10001, 0x2f123, SIZE - 0x1000};

	for (size_t i = 0; i < sizeof filled / sizeof *filled; i++) {
		AUTO(made_core) struct made_core *made = make(SIZE, filled[i]);
		uint64_t kept = (filled[i] + 0xfff) & ~UINT64_C(0xfff);

		made_core_thread_at(made, STACK);
		made_core_thread_at(made, STACK + filled[i] - 1);
		assert_stack(made, SIZE, 0);
		made_core_thread_at(made, STACK + filled[i]);
		made_core_thread_at(made, STACK + SIZE - 8);
		assert_stack(made, kept, SIZE - kept);
	}
}

HEAP_TEST(core_stacks, a_stack_that_is_in_use_is_not_touched)
{
	AUTO(made_core) struct made_core *made = make(SIZE, 0);

	made_core_poke(made, STACK + SIZE - 16, "\1", 1);
	for (uint64_t at = 0; at < SIZE - 16; at += 0x7ff)
		made_core_thread_at(made, STACK + at);
	assert_stack(made, SIZE, 0);
}

HEAP_TEST(core_stacks, zeros_elsewhere_are_memory)
{
	static const uint64_t pointers[] = {0, 1, HEAP, HEAP + 0xfff, STACK - 1, STACK + SIZE, UINT64_MAX};
	AUTO(made_core) struct made_core *made = make(SIZE, 0);

	made_core_thread(made);
	for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
		made_core_thread_at(made, pointers[i]);
	assert_stack(made, SIZE, 0);
}

/* What is missing behind the bytes may not have been zeros. */
HEAP_TEST(core_stacks, a_stack_that_is_not_whole_is_not_judged)
{
	AUTO(made_core) struct made_core *made = make(SIZE - 0x1000, 0);

	made_core_thread_at(made, STACK + 8);
	assert_stack(made, SIZE - 0x1000, 0);
}

HEAP_TEST(core_stacks, notes_too_short_for_a_pointer)
{
	uint8_t content[272];

	for (size_t size = 0; size <= sizeof content; size++) {
		AUTO(made_core) struct made_core *made = make(SIZE, 0);
		uint64_t pointer = STACK + 8;

		memset(content, 0, sizeof content);
		memcpy(content + 264, &pointer, sizeof pointer);
		made_core_note(made, NT_PRSTATUS, content, size);
		assert_stack(made, size == sizeof content ? 0 : SIZE, size == sizeof content ? SIZE : 0);
	}
}
