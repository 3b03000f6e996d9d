/* Native: where the memory of each object lies, as the decoders report it while the snapshot is written.
 *
 * Adds the blocks of objects to the footprint, and writes the relation `buffers` once all are known.
 */
#ifndef DUMPER_NATIVE_H
#define DUMPER_NATIVE_H

#include "dumper/decode.h"
#include "dumper/footprint.h"
#include "dumper/marks.h"

struct native {
	struct footprint *footprint; /* NULL: none */
	uint64_t owned;          /* bytes of the buffers of the object at hand */
	node_id owner;
	VECTOR(struct found_native) found;
	VECTOR(node_id) owners; /* of each of these */
};

/* `footprint` is borrowed. */
void native_init(struct native *native, struct footprint *footprint);
void native_deinit(struct native *native);
DEFINE_AUTO_VALUE(native, struct native, native_deinit);

/* Before an object is decoded, with its id, and after it: its own block is `size`, its shallow size, less its buffers. It begins
 * `before` bytes in front of `address`. */
void native_begin(struct native *native, node_id owner);
struct error *native_end(struct native *native, uint64_t address, uint64_t before, uint64_t size) CHECKED;
/* What a decoder reports in between. */
struct error *native_add(struct native *native, const struct found_buffer *buffer) CHECKED;
struct error *native_found(struct native *native, const struct found_native *found) CHECKED;
/* Writes the rows; bases that are no objects of the snapshot are none. */
struct error *native_write(const struct native *native, const struct marks *marks, struct writer *writer) CHECKED;

#endif
