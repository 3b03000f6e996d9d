/* Chunk: what do 65,536 objects or 262,144 edges look like in the file?
 *
 * Method: a map with a header and a column for each property, each in the encoding that suits it: addresses as differences
 * of eighths, getsizeof as difference from the size, edge targets as difference from their source, presence bits for what
 * few objects have. A column whose values are all the default is left out. Cost: format/column.c's; no memory of its own
 * but 8 bytes an object where getsizeof is read without size.
 */
#include "format/chunk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- tags ---------------------------------------------------------------------------------------------------------- */

struct error *tags_split(const uint8_t *tags, size_t count, bool newer, uint8_t *name, uint8_t *class)
{
	uint8_t names[256]; /* of each tag */
	bool bad[256], wrong = false;
	for (unsigned tag = 0; tag < 256; tag++) {
		enum edge_name known = tag & TAG_NAME;
		bool unknown = known >= NAME_COUNT;
		names[tag] = unknown ? NAME_NONE : (uint8_t)known;
		bad[tag] = unknown ? !newer : edge_name_has_payload(known) != (tag >= TAG_PAYLOAD);
	}
	for (size_t i = 0; i < count; i++)
		wrong |= bad[tags[i]];
	for (size_t i = 0; class != NULL && i < count; i++)
		class[i] = tags[i] >> TAG_CLASS_SHIFT & 3;
	for (size_t i = 0; name != NULL && i < count; i++)
		name[i] = names[tags[i]];
	return wrong ? error_create(ERROR_INPUT,
				    "an edge with an unknown name, or with a payload that its name does not have")
		     : NULL;
}

size_t tags_payloads(const uint8_t *tags, size_t count)
{
	size_t payloads = 0;
	for (size_t i = 0; i < count; i++)
		payloads += tags[i] >> 7;
	return payloads;
}

void payloads_spread(const uint8_t *tags, size_t count, size_t payloads, uint64_t *payload)
{
	/* Without branches, as half of the edges have one. payload[payloads] is only read, and dropped, while an edge
	 * without a payload makes it lie within `count`. */
	for (size_t i = count; i-- > 0;) {
		unsigned has = tags[i] >> 7;
		payloads -= has;
		payload[i] = payload[payloads] & -(uint64_t)has;
	}
}

/* --- objects ------------------------------------------------------------------------------------------------------- */

struct error *object_columns_init(struct object_columns *columns)
{
	size_t n = CHUNK_OBJECTS;
	columns->address = malloc(n * sizeof *columns->address);
	columns->type = malloc(n * sizeof *columns->type);
	columns->size = malloc(n * sizeof *columns->size);
	columns->getsizeof = malloc(n * sizeof *columns->getsizeof);
	columns->refcount = malloc(n * sizeof *columns->refcount);
	columns->generation = malloc(n);
	columns->flags = malloc(n);
	columns->degree = malloc(n * sizeof *columns->degree);
	columns->content_hash = malloc(n * sizeof *columns->content_hash);
	columns->length = malloc(n * sizeof *columns->length);
	bool all = columns->address && columns->type && columns->size && columns->getsizeof && columns->refcount &&
		   columns->generation && columns->flags && columns->degree && columns->content_hash && columns->length;
	return all ? NULL : error_memory();
}

void object_columns_deinit(struct object_columns *columns)
{
	free(columns->address);
	free(columns->type);
	free(columns->size);
	free(columns->getsizeof);
	free(columns->refcount);
	free(columns->generation);
	free(columns->flags);
	free(columns->degree);
	free(columns->content_hash);
	free(columns->length);
	memset(columns, 0, sizeof *columns);
}

static bool all_zero(const uint64_t *values, size_t count)
{
	uint64_t any = 0;
	for (size_t i = 0; i < count; i++)
		any |= values[i];
	return any == 0;
}

