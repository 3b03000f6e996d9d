/* Where do rows stay that an operator can't hand on at once?
 *
 * In one array of values, 16 B each, and an arena for what these borrow. Row numbers are hashed by open addressing, at most
 * half full, with the hash of each row beside: 16 B a row.
 */
#include "queries/kept.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_LEAST ((size_t)1 << 20) /* bytes of an arena that are worth copying what is alive in it */

void kept_init(struct kept *kept, uint32_t width, struct limits *limits, const char *what)
{
	*kept = (struct kept){.width = width > 0 ? width : 1, .limits = limits, .what = what};
	arena_init(&kept->arena);
}

void kept_clear(struct kept *kept)
{
	if (kept->limits != NULL)
		limits_give(kept->limits, kept->taken);
	kept->taken = 0;
	kept->values.count = 0;
	arena_reset(&kept->arena);
}

void kept_deinit(struct kept *kept)
{
	kept_clear(kept);
	vector_deinit(&kept->values);
	arena_deinit(&kept->arena);
}

static struct error *charge(struct kept *kept, uint64_t bytes)
{
	TRY(limits_take(kept->limits, bytes, kept->what));
	kept->taken += bytes;
	return NULL;
}

static size_t row_bytes(const struct kept *kept, const struct datum *row)
{
	size_t bytes = 0;
	for (uint32_t i = 0; i < kept->width; i++)
		bytes += datum_bytes(row[i]);
	return bytes;
}

static struct error *copy_row(struct kept *kept, struct arena *arena, const struct datum *row, struct datum *result)
{
	for (uint32_t i = 0; i < kept->width; i++)
		TRY(datum_copy(arena, row[i], &result[i]));
	return NULL;
}

struct error *kept_add(struct kept *kept, const struct datum *row)
{
	TRY(charge(kept, kept->width * sizeof *row + row_bytes(kept, row)));
	TRY(vector_reserve(&kept->values, kept->values.count + kept->width));
	TRY(copy_row(kept, &kept->arena, row, kept->values.items + kept->values.count));
	kept->values.count += kept->width;
	return NULL;
}

/* Copies what is alive into an arena of its own. */
static struct error *tidy(struct kept *kept)
{
	struct arena old = kept->arena;
	struct error *error = NULL;
	arena_init(&kept->arena);
	for (size_t r = 0; r < kept_count(kept) && error == NULL; r++)
		error = copy_row(kept, &kept->arena, kept_row(kept, r), kept_row(kept, r));
	if (error != NULL)
		kept->values.count = 0; /* some of them borrow from what goes now */
	arena_deinit(&old);
	return error;
}

struct error *kept_replace(struct kept *kept, size_t number, const struct datum *row)
{
	struct datum *old = kept_row(kept, number);
	uint64_t before = row_bytes(kept, old), after = row_bytes(kept, row);
	TRY(charge(kept, after));
	TRY(copy_row(kept, &kept->arena, row, old));
	limits_give(kept->limits, before);
	kept->taken -= before;
	if (kept->arena.total > IDLE_LEAST && kept->arena.total / 4 > kept->taken)
		return tidy(kept);
	return NULL;
}

void kept_index_deinit(struct kept_index *index)
{
	free(index->slots);
	vector_deinit(&index->hashes);
	index->slots = NULL;
	index->capacity = 0;
}

uint64_t kept_hash(const struct datum *row, uint32_t keys)
{
	uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
	for (uint32_t i = 0; i < keys; i++) {
		hash = (hash ^ datum_hash(row[i])) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	return hash;
}

static bool same(const struct kept_index *index, const struct datum *a, const struct datum *b)
{
	for (uint32_t i = 0; i < index->keys; i++)
		if (datum_order(a[i], b[i]) != 0)
			return false;
	return true;
}

size_t kept_index_find(const struct kept_index *index, const struct kept *kept, const struct datum *row, uint64_t hash)
{
	if (index->capacity == 0)
		return SIZE_MAX;
	for (size_t i = hash & (index->capacity - 1);; i = (i + 1) & (index->capacity - 1)) {
		uint32_t slot = index->slots[i];
		if (slot == 0)
			return SIZE_MAX;
		if (index->hashes.items[slot - 1] == hash && same(index, kept_row(kept, slot - 1), row))
			return slot - 1;
	}
}

static void enter(struct kept_index *index, uint32_t row)
{
	size_t i = index->hashes.items[row] & (index->capacity - 1);
	while (index->slots[i] != 0)
		i = (i + 1) & (index->capacity - 1);
	index->slots[i] = row + 1;
}

static struct error *grow(struct kept_index *index)
{
	size_t capacity = index->capacity == 0 ? 64 : index->capacity * 2;
	uint32_t *slots = calloc(capacity, sizeof *slots);
	if (slots == NULL)
		return error_memory();
	free(index->slots);
	index->slots = slots;
	index->capacity = capacity;
	for (size_t r = 0; r < index->hashes.count; r++)
		enter(index, (uint32_t)r);
	return NULL;
}

struct error *kept_index_add(struct kept_index *index, struct kept *kept, uint64_t hash)
{
	if (index->hashes.count >= UINT32_MAX - 1)
		return error_create(ERROR_MEMORY, "the query keeps more than 4,294,967,294 rows; narrow it");
	TRY(charge(kept, 16));
	if (index->hashes.count >= index->capacity / 2)
		TRY(grow(index));
	TRY(vector_push(&index->hashes, hash));
	enter(index, (uint32_t)(index->hashes.count - 1));
	return NULL;
}
