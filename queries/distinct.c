/* Which rows were not there before: DISTINCT?
 */
#include "queries/kept.h"
#include "queries/steps.h"

struct distinct {
	struct operator operator;
	const uint32_t *slots;
	uint32_t count;
	struct datum *values;
	struct kept kept;
	struct kept_index index;
};

static struct error *distinct_next(struct operator *operator, bool *found)
{
	struct distinct *distinct = (struct distinct *)operator;
	for (;;) {
		TRY(operator_pause(operator));
		TRY(operator_next(operator->input, found));
		if (!*found)
			return NULL;
		for (uint32_t i = 0; i < distinct->count; i++)
			distinct->values[i] = operator->evaluation.row[distinct->slots[i]];
		uint64_t hash = kept_hash(distinct->values, distinct->count);
		if (kept_index_find(&distinct->index, &distinct->kept, distinct->values, hash) != SIZE_MAX)
			continue;
		TRY(kept_add(&distinct->kept, distinct->values));
		return kept_index_add(&distinct->index, &distinct->kept, hash);
	}
}

static void distinct_rewind(struct operator *operator)
{
	struct distinct *distinct = (struct distinct *)operator;
	kept_clear(&distinct->kept);
	kept_index_deinit(&distinct->index);
}

static void distinct_deinit(struct operator *operator)
{
	struct distinct *distinct = (struct distinct *)operator;
	kept_deinit(&distinct->kept);
	kept_index_deinit(&distinct->index);
}

static const struct operator_kind distinct_kind = {
	.name = "distinct", .next = distinct_next, .rewind = distinct_rewind, .deinit = distinct_deinit};

struct error *distinct_create(struct planner *planner, struct operator *input, const uint32_t *slots, uint32_t count,
			      struct operator **result)
{
	struct distinct *distinct;
	TRY(operator_create(planner, &distinct_kind, sizeof *distinct, input, &distinct));
	distinct->slots = slots;
	distinct->count = count;
	distinct->index.keys = count;
	kept_init(&distinct->kept, count, planner->evaluation.limits, "to tell its rows apart");
	distinct->values = arena_alloc(planner->arena, (count + (size_t)1) * sizeof *distinct->values);
	if (distinct->values == NULL)
		return error_memory();
	*result = &distinct->operator;
	return NULL;
}
