/* How are parts joined that no edge joins?
 *
 * Each is matched apart; the smaller side is kept, in a hash table where values of both have to be equal.
 */
#include "queries/matching.h"

/* It needs what is bound of one part, and nothing of the other. */
static bool all_bound(const struct expression *expression, const struct matching *state, const bool *bound,
		      const bool *other)
{
	const struct planner *planner = state->planner;
	for (uint32_t i = 0; i < planner->slots; i++) {
		state->missing[i] = state->known[i] && !bound[i];
		state->theirs[i] = other[i] && !planner->arguments[i];
	}
	return !expression_uses(expression, state->missing, planner->slots) &&
	       !expression_uses(expression, state->theirs, planner->slots);
}

struct join_keys {
	struct expression **outer, **inner;
	uint32_t count;
};

/* Conditions a = b with a of one part and b of the other. They are asked after the join too, as they alone know what equals. */
static struct error *find_keys(struct matching *state, const bool *outer, const bool *inner, struct join_keys *keys)
{
	size_t room = (state->conditions.items.count + 1) * sizeof(struct expression *);
	keys->outer = arena_alloc(state->planner->arena, room);
	keys->inner = arena_alloc(state->planner->arena, room);
	keys->count = 0;
	if (keys->outer == NULL || keys->inner == NULL)
		return error_memory();
	for (size_t i = 0; i < state->conditions.items.count; i++) {
		const struct condition *condition = &state->conditions.items.items[i];
		struct expression *equal = condition->expression;
		if (condition->asked || condition->dear || equal->kind != EXPRESSION_OPERATION ||
		    equal->operator != SYNTAX_EQUAL)
			continue;
		for (uint32_t side = 0; side < 2; side++) {
			struct expression *a = equal->operands[side], *b = equal->operands[1 - side];
			if (a->constant || b->constant || !all_bound(a, state, outer, inner) ||
			    !all_bound(b, state, inner, outer))
				continue;
			keys->outer[keys->count] = a;
			keys->inner[keys->count++] = b;
			break;
		}
	}
	return NULL;
}

/* The slots that only this part has. */
static struct error *own_slots(struct planner *planner, const bool *part, uint32_t **slots, uint32_t *count)
{
	bool *own;
	TRY(planner_slots(planner, part, &own));
	for (uint32_t i = 0; i < planner->slots; i++)
		own[i] &= !planner->arguments[i];
	return planner_list(planner, own, slots, count);
}

static struct error *join(struct matching *state, struct operator *inner, const bool *inner_bound)
{
	struct planner *planner = state->planner;
	struct operator *outer = planner->top;
	const bool *kept = inner_bound;
	struct join_keys keys;
	uint32_t *slots, count;
	TRY(find_keys(state, planner->bound, inner_bound, &keys));
	/* The smaller part is kept, and the larger one goes by. */
	if (outer->estimate < inner->estimate) {
		struct operator *other = outer;
		outer = inner;
		inner = other;
		struct expression **of_other = keys.outer;
		keys.outer = keys.inner;
		keys.inner = of_other;
		kept = planner->bound;
	}
	TRY(own_slots(planner, kept, &slots, &count));
	TRY(product_create(planner, outer, inner, keys.outer, keys.inner, keys.count, slots, count, &planner->top));
	for (uint32_t i = 0; i < planner->slots; i++)
		planner->bound[i] |= inner_bound[i];
	return NULL;
}

/* One part, upon what is on top. */
static struct error *place_part(struct matching *state, const struct match_node *node, struct match_edge *from_roots)
{
	if (node != NULL)
		TRY(matching_place_node(state, node));
	else
		TRY(matching_place_edge(state, from_roots, true));
	return matching_place_edges(state);
}

/* A part of its own, which is then joined to what is on top. */
static struct error *place_apart(struct matching *state, const struct match_node *node, struct match_edge *from_roots)
{
	struct planner *planner = state->planner;
	struct planner_state outer;
	uint32_t used = state->used_count;
	TRY(planner_begin(planner, planner->arguments, &outer));
	for (uint32_t i = 0; i < planner->slots; i++)
		state->known[i] |= outer.bound[i];
	state->used_count = 0;
	uint32_t *all_used = state->used;
	state->used += used;
	struct error *error = place_part(state, node, from_roots);
	const bool *inner_bound = planner->bound;
	struct operator *inner = planner_resume(planner, &outer);
	const uint32_t *right = state->used;
	uint32_t right_count = state->used_count;
	state->used = all_used;
	state->used_count += used;
	if (error != NULL)
		return error;
	TRY(join(state, inner, inner_bound));
	if (used > 0 && right_count > 0)
		TRY(unlike_create(planner, planner->top, all_used, used, right, right_count, &planner->top));
	return matching_ask(state, false);
}

static struct match_node *choose_node(struct matching *state)
{
	struct match_node *best = NULL;
	double best_cost = 0;
	for (uint32_t i = 0; i < state->node_count; i++) {
		struct match_node *node = &state->nodes[i];
		if (is_bound(state, node->slot))
			continue;
		double cost = matching_node_cost(state, node);
		if (best == NULL || cost < best_cost) {
			best = node;
			best_cost = cost;
		}
	}
	return best;
}

struct error *matching_place_all(struct matching *state)
{
	struct planner *planner = state->planner;
	TRY(matching_ask(state, false));
	TRY(matching_place_edges(state));
	for (;;) {
		bool address;
		struct match_edge *from_roots = matching_from_roots(state);
		struct match_node *node = choose_node(state);
		if (node == NULL)
			return NULL;
		/* A search from all roots is begun by its other end, where that is the cheaper one. */
		if (from_roots != NULL && matching_node_cost(state, node) > 100)
			node = NULL;
		else if (from_roots != NULL && (node == &state->nodes[from_roots->left] ||
						node == &state->nodes[from_roots->right]))
			node = NULL;
		bool alone = planner->top->estimate <= 1 ||
			     (node != NULL && matching_seek(state, node->slot, &address) != NULL);
		if (alone)
			TRY(place_part(state, node, from_roots));
		else
			TRY(place_apart(state, node, from_roots));
		TRY(matching_place_edges(state));
	}
}
