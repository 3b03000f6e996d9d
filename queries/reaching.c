/* What can be reached from a place: (a)-[*reach]->(b)?
 *
 * One search in breadth, which meets each place once and hands it on as it is met. O(edges that are reached), 8 B a place.
 */
#include "queries/cursor.h"

#include <stdlib.h>

struct reaching {
	struct walker walker;
	bool running;
	uint32_t from, to;
	uint32_t round;    /* of searches */
	uint32_t *met;     /* by place: the round that it was met in */
	uint32_t *queue;
	uint32_t head, tail;
	struct cursor cursor;
};

static struct error *begin(struct reaching *reach, bool *there)
{
	const struct expansion *expansion = &reach->walker.expansion;
	TRY(walker_place(&reach->walker, expansion->from, &reach->from, there));
	if (*there && expansion->into)
		TRY(walker_place(&reach->walker, expansion->to, &reach->to, there));
	if (!*there)
		return NULL;
	if (reach->met == NULL)
		TRY(walker_array(&reach->walker, &reach->met));
	if (reach->queue == NULL)
		TRY(walker_array(&reach->walker, &reach->queue));
	reach->round++; /* billions of searches take longer than anybody waits: it does not come round */
	reach->head = reach->tail = 0;
	cursor_begin(&reach->cursor, reach->walker.operator.evaluation.heap, reach->from, expansion->out, expansion->in);
	return NULL;
}

/* The next place that is met for the first time; *found: false at the end. The place that the search began at is one too, where
 * a cycle leads back to it, but it is not searched again. */
static struct error *advance(struct reaching *reach, uint32_t *place, bool *found)
{
	struct walker *walker = &reach->walker;
	const struct heap *heap = walker->operator.evaluation.heap;
	const struct expansion *expansion = &walker->expansion;
	struct datum edge;
	for (;;) {
		while (cursor_next(&reach->cursor, heap, expansion->out, &edge, place)) {
			if (reach->met[*place] == reach->round) {
				walker->looked_at++;
				continue;
			}
			TRY(walker_fits(walker, edge, found));
			if (!*found)
				continue;
			reach->met[*place] = reach->round;
			if (*place != reach->from && !heap_is_root(heap, *place))
				reach->queue[reach->tail++] = *place;
			return NULL;
		}
		*found = reach->head < reach->tail;
		if (!*found)
			return NULL;
		cursor_begin(&reach->cursor, heap, reach->queue[reach->head++], expansion->out, expansion->in);
	}
}

static struct error *reaching_next(struct operator *operator, bool *found)
{
	struct reaching *reach = (struct reaching *)operator;
	struct walker *walker = &reach->walker;
	for (;;) {
		uint32_t place;
		bool holds;
		if (!reach->running) {
			TRY(operator_next(operator->input, found));
			if (!*found)
				return NULL;
			TRY(begin(reach, &reach->running));
			continue;
		}
		TRY(advance(reach, &place, &reach->running));
		if (!reach->running || !walker_ends(walker, place, reach->to))
			continue;
		/* There is one end, and it is met. */
		if (walker->expansion.into)
			reach->running = false;
		else
			operator->evaluation.row[walker->expansion.to] = datum_node(place);
		operator->evaluation.row[walker->expansion.edge->slot] = datum_null();
		TRY(operator_accepts(operator, false, &holds));
		if (holds)
			return NULL;
	}
}

static void reaching_rewind(struct operator *operator)
{
	((struct reaching *)operator)->running = false;
}

static void reaching_deinit(struct operator *operator)
{
	struct reaching *reach = (struct reaching *)operator;
	free(reach->met);
	free(reach->queue);
	limits_give(operator->evaluation.limits, reach->walker.taken);
}

static const struct operator_kind reaching_kind = {
	.name = "reach", .next = reaching_next, .rewind = reaching_rewind, .deinit = reaching_deinit};

struct error *reaching_create(struct planner *planner, struct operator *input, const struct expansion *expansion,
			   struct expression **each, uint32_t each_count, struct operator **result)
{
	struct reaching *reach;
	TRY(walker_create(planner, &reaching_kind, sizeof *reach, input, expansion, each, each_count, false, &reach));
	*result = &reach->walker.operator;
	return NULL;
}
