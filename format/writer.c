/* Writer: how does a heap of any size become a file, while only a chunk of it is in memory?
 *
 * Method: objects and edges fill the arrays of one chunk each, which are encoded and written when full; strings and types
 * go out before any chunk that may name them, so that what was written of a file that is cut can be salvaged. Roots, meta
 * and the manifest come last. Cost: 40-90 ns an object with its edges; memory: 8 MB, the previews of one chunk (64 MiB at
 * most), the interned strings, the types, the roots and 40 bytes a member.
 */
#include "format/writer.h"

#include "format/chunk.h"
#include "format/manifest.h"
#include "format/record.h"
#include "format/relation.h"
#include "format/values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct writer {
	struct output *output;
	struct archive_sink *sink;
	struct codec *codec;
	struct pack *pack;
	VECTOR(struct manifest_member) members;
	uint32_t numbers[MEMBER_KIND_COUNT]; /* of the next member of each kind */
	struct manifest manifest;            /* counts and losses so far */

	struct intern strings;
	string_id strings_flushed;        /* strings before it are in the file */
	size_t strings_bytes;             /* of those that are not */
	VECTOR(struct type_record) types; /* those that are not in the file */
	type_id types_flushed;
	struct roots roots;
	struct relation_tail {
		VECTOR(uint8_t) bytes; /* of the rows that are not in the file */
		uint32_t count;        /* of them */
		uint32_t flushed;
	} relations[RELATION_COUNT];
	struct relation_bounds named; /* ids + 1 that some row names, at most */

	struct object_columns objects;
	struct objects_header objects_header;
	struct value_chunk values;           /* of the objects in the chunk */
	struct edge_rows edges;
	struct edges_header edges_header;
	size_t payloads;              /* payloads in the edges chunk */
	uint32_t degree;              /* edges of the object before, so far */
	uint64_t address;             /* of the object before */
	enum edge_name previous_name; /* of the edge before, of the same owner */
	uint64_t greatest_target, greatest_type, greatest_node, greatest_base; /* ids + 1 that something names */
	bool keeps_values, has_meta, failed, committed;
};

/* --- members ------------------------------------------------------------------------------------------------------- */

/* Writes what lies in the pack as the next member of its kind. */
static struct error *member_add(struct writer *writer, enum member_kind kind)
{
	const void *data;
	size_t size;
	char name[MEMBER_NAME_MAX + 1];
	TRY(pack_data(writer->pack, &data, &size));
	uint32_t number = writer->numbers[kind]++;
	member_name(kind, number, name);
	TRY(vector_push(&writer->members, (struct manifest_member){kind, number, size, checksum_of(data, size)}));
	return archive_sink_add(writer->sink, name, data, size);
}

static struct error *strings_flush(struct writer *writer)
{
	uint32_t count = intern_count(&writer->strings) - writer->strings_flushed;
	if (count == 0)
		return NULL;
	TRY(strings_write(writer->codec, &writer->strings, writer->strings_flushed, count, writer->pack));
	TRY(member_add(writer, MEMBER_STRINGS));
	writer->strings_flushed += count;
	writer->strings_bytes = 0;
	return NULL;
}

/* With the strings that they may name. */
static struct error *types_flush(struct writer *writer)
{
	uint32_t count = (uint32_t)writer->types.count;
	TRY(strings_flush(writer));
	if (count == 0)
		return NULL;
	TRY(types_write(writer->codec, writer->types.items, writer->types_flushed, count, writer->pack));
	TRY(member_add(writer, MEMBER_TYPES));
	writer->types_flushed += count;
	writer->types.count = 0;
	return NULL;
}

static struct error *edges_flush(struct writer *writer)
{
	struct edges_header *header = &writer->edges_header;
	if (header->count == 0)
		return NULL;
	TRY(types_flush(writer));
	TRY(edges_write(writer->codec, header, &writer->edges, writer->payloads, writer->pack));
	TRY(member_add(writer, MEMBER_EDGES));
	header->first += header->count;
	header->count = 0;
	writer->payloads = 0;
	return NULL;
}

