/* What can be asked of objects, edges and paths? */
#include "queries/function_parts.h"

#include "analyzer/dominators.h"

#include <string.h>

static struct error *need(struct evaluation *evaluation, unsigned parts)
{
	return heap_need(evaluation->heap, parts);
}

/* The property of that name, of an object; null of null. */
static struct error *property_of(struct evaluation *evaluation, const char *name, const char *function, struct datum node,
				 struct datum *result)
{
	*result = datum_null();
	if (node.kind == DATUM_NULL)
		return NULL;
	if (node.kind != DATUM_NODE)
		return function_unfit(function, "an object", node);
	const struct property *property = property_find(false, name, strlen(name));
	TRY(need(evaluation, property->parts));
	return heap_node_property(evaluation->heap, evaluation->arena, property, node.place, result);
}

struct error *function_id(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			  struct datum *result)
{
	(void)evaluation, (void)count;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NODE)
		*result = datum_integer(arguments[0].place);
	else if (arguments[0].kind == DATUM_EDGE)
		*result = datum_integer(arguments[0].edge);
	else if (arguments[0].kind != DATUM_NULL)
		return function_unfit("id", "an object or an edge", arguments[0]);
	return NULL;
}

struct error *function_type(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	(void)count;
	if (arguments[0].kind != DATUM_EDGE)
		return property_of(evaluation, "type", "type", arguments[0], result);
	TRY(need(evaluation, HEAP_NAMES));
	return heap_edge_name(evaluation->heap, evaluation->arena, arguments[0].edge, result);
}

struct error *function_labels(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			      struct datum *result)
{
	struct datum_list *list = NULL;
	struct datum type;
	(void)count;
	TRY(property_of(evaluation, "type", "labels", arguments[0], &type));
	*result = type;
	if (type.kind == DATUM_NULL)
		return NULL;
	TRY(datum_list_create(evaluation->arena, 1, &list));
	list->items[0] = type;
	return datum_of_list(list, result);
}

/* The keys of a map, or the names of all properties of a node or an edge. */
struct error *function_keys(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	struct datum_list *list = NULL;
	size_t known, kept = 0;
	(void)count;
	const struct property *properties = property_list(&known);
	bool map = arguments[0].kind == DATUM_MAP, edge = arguments[0].kind == DATUM_EDGE;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NULL)
		return NULL;
	if (!map && !edge && arguments[0].kind != DATUM_NODE)
		return function_unfit("keys", "a map, an object or an edge", arguments[0]);
	TRY(datum_list_create(evaluation->arena, map ? arguments[0].map->count : known, &list));
	for (uint32_t i = 0; map && i < list->count; i++)
		list->items[i] = arguments[0].map->entries[i].key;
	for (size_t i = 0; !map && i < known; i++)
		if (properties[i].edge == edge)
			list->items[kept++] = datum_string(properties[i].name, strlen(properties[i].name));
	list->count = map ? list->count : (uint32_t)kept;
	return datum_of_list(list, result);
}

/* What every snapshot has at hand: no analysis is made for it. */
#define CHEAP_PARTS (HEAP_TYPE | HEAP_SIZE | HEAP_ADDRESS | HEAP_REFCOUNT | HEAP_GENERATION | HEAP_FLAGS | HEAP_LENGTH | HEAP_NAMES | HEAP_OUT)

struct error *function_properties(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				  struct datum *result)
{
	struct datum_map *map = NULL;
	size_t known;
	uint32_t kept = 0;
	(void)count;
	const struct property *properties = property_list(&known);
	bool edge = arguments[0].kind == DATUM_EDGE;
	*result = arguments[0];
	if (arguments[0].kind == DATUM_NULL || arguments[0].kind == DATUM_MAP)
		return NULL;
	if (!edge && arguments[0].kind != DATUM_NODE)
		return function_unfit("properties", "a map, an object or an edge", arguments[0]);
	TRY(datum_map_create(evaluation->arena, known, &map));
	for (size_t i = 0; i < known; i++) {
		struct datum value;
		if (properties[i].edge != edge || (properties[i].parts & ~(unsigned)CHEAP_PARTS) != 0)
			continue;
		TRY(need(evaluation, properties[i].parts));
		if (edge)
			TRY(heap_edge_property(evaluation->heap, evaluation->arena, &properties[i], arguments[0].edge,
					       arguments[0].source, &value));
		else
			TRY(heap_node_property(evaluation->heap, evaluation->arena, &properties[i], arguments[0].place,
					       &value));
		if (value.kind == DATUM_NULL)
			continue;
		map->entries[kept].key = datum_string(properties[i].name, strlen(properties[i].name));
		map->entries[kept++].value = value;
	}
	map->count = kept;
	return datum_of_map(map, result);
}

