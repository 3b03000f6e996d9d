/* Regions: cuts the ranges of a source into stretches that an object can lie in, and gives them room.
 *
 * A reserve is mapped memory to which the system gives pages only as they are filled. A span of up to 256 GiB gets one; a larger one, or
 * one for which no such stretch is free, gets pieces of 1 GiB where it is touched. O(ranges) to build, O(log regions) to
 * search.
 */
#include "dumper/regions.h"

#include <stdlib.h>
#include <sys/mman.h>

#define SPAN_WHOLE_LARGEST ((uint64_t)256 << 30) /* reserved whole; above in pieces */
#define GUARD_LARGEST ((uint64_t)64 << 10)       /* an unreadable range of up to this size is a stack's guard */

void regions_init(struct regions *regions)
{
	memset(regions, 0, sizeof *regions);
}

static void span_deinit(struct span *span)
{
	if (span->whole != NULL)
		munmap(span->whole, span->end - span->start);
	for (size_t i = 0; i < span->piece_count; i++) {
		if (span->pieces[i] != NULL)
			munmap(span->pieces[i], PIECE);
	}
	free(span->pieces);
}

void regions_deinit(struct regions *regions)
{
	for (size_t i = 0; i < regions->spans.count; i++)
		span_deinit(&regions->spans.items[i]);
	vector_deinit(&regions->regions);
	vector_deinit(&regions->spans);
}

/* Device memory is not the heap, and the kernel's own pages can't be read from outside. */
static bool range_wanted(const struct source_range *range)
{
	const char *path = range->path;

	if (!range->readable || range->end > ADDRESS_END)
		return false;
	if (path == NULL)
		return true;
	if (strncmp(path, "[vvar", 5) == 0 || strcmp(path, "[vsyscall]") == 0)
		return false;
	return strncmp(path, "/dev/", 5) != 0 || strncmp(path, "/dev/shm/", 9) == 0 ||
	       strncmp(path, "/dev/zero", 9) == 0;
}

/* The main thread's stack by its name, another's by the guard below it. */
static bool range_is_stack(const struct source_range *ranges, size_t index)
{
	const struct source_range *range = &ranges[index], *below = index > 0 ? range - 1 : NULL;

	if (range->path != NULL)
		return strncmp(range->path, "[stack", 6) == 0;
	return below != NULL && range->writable && below->end == range->start && !below->readable &&
	       below->path == NULL && below->end - below->start <= GUARD_LARGEST;
}

static struct error *regions_add(struct regions *regions, const struct source_range *range, bool border)
{
	struct region *last = regions->regions.count > 0 ? &regions->regions.items[regions->regions.count - 1] : NULL;
	uint64_t start = range->start & ~(MIRROR_CHUNK - 1);
	uint64_t end = (range->end + MIRROR_CHUNK - 1) & ~(MIRROR_CHUNK - 1);

	if (last != NULL && last->end == range->start && !border) {
		last->end = range->end;
		regions->spans.items[last->span].end = end;
		return NULL;
	}
	if (last == NULL || regions->spans.items[last->span].end < start)
		TRY(vector_push(&regions->spans, (struct span){.start = start, .end = end}));
	regions->spans.items[regions->spans.count - 1].end = end;
	return vector_push(&regions->regions, (struct region){.start = range->start,
							      .end = range->end,
							      .span = (uint32_t)(regions->spans.count - 1)});
}

struct error *regions_build(struct regions *regions, const struct source_range *ranges, size_t count)
{
	bool stack_before = false;
	uint64_t end_before = 0;

	for (size_t i = 0; i < count; i++) {
		const struct source_range *range = &ranges[i];

		if (range->start >= range->end || range->start < end_before ||
		    ((range->start | range->end) & (PAGE - 1)) != 0)
			return error_create_at(ERROR_FAULT, range->start,
					       "the target's address ranges are out of order");
		end_before = range->end;
		if (!range_wanted(range))
			continue;
		bool stack = range_is_stack(ranges, i);
		TRY(regions_add(regions, range, stack || stack_before));
		stack_before = stack;
	}
	return NULL;
}

size_t regions_search(const struct regions *regions, uint64_t address)
{
	size_t low = 0, high = regions->regions.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (regions->regions.items[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static uint8_t *reserve(uint64_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory != MAP_FAILED ? memory : NULL;
}

static struct span *span_around(struct regions *regions, const struct span *old)
{
	for (size_t i = 0; i < regions->spans.count; i++) {
		struct span *span = &regions->spans.items[i];

		if (span->start <= old->start && span->end >= old->end)
			return span;
	}
	return NULL;
}

/* The kernel moves the page tables: no byte is copied. A reserve that was itself put together from several can't be moved by
 * older kernels, which by then have unmapped the place it should go to: that is filled again. */
static void span_move(struct span *span, struct span *old)
{
	uint64_t size = old->end - old->start;
	uint8_t *place;

	if (span->whole == NULL && span->pieces == NULL && span->end - span->start <= SPAN_WHOLE_LARGEST)
		span->whole = reserve(span->end - span->start);
	if (span->whole == NULL)
		return;
	place = span->whole + (old->start - span->start);
	if (mremap(old->whole, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, place) != MAP_FAILED)
		old->whole = NULL;
	else if (mmap(place, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		      0) == MAP_FAILED)
		span->whole = NULL; /* with a hole it is worth nothing; that much address space is lost to us */
}

static void span_adopt(struct span *span, struct span *old)
{
	if (span->whole != NULL || span->pieces != NULL || span->start != old->start || span->end != old->end) {
		span_move(span, old);
		return;
	}
	span->whole = old->whole;
	old->whole = NULL;
}

void regions_adopt(struct regions *regions, struct regions *old)
{
	for (size_t i = 0; i < old->spans.count; i++) {
		struct span *from = &old->spans.items[i];
		struct span *to = from->whole != NULL ? span_around(regions, from) : NULL;

		if (to != NULL)
			span_adopt(to, from);
	}
}

uint8_t *span_place(struct span *span, uint64_t address)
{
	uint64_t size = span->end - span->start, offset = address - span->start;

	if (span->whole == NULL && span->pieces == NULL) {
		if (size <= SPAN_WHOLE_LARGEST)
			span->whole = reserve(size);
		if (span->whole == NULL) {
			span->piece_count = (size + PIECE - 1) / PIECE;
			span->pieces = calloc(span->piece_count, sizeof *span->pieces);
		}
	}
	if (span->whole != NULL)
		return span->whole + offset;
	if (span->pieces != NULL && span->pieces[offset / PIECE] == NULL)
		span->pieces[offset / PIECE] = reserve(PIECE);
	if (span->pieces == NULL || span->pieces[offset / PIECE] == NULL) {
		if (span->pieces == NULL)
			span->piece_count = 0;
		return NULL;
	}
	return span->pieces[offset / PIECE] + offset % PIECE;
}

bool span_divides(const struct span *span, uint64_t address, uint64_t size)
{
	return span->whole == NULL && (address - span->start) / PIECE != (address + size - 1 - span->start) / PIECE;
}
