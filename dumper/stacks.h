/* Stacks: where the stack of a thread lies, told from its registers. */
#ifndef DUMPER_STACKS_H
#define DUMPER_STACKS_H

#include "dumper/footprint.h"

struct thread_registers {
	uint64_t stack;  /* rsp */
	uint64_t thread; /* fs base: the C library's description of the thread; 0 unknown */
};

/* The stack of that thread, as the C library took it, without its guard page: a part of `mapping`, which holds the stack pointer.
 * The whole mapping where the thread is described in it in a way that isn't understood; *found is false where it isn't: the
 * thread runs on memory of another kind, such as that for signals. */
struct error *stacks_find(struct source *source, const struct source_range *mapping,
			  const struct thread_registers *registers, uint64_t *start, uint64_t *end, bool *found) CHECKED;
/* Tells the footprint of the stacks: of the main thread, which has `main_address` in it (AT_RANDOM, 0: unknown), and of those whose
 * registers are known. Only a lack of memory and an interrupt are errors. */
struct error *stacks_add(struct footprint *footprint, struct source *source, uint64_t main_address,
			 const struct thread_registers *registers, size_t count) CHECKED;

#endif
