/* How is a whole query run: its parts between UNIONs, one after the other?
 *
 * Each has its row, its chain of operators and its heap. Of parts that a UNION without ALL joins no row comes twice.
 */
#include "queries/plan.h"

#include "queries/explain.h"
#include "queries/kept.h"
#include "queries/planning.h"

#include <stdlib.h>
#include <string.h>

struct part {
	struct planner planner;
	const struct projection *projection; /* RETURN's */
	struct datum *row;
};

struct plan {
	struct arena arena;
	struct operator *made; /* the newest */
	uint32_t made_count;
	struct limits *limits;
	uint32_t count, current, columns;
	struct part *parts;
	uint32_t distinct_until; /* parts before this one are told apart */
	struct datum *values;    /* of the row that was handed out; before them what tells heaps apart */
	struct kept kept;
	struct kept_index index;
};

/* --- plans in expressions ----------------------------------------------------------------------------------------- */

/* The values of a pattern comprehension. They outlive the operators' rows, in the caller's arena. */
static struct error *collect(struct evaluation *evaluation, const struct expression *expression, struct datum *list)
{
	struct kept kept;
	struct error *error = NULL;
	bool found = true;
	kept_init(&kept, 1, evaluation->limits, "for a list of what a pattern matches");
	operator_rewind(expression->plan);
	while (error == NULL) {
		struct datum value;
		error = operator_next(expression->plan, &found);
		if (error != NULL || !found)
			break;
		error = evaluate(evaluation, expression->result, &value);
		if (error == NULL)
			error = kept_add(&kept, &value);
	}
	struct datum_list *made = NULL;
	if (error == NULL)
		error = datum_list_create(evaluation->arena, kept_count(&kept), &made);
	for (size_t i = 0; error == NULL && i < kept_count(&kept); i++)
		error = datum_copy(evaluation->arena, *kept_row(&kept, i), &made->items[i]);
	if (error == NULL)
		error = datum_of_list(made, list);
	kept_deinit(&kept);
	return error;
}

static struct error *run_plan(struct evaluation *evaluation, const struct expression *expression, bool any, uint64_t *count,
			      struct datum *list)
{
	bool found;
	if (expression->plan == NULL)
		return error_create_at(ERROR_USAGE, expression->span.at, "a pattern can't be asked for here");
	if (expression->kind == EXPRESSION_PATTERN_LIST)
		return collect(evaluation, expression, list);
	operator_rewind(expression->plan);
	if (!any)
		return operator_count(expression->plan, count);
	TRY(operator_next(expression->plan, &found));
	*count = found;
	return NULL;
}

/* --- making it ---------------------------------------------------------------------------------------------------- */

static struct error *part_init(struct plan *plan, struct query_syntax *syntax, uint32_t number,
			       const struct query_heaps *heaps, const struct datum_map *parameters)
{
	struct part *part = &plan->parts[number];
	struct single_query *query = &syntax->queries[number];
	struct planner *planner = &part->planner;
	part->row = arena_alloc(&plan->arena, (query->slots + (size_t)1) * sizeof *part->row);
	if (part->row == NULL)
		return error_memory();
	*planner = (struct planner){
		.arena = &plan->arena,
		.made = &plan->made,
		.made_count = &plan->made_count,
		.slots = query->slots,
		.profiled = syntax->explain == EXPLAIN_PROFILE,
		.evaluation = {.heap = query_heap(heaps, query), .limits = plan->limits, .parameters = parameters,
			       .row = part->row, .arena = &plan->arena, .run_plan = run_plan},
	};
	TRY(planner_slots(planner, NULL, &planner->bound));
	TRY(planner_slots(planner, NULL, &planner->arguments));
	TRY(once_create(planner, &planner->top));
	TRY(planner_clauses(planner, query));
	part->projection = &query->clauses[query->clause_count - 1].projection;
	return NULL;
}

