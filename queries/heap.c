/* How do the columns that a query names come into memory, and no others?
 *
 * What one pass over the file gives is loaded in one (analyzer/load.h), and its arrays are taken over. Edges in are a counting
 * sort of the edges out, which keeps their numbers: O(nodes + edges). What takes a graph of its own (dominators, a join) is
 * found by the analyzer on one that goes as soon as the answer is an array.
 */
#include "queries/heap_more.h"

#include "analyzer/load.h"
#include "analyzer/memory.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

struct error *heap_create(struct reader *reader, const struct type_names *names, unsigned index, struct heap *other,
			  const struct progress *progress, struct heap **result)
{
	AUTO(heap) struct heap *heap = calloc(1, sizeof *heap);
	if (heap == NULL)
		return error_memory();
	heap->more = calloc(1, sizeof *heap->more);
	if (heap->more == NULL)
		return error_memory();
	struct heap_more *more = heap->more;
	struct snapshot_counts counts = reader_counts(reader);
	heap->reader = reader;
	heap->other = other;
	if (other != NULL)
		other->later = heap;
	heap->names = names;
	heap->facts = &names->facts[index];
	heap->progress = progress;
	heap->nodes = (uint32_t)counts.nodes;
	heap->roots = (uint32_t)counts.roots;
	heap->places = heap->nodes + heap->roots;
	heap->edges = (uint32_t)(counts.edges < UINT32_MAX ? counts.edges : UINT32_MAX);
	more->index = index;
	more->own_names = *names;
	more->own_names.facts = &names->facts[index];
	more->values_chunk = NO_ID;
	edge_names_init(&more->edges, reader);
	arena_init(&more->arena);
	TRY(object_lookup_init(&more->objects, reader, &more->own_names));
	*result = steal(&heap);
	return NULL;
}

static void more_destroy(struct heap_more *more)
{
	if (more == NULL)
		return;
	object_lookup_deinit(&more->objects);
	edge_names_deinit(&more->edges);
	free(more->entries);
	free(more->subtrees.number);
	free(more->subtrees.size);
	free(more->subtrees.place);
	free(more->depth);
	free(more->cycle);
	free(more->thread);
	free(more->weak);
	ways_deinit(&more->ways);
	sites_deinit(&more->sites);
	free(more->site);
	value_rows_deinit(&more->values);
	map_deinit(&more->classes);
	map_deinit(&more->modules);
	arena_deinit(&more->arena);
	free(more);
}

static void narrow_deinit(struct narrow_column *column)
{
	free(column->values);
	vector_deinit(&column->wide);
	column->values = NULL;
}

void heap_destroy(struct heap *heap)
{
	if (heap == NULL)
		return;
	free(heap->type_count);
	free(heap->type);
	narrow_deinit(&heap->size);
	narrow_deinit(&heap->getsizeof);
	narrow_deinit(&heap->refcount);
	narrow_deinit(&heap->length);
	free(heap->address);
	free(heap->hash);
	free(heap->generation);
	free(heap->flags);
	free(heap->offsets);
	free(heap->targets);
	free(heap->kinds);
	free(heap->payloads);
	free(heap->in_offsets);
	free(heap->sources);
	free(heap->in_edges);
	free(heap->retained);
	free(heap->dominator);
	free(heap->fate);
	free(heap->residue);
	free(heap->before);
	free(heap->stayed);
	if (heap->other != NULL)
		heap->other->later = NULL;
	more_destroy(heap->more);
	free(heap);
}

/* --- columns of the file --------------------------------------------------------------------------------------------- */

#define OUT_COLUMNS (GRAPH_HOLDING | GRAPH_WEAK | GRAPH_EDGE_KINDS)

static unsigned columns_of(unsigned parts)
{
	static const struct {
		unsigned part, columns;
	} list[] = {{HEAP_TYPE, GRAPH_TYPE},           {HEAP_SIZE, GRAPH_SIZE},
		    {HEAP_ADDRESS, GRAPH_ADDRESS},     {HEAP_GETSIZEOF, GRAPH_GETSIZEOF},
		    {HEAP_REFCOUNT, GRAPH_REFCOUNT},   {HEAP_GENERATION, GRAPH_GENERATION},
		    {HEAP_FLAGS, GRAPH_FLAGS},         {HEAP_HASH, GRAPH_CONTENT_HASH},
		    {HEAP_LENGTH, GRAPH_LENGTH},       {HEAP_OUT, OUT_COLUMNS},
		    {HEAP_NAMES, OUT_COLUMNS | GRAPH_PAYLOADS}};
	unsigned columns = 0;
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (parts & list[i].part)
			columns |= list[i].columns;
	return columns;
}

