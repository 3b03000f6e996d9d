/* Which is the shortest walk: shortestPath((r:root)-[*]->(x)), and which are all of the least length?
 *
 * One search in breadth, which notes by which edge it met each place first, from one place or from all roots at once. Where
 * it begins at all roots and nothing else decides, it is made once for all rows. All shortest walks are found backwards
 * from their end, over edges that come from one step nearer to the beginning, with a stack of its own. O(places +
 * edges) a search, 16 B a place.
 */
#include "queries/cursor.h"

#include <stdlib.h>

#define NOWHERE UINT32_MAX

struct shortest {
	struct walker walker;
	bool all, from_roots, once; /* once: every search would be the same */
	bool running, searched, whole;
	uint32_t from, to;
	uint32_t *distance, *edge, *source, *queue; /* by place, but the queue; edge->source is edge's */
	uint32_t head, tail, ended; /* of the queue; `ended`: places of it that were handed on */
	struct cursor cursor;
	uint32_t cycle; /* edges of the shortest walk from `from` back to it; NOWHERE: none was met */
	uint32_t cycle_edge, cycle_source;
	bool fresh;        /* the walk of no edges, or round, is still to be handed on */
	uint32_t emitting; /* the end whose walks are being handed on; NOWHERE: none */
	VECTOR(struct datum) edges; /* of one walk, from its end backwards */
	VECTOR(struct cursor) frames;
};

static uint32_t other_end(const struct heap *heap, uint32_t edge, uint32_t source, uint32_t place)
{
	return source == place ? heap->targets[edge] : source;
}

/* --- the search --------------------------------------------------------------------------------------------------- */

static struct error *prepare(struct shortest *shortest)
{
	uint32_t **arrays[] = {&shortest->distance, &shortest->edge, &shortest->source, &shortest->queue};
	for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
		if (*arrays[i] == NULL)
			TRY(walker_array(&shortest->walker, arrays[i]));
	return NULL;
}

static void put(struct shortest *shortest, uint32_t place, uint32_t distance)
{
	shortest->distance[place] = distance;
	shortest->queue[shortest->tail++] = place;
}

static void search_begin(struct shortest *shortest)
{
	const struct heap *heap = shortest->walker.operator.evaluation.heap;
	for (uint32_t i = 0; i < shortest->tail; i++)
		shortest->distance[shortest->queue[i]] = NOWHERE;
	shortest->head = shortest->tail = 0;
	shortest->cycle = NOWHERE;
	shortest->whole = false;
	shortest->cursor = (struct cursor){0};
	if (shortest->from_roots)
		for (uint32_t r = heap->nodes; r < heap->places; r++)
			put(shortest, r, 0);
	else
		put(shortest, shortest->from, 0);
}

static void meet(struct shortest *shortest, uint32_t place, struct datum edge)
{
	uint32_t distance = shortest->distance[shortest->cursor.place] + 1;
	if (shortest->distance[place] == NOWHERE) {
		shortest->edge[place] = edge.edge;
		shortest->source[place] = edge.source;
		put(shortest, place, distance);
	} else if (place == shortest->from && !shortest->from_roots && shortest->cycle == NOWHERE) {
		shortest->cycle = distance;
		shortest->cycle_edge = edge.edge;
		shortest->cycle_source = edge.source;
	}
}

static bool is_new(const struct shortest *shortest, uint32_t place)
{
	return shortest->distance[place] == NOWHERE ||
	       (place == shortest->from && !shortest->from_roots && shortest->cycle == NOWHERE);
}

/* Searches on, until `place` is met (NOWHERE: until all is). The walk back to `from` counts as meeting it. */
static struct error *search(struct shortest *shortest, uint32_t place)
{
	struct walker *walker = &shortest->walker;
	const struct expansion *expansion = &walker->expansion;
	const struct heap *heap = walker->operator.evaluation.heap;
	while (!shortest->whole) {
		struct datum edge;
		uint32_t other;
		bool fits;
		if (place != NOWHERE && !is_new(shortest, place))
			return NULL;
		if (cursor_next(&shortest->cursor, heap, expansion->out, &edge, &other)) {
			walker->looked_at++;
			if (!is_new(shortest, other))
				continue;
			TRY(walker_fits(walker, edge, &fits));
			if (fits)
				meet(shortest, other, edge);
			continue;
		}
		shortest->whole = shortest->head >= shortest->tail;
		if (shortest->whole)
			return NULL;
		uint32_t next = shortest->queue[shortest->head++];
		/* No walk goes through a root, though one may begin there, and none is longer than asked. */
		if ((!heap_is_root(heap, next) || shortest->distance[next] == 0) &&
		    shortest->distance[next] < expansion->edge->most)
			cursor_begin(&shortest->cursor, heap, next, expansion->out, expansion->in);
	}
	return NULL;
}

