/* How does a walk go on, whichever kind it is?
 */
#include "queries/cursor.h"

#include "analyzer/memory.h"

#include <string.h>

struct error *walker_create(struct planner *planner, const struct operator_kind *kind, size_t size, struct operator *input,
			    const struct expansion *expansion, struct expression **each, uint32_t each_count, bool both_ways,
			    void *result)
{
	struct walker *walker;
	TRY(operator_create(planner, kind, size, input, &walker));
	walker->expansion = *expansion;
	walker->each = each;
	walker->each_count = each_count;
	TRY(heap_need(planner->evaluation.heap,
		      HEAP_OUT | HEAP_TYPE | (expansion->in || both_ways ? HEAP_IN : 0)));
	*(void **)result = walker;
	return NULL;
}

struct error *walker_place(const struct walker *walker, uint32_t slot, uint32_t *place, bool *there)
{
	struct datum value = walker->operator.evaluation.row[slot];
	*there = value.kind == DATUM_NODE;
	if (*there)
		*place = value.place;
	else if (value.kind != DATUM_NULL)
		return error_create_at(ERROR_USAGE, walker->expansion.edge->span.at,
				       "a pattern begins and ends with nodes, not with %s", datum_kind_name(value.kind));
	return NULL;
}

static bool is_used(const struct walker *walker, uint32_t edge)
{
	const struct datum *row = walker->operator.evaluation.row;
	for (uint32_t i = 0; i < walker->expansion.used_count; i++) {
		struct datum used = row[walker->expansion.used[i]];
		if (used.kind == DATUM_EDGE && used.edge == edge)
			return true;
		for (uint32_t e = 0; used.kind == DATUM_LIST && e < used.list->count; e++)
			if (used.list->items[e].edge == edge)
				return true;
	}
	return false;
}

struct error *walker_fits(struct walker *walker, struct datum edge, bool *fits)
{
	struct evaluation *evaluation = &walker->operator.evaluation;
	const struct edge_pattern *pattern = walker->expansion.edge;
	if (++walker->looked_at >= OPERATOR_PATIENCE) {
		TRY(limits_step(evaluation->limits, walker->looked_at, walker->expansion.text));
		walker->looked_at = 0;
	}
	*fits = pattern->set == NULL || edge_names_has(evaluation->heap, pattern->set, edge.edge);
	if (*fits && walker->expansion.used_count > 0)
		*fits = !is_used(walker, edge.edge);
	if (!*fits || walker->each_count == 0)
		return NULL;
	arena_reset(&walker->operator.arena);
	evaluation->row[pattern->slot] = edge;
	for (uint32_t i = 0; i < walker->each_count && *fits; i++) {
		enum truth truth;
		TRY(evaluate_truth(evaluation, walker->each[i], &truth));
		*fits = truth == TRUTH_TRUE;
	}
	return NULL;
}

struct error *walker_emit(struct walker *walker, const struct datum *edges, uint32_t count, bool backwards, uint32_t end,
			  bool *holds)
{
	struct operator *operator = &walker->operator;
	const struct expansion *expansion = &walker->expansion;
	struct datum_list *list = NULL;
	arena_reset(&operator->arena);
	TRY(datum_list_create(&operator->arena, count, &list));
	for (uint32_t i = 0; i < count; i++)
		list->items[i] = edges[expansion->reversed != backwards ? count - 1 - i : i];
	TRY(datum_of_list(list, &operator->evaluation.row[expansion->edge->slot]));
	if (!expansion->into)
		operator->evaluation.row[expansion->to] = datum_node(end);
	return operator_accepts(operator, true, holds);
}

struct error *walker_array(struct walker *walker, uint32_t **result)
{
	uint64_t places = walker->operator.evaluation.heap->places;
	TRY(limits_take(walker->operator.evaluation.limits, places * sizeof **result, "to walk from place to place"));
	walker->taken += places * sizeof **result;
	uint32_t *array = memory_large(places + 1, sizeof *array);
	if (array == NULL)
		return error_memory();
	memset(array, 0xff, (places + 1) * sizeof *array);
	*result = array;
	return NULL;
}
