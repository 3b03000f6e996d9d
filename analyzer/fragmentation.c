/* How much of the allocator's pools is nobody's? One pass over the pools; the numbers are those that sys._debugmallocstats prints. */
#include "analyzer/fragmentation.h"

#include "base/map.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
	const struct size_class *left = a, *right = b;
	return (left->block_size > right->block_size) - (left->block_size < right->block_size);
}

static struct error *class_of(struct fragmentation *fragmentation, struct map *classes, uint32_t block_size,
			      uint32_t *class)
{
	if (map_find(classes, block_size, class))
		return NULL;
	*class = (uint32_t)fragmentation->classes.count;
	TRY(vector_push(&fragmentation->classes, (struct size_class){.block_size = block_size}));
	return map_put(classes, block_size, *class);
}

static uint64_t free_bytes(const struct size_class *class)
{
	return (class->blocks.capacity - class->blocks.used) * class->block_size;
}

static uint64_t rounding_bytes(const struct size_class *class)
{
	return class->blocks.told * class->block_size - class->blocks.asked;
}

struct error *fragmentation_create(const struct occupancy *occupancy, struct fragmentation *result)
{
	AUTO(fragmentation) struct fragmentation fragmentation = {0};
	const struct allocator *allocator = occupancy->allocator;
	AUTO(map) struct map classes;
	map_init(&classes);
	for (size_t p = 0; p < allocator->pools.count; p++) {
		uint32_t class;
		TRY(class_of(&fragmentation, &classes, allocator->pools.items[p].block_size, &class));
		occupancy_add(occupancy, p, &fragmentation.classes.items[class].blocks);
		occupancy_add(occupancy, p, &fragmentation.all);
	}
	if (fragmentation.classes.count > 0)
		qsort(fragmentation.classes.items, fragmentation.classes.count, sizeof *fragmentation.classes.items,
		      by_size);
	for (size_t c = 0; c < fragmentation.classes.count; c++) {
		fragmentation.free += free_bytes(&fragmentation.classes.items[c]);
		fragmentation.rounding += rounding_bytes(&fragmentation.classes.items[c]);
	}
	*result = fragmentation;
	fragmentation = (struct fragmentation){0};
	return NULL;
}

void fragmentation_deinit(struct fragmentation *fragmentation)
{
	vector_deinit(&fragmentation->classes);
	*fragmentation = (struct fragmentation){0};
}

/* --- the size classes ------------------------------------------------------------------------------------------------- */

enum {
	CLASS_SIZE,
	CLASS_POOLS,
	CLASS_USED,
	CLASS_FREE,
	CLASS_USED_SIZE,
	CLASS_FREE_SIZE,
	CLASS_ROUNDING,
	CLASS_SHARE,
	CLASS_BAR
};

static struct section *add_table(struct report *report, const char *name, const char *title, const struct field *fields,
				 size_t count)
{
	struct section *section = report_section(report, name, title);
	for (size_t i = 0; i < count; i++)
		section_field(report, section, &fields[i]);
	return section;
}
#define TABLE(report, name, title, fields) add_table(report, name, title, fields, sizeof(fields) / sizeof *(fields))

static void fill_class(struct cell *row, const struct block_totals *blocks, uint64_t used, uint64_t free,
		       uint64_t rounding)
{
	row_set(row, CLASS_POOLS, cell_number(blocks->pools));
	row_set(row, CLASS_USED, cell_number(blocks->used));
	row_set(row, CLASS_FREE, cell_number(blocks->capacity - blocks->used));
	row_set(row, CLASS_USED_SIZE, cell_number(used));
	row_set(row, CLASS_FREE_SIZE, cell_number(free));
	if (blocks->told > 0)
		row_set(row, CLASS_ROUNDING, cell_number(rounding));
	row_set(row, CLASS_SHARE, cell_share_of(used, used + free));
	row_set(row, CLASS_BAR, cell_bar(0, used, used + free));
}

