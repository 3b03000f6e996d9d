/* Traces: where each block of memory was allocated, as tracemalloc noted it, where it runs in the target. */
#ifndef DUMPER_TRACES_H
#define DUMPER_TRACES_H

#include "base/arena.h"
#include "base/vector.h"
#include "dumper/decode.h"
#include "dumper/runtime.h"
#include "format/writer.h"

struct found_trace {
	uint64_t size;      /* bytes, as asked for */
	uint32_t traceback; /* index */
	bool owned;         /* an object of the snapshot has the block */
};
struct found_traceback {
	uint64_t total; /* frames that there were, before those beyond the limit were cut off; 0: not known */
	size_t first;   /* of its frames */
	uint32_t count;
	uint64_t other_blocks,
		other_bytes; /* of blocks that no object of the snapshot has; once the objects are written */
};
struct found_traceframe {
	uint32_t file; /* index */
	uint32_t line;
};

struct traces {
	struct map blocks; /* address -> index of its trace */
	VECTOR(struct found_trace) list;
	struct map tracebacks_by_address;
	VECTOR(struct found_traceback) tracebacks;
	VECTOR(struct found_traceframe) frames; /* of each traceback the innermost first */
	struct map files_by_address;
	VECTOR(const char *) files; /* in the arena of the facts */
	bool found;                 /* the tables are there */
	uint64_t limit;             /* of frames; META_ABSENT: not known */
	uint64_t bytes;             /* of all blocks */
};

void traces_init(struct traces *traces);
void traces_deinit(struct traces *traces);
/* Reads the tables, where tracemalloc has them and they hold something. What is torn is counted (LOSS_trace_torn). */
struct error *traces_collect(struct decoder *decoder, const struct runtime *runtime, struct arena *arena,
			     struct traces *traces) CHECKED;
/* Writes the trace of the block at `block`, if it has one that was not written yet, as one of the object `node`.
 * `buffer`: it is a buffer of the object, else the object itself. */
struct error *traces_emit(struct traces *traces, node_id node, uint64_t block, bool buffer, struct writer *writer)
	CHECKED;
/* Writes the tracebacks, after all objects. */
struct error *traces_emit_tracebacks(struct traces *traces, struct writer *writer) CHECKED;

#endif
