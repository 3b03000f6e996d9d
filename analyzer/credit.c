/* Who owns the bytes that came, when most of them are dicts and strings?
 *
 * The set's objects and the edges among them are taken out as a graph of their own, whose entries are what the rest of
 * the heap refers to. In its dominator tree, walked from the top, the owner of an object is itself or its dominator's.
 * Cost: two passes over the edges of the whole graph for the smaller one, then the dominator tree of it.
 */
#include "analyzer/credit.h"

#include "analyzer/memory.h"

#include <stdlib.h>
#include <string.h>

#define CREDIT_BYTES 80u /* an object of the set takes, with some two references; measured */

struct subgraph {
	const struct graph *graph;
	const uint8_t *member;
	uint32_t count;
	node_id *members;
	uint32_t *index; /* of each node: its place in members */
	uint32_t *offsets, *targets;
	uint8_t *entered; /* for each member: an entry leads to it */
	VECTOR(uint32_t) entries;
	uint32_t *stack;
};

static void subgraph_deinit(struct subgraph *sub)
{
	free(sub->members);
	free(sub->index);
	free(sub->offsets);
	free(sub->targets);
	free(sub->entered);
	free(sub->stack);
	vector_deinit(&sub->entries);
}
DEFINE_AUTO_VALUE(subgraph, struct subgraph, subgraph_deinit);

/* The whole of it, dominators included: CREDIT_BYTES an object of the set. */
static uint64_t memory_needed(const struct subgraph *sub)
{
	uint64_t needed = (uint64_t)sub->graph->nodes * sizeof *sub->index;
	return needed + (uint64_t)sub->count * CREDIT_BYTES;
}

static struct error *collect_members(struct subgraph *sub)
{
	node_id nodes = sub->graph->nodes;
	for (node_id i = 0; i < nodes; i++)
		sub->count += sub->member[i] != 0;
	TRY(memory_check(reader_path(sub->graph->reader), memory_needed(sub)));
	sub->members = malloc(((size_t)sub->count + 1) * sizeof *sub->members);
	sub->index = malloc(((size_t)nodes + 1) * sizeof *sub->index);
	sub->offsets = calloc((size_t)sub->count + 1, sizeof *sub->offsets);
	sub->entered = calloc((size_t)sub->count + 1, 1);
	sub->stack = malloc(((size_t)sub->count + 1) * sizeof *sub->stack);
	if (!sub->members || !sub->index || !sub->offsets || !sub->entered || !sub->stack)
		return error_memory();
	uint32_t next = 0;
	for (node_id i = 0; i < nodes; i++) {
		sub->index[i] = next;
		if (sub->member[i])
			sub->members[next++] = i;
	}
	return NULL;
}

static struct error *enter(struct subgraph *sub, node_id node)
{
	uint32_t i = sub->index[node];
	if (sub->entered[i])
		return NULL;
	sub->entered[i] = 1;
	return vector_push(&sub->entries, i);
}

/* Edges from outside make entries, edges within are counted. */
static struct error *scan_edges(struct subgraph *sub, uint32_t *within)
{
	const struct graph *graph = sub->graph;
	*within = 0;
	for (node_id from = 0; from < graph->nodes; from++) {
		bool inside = sub->member[from];
		if (inside)
			sub->offsets[sub->index[from]] = *within;
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++) {
			if (!sub->member[graph->targets[e]] || !edge_kind_holds(graph->edge_kinds[e]))
				continue;
			if (inside)
				(*within)++;
			else
				TRY(enter(sub, graph->targets[e]));
		}
	}
	sub->offsets[sub->count] = *within;
	return NULL;
}

static struct error *scan_roots(struct subgraph *sub)
{
	struct reader *reader = sub->graph->reader;
	uint64_t count = reader_counts(reader).root_edges;
	const struct edge_record *edges = reader_root_edges(reader);
	for (uint64_t e = 0; e < count; e++)
		if (sub->member[edges[e].target])
			TRY(enter(sub, edges[e].target));
	return NULL;
}

