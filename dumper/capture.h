/* Capture: a process becomes a snapshot file. Stop, find what is there, let go, write.
 *
 * Held, the target stands still while its objects are discovered and the memory that was looked at is mirrored. Copied, it
 * stands still only while the chunks are read that a walk of the running process has looked at before; discovery then works
 * on the copy, and when that lacks something the stop is made again, with more in the plan, three times at most before
 * the target is held. Then it runs again, and the snapshot is written from the mirror. A stop that falls into a running
 * collection is given up and tried again a few milliseconds later, a bounded number of times. Whatever goes wrong, the target
 * is resumed and no file is left behind. Without a pause, it is never stopped at all (dumper/unpaused.h).
 */
#ifndef DUMPER_CAPTURE_H
#define DUMPER_CAPTURE_H

#include "dumper/heap.h"
#include "dumper/interrupt.h"
#include "dumper/process.h"
#include "format/schema.h"

enum pause_mode {
	PAUSE_AUTO, /* copy where the process has more than 32 MiB of anonymous memory, else hold */
	PAUSE_HOLD,
	PAUSE_COPY,
	PAUSE_NONE,
	PAUSE_FORK /* of a process that captures itself: never asked for, only told */
};

struct capture_options {
	const struct process *process;
	const char *output;          /* path of the snapshot */
	const char *runtime;         /* path of the runtime to take; NULL: the only one */
	double timeout;              /* seconds each stop may take to come about; see unpaused.h for PAUSE_NONE */
	enum pause_mode pause;
	uint64_t memory_bytes;       /* that the capture may use; 0: no limit. ERROR_MEMORY above it */
	struct contents contents;    /* what to keep of them */
	bool force;                  /* replace an existing file */
	uint64_t series_number;      /* of the snapshot in its series, from 1; 0: no series */
	struct interrupt *interrupt; /* NULL: none */
	/* Called once, when nothing stands in the way any more, just before the first stop or, without one, the first look;
	 * with the mode that was wanted. NULL: none. */
	void (*before_stop)(const struct process *process, enum pause_mode pause);
};

struct capture_result {
	struct snapshot_counts counts;
	uint64_t file_bytes;
	uint64_t pause_ns;       /* the longest stop */
	uint64_t pause_total_ns; /* all stops together */
	uint64_t duration_ns;
	uint64_t attempts;       /* stops made */
	enum pause_mode pause;   /* how it was done: hold, copy or none */
	bool gave_up_copying;    /* held, as copies kept lacking what the process had made meanwhile */
	uint64_t reads_repeated; /* without a pause: readings of the copy besides the first, */
	uint64_t chunks_changed; /* and what the last one found changed; 0: nothing is torn */
	bool complete;           /* no loss that makes it partial */
	uint64_t losses[LOSS_COUNT];
};

/* What PAUSE_AUTO means for a process with that much anonymous memory (bytes, UINT64_MAX unknown): hold or copy; other modes
 * mean themselves. */
enum pause_mode capture_pause(enum pause_mode wanted, uint64_t anonymous);

/* Errors as stop_process, runtime_find, layout_adapt, discovery_run and the writer say; nothing is written then. */
struct error *capture_run(const struct capture_options *options, struct capture_result *result) CHECKED;

#endif
