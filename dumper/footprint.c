/* Which memory of a process is what, so that all of it adds up to what the kernel says?
 *
 * A mapping of a file, of shared memory and the like is of one kind. Private memory of no file is shared out page by page:
 * whoever knows of arenas, objects or blocks of malloc adds their bytes to the counts of the pages they lie in, and in the end
 * each page is given out in a fixed order, what is left of it being of the kind that the place has otherwise. A page that is in
 * physical memory makes all its bytes resident. Whether it is, the page map says; it is believed where its sum over the mapping is
 * what smaps says, once pages of zeros are taken for what they are. Else the resident bytes of that mapping stay undivided.
 * O(pages in which something was counted, or whose state is known); O(parts) elsewhere.
 */
#include "dumper/footprint.h"

#include "dumper/mapping.h"
#include "dumper/pagemap.h"

#include <stdlib.h>
#include <string.h>

#define PAGE UINT64_C(4096)
#define BLOCK_PAGES 512u                    /* counted in one allocation */
#define STATES_MAX ((uint64_t)8 << 20)      /* pages whose state is asked for, of all mappings: 32 GiB */
#define TRACT_LARGEST ((uint64_t)1 << 46)   /* bytes: nobody counts in a larger one */
#define BLOCKS_MAX ((uint64_t)32768)         /* of all mappings: 64 GiB */
#define BASES_MAX ((size_t)1 << 20)

struct page_use {
	uint16_t bytes[PART_COUNT]; /* at most a page */
};

struct page_block {
	struct page_use pages[BLOCK_PAGES];
};

struct tract {         /* a mapping */
	enum memory_kind base;
	bool divisible;       /* its pages may be of several kinds */
	bool told;            /* which of its pages are there is known */
	uint64_t present_end; /* without states: pages below this address are there, others neither there nor swapped out */
	uint8_t *states;      /* enum page_state of each page; NULL: see above */
	struct page_block **blocks; /* NULL: nothing was counted, as for a block */
};

struct base {
	uint64_t start, end;
	enum memory_kind kind;
};

struct footprint {
	struct memory_map map;
	struct tract *tracts; /* one for each mapping */
	size_t last;          /* tract that was found last */
	VECTOR(struct base) bases;
	bool bases_in_order;
	uint64_t states; /* pages asked for so far */
	uint64_t blocks; /* made so far */
};

/* --- which pages are there --- */

/* Pages that others have too may be the kernel's page of zeros, which smaps does not count: all of them or none. Where smaps says
 * that nothing is swapped out, what looks so are the kernel's marks, such as those of guard pages. */
static bool settle_states(struct tract *tract, const struct memory_mapping *mapping, uint64_t pages,
			  const uint64_t counts[PAGE_STATES])
{
	enum page_state common = PAGE_PRESENT, swapped = PAGE_SWAPPED;

	if (mapping->swapped == 0)
		swapped = PAGE_ABSENT;
	else if (counts[PAGE_SWAPPED] * PAGE != mapping->swapped)
		return false;
	if ((counts[PAGE_PRESENT] + counts[PAGE_COMMON]) * PAGE != mapping->resident) {
		if (counts[PAGE_PRESENT] * PAGE != mapping->resident)
			return false;
		common = PAGE_ABSENT;
	}
	for (uint64_t i = 0; i < pages; i++)
		if (tract->states[i] == PAGE_COMMON || tract->states[i] == PAGE_SWAPPED)
			tract->states[i] = (uint8_t)(tract->states[i] == PAGE_COMMON ? common : swapped);
	return true;
}

static struct error *tell_pages(struct footprint *footprint, int fd, const struct memory_mapping *mapping,
				struct tract *tract)
{
	uint64_t size = mapping->range.end - mapping->range.start, pages = size / PAGE, counts[PAGE_STATES];

	tract->told = mapping->resident == size || (mapping->resident == 0 && mapping->swapped == 0);
	tract->present_end = mapping->resident == size ? mapping->range.end : mapping->range.start;
	if (tract->told || fd < 0 || pages > STATES_MAX - footprint->states)
		return NULL;
	footprint->states += pages;
	tract->states = malloc(pages);
	if (tract->states == NULL)
		return error_memory();
	AUTO(error) struct error *unknown = pagemap_read(fd, mapping->range.start, pages, tract->states, counts);
	tract->told = unknown == NULL && settle_states(tract, mapping, pages, counts);
	if (!tract->told) {
		free(tract->states);
		tract->states = NULL;
	}
	return NULL;
}

