/* In which order is a pattern matched?
 *
 * Greedily: of the edges that go on from what has a value the one with the fewest expected rows, and where none does, the node
 * with the fewest places. Conditions are asked as soon as what they need has a value; those of one object's type become a
 * table of types, comparisons of its columns filters of the scan. Parts that no edge joins are matched apart and then
 * joined, by a hash table where values of both have to be equal.
 */
#include "queries/planning.h"

#include "queries/unparse.h"

#include <string.h>

#define REACHED 1e6 /* an estimate for walks without bounds */

struct match_node {
	const struct node_pattern *pattern;
	uint32_t slot;
	struct places_wanted wanted; /* where it gets its value here */
	uint8_t *types;              /* what wanted.types is, while it is made */
};
struct match_edge {
	const struct pattern *pattern;
	const struct edge_pattern *edge;
	uint32_t left, right; /* nodes */
	bool done;
	struct expression **each; /* conditions of every edge of a walk */
	uint32_t each_count;
};

struct matching {
	struct planner *planner;
	struct conditions conditions;
	uint32_t node_count, edge_count;
	struct match_node *nodes;
	struct match_edge *edges;
	bool *known; /* by slot: of the patterns, or has a value before */
	bool *missing, *theirs; /* by slot: room for one question at a time */
	uint32_t *used; /* slots of the edges that are matched */
	uint32_t used_count;
};

static bool is_bound(const struct matching *state, uint32_t slot)
{
	return state->planner->bound[slot];
}

/* --- what is to be matched ---------------------------------------------------------------------------------------- */

static uint32_t find_node(const struct matching *state, uint32_t slot)
{
	for (uint32_t i = 0; i < state->node_count; i++)
		if (state->nodes[i].slot == slot)
			return i;
	return UINT32_MAX;
}

static struct error *add_node(struct matching *state, const struct node_pattern *pattern, uint32_t *number)
{
	TRY(conditions_add_node(&state->conditions, pattern, state->planner->evaluation.parameters));
	state->known[pattern->slot] = true;
	*number = find_node(state, pattern->slot);
	if (*number != UINT32_MAX)
		return NULL;
	*number = state->node_count++;
	state->nodes[*number] = (struct match_node){.pattern = pattern, .slot = pattern->slot};
	return NULL;
}

static struct error *add_each(struct matching *state, struct match_edge *edge)
{
	AUTO(conditions) struct conditions each = {.arena = state->planner->arena};
	TRY(conditions_add_edge(&each, edge->edge, state->planner->evaluation.parameters));
	edge->each = arena_alloc(state->planner->arena, (each.items.count + 1) * sizeof(struct expression *));
	if (edge->each == NULL)
		return error_memory();
	for (size_t i = 0; i < each.items.count; i++)
		edge->each[edge->each_count++] = each.items.items[i].expression;
	return NULL;
}

static struct error *add_edge(struct matching *state, const struct pattern *pattern, uint32_t number, uint32_t left,
			      uint32_t right)
{
	const struct edge_pattern *edge = &pattern->edges[number];
	struct match_edge *made = &state->edges[state->edge_count++];
	*made = (struct match_edge){.pattern = pattern, .edge = edge, .left = left, .right = right};
	state->known[edge->slot] = true;
	if (edge->variable_length || edge->reach || pattern->shape != PATTERN_WALK)
		return add_each(state, made);
	return conditions_add_edge(&state->conditions, edge, state->planner->evaluation.parameters);
}

static struct error *add_pattern(struct matching *state, const struct pattern *pattern)
{
	uint32_t left, right;
	TRY(add_node(state, &pattern->nodes[0], &left));
	for (uint32_t i = 0; i < pattern->edge_count; i++) {
		TRY(add_node(state, &pattern->nodes[i + 1], &right));
		TRY(add_edge(state, pattern, i, left, right));
		left = right;
	}
	if (pattern->slot != SLOT_NONE)
		state->known[pattern->slot] = true;
	return NULL;
}

