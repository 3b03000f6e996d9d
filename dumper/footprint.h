/* Footprint: what the memory of the process is, kind by kind, and mapping by mapping.
 *
 *     take      at the stop, first of all: mappings, and which of their pages are there
 *     stack, malloc, add    what is known of parts of them, in any order and at any time
 *     write     the relations `mappings` and `memory_kinds`
 *
 * Only private memory of no file holds several kinds. Of each of its pages the bytes of each are counted: memory is 12 bytes a page
 * in which something was counted, and a byte a page of mappings that are not wholly there. Where reports overlap, as in torn memory, a page still
 * has no more bytes than it has: arenas go first, then what malloc has free, then objects, then its other blocks. No more than 64 GiB are counted so; what
 * lies beyond is of the kind that the place has otherwise.
 */
#ifndef DUMPER_FOOTPRINT_H
#define DUMPER_FOOTPRINT_H

#include "dumper/memory_map.h"
#include "dumper/process.h"
#include "format/writer.h"

enum footprint_part { /* of a page: what bytes are counted */
	PART_ARENA,
	PART_OBJECT,
	PART_USED, /* malloc's blocks: what else they are, they are this too */
	PART_CACHED,
	PART_FREE,
	PART_COUNT
};

struct footprint;
/* Of a process. ERROR_GONE, ERROR_IO where its mappings can't be read. */
struct error *footprint_take(const struct process *process, struct footprint **result) CHECKED;
/* Of a fork of a process, from open files: its smaps and pagemap, and the process's smaps (the latter two -1: none). */
struct error *footprint_of_fork(int smaps, int pagemap, int process, struct footprint **result) CHECKED;
/* Of mappings that are known: `map` is taken over. No page can be told from another, unless all of a mapping are there. */
struct error *footprint_of_map(struct memory_map *map, struct footprint **result) CHECKED;
/* Of a core, whose mappings begin with the bytes that it holds. */
struct error *footprint_of_core(const struct core *core, struct source *source, struct footprint **result) CHECKED;
void footprint_destroy(struct footprint *footprint);
DEFINE_AUTO(footprint, struct footprint *, footprint_destroy);

/* Counts bytes; what lies in no private memory of no file is left out, as it is of another kind whatever it holds. */
struct error *footprint_add(struct footprint *footprint, enum footprint_part part, uint64_t address, uint64_t size) CHECKED;
/* The same for bytes that were counted as another part. */
struct error *footprint_move(struct footprint *footprint, enum footprint_part from, enum footprint_part to,
			     uint64_t address, uint64_t size) CHECKED;
/* What the bytes from `start` to `end` are if nothing else is known of them: MEMORY_STACKS, MEMORY_MALLOC_UNWALKED. */
struct error *footprint_base(struct footprint *footprint, enum memory_kind kind, uint64_t start, uint64_t end) CHECKED;
/* Where that ends, if it was said of the byte at `address`; else 0. */
uint64_t footprint_base_end(struct footprint *footprint, enum memory_kind kind, uint64_t address);
/* The first page at or behind `address`, which is that of a page, in the same mapping that is no arena's and was, for all that is
 * known, ever written to; the mapping's end where there is none, UINT64_MAX outside of mappings. */
uint64_t footprint_next_unknown(const struct footprint *footprint, uint64_t address);
/* Borrowed until destroy. */
const struct memory_map *footprint_map(const struct footprint *footprint);

/* Private memory of no file, which can be written: where malloc's blocks are. NULL: none is at `address`. */
const struct memory_mapping *footprint_heap(const struct footprint *footprint, uint64_t address);

/* Bytes of each kind. */
struct footprint_sum {
	uint64_t size, resident, swapped;
};
void footprint_sum(struct footprint *footprint, struct footprint_sum kinds[MEMORY_KINDS]);
/* Writes both relations. */
struct error *footprint_write(struct footprint *footprint, struct writer *writer) CHECKED;

#endif
