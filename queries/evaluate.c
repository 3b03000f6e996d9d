/* What is an expression's value for one row?
 *
 * A walk over the tree, whose depth the parser bounds. Null goes through as openCypher says. An error gets the place of the
 * innermost expression that it arose in. O(the expression), and of the lists it walks.
 */
#include "queries/evaluate.h"

#include "base/match.h"
#include "queries/function.h"

#include <string.h>

/* The error's place, unless a part of the expression has set it. */
static struct error *placed(struct error *error, const struct expression *expression)
{
	if (error != NULL && error->code == ERROR_USAGE && !error->has_where) {
		error->has_where = true;
		error->where = expression->span.at;
	}
	return error;
}

static struct error *operand(struct evaluation *evaluation, const struct expression *expression, uint32_t number,
			     struct datum *result)
{
	return evaluate(evaluation, expression->operands[number], result);
}

/* --- conditions --------------------------------------------------------------------------------------------------- */

struct error *evaluate_truth(struct evaluation *evaluation, const struct expression *expression, enum truth *result)
{
	struct datum value;
	TRY(evaluate(evaluation, expression, &value));
	if (value.kind != DATUM_BOOLEAN && value.kind != DATUM_NULL)
		return placed(error_create(ERROR_USAGE, "a condition is true, false or null; this is %s",
					   datum_kind_name(value.kind)),
			      expression);
	*result = value.kind == DATUM_NULL ? TRUTH_NULL : value.boolean ? TRUTH_TRUE : TRUTH_FALSE;
	return NULL;
}

/* AND stops at the first false, OR at the first true. */
static struct error *evaluate_junction(struct evaluation *evaluation, const struct expression *expression,
				       enum truth decisive, enum truth *result)
{
	enum truth all = decisive == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
	for (uint32_t i = 0; i < expression->count && all != decisive; i++) {
		enum truth one;
		TRY(evaluate_truth(evaluation, expression->operands[i], &one));
		if (one == decisive || (one == TRUTH_NULL && all != decisive))
			all = one;
	}
	*result = all;
	return NULL;
}

static struct error *evaluate_xor(struct evaluation *evaluation, const struct expression *expression, enum truth *result)
{
	bool odd = false, unknown = false;
	for (uint32_t i = 0; i < expression->count; i++) {
		enum truth one;
		TRY(evaluate_truth(evaluation, expression->operands[i], &one));
		odd ^= one == TRUTH_TRUE;
		unknown |= one == TRUTH_NULL;
	}
	*result = unknown ? TRUTH_NULL : odd ? TRUTH_TRUE : TRUTH_FALSE;
	return NULL;
}

static enum truth negated(enum truth truth)
{
	return truth == TRUTH_NULL ? TRUTH_NULL : truth == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
}

