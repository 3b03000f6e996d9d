/* Which edges does a pattern leave out?
 *
 * Names are in the file alone, so its edges are gone through once, owner by owner, beside the graph's: where that kept only
 * edges that hold, they are a part of the file's, in the same order. A step with a name of the program is matched once for
 * each name, others each time. What is written for a dict's value is in its key, which may lie anywhere: these steps
 * are kept, and matched in the order of the keys, so that each chunk of objects is read once.
 */
#include "analyzer/exclusion.h"

#include "analyzer/memory.h"
#include "analyzer/path.h"

#include <stdlib.h>
#include <string.h>

enum {
	KNOWN_NOT, /* not matched yet */
	KNOWN_FREE,
	KNOWN_EXCLUDED
};

/* Names with a string that read differently: `.x` and `['x']`. */
enum {
	FORM_ATTRIBUTE,
	FORM_KEY,
	FORM_CLOSURE,
	FORM_FIELD,
	FORM_COUNT
};

static int form_of(enum edge_name name)
{
	switch (name) {
	case NAME_ATTRIBUTE:
	case NAME_LOCAL:
		return FORM_ATTRIBUTE;
	case NAME_NAMED_KEY:
		return FORM_KEY;
	case NAME_CLOSURE:
		return FORM_CLOSURE;
	case NAME_FIELD:
		return FORM_FIELD;
	default:
		return FORM_COUNT;
	}
}

static struct error *is_excluded(struct exclusion *exclusion, const struct known_edge *edge, bool *excluded)
{
	int form = form_of(edge->record.name);
	uint8_t *known = NULL;
	if (form != FORM_COUNT) {
		known = &exclusion->known[edge->record.payload * FORM_COUNT + (unsigned)form];
		*excluded = *known == KNOWN_EXCLUDED;
		if (*known != KNOWN_NOT)
			return NULL;
	}
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(edge_names_print(exclusion->names, edge, &text));
	TRY(text_error(&text));
	TRY(match_run(exclusion->match, text_string(&text), text.length, excluded));
	if (known != NULL)
		*known = *excluded ? KNOWN_EXCLUDED : KNOWN_FREE;
	return NULL;
}

struct error *exclusion_test(void *context, const struct known_edge *edge, bool *taken)
{
	bool excluded;
	TRY(is_excluded(context, edge, &excluded));
	*taken = !excluded;
	return NULL;
}

struct keyed_edge { /* a dict's value */
	struct known_edge edge;
	uint32_t number; /* of the graph's edges */
};

struct going {
	struct exclusion *exclusion;
	const struct graph *graph;
	VECTOR(struct keyed_edge) keyed;
};

static void going_deinit(struct going *going)
{
	vector_deinit(&going->keyed);
}
DEFINE_AUTO_VALUE(going, struct going, going_deinit);

static int compare_keys(const void *a, const void *b)
{
	const struct keyed_edge *left = a, *right = b;
	return left->edge.key < right->edge.key ? -1 : left->edge.key > right->edge.key;
}

static void leave_out(struct exclusion *exclusion, uint32_t edge)
{
	exclusion->edges[edge / 8] |= (uint8_t)(1u << edge % 8);
}

/* An edge of the file is the graph's next one, unless holding_keep has left it out. */
static bool is_next(const struct graph *graph, uint32_t next, uint32_t end, const struct known_edge *edge)
{
	return next < end && graph->targets[next] == edge->record.target &&
	       edge_kind_class(graph->edge_kinds[next]) == edge->record.class;
}

static struct error *match_edge(struct going *going, const struct known_edge *edge, uint32_t number)
{
	bool excluded;
	if (edge->key != NO_ID)
		return vector_push(&going->keyed, (struct keyed_edge){*edge, number});
	TRY(is_excluded(going->exclusion, edge, &excluded));
	if (excluded)
		leave_out(going->exclusion, number);
	return NULL;
}

static struct error *match_keyed(struct going *going)
{
	bool excluded;
	if (going->keyed.count > 0)
		qsort(going->keyed.items, going->keyed.count, sizeof *going->keyed.items, compare_keys);
	for (size_t i = 0; i < going->keyed.count; i++) {
		TRY(is_excluded(going->exclusion, &going->keyed.items[i].edge, &excluded));
		if (excluded)
			leave_out(going->exclusion, going->keyed.items[i].number);
	}
	going->keyed.count = 0;
	return NULL;
}

