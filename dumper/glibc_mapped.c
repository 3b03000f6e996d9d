/* Which blocks of malloc are mappings of their own?
 *
 * They begin a page, with a header whose size is a number of pages and whose flag says what they are: looked for at the beginning of
 * what is mapped and behind each arena and block that is known. Cost: a read of 16 bytes a page that is not known otherwise, of
 * at most STEPS_UNKNOWN_MAX pages.
 */
#include "dumper/glibc_mapped.h"

#include "base/bytes.h"
#include "dumper/glibc_parts.h"

#include <string.h>

#define MAPPED_MAX 8192u         /* blocks */
#define STEPS_UNKNOWN_MAX 16384u /* pages that begin no block and are looked at for it, of the whole process */

/* Since 2.43 its head does not count to its size. */
static bool is_mapped_chunk(const uint8_t *bytes, uint64_t at, uint64_t end, uint64_t *size)
{
	uint64_t before = load_u64(bytes), head = load_u64(bytes + 8);

	*size = head & ~(uint64_t)BITS;
	if ((*size + CHUNK_HEAD) % PAGE == 0)
		*size += CHUNK_HEAD;
	return before == 0 && (head & BITS) == BIT_MAPPED && *size % PAGE == 0 && *size > 0 && *size <= end - at;
}

static struct error *search_mapping(const struct glibc_input *input, const struct source_range *range,
				    unsigned *steps, struct glibc_mapped *mapped)
{
	for (uint64_t at = range->start; *steps < STEPS_UNKNOWN_MAX && mapped->addresses.count < MAPPED_MAX;) {
		uint64_t size = 0;
		uint8_t head[CHUNK_HEAD];
		size_t got = 0;

		uint64_t heap = footprint_base_end(input->footprint, MEMORY_MALLOC_UNWALKED, at);

		at = footprint_next_unknown(input->footprint, heap != 0 ? heap : at);
		if (at >= range->end)
			break;
		TRY(input->source->operations->read(input->source, at, head, sizeof head, &got));
		if (got == sizeof head && is_mapped_chunk(head, at, range->end, &size)) {
			TRY(vector_push(&mapped->addresses, at));
			at += size;
		} else {
			++*steps;
			at += PAGE;
		}
	}
	return NULL;
}

struct error *glibc_find_mapped(const struct glibc_input *input, struct glibc_mapped *mapped)
{
	const struct memory_map *map = footprint_map(input->footprint);
	unsigned steps = 0;

	for (size_t i = 0; i < map->mappings.count; i++) {
		const struct source_range *range = &map->mappings.items[i].range;

		if (footprint_heap(input->footprint, range->start) != NULL &&
		    (range->path == NULL || strcmp(range->path, "[heap]") != 0))
			TRY(search_mapping(input, range, &steps, mapped));
	}
	return NULL;
}

struct error *glibc_add_mapped(const struct glibc_input *input, const struct glibc_mapped *mapped)
{
	for (size_t i = 0; i < mapped->addresses.count; i++) {
		uint64_t at = mapped->addresses.items[i], size;
		const struct memory_mapping *mapping = footprint_heap(input->footprint, at);
		uint8_t head[CHUNK_HEAD];
		size_t got = 0;

		if (mapping == NULL)
			continue;
		TRY(input->source->operations->read(input->source, at, head, sizeof head, &got));
		if (got == sizeof head && is_mapped_chunk(head, at, mapping->range.end, &size))
			TRY(footprint_add(input->footprint, PART_USED, at, size));
	}
	return NULL;
}
