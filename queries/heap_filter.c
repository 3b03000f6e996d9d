/* Which objects of a block have a property within a range?
 *
 * Columns are compared in the width in which they lie, by one subtraction and one comparison, in rounds of a fixed length over
 * arrays that are said not to overlap: those a compiler turns into vectors. The few numbers that don't fit 32 bits are looked at after.
 */
#include "queries/heap_more.h"

#include <string.h>

#define ROUND 256u

/* *low, *span: value - *low <= *span for those of a column whose greatest value is `top`; false: none is within. */
static bool clip(int64_t least, int64_t most, uint64_t top, uint64_t *low, uint64_t *span)
{
	uint64_t high = most == INT64_MAX ? UINT64_MAX : (uint64_t)most;
	*low = least < 0 ? 0 : (uint64_t)least;
	if (most < 0 || least > most || *low > top)
		return false;
	*span = (high > top ? top : high) - *low;
	return true;
}

static void round_plain(const uint32_t *restrict values, uint32_t low, uint32_t span, uint8_t *restrict selected)
{
	for (uint32_t i = 0; i < ROUND; i++)
		selected[i] &= values[i] - low <= span;
}

/* Those that are listed beside are left as they are. */
static void round_narrow(const uint32_t *restrict values, uint32_t low, uint32_t span, uint8_t *restrict selected)
{
	for (uint32_t i = 0; i < ROUND; i++)
		selected[i] &= (uint8_t)(values[i] - low <= span) | (uint8_t)(values[i] == NARROW_WIDE);
}

/* The first that is listed of this object or a later one. */
static size_t first_wide(const struct narrow_column *column, node_id node)
{
	size_t low = 0, high = column->wide.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (column->wide.items[middle].node < node)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void filter_narrow(const struct narrow_column *column, uint32_t first, uint32_t count, int64_t least, int64_t most,
			  uint8_t *selected)
{
	const uint32_t *values = column->values + first;
	uint64_t low = NARROW_WIDE, span = 0;
	uint32_t i = 0;
	if (!clip(least, most, NARROW_WIDE - 1, &low, &span)) {
		low = NARROW_WIDE;
		span = 0;
	}
	for (; column->wide.count == 0 && count - i >= ROUND; i += ROUND)
		round_plain(values + i, (uint32_t)low, (uint32_t)span, selected + i);
	for (; count - i >= ROUND; i += ROUND)
		round_narrow(values + i, (uint32_t)low, (uint32_t)span, selected + i);
	for (; i < count; i++)
		selected[i] &= values[i] - (uint32_t)low <= (uint32_t)span || values[i] == NARROW_WIDE;
	for (size_t w = first_wide(column, first); w < column->wide.count; w++) {
		const struct wide_value *wide = &column->wide.items[w];
		if (wide->node - first >= count)
			break;
		selected[wide->node - first] &= clip(least, most, UINT64_MAX, &low, &span) && wide->value - low <= span;
	}
}

static void filter_long(const uint64_t *values, uint32_t count, int64_t least, int64_t most, uint8_t *selected)
{
	uint64_t low = 0, span = 0;
	if (!clip(least, most, UINT64_MAX, &low, &span)) {
		memset(selected, 0, count);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		selected[i] &= values[i] - low <= span;
}

static void round_bytes(const uint8_t *restrict values, uint8_t low, uint8_t span, uint8_t *restrict selected)
{
	for (uint32_t i = 0; i < ROUND; i++)
		selected[i] &= (uint8_t)(values[i] - low) <= span;
}

/* What is above `top` stands for null. */
static void filter_bytes(const uint8_t *values, uint8_t top, uint32_t count, int64_t least, int64_t most, uint8_t *selected)
{
	uint64_t low = 0, span = 0;
	uint32_t i = 0;
	if (!clip(least, most, top, &low, &span)) {
		memset(selected, 0, count);
		return;
	}
	for (; count - i >= ROUND; i += ROUND)
		round_bytes(values + i, (uint8_t)low, (uint8_t)span, selected + i);
	for (; i < count; i++)
		selected[i] &= (uint8_t)(values[i] - low) <= span;
}

/* NO_ID stands for null. */
static void filter_depth(const uint32_t *values, uint32_t count, int64_t least, int64_t most, uint8_t *selected)
{
	uint64_t low = 0, span = 0;
	bool any = clip(least, most, NO_ID - 1, &low, &span);
	for (uint32_t i = 0; i < count; i++)
		selected[i] &= any && values[i] - (uint32_t)low <= (uint32_t)span;
}

static bool filter_numbers(const struct heap *heap, const struct property *property, uint32_t first, uint32_t count,
			   int64_t least, int64_t most, uint8_t *selected)
{
	int64_t numbers[ROUND];
	for (uint32_t from = 0; from < count; from += ROUND) {
		uint32_t some = count - from < ROUND ? count - from : ROUND;
		if (!heap_numbers(heap, property, first + from, some, numbers))
			return false;
		for (uint32_t i = 0; i < some; i++)
			selected[from + i] &= numbers[i] >= least && numbers[i] <= most;
	}
	return true;
}

bool heap_filter(const struct heap *heap, const struct property *property, uint32_t first, uint32_t count, int64_t least,
		 int64_t most, uint8_t *selected)
{
	const struct narrow_column *narrow = NULL;
	if (strcmp(property->name, "size") == 0)
		narrow = &heap->size;
	else if (strcmp(property->name, "getsizeof") == 0)
		narrow = &heap->getsizeof;
	else if (strcmp(property->name, "refcount") == 0)
		narrow = &heap->refcount;
	else if (strcmp(property->name, "length") == 0)
		narrow = &heap->length;
	if (narrow != NULL)
		filter_narrow(narrow, first, count, least, most, selected);
	else if (strcmp(property->name, "address") == 0)
		filter_long(heap->address + first, count, least, most, selected);
	else if (strcmp(property->name, "retained") == 0)
		filter_long(heap->retained + first, count, least, most, selected);
	else if (strcmp(property->name, "generation") == 0)
		filter_bytes(heap->generation + first, GENERATION_PERMANENT, count, least, most, selected);
	else if (strcmp(property->name, "depth") == 0)
		filter_depth(heap->more->depth + first, count, least, most, selected);
	else
		return filter_numbers(heap, property, first, count, least, most, selected);
	return true;
}
