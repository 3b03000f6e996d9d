/* Which objects lie on a cycle together?
 *
 * R. Tarjan, "Depth-first search and linear graph algorithms", 1972, replayed without the graph: its lowlinks need the
 * depth-first tree, which the numbers and parents of a flow search are, and edges to nodes met before, which are those
 * that the search kept. Edges to descendants say nothing new. A node's subtree is a run of numbers, so one loop over the
 * numbers finishes nodes in the order in which the search left them.
 * Each step gives back what the next one doesn't need, as this is where `heapdiff cycles` takes most memory.
 */
#include "analyzer/components.h"

#include "analyzer/memory.h"

#include <stdlib.h>
#include <string.h>

struct replay {
	const struct flow_search *search;
	uint32_t *component; /* by number: a root's number once the component is complete, else COMPONENT_NONE */
	uint32_t *low;       /* by number */
	uint32_t *path;      /* numbers from the root of the tree to where the search was */
	uint32_t *open;      /* numbers that were met and not yet given to a component */
	size_t path_length, open_count;
};

static void replay_deinit(struct replay *replay)
{
	free(replay->component);
	free(replay->low);
	free(replay->path);
	free(replay->open);
}
DEFINE_AUTO_VALUE(replay, struct replay, replay_deinit);

static struct error *replay_init(struct replay *replay)
{
	size_t count = (size_t)replay->search->numbers + 1;
	replay->component = memory_large(count, sizeof *replay->component);
	replay->low = memory_large(count, sizeof *replay->low);
	replay->path = memory_large(count, sizeof *replay->path);
	replay->open = memory_large(count, sizeof *replay->open);
	if (!replay->component || !replay->low || !replay->path || !replay->open)
		return error_memory();
	memset(replay->component, 0xff, count * sizeof *replay->component);
	return NULL;
}

/* The search leaves v: all that it leads to has been seen. */
static void leave(struct replay *replay, uint32_t v)
{
	const struct flow_search *search = replay->search;
	uint32_t low = replay->low[v];
	for (uint32_t e = search->crosses[v]; e < search->crosses[v + 1]; e++) {
		uint32_t target = search->cross[e];
		if (replay->component[target] == COMPONENT_NONE && target < low)
			low = target;
	}
	if (low < v) {
		uint32_t parent = search->parent[v];
		replay->low[v] = low;
		replay->low[parent] = low < replay->low[parent] ? low : replay->low[parent];
		return;
	}
	uint32_t member;
	do {
		member = replay->open[--replay->open_count];
		replay->component[member] = v;
	} while (member != v);
}

static void run(struct replay *replay)
{
	const struct flow_search *search = replay->search;
	for (uint32_t i = 1; i <= search->numbers; i++) {
		uint32_t parent = i < search->numbers ? search->parent[i] : 0;
		while (replay->path_length > 0 && replay->path[replay->path_length - 1] != parent)
			leave(replay, replay->path[--replay->path_length]);
		replay->low[i] = i;
		replay->path[replay->path_length++] = i;
		replay->open[replay->open_count++] = i;
	}
}

static bool refers_to_itself(const struct flow *flow, uint32_t node)
{
	for (uint32_t e = flow->offsets[node]; e < flow->offsets[node + 1]; e++)
		if (flow->targets[e] == node)
			return true;
	return false;
}

/* sizes: by number of a component's root, its nodes; 0 where it is no cycle. How many nodes lie on cycles. */
static uint32_t count_members(const struct replay *replay, uint32_t *sizes)
{
	const struct flow_search *search = replay->search;
	uint32_t all = 0;
	memset(sizes, 0, (size_t)search->numbers * sizeof *sizes);
	for (uint32_t i = 1; i < search->numbers; i++)
		sizes[replay->component[i]]++;
	for (uint32_t i = 1; i < search->numbers; i++) {
		if (sizes[i] == 1 && !refers_to_itself(&search->flow, search->node[i]))
			sizes[i] = 0;
		all += sizes[i];
	}
	return all;
}

/* Gives components their ids by ascending node, and lists their members. */
static void list_members(const struct replay *replay, const uint32_t *sizes, uint32_t *ids, struct components *made)
{
	const struct flow_search *search = replay->search;
	memset(ids, 0xff, (size_t)search->numbers * sizeof *ids);
	made->offsets[0] = 0;
	for (uint32_t v = 0; v < search->flow.count; v++) {
		uint32_t number = search->state[v];
		made->of[v] = COMPONENT_NONE;
		if ((number & FLOW_LEAF) || sizes[replay->component[number]] == 0)
			continue;
		uint32_t root = replay->component[number];
		if (ids[root] == COMPONENT_NONE) {
			ids[root] = made->count++;
			made->offsets[made->count] = made->offsets[ids[root]] + sizes[root];
		}
		made->of[v] = ids[root];
	}
}

static struct error *sort_members(const struct replay *replay, struct components *made)
{
	uint32_t *next = malloc(((size_t)made->count + 1) * sizeof *next);
	if (next == NULL)
		return error_memory();
	memcpy(next, made->offsets, ((size_t)made->count + 1) * sizeof *next);
	for (uint32_t v = 0; v < replay->search->flow.count; v++)
		if (made->of[v] != COMPONENT_NONE)
			made->members[next[made->of[v]]++] = v;
	free(next);
	return NULL;
}

static struct error *collect(struct replay *replay, struct components *result)
{
	const struct flow_search *search = replay->search;
	AUTO(components) struct components made = {0};
	free(steal(&replay->open));
	uint32_t *sizes = replay->low, *ids = replay->path; /* done with */
	uint32_t members = count_members(replay, sizes);
	made.of = memory_large((size_t)search->flow.count + 1, sizeof *made.of);
	made.members = memory_large((size_t)members + 1, sizeof *made.members);
	made.offsets = memory_large((size_t)members + 2, sizeof *made.offsets);
	if (made.of == NULL || made.members == NULL || made.offsets == NULL)
		return error_memory();
	list_members(replay, sizes, ids, &made);
	TRY(sort_members(replay, &made));
	*result = made;
	made = (struct components){0};
	return NULL;
}

struct error *components_create(const struct flow *flow, struct components *result)
{
	AUTO(flow_search) struct flow_search search = {0};
	TRY(flow_search_init(&search, flow));
	for (uint32_t v = 0; v < flow->count; v++)
		flow_search_enter(&search, &v, 1);
	flow_search_keep_crosses(&search);
	AUTO(replay) struct replay replay = {.search = &search};
	TRY(replay_init(&replay));
	run(&replay);
	flow_search_keep_numbers(&search);
	return collect(&replay, result);
}

struct error *components_of_search(const struct flow_search *search, struct components *result)
{
	AUTO(replay) struct replay replay = {.search = search};
	TRY(replay_init(&replay));
	run(&replay);
	return collect(&replay, result);
}

void components_deinit(struct components *components)
{
	free(components->of);
	free(components->offsets);
	free(components->members);
	*components = (struct components){0};
}
