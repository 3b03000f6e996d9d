/* What does each object keep alive, and what a set of them?
 *
 * Retained sizes, dominators and fates come from a graph of what holds, which goes at once. What a set retains lies all below
 * the members' nearest common dominator d: a place that is not below d is reached by a way without d, so without any member.
 * So the search without the set is one of the subtree of d alone, and what it doesn't meet is the answer: O(places and edges
 * below d). Subtrees are intervals of numbers, made when they are first needed: 12 B a place; O(places).
 */
#include "queries/heap_more.h"

#include "analyzer/load.h"
#include "analyzer/memory.h"
#include "analyzer/retention.h"

#include <stdlib.h>
#include <string.h>

static struct error *keep_retention(struct heap *heap, struct retention *retention)
{
	AUTO(free) void *retained_memory = memory_large((size_t)heap->places + 1, sizeof(uint64_t));
	AUTO(free) void *dominator_memory = memory_large((size_t)heap->places + 1, sizeof(uint32_t));
	uint64_t *retained = retained_memory;
	uint32_t *dominator = dominator_memory;
	if (retained == NULL || dominator == NULL)
		return error_memory();
	for (uint32_t place = 0; place < heap->places; place++) {
		retained[place] = retention_size(retention, place);
		uint32_t of = domination_of(&retention->tree, place);
		dominator[place] = of == DOMINATOR_NONE ? DOMINATOR_ROOT : of;
	}
	heap->retained = steal(&retained_memory);
	heap->dominator = steal(&dominator_memory);
	heap->fate = steal(&retention->fate);
	heap->more->entries = steal(&retention->entries);
	heap->more->entry_count = retention->entry_count;
	heap->more->total = retention->retained[0];
	return NULL;
}

struct error *heap_load_retained(struct heap *heap)
{
	AUTO(graph) struct graph *graph = NULL;
	AUTO(retention) struct retention retention = {0};
	unsigned columns = RETENTION_COLUMNS | GRAPH_EDGE_KINDS | GRAPH_GENERATION;
	TRY(load_graph(heap->reader, columns, heap->progress, &graph));
	TRY(retention_create(graph, false, heap->progress, &retention));
	TRY(fates_settle(graph, retention.fate));
	return keep_retention(heap, &retention);
}

/* --- subtrees -------------------------------------------------------------------------------------------------------- */

/* A place's dominator as an index: the virtual root is `places`. */
static uint32_t parent_of(const struct heap *heap, uint32_t place)
{
	uint32_t of = heap->dominator[place];
	return of == DOMINATOR_ROOT ? heap->places : of;
}

/* Places by dominator: those of d are children[offsets[d]] .. children[offsets[d + 1] - 1]. */
static void sort_children(const struct heap *heap, uint32_t *offsets, uint32_t *children)
{
	for (uint32_t place = 0; place < heap->places; place++)
		offsets[parent_of(heap, place) + 2]++;
	for (uint32_t i = 2; i < heap->places + 2; i++)
		offsets[i] += offsets[i - 1];
	for (uint32_t place = 0; place < heap->places; place++)
		children[offsets[parent_of(heap, place) + 1]++] = place;
}

/* order: a dominator before what it dominates. How many the virtual root leads to: all. */
static uint32_t order_places(const struct heap *heap, const uint32_t *offsets, const uint32_t *children, uint32_t *order)
{
	uint32_t count = 0, next = 0, place = heap->places;
	for (;;) {
		for (uint32_t i = offsets[place]; i < offsets[place + 1]; i++)
			order[count++] = children[i];
		if (next == count)
			return count;
		place = order[next++];
	}
}

static struct error *number_places(const struct heap *heap, struct subtrees *subtrees, uint32_t *offsets)
{
	uint32_t *number = subtrees->number, *size = subtrees->size, *order = subtrees->place;
	AUTO(free) void *memory = memory_large((size_t)heap->places + 1, sizeof(uint32_t));
	uint32_t *children = memory;
	if (children == NULL)
		return error_memory();
	sort_children(heap, offsets, children);
	uint32_t count = order_places(heap, offsets, children, order);
	for (uint32_t place = 0; place <= heap->places; place++)
		size[place] = 1;
	for (uint32_t i = count; i-- > 0;)
		size[parent_of(heap, order[i])] += size[order[i]];
	/* `children` is now, by place, the number that its next child gets. */
	uint32_t *next = offsets;
	number[heap->places] = next[heap->places] = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t place = order[i], parent = parent_of(heap, place);
		number[place] = next[parent];
		next[parent] += size[place];
		next[place] = number[place] + 1;
	}
	for (uint32_t place = 0; place < heap->places; place++)
		order[number[place]] = place;
	return NULL;
}

static struct error *find_subtrees(const struct heap *heap)
{
	struct subtrees *subtrees = &heap->more->subtrees;
	if (subtrees->number != NULL)
		return NULL;
	AUTO(free) void *offsets = calloc((size_t)heap->places + 3, sizeof(uint32_t));
	AUTO(free) void *number = memory_large((size_t)heap->places + 1, sizeof(uint32_t));
	AUTO(free) void *size = memory_large((size_t)heap->places + 1, sizeof(uint32_t));
	AUTO(free) void *place = memory_large((size_t)heap->places + 1, sizeof(uint32_t));
	if (offsets == NULL || number == NULL || size == NULL || place == NULL)
		return error_memory();
	TRY(number_places(heap, &(struct subtrees){number, size, place}, offsets));
	*subtrees = (struct subtrees){steal(&number), steal(&size), steal(&place)};
	return NULL;
}