static struct error *gather(struct matching *state, const struct pattern *patterns, uint32_t count)
{
	struct arena *arena = state->planner->arena;
	size_t edges = 0;
	for (uint32_t i = 0; i < count; i++)
		edges += patterns[i].edge_count;
	/* Each takes an operator, and what is planned here takes time with the square of them. */
	if (edges + count > OPERATORS_MAX)
		return error_create_at(ERROR_USAGE, patterns[0].span.at, "a clause has no more than %u nodes and edges; this has %zu",
				       OPERATORS_MAX, edges + count);
	state->nodes = arena_alloc(arena, (edges + count + 1) * sizeof *state->nodes);
	state->edges = arena_alloc(arena, (edges + 1) * sizeof *state->edges);
	state->used = arena_alloc(arena, (edges + 1) * sizeof *state->used);
	if (state->nodes == NULL || state->edges == NULL || state->used == NULL)
		return error_memory();
	for (uint32_t i = 0; i < count; i++)
		TRY(add_pattern(state, &patterns[i]));
	return NULL;
}

/* Null, as an optional pattern gives it, matches no node; edges see to that of their ends. */
static struct error *add_known(struct matching *state)
{
	for (uint32_t i = 0; i < state->node_count; i++) {
		bool alone = is_bound(state, state->nodes[i].slot);
		for (uint32_t e = 0; alone && e < state->edge_count; e++)
			alone = state->edges[e].left != i && state->edges[e].right != i;
		if (alone)
			TRY(conditions_add_known(&state->conditions, state->nodes[i].pattern));
	}
	return NULL;
}

/* --- which places a node may be ----------------------------------------------------------------------------------- */

static bool is_variable(const struct expression *expression, uint32_t slot)
{
	return expression->kind == EXPRESSION_VARIABLE && expression->slot == slot;
}

static struct error *need_table(struct matching *state, struct match_node *node)
{
	if (node->types != NULL)
		return NULL;
	size_t types = state->planner->evaluation.heap->facts->count;
	node->types = arena_alloc(state->planner->arena, types + 1);
	if (node->types == NULL)
		return error_memory();
	memset(node->types, 1, types);
	return NULL;
}

/* Labels say of objects which types, and of roots whether. */
static struct error *fold_labels(struct matching *state, struct match_node *node, struct condition *condition)
{
	const struct label_test *labels = condition->expression->labels;
	TRY(need_table(state, node));
	for (type_id t = 0; t < state->planner->evaluation.heap->facts->count; t++)
		node->types[t] &= (labels->set->types[t] != 0) != labels->negated;
	node->wanted.roots &= labels->set->roots != labels->negated;
	condition->asked = true;
	return NULL;
}

/* x.type =~ '...' and the like, which were settled for each name. Roots are asked one by one. */
static struct error *fold_matched(struct matching *state, struct match_node *node, struct condition *condition)
{
	const struct type_facts *facts = state->planner->evaluation.heap->facts;
	TRY(need_table(state, node));
	for (type_id t = 0; t < facts->count; t++)
		node->types[t] &= condition->expression->matched[facts->label[t]] != 0;
	condition->asked = !node->wanted.roots;
	return NULL;
}

/* Is it asked for roots: by a label that has them, and is not negated? */
static bool wants_roots(const struct matching *state, uint32_t slot)
{
	bool wants = false;
	for (size_t i = 0; i < state->conditions.items.count; i++) {
		const struct expression *expression = state->conditions.items.items[i].expression;
		if (expression->kind == EXPRESSION_LABELS && is_variable(expression->operands[0], slot))
			wants |= expression->labels->set->roots && !expression->labels->negated;
	}
	return wants;
}

static void count_wanted(const struct heap *heap, struct match_node *node)
{
	node->wanted.types = node->types;
	node->wanted.count = node->types == NULL ? heap->nodes : 0;
	for (type_id t = 0; node->types != NULL && t < heap->facts->count; t++)
		node->wanted.count += node->types[t] != 0 ? heap->type_count[t] : 0;
	node->wanted.objects = node->wanted.count > 0;
	node->wanted.count += node->wanted.roots ? heap->roots : 0;
}

