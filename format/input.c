/* Input: where are the bytes of a snapshot, also when they come through a pipe and can be read only once?
 *
 * Method: positioned reads, never a mapping, as a file that shrinks under a mapping kills its reader. What can't seek is
 * copied once to a temporary file without a name. Cost: none for files; one copy on disk for pipes.
 */
#include "format/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPOOL_BLOCK 65536u

static int spool_open(void)
{
	const char *folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		if (folders[i] == NULL || *folders[i] == '\0')
			continue;
		int fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
	}
	return memfd_create("snapshot", MFD_CLOEXEC);
}

static struct error *spool_write(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return error_create_errno(ERROR_IO, errno, "can't copy it to a temporary file");
		data += written;
		size -= (size_t)written;
	}
	return NULL;
}

/* Up to SPOOL_BLOCK bytes, fewer only at the end. */
static struct error *stream_read(int fd, uint8_t *block, size_t *size)
{
	*size = 0;
	while (*size < SPOOL_BLOCK) {
		ssize_t got = read(fd, block + *size, SPOOL_BLOCK - *size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_create_errno(ERROR_IO, errno, "can't read it");
		if (got == 0)
			break;
		*size += (size_t)got;
	}
	return NULL;
}

static bool is_tar(const uint8_t *block, size_t size)
{
	return size >= 512 && memcmp(block + 257, "ustar", 5) == 0;
}

struct error *input_foreign(const struct input *input, const void *start, size_t size)
{
	static const struct {
		const char *magic;
		size_t length;
		const char *program, *unpack, *suffix;
	} packers[] = {
		{"\x1f\x8b", 2, "gzip", "gunzip", ".gz"},
		{"\x28\xb5\x2f\xfd", 4, "zstd", "unzstd", ".zst"},
		{"\xfd\x37zXZ", 6, "xz", "unxz", ".xz"},
		{"BZh", 3, "bzip2", "bunzip2", ".bz2"},
	};
	for (size_t i = 0; i < sizeof packers / sizeof *packers; i++) {
		if (size < packers[i].length || memcmp(start, packers[i].magic, packers[i].length) != 0)
			continue;
		const char *name = input->name, *suffix = packers[i].suffix;
		size_t length = strlen(name), tail = strlen(suffix);
		/* Without its suffix they refuse a file that they are given by name. */
		bool named = !input->stream && !input->standard && length > tail && strcmp(name + length - tail, suffix) == 0;
		return error_create(ERROR_INPUT, "compressed by %s: unpack it first (%s%s%s)", packers[i].program,
				    packers[i].unpack, named ? " " : " < FILE > OUT", named ? name : "");
	}
	return error_create(ERROR_INPUT, "not a heapdiff snapshot (no tar archive)");
}

static struct error *input_spool(struct input *input)
{
	AUTO(close) int stream = input->fd;
	input->fd = spool_open();
	if (input->fd < 0)
		return error_create_errno(ERROR_IO, errno, "can't make a temporary file for it");
	AUTO(free) void *block = malloc(SPOOL_BLOCK);
	if (block == NULL)
		return error_memory();
	for (;;) {
		size_t size;
		TRY(stream_read(stream, block, &size));
		if (input->size == 0 && size > 0 && !is_tar(block, size))
			return input_foreign(input, block, size);
		if (size > INPUT_SPOOL_MAX - input->size)
			return error_create(ERROR_INPUT, "longer than 64 GiB: save it to a file first");
		TRY(spool_write(input->fd, block, size));
		input->size += size;
		if (size < SPOOL_BLOCK)
			return NULL;
	}
}

static struct error *input_open(struct input *input, const char *path)
{
	input->fd = input->standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				    : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat status;
	if (input->fd < 0 || fstat(input->fd, &status) != 0)
		return error_create_errno(ERROR_IO, errno, "can't open it");
	if (S_ISDIR(status.st_mode))
		return error_create(ERROR_INPUT, "a folder, not a snapshot");
	if (S_ISBLK(status.st_mode))
		return error_create(ERROR_INPUT, "a block device, not a snapshot");
	input->stream = !S_ISREG(status.st_mode);
	if (input->stream)
		return input_spool(input);
	input->size = (uint64_t)status.st_size;
	return NULL;
}

struct error *input_create(const char *path, struct input **result)
{
	AUTO(input) struct input *input = calloc(1, sizeof *input);
	if (input == NULL)
		return error_memory();
	input->fd = -1;
	input->standard = strcmp(path, "-") == 0;
	input->name = strdup(input->standard ? "standard input" : path);
	if (input->name == NULL)
		return error_memory();
	struct error *error = input_open(input, path);
	if (error != NULL)
		return error_prefix(error, "%s", input->name);
	*result = steal(&input);
	return NULL;
}

void input_destroy(struct input *input)
{
	if (input == NULL)
		return;
	guard_close(input->fd);
	free(input->name);
	free(input);
}

struct error *input_read(const struct input *input, uint64_t offset, void *to, size_t size)
{
	uint8_t *cursor = to;
	while (size > 0) {
		ssize_t got = pread(input->fd, cursor, size, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_create_errno(ERROR_IO, errno, "can't read it");
		if (got == 0)
			return error_create_at(ERROR_INPUT, offset,
					       "it ends too early: it became shorter while it was read");
		cursor += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return NULL;
}