static struct error *plan_init(struct plan *plan, struct query_syntax *query, const struct query_heaps *heaps,
			       const struct datum_map *parameters)
{
	plan->count = query->count;
	plan->parts = arena_alloc(&plan->arena, query->count * sizeof *plan->parts);
	if (plan->parts == NULL)
		return error_memory();
	for (uint32_t i = 0; i < query->count; i++)
		TRY(part_init(plan, query, i, heaps, parameters));
	/* A UNION of those before and the next one: of all before it, no row comes twice. */
	for (uint32_t i = 0; i + 1 < query->count; i++)
		if (!query->all[i])
			plan->distinct_until = i + 2;
	plan->columns = plan->parts[0].projection->count;
	plan->values = arena_alloc(&plan->arena, (plan->columns + (size_t)2) * sizeof *plan->values);
	if (plan->values == NULL)
		return error_memory();
	plan->index.keys = plan->columns + 1;
	kept_init(&plan->kept, plan->columns + 1, plan->limits, "to tell the rows of a UNION apart");
	return NULL;
}

struct error *plan_create(struct query_syntax *query, const struct query_heaps *heaps, const struct datum_map *parameters,
			  struct limits *limits, struct plan **result)
{
	struct plan *plan = calloc(1, sizeof *plan);
	if (plan == NULL)
		return error_memory();
	arena_init(&plan->arena);
	plan->limits = limits;
	struct error *error = plan_init(plan, query, heaps, parameters);
	if (error != NULL) {
		plan_destroy(plan);
		return error;
	}
	*result = plan;
	return NULL;
}

void plan_destroy(struct plan *plan)
{
	if (plan == NULL)
		return;
	for (struct operator *operator = plan->made; operator != NULL; operator = operator->made_before) {
		if (operator->kind->deinit != NULL)
			operator->kind->deinit(operator);
		arena_deinit(&operator->arena);
	}
	if (plan->kept.limits != NULL)
		kept_deinit(&plan->kept);
	kept_index_deinit(&plan->index);
	arena_deinit(&plan->arena);
	free(plan);
}

/* --- running it --------------------------------------------------------------------------------------------------- */

/* Nodes of two heaps are never the same, whatever their numbers; other values are what they are. */
static void set_values(struct plan *plan, const struct part *part)
{
	bool foreign = false;
	for (uint32_t i = 0; i < plan->columns; i++) {
		struct datum value = part->row[part->projection->items[i].slot];
		foreign |= value.kind == DATUM_NODE || value.kind == DATUM_EDGE || value.kind == DATUM_PATH ||
			   value.kind == DATUM_LIST || value.kind == DATUM_MAP;
		plan->values[i + 1] = value;
	}
	bool first = part->planner.evaluation.heap == plan->parts[0].planner.evaluation.heap;
	plan->values[0] = datum_boolean(foreign && !first);
}

static struct error *is_new(struct plan *plan, bool *new)
{
	uint64_t hash = kept_hash(plan->values, plan->columns + 1);
	*new = kept_index_find(&plan->index, &plan->kept, plan->values, hash) == SIZE_MAX;
	if (!*new)
		return NULL;
	TRY(kept_add(&plan->kept, plan->values));
	return kept_index_add(&plan->index, &plan->kept, hash);
}

struct error *plan_next(struct plan *plan, const struct datum **values, bool *found)
{
	*found = false;
	while (plan->current < plan->count) {
		const struct part *part = &plan->parts[plan->current];
		bool new = true;
		TRY(operator_next(part->planner.top, found));
		if (!*found) {
			plan->current++;
			continue;
		}
		set_values(plan, part);
		if (plan->current < plan->distinct_until)
			TRY(is_new(plan, &new));
		if (!new)
			continue;
		*values = plan->values + 1;
		return NULL;
	}
	*found = false;
	return NULL;
}

struct heap *plan_heap(const struct plan *plan)
{
	uint32_t current = plan->current < plan->count ? plan->current : plan->count - 1;
	return plan->parts[current].planner.evaluation.heap;
}

struct error *plan_explain(const struct plan *plan, bool profiled, struct report *report)
{
	struct section *section = explain_begin(report, profiled);
	for (uint32_t i = 0; i < plan->count; i++)
		explain_chain(report, section, plan->parts[i].planner.top, profiled);
	return report_error(report);
}
