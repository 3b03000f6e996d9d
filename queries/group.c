/* What do count, sum, collect ... say of each group of rows?
 *
 * Groups are kept by a hash of their keys; a group's aggregates lie beside each other in an arena. O(rows), and memory for each
 * group.
 */
#include "queries/aggregate.h"
#include "queries/kept.h"
#include "queries/steps.h"

struct group {
	struct operator operator;
	const struct assignment *keys;
	struct expression **aggregates;
	const uint32_t *keep;
	uint32_t key_count, aggregate_count, keep_count;
	size_t state_size;     /* of all aggregates of one group */
	struct datum *values;  /* of a row: keys, then what is kept */
	struct kept kept;      /* a row a group */
	struct kept_index index;
	VECTOR(unsigned char *) states; /* by group */
	struct arena collected;         /* what aggregates keep */
	bool ready;
	size_t at; /* the next group that is handed on */
};

static struct aggregate *state_of(unsigned char *states, size_t *offset, const struct expression *call)
{
	struct aggregate *state = (struct aggregate *)(states + *offset);
	*offset += aggregate_size(call);
	return state;
}

static struct error *group_add(struct group *group, uint64_t hash)
{
	TRY(limits_take(group->kept.limits, group->state_size, group->kept.what));
	group->kept.taken += group->state_size;
	unsigned char *states = arena_alloc(&group->collected, group->state_size);
	if (states == NULL)
		return error_memory();
	size_t offset = 0;
	for (uint32_t i = 0; i < group->aggregate_count; i++)
		aggregate_init(state_of(states, &offset, group->aggregates[i]), group->aggregates[i]);
	TRY(vector_push(&group->states, states));
	TRY(kept_add(&group->kept, group->values));
	return group->key_count == 0 ? NULL : kept_index_add(&group->index, &group->kept, hash);
}

/* The group of the row as it is now. */
static struct error *group_find(struct group *group, size_t *number)
{
	struct evaluation *evaluation = &group->operator.evaluation;
	for (uint32_t i = 0; i < group->key_count; i++)
		TRY(evaluate(evaluation, group->keys[i].expression, &group->values[i]));
	if (group->key_count == 0 && group->states.count > 0) {
		*number = 0;
		return NULL;
	}
	uint64_t hash = kept_hash(group->values, group->key_count);
	*number = kept_index_find(&group->index, &group->kept, group->values, hash);
	if (*number != SIZE_MAX)
		return NULL;
	*number = group->states.count;
	for (uint32_t i = 0; i < group->keep_count; i++)
		group->values[group->key_count + i] = evaluation->row[group->keep[i]];
	return group_add(group, hash);
}

static struct error *group_row(struct group *group)
{
	size_t number, offset = 0;
	arena_reset(&group->operator.arena);
	TRY(group_find(group, &number));
	for (uint32_t i = 0; i < group->aggregate_count; i++) {
		uint64_t before = group->kept.limits->taken;
		struct aggregate *state = state_of(group->states.items[number], &offset, group->aggregates[i]);
		struct error *error = aggregate_add(state, group->aggregates[i], &group->operator.evaluation,
						    &group->collected);
		/* What the aggregate was charged for is given back with the group. */
		group->kept.taken += group->kept.limits->taken - before;
		if (error != NULL)
			return error;
	}
	return NULL;
}

/* Only count(*), and no keys: the rows needn't be made. */
static bool only_counts(const struct group *group)
{
	bool only = group->key_count == 0 && group->keep_count == 0;
	for (uint32_t i = 0; i < group->aggregate_count; i++)
		only &= group->aggregates[i]->kind == EXPRESSION_COUNT_ALL;
	return only;
}

