/* Reader: what does this snapshot hold, and can every id in it be trusted?
 *
 * Method: one walk over the archive's headers, then the manifest, then the small members; chunks are read, checksummed and
 * decoded when asked for. Ids are checked where they are handed out, so the graph above never meets one out of range.
 * Cost: 10 us a member to open, 15-40 ns an object with its edges to decode; memory: the strings, types and roots, one
 * member and one column.
 */
#include "format/reader.h"

#include "base/bytes.h"
#include "format/chunk.h"
#include "format/tables.h"
#include "format/values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Owners written beyond an object's last edge. */
#define OWNER_SLACK 8u

struct edge_start { /* where an edges chunk begins */
	node_id source;
	uint32_t before; /* edges of `source` in the chunks before */
};

struct reader {
	struct input *input;
	struct catalog catalog;
	struct manifest manifest;
	struct tables tables;
	struct codec *codec;
	struct edge_start *starts; /* of every edges chunk; NULL until the first is read */
	uint8_t *tags;             /* work memory, CHUNK_EDGES of them; NULL until needed */
	uint32_t *owners;          /* work memory, CHUNK_EDGES + OWNER_SLACK of them; NULL until needed */
};

/* --- errors -------------------------------------------------------------------------------------------------------- */

/* Salvage could do something: it needs these three, a version that we know, and a name to open the file by again. */
static bool is_salvageable(const struct reader *reader)
{
	const uint32_t *counts = reader->catalog.counts;
	uint64_t major = reader->manifest.major;
	return counts[MEMBER_STRINGS] > 0 && counts[MEMBER_TYPES] > 0 && counts[MEMBER_OBJECTS] > 0 &&
	       (major == 0 || major == FORMAT_MAJOR) && (!reader->input->stream || reader->input->standard);
}

/* Begins the message with the path, and where the file is damaged and holds something, ends it with what to do. */
static struct error *reader_error(const struct reader *reader, struct error *error)
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

static bool is_newer(const struct reader *reader)
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

static struct error *no_chunk(const struct reader *reader, const char *kind, uint32_t chunk)
{
	return error_create(ERROR_USAGE, "%s: no %s chunk %u", reader->input->name, kind, chunk);
}

static struct error *read_objects(struct reader *reader, uint32_t chunk, const struct object_columns *columns,
				  struct objects_header *header)
{
	const struct member *member = catalog_find(&reader->catalog, MEMBER_OBJECTS, chunk);
	if (member == NULL)
		return no_chunk(reader, "objects", chunk);
	struct error *error = load_objects(reader, member, columns, header);
	return reader_error(reader, document_error(member, error));
}

struct error *reader_objects(struct reader *reader, uint32_t chunk, const struct object_columns *columns,
			     node_id *first, uint32_t *count)
{
	struct objects_header header;
	TRY(read_objects(reader, chunk, columns, &header));
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
		return no_chunk(reader, "objects", chunk);
	if (member == NULL) {
		*rows = (struct value_rows){0};
		return NULL;
	}
	return reader_error(reader, document_error(member, load_values(reader, member, rows)));
}

/* --- edges --------------------------------------------------------------------------------------------------------- */

uint32_t reader_edge_chunks(const struct reader *reader)
{
	return reader->catalog.counts[MEMBER_EDGES];
}

/* Finds the owner of each chunk's first edge, in one pass over the degrees. */
static struct error *find_starts(struct reader *reader, const uint32_t *degrees)
{
	uint64_t nodes = reader->manifest.counts.nodes, edges = reader->manifest.counts.edges, sum = 0, next = 0;
	AUTO(free) void *memory = malloc((reader_edge_chunks(reader) + UINT64_C(1)) * sizeof(struct edge_start));
	struct edge_start *start = memory;
	if (memory == NULL)
		return error_memory();
	for (uint64_t i = 0; i < nodes; i++) {
		uint64_t begin = sum;
		sum += degrees[i];
		for (; next < sum && next < edges; next += CHUNK_EDGES)
			*start++ = (struct edge_start){(node_id)i, (uint32_t)(next - begin)};
	}
	if (sum != edges)
		return error_create(ERROR_INPUT, "degrees add up to %" PRIu64 " edges, the manifest counts %" PRIu64,
				    sum, edges);
	reader->starts = steal(&memory);
	return NULL;
}

static struct error *check_range(const struct reader *reader, uint32_t chunk, const struct edges_header *header)
{
	uint64_t first = (uint64_t)chunk * CHUNK_EDGES, left = reader->manifest.counts.edges - first;
	if (header->first == first && header->count == (left < CHUNK_EDGES ? left : CHUNK_EDGES))
		return NULL;
	return error_create(ERROR_INPUT, "%u edges from %" PRIu64 " on, not those from %" PRIu64, header->count,
			    header->first, first);
}

