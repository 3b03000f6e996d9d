/* Which objects would go with another, by the book?
 *
 * T. Lengauer and R. E. Tarjan, "A fast algorithm for finding dominators in a flowgraph", 1979: the simple variant, in
 * which path compression alone keeps an evaluation at O(log n) amortised. It shares no code with analyzer/dominators.c: it
 * searches on its own, in another order, looks at every edge in, and knows no leaves. All of it works on depth-first
 * numbers, 1..reached with 0 the virtual root.
 */
#include "tests/tools/dominators/textbook.h"

#include <stdlib.h>
#include <string.h>

struct work {
	const struct flow *flow;
	const uint32_t *entries;
	size_t entry_count;
	uint32_t count;       /* depth-first numbers given, the virtual root's included */
	uint32_t *number;     /* of each node, 0 while unseen */
	uint32_t *node;       /* by number */
	uint32_t *parent;     /* by number: in the depth-first tree */
	uint32_t *stack;      /* of the search, then of path compression */
	uint32_t *cursor;     /* of the search: next edge, by number */
	uint32_t *in_offsets; /* by number: edges in, as numbers */
	uint32_t *in_sources;
	uint32_t *semi, *label, *ancestor, *bucket, *next, *idom; /* by number, as in the paper */
	bool *entry;                                              /* by number: the virtual root leads to it */
};

static void work_deinit(struct work *work)
{
	uint32_t *all[] = {work->number,     work->node,       work->parent, work->stack, work->cursor,
			   work->in_offsets, work->in_sources, work->semi,   work->label, work->ancestor,
			   work->bucket,     work->next,       work->idom};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]);
	free(work->entry);
}
DEFINE_AUTO_VALUE(work, struct work, work_deinit);

static uint32_t *numbers(size_t count)
{
	return calloc(count + 1, sizeof(uint32_t)); /* some tables may be empty */
}

static void visit(struct work *work, uint32_t node, uint32_t parent)
{
	uint32_t number = work->count++;
	work->number[node] = number;
	work->node[number] = node;
	work->parent[number] = parent;
	work->cursor[number] = work->flow->offsets[node];
}

static void search_from(struct work *work, uint32_t entry)
{
	const struct flow *flow = work->flow;
	size_t depth = 0;
	work->stack[depth++] = work->count;
	visit(work, entry, 0);
	while (depth > 0) {
		uint32_t number = work->stack[depth - 1];
		if (work->cursor[number] == flow->offsets[work->node[number] + 1]) {
			depth--;
			continue;
		}
		uint32_t target = flow->targets[work->cursor[number]++];
		if (work->number[target] == 0) {
			work->stack[depth++] = work->count;
			visit(work, target, number);
		}
	}
}

static struct error *search(struct work *work)
{
	const struct flow *flow = work->flow;
	size_t room = (size_t)flow->count + 1;
	work->number = numbers(room);
	work->node = numbers(room);
	work->parent = numbers(room);
	work->stack = numbers(room);
	work->cursor = numbers(room);
	if (!work->number || !work->node || !work->parent || !work->stack || !work->cursor)
		return error_memory();
	work->count = 1; /* 0 is the virtual root */
	for (size_t i = 0; i < work->entry_count; i++)
		if (work->number[work->entries[i]] == 0)
			search_from(work, work->entries[i]);
	return NULL;
}

/* Edges in, by counting sort; the virtual root's are in `entry`. */
static struct error *turn_edges(struct work *work)
{
	const struct flow *flow = work->flow;
	work->in_offsets = numbers((size_t)work->count + 2);
	work->in_sources = malloc(((size_t)flow->offsets[flow->count] + 1) * sizeof(uint32_t));
	if (work->in_offsets == NULL || work->in_sources == NULL)
		return error_memory();
	for (uint32_t i = 1; i < work->count; i++)
		for (uint32_t e = flow->offsets[work->node[i]]; e < flow->offsets[work->node[i] + 1]; e++)
			work->in_offsets[work->number[flow->targets[e]] + 2]++;
	for (size_t i = 2; i <= work->count; i++)
		work->in_offsets[i] += work->in_offsets[i - 1];
	for (uint32_t i = 1; i < work->count; i++)
		for (uint32_t e = flow->offsets[work->node[i]]; e < flow->offsets[work->node[i] + 1]; e++)
			work->in_sources[work->in_offsets[work->number[flow->targets[e]] + 1]++] = i;
	return NULL;
}

