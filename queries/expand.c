/* Which edges go on from a place that is known?
 *
 * A loop over the place's edges out, in, or both; the type of the other end is looked up first, as it leaves out the most.
 * Between two ends that are known, over the edges of the one with fewer. O(edges of the place).
 */
#include "queries/steps.h"

struct expand {
	struct operator operator;
	struct expansion expansion;
	bool running; /* the input's row is there */
	bool far;     /* into: the loop is over the edges of `to` */
	uint32_t from, to; /* places; `to` with `into` */
	uint32_t out_at, out_end; /* edges */
	uint32_t in_at, in_end;   /* in heap->sources */
};

static struct error *place_of(const struct expansion *expansion, struct datum value, uint32_t *place, bool *there)
{
	*there = value.kind == DATUM_NODE;
	if (*there)
		*place = value.place;
	else if (value.kind != DATUM_NULL)
		return error_create_at(ERROR_USAGE, expansion->edge->span.at, "a pattern begins and ends with nodes, not with %s",
				       datum_kind_name(value.kind));
	return NULL;
}

static uint32_t degree_out(const struct heap *heap, uint32_t place)
{
	return heap->offsets[place + 1] - heap->offsets[place];
}

static uint32_t degree_in(const struct heap *heap, uint32_t place)
{
	return heap_is_root(heap, place) ? 0 : heap->in_offsets[place + 1] - heap->in_offsets[place];
}

static uint32_t degree(const struct heap *heap, uint32_t place, bool out, bool in)
{
	return (out ? degree_out(heap, place) : 0) + (in ? degree_in(heap, place) : 0);
}

/* Sets the loops for the edges of the place. */
static void begin_place(struct expand *expand, const struct heap *heap, uint32_t place, bool out, bool in)
{
	expand->out_at = expand->out_end = expand->in_at = expand->in_end = 0;
	if (out) {
		expand->out_at = heap->offsets[place];
		expand->out_end = heap->offsets[place + 1];
	}
	if (in && !heap_is_root(heap, place)) {
		expand->in_at = heap->in_offsets[place];
		expand->in_end = heap->in_offsets[place + 1];
	}
}

static struct error *begin(struct expand *expand, bool *there)
{
	const struct heap *heap = expand->operator.evaluation.heap;
	const struct datum *row = expand->operator.evaluation.row;
	const struct expansion *expansion = &expand->expansion;
	TRY(place_of(expansion, row[expansion->from], &expand->from, there));
	expand->far = false;
	if (*there && expansion->into) {
		TRY(place_of(expansion, row[expansion->to], &expand->to, there));
		expand->far = *there && degree(heap, expand->to, expansion->in, expansion->out) <
						degree(heap, expand->from, expansion->out, expansion->in);
	}
	if (!*there)
		return NULL;
	/* From the far end the directions are the other way round. */
	if (expand->far)
		begin_place(expand, heap, expand->to, expansion->in, expansion->out);
	else
		begin_place(expand, heap, expand->from, expansion->out, expansion->in);
	return NULL;
}

static bool is_used(const struct datum *row, const struct expansion *expansion, uint32_t edge)
{
	for (uint32_t i = 0; i < expansion->used_count; i++) {
		struct datum used = row[expansion->used[i]];
		if (used.kind == DATUM_EDGE && used.edge == edge)
			return true;
		for (uint32_t e = 0; used.kind == DATUM_LIST && e < used.list->count; e++)
			if (used.list->items[e].edge == edge)
				return true;
	}
	return false;
}

/* The edge has the pattern's name, and was not met before. */
static bool edge_fits(const struct expand *expand, uint32_t edge)
{
	const struct edge_pattern *pattern = expand->expansion.edge;
	if (pattern->set != NULL && !edge_names_has(expand->operator.evaluation.heap, pattern->set, edge))
		return false;
	return expand->expansion.used_count == 0 ||
	       !is_used(expand->operator.evaluation.row, &expand->expansion, edge);
}

static bool other_fits(const struct expand *expand, const struct heap *heap, uint32_t other)
{
	if (expand->expansion.into)
		return other == (expand->far ? expand->from : expand->to);
	return places_wanted_has(&expand->expansion.wanted, heap, other);
}

