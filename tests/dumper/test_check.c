/* What a capture would cost is estimated, and what it would refuse is refused. */
#include "tests/test.h"

#include "dumper/check.h"
#include "tests/dumper/help_library.h"

#include <stdio.h>

static struct error *check_library(const char *flags, struct check *check)
{
	AUTO(library_folder) struct library_folder folder = library_folder_make();
	AUTO(process) struct process *process = NULL;
	library_make(&folder, "lib.so", flags);
	AUTO(child) struct child child = library_load((const char *[]){library_path(&folder, "lib.so"), NULL});
	assert_ok(process_read(NULL, child.pid, &process));
	return check_run(process, NULL, PAUSE_AUTO, NULL, check);
}

HEAP_TEST(check, estimates_grow_with_the_memory)
{
	cr_assert_eq(check_objects(UINT64_MAX), UINT64_MAX, "unknown stays unknown");
	cr_assert_eq(check_pause_ns(UINT64_MAX, PAUSE_COPY), UINT64_MAX);
	cr_assert_eq(check_file_bytes(UINT64_MAX), UINT64_MAX);
	cr_assert_eq(check_pause_ns(UINT64_MAX, PAUSE_NONE), 0, "known to be none");
	for (uint64_t bytes = 1 << 20; bytes < UINT64_C(1) << 40; bytes *= 4) {
		cr_assert_lt(check_objects(bytes), check_objects(bytes * 4));
		cr_assert_lt(check_pause_ns(bytes, PAUSE_HOLD), check_pause_ns(bytes * 4, PAUSE_HOLD));
		cr_assert_leq(check_pause_ns(bytes, PAUSE_COPY), check_pause_ns(bytes * 4, PAUSE_COPY));
		cr_assert_leq(check_pause_ns(bytes, PAUSE_COPY), check_pause_ns(bytes, PAUSE_HOLD));
		cr_assert_lt(check_file_bytes(bytes), bytes, "a snapshot is smaller than the heap");
	}
}

HEAP_TEST(check, names_runtime_and_layout)
{
	AUTO(check) struct check check = {0};
	assert_ok(check_library("-DVERSION=0x030d00f0", &check));
	cr_assert_str_eq(check.runtime->version, "3.13.0");
	cr_assert_not_null(strstr(check.layout, "3.13"));
	cr_assert_gt(check.objects, 0);
}

HEAP_TEST(check, refuses_a_version_without_a_layout)
{
	AUTO(check) struct check check = {0};
	assert_error_says(check_library("-DVERSION=0x036300f0", &check), ERROR_REFUSED, "CPython 3.99.0 has no layout");
	cr_assert_null(check.runtime);
}
