/* Emit: what discovery found becomes the records of a snapshot, in address order.
 *
 * Decodes each object once more, from the mirror, with the names of its edges; an address becomes a node id by its rank
 * among the marks. Cost: one decoding an object, one rank an edge; memory: a string id for each name that was met.
 */
#ifndef DUMPER_EMIT_H
#define DUMPER_EMIT_H

#include "dumper/decode.h"
#include "dumper/interrupt.h"
#include "dumper/marks.h"
#include "dumper/roots.h"
#include "dumper/secrets.h"
#include "format/writer.h"

struct emit_input {
	struct decoder *decoder;
	const struct marks *marks; /* sealed */
	const struct roots *roots;
	struct interrupt *interrupt;
	size_t preview;                /* bytes of a preview; 0: none */
	const struct secrets *secrets; /* of which there is none */
};

/* Writes types, objects with their edges, and roots; not meta, not the commit. */
struct error *emit_heap(const struct emit_input *input, struct writer *writer) CHECKED;

#endif
