/* Flow order: in which order are values to flow along the edges of a graph, so that few have to flow twice?
 *
 * Reverse postorder of the depth-first tree: whoever refers to a node comes before it, but for back edges. What these
 * change waits in a queue from which the first of the order comes first.
 */
#ifndef ANALYZER_FLOW_ORDER_H
#define ANALYZER_FLOW_ORDER_H

#include "analyzer/flow_search.h"
#include "base/vector.h"

struct flow_order {
	uint32_t count;         /* positions 1 .. count - 1; as the search's numbers */
	uint32_t *place;        /* by position */
	uint32_t *position;     /* by number of the search */
	uint8_t *queued;        /* by position */
	VECTOR(uint32_t) queue; /* positions, each once: a heap with the least on top */
};

/* Of a search that is over and has its tree. O(numbers); 9 B a number, 8 B more on the way. */
struct error *flow_order_init(struct flow_order *order, const struct flow_search *search) CHECKED;
void flow_order_deinit(struct flow_order *order);
DEFINE_AUTO_VALUE(flow_order, struct flow_order, flow_order_deinit);

/* One that waits is not queued again. O(log waiting), both. */
struct error *flow_order_enqueue(struct flow_order *order, uint32_t position) CHECKED;
/* The least. The queue must not be empty. */
uint32_t flow_order_dequeue(struct flow_order *order);

#endif