#define KEYED_MOST (1u << 22) /* that wait at a time: 192 MiB */

static struct error *go_through(struct going *going, node_id owner)
{
	struct exclusion *exclusion = going->exclusion;
	const struct graph *graph = going->graph;
	uint32_t next = graph->offsets[owner], end = graph->offsets[owner + 1];
	struct edge_walk walk;
	struct known_edge edge;
	bool found = next < end;
	if (!found)
		return NULL;
	TRY(edge_lookup_walk(&exclusion->names->lookup, owner, &walk));
	while (next < end && found) {
		TRY(edge_lookup_next(&exclusion->names->lookup, &walk, &edge, &found));
		if (!found || !is_next(graph, next, end, &edge))
			continue;
		TRY(match_edge(going, &edge, next));
		next++;
	}
	return going->keyed.count < KEYED_MOST ? NULL : match_keyed(going);
}

static struct error *go_through_root(struct exclusion *exclusion, const struct graph *graph, root_id root)
{
	uint32_t place = graph->nodes + root;
	AUTO(text) struct text text = {0};
	text_init(&text);
	path_print_root(graph, root, &text);
	TRY(text_error(&text));
	TRY(match_run(exclusion->match, text_string(&text), text.length, &exclusion->roots[root]));
	if (!(graph->columns & GRAPH_HOLDING))
		return NULL;
	const struct edge_record *edges = reader_root_edges(graph->reader);
	const uint64_t *offsets = reader_root_offsets(graph->reader);
	uint32_t next = graph->offsets[place], end = graph->offsets[place + 1];
	for (uint64_t e = offsets[root]; e < offsets[root + 1] && next < end; e++) {
		struct known_edge edge = {.record = edges[e], .key = NO_ID};
		bool excluded;
		if (!is_next(graph, next, end, &edge))
			continue;
		TRY(is_excluded(exclusion, &edge, &excluded));
		if (excluded)
			leave_out(exclusion, next);
		next++;
	}
	return NULL;
}

static struct error *close_types(struct exclusion *exclusion, const struct type_names *types)
{
	const struct type_facts *facts = &types->facts[0];
	AUTO(free) void *memory = calloc((size_t)types->count + 1, sizeof(bool));
	bool *labels = memory;
	if (labels == NULL)
		return error_memory();
	for (label_id l = 0; l < types->count; l++)
		TRY(match_run(exclusion->match, types->labels[l].name, types->labels[l].length, &labels[l]));
	for (type_id t = 0; t < facts->count; t++)
		exclusion->types[t] = labels[facts->label[t]];
	return NULL;
}

struct error *exclusion_create(const char *pattern, const struct graph *graph, const struct type_names *types,
			       struct edge_names *names, struct exclusion *result)
{
	AUTO(exclusion) struct exclusion exclusion = {.names = names};
	struct snapshot_counts counts = reader_counts(graph->reader);
	TRY(match_create(pattern, MATCH_SEARCH, &exclusion.match));
	exclusion.known = memory_large((size_t)counts.strings + 1, FORM_COUNT);
	exclusion.types = calloc((size_t)counts.types + 1, sizeof(bool));
	exclusion.roots = calloc((size_t)counts.roots + 1, sizeof(bool));
	exclusion.edges = calloc((size_t)graph->edges / 8 + 1, 1);
	if (!exclusion.known || !exclusion.types || !exclusion.roots || !exclusion.edges)
		return error_memory();
	memset(exclusion.known, KNOWN_NOT, ((size_t)counts.strings + 1) * FORM_COUNT);
	TRY(close_types(&exclusion, types));
	AUTO(going) struct going going = {.exclusion = &exclusion, .graph = graph};
	for (node_id i = 0; i < graph->nodes; i++)
		TRY(go_through(&going, i));
	TRY(match_keyed(&going));
	for (uint64_t r = 0; r < counts.roots; r++)
		TRY(go_through_root(&exclusion, graph, (root_id)r));
	*result = exclusion;
	exclusion = (struct exclusion){0};
	return NULL;
}

void exclusion_deinit(struct exclusion *exclusion)
{
	match_destroy(exclusion->match);
	free(exclusion->known);
	free(exclusion->types);
	free(exclusion->roots);
	free(exclusion->edges);
	*exclusion = (struct exclusion){0};
}