static struct error *objects_flush(struct writer *writer)
{
	struct objects_header *header = &writer->objects_header;
	if (header->count == 0)
		return NULL;
	TRY(types_flush(writer));
	TRY(objects_write(writer->codec, header, &writer->objects, writer->pack));
	TRY(member_add(writer, MEMBER_OBJECTS));
	if (writer->keeps_values) {
		TRY(values_write(writer->codec, header->first, header->count, &writer->values, writer->pack));
		TRY(member_add(writer, MEMBER_VALUES));
	}
	header->first += header->count;
	header->count = 0;
	header->first_edge = writer->manifest.counts.edges;
	return NULL;
}

static struct error *rows_flush(struct writer *writer, enum relation relation)
{
	struct relation_tail *tail = &writer->relations[relation];
	if (tail->count == 0)
		return NULL;
	TRY(types_flush(writer));
	TRY(relation_write(writer->codec, relation, tail->bytes.items, tail->flushed, tail->count, writer->pack));
	TRY(member_add(writer, MEMBER_RELATIONS + relation));
	tail->flushed += tail->count;
	tail->count = 0;
	tail->bytes.count = 0;
	return NULL;
}

/* --- life ---------------------------------------------------------------------------------------------------------- */

struct error *writer_create(const char *path, bool force, struct writer **result)
{
	AUTO(writer) struct writer *writer = calloc(1, sizeof *writer);
	if (writer == NULL)
		return error_memory();
	intern_init(&writer->strings);
	TRY(object_columns_init(&writer->objects));
	TRY(value_chunk_init(&writer->values));
	TRY(edge_rows_init(&writer->edges));
	TRY(codec_create(&writer->codec));
	TRY(pack_create(&writer->pack));
	TRY(output_create(path, force, &writer->output));
	TRY(archive_sink_create(writer->output, &writer->sink));
	*result = steal(&writer);
	return NULL;
}

void writer_destroy(struct writer *writer)
{
	if (writer == NULL)
		return;
	archive_sink_destroy(writer->sink);
	output_destroy(writer->output);
	pack_destroy(writer->pack);
	codec_destroy(writer->codec);
	object_columns_deinit(&writer->objects);
	value_chunk_deinit(&writer->values);
	edge_rows_deinit(&writer->edges);
	root_rows_deinit(&writer->roots);
	for (unsigned relation = 0; relation < RELATION_COUNT; relation++)
		vector_deinit(&writer->relations[relation].bytes);
	vector_deinit(&writer->types);
	vector_deinit(&writer->members);
	intern_deinit(&writer->strings);
	free(writer);
}

const char *writer_temporary(const struct writer *writer)
{
	return output_temporary(writer->output);
}

struct snapshot_counts writer_counts(const struct writer *writer)
{
	struct snapshot_counts counts = writer->manifest.counts;
	counts.strings = intern_count(&writer->strings);
	return counts;
}

void writer_loss(struct writer *writer, enum loss loss, uint64_t count)
{
	uint64_t *losses = writer->manifest.losses;
	losses[loss] = count > UINT64_MAX - losses[loss] ? UINT64_MAX : losses[loss] + count;
}

/* After a failed write the file lacks something: nothing may be committed any more. */
static struct error *sticky(struct writer *writer, struct error *error)
{
	writer->failed |= error != NULL;
	return error;
}

/* --- strings, types, meta ------------------------------------------------------------------------------------------ */

struct error *writer_string(struct writer *writer, const char *bytes, size_t length, string_id *id)
{
	string_id found;
	uint32_t count = intern_count(&writer->strings);
	TRY(sticky(writer, intern_put(&writer->strings, bytes, length, &found)));
	if (found == count) {
		writer->strings_bytes += length < STRING_MAX ? length : STRING_MAX;
		if (writer->strings_bytes >= STRINGS_FLUSH || count + 1 - writer->strings_flushed == CHUNK_RECORDS)
			TRY(sticky(writer, strings_flush(writer)));
	}
	*id = found;
	return NULL;
}

/* NO_ID or a string that is there. */
static bool string_known(const struct writer *writer, string_id id)
{
	return id == NO_ID || id < intern_count(&writer->strings);
}

/* Notes that something names `id`: checked by the commit. */
static void name_id(uint64_t *greatest, uint32_t id)
{
	if (id != NO_ID && id + UINT64_C(1) > *greatest)
		*greatest = id + UINT64_C(1);
}

