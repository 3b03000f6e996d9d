/* Input: a snapshot's bytes at any offset, whether it is a file, a pipe or standard input. */
#ifndef FORMAT_INPUT_H
#define FORMAT_INPUT_H

#include "base/error.h"

#include <stddef.h>

#define INPUT_SPOOL_MAX ((uint64_t)64 << 30) /* bytes taken from a pipe, at most */

struct input {
	char *name;    /* as messages name it: the path, or "standard input"; owned */
	int fd;        /* owned */
	bool standard; /* standard input */
	bool stream;   /* what came through a pipe: the name may not open it again */
	uint64_t size; /* bytes */
};

/* "-" is standard input. A pipe, socket or character device is copied to an unlinked temporary file in $TMPDIR or
 * /var/tmp or /tmp (to memory where none can be made), unless its first block is no tar header. ERROR_IO: can't be
 * opened or read; ERROR_INPUT: a folder or block device, or more than INPUT_SPOOL_MAX. Messages begin with the name. */
struct error *input_create(const char *path, struct input **result) CHECKED;
void input_destroy(struct input *input);
DEFINE_AUTO(input, struct input *, input_destroy);
/* Exactly `size` bytes from `offset`. ERROR_INPUT where fewer are there: the file has become shorter. */
struct error *input_read(const struct input *input, uint64_t offset, void *to, size_t size) CHECKED;
/* ERROR_INPUT that says what a file that begins with these bytes is, as it is no tar. */
struct error *input_foreign(const struct input *input, const void *start, size_t size) CHECKED;

#endif
