/* Has target memory changed since it was read?
 *
 * All chunks that are there are read again and compared. When a whole reading finds nothing changed, every byte was the
 * same before it began and when it was done (but for one that changed and changed back), so the mirror is what memory was at the moment
 * between two readings, though nobody held it still: the double collect of Afek et al., Atomic Snapshots of Shared
 * Memory (1993), over chunks. Cost: one read of the source and one comparison
 * for up to 1 MiB, and a buffer of that size.
 */
#include "dumper/mirror_parts.h"

#include <stdlib.h>

#define REREAD_LARGEST (16 * MIRROR_CHUNK) /* bytes compared at a time */

/* One that was looked at before, so that its leaf is there. */
static struct chunk *chunk_known(struct mirror *mirror, uint64_t address)
{
	uint64_t number = address >> MIRROR_CHUNK_BITS;

	return &mirror->leaves[number >> LEAF_BITS][number & (LEAF_CHUNKS - 1)];
}

static bool reread_wanted(const struct chunk *chunk, bool changed_only)
{
	return (chunk->state == CHUNK_FETCHED || chunk->state == CHUNK_PARTIAL) && (chunk->changed || !changed_only);
}

/* Reads [at, at + size) and puts it at `data`; *read is how much of it could be, *different whether it was other bytes. */
static bool reread_part(struct mirror *mirror, uint64_t at, size_t size, uint8_t *scratch, size_t *read)
{
	struct error *error = mirror->source->operations->read(mirror->source, at, scratch, size, read);

	if (error != NULL) {
		mirror_fail(mirror, error);
		return false;
	}
	*read = *read < size ? *read : size;
	return true;
}

static bool reread_take(uint8_t *data, const uint8_t *scratch, size_t size)
{
	bool different = memcmp(data, scratch, size) != 0;

	if (different)
		memcpy(data, scratch, size);
	return different;
}

/* A chunk of which not all pages are there, page by page; 1 where it has changed. */
static uint64_t reread_pages(struct mirror *mirror, struct chunk *chunk, uint64_t start, uint8_t *scratch)
{
	bool changed = false;

	for (unsigned page = 0; page < MIRROR_CHUNK / PAGE && mirror->error == NULL; page++) {
		size_t read = 0;

		if ((chunk->pages >> page & 1) == 0)
			continue;
		if (reread_part(mirror, start + page * PAGE, PAGE, scratch, &read))
			changed |= reread_take(chunk->data + page * PAGE, scratch, read) || read < PAGE;
	}
	chunk->changed |= changed;
	return changed;
}

/* Whole chunks that lie in a row from `start` on: one read up to *end, or up to the chunk where it broke off. */
static uint64_t reread_row(struct mirror *mirror, uint64_t start, uint64_t *end, uint8_t *scratch)
{
	size_t read = 0;
	uint64_t changed = 0, at = start;

	if (!reread_part(mirror, start, (size_t)(*end - start), scratch, &read))
		return 0;
	for (bool whole = true; at < *end && whole; at += MIRROR_CHUNK) {
		struct chunk *chunk = chunk_known(mirror, at);
		size_t there = read < MIRROR_CHUNK ? read : MIRROR_CHUNK;

		whole = there == MIRROR_CHUNK;
		if (reread_take(chunk->data, scratch + (at - start), there) || !whole) {
			chunk->changed = true;
			changed++;
		}
		read -= there;
	}
	*end = at;
	return changed;
}

/* The chunk at `at` and what can be read with it; *next is where to go on. How many have changed. */
static uint64_t reread_some(struct mirror *mirror, uint64_t at, bool changed_only, uint8_t *scratch, uint64_t *next)
{
	struct chunk *first = chunk_known(mirror, at);

	*next = at + MIRROR_CHUNK;
	if (!reread_wanted(first, changed_only))
		return 0;
	if (first->state == CHUNK_PARTIAL)
		return reread_pages(mirror, first, at, scratch);
	for (; *next - at < REREAD_LARGEST; *next += MIRROR_CHUNK) {
		const struct chunk *chunk = chunk_peek(mirror, *next);

		if (!reread_wanted(chunk, changed_only) || chunk->state != CHUNK_FETCHED ||
		    chunk->data != first->data + (*next - at))
			break;
	}
	return reread_row(mirror, at, next, scratch);
}

uint64_t mirror_reread(struct mirror *mirror, bool changed_only)
{
	AUTO(free) void *scratch = malloc(REREAD_LARGEST);
	struct mirror_run run = {0, 0};
	uint64_t changed = 0;

	if (scratch == NULL)
		mirror_fail(mirror, error_memory());
	while (mirror->error == NULL && mirror_next_run(mirror, run.end, &run))
		for (uint64_t at = run.start; at < run.end && mirror->error == NULL;)
			changed += reread_some(mirror, at, changed_only, scratch, &at);
	for (size_t i = 0; i < mirror->straddlers.count; i++)
		straddler_fill(mirror, &mirror->straddlers.items[i]);
	return changed;
}
