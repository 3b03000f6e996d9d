/* By which few objects does a component come back to itself?
 *
 * The girth of a directed graph by breadth-first search from every node (A. Itai and M. Rodeh, "Finding a minimum circuit in
 * a graph", 1978), each search cut at the length of the best cycle so far: as most components have a cycle of two or three, the
 * others end after a step or two. O(members * edges) at worst, so the work is bounded.
 */
#include "analyzer/ring.h"

#include "analyzer/memory.h"

#include <stdlib.h>
#include <string.h>

struct error *rings_init(struct rings *rings, const struct flow *flow, const struct components *components,
			 const uint8_t *kinds)
{
	size_t count = (size_t)flow->count + 1;
	*rings = (struct rings){.flow = flow, .components = components, .kinds = kinds};
	rings->stamp = calloc(count, sizeof *rings->stamp);
	rings->parent = memory_large(count, sizeof *rings->parent);
	rings->distance = memory_large(count, sizeof *rings->distance);
	rings->queue = memory_large(count, sizeof *rings->queue);
	if (rings->stamp && rings->parent && rings->distance && rings->queue)
		return NULL;
	rings_deinit(rings);
	return error_memory();
}

void rings_deinit(struct rings *rings)
{
	free(rings->stamp);
	free(rings->parent);
	free(rings->distance);
	free(rings->queue);
	*rings = (struct rings){0};
}

/* A search that ends at the first edge back to its start. */
struct looking {
	struct rings *rings;
	uint32_t start, limit; /* only cycles of fewer than `limit` nodes matter */
	uint32_t last;         /* refers to the start */
	bool found;
	uint64_t *work; /* left */
};

static void look_from(struct looking *looking, uint32_t node, uint32_t *tail)
{
	struct rings *rings = looking->rings;
	const struct flow *flow = rings->flow;
	const uint32_t *of = rings->components->of;
	for (uint32_t e = flow->offsets[node]; e < flow->offsets[node + 1] && *looking->work > 0; e++) {
		uint32_t to = flow->targets[e];
		if (rings->kinds != NULL && edge_kind_name(rings->kinds[e]) == NAME_TYPE)
			continue;
		--*looking->work;
		if (to == looking->start) {
			looking->last = node;
			looking->found = true;
			return;
		}
		if (of[to] != of[node] || rings->stamp[to] == rings->now)
			continue;
		rings->stamp[to] = rings->now;
		rings->parent[to] = node;
		rings->distance[to] = rings->distance[node] + 1;
		rings->queue[(*tail)++] = to;
	}
}

static void look(struct looking *looking)
{
	struct rings *rings = looking->rings;
	uint32_t head = 0, tail = 0;
	rings->now++;
	rings->stamp[looking->start] = rings->now;
	rings->distance[looking->start] = 1;
	rings->queue[tail++] = looking->start;
	while (head < tail && !looking->found && *looking->work > 0) {
		uint32_t node = rings->queue[head++];
		if (rings->distance[node] >= looking->limit)
			break;
		look_from(looking, node, &tail);
	}
}

static struct error *keep(const struct looking *looking, struct ring *ring)
{
	const struct rings *rings = looking->rings;
	uint32_t count = rings->distance[looking->last];
	uint32_t *nodes = malloc(count * sizeof *nodes);
	if (nodes == NULL)
		return error_memory();
	for (uint32_t i = count, at = looking->last; i-- > 0; at = rings->parent[at])
		nodes[i] = at;
	ring_deinit(ring);
	*ring = (struct ring){.nodes = nodes, .count = count};
	return NULL;
}

struct error *rings_find(struct rings *rings, uint32_t component, uint64_t work, struct ring *result)
{
	const struct components *components = rings->components;
	AUTO(ring) struct ring best = {0};
	uint32_t i = components->offsets[component], end = components->offsets[component + 1];
	for (; i < end && best.count != 1 && work > 0; i++) {
		struct looking looking = {.rings = rings, .start = components->members[i], .work = &work};
		/* Any first cycle will do: none is longer than the component. */
		looking.limit = best.count > 0 ? best.count : UINT32_MAX;
		look(&looking);
		if (looking.found)
			TRY(keep(&looking, &best));
	}
	best.shortest = best.count == 1 || (i == end && work > 0);
	*result = best;
	best = (struct ring){0};
	return NULL;
}

void ring_deinit(struct ring *ring)
{
	free(ring->nodes);
	*ring = (struct ring){0};
}