static struct error *settle_node(struct matching *state, struct match_node *node)
{
	node->wanted = (struct places_wanted){.objects = true, .roots = wants_roots(state, node->slot)};
	for (size_t i = 0; i < state->conditions.items.count && !is_bound(state, node->slot); i++) {
		struct condition *condition = &state->conditions.items.items[i];
		const struct expression *expression = condition->expression;
		if (expression->kind == EXPRESSION_LABELS && is_variable(expression->operands[0], node->slot))
			TRY(fold_labels(state, node, condition));
	}
	for (size_t i = 0; i < state->conditions.items.count && !is_bound(state, node->slot); i++) {
		struct condition *condition = &state->conditions.items.items[i];
		const struct expression *expression = condition->expression;
		if (expression->kind == EXPRESSION_OPERATION && expression->matched != NULL &&
		    is_variable(expression->operands[0]->operands[0], node->slot))
			TRY(fold_matched(state, node, condition));
	}
	count_wanted(state->planner->evaluation.heap, node);
	return NULL;
}

/* --- conditions --------------------------------------------------------------------------------------------------- */

/* All that it needs has a value. */
static bool is_ready(const struct matching *state, const struct condition *condition)
{
	const struct planner *planner = state->planner;
	for (uint32_t i = 0; i < planner->slots; i++)
		state->missing[i] = state->known[i] && !planner->bound[i];
	return !expression_uses(condition->expression, state->missing, planner->slots);
}

/* Hands those that are ready to the operator on top, a filter where that asks none. */
static struct error *ask_ready(struct matching *state, bool on_top)
{
	struct planner *planner = state->planner;
	for (unsigned dear = 0; dear < 2; dear++) {
		for (size_t i = 0; i < state->conditions.items.count; i++) {
			struct condition *condition = &state->conditions.items.items[i];
			if (condition->asked || condition->dear != (dear == 1) || !is_ready(state, condition))
				continue;
			if (!on_top)
				TRY(filter_create(planner, planner->top, &planner->top));
			on_top = true;
			condition->asked = true;
			TRY(planner_ask(planner, planner->top, &condition->expression, 1));
		}
	}
	return NULL;
}

static bool constant_number(struct matching *state, const struct expression *expression, int64_t *number)
{
	struct datum value;
	struct evaluation evaluation = state->planner->evaluation;
	evaluation.arena = state->planner->arena;
	if (!expression->constant)
		return false;
	/* What fails is evaluated for each row, and fails there. */
	AUTO(error) struct error *error = evaluate(&evaluation, expression, &value);
	if (error != NULL || value.kind != DATUM_INTEGER)
		return false;
	*number = value.integer;
	return true;
}

static bool filter_range(enum syntax_operator operator, int64_t number, struct column_filter *filter)
{
	filter->least = operator == SYNTAX_LESS || operator == SYNTAX_LESS_EQUAL ? INT64_MIN : number;
	filter->most = operator == SYNTAX_GREATER || operator == SYNTAX_GREATER_EQUAL ? INT64_MAX : number;
	if ((operator == SYNTAX_LESS && number == INT64_MIN) || (operator == SYNTAX_GREATER && number == INT64_MAX))
		return false;
	filter->most -= operator == SYNTAX_LESS;
	filter->least += operator == SYNTAX_GREATER;
	return operator != SYNTAX_UNEQUAL;
}

static struct error *add_filter(struct matching *state, struct operator *scan, uint32_t slot, struct condition *condition)
{
	struct heap *heap = state->planner->evaluation.heap;
	struct comparison comparison;
	struct column_filter filter;
	uint8_t none = 0;
	int64_t number;
	if (!expression_compares(condition->expression, slot, &comparison) || !scan_takes_filter(scan) ||
	    !constant_number(state, comparison.value, &number) || !filter_range(comparison.operator, number, &filter))
		return NULL;
	filter.property = comparison.property;
	TRY(heap_need(heap, filter.property->parts));
	if (!heap_filter(heap, filter.property, 0, 0, filter.least, filter.most, &none))
		return NULL;
	struct column_filter *kept = arena_alloc(state->planner->arena, sizeof *kept);
	if (kept == NULL)
		return error_memory();
	*kept = filter;
	scan_add_filter(scan, kept);
	scan->estimate *= comparison.operator == SYNTAX_EQUAL ? 0.05 : 0.3;
	condition->asked = true;
	return NULL;
}

