#include "tests/test.h"

#include "tests/base/help_memory.h"

#include <errno.h>
#include <stdlib.h>

HEAP_TEST(error, carries_code_message_and_place)
{
	AUTO(error) struct error *plain = error_create(ERROR_INPUT, "chunk %d is cut", 7);
	cr_assert_eq(plain->code, ERROR_INPUT);
	cr_assert_str_eq(plain->message, "chunk 7 is cut");
	cr_assert(!plain->has_where);

	AUTO(error) struct error *placed = error_create_at(ERROR_FAULT, 0x7f00, "unreadable");
	cr_assert(placed->has_where);
	cr_assert_eq(placed->where, 0x7f00);
	cr_assert_eq(placed->code, ERROR_FAULT);
}

HEAP_TEST(error, names_the_systems_reason)
{
	AUTO(error) struct error *error = error_create_errno(ERROR_IO, ENOENT, "can't open %s", "a.snap");
	cr_assert_str_eq(error->message, "can't open a.snap: No such file or directory");
	AUTO(error) struct error *unknown = error_create_errno(ERROR_IO, 99999, "odd");
	cr_assert_str_eq(unknown->message, "odd: Unknown error 99999");
}

HEAP_TEST(error, prefix_keeps_code_and_place)
{
	AUTO(error) struct error *error = error_create_at(ERROR_INPUT, 42, "bad checksum");
	error = error_prefix(error, "%s: chunk %d", "a.snap", 3);
	cr_assert_str_eq(error->message, "a.snap: chunk 3: bad checksum");
	cr_assert_eq(error->code, ERROR_INPUT);
	cr_assert(error->has_where);
	cr_assert_eq(error->where, 42);
	cr_assert_null(error_prefix(NULL, "never seen"));
}

/* The constant error is shared by all: neither a prefix nor destroying it may touch it. */
HEAP_TEST(error, static_error_survives_everything)
{
	struct error *constant = error_memory();
	AUTO(error) struct error *prefixed = error_prefix(error_memory(), "loading %s", "a.snap");
	cr_assert_str_eq(prefixed->message, "loading a.snap: out of memory");
	cr_assert_eq(prefixed->code, ERROR_MEMORY);
	error_destroy(constant);
	error_destroy(NULL);
	cr_assert_eq(error_memory(), constant);
	cr_assert_str_eq(constant->message, "out of memory");
}

HEAP_TEST(error, messages_are_one_harmless_line)
{
	AUTO(error) struct error *error = error_create(ERROR_USAGE, "no type '%s'", "a\nb\033[2Jc\xff\u202e");
	cr_assert_str_eq(error->message, "no type 'a\\x0Ab\\x1B[2Jc\\xFF\\u{202E}'");
	error = error_prefix(error, "file\n");
	cr_assert_str_eq(error->message, "file\\x0A: no type 'a\\x0Ab\\x1B[2Jc\\xFF\\u{202E}'");
}

static struct error *fails_after(int steps, int *done)
{
	for (int i = 0; i < 5; i++) {
		TRY(i == steps ? error_create(ERROR_GONE, "step %d", i) : NULL);
		++*done;
	}
	return NULL;
}

HEAP_TEST(error, try_hands_on_the_first_failure)
{
	int done = 0;
	assert_error_says(fails_after(3, &done), ERROR_GONE, "step 3");
	cr_assert_eq(done, 3);
	assert_ok(fails_after(9, &done));
	cr_assert_eq(done, 8);
}

/* Messages of 1 MiB until memory ends: the last is the constant error, and nothing crashes on the way. */
HEAP_TEST(error, creating_never_fails)
{
	AUTO(string) char *huge = malloc((1 << 20) + 1);
	memset(huge, 'x', 1 << 20);
	huge[1 << 20] = '\0';
	memory_limit((size_t)16 << 20);
	struct error *errors[64];
	size_t count = 0;
	do
		errors[count] = error_create_at(ERROR_INPUT, 7, "%s", huge);
	while (errors[count] != error_memory() && ++count < 64);
	cr_assert_gt(count, 0);
	cr_assert_lt(count, 64);
	cr_assert(!error_memory()->has_where);
	cr_assert_eq(error_prefix(error_memory(), "%s", huge), error_memory());
	errors[0] = error_prefix(errors[0], "%s", huge);
	cr_assert_eq(errors[0]->code, ERROR_INPUT, "an error that can't be prefixed stays as it is");
	for (size_t i = 0; i < count; i++)
		error_destroy(errors[i]);
}
