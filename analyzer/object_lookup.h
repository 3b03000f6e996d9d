/* Object lookup: single objects, read from the file chunk by chunk, for reports on a few of millions.
 *
 * What a row says of an object (its type, address, reference count) is not worth a column in memory.
 */
#ifndef ANALYZER_OBJECT_LOOKUP_H
#define ANALYZER_OBJECT_LOOKUP_H

#include "analyzer/type_names.h"
#include "base/text.h"
#include "base/vector.h"

struct object_lookup {
	struct reader *reader;         /* borrowed */
	const struct type_names *names; /* borrowed; facts[0] are the reader's */
	struct object_columns columns; /* of one chunk */
	uint32_t chunk, count;         /* which, and its objects; NO_ID: none yet */
	VECTOR(struct known_object {
		node_id node;
		struct object_record record;
	})
	known; /* by ascending node; object_lookup_gather */
};

/* 4 MiB. */
struct error *object_lookup_init(struct object_lookup *lookup, struct reader *reader, const struct type_names *names)
	CHECKED;
void object_lookup_deinit(struct object_lookup *lookup);
DEFINE_AUTO_VALUE(object_lookup, struct object_lookup, object_lookup_deinit);

/* `node`: of the snapshot. Decodes its chunk, a millisecond or so, unless it is the last one's. */
struct error *object_lookup_get(struct object_lookup *lookup, node_id node, struct object_record *record) CHECKED;
/* Reads these objects, each chunk once, to have them at hand: for a long report on objects here and there. `nodes`, which are
 * sorted, may repeat. What was gathered before is dropped. 88 B an object; O(count * log count). */
struct error *object_lookup_gather(struct object_lookup *lookup, node_id *nodes, size_t count) CHECKED;
/* What its type is called. */
struct error *object_lookup_type(struct object_lookup *lookup, node_id node, struct label *type) CHECKED;
/* Adds `module.Type #ID`, escaped. */
struct error *object_lookup_print(struct object_lookup *lookup, node_id node, struct text *text) CHECKED;

#endif
