/* Children: which places hang directly below another in the tree of dominators, and how many in all? */
#ifndef ANALYZER_CHILDREN_H
#define ANALYZER_CHILDREN_H

#include "analyzer/retention.h"

struct children {
	const struct retention *retention; /* borrowed */
	uint32_t *offsets; /* by number: the children of i are places[offsets[i]] .. places[offsets[i + 1] - 1] */
	uint32_t *places;  /* ascending for each number */
	uint32_t *objects; /* by number: objects below it and itself; roots don't count */
};

/* 4 B a place and 8 B a number; O(places). */
struct error *children_create(const struct retention *retention, struct children *result) CHECKED;
void children_deinit(struct children *children);
DEFINE_AUTO_VALUE(children, struct children, children_deinit);

/* The children of a place, or of the virtual root (DOMINATOR_ROOT); how many. Leaves have none. */
uint32_t children_of(const struct children *children, uint32_t place, const uint32_t **places);
/* Objects that go with a place, itself among them. */
uint32_t children_objects(const struct children *children, uint32_t place);

#endif