static void copy_edges(struct subgraph *sub)
{
	const struct graph *graph = sub->graph;
	uint32_t next = 0;
	for (uint32_t i = 0; i < sub->count; i++) {
		node_id from = sub->members[i];
		for (uint32_t e = graph->offsets[from]; e < graph->offsets[from + 1]; e++)
			if (sub->member[graph->targets[e]] && edge_kind_holds(graph->edge_kinds[e]))
				sub->targets[next++] = sub->index[graph->targets[e]];
	}
}

/* Marks what `from`, marked already, leads to. */
static void spread(struct subgraph *sub, uint32_t from)
{
	size_t depth = 0;
	sub->stack[depth++] = from;
	while (depth > 0) {
		uint32_t v = sub->stack[--depth];
		for (uint32_t e = sub->offsets[v]; e < sub->offsets[v + 1]; e++) {
			uint32_t target = sub->targets[e];
			if (sub->entered[target])
				continue;
			sub->entered[target] = 1;
			sub->stack[depth++] = target;
		}
	}
}

/* What no entry leads to is entered in its own right: owners first, as they explain the rest. */
static struct error *enter_the_rest(struct subgraph *sub, const struct type_facts *facts)
{
	size_t known = sub->entries.count;
	for (size_t i = 0; i < known; i++)
		spread(sub, sub->entries.items[i]);
	for (int owners = 1; owners >= 0; owners--)
		for (uint32_t i = 0; i < sub->count; i++) {
			if (sub->entered[i] || (owners && !facts->owner[sub->graph->type[sub->members[i]]]))
				continue;
			TRY(enter(sub, sub->members[i]));
			spread(sub, i);
		}
	return NULL;
}

static struct error *subgraph_fill(struct subgraph *sub, const struct type_facts *facts)
{
	TRY(collect_members(sub));
	uint32_t within;
	TRY(scan_edges(sub, &within));
	TRY(scan_roots(sub));
	sub->targets = malloc(((size_t)within + 1) * sizeof *sub->targets);
	if (sub->targets == NULL)
		return error_memory();
	copy_edges(sub);
	return enter_the_rest(sub, facts);
}

struct error *credit_create(const struct graph *graph, const struct type_facts *facts, const uint8_t *member,
			    struct credit *result)
{
	AUTO(subgraph) struct subgraph sub = {.graph = graph, .member = member};
	TRY(subgraph_fill(&sub, facts));
	struct flow flow = {.count = sub.count, .offsets = sub.offsets, .targets = sub.targets};
	AUTO(flow_search) struct flow_search search = {0};
	AUTO(credit) struct credit made = {.count = sub.count};
	TRY(flow_search_init(&search, &flow));
	flow_search_enter(&search, sub.entries.items, (uint32_t)sub.entries.count);
	TRY(dominators_create(&search, dominators_steps(&search), &made.tree));
	made.order = malloc(((size_t)sub.count + 1) * sizeof *made.order);
	if (made.order == NULL)
		return error_memory();
	domination_order(&made.tree, made.order);
	made.members = steal(&sub.members);
	*result = made;
	made = (struct credit){0};
	return NULL;
}

void credit_deinit(struct credit *credit)
{
	free(credit->members);
	free(credit->order);
	domination_deinit(&credit->tree);
	*credit = (struct credit){0};
}

struct error *credit_sizes(const struct credit *credit, const struct graph *graph, const struct type_facts *facts,
			   uint64_t *held)
{
	AUTO(free) void *memory = malloc(((size_t)credit->count + 1) * sizeof(label_id));
	label_id *owner = memory;
	if (owner == NULL)
		return error_memory();
	for (uint32_t k = 0; k < credit->count; k++) {
		uint32_t i = credit->order[k], above = domination_of(&credit->tree, i);
		type_id type = graph->type[credit->members[i]];
		owner[i] = facts->owner[type] ? facts->label[type] : above == DOMINATOR_ROOT ? NO_ID : owner[above];
		label_id label = owner[i] != NO_ID ? owner[i] : facts->label[type];
		if (__builtin_add_overflow(held[label], graph_size(graph, credit->members[i]), &held[label]))
			held[label] = UINT64_MAX;
	}
	return NULL;
}

