/* Where does the memory of the process go?
 *
 * The kinds of memory, each byte of which is of one, are the file's; what is within the arenas is counted pool by pool. Files
 * without kinds have RSS alone, and what the arenas don't explain of it is unexplained.
 */
#include "analyzer/waterfall.h"

#include "base/bytes.h"

#include <string.h>

/* Kinds that the file may have, in the order of the lines, and the lines that gather some of them. */
static const struct kind_line {
	const char *name, *parent, *title, *description;
	bool gathers; /* it is no kind, but what its own lines add up to */
} kind_lines[] = {
	{"arenas", "process", "pymalloc's arenas", "memory for blocks of up to 512 bytes", false},
	{"object_buffers", "process", "objects outside of arenas", "with buffers: the large ones, if there are arenas",
	 false},
	{"malloc", "process", "C code's heap", "blocks of malloc that are no object's", true},
	{"malloc_used", "malloc", "used blocks", "given out, with headers and padding", false},
	{"malloc_cached", "malloc", "cached blocks", "freed, kept for a thread", false},
	{"malloc_free", "malloc", "free blocks", "freed, and not returned to the system", false},
	{"malloc_unwalked", "malloc", "not followed", "blocks that could not be followed, or were too many", false},
	{"stacks", "process", "stacks", "of the threads", false},
	{"files", "process", "mapped files", "programs and libraries most of all", true},
	{"files_code", "files", "code", NULL, false},
	{"files_data", "files", "data", "what may be written, and zeros behind it", false},
	{"files_constant", "files", "constants", "what may only be read", false},
	{"shared", "process", "shared memory", "of several processes, and of no file", false},
	{"kernel", "process", "the kernel's pages", "that it maps into each process", false},
	{"reserved", "process", "reserved", "address space that can't be accessed", false},
	{"undivided", "process", "undivided", "of several kinds, whose pages can't be told apart", false},
	{"anonymous", "process", "unexplained", "private memory that nobody known here has", false},
};
#define KIND_LINES (sizeof kind_lines / sizeof *kind_lines)

static struct error *add_line(struct waterfall *waterfall, const struct waterfall_line *line, uint32_t *number)
{
	*number = (uint32_t)waterfall->lines.count;
	return vector_push(&waterfall->lines, *line);
}

uint32_t waterfall_find(const struct waterfall *waterfall, const char *name)
{
	for (uint32_t i = 0; i < waterfall->lines.count; i++)
		if (strcmp(waterfall->lines.items[i].name, name) == 0)
			return i;
	return WATERFALL_TOP;
}

/* --- inside the arenas ------------------------------------------------------------------------------------------------ */

struct arena_sums { /* bytes, but what is called a count */
	uint64_t size, in_use, capacity, used, free_pools, ends, unread;
	uint64_t objects, buffers, orphans;
	uint64_t arena_count, pool_count, free_pool_count, unread_count;
	uint64_t used_count, free_count, object_count, buffer_count, orphan_count;
};

static struct arena_sums sum_arenas(const struct occupancy *occupancy)
{
	const struct allocator *allocator = occupancy->allocator;
	struct arena_sums sums = {.arena_count = allocator->arenas.count, .pool_count = allocator->pools.count};
	for (size_t a = 0; a < allocator->arenas.count; a++) {
		const struct arena_place *arena = &allocator->arenas.items[a];
		uint64_t unread = arena->pools - arena->free_pools - arena->in_use;
		sums.size += arena->size;
		sums.in_use += arena->in_use * arena->pool_size;
		sums.free_pools += arena->free_pools * arena->pool_size;
		sums.free_pool_count += arena->free_pools;
		sums.unread += unread * arena->pool_size;
		sums.unread_count += unread;
		sums.ends += arena->size - arena->pools * arena->pool_size;
	}
	for (size_t p = 0; p < allocator->pools.count; p++) {
		const struct pool_place *pool = &allocator->pools.items[p];
		const struct pool_occupancy *in = &occupancy->pools[p];
		sums.capacity += (uint64_t)pool->capacity * pool->block_size;
		sums.used += (uint64_t)pool->used * pool->block_size;
		sums.used_count += pool->used;
		sums.free_count += pool->capacity - pool->used;
		sums.objects += (uint64_t)in->objects * pool->block_size;
		sums.object_count += in->objects;
		sums.buffers += (uint64_t)in->buffers * pool->block_size;
		sums.buffer_count += in->buffers;
		sums.orphans += (uint64_t)in->orphans * pool->block_size;
		sums.orphan_count += in->orphans;
	}
	return sums;
}

