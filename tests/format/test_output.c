/* Output: a file appears whole under its name or not at all, and nothing that was there before is lost. */
#include "format/output.h"
#include "format/writer.h"
#include "tests/format/help_file.h"
#include "tests/format/help_heap.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

DEFINE_AUTO(folder, char *, help_folder_remove);

HEAP_TEST(output, appears_whole_with_mode_0600)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(output) struct output *output = NULL;
	struct stat status;
	umask(0);
	assert_ok(output_create(path, false, &output));
	const char *temporary = output_temporary(output);
	cr_assert_eq(strncmp(temporary, folder, strlen(folder)), 0);
	cr_assert_eq(strncmp(temporary + strlen(folder), "/.a.snap.", 9), 0, "%s", temporary);
	cr_assert_str_eq(temporary + strlen(temporary) - 4, ".tmp");
	assert_ok(output_write(output, "hello", 5));
	cr_assert_eq(output_size(output), 5);
	cr_assert_neq(stat(path, &status), 0);
	assert_ok(output_commit(output));
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_size, 5);
	cr_assert_eq(status.st_mode & 07777, 0600);
	cr_assert_eq(help_folder_entries(folder), 1);
}

HEAP_TEST(output, that_is_dropped_leaves_nothing)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	struct output *output = NULL;
	assert_ok(output_create(path, false, &output));
	assert_ok(output_write(output, "hello", 5));
	cr_assert_eq(help_folder_entries(folder), 1);
	output_destroy(output);
	cr_assert_eq(help_folder_entries(folder), 0);
}

static void assert_refused(const char *path, bool force, enum error_code code, const char *part)
{
	struct output *output = NULL;
	assert_error_says(output_create(path, force, &output), code, part);
	AUTO(error) struct error *error = output_create(path, force, &output);
	cr_assert_eq(strncmp(error->message, path, strlen(path)), 0, "%s", error->message);
}

HEAP_TEST(output, what_exists_is_not_replaced)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *file = help_path(folder, "file"), *link = help_path(folder, "link");
	AUTO(string) char *dangling = help_path(folder, "dangling"), *pipe = help_path(folder, "pipe");
	AUTO(string) char *missing = help_path(folder, "missing/a.snap"), *below = help_path(folder, "file/a.snap");
	help_file_write(file, "precious", 8);
	cr_assert_eq(symlink("file", link) + symlink("nowhere", dangling) + mkfifo(pipe, 0600), 0);
	assert_refused(file, false, ERROR_REFUSED, "exists");
	for (int force = 0; force < 2; force++) {
		assert_refused(link, force, ERROR_REFUSED, "a symbolic link");
		assert_refused(dangling, force, ERROR_REFUSED, "a symbolic link");
		assert_refused(folder, force, ERROR_REFUSED, "a folder");
		assert_refused(pipe, force, ERROR_REFUSED, "not a regular file");
		assert_refused("/dev/null", force, ERROR_REFUSED, "not a regular file");
		assert_refused("", force, ERROR_REFUSED, "an empty name");
		assert_refused("/tmp/", force, ERROR_REFUSED, "a folder");
		assert_refused("/tmp/..", force, ERROR_REFUSED, "a folder");
		assert_refused(missing, force, ERROR_REFUSED, "its folder does not exist");
		assert_refused(below, force, ERROR_REFUSED, "can't open its folder");
	}
	cr_assert_eq(help_folder_entries(folder), 4);
	size_t size;
	AUTO(free) void *kept = help_file_read(file, &size);
	cr_assert_arr_eq(kept, "precious", 8);
}

HEAP_TEST(output, force_replaces_a_file)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	AUTO(output) struct output *output = NULL;
	help_file_write(path, "old", 3);
	assert_ok(output_create(path, true, &output));
	assert_ok(output_write(output, "newer", 5));
	assert_ok(output_commit(output));
	size_t size;
	AUTO(free) void *data = help_file_read(path, &size);
	cr_assert_eq(size, 5);
}

HEAP_TEST(output, a_name_taken_meanwhile_is_kept)
{
	AUTO(folder) char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "a.snap");
	struct output *output = NULL;
	size_t size;
	assert_ok(output_create(path, false, &output));
	help_file_write(path, "other", 5);
	assert_error_says(output_commit(output), ERROR_REFUSED, "exists");
	output_destroy(output);
	AUTO(free) void *data = help_file_read(path, &size);
	cr_assert_arr_eq(data, "other", 5);
	cr_assert_eq(help_folder_entries(folder), 1);
	/* A link planted meanwhile is not followed either, and not replaced. */
	AUTO(string) char *planted = help_path(folder, "b.snap");
	assert_ok(output_create(planted, true, &output));
	cr_assert_eq(symlink("a.snap", planted), 0);
	assert_error_says(output_commit(output), ERROR_REFUSED, "a symbolic link");
	output_destroy(output);
	cr_assert_eq(help_folder_entries(folder), 2);
}

HEAP_TEST(output, the_longest_name_has_a_temporary_name)
{
	AUTO(folder) char *folder = help_folder();
	char name[256];
	memset(name, 'n', 255);
	name[255] = '\0';
	AUTO(string) char *path = help_path(folder, name);
	AUTO(output) struct output *output = NULL;
	assert_ok(output_create(path, false, &output));
	assert_ok(output_commit(output));
}

/* Writes a heap whose file is larger than there is room for. What is needed is told to the byte. */
static void assert_no_room(const char *folder, const char *part)
{
	AUTO(string) char *path = help_path(folder, "a.snap"), *needed = NULL;
	AUTO(folder) char *roomy = help_folder();
	AUTO(string) char *there = help_path(roomy, "a.snap");
	AUTO(heap) struct heap heap;
	struct rlimit limit, most;
	uint64_t bytes;
	help_heap_init(&heap, 3, 200000, 3, HEAP_EXTREME);
	assert_error_says(help_heap_write(&heap, path, &bytes), ERROR_IO, part);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	most = (struct rlimit){limit.rlim_max, limit.rlim_max};
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &most), 0);
	assert_ok(help_heap_write(&heap, there, &bytes));
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_assert_geq(asprintf(&needed, ": %lu bytes are needed, and there was room for ", (unsigned long)bytes), 0);
	AUTO(error) struct error *error = help_heap_write(&heap, path, &bytes);
	cr_assert_eq(strncmp(error->message, path, strlen(path)), 0, "%s", error->message);
	cr_assert_not_null(strstr(error->message, needed), "%s", error->message);
	cr_assert_eq(help_folder_entries(folder), 0, "something was left behind");
}

HEAP_TEST(output, a_file_size_limit_leaves_nothing)
{
	AUTO(folder) char *folder = help_folder();
	struct rlimit limit = {100000, RLIM_INFINITY};
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_no_room(folder, "File too large");
}

HEAP_TEST(output, a_full_disk_leaves_nothing)
{
	AUTO(folder) char *folder = help_folder();
	if (mount("none", folder, "tmpfs", 0, "size=128k") != 0)
		cr_skip_test("no right to mount a small file system");
	assert_no_room(folder, "No space left on device");
	cr_assert_eq(umount(folder), 0);
}
