/* What would go with all objects of a type, for every type?
 *
 * An object goes with group T when each way from an entry to it, itself included, passes a member of T. So let every object
 * have the set of the groups that all its ways pass: the groups that each of its referrers has, and its own. These
 * sets, the greatest that fit these equations, are found as dominators by data flow are (G. A. Kildall, "A unified approach to
 * global program optimization", 1973): each starts as "all" and only shrinks. A first pass takes objects in reverse
 * postorder, so that all but back edges are final when they are used, and what back edges change is taken up again,
 * the first in that order first. What goes with T is then all objects whose set has T.
 *
 * Real heaps have few different sets, as most objects have one referrer or lie on similar ways, so sets are kept once and
 * compared by id. Many groups in deep nests could need more of them than there is room for: then half of the groups is done
 * first, and so on down to one group, when there are two sets.
 */
#include "analyzer/sets.h"

#include "analyzer/flow_order.h"
#include "analyzer/group_sets.h"
#include "analyzer/memory.h"

#include <stdlib.h>
#include <string.h>

/* --- one set -------------------------------------------------------------------------------------------------------- */

struct walk {
	const struct graph *graph;
	const uint8_t *member;
	uint8_t *seen;   /* by place */
	uint32_t *stack; /* each place at most once */
	uint32_t height;
};

static void meet(struct walk *walk, uint32_t place)
{
	if (walk->seen[place] || (place < walk->graph->nodes && walk->member[place]))
		return;
	walk->seen[place] = 1;
	walk->stack[walk->height++] = place;
}

struct error *set_retained(const struct graph *graph, const uint32_t *entries, size_t entry_count,
			   const uint8_t *member, uint64_t *bytes)
{
	AUTO(free) void *seen = calloc((size_t)graph->places + 1, 1);
	AUTO(free) void *stack = memory_large(graph->places, sizeof(uint32_t));
	struct walk walk = {.graph = graph, .member = member, .seen = seen, .stack = stack};
	if (seen == NULL || stack == NULL)
		return error_memory();
	for (size_t i = 0; i < entry_count; i++) {
		meet(&walk, entries[i]);
		while (walk.height > 0) {
			uint32_t from = walk.stack[--walk.height];
			for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++)
				meet(&walk, graph->targets[e]);
		}
	}
	*bytes = 0;
	for (node_id i = 0; i < graph->nodes; i++)
		*bytes += walk.seen[i] ? 0 : graph_size(graph, i);
	return NULL;
}

/* --- all groups at once ---------------------------------------------------------------------------------------------- */

#define SET_ALL UINT32_MAX /* of an object to which no way is known yet */
#define AHEAD 8u           /* edges ahead of which the set is fetched */

struct flowing {
	const struct graph *graph;
	const struct flow_search *search;
	const struct grouping *grouping;
	uint32_t from, to; /* the groups of this turn */
	uint64_t left;     /* references that may still be looked at in this turn */
	struct group_sets sets;
	set_id *into; /* by place: groups that all ways to it pass, before itself */
	struct flow_order order;
};

static void flowing_deinit(struct flowing *flowing)
{
	group_sets_deinit(&flowing->sets);
	free(flowing->into);
	flow_order_deinit(&flowing->order);
}
DEFINE_AUTO_VALUE(flowing, struct flowing, flowing_deinit);

static uint32_t group_of(const struct flowing *flowing, uint32_t place)
{
	const struct grouping *grouping = flowing->grouping;
	uint32_t nodes = flowing->graph->nodes;
	if (place < nodes)
		return grouping->group[place];
	return grouping->roots != NULL ? grouping->roots[place - nodes] : GROUP_NONE;
}

/* The groups that all ways to this place pass, itself included. */
static struct error *set_of(struct flowing *flowing, uint32_t place, set_id *result)
{
	uint32_t group = group_of(flowing, place);
	*result = flowing->into[place];
	if (group < flowing->from || group >= flowing->to)
		return NULL;
	return group_sets_add(&flowing->sets, *result, group, result);
}

/* The sets of those that the place at this position leads to become what they have in common with its own. Those that
 * were used before are taken up again: in the first pass the ones not after it, and then all. */
static struct error *flow_on(struct flowing *flowing, uint32_t position, uint32_t used)
{
	const struct graph *graph = flowing->graph;
	uint32_t place = flowing->order.place[position], last = graph->offsets[graph->places];
	uint32_t degree = graph->offsets[place + 1] - graph->offsets[place];
	set_id own;
	if (degree > flowing->left) {
		flowing->sets.full = true;
		return NULL;
	}
	flowing->left -= degree;
	TRY(set_of(flowing, place, &own));
	for (uint32_t e = graph->offsets[place]; e < graph->offsets[place + 1]; e++) {
		uint32_t target = graph->targets[e];
		set_id old = flowing->into[target], met = own;
		if (e + AHEAD < last)
			__builtin_prefetch(&flowing->into[graph->targets[e + AHEAD]]);
		if (old == own || old == SET_EMPTY)
			continue;
		if (old != SET_ALL)
			TRY(group_sets_meet(&flowing->sets, old, own, &met));
		flowing->into[target] = met;
		uint32_t state = flowing->search->state[target];
		if (old != SET_ALL && met != old && !(state & FLOW_LEAF) && flowing->order.position[state] <= used)
			TRY(flow_order_enqueue(&flowing->order, flowing->order.position[state]));
	}
	return NULL;
}

