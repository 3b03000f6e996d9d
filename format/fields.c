/* Fields: how do rows become columns, and columns rows?
 *
 * Method: field by field through one scratch column, so that a field is one line of a list. Cost: 10-20 ns a field; memory:
 * one column.
 */
#include "format/fields.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void rows_write_header(struct pack *pack, uint32_t first, uint32_t count, size_t columns)
{
	pack_clear(pack);
	pack_map(pack, 3);
	pack_pair(pack, "first", first);
	pack_pair(pack, "count", count);
	pack_text(pack, "columns");
	pack_map(pack, columns);
}

struct error *rows_read_header(const struct pack_value *root, uint64_t limit, uint32_t *first, uint32_t *count)
{
	uint64_t from, number;
	if (!pack_value_u64(pack_value_find(root, "first"), &from) ||
	    !pack_value_u64(pack_value_find(root, "count"), &number))
		return error_create(ERROR_INPUT, "its first or count is missing");
	if (number == 0 || number > CHUNK_RECORDS || from > limit - number)
		return error_create(ERROR_INPUT, "%" PRIu64 " rows from %" PRIu64 " on can't be", number, from);
	*first = (uint32_t)from;
	*count = (uint32_t)number;
	return NULL;
}

static bool is_wide(const struct row_field *field)
{
	return field->kind == FIELD_U64 || field->kind == FIELD_ADDRESS;
}

static struct error *field_write(struct codec *codec, const struct row_field *field, const void *rows, size_t row_size,
				 size_t count, void *scratch, struct pack *pack)
{
	uint32_t *narrow = scratch;
	uint64_t *wide = scratch;
	for (size_t i = 0; i < count; i++) {
		const char *from = (const char *)rows + i * row_size + field->offset;
		if (is_wide(field)) {
			memcpy(&wide[i], from, sizeof *wide);
		} else {
			memcpy(&narrow[i], from, sizeof *narrow);
			narrow[i] += field->kind == FIELD_ID;
		}
	}
	if (!is_wide(field))
		return column_put_u32(codec, pack, field->name, narrow, count);
	return column_put_u64(codec, pack, field->name, field->kind == FIELD_ADDRESS ? ENCODING_DELTA : 0, wide, count);
}

struct error *fields_write(struct codec *codec, const struct row_field *fields, size_t field_count, const void *rows,
			   size_t row_size, size_t count, struct pack *pack)
{
	AUTO(free) void *scratch = malloc((count + 1) * sizeof(uint64_t));
	if (scratch == NULL)
		return error_memory();
	for (size_t f = 0; f < field_count; f++)
		TRY(field_write(codec, &fields[f], rows, row_size, count, scratch, pack));
	return NULL;
}

static struct error *field_read(struct codec *codec, const struct pack_value *map, const struct row_field *field,
				void *scratch, void *rows, size_t row_size, size_t count)
{
	struct column column;
	bool found;
	TRY(column_find(map, field->name, &column, &found));
	if (!found)
		memset(scratch, 0, count * sizeof(uint64_t));
	else if (is_wide(field))
		TRY(column_get_u64(codec, &column, count, scratch));
	else
		TRY(column_get_u32(codec, &column, count, scratch));
	uint32_t *narrow = scratch;
	uint64_t *wide = scratch;
	for (size_t i = 0; i < count; i++) {
		char *to = (char *)rows + i * row_size + field->offset;
		uint32_t value = is_wide(field) ? 0 : narrow[i] - (field->kind == FIELD_ID);
		memcpy(to, is_wide(field) ? (void *)&wide[i] : &value, is_wide(field) ? sizeof *wide : sizeof value);
	}
	return NULL;
}

struct error *fields_read(struct codec *codec, const struct row_field *fields, size_t field_count,
			  const struct pack_value *map, void *rows, size_t row_size, size_t count)
{
	AUTO(free) void *scratch = malloc((count + 1) * sizeof(uint64_t));
	if (scratch == NULL)
		return error_memory();
	for (size_t f = 0; f < field_count; f++) {
		struct error *error =
			field_read(codec, map, &fields[f], scratch, rows, row_size, count);
		if (error != NULL)
			return error_prefix(error, "column '%s'", fields[f].name);
	}
	return NULL;
}
