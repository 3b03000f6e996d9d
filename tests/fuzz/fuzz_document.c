/* Fuzzer: no document may crash its decoder.
 *
 * The first byte of an input chooses the decoder, the rest is the document as it would lie in a member.
 */
#include "base/bytes.h"
#include "format/chunk.h"
#include "format/manifest.h"
#include "format/record.h"
#include "format/relation.h"
#include "format/values.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct error *decode_objects(struct codec *codec, const struct pack_value *root)
{
	AUTO(object_columns) struct object_columns columns = {0};
	struct objects_header header;
	TRY(object_columns_init(&columns));
	TRY(objects_read_header(root, &header));
	return objects_read(codec, root, header.count, &columns);
}

static struct error *decode_edges(struct codec *codec, const struct pack_value *root)
{
	AUTO(edge_rows) struct edge_rows rows = {0};
	struct edges_header header;
	TRY(edge_rows_init(&rows));
	TRY(edges_read_header(root, &header));
	TRY(edges_read(codec, root, header.count, &rows));
	return tags_split(rows.tag, header.count, true, rows.tag, NULL);
}

static struct error *decode_values(struct codec *codec, const struct pack_value *root)
{
	AUTO(value_rows) struct value_rows rows = {0};
	uint64_t first = 0, count = 0;
	pack_value_u64(pack_value_find(root, "first"), &first);
	pack_value_u64(pack_value_find(root, "count"), &count);
	return values_read(codec, root, (node_id)first, (uint32_t)(count % (CHUNK_OBJECTS + 1)), &rows);
}

static struct error *decode_rows(struct codec *codec, const struct pack_value *root, unsigned kind)
{
	AUTO(intern) struct intern strings;
	AUTO(roots) struct roots roots = {0};
	struct types types = {0};
	struct snapshot_meta meta;
	uint32_t first;
	intern_init(&strings);
	snapshot_meta_init(&meta);
	struct error *error = kind == MEMBER_META      ? meta_read(root, &meta)
			      : kind == MEMBER_STRINGS ? strings_read(codec, root, &first, &strings)
			      : kind == MEMBER_TYPES   ? types_read(codec, root, &first, &types)
						       : roots_read(codec, root, true, &roots);
	vector_deinit(&types.rows);
	meta_deinit(&meta);
	return error;
}

static struct error *decode_relation(struct codec *codec, const struct pack_value *root, enum relation relation)
{
	AUTO(relation_rows) struct relation_rows rows = {0};
	uint32_t first;
	return relation_read(codec, relation, root, &first, &rows);
}

static struct error *decode(const uint8_t *data, size_t size)
{
	AUTO(codec) struct codec *codec = NULL;
	AUTO(pack_document) struct pack_document *document = NULL;
	AUTO(catalog) struct catalog catalog;
	struct manifest manifest;
	unsigned kind = data[0] % MEMBER_UNKNOWN;
	catalog_init(&catalog);
	if (kind == MEMBER_MANIFEST)
		return manifest_read(data + 1, size - 1, &catalog, data[0] >= 128, &manifest);
	TRY(codec_create(&codec));
	TRY(pack_document_create(data + 1, size - 1, 65536, &document));
	const struct pack_value *root = pack_document_root(document);
	if (kind == MEMBER_OBJECTS)
		return decode_objects(codec, root);
	if (kind == MEMBER_EDGES)
		return decode_edges(codec, root);
	if (kind == MEMBER_VALUES)
		return decode_values(codec, root);
	if (kind >= MEMBER_RELATIONS)
		return decode_relation(codec, root, (enum relation)(kind - MEMBER_RELATIONS));
	return decode_rows(codec, root, kind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		error_destroy(decode(data, size));
	return 0;
}
