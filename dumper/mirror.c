/* Answers: which bytes stand at an address of the target, in a copy that stays the same once made.
 *
 * Method. The target's address space is cut into chunks of 64 KiB. A radix tree of two levels (2^16 pointers to leaves
 * of 2^15 chunks) finds a chunk's copy; leaves exist where something was looked at. Copies lie in reserves of our own
 * address space, one for each span of neighbouring ranges and taken at its first touch, so that what is contiguous
 * there is contiguous here; the system gives memory only to the pages that are filled. A span too large to reserve
 * whole is reserved in pieces of 1 GiB; the few objects across the border of two pieces are copied together on the
 * side.
 *
 * A chunk is *fetched* when all of its 16 pages were read and nothing divides it: the fast way. It is *partial* when a
 * page is missing, or a border runs through it that no object can cross: then the region's end and the page bits
 * decide.
 *
 * Cost: two loads a lookup; one read of the source for each chunk, or one for up to 256 chunks of a large object; 16
 * bytes a chunk of the leaves touched.
 */
#include "dumper/mirror_parts.h"

#include <inttypes.h>
#include <stdlib.h>

#define READ_LARGEST ((uint64_t)16 << 20)   /* bytes in one read: between two, an interrupt is noticed */
#define OBJECT_LARGEST ((uint64_t)16 << 30) /* bytes in one piece: 2^31 list items */
#define STRADDLERS_LARGEST 4096
#define MISSED_LARGEST ((size_t)1 << 20) /* chunks: 64 GiB */

struct error *mirror_create(struct source *source, struct mirror **result)
{
	AUTO(mirror) struct mirror *mirror = calloc(1, sizeof *mirror);

	if (mirror == NULL)
		return error_memory();
	mirror->source = source;
	mirror->leaves = calloc(ROOT_LEAVES, sizeof *mirror->leaves);
	if (mirror->leaves == NULL)
		return error_memory();
	TRY(source->operations->ranges(source, &mirror->ranges, &mirror->range_count));
	TRY(regions_build(&mirror->regions, mirror->ranges, mirror->range_count));
	*result = steal(&mirror);
	return NULL;
}

void mirror_destroy(struct mirror *mirror)
{
	if (mirror == NULL)
		return;
	regions_deinit(&mirror->regions);
	vector_deinit(&mirror->missed);
	for (size_t i = 0; i < mirror->straddlers.count; i++)
		free(mirror->straddlers.items[i].data);
	for (size_t i = 0; mirror->leaves != NULL && i < ROOT_LEAVES; i++)
		free(mirror->leaves[i]);
	free(mirror->leaves);
	vector_deinit(&mirror->straddlers);
	error_destroy(mirror->error);
	free(mirror);
}

void mirror_adopt(struct mirror *mirror, struct mirror *donor)
{
	for (size_t i = 0; i < ROOT_LEAVES; i++) {
		free(donor->leaves[i]);
		donor->leaves[i] = NULL;
	}
	regions_adopt(&mirror->regions, &donor->regions);
	donor->frozen = true;
}

void mirror_fail(struct mirror *mirror, struct error *error)
{
	if (mirror->error == NULL)
		mirror->error = error;
	else
		error_destroy(error);
}

/* What a read of the target said. */
static void read_fail(struct mirror *mirror, struct error *error)
{
	if (!mirror->outlives || error->code != ERROR_GONE) {
		mirror_fail(mirror, error);
		return;
	}
	error_destroy(error);
	mirror->frozen = mirror->outlived = true;
}

/* The chunk to be filled, `address` being below ADDRESS_END; NULL without memory. */
static struct chunk *chunk_make(struct mirror *mirror, uint64_t address)
{
	uint64_t number = address >> MIRROR_CHUNK_BITS;
	struct chunk **leaf = &mirror->leaves[number >> LEAF_BITS];

