/* Where does the matching begin: at which node, by which scan, with which conditions?
 *
 * Conditions are asked as soon as what they need has a value; comparisons of a scanned object's columns become filters of the scan.
 */
#include "queries/matching.h"

#include "queries/unparse.h"

#include <string.h>

/* All that it needs has a value. */
static bool is_ready(const struct matching *state, const struct condition *condition)
{
	const struct planner *planner = state->planner;
	for (uint32_t i = 0; i < planner->slots; i++)
		state->missing[i] = state->known[i] && !planner->bound[i];
	return !expression_uses(condition->expression, state->missing, planner->slots);
}

/* Hands those that are ready to the operator on top, a filter where that asks none. */
struct error *matching_ask(struct matching *state, bool on_top)
{
	struct planner *planner = state->planner;
	for (unsigned dear = 0; dear < 2; dear++) {
		for (size_t i = 0; i < state->conditions.items.count; i++) {
			struct condition *condition = &state->conditions.items.items[i];
			if (condition->asked || condition->dear != (dear == 1) || !is_ready(state, condition))
				continue;
			if (!on_top)
				TRY(filter_create(planner, planner->top, &planner->top));
			on_top = true;
			condition->asked = true;
			TRY(planner_ask(planner, planner->top, &condition->expression, 1));
		}
	}
	return NULL;
}

static bool constant_number(struct matching *state, const struct expression *expression, int64_t *number)
{
	struct datum value;
	struct evaluation evaluation = state->planner->evaluation;
	evaluation.arena = state->planner->arena;
	if (!expression->constant)
		return false;
	/* What fails is evaluated for each row, and fails there. */
	AUTO(error) struct error *error = evaluate(&evaluation, expression, &value);
	if (error != NULL || value.kind != DATUM_INTEGER)
		return false;
	*number = value.integer;
	return true;
}

static bool filter_range(enum syntax_operator operator, int64_t number, struct column_filter *filter)
{
	filter->least = operator == SYNTAX_LESS || operator == SYNTAX_LESS_EQUAL ? INT64_MIN : number;
	filter->most = operator == SYNTAX_GREATER || operator == SYNTAX_GREATER_EQUAL ? INT64_MAX : number;
	if ((operator == SYNTAX_LESS && number == INT64_MIN) || (operator == SYNTAX_GREATER && number == INT64_MAX))
		return false;
	filter->most -= operator == SYNTAX_LESS;
	filter->least += operator == SYNTAX_GREATER;
	return operator != SYNTAX_UNEQUAL;
}

static struct error *add_filter(struct matching *state, struct operator *scan, uint32_t slot, struct condition *condition)
{
	struct heap *heap = state->planner->evaluation.heap;
	struct comparison comparison;
	struct column_filter filter;
	uint8_t none = 0;
	int64_t number;
	if (!expression_compares(condition->expression, slot, &comparison) || !scan_takes_filter(scan) ||
	    !constant_number(state, comparison.value, &number) || !filter_range(comparison.operator, number, &filter))
		return NULL;
	filter.property = comparison.property;
	TRY(heap_need(heap, filter.property->parts));
	if (!heap_filter(heap, filter.property, 0, 0, filter.least, filter.most, &none))
		return NULL;
	struct column_filter *kept = arena_alloc(state->planner->arena, sizeof *kept);
	if (kept == NULL)
		return error_memory();
	*kept = filter;
	scan_add_filter(scan, kept);
	scan->estimate *= comparison.operator == SYNTAX_EQUAL ? 0.05 : 0.3;
	condition->asked = true;
	return NULL;
}

/* --- what people see of it ---------------------------------------------------------------------------------------- */

/* The edge between its nodes, of which only the names are shown. */
struct error *matching_describe_edge(struct matching *state, const struct match_edge *edge, const char **text)
{
	struct node_pattern nodes[2] = {{.variable = state->nodes[edge->left].pattern->variable},
					{.variable = state->nodes[edge->right].pattern->variable}};
	struct edge_pattern copy = *edge->edge;
	struct pattern pattern = {.slot = SLOT_NONE, .shape = edge->pattern->shape, .edge_count = 1, .nodes = nodes, .edges = &copy};
	AUTO(text) struct text description;
	text_init(&description);
	unparse_pattern(&pattern, &description);
	TRY(text_error(&description));
	*text = arena_copy(state->planner->arena, text_string(&description), description.length);
	return *text == NULL ? error_memory() : NULL;
}

static void describe_node(const struct match_node *node, struct text *text)
{
	struct node_pattern copy = *node->pattern;
	struct pattern pattern = {.slot = SLOT_NONE, .nodes = &copy};
	copy.properties = copy.where = NULL;
	unparse_pattern(&pattern, text);
}

/* --- where to begin ----------------------------------------------------------------------------------------------- */

/* id or address of the node is equal to what has a value. */
const struct expression *matching_seek(struct matching *state, uint32_t slot, bool *address)
{
	for (size_t i = 0; i < state->conditions.items.count; i++) {
		struct condition condition = state->conditions.items.items[i];
		struct comparison comparison;
		struct condition value = {0};
		if (condition.asked || !expression_compares(condition.expression, slot, &comparison) ||
		    comparison.operator != SYNTAX_EQUAL)
			continue;
		*address = strcmp(comparison.property->name, "address") == 0;
		if (!*address && strcmp(comparison.property->name, "id") != 0)
			continue;
		value.expression = (struct expression *)comparison.value;
		if (is_ready(state, &value) && !expression_has_plan(comparison.value))
			return comparison.value;
	}
	return NULL;
}

double matching_node_cost(struct matching *state, const struct match_node *node)
{
	bool address;
	double cost = (double)node->wanted.count;
	if (matching_seek(state, node->slot, &address) != NULL)
		return 0.5;
	for (size_t i = 0; i < state->conditions.items.count; i++) {
		const struct condition *condition = &state->conditions.items.items[i];
		struct comparison comparison;
		int64_t number;
		if (!condition->asked && expression_compares(condition->expression, node->slot, &comparison) &&
		    constant_number(state, comparison.value, &number))
			cost *= comparison.operator == SYNTAX_EQUAL ? 0.05 : 0.3;
	}
	return cost;
}

static struct error *place_scan(struct matching *state, const struct match_node *node, struct text *detail)
{
	struct planner *planner = state->planner;
	bool any = false;
	TRY(scan_create(planner, planner->top, node->slot, &node->wanted, &planner->top));
	for (size_t i = 0; i < state->conditions.items.count && !node->wanted.roots; i++) {
		struct condition *condition = &state->conditions.items.items[i];
		if (condition->asked)
			continue;
		TRY(add_filter(state, planner->top, node->slot, condition));
		if (!condition->asked)
			continue;
		text_add(detail, any ? " and " : ", by column ");
		unparse_expression(condition->expression, detail);
		any = true;
	}
	return NULL;
}

struct error *matching_place_node(struct matching *state, const struct match_node *node)
{
	struct planner *planner = state->planner;
	AUTO(text) struct text detail;
	bool address;
	const struct expression *value = matching_seek(state, node->slot, &address);
	text_init(&detail);
	describe_node(node, &detail);
	if (value != NULL)
		TRY(seek_create(planner, planner->top, node->slot, address, value, &node->wanted, &planner->top));
	else
		TRY(place_scan(state, node, &detail));
	TRY(operator_set_detail(planner, planner->top, &detail));
	planner->bound[node->slot] = true;
	return matching_ask(state, true);
}