/* --- the whole --- */

static struct error *footprint_create(struct footprint **result)
{
	struct footprint *footprint = calloc(1, sizeof *footprint);

	if (footprint == NULL)
		return error_memory();
	memory_map_init(&footprint->map);
	*result = footprint;
	return NULL;
}

void footprint_destroy(struct footprint *footprint)
{
	if (footprint == NULL)
		return;
	for (size_t i = 0; footprint->tracts != NULL && i < footprint->map.mappings.count; i++) {
		const struct source_range *range = &footprint->map.mappings.items[i].range;
		struct tract *tract = &footprint->tracts[i];
		uint64_t blocks = (range->end - range->start) / PAGE / BLOCK_PAGES + 1;

		for (uint64_t k = 0; tract->blocks != NULL && k < blocks; k++)
			free(tract->blocks[k]);
		free(tract->blocks);
		free(tract->states);
	}
	free(footprint->tracts);
	vector_deinit(&footprint->bases);
	memory_map_deinit(&footprint->map);
	free(footprint);
}

static struct error *make_tracts(struct footprint *footprint, int fd)
{
	size_t count = footprint->map.mappings.count;

	footprint->tracts = calloc(count + 1, sizeof *footprint->tracts);
	if (footprint->tracts == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++) {
		const struct memory_mapping *mapping = &footprint->map.mappings.items[i];

		footprint->tracts[i].base = mapping_kind(footprint->map.mappings.items, i, &footprint->tracts[i].divisible);
		footprint->tracts[i].divisible &= mapping->range.end - mapping->range.start <= TRACT_LARGEST;
		if (footprint->tracts[i].divisible)
			TRY(tell_pages(footprint, fd, mapping, &footprint->tracts[i]));
	}
	return NULL;
}

struct error *footprint_take(const struct process *process, struct footprint **result)
{
	AUTO(footprint) struct footprint *footprint = NULL;
	AUTO(close) int fd = pagemap_open(process->proc, process->reader);

	TRY(footprint_create(&footprint));
	TRY(memory_map_read(&footprint->map, process->proc, process->reader));
	TRY(make_tracts(footprint, fd));
	*result = steal(&footprint);
	return NULL;
}

struct error *footprint_of_fork(int smaps, int pagemap, int process, struct footprint **result)
{
	AUTO(footprint) struct footprint *footprint = NULL;

	AUTO(memory_map) struct memory_map original;

	memory_map_init(&original);
	TRY(footprint_create(&footprint));
	TRY(memory_map_read_open(&footprint->map, smaps));
	AUTO(error) struct error *unknown = process >= 0 ? memory_map_read_open(&original, process) : NULL;
	if (unknown != NULL && unknown->code == ERROR_MEMORY)
		return steal(&unknown);
	memory_map_of_fork(&footprint->map, &original);
	TRY(make_tracts(footprint, pagemap));
	*result = steal(&footprint);
	return NULL;
}

struct error *footprint_of_map(struct memory_map *map, struct footprint **result)
{
	AUTO(footprint) struct footprint *footprint = NULL;

	TRY(footprint_create(&footprint));
	memory_map_deinit(&footprint->map);
	footprint->map = *map;
	memory_map_init(map);
	TRY(make_tracts(footprint, -1));
	*result = steal(&footprint);
	return NULL;
}

struct error *footprint_of_core(const struct core *core, struct source *source, struct footprint **result)
{
	AUTO(footprint) struct footprint *footprint = NULL;

	TRY(footprint_create(&footprint));
	TRY(memory_map_of_core(&footprint->map, core, source));
	TRY(make_tracts(footprint, -1));
	for (size_t i = 0; i < footprint->map.mappings.count; i++) {
		const struct memory_mapping *mapping = &footprint->map.mappings.items[i];

		footprint->tracts[i].told = true;
		footprint->tracts[i].present_end = mapping->range.start + mapping->resident;
	}
	*result = steal(&footprint);
	return NULL;
}

const struct memory_map *footprint_map(const struct footprint *footprint)
{
	return &footprint->map;
}

const struct memory_mapping *footprint_heap(const struct footprint *footprint, uint64_t address)
{
	const struct memory_mapping *mapping = memory_map_at(&footprint->map, address);

	if (mapping == NULL || !mapping->range.writable || mapping->shared ||
	    (mapping->range.path != NULL && mapping->range.path[0] == '/'))
		return NULL;
	return mapping;
}

