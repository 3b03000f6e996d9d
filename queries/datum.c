/* How do values that don't fit 16 bytes come to be, live and get copied?
 *
 * Lists and maps lie in arenas; each datum knows how deep it is nested, so that walks over them may recurse.
 */
#include "queries/datum.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *datum_kind_name(enum datum_kind kind)
{
	static const char *const names[DATUM_KIND_COUNT] = {
		[DATUM_NULL] = "NULL",     [DATUM_BOOLEAN] = "BOOLEAN", [DATUM_INTEGER] = "INTEGER", [DATUM_FLOAT] = "FLOAT",
		[DATUM_STRING] = "STRING", [DATUM_LIST] = "LIST",       [DATUM_MAP] = "MAP",         [DATUM_NODE] = "NODE",
		[DATUM_EDGE] = "EDGE",     [DATUM_PATH] = "PATH"};
	return names[kind];
}

struct error *datum_list_create(struct arena *arena, size_t count, struct datum_list **result)
{
	if (count > DATUM_ITEMS_MAX)
		return error_create(ERROR_USAGE, "a list of %zu items; %u are the most that one may have", count, DATUM_ITEMS_MAX);
	struct datum_list *list = arena_alloc(arena, sizeof *list + count * sizeof list->items[0]);
	if (list == NULL)
		return error_memory();
	list->count = (uint32_t)count;
	*result = list;
	return NULL;
}

struct error *datum_map_create(struct arena *arena, size_t count, struct datum_map **result)
{
	if (count > DATUM_ITEMS_MAX)
		return error_create(ERROR_USAGE, "a map of %zu entries; %u are the most that one may have", count, DATUM_ITEMS_MAX);
	struct datum_map *map = arena_alloc(arena, sizeof *map + count * sizeof map->entries[0]);
	if (map == NULL)
		return error_memory();
	map->count = (uint32_t)count;
	*result = map;
	return NULL;
}

static struct error *nested(unsigned depth, uint8_t *result)
{
	if (depth >= DATUM_DEPTH)
		return error_create(ERROR_USAGE, "lists and maps nested deeper than %u levels", DATUM_DEPTH);
	*result = (uint8_t)(depth + 1);
	return NULL;
}

struct error *datum_of_list(const struct datum_list *list, struct datum *result)
{
	struct datum datum = {.kind = DATUM_LIST, .list = list};
	unsigned depth = 0;
	for (uint32_t i = 0; i < list->count; i++)
		depth = list->items[i].depth > depth ? list->items[i].depth : depth;
	TRY(nested(depth, &datum.depth));
	*result = datum;
	return NULL;
}

static int compare_text(struct datum a, struct datum b)
{
	size_t shared = a.length < b.length ? a.length : b.length;
	int order = shared == 0 ? 0 : memcmp(a.text, b.text, shared);
	return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

/* By insertion, which keeps the order of equal keys: a map's entries were written by hand, each of them. */
static void sort_entries(struct datum_map *map)
{
	for (uint32_t i = 1; i < map->count; i++) {
		struct datum_entry entry = map->entries[i];
		uint32_t at = i;
		for (; at > 0 && compare_text(map->entries[at - 1].key, entry.key) > 0; at--)
			map->entries[at] = map->entries[at - 1];
		map->entries[at] = entry;
	}
}

static void drop_repeated(struct datum_map *map)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < map->count; i++) {
		if (kept > 0 && compare_text(map->entries[kept - 1].key, map->entries[i].key) == 0)
			kept--;
		map->entries[kept++] = map->entries[i];
	}
	map->count = kept;
}

struct error *datum_of_map(struct datum_map *map, struct datum *result)
{
	struct datum datum = {.kind = DATUM_MAP, .map = map};
	unsigned depth = 0;
	sort_entries(map);
	drop_repeated(map);
	for (uint32_t i = 0; i < map->count; i++)
		depth = map->entries[i].value.depth > depth ? map->entries[i].value.depth : depth;
	TRY(nested(depth, &datum.depth));
	*result = datum;
	return NULL;
}

struct datum datum_map_get(const struct datum_map *map, const char *key, size_t length)
{
	struct datum_entry wanted = {.key = datum_string(key, length)};
	for (uint32_t low = 0, high = map->count; low < high;) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare_text(map->entries[middle].key, wanted.key);
		if (order == 0)
			return map->entries[middle].value;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return datum_null();
}