static struct error *flow(struct flowing *flowing, const struct reach *reach)
{
	const struct graph *graph = flowing->graph;
	memset(flowing->into, 0xff, ((size_t)graph->places + 1) * sizeof *flowing->into);
	for (size_t i = 0; i < reach->entries.count; i++)
		flowing->into[reach->entries.items[i]] = SET_EMPTY;
	for (uint32_t p = 1; p < flowing->order.count && !flowing->sets.full; p++)
		TRY(flow_on(flowing, p, p));
	while (flowing->order.queue.count > 0 && !flowing->sets.full)
		TRY(flow_on(flowing, flow_order_dequeue(&flowing->order), UINT32_MAX));
	return NULL;
}

/* Adds the bytes of each set up, then to its groups. */
static struct error *add_up(struct flowing *flowing, uint64_t *retained)
{
	const struct graph *graph = flowing->graph;
	VECTOR(uint64_t) bytes = {0};
	struct error *error = NULL;
	for (node_id i = 0; error == NULL && i < graph->nodes; i++) {
		set_id set;
		error = set_of(flowing, i, &set);
		while (error == NULL && bytes.count < flowing->sets.sets.count)
			error = vector_push(&bytes, 0);
		if (error == NULL)
			bytes.items[set] += graph_size(graph, i);
	}
	for (uint32_t g = flowing->from; error == NULL && !flowing->sets.full && g < flowing->to; g++)
		retained[g] = 0;
	for (set_id s = 0; error == NULL && !flowing->sets.full && s < bytes.count; s++) {
		uint32_t count;
		const uint32_t *members = group_set_members(&flowing->sets, s, &count);
		for (uint32_t i = 0; i < count; i++)
			retained[members[i]] += bytes.items[s];
	}
	vector_deinit(&bytes);
	return error;
}

/* The group of this set that retains least. */
static uint32_t least_of(const struct group_sets *sets, set_id set, const uint64_t *retained)
{
	uint32_t count, least = GROUP_NONE;
	const uint32_t *members = group_set_members(sets, set, &count);
	for (uint32_t i = 0; i < count; i++)
		if (least == GROUP_NONE || retained[members[i]] < retained[least])
			least = members[i];
	return least;
}

/* After add_up of the same turn; earlier turns have left what they found. */
static struct error *find_innermost(struct flowing *flowing, const uint64_t *retained, uint32_t *innermost)
{
	const struct graph *graph = flowing->graph;
	set_id sets = (set_id)flowing->sets.sets.count;
	AUTO(free) void *memory = memory_large(sets, sizeof(uint32_t));
	uint32_t *least = memory;
	if (least == NULL)
		return error_memory();
	for (set_id s = 0; s < sets; s++)
		least[s] = least_of(&flowing->sets, s, retained);
	for (node_id i = 0; i < graph->nodes; i++) {
		set_id set;
		TRY(set_of(flowing, i, &set));
		uint32_t here = least[set];
		if (here != GROUP_NONE && (innermost[i] == GROUP_NONE || retained[here] < retained[innermost[i]]))
			innermost[i] = here;
	}
	return NULL;
}

/* Groups from .. to - 1. *done: there was room. A single group always has it. */
static struct error *take_turn(struct flowing *flowing, const struct reach *reach, uint64_t room, uint64_t *retained,
			       uint32_t *innermost, bool *done)
{
	group_sets_deinit(&flowing->sets);
	TRY(group_sets_init(&flowing->sets, flowing->to - flowing->from == 1 ? UINT64_MAX : room));
	while (flowing->order.queue.count > 0)
		(void)flow_order_dequeue(&flowing->order);
	TRY(flow(flowing, reach));
	if (!flowing->sets.full)
		TRY(add_up(flowing, retained));
	*done = !flowing->sets.full;
	if (*done && innermost != NULL)
		TRY(find_innermost(flowing, retained, innermost));
	return NULL;
}

static struct error *flowing_init(struct flowing *flowing, const struct reach *reach, const struct grouping *grouping)
{
	*flowing = (struct flowing){.graph = reach->graph,
				    .search = &reach->search,
				    .grouping = grouping,
				    .left = UINT64_MAX};
	flowing->into = memory_large((size_t)reach->graph->places + 1, sizeof *flowing->into);
	if (flowing->into == NULL)
		return error_memory();
	return flow_order_init(&flowing->order, flowing->search);
}

struct error *sets_innermost(const struct reach *reach, const struct grouping *grouping, uint64_t room,
			     const struct progress *progress, uint64_t *retained, uint32_t *innermost)
{
	AUTO(flowing) struct flowing flowing = {0};
	TRY(flowing_init(&flowing, reach, grouping));
	for (node_id i = 0; innermost != NULL && i < reach->graph->nodes; i++)
		innermost[i] = GROUP_NONE;
	uint32_t step = grouping->count;
	while (flowing.from < grouping->count) {
		bool done;
		progress_tell(progress, "following groups", flowing.from, grouping->count);
		flowing.to = step < grouping->count - flowing.from ? flowing.from + step : grouping->count;
		TRY(take_turn(&flowing, reach, room, retained, innermost, &done));
		if (done)
			flowing.from = flowing.to;
		else
			step = (flowing.to - flowing.from + 1) / 2;
	}
	return NULL;
}

struct error *sets_retained(const struct reach *reach, const struct grouping *grouping, uint64_t room,
			    const struct progress *progress, uint64_t *retained)
{
	return sets_innermost(reach, grouping, room, progress, retained, NULL);
}

struct error *sets_retained_soon(const struct reach *reach, const struct grouping *grouping, uint64_t room,
				 uint64_t most, uint64_t *retained, bool *done)
{
	AUTO(flowing) struct flowing flowing = {0};
	TRY(flowing_init(&flowing, reach, grouping));
	flowing.left = most;
	flowing.to = grouping->count;
	return take_turn(&flowing, reach, room, retained, NULL, done);
}
