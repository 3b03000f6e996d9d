/* Occupancy: what is in the allocator's used blocks: objects, buffers of objects, orphans, and what else.
 *
 * A block is given to the first of these that begins in it: an object's head, a buffer, an orphan's head. What is left of the
 * used blocks is C code's, or a buffer that the snapshot doesn't tell. The capture, which knew of every buffer, told how many
 * blocks they have; where buffers are listed is told of sparse arenas alone.
 *
 * A *sparse* arena is one less than half of which is in used blocks; what is in these is listed, as so little keeps so much
 * from being returned to the system.
 */
#ifndef ANALYZER_OCCUPANCY_H
#define ANALYZER_OCCUPANCY_H

#include "analyzer/allocator.h"
#include "analyzer/progress.h"

struct pool_occupancy { /* blocks; together never more than are used */
	uint32_t objects, buffers, orphans;
};

struct block_totals { /* of pools of one size of blocks, or of all */
	uint64_t pools;
	uint64_t capacity, used, objects, buffers, orphans; /* blocks */
	uint64_t told;                                      /* blocks of which it is known what was asked for */
	uint64_t asked;                                     /* bytes that was, of those */
};

struct occupancy_total {
	uint64_t count, size; /* objects, bytes: shallow sizes, saturated */
};

struct tenant {         /* of a sparse arena: an object that has a block in it, its own or that of a buffer */
	uint32_t arena; /* number of the arena_place */
	node_id node;
	uint32_t size; /* bytes of the block */
};

struct occupancy {
	const struct allocator *allocator; /* borrowed */
	struct pool_occupancy *pools;      /* by number of the pool */
	struct occupancy_total inside;     /* objects whose head is in a block */
	struct occupancy_total fixed;      /* in mapped files' data, OBJECT_STATIC */
	struct occupancy_total outside;    /* all others */
	struct occupancy_total frozen;     /* of all, those of the permanent generation */
	uint64_t contradictions;       /* blocks that something is in beyond those that are used, of torn captures */
	VECTOR(struct tenant) tenants; /* by no order */
};

static inline bool arena_is_sparse(const struct arena_place *arena)
{
	return arena->used < arena->size / 2;
}

/* One pass over four columns of the file, a chunk at a time; a bit a block, 12 B a pool and 12 B a tenant. */
struct error *occupancy_create(struct reader *reader, const struct allocator *allocator,
			       const struct progress *progress, struct occupancy *result) CHECKED;
void occupancy_deinit(struct occupancy *occupancy);
DEFINE_AUTO_VALUE(occupancy, struct occupancy, occupancy_deinit);

/* Adds a pool to the totals. */
void occupancy_add(const struct occupancy *occupancy, size_t pool, struct block_totals *totals);

#endif
