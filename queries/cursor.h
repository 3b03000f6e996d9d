/* Cursor: the edges that go on from a place, one after the other, as a pattern wants them.
 *
 * Roots are ends of walks at most: none is walked through.
 */
#ifndef QUERIES_CURSOR_H
#define QUERIES_CURSOR_H

#include "queries/steps.h"

struct cursor {
	uint32_t place;
	uint32_t out_at, out_end; /* edges */
	uint32_t in_at, in_end;   /* in heap->sources */
};

static inline void cursor_begin(struct cursor *cursor, const struct heap *heap, uint32_t place, bool out, bool in)
{
	*cursor = (struct cursor){.place = place};
	if (out) {
		cursor->out_at = heap->offsets[place];
		cursor->out_end = heap->offsets[place + 1];
	}
	if (in && !heap_is_root(heap, place)) {
		cursor->in_at = heap->in_offsets[place];
		cursor->in_end = heap->in_offsets[place + 1];
	}
}

/* The next edge and the place at its other end; false at the end. */
static inline bool cursor_next(struct cursor *cursor, const struct heap *heap, bool out, struct datum *edge, uint32_t *other)
{
	if (cursor->out_at < cursor->out_end) {
		*edge = datum_edge(cursor->out_at, cursor->place);
		*other = heap->targets[cursor->out_at++];
		return true;
	}
	while (cursor->in_at < cursor->in_end) {
		uint32_t at = cursor->in_at++;
		/* Without a direction, an edge from an object to itself was met on its way out. */
		if (out && heap->sources[at] == cursor->place)
			continue;
		*other = heap->sources[at];
		*edge = datum_edge(heap->in_edges[at], *other);
		return true;
	}
	return false;
}

/* What all walks share: an operator's second beginning. */
struct walker {
	struct operator operator;
	struct expansion expansion;
	struct expression **each; /* conditions on each edge, which is in the pattern's slot meanwhile */
	uint32_t each_count;
	uint32_t looked_at; /* edges, not yet counted by the limits */
	uint64_t taken;     /* bytes, from the limits */
};

struct error *walker_create(struct planner *planner, const struct operator_kind *kind, size_t size, struct operator *input,
			    const struct expansion *expansion, struct expression **each, uint32_t each_count, bool both_ways,
			    void *result) CHECKED;
/* The place in the slot; *there: false where it is null. */
struct error *walker_place(const struct walker *walker, uint32_t slot, uint32_t *place, bool *there) CHECKED;
/* Is the edge one of the pattern's, and no other pattern's of the clause? */
struct error *walker_fits(struct walker *walker, struct datum edge, bool *fits) CHECKED;
/* Can a walk end there? `to` with `into`. */
static inline bool walker_ends(const struct walker *walker, uint32_t place, uint32_t to)
{
	return walker->expansion.into ? place == to
				      : places_wanted_has(&walker->expansion.wanted, walker->operator.evaluation.heap, place);
}
/* Writes the edges, in the pattern's order, and the end, and asks the conditions. The `count` edges begin at `from`; with
 * `backwards` at `end`. */
struct error *walker_emit(struct walker *walker, const struct datum *edges, uint32_t count, bool backwards, uint32_t end,
			  bool *holds) CHECKED;
/* An array of a number a place, charged. */
struct error *walker_array(struct walker *walker, uint32_t **result) CHECKED;

#endif
