/* Object: one object header of the target, checked once at the border. Whatever passed object_load has a readable head,
 * an 8-aligned address, a valid type and a refcount that can be.
 */
#ifndef DUMPER_OBJECT_H
#define DUMPER_OBJECT_H

#include "dumper/type.h"

struct object {
	uint64_t address;
	uint32_t type;     /* index in the type table */
	uint64_t refcount; /* as it stands in memory, 32 or 64 bits wide by the layout */
	bool immortal;
};

enum object_verdict {
	OBJECT_GOOD,
	OBJECT_UNREADABLE,
	OBJECT_NO_TYPE,
	OBJECT_BAD_COUNT
};

/* For an edge from something known to be an object: the type must be valid and the refcount above 0. Anything but
 * OBJECT_GOOD goes to *verdict, not to the error (which is for memory and a target that is gone). */
struct error *object_load(struct type_table *types, struct mirror *mirror, const struct layout *layout,
			  uint64_t address, struct object *object, enum object_verdict *verdict) CHECKED;
/* Whether a freed object is there, of a version in which half of the link to the next free one passes for a refcount. For a
 * slot that may hold what its memory held before. */
bool object_freed(struct mirror *mirror, const struct layout *layout, uint64_t address);
/* Whether an object whose refcount doesn't count stands at that address; false where nothing can. */
bool object_immortal(struct mirror *mirror, const struct layout *layout, uint64_t address);
/* Whether the collector's head lies in front of it: a static type has none though its own type says that instances have. */
bool object_has_gc_head(struct mirror *mirror, const struct layout *layout, uint64_t address, const struct type *type);
/* For a word found by conservative scanning, which may be anything: more checks (type known or with a plain metatype,
 * sane refcount, collector head that links sanely). */
struct error *object_guess(struct type_table *types, struct mirror *mirror, const struct layout *layout,
			   uint64_t address, struct object *object, bool *plausible) CHECKED;

#endif
