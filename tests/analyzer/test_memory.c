#include "analyzer/memory.h"

#include "tests/test.h"

HEAP_TEST(memory, says_what_is_needed_and_what_there_is)
{
	assert_ok(memory_compare("a.snap", 100, 100));
	assert_error_says(memory_compare("a.snap", 3u << 30, 1u << 30), ERROR_MEMORY,
			  "a.snap: this needs 3.0 GiB of memory, and 1.0 GiB are available");
	assert_error_says(memory_compare("\033.snap", 2, 1), ERROR_MEMORY, "\\x1B.snap");
	assert_error_says(memory_refused("a.snap", 1u << 20), ERROR_MEMORY,
			  "1.0 MiB of memory, which the system refused");
}

HEAP_TEST(memory, explains_a_refusal_that_says_nothing)
{
	cr_assert_null(memory_explain(NULL, "a.snap", 1));
	assert_error_says(memory_explain(error_memory(), "a.snap", 1u << 20), ERROR_MEMORY, "a.snap: this needs 1.0 MiB");
	assert_error_says(memory_explain(error_create(ERROR_MEMORY, "of its own"), "a.snap", 1), ERROR_MEMORY, "of its own");
}

HEAP_TEST(memory, asks_the_system)
{
	cr_assert_gt(memory_available(), 1 << 20);
	assert_ok(memory_check("a.snap", 1));
	/* Nothing has so much: where the system says what it has. */
	if (memory_available() != UINT64_MAX)
		assert_error(memory_check("a.snap", UINT64_MAX), ERROR_MEMORY);
}
