/* Which memory has malloc given out, and which does it keep?
 *
 * malloc/malloc.c and arena.c of the GNU C Library. An arena is a struct malloc_state, the main one in the library's data and the
 * others at the beginning of a heap of their own, at a multiple of 64 MiB; they form a ring. The main one has no exported
 * symbol: it is a place in the data of the library, or of a static program, where the bins refer to themselves or to the heap and `top` to a
 * chunk that ends where the heap does. That proves the allocator; without it nothing is looked at.
 *
 * A chunk begins with the size of the one before, if that is free, and its own, whose low bits tell whether the one before is used.
 * From the beginning of a heap each chunk leads to the next, and the walk must meet `top` exactly; free chunks repeat their size at
 * their end. Where that breaks, the rest of the heap is left as not walked. Chunks in fastbins and in the threads' caches look
 * used: both are lists that are followed afterwards, as far as their links fit. Large blocks are mappings of their own: dumper/glibc_mapped.h.
 *
 * Cost: a header is read for each chunk, in reads of up to 64 KiB, so small chunks cost all of their heap once, at several GiB a
 * second; large ones a page. Nothing is kept but the reports.
 */
#include "dumper/glibc.h"

#include "base/bytes.h"
#include "dumper/glibc_parts.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW 65536u
#define WINDOW_FIRST 4096u /* bytes read after a jump */
#define HEAP_LARGEST ((uint64_t)64 << 20)
#define ARENAS_MAX 65536u
#define HEAPS_MAX 1048576u        /* of one arena */
#define LISTED_MAX ((uint64_t)4 << 20) /* chunks in fastbins and caches, of the whole process */
#define SEARCH_STEP 32768u
#define DATA_LARGEST ((uint64_t)16 << 20) /* bytes of data that are searched for the main arena */

/* struct malloc_state: since 2.27, before, and without fastbins (2.43) */
struct form {
	uint16_t fastbins, top, bins, next, system_bytes, size;
};
static const struct form forms[] = {
	{16, 96, 112, 2160, 2184, 2200}, {8, 88, 104, 2152, 2176, 2192}, {8, 8, 24, 2072, 2096, 2112}};
#define STATE_LARGEST 2200u
#define FASTBINS_MAX 10u
#define BINS 127u

/* heap_info */
#define HEAP_ARENA 0
#define HEAP_PREVIOUS 8
#define HEAP_SIZE 16

/* chunks */
#define CHUNK_LEAST 32u
#define BIT_PREVIOUS_USED 1u

/* tcache_perthread_struct, in a chunk of its own: a number for each list, then their heads. The number is the list's length, or
 * (2.42) how many more it may take. Those behind the first 64 hold chunks of several sizes. */
struct cache_form {
	uint16_t chunk, lists, width;
	bool counts;
};
static const struct cache_form cache_forms[] = {{0x290, 64, 2, true}, {0x250, 64, 1, true}, {0x300, 76, 2, false}};
#define CACHE_LISTS_MAX 76u
#define CACHE_LISTS_OF_ONE_SIZE 64u
#define CACHE_LARGEST 65535u

struct window { /* what was read last */
	uint64_t start;
	size_t got, grows;
	uint8_t bytes[WINDOW];
};

struct cache { /* of a thread */
	uint64_t heads[CACHE_LISTS_MAX];
	uint32_t counts[CACHE_LISTS_MAX]; /* at most */
};

struct malloc_arena {
	uint64_t address, top, system_bytes, next;
	uint64_t fastbins[FASTBINS_MAX];
};

struct glibc {
	const struct glibc_input *input;
	struct footprint *footprint;
	struct glibc_facts *facts;
	const struct form *form;
	uint64_t bytes_left, listed;
	struct window window;
	VECTOR(struct malloc_arena) arenas;
	VECTOR(struct cache) caches;
	VECTOR(struct mirror_run) heaps; /* from the first chunk to the end of the last */
};

static void glibc_destroy(struct glibc *glibc)
{
	if (glibc == NULL)
		return;
	vector_deinit(&glibc->arenas);
	vector_deinit(&glibc->caches);
	vector_deinit(&glibc->heaps);
	free(glibc);
}
DEFINE_AUTO(glibc, struct glibc *, glibc_destroy);

