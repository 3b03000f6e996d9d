/* Which objects came, went and stayed between two snapshots of one process?
 *
 * Both are sorted by address, so one merge finds every pair. Two objects at one address but of different types are two
 * objects: the first went, the second came. Between processes, a map has the objects of each key as a list.
 */
#include "analyzer/join.h"

#include "base/map.h"
#include "format/checksum.h"

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

static struct error *join_init(struct join *join, const struct graph *before, const struct graph *after,
			       const struct type_names *names)
{
	join->gone = calloc((size_t)before->nodes + 1, 1);
	join->new = calloc((size_t)after->nodes + 1, 1);
	join->before = malloc(((size_t)after->nodes + 1) * sizeof *join->before);
	join->totals = calloc((size_t)names->count + 1, sizeof *join->totals);
	bool there = join->gone != NULL && join->new != NULL && join->before != NULL && join->totals != NULL;
	return there ? NULL : error_memory();
}

struct error *join_create(const struct graph *before, const struct graph *after, const struct type_names *names,
			  const struct type_facts *facts_before, const struct type_facts *facts_after,
			  struct join *result)
{
	AUTO(join) struct join join = {0};
	TRY(join_init(&join, before, after, names));
	merge(&join, &(struct side){before, facts_before}, &(struct side){after, facts_after});
	*result = join;
	join = (struct join){0};
	return NULL;
}

/* By key, lists of the objects before, in ascending order. */
struct lists {
	struct map first;
	node_id *next; /* by node; NO_ID: the last */
};

static void lists_deinit(struct lists *lists)
{
	map_deinit(&lists->first);
	free(lists->next);
}
DEFINE_AUTO_VALUE(lists, struct lists, lists_deinit);

/* Objects that have one key come together by size first, so that those that are as they were find one another. */
static uint64_t key_of(const struct graph *graph, const uint64_t *keys, node_id node, bool sized)
{
	uint64_t pair[2] = {keys[node], graph_size(graph, node)};
	return (sized ? checksum_hash(pair, sizeof pair) : keys[node]) >> 1; /* never MAP_NO_KEY */
}

#define FOUND 2u /* in `gone` and `new`, until both turns are done: not to be matched again, not yet known to be new */

static struct error *lists_fill(struct lists *lists, const struct graph *graph, const uint64_t *keys,
				const uint8_t *gone, bool sized)
{
	map_init(&lists->first);
	lists->next = malloc(((size_t)graph->nodes + 1) * sizeof *lists->next);
	if (lists->next == NULL)
		return error_memory();
	for (node_id i = graph->nodes; i-- > 0;) {
		uint32_t first = NO_ID;
		if (gone[i] == FOUND)
			continue;
		map_find(&lists->first, key_of(graph, keys, i, sized), &first);
		lists->next[i] = first;
		TRY(map_put(&lists->first, key_of(graph, keys, i, sized), i));
	}
	return NULL;
}

static struct error *match_keys(struct join *join, const struct side *before, const struct side *after,
				const uint64_t *keys_before, const uint64_t *keys, bool sized)
{
	AUTO(lists) struct lists lists = {0};
	TRY(lists_fill(&lists, before->graph, keys_before, join->gone, sized));
	for (node_id j = 0; j < after->graph->nodes; j++) {
		uint32_t i = NO_ID;
		if (join->new[j] == FOUND)
			continue;
		map_find(&lists.first, key_of(after->graph, keys, j, sized), &i);
		if (i == NO_ID || label_at(before, i) != label_at(after, j))
			continue;
		TRY(map_put(&lists.first, key_of(after->graph, keys, j, sized), lists.next[i]));
		join->before[j] = i;
		join->gone[i] = join->new[j] = FOUND;
		keep(join, label_at(after, j), graph_size(before->graph, i), graph_size(after->graph, j));
	}
	return NULL;
}

static void tell_the_rest(struct join *join, const struct side *before, const struct side *after)
{
	for (node_id i = 0; i < before->graph->nodes; i++) {
		if (join->gone[i] == FOUND)
			join->gone[i] = 0;
		else
			lose(join, before, i);
	}
	for (node_id j = 0; j < after->graph->nodes; j++) {
		if (join->new[j] == FOUND)
			join->new[j] = 0;
		else
			gain(join, after, j);
	}
}

struct error *join_create_by_key(const struct graph *before, const struct graph *after, const struct type_names *names,
				 const struct type_facts *facts_before, const struct type_facts *facts_after,
				 const uint64_t *keys_before, const uint64_t *keys_after, struct join *result)
{
	struct side a = {before, facts_before}, b = {after, facts_after};
	AUTO(join) struct join join = {0};
	TRY(join_init(&join, before, after, names));
	TRY(match_keys(&join, &a, &b, keys_before, keys_after, true));
	TRY(match_keys(&join, &a, &b, keys_before, keys_after, false));
	tell_the_rest(&join, &a, &b);
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
	total->new ++;
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
