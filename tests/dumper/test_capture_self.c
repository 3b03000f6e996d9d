/* What a frozen image hands over: its memory, its files, and facts about the process, none of which is taken on trust. */
#include "tests/test.h"

#include "dumper/capture_self.h"
#include "dumper/self.h"
#include "tests/dumper/help_child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096u

static uint8_t *area; /* three pages, of which the last can't be read */

/* An image: a child that stands still and has handed over what it opened of itself. */
struct image {
	struct child child;
	struct source_self_files files;
	int vector;
};

static int open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0, "can't open %s", path);
	return fd;
}

static void stand_still(struct child_board *board)
{
	atomic_store(&board->ready, 1);
	pause();
}

static struct image image_create(void)
{
	struct image image;

	area = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(area, MAP_FAILED);
	for (size_t i = 0; i < 3 * PAGE; i++)
		area[i] = (uint8_t)(i * 7 + i / PAGE);
	cr_assert_eq(mprotect(area + 2 * PAGE, PAGE, PROT_NONE), 0);
	image.child = child_run(stand_still);
	image.files.memory = open_of(image.child.pid, "mem");
	image.files.maps = open_of(image.child.pid, "maps");
	image.files.executable = open_of(image.child.pid, "exe");
	image.vector = open_of(image.child.pid, "auxv");
	return image;
}

static void image_destroy(struct image *image)
{
	child_end(&image->child);
	guard_close(image->files.memory);
	guard_close(image->files.maps);
	guard_close(image->files.executable);
	guard_close(image->vector);
	munmap(area, 3 * PAGE);
}
DEFINE_AUTO_VALUE(image, struct image, image_destroy);

HEAP_TEST(source_self, reads_up_to_the_first_unreadable_byte)
{
	AUTO(image) struct image image = image_create();
	AUTO(source) struct source *source = NULL;
	uint8_t copy[3 * PAGE];
	size_t got = 0;

	assert_ok(source_self_open(&image.files, NULL, &source));
	cr_assert_str_eq(source->operations->kind, "self");
	assert_ok(source->operations->read(source, (uint64_t)(uintptr_t)area + 5, copy, sizeof copy, &got));
	cr_assert_eq(got, 2 * PAGE - 5);
	cr_assert_eq(memcmp(copy, area + 5, got), 0);
	assert_ok(source->operations->read(source, UINT64_MAX - 7, copy, 8, &got));
	cr_assert_eq(got, 0);
	assert_ok(source->operations->read(source, 0, copy, 8, &got));
	cr_assert_eq(got, 0);
}

HEAP_TEST(source_self, says_that_the_image_is_gone)
{
	AUTO(image) struct image image = image_create();
	AUTO(source) struct source *source = NULL;
	uint8_t copy[8];
	size_t got = 0;

	assert_ok(source_self_open(&image.files, NULL, &source));
	kill(image.child.pid, SIGKILL);
	siginfo_t info;
	cr_assert_eq(waitid(P_PID, (id_t)image.child.pid, &info, WEXITED | WNOWAIT), 0);
	assert_error_says(source->operations->read(source, (uint64_t)(uintptr_t)area, copy, sizeof copy, &got),
			  ERROR_GONE, "the image of the process was killed");
}

/* The executable is found though its name is gone; what is no mapped file is refused. */
HEAP_TEST(source_self, opens_mapped_files)
{
	AUTO(image) struct image image = image_create();
	AUTO(source) struct source *source = NULL;
	const struct source_range *ranges;
	struct stat wanted, found;
	size_t count, opened = 0;

	assert_ok(source_self_open(&image.files, NULL, &source));
	assert_ok(source->operations->ranges(source, &ranges, &count));
	cr_assert_eq(fstat(image.files.executable, &wanted), 0);
	for (size_t i = 0; i < count; i++) {
		int fd = -1;
		if (ranges[i].path == NULL || ranges[i].path[0] != '/' ||
		    strstr(ranges[i].path, "test_capture_self") == NULL)
			continue;
		struct source_range gone = ranges[i];
		gone.deleted = true;
		assert_ok(source->operations->open_file(source, &gone, &fd));
		AUTO(close) int guard = fd;
		cr_assert_eq(fstat(guard, &found), 0);
		cr_assert_eq(found.st_ino, wanted.st_ino);
		opened++;
	}
	cr_assert_gt(opened, 0);
	int fd = -1;
	const struct source_range none = {.start = 1, .end = 2, .path = "/nowhere"};
	assert_error_says(source->operations->open_file(source, &none, &fd), ERROR_INPUT, "no file is mapped");
}