struct inner_line {
	const char *name, *title, *description;
	uint64_t size, count;
};

static struct error *add_inner(struct waterfall *waterfall, uint32_t parent, const struct inner_line *inner,
			       uint32_t *number)
{
	struct waterfall_line line = {.name = inner->name,
				      .title = inner->title,
				      .description = inner->description,
				      .parent = parent,
				      .resident = META_ABSENT,
				      .size = inner->size,
				      .count = inner->count};
	return add_line(waterfall, &line, number);
}

static struct error *add_lines(struct waterfall *waterfall, uint32_t parent, const struct inner_line *lines,
			       size_t count)
{
	uint32_t number;
	for (size_t i = 0; i < count; i++)
		if (lines[i].size > 0)
			TRY(add_inner(waterfall, parent, &lines[i], &number));
	return NULL;
}

static struct error *add_blocks(struct waterfall *waterfall, uint32_t pools, const struct arena_sums *sums)
{
	const struct inner_line used = {"used_blocks", "used blocks", NULL, sums->used, sums->used_count};
	uint64_t known = sums->objects + sums->buffers + sums->orphans;
	const struct inner_line within[] = {
		{"objects", "objects", "heads of objects, with what is in their block", sums->objects,
		 sums->object_count},
		{"buffers", "buffers of objects", "items, tables, values", sums->buffers, sums->buffer_count},
		{"orphans", "orphans", "objects that nothing refers to", sums->orphans, sums->orphan_count},
		{"unknown_blocks", "unexplained", "C code's, or not told by the snapshot", sums->used - known,
		 sums->used_count - sums->object_count - sums->buffer_count - sums->orphan_count},
	};
	const struct inner_line beside[] = {
		{"free_blocks", "free blocks", "in pools that have used ones", sums->capacity - sums->used,
		 sums->free_count},
		{"pool_overhead", "headers of pools", "and what is too short for a block",
		 sums->in_use - sums->capacity, META_ABSENT},
	};
	uint32_t number;
	TRY(add_inner(waterfall, pools, &used, &number));
	TRY(add_lines(waterfall, number, within, sizeof within / sizeof *within));
	return add_lines(waterfall, pools, beside, sizeof beside / sizeof *beside);
}

static struct error *add_inside(struct waterfall *waterfall, uint32_t arenas, const struct arena_sums *sums)
{
	const struct inner_line pools = {"pools", "pools in use", "with a used block", sums->in_use, sums->pool_count};
	const struct inner_line beside[] = {
		{"free_pools", "free pools", "without a used block, some never touched", sums->free_pools,
		 sums->free_pool_count},
		{"arena_ends", "ends of arenas", "too short for a pool", sums->ends, META_ABSENT},
		{"unread_pools", "unexplained", "pools that could not be read", sums->unread, sums->unread_count},
	};
	uint32_t number;
	TRY(add_inner(waterfall, arenas, &pools, &number));
	TRY(add_blocks(waterfall, number, sums));
	return add_lines(waterfall, arenas, beside, sizeof beside / sizeof *beside);
}

/* --- kinds of memory -------------------------------------------------------------------------------------------------- */

static void add_to(struct waterfall_line *line, const struct memory_kind_row *kind)
{
	line->size = saturating_add(line->size, kind->size);
	line->resident = saturating_add(line->resident, kind->resident);
}

