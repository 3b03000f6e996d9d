/* What are the properties of a place or an edge?
 *
 * A table made from property.def, and a switch for each sort. Integers that the heap has as columns are also given by the
 * block, in loops that a compiler turns into vectors.
 */
#include "queries/heap_more.h"

#include "analyzer/components.h"
#include "analyzer/dominators.h"
#include "analyzer/fates.h"

#include <inttypes.h>
#include <string.h>

enum node_property {
#define NODE_PROPERTY(name, kind, unit, parts, description) NODE_##name,
#include "queries/property.def"
	NODE_PROPERTIES
};

enum edge_property {
#define EDGE_PROPERTY(name, kind, unit, parts, description) EDGE_##name,
#include "queries/property.def"
	EDGE_PROPERTIES
};

static const struct property properties[] = {
#define NODE_PROPERTY(name, kind, unit, parts, description)                                                            \
	{#name, false, DATUM_##kind, UNIT_##unit, parts, NODE_##name, description},
#define EDGE_PROPERTY(name, kind, unit, parts, description)                                                            \
	{#name, true, DATUM_##kind, UNIT_##unit, parts, EDGE_##name, description},
#include "queries/property.def"
};
#define COUNT (sizeof properties / sizeof *properties)

const struct property *property_find(bool edge, const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT; i++)
		if (properties[i].edge == edge && strlen(properties[i].name) == length &&
		    memcmp(properties[i].name, name, length) == 0)
			return &properties[i];
	return NULL;
}

const struct property *property_list(size_t *count)
{
	*count = COUNT;
	return properties;
}

/* --- single ones ----------------------------------------------------------------------------------------------------- */

static struct datum number(uint64_t value)
{
	return datum_integer(value <= INT64_MAX ? (int64_t)value : INT64_MAX);
}

static struct datum string(const char *text)
{
	return datum_string(text, strlen(text));
}

static struct datum file_string(const struct heap *heap, string_id id)
{
	size_t length;
	const char *text = reader_string(heap->reader, id, &length);
	return id == NO_ID ? datum_null() : datum_string(text, length);
}

static struct error *copied(struct arena *arena, const char *bytes, size_t length, struct datum *result)
{
	const char *copy = arena_copy(arena, bytes, length);
	if (copy == NULL)
		return error_memory();
	*result = datum_string(copy, length);
	return NULL;
}

static const char *root_kind_name(enum root_kind kind)
{
	static const char *const names[ROOT_KIND_COUNT] = {[ROOT_MODULES] = "modules",
							   [ROOT_BUILTINS] = "builtins",
							   [ROOT_INTERPRETER] = "interpreter",
							   [ROOT_THREAD] = "thread",
							   [ROOT_FRAME] = "frame",
							   [ROOT_STATIC_TYPES] = "static_types",
							   [ROOT_C_GLOBALS] = "c_globals"};
	return names[kind];
}

/* The thread that a root of it stands for. */
static struct error *thread_name(const struct heap *heap, struct arena *arena, root_id root, struct datum *result)
{
	const struct root_record *roots = reader_roots(heap->reader);
	for (root_id r = 0; r < heap->roots; r++)
		if (roots[r].kind == ROOT_THREAD && roots[r].thread == roots[root].thread && roots[r].name != NO_ID) {
			*result = file_string(heap, roots[r].name);
			return NULL;
		}
	AUTO(text) struct text text;
	text_init(&text);
	text_printf(&text, "thread %" PRIu64, roots[root].thread);
	TRY(text_error(&text));
	return copied(arena, text_string(&text), text.length, result);
}

static struct error *root_property(const struct heap *heap, struct arena *arena, enum node_property property,
				   uint32_t place, struct datum *result)
{
	const struct root_record *root = &reader_roots(heap->reader)[place - heap->nodes];
	switch (property) {
	case NODE_id:
		*result = number(place);
		break;
	case NODE_type:
		*result = string("root");
		break;
	case NODE_kind:
		*result = string(root_kind_name(root->kind));
		break;
	case NODE_name:
		*result = file_string(heap, root->name);
		break;
	case NODE_depth:
		if (root->kind == ROOT_FRAME)
			*result = number(root->depth);
		break;
	case NODE_outdegree:
		*result = number(heap->offsets[place + 1] - heap->offsets[place]);
		break;
	case NODE_thread:
		if (root->thread != 0)
			return thread_name(heap, arena, place - heap->nodes, result);
		break;
	default:
		break;
	}
	return NULL;
}

/* Which objects are classes and modules, by what the file says of types and modules. */
static struct error *find_named(struct heap *heap)
{
	struct heap_more *more = heap->more;
	const struct type_record *types = reader_types(heap->reader);
	const struct module_row *modules;
	size_t count;
	if (more->named)
		return NULL;
	for (type_id t = 0; t < heap->facts->count; t++)
		if (types[t].node != NO_ID)
			TRY(map_put(&more->classes, types[t].node, t));
	TRY(reader_modules(heap->reader, &modules, &count));
	for (size_t i = 0; i < count; i++)
		if (modules[i].node != NO_ID)
			TRY(map_put(&more->modules, modules[i].node, (uint32_t)i));
	more->named = true;
	return NULL;
}

static struct error *object_name(struct heap *heap, node_id node, struct datum *result)
{
	const struct module_row *modules;
	size_t count;
	uint32_t index;
	TRY(find_named(heap));
	if (map_find(&heap->more->classes, node, &index)) {
		const struct label *label = &heap->names->labels[heap->facts->label[index]];
		*result = datum_string(label->name, label->length);
	} else if (map_find(&heap->more->modules, node, &index)) {
		TRY(reader_modules(heap->reader, &modules, &count));
		*result = file_string(heap, modules[index].name);
	}
	return NULL;
}

struct error *heap_value(struct heap *heap, node_id node, const char **bytes, size_t *length)
{
	struct heap_more *more = heap->more;
	uint32_t chunk = node / CHUNK_OBJECTS, i = node % CHUNK_OBJECTS;
	if (chunk != more->values_chunk) {
		more->values_chunk = NO_ID;
		value_rows_deinit(&more->values);
		more->values = (struct value_rows){0};
		TRY(reader_values(heap->reader, chunk, &more->values));
		more->values_chunk = chunk;
	}
	*bytes = NULL;
	*length = 0;
	if (i >= more->values.count || !more->values.present[i])
		return NULL;
	*bytes = (const char *)more->values.bytes + more->values.starts[i];
	*length = more->values.starts[i + 1] - more->values.starts[i];
	return NULL;
}

static struct error *printed(const struct heap *heap, struct arena *arena, enum node_property property, node_id node,
			     struct datum *result)
{
	AUTO(text) struct text text;
	text_init(&text);
	if (property == NODE_hash && heap->hash[node] != 0)
		text_printf(&text, "%016" PRIx64, heap->hash[node]);
	if (property == NODE_site && heap->more->site != NULL)
		sites_print(&heap->more->sites, heap->more->site[node], &text);
	TRY(text_error(&text));
	return text.length > 0 ? copied(arena, text_string(&text), text.length, result) : NULL;
}

static struct error *object_text(struct heap *heap, struct arena *arena, enum node_property property, node_id node,
				 struct datum *result)
{
	const struct label *label;
	const char *bytes;
	size_t length;
	switch (property) {
	case NODE_type:
		label = &heap->names->labels[heap->facts->label[heap->type[node]]];
		*result = datum_string(label->name, label->length);
		return NULL;
	case NODE_module:
		*result = file_string(heap, reader_types(heap->reader)[heap->type[node]].module);
		return NULL;
	case NODE_kind:
		*result = string(kind_name(heap->facts->kind[heap->type[node]]));
		return NULL;
	case NODE_name:
		return object_name(heap, node, result);
	case NODE_fate:
		*result = string(fate_name(heap->fate[node]));
		return NULL;
	case NODE_value:
		TRY(heap_value(heap, node, &bytes, &length));
		return bytes != NULL ? copied(arena, bytes, length, result) : NULL;
	case NODE_thread:
		if (heap->more->thread[node] < THREAD_NONE)
			return thread_name(heap, arena, heap->more->thread[node], result);
		return NULL;
	default:
		return printed(heap, arena, property, node, result);
	}
}

static int64_t less(uint64_t now, uint64_t before)
{
	return (int64_t)(now - before);
}

static struct datum object_number(const struct heap *heap, enum node_property property, node_id node)
{
	node_id before;
	switch (property) {
	case NODE_generation:
		return heap->generation[node] == GENERATION_UNTRACKED ? datum_null() : number(heap->generation[node]);
	case NODE_immortal:
		return datum_boolean(heap->flags[node] & OBJECT_IMMORTAL);
	case NODE_depth:
		return heap->more->depth[node] == NO_ID ? datum_null() : number(heap->more->depth[node]);
	case NODE_new:
		return heap->before != NULL ? datum_boolean(heap->before[node] == NO_ID) : datum_null();
	case NODE_survived:
		return datum_boolean(heap->before != NULL ? heap->before[node] != NO_ID : heap->stayed[node]);
	case NODE_delta_retained:
		before = heap->before[node];
		return datum_integer(less(heap->retained[node], before == NO_ID ? 0 : heap->other->retained[before]));
	default:
		return datum_null();
	}
}

static bool is_text(enum node_property property)
{
	static const bool texts[NODE_PROPERTIES] = {[NODE_type] = true,  [NODE_module] = true, [NODE_kind] = true,
						    [NODE_name] = true,  [NODE_fate] = true,   [NODE_value] = true,
						    [NODE_hash] = true,  [NODE_thread] = true, [NODE_site] = true};
	return texts[property];
}

struct error *heap_node_property(struct heap *heap, struct arena *arena, const struct property *property, uint32_t place,
				 struct datum *result)
{
	int64_t value;
	*result = datum_null();
	if (heap_is_root(heap, place))
		return root_property(heap, arena, property->number, place, result);
	if (is_text(property->number))
		return object_text(heap, arena, property->number, place, result);
	*result = heap_numbers(heap, property, place, 1, &value) ? datum_integer(value)
								  : object_number(heap, property->number, place);
	return NULL;
}

/* --- columns --------------------------------------------------------------------------------------------------------- */

/* The few that don't fit 32 bits are put in after. */
static void narrow_numbers(const struct narrow_column *column, uint32_t first, uint32_t count, int64_t *numbers)
{
	const uint32_t *values = column->values + first;
	for (uint32_t i = 0; i < count; i++)
		numbers[i] = values[i];
	size_t low = 0, high = column->wide.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (column->wide.items[middle].node < first)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < column->wide.count && column->wide.items[low].node - first < count; low++) {
		uint64_t value = column->wide.items[low].value;
		numbers[column->wide.items[low].node - first] = value <= INT64_MAX ? (int64_t)value : INT64_MAX;
	}
}

