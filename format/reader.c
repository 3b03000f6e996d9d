/* Reader: what does this snapshot hold, and can every id in it be trusted?
 *
 * Method: one walk over the archive's headers, then the manifest, then the small members; chunks are read, checksummed and
 * decoded when asked for. Ids are checked where they are handed out, so the graph above never meets one out of range.
 * Cost: 10 us a member to open, 15-40 ns an object with its edges to decode; memory: the strings, types and roots, one
 * member and one column.
 */
#include "format/reader.h"

#include "base/bytes.h"
#include "format/reader_parts.h"
#include "format/values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- errors -------------------------------------------------------------------------------------------------------- */

/* Salvage could do something: it needs these three, a version that we know, and a name to open the file by again. */
static bool is_salvageable(const struct reader *reader)
{
	const uint32_t *counts = reader->catalog.counts;
	uint64_t major = reader->manifest.major;
	return counts[MEMBER_STRINGS] > 0 && counts[MEMBER_TYPES] > 0 && counts[MEMBER_OBJECTS] > 0 &&
	       (major == 0 || major == FORMAT_MAJOR) && (!reader->input->stream || reader->input->standard);
}

struct error *reader_error(const struct reader *reader, struct error *error)
{
	const char *name = reader->input->name;
	if (error == NULL)
		return NULL;
	if (error->code != ERROR_INPUT || !is_salvageable(reader))
		return error_prefix(error, "%s", name);
	AUTO(error) struct error *cause = error;
	struct error *result = error_create_at(ERROR_INPUT, cause->where,
					       "%s: %s; what is whole may be saved by: heapdiff salvage %s -o OUT",
					       name, cause->message, reader->input->standard ? "-" : name);
	result->has_where = cause->has_where;
	return result;
}

bool reader_is_newer(const struct reader *reader)
{
	return reader->manifest.minor > FORMAT_MINOR;
}

/* --- what is read at once ------------------------------------------------------------------------------------------ */

static struct error *load_manifest(struct reader *reader)
{
	const struct member *member = catalog_find(&reader->catalog, MEMBER_MANIFEST, 0);
	if (member == NULL)
		return error_create(ERROR_INPUT, "no manifest: it is no snapshot, was cut, or its capture never ended");
	uint8_t *bytes = NULL;
	struct error *error = member_read(member, reader->input, DOCUMENT_MAX, &bytes);
	if (error == NULL)
		error = manifest_read(bytes, member->size, &reader->catalog, true, &reader->manifest);
	free(bytes);
	return document_error(member, error);
}

static struct error *load(struct reader *reader)
{
	TRY(catalog_read(&reader->catalog, reader->input, false, NULL));
	TRY(load_manifest(reader));
	return tables_read(&reader->tables, reader->codec, &reader->catalog, reader->input, &reader->manifest);
}

struct error *reader_open(const char *path, struct reader **result)
{
	AUTO(reader) struct reader *reader = calloc(1, sizeof *reader);
	if (reader == NULL)
		return error_memory();
	catalog_init(&reader->catalog);
	tables_init(&reader->tables);
	TRY(codec_create(&reader->codec));
	TRY(input_create(path, &reader->input));
	struct error *error = load(reader);
	if (error != NULL)
		return reader_error(reader, error);
	*result = steal(&reader);
	return NULL;
}

void reader_close(struct reader *reader)
{
	if (reader == NULL)
		return;
	catalog_deinit(&reader->catalog);
	tables_deinit(&reader->tables);
	codec_destroy(reader->codec);
	input_destroy(reader->input);
	free(reader->starts);
	free(reader->tags);
	free(reader->owners);
	for (unsigned relation = 0; relation < RELATION_COUNT; relation++)
		relation_rows_deinit(&reader->relations[relation]);
	free(reader);
}

/* --- what was read at once ----------------------------------------------------------------------------------------- */

const char *reader_path(const struct reader *reader)
{
	return reader->input->name;
}