struct error *function_dominator(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				 struct datum *result)
{
	(void)count;
	const struct heap *heap = evaluation->heap;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NULL)
		return NULL;
	if (arguments[0].kind != DATUM_NODE)
		return function_unfit("dominator", "an object", arguments[0]);
	uint32_t place = arguments[0].place;
	uint32_t dominator = heap_is_root(heap, place) ? DOMINATOR_ROOT : heap->dominator[place];
	if (dominator < heap->places)
		*result = datum_node(dominator);
	return NULL;
}

struct error *function_dominates(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				 struct datum *result)
{
	(void)count;
	*result = datum_null();
	for (int i = 0; i < 2; i++) {
		if (arguments[i].kind == DATUM_NULL)
			return NULL;
		if (arguments[i].kind != DATUM_NODE)
			return function_unfit("dominates", "two objects", arguments[i]);
	}
	*result = datum_boolean(heap_dominates(evaluation->heap, arguments[0].place, arguments[1].place));
	return NULL;
}

/* Nulls in the list count nothing. */
struct error *function_retained(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				struct datum *result)
{
	(void)count;
	if (arguments[0].kind != DATUM_LIST)
		return property_of(evaluation, "retained", "retained", arguments[0], result);
	const struct datum_list *list = arguments[0].list;
	uint32_t *places = arena_alloc(evaluation->arena, (list->count + (size_t)1) * sizeof *places);
	size_t kept = 0;
	uint64_t bytes = 0;
	if (places == NULL)
		return error_memory();
	for (uint32_t i = 0; i < list->count; i++) {
		if (list->items[i].kind == DATUM_NODE)
			places[kept++] = list->items[i].place;
		else if (list->items[i].kind != DATUM_NULL)
			return function_unfit("retained", "an object or a list of objects", list->items[i]);
	}
	if (kept > 0)
		TRY(heap_retained_set(evaluation->heap, places, kept, &bytes));
	*result = datum_integer((int64_t)bytes);
	return NULL;
}

struct error *function_path(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	(void)count;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NULL)
		return NULL;
	if (arguments[0].kind != DATUM_NODE)
		return function_unfit("path", "an object", arguments[0]);
	return heap_path(evaluation->heap, evaluation->arena, arguments[0].place, result);
}

struct error *function_subclass(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				struct datum *result)
{
	bool found = false;
	(void)count;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NULL || arguments[1].kind == DATUM_NULL)
		return NULL;
	if (arguments[0].kind != DATUM_NODE || arguments[1].kind != DATUM_STRING)
		return error_create(ERROR_USAGE, "subclass() takes an object and the name of a type, not %s and %s",
				    datum_kind_name(arguments[0].kind), datum_kind_name(arguments[1].kind));
	TRY(heap_subclass(evaluation->heap, evaluation->arena, arguments[0].place, arguments[1], &found));
	*result = datum_boolean(found);
	return NULL;
}

struct error *function_cycle(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			     struct datum *result)
{
	(void)count;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NULL)
		return NULL;
	if (arguments[0].kind != DATUM_NODE)
		return function_unfit("cycle", "an object", arguments[0]);
	uint32_t cycle = heap_cycle(evaluation->heap, arguments[0].place);
	if (cycle != NO_ID)
		*result = datum_integer(cycle);
	return NULL;
}

static struct error *edge_end(const char *name, struct datum edge, uint32_t place, struct datum *result)
{
	*result = datum_null();
	if (edge.kind == DATUM_NULL)
		return NULL;
	if (edge.kind != DATUM_EDGE)
		return function_unfit(name, "an edge", edge);
	*result = datum_node(place);
	return NULL;
}

struct error *function_start_node(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				  struct datum *result)
{
	(void)evaluation, (void)count;
	return edge_end("startNode", arguments[0], arguments[0].kind == DATUM_EDGE ? arguments[0].source : 0, result);
}

struct error *function_end_node(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				struct datum *result)
{
	(void)count;
	uint32_t target = arguments[0].kind == DATUM_EDGE ? evaluation->heap->targets[arguments[0].edge] : 0;
	return edge_end("endNode", arguments[0], target, result);
}

struct error *function_nodes(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			     struct datum *result)
{
	struct datum_list *list = NULL;
	(void)count;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NULL)
		return NULL;
	if (arguments[0].kind != DATUM_PATH)
		return function_unfit("nodes", "a path", arguments[0]);
	const struct datum_path *path = arguments[0].path;
	TRY(datum_list_create(evaluation->arena, (size_t)path->length + 1, &list));
	for (uint32_t i = 0; i <= path->length; i++)
		list->items[i] = datum_node(path->places[i]);
	return datum_of_list(list, result);
}

struct error *function_edges(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			     struct datum *result)
{
	struct datum_list *list = NULL;
	(void)count;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NULL)
		return NULL;
	if (arguments[0].kind != DATUM_PATH)
		return function_unfit("relationships", "a path", arguments[0]);
	const struct datum_path *path = arguments[0].path;
	TRY(datum_list_create(evaluation->arena, path->length, &list));
	for (uint32_t i = 0; i < path->length; i++)
		list->items[i] = datum_edge(path->edges[i], path->sources[i]);
	return datum_of_list(list, result);
}