static struct error *check_start(const struct reader *reader, uint32_t chunk, const struct edges_header *header)
{
	const struct edge_start *start = &reader->starts[chunk];
	if (header->source == start->source && header->before == start->before)
		return NULL;
	return error_create(ERROR_INPUT, "its first edge is number %u of object %u; by the degrees, %u of object %u",
			    header->before, header->source, start->before, start->source);
}

/* Writes each edge's owner to `owner`, which has room for OWNER_SLACK more. Most objects have few edges, so a fixed number
 * of stores, the surplus overwritten by the next, beats a loop whose end no processor foresees. */
static struct error *spread_owners(const struct reader *reader, const uint32_t *degrees,
				   const struct edges_header *header, uint32_t *owner)
{
	uint64_t nodes = reader->manifest.counts.nodes, source = header->source;
	uint32_t before = header->before;
	for (uint32_t i = 0; i < header->count; source++, before = 0) {
		if (source >= nodes)
			return error_create(ERROR_INPUT, "degrees and edges do not add up");
		uint32_t left = degrees[source] - before, run = header->count - i < left ? header->count - i : left;
		uint32_t *to = owner + i;
		for (size_t j = 0; j < OWNER_SLACK; j++)
			to[j] = (uint32_t)source;
		for (size_t j = OWNER_SLACK; j < run; j++)
			to[j] = (uint32_t)source;
		i += run;
	}
	return NULL;
}

/* Turns differences into targets, and checks that values follow a key of the same owner. `target` and `name` may be
 * NULL. What comes before the chunk's first edge is not known here. */
static struct error *resolve(const struct reader *reader, const uint32_t *owner, const struct edges_header *header,
			     uint32_t *target, const uint8_t *name)
{
	uint32_t greatest = 0;
	bool keyless = name != NULL && header->before == 0 && name[0] == NAME_VALUE;
	for (uint32_t i = 0; target != NULL && i < header->count; i++) {
		target[i] = owner[i] + unzigzag_u32(target[i]);
		greatest = target[i] > greatest ? target[i] : greatest;
	}
	for (uint32_t i = 1; name != NULL && i < header->count; i++)
		keyless |= (name[i] == NAME_VALUE) & ((name[i - 1] != NAME_KEY) | (owner[i] != owner[i - 1]));
	if (target != NULL && greatest >= reader->manifest.counts.nodes)
		return error_create(ERROR_INPUT, "an edge to object %u of %" PRIu64, greatest,
				    reader->manifest.counts.nodes);
	return keyless ? error_create(ERROR_INPUT, "a dict's value without a key before it") : NULL;
}

static struct error *check_payloads(const struct reader *reader, const uint8_t *name, const uint64_t *payload,
				    uint32_t count)
{
	bool string[NAME_COUNT], wrong = false;
	for (unsigned i = 0; i < NAME_COUNT; i++)
		string[i] = edge_name_has_string(i);
	uint64_t strings = intern_count(&reader->tables.strings);
	for (uint32_t i = 0; i < count; i++)
		wrong |= string[name[i]] && payload[i] >= strings;
	return wrong ? error_create(ERROR_INPUT, "an edge names a string that is not there") : NULL;
}

/* Everything of a chunk but its targets, which stay differences. *tags: the names, work memory of the reader; NULL where
 * only targets were asked for. `degrees` as for reader_edges; NULL: the chunk's start is not checked. */
static struct error *load_rows(struct reader *reader, const struct member *member, const uint32_t *degrees,
			       const struct edge_columns *columns, struct edges_header *header, uint8_t **tags)
{
	AUTO(document) struct document document = {0};
	const struct pack_value *root;
	TRY(document_read(&document, member, reader->input, DOCUMENT_CHUNK_MAX, &root));
	TRY(edges_read_header(root, header));
	TRY(check_range(reader, member->number, header));
	if (degrees != NULL)
		TRY(check_start(reader, member->number, header));
	bool tagged = columns->name != NULL || columns->class != NULL || columns->payload != NULL;
	if (reader->tags == NULL && (reader->tags = malloc(CHUNK_EDGES)) == NULL)
		return error_memory();
	*tags = tagged ? reader->tags : NULL;
	struct edge_rows rows = {columns->target, *tags, columns->payload};
	TRY(edges_read(reader->codec, root, header->count, &rows));
	if (!tagged)
		return NULL;
	TRY(tags_split(*tags, header->count, is_newer(reader), *tags, columns->class));
	if (columns->name != NULL)
		memcpy(columns->name, *tags, header->count);
	if (columns->payload != NULL)
		TRY(check_payloads(reader, *tags, columns->payload, header->count));
	/* A name that we don't know became none, and none has no payload. */
	for (uint32_t i = 0; columns->payload != NULL && is_newer(reader) && i < header->count; i++)
		columns->payload[i] = (*tags)[i] == NAME_NONE ? 0 : columns->payload[i];
	return NULL;
}