uint64_t reader_file_size(const struct reader *reader)
{
	return reader->input->size;
}

const struct snapshot_meta *reader_meta(const struct reader *reader)
{
	return &reader->tables.meta;
}

struct snapshot_counts reader_counts(const struct reader *reader)
{
	return reader->manifest.counts;
}

bool reader_complete(const struct reader *reader)
{
	return reader->manifest.complete;
}

uint64_t reader_loss(const struct reader *reader, enum loss loss)
{
	return reader->manifest.losses[loss];
}

unsigned reader_minor(const struct reader *reader)
{
	return reader->manifest.minor < UINT32_MAX ? (unsigned)reader->manifest.minor : UINT32_MAX;
}

struct reader_parts reader_parts(const struct reader *reader)
{
	return (struct reader_parts){reader->input, &reader->catalog, &reader->manifest};
}

const char *reader_string(const struct reader *reader, string_id id, size_t *length)
{
	size_t size = 0;
	const char *string =
		id < intern_count(&reader->tables.strings) ? intern_get(&reader->tables.strings, id, &size) : "";
	if (length != NULL)
		*length = size;
	return string;
}

const struct type_record *reader_types(const struct reader *reader)
{
	return reader->tables.types.rows.items;
}

const struct root_record *reader_roots(const struct reader *reader)
{
	return reader->tables.roots.rows.items;
}

const struct edge_record *reader_root_edges(const struct reader *reader)
{
	return reader->tables.roots.edges.items;
}

const uint64_t *reader_root_offsets(const struct reader *reader)
{
	return reader->tables.roots.offsets.items;
}

/* --- objects ------------------------------------------------------------------------------------------------------- */

uint32_t reader_object_chunks(const struct reader *reader)
{
	return reader->catalog.counts[MEMBER_OBJECTS];
}

static struct error *load_objects(struct reader *reader, const struct member *member,
				  const struct object_columns *columns, struct objects_header *header)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	TRY(document_read(&document, member, reader->input, DOCUMENT_CHUNK_MAX, &root));
	TRY(objects_read_header(root, header));
	uint64_t first = (uint64_t)member->number * CHUNK_OBJECTS, left = reader->manifest.counts.nodes - first;
	if (header->first != first || header->count != (left < CHUNK_OBJECTS ? left : CHUNK_OBJECTS))
		return error_create(ERROR_INPUT, "%u objects from %u on, not those from %" PRIu64, header->count,
				    header->first, first);
	TRY(objects_read(reader->codec, root, header->count, columns));
	bool wrong = false;
	for (uint32_t i = 0; columns->type != NULL && i < header->count; i++)
		wrong |= columns->type[i] >= reader->tables.types.rows.count;
	return wrong ? error_create(ERROR_INPUT, "an object of a type that is not there") : NULL;
}

struct error *reader_no_chunk(const struct reader *reader, const char *kind, uint32_t chunk)
{
	return error_create(ERROR_USAGE, "%s: no %s chunk %u", reader->input->name, kind, chunk);
}

struct error *reader_load_objects(struct reader *reader, uint32_t chunk, const struct object_columns *columns,
				  struct objects_header *header)
{
	const struct member *member = catalog_find(&reader->catalog, MEMBER_OBJECTS, chunk);
	if (member == NULL)
		return reader_no_chunk(reader, "objects", chunk);
	struct error *error = load_objects(reader, member, columns, header);
	return reader_error(reader, document_error(member, error));
}

struct error *reader_objects(struct reader *reader, uint32_t chunk, const struct object_columns *columns,
			     node_id *first, uint32_t *count)
{
	struct objects_header header;
	TRY(reader_load_objects(reader, chunk, columns, &header));
	*first = header.first;
	*count = header.count;
	return NULL;
}

/* --- values -------------------------------------------------------------------------------------------------------- */

