/* In which order does a depth-first search meet the nodes, and which edges does the tree of it not imply?
 *
 * All edges of a node are pushed when it is met, and numbers given when they are popped: the last push of a node wins, so
 * the tree is a true depth-first tree. A popped node that has a number by then was met below the one that pushed it: a
 * forward edge, which only may lower `semi`. So the stack takes up to one entry an edge; its memory is reserved at once
 * and touched as far as it grows, on heaps a fraction of it.
 * Cost: each edge once; about a random access an edge, which prefetching hides in part.
 */
#include "analyzer/flow_search.h"

#include "analyzer/memory.h"

#include <stdlib.h>

struct flow_pending {
	uint32_t node, from;
};

#define AHEAD 12u /* edges ahead of which the state is fetched */

static uint32_t *table(size_t count)
{
	return memory_large(count + 2, sizeof(uint32_t));
}

/* Every node unseen; how many have edges. */
static uint32_t start_states(struct flow_search *search)
{
	uint32_t inner = 0;
	for (uint32_t v = 0; v < search->flow.count; v++) {
		bool leaf = search->flow.offsets[v] == search->flow.offsets[v + 1];
		search->state[v] = leaf ? FLOW_UNSEEN_LEAF : FLOW_UNSEEN;
		inner += !leaf;
	}
	return inner;
}

struct error *flow_search_init(struct flow_search *search, const struct flow *flow)
{
	*search = (struct flow_search){.flow = *flow, .numbers = 1};
	search->state = table(flow->count);
	if (search->state == NULL)
		return error_memory();
	size_t inner = start_states(search);
	size_t edges = flow->offsets[flow->count];
	uint32_t **by_number[] = {&search->node, &search->parent, &search->semi, &search->crosses, &search->repeats};
	for (size_t i = 0; i < sizeof by_number / sizeof *by_number; i++)
		if ((*by_number[i] = table(inner + 1)) == NULL)
			return error_memory();
	search->cross = table(edges);
	search->repeat = table(edges);
	search->stack = memory_large((edges > inner ? edges : inner) + 2, sizeof *search->stack);
	if (search->cross == NULL || search->repeat == NULL || search->stack == NULL)
		return error_memory();
	search->node[0] = search->parent[0] = search->semi[0] = 0;
	search->crosses[0] = search->crosses[1] = search->repeats[0] = search->repeats[1] = 0;
	return NULL;
}

void flow_search_deinit(struct flow_search *search)
{
	free(search->state);
	free(search->node);
	free(search->parent);
	free(search->semi);
	free(search->crosses);
	free(search->cross);
	free(search->repeats);
	free(search->repeat);
	free(search->stack);
	*search = (struct flow_search){0};
}

void flow_search_keep_crosses(struct flow_search *search)
{
	free(steal(&search->semi));
	free(steal(&search->repeats));
	free(steal(&search->repeat));
	free(steal(&search->stack));
}

void flow_search_keep_tree(struct flow_search *search)
{
	flow_search_keep_crosses(search);
	free(steal(&search->crosses));
	free(steal(&search->cross));
}

void flow_search_keep_numbers(struct flow_search *search)
{
	flow_search_keep_tree(search);
	free(steal(&search->parent));
}

/* A node with edges is met for the first time: gives it the next number and looks at its edges. The new stack height. */
static size_t expand(struct flow_search *search, uint32_t node, uint32_t from, size_t height)
{
	const struct flow *flow = &search->flow;
	const uint32_t *targets = flow->targets;
	uint32_t *state = search->state;
	uint32_t number = search->numbers++, cross = search->crosses[number], repeat = search->repeats[number];
	uint32_t end = flow->offsets[node + 1], last = flow->offsets[flow->count];

	state[node] = number;
	search->node[number] = node;
	search->parent[number] = search->semi[number] = from;
	for (uint32_t e = flow->offsets[node]; e < end; e++) {
		uint32_t target = targets[e], seen = state[target];
		if (e + AHEAD < last)
			__builtin_prefetch(&state[targets[e + AHEAD]]);
		if (seen == FLOW_UNSEEN) {
			search->stack[height++] = (struct flow_pending){target, number};
			__builtin_prefetch(&flow->offsets[target]);
		} else if (seen == FLOW_UNSEEN_LEAF) {
			state[target] = FLOW_LEAF | number;
		} else if (seen & FLOW_LEAF) {
			if (seen != (FLOW_LEAF | number) && seen != FLOW_LEAF)
				search->repeat[repeat++] = target;
		} else if (seen != number) {
			search->cross[cross++] = seen;
		}
	}
	search->crosses[number + 1] = cross;
	search->repeats[number + 1] = repeat;
	return height;
}

static void run(struct flow_search *search, uint32_t node)
{
	const struct flow *flow = &search->flow;
	size_t height = expand(search, node, 0, 0);
	while (height > 0) {
		struct flow_pending next = search->stack[--height];
		uint32_t seen = search->state[next.node];
		if (height >= 2) {
			__builtin_prefetch(&search->state[search->stack[height - 2].node]);
			__builtin_prefetch(&flow->targets[flow->offsets[search->stack[height - 1].node]]);
		}
		if (seen == FLOW_UNSEEN)
			height = expand(search, next.node, next.from, height);
		else if (next.from < search->semi[seen])
			search->semi[seen] = next.from;
	}
}

/* Entering is an edge from the virtual root, everybody's ancestor: a node met before becomes its child in all but the
 * depth-first tree. */
void flow_search_enter(struct flow_search *search, const uint32_t *entries, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t seen = search->state[entries[i]];
		if (seen & FLOW_LEAF)
			search->state[entries[i]] = FLOW_LEAF;
		else if (seen == FLOW_UNSEEN)
			run(search, entries[i]);
		else
			search->semi[seen] = 0;
	}
}