static struct error *load_edges(struct reader *reader, const struct member *member, const uint32_t *degrees,
				const struct edge_columns *columns, struct edges_header *header)
{
	uint8_t *tags;
	if (reader->owners == NULL && (reader->owners = malloc((CHUNK_EDGES + OWNER_SLACK) * sizeof(uint32_t))) == NULL)
		return error_memory();
	TRY(load_rows(reader, member, degrees, columns, header, &tags));
	TRY(spread_owners(reader, degrees, header, reader->owners));
	return resolve(reader, reader->owners, header, columns->target, tags);
}

struct error *reader_edges(struct reader *reader, uint32_t chunk, const uint32_t *degrees,
			   const struct edge_columns *columns, uint64_t *first, uint32_t *count)
{
	const struct member *member = catalog_find(&reader->catalog, MEMBER_EDGES, chunk);
	if (member == NULL)
		return no_chunk(reader, "edges", chunk);
	if (reader->starts == NULL)
		TRY(reader_error(reader, find_starts(reader, degrees)));
	struct edges_header header;
	struct error *error = load_edges(reader, member, degrees, columns, &header);
	if (error != NULL)
		return reader_error(reader, document_error(member, error));
	*first = header.first;
	*count = header.count;
	return NULL;
}

/* --- edges of single objects ---------------------------------------------------------------------------------------- */

struct error *reader_edge_begins(struct reader *reader, uint32_t chunk, uint64_t *begins, node_id *first,
				 uint32_t *count)
{
	AUTO(free) void *degrees = malloc(CHUNK_OBJECTS * sizeof(uint32_t));
	if (degrees == NULL)
		return error_memory();
	struct object_columns columns = {.degree = degrees};
	struct objects_header header;
	TRY(read_objects(reader, chunk, &columns, &header));
	uint64_t next = header.first_edge;
	for (uint32_t i = 0; i < header.count; i++) {
		begins[i] = next;
		next = saturating_add(next, columns.degree[i]);
	}
	begins[header.count] = next;
	*first = header.first;
	*count = header.count;
	if (next <= reader->manifest.counts.edges)
		return NULL;
	return reader_error(reader, document_error(catalog_find(&reader->catalog, MEMBER_OBJECTS, chunk),
						   error_create(ERROR_INPUT, "its objects have more edges than there are")));
}

struct error *reader_edge_page(struct reader *reader, uint32_t chunk, struct edge_page *page)
{
	const struct member *member = catalog_find(&reader->catalog, MEMBER_EDGES, chunk);
	if (member == NULL)
		return no_chunk(reader, "edges", chunk);
	struct edges_header header;
	uint8_t *tags;
	struct error *error = load_rows(reader, member, NULL, &page->columns, &header, &tags);
	if (error != NULL)
		return reader_error(reader, document_error(member, error));
	page->first = header.first;
	page->count = header.count;
	page->source = header.source;
	page->before = header.before;
	return NULL;
}

/* The owner of the page's first edge is said in the page, so that objects after it begin in the page, and no other one
 * begins before it. */
static bool fits(const struct edge_page *page, node_id owner, uint64_t begin)
{
	if (begin > page->first)
		return owner > page->source;
	return owner == page->source && page->first - begin == page->before;
}

struct error *reader_page_edge(const struct reader *reader, const struct edge_page *page, node_id owner, uint64_t begin,
			       uint64_t index, struct edge_record *edge)
{
	const struct edge_columns *columns = &page->columns;
	if (index < page->first || index - page->first >= page->count || !fits(page, owner, begin))
		return reader_error(reader, error_create(ERROR_INPUT, "degrees and edges do not add up at object %u", owner));
	size_t at = (size_t)(index - page->first);
	node_id target = owner + unzigzag_u32(columns->target[at]);
	if (target >= reader->manifest.counts.nodes)
		return reader_error(reader, error_create(ERROR_INPUT, "object %u has an edge to object %u of %" PRIu64,
							 owner, target, reader->manifest.counts.nodes));
	if (columns->name[at] == NAME_VALUE && (index == begin || (at > 0 && columns->name[at - 1] != NAME_KEY)))
		return reader_error(reader, error_create(ERROR_INPUT, "object %u has a dict's value without a key before it",
							 owner));
	*edge = (struct edge_record){.target = target,
				     .name = columns->name[at],
				     .class = columns->class[at],
				     .payload = columns->payload[at]};
	return NULL;
}