/* --- one walk ----------------------------------------------------------------------------------------------------- */

/* Does a walk that ends here go round: from `from` back to it? */
static bool goes_round(const struct shortest *shortest, uint32_t end)
{
	return !shortest->from_roots && end == shortest->from && shortest->walker.expansion.edge->least > 0;
}

/* The edges by which the search met `end`, the last one first; *start: where it begins. */
static struct error *trace_back(struct shortest *shortest, uint32_t end, uint32_t *start)
{
	const struct heap *heap = shortest->walker.operator.evaluation.heap;
	uint32_t place = end;
	shortest->edges.count = 0;
	if (goes_round(shortest, end)) {
		TRY(vector_push(&shortest->edges, datum_edge(shortest->cycle_edge, shortest->cycle_source)));
		place = other_end(heap, shortest->cycle_edge, shortest->cycle_source, place);
	}
	while (shortest->distance[place] != 0) {
		TRY(vector_push(&shortest->edges, datum_edge(shortest->edge[place], shortest->source[place])));
		place = other_end(heap, shortest->edge[place], shortest->source[place], place);
	}
	*start = place;
	return NULL;
}

static struct error *emit(struct shortest *shortest, uint32_t start, uint32_t end, bool *holds)
{
	struct walker *walker = &shortest->walker;
	if (shortest->from_roots)
		walker->operator.evaluation.row[walker->expansion.from] = datum_node(start);
	return walker_emit(walker, shortest->edges.items, (uint32_t)shortest->edges.count, true, end, holds);
}

/* --- all walks ---------------------------------------------------------------------------------------------------- */

static uint32_t walk_length(const struct shortest *shortest, uint32_t end)
{
	return goes_round(shortest, end) ? shortest->cycle : shortest->distance[end];
}

/* Begins at the end, against the direction of the pattern. */
static struct error *backwards_begin(struct shortest *shortest, uint32_t end)
{
	const struct expansion *expansion = &shortest->walker.expansion;
	struct cursor cursor;
	cursor_begin(&cursor, shortest->walker.operator.evaluation.heap, end, expansion->in, expansion->out);
	shortest->edges.count = shortest->frames.count = 0;
	return vector_push(&shortest->frames, cursor);
}