static bool is_something(const struct waterfall_line *line)
{
	return (line->size != 0 && line->size != META_ABSENT) || (line->resident != 0 && line->resident != META_ABSENT);
}

/* All rows of the line's name, which a good file has one of. */
static struct error *add_kind(struct waterfall *waterfall, struct reader *reader, const struct kind_line *known,
			      const struct memory_kind_row *kinds, size_t count, uint32_t *number)
{
	struct waterfall_line line = {.name = known->name,
				      .title = known->title,
				      .description = known->description,
				      .parent = waterfall_find(waterfall, known->parent),
				      .count = META_ABSENT};
	for (size_t i = 0; !known->gathers && i < count; i++)
		if (strcmp(reader_string(reader, kinds[i].name, NULL), known->name) == 0)
			add_to(&line, &kinds[i]);
	TRY(add_line(waterfall, &line, number));
	if (line.parent == 0)
		return NULL;
	struct waterfall_line *gathering = &waterfall->lines.items[line.parent];
	gathering->size = saturating_add(gathering->size, line.size);
	gathering->resident = saturating_add(gathering->resident, line.resident);
	return NULL;
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < KIND_LINES; i++)
		if (!kind_lines[i].gathers && strcmp(kind_lines[i].name, name) == 0)
			return true;
	return false;
}

/* Kinds of a later version keep their names, unless these are taken: then they are one kind with the last of these. */
static struct error *add_unknown_kinds(struct waterfall *waterfall, struct reader *reader,
				       const struct memory_kind_row *kinds, size_t count)
{
	size_t known = waterfall->lines.count;
	for (size_t i = 0; i < count; i++) {
		const char *name = reader_string(reader, kinds[i].name, NULL);
		uint32_t number = waterfall_find(waterfall, name);
		if (is_known(name))
			continue;
		if (number != WATERFALL_TOP && number < known)
			name = "other", number = waterfall_find(waterfall, name);
		struct waterfall_line line = {.name = name, .title = name, .count = META_ABSENT};
		if (number == WATERFALL_TOP)
			TRY(add_line(waterfall, &line, &number));
		add_to(&waterfall->lines.items[number], &kinds[i]);
	}
	return NULL;
}

/* The address space of arenas is that of their mappings, so that what the rows of arenas add up to must be within: what they
 * lack of it is unexplained. */
static struct error *add_arenas(struct waterfall *waterfall, uint32_t number, const struct arena_sums *sums)
{
	uint64_t size = waterfall->lines.items[number].size;
	waterfall->lines.items[number].count = sums->arena_count;
	if (sums->size > size) {
		waterfall->lines.items[0].size += sums->size - size;
		waterfall->lines.items[number].size = sums->size;
	}
	TRY(add_inside(waterfall, number, sums));
	const struct inner_line rest = {"unknown_arenas", "unexplained", "arenas that could not be read",
					size > sums->size ? size - sums->size : 0, META_ABSENT};
	return add_lines(waterfall, number, &rest, 1);
}

/* Where nothing is resident, nobody looked. */
static void drop_resident(struct waterfall *waterfall)
{
	bool nothing = waterfall->lines.items[0].resident == 0;
	for (size_t i = 0; nothing && i < waterfall->lines.count; i++)
		waterfall->lines.items[i].resident = META_ABSENT;
}

static struct error *add_kinds(struct waterfall *waterfall, struct reader *reader, const struct memory_kind_row *kinds,
			       size_t count, const struct arena_sums *sums)
{
	for (size_t i = 0; i < count; i++)
		add_to(&waterfall->lines.items[0], &kinds[i]);
	for (size_t i = 0; i < KIND_LINES; i++) {
		uint32_t number;
		TRY(add_kind(waterfall, reader, &kind_lines[i], kinds, count, &number));
		if (i == 0 && sums->arena_count > 0 && is_something(&waterfall->lines.items[number]))
			TRY(add_arenas(waterfall, number, sums));
	}
	TRY(add_unknown_kinds(waterfall, reader, kinds, count));
	drop_resident(waterfall);
	return NULL;
}

