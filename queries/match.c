/* In which order is a pattern matched?
 *
 * Greedily: of the edges that go on from what has a value the one with the fewest expected rows, and where none does, the node
 * with the fewest places. Conditions are asked as soon as what they need has a value; those of one object's type become a
 * table of types, comparisons of its columns filters of the scan. Parts that no edge joins are matched apart and then
 * joined, by a hash table where values of both have to be equal.
 */
#include "queries/matching.h"

static struct error *place_traces(struct matching *state, const struct pattern *patterns, uint32_t count)
{
	struct planner *planner = state->planner;
	for (uint32_t i = 0; i < count; i++) {
		if (patterns[i].slot == SLOT_NONE)
			continue;
		for (uint32_t e = 0; e < patterns[i].edge_count; e++)
			if (patterns[i].edges[e].reach)
				return error_create_at(ERROR_USAGE, patterns[i].edges[e].span.at,
						       "*reach finds ends, and no path to them: take shortestPath");
		TRY(trace_create(planner, planner->top, &patterns[i], &planner->top));
		planner->bound[patterns[i].slot] = true;
		TRY(matching_ask(state, true));
	}
	return NULL;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static struct error *match_all(struct matching *state, struct pattern *patterns, uint32_t count, struct expression *where)
{
	struct planner *planner = state->planner;
	TRY(heap_need(planner->evaluation.heap, HEAP_TYPE));
	TRY(planner_slots(planner, planner->bound, &state->known));
	TRY(planner_slots(planner, NULL, &state->missing));
	TRY(planner_slots(planner, NULL, &state->theirs));
	TRY(matching_gather(state, patterns, count));
	TRY(matching_know(state));
	TRY(conditions_add(&state->conditions, where));
	for (uint32_t i = 0; i < state->node_count; i++)
		TRY(matching_settle(state, &state->nodes[i]));
	TRY(matching_place_all(state));
	TRY(place_traces(state, patterns, count));
	return matching_ask(state, false);
}

struct error *match_patterns(struct planner *planner, struct pattern *patterns, uint32_t count, struct expression *where)
{
	struct matching state = {.planner = planner, .conditions = {.arena = planner->arena}};
	struct error *error = match_all(&state, patterns, count, where);
	conditions_deinit(&state.conditions);
	return error;
}

static struct error *match_optional(struct planner *planner, struct clause *clause)
{
	struct planner_state outer;
	uint32_t *slots, count;
	TRY(planner_begin(planner, planner->bound, &outer));
	struct error *error = match_patterns(planner, clause->patterns, clause->pattern_count, clause->where);
	const bool *bound = planner->bound, *arguments = planner->arguments;
	struct operator *inner = planner_resume(planner, &outer);
	if (error != NULL)
		return error;
	bool *own;
	TRY(planner_slots(planner, bound, &own));
	for (uint32_t i = 0; i < planner->slots; i++) {
		own[i] &= !arguments[i];
		planner->bound[i] |= bound[i];
	}
	TRY(planner_list(planner, own, &slots, &count));
	return optional_create(planner, planner->top, inner, slots, count, &planner->top);
}

struct error *match_plan(struct planner *planner, struct clause *clause)
{
	if (clause->optional)
		return match_optional(planner, clause);
	return match_patterns(planner, clause->patterns, clause->pattern_count, clause->where);
}
