/* Which edges have one of these names, and what is an edge called?
 *
 * Names become ids of strings and numbers once, so that an edge is one comparison or two. A dict's str and int keys have names where
 * the snapshot holds previews: those keys are looked up once too, in one pass over the previews.
 */
#include "queries/heap_more.h"

#include "base/vector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct edge_names_set {
	bool none, key, member, type;
	uint32_t string_count, index_count, offset_count, stack_count, node_count;
	string_id *strings;
	uint32_t *indices, *offsets, *stacks;
	node_id *nodes; /* keys, ascending */
};

/* --- names ----------------------------------------------------------------------------------------------------------- */

static bool is_name(const struct name *name, const char *text, size_t length)
{
	return name->length == length && memcmp(name->text, text, length) == 0;
}

/* The number in `before`NUMBER`after`, written as we write it. */
static bool parse_number(const struct name *name, const char *before, const char *after, uint32_t *number)
{
	size_t start = strlen(before), end = strlen(after);
	if (name->length <= start + end || memcmp(name->text, before, start) != 0 ||
	    memcmp(name->text + name->length - end, after, end) != 0)
		return false;
	uint64_t value = 0;
	for (size_t i = start; i < name->length - end; i++) {
		char c = name->text[i];
		if (c < '0' || c > '9' || (c == '0' && i == start && name->length - end - start > 1))
			return false;
		value = value * 10 + (uint64_t)(c - '0');
		if (value >= PAYLOAD_NONE)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

static void add_name(struct edge_names_set *set, const struct name *name)
{
	uint32_t number;
	set->key |= is_name(name, "<key>", 5);
	set->member |= is_name(name, "<member>", 8);
	set->type |= is_name(name, "<type>", 6);
	if (parse_number(name, "[", "]", &number))
		set->indices[set->index_count++] = number;
	if (parse_number(name, "<+", ">", &number))
		set->offsets[set->offset_count++] = number;
	if (parse_number(name, "<stack ", ">", &number))
		set->stacks[set->stack_count++] = number;
}

static bool is_any(const struct edge_pattern *pattern, const char *text, size_t length)
{
	for (uint32_t i = 0; i < pattern->name_count; i++)
		if (is_name(&pattern->names[i], text, length))
			return true;
	return false;
}

/* What was gathered, in the arena. */
static struct error *keep(struct arena *arena, const uint32_t *items, size_t count, uint32_t **result, uint32_t *result_count)
{
	*result = arena_alloc(arena, (count + 1) * sizeof **result);
	if (*result == NULL)
		return error_memory();
	if (count > 0)
		memcpy(*result, items, count * sizeof **result);
	*result_count = (uint32_t)count;
	return NULL;
}

static struct error *find_strings(const struct heap *heap, struct arena *arena, const struct edge_pattern *pattern,
				  struct edge_names_set *set)
{
	VECTOR(uint32_t) found = {0};
	struct error *error = NULL;
	uint64_t count = reader_counts(heap->reader).strings;
	for (string_id id = 0; error == NULL && id < count; id++) {
		size_t length;
		const char *text = reader_string(heap->reader, id, &length);
		if (is_any(pattern, text, length))
			error = vector_push(&found, id);
	}
	if (error == NULL)
		error = keep(arena, found.items, found.count, &set->strings, &set->string_count);
	vector_deinit(&found);
	return error;
}

/* --- keys ------------------------------------------------------------------------------------------------------------ */

bool heap_value_is_whole(const struct heap *heap, node_id node, const char *bytes, size_t length)
{
	uint64_t characters = 0;
	for (size_t i = 0; i < length; i++)
		characters += ((unsigned char)bytes[i] & 0xc0) != 0x80;
	return characters == narrow_get(&heap->length, node);
}

/* Adds what a key with a whole preview is called. */
static bool name_key(const struct heap *heap, node_id node, const char *bytes, size_t length, struct text *text)
{
	enum kind kind = heap->facts->kind[heap->type[node]];
	if (kind == KIND_text && heap_value_is_whole(heap, node, bytes, length)) {
		text_add_bytes(text, bytes, length);
		return true;
	}
	if (kind != KIND_number)
		return false;
	text_add(text, "[");
	text_add_bytes(text, bytes, length);
	text_add(text, "]");
	return true;
}

struct gathered {
	VECTOR(uint32_t) nodes;
	struct text text;
};

static void gathered_deinit(struct gathered *gathered)
{
	vector_deinit(&gathered->nodes);
	text_deinit(&gathered->text);
}
DEFINE_AUTO_VALUE(gathered, struct gathered, gathered_deinit);

static struct error *find_in_chunk(const struct heap *heap, const struct edge_pattern *pattern, node_id first,
				   const struct value_rows *values, struct gathered *gathered)
{
	for (uint32_t i = 0; i < values->count && i < heap->nodes - first; i++) {
		if (!values->present[i])
			continue;
		gathered->text.length = 0;
		bool named = name_key(heap, first + i, (const char *)values->bytes + values->starts[i],
				      values->starts[i + 1] - values->starts[i], &gathered->text);
		TRY(text_error(&gathered->text));
		if (named && is_any(pattern, text_string(&gathered->text), gathered->text.length))
			TRY(vector_push(&gathered->nodes, first + i));
	}
	return NULL;
}

static struct error *find_keys(struct heap *heap, struct arena *arena, const struct edge_pattern *pattern,
			       struct edge_names_set *set)
{
	AUTO(gathered) struct gathered gathered = {0};
	text_init(&gathered.text);
	uint32_t chunks = reader_object_chunks(heap->reader);
	for (uint32_t chunk = 0; chunk < chunks; chunk++) {
		AUTO(value_rows) struct value_rows values = {0};
		TRY(reader_values(heap->reader, chunk, &values));
		if (values.count == 0)
			break;
		TRY(heap_need(heap, HEAP_TYPE | HEAP_LENGTH));
		TRY(find_in_chunk(heap, pattern, chunk * CHUNK_OBJECTS, &values, &gathered));
	}
	return keep(arena, gathered.nodes.items, gathered.nodes.count, &set->nodes, &set->node_count);
}

struct error *heap_edge_names(struct heap *heap, struct arena *arena, struct edge_pattern *pattern)
{
	struct edge_names_set *set = arena_alloc(arena, sizeof *set);
	if (set == NULL)
		return error_memory();
	size_t bytes = ((size_t)pattern->name_count + 1) * sizeof(uint32_t);
	set->indices = arena_alloc(arena, bytes);
	set->offsets = arena_alloc(arena, bytes);
	set->stacks = arena_alloc(arena, bytes);
	if (set->indices == NULL || set->offsets == NULL || set->stacks == NULL)
		return error_memory();
	for (uint32_t i = 0; i < pattern->name_count; i++)
		add_name(set, &pattern->names[i]);
	TRY(find_strings(heap, arena, pattern, set));
	TRY(find_keys(heap, arena, pattern, set));
	pattern->set = set;
	return NULL;
}

static bool is_among(const uint32_t *items, uint32_t count, uint32_t item)
{
	for (uint32_t i = 0; i < count; i++)
		if (items[i] == item)
			return item != PAYLOAD_NONE;
	return false;
}

static bool is_key(const struct edge_names_set *set, node_id node)
{
	uint32_t low = 0, high = set->node_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (set->nodes[middle] < node)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->node_count && set->nodes[low] == node;
}

bool edge_names_has(const struct heap *heap, const struct edge_names_set *set, uint32_t edge)
{
	uint32_t payload = heap->payloads[edge];
	switch (edge_kind_name(heap->kinds[edge])) {
	case NAME_ATTRIBUTE:
	case NAME_NAMED_KEY:
	case NAME_LOCAL:
	case NAME_CLOSURE:
	case NAME_FIELD:
		return is_among(set->strings, set->string_count, payload);
	case NAME_INDEX:
	case NAME_NEXT_INDEX:
		return is_among(set->indices, set->index_count, payload);
	case NAME_VALUE:
		return is_key(set, payload);
	case NAME_KEY:
		return set->key;
	case NAME_MEMBER:
		return set->member;
	case NAME_TYPE:
		return set->type;
	case NAME_OFFSET:
		return is_among(set->offsets, set->offset_count, payload);
	case NAME_STACK:
		return is_among(set->stacks, set->stack_count, payload);
	default:
		return false;
	}
}

/* --- what an edge is called ------------------------------------------------------------------------------------------ */

static struct known_edge known_edge(const struct heap *heap, uint32_t edge)
{
	enum edge_name name = edge_kind_name(heap->kinds[edge]);
	uint32_t payload = heap->payloads[edge];
	bool value = name == NAME_VALUE;
	return (struct known_edge){.record = {.target = heap->targets[edge],
					      .name = payload == PAYLOAD_NONE && !value ? NAME_NONE : name,
					      .class = edge_kind_class(heap->kinds[edge]),
					      .payload = value ? 0 : payload},
				   .key = value && payload < heap->nodes ? payload : NO_ID};
}

static struct error *key_name(struct heap *heap, node_id key, struct text *text)
{
	const char *bytes;
	size_t length;
	TRY(heap_need(heap, HEAP_TYPE | HEAP_LENGTH));
	TRY(heap_value(heap, key, &bytes, &length));
	if (bytes != NULL && name_key(heap, key, bytes, length, text))
		return NULL;
	return key_print(&heap->more->edges.keys, key, text);
}

struct error *heap_edge_name(struct heap *heap, struct arena *arena, uint32_t edge, struct datum *result)
{
	struct known_edge known = known_edge(heap, edge);
	size_t length;
	const char *string;
	AUTO(text) struct text text;
	text_init(&text);
	switch (known.record.name) {
	case NAME_NONE:
		*result = datum_null();
		return NULL;
	case NAME_ATTRIBUTE:
	case NAME_NAMED_KEY:
	case NAME_LOCAL:
	case NAME_CLOSURE:
	case NAME_FIELD:
		string = reader_string(heap->reader, (string_id)known.record.payload, &length);
		*result = datum_string(string, length);
		return NULL;
	case NAME_VALUE:
		TRY(known.key == NO_ID ? key_print(&heap->more->edges.keys, NO_ID, &text)
				       : key_name(heap, known.key, &text));
		break;
	default:
		TRY(edge_names_print(&heap->more->edges, &known, &text));
	}
	TRY(text_error(&text));
	string = arena_copy(arena, text_string(&text), text.length);
	if (string == NULL)
		return error_memory();
	*result = datum_string(string, text.length);
	return NULL;
}

struct error *heap_print_edge(struct heap *heap, uint32_t edge, struct text *text)
{
	TRY(heap_need(heap, HEAP_NAMES));
	struct known_edge known = known_edge(heap, edge);
	TRY(edge_names_print(&heap->more->edges, &known, text));
	return text_error(text);
}