static enum truth ordered(enum syntax_operator operator, struct datum a, struct datum b)
{
	int order = 0;
	bool holds = false;
	if (!datum_compare(a, b, &order))
		/* NaN is a number that is neither less nor greater; other values can't be told. */
		return datum_is_number(a) && datum_is_number(b) ? TRUTH_FALSE : TRUTH_NULL;
	if (operator == SYNTAX_LESS)
		holds = order < 0;
	else if (operator == SYNTAX_LESS_EQUAL)
		holds = order <= 0;
	else if (operator == SYNTAX_GREATER)
		holds = order > 0;
	else
		holds = order >= 0;
	return holds ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth affixed(enum syntax_operator operator, struct datum a, struct datum b)
{
	if (a.kind != DATUM_STRING || b.kind != DATUM_STRING)
		return TRUTH_NULL;
	bool holds = a.length >= b.length;
	if (operator == SYNTAX_CONTAINS)
		holds = holds && memmem(a.text, a.length, b.text, b.length) != NULL;
	else if (holds && b.length > 0)
		holds = memcmp(operator == SYNTAX_STARTS_WITH ? a.text : a.text + a.length - b.length, b.text, b.length) == 0;
	return holds ? TRUTH_TRUE : TRUTH_FALSE;
}

/* A pattern that is not the same in every row is compiled for this one. */
static struct error *matches(const struct expression *expression, struct datum a, struct datum b, enum truth *result)
{
	AUTO(match) struct match *compiled = NULL;
	struct match *match = expression->match;
	bool found = false;
	*result = TRUTH_NULL;
	if (a.kind != DATUM_STRING || b.kind != DATUM_STRING)
		return NULL;
	if (match == NULL) {
		TRY(match_create(b.text, MATCH_WHOLE, &compiled));
		match = compiled;
	}
	TRY(match_run(match, a.text, a.length, &found));
	*result = found ? TRUTH_TRUE : TRUTH_FALSE;
	return NULL;
}

static struct error *relate(const struct expression *expression, struct datum a, struct datum b, enum truth *result)
{
	switch (expression->operator) {
	case SYNTAX_EQUAL:
		*result = datum_equal(a, b);
		return NULL;
	case SYNTAX_UNEQUAL:
		*result = negated(datum_equal(a, b));
		return NULL;
	case SYNTAX_STARTS_WITH:
	case SYNTAX_ENDS_WITH:
	case SYNTAX_CONTAINS:
		*result = affixed(expression->operator, a, b);
		return NULL;
	case SYNTAX_MATCHES:
		return matches(expression, a, b, result);
	case SYNTAX_IN:
		return datum_in(a, b, result);
	default:
		*result = ordered(expression->operator, a, b);
		return NULL;
	}
}

/* What was settled for every type at once: of an object the answer is in a table. *known: false where it is none. */
static struct error *look_up(struct evaluation *evaluation, const struct expression *expression, bool *known,
			     enum truth *result)
{
	struct datum node;
	const struct heap *heap = evaluation->heap;
	*known = false;
	if (expression->matched == NULL)
		return NULL;
	TRY(evaluate(evaluation, expression->operands[0]->operands[0], &node));
	*known = node.kind == DATUM_NULL || (node.kind == DATUM_NODE && node.place < heap->nodes);
	if (!*known || node.kind == DATUM_NULL) {
		*result = TRUTH_NULL;
		return NULL;
	}
	*result = expression->matched[heap->facts->label[heap->type[node.place]]] ? TRUTH_TRUE : TRUTH_FALSE;
	return NULL;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static struct error *evaluate_relation(struct evaluation *evaluation, const struct expression *expression,
				       enum truth *result)
{
	struct datum a, b;
	bool known;
	TRY(look_up(evaluation, expression, &known, result));
	if (known)
		return NULL;
	TRY(operand(evaluation, expression, 0, &a));
	TRY(operand(evaluation, expression, 1, &b));
	return relate(expression, a, b, result);
}

static struct error *evaluate_condition(struct evaluation *evaluation, const struct expression *expression,
					enum truth *result)
{
	struct datum value;
	switch (expression->operator) {
	case SYNTAX_AND:
		return evaluate_junction(evaluation, expression, TRUTH_FALSE, result);
	case SYNTAX_OR:
		return evaluate_junction(evaluation, expression, TRUTH_TRUE, result);
	case SYNTAX_XOR:
		return evaluate_xor(evaluation, expression, result);
	case SYNTAX_NOT:
		TRY(evaluate_truth(evaluation, expression->operands[0], result));
		*result = negated(*result);
		return NULL;
	case SYNTAX_IS_NULL:
	case SYNTAX_IS_NOT_NULL:
		TRY(operand(evaluation, expression, 0, &value));
		*result = datum_is_null(value) == (expression->operator == SYNTAX_IS_NULL) ? TRUTH_TRUE : TRUTH_FALSE;
		return NULL;
	default:
		return evaluate_relation(evaluation, expression, result);
	}
}

static struct error *property_of_node(struct evaluation *evaluation, const struct property *property, struct datum key,
				      struct datum node, struct datum *result)
{
	bool edge = node.kind == DATUM_EDGE;
	if (property == NULL || property->edge != edge)
		property = property_find(edge, key.text, key.length);
	*result = datum_null();
	if (property == NULL)
		return NULL;
	TRY(heap_need(evaluation->heap, property->parts));
	if (edge)
		return heap_edge_property(evaluation->heap, evaluation->arena, property, node.edge, node.source, result);
	return heap_node_property(evaluation->heap, evaluation->arena, property, node.place, result);
}

/* x.key and x['key']. */
static struct error *entry_of(struct evaluation *evaluation, const struct property *property, struct datum key,
			      struct datum of, struct datum *result)
{
	switch ((enum datum_kind)of.kind) {
	case DATUM_NODE:
	case DATUM_EDGE:
		return property_of_node(evaluation, property, key, of, result);
	case DATUM_MAP:
		*result = datum_map_get(of.map, key.text, key.length);
		return NULL;
	case DATUM_NULL:
		*result = of;
		return NULL;
	default:
		return error_create(ERROR_USAGE, "%s has no properties; nodes, edges and maps have", datum_kind_name(of.kind));
	}
}

static struct error *item_of(struct evaluation *evaluation, struct datum of, struct datum at, struct datum *result)
{
	*result = datum_null();
	if (of.kind == DATUM_NULL || at.kind == DATUM_NULL)
		return NULL;
	if (of.kind != DATUM_LIST && at.kind == DATUM_STRING)
		return entry_of(evaluation, NULL, at, of, result);
	if (of.kind != DATUM_LIST || at.kind != DATUM_INTEGER)
		return error_create(ERROR_USAGE, "%s[%s] can't be: a list takes an INTEGER, a map, node or edge a STRING",
				    datum_kind_name(of.kind), datum_kind_name(at.kind));
	int64_t count = of.list->count, index = at.integer < 0 ? at.integer + count : at.integer;
	if (index >= 0 && index < count)
		*result = of.list->items[index];
	return NULL;
}

static struct error *evaluate_calculation(struct evaluation *evaluation, const struct expression *expression,
					  struct datum *result)
{
	struct datum a, b;
	TRY(operand(evaluation, expression, 0, &a));
	if (expression->operator == SYNTAX_MINUS)
		return datum_negate(a, result);
	if (expression->operator == SYNTAX_PLUS) {
		if (!datum_is_number(a) && !datum_is_null(a))
			return error_create(ERROR_USAGE, "+ doesn't go with %s", datum_kind_name(a.kind));
		*result = a;
		return NULL;
	}
	TRY(operand(evaluation, expression, 1, &b));
	if (expression->operator == SYNTAX_INDEX)
		return item_of(evaluation, a, b, result);
	return datum_calculate(evaluation->arena, (enum datum_operator)(expression->operator - SYNTAX_ADD), a, b, result);
}
_Static_assert((int)SYNTAX_POWER - (int)SYNTAX_ADD == (int)DATUM_POWER && (int)DATUM_ADD == 0, "operators in one order");

static struct error *evaluate_operation(struct evaluation *evaluation, const struct expression *expression,
					struct datum *result)
{
	enum syntax_operator operator = expression->operator;
	if (operator == SYNTAX_PLUS || operator == SYNTAX_MINUS || operator >= SYNTAX_ADD)
		return evaluate_calculation(evaluation, expression, result);
	enum truth truth;
	TRY(evaluate_condition(evaluation, expression, &truth));
	*result = datum_truth(truth);
	return NULL;
}

/* --- lists and maps ----------------------------------------------------------------------------------------------- */

/* The bound of a slice, moved into 0 .. count; *null: it is null. */
static struct error *bound_of(struct evaluation *evaluation, const struct expression *expression, int64_t count,
			      int64_t missing, int64_t *bound, bool *null)
{
	struct datum value = datum_integer(missing);
	if (expression != NULL)
		TRY(evaluate(evaluation, expression, &value));
	*null |= value.kind == DATUM_NULL;
	*bound = 0;
	if (value.kind == DATUM_NULL)
		return NULL;
	if (value.kind != DATUM_INTEGER)
		return error_create(ERROR_USAGE, "a slice's bounds are INTEGER, not %s", datum_kind_name(value.kind));
	int64_t at = value.integer < 0 ? value.integer + count : value.integer;
	*bound = at < 0 ? 0 : at > count ? count : at;
	return NULL;
}

static struct error *evaluate_slice(struct evaluation *evaluation, const struct expression *expression,
				    struct datum *result)
{
	struct datum of;
	int64_t from, to;
	TRY(operand(evaluation, expression, 0, &of));
	bool null = of.kind == DATUM_NULL;
	if (!null && of.kind != DATUM_LIST)
		return error_create(ERROR_USAGE, "%s has no slices; lists have", datum_kind_name(of.kind));
	int64_t count = null ? 0 : of.list->count;
	TRY(bound_of(evaluation, expression->operands[1], count, 0, &from, &null));
	TRY(bound_of(evaluation, expression->operands[2], count, count, &to, &null));
	*result = datum_null();
	if (null)
		return NULL;
	struct datum_list *list = NULL;
	TRY(datum_list_create(evaluation->arena, to > from ? (size_t)(to - from) : 0, &list));
	if (list->count > 0)
		memcpy(list->items, of.list->items + from, list->count * sizeof list->items[0]);
	return datum_of_list(list, result);
}

static struct error *evaluate_list(struct evaluation *evaluation, const struct expression *expression,
				   struct datum *result)
{
	struct datum_list *list = NULL;
	TRY(datum_list_create(evaluation->arena, expression->count, &list));
	for (uint32_t i = 0; i < expression->count; i++)
		TRY(operand(evaluation, expression, i, &list->items[i]));
	return datum_of_list(list, result);
}

static struct error *evaluate_map(struct evaluation *evaluation, const struct expression *expression, struct datum *result)
{
	struct datum_map *map = NULL;
	TRY(datum_map_create(evaluation->arena, expression->count, &map));
	for (uint32_t i = 0; i < expression->count; i++) {
		map->entries[i].key = datum_string(expression->names[i].text, expression->names[i].length);
		TRY(operand(evaluation, expression, i, &map->entries[i].value));
	}
	return datum_of_map(map, result);
}

/* The list that an expression walks; *list: NULL where it is null. */
static struct error *walked(struct evaluation *evaluation, const struct expression *expression,
			    const struct datum_list **list)
{
	struct datum value;
	TRY(operand(evaluation, expression, 0, &value));
	if (value.kind != DATUM_LIST && value.kind != DATUM_NULL)
		return error_create(ERROR_USAGE, "IN wants a LIST here, not %s", datum_kind_name(value.kind));
	*list = value.kind == DATUM_LIST ? value.list : NULL;
	return NULL;
}

/* Sets the item, and asks the condition; true without one. */
static struct error *test_item(struct evaluation *evaluation, const struct expression *expression, struct datum item,
			       enum truth *truth)
{
	evaluation->row[expression->slot] = item;
	*truth = TRUTH_TRUE;
	return expression->condition == NULL ? NULL : evaluate_truth(evaluation, expression->condition, truth);
}

static struct error *evaluate_comprehension(struct evaluation *evaluation, const struct expression *expression,
					    struct datum *result)
{
	const struct datum_list *list;
	struct datum_list *kept = NULL;
	uint32_t count = 0;
	TRY(walked(evaluation, expression, &list));
	*result = datum_null();
	if (list == NULL)
		return NULL;
	TRY(datum_list_create(evaluation->arena, list->count, &kept));
	for (uint32_t i = 0; i < list->count; i++) {
		enum truth truth;
		TRY(test_item(evaluation, expression, list->items[i], &truth));
		if (truth != TRUTH_TRUE)
			continue;
		kept->items[count] = list->items[i];
		if (expression->result != NULL)
			TRY(evaluate(evaluation, expression->result, &kept->items[count]));
		count++;
	}
	kept->count = count;
	return datum_of_list(kept, result);
}

/* The answer of a quantifier that met so many items of each truth. */
static enum truth quantified(enum quantifier quantifier, const uint32_t met[3])
{
	uint32_t no = met[TRUTH_FALSE], yes = met[TRUTH_TRUE], unknown = met[TRUTH_NULL];
	switch (quantifier) {
	case QUANTIFIER_ALL:
		return no > 0 ? TRUTH_FALSE : unknown > 0 ? TRUTH_NULL : TRUTH_TRUE;
	case QUANTIFIER_ANY:
		return yes > 0 ? TRUTH_TRUE : unknown > 0 ? TRUTH_NULL : TRUTH_FALSE;
	case QUANTIFIER_NONE:
		return yes > 0 ? TRUTH_FALSE : unknown > 0 ? TRUTH_NULL : TRUTH_TRUE;
	case QUANTIFIER_SINGLE:
		break;
	}
	return yes > 1 ? TRUTH_FALSE : unknown > 0 ? TRUTH_NULL : yes == 1 ? TRUTH_TRUE : TRUTH_FALSE;
}

static struct error *evaluate_quantifier(struct evaluation *evaluation, const struct expression *expression,
					 struct datum *result)
{
	const struct datum_list *list;
	uint32_t met[3] = {0};
	TRY(walked(evaluation, expression, &list));
	*result = datum_null();
	if (list == NULL)
		return NULL;
	for (uint32_t i = 0; i < list->count; i++) {
		enum truth truth;
		TRY(test_item(evaluation, expression, list->items[i], &truth));
		met[truth]++;
	}
	*result = datum_truth(quantified(expression->quantifier, met));
	return NULL;
}

static struct error *evaluate_reduce(struct evaluation *evaluation, const struct expression *expression,
				     struct datum *result)
{
	const struct datum_list *list;
	struct datum total;
	TRY(walked(evaluation, expression, &list));
	TRY(operand(evaluation, expression, 1, &total));
	for (uint32_t i = 0; list != NULL && i < list->count; i++) {
		evaluation->row[expression->slot] = total;
		evaluation->row[expression->inner_slot] = list->items[i];
		TRY(evaluate(evaluation, expression->result, &total));
	}
	*result = list == NULL ? datum_null() : total;
	return NULL;
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static struct error *evaluate_case(struct evaluation *evaluation, const struct expression *expression,
				   struct datum *result)
{
	struct datum subject = datum_null(), when;
	if (expression->subject != NULL)
		TRY(evaluate(evaluation, expression->subject, &subject));
	for (uint32_t i = 0; i + 1 < expression->count; i += 2) {
		enum truth truth;
		if (expression->subject != NULL) {
			TRY(operand(evaluation, expression, i, &when));
			truth = datum_equal(subject, when);
		} else {
			TRY(evaluate_truth(evaluation, expression->operands[i], &truth));
		}
		if (truth == TRUTH_TRUE)
			return operand(evaluation, expression, i + 1, result);
	}
	*result = datum_null();
	return expression->otherwise == NULL ? NULL : evaluate(evaluation, expression->otherwise, result);
}

#define ARGUMENTS_MAX 8u

static struct error *evaluate_call(struct evaluation *evaluation, const struct expression *expression,
				   struct datum *result)
{
	struct datum few[ARGUMENTS_MAX], *arguments = few;
	if (expression->aggregate) {
		*result = evaluation->row[expression->slot];
		return NULL;
	}
	if (expression->count > ARGUMENTS_MAX)
		arguments = arena_alloc(evaluation->arena, expression->count * sizeof *arguments);
	if (arguments == NULL)
		return error_memory();
	for (uint32_t i = 0; i < expression->count; i++)
		TRY(operand(evaluation, expression, i, &arguments[i]));
	return expression->function->run(evaluation, arguments, expression->count, result);
}

static struct error *evaluate_subquery(struct evaluation *evaluation, const struct expression *expression,
				       struct datum *result)
{
	uint64_t count = 0;
	bool any = expression->kind == EXPRESSION_PATTERN || expression->kind == EXPRESSION_EXISTS;
	TRY(evaluation->run_plan(evaluation, expression, any, &count, result));
	if (any)
		*result = datum_boolean(count > 0);
	else if (expression->kind == EXPRESSION_COUNT)
		*result = datum_integer((int64_t)count);
	return NULL;
}

struct error *evaluate_labels(struct evaluation *evaluation, struct datum value, const struct label_test *labels,
			      enum truth *result)
{
	*result = TRUTH_NULL;
	if (value.kind == DATUM_NULL)
		return NULL;
	if (value.kind != DATUM_NODE)
		return error_create(ERROR_USAGE, "%s has no labels; nodes have", datum_kind_name(value.kind));
	bool has = label_set_has(evaluation->heap, labels->set, value.place);
	*result = has != labels->negated ? TRUTH_TRUE : TRUTH_FALSE;
	return NULL;
}

static struct error *evaluate_label_test(struct evaluation *evaluation, const struct expression *expression,
					 struct datum *result)
{
	struct datum value;
	enum truth truth;
	TRY(operand(evaluation, expression, 0, &value));
	TRY(evaluate_labels(evaluation, value, expression->labels, &truth));
	*result = datum_truth(truth);
	return NULL;
}

static struct error *evaluate_property(struct evaluation *evaluation, const struct expression *expression,
				       struct datum *result)
{
	struct datum of;
	TRY(operand(evaluation, expression, 0, &of));
	struct datum key = datum_string(expression->name.text, expression->name.length);
	return entry_of(evaluation, expression->property, key, of, result);
}

static struct error *evaluate_any(struct evaluation *evaluation, const struct expression *expression,
				  struct datum *result)
{
	switch (expression->kind) {
	case EXPRESSION_LITERAL:
		*result = expression->literal;
		return NULL;
	case EXPRESSION_PARAMETER:
		*result = datum_map_get(evaluation->parameters, expression->name.text, expression->name.length);
		return NULL;
	case EXPRESSION_VARIABLE:
	case EXPRESSION_COUNT_ALL:
		*result = evaluation->row[expression->slot];
		return NULL;
	case EXPRESSION_PROPERTY:
		return evaluate_property(evaluation, expression, result);
	case EXPRESSION_OPERATION:
		return evaluate_operation(evaluation, expression, result);
	case EXPRESSION_SLICE:
		return evaluate_slice(evaluation, expression, result);
	case EXPRESSION_LIST:
		return evaluate_list(evaluation, expression, result);
	case EXPRESSION_MAP:
		return evaluate_map(evaluation, expression, result);
	case EXPRESSION_LABELS:
		return evaluate_label_test(evaluation, expression, result);
	case EXPRESSION_CALL:
		return evaluate_call(evaluation, expression, result);
	case EXPRESSION_CASE:
		return evaluate_case(evaluation, expression, result);
	case EXPRESSION_COMPREHENSION:
		return evaluate_comprehension(evaluation, expression, result);
	case EXPRESSION_QUANTIFIER:
		return evaluate_quantifier(evaluation, expression, result);
	case EXPRESSION_REDUCE:
		return evaluate_reduce(evaluation, expression, result);
	case EXPRESSION_PATTERN:
	case EXPRESSION_PATTERN_LIST:
	case EXPRESSION_EXISTS:
	case EXPRESSION_COUNT:
		break;
	}
	return evaluate_subquery(evaluation, expression, result);
}

struct error *evaluate(struct evaluation *evaluation, const struct expression *expression, struct datum *result)
{
	/* What is asked most often. */
	if (expression->kind == EXPRESSION_VARIABLE) {
		*result = evaluation->row[expression->slot];
		return NULL;
	}
	return placed(evaluate_any(evaluation, expression, result), expression);
}
