/* Small text files are read whole and searched by line. */
#include "tests/test.h"

#include "dumper/procfs.h"
#include "tests/dumper/help_proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char status[] = "Name:\tUid:\t5\nUid:\t1000\t1001\t1002\t1003\nCapEff:\t000001ffffffffff\nNSpid:\t99\t7\n"
			     "Bad:\tx1\nBig:\t99999999999999999999\nMinus:\t-5\nEmpty:\nUid:\t1\n";

static struct text text_of(const char *string)
{
	struct text text;
	text_init(&text);
	text_add(&text, string);
	return text;
}

HEAP_TEST(procfs, finds_numbers_by_line_and_place)
{
	AUTO(text) struct text text = text_of(status);
	uint64_t value = 0;
	for (unsigned i = 0; i < 4; i++) {
		cr_assert(procfs_number(&text, "Uid:", i, 10, &value));
		cr_assert_eq(value, 1000 + i, "the first line that begins so, not one that holds it");
	}
	cr_assert(procfs_number(&text, "CapEff:", 0, 16, &value));
	cr_assert_eq(value, 0x1ffffffffff);
	cr_assert(procfs_last_number(&text, "NSpid:", &value));
	cr_assert_eq(value, 7);
}

HEAP_TEST(procfs, says_where_there_is_no_number)
{
	static const char *const names[] = {"Bad:", "Big:", "Minus:", "Empty:", "None:", "Name:"};
	AUTO(text) struct text text = text_of(status);
	uint64_t value = 42;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		cr_assert_not(procfs_number(&text, names[i], 0, 10, &value), "%s", names[i]);
	cr_assert_not(procfs_number(&text, "Uid:", 4, 10, &value), "the next line's number is another's");
	cr_assert_eq(value, 42, "untouched");
	cr_assert_not(procfs_last_number(&text, "None:", &value));
}

HEAP_TEST(procfs, reads_whole_files_up_to_a_bound)
{
	AUTO(proc) struct proc *proc = proc_create();
	AUTO(string) char *path = NULL;
	AUTO(text) struct text text;
	const size_t size = 3u << 20;
	AUTO(free) void *zeros = calloc(1, size);
	text_init(&text);
	cr_assert_geq(asprintf(&path, "%s/big", proc_path(proc)), 0);
	proc_write(proc, "big", zeros, 300000);
	assert_ok(procfs_read(&text, path));
	cr_assert_eq(text.length, 300000);
	proc_write(proc, "big", zeros, size);
	assert_ok(procfs_read(&text, path));
	cr_assert_lt(text.length, 300000 + size);
	assert_error(procfs_read(&text, proc_path(proc)), ERROR_IO);
	assert_error(procfs_read(&text, "/proc/0/status"), ERROR_GONE);
}

HEAP_TEST(procfs, reads_a_line_or_none)
{
	AUTO(string) char *line = NULL;
	AUTO(string) char *none = NULL;
	assert_ok(procfs_line("/proc/self/comm", &line));
	cr_assert_not_null(strstr(line, "test_procfs"));
	cr_assert_null(strchr(line, '\n'));
	assert_ok(procfs_line("/proc/0/comm", &none));
	cr_assert_null(none);
}

HEAP_TEST(procfs, lists_threads)
{
	AUTO(free) void *memory = NULL;
	pid_t *threads = NULL;
	size_t count = 0;
	assert_ok(procfs_threads("/proc", getpid(), &threads, &count));
	memory = threads;
	cr_assert_geq(count, 1);
	bool found = false;
	for (size_t i = 0; i < count; i++)
		found = found || threads[i] == getpid();
	cr_assert(found);
	assert_error(procfs_threads("/proc", 0, &threads, &count), ERROR_GONE);
}
