/* Which objects that came hold one another? The components of these, and of garbage, alone. */
#include "analyzer/new_cycles.h"

#include "analyzer/memory.h"

#include <stdlib.h>

static struct error *choose(const uint8_t *new, struct new_cycles *cycles)
{
	for (uint32_t c = 0; c < cycles->searched.components.count; c++) {
		bool has = false;
		for (uint32_t i = 0; i < subgraph_size(&cycles->searched, c) && !has; i++)
			has = new[subgraph_member(&cycles->searched, c, i)];
		if (has)
			TRY(vector_push(&cycles->found, c));
	}
	return NULL;
}

struct error *new_cycles_find(const struct graph *graph, const uint8_t *new, const uint8_t *fate,
			      struct new_cycles *result)
{
	AUTO(new_cycles) struct new_cycles made = {0};
	AUTO(free) void *memory = memory_large((size_t)graph->nodes + 1, 1);
	uint8_t *taken = memory;
	if (taken == NULL)
		return error_memory();
	for (node_id i = 0; i < graph->nodes; i++)
		taken[i] = new[i] || fate[i] >= FATE_GARBAGE;
	TRY(subgraph_create(graph, taken, &made.searched));
	TRY(choose(new, &made));
	*result = made;
	made = (struct new_cycles){0};
	return NULL;
}

void new_cycles_deinit(struct new_cycles *cycles)
{
	subgraph_deinit(&cycles->searched);
	vector_deinit(&cycles->found);
	*cycles = (struct new_cycles){0};
}
