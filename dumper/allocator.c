/* Answers: which allocator does this interpreter use for its objects?
 *
 * Evidence comes before what a table says. Objects of a fixed size are looked at, up to some thousand of them, all
 * over the heap. In front of what the debug hooks hand out stand a letter for the kind of memory and seven bytes 0xfd;
 * what pymalloc hands out lies in its arenas; glibc's malloc keeps the size of each block in front of it. Where two
 * thirds of the objects agree, that is the allocator. mimalloc leaves no such traces: it is told where the runtime's
 * own table (3.12 and later) names a function of the runtime that is not the one for raw memory, and no arena is
 * there. All else is unknown.
 */
#include "dumper/allocator.h"

#include "base/bytes.h"

#define SAMPLES 4096u               /* objects looked at */
#define STRIDE ((uint64_t)64 << 10) /* bytes from one to the next at least, where there are many times as many */
#define MANY 16u
#define DEBUG_BEHIND 8u    /* bytes */
#define FENCE 0xfd         /* what the debug hooks surround memory with */
#define CHUNK_FLAGS 7u     /* low bits of the size of one of glibc's chunks */
#define CHUNK_HEAD 8u      /* bytes of it that a block does not have to itself */
#define CHUNK_SLACK 32u    /* bytes that a chunk may be larger than it has to be */
#define DOMAINS 3u         /* raw, mem, obj */
#define ALLOCATOR_WORDS 5u /* PyMemAllocatorEx: context, malloc, calloc, realloc, free */

struct sample { /* what the objects looked at say */
	uint64_t count, debug, arena, chunk;
};

/* --- what the objects say --- */

/* Bytes that an instance was allocated with, 0 where that isn't the same for all. */
static uint64_t fixed_size(const struct type *type)
{
	bool own_size = type->itemsize != 0 || type->inline_values || type->dictoffset < 0;

	switch (type->decoder) {
	case DECODE_STR:
	case DECODE_FRAME:
	case DECODE_GENERATOR:
	case DECODE_TYPE:
	case DECODE_MOMENT:
		return 0;
	default:
		return own_size ? 0 : (uint64_t)type->basicsize + type->preheader;
	}
}

static bool fenced(struct mirror *mirror, uint64_t start)
{
	const uint8_t *bytes = mirror_peek(mirror, start - 8, 8);

	if (bytes == NULL || (bytes[0] != 'o' && bytes[0] != 'm' && bytes[0] != 'r'))
		return false;
	for (int i = 1; i < 8; i++)
		if (bytes[i] != FENCE)
			return false;
	return true;
}

/* A chunk's size stands in the word in front of what malloc handed out, and is a multiple of 16. */
static bool chunked(struct mirror *mirror, uint64_t block, uint64_t size)
{
	const uint8_t *bytes = mirror_peek(mirror, block - 8, 8);
	uint64_t chunk = bytes != NULL ? load_u64(bytes) & ~(uint64_t)CHUNK_FLAGS : 0;

	return chunk % 16 == 0 && chunk >= size + CHUNK_HEAD && chunk <= size + CHUNK_HEAD + CHUNK_SLACK;
}

static void sample_add(struct sample *sample, struct decoder *decoder, const struct pools *pools, uint64_t address)
{
	const uint8_t *head = mirror_peek(decoder->mirror, address, (uint64_t)decoder->layout->object_head);
	uint32_t index = head == NULL ? UINT32_MAX
				      : type_table_peek(decoder->types, load_u64(head + decoder->layout->object_type));
	uint64_t size, start, block;
	bool debug;

	if (index == UINT32_MAX || mirror_in_file(decoder->mirror, address))
		return;
	size = fixed_size(type_table_at(decoder->types, index));
	if (size == 0 || size + ALLOCATOR_DEBUG_BEFORE + DEBUG_BEHIND > (uint64_t)decoder->layout->pool_block_largest)
		return;
	start = address - type_table_at(decoder->types, index)->preheader;
	debug = fenced(decoder->mirror, start);
	if (debug) {
		start -= ALLOCATOR_DEBUG_BEFORE;
		size += ALLOCATOR_DEBUG_BEFORE + DEBUG_BEHIND;
	}
	sample->count++;
	sample->debug += debug;
	sample->arena += pools_search(pools, address, &block) != NULL;
	sample->chunk += chunked(decoder->mirror, start, size);
}

static struct sample take_sample(struct decoder *decoder, const struct marks *marks, const struct pools *pools)
{
	uint64_t step = marks_count(marks) / SAMPLES < MANY ? 8 : STRIDE;
	struct sample sample = {0};

	for (uint64_t at = 0; sample.count < SAMPLES && marks_next(marks, at, &at); at += step)
		sample_add(&sample, decoder, pools, at);
	return sample;
}

static bool most(uint64_t some, uint64_t all)
{
	return all > 0 && 3 * some >= 2 * all;
}

/* --- what the runtime's table says --- */

/* The functions that memory of a domain comes from in the end, behind the debug hooks where these are there. */
static const uint8_t *table_at(struct decoder *decoder, const struct runtime *runtime, unsigned domain, bool debug)
{
	const struct layout *layout = decoder->layout;
	uint64_t size = 8 * ALLOCATOR_WORDS;

	if (layout->runtime_allocators < 0)
		return NULL;
	if (!debug)
		return mirror_peek(decoder->mirror,
				   runtime->address + (uint64_t)layout->runtime_allocators + domain * size, size);
	return mirror_peek(decoder->mirror,
			   runtime->address + (uint64_t)layout->runtime_debug_allocators + domain * (size + 8) + 8,
			   size);
}

/* Whether objects come from a function of the runtime's own file, without hooks around it. */
static bool table_names_own(struct decoder *decoder, const struct runtime *runtime, bool debug)
{
	const uint8_t *object = table_at(decoder, runtime, DOMAINS - 1, debug);
	const struct source_range *range;

	if (object == NULL || load_u64(object) != 0)
		return false;
	range = mirror_range(decoder->mirror, load_u64(object + 8));
	return range != NULL && range->path != NULL && strcmp(range->path, runtime->path) == 0;
}

/* Whether objects and raw memory come from the same function. */
static bool table_names_raw(struct decoder *decoder, const struct runtime *runtime, bool debug)
{
	const uint8_t *object = table_at(decoder, runtime, DOMAINS - 1, debug);
	const uint8_t *raw = table_at(decoder, runtime, 0, debug);

	return object != NULL && raw != NULL && load_u64(object + 8) != 0 && load_u64(object + 8) == load_u64(raw + 8);
}

struct allocator allocator_judge(struct decoder *decoder, const struct runtime *runtime, const struct marks *marks,
				 const struct pools *pools)
{
	struct sample sample = take_sample(decoder, marks, pools);
	struct allocator allocator = {.name = "unknown", .debug = most(sample.debug, sample.count)};

	if (most(sample.arena, sample.count))
		allocator.name = allocator.debug ? "pymalloc_debug" : "pymalloc";
	else if (most(sample.chunk, sample.count) || table_names_raw(decoder, runtime, allocator.debug))
		allocator.name = allocator.debug ? "malloc_debug" : "malloc";
	else if (decoder->layout->mimalloc && sample.arena == 0 && table_names_own(decoder, runtime, allocator.debug))
		allocator.name = allocator.debug ? "mimalloc_debug" : "mimalloc";
	return allocator;
}
