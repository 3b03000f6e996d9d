/* Growth: the few places of a heap that explain by how much it grew since an earlier snapshot.
 *
 * Every byte that came counts where it hangs in the later snapshot's tree of dominators, every byte that went where
 * it hung in the earlier one's, at the nearest object above it that is still there; what survivors grew by counts at
 * these. What only moved counts nowhere. So the *growth* of a place, with all that hangs from it, is what came there
 * less what went, and that of the virtual root is the heap's.
 *
 * A place *gathers* if its growth is not explained by FEW places below it or less that gather themselves: no so many
 * of these, disjoint, make up nine tenths of it (GROWTH_SHARE). The others are only on the way. Of a container two
 * new items are enough to make it the place. The roots, modules and namespaces, whose many parts are the program,
 * gather only what is more than half their own. What is wanted is the fewest disjoint places that gather and explain
 * nine tenths of the whole's growth.
 */
#ifndef ANALYZER_GROWTH_H
#define ANALYZER_GROWTH_H

#include "analyzer/join.h"
#include "analyzer/retention.h"

/* What load_graph has to load for it, besides what a join needs. */
#define GROWTH_COLUMNS (RETENTION_COLUMNS | GRAPH_FLAGS | GRAPH_TYPE)

#define GROWTH_SHARE 0.9
#define GROWTH_FEW 8u

struct growth_part { /* of one type: what came less what went */
	int64_t count, size;
};

struct growth_place {
	uint32_t place;  /* in the later snapshot; DOMINATOR_ROOT: new objects alike that no single place holds */
	uint32_t before; /* the place in the earlier one; DOMINATOR_NONE where it is new */
	label_id label;  /* of those alike; NO_ID: the place itself, or garbage of all types */
	enum fate fate;  /* of those alike */
	int64_t size;    /* bytes it grew by, above 0 */
	struct growth_part *parts; /* by label: adds up to that */
};

struct growth {
	struct growth_place *places; /* the one that grew most first; disjoint */
	size_t count;
	size_t left_out;    /* that would be needed too, for being more than `most` */
	uint64_t whole;     /* bytes: what all places that grew grew by */
	uint64_t explained; /* bytes: of that, by those in `places` */
	size_t labels;
	struct growth_part *parts;
	/* By node after: the index in `places` of what is new and came there, else GROWTH_NOWHERE. NULL: not kept. */
	uint8_t *place_of;
};
#define GROWTH_NOWHERE UINT8_MAX

struct growth_request {
	uint64_t least; /* bytes: places that grew by less are none; above 0 */
	size_t most;    /* places, at most GROWTH_MOST */
	unsigned few;   /* GROWTH_FEW, but in tests; less than that */
	bool same_process;
	bool keep_nodes; /* for growth.place_of, 1 B an object */
};
#define GROWTH_MOST 250u

/* The join is of their graphs, the names of their types. O(nodes) and little more; 28 B a number of the later tree, 8
 * B one of the earlier. */
struct error *growth_find(const struct retention *before, const struct retention *after, const struct join *join,
			  const struct type_names *names, const struct growth_request *request, struct growth *result)
	CHECKED;
void growth_deinit(struct growth *growth);
DEFINE_AUTO_VALUE(growth, struct growth, growth_deinit);

#endif
