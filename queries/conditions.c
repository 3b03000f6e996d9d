/* Which conditions does a clause have, and what does each need?
 *
 * Walks over trees whose depth the parser bounds. O(the query).
 */
#include "queries/conditions.h"

#include <stdlib.h>

/* --- what is in an expression ------------------------------------------------------------------------------------- */

struct walk {
	bool *slots; /* NULL: nothing is marked */
	uint32_t count;
	bool outside;
	plan_visit *visit; /* NULL: plans are walked into */
	void *context;
};

static struct error *walk(struct walk *state, struct expression *expression);

static void mark(const struct walk *state, uint32_t slot)
{
	if (state->slots != NULL && slot < state->count)
		state->slots[slot] = true;
}

static struct error *walk_pattern(struct walk *state, const struct pattern *pattern)
{
	mark(state, pattern->slot);
	for (uint32_t i = 0; i <= pattern->edge_count; i++) {
		mark(state, pattern->nodes[i].slot);
		TRY(walk(state, pattern->nodes[i].properties));
		TRY(walk(state, pattern->nodes[i].where));
	}
	for (uint32_t i = 0; i < pattern->edge_count; i++) {
		mark(state, pattern->edges[i].slot);
		TRY(walk(state, pattern->edges[i].properties));
		TRY(walk(state, pattern->edges[i].where));
	}
	return NULL;
}

static struct error *walk_projection(struct walk *state, const struct projection *projection)
{
	for (uint32_t i = 0; i < projection->count; i++)
		TRY(walk(state, projection->items[i].expression));
	for (uint32_t i = 0; i < projection->sort_count; i++)
		TRY(walk(state, projection->sorts[i].expression));
	TRY(walk(state, projection->skip));
	return walk(state, projection->limit);
}

static struct error *walk_query(struct walk *state, const struct query_syntax *query)
{
	for (uint32_t q = 0; q < query->count; q++) {
		for (uint32_t c = 0; c < query->queries[q].clause_count; c++) {
			const struct clause *clause = &query->queries[q].clauses[c];
			for (uint32_t p = 0; p < clause->pattern_count; p++)
				TRY(walk_pattern(state, &clause->patterns[p]));
			TRY(walk(state, clause->where));
			TRY(walk(state, clause->expression));
			TRY(walk_projection(state, &clause->projection));
		}
	}
	return NULL;
}

static bool is_plan(const struct expression *expression)
{
	return expression->kind == EXPRESSION_PATTERN || expression->kind == EXPRESSION_PATTERN_LIST ||
	       expression->kind == EXPRESSION_EXISTS || expression->kind == EXPRESSION_COUNT;
}

static struct error *walk(struct walk *state, struct expression *expression)
{
	if (expression == NULL || (state->outside && expression->aggregate && expression->kind != EXPRESSION_VARIABLE))
		return NULL;
	if (state->visit != NULL && is_plan(expression))
		return state->visit(state->context, expression);
	if (expression->kind == EXPRESSION_VARIABLE)
		mark(state, expression->slot);
	for (uint32_t i = 0; i < expression->count; i++)
		TRY(walk(state, expression->operands[i]));
	TRY(walk(state, expression->subject));
	TRY(walk(state, expression->otherwise));
	TRY(walk(state, expression->condition));
	TRY(walk(state, expression->result));
	if (expression->pattern != NULL)
		TRY(walk_pattern(state, expression->pattern));
	return expression->query == NULL ? NULL : walk_query(state, expression->query);
}

/* Marking can't fail: only a visit can. */
static void walk_surely(struct walk *state, const struct expression *expression)
{
	AUTO(error) struct error *none = walk(state, (struct expression *)expression);
}

void expression_mark(const struct expression *expression, bool *slots, uint32_t count, bool outside)
{
	struct walk state = {.slots = slots, .count = count, .outside = outside};
	walk_surely(&state, expression);
}

void pattern_mark(const struct pattern *pattern, bool *slots, uint32_t count)
{
	struct walk state = {.slots = slots, .count = count};
	AUTO(error) struct error *none = walk_pattern(&state, pattern);
}

