/* Relation: how do the rows that go with a heap lie in the file, and do they name what is there?
 *
 * Method: format/relation.def becomes a list of columns for each relation; a member is the columns of up to CHUNK_RECORDS
 * rows (format/fields.h). Cost: 10-20 ns a column of a row; memory: the rows of what is read.
 */
#include "format/relation.h"

#include <stdlib.h>
#include <string.h>

#define RELATION(row, name, description) static const struct relation_column columns_##row[] = {
#define COLUMN(row, column, kind, refers, target, unit, description)                                                   \
	{{#column, offsetof(struct row##_row, column), kind}, refers, target, unit, description},
#define R_ADDRESS(row, column, description)                                                                            \
	COLUMN(row, column, FIELD_ADDRESS, REFERS_NOTHING, RELATION_COUNT, "", description)
#define R_U64(row, column, unit, description)                                                                          \
	COLUMN(row, column, FIELD_U64, REFERS_NOTHING, RELATION_COUNT, unit, description)
#define R_STRING(row, column, description) COLUMN(row, column, FIELD_ID, REFERS_STRING, RELATION_COUNT, "", description)
#define R_NODE(row, column, description) COLUMN(row, column, FIELD_ID, REFERS_NODE, RELATION_COUNT, "", description)
#define R_TYPE(row, column, description) COLUMN(row, column, FIELD_ID, REFERS_TYPE, RELATION_COUNT, "", description)
#define R_ROW(row, column, target, description)                                                                        \
	COLUMN(row, column, FIELD_ID, REFERS_ROW, RELATION_##target, "", description)
#define RELATION_END(row, name)                                                                                        \
	}                                                                                                              \
	;
#include "format/relation.def"
#undef COLUMN

static const struct relation_shape shapes[RELATION_COUNT] = {
#define RELATION(row, name, description)                                                                               \
	{#name, description, sizeof(struct row##_row), columns_##row, sizeof columns_##row / sizeof *columns_##row},
#include "format/relation.def"
};

const struct relation_shape *relation_shape(enum relation relation)
{
	return &shapes[relation];
}

enum relation relation_find(const char *name)
{
	unsigned relation = 0;
	while (relation < RELATION_COUNT && strcmp(shapes[relation].name, name) != 0)
		relation++;
	return (enum relation)relation;
}

const struct relation_column *relation_check(enum relation relation, const void *row,
					     const struct relation_bounds *bounds)
{
	const struct relation_shape *shape = &shapes[relation];
	for (size_t c = 0; c < shape->column_count; c++) {
		const struct relation_column *column = &shape->columns[c];
		uint64_t bound = column->refers == REFERS_STRING ? bounds->strings
				 : column->refers == REFERS_NODE ? bounds->nodes
				 : column->refers == REFERS_TYPE ? bounds->types
				 : column->refers == REFERS_ROW  ? bounds->rows[column->target]
								 : 0;
		if (column->refers == REFERS_NOTHING)
			continue;
		uint32_t id = relation_id(column, row);
		if (id != NO_ID && id >= bound)
			return column;
	}
	return NULL;
}

/* The columns' fields in a row of their own. */
static struct error *fields_of(const struct relation_shape *shape, struct row_field **result)
{
	*result = malloc(shape->column_count * sizeof **result);
	if (*result == NULL)
		return error_memory();
	for (size_t c = 0; c < shape->column_count; c++)
		(*result)[c] = shape->columns[c].field;
	return NULL;
}

struct error *relation_write(struct codec *codec, enum relation relation, const void *rows, uint32_t first,
			     uint32_t count, struct pack *pack)
{
	const struct relation_shape *shape = &shapes[relation];
	struct row_field *fields = NULL;
	TRY(fields_of(shape, &fields));
	AUTO(free) void *guard = fields;
	rows_write_header(pack, first, count, shape->column_count);
	return fields_write(codec, fields, shape->column_count, rows, shape->row_size, count, pack);
}

void relation_rows_deinit(struct relation_rows *rows)
{
	free(rows->rows);
	*rows = (struct relation_rows){0};
}

struct error *relation_read(struct codec *codec, enum relation relation, const struct pack_value *root, uint32_t *first,
			    struct relation_rows *rows)
{
	const struct relation_shape *shape = &shapes[relation];
	struct row_field *fields = NULL;
	uint32_t count;
	TRY(rows_read_header(root, RELATION_ROWS_MAX, first, &count));
	TRY(fields_of(shape, &fields));
	AUTO(free) void *guard = fields;
	void *grown = realloc(rows->rows, (rows->count + count) * shape->row_size);
	if (grown == NULL)
		return error_memory();
	rows->rows = grown;
	char *to = (char *)grown + rows->count * shape->row_size;
	memset(to, 0, count * shape->row_size);
	TRY(fields_read(codec, fields, shape->column_count, pack_value_find(root, "columns"), to, shape->row_size, count));
	rows->count += count;
	return NULL;
}
