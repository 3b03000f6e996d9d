/* How do WITH and RETURN become operators?
 *
 * Grouping first, where there are aggregates; then what rows are sorted by, sorting, and only then what is shown, as LIMIT
 * leaves few rows that it has to be found for. A sort that begins with a column of a scan's objects tells the scan what it
 * may leave out.
 */
#include "queries/planning.h"

#include "queries/unparse.h"

#include <string.h>

struct projecting {
	struct planner *planner;
	struct projection *projection;
	struct sort_item *sorts; /* a name of an item replaced by what it stands for */
	bool *written;           /* by item: its slot has its value */
};

/* What people see of it: its expressions. */
static struct error *describe(struct planner *planner, const struct assignment *assignments, uint32_t count,
			      struct expression *const *aggregates, uint32_t aggregate_count)
{
	AUTO(text) struct text detail;
	text_init(&detail);
	for (uint32_t i = 0; i < count + aggregate_count; i++) {
		text_add(&detail, i > 0 ? ", " : "");
		unparse_expression(i < count ? assignments[i].expression : aggregates[i - count], &detail);
	}
	return operator_set_detail(planner, planner->top, &detail);
}

static struct error *assign(struct projecting *state, const bool *chosen)
{
	struct planner *planner = state->planner;
	const struct projection *projection = state->projection;
	struct assignment *assignments = arena_alloc(planner->arena, (projection->count + (size_t)1) * sizeof *assignments);
	uint32_t count = 0;
	if (assignments == NULL)
		return error_memory();
	for (uint32_t i = 0; i < projection->count; i++) {
		struct projection_item *item = &projection->items[i];
		if (!chosen[i] || state->written[i])
			continue;
		state->written[i] = true;
		TRY(planner_prepare(planner, item->expression));
		if (item->expression->kind != EXPRESSION_VARIABLE || item->expression->slot != item->slot)
			assignments[count++] = (struct assignment){.expression = item->expression, .slot = item->slot};
	}
	for (uint32_t i = 0; i < count; i++)
		planner->bound[assignments[i].slot] = true;
	if (count == 0)
		return NULL;
	TRY(project_create(planner, planner->top, assignments, count, &planner->top));
	return describe(planner, assignments, count, NULL, 0);
}

static struct error *assign_all(struct projecting *state)
{
	bool *all = arena_alloc(state->planner->arena, state->projection->count + (size_t)1);
	if (all == NULL)
		return error_memory();
	memset(all, true, state->projection->count);
	return assign(state, all);
}

/* --- aggregates --------------------------------------------------------------------------------------------------- */

/* Slots of before that are still used where the groups are made: what they hold is the same in all of a group. */
static struct error *mark_kept(struct projecting *state, bool **kept)
{
	struct planner *planner = state->planner;
	const struct projection *projection = state->projection;
	TRY(planner_slots(planner, NULL, kept));
	for (uint32_t i = 0; i < projection->count; i++)
		if (projection->items[i].aggregates)
			expression_mark(projection->items[i].expression, *kept, planner->slots, true);
	for (uint32_t i = 0; i < projection->sort_count; i++)
		expression_mark(projection->sorts[i].expression, *kept, planner->slots, true);
	for (uint32_t i = 0; i < planner->slots; i++)
		(*kept)[i] &= planner->bound[i] && !planner->arguments[i];
	return NULL;
}

