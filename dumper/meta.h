/* Meta: what a snapshot says about the process, the interpreter, the collector and the capture itself. */
#ifndef DUMPER_META_H
#define DUMPER_META_H

#include "dumper/heap.h"
#include "dumper/kinds.h"

struct meta_input {
	const struct process *process;
	const struct runtime *runtime;
	const struct heap *heap;
	const char *source;     /* live, core or self */
	const char *pause_mode; /* how the target was held; NULL: it was not */
	uint64_t moment_ns;     /* since 1970: when the target stood still, or its core was written */
	uint64_t pause_ns;      /* of the longest stop; META_ABSENT: none */
	uint64_t pause_total_ns; /* of all stops; META_ABSENT: none */
	uint64_t begun_ns;      /* CLOCK_MONOTONIC when the capture began */
	uint64_t attempts;      /* stops made; META_ABSENT: none */
	uint64_t reads_repeated; /* with pause mode none, else META_ABSENT, */
	uint64_t chunks_changed; /* and so this */
	const char *ranges_missing; /* of a core; NULL: none */
	const struct kinds *kinds;  /* of memory; NULL: not looked at */
	uint64_t series_number;     /* from 1; META_ABSENT: not of a series */
};

struct error *meta_write(const struct meta_input *input, struct writer *writer) CHECKED;

#endif
