/* Along which edge does the matching go on?
 *
 * Along the one with the fewest expected rows, of those that go on from what has a value.
 */
#include "queries/matching.h"

#include <string.h>

#define REACHED 1e6 /* an estimate for walks without bounds */

static bool is_search(const struct match_edge *edge)
{
	return edge->edge->reach || edge->pattern->shape != PATTERN_WALK;
}

/* A search that begins at all roots at once. */
static bool from_all_roots(const struct matching *state, const struct match_edge *edge, bool right)
{
	const struct match_node *node = &state->nodes[right ? edge->right : edge->left];
	return edge->pattern->shape != PATTERN_WALK && !is_bound(state, node->slot) && node->wanted.roots &&
	       !node->wanted.objects;
}

/* Rows for each one, from one end to the other. */
static double edge_cost(const struct matching *state, const struct match_edge *edge)
{
	const struct heap *heap = state->planner->evaluation.heap;
	bool left = is_bound(state, state->nodes[edge->left].slot), right = is_bound(state, state->nodes[edge->right].slot);
	const struct match_node *to = &state->nodes[left ? edge->right : edge->left];
	double places = (double)heap->places + 1;
	/* Edges are not loaded before the first plan needs them: objects hold a few others, mostly. */
	double fan = heap->edges > 0 ? (double)heap->edges / places : 3;
	double share = left && right ? 1 / places : (double)to->wanted.count / places;
	fan *= edge->edge->set != NULL ? 0.2 : 1;
	fan *= edge->edge->direction == DIRECTION_BOTH ? 2 : 1;
	if (is_search(edge) || (edge->edge->variable_length && edge->edge->most > 8))
		return REACHED * share + 1000;
	double rows = 1;
	for (uint32_t i = 0; i < edge->edge->most; i++)
		rows *= fan;
	return rows * share;
}

/* Does it go on from what has a value? */
static bool is_next(const struct matching *state, const struct match_edge *edge)
{
	return !edge->done && (is_bound(state, edge->edge->slot) || is_bound(state, state->nodes[edge->left].slot) ||
			       is_bound(state, state->nodes[edge->right].slot));
}

static struct match_edge *choose_edge(struct matching *state)
{
	struct match_edge *best = NULL;
	double best_cost = 0;
	for (uint32_t i = 0; i < state->edge_count; i++) {
		struct match_edge *edge = &state->edges[i];
		if (!is_next(state, edge))
			continue;
		double cost = edge_cost(state, edge);
		if (best == NULL || cost < best_cost) {
			best = edge;
			best_cost = cost;
		}
	}
	return best;
}

static struct error *expansion_of(struct matching *state, const struct match_edge *edge, bool reversed,
				  struct expansion *expansion)
{
	const struct match_node *left = &state->nodes[edge->left], *right = &state->nodes[edge->right];
	const struct match_node *from = reversed ? right : left, *to = reversed ? left : right;
	enum direction direction = edge->edge->direction;
	*expansion = (struct expansion){
		.edge = edge->edge,
		.from = from->slot,
		.to = to->slot,
		.out = direction == DIRECTION_BOTH || (direction == DIRECTION_OUT) != reversed,
		.in = direction == DIRECTION_BOTH || (direction == DIRECTION_IN) != reversed,
		.into = is_bound(state, to->slot),
		.reversed = reversed,
		.wanted = to->wanted,
	};
	uint32_t *used = arena_alloc(state->planner->arena, (state->used_count + (size_t)1) * sizeof *used);
	if (used == NULL)
		return error_memory();
	if (state->used_count > 0)
		memcpy(used, state->used, state->used_count * sizeof *used);
	expansion->used = used;
	expansion->used_count = is_search(edge) ? 0 : state->used_count;
	return matching_describe_edge(state, edge, &expansion->text);
}

static struct error *prepare_each(struct matching *state, const struct match_edge *edge)
{
	for (uint32_t i = 0; i < edge->each_count; i++)
		TRY(planner_prepare(state->planner, edge->each[i]));
	return NULL;
}

static struct error *place_shortest(struct matching *state, const struct match_edge *edge, const struct expansion *expansion,
				    bool from_roots)
{
	struct planner *planner = state->planner;
	if (edge->edge->least > 1)
		return error_create_at(ERROR_USAGE, edge->edge->span.at,
				       "a shortest path has 0 or 1 edges at least; bound its length() by WHERE");
	return shortest_create(planner, planner->top, expansion, edge->pattern->shape == PATTERN_ALL_SHORTEST, from_roots,
			       edge->each, edge->each_count, &planner->top);
}

static struct error *place_ends(struct matching *state, const struct match_edge *edge, struct expansion *expansion)
{
	struct planner *planner = state->planner;
	if (edge->edge->variable_length || is_search(edge))
		return error_create_at(ERROR_USAGE, edge->edge->span.at,
				       "a list of edges that has a value already can't be matched again");
	return ends_create(planner, planner->top, expansion, is_bound(state, expansion->from),
			   &state->nodes[expansion->reversed ? edge->right : edge->left].wanted, &planner->top);
}

struct error *matching_place_edge(struct matching *state, struct match_edge *edge, bool from_roots)
{
	struct planner *planner = state->planner;
	struct expansion expansion;
	uint32_t left = state->nodes[edge->left].slot, right = state->nodes[edge->right].slot;
	double rows = edge_cost(state, edge) * planner->top->estimate;
	bool reversed = from_roots ? from_all_roots(state, edge, true) : !is_bound(state, left) && is_bound(state, right);
	TRY(expansion_of(state, edge, reversed, &expansion));
	TRY(prepare_each(state, edge));
	if (is_bound(state, edge->edge->slot))
		TRY(place_ends(state, edge, &expansion));
	else if (edge->pattern->shape != PATTERN_WALK)
		TRY(place_shortest(state, edge, &expansion, from_roots));
	else if (edge->edge->reach)
		TRY(reaching_create(planner, planner->top, &expansion, edge->each, edge->each_count, &planner->top));
	else if (edge->edge->variable_length)
		TRY(walks_create(planner, planner->top, &expansion, edge->each, edge->each_count, &planner->top));
	else
		TRY(expand_create(planner, planner->top, &expansion, &planner->top));
	planner->top->estimate = rows;
	planner->top->detail = expansion.text;
	edge->done = true;
	if (!is_search(edge))
		state->used[state->used_count++] = edge->edge->slot;
	planner->bound[edge->edge->slot] = planner->bound[left] = planner->bound[right] = true;
	return matching_ask(state, true);
}

/* A search from all roots needs no beginning. */
struct match_edge *matching_from_roots(struct matching *state)
{
	for (uint32_t i = 0; i < state->edge_count; i++) {
		struct match_edge *edge = &state->edges[i];
		bool left = from_all_roots(state, edge, false), right = from_all_roots(state, edge, true);
		if (!edge->done && !is_bound(state, edge->edge->slot) && left != right)
			return edge;
	}
	return NULL;
}

/* Edges, as long as one goes on. */
struct error *matching_place_edges(struct matching *state)
{
	struct match_edge *edge;
	while ((edge = choose_edge(state)) != NULL) {
		bool from_roots = from_all_roots(state, edge, false) || from_all_roots(state, edge, true);
		TRY(matching_place_edge(state, edge, from_roots));
	}
	return NULL;
}
