/* The bytes of another process, each way of reading, up to the first byte that can't be read. */
#include "tests/test.h"

#include "dumper/source_live.h"
#include "tests/dumper/help_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096u
#define AREA_PAGES 600u /* more than one call's worth of small pieces */

static const enum source_live_way ways[] = {SOURCE_LIVE_ANY, SOURCE_LIVE_VM, SOURCE_LIVE_FILE};
#define WAYS (sizeof ways / sizeof ways[0])

static uint8_t *area; /* mapped before the fork, so at the same address in the child */

static void show_area(struct child_board *board)
{
	atomic_store(&board->ready, 1);
	pause();
}

/* Pages of known bytes; the last of them can't be read. */
static struct child child_with_area(void)
{
	area = mmap(NULL, AREA_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(area, MAP_FAILED);
	for (size_t i = 0; i < AREA_PAGES * PAGE; i++)
		area[i] = (uint8_t)(i * 7 + i / PAGE);
	cr_assert_eq(mprotect(area + (AREA_PAGES - 1) * PAGE, PAGE, PROT_NONE), 0);
	return child_run(show_area);
}

static void open_live(const struct child *child, enum source_live_way way, struct process **process,
		      struct source **source)
{
	assert_ok(process_read(NULL, child->pid, process));
	assert_ok(source_live_open(*process, way, NULL, source));
	cr_assert_str_eq((*source)->operations->kind, "live");
}

HEAP_TEST(source_live, reads_what_is_there)
{
	AUTO(child) struct child child = child_with_area();
	for (size_t way = 0; way < WAYS; way++) {
		AUTO(process) struct process *process = NULL;
		AUTO(source) struct source *source = NULL;
		AUTO(string) char *copy = malloc(AREA_PAGES * PAGE);
		size_t got = 0, readable = (AREA_PAGES - 1) * PAGE;
		open_live(&child, ways[way], &process, &source);
		assert_ok(source->operations->read(source, (uint64_t)(uintptr_t)area, copy, readable, &got));
		cr_assert_eq(got, readable);
		cr_assert_eq(memcmp(copy, area, readable), 0);
		assert_ok(source->operations->read(source, (uint64_t)(uintptr_t)area + 4093, copy, 9, &got));
		cr_assert_eq(got, 9);
		cr_assert_eq(memcmp(copy, area + 4093, 9), 0, "across a page");
	}
}

HEAP_TEST(source_live, stops_at_the_first_unreadable_byte)
{
	AUTO(child) struct child child = child_with_area();
	for (size_t way = 0; way < WAYS; way++) {
		AUTO(process) struct process *process = NULL;
		AUTO(source) struct source *source = NULL;
		AUTO(string) char *copy = malloc(AREA_PAGES * PAGE);
		size_t got = 99, readable = (AREA_PAGES - 1) * PAGE;
		uint64_t start = (uint64_t)(uintptr_t)area;
		open_live(&child, ways[way], &process, &source);
		if (ways[way] != SOURCE_LIVE_FILE) { /* the memory file reads through PROT_NONE, as a debugger must */
			assert_ok(source->operations->read(source, start + 10, copy, AREA_PAGES * PAGE - 10, &got));
			cr_assert_eq(got, readable - 10);
			assert_ok(source->operations->read(source, start + readable, copy, 8, &got));
			cr_assert_eq(got, 0);
		}
		static const uint64_t nowhere[] = {0, 8, 4096, UINT64_C(1) << 46, INT64_MAX, UINT64_MAX - 7};
		for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
			got = 99;
			assert_ok(source->operations->read(source, nowhere[i], copy, 8, &got));
			cr_assert_eq(got, 0, "way %zu, address %#lx", way, (unsigned long)nowhere[i]);
		}
		assert_ok(source->operations->read(source, start, copy, 0, &got));
		cr_assert_eq(got, 0);
	}
}

