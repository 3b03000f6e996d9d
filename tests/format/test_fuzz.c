/* What the fuzzers once found interesting, run again: nothing of it may crash, leak or be read out of bounds. */
#include "tests/format/help_file.h"
#include "tests/test.h"

#include <dirent.h>

#define LLVMFuzzerTestOneInput fuzz_snapshot
#include "tests/fuzz/fuzz_snapshot.c" // NOLINT(bugprone-suspicious-include): a program of its own elsewhere
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_document
#include "tests/fuzz/fuzz_document.c" // NOLINT(bugprone-suspicious-include)
#undef LLVMFuzzerTestOneInput

/* Runs every file of a folder; returns how many. */
static size_t run_all(const char *folder, int (*fuzz)(const uint8_t *data, size_t size))
{
	DIR *stream = opendir(folder);
	size_t count = 0;
	cr_assert_not_null(stream, "no folder %s", folder);
	for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		AUTO(string) char *path = help_path(folder, entry->d_name);
		size_t size;
		AUTO(free) void *data = help_file_read(path, &size);
		cr_assert_eq(fuzz(data, size), 0);
		count++;
	}
	closedir(stream);
	return count;
}

HEAP_TEST(fuzz, files_are_read_or_refused)
{
	cr_assert_gt(run_all("tests/fuzz/corpus/snapshot", fuzz_snapshot), 50);
}

HEAP_TEST(fuzz, documents_are_decoded_or_refused)
{
	cr_assert_gt(run_all("tests/fuzz/corpus/document", fuzz_document), 50);
}