struct error *writer_type(struct writer *writer, const struct type_record *type, type_id *id)
{
	uint64_t count = writer->manifest.counts.types;
	if (!string_known(writer, type->name) || !string_known(writer, type->module))
		return error_create(ERROR_INPUT, "type %" PRIu64 " names a string that was never written", count);
	if (count == TYPES_MAX)
		return error_create(ERROR_MEMORY, "more than %u types", TYPES_MAX);
	TRY(sticky(writer, vector_push(&writer->types, *type)));
	name_id(&writer->greatest_base, type->base);
	name_id(&writer->greatest_node, type->node);
	writer->manifest.counts.types++;
	if (writer->types.count == CHUNK_RECORDS)
		TRY(sticky(writer, types_flush(writer)));
	*id = (type_id)count;
	return NULL;
}

struct error *writer_meta(struct writer *writer, const struct snapshot_meta *meta)
{
	if (writer->has_meta)
		return error_create(ERROR_INPUT, "meta is written once");
	TRY(sticky(writer, meta_pack(meta, writer->pack)));
	TRY(sticky(writer, member_add(writer, MEMBER_META)));
	writer->has_meta = true;
	return NULL;
}

/* --- objects and edges --------------------------------------------------------------------------------------------- */

static struct error *object_check(const struct writer *writer, const struct object_record *object)
{
	const struct snapshot_counts *counts = &writer->manifest.counts;
	if (object->address % 8 != 0)
		return error_create_at(ERROR_INPUT, object->address, "object at 0x%" PRIx64 ": not a multiple of 8",
				       object->address);
	if (counts->nodes > 0 && object->address <= writer->address)
		return error_create_at(ERROR_INPUT, object->address,
				       "object at 0x%" PRIx64 " does not come after 0x%" PRIx64, object->address,
				       writer->address);
	if (object->size > INT64_MAX - counts->size)
		return error_create_at(ERROR_INPUT, object->address,
				       "object at 0x%" PRIx64 ": sizes add up to 2^63 or more", object->address);
	if (object->generation >= GENERATION_COUNT || object->flags > UINT8_MAX || object->type == NO_ID)
		return error_create_at(ERROR_INPUT, object->address,
				       "object at 0x%" PRIx64 ": unknown generation, flags or type", object->address);
	if (counts->nodes == NODES_MAX)
		return error_create(ERROR_MEMORY, "more than %u objects", NODES_MAX);
	return NULL;
}

struct error *writer_object(struct writer *writer, const struct object_record *object)
{
	TRY(object_check(writer, object));
	if (writer->objects_header.count == CHUNK_OBJECTS)
		TRY(sticky(writer, objects_flush(writer)));
	struct object_columns *columns = &writer->objects;
	uint32_t i = writer->objects_header.count++;
	columns->address[i] = object->address;
	columns->type[i] = object->type;
	columns->size[i] = object->size;
	columns->getsizeof[i] = object->getsizeof;
	columns->refcount[i] = object->refcount;
	columns->generation[i] = (uint8_t)object->generation;
	columns->flags[i] = (uint8_t)object->flags;
	columns->degree[i] = 0;
	columns->content_hash[i] = object->content_hash;
	columns->length[i] = object->length;
	writer->values.lengths[i] = 0;
	name_id(&writer->greatest_type, object->type);
	writer->manifest.counts.nodes++;
	writer->manifest.counts.size += object->size;
	writer->address = object->address;
	writer->degree = 0;
	writer->previous_name = NAME_NONE;
	return NULL;
}

/* A value whose key was not written has no name. */
static enum edge_name name_stored(struct writer *writer, enum edge_name name)
{
	bool keyless = name == NAME_VALUE && writer->previous_name != NAME_KEY;
	writer->previous_name = name;
	return keyless ? NAME_NONE : name;
}

static struct error *edge_check(struct writer *writer, const struct edge_record *edge)
{
	if (edge->target >= NODES_MAX || edge->name >= NAME_COUNT || edge->class > EDGE_GUESS)
		return error_create(ERROR_INPUT, "an edge without a target, or of unknown name or class");
	if (edge_name_has_string(edge->name) && edge->payload >= intern_count(&writer->strings))
		return error_create(ERROR_INPUT, "an edge names a string that was never written");
	name_id(&writer->greatest_target, edge->target);
	return NULL;
}

void writer_measure(struct writer *writer, const struct measures *measures)
{
	struct object_columns *columns = &writer->objects;

	if (writer->objects_header.count == 0)
		return;
	uint32_t i = writer->objects_header.count - 1;
	writer->manifest.counts.size += measures->size - columns->size[i];
	columns->size[i] = measures->size;
	columns->getsizeof[i] = measures->getsizeof;
	columns->content_hash[i] = measures->content_hash;
	columns->length[i] = measures->length;
}

