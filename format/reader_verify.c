/* Is every byte of this snapshot what it should be?
 *
 * All members are read and all columns decoded, with all that the reader checks as it hands them out; and what only the
 * whole tells: that addresses ascend from chunk to chunk, and that degrees and sizes add up.
 */
#include "base/bytes.h"
#include "format/reader_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct sums { /* over all chunks so far */
	uint64_t edges, size, address;
};

/* Every column of a chunk; `degrees` are those of the whole file. */
static struct error *verify_objects(struct reader *reader, uint32_t chunk, const struct object_columns *columns,
				    uint32_t *degrees, struct sums *sums)
{
	struct objects_header header;
	TRY(reader_load_objects(reader, chunk, columns, &header));
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
	for (unsigned relation = 0; relation < RELATION_COUNT; relation++) {
		const void *rows;
		size_t count;
		TRY(reader_rows(reader, relation, &rows, &count));
	}
	for (size_t i = 0; i < reader->catalog.members.count; i++) {
		const struct member *member = &reader->catalog.members.items[i];
		if (member->kind == MEMBER_UNKNOWN && member->listed)
			TRY(reader_error(reader, verify_unknown(reader, member)));
	}
	return NULL;
}
