/* Kinds: puts together what is known of a process's memory by kind: its mappings, stacks, malloc's blocks. Objects come when the
 * heap is written.
 *
 * What can't be known stays unknown: nothing of this makes a capture fail but a lack of memory and an interrupt.
 */
#ifndef DUMPER_KINDS_H
#define DUMPER_KINDS_H

#include "dumper/footprint.h"
#include "dumper/glibc_mapped.h"
#include "dumper/heap.h"
#include "dumper/stacks.h"
#include "dumper/stop.h"

struct kinds {
	struct footprint *footprint; /* NULL: the mappings could not be read */
	VECTOR(struct thread_registers) registers;
	const char *source;          /* where the sizes come from: smaps, maps or core; NULL: nowhere */
	const char *malloc;          /* glibc or unknown; NULL: nobody looked */
	struct glibc_facts glibc;
};

void kinds_init(struct kinds *kinds);
void kinds_deinit(struct kinds *kinds);
DEFINE_AUTO_VALUE(kinds, struct kinds, kinds_deinit);

/* First of all in a stop, before reading brings in pages: the mappings, and the threads' registers (NULL: without a stop there are
 * none). What there was before is dropped. */
struct error *kinds_take(struct kinds *kinds, const struct process *process, const struct stop *stop) CHECKED;
/* Of a fork, from open files: smaps and pagemap, and its process's smaps (-1: not there). There are no registers. */
struct error *kinds_take_fork(struct kinds *kinds, int smaps, int pagemap, int process) CHECKED;
struct error *kinds_take_core(struct kinds *kinds, const struct core *core, struct source *source) CHECKED;
/* In the same stop: where the stacks are. `main_address` lies in the main thread's (AT_RANDOM, 0 unknown). */
struct error *kinds_stacks(struct kinds *kinds, struct source *source, uint64_t main_address) CHECKED;
/* pymalloc's arenas, and what malloc has, with the memory at hand: in the same stop, or of a core. After the discovery, as that
 * below is. */
struct error *kinds_malloc(struct kinds *kinds, const struct heap *heap) CHECKED;
/* The same for a copy, in three steps: on the running process, whose mirror then has what the walk needs, within `budget` bytes,
 * and where blocks with mappings of their own are found; in the stop; and once the process runs again. */
struct error *kinds_learn_malloc(const struct process *process, const struct heap *heap, uint64_t budget,
				 struct glibc_mapped *mapped) CHECKED;
struct error *kinds_mapped(struct kinds *kinds, struct source *source, const struct glibc_mapped *mapped) CHECKED;
struct error *kinds_malloc_copied(struct kinds *kinds, const struct heap *heap) CHECKED;
/* Once the objects have been added: both relations. */
struct error *kinds_write(struct kinds *kinds, struct writer *writer) CHECKED;

#endif
