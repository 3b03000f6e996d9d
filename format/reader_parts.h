/* Reader parts: what the files of the reader share; nobody else includes it. */
#ifndef FORMAT_READER_PARTS_H
#define FORMAT_READER_PARTS_H

#include "format/chunk.h"
#include "format/reader.h"
#include "format/relation.h"
#include "format/tables.h"

/* Owners written beyond an object's last edge. */
#define OWNER_SLACK 8u

struct edge_start { /* where an edges chunk begins */
	node_id source;
	uint32_t before; /* edges of `source` in the chunks before */
};

struct reader {
	struct input *input;
	struct catalog catalog;
	struct manifest manifest;
	struct tables tables;
	struct codec *codec;
	struct relation_rows relations[RELATION_COUNT]; /* rows NULL: not read yet */
	struct edge_start *starts; /* of every edges chunk; NULL until the first is read */
	uint8_t *tags;             /* work memory, CHUNK_EDGES of them; NULL until needed */
	uint32_t *owners;          /* work memory, CHUNK_EDGES + OWNER_SLACK of them; NULL until needed */
};

/* Begins the message with the path, and where the file is damaged and holds something, ends it with what to do. `error` is
 * consumed; NULL stays NULL. */
struct error *reader_error(const struct reader *reader, struct error *error) CHECKED;
struct error *reader_no_chunk(const struct reader *reader, const char *kind, uint32_t chunk) CHECKED;
/* The file is of a newer minor version: what we don't know in it is no error. */
bool reader_is_newer(const struct reader *reader);
/* One chunk of objects, checked. */
struct error *reader_load_objects(struct reader *reader, uint32_t chunk, const struct object_columns *columns,
				  struct objects_header *header) CHECKED;

#endif