struct error *objects_write(struct codec *codec, const struct objects_header *header,
			    const struct object_columns *columns, struct pack *pack)
{
	uint32_t count = header->count;
	for (size_t i = 0; i < count; i++) {
		columns->address[i] >>= 3;
		columns->getsizeof[i] = zigzag_u64(columns->getsizeof[i] - columns->size[i]);
	}
	bool getsizeof = !all_zero(columns->getsizeof, count);
	bool hashes = !all_zero(columns->content_hash, count), lengths = !all_zero(columns->length, count);
	pack_clear(pack);
	pack_map(pack, 4);
	pack_pair(pack, "first", header->first);
	pack_pair(pack, "count", count);
	pack_pair(pack, "first_edge", header->first_edge);
	pack_text(pack, "columns");
	pack_map(pack, 7u + getsizeof + hashes + lengths);
	TRY(column_put_u64(codec, pack, "address", ENCODING_DELTA, columns->address, count));
	TRY(column_put_u32(codec, pack, "type", columns->type, count));
	TRY(column_put_u64(codec, pack, "size", 0, columns->size, count));
	TRY(column_put_u64(codec, pack, "refcount", 0, columns->refcount, count));
	TRY(column_put_bytes(codec, pack, "generation", columns->generation, count));
	TRY(column_put_bytes(codec, pack, "flags", columns->flags, count));
	TRY(column_put_u32(codec, pack, "degree", columns->degree, count));
	if (getsizeof)
		TRY(column_put_u64(codec, pack, "getsizeof", 0, columns->getsizeof, count));
	if (hashes)
		TRY(column_put_u64(codec, pack, "content_hash", ENCODING_SPARSE, columns->content_hash, count));
	if (lengths)
		TRY(column_put_u64(codec, pack, "length", ENCODING_SPARSE, columns->length, count));
	return NULL;
}

struct error *objects_read_header(const struct pack_value *root, struct objects_header *header)
{
	uint64_t first, count, first_edge;
	if (!pack_value_u64(pack_value_find(root, "first"), &first) ||
	    !pack_value_u64(pack_value_find(root, "count"), &count) ||
	    !pack_value_u64(pack_value_find(root, "first_edge"), &first_edge))
		return error_create(ERROR_INPUT, "its first, count or first_edge is missing");
	if (count == 0 || count > CHUNK_OBJECTS || first > NODES_MAX - count)
		return error_create(ERROR_INPUT, "%" PRIu64 " objects from %" PRIu64 " on can't be", count, first);
	*header = (struct objects_header){(node_id)first, (uint32_t)count, first_edge};
	return NULL;
}

/* Decodes a column that must be there into `values`, of the width that `layout` says. */
static struct error *read_required(struct codec *codec, const struct pack_value *map, const char *key,
				   enum encoding layout, size_t count, void *values)
{
	struct column column;
	bool found;
	if (values == NULL)
		return NULL;
	TRY(column_find(map, key, &column, &found));
	if (!found)
		return error_create(ERROR_INPUT, "column '%s' is missing", key);
	struct error *error = layout == ENCODING_U64   ? column_get_u64(codec, &column, count, values)
			      : layout == ENCODING_U32 ? column_get_u32(codec, &column, count, values)
						       : column_get_bytes(codec, &column, count, values);
	return error != NULL ? error_prefix(error, "column '%s'", key) : NULL;
}

/* As read_required, but zeros where the column is not there. */
static struct error *read_optional(struct codec *codec, const struct pack_value *map, const char *key, size_t count,
				   uint64_t *values)
{
	if (values == NULL)
		return NULL;
	if (pack_value_find(map, key) != NULL)
		return read_required(codec, map, key, ENCODING_U64, count, values);
	memset(values, 0, count * sizeof *values);
	return NULL;
}

static struct error *read_address(struct codec *codec, const struct pack_value *map, size_t count, uint64_t *address)
{
	if (address == NULL)
		return NULL;
	TRY(read_required(codec, map, "address", ENCODING_U64, count, address));
	bool wrong = address[0] > UINT64_MAX >> 3;
	address[0] <<= 3;
	for (size_t i = 1; i < count; i++) {
		wrong |= address[i] > UINT64_MAX >> 3;
		address[i] <<= 3;
		wrong |= address[i] <= address[i - 1];
	}
	return wrong ? error_create(ERROR_INPUT, "addresses that do not ascend") : NULL;
}

/* Size, and getsizeof, which is stored relative to it. */
static struct error *read_sizes(struct codec *codec, const struct pack_value *map, size_t count,
				const struct object_columns *columns)
{
	AUTO(free) void *scratch = NULL;
	uint64_t *size = columns->size, *getsizeof = columns->getsizeof;
	if (size == NULL && getsizeof != NULL) {
		scratch = malloc(count * sizeof *size);
		if (scratch == NULL)
			return error_memory();
		size = scratch;
	}
	TRY(read_required(codec, map, "size", ENCODING_U64, count, size));
	TRY(read_optional(codec, map, "getsizeof", count, getsizeof));
	uint64_t any = 0;
	for (size_t i = 0; size != NULL && i < count; i++)
		any |= size[i];
	for (size_t i = 0; getsizeof != NULL && i < count; i++)
		getsizeof[i] = size[i] + unzigzag_u64(getsizeof[i]);
	return any > INT64_MAX ? error_create(ERROR_INPUT, "a size of 2^63 bytes or more") : NULL;
}