static struct error *plan_groups(struct projecting *state)
{
	struct planner *planner = state->planner;
	struct projection *projection = state->projection;
	struct assignment *keys = arena_alloc(planner->arena, (projection->count + (size_t)1) * sizeof *keys);
	uint32_t count = 0, *kept_slots, kept_count;
	bool *kept;
	if (keys == NULL)
		return error_memory();
	for (uint32_t i = 0; i < projection->count; i++) {
		struct projection_item *item = &projection->items[i];
		TRY(planner_prepare(planner, item->expression));
		if (item->aggregates)
			continue;
		keys[count++] = (struct assignment){.expression = item->expression, .slot = item->slot};
		state->written[i] = true;
	}
	for (uint32_t i = 0; i < projection->aggregate_count; i++)
		for (uint32_t o = 0; o < projection->aggregates[i]->count; o++)
			TRY(planner_prepare(planner, projection->aggregates[i]->operands[o]));
	TRY(mark_kept(state, &kept));
	TRY(planner_list(planner, kept, &kept_slots, &kept_count));
	TRY(group_create(planner, planner->top, keys, count, projection->aggregates, projection->aggregate_count, kept_slots,
			 kept_count, &planner->top));
	TRY(describe(planner, keys, count, projection->aggregates, projection->aggregate_count));
	for (uint32_t i = 0; i < planner->slots; i++)
		planner->bound[i] = kept[i] || planner->arguments[i];
	for (uint32_t i = 0; i < count; i++)
		planner->bound[keys[i].slot] = true;
	for (uint32_t i = 0; i < projection->aggregate_count; i++)
		planner->bound[projection->aggregates[i]->slot] = true;
	return assign_all(state);
}

/* --- ORDER BY ----------------------------------------------------------------------------------------------------- */

/* `n.retained AS bytes ... ORDER BY bytes`: what stands behind the name, where it costs nothing to ask it twice. */
static void look_behind_names(struct projecting *state)
{
	const struct projection *projection = state->projection;
	for (uint32_t s = 0; s < projection->sort_count; s++) {
		struct expression *sort = projection->sorts[s].expression;
		for (uint32_t i = 0; i < projection->count && sort->kind == EXPRESSION_VARIABLE; i++) {
			struct expression *item = projection->items[i].expression;
			if (projection->items[i].slot == sort->slot &&
			    (item->kind == EXPRESSION_PROPERTY || item->kind == EXPRESSION_VARIABLE)) {
				state->sorts[s].expression = item;
				break;
			}
		}
	}
}

/* Writes the items that the sort needs, and says which slots have to live on above it. */
static struct error *plan_sorted_items(struct projecting *state, bool **kept)
{
	struct planner *planner = state->planner;
	const struct projection *projection = state->projection;
	bool *used, *early = arena_alloc(planner->arena, projection->count + (size_t)1);
	if (early == NULL)
		return error_memory();
	TRY(planner_slots(planner, NULL, &used));
	for (uint32_t i = 0; i < projection->sort_count; i++) {
		expression_mark(state->sorts[i].expression, used, planner->slots, false);
		TRY(planner_prepare(planner, state->sorts[i].expression));
	}
	for (uint32_t i = 0; i < projection->count; i++)
		early[i] = used[projection->items[i].slot] && !planner->bound[projection->items[i].slot];
	TRY(assign(state, early));
	TRY(planner_slots(planner, NULL, kept));
	for (uint32_t i = 0; i < projection->count; i++)
		if (state->written[i])
			(*kept)[projection->items[i].slot] = true;
		else
			expression_mark(projection->items[i].expression, *kept, planner->slots, false);
	for (uint32_t i = 0; i < planner->slots; i++)
		(*kept)[i] &= planner->bound[i] && !planner->arguments[i];
	return NULL;
}

/* The scan whose objects the rows are of, where nothing between can change what they are sorted by. */
static struct operator *find_scan(struct operator *operator, uint32_t slot)
{
	while (operator != NULL && !operator_is_scan(operator, slot))
		operator = operator_is_plain(operator) ? operator->input : NULL;
	return operator;
}

static struct error *bind_scan(struct projecting *state)
{
	struct planner *planner = state->planner;
	const struct expression *first = state->sorts[0].expression;
	if (state->projection->limit == NULL || first->kind != EXPRESSION_PROPERTY || first->property == NULL ||
	    first->property->edge || first->operands[0]->kind != EXPRESSION_VARIABLE)
		return NULL;
	struct operator *scan = find_scan(planner->top->input, first->operands[0]->slot);
	if (scan == NULL || !heap_numbers(planner->evaluation.heap, first->property, 0, 0, NULL) ||
	    !scan_takes_filter(scan))
		return NULL;
	return sort_bind_scan(planner, planner->top, scan, first->property);
}

