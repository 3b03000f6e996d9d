/* Which rows go on: the one that every chain begins with, those for which conditions hold, and no more than LIMIT allows.
 */
#include "queries/steps.h"

/* --- the one row that a chain begins with ------------------------------------------------------------------------- */

struct once {
	struct operator operator;
	bool done;
};

static struct error *once_next(struct operator *operator, bool *found)
{
	struct once *once = (struct once *)operator;
	*found = !once->done;
	once->done = true;
	return NULL;
}

static void once_rewind(struct operator *operator)
{
	((struct once *)operator)->done = false;
}

static const struct operator_kind once_kind = {.name = "one row", .next = once_next, .rewind = once_rewind};

struct error *once_create(struct planner *planner, struct operator **result)
{
	struct once *once;
	TRY(operator_create(planner, &once_kind, sizeof *once, NULL, &once));
	*result = &once->operator;
	return NULL;
}

/* --- WHERE -------------------------------------------------------------------------------------------------------- */

static struct error *filter_next(struct operator *operator, bool *found)
{
	bool holds = false;
	while (!holds) {
		TRY(operator_pause(operator));
		TRY(operator_next(operator->input, found));
		if (!*found)
			return NULL;
		TRY(operator_accepts(operator, false, &holds));
	}
	return NULL;
}

static const struct operator_kind filter_kind = {.name = "filter", .next = filter_next};

bool operator_is_filter(const struct operator *operator)
{
	return operator->kind == &filter_kind;
}

struct error *filter_create(struct planner *planner, struct operator *input, struct operator **result)
{
	struct operator *filter;
	TRY(operator_create(planner, &filter_kind, sizeof *filter, input, &filter));
	*result = filter;
	return NULL;
}

/* --- an edge is met once in a clause ------------------------------------------------------------------------------ */

struct unlike {
	struct operator operator;
	const uint32_t *left, *right; /* slots */
	uint32_t left_count, right_count;
};

static bool has_edge(struct datum value, uint32_t edge)
{
	bool has = value.kind == DATUM_EDGE && value.edge == edge;
	for (uint32_t i = 0; value.kind == DATUM_LIST && i < value.list->count && !has; i++)
		has = value.list->items[i].edge == edge;
	return has;
}

static bool share_edge(struct datum a, struct datum b)
{
	bool share = a.kind == DATUM_EDGE && has_edge(b, a.edge);
	for (uint32_t i = 0; a.kind == DATUM_LIST && i < a.list->count && !share; i++)
		share = has_edge(b, a.list->items[i].edge);
	return share;
}

static bool is_unlike(const struct unlike *unlike)
{
	const struct datum *row = unlike->operator.evaluation.row;
	for (uint32_t l = 0; l < unlike->left_count; l++)
		for (uint32_t r = 0; r < unlike->right_count; r++)
			if (share_edge(row[unlike->left[l]], row[unlike->right[r]]))
				return false;
	return true;
}

static struct error *unlike_next(struct operator *operator, bool *found)
{
	do {
		TRY(operator_pause(operator));
		TRY(operator_next(operator->input, found));
	} while (*found && !is_unlike((struct unlike *)operator));
	return NULL;
}

static const struct operator_kind unlike_kind = {.name = "edges apart", .next = unlike_next};

struct error *unlike_create(struct planner *planner, struct operator *input, const uint32_t *left, uint32_t left_count,
			    const uint32_t *right, uint32_t right_count, struct operator **result)
{
	struct unlike *unlike;
	TRY(operator_create(planner, &unlike_kind, sizeof *unlike, input, &unlike));
	unlike->left = left;
	unlike->left_count = left_count;
	unlike->right = right;
	unlike->right_count = right_count;
	*result = &unlike->operator;
	return NULL;
}

/* --- SKIP and LIMIT ----------------------------------------------------------------------------------------------- */

struct limit {
	struct operator operator;
	const struct expression *skip, *most; /* NULL: not given */
	bool begun;
	uint64_t to_skip, left;
};

struct error *limit_evaluate(struct evaluation *evaluation, const struct expression *expression, const char *word,
			     uint64_t *result)
{
	struct datum value;
	TRY(evaluate(evaluation, expression, &value));
	if (value.kind != DATUM_INTEGER || value.integer < 0)
		return error_create_at(ERROR_USAGE, expression->span.at, "%s takes an INTEGER of 0 and more, not %s", word,
				       value.kind == DATUM_INTEGER ? "one below 0" : datum_kind_name(value.kind));
	*result = (uint64_t)value.integer;
	return NULL;
}

static struct error *limit_begin(struct limit *limit)
{
	limit->begun = true;
	limit->to_skip = 0;
	limit->left = UINT64_MAX;
	if (limit->skip != NULL)
		TRY(limit_evaluate(&limit->operator.evaluation, limit->skip, "SKIP", &limit->to_skip));
	if (limit->most != NULL)
		TRY(limit_evaluate(&limit->operator.evaluation, limit->most, "LIMIT", &limit->left));
	return NULL;
}

static struct error *limit_next(struct operator *operator, bool *found)
{
	struct limit *limit = (struct limit *)operator;
	if (!limit->begun)
		TRY(limit_begin(limit));
	*found = limit->left > 0;
	for (; limit->to_skip > 0 && *found; limit->to_skip--)
		TRY(operator_next(operator->input, found));
	if (!*found)
		return NULL;
	TRY(operator_next(operator->input, found));
	limit->left -= *found;
	return NULL;
}

static void limit_rewind(struct operator *operator)
{
	((struct limit *)operator)->begun = false;
}

static const struct operator_kind limit_kind = {.name = "limit", .next = limit_next, .rewind = limit_rewind};

struct error *limit_create(struct planner *planner, struct operator *input, const struct expression *skip,
			   const struct expression *most, struct operator **result)
{
	struct limit *limit;
	TRY(operator_create(planner, &limit_kind, sizeof *limit, input, &limit));
	limit->skip = skip;
	limit->most = most;
	*result = &limit->operator;
	return NULL;
}