void datum_print_number(struct datum number, struct text *text)
{
	char digits[40];
	if (number.kind == DATUM_INTEGER) {
		text_printf(text, "%" PRId64, number.integer);
		return;
	}
	if (!isfinite(number.real)) {
		text_add(text, isnan(number.real) ? "NaN" : number.real > 0 ? "Infinity" : "-Infinity");
		return;
	}
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof digits, "%.*g", precision, number.real);
		if (strtod(digits, NULL) == number.real)
			break;
	}
	text_add(text, digits);
	if (strpbrk(digits, ".e") == NULL)
		text_add(text, ".0");
}

/* --- copying ------------------------------------------------------------------------------------------------------ */

static struct error *copy_bytes(struct arena *arena, const void *bytes, size_t size, const void **result)
{
	void *copy = arena_alloc(arena, size == 0 ? 1 : size);
	if (copy == NULL)
		return error_memory();
	if (size > 0)
		memcpy(copy, bytes, size);
	*result = copy;
	return NULL;
}

static struct error *copy_list(struct arena *arena, const struct datum_list *list, const struct datum_list **result)
{
	struct datum_list *copy = NULL;
	TRY(datum_list_create(arena, list->count, &copy));
	for (uint32_t i = 0; i < list->count; i++)
		TRY(datum_copy(arena, list->items[i], &copy->items[i]));
	*result = copy;
	return NULL;
}

static struct error *copy_map(struct arena *arena, const struct datum_map *map, const struct datum_map **result)
{
	struct datum_map *copy = NULL;
	TRY(datum_map_create(arena, map->count, &copy));
	for (uint32_t i = 0; i < map->count; i++) {
		TRY(datum_copy(arena, map->entries[i].key, &copy->entries[i].key));
		TRY(datum_copy(arena, map->entries[i].value, &copy->entries[i].value));
	}
	*result = copy;
	return NULL;
}

static struct error *copy_path(struct arena *arena, const struct datum_path *path, const struct datum_path **result)
{
	struct datum_path copy = {.length = path->length};
	const void *places = NULL, *edges = NULL, *sources = NULL, *whole = NULL;
	TRY(copy_bytes(arena, path->places, ((size_t)path->length + 1) * sizeof *path->places, &places));
	TRY(copy_bytes(arena, path->edges, path->length * sizeof *path->edges, &edges));
	TRY(copy_bytes(arena, path->sources, path->length * sizeof *path->sources, &sources));
	copy.places = places;
	copy.edges = edges;
	copy.sources = sources;
	TRY(copy_bytes(arena, &copy, sizeof copy, &whole));
	*result = whole;
	return NULL;
}

struct error *datum_copy(struct arena *arena, struct datum datum, struct datum *result)
{
	switch ((enum datum_kind)datum.kind) {
	case DATUM_STRING: {
		const char *copy = arena_copy(arena, datum.text, datum.length);
		if (copy == NULL)
			return error_memory();
		datum.text = copy;
		break;
	}
	case DATUM_LIST:
		TRY(copy_list(arena, datum.list, &datum.list));
		break;
	case DATUM_MAP:
		TRY(copy_map(arena, datum.map, &datum.map));
		break;
	case DATUM_PATH:
		TRY(copy_path(arena, datum.path, &datum.path));
		break;
	case DATUM_NULL:
	case DATUM_BOOLEAN:
	case DATUM_INTEGER:
	case DATUM_FLOAT:
	case DATUM_NODE:
	case DATUM_EDGE:
	case DATUM_KIND_COUNT:
		break;
	}
	*result = datum;
	return NULL;
}

size_t datum_bytes(struct datum datum)
{
	size_t bytes = 0;
	switch ((enum datum_kind)datum.kind) {
	case DATUM_STRING:
		return datum.length + (size_t)1;
	case DATUM_LIST:
		for (uint32_t i = 0; i < datum.list->count; i++)
			bytes += sizeof(struct datum) + datum_bytes(datum.list->items[i]);
		return bytes + sizeof *datum.list;
	case DATUM_MAP:
		for (uint32_t i = 0; i < datum.map->count; i++)
			bytes += sizeof(struct datum_entry) + datum_bytes(datum.map->entries[i].key) +
				 datum_bytes(datum.map->entries[i].value);
		return bytes + sizeof *datum.map;
	case DATUM_PATH:
		return sizeof *datum.path + ((size_t)datum.path->length * 3 + 1) * sizeof *datum.path->places;
	case DATUM_NULL:
	case DATUM_BOOLEAN:
	case DATUM_INTEGER:
	case DATUM_FLOAT:
	case DATUM_NODE:
	case DATUM_EDGE:
	case DATUM_KIND_COUNT:
		break;
	}
	return 0;
}