void writer_keep_values(struct writer *writer)
{
	writer->keeps_values = writer->manifest.counts.nodes == 0;
}

struct error *writer_value(struct writer *writer, const void *bytes, size_t length)
{
	if (!writer->keeps_values)
		return NULL;
	if (writer->objects_header.count == 0 || length > VALUE_MAX ||
	    writer->values.lengths[writer->objects_header.count - 1] != 0)
		return error_create(ERROR_INPUT, "a preview of %zu bytes without an object, or a second one", length);
	return sticky(writer, value_chunk_add(&writer->values, writer->objects_header.count - 1, bytes, length));
}

struct error *writer_edge(struct writer *writer, const struct edge_record *edge)
{
	TRY(edge_check(writer, edge));
	if (writer->manifest.counts.nodes == 0)
		return error_create(ERROR_INPUT, "an edge before the first object");
	if (writer->degree == UINT32_MAX - 1)
		return error_create(ERROR_MEMORY, "an object with more than %u edges", UINT32_MAX - 1);
	struct edges_header *header = &writer->edges_header;
	node_id source = (node_id)(writer->manifest.counts.nodes - 1);
	if (header->count == 0) {
		header->source = source;
		header->before = writer->degree;
	}
	enum edge_name name = name_stored(writer, edge->name);
	uint32_t i = header->count++;
	writer->edges.difference[i] = zigzag_u32(edge->target - source);
	writer->edges.tag[i] = tag_make(name, edge->class);
	if (edge_name_has_payload(name))
		writer->edges.payload[writer->payloads++] = edge->payload;
	writer->objects.degree[writer->objects_header.count - 1] = ++writer->degree;
	writer->manifest.counts.edges++;
	return header->count == CHUNK_EDGES ? sticky(writer, edges_flush(writer)) : NULL;
}

/* --- roots --------------------------------------------------------------------------------------------------------- */

struct error *writer_root(struct writer *writer, const struct root_record *root, root_id *id)
{
	if (!string_known(writer, root->name) || !string_known(writer, root->function) ||
	    !string_known(writer, root->file))
		return error_create(ERROR_INPUT, "root %zu names a string that was never written",
				    writer->roots.rows.count);
	if (root->kind >= ROOT_KIND_COUNT)
		return error_create(ERROR_INPUT, "root %zu is of unknown kind %u", writer->roots.rows.count,
				    root->kind);
	if (writer->roots.rows.count == ROOTS_MAX)
		return error_create(ERROR_MEMORY, "more than %u roots", ROOTS_MAX);
	TRY(sticky(writer, vector_push(&writer->roots.offsets, writer->roots.edges.count)));
	TRY(sticky(writer, vector_push(&writer->roots.rows, *root)));
	*id = (root_id)writer->manifest.counts.roots++;
	writer->previous_name = NAME_NONE;
	return NULL;
}

struct error *writer_root_edge(struct writer *writer, const struct edge_record *edge)
{
	TRY(edge_check(writer, edge));
	if (writer->manifest.counts.roots == 0)
		return error_create(ERROR_INPUT, "a root's edge before the first root");
	if (writer->roots.edges.count == ROOT_EDGES_MAX)
		return error_create(ERROR_MEMORY, "more than %u edges of roots", ROOT_EDGES_MAX);
	struct edge_record stored = *edge;
	stored.name = name_stored(writer, edge->name);
	TRY(sticky(writer, vector_push(&writer->roots.edges, stored)));
	writer->manifest.counts.root_edges++;
	return NULL;
}

/* --- relations ----------------------------------------------------------------------------------------------------- */

static void note_named(struct writer *writer, const struct relation_shape *shape, const void *row)
{
	struct relation_bounds *named = &writer->named;
	for (size_t c = 0; c < shape->column_count; c++) {
		const struct relation_column *column = &shape->columns[c];
		if (column->refers == REFERS_NODE)
			name_id(&named->nodes, relation_id(column, row));
		else if (column->refers == REFERS_TYPE)
			name_id(&named->types, relation_id(column, row));
		else if (column->refers == REFERS_ROW)
			name_id(&named->rows[column->target], relation_id(column, row));
	}
}

