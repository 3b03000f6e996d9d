/* How far is an object from the roots, by which way, on which cycle, and held by which thread alone?
 *
 * Depth is a breadth-first search from all roots at once. Paths are those of analyzer/ways.h, found when the first one is asked
 * for. Cycles are components over what holds, without the edges to types, over which most of a program is one. A thread alone
 * holds what only roots of it lead to: marks spread from the roots, and where two meet, what is from there on belongs to
 * neither, so each object is marked twice at most. All O(nodes + edges).
 */
#include "queries/heap_more.h"

#include "analyzer/components.h"
#include "analyzer/memory.h"
#include "analyzer/path.h"

#include <stdlib.h>
#include <string.h>

/* --- depth ----------------------------------------------------------------------------------------------------------- */

/* Everything below place, one further; how many are in the queue then. */
static uint32_t spread_depth(const struct heap *heap, uint32_t place, uint32_t depth, uint32_t *queue, uint32_t count)
{
	uint32_t *depths = heap->more->depth;
	for (uint32_t e = heap->offsets[place]; e < heap->offsets[place + 1]; e++) {
		node_id target = heap->targets[e];
		if (depths[target] != NO_ID || heap_edge_is_weak(heap, e))
			continue;
		depths[target] = depth;
		queue[count++] = target;
	}
	return count;
}

struct error *heap_load_depth(struct heap *heap)
{
	AUTO(free) void *memory = memory_large((size_t)heap->nodes + 1, sizeof(uint32_t));
	uint32_t *queue = memory, count = 0;
	heap->more->depth = memory_large((size_t)heap->nodes + 1, sizeof(uint32_t));
	if (queue == NULL || heap->more->depth == NULL) {
		free(steal(&heap->more->depth));
		return error_memory();
	}
	memset(heap->more->depth, 0xff, (size_t)heap->nodes * sizeof(uint32_t));
	for (uint32_t root = heap->nodes; root < heap->places; root++)
		count = spread_depth(heap, root, 1, queue, count);
	for (uint32_t i = 0; i < count; i++)
		count = spread_depth(heap, queue[i], heap->more->depth[queue[i]] + 1, queue, count);
	return NULL;
}

/* --- paths ----------------------------------------------------------------------------------------------------------- */

static struct error *find_ways(struct heap *heap)
{
	struct heap_more *more = heap->more;
	if (more->ways_found)
		return NULL;
	TRY(heap_need(heap, HEAP_OUT | HEAP_FLAGS | HEAP_RESIDUE));
	free(steal(&more->weak));
	more->weak = calloc((size_t)heap->edges / 8 + 1, 1);
	if (more->weak == NULL)
		return error_memory();
	for (uint32_t e = 0; e < heap->edges; e++)
		more->weak[e / 8] |= (uint8_t)(heap_edge_is_weak(heap, e) << e % 8);
	more->view = (struct graph){.reader = heap->reader,
				    .nodes = heap->nodes,
				    .places = heap->places,
				    .edges = heap->edges,
				    .columns = GRAPH_HOLDING | GRAPH_EDGES | GRAPH_EDGE_KINDS | GRAPH_FLAGS,
				    .flags = heap->flags,
				    .residue = heap->residue,
				    .offsets = heap->offsets,
				    .targets = heap->targets,
				    .edge_kinds = heap->kinds};
	struct ways_request request = {.blocked = NO_ID, .left_out = more->weak, .unnamed = true};
	TRY(ways_find(&more->view, &request, &more->ways));
	more->ways_found = true;
	return NULL;
}

struct error *heap_path(struct heap *heap, struct arena *arena, uint32_t place, struct datum *result)
{
	AUTO(text) struct text text;
	text_init(&text);
	if (heap_is_root(heap, place)) {
		path_print_root_of(heap->reader, place - heap->nodes, &text);
	} else {
		AUTO(path) struct path path = {0};
		struct path_printing printing = {.names = &heap->more->edges, .objects = &heap->more->objects};
		TRY(find_ways(heap));
		TRY(path_trace(&heap->more->ways, place, NO_ID, &path));
		if (path.count == 0) {
			*result = datum_null();
			return NULL;
		}
		TRY(path_spell(&printing, &path, &text));
	}
	TRY(text_error(&text));
	const char *copy = arena_copy(arena, text_string(&text), text.length);
	if (copy == NULL)
		return error_memory();
	*result = datum_string(copy, text.length);
	return NULL;
}

/* --- cycles ---------------------------------------------------------------------------------------------------------- */

