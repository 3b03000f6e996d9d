/* Memory map: what the process has mapped, and how much of each mapping is in physical memory or swapped out, at one moment.
 *
 * From /proc/PID/smaps, or from a core, which only tells what it holds. The text is foreign: a line that makes no sense is
 * skipped and counted, figures above a mapping's size are cut to it.
 */
#ifndef DUMPER_MEMORY_MAP_H
#define DUMPER_MEMORY_MAP_H

#include "base/vector.h"
#include "dumper/core.h"
#include "dumper/maps.h"

#include <sys/types.h>

struct memory_mapping {
	struct source_range range;
	bool shared;       /* MAP_SHARED; of a core unknown: false */
	uint64_t resident; /* bytes, Rss; of a core: what it holds */
	uint64_t unshared; /* bytes of these that no other process has mapped */
	uint64_t swapped;  /* bytes */
};

struct memory_map {
	VECTOR(struct memory_mapping) mappings; /* sorted by address, disjoint */
	size_t skipped;                         /* lines left out */
	bool measured;                          /* resident sizes are known */
	struct arena names;
};

void memory_map_init(struct memory_map *map);
void memory_map_deinit(struct memory_map *map);
DEFINE_AUTO_VALUE(memory_map, struct memory_map, memory_map_deinit);

/* Parses the text of a smaps file, or of a maps file, which measures nothing, into an initialised, empty map. ERROR_MEMORY only. */
struct error *memory_map_parse(struct memory_map *map, const char *text, size_t length) CHECKED;
/* Reads PID/smaps, or PID/maps where the kernel has no smaps. Errors as maps_read. */
struct error *memory_map_read(struct memory_map *map, const char *proc, pid_t pid) CHECKED;
/* The same of an open smaps file. */
struct error *memory_map_read_open(struct memory_map *map, int fd) CHECKED;
/* `map` is of a fork, which shares all memory with its process, and has not mapped again what is only of files: of these, the sizes are
 * the process's, where it still has the same mapping; what is of no file counts as not shared. */
void memory_map_of_fork(struct memory_map *map, const struct memory_map *process);
/* The ranges of a core's source; what the core file itself holds of them counts as resident. The paths stay the source's. */
struct error *memory_map_of_core(struct memory_map *map, const struct core *core, struct source *source) CHECKED;
/* The mapping that holds `address`; NULL: none. */
const struct memory_mapping *memory_map_at(const struct memory_map *map, uint64_t address);

#endif