/* --- what people see of it ---------------------------------------------------------------------------------------- */

/* The edge between its nodes, of which only the names are shown. */
static struct error *describe_edge(struct matching *state, const struct match_edge *edge, const char **text)
{
	struct node_pattern nodes[2] = {{.variable = state->nodes[edge->left].pattern->variable},
					{.variable = state->nodes[edge->right].pattern->variable}};
	struct edge_pattern copy = *edge->edge;
	struct pattern pattern = {.slot = SLOT_NONE, .shape = edge->pattern->shape, .edge_count = 1, .nodes = nodes, .edges = &copy};
	AUTO(text) struct text description;
	text_init(&description);
	unparse_pattern(&pattern, &description);
	TRY(text_error(&description));
	*text = arena_copy(state->planner->arena, text_string(&description), description.length);
	return *text == NULL ? error_memory() : NULL;
}

static void describe_node(const struct match_node *node, struct text *text)
{
	struct node_pattern copy = *node->pattern;
	struct pattern pattern = {.slot = SLOT_NONE, .nodes = &copy};
	copy.properties = copy.where = NULL;
	unparse_pattern(&pattern, text);
}

/* --- where to begin ----------------------------------------------------------------------------------------------- */

/* id or address of the node is equal to what has a value. */
static const struct expression *find_seek(struct matching *state, uint32_t slot, bool *address)
{
	for (size_t i = 0; i < state->conditions.items.count; i++) {
		struct condition condition = state->conditions.items.items[i];
		struct comparison comparison;
		struct condition value = {0};
		if (condition.asked || !expression_compares(condition.expression, slot, &comparison) ||
		    comparison.operator != SYNTAX_EQUAL)
			continue;
		*address = strcmp(comparison.property->name, "address") == 0;
		if (!*address && strcmp(comparison.property->name, "id") != 0)
			continue;
		value.expression = (struct expression *)comparison.value;
		if (is_ready(state, &value) && !expression_has_plan(comparison.value))
			return comparison.value;
	}
	return NULL;
}

static double node_cost(struct matching *state, const struct match_node *node)
{
	bool address;
	double cost = (double)node->wanted.count;
	if (find_seek(state, node->slot, &address) != NULL)
		return 0.5;
	for (size_t i = 0; i < state->conditions.items.count; i++) {
		const struct condition *condition = &state->conditions.items.items[i];
		struct comparison comparison;
		int64_t number;
		if (!condition->asked && expression_compares(condition->expression, node->slot, &comparison) &&
		    constant_number(state, comparison.value, &number))
			cost *= comparison.operator == SYNTAX_EQUAL ? 0.05 : 0.3;
	}
	return cost;
}

static struct error *place_scan(struct matching *state, const struct match_node *node, struct text *detail)
{
	struct planner *planner = state->planner;
	bool any = false;
	TRY(scan_create(planner, planner->top, node->slot, &node->wanted, &planner->top));
	for (size_t i = 0; i < state->conditions.items.count && !node->wanted.roots; i++) {
		struct condition *condition = &state->conditions.items.items[i];
		if (condition->asked)
			continue;
		TRY(add_filter(state, planner->top, node->slot, condition));
		if (!condition->asked)
			continue;
		text_add(detail, any ? " and " : ", by column ");
		unparse_expression(condition->expression, detail);
		any = true;
	}
	return NULL;
}

static struct error *place_node(struct matching *state, const struct match_node *node)
{
	struct planner *planner = state->planner;
	AUTO(text) struct text detail;
	bool address;
	const struct expression *value = find_seek(state, node->slot, &address);
	text_init(&detail);
	describe_node(node, &detail);
	if (value != NULL)
		TRY(seek_create(planner, planner->top, node->slot, address, value, &node->wanted, &planner->top));
	else
		TRY(place_scan(state, node, &detail));
	TRY(operator_set_detail(planner, planner->top, &detail));
	planner->bound[node->slot] = true;
	return ask_ready(state, true);
}

