/* Values: how do the beginnings of strings and numbers lie in the file, where somebody asked for them?
 *
 * Method: a sparse column of lengths, then all bytes behind each other as one text. Cost: format/column.c's; memory: the
 * bytes of one chunk, 64 MiB at most, and where they begin.
 */
#include "format/values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct error *value_chunk_init(struct value_chunk *chunk)
{
	chunk->lengths = calloc(CHUNK_OBJECTS, sizeof *chunk->lengths);
	return chunk->lengths != NULL ? NULL : error_memory();
}

void value_chunk_deinit(struct value_chunk *chunk)
{
	free(chunk->lengths);
	vector_deinit(&chunk->bytes);
	memset(chunk, 0, sizeof *chunk);
}

struct error *value_chunk_add(struct value_chunk *chunk, uint32_t index, const void *bytes, size_t length)
{
	TRY(vector_reserve(&chunk->bytes, chunk->bytes.count + length));
	if (length > 0)
		memcpy(chunk->bytes.items + chunk->bytes.count, bytes, length);
	chunk->bytes.count += length;
	chunk->lengths[index] = length + 1;
	return NULL;
}

struct error *values_write(struct codec *codec, node_id first, uint32_t count, struct value_chunk *chunk,
			   struct pack *pack)
{
	pack_clear(pack);
	pack_map(pack, 3);
	pack_pair(pack, "first", first);
	pack_pair(pack, "count", count);
	pack_text(pack, "columns");
	pack_map(pack, 2);
	TRY(column_put_u64(codec, pack, "length", ENCODING_SPARSE, chunk->lengths, count));
	TRY(column_put_bytes(codec, pack, "text", chunk->bytes.items, chunk->bytes.count));
	chunk->bytes.count = 0;
	return NULL;
}

void value_rows_deinit(struct value_rows *rows)
{
	free(rows->starts);
	free(rows->present);
	free(rows->bytes);
	*rows = (struct value_rows){0};
}

/* Lengths become places; *total is the last of them. */
static struct error *read_lengths(struct codec *codec, const struct pack_value *map, struct value_rows *rows)
{
	struct column column;
	bool found;
	AUTO(free) void *memory = malloc(rows->count * sizeof(uint64_t));
	uint64_t *lengths = memory, total = 0; /* 2^16 previews of 2^10 bytes: below 2^32 */
	TRY(memory != NULL ? column_find(map, "length", &column, &found) : error_memory());
	if (!found)
		return error_create(ERROR_INPUT, "column 'length' is missing");
	TRY(column_get_u64(codec, &column, rows->count, lengths));
	for (uint32_t i = 0; i < rows->count; i++) {
		if (lengths[i] > VALUE_MAX + 1)
			return error_create(ERROR_INPUT, "a preview of %" PRIu64 " bytes", lengths[i] - 1);
		rows->starts[i] = (uint32_t)total;
		rows->present[i] = lengths[i] > 0;
		total += lengths[i] - rows->present[i];
	}
	rows->starts[rows->count] = (uint32_t)total;
	return NULL;
}

static struct error *read_text(struct codec *codec, const struct pack_value *map, struct value_rows *rows)
{
	struct column text;
	bool found;
	uint64_t total = rows->starts[rows->count];
	TRY(column_find(map, "text", &text, &found));
	if (!found || text.raw_length != total ||
	    (!(text.encoding & ENCODING_STORED) && total > TEXT_FREE + TEXT_RATIO * (uint64_t)text.size))
		return error_create(ERROR_INPUT, "not the text of its previews, %" PRIu64 " bytes", total);
	rows->bytes = malloc(total + 1);
	return rows->bytes != NULL ? column_get_bytes(codec, &text, total, rows->bytes) : error_memory();
}

struct error *values_read(struct codec *codec, const struct pack_value *root, node_id first, uint32_t count,
			  struct value_rows *rows)
{
	const struct pack_value *map = pack_value_find(root, "columns");
	AUTO(value_rows) struct value_rows result = {.count = count};
	uint64_t from, number;
	if (!pack_value_u64(pack_value_find(root, "first"), &from) ||
	    !pack_value_u64(pack_value_find(root, "count"), &number))
		return error_create(ERROR_INPUT, "its first or count is missing");
	if (from != first || number != count || count == 0)
		return error_create(ERROR_INPUT, "%" PRIu64 " objects from %" PRIu64 " on, not %u from %u", number, from,
				    count, first);
	result.starts = malloc((count + 1) * sizeof *result.starts);
	result.present = malloc(count);
	if (result.starts == NULL || result.present == NULL)
		return error_memory();
	TRY(read_lengths(codec, map, &result));
	TRY(read_text(codec, map, &result));
	*rows = result;
	result = (struct value_rows){0};
	return NULL;
}
