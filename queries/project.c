/* What do WITH, RETURN and UNWIND write into a row?
 */
#include "queries/steps.h"


struct project {
	struct operator operator;
	const struct assignment *assignments;
	uint32_t count;
	struct datum *values; /* before they are written: one may be what another one reads */
};

static struct error *project_next(struct operator *operator, bool *found)
{
	struct project *project = (struct project *)operator;
	bool holds = false;
	while (!holds) {
		TRY(operator_next(operator->input, found));
		if (!*found)
			return NULL;
		arena_reset(&operator->arena);
		for (uint32_t i = 0; i < project->count; i++)
			TRY(evaluate(&operator->evaluation, project->assignments[i].expression, &project->values[i]));
		for (uint32_t i = 0; i < project->count; i++)
			operator->evaluation.row[project->assignments[i].slot] = project->values[i];
		TRY(operator_accepts(operator, true, &holds));
	}
	return NULL;
}

static struct error *project_count(struct operator *operator, uint64_t *rows, bool *known)
{
	/* What is evaluated may fail, and has to be then. */
	const struct project *project = (const struct project *)operator;
	*known = operator->condition_count == 0;
	for (uint32_t i = 0; i < project->count; i++)
		*known &= project->assignments[i].expression->kind == EXPRESSION_VARIABLE ||
			  project->assignments[i].expression->kind == EXPRESSION_LITERAL;
	return *known ? operator_count(operator->input, rows) : NULL;
}

static const struct operator_kind project_kind = {.name = "project", .next = project_next, .count = project_count};

struct error *project_create(struct planner *planner, struct operator *input, const struct assignment *assignments,
			     uint32_t count, struct operator **result)
{
	struct project *project;
	TRY(operator_create(planner, &project_kind, sizeof *project, input, &project));
	project->assignments = assignments;
	project->count = count;
	project->values = arena_alloc(planner->arena, (count + (size_t)1) * sizeof *project->values);
	if (project->values == NULL)
		return error_memory();
	*result = &project->operator;
	return NULL;
}

bool operator_is_plain(const struct operator *operator)
{
	return operator->kind == &project_kind || operator_is_filter(operator);
}

/* --- UNWIND ------------------------------------------------------------------------------------------------------- */

struct unwind {
	struct operator operator;
	const struct expression *expression;
	uint32_t slot;
	struct datum list; /* null: the input's next row comes first */
	uint32_t at;
};

/* A list's items, none of null; another value is one item. */
static bool unwind_item(struct unwind *unwind, struct datum *item)
{
	if (unwind->list.kind == DATUM_LIST) {
		if (unwind->at >= unwind->list.list->count)
			return false;
		*item = unwind->list.list->items[unwind->at++];
		return true;
	}
	*item = unwind->list;
	unwind->list = datum_null();
	return item->kind != DATUM_NULL;
}

static struct error *unwind_next(struct operator *operator, bool *found)
{
	struct unwind *unwind = (struct unwind *)operator;
	while (!unwind_item(unwind, &operator->evaluation.row[unwind->slot])) {
		TRY(operator_pause(operator));
		TRY(operator_next(operator->input, found));
		if (!*found)
			return NULL;
		arena_reset(&operator->arena);
		TRY(evaluate(&operator->evaluation, unwind->expression, &unwind->list));
		unwind->at = 0;
	}
	*found = true;
	return NULL;
}

static void unwind_rewind(struct operator *operator)
{
	((struct unwind *)operator)->list = datum_null();
}

static const struct operator_kind unwind_kind = {.name = "unwind", .next = unwind_next, .rewind = unwind_rewind};

struct error *unwind_create(struct planner *planner, struct operator *input, const struct expression *list, uint32_t slot,
			    struct operator **result)
{
	struct unwind *unwind;
	TRY(operator_create(planner, &unwind_kind, sizeof *unwind, input, &unwind));
	unwind->expression = list;
	unwind->slot = slot;
	unwind->operator.estimate = input->estimate * 10;
	*result = &unwind->operator;
	return NULL;
}
