/* Capture of a core: what a core file holds of a heap becomes a snapshot file, as if it had been captured alive. */
#ifndef DUMPER_CAPTURE_CORE_H
#define DUMPER_CAPTURE_CORE_H

#include "dumper/capture.h"
#include "dumper/source_core.h"

struct capture_core_options {
	const char *core; /* path of the core file */
	struct source_core_options files;
	const char *output; /* template (output.h) of the path, filled in by the core's own name, pid and time; NULL: default */
	const char *runtime;         /* path of the runtime to take; NULL: the only one */
	struct contents contents;    /* what to keep of them */
	bool force;                  /* replace an existing file */
	uint64_t memory_bytes;       /* that the capture may use; 0: no limit */
	struct interrupt *interrupt; /* NULL: none */
};

/* Ranges that were cut off are counted (LOSS_range_missing). *missing, owned by the caller, says in lines what is missing and which
 * files of this machine are not the mapped ones; "" where nothing is. Errors as core_open, runtime_find, layout_adapt and
 * the writer say; nothing is written then. *path is the snapshot's, owned by the caller. */
struct error *capture_core(const struct capture_core_options *options, struct capture_result *result, char **path,
			   char **missing) CHECKED;

#endif
