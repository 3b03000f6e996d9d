/* Answers: is this address marked, and how many marked objects lie below it?
 *
 * Method. Bitmaps, one bit for each 8 bytes. A radix tree of two levels (2^16 pointers to leaves of 2^15 pointers)
 * leads to the planes of a 64 KiB chunk; a plane that has no bit yet is one shared plane of zeros. The seal walks the
 * chunks in order and notes the objects before each chunk and, within it, before each word; a rank is then the two
 * added to a population count.
 *
 * Cost: 1 KiB for each plane of a chunk that has a bit in it, 300 bytes a chunk besides, 256 KiB for each 2 GiB of
 * address space in use. Setting and asking are three dependent loads; the seal visits each word once.
 */
#include "dumper/marks.h"

#include "base/arena.h"
#include "format/schema.h"

#include <assert.h>
#include <stdlib.h>

#define CHUNK_BITS 16
#define LEAF_BITS 15
#define LEAF_CHUNKS ((size_t)1 << LEAF_BITS)
#define ROOT_LEAVES ((size_t)1 << (ADDRESS_BITS - CHUNK_BITS - LEAF_BITS))
#define PLANE_WORDS 128 /* 64 KiB / 8 bytes / 64 bits */

struct chunk {
	uint64_t *planes[MARK_PLANES];
	uint32_t before;                   /* objects below this chunk; after the seal */
	uint16_t before_word[PLANE_WORDS]; /* objects in it below this word */
};

struct marks {
	struct chunk **leaves[ROOT_LEAVES];
	struct arena arena;
	uint64_t memory; /* bytes besides the arena's */
	uint32_t count;
	bool sealed;
};

static const uint64_t zeros[PLANE_WORDS]; /* stands for planes without a bit; never written */

struct error *marks_create(struct marks **result)
{
	struct marks *marks = calloc(1, sizeof *marks);

	if (marks == NULL)
		return error_memory();
	arena_init(&marks->arena);
	marks->memory = sizeof *marks;
	*result = marks;
	return NULL;
}

void marks_destroy(struct marks *marks)
{
	if (marks == NULL)
		return;
	for (size_t i = 0; i < ROOT_LEAVES; i++)
		free(marks->leaves[i]);
	arena_deinit(&marks->arena);
	free(marks);
}

static struct chunk *chunk_find(const struct marks *marks, uint64_t address)
{
	uint64_t number = address >> CHUNK_BITS;

	if (number >> LEAF_BITS >= ROOT_LEAVES)
		return NULL;
	struct chunk **leaf = marks->leaves[number >> LEAF_BITS];

	return leaf != NULL ? leaf[number & (LEAF_CHUNKS - 1)] : NULL;
}

static struct chunk *chunk_make(struct marks *marks, uint64_t address)
{
	uint64_t number = address >> CHUNK_BITS;
	struct chunk ***leaf = &marks->leaves[number >> LEAF_BITS];

	if (*leaf == NULL) {
		*leaf = calloc(LEAF_CHUNKS, sizeof **leaf);
		if (*leaf == NULL)
			return NULL;
		marks->memory += LEAF_CHUNKS * sizeof **leaf;
	}
	struct chunk **chunk = &(*leaf)[number & (LEAF_CHUNKS - 1)];
	if (*chunk == NULL) {
		*chunk = arena_alloc(&marks->arena, sizeof **chunk);
		for (size_t i = 0; *chunk != NULL && i < MARK_PLANES; i++)
			(*chunk)->planes[i] = (uint64_t *)zeros;
	}
	return *chunk;
}

static size_t word_of(uint64_t address)
{
	return (address >> 9) & (PLANE_WORDS - 1);
}

static uint64_t bit_of(uint64_t address)
{
	return (uint64_t)1 << ((address >> 3) & 63);
}

struct error *marks_set(struct marks *marks, enum mark_plane plane, uint64_t address, bool *was)
{
	assert((address & 7) == 0 && address >> ADDRESS_BITS == 0);
	assert(plane != MARK_OBJECT || !marks->sealed);
	struct chunk *chunk = chunk_find(marks, address);

	if (chunk == NULL)
		chunk = chunk_make(marks, address);
	if (chunk == NULL)
		return error_memory();
	if (chunk->planes[plane] == zeros) {
		uint64_t *words = arena_alloc(&marks->arena, sizeof zeros);
		if (words == NULL)
			return error_memory();
		chunk->planes[plane] = words;
	}
	uint64_t *word = &chunk->planes[plane][word_of(address)];
	*was = (*word & bit_of(address)) != 0;
	*word |= bit_of(address);
	return NULL;
}

