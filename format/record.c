/* Record: how do the process's description, strings, types and roots lie in the file?
 *
 * Method: meta is a map of names; the others are columns, one for each field, by a list of fields (format/fields.h). Cost: 10-20
 * ns a field; memory: one column.
 */
#include "format/record.h"

#include "format/chunk.h"
#include "format/fields.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- meta ---------------------------------------------------------------------------------------------------------- */

struct error *meta_pack(const struct snapshot_meta *meta, struct pack *pack)
{
	size_t count = 0;
#define META_U64(name, unit, description) count += meta->name != META_ABSENT;
#define META_TEXT(name, description) count += meta->name != NULL;
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
	pack_clear(pack);
	pack_map(pack, count);
#define META_U64(name, unit, description)                                                                              \
	if (meta->name != META_ABSENT)                                                                                 \
		pack_pair(pack, #name, meta->name);
#define META_TEXT(name, description)                                                                                   \
	if (meta->name != NULL) {                                                                                      \
		pack_text(pack, #name);                                                                                \
		pack_text(pack, meta->name);                                                                           \
	}
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
	return NULL;
}

static struct error *meta_read_u64(const struct pack_value *root, const char *name, uint64_t *result)
{
	const struct pack_value *value = pack_value_find(root, name);
	if (value != NULL && !pack_value_u64(value, result))
		return error_create(ERROR_INPUT, "%s is no number", name);
	return NULL;
}

static struct error *meta_read_text(const struct pack_value *root, const char *name, char **result)
{
	const struct pack_value *value = pack_value_find(root, name);
	const char *text;
	size_t length;
	if (value == NULL)
		return NULL;
	if (!pack_value_text(value, &text, &length) || (length > 0 && memchr(text, '\0', length) != NULL))
		return error_create(ERROR_INPUT, "%s is no text", name);
	*result = strndup(text, length);
	return *result != NULL ? NULL : error_memory();
}

static struct error *meta_read_fields(const struct pack_value *root, struct snapshot_meta *meta)
{
#define META_U64(name, unit, description) TRY(meta_read_u64(root, #name, &meta->name));
#define META_TEXT(name, description) TRY(meta_read_text(root, #name, &meta->name));
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
	return NULL;
}

struct error *meta_read(const struct pack_value *root, struct snapshot_meta *meta)
{
	if (!pack_value_is_map(root))
		return error_create(ERROR_INPUT, "no map");
	struct snapshot_meta result;
	snapshot_meta_init(&result);
	struct error *error = meta_read_fields(root, &result);
	if (error != NULL)
		meta_deinit(&result);
	else
		*meta = result;
	return error;
}

void meta_deinit(struct snapshot_meta *meta)
{
#define META_U64(name, unit, description)
#define META_TEXT(name, description) free(meta->name);
#include "format/meta.def"
#undef META_U64
#undef META_TEXT
	snapshot_meta_init(meta);
}

/* --- strings ------------------------------------------------------------------------------------------------------- */

struct error *strings_write(struct codec *codec, const struct intern *intern, string_id first, uint32_t count,
			    struct pack *pack)
{
	AUTO(free) void *lengths = malloc(count * sizeof(uint32_t));
	AUTO(free) void *bytes = malloc(STRINGS_BYTES);
	if (lengths == NULL || bytes == NULL)
		return error_memory();
	size_t total = 0;
	for (uint32_t i = 0; i < count; i++) {
		size_t length;
		const char *string = intern_get(intern, first + i, &length);
		memcpy((char *)bytes + total, string, length);
		((uint32_t *)lengths)[i] = (uint32_t)length;
		total += length;
	}
	rows_write_header(pack, first, count, 2);
	TRY(column_put_u32(codec, pack, "length", lengths, count));
	return column_put_bytes(codec, pack, "text", bytes, total);
}

/* The two columns; *bytes is the caller's. */
static struct error *strings_read_columns(struct codec *codec, const struct pack_value *map, uint32_t *lengths,
					  uint32_t count, uint8_t **bytes)
{
	struct column length, text;
	bool has_length, has_text;
	TRY(column_find(map, "length", &length, &has_length));
	TRY(column_find(map, "text", &text, &has_text));
	if (!has_length || !has_text)
		return error_create(ERROR_INPUT, "column 'length' or 'text' is missing");
	TRY(column_get_u32(codec, &length, count, lengths));
	uint64_t total = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (lengths[i] > STRING_MAX)
			return error_create(ERROR_INPUT, "a string of %" PRIu32 " bytes", lengths[i]);
		total += lengths[i];
	}
	if (total != text.raw_length || total > STRINGS_BYTES ||
	    (!(text.encoding & ENCODING_STORED) && total > TEXT_FREE + TEXT_RATIO * (uint64_t)text.size))
		return error_create(ERROR_INPUT, "text of %" PRIu64 " bytes from %zu, for strings of %" PRIu64,
				    text.raw_length, text.size, total);
	AUTO(free) void *memory = malloc(total + 1);
	if (memory == NULL)
		return error_memory();
	TRY(column_get_bytes(codec, &text, total, memory));
	*bytes = steal(&memory);
	return NULL;
}

struct error *strings_read(struct codec *codec, const struct pack_value *root, string_id *first, struct intern *intern)
{
	uint32_t count;
	TRY(rows_read_header(root, NO_ID - 1, first, &count));
	AUTO(free) void *lengths = malloc(count * sizeof(uint32_t));
	if (lengths == NULL)
		return error_memory();
	uint8_t *bytes = NULL;
	TRY(strings_read_columns(codec, pack_value_find(root, "columns"), lengths, count, &bytes));
	struct error *error = NULL;
	const char *string = (const char *)bytes;
	for (uint32_t i = 0; i < count && error == NULL; i++) {
		uint32_t length = ((uint32_t *)lengths)[i];
		error = intern_append(intern, string, length);
		string += length;
	}
	free(bytes);
	return error;
}

/* --- types --------------------------------------------------------------------------------------------------------- */

static const struct row_field type_fields[] = {
	{"name", offsetof(struct type_record, name), FIELD_ID},
	{"module", offsetof(struct type_record, module), FIELD_ID},
	{"address", offsetof(struct type_record, address), FIELD_U64},
	{"base", offsetof(struct type_record, base), FIELD_ID},
	{"node", offsetof(struct type_record, node), FIELD_ID},
	{"flags", offsetof(struct type_record, flags), FIELD_U64},
	{"basicsize", offsetof(struct type_record, basicsize), FIELD_U64},
	{"itemsize", offsetof(struct type_record, itemsize), FIELD_U64},
};
#define TYPE_FIELDS (sizeof type_fields / sizeof *type_fields)

struct error *types_write(struct codec *codec, const struct type_record *rows, type_id first, uint32_t count,
			  struct pack *pack)
{
	rows_write_header(pack, first, count, TYPE_FIELDS);
	return fields_write(codec, type_fields, TYPE_FIELDS, rows, sizeof *rows, count, pack);
}

struct error *types_read(struct codec *codec, const struct pack_value *root, type_id *first, struct types *types)
{
	uint32_t count;
	TRY(rows_read_header(root, TYPES_MAX, first, &count));
	TRY(vector_reserve(&types->rows, types->rows.count + count));
	struct type_record *rows = types->rows.items + types->rows.count;
	memset(rows, 0, count * sizeof *rows);
	TRY(fields_read(codec, type_fields, TYPE_FIELDS, pack_value_find(root, "columns"), rows, sizeof *rows, count));
	types->rows.count += count;
	return NULL;
}

/* --- roots --------------------------------------------------------------------------------------------------------- */

_Static_assert(sizeof(enum root_kind) == sizeof(uint32_t), "read as a 32-bit field");
static const struct row_field root_fields[] = {
	{"kind", offsetof(struct root_record, kind), FIELD_U32},
	{"name", offsetof(struct root_record, name), FIELD_ID},
	{"thread", offsetof(struct root_record, thread), FIELD_U64},
	{"depth", offsetof(struct root_record, depth), FIELD_U64},
	{"function", offsetof(struct root_record, function), FIELD_ID},
	{"file", offsetof(struct root_record, file), FIELD_ID},
	{"line", offsetof(struct root_record, line), FIELD_U64},
	{"interpreter", offsetof(struct root_record, interpreter), FIELD_U64},
};
#define ROOT_FIELDS (sizeof root_fields / sizeof *root_fields)

void root_rows_deinit(struct roots *roots)
{
	vector_deinit(&roots->rows);
	vector_deinit(&roots->offsets);
	vector_deinit(&roots->edges);
}

struct edge_memory { /* columns of edges, in one piece of memory */
	struct edge_rows rows;
	void *memory;
};

static struct error *edge_memory_init(struct edge_memory *edges, size_t count)
{
	edges->memory = malloc((count + 1) * (sizeof(uint64_t) + sizeof(uint32_t) + 1));
	if (edges->memory == NULL)
		return error_memory();
	edges->rows.payload = edges->memory;
	edges->rows.difference = (uint32_t *)(edges->rows.payload + count + 1);
	edges->rows.tag = (uint8_t *)(edges->rows.difference + count + 1);
	return NULL;
}

static void edge_memory_deinit(struct edge_memory *edges)
{
	free(edges->memory);
}
DEFINE_AUTO_VALUE(edge_memory, struct edge_memory, edge_memory_deinit);

static struct error *root_edges_write(struct codec *codec, const struct roots *roots, struct pack *pack)
{
	size_t count = roots->edges.count, payloads = 0;
	AUTO(edge_memory) struct edge_memory edges = {0};
	TRY(edge_memory_init(&edges, count));
	for (size_t i = 0; i < count; i++) {
		const struct edge_record *edge = &roots->edges.items[i];
		edges.rows.difference[i] = edge->target;
		edges.rows.tag[i] = tag_make(edge->name, edge->class);
		if (edge_name_has_payload(edge->name))
			edges.rows.payload[payloads++] = edge->payload;
	}
	pack_text(pack, "edge_columns");
	pack_map(pack, 3);
	TRY(column_put_u32(codec, pack, "target", edges.rows.difference, count));
	TRY(column_put_bytes(codec, pack, "tag", edges.rows.tag, count));
	return column_put_u64(codec, pack, "payload", 0, edges.rows.payload, payloads);
}

struct error *roots_write(struct codec *codec, const struct roots *roots, struct pack *pack)
{
	size_t count = roots->rows.count;
	AUTO(free) void *degrees = malloc((count + 1) * sizeof(uint32_t));
	if (degrees == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++)
		((uint32_t *)degrees)[i] = (uint32_t)(roots->offsets.items[i + 1] - roots->offsets.items[i]);
	pack_clear(pack);
	pack_map(pack, 4);
	pack_pair(pack, "count", count);
	pack_pair(pack, "edges", roots->edges.count);
	pack_text(pack, "columns");
	pack_map(pack, ROOT_FIELDS + 1);
	TRY(fields_write(codec, root_fields, ROOT_FIELDS, roots->rows.items, sizeof *roots->rows.items, count, pack));
	TRY(column_put_u32(codec, pack, "degree", degrees, count));
	return root_edges_write(codec, roots, pack);
}

static struct error *root_rows_read(struct codec *codec, const struct pack_value *map, size_t count, bool newer,
				    struct roots *roots)
{
	TRY(vector_reserve(&roots->rows, count + 1));
	memset(roots->rows.items, 0, count * sizeof *roots->rows.items);
	TRY(fields_read(codec, root_fields, ROOT_FIELDS, map, roots->rows.items, sizeof *roots->rows.items, count));
	roots->rows.count = count;
	for (size_t i = 0; i < count; i++) {
		if ((unsigned)roots->rows.items[i].kind < ROOT_KIND_COUNT)
			continue;
		if (!newer)
			return error_create(ERROR_INPUT, "a root of unknown kind %u",
					    (unsigned)roots->rows.items[i].kind);
		roots->rows.items[i].kind = ROOT_INTERPRETER;
	}
	return NULL;
}

static struct error *root_offsets_read(struct codec *codec, const struct pack_value *map, size_t count, uint64_t edges,
				       struct roots *roots)
{
	struct column column;
	bool found;
	AUTO(free) void *degrees = malloc((count + 1) * sizeof(uint32_t));
	if (degrees == NULL)
		return error_memory();
	TRY(column_find(map, "degree", &column, &found));
	if (!found)
		return error_create(ERROR_INPUT, "column 'degree' is missing");
	TRY(column_get_u32(codec, &column, count, degrees));
	uint64_t sum = 0;
	for (size_t i = 0; i < count; i++) {
		TRY(vector_push(&roots->offsets, sum));
		sum += ((uint32_t *)degrees)[i];
	}
	if (sum != edges)
		return error_create(ERROR_INPUT, "degrees of roots add up to %" PRIu64 ", not %" PRIu64, sum, edges);
	return vector_push(&roots->offsets, sum);
}

static struct error *root_edges_read(struct codec *codec, const struct pack_value *root, size_t count, bool newer,
				     struct roots *roots)
{
	const struct pack_value *map = pack_value_find(root, "edge_columns");
	struct column target, tag, payload;
	bool has_target, has_tag, has_payload;
	AUTO(edge_memory) struct edge_memory edges = {0};
	TRY(edge_memory_init(&edges, count));
	TRY(column_find(map, "target", &target, &has_target));
	TRY(column_find(map, "tag", &tag, &has_tag));
	TRY(column_find(map, "payload", &payload, &has_payload));
	if (!has_target || !has_tag || !has_payload)
		return error_create(ERROR_INPUT, "column 'target', 'tag' or 'payload' is missing");
	TRY(column_get_u32(codec, &target, count, edges.rows.difference));
	TRY(column_get_bytes(codec, &tag, count, edges.rows.tag));
	size_t payloads = tags_payloads(edges.rows.tag, count);
	TRY(column_get_u64(codec, &payload, payloads, edges.rows.payload));
	payloads_spread(edges.rows.tag, count, payloads, edges.rows.payload);
	TRY(vector_reserve(&roots->edges, count + 1));
	for (size_t i = 0; i < count; i++) {
		uint8_t name, class;
		TRY(tags_split(&edges.rows.tag[i], 1, newer, &name, &class));
		uint64_t value = name == NAME_NONE ? 0 : edges.rows.payload[i];
		roots->edges.items[i] = (struct edge_record){edges.rows.difference[i], name, class, value};
	}
	roots->edges.count = count;
	return NULL;
}

struct error *roots_read(struct codec *codec, const struct pack_value *root, bool newer, struct roots *roots)
{
	const struct pack_value *map = pack_value_find(root, "columns");
	uint64_t count, edges;
	if (!pack_value_u64(pack_value_find(root, "count"), &count) ||
	    !pack_value_u64(pack_value_find(root, "edges"), &edges))
		return error_create(ERROR_INPUT, "its count or edges is missing");
	if (count > ROOTS_MAX || edges > ROOT_EDGES_MAX)
		return error_create(ERROR_INPUT, "%" PRIu64 " roots with %" PRIu64 " edges are too many", count, edges);
	TRY(root_rows_read(codec, map, count, newer, roots));
	TRY(root_offsets_read(codec, map, count, edges, roots));
	return root_edges_read(codec, root, edges, newer, roots);
}
