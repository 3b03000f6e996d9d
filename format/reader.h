/* Reader: opens a .snap, checks it at the border, hands out columns.
 *
 * Opening reads the manifest and the small members (meta, types, strings, roots) and checks every declared count
 * against the bytes that are there before any memory is taken. Chunks are decoded on demand, only the columns asked
 * for; a member's checksum is verified when it is read. After success every id in what was handed out is in range.
 */
#ifndef FORMAT_READER_H
#define FORMAT_READER_H

#include "base/error.h"
#include "format/schema.h"

struct reader;

/* "-" is standard input. ERROR_IO: can't be opened or read; ERROR_INPUT: not a snapshot, cut, altered, too new.
 * Messages begin with the path. */
struct error *reader_open(const char *path, struct reader **result) CHECKED;
void reader_close(struct reader *reader);
DEFINE_AUTO(reader, struct reader *, reader_close);

/* All borrowed until reader_close. */
const char *reader_path(const struct reader *reader);
uint64_t reader_file_size(const struct reader *reader); /* bytes */
const struct snapshot_meta *reader_meta(const struct reader *reader);
struct snapshot_counts reader_counts(const struct reader *reader);
bool reader_complete(const struct reader *reader);      /* no loss that makes it partial */
uint64_t reader_loss(const struct reader *reader, enum loss loss);
unsigned reader_minor(const struct reader *reader);     /* format version 1.minor of the file */

/* What the file is made of, for whoever copies parts of it as they are. All borrowed. */
struct reader_parts {
	const struct input *input;
	const struct catalog *catalog;   /* every member's checksum is known */
	const struct manifest *manifest;
};
struct reader_parts reader_parts(const struct reader *reader);

/* NUL-terminated, may hold any bytes; `length` may be NULL. An id of NO_ID gives "". */
const char *reader_string(const struct reader *reader, string_id id, size_t *length);
const struct type_record *reader_types(const struct reader *reader);     /* counts.types of them */
const struct root_record *reader_roots(const struct reader *reader);     /* counts.roots of them */
/* The edges of root r are root_edges[offsets[r] .. offsets[r + 1] - 1]. */
const struct edge_record *reader_root_edges(const struct reader *reader);
const uint64_t *reader_root_offsets(const struct reader *reader);        /* counts.roots + 1 of them */

/* Previews of contents, of one chunk of objects; only captures that were asked for them have any. */
struct value_rows {
	uint32_t count;    /* objects; 0: the file has no previews */
	uint32_t *starts;  /* count + 1: where each preview begins in `bytes`, and the end */
	uint8_t *present;  /* of each object: 1 where it has a preview, which may be empty */
	uint8_t *bytes;    /* of a str UTF-8, of bytes and bytearray as they are, of an int decimal digits */
};
void value_rows_deinit(struct value_rows *rows);
DEFINE_AUTO_VALUE(value_rows, struct value_rows, value_rows_deinit);
/* `rows` is the caller's to deinit; what it held before is not freed. */
struct error *reader_values(struct reader *reader, uint32_t chunk, struct value_rows *rows) CHECKED;

/* All rows of a relation, by number; read once, when first asked for. `count` is 0 where the file has none. Borrowed until
 * reader_close. */
struct error *reader_rows(struct reader *reader, enum relation relation, const void **rows, size_t *count) CHECKED;
#define RELATION(row, name, description)                                                                               \
	CHECKED static inline struct error *reader_##name(struct reader *reader, const struct row##_row **rows,        \
							  size_t *count)                                               \
	{                                                                                                              \
		const void *found = NULL;                                                                              \
		struct error *error = reader_rows(reader, RELATION_##name, &found, count);                             \
		*rows = error == NULL ? found : NULL;                                                                  \
		return error;                                                                                          \
	}
#include "format/relation.def"

enum object_column { /* what to decode; OR them */
	COLUMN_ADDRESS = 1,
	COLUMN_TYPE = 2,
	COLUMN_SIZE = 4,
	COLUMN_GETSIZEOF = 8,
	COLUMN_REFCOUNT = 16,
	COLUMN_GENERATION = 32,
	COLUMN_FLAGS = 64,
	COLUMN_DEGREE = 128, /* edges out of each object */
	COLUMN_CONTENT_HASH = 256,
	COLUMN_LENGTH = 512
};

/* Arrays for the objects of one chunk, in the caller's memory, each at least CHUNK_OBJECTS long; a NULL array is not
 * decoded. */
struct object_columns {
	uint64_t *address;
	type_id *type;
	uint64_t *size;
	uint64_t *getsizeof;
	uint64_t *refcount;
	uint8_t *generation;
	uint8_t *flags;
	uint32_t *degree;
	uint64_t *content_hash;
	uint64_t *length;
};
uint32_t reader_object_chunks(const struct reader *reader);
/* *first: id of the chunk's first object, *count: 1..CHUNK_OBJECTS. */
struct error *reader_objects(struct reader *reader, uint32_t chunk, const struct object_columns *columns, node_id *first,
			     uint32_t *count) CHECKED;

/* Edges lie in chunks of their own, in owner order; degree tells which edges belong to which object: the edges of
 * object i are those from the sum of all degrees before i. Arrays as above, each at least CHUNK_EDGES long. */
struct edge_columns {
	node_id *target;
	uint8_t *name;     /* enum edge_name */
	uint8_t *class;    /* enum edge_class */
	uint64_t *payload; /* NAME_NEXT_INDEX stays unresolved: 0 */
};
uint32_t reader_edge_chunks(const struct reader *reader);
/* `degrees` are those of all objects (counts.nodes of them), needed to tell each edge's source, as targets are stored
 * relative to it. *first: index of the chunk's first edge among all edges. ERROR_INPUT also where degrees and edges do
 * not add up. */
struct error *reader_edges(struct reader *reader, uint32_t chunk, const uint32_t *degrees,
			   const struct edge_columns *columns, uint64_t *first, uint32_t *count) CHECKED;

/* One chunk of edges whose owners are not known yet, for who wants those of a few objects and has not all degrees. Columns
 * in the caller's memory, as above, and all of them; targets as they are stored until reader_page_edge. */
struct edge_page {
	struct edge_columns columns;
	uint64_t first;       /* index of its first edge */
	uint32_t count;
	node_id source;       /* owner of the first one */
	uint32_t before;      /* edges of that owner in the chunks before */
};
/* Reads neither other chunks nor degrees. */
struct error *reader_edge_page(struct reader *reader, uint32_t chunk, struct edge_page *page) CHECKED;
/* Edge `index`, which lies in the page, of an object whose first edge has the index `begin`. ERROR_INPUT where that is not
 * so by the page, or the target is none. An index that is not said stays 0 (NAME_NEXT_INDEX). */
struct error *reader_page_edge(const struct reader *reader, const struct edge_page *page, node_id owner, uint64_t begin,
			       uint64_t index, struct edge_record *edge) CHECKED;
/* Where the edges of a chunk's objects begin: begins[i] for its object number i, begins[*count] the end. Room for
 * CHUNK_OBJECTS + 1. Below the number of edges, and ascending. */
struct error *reader_edge_begins(struct reader *reader, uint32_t chunk, uint64_t *begins, node_id *first,
				 uint32_t *count) CHECKED;

/* Reads and checks every member and column: all that the other calls would find, and that ids ascend, sums add up. */
struct error *reader_verify(struct reader *reader) CHECKED;

#endif
