/* Live source: the memory of a running or stopped process. */
#ifndef DUMPER_SOURCE_LIVE_H
#define DUMPER_SOURCE_LIVE_H

#include "dumper/interrupt.h"
#include "dumper/process.h"

enum source_live_way {
	SOURCE_LIVE_ANY, /* process_vm_readv, and /proc/PID/mem once that is refused */
	SOURCE_LIVE_VM,  /* process_vm_readv alone */
	SOURCE_LIVE_FILE /* /proc/PID/mem alone */
};

/* Reads the ranges at once: open it after the stop, or again after it. `process` and `interrupt` (NULL: none) are
 * borrowed until destroy; a read notices an interrupt (ERROR_INTERRUPTED). ERROR_REFUSED as access_denied says,
 * ERROR_GONE where the process ended. */
struct error *source_live_open(const struct process *process, enum source_live_way way, struct interrupt *interrupt,
			       struct source **result) CHECKED;

#endif
