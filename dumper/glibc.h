/* Glibc: the blocks of glibc's malloc, used, free and cached, found without a symbol and believed only where they fit together.
 */
#ifndef DUMPER_GLIBC_H
#define DUMPER_GLIBC_H

#include "dumper/footprint.h"
#include "dumper/mirror.h"

enum glibc_way {
	GLIBC_READ,  /* what the mirror lacks is read from the source, and not kept */
	GLIBC_FETCH, /* it is fetched into the mirror */
	GLIBC_THERE  /* it can't be had any more: the target runs again */
};

struct glibc_input {
	struct footprint *footprint; /* gets the blocks; arenas of pymalloc should be in it, which are stepped over */
	struct mirror *mirror;
	struct source *source;
	enum glibc_way way;
	uint64_t bytes_max; /* to be read or fetched */
};

struct glibc_facts {
	bool proved;     /* glibc's malloc is there; else the allocator is unknown and nothing was added */
	uint64_t arenas; /* of malloc, the main one included */
	uint64_t broken; /* regions whose blocks could not be followed to the end */
	bool given_up;   /* too much to read: regions are left out */
};

/* Walks the blocks of all arenas. Memory that can't be read or makes no sense is left out, never an error; ERROR_MEMORY,
 * ERROR_INTERRUPTED, ERROR_GONE are. */
struct error *glibc_walk(const struct glibc_input *input, struct glibc_facts *facts) CHECKED;

#endif
