/* Arena: many small allocations that die together.
 *
 * Blocks double from 4 KiB to 1 MiB; an allocation costs a pointer bump. Nothing moves.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/guard.h"

#include <stddef.h>

struct arena_block;
struct arena {
	struct arena_block *blocks; /* newest first */
	size_t total;               /* bytes taken from the C library */
};

void arena_init(struct arena *arena);
void arena_deinit(struct arena *arena);
DEFINE_AUTO_VALUE(arena, struct arena, arena_deinit);
/* Takes back all that was handed out and keeps one block for what comes; no cost where nothing was. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type; NULL without memory. Lives until arena_deinit or arena_reset. */
void *arena_alloc(struct arena *arena, size_t bytes);
/* Copies `length` bytes and ends them with NUL. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

#endif
