/* Slim: an ELF file of which only that is left by which heapdump recognises a Python: headers, build-id and the symbols that
 * it asks for, at their places; all else is 0. */
#ifndef TESTS_TOOLS_RECORD_SLIM_H
#define TESTS_TOOLS_RECORD_SLIM_H

#include "base/error.h"

#include <stddef.h>

struct slim {
	uint8_t *bytes; /* owned */
	size_t size;
	bool wanted; /* it defines one of the symbols, or has a section .PyRuntime */
};

/* Reads the file at `fd` (borrowed). ERROR_INPUT where it is no ELF file of x86-64 whose tables lie within it. */
struct error *slim_read(int fd, const char *const *symbols, size_t count, struct slim *slim) CHECKED;
void slim_deinit(struct slim *slim);
DEFINE_AUTO_VALUE(slim, struct slim, slim_deinit);
/* Calls `note` for what of the file is kept within its first `limit` bytes, as they are mapped: headers and build-id. */
void slim_head(const struct slim *slim, uint64_t limit, void (*note)(uint64_t address, uint64_t size), uint64_t base);

#endif