static void long_numbers(const uint64_t *values, uint32_t count, int64_t *numbers)
{
	for (uint32_t i = 0; i < count; i++)
		numbers[i] = values[i] <= INT64_MAX ? (int64_t)values[i] : INT64_MAX;
}

static void degree_numbers(const uint32_t *offsets, uint32_t count, int64_t *numbers)
{
	for (uint32_t i = 0; i < count; i++)
		numbers[i] = offsets[i + 1] - offsets[i];
}

static void delta_numbers(const struct heap *heap, uint32_t first, uint32_t count, int64_t *numbers)
{
	for (uint32_t i = 0; i < count; i++) {
		node_id before = heap->before[first + i];
		uint64_t was = before == NO_ID ? 0 : narrow_get(&heap->other->size, before);
		numbers[i] = less(narrow_get(&heap->size, first + i), was);
	}
}

static bool plain_numbers(const struct heap *heap, enum node_property property, uint32_t first, uint32_t count,
			  int64_t *numbers)
{
	switch (property) {
	case NODE_id:
		for (uint32_t i = 0; i < count; i++)
			numbers[i] = (int64_t)first + i;
		return true;
	case NODE_residue:
		for (uint32_t i = 0; i < count; i++)
			numbers[i] = heap->residue[first + i];
		return true;
	case NODE_indegree:
		degree_numbers(heap->in_offsets + first, count, numbers);
		return true;
	case NODE_outdegree:
		degree_numbers(heap->offsets + first, count, numbers);
		return true;
	case NODE_delta:
		if (heap->before == NULL)
			return false;
		delta_numbers(heap, first, count, numbers);
		return true;
	default:
		return false;
	}
}