/* --- where to go on ----------------------------------------------------------------------------------------------- */

static bool is_search(const struct match_edge *edge)
{
	return edge->edge->reach || edge->pattern->shape != PATTERN_WALK;
}

/* A search that begins at all roots at once. */
static bool from_all_roots(const struct matching *state, const struct match_edge *edge, bool right)
{
	const struct match_node *node = &state->nodes[right ? edge->right : edge->left];
	return edge->pattern->shape != PATTERN_WALK && !is_bound(state, node->slot) && node->wanted.roots &&
	       !node->wanted.objects;
}

/* Rows for each one, from one end to the other. */
static double edge_cost(const struct matching *state, const struct match_edge *edge)
{
	const struct heap *heap = state->planner->evaluation.heap;
	bool left = is_bound(state, state->nodes[edge->left].slot), right = is_bound(state, state->nodes[edge->right].slot);
	const struct match_node *to = &state->nodes[left ? edge->right : edge->left];
	double places = (double)heap->places + 1;
	/* Edges are not loaded before the first plan needs them: objects hold a few others, mostly. */
	double fan = heap->edges > 0 ? (double)heap->edges / places : 3;
	double share = left && right ? 1 / places : (double)to->wanted.count / places;
	fan *= edge->edge->set != NULL ? 0.2 : 1;
	fan *= edge->edge->direction == DIRECTION_BOTH ? 2 : 1;
	if (is_search(edge) || (edge->edge->variable_length && edge->edge->most > 8))
		return REACHED * share + 1000;
	double rows = 1;
	for (uint32_t i = 0; i < edge->edge->most; i++)
		rows *= fan;
	return rows * share;
}

/* Does it go on from what has a value? */
static bool is_next(const struct matching *state, const struct match_edge *edge)
{
	return !edge->done && (is_bound(state, edge->edge->slot) || is_bound(state, state->nodes[edge->left].slot) ||
			       is_bound(state, state->nodes[edge->right].slot));
}

static struct match_edge *choose_edge(struct matching *state)
{
	struct match_edge *best = NULL;
	double best_cost = 0;
	for (uint32_t i = 0; i < state->edge_count; i++) {
		struct match_edge *edge = &state->edges[i];
		if (!is_next(state, edge))
			continue;
		double cost = edge_cost(state, edge);
		if (best == NULL || cost < best_cost) {
			best = edge;
			best_cost = cost;
		}
	}
	return best;
}

static struct error *expansion_of(struct matching *state, const struct match_edge *edge, bool reversed,
				  struct expansion *expansion)
{
	const struct match_node *left = &state->nodes[edge->left], *right = &state->nodes[edge->right];
	const struct match_node *from = reversed ? right : left, *to = reversed ? left : right;
	enum direction direction = edge->edge->direction;
	*expansion = (struct expansion){
		.edge = edge->edge,
		.from = from->slot,
		.to = to->slot,
		.out = direction == DIRECTION_BOTH || (direction == DIRECTION_OUT) != reversed,
		.in = direction == DIRECTION_BOTH || (direction == DIRECTION_IN) != reversed,
		.into = is_bound(state, to->slot),
		.reversed = reversed,
		.wanted = to->wanted,
	};
	uint32_t *used = arena_alloc(state->planner->arena, (state->used_count + (size_t)1) * sizeof *used);
	if (used == NULL)
		return error_memory();
	if (state->used_count > 0)
		memcpy(used, state->used, state->used_count * sizeof *used);
	expansion->used = used;
	expansion->used_count = is_search(edge) ? 0 : state->used_count;
	return describe_edge(state, edge, &expansion->text);
}

static struct error *prepare_each(struct matching *state, const struct match_edge *edge)
{
	for (uint32_t i = 0; i < edge->each_count; i++)
		TRY(planner_prepare(state->planner, edge->each[i]));
	return NULL;
}