HEAP_TEST(source_live, lists_sorted_ranges)
{
	AUTO(child) struct child child = child_with_area();
	AUTO(process) struct process *process = NULL;
	AUTO(source) struct source *source = NULL;
	const struct source_range *ranges;
	size_t count, holder = SIZE_MAX;
	open_live(&child, SOURCE_LIVE_ANY, &process, &source);
	assert_ok(source->operations->ranges(source, &ranges, &count));
	for (size_t i = 0; i < count; i++) {
		cr_assert(i == 0 || ranges[i - 1].end <= ranges[i].start);
		if (ranges[i].start <= (uint64_t)(uintptr_t)area && (uint64_t)(uintptr_t)area < ranges[i].end)
			holder = i;
	}
	cr_assert_neq(holder, SIZE_MAX);
	cr_assert(ranges[holder].readable && ranges[holder].writable && !ranges[holder].executable);
}

HEAP_TEST(source_live, says_when_the_process_is_gone)
{
	for (size_t way = 0; way < WAYS; way++) {
		AUTO(child) struct child child = child_with_area();
		AUTO(process) struct process *process = NULL;
		AUTO(source) struct source *source = NULL;
		AUTO(source) struct source *again = NULL;
		uint8_t byte;
		size_t got;
		open_live(&child, ways[way], &process, &source);
		assert_ok(source->operations->read(source, (uint64_t)(uintptr_t)area, &byte, 1, &got));
		kill(child.pid, SIGKILL);
		cr_assert(child_await_state(child.pid, 'Z'));
		assert_error(source->operations->read(source, (uint64_t)(uintptr_t)area, &byte, 1, &got), ERROR_GONE);
		assert_error(source_live_open(process, ways[way], NULL, &again), ERROR_GONE);
	}
}

HEAP_TEST(source_live, heeds_an_interrupt)
{
	AUTO(child) struct child child = child_with_area();
	AUTO(process) struct process *process = NULL;
	AUTO(interrupt) struct interrupt interrupt;
	AUTO(source) struct source *source = NULL;
	uint8_t byte;
	size_t got;
	assert_ok(interrupt_init(&interrupt));
	assert_ok(process_read(NULL, child.pid, &process));
	assert_ok(source_live_open(process, SOURCE_LIVE_ANY, &interrupt, &source));
	assert_ok(source->operations->read(source, (uint64_t)(uintptr_t)area, &byte, 1, &got));
	raise(SIGINT);
	assert_error(source->operations->read(source, (uint64_t)(uintptr_t)area, &byte, 1, &got), ERROR_INTERRUPTED);
}

/* From here on process_vm_readv is answered EPERM in this process, as in a strict container. */
static void forbid_vm_read(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
	cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

HEAP_TEST(source_live, falls_back_to_the_memory_file)
{
	AUTO(child) struct child child = child_with_area();
	AUTO(process) struct process *process = NULL;
	AUTO(source) struct source *any = NULL;
	AUTO(source) struct source *strict = NULL;
	uint8_t bytes[64];
	size_t got = 0;
	open_live(&child, SOURCE_LIVE_ANY, &process, &any);
	assert_ok(source_live_open(process, SOURCE_LIVE_VM, NULL, &strict));
	forbid_vm_read();
	for (int round = 0; round < 2; round++) {
		assert_ok(any->operations->read(any, (uint64_t)(uintptr_t)area, bytes, sizeof bytes, &got));
		cr_assert_eq(got, sizeof bytes);
		cr_assert_arr_eq(bytes, area, sizeof bytes);
	}
	assert_error(strict->operations->read(strict, (uint64_t)(uintptr_t)area, bytes, sizeof bytes, &got), ERROR_IO);
}

/* A file of one page, mapped before the fork, and its name. */
static char mapped_name[64];
static void *mapped;

static struct child child_with_file(void)
{
	strcpy(mapped_name, "/tmp/heapdump-mapped-XXXXXX");
	AUTO(close) int fd = mkstemp(mapped_name);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, "old bytes", 9), 9);
	mapped = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	cr_assert_neq(mapped, MAP_FAILED);
	return child_run(show_area);
}