bool heap_numbers(const struct heap *heap, const struct property *property, uint32_t first, uint32_t count,
		  int64_t *numbers)
{
	switch ((enum node_property)property->number) {
	case NODE_address:
		long_numbers(heap->address + first, count, numbers);
		return true;
	case NODE_retained:
		long_numbers(heap->retained + first, count, numbers);
		return true;
	case NODE_size:
		narrow_numbers(&heap->size, first, count, numbers);
		return true;
	case NODE_getsizeof:
		narrow_numbers(&heap->getsizeof, first, count, numbers);
		return true;
	case NODE_refcount:
		narrow_numbers(&heap->refcount, first, count, numbers);
		return true;
	case NODE_length:
		narrow_numbers(&heap->length, first, count, numbers);
		return true;
	default:
		return plain_numbers(heap, property->number, first, count, numbers);
	}
}

/* --- edges ----------------------------------------------------------------------------------------------------------- */

static const char *edge_kind_string(enum edge_name name)
{
	static const char *const names[NAME_COUNT] =
		{[NAME_NONE] = "none",     [NAME_ATTRIBUTE] = "attribute", [NAME_NEXT_INDEX] = "index",
		 [NAME_INDEX] = "index",   [NAME_KEY] = "key",             [NAME_VALUE] = "value",
		 [NAME_LOCAL] = "local",   [NAME_NAMED_KEY] = "named_key", [NAME_CLOSURE] = "closure",
		 [NAME_FIELD] = "field",   [NAME_MEMBER] = "member",       [NAME_TYPE] = "type",
		 [NAME_OFFSET] = "offset", [NAME_STACK] = "stack"};
	return names[name];
}

