/* How many growths are these?
 *
 * A cache that grows shows as its table, its keys, its items, and all that only these refer to: each is a path of its own, and all
 * are one thing to mend. So paths are put together by their beginnings up to the first item of a container: app.CACHE
 * for app.CACHE[*].user.name. By sorting, twice.
 */
#include "checks/growing.h"

#include "base/match.h"
#include "base/shell.h"

#include <stdlib.h>
#include <string.h>

#define TYPES_MOST 5u /* that a finding names */

void growing_deinit(struct growing *growing)
{
	vector_deinit(&growing->items);
}

/* Bytes of the path up to the first item. */
static size_t place_length(const char *path)
{
	static const char *const items[] = {"[*]", "<key>", "<member>"};
	size_t length = strlen(path);
	for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
		const char *at = strstr(path, items[i]);
		if (at != NULL && at > path && (size_t)(at - path) < length)
			length = (size_t)(at - path);
	}
	return length;
}

/* Types that are at no path in particular come last, and are a place each. */
static int compare_places(const struct grown *x, const struct grown *y)
{
	if (x->path == NULL || y->path == NULL)
		return x->path != NULL ? -1 : y->path != NULL ? 1 : strcmp(x->type, y->type);
	size_t a = place_length(x->path), b = place_length(y->path);
	int order = memcmp(x->path, y->path, a < b ? a : b);
	return order != 0 ? order : a < b ? -1 : a > b;
}

static int compare_grown(const void *a, const void *b)
{
	const struct grown *x = a, *y = b;
	int order = compare_places(x, y);
	if (order != 0)
		return order;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	order = x->path != NULL ? strcmp(x->path, y->path) : 0;
	return order != 0 ? order : strcmp(x->type, y->type);
}

struct grown_place { /* a run of items of one place, the largest first */
	const struct grown *items;
	size_t count;
	int64_t before, size; /* of all */
	bool strong; /* one of them is not weak */
};

static int compare_sizes(const void *a, const void *b)
{
	const struct grown_place *x = a, *y = b;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return compare_grown(x->items, y->items);
}

/* --- a finding ------------------------------------------------------------------------------------------------------ */

/* Sizes of a forged file may be anything. */
static int64_t add_up(int64_t a, int64_t b)
{
	int64_t sum;
	return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT64_MIN : INT64_MAX) : sum;
}

static int compare_types(const void *a, const void *b)
{
	const struct finding_type *x = a, *y = b;
	return x->size != y->size ? (x->size > y->size ? -1 : 1) : strcmp(x->name, y->name);
}

static struct error *add_types(const struct grown_place *place, struct finding *finding)
{
	for (size_t i = 0; i < place->count; i++) {
		const struct grown *item = &place->items[i];
		size_t known = 0;
		while (known < finding->types.count && strcmp(finding->types.items[known].name, item->type) != 0)
			known++;
		if (known == finding->types.count)
			TRY(vector_push(&finding->types, (struct finding_type){.name = item->type}));
		struct finding_type *type = &finding->types.items[known];
		type->count = add_up(type->count, item->count);
		type->size = add_up(type->size, item->size);
	}
	qsort(finding->types.items, finding->types.count, sizeof *finding->types.items, compare_types);
	if (finding->types.count > TYPES_MOST)
		finding->types.count = TYPES_MOST;
	return NULL;
}

static struct error *say_holder(const struct grown_place *place, enum size_unit unit, struct outcomes *outcomes,
				struct finding *finding)
{
	if (place->count < 2)
		return NULL;
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_size(&text, (uint64_t)place->size, unit);
	text_add(&text, " more in all hang from ");
	text_add_bytes(&text, place->items->path, place_length(place->items->path));
	return outcomes_keep(outcomes, &text, &finding->holder);
}

/* A type whose name had to be escaped can't be asked for. */
static void add_pattern(struct text *text, const char *type)
{
	AUTO(text) struct text pattern = {0};
	if (strchr(type, '\\') != NULL)
		return;
	text_init(&pattern);
	match_add_exactly(type, strlen(type), &pattern);
	text_add(text, " --type ");
	shell_add_word(text, text_string(&pattern));
	text->failed |= pattern.failed;
}

static struct error *add_finding(const struct grown_place *place, const struct growing_request *request,
				 struct outcomes *outcomes, struct outcome *outcome)
{
	const struct grown *largest = place->items;
	TRY(vector_push(&outcome->findings, (struct finding){.message = largest->message, .path = largest->path}));
	struct finding *finding = &outcome->findings.items[outcome->findings.count - 1];
	AUTO(text) struct text command = {0};
	text_init(&command);
	text_add(&command, request->command);
	add_pattern(&command, largest->type);
	TRY(outcomes_keep(outcomes, &command, &finding->command));
	TRY(say_holder(place, request->unit, outcomes, finding));
	return add_types(place, finding);
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

static bool is_told(const struct grown_place *place, int64_t least)
{
	return place->strong && place->size >= least;
}

/* Sorted items are put into `places`, which has room for as many; gives how many these are, but for weak and small ones. */
static size_t find_places(const struct growing *growing, int64_t least, struct grown_place *places)
{
	size_t count = 0;
	for (size_t i = 0; i < growing->items.count; i++) {
		const struct grown *item = &growing->items.items[i];
		if (i > 0 && compare_places(item - 1, item) != 0)
			count += is_told(&places[count], least);
		if (i == 0 || compare_places(item - 1, item) != 0)
			places[count] = (struct grown_place){.items = item};
		places[count].count++;
		places[count].strong |= !item->weak;
		places[count].size = add_up(places[count].size, item->size);
		places[count].before = add_up(places[count].before, item->before);
	}
	return count + (growing->items.count > 0 && is_told(&places[count], least));
}

/* Of all places: what they had before, and how much more that is now. */
static void measure(const struct grown_place *places, size_t count, struct outcome *outcome)
{
	outcome->known = outcome->has_before = true;
	for (size_t i = 0; i < count; i++) {
		outcome->before = add_up(outcome->before, places[i].before);
		outcome->measured = add_up(outcome->measured, places[i].size);
	}
	outcome->after = add_up(outcome->before, outcome->measured);
	outcome->verdict = count > 0 ? VERDICT_VIOLATED : VERDICT_PASSED;
}

struct error *growing_find(struct growing *growing, const struct growing_request *request, struct outcomes *outcomes,
			   struct outcome *outcome)
{
	size_t items = growing->items.count;
	AUTO(free) void *memory = calloc(items + 1, sizeof(struct grown_place));
	struct grown_place *places = memory;
	if (places == NULL)
		return error_memory();
	if (items > 1)
		qsort(growing->items.items, items, sizeof *growing->items.items, compare_grown);
	size_t count = find_places(growing, request->least, places), shown = count < request->findings ? count : request->findings;
	qsort(places, count, sizeof *places, compare_sizes);
	measure(places, count, outcome);
	for (size_t i = 0; i < shown; i++)
		TRY(add_finding(&places[i], request, outcomes, outcome));
	growing->left = count - shown;
	return NULL;
}