/* --- reading --- */

/* Reads on in the window. After a jump little is read, then more and more. */
static struct error *window_read(struct glibc *glibc, uint64_t address, size_t size)
{
	struct window *window = &glibc->window;
	bool near = address >= window->start && address - window->start <= window->got;
	size_t wanted;

	window->grows = near && window->grows > 0 ? window->grows * 2 : WINDOW_FIRST;
	if (window->grows > WINDOW)
		window->grows = WINDOW;
	wanted = window->grows - (near ? 0 : address % PAGE);
	if (wanted < size)
		wanted = size;
	window->start = address;
	window->got = 0;
	if (wanted > glibc->bytes_left) {
		glibc->facts->given_up = true;
		return NULL;
	}
	TRY(glibc->input->source->operations->read(glibc->input->source, address, window->bytes, wanted, &window->got));
	glibc->bytes_left -= window->got;
	return NULL;
}

/* Fetches them, if there is still leave to. */
static const uint8_t *fetch(struct glibc *glibc, uint64_t address, size_t size)
{
	struct mirror *mirror = glibc->input->mirror;
	uint64_t before = mirror_bytes(mirror), fetched;
	const uint8_t *bytes;

	if (glibc->bytes_left < MIRROR_CHUNK) {
		glibc->facts->given_up = true;
		return NULL;
	}
	bytes = mirror_at(mirror, address, size);
	fetched = mirror_bytes(mirror) - before;
	glibc->bytes_left -= fetched < glibc->bytes_left ? fetched : glibc->bytes_left;
	return bytes;
}

/* `size` bytes at `address`, at most WINDOW, until the next look; NULL where they can't be had. */
static struct error *look(struct glibc *glibc, uint64_t address, size_t size, const uint8_t **bytes)
{
	const struct window *window = &glibc->window;

	*bytes = mirror_peek(glibc->input->mirror, address, size);
	if (*bytes != NULL || glibc->input->way == GLIBC_THERE)
		return NULL;
	if (glibc->input->way == GLIBC_FETCH) {
		*bytes = fetch(glibc, address, size);
		return NULL;
	}
	if (address < window->start || address - window->start > window->got ||
	    window->got - (address - window->start) < size)
		TRY(window_read(glibc, address, size));
	if (window->got >= size && address >= window->start && window->got - (address - window->start) >= size)
		*bytes = window->bytes + (address - window->start);
	return NULL;
}

/* --- what an arena looks like --- */

/* An empty bin refers to itself, as if it were a chunk; a bin's links lie 16 bytes into it. */
static bool bins_fit(const struct glibc *glibc, const struct form *form, const uint8_t *state, uint64_t address)
{
	uint64_t own = 0;

	for (unsigned i = 0; i < BINS; i++) {
		uint64_t at = address + form->bins + 16 * i - CHUNK_HEAD;
		uint64_t first = load_u64(state + form->bins + 16 * i), last = load_u64(state + form->bins + 16 * i + 8);

		if ((first == at) != (last == at))
			return false;
		own += first == at;
		if (first != at && (first % 16 != 0 || last % 16 != 0 || footprint_heap(glibc->footprint, first) == NULL ||
				    footprint_heap(glibc->footprint, last) == NULL))
			return false;
	}
	return own > 0;
}

static bool state_fits(const struct glibc *glibc, const struct form *form, const uint8_t *state, uint64_t address)
{
	uint64_t top = load_u64(state + form->top), system_bytes = load_u64(state + form->system_bytes);

	return top % 16 == 0 && system_bytes % PAGE == 0 && system_bytes > 0 && footprint_heap(glibc->footprint, top) != NULL &&
	       bins_fit(glibc, form, state, address);
}

static void take_state(const struct form *form, const uint8_t *state, uint64_t address, struct malloc_arena *arena)
{
	*arena = (struct malloc_arena){.address = address,
				.top = load_u64(state + form->top),
				.system_bytes = load_u64(state + form->system_bytes),
				.next = load_u64(state + form->next)};
	for (unsigned i = 0; i < (form->top - form->fastbins) / 8u; i++)
		arena->fastbins[i] = load_u64(state + form->fastbins + 8 * i);
}

