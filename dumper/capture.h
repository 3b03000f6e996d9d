/* Capture: a process becomes a snapshot file. Stop, find what is there, let go, write.
 *
 * While the target is stopped: the layout is checked against it, every object is discovered, and the memory that was
 * looked at is mirrored. Then it runs again, and the snapshot is written from the mirror. A stop that falls into a running
 * collection is given up and tried again a few milliseconds later, a bounded number of times. Whatever goes wrong, the target
 * is resumed and no file is left behind.
 */
#ifndef DUMPER_CAPTURE_H
#define DUMPER_CAPTURE_H

#include "dumper/interrupt.h"
#include "dumper/process.h"
#include "format/schema.h"

struct capture_options {
	const struct process *process;
	const char *output;          /* path of the snapshot */
	const char *runtime;         /* path of the runtime to take; NULL: the only one */
	double timeout;              /* seconds each stop may take to come about */
	bool force;                  /* replace an existing file */
	struct interrupt *interrupt; /* NULL: none */
	/* Called once, when nothing stands in the way any more, just before the first stop; NULL: none. */
	void (*before_stop)(const struct process *process);
};

struct capture_result {
	struct snapshot_counts counts;
	uint64_t file_bytes;
	uint64_t pause_ns, duration_ns;
	uint64_t attempts;       /* stops made */
	bool complete;           /* no loss that makes it partial */
	uint64_t losses[LOSS_COUNT];
};

/* Errors as stop_process, runtime_find, layout_adapt, discovery_run and the writer say; nothing is written then. */
struct error *capture_run(const struct capture_options *options, struct capture_result *result) CHECKED;

#endif