/* --- counting --- */

/* Index of the mapping that holds `address`, or else of the next one; the count of mappings where there is none. */
static size_t tract_from(struct footprint *footprint, uint64_t address)
{
	const struct memory_mapping *mappings = footprint->map.mappings.items;
	size_t low = 0, high = footprint->map.mappings.count;

	if (footprint->last < high && mappings[footprint->last].range.start <= address &&
	    address < mappings[footprint->last].range.end)
		return footprint->last;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mappings[middle].range.end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return footprint->last = low;
}

/* *use is NULL where no more pages may be counted. */
static struct error *page_use_at(struct footprint *footprint, struct tract *tract, const struct source_range *range,
				 uint64_t page, struct page_use **use)
{
	struct page_block **block;

	if (tract->blocks == NULL)
		tract->blocks = calloc((range->end - range->start) / PAGE / BLOCK_PAGES + 1, sizeof *tract->blocks);
	if (tract->blocks == NULL)
		return error_memory();
	block = &tract->blocks[page / BLOCK_PAGES];
	*use = NULL;
	if (*block == NULL && footprint->blocks == BLOCKS_MAX)
		return NULL;
	if (*block == NULL) {
		*block = calloc(1, sizeof **block);
		footprint->blocks++;
	}
	if (*block == NULL)
		return error_memory();
	*use = &(*block)->pages[page % BLOCK_PAGES];
	return NULL;
}

static void count_more(uint16_t *bytes, uint64_t more)
{
	*bytes = (uint16_t)(*bytes + more < PAGE ? *bytes + more : PAGE);
}

/* `from` is PART_COUNT where the bytes were not counted before. */
static struct error *tract_add(struct footprint *footprint, size_t index, enum footprint_part from,
			       enum footprint_part to, uint64_t start, uint64_t end)
{
	struct tract *tract = &footprint->tracts[index];
	const struct source_range *range = &footprint->map.mappings.items[index].range;

	while (start < end) {
		uint64_t next = (start & ~(PAGE - 1)) + PAGE, step = (next < end ? next : end) - start;
		struct page_use *use = NULL;

		TRY(page_use_at(footprint, tract, range, (start - range->start) / PAGE, &use));
		if (use == NULL)
			return NULL;
		if (from != PART_COUNT)
			use->bytes[from] = (uint16_t)(use->bytes[from] > step ? use->bytes[from] - step : 0);
		count_more(&use->bytes[to], step);
		start += step;
	}
	return NULL;
}

struct error *footprint_move(struct footprint *footprint, enum footprint_part from, enum footprint_part to,
			     uint64_t address, uint64_t size)
{
	uint64_t end = size < UINT64_MAX - address ? address + size : UINT64_MAX;

	for (size_t i = tract_from(footprint, address); i < footprint->map.mappings.count; i++) {
		const struct source_range *range = &footprint->map.mappings.items[i].range;
		uint64_t first = address > range->start ? address : range->start;

		if (range->start >= end)
			break;
		if (footprint->tracts[i].divisible)
			TRY(tract_add(footprint, i, from, to, first, end < range->end ? end : range->end));
	}
	return NULL;
}

struct error *footprint_add(struct footprint *footprint, enum footprint_part part, uint64_t address, uint64_t size)
{
	return footprint_move(footprint, PART_COUNT, part, address, size);
}

struct error *footprint_base(struct footprint *footprint, enum memory_kind kind, uint64_t start, uint64_t end)
{
	footprint->bases_in_order = false;
	if (start >= end || footprint->bases.count >= BASES_MAX)
		return NULL;
	return vector_push(&footprint->bases, ((struct base){start, end, kind}));
}

static enum page_state state_at(const struct tract *tract, const struct source_range *range, uint64_t page)
{
	if (tract->states != NULL)
		return (enum page_state)tract->states[page];
	return range->start + page * PAGE < tract->present_end ? PAGE_PRESENT : PAGE_ABSENT;
}

static bool is_unknown(const struct tract *tract, const struct source_range *range, uint64_t page)
{
	const struct page_block *block = tract->blocks != NULL ? tract->blocks[page / BLOCK_PAGES] : NULL;

	return (!tract->told || state_at(tract, range, page) != PAGE_ABSENT) &&
	       (block == NULL || block->pages[page % BLOCK_PAGES].bytes[PART_ARENA] == 0);
}

