/* Which objects would go with another: the dominator tree of a graph, exactly, without recursion.
 *
 * L. Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems", 2005: SEMI-NCA. Semidominators are found
 * as T. Lengauer and R. E. Tarjan do (1979), by path compression from the highest number down, and an immediate dominator is
 * the nearest ancestor of the node, in the tree built so far, with a number not above its semidominator's. Of the edges
 * it needs only those that the search kept, grouped by target; a semidominator that is the virtual root is not looked at
 * further. A leaf has no semidominator: it takes the nearest common ancestor of those who refer to it.
 *
 * Walking up the tree, for nodes as for leaves, is a step or two on real heaps and quadratic on long chains whose items
 * are shared. So steps are counted, and past a budget every node gets a jump pointer (E. W. Myers, "An applicative
 * random-access stack", 1983: skew-binary), after which a walk takes O(log n) steps.
 */
#include "analyzer/dominators.h"

#include "analyzer/memory.h"

#include <stdlib.h>

#define AHEAD 16u /* leaves ahead of which the state is fetched */

struct link { /* of the forest that path compression works on */
	uint32_t ancestor, label;
};

struct solving {
	struct flow_search *search;
	uint32_t count;    /* numbers */
	uint32_t *into;    /* by number: sources of kept edges to i are sources[into[i]] .. sources[into[i + 1] - 1] */
	uint32_t *sources;
	struct link *links;
	uint32_t *path; /* scratch of path compression */
	uint32_t *idom;
	uint64_t steps;         /* taken so far */
	uint64_t left;          /* steps before jump pointers are built */
	uint32_t *jump, *depth; /* by number; NULL until then */
};

static void solving_deinit(struct solving *solving)
{
	free(solving->into);
	free(solving->sources);
	free(solving->links);
	free(solving->idom);
	free(solving->jump);
	free(solving->depth);
}
DEFINE_AUTO_VALUE(solving, struct solving, solving_deinit);

/* Counting sort of the kept edges by target. */
static struct error *group_edges(struct solving *solving)
{
	const struct flow_search *search = solving->search;
	uint32_t count = solving->count, edges = search->crosses[count];
	uint32_t *into = solving->into = memory_large((size_t)count + 2, sizeof *into);
	uint32_t *sources = solving->sources = memory_large((size_t)edges + 1, sizeof *sources);
	if (into == NULL || sources == NULL)
		return error_memory();
	for (uint32_t i = 0; i <= count + 1; i++)
		into[i] = 0;
	for (uint32_t e = 0; e < edges; e++)
		into[search->cross[e] + 2]++;
	for (uint32_t i = 2; i <= count + 1; i++)
		into[i] += into[i - 1];
	for (uint32_t i = 1; i < count; i++)
		for (uint32_t e = search->crosses[i]; e < search->crosses[i + 1]; e++)
			sources[into[search->cross[e] + 1]++] = i;
	return NULL;
}

/* The least semidominator on the way from v up to, and without, the ancestors that are numbered `last` or less. */
static uint32_t evaluate(struct solving *solving, uint32_t v, uint32_t last)
{
	struct link *links = solving->links;
	uint32_t *path = solving->path;
	size_t depth = 0;
	uint32_t x = v;
	for (; links[x].ancestor > last; x = links[x].ancestor)
		path[depth++] = x;
	uint32_t least = links[x].label, top = links[x].ancestor;
	solving->steps += depth;
	while (depth > 0) {
		x = path[--depth];
		least = least < links[x].label ? least : links[x].label;
		links[x] = (struct link){top, least};
	}
	return least;
}

static struct error *find_semidominators(struct solving *solving)
{
	struct flow_search *search = solving->search;
	struct link *links = solving->links = memory_large(solving->count, sizeof *links);
	if (links == NULL)
		return error_memory();
	solving->path = (uint32_t *)search->stack;
	for (uint32_t i = 0; i < solving->count; i++)
		links[i].ancestor = search->parent[i];
	for (uint32_t w = solving->count - 1; w > 0; w--) {
		uint32_t semi = search->semi[w];
		for (uint32_t e = solving->into[w]; semi > 0 && e < solving->into[w + 1]; e++) {
			uint32_t found = evaluate(solving, solving->sources[e], w);
			semi = found < semi ? found : semi;
		}
		search->semi[w] = links[w].label = semi;
	}
	free(steal(&solving->links));
	return NULL;
}

/* --- walking up ----------------------------------------------------------------------------------------------------- */

static void set_jump(const struct solving *solving, uint32_t i)
{
	uint32_t *jump = solving->jump, *depth = solving->depth;
	uint32_t above = solving->idom[i], far = jump[above];
	depth[i] = depth[above] + 1;
	jump[i] = depth[above] - depth[far] == depth[far] - depth[jump[far]] ? jump[far] : above;
}

/* Jump pointers of all whose dominator is known, the numbers below `end`. */
static struct error *build_jumps(struct solving *solving, uint32_t end)
{
	solving->jump = memory_large(solving->count, sizeof *solving->jump);
	solving->depth = memory_large(solving->count, sizeof *solving->depth);
	if (solving->jump == NULL || solving->depth == NULL)
		return error_memory();
	solving->jump[0] = solving->depth[0] = 0;
	for (uint32_t i = 1; i < end; i++)
		set_jump(solving, i);
	return NULL;
}

