/* Library: shared libraries made for a test, that look to heapdump like this or that Python. */
#ifndef TESTS_DUMPER_HELP_LIBRARY_H
#define TESTS_DUMPER_HELP_LIBRARY_H

#include "base/guard.h"
#include "dumper/runtime.h"
#include "tests/dumper/help_child.h"

#define LIBRARIES_MAX 4

struct library_folder {
	char path[64];
};
struct library_folder library_folder_make(void);
void library_folder_remove(struct library_folder *folder);
DEFINE_AUTO_VALUE(library_folder, struct library_folder, library_folder_remove);
/* "FOLDER/name", in a buffer that the next but seven calls overwrite. */
const char *library_path(const struct library_folder *folder, const char *name);

/* Compiles FOLDER/name. `flags` are those of cc: -DVERSION=... -DALIVE=... -DFREE_THREADED=... give the words of the
 * debug offsets, -DHIDDEN makes the runtime invisible as a symbol, -DPY_VERSION=... adds Py_Version, -DTRACE_REFS and -DDEBUG the
 * marks of debug builds, -DNO_RUNTIME leaves the runtime away. */
void library_make(const struct library_folder *folder, const char *name, const char *flags);

/* A child that has loaded those libraries (paths, at most LIBRARIES_MAX, NULL ends them). */
struct child library_load(const char *const *paths);

/* What runtime_find says of a child. */
struct error *library_find(const struct child *child, const char *wanted, struct runtime **runtime);

#endif