/* --- the other arenas --- */

/* An arena lies right behind its first heap's description, which refers back to it. */
static struct error *load_arena(struct glibc *glibc, uint64_t address, struct malloc_arena *arena, bool *good)
{
	uint64_t heap = address & ~(HEAP_LARGEST - 1);
	const uint8_t *bytes;

	*good = false;
	if (address - heap < 32 || address - heap > 256 || footprint_heap(glibc->footprint, address) == NULL)
		return NULL;
	TRY(look(glibc, heap, 8, &bytes));
	if (bytes == NULL || load_u64(bytes) != address)
		return NULL;
	TRY(look(glibc, address, glibc->form->size, &bytes));
	if (bytes == NULL || !state_fits(glibc, glibc->form, bytes, address))
		return NULL;
	take_state(glibc->form, bytes, address, arena);
	*good = true;
	return NULL;
}

/* The whole ring, from the main one on. *closed: it leads back there, which it must. */
static struct error *find_arenas(struct glibc *glibc, const struct malloc_arena *first, bool *closed)
{
	uint64_t next = first->next;

	*closed = false;
	glibc->arenas.count = 0;
	TRY(vector_push(&glibc->arenas, *first));
	while (next != first->address && glibc->arenas.count < ARENAS_MAX) {
		struct malloc_arena arena;
		bool good;

		TRY(load_arena(glibc, next, &arena, &good));
		if (!good)
			return NULL;
		TRY(vector_push(&glibc->arenas, arena));
		next = arena.next;
	}
	*closed = next == first->address;
	return NULL;
}

/* --- where the main arena is --- */

/* One at `bytes`, of which at least STATE_LARGEST can be seen. */
static struct error *try_place(struct glibc *glibc, const uint8_t *bytes, uint64_t address, bool *found)
{
	struct malloc_arena arena;

	*found = false;
	for (size_t i = 0; i < sizeof forms / sizeof *forms && !*found; i++) {
		if (!state_fits(glibc, &forms[i], bytes, address))
			continue;
		glibc->form = &forms[i];
		take_state(&forms[i], bytes, address, &arena);
		TRY(find_arenas(glibc, &arena, found));
	}
	return NULL;
}

static struct error *search_data(struct glibc *glibc, const struct source_range *range, bool *found)
{
	AUTO(free) void *copy = malloc(SEARCH_STEP + STATE_LARGEST);

	*found = false;
	if (copy == NULL)
		return error_memory();
	for (uint64_t at = range->start; at < range->end && at - range->start < DATA_LARGEST; at += SEARCH_STEP) {
		uint64_t left = range->end - at;
		size_t size = left < SEARCH_STEP + STATE_LARGEST ? (size_t)left : SEARCH_STEP + STATE_LARGEST;
		const uint8_t *bytes;

		TRY(look(glibc, at, size, &bytes));
		if (bytes == NULL)
			continue;
		memcpy(copy, bytes, size); /* to look at an arena's ring moves the window */
		for (size_t k = 0; k + STATE_LARGEST <= size && k < SEARCH_STEP; k += 8) {
			TRY(try_place(glibc, (const uint8_t *)copy + k, at + k, found));
			if (*found)
				return NULL;
		}
	}
	return NULL;
}

static bool is_library(const char *path)
{
	const char *name = strrchr(path, '/');

	return name != NULL && (strncmp(name, "/libc.so", 8) == 0 || strncmp(name, "/libc-2.", 8) == 0);
}

/* In the C library's data, else in that of a program, which may have it inside. */
static struct error *find_main(struct glibc *glibc, bool *found)
{
	const struct memory_map *map = footprint_map(glibc->footprint);

	*found = false;
	for (int pass = 0; pass < 2 && !*found; pass++)
		for (size_t i = 0; i < map->mappings.count && !*found; i++) {
			const struct source_range *range = &map->mappings.items[i].range;

			if (range->path == NULL || range->path[0] != '/' || !range->writable || !range->readable ||
			    map->mappings.items[i].shared)
				continue;
			if (is_library(range->path) == (pass == 0))
				TRY(search_data(glibc, range, found));
		}
	return NULL;
}

