/* Relation: rows of format/relation.def as members, encoder and decoder, and the check of what they name. */
#ifndef FORMAT_RELATION_H
#define FORMAT_RELATION_H

#include "format/fields.h"

enum relation_refers { /* what the ids in a column are of */
	REFERS_NOTHING,
	REFERS_STRING,
	REFERS_NODE,
	REFERS_TYPE,
	REFERS_ROW
};
struct relation_column {
	struct row_field field;
	enum relation_refers refers;
	enum relation target; /* REFERS_ROW: of which relation */
	const char *unit, *description;
};
struct relation_shape {
	const char *name, *description;
	size_t row_size; /* bytes */
	const struct relation_column *columns;
	size_t column_count;
};
/* Borrowed, for ever. */
const struct relation_shape *relation_shape(enum relation relation);
/* RELATION_COUNT where there is none of this name. */
enum relation relation_find(const char *name);

/* The id in a column of a row; NO_ID where it names nothing. */
static inline uint32_t relation_id(const struct relation_column *column, const void *row)
{
	return *(const uint32_t *)((const char *)row + column->field.offset);
}

/* How much there is of what rows may name. */
struct relation_bounds {
	uint64_t strings, nodes, types, rows[RELATION_COUNT];
};
/* The first column of the row that names something beyond the bounds; NULL: none does. */
const struct relation_column *relation_check(enum relation relation, const void *row,
					     const struct relation_bounds *bounds);

/* One member: rows first..first+count-1, 1..CHUNK_RECORDS of them. Clears `pack`. */
struct error *relation_write(struct codec *codec, enum relation relation, const void *rows, uint32_t first,
			     uint32_t count, struct pack *pack) CHECKED;
/* Rows grow by those of one member; *first is the number that it gives the first of them. ERROR_INPUT: a column that does not
 * decode. What the rows name is not checked. */
struct relation_rows {
	void *rows;
	size_t count;
};
void relation_rows_deinit(struct relation_rows *rows);
DEFINE_AUTO_VALUE(relation_rows, struct relation_rows, relation_rows_deinit);
struct error *relation_read(struct codec *codec, enum relation relation, const struct pack_value *root, uint32_t *first,
			    struct relation_rows *rows) CHECKED;

#endif
