/* Source: where target memory comes from. One operations table, several memories: a live process, a core file, the
 * process itself, and, in tests, a fake heap image.
 *
 * A source tells its address ranges and copies bytes out of them. It caches nothing: that is the mirror's work.
 */
#ifndef DUMPER_SOURCE_H
#define DUMPER_SOURCE_H

#include "base/error.h"

#include <stddef.h>

struct source_range {
	uint64_t start, end;  /* addresses, page-aligned; start < end */
	uint64_t file_offset; /* of `start` in the mapped file, bytes */
	const char *path;     /* mapped file, "[heap]", "[stack]" ...; NULL for anonymous memory */
	bool readable, writable, executable;
	bool deleted;         /* the mapped file is gone or was replaced */
};

struct source;
struct source_operations {
	const char *kind; /* live, core or self */
	/* Sorted by address, disjoint; borrowed for as long as the source lives. */
	struct error *(*ranges)(struct source *source, const struct source_range **ranges, size_t *count);
	/* Copies up to `size` bytes from `address`, stopping at the first byte that can't be read; *got says how many.
	 * An unreadable first byte is *got = 0 and no error. ERROR_GONE when the target has ended, ERROR_IO when reading
	 * became impossible altogether. */
	struct error *(*read)(struct source *source, uint64_t address, void *buffer, size_t size, size_t *got);
	/* Opens the file of a mapping for reading, in the target's own view of the file system. */
	struct error *(*open_file)(struct source *source, const struct source_range *range, int *fd);
	void (*destroy)(struct source *source);
};

/* Implementations embed this first. */
struct source {
	const struct source_operations *operations;
};

static inline void source_destroy(struct source *source)
{
	if (source != NULL)
		source->operations->destroy(source);
}
DEFINE_AUTO(source, struct source *, source_destroy);

#endif