struct error *heap_edge_property(struct heap *heap, struct arena *arena, const struct property *property, uint32_t edge,
				 uint32_t source, struct datum *result)
{
	(void)source;
	enum edge_name name = edge_kind_name(heap->kinds[edge]);
	*result = datum_null();
	switch ((enum edge_property)property->number) {
	case EDGE_name:
		return heap_edge_name(heap, arena, edge, result);
	case EDGE_kind:
		*result = string(edge_kind_string(name));
		break;
	case EDGE_class:
		*result = string(edge_class_name(edge_kind_class(heap->kinds[edge])));
		break;
	case EDGE_index:
		if ((name == NAME_INDEX || name == NAME_NEXT_INDEX || name == NAME_STACK) &&
		    heap->payloads[edge] != PAYLOAD_NONE)
			*result = number(heap->payloads[edge]);
		break;
	case EDGE_PROPERTIES:
		break;
	}
	return NULL;
}

/* --- how places are written ------------------------------------------------------------------------------------------ */

struct error *heap_print_place(struct heap *heap, uint32_t place, struct text *text)
{
	if (heap_is_root(heap, place)) {
		size_t length;
		const char *name =
			reader_string(heap->reader, reader_roots(heap->reader)[place - heap->nodes].name, &length);
		text_add_escaped(text, name, length);
		return text_error(text);
	}
	if (!(heap->parts & HEAP_TYPE))
		return object_lookup_print(&heap->more->objects, place, text);
	const struct label *label = &heap->names->labels[heap->facts->label[heap->type[place]]];
	text_add_escaped(text, label->name, label->length);
	text_printf(text, " #%" PRIu32, place);
	return text_error(text);
}
