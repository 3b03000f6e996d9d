/* Shape: which words of an instance are what, worked out once for each type. */
#ifndef DUMPER_TYPE_SHAPE_H
#define DUMPER_TYPE_SHAPE_H

#include "base/arena.h"
#include "dumper/type.h"

#define FLAG_HEAP_TYPE 9 /* bit numbers in tp_flags, the same in every version */
#define FLAG_HAVE_GC 14
#define FLAG_INT_SUBCLASS 24
#define FLAG_STR_SUBCLASS 28
#define FLAG_TYPE_SUBCLASS 31

static inline bool type_flag(uint64_t flags, int bit)
{
	return bit >= 0 && (flags >> bit & 1) != 0;
}

/* Fills decoder, members, scan, ordered and root_size of a type whose other fields stand; `base` is NULL for one
 * without. The lists live in `arena`. The error is for memory. */
struct error *type_shape(struct type *type, const struct type *base, struct mirror *mirror, const struct layout *layout,
			 struct arena *arena) CHECKED;

/* Fills module and qualname, as `type.__module__` and `type.__qualname__` would say. */
struct error *type_names(struct type *type, struct mirror *mirror, const struct layout *layout, struct arena *arena)
	CHECKED;

#endif