struct error *writer_row(struct writer *writer, enum relation relation, const void *row)
{
	const struct relation_shape *shape = relation_shape(relation);
	struct relation_tail *tail = &writer->relations[relation];
	for (size_t c = 0; c < shape->column_count; c++)
		if (shape->columns[c].refers == REFERS_STRING &&
		    !string_known(writer, relation_id(&shape->columns[c], row)))
			return error_create(ERROR_INPUT, "a row of %s names a string that was never written", shape->name);
	if (tail->flushed + tail->count >= RELATION_ROWS_MAX)
		return error_create(ERROR_MEMORY, "more than %u %s", RELATION_ROWS_MAX, shape->name);
	TRY(sticky(writer, vector_reserve(&tail->bytes, tail->bytes.count + shape->row_size)));
	memcpy(tail->bytes.items + tail->bytes.count, row, shape->row_size);
	tail->bytes.count += shape->row_size;
	tail->count++;
	note_named(writer, shape, row);
	return tail->count == CHUNK_RECORDS ? sticky(writer, rows_flush(writer, relation)) : NULL;
}

uint64_t writer_rows(const struct writer *writer, enum relation relation)
{
	return (uint64_t)writer->relations[relation].flushed + writer->relations[relation].count;
}

/* --- commit -------------------------------------------------------------------------------------------------------- */

static struct error *ids_check(const struct writer *writer)
{
	const struct snapshot_counts *counts = &writer->manifest.counts;
	if (writer->greatest_target > counts->nodes)
		return error_create(ERROR_INPUT, "an edge names object %" PRIu64 " of %" PRIu64,
				    writer->greatest_target - 1, counts->nodes);
	if (writer->greatest_type > counts->types || writer->greatest_base > counts->types)
		return error_create(ERROR_INPUT,
				    "an object or type names a type that was never written: there are %" PRIu64,
				    counts->types);
	if (writer->greatest_node > counts->nodes)
		return error_create(ERROR_INPUT, "a type is said to be object %" PRIu64 " of %" PRIu64,
				    writer->greatest_node - 1, counts->nodes);
	bool wrong = writer->named.nodes > counts->nodes || writer->named.types > counts->types;
	for (unsigned relation = 0; relation < RELATION_COUNT; relation++)
		wrong |= writer->named.rows[relation] > writer_rows(writer, relation);
	if (wrong)
		return error_create(ERROR_INPUT, "a row names an object, type or row that was never written");
	return NULL;
}

static struct error *manifest_add(struct writer *writer)
{
	struct manifest *manifest = &writer->manifest;
	manifest->major = FORMAT_MAJOR;
	manifest->minor = FORMAT_MINOR;
	manifest->complete = true;
	manifest->counts = writer_counts(writer);
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		if (manifest->losses[i] > 0 && loss_is_partial(i))
			manifest->complete = false;
	TRY(manifest_write(manifest, writer->members.items, writer->members.count, writer->pack));
	const void *data;
	size_t size;
	TRY(pack_data(writer->pack, &data, &size));
	TRY(archive_sink_add(writer->sink, "manifest", data, size));
	return archive_sink_finish(writer->sink);
}

static struct error *write_rest(struct writer *writer)
{
	TRY(edges_flush(writer));
	TRY(objects_flush(writer));
	TRY(types_flush(writer));
	for (unsigned relation = 0; relation < RELATION_COUNT; relation++)
		TRY(rows_flush(writer, relation));
	TRY(vector_push(&writer->roots.offsets, writer->roots.edges.count));
	TRY(roots_write(writer->codec, &writer->roots, writer->pack));
	TRY(member_add(writer, MEMBER_ROOTS));
	if (!writer->has_meta) {
		struct snapshot_meta meta;
		snapshot_meta_init(&meta);
		TRY(writer_meta(writer, &meta));
	}
	return manifest_add(writer);
}

struct error *writer_commit(struct writer *writer, uint64_t *bytes)
{
	if (writer->failed || writer->committed)
		return error_create(ERROR_IO, "%s: %s", output_temporary(writer->output),
				    writer->failed ? "an earlier write failed" : "committed already");
	TRY(ids_check(writer));
	TRY(sticky(writer, write_rest(writer)));
	TRY(sticky(writer, output_commit(writer->output)));
	writer->committed = true;
	*bytes = output_size(writer->output);
	return NULL;
}
