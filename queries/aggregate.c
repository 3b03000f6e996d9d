/* How does each aggregate take a value, and what is its result?
 *
 * A state of fixed size for each call and group; what grows (a list, the values that DISTINCT has met) lies outside and is
 * charged to the limits.
 */
#include "queries/aggregate.h"

#include "base/map.h"
#include "base/vector.h"
#include "queries/function.h"

#include <string.h>

#define AGGREGATE_NONE UINT32_MAX

struct distinct { /* values met, each once: a chain for each hash */
	struct map newest;
	VECTOR(struct met {
		struct datum value;
		uint32_t next;
	})
	values;
};

enum aggregation {
	AGGREGATE_ROWS, /* count(*) */
	AGGREGATE_COUNT,
	AGGREGATE_SUM,
	AGGREGATE_AVG,
	AGGREGATE_MIN,
	AGGREGATE_MAX,
	AGGREGATE_COLLECT
};

struct aggregate {
	enum aggregation kind;
	uint64_t count; /* values */
	int64_t whole;
	double real;
	bool is_real;
	struct datum best; /* min, max */
	VECTOR(struct datum) items;
	struct distinct distinct;
};

static enum aggregation kind_of(const struct expression *call)
{
	static const char *const names[] = {[AGGREGATE_COUNT] = "count", [AGGREGATE_SUM] = "sum", [AGGREGATE_AVG] = "avg",
					    [AGGREGATE_MIN] = "min",     [AGGREGATE_MAX] = "max"};
	if (call->kind == EXPRESSION_COUNT_ALL)
		return AGGREGATE_ROWS;
	for (enum aggregation kind = AGGREGATE_COUNT; kind <= AGGREGATE_MAX; kind++)
		if (strcmp(call->function->name, names[kind]) == 0)
			return kind;
	return AGGREGATE_COLLECT;
}

size_t aggregate_size(const struct expression *call)
{
	(void)call;
	return sizeof(struct aggregate);
}

void aggregate_init(struct aggregate *state, const struct expression *call)
{
	*state = (struct aggregate){.kind = kind_of(call), .is_real = kind_of(call) == AGGREGATE_AVG};
	map_init(&state->distinct.newest);
}

void aggregate_deinit(struct aggregate *state, const struct expression *call)
{
	(void)call;
	vector_deinit(&state->items);
	vector_deinit(&state->distinct.values);
	map_deinit(&state->distinct.newest);
}

static struct error *keep(struct evaluation *evaluation, struct arena *arena, struct datum value, struct datum *kept)
{
	TRY(limits_take(evaluation->limits, sizeof value + datum_bytes(value), "to keep the values of its aggregates"));
	return datum_copy(arena, value, kept);
}

/* *is_new: the value was not met before. */
static struct error *meet(struct distinct *distinct, struct evaluation *evaluation, struct arena *arena,
			  struct datum value, bool *is_new)
{
	uint64_t hash = datum_hash(value) >> 1; /* never MAP_NO_KEY */
	uint32_t first = AGGREGATE_NONE;
	map_find(&distinct->newest, hash, &first);
	*is_new = true;
	for (uint32_t i = first; i != AGGREGATE_NONE && *is_new; i = distinct->values.items[i].next)
		*is_new = datum_order(distinct->values.items[i].value, value) != 0;
	if (!*is_new)
		return NULL;
	struct met met = {.next = first};
	TRY(keep(evaluation, arena, value, &met.value));
	TRY(vector_push(&distinct->values, met));
	return map_put(&distinct->newest, hash, (uint32_t)(distinct->values.count - 1));
}

static struct error *add_number(struct aggregate *state, const struct expression *call, struct datum value)
{
	if (!datum_is_number(value))
		return error_create_at(ERROR_USAGE, call->span.at, "%s() takes numbers, not %s", call->function->name,
				       datum_kind_name(value.kind));
	if (value.kind == DATUM_FLOAT && !state->is_real) {
		state->is_real = true;
		state->real = (double)state->whole;
	}
	if (state->is_real) {
		state->real += value.kind == DATUM_FLOAT ? value.real : (double)value.integer;
		return NULL;
	}
	if (!__builtin_add_overflow(state->whole, value.integer, &state->whole))
		return NULL;
	return error_create_at(ERROR_USAGE, call->span.at, "%s() of these integers is beyond 64 bits; %s(1.0 * x) holds it",
			       call->function->name, call->function->name);
}

static struct error *add_best(struct aggregate *state, struct evaluation *evaluation, struct arena *arena,
			      struct datum value)
{
	int order = state->count == 1 ? 0 : datum_order(value, state->best);
	bool better = state->kind == AGGREGATE_MIN ? order < 0 : order > 0;
	return better || state->count == 1 ? keep(evaluation, arena, value, &state->best) : NULL;
}

static struct error *add_item(struct aggregate *state, struct evaluation *evaluation, struct arena *arena,
			      struct datum value)
{
	struct datum kept;
	TRY(keep(evaluation, arena, value, &kept));
	return vector_push(&state->items, kept);
}

struct error *aggregate_add(struct aggregate *state, const struct expression *call, struct evaluation *evaluation,
			    struct arena *arena)
{
	struct datum value;
	bool is_new = true;
	if (state->kind == AGGREGATE_ROWS) {
		state->count++;
		return NULL;
	}
	TRY(evaluate(evaluation, call->operands[0], &value));
	if (value.kind == DATUM_NULL)
		return NULL;
	if (call->distinct)
		TRY(meet(&state->distinct, evaluation, arena, value, &is_new));
	if (!is_new)
		return NULL;
	state->count++;
	if (state->kind == AGGREGATE_COUNT)
		return NULL;
	if (state->kind == AGGREGATE_COLLECT)
		return add_item(state, evaluation, arena, value);
	if (state->kind == AGGREGATE_MIN || state->kind == AGGREGATE_MAX)
		return add_best(state, evaluation, arena, value);
	return add_number(state, call, value);
}

struct error *aggregate_result(struct aggregate *state, const struct expression *call, struct evaluation *evaluation,
			       struct arena *arena, struct datum *result)
{
	struct datum_list *list = NULL;
	(void)call, (void)evaluation;
	*result = datum_null();
	switch (state->kind) {
	case AGGREGATE_ROWS:
	case AGGREGATE_COUNT:
		*result = datum_integer((int64_t)state->count);
		break;
	case AGGREGATE_SUM:
		*result = state->is_real ? datum_float(state->real) : datum_integer(state->whole);
		break;
	case AGGREGATE_AVG:
		if (state->count > 0)
			*result = datum_float(state->real / (double)state->count);
		break;
	case AGGREGATE_MIN:
	case AGGREGATE_MAX:
		*result = state->count > 0 ? state->best : datum_null();
		break;
	case AGGREGATE_COLLECT:
		TRY(datum_list_create(arena, state->items.count, &list));
		if (list->count > 0)
			memcpy(list->items, state->items.items, list->count * sizeof list->items[0]);
		return datum_of_list(list, result);
	}
	return NULL;
}