/* Is number n below place d, or d itself? `d` may be the virtual root, `places`. */
static bool is_below(const struct heap *heap, uint32_t d, uint32_t n)
{
	const struct subtrees *subtrees = &heap->more->subtrees;
	return d == heap->places || n - subtrees->number[d] < subtrees->size[d];
}

bool heap_dominates(const struct heap *heap, uint32_t a, uint32_t b)
{
	AUTO(error) struct error *error = find_subtrees(heap);
	if (error == NULL)
		return is_below(heap, a, heap->more->subtrees.number[b]);
	/* Without memory for that: up the tree. */
	while (b != a && b != DOMINATOR_ROOT)
		b = heap->dominator[b];
	return b == a;
}

/* --- sets ------------------------------------------------------------------------------------------------------------ */

struct set_search {
	const struct heap *heap;
	uint32_t top;  /* nearest common dominator, or heap->places */
	uint32_t base; /* number of its subtree's first */
	uint8_t *seen; /* a bit for each number of the subtree */
	uint64_t met;  /* bytes */
	VECTOR(uint32_t) stack;
};

static void set_search_deinit(struct set_search *search)
{
	free(search->seen);
	vector_deinit(&search->stack);
}
DEFINE_AUTO_VALUE(set_search, struct set_search, set_search_deinit);

/* True once for each place of the subtree. */
static bool see(struct set_search *search, uint32_t place)
{
	uint32_t n = search->heap->more->subtrees.number[place];
	if (!is_below(search->heap, search->top, n))
		return false;
	uint8_t *byte = &search->seen[(n - search->base) / 8], bit = (uint8_t)(1u << (n - search->base) % 8);
	bool first = !(*byte & bit);
	*byte |= bit;
	return first;
}

static struct error *meet(struct set_search *search, uint32_t place)
{
	if (!see(search, place))
		return NULL;
	if (place < search->heap->nodes)
		search->met += narrow_get(&search->heap->size, place);
	return vector_push(&search->stack, place);
}

static struct error *spread(struct set_search *search)
{
	const struct heap *heap = search->heap;
	while (search->stack.count > 0) {
		uint32_t place = search->stack.items[--search->stack.count];
		for (uint32_t e = heap->offsets[place]; e < heap->offsets[place + 1]; e++)
			if (!heap_edge_is_weak(heap, e))
				TRY(meet(search, heap->targets[e]));
	}
	return NULL;
}

/* The nearest place that dominates all of them, or heap->places. */
static uint32_t common_dominator(const struct heap *heap, const uint32_t *places, size_t count)
{
	const uint32_t *number = heap->more->subtrees.number;
	uint32_t least = UINT32_MAX, most = 0;
	for (size_t i = 0; i < count; i++) {
		if (heap_is_root(heap, places[i]))
			continue;
		least = number[places[i]] < least ? number[places[i]] : least;
		most = number[places[i]] > most ? number[places[i]] : most;
	}
	uint32_t top = heap->more->subtrees.place[least];
	while (top != heap->places && !is_below(heap, top, most))
		top = parent_of(heap, top);
	return top;
}

static struct error *search_without(struct set_search *search, const uint32_t *places, size_t count, uint64_t *bytes)
{
	const struct heap *heap = search->heap;
	bool whole = search->top == heap->places;
	uint64_t numbers = whole ? heap->places : heap->more->subtrees.size[search->top];
	search->base = whole ? 0 : heap->more->subtrees.number[search->top];
	search->seen = calloc((size_t)numbers / 8 + 1, 1);
	if (search->seen == NULL)
		return error_memory();
	for (size_t i = 0; i < count; i++)
		if (!heap_is_root(heap, places[i]))
			see(search, places[i]);
	if (!whole)
		TRY(meet(search, search->top));
	for (size_t i = 0; whole && i < heap->more->entry_count; i++)
		TRY(meet(search, heap->more->entries[i]));
	TRY(spread(search));
	*bytes = (whole ? heap->more->total : heap->retained[search->top]) - search->met;
	return NULL;
}

struct error *heap_retained_set(struct heap *heap, const uint32_t *places, size_t count, uint64_t *bytes)
{
	size_t objects = 0, last = 0;
	for (size_t i = 0; i < count; i++)
		if (!heap_is_root(heap, places[i])) {
			objects++;
			last = i;
		}
	if (objects <= 1) {
		*bytes = objects == 0 ? 0 : heap->retained[places[last]];
		return NULL;
	}
	TRY(heap_need(heap, HEAP_OUT));
	TRY(find_subtrees(heap));
	AUTO(set_search) struct set_search search = {.heap = heap, .top = common_dominator(heap, places, count)};
	return search_without(&search, places, count, bytes);
}
