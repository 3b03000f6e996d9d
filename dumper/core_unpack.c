/* Core unpack: how is a compressed core read at random places?
 *
 * Only after it was decompressed: to a file that has no name, so that nothing is left of it whatever happens, and that
 * nobody else can open. Its size is bounded twice: by the room that is there, of which a tenth is left alone, and by
 * what the program headers say that the core holds. Both are known after the first block, unless a core has thousands
 * of segments; then only the room bounds it. Blocks of zeros become holes. Cost: one pass, at the speed of the
 * decompressor.
 */
#include "dumper/core_unpack.h"

#include "base/bytes.h"
#include "format/archive.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BLOCK ((size_t)256 << 10)       /* bytes decompressed at once: the headers of 4,600 segments */
#define BEHIND_LAST ((uint64_t)1 << 20) /* bytes that may follow what the headers describe */
#define UNKNOWN UINT64_MAX

struct unpacking {
	const char *path, *folder;
	struct archive_stream *stream;
	uint8_t *block;
	uint64_t size;     /* bytes decompressed */
	uint64_t room;     /* bytes that the temporary file may have */
	uint64_t expected; /* bytes that the headers describe, UNKNOWN where they don't */
	int fd;
};

static void unpacking_deinit(struct unpacking *unpacking)
{
	archive_stream_destroy(unpacking->stream);
	free(unpacking->block);
	guard_close(unpacking->fd);
}
DEFINE_AUTO_VALUE(unpacking, struct unpacking, unpacking_deinit);

static struct error *read_kind(int fd, const char *path, bool *compressed)
{
	static const struct {
		const char *magic;
		size_t size;
	} kinds[] = {
		{"\x28\xb5\x2f\xfd", 4}, /* zstd */
		{"\x04\x22\x4d\x18", 4}, /* lz4 */
		{"BZh", 3},
		{"\x1f\x8b", 2}, /* gzip */
		{"\xfd"
		 "7zXZ",
		 5},
	};
	char head[8] = {0};

	if (pread(fd, head, sizeof head, 0) < 0)
		return error_create_errno(ERROR_IO, errno, "can't read %s", path);
	*compressed = false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		*compressed = *compressed || memcmp(head, kinds[i].magic, kinds[i].size) == 0;
	return NULL;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Where the last byte ends that the headers of an ELF file tell of. */
static uint64_t expected_size(const uint8_t *block, size_t size)
{
	Elf64_Ehdr head;
	uint64_t end;

	if (size < sizeof head)
		return UNKNOWN;
	memcpy(&head, block, sizeof head);
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_phentsize != sizeof(Elf64_Phdr) ||
	    head.e_phnum == PN_XNUM || head.e_phoff > size || (size - head.e_phoff) / sizeof(Elf64_Phdr) < head.e_phnum)
		return UNKNOWN;
	end = saturating_add(head.e_shoff, (uint64_t)head.e_shnum * head.e_shentsize);
	for (size_t i = 0; i < head.e_phnum; i++) {
		Elf64_Phdr segment;

		memcpy(&segment, block + head.e_phoff + i * sizeof segment, sizeof segment);
		end = later(end, saturating_add(segment.p_offset, segment.p_filesz));
	}
	return end;
}

static struct error *no_room(const struct unpacking *unpacking, int number)
{
	const char *rest = "name a folder with more room in TMPDIR";

	if (unpacking->expected != UNKNOWN)
		return error_create_errno(ERROR_IO, number,
					  "%s has %" PRIu64
					  " bytes once it is decompressed, and %s has room for %" PRIu64 ": %s",
					  unpacking->path, unpacking->expected, unpacking->folder, unpacking->room,
					  rest);
	return error_create_errno(ERROR_IO, number,
				  "%s has more than %" PRIu64
				  " bytes once it is decompressed, for which %s has no room: %s",
				  unpacking->path, unpacking->size, unpacking->folder, rest);
}

/* The file, and how large it may become. */
static struct error *make_temporary(struct unpacking *unpacking)
{
	const char *wish = getenv("TMPDIR");
	struct statvfs room;

	unpacking->folder = wish != NULL && wish[0] == '/' ? wish : "/var/tmp";
	unpacking->fd = open(unpacking->folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (unpacking->fd < 0 || fstatvfs(unpacking->fd, &room) != 0)
		return error_create_errno(ERROR_IO, errno,
					  "can't make a temporary file in %s to decompress %s: name another folder in "
					  "TMPDIR",
					  unpacking->folder, unpacking->path);
	unpacking->room = saturating_multiply(room.f_bavail, room.f_frsize) / 10 * 9;
	return NULL;
}

static bool is_zero(const uint8_t *block, size_t size)
{
	return size > 0 && block[0] == 0 && memcmp(block, block + 1, size - 1) == 0;
}

static struct error *write_block(struct unpacking *unpacking, size_t size)
{
	size_t done = is_zero(unpacking->block, size) ? size : 0;

	while (done < size) {
		ssize_t written =
			pwrite(unpacking->fd, unpacking->block + done, size - done, (off_t)(unpacking->size + done));
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return no_room(unpacking, written < 0 ? errno : EIO);
		done += (size_t)written;
	}
	unpacking->size += size;
	return NULL;
}

static struct error *check_size(struct unpacking *unpacking, size_t more)
{
	uint64_t size = unpacking->size + more;

	if (unpacking->size == 0)
		unpacking->expected = expected_size(unpacking->block, more);
	if (size > unpacking->room || (unpacking->expected != UNKNOWN && unpacking->expected > unpacking->room))
		return no_room(unpacking, ENOSPC);
	if (unpacking->expected != UNKNOWN && size > saturating_add(unpacking->expected, BEHIND_LAST))
		return error_create(ERROR_INPUT,
				    "%s holds more than the %" PRIu64
				    " bytes that the core in it describes: it is no core "
				    "that a system has written",
				    unpacking->path, unpacking->expected);
	return NULL;
}

/* All of it, to the end: what the compressor checked is in the last bytes. */
static struct error *unpack(struct unpacking *unpacking, struct interrupt *interrupt)
{
	size_t got;

	unpacking->block = malloc(BLOCK);
	if (unpacking->block == NULL)
		return error_memory();
	TRY(make_temporary(unpacking));
	for (;;) {
		TRY(interrupt_check(interrupt));
		TRY(archive_stream_read(unpacking->stream, unpacking->block, BLOCK, &got));
		if (got == 0)
			break;
		TRY(check_size(unpacking, got));
		TRY(write_block(unpacking, got));
	}
	if (ftruncate(unpacking->fd, (off_t)unpacking->size) != 0)
		return no_room(unpacking, errno);
	return NULL;
}

struct error *core_unpack_open(const char *path, struct interrupt *interrupt, int *fd)
{
	AUTO(unpacking) struct unpacking unpacking = {.path = path, .expected = UNKNOWN, .fd = -1};
	AUTO(close) int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat found;
	bool compressed = false;

	if (file < 0)
		return error_create_errno(ERROR_IO, errno, "can't open %s", path);
	if (fstat(file, &found) != 0 || !S_ISREG(found.st_mode))
		return error_create(ERROR_INPUT, "%s is not a regular file", path);
	TRY(read_kind(file, path, &compressed));
	if (compressed) {
		TRY(archive_stream_open(file, path, &unpacking.stream));
		TRY(unpack(&unpacking, interrupt));
		*fd = unpacking.fd;
		unpacking.fd = -1;
	} else {
		*fd = file;
		file = -1;
	}
	return NULL;
}
