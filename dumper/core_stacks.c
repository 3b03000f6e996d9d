/* Core stacks: which stacks of threads could whoever wrote the core not read, so that zeros stand for them?
 *
 * gcore copies a mapping piece by piece. At a page that may not be read it warns and goes on with the next mapping, while
 * the headers still promise the whole of this one: what was not written reads as zeros. Threads run into this, as a guard
 * page can lie inside their stack's mapping (MADV_GUARD_INSTALL, which glibc uses since 2.42) and at its lower end, so
 * that all of the stack is gone. A thread that runs has return addresses above its stack pointer, and its start above
 * those: where it has nothing but zeros up to the end of the segment, they are not its memory. Taken for memory they
 * would say that no call was there. Cost: reads the segments that stack pointers lie in, from the end to the last byte
 * that is not 0.
 */
#include "dumper/core_stacks.h"

#include <stdlib.h>
#include <string.h>

#define STEP UINT64_C(65536)
#define PAGE UINT64_C(4096)
#define UNKNOWN UINT64_MAX

static bool all_zeros(const uint8_t *bytes, size_t size)
{
	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* Bytes of a segment up to the last one that is not 0. */
static struct error *filled_bytes(const struct core *core, const struct core_segment *segment, uint64_t *filled)
{
	AUTO(free) void *memory = malloc(STEP);
	uint8_t *bytes = memory;
	uint64_t end = segment->held;

	if (bytes == NULL)
		return error_memory();
	while (end > 0) {
		size_t size = (size_t)(end % STEP != 0 ? end % STEP : STEP), got;

		TRY(core_read(core, segment->start + end - size, bytes, size, &got));
		while (!all_zeros(bytes, got) && bytes[got - 1] == 0)
			got--;
		if (!all_zeros(bytes, got)) {
			end -= size - got;
			break;
		}
		end -= size;
	}
	*filled = end;
	return NULL;
}

static void take_blank(struct core_segment *segment, uint64_t filled)
{
	uint64_t kept = (filled + PAGE - 1) & ~(PAGE - 1);

	segment->blank = segment->held - kept;
	segment->held = kept;
}

struct error *core_stacks_check(struct core *core)
{
	AUTO(free) void *memory = malloc((core->segments.count + 1) * sizeof(uint64_t));
	uint64_t *filled = memory; /* of each segment that a stack pointer lies in */

	if (filled == NULL)
		return error_memory();
	for (size_t i = 0; i < core->segments.count; i++)
		filled[i] = UNKNOWN;
	for (size_t i = 0; i < core->stack_pointers.count; i++) {
		uint64_t at = core->stack_pointers.items[i];
		const struct core_segment *found = core_segment_at(core, at);
		size_t index = found != NULL ? (size_t)(found - core->segments.items) : 0;

		if (found == NULL || found->held < found->end - found->start)
			continue; /* not all of it is there, and that is known */
		if (filled[index] == UNKNOWN)
			TRY(filled_bytes(core, found, &filled[index]));
		if (at - found->start >= filled[index])
			take_blank(&core->segments.items[index], filled[index]);
	}
	return NULL;
}