static struct error *place_shortest(struct matching *state, const struct match_edge *edge, const struct expansion *expansion,
				    bool from_roots)
{
	struct planner *planner = state->planner;
	if (edge->edge->least > 1)
		return error_create_at(ERROR_USAGE, edge->edge->span.at,
				       "a shortest path has 0 or 1 edges at least; bound its length() by WHERE");
	return shortest_create(planner, planner->top, expansion, edge->pattern->shape == PATTERN_ALL_SHORTEST, from_roots,
			       edge->each, edge->each_count, &planner->top);
}

static struct error *place_ends(struct matching *state, const struct match_edge *edge, struct expansion *expansion)
{
	struct planner *planner = state->planner;
	if (edge->edge->variable_length || is_search(edge))
		return error_create_at(ERROR_USAGE, edge->edge->span.at,
				       "a list of edges that has a value already can't be matched again");
	return ends_create(planner, planner->top, expansion, is_bound(state, expansion->from),
			   &state->nodes[expansion->reversed ? edge->right : edge->left].wanted, &planner->top);
}

static struct error *place_edge(struct matching *state, struct match_edge *edge, bool from_roots)
{
	struct planner *planner = state->planner;
	struct expansion expansion;
	uint32_t left = state->nodes[edge->left].slot, right = state->nodes[edge->right].slot;
	double rows = edge_cost(state, edge) * planner->top->estimate;
	bool reversed = from_roots ? from_all_roots(state, edge, true) : !is_bound(state, left) && is_bound(state, right);
	TRY(expansion_of(state, edge, reversed, &expansion));
	TRY(prepare_each(state, edge));
	if (is_bound(state, edge->edge->slot))
		TRY(place_ends(state, edge, &expansion));
	else if (edge->pattern->shape != PATTERN_WALK)
		TRY(place_shortest(state, edge, &expansion, from_roots));
	else if (edge->edge->reach)
		TRY(reaching_create(planner, planner->top, &expansion, edge->each, edge->each_count, &planner->top));
	else if (edge->edge->variable_length)
		TRY(walks_create(planner, planner->top, &expansion, edge->each, edge->each_count, &planner->top));
	else
		TRY(expand_create(planner, planner->top, &expansion, &planner->top));
	planner->top->estimate = rows;
	planner->top->detail = expansion.text;
	edge->done = true;
	if (!is_search(edge))
		state->used[state->used_count++] = edge->edge->slot;
	planner->bound[edge->edge->slot] = planner->bound[left] = planner->bound[right] = true;
	return ask_ready(state, true);
}

/* A search from all roots needs no beginning. */
static struct match_edge *find_from_roots(struct matching *state)
{
	for (uint32_t i = 0; i < state->edge_count; i++) {
		struct match_edge *edge = &state->edges[i];
		bool left = from_all_roots(state, edge, false), right = from_all_roots(state, edge, true);
		if (!edge->done && !is_bound(state, edge->edge->slot) && left != right)
			return edge;
	}
	return NULL;
}

/* Edges, as long as one goes on. */
static struct error *place_edges(struct matching *state)
{
	struct match_edge *edge;
	while ((edge = choose_edge(state)) != NULL) {
		bool from_roots = from_all_roots(state, edge, false) || from_all_roots(state, edge, true);
		TRY(place_edge(state, edge, from_roots));
	}
	return NULL;
}

/* --- parts that no edge joins ------------------------------------------------------------------------------------- */

/* It needs what is bound of one part, and nothing of the other. */
static bool all_bound(const struct expression *expression, const struct matching *state, const bool *bound,
		      const bool *other)
{
	const struct planner *planner = state->planner;
	for (uint32_t i = 0; i < planner->slots; i++) {
		state->missing[i] = state->known[i] && !bound[i];
		state->theirs[i] = other[i] && !planner->arguments[i];
	}
	return !expression_uses(expression, state->missing, planner->slots) &&
	       !expression_uses(expression, state->theirs, planner->slots);
}

struct join_keys {
	struct expression **outer, **inner;
	uint32_t count;
};

