/* What is the path that a pattern matched: p = (a)-[e]->(b)?
 */
#include "queries/steps.h"

struct trace {
	struct operator operator;
	const struct pattern *pattern;
};

/* How many edges the row's values of the pattern have. */
static uint32_t count_edges(const struct trace *trace)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < trace->pattern->edge_count; i++) {
		struct datum edge = trace->operator.evaluation.row[trace->pattern->edges[i].slot];
		count += edge.kind == DATUM_LIST ? edge.list->count : edge.kind == DATUM_EDGE;
	}
	return count;
}

struct path_builder {
	uint32_t *places, *edges, *sources;
	uint32_t length;
};

static void add_edge(const struct heap *heap, struct path_builder *builder, struct datum edge)
{
	uint32_t here = builder->places[builder->length];
	builder->edges[builder->length] = edge.edge;
	builder->sources[builder->length] = edge.source;
	builder->length++;
	builder->places[builder->length] = edge.source == here ? heap->targets[edge.edge] : edge.source;
}

static struct error *build(struct trace *trace, struct datum *result)
{
	struct operator *operator = &trace->operator;
	const struct datum *row = operator->evaluation.row;
	uint32_t count = count_edges(trace);
	struct datum_path *path = arena_alloc(&operator->arena, sizeof *path);
	struct path_builder builder = {.places = arena_alloc(&operator->arena, (count + (size_t)1) * 4),
				       .edges = arena_alloc(&operator->arena, (size_t)count * 4),
				       .sources = arena_alloc(&operator->arena, (size_t)count * 4)};
	if (path == NULL || builder.places == NULL || builder.edges == NULL || builder.sources == NULL)
		return error_memory();
	builder.places[0] = row[trace->pattern->nodes[0].slot].place;
	for (uint32_t i = 0; i < trace->pattern->edge_count; i++) {
		struct datum edge = row[trace->pattern->edges[i].slot];
		if (edge.kind == DATUM_EDGE)
			add_edge(operator->evaluation.heap, &builder, edge);
		for (uint32_t e = 0; edge.kind == DATUM_LIST && e < edge.list->count; e++)
			add_edge(operator->evaluation.heap, &builder, edge.list->items[e]);
	}
	*path = (struct datum_path){
		.length = count, .places = builder.places, .edges = builder.edges, .sources = builder.sources};
	*result = (struct datum){.kind = DATUM_PATH, .path = path};
	return NULL;
}

static struct error *trace_next(struct operator *operator, bool *found)
{
	struct trace *trace = (struct trace *)operator;
	bool holds = false;
	while (!holds) {
		TRY(operator_next(operator->input, found));
		if (!*found)
			return NULL;
		arena_reset(&operator->arena);
		TRY(build(trace, &operator->evaluation.row[trace->pattern->slot]));
		TRY(operator_accepts(operator, true, &holds));
	}
	return NULL;
}

static const struct operator_kind trace_kind = {.name = "path", .next = trace_next};

struct error *trace_create(struct planner *planner, struct operator *input, const struct pattern *pattern,
			   struct operator **result)
{
	struct trace *trace;
	TRY(operator_create(planner, &trace_kind, sizeof *trace, input, &trace));
	trace->pattern = pattern;
	*result = &trace->operator;
	return NULL;
}