static void report_classes(struct report *report, const struct fragmentation *fragmentation)
{
	static const struct field fields[] = {
		[CLASS_SIZE] = {"block_size", "block", VALUE_NUMBER, RANK_ALWAYS, false},
		[CLASS_POOLS] = {"pools", "pools", VALUE_COUNT, RANK_OFTEN, true},
		[CLASS_USED] = {"used", "used", VALUE_COUNT, RANK_ALWAYS, true},
		[CLASS_FREE] = {"free", "free", VALUE_COUNT, RANK_ALWAYS, true},
		[CLASS_USED_SIZE] = {"used_size", "used bytes", VALUE_SIZE, RANK_OFTEN, true},
		[CLASS_FREE_SIZE] = {"free_size", "free bytes", VALUE_SIZE, RANK_ALWAYS, true},
		[CLASS_ROUNDING] = {"rounding", "rounding", VALUE_SIZE, RANK_OFTEN, true},
		[CLASS_SHARE] = {"share", "used of all", VALUE_SHARE, RANK_SELDOM, false},
		[CLASS_BAR] = {"bar", "", VALUE_BAR, RANK_SELDOM, false},
	};
	struct section *section = TABLE(report, "size_classes", "pools in use, by size of their blocks", fields);
	uint64_t used = 0;
	for (size_t c = 0; c < fragmentation->classes.count; c++) {
		const struct size_class *class = &fragmentation->classes.items[c];
		struct cell *row = section_row(report, section);
		row_set(row, CLASS_SIZE, cell_number(class->block_size));
		fill_class(row, &class->blocks, class->blocks.used * class->block_size, free_bytes(class),
			   rounding_bytes(class));
		used += class->blocks.used * class->block_size;
	}
	struct cell *total = section_total(report, section);
	row_set(total, CLASS_SIZE, report_string(report, "all"));
	fill_class(total, &fragmentation->all, used, fragmentation->free, fragmentation->rounding);
}

static void compare_class(struct cell *row, const struct size_class *before, const struct size_class *after)
{
	size_t field = 1;
	row_set(row, field++, cell_number(before->blocks.pools));
	row_set(row, field++, cell_number(after->blocks.pools));
	row_set(row, field++, cell_number(before->blocks.used));
	row_set(row, field++, cell_number(after->blocks.used));
	row_set(row, field++, cell_difference(before->blocks.used, after->blocks.used));
	row_set(row, field++, cell_number(free_bytes(before)));
	row_set(row, field++, cell_number(free_bytes(after)));
	row_set(row, field++, cell_difference(free_bytes(before), free_bytes(after)));
}

static void compare_classes(struct report *report, const struct fragmentation *before,
			    const struct fragmentation *after)
{
	static const struct field fields[] = {
		{"block_size", "block", VALUE_NUMBER, RANK_ALWAYS, false},
		{"pools_before", "pools before", VALUE_COUNT, RANK_SELDOM, true},
		{"pools_after", "pools", VALUE_COUNT, RANK_SELDOM, true},
		{"used_before", "used before", VALUE_COUNT, RANK_OFTEN, true},
		{"used_after", "used after", VALUE_COUNT, RANK_OFTEN, true},
		{"used_delta", "change", VALUE_COUNT_DELTA, RANK_ALWAYS, true},
		{"free_size_before", "free before", VALUE_SIZE, RANK_OFTEN, true},
		{"free_size_after", "free after", VALUE_SIZE, RANK_OFTEN, true},
		{"free_size_delta", "free", VALUE_SIZE_DELTA, RANK_ALWAYS, true},
	};
	struct section *section = TABLE(report, "size_classes", "pools in use, by size of their blocks", fields);
	const struct size_class none = {.block_size = UINT32_MAX};
	for (size_t b = 0, a = 0; b < before->classes.count || a < after->classes.count;) {
		const struct size_class *left = b < before->classes.count ? &before->classes.items[b] : &none;
		const struct size_class *right = a < after->classes.count ? &after->classes.items[a] : &none;
		bool has_left = left->block_size <= right->block_size,
		     has_right = right->block_size <= left->block_size;
		struct cell *row = section_row(report, section);
		row_set(row, 0, cell_number(has_left ? left->block_size : right->block_size));
		compare_class(row, has_left ? left : &none, has_right ? right : &none);
		b += has_left;
		a += has_right;
	}
}

struct error *fragmentation_report(struct report *report, const struct fragmentation *before,
				   const struct fragmentation *fragmentation)
{
	if (fragmentation->classes.count + (before != NULL ? before->classes.count : 0) == 0)
		return NULL;
	if (before != NULL)
		compare_classes(report, before, fragmentation);
	else
		report_classes(report, fragmentation);
	return report_error(report);
}

