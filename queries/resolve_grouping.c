/* May an expression stand beside an aggregate?
 *
 * All rows of a group have the same value only in the columns by which they are grouped. So what is outside of aggregates uses
 * these, and what it binds itself, in a comprehension, a pattern or a query of its own: slots that were given since it began.
 */
#include "queries/resolving.h"

#include "queries/expression.h"

struct grouping {
	const struct projection *projection;
	bool sorting; /* columns with aggregates may be used too */
	uint32_t own; /* the first slot that was given in the expression */
	bool inner;   /* in a query of its own, whose aggregates are of other rows */
};

static struct error *check_slot(const struct grouping *grouping, uint32_t slot, const struct name *name,
				struct span span)
{
	const struct projection *projection = grouping->projection;
	AUTO(text) struct text text = {0};
	if (slot >= grouping->own) /* SLOT_NONE too */
		return NULL;
	for (uint32_t i = 0; i < projection->count; i++)
		if ((grouping->sorting || !projection->items[i].aggregates) && projection->items[i].slot == slot)
			return NULL;
	text_init(&text);
	text_add_escaped(&text, name->text, name->length < 100 ? name->length : 100);
	TRY(text_error(&text));
	return error_create_at(ERROR_USAGE, span.at,
			       "%s stands beside an aggregate, and is no column by which rows are grouped; make it one",
			       text_string(&text));
}

static struct error *check_expression(const struct grouping *grouping, const struct expression *expression);

static struct error *check_pattern(const struct grouping *grouping, const struct pattern *pattern)
{
	for (uint32_t i = 0; i <= pattern->edge_count; i++) {
		const struct node_pattern *node = &pattern->nodes[i];
		TRY(check_slot(grouping, node->slot, &node->variable, node->span));
		TRY(check_expression(grouping, node->properties));
		TRY(check_expression(grouping, node->where));
		if (i == pattern->edge_count)
			break;
		const struct edge_pattern *edge = &pattern->edges[i];
		TRY(check_slot(grouping, edge->slot, &edge->variable, edge->span));
		TRY(check_expression(grouping, edge->properties));
		TRY(check_expression(grouping, edge->where));
	}
	return NULL;
}

static struct error *check_clause(const struct grouping *grouping, const struct clause *clause)
{
	const struct projection *projection = &clause->projection;
	for (uint32_t i = 0; i < clause->pattern_count; i++)
		TRY(check_pattern(grouping, &clause->patterns[i]));
	for (uint32_t i = 0; i < projection->count; i++)
		TRY(check_expression(grouping, projection->items[i].expression));
	for (uint32_t i = 0; i < projection->sort_count; i++)
		TRY(check_expression(grouping, projection->sorts[i].expression));
	TRY(check_expression(grouping, clause->expression));
	return check_expression(grouping, clause->where);
}

static struct error *check_query(const struct grouping *grouping, const struct query_syntax *query)
{
	struct grouping inner = *grouping;
	inner.inner = true;
	for (uint32_t i = 0; i < query->count; i++)
		for (uint32_t c = 0; c < query->queries[i].clause_count; c++)
			TRY(check_clause(&inner, &query->queries[i].clauses[c]));
	return NULL;
}

static struct error *check_expression(const struct grouping *grouping, const struct expression *expression)
{
	bool more = true;
	if (expression == NULL || (expression_is_aggregate(expression) && !grouping->inner))
		return NULL;
	/* What stands for a column has its slot, and the mark of an aggregate. */
	if (expression->kind == EXPRESSION_VARIABLE && !expression->aggregate)
		return check_slot(grouping, expression->slot, &expression->name, expression->span);
	if (expression->pattern != NULL)
		TRY(check_pattern(grouping, expression->pattern));
	if (expression->query != NULL)
		TRY(check_query(grouping, expression->query));
	for (uint32_t i = 0; more; i++) {
		struct expression **part = expression_part((struct expression *)expression, i, &more);
		if (part != NULL)
			TRY(check_expression(grouping, *part));
	}
	return NULL;
}

struct error *resolve_grouping(const struct projection *projection, const struct expression *expression, bool sorting,
			       uint32_t own)
{
	struct grouping grouping = {.projection = projection, .sorting = sorting, .own = own};
	return check_expression(&grouping, expression);
}
