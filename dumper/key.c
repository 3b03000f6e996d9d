/* Key: a file of any format becomes 16 bytes, by a hash of all of it. Nothing of it goes anywhere else. */
#include "dumper/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error *check(const char *path, const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return error_create(ERROR_REFUSED, "--hash-key: %s is no regular file", path);
	if (status->st_size < (off_t)KEY_FILE_LEAST)
		return error_create(ERROR_REFUSED,
				    "--hash-key: %s has %lld bytes, and a key needs %u at least: head -c 32 /dev/urandom > FILE "
				    "makes one",
				    path, (long long)status->st_size, KEY_FILE_LEAST);
	if (status->st_size > (off_t)KEY_FILE_MOST)
		return error_create(ERROR_REFUSED, "--hash-key: %s has more than %u bytes: is it the right file?", path,
				    KEY_FILE_MOST);
	return NULL;
}

static struct error *read_all(int fd, const char *path, uint8_t *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = read(fd, bytes + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_create_errno(ERROR_REFUSED, errno, "--hash-key: can't read %s", path);
		if (got == 0)
			return error_create(ERROR_REFUSED, "--hash-key: %s changed while it was read", path);
		done += (size_t)got;
	}
	return NULL;
}

struct error *key_read(const char *path, uint8_t key[CHECKSUM_KEY])
{
	AUTO(close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	struct checksum checksum;

	if (fd < 0 || fstat(fd, &status) != 0)
		return error_create_errno(ERROR_REFUSED, errno, "--hash-key: can't open %s", path);
	TRY(check(path, &status));
	AUTO(free) void *bytes = malloc((size_t)status.st_size);
	if (bytes == NULL)
		return error_memory();
	TRY(read_all(fd, path, bytes, (size_t)status.st_size));
	checksum = checksum_of(bytes, (size_t)status.st_size);
	explicit_bzero(bytes, (size_t)status.st_size);
	memcpy(key, checksum.bytes, CHECKSUM_KEY);
	return NULL;
}
