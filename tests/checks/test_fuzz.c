/* What the fuzzer once found interesting, run again: nothing of it may crash, leak or be taken for a rule that makes no sense. */
#include "tests/format/help_file.h"
#include "tests/test.h"

#include <dirent.h>

#include "tests/fuzz/fuzz_policy.c" // NOLINT(bugprone-suspicious-include): a program of its own elsewhere

HEAP_TEST(fuzz, policies_are_taken_or_refused)
{
	DIR *stream = opendir("tests/fuzz/corpus/policy");
	size_t count = 0;
	cr_assert_not_null(stream);
	for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		AUTO(string) char *path = help_path("tests/fuzz/corpus/policy", entry->d_name);
		size_t size;
		AUTO(free) void *data = help_file_read(path, &size);
		cr_assert_eq(LLVMFuzzerTestOneInput(data, size), 0);
		count++;
	}
	closedir(stream);
	cr_assert_gt(count, 50);
}