/* --- chunks --- */

/* What may be the lists of a thread: small numbers, and heads that lead somewhere. */
static bool read_cache(const struct glibc *glibc, const struct cache_form *form, const uint8_t *bytes, struct cache *cache)
{
	bool any = false;

	*cache = (struct cache){0};
	for (unsigned i = 0; i < form->lists; i++) {
		uint64_t head = load_u64(bytes + form->width * form->lists + 8 * i);
		uint32_t number = form->width == 2 ? load_u16(bytes + 2 * i) : bytes[i];

		if (head % 16 != 0 || (head != 0 && footprint_heap(glibc->footprint, head) == NULL) ||
		    (form->counts && (head == 0) != (number == 0)))
			return false;
		cache->heads[i] = head;
		cache->counts[i] = form->counts ? number : CACHE_LARGEST;
		any = any || head != 0;
	}
	return any;
}

static struct error *note_cache(struct glibc *glibc, uint64_t chunk, uint64_t size)
{
	for (size_t i = 0; i < sizeof cache_forms / sizeof *cache_forms; i++) {
		const struct cache_form *form = &cache_forms[i];
		const uint8_t *bytes = NULL;
		struct cache cache;

		if (form->chunk == size && glibc->caches.count < ARENAS_MAX)
			TRY(look(glibc, chunk + CHUNK_HEAD, form->lists * (form->width + 8u), &bytes));
		if (bytes != NULL && read_cache(glibc, form, bytes, &cache))
			return vector_push(&glibc->caches, cache);
	}
	return NULL;
}

/* One heap: its chunks lie from `first` to `end`, and the last one is `top`, where that is in it. */
struct heap_extent {
	uint64_t first, end, top;
};

static bool head_fits(const struct heap_extent *heap, uint64_t at, uint64_t head)
{
	uint64_t size = head & ~(uint64_t)BITS;

	return size >= CHUNK_LEAST && size % 16 == 0 && size <= heap->end - at && (head & BIT_MAPPED) == 0;
}

/* Heaps that were left for another one end in small chunks without contents. */
static bool is_fence(const struct heap_extent *heap, uint64_t at, uint64_t head)
{
	uint64_t size = head & ~(uint64_t)BITS;

	return (size == 16 && at + 16 <= heap->end) || (size == 0 && heap->end - at <= CHUNK_LEAST);
}

/* Follows the chunks. *reached: where it ended, which is `end` if all went well. */
static struct error *walk_chunks(struct glibc *glibc, const struct heap_extent *heap, uint64_t *reached)
{
	uint64_t at = heap->first, size = 0;
	const uint8_t *bytes;

	for (; at < heap->end; at += size) {
		uint64_t head;
		bool used;

		*reached = at;
		TRY(look(glibc, at, CHUNK_HEAD, &bytes));
		if (bytes == NULL)
			return NULL;
		head = load_u64(bytes + 8);
		if (is_fence(heap, at, head)) {
			size = (head & ~(uint64_t)BITS) != 0 ? 16 : heap->end - at;
			TRY(footprint_add(glibc->footprint, PART_USED, at, size));
			continue;
		}
		if (!head_fits(heap, at, head))
			return NULL;
		size = head & ~(uint64_t)BITS;
		used = at != heap->top;
		if (used && at + size < heap->end) {
			TRY(note_cache(glibc, at, size));
			TRY(look(glibc, at + size, CHUNK_HEAD, &bytes));
			if (bytes == NULL)
				return NULL;
			used = (load_u64(bytes + 8) & BIT_PREVIOUS_USED) != 0;
			if (!used && load_u64(bytes) != size)
				return NULL;
		}
		TRY(footprint_add(glibc->footprint, used ? PART_USED : PART_FREE, at, size));
		if (at == heap->top) {
			*reached = at + size;
			return NULL;
		}
	}
	*reached = at;
	return NULL;
}

static struct error *walk_heap(struct glibc *glibc, uint64_t start, const struct heap_extent *heap)
{
	const struct mirror_run run = {heap->first, heap->end};
	uint64_t reached = heap->first;

