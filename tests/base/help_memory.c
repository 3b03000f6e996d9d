#include "tests/base/help_memory.h"

#include "tests/test.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

void memory_limit(size_t bytes)
{
	if (HEAP_TEST_SANITIZED)
		cr_skip_test("AddressSanitizer ends a process that runs out of memory");
	FILE *file = fopen("/proc/self/statm", "r");
	cr_assert_not_null(file);
	size_t pages = 0;
	cr_assert_eq(fscanf(file, "%zu", &pages), 1);
	fclose(file);
	rlim_t most = pages * (size_t)sysconf(_SC_PAGESIZE) + bytes;
	cr_assert_eq(setrlimit(RLIMIT_AS, &(struct rlimit){most, most}), 0);
}