/* The next edge that fits; *edge and its *source, and the *other end. */
static bool next_out(struct expand *expand, const struct heap *heap, uint32_t *edge, uint32_t *other)
{
	const uint8_t *types = expand->expansion.into ? NULL : expand->expansion.wanted.types;
	uint32_t at = expand->out_at, end = expand->out_end;
	bool found = false;
	for (; at < end && !found; at++) {
		uint32_t target = heap->targets[at];
		/* Every target is an object. */
		if (types != NULL ? !types[heap->type[target]] : !other_fits(expand, heap, target))
			continue;
		found = edge_fits(expand, at);
		*edge = at;
		*other = target;
	}
	expand->out_at = at;
	return found;
}

static bool next_in(struct expand *expand, const struct heap *heap, uint32_t *edge, uint32_t *other)
{
	/* Without a direction, an edge from an object to itself was met on its way out. */
	bool both = expand->expansion.out && expand->expansion.in;
	uint32_t here = expand->far ? expand->to : expand->from;
	uint32_t at = expand->in_at, end = expand->in_end;
	bool found = false;
	for (; at < end && !found; at++) {
		uint32_t source = heap->sources[at];
		if ((both && source == here) || !other_fits(expand, heap, source))
			continue;
		found = edge_fits(expand, heap->in_edges[at]);
		*edge = heap->in_edges[at];
		*other = source;
	}
	expand->in_at = at;
	return found;
}

static bool next_edge(struct expand *expand, const struct heap *heap, struct datum *edge, uint32_t *other)
{
	uint32_t number, here = expand->far ? expand->to : expand->from;
	if (next_out(expand, heap, &number, other))
		*edge = datum_edge(number, here);
	else if (next_in(expand, heap, &number, other))
		*edge = datum_edge(number, *other);
	else
		return false;
	return true;
}

static struct error *expand_next(struct operator *operator, bool *found)
{
	struct expand *expand = (struct expand *)operator;
	const struct heap *heap = operator->evaluation.heap;
	struct datum *row = operator->evaluation.row;
	for (;;) {
		struct datum edge;
		uint32_t other;
		bool holds;
		if (!expand->running) {
			TRY(operator_pause(operator));
			TRY(operator_next(operator->input, found));
			if (!*found)
				return NULL;
			TRY(begin(expand, &expand->running));
			continue;
		}
		expand->running = next_edge(expand, heap, &edge, &other);
		if (!expand->running)
			continue;
		row[expand->expansion.edge->slot] = edge;
		if (!expand->expansion.into)
			row[expand->expansion.to] = datum_node(other);
		TRY(operator_pause(operator));
		TRY(operator_accepts(operator, false, &holds));
		if (holds)
			return NULL;
	}
}

/* Every edge out of the place fits, but for those that were met before: are there no more conditions? */
static bool all_fit(const struct expand *expand)
{
	const struct expansion *expansion = &expand->expansion;
	bool all = !expansion->into && !expansion->in && expansion->wanted.types == TYPES_ALL && expansion->wanted.objects &&
		   expansion->edge->set == NULL;
	for (uint32_t i = 0; i < expansion->used_count && all; i++)
		all = expand->operator.evaluation.row[expansion->used[i]].kind == DATUM_EDGE;
	return all;
}

/* The edges that were met before are distinct: each is counted off once. */
static uint32_t count_out(const struct expand *expand)
{
	const struct expansion *expansion = &expand->expansion;
	uint32_t count = expand->out_end - expand->out_at;
	for (uint32_t i = 0; i < expansion->used_count; i++) {
		uint32_t edge = expand->operator.evaluation.row[expansion->used[i]].edge;
		count -= edge >= expand->out_at && edge < expand->out_end;
	}
	return count;
}

/* Edges that are only counted need no row; how many there are is often known without a look at each. */
static struct error *expand_count(struct operator *operator, uint64_t *rows, bool *known)
{
	struct expand *expand = (struct expand *)operator;
	const struct heap *heap = operator->evaluation.heap;
	bool found = true;
	*known = operator->condition_count == 0 && !expand->running;
	while (*known && found) {
		struct datum edge;
		uint32_t other;
		TRY(operator_pause(operator));
		TRY(operator_next(operator->input, &found));
		if (!found)
			break;
		TRY(begin(expand, &found));
		if (found && all_fit(expand)) {
			*rows += count_out(expand);
			continue;
		}
		while (found && next_edge(expand, heap, &edge, &other))
			++*rows;
		found = true;
	}
	return NULL;
}