HEAP_TEST(source_self, takes_no_other_files)
{
	AUTO(image) struct image image = image_create();
	AUTO(source) struct source *source = NULL;
	AUTO(close) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct source_self_files files = image.files;

	files.memory = null;
	assert_error_says(source_self_open(&files, NULL, &source), ERROR_REFUSED, "is not the memory of a process");
	files = image.files;
	files.maps = -1;
	assert_error_says(source_self_open(&files, NULL, &source), ERROR_REFUSED, "is not the map of a process");
}

/* --- facts ---------------------------------------------------------------------------------------------------------- */

#define STAT "4711 (app (1)) S 1 4711 4711 0 -1 4194304 1 0 0 0 5 6 0 0 20 0 3 0 777 1 2 3"
#define STATUS "Name:\tapp\nUid:\t0\t0\t0\t0\nNSpid:\t4711\t12\nVmHWM:\t 2000 kB\nVmRSS:\t 1000 kB\n"

static const char *const good[SELF_FACT_COUNT] = {SELF_VERSION, "12", "5",    "1795901359464964106",   "250",
						  "2",          STAT, STATUS, "/usr/bin/app (deleted)"};

/* Of a capture whose facts are `fields`, or are cut off after `bytes`. */
static struct error *capture_with(struct image *image, const char *const fields[SELF_FACT_COUNT], size_t bytes)
{
	struct capture_self_options options = {.files = image->files,
					       .vector = image->vector, .questions = -1, .answers = -1, .sizes = -1, .pages = -1, .process = -1,
					       .output = "{name}-{n}.none/x",
					       .number = 1};
	struct capture_result result;
	AUTO(string) char *path = NULL;
	bool collecting = false;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	for (int i = 0; i < SELF_FACT_COUNT; i++) {
		size_t size = strlen(fields[i]) + 1;
		size = size < bytes ? size : bytes;
		cr_assert_eq(write(ends[1], fields[i], size), (ssize_t)size);
		bytes -= size;
	}
	close(ends[1]);
	options.facts = ends[0];
	struct error *error = capture_self(&options, &result, &path, &collecting);
	close(ends[0]);
	cr_assert_null(path);
	return error;
}

/* They name the file, so the first thing that fails is the folder. */
HEAP_TEST(capture_self, takes_good_facts)
{
	AUTO(image) struct image image = image_create();

	assert_error_says(capture_with(&image, good, SIZE_MAX), ERROR_REFUSED, "app__1_-000001.none");
}

HEAP_TEST(capture_self, refuses_facts_that_make_no_sense)
{
	static const struct {
		enum self_fact fact;
		const char *says;
	} bad[] = {{SELF_FACT_VERSION, "heapdump self 0"},
		   {SELF_FACT_PID, "99999999999"},
		   {SELF_FACT_PID, "-1"},
		   {SELF_FACT_BEGUN, "9999999999999999999"},
		   {SELF_FACT_MOMENT, ""},
		   {SELF_FACT_MOMENT, "18446744073709551616"},
		   {SELF_FACT_PAUSE, "1e9"},
		   {SELF_FACT_ATTEMPT, "0x2"}};
	AUTO(image) struct image image = image_create();

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const char *fields[SELF_FACT_COUNT];
		memcpy(fields, good, sizeof fields);
		fields[bad[i].fact] = bad[i].says;
		assert_error_says(capture_with(&image, fields, SIZE_MAX), ERROR_REFUSED,
				  "which process this is makes no sense");
	}
	const char *fields[SELF_FACT_COUNT];
	memcpy(fields, good, sizeof fields);
	fields[SELF_FACT_STAT] = "4711 app S 1";
	assert_error_says(capture_with(&image, fields, SIZE_MAX), ERROR_INPUT,
			  "the stat file of the process makes no sense");
}

HEAP_TEST(capture_self, refuses_facts_that_are_cut)
{
	AUTO(image) struct image image = image_create();
	size_t size = 0;

	for (int i = 0; i < SELF_FACT_COUNT; i++)
		size += strlen(good[i]) + 1;
	for (size_t bytes = 0; bytes < size; bytes++)
		assert_error_says(capture_with(&image, good, bytes), ERROR_REFUSED,
				  "which process this is makes no sense");
}