static struct error *load_values(struct reader *reader, const struct member *member, struct value_rows *rows)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	uint64_t first = (uint64_t)member->number * CHUNK_OBJECTS, left = reader->manifest.counts.nodes - first;
	TRY(document_read(&document, member, reader->input, DOCUMENT_MAX, &root));
	return values_read(reader->codec, root, (node_id)first,
			   left < CHUNK_OBJECTS ? (uint32_t)left : CHUNK_OBJECTS, rows);
}

struct error *reader_values(struct reader *reader, uint32_t chunk, struct value_rows *rows)
{
	const struct member *member = catalog_find(&reader->catalog, MEMBER_VALUES, chunk);
	if (chunk >= reader_object_chunks(reader))
		return reader_no_chunk(reader, "objects", chunk);
	if (member == NULL) {
		*rows = (struct value_rows){0};
		return NULL;
	}
	return reader_error(reader, document_error(member, load_values(reader, member, rows)));
}

/* --- relations ----------------------------------------------------------------------------------------------------- */

static struct error *load_member_rows(struct reader *reader, enum relation relation, const struct member *member,
				      struct relation_rows *rows)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	size_t before = rows->count;
	uint32_t first;
	TRY(document_read(&document, member, reader->input, DOCUMENT_CHUNK_MAX, &root));
	TRY(relation_read(reader->codec, relation, root, &first, rows));
	if (first != before)
		return error_create(ERROR_INPUT, "its first row is %u, not %zu", first, before);
	return NULL;
}

/* How many rows a relation has, by its last member. */
static struct error *count_rows(struct reader *reader, enum relation relation, uint64_t *count)
{
	uint32_t members = reader->catalog.counts[MEMBER_RELATIONS + relation];
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	uint32_t first, last;
	*count = 0;
	if (members == 0)
		return NULL;
	const struct member *member = catalog_find(&reader->catalog, MEMBER_RELATIONS + relation, members - 1);
	TRY(document_read(&document, member, reader->input, DOCUMENT_CHUNK_MAX, &root));
	TRY(rows_read_header(root, RELATION_ROWS_MAX, &first, &last));
	*count = (uint64_t)first + last;
	return NULL;
}

static struct error *check_rows(struct reader *reader, enum relation relation, const struct relation_rows *rows)
{
	const struct relation_shape *shape = relation_shape(relation);
	struct relation_bounds bounds = {.strings = intern_count(&reader->tables.strings),
					 .nodes = reader->manifest.counts.nodes,
					 .types = reader->tables.types.rows.count};
	bounds.rows[relation] = rows->count;
	for (size_t c = 0; c < shape->column_count; c++)
		if (shape->columns[c].refers == REFERS_ROW && shape->columns[c].target != relation)
			TRY(count_rows(reader, shape->columns[c].target, &bounds.rows[shape->columns[c].target]));
	for (size_t i = 0; i < rows->count; i++) {
		const struct relation_column *wrong =
			relation_check(relation, (const char *)rows->rows + i * shape->row_size, &bounds);
		if (wrong != NULL)
			return error_create(ERROR_INPUT, "row %zu of %s names something that is not there (%s)", i,
					    shape->name, wrong->field.name);
	}
	return NULL;
}

struct error *reader_rows(struct reader *reader, enum relation relation, const void **result, size_t *count)
{
	struct relation_rows *kept = &reader->relations[relation];
	AUTO(relation_rows) struct relation_rows rows = {0};
	for (uint32_t i = 0; kept->rows == NULL && i < reader->catalog.counts[MEMBER_RELATIONS + relation]; i++) {
		const struct member *member = catalog_find(&reader->catalog, MEMBER_RELATIONS + relation, i);
		struct error *error = load_member_rows(reader, relation, member, &rows);
		TRY(reader_error(reader, document_error(member, error)));
	}
	if (rows.rows != NULL) {
		TRY(reader_error(reader, check_rows(reader, relation, &rows)));
		*kept = rows;
		rows = (struct relation_rows){0};
	}
	*result = kept->rows;
	*count = kept->count;
	return NULL;
}
