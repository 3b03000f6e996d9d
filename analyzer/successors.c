/* Which new object took the place of one that went?
 *
 * The references of each object that stayed, side by side: as many as before, and of the same kinds, they are the same
 * names in the same order, unless one was deleted and another one made. Items of containers have no place of their own:
 * in these what is new is new. One pass over the references of what stayed.
 */
#include "analyzer/successors.h"

#include <stdlib.h>
#include <string.h>

static bool is_named(uint8_t kind)
{
	enum edge_name name = edge_kind_name(kind);
	return edge_kind_holds(kind) && (name == NAME_ATTRIBUTE || name == NAME_FIELD || name == NAME_LOCAL ||
					 name == NAME_CLOSURE || name == NAME_NAMED_KEY);
}

static bool same_kinds(const struct graph *before, const struct graph *after, node_id was, node_id node)
{
	uint32_t count = after->offsets[node + 1] - after->offsets[node];
	return before->offsets[was + 1] - before->offsets[was] == count &&
	       memcmp(before->edge_kinds + before->offsets[was], after->edge_kinds + after->offsets[node], count) == 0;
}

struct error *successors_join(const struct graph *before, const struct graph *after, const struct type_names *names,
			      const struct join *join, struct join *result)
{
	AUTO(join) struct join all = {0};
	all.gone = malloc((size_t)before->nodes + 1);
	all.new = malloc((size_t)after->nodes + 1);
	all.before = malloc(((size_t)after->nodes + 1) * sizeof *all.before);
	if (all.gone == NULL || all.new == NULL || all.before == NULL)
		return error_memory();
	memcpy(all.gone, join->gone, before->nodes);
	memcpy(all.new, join->new, after->nodes);
	memcpy(all.before, join->before, after->nodes * sizeof *all.before);
	all.gone_count = join->gone_count;
	all.new_count = join->new_count;
	for (node_id i = 0; i < after->nodes; i++) {
		node_id was = join->before[i];
		if (was == NO_ID || !same_kinds(before, after, was, i))
			continue;
		uint32_t from = before->offsets[was];
		for (uint32_t e = after->offsets[i]; e < after->offsets[i + 1]; e++, from++) {
			node_id now = after->targets[e], then = before->targets[from];
			if (!is_named(after->edge_kinds[e]) || !all.new[now] || !all.gone[then] ||
			    names->facts[0].label[before->type[then]] != names->facts[1].label[after->type[now]])
				continue;
			all.new[now] = all.gone[then] = 0;
			all.before[now] = then;
			all.new_count--;
			all.gone_count--;
		}
	}
	*result = all;
	all = (struct join){0};
	return NULL;
}
