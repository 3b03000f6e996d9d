/* Values: previews of the contents of one chunk's objects, as a member, which only captures that were asked for them have.
 *
 * Apart from the objects, so that a snapshot without them is the same but for these members.
 */
#ifndef FORMAT_VALUES_H
#define FORMAT_VALUES_H

#include "base/vector.h"
#include "format/column.h"
#include "format/reader.h"

/* Previews as they come in; the bytes are those of all objects, in order. */
struct value_chunk {
	uint64_t *lengths; /* CHUNK_OBJECTS: of each object the preview's length plus one, 0: none */
	VECTOR(uint8_t) bytes;
};
struct error *value_chunk_init(struct value_chunk *chunk) CHECKED;
void value_chunk_deinit(struct value_chunk *chunk);
DEFINE_AUTO_VALUE(value_chunk, struct value_chunk, value_chunk_deinit);
/* Of object `index` of the chunk, ascending; at most VALUE_MAX bytes. */
struct error *value_chunk_add(struct value_chunk *chunk, uint32_t index, const void *bytes, size_t length) CHECKED;

/* Encodes the previews of `count` objects from `first` on, and forgets their bytes; the lengths are used up. */
struct error *values_write(struct codec *codec, node_id first, uint32_t count, struct value_chunk *chunk,
			   struct pack *pack) CHECKED;
/* ERROR_INPUT: of other objects than these, a preview of more than VALUE_MAX bytes, text that expands without bound. */
struct error *values_read(struct codec *codec, const struct pack_value *root, node_id first, uint32_t count,
			  struct value_rows *rows) CHECKED;

#endif
