/* Core files: which files were mapped, where the core does not say? */
#ifndef DUMPER_CORE_FILES_H
#define DUMPER_CORE_FILES_H

#include "dumper/core.h"

/* Adds mappings of the Python executables, libraries and extension modules of this machine (below `sysroot`, or beside
 * `executable`; both may be NULL) whose build-ids are found in the core's memory. */
struct error *core_files_find(struct core *core, const char *executable, const char *sysroot) CHECKED;

#endif
