/* How many groups of objects hold one another?
 *
 * Components of the references that hold, but those to an object's own type. A single class with its parts is one by itself, and
 * not counted. A group counts for each rule that one of its members is of.
 */
#include "checks/cycle_counts.h"

#include "analyzer/grown_cycles.h"
#include "analyzer/new_cycles.h"

#include <stdlib.h>
#include <string.h>

struct counting {
	const struct graph *graph;
	const struct type_facts *facts;
	const struct rules *rules;
	const struct subject_sets *sets;
	int64_t *counts;
};

/* A component counts once for each rule. */
static void count_component(const struct counting *counting, const struct subgraph *subgraph, uint32_t c)
{
	const struct subject_sets *sets = counting->sets;
	if (subgraph_is_class(subgraph, c, counting->graph, counting->facts))
		return;
	for (size_t w = 0; w < sets->words; w++) {
		uint64_t bits = 0;
		for (uint32_t i = 0; i < subgraph_size(subgraph, c); i++)
			bits |= sets->member[w * sets->nodes + subgraph_member(subgraph, c, i)];
		for (; bits != 0; bits &= bits - 1) {
			size_t rule = w * SUBJECT_BITS + (size_t)__builtin_ctzll(bits);
			counting->counts[rule] += counting->rules->items.items[rule].metric == METRIC_CYCLES;
		}
	}
}

struct error *cycle_counts_find(const struct graph *graph, const struct type_facts *facts, const struct rules *rules,
				const struct subject_sets *sets, int64_t *counts)
{
	AUTO(subgraph) struct subgraph subgraph = {0};
	AUTO(free) void *taken = malloc((size_t)graph->nodes + 1);
	struct counting counting = {graph, facts, rules, sets, counts};
	if (taken == NULL)
		return error_memory();
	memset(taken, 1, (size_t)graph->nodes + 1);
	TRY(subgraph_create(graph, taken, &subgraph));
	for (uint32_t c = 0; c < subgraph.components.count; c++)
		count_component(&counting, &subgraph, c);
	return NULL;
}

struct error *cycle_counts_new(const struct diff *diff, const struct rules *rules, const struct subject_sets *sets, int64_t *counts)
{
	const struct type_facts *facts = diff->names.facts;
	struct counting counting = {diff->after, &facts[1], rules, sets, counts};
	const struct grown_side before = {diff->before, &facts[0]}, after = {diff->after, &facts[1]};
	AUTO(new_cycles) struct new_cycles came = {0};
	AUTO(grown_cycles) struct grown_cycles grown = {0};
	AUTO(free) void *memory = calloc((size_t)diff->after->nodes + 1, 1);
	uint8_t *told = memory;
	if (told == NULL)
		return error_memory();
	TRY(new_cycles_find(diff->after, diff->join.new, diff->held[1].fate, &came));
	for (size_t i = 0; i < came.found.count; i++) {
		uint32_t c = came.found.items[i];
		for (uint32_t m = 0; m < subgraph_size(&came.searched, c); m++)
			told[subgraph_member(&came.searched, c, m)] = 1;
		count_component(&counting, &came.searched, c);
	}
	TRY(grown_cycles_find(&before, &after, &diff->join, told, &grown));
	for (size_t i = 0; i < grown.found.count; i++)
		count_component(&counting, &grown.searched, grown.found.items[i].component);
	return NULL;
}
