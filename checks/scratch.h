/* Scratch: memory for each object and place, which one explanation after the other takes empty and leaves empty, so that it costs what is explained
 * and not what the heap has. */
#ifndef CHECKS_SCRATCH_H
#define CHECKS_SCRATCH_H

#include "analyzer/graph.h"
#include "base/error.h"

struct scratch {
	uint8_t *parts;    /* by node: 0 */
	uint64_t *below;   /* by number of the tree of dominators: 0 */
	uint8_t *inside;   /* by number: whatever was left */
	uint64_t *climbed; /* a bit a number: 0 */
	node_id shown;     /* the last object whose path was written, NO_ID: none; kept from one to the next */
	const char *path;  /* the outcomes' */
};

/* 1 B a node and 9.1 B a number of the tree, taken as they are touched. */
struct error *scratch_init(struct scratch *scratch, node_id nodes, uint32_t numbers) CHECKED;
void scratch_deinit(struct scratch *scratch);
DEFINE_AUTO_VALUE(scratch, struct scratch, scratch_deinit);

#endif