/* --- without kinds ---------------------------------------------------------------------------------------------------- */

/* Arenas, taken as resident, and what is left of RSS; without arenas, the objects. */
static struct error *add_parts(struct waterfall *waterfall, const struct occupancy *occupancy,
			       const struct arena_sums *sums)
{
	uint64_t rss = waterfall->lines.items[0].resident, part = sums->size;
	uint32_t number;
	struct inner_line line = {"arenas", "pymalloc's arenas", "memory for blocks of up to 512 bytes", part,
				  sums->arena_count};
	if (sums->arena_count == 0) {
		uint64_t objects = saturating_add(occupancy->inside.size, occupancy->outside.size);
		line = (struct inner_line){"object_sizes", "objects", "as they asked for it, but those in mapped files",
					   objects, occupancy->inside.count + occupancy->outside.count};
		part = objects;
	}
	TRY(add_inner(waterfall, 0, &line, &number));
	if (sums->arena_count > 0)
		TRY(add_inside(waterfall, number, sums));
	if (rss == META_ABSENT || rss < part)
		return NULL;
	waterfall->lines.items[number].resident = part;
	waterfall->assumed = true;
	const struct inner_line rest = {"unexplained", "unexplained", "all else: this snapshot doesn't tell",
					META_ABSENT, META_ABSENT};
	TRY(add_inner(waterfall, 0, &rest, &number));
	waterfall->lines.items[number].resident = rss - part;
	return NULL;
}

/* Lines that have nothing go: nothing is below them any more, as those below go first. */
static void drop_empty(struct waterfall *waterfall)
{
	for (size_t i = waterfall->lines.count; i-- > 1;) {
		struct waterfall_line *line = &waterfall->lines.items[i];
		if (is_something(line))
			continue;
		memmove(line, line + 1, (waterfall->lines.count - i - 1) * sizeof *line);
		waterfall->lines.count--;
		for (size_t k = i; k < waterfall->lines.count; k++)
			if (waterfall->lines.items[k].parent != WATERFALL_TOP && waterfall->lines.items[k].parent > i)
				waterfall->lines.items[k].parent--;
	}
}

struct error *waterfall_create(struct reader *reader, const struct occupancy *occupancy, struct waterfall *result)
{
	const struct memory_kind_row *kinds;
	size_t count;
	TRY(reader_memory_kinds(reader, &kinds, &count));
	AUTO(waterfall) struct waterfall waterfall = {.measured = count > 0};
	struct arena_sums sums = sum_arenas(occupancy);
	struct waterfall_line process = {.name = "process",
					 .title = "process",
					 .parent = WATERFALL_TOP,
					 .resident = count > 0 ? 0 : reader_meta(reader)->rss,
					 .size = count > 0 ? 0 : META_ABSENT,
					 .count = META_ABSENT};
	uint32_t number;
	TRY(add_line(&waterfall, &process, &number));
	if (count > 0)
		TRY(add_kinds(&waterfall, reader, kinds, count, &sums));
	else
		TRY(add_parts(&waterfall, occupancy, &sums));
	drop_empty(&waterfall);
	for (size_t i = 0; waterfall.whole == 0 && i < 2 && i < waterfall.lines.count; i++) {
		const struct waterfall_line *line = &waterfall.lines.items[i];
		waterfall.whole = line->resident != META_ABSENT && line->resident > 0 ? line->resident : line->size;
		waterfall.whole = waterfall.whole == META_ABSENT ? 0 : waterfall.whole;
	}
	*result = waterfall;
	waterfall = (struct waterfall){0};
	return NULL;
}

void waterfall_deinit(struct waterfall *waterfall)
{
	vector_deinit(&waterfall->lines);
	*waterfall = (struct waterfall){0};
}
