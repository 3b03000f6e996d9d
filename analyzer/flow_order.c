/* Who comes after whom, so that all but back edges lead on?
 *
 * Reverse postorder from preorder, which is what the search's numbers are: below each number the subtrees follow, the last
 * one met first, each in one piece as long as the subtree is large. So positions are given from the top, in ascending numbers.
 */
#include "analyzer/flow_order.h"

#include "analyzer/memory.h"

#include <stdlib.h>

struct error *flow_order_init(struct flow_order *order, const struct flow_search *search)
{
	uint32_t count = search->numbers;
	AUTO(flow_order) struct flow_order made = {.count = count};
	AUTO(free) void *memory = memory_large((size_t)count * 2, sizeof(uint32_t));
	uint32_t *size = memory, *end = size == NULL ? NULL : size + count;
	uint32_t *position = made.position = memory_large(count, sizeof *position);
	made.place = memory_large(count, sizeof *made.place);
	made.queued = calloc(count, 1);
	if (size == NULL || position == NULL || made.place == NULL || made.queued == NULL)
		return error_memory();
	for (uint32_t i = 0; i < count; i++)
		size[i] = 1;
	for (uint32_t i = count - 1; i > 0; i--)
		size[search->parent[i]] += size[i];
	position[0] = 0;
	end[0] = size[0];
	for (uint32_t i = 1; i < count; i++) {
		uint32_t parent = search->parent[i];
		end[i] = end[parent];
		end[parent] -= size[i];
		position[i] = end[parent];
		made.place[position[i]] = search->node[i];
	}
	*order = made;
	made = (struct flow_order){0};
	return NULL;
}

void flow_order_deinit(struct flow_order *order)
{
	free(order->place);
	free(order->position);
	free(order->queued);
	vector_deinit(&order->queue);
	*order = (struct flow_order){0};
}

static void swap(uint32_t *a, uint32_t *b)
{
	uint32_t kept = *a;
	*a = *b;
	*b = kept;
}

struct error *flow_order_enqueue(struct flow_order *order, uint32_t position)
{
	if (order->queued[position])
		return NULL;
	TRY(vector_push(&order->queue, position));
	order->queued[position] = 1;
	uint32_t *heap = order->queue.items;
	for (size_t i = order->queue.count - 1; i > 0 && heap[i] < heap[(i - 1) / 2]; i = (i - 1) / 2)
		swap(&heap[i], &heap[(i - 1) / 2]);
	return NULL;
}

uint32_t flow_order_dequeue(struct flow_order *order)
{
	uint32_t *heap = order->queue.items, least = heap[0];
	size_t count = --order->queue.count;
	heap[0] = heap[count];
	for (size_t i = 0, child; (child = 2 * i + 1) < count; i = child) {
		if (child + 1 < count && heap[child + 1] < heap[child])
			child++;
		if (heap[i] <= heap[child])
			break;
		swap(&heap[i], &heap[child]);
	}
	order->queued[least] = 0;
	return least;
}
