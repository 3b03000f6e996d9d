/* Answers: which arenas does pymalloc have, in this version and build?
 *
 * Since 3.12 an interpreter's state leads to pymalloc's, which holds the array of arenas. Before, a static variable
 * points to the array, whose symbol a stripped program lacks: then each word of the runtime's data that may point to
 * such an array is tried. Other variables of pymalloc's point into the array, and memory that held a smaller array may
 * still look like one, so of several that hold the one with the most arenas is taken: what a pool says of its arena's
 * number rules out all but the beginning of the array.
 *
 * The array's length is nowhere near it. It ends where two entries in a row can't be any, or at the second unused one
 * that ends the list of unused ones. Cost: a look at each word of the runtime's data, before 3.12; two reads an arena.
 */
#include "dumper/arenas.h"

#include "base/bytes.h"
#include "dumper/interpreters.h"

#include <stdlib.h>

#define ENTRIES_MAX (1u << 22) /* of the array: 1 TiB of the smaller arenas; and of all that are tried */
#define PAGE 4096u
#define BAD_MAX 2u /* entries in a row that can be none: there the array has ended */

enum entry_kind {
	ENTRY_ARENA,
	ENTRY_UNUSED,
	ENTRY_LAST_UNUSED, /* no other one follows it in their list */
	ENTRY_UNREADABLE,  /* an arena, but without its memory */
	ENTRY_BAD
};

void arenas_init(struct arenas *arenas)
{
	memset(arenas, 0, sizeof *arenas);
}

void arenas_deinit(struct arenas *arenas)
{
	vector_deinit(&arenas->items);
}

/* --- one entry --- */

/* Of an unused entry only the list's link is set. */
static enum entry_kind unused_kind(const struct layout *layout, uint64_t array, const uint8_t *entry)
{
	uint64_t next = load_u64(entry + layout->arena_next);

	if (next == 0)
		return ENTRY_LAST_UNUSED;
	return next >= array && (next - array) % (uint64_t)layout->arena_object_size == 0 &&
			       (next - array) / (uint64_t)layout->arena_object_size < ENTRIES_MAX
		       ? ENTRY_UNUSED
		       : ENTRY_BAD;
}

/* Whether what the entry says fits together; fills *arena. */
static bool entry_fits(const struct layout *layout, const uint8_t *entry, struct arena_object *arena)
{
	uint64_t size = (uint64_t)layout->arena_size, pool = (uint64_t)layout->pool_size;
	uint32_t free_pools = load_u32(entry + layout->arena_free_pools);

	arena->address = load_u64(entry + layout->arena_address);
	arena->end = load_u64(entry + layout->arena_pool_address);
	arena->total = load_u32(entry + layout->arena_total_pools);
	if (arena->address % PAGE != 0 || arena->address >= (uint64_t)1 << 47)
		return false;
	arena->first = (arena->address + pool - 1) / pool * pool;
	return arena->total == (arena->address + size - arena->first) / pool && free_pools <= arena->total &&
	       arena->end >= arena->first && (arena->end - arena->first) % pool == 0 &&
	       (arena->end - arena->first) / pool <= arena->total &&
	       (arena->end - arena->first) / pool >= arena->total - free_pools;
}

/* The entry `index` of the array. */
static enum entry_kind entry_read(struct mirror *mirror, const struct layout *layout, uint64_t array, uint32_t index,
				  struct arena_object *arena)
{
	const uint8_t *entry = mirror_at(mirror, array + (uint64_t)index * (uint64_t)layout->arena_object_size,
					 (uint64_t)layout->arena_object_size);
	const uint8_t *header;

	if (entry == NULL)
		return ENTRY_BAD;
	if (load_u64(entry + layout->arena_address) == 0)
		return unused_kind(layout, array, entry);
	arena->index = index;
	if (!entry_fits(layout, entry, arena))
		return ENTRY_BAD;
	if (arena->end == arena->first)
		return ENTRY_ARENA;
	header = mirror_at(mirror, arena->first, (uint64_t)layout->pool_header_size);
	if (header == NULL)
		return ENTRY_UNREADABLE;
	return load_u32(header + layout->pool_arena_index) == index ? ENTRY_ARENA : ENTRY_BAD;
}

/* --- the array --- */

/* Adds the arenas of the array; *proved counts those whose first pool knows them, *budget down with each entry. */
static struct error *array_read(struct mirror *mirror, const struct layout *layout, uint64_t array,
				struct arenas *arenas, uint64_t *proved, uint64_t *budget)
{
	unsigned bad = 0, ends = 0, passed = 0;

	*proved = 0;
	for (uint32_t i = 0; *budget > 0 && bad < BAD_MAX && ends < 2; i++, --*budget) {
		struct arena_object arena = {0};
		enum entry_kind kind = entry_read(mirror, layout, array, i, &arena);

		bad = kind == ENTRY_BAD ? bad + 1 : 0;
		passed += kind == ENTRY_BAD || kind == ENTRY_UNREADABLE;
		ends += kind == ENTRY_LAST_UNUSED;
		if (kind == ENTRY_UNREADABLE ||
		    kind == ENTRY_ARENA) { /* the array goes on behind those that were bad */
			arenas->broken += passed;
			passed = 0;
		}
		if (kind != ENTRY_ARENA)
			continue;
		*proved += arena.end > arena.first;
		TRY(vector_push(&arenas->items, arena));
	}
	return NULL;
}