/* --- the arenas ------------------------------------------------------------------------------------------------------- */

#define FILLS 6u

/* From full to empty: what part of an arena is in used blocks. Less than half is sparse. */
static const struct {
	const char *name, *title;
	double least;
} fills[FILLS] = {{"90", "90% and more", 0.9}, {"75", "75% to 90%", 0.75}, {"50", "50% to 75%", 0.5},
		  {"25", "25% to 50%", 0.25},  {"10", "10% to 25%", 0.1},  {"0", "less than 10%", 0}};

struct fill {
	uint64_t arenas, size, used; /* bytes */
};

static void count_fills(const struct allocator *allocator, struct fill sums[FILLS])
{
	for (size_t a = 0; a < allocator->arenas.count; a++) {
		const struct arena_place *arena = &allocator->arenas.items[a];
		size_t fill = 0;
		while (fill + 1 < FILLS && (double)arena->used < fills[fill].least * (double)arena->size)
			fill++;
		sums[fill].arenas++;
		sums[fill].size += arena->size;
		sums[fill].used += arena->used;
	}
}

static void compare_fills(struct report *report, const struct fill before[FILLS], const struct fill after[FILLS])
{
	static const struct field fields[] = {
		{"least_percent", "least_percent", VALUE_TEXT, RANK_MACHINE, false},
		{"fill", "arenas in used blocks", VALUE_TEXT, RANK_ALWAYS, false},
		{"arenas_before", "before", VALUE_COUNT, RANK_ALWAYS, true},
		{"arenas_after", "after", VALUE_COUNT, RANK_ALWAYS, true},
		{"arenas_delta", "change", VALUE_COUNT_DELTA, RANK_ALWAYS, true},
		{"size_delta", "bytes", VALUE_SIZE_DELTA, RANK_OFTEN, true},
	};
	struct section *section = TABLE(report, "arena_fill", NULL, fields);
	for (size_t f = 0; f < FILLS; f++) {
		if (before[f].arenas + after[f].arenas == 0)
			continue;
		struct cell *row = section_row(report, section);
		row_set(row, 0, report_string(report, fills[f].name));
		row_set(row, 1, report_string(report, fills[f].title));
		row_set(row, 2, cell_number(before[f].arenas));
		row_set(row, 3, cell_number(after[f].arenas));
		row_set(row, 4, cell_difference(before[f].arenas, after[f].arenas));
		row_set(row, 5, cell_difference(before[f].size, after[f].size));
	}
}

void fragmentation_report_arenas(struct report *report, const struct allocator *before,
				 const struct allocator *allocator)
{
	static const struct field fields[] = {
		{"least_percent", "least_percent", VALUE_TEXT, RANK_MACHINE, false},
		{"fill", "in used blocks", VALUE_TEXT, RANK_ALWAYS, false},
		{"arenas", "arenas", VALUE_COUNT, RANK_ALWAYS, true},
		{"size", "size", VALUE_SIZE, RANK_ALWAYS, true},
		{"used_size", "used bytes", VALUE_SIZE, RANK_OFTEN, true},
		{"bar", "", VALUE_BAR, RANK_SELDOM, false},
	};
	struct fill sums[FILLS] = {0}, earlier[FILLS] = {0};
	count_fills(allocator, sums);
	if (before != NULL) {
		count_fills(before, earlier);
		compare_fills(report, earlier, sums);
		return;
	}
	struct section *section = TABLE(report, "arena_fill", "arenas, by how much of them is in used blocks", fields);
	for (size_t f = 0; f < FILLS; f++) {
		if (sums[f].arenas == 0)
			continue;
		struct cell *row = section_row(report, section);
		row_set(row, 0, report_string(report, fills[f].name));
		row_set(row, 1, report_string(report, fills[f].title));
		row_set(row, 2, cell_number(sums[f].arenas));
		row_set(row, 3, cell_number(sums[f].size));
		row_set(row, 4, cell_number(sums[f].used));
		row_set(row, 5, cell_bar(0, sums[f].arenas, allocator->arenas.count));
	}
}