/* Conditions a = b with a of one part and b of the other. They are asked after the join too, as they alone know what equals. */
static struct error *find_keys(struct matching *state, const bool *outer, const bool *inner, struct join_keys *keys)
{
	size_t room = (state->conditions.items.count + 1) * sizeof(struct expression *);
	keys->outer = arena_alloc(state->planner->arena, room);
	keys->inner = arena_alloc(state->planner->arena, room);
	keys->count = 0;
	if (keys->outer == NULL || keys->inner == NULL)
		return error_memory();
	for (size_t i = 0; i < state->conditions.items.count; i++) {
		const struct condition *condition = &state->conditions.items.items[i];
		struct expression *equal = condition->expression;
		if (condition->asked || condition->dear || equal->kind != EXPRESSION_OPERATION ||
		    equal->operator != SYNTAX_EQUAL)
			continue;
		for (uint32_t side = 0; side < 2; side++) {
			struct expression *a = equal->operands[side], *b = equal->operands[1 - side];
			if (a->constant || b->constant || !all_bound(a, state, outer, inner) ||
			    !all_bound(b, state, inner, outer))
				continue;
			keys->outer[keys->count] = a;
			keys->inner[keys->count++] = b;
			break;
		}
	}
	return NULL;
}

/* The slots that only this part has. */
static struct error *own_slots(struct planner *planner, const bool *part, uint32_t **slots, uint32_t *count)
{
	bool *own;
	TRY(planner_slots(planner, part, &own));
	for (uint32_t i = 0; i < planner->slots; i++)
		own[i] &= !planner->arguments[i];
	return planner_list(planner, own, slots, count);
}

static struct error *join(struct matching *state, struct operator *inner, const bool *inner_bound)
{
	struct planner *planner = state->planner;
	struct operator *outer = planner->top;
	const bool *kept = inner_bound;
	struct join_keys keys;
	uint32_t *slots, count;
	TRY(find_keys(state, planner->bound, inner_bound, &keys));
	/* The smaller part is kept, and the larger one goes by. */
	if (outer->estimate < inner->estimate) {
		struct operator *other = outer;
		outer = inner;
		inner = other;
		struct expression **of_other = keys.outer;
		keys.outer = keys.inner;
		keys.inner = of_other;
		kept = planner->bound;
	}
	TRY(own_slots(planner, kept, &slots, &count));
	TRY(product_create(planner, outer, inner, keys.outer, keys.inner, keys.count, slots, count, &planner->top));
	for (uint32_t i = 0; i < planner->slots; i++)
		planner->bound[i] |= inner_bound[i];
	return NULL;
}

/* One part, upon what is on top. */
static struct error *place_part(struct matching *state, const struct match_node *node, struct match_edge *from_roots)
{
	if (node != NULL)
		TRY(place_node(state, node));
	else
		TRY(place_edge(state, from_roots, true));
	return place_edges(state);
}

/* A part of its own, which is then joined to what is on top. */
static struct error *place_apart(struct matching *state, const struct match_node *node, struct match_edge *from_roots)
{
	struct planner *planner = state->planner;
	struct planner_state outer;
	uint32_t used = state->used_count;
	TRY(planner_begin(planner, planner->arguments, &outer));
	for (uint32_t i = 0; i < planner->slots; i++)
		state->known[i] |= outer.bound[i];
	state->used_count = 0;
	uint32_t *all_used = state->used;
	state->used += used;
	struct error *error = place_part(state, node, from_roots);
	const bool *inner_bound = planner->bound;
	struct operator *inner = planner_resume(planner, &outer);
	const uint32_t *right = state->used;
	uint32_t right_count = state->used_count;
	state->used = all_used;
	state->used_count += used;
	if (error != NULL)
		return error;
	TRY(join(state, inner, inner_bound));
	if (used > 0 && right_count > 0)
		TRY(unlike_create(planner, planner->top, all_used, used, right, right_count, &planner->top));
	return ask_ready(state, false);
}

