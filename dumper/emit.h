/* Emit: what discovery found becomes the records of a snapshot, in address order.
 *
 * Decodes each object once more, from the mirror, with the names of its edges; an address becomes a node id by its rank
 * among the marks. Cost: one decoding an object, one rank an edge; memory: a string id for each name that was met.
 */
#ifndef DUMPER_EMIT_H
#define DUMPER_EMIT_H

#include "dumper/decode.h"
#include "dumper/footprint.h"
#include "dumper/interrupt.h"
#include "dumper/marks.h"
#include "dumper/pools.h"
#include "dumper/roots.h"
#include "dumper/secrets.h"
#include "dumper/traces.h"
#include "format/writer.h"

struct emit_input {
	struct decoder *decoder;
	const struct marks *marks; /* sealed */
	const struct roots *roots;
	struct pools *pools;   /* what is emitted is explained in there */
	bool orphans;          /* search them */
	uint64_t block_prefix; /* bytes that the allocator puts in front of what it was asked for */
	struct interrupt *interrupt;
	size_t preview;                /* bytes of a preview; 0: none */
	const struct secrets *secrets; /* of which there is none */
	struct traces *traces;         /* of the blocks that objects have; those that are written are marked */
	struct footprint *footprint;   /* gets the memory of the objects; NULL: none */
};

/* For rows of relations: the object at `address`, NO_ID where none was found there (0 included); the id of a text, NO_ID for NULL
 * and "". */
node_id emit_node(const struct marks *marks, uint64_t address);
struct error *emit_text(struct writer *writer, const char *text, string_id *id) CHECKED;

/* Writes types, objects with their edges, roots, native memory, and what is known of the allocator; not meta, not the commit. */
struct error *emit_heap(const struct emit_input *input, struct writer *writer) CHECKED;

#endif
