/* Maps: the address ranges of a process, as /proc/PID/maps tells them.
 *
 * Each range comes with what identifies its file. The text is foreign (a path may hold anything): a line that makes
 * no sense, or that overlaps one before it, is skipped and counted, never an error.
 */
#ifndef DUMPER_MAPS_H
#define DUMPER_MAPS_H

#include "base/arena.h"
#include "dumper/source.h"

struct maps_file {       /* what a range's file is, beside its path */
	uint64_t device; /* as makedev(3) gives it */
	uint64_t inode;  /* 0: no file */
	bool shared;     /* MAP_SHARED */
};

struct maps {
	struct source_range *ranges; /* sorted by address, disjoint; paths live in `names` */
	struct maps_file *files;     /* one for each range */
	size_t count;
	size_t skipped; /* lines left out */
	struct arena names;
};

void maps_init(struct maps *maps);
void maps_deinit(struct maps *maps);
DEFINE_AUTO_VALUE(maps, struct maps, maps_deinit);

/* Parses the text of a maps file into an initialised, empty `maps`. A path loses its " (deleted)", which becomes
 * `deleted`, and its \012 becomes a newline. [vvar], [vvar_vclock] and [vsyscall] are called unreadable, as they are
 * from outside. ERROR_MEMORY only. */
struct error *maps_parse(struct maps *maps, const char *text, size_t length) CHECKED;
/* Reads and parses the file at `path`, /proc/PID/maps. ERROR_GONE where the process has ended (an empty file, ESRCH or
 * ENOENT), ERROR_REFUSED where reading it isn't permitted, ERROR_IO otherwise. */
struct error *maps_read(struct maps *maps, const char *path) CHECKED;
/* One line of a maps file without its newline, or the first of a mapping in smaps; paths are copied to `names`. *parsed is
 * false where the line makes no sense. ERROR_MEMORY only. */
struct error *maps_parse_line(const char *text, size_t length, struct arena *names, struct source_range *range,
			      struct maps_file *file, bool *parsed) CHECKED;
/* The same from a descriptor; `name` is for messages. */
struct error *maps_read_open(struct maps *maps, int fd, const char *name) CHECKED;
/* Index of the range that holds `address`; false where none does. */
bool maps_find(const struct maps *maps, uint64_t address, size_t *index);

#endif