struct weighing {
	const struct graph *graph;
	uint32_t *weight; /* for each node: members of the type that go with it; 0 outside the set's top */
	node_id *seen_by; /* for each node: who was counted last as its holder */
};

/* Members of the type at and below each member of the tree's top, by node id. */
static struct error *weigh(const struct credit *credit, const struct graph *graph, const struct type_facts *facts,
			   label_id label, uint32_t *by_node)
{
	AUTO(free) void *memory = calloc((size_t)credit->count + 1, sizeof(uint32_t));
	uint32_t *weight = memory;
	if (weight == NULL)
		return error_memory();
	for (uint32_t k = credit->count; k-- > 0;) {
		uint32_t i = credit->order[k], above = domination_of(&credit->tree, i);
		weight[i] += facts->label[graph->type[credit->members[i]]] == label;
		if (above == DOMINATOR_ROOT)
			by_node[credit->members[i]] = weight[i];
		else
			weight[above] += weight[i];
	}
	return NULL;
}

/* What `holder` gains by one more edge; two edges to one object count once. */
static uint64_t gain_of(struct weighing *weighing, node_id target, uint32_t holder)
{
	if (weighing->weight[target] == 0 || weighing->seen_by[target] == holder)
		return 0;
	weighing->seen_by[target] = holder;
	return weighing->weight[target];
}

static void weigh_objects(struct weighing *weighing, const uint8_t *member, struct credit_holder *best)
{
	const struct graph *graph = weighing->graph;
	for (node_id from = 0; from < graph->nodes; from++) {
		uint64_t count = 0;
		for (uint32_t e = graph->offsets[from]; !member[from] && e < graph->offsets[from + 1]; e++)
			if (edge_kind_holds(graph->edge_kinds[e]))
				count += gain_of(weighing, graph->targets[e], from);
		if (count > best->count)
			*best = (struct credit_holder){.found = true, .id = from, .count = count};
	}
}

static void weigh_roots(struct weighing *weighing, struct credit_holder *best)
{
	struct reader *reader = weighing->graph->reader;
	const struct edge_record *edges = reader_root_edges(reader);
	const uint64_t *offsets = reader_root_offsets(reader);
	uint64_t roots = reader_counts(reader).roots;
	memset(weighing->seen_by, 0xff, ((size_t)weighing->graph->nodes + 1) * sizeof *weighing->seen_by);
	for (uint64_t root = 0; root < roots; root++) {
		uint64_t count = 0;
		for (uint64_t e = offsets[root]; e < offsets[root + 1]; e++)
			count += gain_of(weighing, edges[e].target, (uint32_t)root);
		if (count > best->count)
			*best = (struct credit_holder){.found = true, .is_root = true, .id = (uint32_t)root, .count = count};
	}
}

struct error *credit_holder(const struct credit *credit, const struct graph *graph, const struct type_facts *facts,
			    label_id label, struct credit_holder *result)
{
	size_t room = (size_t)graph->nodes + 1;
	AUTO(free) void *weight = calloc(room, sizeof(uint32_t));
	AUTO(free) void *seen_by = malloc(room * sizeof(node_id));
	AUTO(free) void *member = calloc(room, 1);
	if (weight == NULL || seen_by == NULL || member == NULL)
		return error_memory();
	memset(seen_by, 0xff, room * sizeof(node_id));
	for (uint32_t i = 0; i < credit->count; i++)
		((uint8_t *)member)[credit->members[i]] = 1;
	TRY(weigh(credit, graph, facts, label, weight));
	struct weighing weighing = {.graph = graph, .weight = weight, .seen_by = seen_by};
	struct credit_holder best = {.found = false};
	weigh_objects(&weighing, member, &best);
	weigh_roots(&weighing, &best);
	*result = best;
	return NULL;
}
