/* Arenas: the memory that pymalloc, CPython's allocator for small blocks, took from the system.
 *
 * An arena is cut into pools of one size, from its start on; each pool into blocks of one size (dumper/pools.h). An
 * entry of pymalloc's array counts as an arena only where it contradicts neither itself nor the header of the arena's
 * first pool, which holds the entry's number. Interpreters may have an allocator each (3.12 and later) or share one.
 */
#ifndef DUMPER_ARENAS_H
#define DUMPER_ARENAS_H

#include "base/vector.h"
#include "dumper/decode.h"
#include "dumper/runtime.h"

struct arena_object {
	uint64_t address;
	uint64_t first, end;  /* pools that were ever used: addresses, from the first to behind the last */
	uint64_t interpreter; /* id of the first interpreter whose allocator it is */
	uint32_t total;       /* pools that fit in it */
	uint32_t index;       /* in pymalloc's array, which its pools know too */
};

struct arenas {
	VECTOR(struct arena_object) items; /* ascending addresses, no two overlap */
	uint64_t broken; /* entries left out, as they contradict themselves or their memory can't be read */
};

void arenas_init(struct arenas *arenas);
void arenas_deinit(struct arenas *arenas);
DEFINE_AUTO_VALUE(arenas, struct arenas, arenas_deinit);

/* Finds the arenas of every interpreter. None where another allocator is used, or where pymalloc's state isn't found:
 * both are no error. */
struct error *arenas_find(struct decoder *decoder, const struct runtime *runtime, struct arenas *arenas) CHECKED;
/* Fetches what was ever used of them, so that it can be looked at when the target runs again; of a mirror that is
 * frozen, what is not there is missed. */
void arenas_fetch(const struct arenas *arenas, struct mirror *mirror, const struct layout *layout);
/* The arena around an address, NULL: none. O(log arenas). */
const struct arena_object *arenas_search(const struct arenas *arenas, uint64_t address);

#endif
