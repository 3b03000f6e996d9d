/* Which cycle is the largest? The components of what may be on one, each weighed once. What came is told apart as analyzer/new_cycles.h
 * and analyzer/grown_cycles.h do, the second only where the first has nothing. */
#include "checks/largest_cycle.h"

#include "analyzer/grown_cycles.h"
#include "analyzer/memory.h"
#include "analyzer/new_cycles.h"
#include "base/bytes.h"

struct asked {
	const struct scene *scene;
	const uint8_t *member;
};

struct weighing {
	const struct asked *asked;
	const struct subgraph *subgraph;
	uint32_t best[2]; /* components: of objects of the program, of a class alone; COMPONENT_NONE */
	uint64_t most[2];
};

static void weigh(struct weighing *weighing, uint32_t c)
{
	const struct subgraph *subgraph = weighing->subgraph;
	const struct graph *graph = weighing->asked->scene->graph;
	bool meant = weighing->asked->member == NULL;
	uint64_t size = 0;
	for (uint32_t i = 0; i < subgraph_size(subgraph, c); i++) {
		node_id node = subgraph_member(subgraph, c, i);
		meant = meant || weighing->asked->member[node];
		size = saturating_add(size, graph_size(graph, node));
	}
	bool class = subgraph_is_class(subgraph, c, graph, weighing->asked->scene->facts);
	if (!meant || (weighing->best[class] != COMPONENT_NONE && size <= weighing->most[class]))
		return;
	weighing->best[class] = c;
	weighing->most[class] = size;
}

static struct weighing weighing_begin(const struct asked *asked, const struct subgraph *subgraph)
{
	return (struct weighing){.asked = asked, .subgraph = subgraph, .best = {COMPONENT_NONE, COMPONENT_NONE}};
}

static struct error *weighing_end(const struct weighing *weighing, struct largest_cycle *result)
{
	uint32_t c = weighing->best[0] != COMPONENT_NONE ? weighing->best[0] : weighing->best[1];
	for (uint32_t i = 0; c != COMPONENT_NONE && i < subgraph_size(weighing->subgraph, c); i++)
		TRY(vector_push(&result->nodes, subgraph_member(weighing->subgraph, c, i)));
	return NULL;
}

static struct error *find_there(const struct asked *asked, bool garbage, struct largest_cycle *result)
{
	const struct graph *graph = asked->scene->graph;
	AUTO(subgraph) struct subgraph subgraph = {0};
	AUTO(free) void *memory = memory_large((size_t)graph->nodes + 1, 1);
	uint8_t *taken = memory;
	if (taken == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		taken[i] = !garbage || asked->scene->held->fate[i] == FATE_GARBAGE;
	TRY(subgraph_create(graph, taken, &subgraph));
	struct weighing weighing = weighing_begin(asked, &subgraph);
	for (uint32_t c = 0; c < subgraph.components.count; c++)
		weigh(&weighing, c);
	return weighing_end(&weighing, result);
}

static struct error *find_grown(const struct asked *asked, const uint8_t *told, struct largest_cycle *result)
{
	const struct diff *diff = asked->scene->diff;
	const struct grown_side before = {diff->before, &diff->names.facts[0]},
				after = {diff->after, &diff->names.facts[1]};
	AUTO(grown_cycles) struct grown_cycles cycles = {0};
	TRY(grown_cycles_find(&before, &after, &diff->join, told, &cycles));
	struct weighing weighing = weighing_begin(asked, &cycles.searched);
	for (size_t i = 0; i < cycles.found.count; i++)
		weigh(&weighing, cycles.found.items[i].component);
	return weighing_end(&weighing, result);
}

static struct error *find_came(const struct asked *asked, struct largest_cycle *result)
{
	const struct scene *scene = asked->scene;
	AUTO(new_cycles) struct new_cycles cycles = {0};
	AUTO(free) void *memory = memory_large((size_t)scene->graph->nodes + 1, 1);
	uint8_t *told = memory;
	if (told == NULL)
		return error_memory();
	TRY(new_cycles_find(scene->graph, scene->diff->join.new, scene->held->fate, &cycles));
	for (node_id i = 0; i < scene->graph->nodes; i++)
		told[i] = 0;
	struct weighing weighing = weighing_begin(asked, &cycles.searched);
	for (size_t i = 0; i < cycles.found.count; i++) {
		uint32_t c = cycles.found.items[i];
		weigh(&weighing, c);
		for (uint32_t m = 0; m < subgraph_size(&cycles.searched, c); m++)
			told[subgraph_member(&cycles.searched, c, m)] = 1;
	}
	TRY(weighing_end(&weighing, result));
	return result->nodes.count > 0 ? NULL : find_grown(asked, told, result);
}

struct error *largest_cycle_find(const struct scene *scene, const uint8_t *member, enum cycle_choice choice,
				 struct largest_cycle *result)
{
	AUTO(largest_cycle) struct largest_cycle made = {0};
	struct asked asked = {.scene = scene, .member = member};
	TRY(choice == CYCLE_CAME ? find_came(&asked, &made) : find_there(&asked, choice == CYCLE_GARBAGE, &made));
	*result = made;
	made = (struct largest_cycle){0};
	return NULL;
}

void largest_cycle_deinit(struct largest_cycle *cycle)
{
	vector_deinit(&cycle->nodes);
}
