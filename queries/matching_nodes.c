/* Which nodes and edges have patterns to match, and which places may each node be?
 *
 * A node that stands in several patterns is one. Conditions on one object's type become a table of types.
 */
#include "queries/matching.h"

#include <string.h>

static uint32_t find_node(const struct matching *state, uint32_t slot)
{
	for (uint32_t i = 0; i < state->node_count; i++)
		if (state->nodes[i].slot == slot)
			return i;
	return UINT32_MAX;
}

static struct error *add_node(struct matching *state, const struct node_pattern *pattern, uint32_t *number)
{
	TRY(conditions_add_node(&state->conditions, pattern, state->planner->evaluation.parameters));
	state->known[pattern->slot] = true;
	*number = find_node(state, pattern->slot);
	if (*number != UINT32_MAX)
		return NULL;
	*number = state->node_count++;
	state->nodes[*number] = (struct match_node){.pattern = pattern, .slot = pattern->slot};
	return NULL;
}

static struct error *add_each(struct matching *state, struct match_edge *edge)
{
	AUTO(conditions) struct conditions each = {.arena = state->planner->arena};
	TRY(conditions_add_edge(&each, edge->edge, state->planner->evaluation.parameters));
	edge->each = arena_alloc(state->planner->arena, (each.items.count + 1) * sizeof(struct expression *));
	if (edge->each == NULL)
		return error_memory();
	for (size_t i = 0; i < each.items.count; i++)
		edge->each[edge->each_count++] = each.items.items[i].expression;
	return NULL;
}

static struct error *add_edge(struct matching *state, const struct pattern *pattern, uint32_t number, uint32_t left,
			      uint32_t right)
{
	const struct edge_pattern *edge = &pattern->edges[number];
	struct match_edge *made = &state->edges[state->edge_count++];
	*made = (struct match_edge){.pattern = pattern, .edge = edge, .left = left, .right = right};
	state->known[edge->slot] = true;
	if (edge->variable_length || edge->reach || pattern->shape != PATTERN_WALK)
		return add_each(state, made);
	return conditions_add_edge(&state->conditions, edge, state->planner->evaluation.parameters);
}

static struct error *add_pattern(struct matching *state, const struct pattern *pattern)
{
	uint32_t left, right;
	TRY(add_node(state, &pattern->nodes[0], &left));
	for (uint32_t i = 0; i < pattern->edge_count; i++) {
		TRY(add_node(state, &pattern->nodes[i + 1], &right));
		TRY(add_edge(state, pattern, i, left, right));
		left = right;
	}
	if (pattern->slot != SLOT_NONE)
		state->known[pattern->slot] = true;
	return NULL;
}

struct error *matching_gather(struct matching *state, const struct pattern *patterns, uint32_t count)
{
	struct arena *arena = state->planner->arena;
	size_t edges = 0;
	for (uint32_t i = 0; i < count; i++)
		edges += patterns[i].edge_count;
	/* Each takes an operator, and what is planned here takes time with the square of them. */
	if (edges + count > OPERATORS_MAX)
		return error_create_at(ERROR_USAGE, patterns[0].span.at, "a clause has no more than %u nodes and edges; this has %zu",
				       OPERATORS_MAX, edges + count);
	state->nodes = arena_alloc(arena, (edges + count + 1) * sizeof *state->nodes);
	state->edges = arena_alloc(arena, (edges + 1) * sizeof *state->edges);
	state->used = arena_alloc(arena, (edges + 1) * sizeof *state->used);
	if (state->nodes == NULL || state->edges == NULL || state->used == NULL)
		return error_memory();
	for (uint32_t i = 0; i < count; i++)
		TRY(add_pattern(state, &patterns[i]));
	return NULL;
}