/* A pointer to an array of arena_object leads to memory of the process's own. */
static bool may_point(struct mirror *mirror, uint64_t word)
{
	const struct source_range *range;

	if (word % 16 != 0 || word < PAGE || word >> 47 != 0)
		return false;
	range = mirror_range(mirror, word);
	return range != NULL && range->writable && (range->path == NULL || range->path[0] == '[');
}

/* Takes the best array that a word of [start, end) leads to; nothing where none does. */
static struct error *arrays_try(struct mirror *mirror, const struct layout *layout, uint64_t start, uint64_t end,
				struct arenas *arenas)
{
	uint64_t most = 0, before = 0, budget = ENTRIES_MAX;

	for (uint64_t at = (start + 7) & ~(uint64_t)7; at + 8 <= end; at += 8) {
		AUTO(arenas) struct arenas found = {0};
		uint64_t word = mirror_u64(mirror, at), proved;

		if (word == before || !may_point(mirror, word))
			continue;
		before = word;
		TRY(array_read(mirror, layout, word, &found, &proved, &budget));
		if (proved <= most)
			continue;
		most = proved;
		arenas_deinit(arenas);
		*arenas = found;
		arenas_init(&found);
	}
	return NULL;
}

/* --- where the array is --- */

static struct error *take(struct arenas *arenas, struct arenas *found, uint64_t interpreter)
{
	for (size_t i = 0; i < found->items.count; i++) {
		found->items.items[i].interpreter = interpreter;
		TRY(vector_push(&arenas->items, found->items.items[i]));
	}
	arenas->broken += found->broken;
	return NULL;
}

/* The allocator of one interpreter; `id` is smaller than those before where it shares theirs. */
static struct error *find_of_interpreter(struct decoder *decoder, uint64_t interpreter, struct arenas *arenas)
{
	const struct layout *layout = decoder->layout;
	uint64_t state = interpreter + (uint64_t)layout->interpreter_obmalloc, array, proved, budget = ENTRIES_MAX;
	AUTO(arenas) struct arenas found;

	arenas_init(&found);
	if (layout->obmalloc_pointer)
		state = mirror_u64(decoder->mirror, state);
	array = state != 0 ? mirror_u64(decoder->mirror, state + (uint64_t)layout->obmalloc_arenas) : 0;
	if (array == 0) /* the main interpreter's, which it shares, or another kind of allocator */
		return NULL;
	TRY(array_read(decoder->mirror, layout, array, &found, &proved, &budget));
	return take(arenas, &found, interpreter_number(decoder, interpreter));
}

static struct error *find_by_interpreters(struct decoder *decoder, uint64_t runtime, struct arenas *arenas)
{
	struct chain chain = interpreters_first(decoder, runtime);

	for (; chain.at != 0; interpreters_next(decoder, &chain))
		TRY(find_of_interpreter(decoder, chain.at, arenas));
	return NULL;
}

static int compare_arenas(const void *left, const void *right)
{
	const struct arena_object *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (a->interpreter > b->interpreter) - (a->interpreter < b->interpreter);
}

/* In ascending order; an arena that interpreters share is the one's with the least id. What overlaps is no arena. */
static void arrange(struct arenas *arenas, uint64_t size)
{
	struct arena_object *items = arenas->items.items;
	size_t kept = 0;

	if (arenas->items.count > 1)
		qsort(items, arenas->items.count, sizeof *items, compare_arenas);
	for (size_t i = 0; i < arenas->items.count; i++) {
		if (kept > 0 && items[i].address < items[kept - 1].address + size)
			arenas->broken += items[i].address != items[kept - 1].address;
		else
			items[kept++] = items[i];
	}
	arenas->items.count = kept;
}

struct error *arenas_find(struct decoder *decoder, const struct runtime *runtime, struct arenas *arenas)
{
	const struct layout *layout = decoder->layout;

	if (layout->interpreter_obmalloc >= 0)
		TRY(find_by_interpreters(decoder, runtime->address, arenas));
	else
		TRY(arrays_try(decoder->mirror, layout, runtime->data_start, runtime->data_end, arenas));
	arrange(arenas, (uint64_t)layout->arena_size);
	return NULL;
}

/* --- their memory --- */

void arenas_fetch(const struct arenas *arenas, struct mirror *mirror, const struct layout *layout)
{
	for (size_t i = 0; i < arenas->items.count; i++) {
		const struct arena_object *arena = &arenas->items.items[i];
		const struct mirror_run run = {.start = arena->first & ~(MIRROR_CHUNK - 1),
					       .end = (arena->end + MIRROR_CHUNK - 1) & ~(MIRROR_CHUNK - 1)};

		mirror_prefetch(mirror, &run);
		for (uint64_t pool = arena->first; pool < arena->end; pool += (uint64_t)layout->pool_size)
			(void)mirror_at(mirror, pool, (uint64_t)layout->pool_header_size);
	}
}

const struct arena_object *arenas_search(const struct arenas *arenas, uint64_t address)
{
	size_t low = 0, high = arenas->items.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (arenas->items.items[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address >= arenas->items.items[low - 1].end)
		return NULL;
	return address >= arenas->items.items[low - 1].first ? &arenas->items.items[low - 1] : NULL;
}
