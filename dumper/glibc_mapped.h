/* Glibc mapped: malloc's large blocks, each of which is a mapping of its own, with a header.
 */
#ifndef DUMPER_GLIBC_MAPPED_H
#define DUMPER_GLIBC_MAPPED_H

#include "dumper/glibc.h"

struct glibc_mapped { /* where blocks that are mappings of their own begin */
	VECTOR(uint64_t) addresses;
};

static inline void glibc_mapped_deinit(struct glibc_mapped *mapped)
{
	vector_deinit(&mapped->addresses);
}
DEFINE_AUTO_VALUE(glibc_mapped, struct glibc_mapped, glibc_mapped_deinit);

/* Looks for blocks that are mappings of their own, once glibc_walk has proved the allocator: notes them. */
struct error *glibc_find_mapped(const struct glibc_input *input, struct glibc_mapped *mapped) CHECKED;
/* Adds those that are there (still). */
struct error *glibc_add_mapped(const struct glibc_input *input, const struct glibc_mapped *mapped) CHECKED;

#endif
