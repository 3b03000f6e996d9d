/* Runtime: where CPython is in a target, and which one.
 *
 * Looks at every mapped file, not at the executable's name, so that an interpreter embedded in another program is found
 * too: by the symbol _PyRuntime, else by the section .PyRuntime that 3.11 and later have even when stripped. It may
 * run before the target is stopped.
 */
#ifndef DUMPER_RUNTIME_H
#define DUMPER_RUNTIME_H

#include "dumper/source.h"

/* Objects and variables whose addresses symbols give: RUNTIME_SYMBOL(field, symbol) */
#define RUNTIME_SYMBOLS                                                                                                \
	RUNTIME_SYMBOL(type_type, "PyType_Type")                                                                       \
	RUNTIME_SYMBOL(object_type, "PyBaseObject_Type")                                                               \
	RUNTIME_SYMBOL(none, "_Py_NoneStruct")                                                                         \
	RUNTIME_SYMBOL(true_object, "_Py_TrueStruct")                                                                  \
	RUNTIME_SYMBOL(false_object, "_Py_FalseStruct")                                                                \
	RUNTIME_SYMBOL(traces, "tracemalloc_traces") /* before 3.12, unless stripped */                                \
	RUNTIME_SYMBOL(trace_domains, "tracemalloc_domains")                                                           \
	RUNTIME_SYMBOL(trace_limit, "_Py_tracemalloc_config")

struct runtime_symbols { /* target addresses; 0: no such symbol */
#define RUNTIME_SYMBOL(field, symbol) uint64_t field;
	RUNTIME_SYMBOLS
#undef RUNTIME_SYMBOL
};

struct runtime {
	uint64_t address;     /* of _PyRuntime in the target */
	uint64_t size;        /* of it, bytes; 0 unknown */
	uint32_t version_hex; /* PY_VERSION_HEX: 0x030c01f0 is 3.12.1 final */
	char *version;        /* 3.12.1, 3.13.0rc2 */
	char *path;           /* mapped file that holds it, in the target's view */
	char *build;          /* flags told from outside, such as "static stripped" or "shared" */
	bool shared;          /* in a shared library, not in the executable */
	bool stripped;        /* without .symtab */
	bool debug_offsets;   /* _PyRuntime begins with the debug offsets (3.13 and later) */
	struct runtime_symbols symbols;
	uint64_t data_start, data_end; /* its .data and .bss in the target */
	uint64_t bias;                 /* target address less address in the file */
};

/* ERROR_REFUSED: no CPython (listing what was searched), PyPy, a free-threaded or debug build, more than one runtime
 * (listing them) unless `wanted` (NULL: any) names one by its path, a version that can't be told, a file that can't be
 * read or whose build-id is not that of the mapped one. Whether the interpreter is initialised only its layout can
 * tell. ERROR_GONE and ERROR_IO as the source says. */
struct error *runtime_find(struct source *source, const char *wanted, struct runtime **result) CHECKED;
void runtime_destroy(struct runtime *runtime);
DEFINE_AUTO(runtime, struct runtime *, runtime_destroy);

#endif