static void expand_rewind(struct operator *operator)
{
	((struct expand *)operator)->running = false;
}

static const struct operator_kind expand_kind = {
	.name = "expand", .next = expand_next, .rewind = expand_rewind, .count = expand_count};
static const struct operator_kind into_kind = {
	.name = "expand into", .next = expand_next, .rewind = expand_rewind, .count = expand_count};

struct error *expand_create(struct planner *planner, struct operator *input, const struct expansion *expansion,
			    struct operator **result)
{
	struct expand *expand;
	struct heap *heap = planner->evaluation.heap;
	TRY(operator_create(planner, expansion->into ? &into_kind : &expand_kind, sizeof *expand, input, &expand));
	expand->expansion = *expansion;
	/* Between two ends either may be the cheaper one. */
	TRY(heap_need(heap, HEAP_OUT | HEAP_TYPE | (expansion->in || expansion->into ? HEAP_IN : 0)));
	*result = &expand->operator;
	return NULL;
}

/* --- of an edge that is known ------------------------------------------------------------------------------------- */

struct ends {
	struct operator operator;
	struct expansion expansion;
	bool from_bound;
	struct places_wanted from_wanted;
	bool running;
	unsigned tried; /* directions */
};

static bool end_fits(const struct ends *ends, bool bound, uint32_t slot, const struct places_wanted *wanted, uint32_t place)
{
	struct datum *row = ends->operator.evaluation.row;
	if (bound)
		return row[slot].kind == DATUM_NODE && row[slot].place == place;
	if (!places_wanted_has(wanted, ends->operator.evaluation.heap, place))
		return false;
	row[slot] = datum_node(place);
	return true;
}

/* The pattern's left end, or the end that it is matched from, is the edge's source (or its target). */
static bool ends_fit(struct ends *ends, bool out)
{
	const struct expansion *expansion = &ends->expansion;
	const struct heap *heap = ends->operator.evaluation.heap;
	struct datum edge = ends->operator.evaluation.row[expansion->edge->slot];
	if (!(out ? expansion->out : expansion->in) || edge.kind != DATUM_EDGE)
		return false;
	uint32_t target = heap->targets[edge.edge];
	if (!out && expansion->out && edge.source == target)
		return false; /* met already */
	if (is_used(ends->operator.evaluation.row, expansion, edge.edge))
		return false;
	if (expansion->edge->set != NULL && !edge_names_has(heap, expansion->edge->set, edge.edge))
		return false;
	if (!end_fits(ends, ends->from_bound, expansion->from, &ends->from_wanted, out ? edge.source : target))
		return false;
	/* Both ends may be one node, which has a value by now. */
	bool to_bound = expansion->into || expansion->to == expansion->from;
	return end_fits(ends, to_bound, expansion->to, &expansion->wanted, out ? target : edge.source);
}

static struct error *ends_next(struct operator *operator, bool *found)
{
	struct ends *ends = (struct ends *)operator;
	for (;;) {
		bool holds;
		if (!ends->running) {
			TRY(operator_next(operator->input, found));
			if (!*found)
				return NULL;
			ends->running = true;
			ends->tried = 0;
		}
		if (ends->tried == 2) {
			ends->running = false;
			continue;
		}
		if (!ends_fit(ends, ends->tried++ == 0))
			continue;
		TRY(operator_accepts(operator, false, &holds));
		if (holds)
			return NULL;
	}
}

static void ends_rewind(struct operator *operator)
{
	((struct ends *)operator)->running = false;
}

static const struct operator_kind ends_kind = {.name = "ends of an edge", .next = ends_next, .rewind = ends_rewind};

struct error *ends_create(struct planner *planner, struct operator *input, const struct expansion *expansion, bool from_bound,
			  const struct places_wanted *from_wanted, struct operator **result)
{
	struct ends *ends;
	TRY(operator_create(planner, &ends_kind, sizeof *ends, input, &ends));
	ends->expansion = *expansion;
	ends->from_bound = from_bound;
	ends->from_wanted = *from_wanted;
	TRY(heap_need(planner->evaluation.heap, HEAP_OUT | HEAP_TYPE));
	ends->operator.estimate = input->estimate;
	*result = &ends->operator;
	return NULL;
}
