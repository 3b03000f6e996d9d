/* Fuzzer: no file, however forged, may crash the reader or salvage, or make them take memory without bound.
 *
 * The first byte of an input chooses what the rest is:
 *     0        the file itself
 *     1        members, each as: kind, number, length (2 bytes, little-endian), document; after 7 counts of 4 bytes. The
 *              tar headers and a manifest with the right checksums are made here, so that what is behind the checksums is
 *              reached.
 * Whatever the reader takes, it must verify or refuse; what salvage writes must verify.
 */
#include "base/bytes.h"
#include "format/reader.h"
#include "format/salvage.h"
#include "tests/format/help_tar.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A salvaged file must be a good one. */
static void salvage(const char *path)
{
	char target[64];
	struct salvage_result result;
	snprintf(target, sizeof target, "/dev/shm/heapdiff-fuzz-%d.snap", (int)getpid());
	struct error *error = salvage_run(path, target, true, &result);
	if (error == NULL) {
		AUTO(reader) struct reader *reader = NULL;
		error = reader_open(target, &reader);
		if (error == NULL)
			error = reader_verify(reader);
		if (error != NULL) {
			fprintf(stderr, "salvaged, and yet: %s\n", error->message);
			abort();
		}
		unlink(target);
	}
	error_destroy(error);
}

static void run(const void *bytes, size_t size)
{
	char path[64];
	AUTO(close) int fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	AUTO(reader) struct reader *reader = NULL;
	struct error *error = reader_open(path, &reader);
	if (error == NULL)
		error = reader_verify(reader);
	error_destroy(error);
	salvage(path);
}

static void run_members(struct bytes *bytes)
{
	AUTO(tar) struct tar tar = {0};
	struct manifest manifest = {.major = FORMAT_MAJOR, .minor = bytes_u8(bytes), .complete = true};
	uint64_t *counts = &manifest.counts.nodes;
	for (size_t i = 0; i < sizeof manifest.counts / sizeof *counts; i++)
		counts[i] = bytes_u32(bytes);
	while (bytes_left(bytes) >= 4) {
		char name[MEMBER_NAME_MAX + 1];
		enum member_kind kind = bytes_u8(bytes) % MEMBER_UNKNOWN;
		kind = kind == MEMBER_MANIFEST ? MEMBER_META : kind; /* made here */
		member_name(kind, bytes_u8(bytes), name);
		size_t size = bytes_u16(bytes);
		if (size > bytes_left(bytes))
			size = bytes_left(bytes);
		help_tar_add(&tar, name, '0', bytes_take(bytes, size), size);
	}
	help_tar_manifest(&tar, &manifest);
	help_tar_end(&tar);
	run(tar.bytes.items, tar.bytes.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct bytes bytes = bytes_over(data + 1, size - 1);
	if (data[0] == 0)
		run(data + 1, size - 1);
	else
		run_members(&bytes);
	return 0;
}
