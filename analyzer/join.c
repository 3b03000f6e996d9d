/* Which objects came, went and stayed between two snapshots of one process?
 *
 * Both are sorted by address, so one merge finds every pair. Two objects at one address but of different types are two
 * objects: the first went, the second came.
 */
#include "analyzer/join.h"

#include <stdlib.h>

struct side {
	const struct graph *graph;
	const struct type_facts *facts;
};

static label_id label_at(const struct side *side, node_id node)
{
	return side->facts->label[side->graph->type[node]];
}

static void lose(struct join *join, const struct side *before, node_id node)
{
	join->gone[node] = 1;
	join->gone_count++;
	join->totals[label_at(before, node)].gone++;
}

static void gain(struct join *join, const struct side *after, node_id node)
{
	join->new[node] = 1;
	join->before[node] = NO_ID;
	join->new_count++;
	join->totals[label_at(after, node)].new ++;
}

static void keep(struct join *join, label_id label, uint64_t size_before, uint64_t size_after)
{
	struct join_total *total = &join->totals[label];
	total->survived++;
	/* Wraps as two's complement does: sizes that sum past 2^63 were refused or saturated at the border. */
	total->resized = (int64_t)((uint64_t)total->resized + size_after - size_before);
}

static void merge(struct join *join, const struct side *before, const struct side *after)
{
	node_id i = 0, j = 0;
	while (i < before->graph->nodes && j < after->graph->nodes) {
		uint64_t a = before->graph->address[i], b = after->graph->address[j];
		if (a < b) {
			lose(join, before, i++);
		} else if (a > b) {
			gain(join, after, j++);
		} else if (label_at(before, i) != label_at(after, j)) {
			lose(join, before, i++);
			gain(join, after, j++);
		} else {
			join->before[j] = i;
			keep(join, label_at(after, j), graph_size(before->graph, i), graph_size(after->graph, j));
			i++;
			j++;
		}
	}
	while (i < before->graph->nodes)
		lose(join, before, i++);
	while (j < after->graph->nodes)
		gain(join, after, j++);
}

struct error *join_create(const struct graph *before, const struct graph *after, const struct type_names *names,
			  const struct type_facts *facts_before, const struct type_facts *facts_after,
			  struct join *result)
{
	AUTO(join) struct join join = {0};
	join.gone = calloc((size_t)before->nodes + 1, 1);
	join.new = calloc((size_t)after->nodes + 1, 1);
	join.before = malloc(((size_t)after->nodes + 1) * sizeof *join.before);
	join.totals = calloc((size_t)names->count + 1, sizeof *join.totals);
	if (join.gone == NULL || join.new == NULL || join.before == NULL || join.totals == NULL)
		return error_memory();
	merge(&join, &(struct side){before, facts_before}, &(struct side){after, facts_after});
	*result = join;
	join = (struct join){0};
	return NULL;
}

void join_part(struct join *join, const struct graph *before, const struct graph *after, label_id label, node_id node)
{
	struct join_total *total = &join->totals[label];
	node_id was = join->before[node];
	join->gone[was] = join->new[node] = 1;
	join->before[node] = NO_ID;
	join->gone_count++;
	join->new_count++;
	total->gone++;
	total->new++;
	total->survived--;
	total->resized = (int64_t)((uint64_t)total->resized + graph_size(before, was) - graph_size(after, node));
}

void join_deinit(struct join *join)
{
	free(join->before);
	free(join->gone);
	free(join->new);
	free(join->totals);
	*join = (struct join){0};
}