static struct error *group_all(struct group *group)
{
	bool found = true;
	while (found) {
		TRY(operator_pause(&group->operator));
		TRY(operator_next(group->operator.input, &found));
		if (found)
			TRY(group_row(group));
	}
	/* Without keys all rows are one group, though there be none. */
	if (group->key_count > 0 || group->states.count > 0)
		return NULL;
	for (uint32_t i = 0; i < group->keep_count; i++)
		group->values[i] = datum_null();
	return group_add(group, 0);
}

static void write_row(struct group *group, size_t number)
{
	const struct datum *values = kept_row(&group->kept, number);
	struct datum *row = group->operator.evaluation.row;
	for (uint32_t i = 0; i < group->keep_count; i++)
		row[group->keep[i]] = values[group->key_count + i];
	for (uint32_t i = 0; i < group->key_count; i++)
		row[group->keys[i].slot] = values[i];
}

static struct error *count_next(struct group *group, bool *found)
{
	uint64_t rows = 0;
	*found = !group->ready;
	if (group->ready)
		return NULL;
	group->ready = true;
	TRY(operator_count(group->operator.input, &rows));
	for (uint32_t i = 0; i < group->aggregate_count; i++)
		group->operator.evaluation.row[group->aggregates[i]->slot] = datum_integer((int64_t)rows);
	return NULL;
}

static struct error *group_next(struct operator *operator, bool *found)
{
	struct group *group = (struct group *)operator;
	size_t offset = 0;
	if (only_counts(group))
		return count_next(group, found);
	if (!group->ready)
		TRY(group_all(group));
	group->ready = true;
	*found = group->at < group->states.count;
	if (!*found)
		return NULL;
	arena_reset(&operator->arena);
	write_row(group, group->at);
	for (uint32_t i = 0; i < group->aggregate_count; i++)
		TRY(aggregate_result(state_of(group->states.items[group->at], &offset, group->aggregates[i]),
				     group->aggregates[i], &operator->evaluation, &operator->arena,
				     &operator->evaluation.row[group->aggregates[i]->slot]));
	group->at++;
	return NULL;
}

static void group_rewind(struct operator *operator)
{
	struct group *group = (struct group *)operator;
	for (size_t g = 0; g < group->states.count; g++) {
		size_t offset = 0;
		for (uint32_t i = 0; i < group->aggregate_count; i++)
			aggregate_deinit(state_of(group->states.items[g], &offset, group->aggregates[i]),
					 group->aggregates[i]);
	}
	group->states.count = 0;
	group->at = 0;
	group->ready = false;
	kept_clear(&group->kept);
	kept_index_deinit(&group->index);
	arena_reset(&group->collected);
}

static void group_deinit(struct operator *operator)
{
	struct group *group = (struct group *)operator;
	group_rewind(operator);
	kept_deinit(&group->kept);
	vector_deinit(&group->states);
	arena_deinit(&group->collected);
}

static const struct operator_kind group_kind = {
	.name = "group", .next = group_next, .rewind = group_rewind, .deinit = group_deinit};

struct error *group_create(struct planner *planner, struct operator *input, const struct assignment *keys, uint32_t key_count,
			   struct expression **aggregates, uint32_t aggregate_count, const uint32_t *kept,
			   uint32_t kept_count, struct operator **result)
{
	struct group *group;
	TRY(operator_create(planner, &group_kind, sizeof *group, input, &group));
	group->keys = keys;
	group->key_count = key_count;
	group->aggregates = aggregates;
	group->aggregate_count = aggregate_count;
	group->keep = kept;
	group->keep_count = kept_count;
	group->index.keys = key_count;
	kept_init(&group->kept, key_count + kept_count, planner->evaluation.limits, "to group its rows");
	group->values = arena_alloc(planner->arena, (key_count + kept_count + (size_t)1) * sizeof *group->values);
	if (group->values == NULL)
		return error_memory();
	for (uint32_t i = 0; i < aggregate_count; i++)
		group->state_size += aggregate_size(aggregates[i]);
	group->operator.estimate = key_count == 0 ? 1 : input->estimate / 10 + 1;
	*result = &group->operator;
	return NULL;
}