	if (*leaf == NULL)
		*leaf = calloc(LEAF_CHUNKS, sizeof **leaf);
	if (*leaf == NULL) {
		mirror_fail(mirror, error_memory());
		return NULL;
	}
	return &(*leaf)[number & (LEAF_CHUNKS - 1)];
}

static void pages_note(struct mirror *mirror, uint64_t address, uint64_t size)
{
	for (uint64_t page = address; page + PAGE <= address + size; page += PAGE) {
		struct chunk *chunk = chunk_make(mirror, page);

		chunk->pages |= (uint16_t)(1u << (page >> PAGE_BITS) % 16);
	}
}

/* Reads [start, end), page-aligned and within one region and one reserve, to `data`. What can't be read is left out
 * page by page up to the end of its chunk; *stop says where reading ended. */
static bool fetch_part(struct mirror *mirror, uint64_t start, uint64_t end, uint8_t *data, uint64_t *stop)
{
	uint64_t at = start;
	bool torn = false;

	while (at < end && (!torn || at % MIRROR_CHUNK != 0)) {
		uint64_t until = torn ? (at + MIRROR_CHUNK) & ~(MIRROR_CHUNK - 1) : end;
		size_t want = (size_t)((until < end ? until : end) - at), got = 0;

		if (want > READ_LARGEST)
			want = READ_LARGEST;
		struct error *error =
			mirror->source->operations->read(mirror->source, at, data + (at - start), want, &got);
		if (error != NULL) {
			read_fail(mirror, error);
			return false;
		}
		got = got <= want ? got & ~(size_t)(PAGE - 1) : 0;
		pages_note(mirror, at, got);
		mirror->bytes += got;
		at += got;
		if (got < want) {
			torn = true;
			at += PAGE;
		}
	}
	*stop = at < end ? at : end;
	return true;
}

/* Whether a border or a gap runs through the chunk at `start`. */
static bool chunk_divided(const struct mirror *mirror, uint32_t region, uint64_t start)
{
	const struct region *first = &mirror->regions.regions.items[region];

	return first->start > start || first->end < start + MIRROR_CHUNK;
}

static void chunk_close(struct mirror *mirror, uint64_t start, struct chunk *chunk)
{
	if (chunk->pages == 0)
		chunk->state = CHUNK_FAILED;
	else if (chunk->pages == PAGES_ALL && !chunk_divided(mirror, chunk->region, start))
		chunk->state = CHUNK_FETCHED;
	else
		chunk->state = CHUNK_PARTIAL;
}

/* Prepares the unfetched chunks from `start` on that one read can fill, up to `end`; *stop is where they end. */
static bool fetch_prepare(struct mirror *mirror, uint64_t start, uint64_t end, uint64_t *stop)
{
	uint8_t *expected = NULL;
	uint64_t at = start;

	for (; at < end; at += MIRROR_CHUNK) {
		struct chunk *chunk = chunk_make(mirror, at);
		if (chunk == NULL)
			return false;
		if (chunk->state != CHUNK_UNFETCHED)
			break;
		uint32_t region = (uint32_t)regions_search(&mirror->regions, at);
		uint8_t *data =
			span_place(&mirror->regions.spans.items[mirror->regions.regions.items[region].span], at);
		if (data == NULL) {
			mirror_fail(mirror,
				    error_create_at(ERROR_MEMORY, at, "no address space left to mirror the target"));
			return false;
		}
		if (expected != NULL && (data != expected || chunk_divided(mirror, region, at)))
			break;
		chunk->data = data;
		chunk->region = region;
		expected = data + MIRROR_CHUNK;
	}
	*stop = at;
	return true;
}

static bool limit_holds(struct mirror *mirror, uint64_t wanted)
{
	if (mirror->limit == 0 || (mirror->bytes <= mirror->limit && wanted <= mirror->limit - mirror->bytes))
		return true;
	mirror_fail(mirror,
		    error_create(ERROR_MEMORY,
				 "the capture needs more than the %" PRIu64 " bytes that --max-memory allows: raise it",
				 mirror->limit));
	return false;
}

