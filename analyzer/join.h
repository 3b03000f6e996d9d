/* Join: which objects of one snapshot are in another one, by address and type name in one process, else by what they
 * are held?
 *
 * An object is *survived* when there is one of its type at its address in the other snapshot, else *gone* or *new*.
 * That makes a candidate: whether a freed address was taken again by an object of the same type, analyzer/evidence.h
 * tells.
 */
#ifndef ANALYZER_JOIN_H
#define ANALYZER_JOIN_H

#include "analyzer/graph.h"
#include "analyzer/type_names.h"

struct join_total {                   /* of one type */
	uint64_t gone, new, survived; /* objects */
	int64_t resized;              /* bytes that the survivors grew by */
};

struct join {
	uint8_t *gone;   /* for each node before: 1 where it is gone */
	uint8_t *new;    /* for each node after: 1 where it is new */
	node_id *before; /* for each node after: the one it was before, NO_ID where it is new */
	uint64_t gone_count, new_count;
	struct join_total *totals; /* for each label */
};

/* Both graphs need GRAPH_ADDRESS, GRAPH_TYPE and GRAPH_SIZE. One merge of two sorted columns: O(nodes of both), 1 B an
 * object of either and 4 B one of those after. */
struct error *join_create(const struct graph *before, const struct graph *after, const struct type_names *names,
			  const struct type_facts *facts_before, const struct type_facts *facts_after,
			  struct join *result) CHECKED;
/* The same by keys (analyzer/path_key.h), for each node of either: of objects of one key and type those of one size
 * come together first, the first before with the first after, and so on. Needs GRAPH_TYPE and GRAPH_SIZE. O(nodes);
 * 20 B an object before, for the time. */
struct error *join_create_by_key(const struct graph *before, const struct graph *after, const struct type_names *names,
				 const struct type_facts *facts_before, const struct type_facts *facts_after,
				 const uint64_t *keys_before, const uint64_t *keys_after, struct join *result) CHECKED;
/* What was taken for one object is two: the one before went, and `node`, of those after and of this label, is new. */
void join_part(struct join *join, const struct graph *before, const struct graph *after, label_id label, node_id node);
void join_deinit(struct join *join);
DEFINE_AUTO_VALUE(join, struct join, join_deinit);

#endif
