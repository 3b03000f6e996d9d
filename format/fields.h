/* Fields: rows of a table as columns, one for each field, by a list of where each lies in the row.
 *
 * Ids are stored plus one, so that "none" is the cheap 0. Shared by types, roots and relations.
 */
#ifndef FORMAT_FIELDS_H
#define FORMAT_FIELDS_H

#include "format/column.h"
#include "format/schema.h"

enum field_kind {
	FIELD_ID,      /* uint32_t, NO_ID for none; stored plus one, 32 bits */
	FIELD_U32,     /* uint32_t or an enum; 32 bits */
	FIELD_U64,
	FIELD_ADDRESS  /* uint64_t that mostly ascends: differences are stored */
};
struct row_field {
	const char *name;
	size_t offset; /* in the row, bytes */
	enum field_kind kind;
};

/* What a member of numbered rows begins with: `first`, `count` and `columns`, whose pairs follow. Clears `pack`. */
void rows_write_header(struct pack *pack, uint32_t first, uint32_t count, size_t columns);
/* ERROR_INPUT: none, more than CHUNK_RECORDS rows, or rows beyond `limit`. */
struct error *rows_read_header(const struct pack_value *root, uint64_t limit, uint32_t *first, uint32_t *count) CHECKED;

/* Puts a column for each field into `pack`; 10-20 ns a field, memory: one column. */
struct error *fields_write(struct codec *codec, const struct row_field *fields, size_t field_count, const void *rows,
			   size_t row_size, size_t count, struct pack *pack) CHECKED;
/* Fills `count` rows from the columns in `map`; a column that is not there reads as 0, or no id. */
struct error *fields_read(struct codec *codec, const struct row_field *fields, size_t field_count,
			  const struct pack_value *map, void *rows, size_t row_size, size_t count) CHECKED;

#endif
