/* What came? One pass over the later snapshot's objects, each beside what it was before, as the diff's join tells. */
#include "checks/arrivals.h"

#include <stdlib.h>

static bool came(const struct diff *diff, node_id node)
{
	node_id before = diff->join.before[node];
	return diff->join.new[node] || before == NO_ID ||
	       graph_size(diff->after, node) > graph_size(diff->before, before);
}

struct error *arrivals_find(const struct diff *diff, const struct type_names *names, const struct type_facts *facts,
			    const struct graph *graph, struct arrivals *result)
{
	AUTO(arrivals) struct arrivals arrivals = {0};
	arrivals.first = malloc(((size_t)names->count + 1) * sizeof *arrivals.first);
	arrivals.first_new = malloc(((size_t)names->count + 1) * sizeof *arrivals.first_new);
	if (arrivals.first == NULL || arrivals.first_new == NULL)
		return error_memory();
	for (label_id l = 0; l < names->count; l++)
		arrivals.first[l] = arrivals.first_new[l] = NO_ID;
	for (node_id i = graph->nodes; i-- > 0;)
		arrivals.first[facts->label[graph->type[i]]] = i;
	for (node_id i = 0; diff != NULL && i < graph->nodes; i++) {
		node_id *first = &arrivals.first_new[facts->label[graph->type[i]]];
		if (diff->join.new[i] && *first == NO_ID)
			*first = i;
		if (came(diff, i))
			TRY(vector_push(&arrivals.nodes, i));
	}
	*result = arrivals;
	arrivals = (struct arrivals){0};
	return NULL;
}

void arrivals_deinit(struct arrivals *arrivals)
{
	vector_deinit(&arrivals->nodes);
	free(arrivals->first);
	free(arrivals->first_new);
	*arrivals = (struct arrivals){0};
}