bool marks_has(const struct marks *marks, enum mark_plane plane, uint64_t address)
{
	const struct chunk *chunk = chunk_find(marks, address);

	return chunk != NULL && (address & 7) == 0 && (chunk->planes[plane][word_of(address)] & bit_of(address)) != 0;
}

static unsigned plane_bit(const struct chunk *chunk, enum mark_plane plane, uint64_t address)
{
	return (unsigned)(chunk->planes[plane][word_of(address)] >> (address >> 3 & 63) & 1) << plane;
}

unsigned marks_at(const struct marks *marks, uint64_t address)
{
	const struct chunk *chunk = chunk_find(marks, address);

	if (chunk == NULL || (address & 7) != 0)
		return 0;
	return plane_bit(chunk, MARK_OBJECT, address) | plane_bit(chunk, MARK_TRACKED, address) |
	       plane_bit(chunk, MARK_OLD, address) | plane_bit(chunk, MARK_OLDER, address) |
	       plane_bit(chunk, MARK_NAMESPACE, address);
}

struct error *marks_seal(struct marks *marks)
{
	uint64_t total = 0;

	for (size_t i = 0; i < ROOT_LEAVES; i++) {
		for (size_t j = 0; marks->leaves[i] != NULL && j < LEAF_CHUNKS; j++) {
			struct chunk *chunk = marks->leaves[i][j];
			unsigned inside = 0;

			if (chunk == NULL)
				continue;
			chunk->before = (uint32_t)total;
			for (size_t word = 0; word < PLANE_WORDS; word++) {
				chunk->before_word[word] = (uint16_t)inside;
				inside += (unsigned)__builtin_popcountll(chunk->planes[MARK_OBJECT][word]);
			}
			total += inside;
			if (total > NODES_MAX)
				return error_create(ERROR_MEMORY, "the target has more than %u objects", NODES_MAX);
		}
	}
	marks->count = (uint32_t)total;
	marks->sealed = true;
	return NULL;
}

uint32_t marks_count(const struct marks *marks)
{
	return marks->count;
}

uint32_t marks_rank(const struct marks *marks, uint64_t address)
{
	const struct chunk *chunk = chunk_find(marks, address);

	if (chunk == NULL || (address & 7) != 0)
		return UINT32_MAX;
	size_t word = word_of(address);
	uint64_t bits = chunk->planes[MARK_OBJECT][word], bit = bit_of(address);

	if ((bits & bit) == 0)
		return UINT32_MAX;
	return chunk->before + chunk->before_word[word] + (uint32_t)__builtin_popcountll(bits & (bit - 1));
}

/* The first marked object of the chunk at or above `offset` bytes in it. */
static bool chunk_next(const struct chunk *chunk, uint64_t start, uint64_t offset, uint64_t *found)
{
	size_t word = offset >> 9;
	uint64_t bits = chunk->planes[MARK_OBJECT][word] & ~(bit_of(offset) - 1);

	while (bits == 0) {
		if (++word == PLANE_WORDS)
			return false;
		bits = chunk->planes[MARK_OBJECT][word];
	}
	*found = start + word * 512 + (uint64_t)__builtin_ctzll(bits) * 8;
	return true;
}

bool marks_next(const struct marks *marks, uint64_t address, uint64_t *found)
{
	if (address > UINT64_MAX - 7)
		return false;
	uint64_t at = (address + 7) & ~(uint64_t)7;

	while (at >> ADDRESS_BITS == 0) {
		uint64_t number = at >> CHUNK_BITS;
		struct chunk **leaf = marks->leaves[number >> LEAF_BITS];

		if (leaf == NULL) {
			at = ((number >> LEAF_BITS) + 1) << (CHUNK_BITS + LEAF_BITS);
			continue;
		}
		const struct chunk *chunk = leaf[number & (LEAF_CHUNKS - 1)];
		uint64_t start = number << CHUNK_BITS;
		if (chunk != NULL && chunk_next(chunk, start, at - start, found))
			return true;
		at = start + ((uint64_t)1 << CHUNK_BITS);
	}
	return false;
}

uint64_t marks_memory(const struct marks *marks)
{
	return marks->memory + marks->arena.total;
}