struct error *expression_each_plan(struct expression *expression, plan_visit *visit, void *context)
{
	struct walk state = {.visit = visit, .context = context};
	return walk(&state, expression);
}

static struct error *note_plan(void *context, struct expression *expression)
{
	(void)expression;
	*(bool *)context = true;
	return NULL;
}

bool expression_has_plan(const struct expression *expression)
{
	bool has = false;
	struct walk state = {.visit = note_plan, .context = &has};
	walk_surely(&state, expression);
	return has;
}

#define SLOTS_FEW 256u

bool expression_uses(const struct expression *expression, const bool *marked, uint32_t count)
{
	bool few[SLOTS_FEW] = {0}, uses = false;
	AUTO(free) void *many = count > SLOTS_FEW ? calloc(count, sizeof(bool)) : NULL;
	bool *used = count > SLOTS_FEW ? many : few;
	if (used == NULL)
		return true; /* to be asked last is never wrong */
	expression_mark(expression, used, count, false);
	for (uint32_t i = 0; i < count && !uses; i++)
		uses = used[i] && marked[i];
	return uses;
}

/* --- conditions --------------------------------------------------------------------------------------------------- */

/* ANDs are n-ary and nest at most SYNTAX_DEPTH deep. */
struct error *conditions_add(struct conditions *conditions, struct expression *expression)
{
	if (expression == NULL)
		return NULL;
	if (expression->kind != EXPRESSION_OPERATION || expression->operator != SYNTAX_AND)
		return vector_push(&conditions->items, (struct condition){.expression = expression,
									  .dear = expression_has_plan(expression)});
	for (uint32_t i = 0; i < expression->count; i++)
		TRY(conditions_add(conditions, expression->operands[i]));
	return NULL;
}

static struct error *make(struct conditions *conditions, enum expression_kind kind, struct span span, uint32_t operands,
			  struct expression **result)
{
	struct expression *made = arena_alloc(conditions->arena, sizeof *made);
	struct expression **room = arena_alloc(conditions->arena, (operands + 1) * sizeof(struct expression *));
	if (made == NULL || room == NULL)
		return error_memory();
	*made = (struct expression){.kind = kind, .height = 1, .span = span, .count = operands, .operands = room,
				    .slot = SLOT_NONE, .inner_slot = SLOT_NONE};
	*result = made;
	return NULL;
}

static struct error *make_variable(struct conditions *conditions, uint32_t slot, struct name name, struct span span,
				   struct expression **result)
{
	TRY(make(conditions, EXPRESSION_VARIABLE, span, 0, result));
	(*result)->slot = slot;
	(*result)->name = name;
	return NULL;
}

/* slot.name = value */
static struct error *add_entry(struct conditions *conditions, bool edge, struct expression *variable, struct name name,
			       struct expression *value)
{
	struct expression *property, *equal;
	TRY(make(conditions, EXPRESSION_PROPERTY, value->span, 1, &property));
	property->operands[0] = variable;
	property->name = name;
	property->property = property_find(edge, name.text, name.length);
	property->height = 2;
	TRY(make(conditions, EXPRESSION_OPERATION, value->span, 2, &equal));
	equal->operator = SYNTAX_EQUAL;
	equal->operands[0] = property;
	equal->operands[1] = value;
	equal->height = (uint16_t)(value->height > 2 ? value->height + 1 : 3);
	return vector_push(&conditions->items, (struct condition){.expression = equal, .dear = expression_has_plan(value)});
}

/* $map stands for the entries that it has. */
static struct error *add_parameter(struct conditions *conditions, bool edge, struct expression *variable,
				   const struct expression *parameter, const struct datum_map *parameters)
{
	struct datum value = datum_map_get(parameters, parameter->name.text, parameter->name.length);
	if (value.kind != DATUM_MAP)
		return error_create_at(ERROR_USAGE, parameter->span.at, "the properties of a pattern are a MAP; $%s is %s",
				       parameter->name.text, datum_kind_name(value.kind));
	for (uint32_t i = 0; i < value.map->count; i++) {
		struct expression *literal;
		TRY(make(conditions, EXPRESSION_LITERAL, parameter->span, 0, &literal));
		literal->literal = value.map->entries[i].value;
		literal->constant = true;
		struct datum key = value.map->entries[i].key;
		struct name name = {.text = key.text, .length = key.length, .span = parameter->span};
		TRY(add_entry(conditions, edge, variable, name, literal));
	}
	return NULL;
}