static struct match_node *choose_node(struct matching *state)
{
	struct match_node *best = NULL;
	double best_cost = 0;
	for (uint32_t i = 0; i < state->node_count; i++) {
		struct match_node *node = &state->nodes[i];
		if (is_bound(state, node->slot))
			continue;
		double cost = node_cost(state, node);
		if (best == NULL || cost < best_cost) {
			best = node;
			best_cost = cost;
		}
	}
	return best;
}

static struct error *place_all(struct matching *state)
{
	struct planner *planner = state->planner;
	TRY(ask_ready(state, false));
	TRY(place_edges(state));
	for (;;) {
		bool address;
		struct match_edge *from_roots = find_from_roots(state);
		struct match_node *node = choose_node(state);
		if (node == NULL)
			return NULL;
		/* A search from all roots is begun by its other end, where that is the cheaper one. */
		if (from_roots != NULL && node_cost(state, node) > 100)
			node = NULL;
		else if (from_roots != NULL && (node == &state->nodes[from_roots->left] ||
						node == &state->nodes[from_roots->right]))
			node = NULL;
		bool alone = planner->top->estimate <= 1 ||
			     (node != NULL && find_seek(state, node->slot, &address) != NULL);
		if (alone)
			TRY(place_part(state, node, from_roots));
		else
			TRY(place_apart(state, node, from_roots));
		TRY(place_edges(state));
	}
}

static struct error *place_traces(struct matching *state, const struct pattern *patterns, uint32_t count)
{
	struct planner *planner = state->planner;
	for (uint32_t i = 0; i < count; i++) {
		if (patterns[i].slot == SLOT_NONE)
			continue;
		for (uint32_t e = 0; e < patterns[i].edge_count; e++)
			if (patterns[i].edges[e].reach)
				return error_create_at(ERROR_USAGE, patterns[i].edges[e].span.at,
						       "*reach finds ends, and no path to them: take shortestPath");
		TRY(trace_create(planner, planner->top, &patterns[i], &planner->top));
		planner->bound[patterns[i].slot] = true;
		TRY(ask_ready(state, true));
	}
	return NULL;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static struct error *match_all(struct matching *state, struct pattern *patterns, uint32_t count, struct expression *where)
{
	struct planner *planner = state->planner;
	TRY(heap_need(planner->evaluation.heap, HEAP_TYPE));
	TRY(planner_slots(planner, planner->bound, &state->known));
	TRY(planner_slots(planner, NULL, &state->missing));
	TRY(planner_slots(planner, NULL, &state->theirs));
	TRY(gather(state, patterns, count));
	TRY(add_known(state));
	TRY(conditions_add(&state->conditions, where));
	for (uint32_t i = 0; i < state->node_count; i++)
		TRY(settle_node(state, &state->nodes[i]));
	TRY(place_all(state));
	TRY(place_traces(state, patterns, count));
	return ask_ready(state, false);
}

struct error *match_patterns(struct planner *planner, struct pattern *patterns, uint32_t count, struct expression *where)
{
	struct matching state = {.planner = planner, .conditions = {.arena = planner->arena}};
	struct error *error = match_all(&state, patterns, count, where);
	conditions_deinit(&state.conditions);
	return error;
}

static struct error *match_optional(struct planner *planner, struct clause *clause)
{
	struct planner_state outer;
	uint32_t *slots, count;
	TRY(planner_begin(planner, planner->bound, &outer));
	struct error *error = match_patterns(planner, clause->patterns, clause->pattern_count, clause->where);
	const bool *bound = planner->bound, *arguments = planner->arguments;
	struct operator *inner = planner_resume(planner, &outer);
	if (error != NULL)
		return error;
	bool *own;
	TRY(planner_slots(planner, bound, &own));
	for (uint32_t i = 0; i < planner->slots; i++) {
		own[i] &= !arguments[i];
		planner->bound[i] |= bound[i];
	}
	TRY(planner_list(planner, own, &slots, &count));
	return optional_create(planner, planner->top, inner, slots, count, &planner->top);
}

struct error *match_plan(struct planner *planner, struct clause *clause)
{
	if (clause->optional)
		return match_optional(planner, clause);
	return match_patterns(planner, clause->patterns, clause->pattern_count, clause->where);
}