	TRY(footprint_base(glibc->footprint, MEMORY_MALLOC_UNWALKED, start, heap->end));
	TRY(footprint_add(glibc->footprint, PART_USED, start, heap->first - start));
	TRY(walk_chunks(glibc, heap, &reached));
	glibc->facts->broken += reached != heap->end;
	return vector_push(&glibc->heaps, run);
}

/* The end of the chunk `top`; 0: makes no sense. */
static struct error *top_end(struct glibc *glibc, uint64_t top, uint64_t *end)
{
	const struct memory_mapping *mapping = footprint_heap(glibc->footprint, top);
	const uint8_t *bytes;
	uint64_t size;

	*end = 0;
	TRY(look(glibc, top, CHUNK_HEAD, &bytes));
	if (bytes == NULL)
		return NULL;
	size = load_u64(bytes + 8) & ~(uint64_t)BITS;
	if (size >= 16 && size <= mapping->range.end - top && (top + size) % PAGE == 0)
		*end = top + size;
	return NULL;
}

/* The main arena's heap is in one piece, as long as nobody else moves the program's break and it can be moved: it begins as many bytes
 * before its end as the arena took. Else only the piece at the beginning of the mapping that holds `top` is known. */
static struct error *walk_main(struct glibc *glibc, const struct malloc_arena *arena)
{
	const struct memory_mapping *mapping = footprint_heap(glibc->footprint, arena->top);
	struct heap_extent heap = {.top = arena->top};

	TRY(top_end(glibc, arena->top, &heap.end));
	if (heap.end == 0) {
		glibc->facts->broken++;
		return NULL;
	}
	heap.first = mapping->range.start;
	if (arena->system_bytes <= heap.end - heap.first)
		heap.first = heap.end - arena->system_bytes;
	return walk_heap(glibc, heap.first, &heap);
}

/* From the heap that `top` is in back to the first one, which holds the arena. */
static struct error *walk_heaps(struct glibc *glibc, const struct malloc_arena *arena)
{
	uint64_t first = arena->address & ~(HEAP_LARGEST - 1), at = arena->top & ~(HEAP_LARGEST - 1);
	uint64_t head = arena->address - first;

	for (unsigned i = 0; i < HEAPS_MAX; i++) {
		const struct memory_mapping *mapping = footprint_heap(glibc->footprint, at);
		struct heap_extent heap = {.first = at + head, .top = arena->top};
		const uint8_t *bytes = NULL;
		uint64_t before;

		if (mapping != NULL)
			TRY(look(glibc, at, 24, &bytes));
		if (bytes == NULL || load_u64(bytes + HEAP_ARENA) != arena->address)
			break;
		before = load_u64(bytes + HEAP_PREVIOUS);
		heap.end = at + load_u64(bytes + HEAP_SIZE);
		if (at == first)
			heap.first = (arena->address + glibc->form->size + 15) & ~(uint64_t)15;
		if (heap.end - at > HEAP_LARGEST || heap.end > mapping->range.end || heap.end <= heap.first)
			break;
		TRY(walk_heap(glibc, at, &heap));
		if (at == first)
			return NULL;
		at = before;
		if (at % HEAP_LARGEST != 0)
			break;
	}
	glibc->facts->broken++;
	return NULL;
}

/* --- lists of chunks that look used --- */