/* Takes steps off the budget; with none left, walks that begin from now on jump. `end`: as build_jumps. */
static struct error *spend(struct solving *solving, uint64_t steps, uint32_t end)
{
	solving->steps += steps;
	if (solving->jump != NULL)
		return NULL;
	if (steps <= solving->left) {
		solving->left -= steps;
		return NULL;
	}
	return build_jumps(solving, end);
}

static uint32_t climb(const struct solving *solving, uint32_t x, uint32_t limit, uint64_t *steps)
{
	const uint32_t *idom = solving->idom, *jump = solving->jump;
	if (jump == NULL)
		for (; x > limit; x = idom[x])
			++*steps;
	else
		for (; x > limit; x = jump[x] >= limit ? jump[x] : idom[x])
			++*steps;
	return x;
}

static struct error *find_dominators(struct solving *solving)
{
	const struct flow_search *search = solving->search;
	solving->idom = memory_large(solving->count, sizeof *solving->idom);
	if (solving->idom == NULL)
		return error_memory();
	solving->idom[0] = 0;
	for (uint32_t w = 1; w < solving->count; w++) {
		uint64_t steps = 0;
		solving->idom[w] = climb(solving, search->parent[w], search->semi[w], &steps);
		if (solving->jump != NULL)
			set_jump(solving, w);
		if (steps > 0)
			TRY(spend(solving, steps, w + 1));
	}
	return NULL;
}

static uint32_t common_by_steps(const struct solving *solving, uint32_t a, uint32_t b, uint64_t *steps)
{
	const uint32_t *idom = solving->idom;
	for (; a != b; ++*steps) {
		if (a > b)
			a = idom[a];
		else
			b = idom[b];
	}
	return a;
}

static uint32_t lift(const struct solving *solving, uint32_t x, uint32_t level, uint64_t *steps)
{
	const uint32_t *depth = solving->depth, *jump = solving->jump;
	for (; depth[x] > level; ++*steps)
		x = depth[jump[x]] >= level ? jump[x] : solving->idom[x];
	return x;
}

/* At equal depths jump pointers span equally far, so both can jump until they would meet. */
static uint32_t common_by_jumps(const struct solving *solving, uint32_t a, uint32_t b, uint64_t *steps)
{
	const uint32_t *depth = solving->depth, *jump = solving->jump;
	a = lift(solving, a, depth[b], steps);
	b = lift(solving, b, depth[a], steps);
	for (; a != b; ++*steps) {
		bool far = jump[a] != jump[b];
		a = far ? jump[a] : solving->idom[a];
		b = far ? jump[b] : solving->idom[b];
	}
	return a;
}

static struct error *find_leaf_dominators(struct solving *solving)
{
	struct flow_search *search = solving->search;
	uint32_t end = search->repeats[solving->count];
	for (uint32_t i = 1; i < solving->count; i++) {
		for (uint32_t e = search->repeats[i]; e < search->repeats[i + 1]; e++) {
			uint32_t *state = &search->state[search->repeat[e]], a = *state & ~FLOW_LEAF;
			uint64_t steps = 0;
			if (e + AHEAD < end)
				__builtin_prefetch(&search->state[search->repeat[e + AHEAD]]);
			if (a == 0)
				continue;
			a = solving->jump == NULL ? common_by_steps(solving, a, i, &steps)
						  : common_by_jumps(solving, a, i, &steps);
			*state = FLOW_LEAF | a;
			TRY(spend(solving, steps, solving->count));
		}
	}
	return NULL;
}

struct error *dominators_create(struct flow_search *search, uint64_t steps, struct domination *result)
{
	AUTO(solving) struct solving solving = {.search = search, .count = search->numbers};
	solving.left = steps;
	TRY(group_edges(&solving));
	TRY(find_semidominators(&solving));
	free(steal(&solving.sources));
	free(steal(&solving.into));
	TRY(find_dominators(&solving));
	TRY(find_leaf_dominators(&solving));
	*result = (struct domination){.count = search->flow.count,
				      .numbers = search->numbers,
				      .state = steal(&search->state),
				      .node = steal(&search->node),
				      .idom = steal(&solving.idom),
				      .steps = solving.steps};
	flow_search_deinit(search);
	return NULL;
}

void domination_deinit(struct domination *domination)
{
	free(domination->state);
	free(domination->node);
	free(domination->idom);
	*domination = (struct domination){0};
}

uint32_t domination_order(const struct domination *domination, uint32_t *order)
{
	uint32_t next = 0;
	for (uint32_t i = 1; i < domination->numbers; i++)
		order[next++] = domination->node[i];
	for (uint32_t v = 0; v < domination->count; v++)
		if ((domination->state[v] & FLOW_LEAF) && domination->state[v] != FLOW_UNSEEN_LEAF)
			order[next++] = v;
	return next;
}