struct error *heap_load_cycles(struct heap *heap)
{
	AUTO(free) void *offsets_memory = memory_large((size_t)heap->places + 1, sizeof(uint32_t));
	AUTO(free) void *targets_memory = memory_large((size_t)heap->edges + 1, sizeof(uint32_t));
	uint32_t *offsets = offsets_memory, *targets = targets_memory, next = 0;
	if (offsets == NULL || targets == NULL)
		return error_memory();
	for (uint32_t place = 0; place < heap->places; place++) {
		offsets[place] = next;
		for (uint32_t e = heap->offsets[place]; e < heap->offsets[place + 1]; e++)
			if (!heap_edge_is_weak(heap, e) && edge_kind_name(heap->kinds[e]) != NAME_TYPE)
				targets[next++] = heap->targets[e];
	}
	offsets[heap->places] = next;
	AUTO(components) struct components components = {0};
	TRY(components_create(&(struct flow){heap->places, offsets, targets}, &components));
	heap->more->cycle = steal(&components.of);
	return NULL;
}

uint32_t heap_cycle(const struct heap *heap, uint32_t place)
{
	return heap_is_root(heap, place) ? NO_ID : heap->more->cycle[place];
}

/* --- threads --------------------------------------------------------------------------------------------------------- */

struct thread_search {
	const struct heap *heap;
	uint32_t *mark; /* by node: NO_ID: not met */
	VECTOR(node_id) stack;
};

static void thread_search_deinit(struct thread_search *search)
{
	free(search->mark);
	vector_deinit(&search->stack);
}
DEFINE_AUTO_VALUE(thread_search, struct thread_search, thread_search_deinit);

static struct error *mark_node(struct thread_search *search, node_id node, uint32_t mark)
{
	uint32_t had = search->mark[node];
	if (had == mark || had == THREAD_NONE)
		return NULL;
	search->mark[node] = had == NO_ID ? mark : THREAD_NONE;
	return vector_push(&search->stack, node);
}

static struct error *mark_below(struct thread_search *search, uint32_t place, uint32_t mark)
{
	const struct heap *heap = search->heap;
	for (uint32_t e = heap->offsets[place]; e < heap->offsets[place + 1]; e++)
		if (!heap_edge_is_weak(heap, e))
			TRY(mark_node(search, heap->targets[e], mark));
	return NULL;
}

static struct error *spread_marks(struct thread_search *search)
{
	while (search->stack.count > 0) {
		node_id node = search->stack.items[--search->stack.count];
		TRY(mark_below(search, node, search->mark[node]));
	}
	return NULL;
}

static bool is_of_thread(const struct root_record *root)
{
	return (root->kind == ROOT_FRAME || root->kind == ROOT_THREAD) && root->thread != 0 &&
	       root->thread != MAP_NO_KEY;
}

/* The root that names each thread: its state, else its first frame. */
static struct error *find_threads(const struct heap *heap, struct map *threads)
{
	const struct root_record *roots = reader_roots(heap->reader);
	for (root_id r = 0; r < heap->roots; r++) {
		uint32_t known;
		if (is_of_thread(&roots[r]) && (roots[r].kind == ROOT_THREAD || !map_find(threads, roots[r].thread, &known)))
			TRY(map_put(threads, roots[r].thread, r));
	}
	return NULL;
}

/* What others than threads lead to comes first, then one root after the other. Immortal objects are held by none. */
static struct error *mark_all(struct thread_search *search, const struct map *threads)
{
	const struct heap *heap = search->heap;
	const struct root_record *roots = reader_roots(heap->reader);
	for (node_id i = 0; i < heap->nodes; i++)
		if (heap->flags[i] & OBJECT_IMMORTAL)
			TRY(mark_node(search, i, THREAD_NONE));
	for (root_id r = 0; r < heap->roots; r++)
		if (!is_of_thread(&roots[r]))
			TRY(mark_below(search, heap->nodes + r, THREAD_NONE));
	TRY(spread_marks(search));
	for (root_id r = 0; r < heap->roots; r++) {
		uint32_t named;
		if (!is_of_thread(&roots[r]) || !map_find(threads, roots[r].thread, &named))
			continue;
		TRY(mark_below(search, heap->nodes + r, named));
		TRY(spread_marks(search));
	}
	return NULL;
}

struct error *heap_load_threads(struct heap *heap)
{
	AUTO(thread_search) struct thread_search search = {.heap = heap};
	AUTO(map) struct map threads;
	map_init(&threads);
	search.mark = memory_large((size_t)heap->nodes + 1, sizeof *search.mark);
	if (search.mark == NULL)
		return error_memory();
	memset(search.mark, 0xff, (size_t)heap->nodes * sizeof *search.mark);
	TRY(find_threads(heap, &threads));
	TRY(mark_all(&search, &threads));
	heap->more->thread = steal(&search.mark);
	return NULL;
}
