/* Meta: what a snapshot says about the process, the interpreter, the collector and the capture itself. */
#ifndef DUMPER_META_H
#define DUMPER_META_H

#include "dumper/heap.h"
#include "dumper/stop.h"

struct meta_input {
	const struct process *process;
	const struct runtime *runtime;
	const struct heap *heap;
	const struct stop_times *times; /* of the last stop */
	uint64_t begun_ns;              /* CLOCK_MONOTONIC at the attach */
	uint64_t attempts;              /* stops made */
};

struct error *meta_write(const struct meta_input *input, struct writer *writer) CHECKED;

#endif
