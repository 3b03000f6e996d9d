/* Output: a new file that appears under its name whole, or not at all. */
#ifndef FORMAT_OUTPUT_H
#define FORMAT_OUTPUT_H

#include "base/error.h"

#include <stddef.h>

struct output;

/* Makes `.NAME.XXXXXX.tmp` beside `path`, mode 0600. ERROR_REFUSED: `path` exists (unless `force` and a regular file), or
 * is a symlink, folder or device, or its folder is missing or can't be written; ERROR_IO: the disk is full. Messages
 * begin with the path. */
struct error *output_create(const char *path, bool force, struct output **result) CHECKED;
/* Removes the temporary file unless it was committed. */
void output_destroy(struct output *output);
DEFINE_AUTO(output, struct output *, output_destroy);
const char *output_temporary(const struct output *output); /* its path; borrowed until destroy */
uint64_t output_size(const struct output *output);         /* bytes appended so far */
/* Appends. Where there is no more room (the disk, a quota or the limit of a file's size) it goes on counting, and the commit
 * fails. */
struct error *output_write(struct output *output, const void *data, size_t size) CHECKED;
/* fsync, rename into place, fsync of the folder. ERROR_REFUSED where the name was taken meanwhile; ERROR_IO where it had no
 * room, saying how many bytes are needed. */
struct error *output_commit(struct output *output) CHECKED;

#endif
