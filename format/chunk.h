/* Chunk: objects and edges as columns of a member, encoders and decoders side by side.
 *
 * Also the one byte that holds an edge's name and class (its tag), which roots share.
 */
#ifndef FORMAT_CHUNK_H
#define FORMAT_CHUNK_H

#include "format/column.h"
#include "format/reader.h"
#include "format/schema.h"

/* Bits of a tag. An edge has a payload if and only if TAG_PAYLOAD is set, so a reader that does not know a name can still
 * tell which payload belongs to which edge. */
#define TAG_NAME 31u
#define TAG_CLASS_SHIFT 5
#define TAG_PAYLOAD 128u

/* Asked once or twice for each edge. The payload is a string id: */
static inline bool edge_name_has_string(enum edge_name name)
{
	const unsigned names = 1u << NAME_ATTRIBUTE | 1u << NAME_NAMED_KEY | 1u << NAME_LOCAL | 1u << NAME_CLOSURE |
			       1u << NAME_FIELD;
	return name < NAME_COUNT && (names >> name & 1) != 0;
}

static inline bool edge_name_has_payload(enum edge_name name)
{
	const unsigned names = 1u << NAME_INDEX | 1u << NAME_OFFSET | 1u << NAME_STACK;
	return edge_name_has_string(name) || (name < NAME_COUNT && (names >> name & 1) != 0);
}

static inline uint8_t tag_make(enum edge_name name, enum edge_class class)
{
	unsigned payload = edge_name_has_payload(name) ? TAG_PAYLOAD : 0;
	return (uint8_t)(name | (unsigned)class << TAG_CLASS_SHIFT | payload);
}

/* Checks tags and splits them; `name` may be the tags themselves, `name` and `class` may be NULL. Unknown names are
 * ERROR_INPUT unless `newer`, then NAME_NONE. */
struct error *tags_split(const uint8_t *tags, size_t count, bool newer, uint8_t *name, uint8_t *class) CHECKED;
size_t tags_payloads(const uint8_t *tags, size_t count); /* how many have a payload */
/* Moves the payloads, packed at the front of `payload`, to the edges that they belong to; 0 for the others. */
void payloads_spread(const uint8_t *tags, size_t count, size_t payloads, uint64_t *payload);

struct objects_header {
	node_id first;
	uint32_t count;      /* 1..CHUNK_OBJECTS */
	uint64_t first_edge; /* index among all edges of the first edge of its objects */
};
/* All columns, CHUNK_OBJECTS long each; deinit also what a failed init left. */
struct error *object_columns_init(struct object_columns *columns) CHECKED;
void object_columns_deinit(struct object_columns *columns);
DEFINE_AUTO_VALUE(object_columns, struct object_columns, object_columns_deinit);
/* Encodes every column; all of `columns` must be there and are used up. */
struct error *objects_write(struct codec *codec, const struct objects_header *header,
			    const struct object_columns *columns, struct pack *pack) CHECKED;
struct error *objects_read_header(const struct pack_value *root, struct objects_header *header) CHECKED;
/* Decodes the columns that are not NULL. Checked: addresses ascend, generations are known. Not checked: type ids. */
struct error *objects_read(struct codec *codec, const struct pack_value *root, uint32_t count,
			   const struct object_columns *columns) CHECKED;

struct edges_header {
	uint64_t first;  /* index of the first edge among all */
	uint32_t count;  /* 1..CHUNK_EDGES */
	node_id source;  /* owner of the first edge */
	uint32_t before; /* edges of that owner that come before it */
};
/* Rows as they are stored: `difference` is the zigzag difference of target and source, payloads only of those that have
 * one, packed at the front. */
struct edge_rows {
	uint32_t *difference;
	uint8_t *tag;
	uint64_t *payload;
};
/* All columns, CHUNK_EDGES long each; deinit also what a failed init left. */
struct error *edge_rows_init(struct edge_rows *rows) CHECKED;
void edge_rows_deinit(struct edge_rows *rows);
DEFINE_AUTO_VALUE(edge_rows, struct edge_rows, edge_rows_deinit);
struct error *edges_write(struct codec *codec, const struct edges_header *header, const struct edge_rows *rows,
			  size_t payloads, struct pack *pack) CHECKED;
struct error *edges_read_header(const struct pack_value *root, struct edges_header *header) CHECKED;
/* Decodes the columns that are not NULL; `tag` is needed for `payload`. Payloads end where they belong, by
 * payloads_spread. */
struct error *edges_read(struct codec *codec, const struct pack_value *root, uint32_t count,
			 const struct edge_rows *rows) CHECKED;

#endif
