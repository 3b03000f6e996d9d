/* What do the names in patterns mean?
 *
 * First every node and edge gets its slot, so that a condition may ask of all of the clause; then labels, names of edges
 * and conditions are settled. A node without a variable gets a slot of its own: no part of the engine has to ask.
 */
#include "queries/resolving.h"

#include <string.h>

static struct error *refuse_kind(const struct name *name, const struct variable *variable, const char *wanted)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_escaped(&text, name->text, name->length);
	TRY(text_error(&text));
	return error_create_at(ERROR_USAGE, name->span.at, "%s is %s already, and can't be %s here", text_string(&text),
			       datum_kind_name(variable->known.kind), wanted);
}

/* `closed`: a name that is not known may not be made up here. */
static struct error *refuse_new(struct resolver *resolver, const struct name *name, bool closed)
{
	return closed ? error_prefix(scope_unknown(resolver, name), "a pattern in a condition makes no variables") : NULL;
}

/* `outer`: how many variables there were before the clause. */
static struct error *declare_node(struct resolver *resolver, struct node_pattern *node, size_t outer, bool closed)
{
	struct known known = {.kind = DATUM_NODE};
	node->bound = false;
	if (node->variable.text == NULL) {
		node->slot = resolver->slots++;
		return NULL;
	}
	const struct variable *variable = scope_find(resolver, &node->variable);
	if (variable == NULL) {
		TRY(refuse_new(resolver, &node->variable, closed));
		return scope_declare(resolver, &node->variable, known, &node->slot);
	}
	if (variable->known.kind != DATUM_NODE && variable->known.kind != DATUM_NULL)
		return refuse_kind(&node->variable, variable, "a node");
	node->slot = variable->slot;
	node->bound = (size_t)(variable - resolver->scope.items) < outer;
	return NULL;
}

static struct error *declare_edge(struct resolver *resolver, struct edge_pattern *edge, size_t outer, bool closed)
{
	struct known known = {.kind = edge->variable_length ? DATUM_LIST : DATUM_EDGE};
	edge->bound = false;
	if (edge->variable.text == NULL) {
		edge->slot = resolver->slots++;
		return NULL;
	}
	if (edge->reach)
		return error_create_at(ERROR_USAGE, edge->variable.span.at,
				       "*reach finds distinct ends, not ways to them: it has no variable; * without reach has");
	const struct variable *variable = scope_find(resolver, &edge->variable);
	if (variable == NULL) {
		TRY(refuse_new(resolver, &edge->variable, closed));
		return scope_declare(resolver, &edge->variable, known, &edge->slot);
	}
	bool before = (size_t)(variable - resolver->scope.items) < outer;
	if (!before || edge->variable_length || (variable->known.kind != DATUM_EDGE && variable->known.kind != DATUM_NULL))
		return refuse_kind(&edge->variable, variable, before ? "an edge" : "another edge of the same clause");
	edge->slot = variable->slot;
	edge->bound = true;
	return NULL;
}

static struct error *declare_path(struct resolver *resolver, struct pattern *pattern, bool closed)
{
	pattern->slot = SLOT_NONE;
	if (pattern->variable.text == NULL)
		return NULL;
	const struct variable *variable = scope_find(resolver, &pattern->variable);
	if (variable != NULL)
		return refuse_kind(&pattern->variable, variable, "a path");
	TRY(refuse_new(resolver, &pattern->variable, closed));
	for (uint32_t i = 0; i < pattern->edge_count; i++)
		if (pattern->edges[i].reach)
			return error_create_at(ERROR_USAGE, pattern->edges[i].span.at,
					       "*reach finds distinct ends, not ways to them: it is on no path");
	return scope_declare(resolver, &pattern->variable, (struct known){.kind = DATUM_PATH}, &pattern->slot);
}

static struct error *check_shape(const struct pattern *pattern)
{
	if (pattern->shape == PATTERN_WALK)
		return NULL;
	if (pattern->edge_count == 1 && pattern->edges[0].variable_length && !pattern->edges[0].reach)
		return NULL;
	return error_create_at(ERROR_USAGE, pattern->span.at,
			       "a shortest path has two nodes and one edge of variable length between them: "
			       "shortestPath((a)-[*]->(b))");
}

static struct error *declare(struct resolver *resolver, struct pattern *pattern, size_t outer, bool closed)
{
	TRY(check_shape(pattern));
	for (uint32_t i = 0; i <= pattern->edge_count; i++) {
		TRY(declare_node(resolver, &pattern->nodes[i], outer, closed));
		if (i < pattern->edge_count)
			TRY(declare_edge(resolver, &pattern->edges[i], outer, closed));
	}
	return declare_path(resolver, pattern, closed);
}

static struct error *resolve_map(struct resolver *resolver, struct expression *map, bool edge)
{
	struct known known;
	const char *before = resolver->no_aggregates;
	if (map == NULL)
		return NULL;
	resolver->no_aggregates = "a pattern";
	struct error *error = resolve_expression(resolver, map, &known);
	resolver->no_aggregates = before;
	TRY(error);
	for (uint32_t i = 0; i < map->count; i++) {
		if (property_find(edge, map->names[i].text, map->names[i].length) != NULL)
			continue;
		AUTO(text) struct text text = {0};
		text_init(&text);
		text_add_escaped(&text, map->names[i].text, map->names[i].length);
		TRY(text_error(&text));
		return error_create_at(ERROR_USAGE, map->names[i].span.at, "%s is no property of %s", text_string(&text),
				       edge ? "an edge" : "an object");
	}
	return NULL;
}

/* What the properties of the pattern need. */
static struct error *need_properties(struct resolver *resolver, const struct expression *map, bool edge)
{
	for (uint32_t i = 0; map != NULL && i < map->count; i++) {
		const struct property *property = property_find(edge, map->names[i].text, map->names[i].length);
		if (property != NULL)
			TRY(heap_need(resolver->heap, property->parts));
	}
	return NULL;
}

static struct error *settle_node(struct resolver *resolver, struct node_pattern *node)
{
	for (uint32_t i = 0; i < node->label_count; i++)
		TRY(resolve_label(resolver, &node->labels[i]));
	TRY(resolve_map(resolver, node->properties, false));
	TRY(need_properties(resolver, node->properties, false));
	return node->where == NULL ? NULL : resolve_condition(resolver, node->where, "a pattern");
}

static struct error *settle_edge(struct resolver *resolver, struct edge_pattern *edge)
{
	if (edge->name_count > 0) {
		TRY(heap_need(resolver->heap, HEAP_NAMES));
		TRY(heap_edge_names(resolver->heap, resolver->arena, edge));
	}
	TRY(resolve_map(resolver, edge->properties, true));
	TRY(need_properties(resolver, edge->properties, true));
	return edge->where == NULL ? NULL : resolve_condition(resolver, edge->where, "a pattern");
}

struct error *resolve_patterns(struct resolver *resolver, struct pattern *patterns, uint32_t count, bool closed)
{
	size_t outer = resolver->scope.count;
	for (uint32_t i = 0; i < count; i++)
		TRY(declare(resolver, &patterns[i], outer, closed));
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t n = 0; n <= patterns[i].edge_count; n++) {
			TRY(settle_node(resolver, &patterns[i].nodes[n]));
			if (n < patterns[i].edge_count)
				TRY(settle_edge(resolver, &patterns[i].edges[n]));
		}
	return NULL;
}