/* Fetches the unfetched chunks at the start of [start, end), which are chunk-aligned and hold bytes of some region.
 * Stops after a chunk with unreadable pages: an object across it can't be had anyhow. */
static bool fetch_run(struct mirror *mirror, uint64_t start, uint64_t end)
{
	uint64_t stop = start;

	if (!fetch_prepare(mirror, start, end, &stop) || !limit_holds(mirror, stop - start))
		return false;
	const struct chunk *first = chunk_peek(mirror, start);
	uint64_t done = start;
	for (size_t i = first->region;
	     i < mirror->regions.regions.count && mirror->regions.regions.items[i].start < stop; i++) {
		const struct region *region = &mirror->regions.regions.items[i];
		uint64_t from = region->start > start ? region->start : start;
		uint64_t to = region->end < stop ? region->end : stop;

		if (!fetch_part(mirror, from, to, first->data + (from - start), &done))
			return false;
		if (done < to)
			break;
	}
	for (uint64_t at = start; at < stop && (at < done || at == start); at += MIRROR_CHUNK)
		chunk_close(mirror, at, chunk_make(mirror, at));
	return true;
}

/* All pages of [address, address + size) are there: looks at the page bits of each chunk. */
static bool pages_there(const struct mirror *mirror, uint64_t address, uint64_t size)
{
	for (uint64_t at = address & ~(MIRROR_CHUNK - 1); at < address + size; at += MIRROR_CHUNK) {
		const struct chunk *chunk = chunk_peek(mirror, at);
		unsigned first = at < address ? (unsigned)((address - at) >> PAGE_BITS) : 0;
		uint64_t left = address + size - at;
		unsigned last = left < MIRROR_CHUNK ? (unsigned)((left - 1) >> PAGE_BITS) : 15;
		unsigned needed = ((2u << last) - 1) & ~((1u << first) - 1);

		if (chunk->state == CHUNK_UNFETCHED || (chunk->pages & needed) != needed)
			return false;
	}
	return true;
}

/* The region that holds all of [address, address + size), as a start index for chunk_peek's sake; NULL: none does. */
static const struct region *region_around(const struct mirror *mirror, uint64_t address, uint64_t size)
{
	if (size == 0 || size > OBJECT_LARGEST || address >= ADDRESS_END)
		return NULL;
	size_t index = regions_search(&mirror->regions, address);
	if (index == mirror->regions.regions.count)
		return NULL;
	const struct region *region = &mirror->regions.regions.items[index];

	return address >= region->start && size <= region->end - address ? region : NULL;
}

/* Bytes whose chunks are there and lie in more than one piece. */
static const void *straddler_find(const struct mirror *mirror, uint64_t address, uint64_t size)
{
	for (size_t i = 0; i < mirror->straddlers.count; i++) {
		const struct straddler *known = &mirror->straddlers.items[i];

		if (known->address <= address && size <= known->size && address - known->address <= known->size - size)
			return known->data + (address - known->address);
	}
	return NULL;
}

void straddler_fill(const struct mirror *mirror, const struct straddler *straddler)
{
	uint64_t end = straddler->address + straddler->size;

	for (uint64_t at = straddler->address; at < end;) {
		uint64_t step = MIRROR_CHUNK - at % MIRROR_CHUNK;
		if (step > end - at)
			step = end - at;
		memcpy(straddler->data + (at - straddler->address),
		       chunk_peek(mirror, at)->data + at % MIRROR_CHUNK, step);
		at += step;
	}
}

static const void *straddler_make(struct mirror *mirror, uint64_t address, uint64_t size)
{
	AUTO(free) void *data = mirror->straddlers.count < STRADDLERS_LARGEST ? malloc(size) : NULL;

	if (data == NULL)
		return NULL;
	const struct straddler straddler = {address, size, data};
	straddler_fill(mirror, &straddler);
	struct error *error = vector_push(&mirror->straddlers, straddler);
	if (error != NULL) {
		mirror_fail(mirror, error);
		return NULL;
	}
	return steal(&data);
}

