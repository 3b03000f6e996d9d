/* The parts of the traces, shared among traces*.c only. */
#ifndef DUMPER_TRACES_PARTS_H
#define DUMPER_TRACES_PARTS_H

#include "dumper/traces.h"

/* traces.c: the trace at `address`; *sound is false where it, or its traceback, makes no sense. */
struct error *trace_read(struct decoder *decoder, uint64_t address, struct arena *arena, struct traces *traces,
			 struct found_trace *trace, bool *sound) CHECKED;

/* traces_find.c: addresses of the words that lead to the tables, and of the limit of frames; 0: there is none. */
struct trace_places {
	uint64_t traces, domains, limit;
};
struct error *traces_find(struct decoder *decoder, const struct runtime *runtime, struct trace_places *places) CHECKED;

#endif
