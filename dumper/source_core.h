/* Core source: the memory of a process as its core file has it, filled up from the files that were mapped. */
#ifndef DUMPER_SOURCE_CORE_H
#define DUMPER_SOURCE_CORE_H

#include "dumper/core.h"
#include "dumper/source.h"

struct source_core_options {
	const char *executable; /* stands for the main executable; NULL: the path that the core names */
	const char *sysroot;    /* goes before every path that the core names; NULL: none */
};

/* Pages that the core leaves out are read from the files it names, where they were mapped read-only and the file's build-id is that
 * of the mapped one. `core` is borrowed until destroy. */
struct error *source_core_open(const struct core *core, const struct source_core_options *options, struct source **result)
	CHECKED;

struct source_core_losses {
	uint64_t ranges;     /* readable address ranges that are cut, or of which a filter left nothing */
	uint64_t bytes;      /* in them */
	const char *mismatch; /* a file whose build-id is another than the mapped one's, and both ids; NULL: none. Until destroy */
};
struct source_core_losses source_core_losses(const struct source *source);

#endif