static const void *mirror_there(const struct mirror *mirror, const struct region *region, uint64_t address,
				uint64_t size)
{
	if (!pages_there(mirror, address, size))
		return NULL;
	if (span_divides(&mirror->regions.spans.items[region->span], address, size))
		return straddler_find(mirror, address, size);
	return chunk_peek(mirror, address)->data + address % MIRROR_CHUNK;
}

static void mirror_miss(struct mirror *mirror, uint64_t address)
{
	uint64_t start = address & ~(MIRROR_CHUNK - 1);
	struct error *error = NULL;

	if (chunk_peek(mirror, start)->state != CHUNK_UNFETCHED)
		return;
	if (mirror->missed.count > 0 && mirror->missed.items[mirror->missed.count - 1] == start)
		return;
	if (mirror->missed.count < MISSED_LARGEST)
		error = vector_push(&mirror->missed, start);
	if (error != NULL)
		mirror_fail(mirror, error);
}

static const void *mirror_fetch(struct mirror *mirror, uint64_t address, uint64_t size)
{
	const struct region *region = region_around(mirror, address, size);

	if (region == NULL)
		return NULL;
	uint64_t end = (address + size + MIRROR_CHUNK - 1) & ~(MIRROR_CHUNK - 1);
	for (uint64_t at = address & ~(MIRROR_CHUNK - 1); at < end && mirror->frozen; at += MIRROR_CHUNK)
		mirror_miss(mirror, at);
	for (uint64_t at = address & ~(MIRROR_CHUNK - 1); at < end && !mirror->frozen && mirror->error == NULL;) {
		const struct chunk *chunk = chunk_peek(mirror, at);

		if (chunk->state == CHUNK_UNFETCHED && !fetch_run(mirror, at, end))
			return NULL;
		uint64_t from = at > address ? at : address, next = at + MIRROR_CHUNK;
		if (!pages_there(mirror, from, (next < address + size ? next : address + size) - from))
			return NULL;
		at = next;
	}
	const void *data = mirror_there(mirror, region, address, size);
	if (data == NULL && pages_there(mirror, address, size))
		return straddler_make(mirror, address, size);
	return data;
}

const void *mirror_at(struct mirror *mirror, uint64_t address, uint64_t size)
{
	const struct chunk *chunk = chunk_peek(mirror, address);
	uint64_t offset = address % MIRROR_CHUNK;

	if (chunk->state == CHUNK_FETCHED && size - 1 < MIRROR_CHUNK - offset)
		return chunk->data + offset;
	return mirror_fetch(mirror, address, size);
}

const void *mirror_peek(const struct mirror *mirror, uint64_t address, uint64_t size)
{
	const struct chunk *chunk = chunk_peek(mirror, address);
	uint64_t offset = address % MIRROR_CHUNK;

	if (chunk->state == CHUNK_FETCHED && size - 1 < MIRROR_CHUNK - offset)
		return chunk->data + offset;
	const struct region *region = region_around(mirror, address, size);
	return region != NULL ? mirror_there(mirror, region, address, size) : NULL;
}

void mirror_freeze(struct mirror *mirror)
{
	mirror->frozen = true;
}

void mirror_outlive(struct mirror *mirror)
{
	mirror->outlives = true;
}

bool mirror_outlived(const struct mirror *mirror)
{
	return mirror->outlived;
}

void mirror_limit(struct mirror *mirror, uint64_t bytes)
{
	mirror->limit = bytes;
}

void mirror_thaw(struct mirror *mirror)
{
	mirror->frozen = false;
}