uint64_t footprint_next_unknown(const struct footprint *footprint, uint64_t address)
{
	const struct memory_mapping *mapping = memory_map_at(&footprint->map, address);
	const struct tract *tract;
	uint64_t page, pages;

	if (mapping == NULL)
		return UINT64_MAX;
	tract = &footprint->tracts[mapping - footprint->map.mappings.items];
	page = (address - mapping->range.start) / PAGE;
	pages = (mapping->range.end - mapping->range.start) / PAGE;
	if (tract->told && tract->states == NULL && address >= tract->present_end)
		return mapping->range.end;
	while (page < pages && !is_unknown(tract, &mapping->range, page))
		page++;
	return mapping->range.start + page * PAGE;
}

/* --- adding up --- */

static int compare_bases(const void *left, const void *right)
{
	const struct base *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

/* Sorted and disjoint: what overlaps begins where the one before ends. */
static void order_bases(struct footprint *footprint)
{
	size_t kept = 0;

	if (!footprint->bases_in_order && footprint->bases.count > 0) {
		qsort(footprint->bases.items, footprint->bases.count, sizeof *footprint->bases.items, compare_bases);
		for (size_t i = 0; i < footprint->bases.count; i++) {
			struct base base = footprint->bases.items[i];

			if (kept > 0 && base.start < footprint->bases.items[kept - 1].end)
				base.start = footprint->bases.items[kept - 1].end;
			if (base.start < base.end)
				footprint->bases.items[kept++] = base;
		}
		footprint->bases.count = kept;
	}
	footprint->bases_in_order = true;
}

uint64_t footprint_base_end(struct footprint *footprint, enum memory_kind kind, uint64_t address)
{
	size_t low = 0, high;

	order_bases(footprint);
	high = footprint->bases.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (footprint->bases.items[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == footprint->bases.count || footprint->bases.items[low].start > address ||
	    footprint->bases.items[low].kind != kind)
		return 0;
	return footprint->bases.items[low].end;
}

struct walk { /* over the mappings, ascending */
	struct footprint *footprint;
	size_t base; /* the first that may matter */
};

/* The kind that `address` has for want of another; *end: up to where. */
static enum memory_kind base_at(struct walk *walk, const struct tract *tract, uint64_t address, uint64_t *end)
{
	const struct base *bases = walk->footprint->bases.items;
	size_t count = walk->footprint->bases.count;

	while (walk->base < count && bases[walk->base].end <= address)
		walk->base++;
	if (walk->base == count)
		return tract->base;
	if (bases[walk->base].start > address) {
		*end = *end < bases[walk->base].start ? *end : bases[walk->base].start;
		return tract->base;
	}
	*end = *end < bases[walk->base].end ? *end : bases[walk->base].end;
	return bases[walk->base].kind;
}

static void count_bytes(struct footprint_sum *sum, enum page_state state, uint64_t bytes)
{
	sum->size += bytes;
	sum->resident += state == PAGE_PRESENT ? bytes : 0;
	sum->swapped += state == PAGE_SWAPPED ? bytes : 0;
}

/* Gives out one page. Objects in arenas are the arenas'; the blocks of objects are malloc's blocks too, and count once. What malloc
 * has free goes before objects: the last 8 bytes of a block lie in the head of the chunk behind it. */
static void count_page(const struct page_use *use, enum memory_kind base, enum page_state state,
		       struct footprint_sum kinds[MEMORY_KINDS])
{
	const uint64_t used = use->bytes[PART_USED], counted = use->bytes[PART_OBJECT];
	/* in the zeros behind data, others are the program's own */
	const uint64_t objects = base == MEMORY_FILES_DATA && counted > used ? used : counted;
	const struct {
		enum memory_kind kind;
		uint64_t bytes;
	} shares[] = {{MEMORY_ARENAS, use->bytes[PART_ARENA]},
		      {MEMORY_MALLOC_FREE, use->bytes[PART_FREE]},
		      {MEMORY_MALLOC_CACHED, use->bytes[PART_CACHED]},
		      {MEMORY_OBJECTS, objects},
		      {MEMORY_MALLOC_USED, used > objects ? used - objects : 0}};
	uint64_t left = PAGE;

	for (size_t i = 0; i < sizeof shares / sizeof *shares && left > 0; i++) {
		uint64_t bytes = shares[i].bytes < left ? shares[i].bytes : left;

		count_bytes(&kinds[shares[i].kind], state, bytes);
		left -= bytes;
	}
	count_bytes(&kinds[base], state, left);
}

/* Pages from `page` on in which nothing was counted, up to `end`. */
static uint64_t uncounted(const struct tract *tract, uint64_t page, uint64_t end)
{
	uint64_t at = page;

	if (tract->blocks == NULL)
		return end;
	while (at < end && tract->blocks[at / BLOCK_PAGES] == NULL)
		at = (at / BLOCK_PAGES + 1) * BLOCK_PAGES;
	return at < end ? at : end;
}

static void count_plain(const struct tract *tract, const struct source_range *range, uint64_t from, uint64_t to,
			struct footprint_sum *sum)
{
	uint64_t start = range->start + from * PAGE, end = range->start + to * PAGE;
	uint64_t present = tract->present_end > start ? (tract->present_end < end ? tract->present_end : end) - start : 0;

	for (uint64_t page = from; tract->states != NULL && page < to; page++)
		count_bytes(sum, state_at(tract, range, page), PAGE);
	if (tract->states != NULL)
		return;
	count_bytes(sum, PAGE_PRESENT, present);
	count_bytes(sum, PAGE_ABSENT, end - start - present);
}

static void count_divisible(struct walk *walk, const struct tract *tract, const struct source_range *range,
			    struct footprint_sum kinds[MEMORY_KINDS])
{
	uint64_t pages = (range->end - range->start) / PAGE;

	for (uint64_t page = 0; page < pages;) {
		uint64_t until = range->end, stop;
		enum memory_kind base = base_at(walk, tract, range->start + page * PAGE, &until);

		until = (until - range->start + PAGE - 1) / PAGE;
		stop = uncounted(tract, page, until);
		count_plain(tract, range, page, stop, &kinds[base]);
		for (page = stop; page < until && tract->blocks[page / BLOCK_PAGES] != NULL; page++)
			count_page(&tract->blocks[page / BLOCK_PAGES]->pages[page % BLOCK_PAGES], base,
				   state_at(tract, range, page), kinds);
	}
}

/* What one mapping is, kind by kind. */
static void count_mapping(struct walk *walk, size_t index, struct footprint_sum kinds[MEMORY_KINDS])
{
	const struct memory_mapping *mapping = &walk->footprint->map.mappings.items[index];
	const struct tract *tract = &walk->footprint->tracts[index];
	uint64_t size = mapping->range.end - mapping->range.start;

	if (!tract->divisible) {
		kinds[tract->base] = (struct footprint_sum){size, mapping->resident, mapping->swapped};
		return;
	}
	count_divisible(walk, tract, &mapping->range, kinds);
	if (!tract->told) /* nothing was taken for resident */
		kinds[MEMORY_UNDIVIDED] = (struct footprint_sum){0, mapping->resident, mapping->swapped};
}

static void add_kinds(struct footprint_sum kinds[MEMORY_KINDS], const struct footprint_sum own[MEMORY_KINDS])
{
	for (int k = 0; k < MEMORY_KINDS; k++) {
		kinds[k].size += own[k].size;
		kinds[k].resident += own[k].resident;
		kinds[k].swapped += own[k].swapped;
	}
}

void footprint_sum(struct footprint *footprint, struct footprint_sum kinds[MEMORY_KINDS])
{
	struct walk walk = {.footprint = footprint};

	order_bases(footprint);
	memset(kinds, 0, MEMORY_KINDS * sizeof *kinds);
	for (size_t i = 0; i < footprint->map.mappings.count; i++) {
		struct footprint_sum own[MEMORY_KINDS] = {0};

		count_mapping(&walk, i, own);
		add_kinds(kinds, own);
	}
}

/* --- writing --- */

struct error *footprint_write(struct footprint *footprint, struct writer *writer)
{
	struct walk walk = {.footprint = footprint};
	struct footprint_sum kinds[MEMORY_KINDS] = {0};

	order_bases(footprint);
	for (size_t i = 0; i < footprint->map.mappings.count; i++) {
		struct footprint_sum own[MEMORY_KINDS] = {0};

		count_mapping(&walk, i, own);
		add_kinds(kinds, own);
		TRY(mapping_write(writer, &footprint->map.mappings.items[i], own));
	}
	return mapping_write_kinds(writer, kinds);
}