/* --- verify -------------------------------------------------------------------------------------------------------- */

struct sums { /* over all chunks so far */
	uint64_t edges, size, address;
};

/* Every column of a chunk; `degrees` are those of the whole file. */
static struct error *verify_objects(struct reader *reader, uint32_t chunk, const struct object_columns *columns,
				    uint32_t *degrees, struct sums *sums)
{
	struct objects_header header;
	TRY(read_objects(reader, chunk, columns, &header));
	const char *wrong =
		header.first_edge != sums->edges ? "its first edge is not the one after the last chunk's" : NULL;
	if (chunk > 0 && columns->address[0] <= sums->address)
		wrong = "its addresses do not come after those of the chunk before";
	for (uint32_t i = 0; i < header.count; i++) {
		degrees[header.first + i] = columns->degree[i];
		sums->edges += columns->degree[i];
		sums->size = saturating_add(sums->size, columns->size[i]);
	}
	sums->address = columns->address[header.count - 1];
	if (wrong == NULL)
		return NULL;
	const struct member *member = catalog_find(&reader->catalog, MEMBER_OBJECTS, chunk);
	return reader_error(reader, document_error(member, error_create(ERROR_INPUT, "%s", wrong)));
}

static struct error *verify_edges(struct reader *reader, const uint32_t *degrees)
{
	AUTO(edge_rows) struct edge_rows rows = {0};
	AUTO(free) void *classes = malloc(CHUNK_EDGES);
	if (classes == NULL)
		return error_memory();
	TRY(edge_rows_init(&rows));
	enum edge_name last = NAME_NONE;
	for (uint32_t chunk = 0; chunk < reader_edge_chunks(reader); chunk++) {
		struct edge_columns columns = {rows.difference, rows.tag, classes, rows.payload};
		uint64_t first;
		uint32_t count;
		TRY(reader_edges(reader, chunk, degrees, &columns, &first, &count));
		if (reader->starts[chunk].before > 0 && rows.tag[0] == NAME_VALUE && last != NAME_KEY)
			return reader_error(reader,
					    document_error(catalog_find(&reader->catalog, MEMBER_EDGES, chunk),
							   error_create(ERROR_INPUT,
									"a dict's value without a key before it")));
		last = rows.tag[count - 1];
	}
	return NULL;
}

/* Members that only a newer program knows: their checksum, in pieces. */
static struct error *verify_unknown(const struct reader *reader, const struct member *member)
{
	uint8_t block[16384];
	AUTO(checksum_stream) struct checksum_stream *stream = NULL;
	TRY(checksum_stream_create(&stream));
	for (uint64_t done = 0; done < member->size;) {
		uint64_t left = member->size - done;
		size_t size = left < sizeof block ? (size_t)left : sizeof block;
		TRY(input_read(reader->input, member->offset + done, block, size));
		checksum_stream_add(stream, block, size);
		done += size;
	}
	struct checksum checksum = checksum_stream_end(stream);
	if (checksum_equal(&checksum, &member->checksum))
		return NULL;
	return error_create_at(ERROR_INPUT, member->header, "the member at offset %" PRIu64 " was altered or damaged",
			       member->header);
}

struct error *reader_verify(struct reader *reader)
{
	const struct snapshot_counts *counts = &reader->manifest.counts;
	AUTO(object_columns) struct object_columns columns = {0};
	AUTO(free) void *degrees = malloc((counts->nodes + 1) * sizeof(uint32_t));
	struct sums sums = {0};
	if (degrees == NULL)
		return error_memory();
	TRY(object_columns_init(&columns));
	for (uint32_t chunk = 0; chunk < reader_object_chunks(reader); chunk++) {
		AUTO(value_rows) struct value_rows values = {0};
		TRY(verify_objects(reader, chunk, &columns, degrees, &sums));
		TRY(reader_values(reader, chunk, &values));
	}
	if (sums.size != counts->size || sums.edges != counts->edges)
		return reader_error(reader, error_create(ERROR_INPUT,
							 "sizes or degrees do not add up to what the manifest counts"));
	TRY(verify_edges(reader, degrees));
	for (size_t i = 0; i < reader->catalog.members.count; i++) {
		const struct member *member = &reader->catalog.members.items[i];
		if (member->kind == MEMBER_UNKNOWN && member->listed)
			TRY(reader_error(reader, verify_unknown(reader, member)));
	}
	return NULL;
}
