/* Where do many small things that die together live?
 *
 * In blocks, newest first; an allocation takes the next aligned bytes of the newest block. Blocks
 * come zeroed from calloc and double from 4 KiB to 1 MiB, so at most half of what is taken lies idle.
 * What is larger than the next block would be gets a block of its own, put behind the newest so that
 * this one is still filled. O(1) an allocation, O(blocks) to free all.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_LEAST ((size_t)4 << 10)
#define BLOCK_MOST ((size_t)1 << 20)
#define ALIGNMENT _Alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes in `data` */
	size_t used; /* bytes handed out, a multiple of ALIGNMENT */
	_Alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_deinit(struct arena *arena)
{
	if (arena == NULL)
		return;
	while (arena->blocks != NULL) {
		struct arena_block *block = arena->blocks;
		arena->blocks = block->next;
		free(block);
	}
	arena->total = 0;
}

void arena_reset(struct arena *arena)
{
	struct arena_block *kept = arena->blocks;
	if (kept == NULL || (kept->used == 0 && kept->next == NULL))
		return;
	if (kept->size > BLOCK_MOST) {
		arena_deinit(arena);
		return;
	}
	arena->blocks = kept->next;
	arena_deinit(arena);
	memset(kept->data, 0, kept->used);
	kept->used = 0;
	kept->next = NULL;
	arena->blocks = kept;
	arena->total = sizeof *kept + kept->size;
}

static size_t next_block_size(const struct arena *arena)
{
	if (arena->blocks == NULL || arena->blocks->size < BLOCK_LEAST)
		return BLOCK_LEAST;
	return arena->blocks->size < BLOCK_MOST / 2 ? arena->blocks->size * 2 : BLOCK_MOST;
}

/* A block with room for `bytes`; only one of the regular sizes becomes the newest. */
static struct arena_block *block_add(struct arena *arena, size_t bytes)
{
	size_t regular = next_block_size(arena);
	bool own = bytes > regular;
	size_t size = own ? bytes : regular;
	struct arena_block *block = calloc(1, sizeof *block + size);
	if (block == NULL)
		return NULL;
	block->size = size;
	arena->total += sizeof *block + size;
	struct arena_block **place = own && arena->blocks != NULL ? &arena->blocks->next : &arena->blocks;
	block->next = *place;
	*place = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	if (bytes > SIZE_MAX / 2)
		return NULL;
	size_t rounded = (bytes + (bytes == 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	struct arena_block *block = arena->blocks;
	if (block == NULL || block->size - block->used < rounded) {
		block = block_add(arena, rounded);
		if (block == NULL)
			return NULL;
	}
	void *result = block->data + block->used;
	block->used += rounded;
	return result;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	if (length == SIZE_MAX)
		return NULL;
	char *copy = arena_alloc(arena, length + 1);
	if (copy != NULL && length > 0)
		memcpy(copy, text, length);
	return copy; /* arenas hand out zeroes: the NUL is there */
}
