/* Keys from files: all of a file counts; what can be no key is refused with advice. */
#include "dumper/key.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The key of a file of `size` bytes; the file is gone afterwards. */
static struct error *key_of(const void *bytes, size_t size, uint8_t key[CHECKSUM_KEY])
{
	AUTO(close) int fd = memfd_create("key", MFD_CLOEXEC);
	char path[64];
	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return key_read(path, key);
}

HEAP_TEST(key, all_of_the_file_counts)
{
	uint8_t one[CHECKSUM_KEY], two[CHECKSUM_KEY], three[CHECKSUM_KEY];
	assert_ok(key_of("0123456789abcdef", 16, one));
	assert_ok(key_of("0123456789abcdef", 16, two));
	assert_ok(key_of("0123456789abcdef\n", 17, three));
	cr_assert_arr_eq(one, two, CHECKSUM_KEY);
	cr_assert_arr_neq(one, three, CHECKSUM_KEY);
}

HEAP_TEST(key, what_can_be_no_key_is_refused)
{
	AUTO(free) void *large = calloc(1, KEY_FILE_MOST + 1);
	uint8_t key[CHECKSUM_KEY];
	char path[64];
	int ends[2];
	assert_error_says(key_of("0123456789abcde", 15, key), ERROR_REFUSED, "has 15 bytes, and a key needs 16 at least");
	assert_error_says(key_of(large, KEY_FILE_MOST + 1, key), ERROR_REFUSED, "is it the right file?");
	assert_error_says(key_read("/dev/urandom", key), ERROR_REFUSED, "is no regular file");
	assert_error_says(key_read("/proc/self", key), ERROR_REFUSED, "is no regular file");
	assert_error_says(key_read("/proc/self/nothing", key), ERROR_REFUSED, "can't open");
	cr_assert_eq(pipe(ends), 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
	assert_error_says(key_read(path, key), ERROR_REFUSED, "is no regular file");
	close(ends[0]);
	close(ends[1]);
}