/* Scans leaves for chunks that were looked at; O(leaves) between two runs. */
bool mirror_next_run(const struct mirror *mirror, uint64_t address, struct mirror_run *run)
{
	uint64_t number = (address + MIRROR_CHUNK - 1) >> MIRROR_CHUNK_BITS, limit = ROOT_LEAVES << LEAF_BITS;

	while (number < limit) {
		if (mirror->leaves[number >> LEAF_BITS] == NULL)
			number = ((number >> LEAF_BITS) + 1) << LEAF_BITS;
		else if (chunk_peek(mirror, number << MIRROR_CHUNK_BITS)->state == CHUNK_UNFETCHED)
			number++;
		else
			break;
	}
	if (number >= limit)
		return false;
	run->start = number << MIRROR_CHUNK_BITS;
	while (number < limit && chunk_peek(mirror, number << MIRROR_CHUNK_BITS)->state != CHUNK_UNFETCHED)
		number++;
	run->end = number << MIRROR_CHUNK_BITS;
	return true;
}

void mirror_prefetch(struct mirror *mirror, const struct mirror_run *run)
{
	uint64_t at = run->start;

	while (at < run->end && !mirror->frozen && mirror->error == NULL) {
		size_t index = regions_search(&mirror->regions, at);
		const struct region *region;
		uint64_t end;

		if (index == mirror->regions.regions.count)
			return;
		region = &mirror->regions.regions.items[index];
		if ((region->start & ~(MIRROR_CHUNK - 1)) > at)
			at = region->start & ~(MIRROR_CHUNK - 1);
		end = (region->end + MIRROR_CHUNK - 1) & ~(MIRROR_CHUNK - 1);
		if (end > run->end)
			end = run->end;
		for (; at < end && mirror->error == NULL; at += MIRROR_CHUNK)
			if (chunk_peek(mirror, at)->state == CHUNK_UNFETCHED && !fetch_run(mirror, at, end))
				return;
	}
}

size_t mirror_missed(const struct mirror *mirror, const uint64_t **chunks)
{
	*chunks = mirror->missed.items;
	return mirror->missed.count;
}

const struct error *mirror_error(const struct mirror *mirror)
{
	return mirror->error;
}

uint64_t mirror_bytes(const struct mirror *mirror)
{
	return mirror->bytes;
}

/* Neighbours in memory are asked for one after the other: the last answer is mostly the next. */
const struct source_range *mirror_range(struct mirror *mirror, uint64_t address)
{
	size_t low = 0, high = mirror->range_count;
	const struct source_range *last = mirror->last_range;

	if (last != NULL && last->start <= address && address < last->end)
		return last;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mirror->ranges[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == mirror->range_count || mirror->ranges[low].start > address)
		return NULL;
	return mirror->last_range = &mirror->ranges[low];
}

bool mirror_mapped(struct mirror *mirror, uint64_t address)
{
	return mirror_range(mirror, address) != NULL;
}

bool mirror_in_file(struct mirror *mirror, uint64_t address)
{
	const struct source_range *range = mirror_range(mirror, address);

	return range != NULL && range->path != NULL && range->path[0] == '/';
}

const struct source_range *mirror_ranges(const struct mirror *mirror, size_t *count)
{
	*count = mirror->range_count;
	return mirror->ranges;
}

bool mirror_string(struct mirror *mirror, uint64_t address, char *buffer, size_t size)
{
	size_t length = 0;

	while (length + 1 < size) {
		uint64_t at = address + length;
		size_t step = (size_t)(PAGE - at % PAGE);
		if (step > size - 1 - length)
			step = size - 1 - length;
		const char *text = mirror_at(mirror, at, step);
		if (text == NULL)
			return false;
		const char *end = memchr(text, '\0', step);
		if (end != NULL) {
			memcpy(buffer + length, text, (size_t)(end - text) + 1);
			return true;
		}
		memcpy(buffer + length, text, step);
		length += step;
	}
	/* a string of exactly size - 1 bytes ends just beyond what was copied */
	const char *last = size > 0 ? mirror_at(mirror, address + length, 1) : NULL;
	if (last == NULL || *last != '\0')
		return false;
	buffer[length] = '\0';
	return true;
}
