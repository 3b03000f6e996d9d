/* What a service has compressed is read like the core itself, and takes no more room than there is or than it says. */
#include "tests/test.h"

#include "base/text.h"
#include "dumper/core.h"
#include "dumper/core_unpack.h"
#include "tests/dumper/help_core.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define HEAP UINT64_C(0x55550000)
#define HELD UINT64_C(0x180000) /* several blocks of the decompressor */

static const char *const compressors[] = {"gzip", "bzip2", "xz", "lz4", "zstd"};

static struct made_core *usual(void)
{
	struct made_core *made = made_core_create();

	made_core_process(made, 4711, 1000, "worker");
	made_core_thread(made);
	made_core_segment(made, HEAP, HELD, HELD, "rw-");
	made_core_zeros(made, HEAP + 0x80000, 0x90000); /* a block of them becomes a hole */
	return made;
}

/* What a shell command makes of a file, which is gone then, as another temporary file. */
static char *filtered(char *path, const char *command)
{
	AUTO(string) char *from = path, *line = NULL, *to = NULL;

	cr_assert_geq(asprintf(&to, "%s.out", from), 0);
	cr_assert_geq(asprintf(&line, "(%s) < %s > %s", command, from, to), 0);
	if (system(line) != 0)
		cr_skip_test("can't run a compressor; make deps installs it");
	unlink(from);
	return steal(&to);
}

/* Opens and removes it. */
static struct error *open_once(char *path, struct core **core)
{
	AUTO(string) char *owned = path;
	struct error *error = core_open(owned, core);

	unlink(owned);
	return error;
}

static void check_compressor(const char *compressor)
{
	AUTO(made_core) struct made_core *made = usual();
	AUTO(core) struct core *plain = NULL, *core = NULL;
	uint8_t expected[4096], bytes[4096];
	size_t got;

	assert_ok(open_once(made_core_write(made), &plain));
	assert_ok(open_once(filtered(made_core_write(made), compressor), &core));
	cr_assert_eq(core->pid, 4711);
	cr_assert_eq(core->held, plain->held);
	cr_assert_eq(core->lost, 0);
	for (uint64_t at = HEAP; at < HEAP + HELD; at += sizeof bytes) {
		assert_ok(core_read(plain, at, expected, sizeof expected, &got));
		cr_assert_eq(got, sizeof expected);
		assert_ok(core_read(core, at, bytes, sizeof bytes, &got));
		cr_assert_eq(got, sizeof bytes);
		cr_assert_arr_eq(bytes, expected, sizeof bytes, "%s: %lx", compressor, (unsigned long)at);
	}
}

HEAP_TEST(core_unpack, reads_what_five_tools_compress)
{
	for (size_t i = 0; i < sizeof compressors / sizeof *compressors; i++)
		check_compressor(compressors[i]);
}

HEAP_TEST(core_unpack, leaves_a_plain_core_as_it_is)
{
	AUTO(made_core) struct made_core *made = usual();
	AUTO(string) char *path = made_core_write(made);
	AUTO(close) int fd = -1;
	char link[64], target[512] = {0};

	assert_ok(core_unpack_open(path, NULL, &fd));
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	cr_assert_gt(readlink(link, target, sizeof target - 1), 0);
	cr_assert_str_eq(target, path);
	unlink(path);
}

HEAP_TEST(core_unpack, refuses_what_is_cut_or_damaged)
{
	struct core *core = NULL;

	for (size_t i = 0; i < sizeof compressors / sizeof *compressors; i++) {
		AUTO(made_core) struct made_core *made = usual();
		AUTO(text) struct text command;

		text_init(&command);
		text_printf(&command, "%s | head -c -20", compressors[i]);
		assert_error_says(open_once(filtered(made_core_write(made), text_string(&command)), &core), ERROR_INPUT,
				  "it is cut or damaged");
	}
}

/* Its last bytes are a checksum of all that came before. */
HEAP_TEST(core_unpack, checks_what_the_compressor_did)
{
	AUTO(made_core) struct made_core *made = usual();
	AUTO(string) char *path = filtered(made_core_write(made), "xz --check=crc64");
	AUTO(close) int fd = open(path, O_RDWR | O_CLOEXEC);
	struct core *core = NULL;
	off_t end = lseek(fd, 0, SEEK_END);
	uint8_t byte = 0;

	/* Before xz's index and footer, which take some 32 bytes of this file. */
	cr_assert_eq(pread(fd, &byte, 1, end - 40), 1);
	byte ^= 0x10;
	cr_assert_eq(pwrite(fd, &byte, 1, end - 40), 1);
	assert_error_says(core_open(path, &core), ERROR_INPUT, "it is cut or damaged");
	unlink(path);
}

HEAP_TEST(core_unpack, refuses_several_layers)
{
	AUTO(made_core) struct made_core *made = usual();
	struct core *core = NULL;

	assert_error_says(open_once(filtered(made_core_write(made), "gzip | gzip"), &core), ERROR_INPUT,
			  "compressed more than once");
}

HEAP_TEST(core_unpack, refuses_what_is_no_core_inside)
{
	struct core *core = NULL;

	assert_error_says(open_once(filtered(made_file("no core", 7), "gzip"), &core), ERROR_INPUT,
			  "is not an ELF file");
	assert_error_says(open_once(made_file("\x1f\x8b\x08", 3), &core), ERROR_INPUT, "or not at all");
}

HEAP_TEST(core_unpack, a_bomb_ends_where_the_core_does)
{
	AUTO(made_core) struct made_core *made = usual();
	struct core *core = NULL;

	assert_error_says(open_once(filtered(made_core_write(made), "(cat; head -c 3000000000 /dev/zero) | gzip -1"),
				    &core),
			  ERROR_INPUT, "holds more than the ");
}

HEAP_TEST(core_unpack, says_how_much_room_a_core_would_need)
{
	AUTO(made_core) struct made_core *made = usual();
	AUTO(free) void *bytes = NULL;
	struct core *core = NULL;
	Elf64_Phdr segment;
	Elf64_Ehdr head;
	size_t size;

	bytes = made_core_bytes(made, &size);
	memcpy(&head, bytes, sizeof head);
	memcpy(&segment, (uint8_t *)bytes + head.e_phoff, sizeof segment);
	segment.p_filesz = UINT64_C(1) << 60;
	memcpy((uint8_t *)bytes + head.e_phoff, &segment, sizeof segment);
	assert_error_says(open_once(filtered(made_file(bytes, size), "gzip"), &core), ERROR_IO,
			  " bytes once it is decompressed, and ");
}

HEAP_TEST(core_unpack, a_write_that_fails_is_told)
{
	AUTO(made_core) struct made_core *made = usual();
	AUTO(string) char *path = filtered(made_core_write(made), "gzip");
	struct core *core = NULL;
	const struct rlimit limit = {300000, 300000};

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_error_says(open_once(steal(&path), &core), ERROR_IO,
			  "name a folder with more room in TMPDIR: File too large");
}

HEAP_TEST(core_unpack, the_temporary_is_where_it_is_wanted)
{
	AUTO(made_core) struct made_core *made = usual();
	AUTO(string) char *path = filtered(made_core_write(made), "gzip");
	struct core *core = NULL;

	setenv("TMPDIR", "/no/such/folder", 1);
	assert_error_says(open_once(steal(&path), &core), ERROR_IO, "can't make a temporary file in /no/such/folder");
}