#define TAKE(to, from)                                                                                                 \
	do {                                                                                                           \
		if ((from) != NULL) {                                                                                  \
			free(to);                                                                                      \
			(to) = steal(&(from));                                                                         \
		}                                                                                                      \
	} while (0)

static void take_narrow(struct narrow_column *to, struct narrow_column *from)
{
	if (from->values == NULL)
		return;
	narrow_deinit(to);
	*to = *from;
	*from = (struct narrow_column){0};
}

static void take_objects(struct heap *heap, struct graph *graph)
{
	TAKE(heap->type, graph->type);
	TAKE(heap->address, graph->address);
	TAKE(heap->hash, graph->content_hash);
	TAKE(heap->generation, graph->generation);
	TAKE(heap->flags, graph->flags);
	take_narrow(&heap->size, &graph->size);
	take_narrow(&heap->getsizeof, &graph->getsizeof);
	take_narrow(&heap->refcount, &graph->refcount);
	take_narrow(&heap->length, &graph->length);
}

/* A borrowed reference of a root holds: it is told as such. */
static void take_edges(struct heap *heap, struct graph *graph)
{
	for (uint32_t e = graph->offsets[graph->nodes]; e < graph->edges; e++)
		if (edge_kind_class(graph->edge_kinds[e]) == EDGE_WEAK)
			graph->edge_kinds[e] = edge_kind_of(edge_kind_name(graph->edge_kinds[e]), EDGE_OWNED);
	heap->edges = graph->edges;
	TAKE(heap->residue, graph->residue);
	TAKE(heap->offsets, graph->offsets);
	TAKE(heap->targets, graph->targets);
	TAKE(heap->kinds, graph->edge_kinds);
	TAKE(heap->payloads, graph->payloads);
	heap->parts |= HEAP_OUT | HEAP_RESIDUE | HEAP_FLAGS;
	/* What paths were found on is told where it is now. */
	struct graph *view = &heap->more->view;
	view->flags = heap->flags;
	view->residue = heap->residue;
	view->offsets = heap->offsets;
	view->targets = heap->targets;
	view->edge_kinds = heap->kinds;
}

static struct error *count_types(struct heap *heap)
{
	uint64_t *counts = calloc((size_t)heap->facts->count + 1, sizeof *counts);
	if (counts == NULL)
		return error_memory();
	for (node_id i = 0; i < heap->nodes; i++)
		counts[heap->type[i]]++;
	heap->type_count = counts;
	return NULL;
}

static struct error *load_columns(struct heap *heap, unsigned missing)
{
	unsigned columns = columns_of(missing);
	if (columns == 0)
		return NULL;
	AUTO(graph) struct graph *graph = NULL;
	TRY(load_graph(heap->reader, columns, heap->progress, &graph));
	take_objects(heap, graph);
	if (columns & GRAPH_HOLDING)
		take_edges(heap, graph);
	if (missing & HEAP_TYPE)
		TRY(count_types(heap));
	return NULL;
}

/* --- edges in -------------------------------------------------------------------------------------------------------- */

/* in_offsets[n + 1] is where the next edge to n goes, and in the end where those to n + 1 begin. */
static struct error *sort_incoming(struct heap *heap)
{
	uint32_t *offsets = heap->in_offsets = calloc((size_t)heap->nodes + 2, sizeof *offsets);
	uint32_t *sources = heap->sources = memory_large((size_t)heap->edges + 1, sizeof *sources);
	uint32_t *edges = heap->in_edges = memory_large((size_t)heap->edges + 1, sizeof *edges);
	if (offsets == NULL || sources == NULL || edges == NULL)
		return error_memory();
	for (uint32_t e = 0; e < heap->edges; e++)
		offsets[heap->targets[e] + 2]++;
	for (uint32_t i = 2; i < heap->nodes + 2; i++)
		offsets[i] += offsets[i - 1];
	for (uint32_t place = 0; place < heap->places; place++)
		for (uint32_t e = heap->offsets[place]; e < heap->offsets[place + 1]; e++) {
			uint32_t at = offsets[heap->targets[e] + 1]++;
			sources[at] = place;
			edges[at] = e;
		}
	return NULL;
}

