/* Which objects does a pattern without a bound end begin with?
 *
 * All of them, a block at a time: types are looked up in a table of a byte each, then simple comparisons of columns shrink the
 * selection, before a row exists. About a nanosecond an object and column. Roots, where they are wanted, come last and are
 * asked one by one.
 */
#include "queries/steps.h"

#include <string.h>

#define BLOCK 4096u
#define FILTERS_MOST 16u

struct scan {
	struct operator operator;
	uint32_t slot;
	struct places_wanted wanted;
	bool one_type; /* types has one alone: `only` */
	type_id only;
	uint32_t filter_count;
	const struct column_filter *filters[FILTERS_MOST];
	bool running;  /* the input's row is there */
	uint32_t next; /* first place of the next block, then the next root */
	uint32_t selected, at;
	uint16_t selection[BLOCK]; /* places, less `first` */
	uint32_t first;
	uint8_t chosen[BLOCK]; /* 0 or 1 */
};

static void choose_types(struct scan *scan, const type_id *types, uint32_t count)
{
	const uint8_t *table = scan->wanted.types;
	if (table == TYPES_ALL)
		memset(scan->chosen, 1, count);
	else if (scan->one_type)
		for (uint32_t i = 0; i < count; i++)
			scan->chosen[i] = types[i] == scan->only;
	else
		for (uint32_t i = 0; i < count; i++)
			scan->chosen[i] = table[types[i]];
}

/* The chosen ones as a list. Eight at a time where none is, without a branch on each. */
static uint32_t list_chosen(struct scan *scan, uint32_t count)
{
	uint32_t kept = 0, i = 0;
	for (; i + 8 <= count; i += 8) {
		uint64_t eight;
		memcpy(&eight, scan->chosen + i, 8);
		if (eight == 0)
			continue;
		for (uint32_t j = i; j < i + 8; j++) {
			scan->selection[kept] = (uint16_t)j;
			kept += scan->chosen[j];
		}
	}
	for (; i < count; i++) {
		scan->selection[kept] = (uint16_t)i;
		kept += scan->chosen[i];
	}
	return kept;
}

/* The next block's choice; how many objects it has. */
static uint32_t choose_block(struct scan *scan)
{
	const struct heap *heap = scan->operator.evaluation.heap;
	uint32_t count = heap->nodes - scan->next < BLOCK ? heap->nodes - scan->next : BLOCK;
	scan->first = scan->next;
	scan->next += count;
	choose_types(scan, heap->type + scan->first, count);
	for (uint32_t f = 0; f < scan->filter_count && memchr(scan->chosen, 1, count) != NULL; f++)
		heap_filter(heap, scan->filters[f]->property, scan->first, count, scan->filters[f]->least,
			    scan->filters[f]->most, scan->chosen);
	return count;
}

static void select_block(struct scan *scan)
{
	uint32_t count = choose_block(scan);
	scan->selected = list_chosen(scan, count);
	scan->at = 0;
}

static uint32_t count_chosen(const struct scan *scan, uint32_t count)
{
	uint32_t chosen = 0;
	for (uint32_t i = 0; i < count; i++)
		chosen += scan->chosen[i];
	return chosen;
}

/* The next place that types and columns leave; *found: false at the end. */
static struct error *scan_place(struct scan *scan, uint32_t *place, bool *found)
{
	const struct heap *heap = scan->operator.evaluation.heap;
	*found = true;
	while (scan->at >= scan->selected && scan->next < heap->nodes && scan->wanted.objects) {
		select_block(scan);
		TRY(limits_step(scan->operator.evaluation.limits, 0, ""));
	}
	if (scan->at < scan->selected) {
		*place = scan->first + scan->selection[scan->at++];
		return NULL;
	}
	if (scan->next < heap->nodes)
		scan->next = heap->nodes;
	*found = scan->wanted.roots && scan->next < heap->places;
	*place = scan->next;
	scan->next += *found;
	return NULL;
}

static void scan_begin(struct scan *scan)
{
	scan->running = true;
	scan->next = scan->selected = scan->at = 0;
}

static struct error *scan_next(struct operator *operator, bool *found)
{
	struct scan *scan = (struct scan *)operator;
	for (;;) {
		bool holds;
		uint32_t place;
		if (!scan->running) {
			TRY(operator_next(operator->input, found));
			if (!*found)
				return NULL;
			scan_begin(scan);
		}
		TRY(scan_place(scan, &place, &scan->running));
		if (!scan->running)
			continue;
		operator->evaluation.row[scan->slot] = datum_node(place);
		TRY(operator_pause(operator));
		TRY(operator_accepts(operator, false, &holds));
		if (holds)
			return NULL;
	}
}

