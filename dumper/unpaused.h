/* Unpaused: finds the objects of a process that is never stopped, in a copy of its memory that is read until it stands still,
 * or as often as is allowed.
 *
 * Of a process that does nothing meanwhile the result is that of a stop, and is known to be. Of a busy one it is torn here and
 * there: what contradicts itself is a counted loss, what merely is from another moment can't be told. Time and memory are
 * bounded, whatever the process does.
 */
#ifndef DUMPER_UNPAUSED_H
#define DUMPER_UNPAUSED_H

#include "dumper/heap.h"

struct unpaused_input {
	const struct process *process;
	const struct runtime *runtime;
	/* Opens the memory anew, with the ranges of this moment. */
	struct error *(*open)(const struct unpaused_input *input, struct source **source);
	const struct contents *contents; /* as for heap_keep; NULL: neither previews nor another key */
	struct interrupt *interrupt; /* NULL: none */
	uint64_t memory_bytes;       /* 0: no limit; ERROR_MEMORY above it */
	double timeout;              /* seconds that may go by on top of what the size of the heap explains */
};

struct unpaused_facts {
	uint64_t moment_ns; /* since 1970: of the last reading */
	uint64_t rereads;   /* readings of the copy besides the first */
	uint64_t changed;   /* chunks of 64 KiB that the last whole reading found changed, or that were read after it; 0: all is of
			       one moment */
};

/* The source of a live process, for `open`. */
struct error *unpaused_open_live(const struct unpaused_input *input, struct source **source) CHECKED;
/* *heap has been discovered and needs nothing of the process any more. ERROR_FAULT and ERROR_REFUSED where the runtime's state made no
 * sense however often it was looked at; ERROR_GONE, ERROR_MEMORY, ERROR_INTERRUPTED. */
struct error *unpaused_discover(const struct unpaused_input *input, struct heap **heap, struct unpaused_facts *facts)
	CHECKED;

#endif