static int compare_heaps(const void *left, const void *right)
{
	const struct mirror_run *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

/* The first heap that ends behind `address`; NULL: none. Heaps are sorted by now; torn ones may overlap. */
static const struct mirror_run *heap_behind(const struct glibc *glibc, uint64_t address)
{
	size_t low = 0, high = glibc->heaps.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (glibc->heaps.items[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < glibc->heaps.count ? &glibc->heaps.items[low] : NULL;
}

static bool in_heaps(const struct glibc *glibc, uint64_t chunk, uint64_t size)
{
	const struct mirror_run *heap = heap_behind(glibc, chunk);

	return heap != NULL && chunk >= heap->start && size <= heap->end - chunk;
}

/* Whether a chunk of `size` bytes, 0: of any, is there; *found: its size. */
static struct error *check_listed(struct glibc *glibc, uint64_t chunk, uint64_t size, uint64_t *found)
{
	const uint8_t *bytes;

	*found = 0;
	if (chunk % 16 != 0 || !in_heaps(glibc, chunk, CHUNK_LEAST))
		return NULL;
	TRY(look(glibc, chunk, CHUNK_HEAD + 8, &bytes));
	if (bytes == NULL)
		return NULL;
	*found = load_u64(bytes + 8) & ~(uint64_t)BITS;
	if ((size != 0 && *found != size) || *found < CHUNK_LEAST || !in_heaps(glibc, chunk, *found))
		*found = 0;
	return NULL;
}

/* From the chunk to the next one of the list: 0 at its end. A link is combined with its own address (2.32) or plain; which, the
 * chunk says that it leads to. Links lead to what lies `offset` bytes into a chunk. */
static struct error *next_listed(struct glibc *glibc, uint64_t chunk, uint64_t offset, uint64_t size, uint64_t *next)
{
	uint64_t at = chunk + CHUNK_HEAD, link, found;
	const uint8_t *bytes;

	*next = 0;
	TRY(look(glibc, at, 8, &bytes));
	link = bytes != NULL ? load_u64(bytes) : 0;
	if (link == 0 || link == at >> 12)
		return NULL;
	*next = (link ^ at >> 12) - offset;
	TRY(check_listed(glibc, *next, size, &found));
	if (found == 0)
		*next = link - offset;
	return NULL;
}

/* A list of at most `count` chunks, the first of which `head` leads to. */
static struct error *follow_list(struct glibc *glibc, uint64_t head, uint64_t offset, uint64_t size, uint64_t count,
				 enum footprint_part part)
{
	uint64_t chunk = head > offset ? head - offset : 0;

	for (; chunk != 0 && count > 0 && glibc->listed < LISTED_MAX; count--, glibc->listed++) {
		uint64_t found, next;

		TRY(check_listed(glibc, chunk, size, &found));
		if (found == 0)
			return NULL;
		TRY(next_listed(glibc, chunk, offset, size, &next));
		TRY(footprint_move(glibc->footprint, PART_USED, part, chunk, found));
		chunk = next;
	}
	return NULL;
}

static struct error *follow_lists(struct glibc *glibc)
{
	for (size_t i = 0; i < glibc->caches.count; i++)
		for (unsigned k = 0; k < CACHE_LISTS_MAX; k++)
			TRY(follow_list(glibc, glibc->caches.items[i].heads[k], CHUNK_HEAD,
					k < CACHE_LISTS_OF_ONE_SIZE ? CHUNK_LEAST + 16 * k : 0,
					glibc->caches.items[i].counts[k], PART_CACHED));
	for (size_t i = 0; i < glibc->arenas.count; i++)
		for (unsigned k = 0; k < FASTBINS_MAX; k++)
			TRY(follow_list(glibc, glibc->arenas.items[i].fastbins[k], 0, CHUNK_LEAST + 16 * k, LISTED_MAX,
					PART_FREE));
	return NULL;
}

/* --- all --- */

struct error *glibc_walk(const struct glibc_input *input, struct glibc_facts *facts)
{
	AUTO(glibc) struct glibc *glibc = calloc(1, sizeof *glibc);

	*facts = (struct glibc_facts){0};
	if (glibc == NULL)
		return error_memory();
	glibc->input = input;
	glibc->footprint = input->footprint;
	glibc->facts = facts;
	glibc->bytes_left = input->bytes_max;
	TRY(find_main(glibc, &facts->proved));
	if (!facts->proved)
		return NULL;
	facts->arenas = glibc->arenas.count;
	TRY(walk_main(glibc, &glibc->arenas.items[0]));
	for (size_t i = 1; i < glibc->arenas.count; i++)
		TRY(walk_heaps(glibc, &glibc->arenas.items[i]));
	if (glibc->heaps.count > 0)
		qsort(glibc->heaps.items, glibc->heaps.count, sizeof *glibc->heaps.items, compare_heaps);
	return follow_lists(glibc);
}
