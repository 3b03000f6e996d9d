/* Capture of oneself: what a process's own fork hands over by descriptors (dumper/self.h) becomes a snapshot file. */
#ifndef DUMPER_CAPTURE_SELF_H
#define DUMPER_CAPTURE_SELF_H

#include "dumper/capture.h"
#include "dumper/source_self.h"

struct capture_self_options {
	struct source_self_files files;
	int vector;                  /* /proc/self/auxv of the image */
	int questions, answers;      /* pipes to who calls tp_traverse, -1: there is nobody */
	int sizes, pages, process;   /* smaps and pagemap of the image, smaps of the process; -1: not known */
	int facts;                   /* pipe with the fields of enum self_fact, closed by its writer */
	const char *output;          /* template (output.h); NULL: default */
	const char *runtime;         /* path of the runtime to take; NULL: the only one */
	struct contents contents;    /* what to keep of them */
	bool force;                  /* replace an existing file */
	bool retry;                  /* leave it where a collection is running */
	uint64_t number;             /* {n}, from 1 */
	uint64_t memory_bytes;       /* that the capture may use; 0: no limit */
	struct interrupt *interrupt; /* NULL: none */
};

/* *collecting: nothing was written, as a collection was running and `retry` asks for another attempt. Errors as
 * source_self_open, runtime_find, layout_adapt and the writer say; ERROR_REFUSED where the facts make no sense. *path is the
 * snapshot's, owned by the caller, NULL where there is none. */
struct error *capture_self(const struct capture_self_options *options, struct capture_result *result, char **path,
			   bool *collecting) CHECKED;

#endif