/* Null, as an optional pattern gives it, matches no node; edges see to that of their ends. */
struct error *matching_know(struct matching *state)
{
	for (uint32_t i = 0; i < state->node_count; i++) {
		bool alone = is_bound(state, state->nodes[i].slot);
		for (uint32_t e = 0; alone && e < state->edge_count; e++)
			alone = state->edges[e].left != i && state->edges[e].right != i;
		if (alone)
			TRY(conditions_add_known(&state->conditions, state->nodes[i].pattern));
	}
	return NULL;
}

/* --- which places a node may be ----------------------------------------------------------------------------------- */

static bool is_variable(const struct expression *expression, uint32_t slot)
{
	return expression->kind == EXPRESSION_VARIABLE && expression->slot == slot;
}

static struct error *need_table(struct matching *state, struct match_node *node)
{
	if (node->types != NULL)
		return NULL;
	size_t types = state->planner->evaluation.heap->facts->count;
	node->types = arena_alloc(state->planner->arena, types + 1);
	if (node->types == NULL)
		return error_memory();
	memset(node->types, 1, types);
	return NULL;
}

/* Labels say of objects which types, and of roots whether. */
static struct error *fold_labels(struct matching *state, struct match_node *node, struct condition *condition)
{
	const struct label_test *labels = condition->expression->labels;
	TRY(need_table(state, node));
	for (type_id t = 0; t < state->planner->evaluation.heap->facts->count; t++)
		node->types[t] &= (labels->set->types[t] != 0) != labels->negated;
	node->wanted.roots &= labels->set->roots != labels->negated;
	condition->asked = true;
	return NULL;
}

/* x.type =~ '...' and the like, which were settled for each name. Roots are asked one by one. */
static struct error *fold_matched(struct matching *state, struct match_node *node, struct condition *condition)
{
	const struct type_facts *facts = state->planner->evaluation.heap->facts;
	TRY(need_table(state, node));
	for (type_id t = 0; t < facts->count; t++)
		node->types[t] &= condition->expression->matched[facts->label[t]] != 0;
	condition->asked = !node->wanted.roots;
	return NULL;
}

/* Is it asked for roots: by a label that has them, and is not negated? */
static bool wants_roots(const struct matching *state, uint32_t slot)
{
	bool wants = false;
	for (size_t i = 0; i < state->conditions.items.count; i++) {
		const struct expression *expression = state->conditions.items.items[i].expression;
		if (expression->kind == EXPRESSION_LABELS && is_variable(expression->operands[0], slot))
			wants |= expression->labels->set->roots && !expression->labels->negated;
	}
	return wants;
}

static void count_wanted(const struct heap *heap, struct match_node *node)
{
	node->wanted.types = node->types;
	node->wanted.count = node->types == NULL ? heap->nodes : 0;
	for (type_id t = 0; node->types != NULL && t < heap->facts->count; t++)
		node->wanted.count += node->types[t] != 0 ? heap->type_count[t] : 0;
	node->wanted.objects = node->wanted.count > 0;
	node->wanted.count += node->wanted.roots ? heap->roots : 0;
}

struct error *matching_settle(struct matching *state, struct match_node *node)
{
	node->wanted = (struct places_wanted){.objects = true, .roots = wants_roots(state, node->slot)};
	for (size_t i = 0; i < state->conditions.items.count && !is_bound(state, node->slot); i++) {
		struct condition *condition = &state->conditions.items.items[i];
		const struct expression *expression = condition->expression;
		if (expression->kind == EXPRESSION_LABELS && is_variable(expression->operands[0], node->slot))
			TRY(fold_labels(state, node, condition));
	}
	for (size_t i = 0; i < state->conditions.items.count && !is_bound(state, node->slot); i++) {
		struct condition *condition = &state->conditions.items.items[i];
		const struct expression *expression = condition->expression;
		if (expression->kind == EXPRESSION_OPERATION && expression->matched != NULL &&
		    is_variable(expression->operands[0]->operands[0], node->slot))
			TRY(fold_matched(state, node, condition));
	}
	count_wanted(state->planner->evaluation.heap, node);
	return NULL;
}
