/* Which line allocated most of what came? The objects of each place are counted by their site, one place after the other,
 * so that there is a sum for each site, not for each of each place. */
#include "analyzer/growth_sites.h"

#include "analyzer/memory.h"
#include "analyzer/sets.h"

#include <stdlib.h>
#include <string.h>

/* Objects in the order of their places: those of place p are order[starts[p]] .. order[starts[p + 1] - 1]. */
static struct error *sort_by_place(const struct growth *growth, node_id nodes, size_t starts[GROWTH_MOST + 2],
				   node_id **order)
{
	memset(starts, 0, (GROWTH_MOST + 2) * sizeof *starts);
	for (node_id i = 0; i < nodes; i++)
		if (growth->place_of[i] != GROWTH_NOWHERE)
			starts[growth->place_of[i] + 2]++;
	for (size_t p = 2; p < GROWTH_MOST + 2; p++)
		starts[p] += starts[p - 1];
	*order = memory_large(starts[GROWTH_MOST + 1] + 1, sizeof **order);
	if (*order == NULL)
		return error_memory();
	for (node_id i = 0; i < nodes; i++)
		if (growth->place_of[i] != GROWTH_NOWHERE)
			(*order)[starts[growth->place_of[i] + 1]++] = i;
	return NULL;
}

/* The site with most bytes, the first of those with as many. `sums`: by group, all 0, and again after. */
static uint32_t find_largest(const struct graph *graph, const uint32_t *of, const node_id *nodes, size_t count,
			     uint64_t *sums)
{
	uint32_t best = GROUP_NONE;
	for (size_t i = 0; i < count; i++)
		if (of[nodes[i]] != GROUP_NONE)
			sums[of[nodes[i]]] += graph_size(graph, nodes[i]);
	for (size_t i = 0; i < count; i++) {
		uint32_t group = of[nodes[i]];
		if (group != GROUP_NONE &&
		    (best == GROUP_NONE || sums[group] > sums[best] || (sums[group] == sums[best] && group < best)))
			best = group;
	}
	for (size_t i = 0; i < count; i++)
		if (of[nodes[i]] != GROUP_NONE)
			sums[of[nodes[i]]] = 0;
	return best;
}

/* What was not traced, or has no frame that is known, has no site. */
static struct error *forget_unknown(const struct sites *sites, const struct graph *graph, struct groups *groups)
{
	AUTO(free) void *memory = NULL;
	uint32_t *tracebacks;
	TRY(sites_by_node(sites, graph->nodes, &tracebacks));
	memory = tracebacks;
	for (node_id i = 0; i < graph->nodes; i++)
		if (tracebacks[i] == NO_ID || sites_depth(sites, tracebacks[i]) == 0)
			groups->of[i] = GROUP_NONE;
	return NULL;
}

struct error *growth_sites_find(const struct growth *growth, const struct graph *graph, const struct sites *sites,
				struct growth_sites *result)
{
	size_t starts[GROWTH_MOST + 2];
	AUTO(growth_sites) struct growth_sites made = {0};
	TRY(sites_group(sites, graph, NULL, NULL, &made.groups));
	TRY(forget_unknown(sites, graph, &made.groups));
	node_id *order = NULL;
	TRY(sort_by_place(growth, graph->nodes, starts, &order));
	AUTO(free) void *order_memory = order;
	AUTO(free) void *sums = calloc((size_t)made.groups.count + 1, sizeof(uint64_t));
	made.of_place = calloc(growth->count + 1, sizeof *made.of_place);
	if (sums == NULL || made.of_place == NULL)
		return error_memory();
	for (size_t p = 0; p < growth->count; p++)
		made.of_place[p] =
			find_largest(graph, made.groups.of, order + starts[p], starts[p + 1] - starts[p], sums);
	*result = made;
	made = (struct growth_sites){0};
	return NULL;
}

void growth_sites_deinit(struct growth_sites *sites)
{
	groups_deinit(&sites->groups);
	free(sites->of_place);
	*sites = (struct growth_sites){0};
}