static struct error *add_properties(struct conditions *conditions, bool edge, struct expression *variable,
				    struct expression *properties, const struct datum_map *parameters)
{
	if (properties == NULL)
		return NULL;
	if (properties->kind == EXPRESSION_PARAMETER)
		return add_parameter(conditions, edge, variable, properties, parameters);
	for (uint32_t i = 0; i < properties->count; i++)
		TRY(add_entry(conditions, edge, variable, properties->names[i], properties->operands[i]));
	return NULL;
}

struct error *conditions_add_node(struct conditions *conditions, const struct node_pattern *node,
				  const struct datum_map *parameters)
{
	struct expression *variable, *labels;
	TRY(make_variable(conditions, node->slot, node->variable, node->span, &variable));
	for (uint32_t i = 0; i < node->label_count; i++) {
		TRY(make(conditions, EXPRESSION_LABELS, node->span, 1, &labels));
		labels->operands[0] = variable;
		labels->labels = &node->labels[i];
		labels->height = 2;
		TRY(vector_push(&conditions->items, (struct condition){.expression = labels}));
	}
	TRY(add_properties(conditions, false, variable, node->properties, parameters));
	return conditions_add(conditions, node->where);
}

struct error *conditions_add_known(struct conditions *conditions, const struct node_pattern *node)
{
	struct expression *variable, *known;
	TRY(make_variable(conditions, node->slot, node->variable, node->span, &variable));
	TRY(make(conditions, EXPRESSION_OPERATION, node->span, 1, &known));
	known->operator = SYNTAX_IS_NOT_NULL;
	known->operands[0] = variable;
	known->height = 2;
	return vector_push(&conditions->items, (struct condition){.expression = known});
}

struct error *conditions_add_edge(struct conditions *conditions, const struct edge_pattern *edge,
				  const struct datum_map *parameters)
{
	struct expression *variable;
	TRY(make_variable(conditions, edge->slot, edge->variable, edge->span, &variable));
	TRY(add_properties(conditions, true, variable, edge->properties, parameters));
	return conditions_add(conditions, edge->where);
}

/* --- comparisons -------------------------------------------------------------------------------------------------- */

static bool is_property_of(const struct expression *expression, uint32_t slot)
{
	return expression->kind == EXPRESSION_PROPERTY && expression->property != NULL &&
	       expression->operands[0]->kind == EXPRESSION_VARIABLE && expression->operands[0]->slot == slot;
}

/* a < b is b > a. */
static enum syntax_operator turned(enum syntax_operator operator)
{
	switch (operator) {
	case SYNTAX_LESS:
		return SYNTAX_GREATER;
	case SYNTAX_LESS_EQUAL:
		return SYNTAX_GREATER_EQUAL;
	case SYNTAX_GREATER:
		return SYNTAX_LESS;
	case SYNTAX_GREATER_EQUAL:
		return SYNTAX_LESS_EQUAL;
	default:
		return operator;
	}
}

static bool uses_slot(const struct expression *expression, uint32_t slot)
{
	bool few[SLOTS_FEW] = {0};
	if (slot >= SLOTS_FEW)
		return true;
	expression_mark(expression, few, SLOTS_FEW, false);
	return few[slot];
}

bool expression_compares(const struct expression *expression, uint32_t slot, struct comparison *result)
{
	if (expression->kind != EXPRESSION_OPERATION || expression->operator < SYNTAX_EQUAL ||
	    expression->operator > SYNTAX_GREATER_EQUAL)
		return false;
	for (uint32_t side = 0; side < 2; side++) {
		const struct expression *property = expression->operands[side], *value = expression->operands[1 - side];
		if (!is_property_of(property, slot) || uses_slot(value, slot))
			continue;
		*result = (struct comparison){.slot = slot, .property = property->property, .value = value,
					      .operator = side == 0 ? expression->operator : turned(expression->operator)};
		return true;
	}
	return false;
}