static struct error *scan_count(struct operator *operator, uint64_t *rows, bool *known)
{
	struct scan *scan = (struct scan *)operator;
	const struct heap *heap = operator->evaluation.heap;
	bool found = true;
	*known = operator->condition_count == 0 && !scan->running;
	while (*known && found) {
		TRY(operator_next(operator->input, &found));
		if (!found)
			break;
		scan_begin(scan);
		/* How many objects a type has is known. */
		if (scan->filter_count == 0) {
			*rows += scan->wanted.count;
			scan->running = false;
			continue;
		}
		while (scan->wanted.objects && scan->next < heap->nodes) {
			*rows += count_chosen(scan, choose_block(scan));
			TRY(limits_step(operator->evaluation.limits, 0, ""));
		}
		*rows += scan->wanted.roots ? heap->roots : 0;
		scan->running = false;
	}
	return NULL;
}

static void scan_rewind(struct operator *operator)
{
	((struct scan *)operator)->running = false;
}

static const struct operator_kind scan_kind = {
	.name = "scan", .next = scan_next, .rewind = scan_rewind, .count = scan_count};

/* Is there one type alone? Then a comparison does, which takes many at a time. */
static void find_only(struct scan *scan, const struct heap *heap)
{
	uint32_t count = 0;
	for (type_id t = 0; scan->wanted.types != TYPES_ALL && t < heap->facts->count; t++) {
		if (!scan->wanted.types[t])
			continue;
		scan->only = t;
		count++;
	}
	scan->one_type = count == 1;
}

struct error *scan_create(struct planner *planner, struct operator *input, uint32_t slot, const struct places_wanted *wanted,
			  struct operator **result)
{
	struct scan *scan;
	TRY(operator_create(planner, &scan_kind, sizeof *scan, input, &scan));
	scan->slot = slot;
	scan->wanted = *wanted;
	find_only(scan, planner->evaluation.heap);
	scan->operator.estimate = input->estimate * (double)wanted->count;
	*result = &scan->operator;
	return NULL;
}

void scan_add_filter(struct operator *operator, const struct column_filter *filter)
{
	struct scan *scan = (struct scan *)operator;
	scan->filters[scan->filter_count++] = filter;
}

bool scan_takes_filter(const struct operator *operator)
{
	return ((const struct scan *)operator)->filter_count < FILTERS_MOST;
}

bool operator_is_scan(const struct operator *operator, uint32_t slot)
{
	return operator->kind == &scan_kind && ((const struct scan *)operator)->slot == slot;
}

/* --- one object --------------------------------------------------------------------------------------------------- */

struct seek {
	struct operator operator;
	uint32_t slot;
	bool address;
	const struct expression *value;
	struct places_wanted wanted;
};

static bool find_address(const struct heap *heap, int64_t address, uint32_t *place)
{
	uint32_t low = 0, high = heap->nodes;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (heap->address[middle] < (uint64_t)address)
			low = middle + 1;
		else
			high = middle;
	}
	*place = low;
	return low < heap->nodes && heap->address[low] == (uint64_t)address;
}

/* The number, of a float too where it is a whole one, as = compares them as numbers. */
static bool whole_number(struct datum value, int64_t *number)
{
	if (value.kind == DATUM_INTEGER)
		*number = value.integer;
	else if (value.kind == DATUM_FLOAT && value.real >= 0 && value.real < 9e18 &&
		 (double)(int64_t)value.real == value.real)
		*number = (int64_t)value.real;
	else
		return false;
	return true;
}

static bool seek_place(const struct seek *seek, struct datum value, uint32_t *place)
{
	const struct heap *heap = seek->operator.evaluation.heap;
	int64_t number;
	if (!whole_number(value, &number))
		return false;
	if (seek->address)
		return find_address(heap, number, place) && places_wanted_has(&seek->wanted, heap, *place);
	if (number < 0 || number >= (int64_t)heap->nodes)
		return false;
	*place = (uint32_t)number;
	return places_wanted_has(&seek->wanted, heap, *place);
}

static struct error *seek_next(struct operator *operator, bool *found)
{
	struct seek *seek = (struct seek *)operator;
	for (;;) {
		struct datum value;
		uint32_t place;
		bool holds;
		TRY(operator_next(operator->input, found));
		if (!*found)
			return NULL;
		arena_reset(&operator->arena);
		TRY(evaluate(&operator->evaluation, seek->value, &value));
		if (!seek_place(seek, value, &place))
			continue;
		operator->evaluation.row[seek->slot] = datum_node(place);
		TRY(operator_accepts(operator, false, &holds));
		if (holds)
			return NULL;
	}
}

static const struct operator_kind seek_kind = {.name = "seek", .next = seek_next};

struct error *seek_create(struct planner *planner, struct operator *input, uint32_t slot, bool address,
			  const struct expression *value, const struct places_wanted *wanted, struct operator **result)
{
	struct seek *seek;
	TRY(operator_create(planner, &seek_kind, sizeof *seek, input, &seek));
	seek->slot = slot;
	seek->address = address;
	seek->value = value;
	seek->wanted = *wanted;
	if (address)
		TRY(heap_need(planner->evaluation.heap, HEAP_ADDRESS));
	*result = &seek->operator;
	return NULL;
}