static struct error *read_generation(struct codec *codec, const struct pack_value *map, size_t count,
				     uint8_t *generation)
{
	if (generation == NULL)
		return NULL;
	TRY(read_required(codec, map, "generation", ENCODING_BYTES, count, generation));
	uint8_t greatest = 0;
	for (size_t i = 0; i < count; i++)
		greatest = generation[i] > greatest ? generation[i] : greatest;
	return greatest >= GENERATION_COUNT ? error_create(ERROR_INPUT, "an unknown generation %u", greatest) : NULL;
}

struct error *objects_read(struct codec *codec, const struct pack_value *root, uint32_t count,
			   const struct object_columns *columns)
{
	const struct pack_value *map = pack_value_find(root, "columns");
	TRY(read_address(codec, map, count, columns->address));
	TRY(read_required(codec, map, "type", ENCODING_U32, count, columns->type));
	TRY(read_sizes(codec, map, count, columns));
	TRY(read_required(codec, map, "refcount", ENCODING_U64, count, columns->refcount));
	TRY(read_generation(codec, map, count, columns->generation));
	TRY(read_required(codec, map, "flags", ENCODING_BYTES, count, columns->flags));
	TRY(read_required(codec, map, "degree", ENCODING_U32, count, columns->degree));
	TRY(read_optional(codec, map, "content_hash", count, columns->content_hash));
	return read_optional(codec, map, "length", count, columns->length);
}

/* --- edges --------------------------------------------------------------------------------------------------------- */

struct error *edge_rows_init(struct edge_rows *rows)
{
	rows->difference = malloc(CHUNK_EDGES * sizeof *rows->difference);
	rows->tag = malloc(CHUNK_EDGES);
	rows->payload = malloc(CHUNK_EDGES * sizeof *rows->payload);
	return rows->difference && rows->tag && rows->payload ? NULL : error_memory();
}

void edge_rows_deinit(struct edge_rows *rows)
{
	free(rows->difference);
	free(rows->tag);
	free(rows->payload);
	memset(rows, 0, sizeof *rows);
}

struct error *edges_write(struct codec *codec, const struct edges_header *header, const struct edge_rows *rows,
			  size_t payloads, struct pack *pack)
{
	pack_clear(pack);
	pack_map(pack, 5);
	pack_pair(pack, "first", header->first);
	pack_pair(pack, "count", header->count);
	pack_pair(pack, "source", header->source);
	pack_pair(pack, "before", header->before);
	pack_text(pack, "columns");
	pack_map(pack, payloads > 0 ? 3 : 2);
	TRY(column_put_u32(codec, pack, "target", rows->difference, header->count));
	TRY(column_put_bytes(codec, pack, "tag", rows->tag, header->count));
	if (payloads > 0)
		TRY(column_put_u64(codec, pack, "payload", 0, rows->payload, payloads));
	return NULL;
}

struct error *edges_read_header(const struct pack_value *root, struct edges_header *header)
{
	uint64_t first, count, source, before;
	if (!pack_value_u64(pack_value_find(root, "first"), &first) ||
	    !pack_value_u64(pack_value_find(root, "count"), &count) ||
	    !pack_value_u64(pack_value_find(root, "source"), &source) ||
	    !pack_value_u64(pack_value_find(root, "before"), &before))
		return error_create(ERROR_INPUT, "its first, count, source or before is missing");
	if (count == 0 || count > CHUNK_EDGES || first > UINT64_MAX - count || source >= NODES_MAX ||
	    before >= UINT32_MAX)
		return error_create(ERROR_INPUT,
				    "%" PRIu64 " edges from %" PRIu64 " on, of object %" PRIu64 ", can't be", count,
				    first, source);
	*header = (struct edges_header){first, (uint32_t)count, (node_id)source, (uint32_t)before};
	return NULL;
}

struct error *edges_read(struct codec *codec, const struct pack_value *root, uint32_t count,
			 const struct edge_rows *rows)
{
	const struct pack_value *map = pack_value_find(root, "columns");
	TRY(read_required(codec, map, "target", ENCODING_U32, count, rows->difference));
	TRY(read_required(codec, map, "tag", ENCODING_BYTES, count, rows->tag));
	if (rows->payload == NULL)
		return NULL;
	size_t payloads = tags_payloads(rows->tag, count);
	if (payloads > 0)
		TRY(read_required(codec, map, "payload", ENCODING_U64, payloads, rows->payload));
	payloads_spread(rows->tag, count, payloads, rows->payload);
	return NULL;
}
