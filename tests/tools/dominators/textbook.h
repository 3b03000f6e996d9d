/* Textbook: dominators once more, by the algorithm that everybody knows: the truth and the yardstick for ours. */
#ifndef TESTS_TOOLS_DOMINATORS_TEXTBOOK_H
#define TESTS_TOOLS_DOMINATORS_TEXTBOOK_H

#include "analyzer/dominators.h"

/* idom: room for flow->count. By node a node, DOMINATOR_ROOT or DOMINATOR_NONE. O(edges * log nodes); 60 B a node and 4 B an
 * edge while it runs. */
struct error *textbook_dominators(const struct flow *flow, const uint32_t *entries, size_t entry_count, uint32_t *idom)
	CHECKED;

#endif
