/* Which walks does a pattern of variable length match: (a)-[*1..3]->(b)?
 *
 * All that take no edge twice, as openCypher has it: a search in depth with a stack of its own, and a bit an edge for those that
 * the walk has taken. There may be exponentially many: the steps are limited.
 */
#include "queries/cursor.h"

#include <stdlib.h>

struct walks {
	struct walker walker;
	bool running, fresh; /* fresh: the walk of no edges comes next */
	uint32_t from, to;
	VECTOR(struct cursor) frames; /* the walk's places */
	VECTOR(struct datum) edges;   /* one less */
	uint64_t *taken_edges;        /* bits */
};

static bool edge_taken(const struct walks *walks, uint32_t edge)
{
	return walks->taken_edges[edge / 64] >> (edge % 64) & 1;
}

static void edge_flip(struct walks *walks, uint32_t edge)
{
	walks->taken_edges[edge / 64] ^= UINT64_C(1) << (edge % 64);
}

static void walks_clear(struct walks *walks)
{
	for (size_t i = 0; i < walks->edges.count; i++)
		edge_flip(walks, walks->edges.items[i].edge);
	walks->edges.count = walks->frames.count = 0;
	walks->running = false;
}

static struct error *prepare_bits(struct walks *walks)
{
	if (walks->taken_edges != NULL)
		return NULL;
	uint64_t words = (uint64_t)walks->walker.operator.evaluation.heap->edges / 64 + 1;
	TRY(limits_take(walks->walker.operator.evaluation.limits, words * 8, "to walk along edges"));
	walks->walker.taken += words * 8;
	walks->taken_edges = calloc(words, 8);
	return walks->taken_edges == NULL ? error_memory() : NULL;
}

static struct error *push(struct walks *walks, uint32_t place)
{
	const struct expansion *expansion = &walks->walker.expansion;
	struct cursor cursor = {.place = place};
	/* No walk goes through a root, though one may begin there. */
	if (walks->frames.count == 0 || !heap_is_root(walks->walker.operator.evaluation.heap, place))
		cursor_begin(&cursor, walks->walker.operator.evaluation.heap, place, expansion->out, expansion->in);
	return vector_push(&walks->frames, cursor);
}

static struct error *begin(struct walks *walks, bool *there)
{
	const struct expansion *expansion = &walks->walker.expansion;
	TRY(walker_place(&walks->walker, expansion->from, &walks->from, there));
	if (*there && expansion->into)
		TRY(walker_place(&walks->walker, expansion->to, &walks->to, there));
	if (!*there)
		return NULL;
	TRY(prepare_bits(walks));
	walks->fresh = expansion->edge->least == 0;
	return push(walks, walks->from);
}

/* One edge on, or one back; *grown: the walk is a new one, whose end is *end. */
static struct error *step(struct walks *walks, uint32_t *end, bool *grown)
{
	struct walker *walker = &walks->walker;
	struct cursor *top = &walks->frames.items[walks->frames.count - 1];
	struct datum edge;
	*grown = false;
	if (walks->edges.count >= walker->expansion.edge->most ||
	    !cursor_next(top, walker->operator.evaluation.heap, walker->expansion.out, &edge, end)) {
		walks->frames.count--;
		if (walks->edges.count > 0)
			edge_flip(walks, walks->edges.items[--walks->edges.count].edge);
		return NULL;
	}
	if (edge_taken(walks, edge.edge)) {
		walker->looked_at++;
		return NULL;
	}
	TRY(walker_fits(walker, edge, grown));
	if (!*grown)
		return NULL;
	TRY(vector_push(&walks->edges, edge));
	edge_flip(walks, edge.edge);
	return push(walks, *end);
}

static struct error *walks_next(struct operator *operator, bool *found)
{
	struct walks *walks = (struct walks *)operator;
	struct walker *walker = &walks->walker;
	for (;;) {
		uint32_t end = walks->from;
		bool grown = walks->fresh, holds;
		if (!walks->running) {
			TRY(operator_next(operator->input, found));
			if (!*found)
				return NULL;
			walks_clear(walks);
			TRY(begin(walks, &walks->running));
			continue;
		}
		walks->fresh = false;
		if (!grown)
			TRY(step(walks, &end, &grown));
		walks->running = walks->frames.count > 0;
		if (!grown || walks->edges.count < walker->expansion.edge->least || !walker_ends(walker, end, walks->to))
			continue;
		TRY(walker_emit(walker, walks->edges.items, (uint32_t)walks->edges.count, false, end, &holds));
		if (holds)
			return NULL;
	}
}

static void walks_rewind(struct operator *operator)
{
	walks_clear((struct walks *)operator);
}

static void walks_deinit(struct operator *operator)
{
	struct walks *walks = (struct walks *)operator;
	vector_deinit(&walks->frames);
	vector_deinit(&walks->edges);
	free(walks->taken_edges);
	limits_give(operator->evaluation.limits, walks->walker.taken);
}

static const struct operator_kind walks_kind = {
	.name = "walks", .next = walks_next, .rewind = walks_rewind, .deinit = walks_deinit};

struct error *walks_create(struct planner *planner, struct operator *input, const struct expansion *expansion,
			   struct expression **each, uint32_t each_count, struct operator **result)
{
	struct walks *walks;
	TRY(walker_create(planner, &walks_kind, sizeof *walks, input, expansion, each, each_count, false, &walks));
	*result = &walks->walker.operator;
	return NULL;
}