static struct error *load_incoming(struct heap *heap)
{
	const char *path = reader_path(heap->reader);
	uint64_t needed = saturating_multiply(heap->edges, 2 * sizeof(uint32_t)) +
			  saturating_multiply(heap->nodes, sizeof(uint32_t));
	TRY(memory_check(path, needed));
	progress_tell(heap->progress, "turning references round", 0, 1);
	struct error *error = sort_incoming(heap);
	if (error == NULL)
		return NULL;
	free(steal(&heap->in_offsets));
	free(steal(&heap->sources));
	free(steal(&heap->in_edges));
	return memory_explain(error, path, needed);
}

uint32_t heap_source(const struct heap *heap, uint32_t edge)
{
	uint32_t low = 0, high = heap->places;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (heap->offsets[middle] <= edge)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* --- parts ----------------------------------------------------------------------------------------------------------- */

static struct error *load_sites(struct heap *heap)
{
	struct heap_more *more = heap->more;
	TRY(sites_init(&more->sites, heap->reader));
	if (sites_known(&more->sites))
		return sites_by_node(&more->sites, heap->nodes, &more->site);
	return NULL;
}

static struct error *check_pair(const struct heap *heap, unsigned parts)
{
	if (!(parts & (HEAP_JOIN | HEAP_DELTA)) || heap->other != NULL || (heap->later != NULL && !(parts & HEAP_DELTA)))
		return NULL;
	return error_create(ERROR_USAGE, "there is no earlier snapshot to compare with: give two, the earlier one "
					 "first, and ask the later one for this");
}

/* What takes other parts to be had. */
static unsigned implied(unsigned parts)
{
	if (parts & HEAP_DELTA)
		parts |= HEAP_JOIN | HEAP_RETAINED;
	if (parts & (HEAP_JOIN | HEAP_RETAINED))
		parts |= HEAP_SIZE;
	if (parts & (HEAP_IN | HEAP_DEPTH | HEAP_CYCLES | HEAP_THREADS | HEAP_RESIDUE | HEAP_NAMES))
		parts |= HEAP_OUT;
	return parts;
}

/* Which objects of the earlier one the later one has. */
static struct error *load_stayed(struct heap *heap)
{
	struct heap *later = heap->later;
	TRY(heap_need(later, HEAP_JOIN));
	heap->stayed = calloc((size_t)heap->nodes + 1, sizeof *heap->stayed);
	if (heap->stayed == NULL)
		return error_memory();
	for (node_id n = 0; n < later->nodes; n++)
		if (later->before[n] != NO_ID)
			heap->stayed[later->before[n]] = true;
	return NULL;
}

static struct error *load_other(struct heap *heap, unsigned missing)
{
	if ((missing & HEAP_JOIN) && heap->other == NULL)
		return load_stayed(heap);
	if (missing & HEAP_JOIN) {
		TRY(heap_need(heap->other, HEAP_SIZE));
		TRY(heap_load_join(heap));
	}
	return missing & HEAP_DELTA ? heap_need(heap->other, HEAP_RETAINED) : NULL;
}

struct error *heap_need(struct heap *heap, unsigned parts)
{
	static const struct {
		unsigned part;
		struct error *(*load)(struct heap *heap);
	} steps[] = {{HEAP_IN, load_incoming},         {HEAP_RETAINED, heap_load_retained}, {HEAP_DEPTH, heap_load_depth},
		     {HEAP_CYCLES, heap_load_cycles},  {HEAP_THREADS, heap_load_threads},   {HEAP_SITES, load_sites}};
	unsigned missing = implied(parts) & ~heap->parts;
	if (missing == 0)
		return NULL;
	TRY(check_pair(heap, missing));
	TRY(load_columns(heap, missing));
	heap->parts |= missing & (HEAP_OUT - 1u);
	heap->parts |= missing & (HEAP_OUT | HEAP_NAMES | HEAP_RESIDUE);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (missing & steps[i].part) {
			TRY(steps[i].load(heap));
			heap->parts |= steps[i].part;
		}
	TRY(load_other(heap, missing));
	heap->parts |= missing;
	return NULL;
}