/* The next walk to the end; *found: false where there is no other. */
static struct error *backwards_next(struct shortest *shortest, uint32_t end, uint32_t *start, bool *found)
{
	struct walker *walker = &shortest->walker;
	const struct heap *heap = walker->operator.evaluation.heap;
	const struct expansion *expansion = &walker->expansion;
	uint32_t length = walk_length(shortest, end);
	*found = false;
	while (shortest->frames.count > 0) {
		struct cursor *top = &shortest->frames.items[shortest->frames.count - 1], next;
		struct datum edge;
		uint32_t other;
		bool fits = false;
		/* As many edges are walked as there are frames above the first. */
		shortest->edges.count = shortest->frames.count - 1;
		if (shortest->edges.count >= length || !cursor_next(top, heap, expansion->in, &edge, &other)) {
			shortest->frames.count--;
			continue;
		}
		/* As in the search, no walk goes through a root. */
		uint32_t distance = shortest->distance[other];
		if (distance == length - shortest->edges.count - 1 && (distance == 0 || !heap_is_root(heap, other)))
			TRY(walker_fits(walker, edge, &fits));
		if (!fits)
			continue;
		TRY(vector_push(&shortest->edges, edge));
		cursor_begin(&next, heap, other, expansion->in, expansion->out);
		TRY(vector_push(&shortest->frames, next));
		if (shortest->edges.count < length)
			continue;
		*start = other;
		*found = true;
		return NULL;
	}
	return NULL;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static struct error *begin(struct shortest *shortest, bool *there)
{
	const struct expansion *expansion = &shortest->walker.expansion;
	*there = true;
	if (!shortest->from_roots)
		TRY(walker_place(&shortest->walker, expansion->from, &shortest->from, there));
	if (*there && expansion->into)
		TRY(walker_place(&shortest->walker, expansion->to, &shortest->to, there));
	if (!*there)
		return NULL;
	TRY(prepare(shortest));
	if (!shortest->once || !shortest->searched)
		search_begin(shortest);
	shortest->searched = true;
	shortest->emitting = NOWHERE;
	shortest->fresh = true;
	shortest->ended = 0;
	return NULL;
}

/* The next end that was met; *found: false where there is no other. */
static struct error *next_end(struct shortest *shortest, uint32_t *end, bool *found)
{
	const struct expansion *expansion = &shortest->walker.expansion;
	if (expansion->into) {
		*found = shortest->fresh;
		shortest->fresh = false;
		*end = shortest->to;
		if (!*found)
			return NULL;
		TRY(search(shortest, shortest->all || goes_round(shortest, *end) ? NOWHERE : *end));
		*found = goes_round(shortest, *end) ? shortest->cycle != NOWHERE : shortest->distance[*end] != NOWHERE;
		return NULL;
	}
	/* All that can be met is, before the first is handed on: the walk round may be met late. */
	TRY(search(shortest, NOWHERE));
	do {
		*found = shortest->ended < shortest->tail;
		if (!*found)
			return NULL;
		*end = shortest->queue[shortest->ended++];
	} while (goes_round(shortest, *end) && shortest->cycle == NOWHERE);
	return NULL;
}

static struct error *next_walk(struct shortest *shortest, uint32_t *start, uint32_t *end, bool *found)
{
	const struct walker *walker = &shortest->walker;
	for (;;) {
		if (shortest->emitting != NOWHERE) {
			*end = shortest->emitting;
			TRY(backwards_next(shortest, *end, start, found));
			if (*found)
				return NULL;
			shortest->emitting = NOWHERE;
		}
		TRY(next_end(shortest, end, found));
		if (!*found)
			return NULL;
		if (!walker_ends(walker, *end, shortest->to))
			continue;
		/* A root is no walk from a root, unless walks of no edges are asked for. */
		if (walk_length(shortest, *end) < walker->expansion.edge->least)
			continue;
		if (!shortest->all || walk_length(shortest, *end) == 0)
			return trace_back(shortest, *end, start);
		TRY(backwards_begin(shortest, *end));
		shortest->emitting = *end;
	}
}

static struct error *shortest_next(struct operator *operator, bool *found)
{
	struct shortest *shortest = (struct shortest *)operator;
	for (;;) {
		uint32_t start = 0, end = 0;
		bool holds;
		if (!shortest->running) {
			TRY(operator_next(operator->input, found));
			if (!*found)
				return NULL;
			TRY(begin(shortest, &shortest->running));
			continue;
		}
		TRY(operator_pause(operator));
		TRY(next_walk(shortest, &start, &end, &shortest->running));
		if (!shortest->running)
			continue;
		TRY(emit(shortest, start, end, &holds));
		/* Backwards the walk goes on from where it was. */
		if (holds)
			return NULL;
	}
}

static void shortest_rewind(struct operator *operator)
{
	((struct shortest *)operator)->running = false;
}

static void shortest_deinit(struct operator *operator)
{
	struct shortest *shortest = (struct shortest *)operator;
	free(shortest->distance);
	free(shortest->edge);
	free(shortest->source);
	free(shortest->queue);
	vector_deinit(&shortest->edges);
	vector_deinit(&shortest->frames);
	limits_give(operator->evaluation.limits, shortest->walker.taken);
}

static const struct operator_kind shortest_kind = {
	.name = "shortest walk", .next = shortest_next, .rewind = shortest_rewind, .deinit = shortest_deinit};
static const struct operator_kind all_kind = {
	.name = "all shortest walks", .next = shortest_next, .rewind = shortest_rewind, .deinit = shortest_deinit};

struct error *shortest_create(struct planner *planner, struct operator *input, const struct expansion *expansion, bool all,
			      bool from_roots, struct expression **each, uint32_t each_count, struct operator **result)
{
	struct shortest *shortest;
	TRY(walker_create(planner, all ? &all_kind : &shortest_kind, sizeof *shortest, input, expansion, each, each_count, all,
			  &shortest));
	shortest->all = all;
	shortest->from_roots = from_roots;
	shortest->once = from_roots && each_count == 0 && expansion->used_count == 0;
	*result = &shortest->walker.operator;
	return NULL;
}