#define UNLINKED UINT32_MAX

/* The vertex of least semidominator on the linked path above v; compresses the path. */
static uint32_t evaluate(struct work *work, uint32_t v)
{
	uint32_t *ancestor = work->ancestor, *label = work->label, *semi = work->semi;
	if (ancestor[v] == UNLINKED)
		return v;
	size_t depth = 0;
	uint32_t x = v;
	while (ancestor[ancestor[x]] != UNLINKED) {
		work->stack[depth++] = x;
		x = ancestor[x];
	}
	while (depth > 0) {
		uint32_t below = work->stack[--depth], above = ancestor[below];
		if (semi[label[above]] < semi[label[below]])
			label[below] = label[above];
		ancestor[below] = ancestor[above];
	}
	return label[v];
}

static struct error *take_tables(struct work *work)
{
	uint32_t **tables[] = {&work->semi, &work->label, &work->ancestor, &work->bucket, &work->next, &work->idom};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if ((*tables[i] = numbers(work->count)) == NULL)
			return error_memory();
	for (uint32_t i = 0; i < work->count; i++) {
		work->semi[i] = work->label[i] = i;
		work->ancestor[i] = UNLINKED;
	}
	work->entry = calloc(work->count, sizeof *work->entry);
	if (work->entry == NULL)
		return error_memory();
	for (size_t i = 0; i < work->entry_count; i++)
		work->entry[work->number[work->entries[i]]] = true;
	return NULL;
}

/* Vertices whose semidominator is `parent`: their dominator is it, or that of a vertex found on the way (solved last). */
static void empty_bucket(struct work *work, uint32_t parent)
{
	for (uint32_t v = work->bucket[parent]; v != 0; v = work->next[v]) {
		uint32_t u = evaluate(work, v);
		work->idom[v] = work->semi[u] < work->semi[v] ? u : parent;
	}
	work->bucket[parent] = 0;
}

static void solve(struct work *work)
{
	for (uint32_t w = work->count - 1; w > 0; w--) {
		if (work->entry[w])
			work->semi[w] = 0;
		for (uint32_t e = work->in_offsets[w]; e < work->in_offsets[w + 1] && work->semi[w] > 0; e++) {
			uint32_t u = evaluate(work, work->in_sources[e]);
			if (work->semi[u] < work->semi[w])
				work->semi[w] = work->semi[u];
		}
		work->next[w] = work->bucket[work->semi[w]];
		work->bucket[work->semi[w]] = w;
		work->ancestor[w] = work->parent[w];
		empty_bucket(work, work->parent[w]);
	}
	for (uint32_t w = 1; w < work->count; w++)
		if (work->idom[w] != work->semi[w])
			work->idom[w] = work->idom[work->idom[w]];
}

struct error *textbook_dominators(const struct flow *flow, const uint32_t *entries, size_t entry_count, uint32_t *idom)
{
	AUTO(work) struct work work = {.flow = flow, .entries = entries, .entry_count = entry_count};
	TRY(search(&work));
	TRY(turn_edges(&work));
	TRY(take_tables(&work));
	solve(&work);
	for (uint32_t v = 0; v < flow->count; v++)
		idom[v] = DOMINATOR_NONE;
	for (uint32_t i = 1; i < work.count; i++)
		idom[work.node[i]] = work.idom[i] == 0 ? DOMINATOR_ROOT : work.node[work.idom[i]];
	return NULL;
}
