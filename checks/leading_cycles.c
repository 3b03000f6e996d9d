/* Which cycles lead?
 *
 * Components of what may be on a cycle are counted by what they are made of: by a signature, the sum of a hash of each member's type, which
 * doesn't depend on their order. What came is told apart as analyzer/new_cycles.h and analyzer/grown_cycles.h do, the second only where
 * the first has nothing. Each component is looked at once, those of the leading kind twice.
 */
#include "checks/leading_cycles.h"

#include "analyzer/grown_cycles.h"
#include "analyzer/memory.h"
#include "analyzer/new_cycles.h"
#include "base/bytes.h"
#include "base/map.h"
#include "base/mix.h"

#include <string.h>

struct alike {
	uint64_t signature, size; /* bytes of all */
	uint32_t first;           /* component */
	uint32_t count;
};

struct asked {
	const struct scene *scene;
	const struct membership *member;
};

struct counting {
	const struct asked *asked;
	const struct subgraph *subgraph;
	struct map by_signature; /* index in `alike` */
	VECTOR(struct alike) alike;
	VECTOR(uint32_t) components; /* that count */
};

static void counting_deinit(struct counting *counting)
{
	map_deinit(&counting->by_signature);
	vector_deinit(&counting->alike);
	vector_deinit(&counting->components);
}
DEFINE_AUTO_VALUE(counting, struct counting, counting_deinit);

static struct alike alike_of(const struct counting *counting, uint32_t c, bool *meant)
{
	const struct scene *scene = counting->asked->scene;
	struct alike alike = {.first = c, .count = 1};
	*meant = false;
	for (uint32_t i = 0; i < subgraph_size(counting->subgraph, c); i++) {
		node_id node = subgraph_member(counting->subgraph, c, i);
		*meant = *meant || membership_has(counting->asked->member, node);
		alike.signature += mix(scene->facts->label[scene->graph->type[node]] + UINT64_C(1));
		alike.size = saturating_add(alike.size, graph_size(scene->graph, node));
	}
	alike.signature = mix(alike.signature) >> 1; /* no key is MAP_NO_KEY */
	return alike;
}

static struct error *count(struct counting *counting, uint32_t c)
{
	const struct scene *scene = counting->asked->scene;
	bool meant;
	uint32_t at;
	struct alike alike = alike_of(counting, c, &meant);
	if (!meant || subgraph_is_class(counting->subgraph, c, scene->graph, scene->facts))
		return NULL;
	TRY(vector_push(&counting->components, c));
	if (map_find(&counting->by_signature, alike.signature, &at)) {
		counting->alike.items[at].count++;
		counting->alike.items[at].size = saturating_add(counting->alike.items[at].size, alike.size);
		return NULL;
	}
	TRY(map_put(&counting->by_signature, alike.signature, (uint32_t)counting->alike.count));
	return vector_push(&counting->alike, alike);
}

static void begin(struct counting *counting, const struct asked *asked, const struct subgraph *subgraph)
{
	*counting = (struct counting){.asked = asked, .subgraph = subgraph};
	map_init(&counting->by_signature);
}

/* The first on a tie. */
static struct error *end(const struct counting *counting, struct leading_cycles *result)
{
	const struct alike *best = counting->alike.items;
	bool meant;
	for (size_t i = 1; i < counting->alike.count; i++)
		if (counting->alike.items[i].size > best->size)
			best = &counting->alike.items[i];
	if (best == NULL)
		return NULL;
	result->count = best->count;
	result->members = subgraph_size(counting->subgraph, best->first);
	for (size_t i = 0; i < counting->components.count; i++) {
		uint32_t c = counting->components.items[i];
		if (subgraph_size(counting->subgraph, c) != result->members ||
		    alike_of(counting, c, &meant).signature != best->signature)
			continue;
		for (uint32_t m = 0; m < result->members; m++)
			TRY(vector_push(&result->nodes, subgraph_member(counting->subgraph, c, m)));
	}
	return NULL;
}

static struct error *find_there(const struct asked *asked, bool garbage, struct leading_cycles *result)
{
	const struct graph *graph = asked->scene->graph;
	AUTO(subgraph) struct subgraph subgraph = {0};
	AUTO(counting) struct counting counting;
	begin(&counting, asked, &subgraph);
	AUTO(free) void *memory = memory_large((size_t)graph->nodes + 1, 1);
	uint8_t *taken = memory;
	if (taken == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		taken[i] = !garbage || asked->scene->held->fate[i] == FATE_GARBAGE;
	TRY(subgraph_create(graph, taken, &subgraph));
	for (uint32_t c = 0; c < subgraph.components.count; c++)
		TRY(count(&counting, c));
	return end(&counting, result);
}

static struct error *find_grown(const struct asked *asked, const uint8_t *told, struct leading_cycles *result)
{
	const struct diff *diff = asked->scene->diff;
	const struct grown_side before = {diff->before, &diff->names.facts[0]},
				after = {diff->after, &diff->names.facts[1]};
	AUTO(grown_cycles) struct grown_cycles cycles = {0};
	AUTO(counting) struct counting counting;
	begin(&counting, asked, &cycles.searched);
	TRY(grown_cycles_find(&before, &after, &diff->join, told, &cycles));
	for (size_t i = 0; i < cycles.found.count; i++)
		TRY(count(&counting, cycles.found.items[i].component));
	return end(&counting, result);
}

static struct error *find_came(const struct asked *asked, struct leading_cycles *result)
{
	const struct scene *scene = asked->scene;
	AUTO(new_cycles) struct new_cycles cycles = {0};
	AUTO(counting) struct counting counting;
	begin(&counting, asked, &cycles.searched);
	AUTO(free) void *memory = memory_large((size_t)scene->graph->nodes + 1, 1);
	uint8_t *told = memory;
	if (told == NULL)
		return error_memory();
	memset(told, 0, (size_t)scene->graph->nodes + 1);
	TRY(new_cycles_find(scene->graph, scene->diff->join.new, scene->held->fate, &cycles));
	for (size_t i = 0; i < cycles.found.count; i++) {
		uint32_t c = cycles.found.items[i];
		TRY(count(&counting, c));
		for (uint32_t m = 0; m < subgraph_size(&cycles.searched, c); m++)
			told[subgraph_member(&cycles.searched, c, m)] = 1;
	}
	TRY(end(&counting, result));
	return result->count > 0 ? NULL : find_grown(asked, told, result);
}

struct error *leading_cycles_find(const struct scene *scene, const struct membership *member, enum cycle_choice choice,
				  struct leading_cycles *result)
{
	AUTO(leading_cycles) struct leading_cycles made = {0};
	const struct asked asked = {.scene = scene, .member = member};
	TRY(choice == CYCLES_CAME ? find_came(&asked, &made) : find_there(&asked, choice == CYCLES_GARBAGE, &made));
	*result = made;
	made = (struct leading_cycles){0};
	return NULL;
}

void leading_cycles_deinit(struct leading_cycles *cycles)
{
	vector_deinit(&cycles->nodes);
}