/* What open_file gives for that mapping, as text. */
static void read_mapped(const struct child *child, char text[16], struct error **error)
{
	AUTO(process) struct process *process = NULL;
	AUTO(source) struct source *source = NULL;
	const struct source_range *ranges;
	size_t count;
	int fd = -1;
	open_live(child, SOURCE_LIVE_ANY, &process, &source);
	assert_ok(source->operations->ranges(source, &ranges, &count));
	while (ranges->start != (uint64_t)(uintptr_t)mapped)
		ranges++;
	*error = source->operations->open_file(source, ranges, &fd);
	memset(text, 0, 16);
	if (fd >= 0)
		cr_assert_geq(read(fd, text, 15), 0);
	guard_close(fd);
}

HEAP_TEST(source_live, opens_the_file_that_is_mapped)
{
	AUTO(child) struct child child = child_with_file();
	AUTO(error) struct error *error = NULL;
	char text[16];
	read_mapped(&child, text, &error);
	cr_expect_null(error);
	cr_expect_str_eq(text, "old bytes");
	unlink(mapped_name);
}

/* Deleted, or replaced by another file of that name: the mapping's own file is still there, for who may open it. */
HEAP_TEST(source_live, opens_a_deleted_and_a_replaced_file)
{
	AUTO(child) struct child child = child_with_file();
	char text[16];
	for (int replaced = 0; replaced < 2; replaced++) {
		AUTO(error) struct error *error = NULL;
		unlink(mapped_name);
		if (replaced) {
			AUTO(close) int fd = open(mapped_name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
			cr_assert_eq(write(fd, "new bytes", 9), 9);
		}
		read_mapped(&child, text, &error);
		if (getuid() == 0)
			cr_expect_str_eq(text, "old bytes", "%s", error != NULL ? error->message : "");
		else
			cr_expect(error != NULL || text[0] != '\0');
	}
	unlink(mapped_name);
}

HEAP_TEST(source_live, opens_no_pipe_in_place_of_a_file)
{
	if (getuid() == 0)
		cr_skip_test("root gets the mapping's own file");
	AUTO(child) struct child child = child_with_file();
	AUTO(error) struct error *error = NULL;
	char text[16];
	unlink(mapped_name);
	cr_assert_eq(mkfifo(mapped_name, 0600), 0);
	read_mapped(&child, text, &error);
	unlink(mapped_name);
	cr_assert_not_null(error);
}

static char jail[64]; /* a folder that becomes the root, or the place of a mount, in the child */
static bool by_chroot;

/* Maps jail/file as only the child sees it; board->born says where. */
static void map_behind_walls(struct child_board *board)
{
	char name[128];
	if (by_chroot ? chroot(jail) != 0
		      : unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
				mount("tmpfs", jail, "tmpfs", 0, NULL) != 0) {
		atomic_store(&board->ready, 1);
		return;
	}
	snprintf(name, sizeof name, "%s/file", by_chroot ? "" : jail);
	AUTO(close) int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *memory = write(fd, "inside", 6) == 6 ? mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (memory != MAP_FAILED)
		atomic_store(&board->born, (unsigned long)(uintptr_t)memory);
	show_area(board);
}

/* A container's file is not the one of that name out here. */
HEAP_TEST(source_live, opens_files_behind_walls)
{
	if (getuid() != 0)
		cr_skip_test("only root can mount and chroot");
	for (int kind = 0; kind < 2; kind++) {
		char path[128], text[16];
		AUTO(error) struct error *error = NULL;
		strcpy(jail, "/tmp/heapdump-jail-XXXXXX");
		cr_assert_not_null(mkdtemp(jail));
		snprintf(path, sizeof path, "%s/file", jail);
		AUTO(close) int decoy = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		cr_assert_eq(write(decoy, "outside", 7), 7);
		by_chroot = kind == 1;
		if (by_chroot)
			unlink(path);
		AUTO(child) struct child child = child_run(map_behind_walls);
		mapped = (void *)(uintptr_t)atomic_load(&child.board->born);
		if (mapped != NULL) {
			read_mapped(&child, text, &error);
			cr_expect_str_eq(text, "inside", "%s", error != NULL ? error->message : text);
		}
		unlink(path);
		rmdir(jail);
	}
}