static struct error *describe_sort(struct projecting *state)
{
	AUTO(text) struct text detail;
	text_init(&detail);
	for (uint32_t i = 0; i < state->projection->sort_count; i++) {
		text_add(&detail, i > 0 ? ", " : "by ");
		unparse_expression(state->sorts[i].expression, &detail);
		text_add(&detail, state->sorts[i].descending ? " DESC" : "");
	}
	return operator_set_detail(state->planner, state->planner->top, &detail);
}

static struct error *plan_sort(struct projecting *state)
{
	struct planner *planner = state->planner;
	const struct projection *projection = state->projection;
	uint32_t *slots, count;
	bool *kept;
	if (!projection->distinct && !projection->grouped)
		look_behind_names(state);
	TRY(plan_sorted_items(state, &kept));
	TRY(planner_list(planner, kept, &slots, &count));
	TRY(sort_create(planner, planner->top, state->sorts, projection->sort_count, slots, count, projection->skip,
			projection->limit, &planner->top));
	TRY(describe_sort(state));
	TRY(bind_scan(state));
	for (uint32_t i = 0; i < planner->slots; i++)
		planner->bound[i] = kept[i] || planner->arguments[i];
	return NULL;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static struct error *plan_distinct(struct projecting *state)
{
	struct planner *planner = state->planner;
	const struct projection *projection = state->projection;
	uint32_t *slots = arena_alloc(planner->arena, (projection->count + (size_t)1) * sizeof *slots);
	if (slots == NULL)
		return error_memory();
	TRY(assign_all(state));
	for (uint32_t i = 0; i < projection->count; i++)
		slots[i] = projection->items[i].slot;
	return distinct_create(planner, planner->top, slots, projection->count, &planner->top);
}

/* Only what has a name goes on. */
static void cut_scope(struct projecting *state)
{
	struct planner *planner = state->planner;
	memcpy(planner->bound, planner->arguments, planner->slots);
	for (uint32_t i = 0; i < state->projection->count; i++)
		planner->bound[state->projection->items[i].slot] = true;
}

static struct error *plan_where(struct planner *planner, struct expression *where)
{
	AUTO(conditions) struct conditions conditions = {.arena = planner->arena};
	if (where == NULL)
		return NULL;
	TRY(conditions_add(&conditions, where));
	TRY(filter_create(planner, planner->top, &planner->top));
	for (size_t i = 0; i < conditions.items.count; i++)
		TRY(planner_ask(planner, planner->top, &conditions.items.items[i].expression, 1));
	return NULL;
}

struct error *projection_plan(struct planner *planner, struct clause *clause)
{
	struct projection *projection = &clause->projection;
	struct projecting state = {.planner = planner, .projection = projection};
	state.written = arena_alloc(planner->arena, projection->count + (size_t)1);
	state.sorts = arena_alloc(planner->arena, (projection->sort_count + (size_t)1) * sizeof *state.sorts);
	if (state.written == NULL || state.sorts == NULL)
		return error_memory();
	if (projection->sort_count > 0)
		memcpy(state.sorts, projection->sorts, projection->sort_count * sizeof *state.sorts);
	if (projection->grouped)
		TRY(plan_groups(&state));
	if (projection->distinct)
		TRY(plan_distinct(&state));
	if (projection->sort_count > 0)
		TRY(plan_sort(&state));
	if (projection->skip != NULL || projection->limit != NULL)
		TRY(limit_create(planner, planner->top, projection->skip, projection->limit, &planner->top));
	TRY(assign_all(&state));
	cut_scope(&state);
	return plan_where(planner, clause->where);
}
