/* How do the clauses of a query become a chain of operators?
 *
 * One after the other, each upon those before. What an expression needs a plan for (a pattern, EXISTS, COUNT) becomes a chain
 * of its own, which begins with the row that the expression is evaluated for.
 */
#include "queries/planning.h"

#include <string.h>

struct error *planner_slots(struct planner *planner, const bool *from, bool **result)
{
	bool *made = arena_alloc(planner->arena, planner->slots + (size_t)1);
	if (made == NULL)
		return error_memory();
	if (from != NULL)
		memcpy(made, from, planner->slots);
	*result = made;
	return NULL;
}

struct error *planner_list(struct planner *planner, const bool *marked, uint32_t **slots, uint32_t *count)
{
	uint32_t *made = arena_alloc(planner->arena, (planner->slots + (size_t)1) * sizeof *made), found = 0;
	if (made == NULL)
		return error_memory();
	for (uint32_t i = 0; i < planner->slots; i++)
		if (marked[i])
			made[found++] = i;
	*slots = made;
	*count = found;
	return NULL;
}

struct error *planner_begin(struct planner *planner, bool *sees, struct planner_state *state)
{
	bool *bound = NULL, *arguments = NULL;
	struct operator *once = NULL;
	TRY(planner_slots(planner, sees, &bound));
	TRY(planner_slots(planner, sees, &arguments));
	TRY(once_create(planner, &once));
	*state = (struct planner_state){.bound = planner->bound, .arguments = planner->arguments, .top = planner->top};
	planner->bound = bound;
	planner->arguments = arguments;
	planner->top = once;
	return NULL;
}

struct operator *planner_resume(struct planner *planner, const struct planner_state *state)
{
	struct operator *made = planner->top;
	planner->bound = state->bound;
	planner->arguments = state->arguments;
	planner->top = state->top;
	return made;
}

/* --- plans in expressions ----------------------------------------------------------------------------------------- */

static struct error *plan_inside(struct planner *planner, struct expression *expression)
{
	if (expression->kind == EXPRESSION_PATTERN || expression->kind == EXPRESSION_PATTERN_LIST) {
		TRY(match_patterns(planner, expression->pattern, 1, expression->condition));
		return expression->result == NULL ? NULL : planner_prepare(planner, expression->result);
	}
	if (expression->query->count != 1)
		return error_create_at(ERROR_USAGE, expression->span.at, "UNION can't stand in EXISTS or COUNT");
	return planner_clauses(planner, &expression->query->queries[0]);
}

static struct error *prepare_one(void *context, struct expression *expression)
{
	struct planner *planner = context;
	struct planner_state state;
	if (expression->plan != NULL)
		return NULL;
	TRY(planner_begin(planner, planner->bound, &state));
	struct error *error = plan_inside(planner, expression);
	expression->plan = planner_resume(planner, &state);
	return error;
}

struct error *planner_prepare(struct planner *planner, struct expression *expression)
{
	return expression_each_plan(expression, prepare_one, planner);
}

struct error *planner_ask(struct planner *planner, struct operator *operator, struct expression *const *conditions,
			  uint32_t count)
{
	uint32_t before = operator->condition_count;
	struct expression **all = arena_alloc(planner->arena, (before + (size_t)count + 1) * sizeof(struct expression *));
	if (all == NULL)
		return error_memory();
	if (before > 0)
		memcpy(all, operator->conditions, before * sizeof(struct expression *));
	for (uint32_t i = 0; i < count; i++) {
		TRY(planner_prepare(planner, conditions[i]));
		all[before + i] = conditions[i];
		operator->estimate *= 0.3;
	}
	operator->conditions = all;
	operator->condition_count = before + count;
	return NULL;
}

/* --- clauses ------------------------------------------------------------------------------------------------------ */

static struct error *unwind_plan(struct planner *planner, struct clause *clause)
{
	TRY(planner_prepare(planner, clause->expression));
	TRY(unwind_create(planner, planner->top, clause->expression, clause->slot, &planner->top));
	planner->bound[clause->slot] = true;
	return NULL;
}

struct error *planner_clauses(struct planner *planner, struct single_query *query)
{
	for (uint32_t i = 0; i < query->clause_count; i++) {
		struct clause *clause = &query->clauses[i];
		if (clause->kind == CLAUSE_MATCH)
			TRY(match_plan(planner, clause));
		else if (clause->kind == CLAUSE_UNWIND)
			TRY(unwind_plan(planner, clause));
		else
			TRY(projection_plan(planner, clause));
	}
	return NULL;
}
