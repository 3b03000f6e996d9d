/* What do the names in an expression mean, and what is known of its value before any row is there?
 *
 * A walk over the tree. What is the same in every row is told, so that a condition on a type's name can be settled once for
 * every name there is, and a regular expression is compiled once.
 */
#include "queries/resolving.h"

#include "base/match.h"
#include "queries/evaluate.h"
#include "queries/expression.h"
#include "queries/function.h"

#include <stdlib.h>
#include <string.h>

static struct error *placed(struct error *error, struct span span)
{
	if (error != NULL && error->code == ERROR_USAGE && !error->has_where) {
		error->has_where = true;
		error->where = span.at;
	}
	return error;
}

/* "x is no property of an object; did you mean ...": `names` are those that there are. */
static struct error *refuse_name(const struct name *name, const char *what, const char *const *names, size_t count)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	const char *nearest = text_nearest(name->text, names, count);
	text_add_escaped(&text, name->text, name->length);
	text_add(&text, what);
	if (nearest != NULL) {
		text_printf(&text, "; did you mean %s?", nearest);
	} else {
		text_add(&text, "; there are");
		for (size_t i = 0; i < count; i++)
			text_printf(&text, "%s %s", i == 0 ? "" : ",", names[i]);
	}
	TRY(text_error(&text));
	return error_create_at(ERROR_USAGE, name->span.at, "%s", text_string(&text));
}

/* --- properties --------------------------------------------------------------------------------------------------- */

static struct error *refuse_property(bool edge, const struct name *name)
{
	const char *names[64];
	size_t known, count = 0;
	const struct property *properties = property_list(&known);
	for (size_t i = 0; i < known && count < sizeof names / sizeof names[0]; i++)
		if (properties[i].edge == edge)
			names[count++] = properties[i].name;
	return refuse_name(name, edge ? " is no property of an edge" : " is no property of an object", names, count);
}

static struct error *resolve_property(struct resolver *resolver, struct expression *expression, struct known *known)
{
	struct known of;
	TRY(resolve_expression(resolver, expression->operands[0], &of));
	expression->constant = expression->operands[0]->constant;
	if (of.kind == DATUM_NULL || of.kind == DATUM_MAP)
		return NULL;
	if (of.kind != DATUM_NODE && of.kind != DATUM_EDGE)
		return error_create_at(ERROR_USAGE, expression->name.span.at,
				       "%s has no properties; objects, edges and maps have", datum_kind_name(of.kind));
	bool edge = of.kind == DATUM_EDGE;
	expression->property = property_find(edge, expression->name.text, expression->name.length);
	if (expression->property == NULL)
		return refuse_property(edge, &expression->name);
	*known = (struct known){.kind = expression->property->kind, .unit = expression->property->unit};
	return placed(heap_need(resolver->heap, expression->property->parts), expression->name.span);
}

/* --- constants ---------------------------------------------------------------------------------------------------- */

struct error *resolve_constant(struct resolver *resolver, struct expression *expression, struct datum *value)
{
	struct limits limits = {.memory = LIMITS_MEMORY, .steps = LIMITS_STEPS};
	AUTO(free) void *row = calloc(resolver->slots + 1, sizeof(struct datum));
	if (row == NULL)
		return error_memory();
	struct evaluation evaluation = {.heap = resolver->heap,
					.limits = &limits,
					.parameters = resolver->parameters,
					.row = row,
					.arena = resolver->arena};
	return evaluate(&evaluation, expression, value);
}

static struct error *compile(struct resolver *resolver, struct expression *expression)
{
	struct datum pattern;
	struct match *match = NULL;
	TRY(resolve_constant(resolver, expression->operands[1], &pattern));
	if (pattern.kind != DATUM_STRING)
		return NULL;
	TRY(vector_reserve(&resolver->resolution->matches, resolver->resolution->matches.count + 1));
	TRY(placed(match_create(pattern.text, MATCH_WHOLE, &match), expression->operands[1]->span));
	resolver->resolution->matches.items[resolver->resolution->matches.count++] = match;
	expression->match = match;
	return NULL;
}

static bool is_type_of_object(const struct expression *expression)
{
	return expression->kind == EXPRESSION_PROPERTY && expression->property != NULL && !expression->property->edge &&
	       strcmp(expression->property->name, "type") == 0;
}

static bool is_decided_by_name(enum syntax_operator operator)
{
	return operator == SYNTAX_EQUAL || operator == SYNTAX_UNEQUAL ||
	       (operator >= SYNTAX_MATCHES && operator <= SYNTAX_IN);
}

/* Asks a condition on a type's name of every name there is. Nulls among the answers: it is left to each row. */
static struct error *settle_types(struct resolver *resolver, struct expression *expression)
{
	const struct type_names *names = resolver->heap->names;
	struct datum right, answer;
	TRY(resolve_constant(resolver, expression->operands[1], &right));
	uint8_t *matched = arena_alloc(resolver->arena, names->count + (size_t)1);
	if (matched == NULL)
		return error_memory();
	struct expression left_side = {.kind = EXPRESSION_LITERAL, .span = expression->span};
	struct expression right_side = {.kind = EXPRESSION_LITERAL, .span = expression->span, .literal = right};
	struct expression *operands[] = {&left_side, &right_side};
	struct expression asked = *expression;
	asked.operands = operands;
	asked.matched = NULL;
	for (label_id label = 0; label < names->count; label++) {
		left_side.literal = datum_string(names->labels[label].name, names->labels[label].length);
		TRY(resolve_constant(resolver, &asked, &answer));
		if (answer.kind != DATUM_BOOLEAN)
			return NULL;
		matched[label] = answer.boolean;
	}
	expression->matched = matched;
	return NULL;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static struct known known_calculation(enum syntax_operator operator, struct known a, struct known b)
{
	struct known known = {.kind = DATUM_NULL};
	bool whole = a.kind == DATUM_INTEGER && b.kind == DATUM_INTEGER;
	if (operator == SYNTAX_POWER)
		known.kind = DATUM_FLOAT;
	else if (whole)
		known.kind = DATUM_INTEGER;
	else if ((a.kind == DATUM_FLOAT || a.kind == DATUM_INTEGER) && (b.kind == DATUM_FLOAT || b.kind == DATUM_INTEGER))
		known.kind = DATUM_FLOAT;
	bool bytes = a.unit == UNIT_BYTES || a.unit == UNIT_BYTES_DELTA;
	bool both = bytes && (b.unit == UNIT_BYTES || b.unit == UNIT_BYTES_DELTA);
	if (operator == SYNTAX_SUBTRACT && bytes)
		known.unit = UNIT_BYTES_DELTA;
	else if (operator == SYNTAX_ADD || operator == SYNTAX_MULTIPLY || operator == SYNTAX_MODULO)
		known.unit = bytes ? a.unit : b.unit == UNIT_BYTES || b.unit == UNIT_BYTES_DELTA ? b.unit : UNIT_NONE;
	else if (operator == SYNTAX_DIVIDE && bytes && !both)
		known.unit = a.unit;
	return known;
}

static struct known known_operation(enum syntax_operator operator, const struct known *operands)
{
	if (operator == SYNTAX_INDEX)
		return (struct known){.kind = DATUM_NULL};
	if (operator == SYNTAX_PLUS || operator == SYNTAX_MINUS)
		return (struct known){.kind = operands[0].kind,
				      .unit = operands[0].unit == UNIT_BYTES ? UNIT_BYTES_DELTA : operands[0].unit};
	if (operator >= SYNTAX_ADD)
		return known_calculation(operator, operands[0], operands[1]);
	return (struct known){.kind = DATUM_BOOLEAN};
}

static struct error *resolve_operation(struct resolver *resolver, struct expression *expression, struct known *known)
{
	struct known operands[2] = {0};
	expression->constant = true;
	for (uint32_t i = 0; i < expression->count; i++) {
		struct known one;
		TRY(resolve_expression(resolver, expression->operands[i], &one));
		expression->constant &= expression->operands[i]->constant;
		if (i < 2)
			operands[i] = one;
	}
	*known = known_operation(expression->operator, operands);
	if (expression->count != 2 || !expression->operands[1]->constant)
		return NULL;
	if (expression->operator == SYNTAX_MATCHES)
		TRY(compile(resolver, expression));
	if (is_decided_by_name(expression->operator) && is_type_of_object(expression->operands[0]))
		return settle_types(resolver, expression);
	return NULL;
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

static struct error *refuse_function(const struct name *name)
{
	const char *names[128];
	size_t count;
	const struct function *functions = function_list(&count);
	count = count < sizeof names / sizeof names[0] ? count : sizeof names / sizeof names[0];
	for (size_t i = 0; i < count; i++)
		names[i] = functions[i].name;
	return refuse_name(name, "() is no function", names, count);
}

static struct error *check_arguments(const struct expression *expression)
{
	const struct function *function = expression->function;
	if (expression->distinct && function->run != NULL)
		return error_create_at(ERROR_USAGE, expression->span.at,
				       "DISTINCT goes with aggregates only, and %s() is none", function->name);
	if (expression->count >= function->least && expression->count <= function->most)
		return NULL;
	return error_create_at(ERROR_USAGE, expression->span.at, "%s%s takes %u argument%s%s, not %u", function->name,
			       function->arguments, function->least, function->least == 1 ? "" : "s",
			       function->most > function->least ? " or more" : "", expression->count);
}

/* An aggregate's result gets a slot; one that is there already serves again. */
static struct error *gather(struct resolver *resolver, struct expression *expression)
{
	struct projection *projection = resolver->projection;
	expression->aggregate = true;
	for (uint32_t i = 0; i < projection->aggregate_count; i++)
		if (expression_equal(projection->aggregates[i], expression)) {
			expression->slot = projection->aggregates[i]->slot;
			return NULL;
		}
	struct expression **all = arena_alloc(resolver->arena, (projection->aggregate_count + (size_t)1) * sizeof(*all));
	if (all == NULL)
		return error_memory();
	if (projection->aggregate_count > 0)
		memcpy(all, projection->aggregates, projection->aggregate_count * sizeof(*all));
	expression->slot = resolver->slots++;
	all[projection->aggregate_count++] = expression;
	projection->aggregates = all;
	return NULL;
}

static struct error *resolve_aggregate(struct resolver *resolver, struct expression *expression, struct known *known)
{
	struct known argument = {.kind = DATUM_NULL};
	if (resolver->no_aggregates != NULL)
		return error_create_at(ERROR_USAGE, expression->span.at,
				       "an aggregate can't stand in %s; WITH ... first, and ask its result in a WHERE after it",
				       resolver->no_aggregates);
	if (expression->kind == EXPRESSION_CALL) {
		expression->function = function_find(expression->name.text, expression->name.length);
		TRY(check_arguments(expression));
		resolver->no_aggregates = "another aggregate";
		struct error *error = resolve_expression(resolver, expression->operands[0], &argument);
		resolver->no_aggregates = NULL;
		TRY(error);
	}
	*known = (struct known){.kind = DATUM_INTEGER, .unit = UNIT_COUNT};
	if (expression->kind == EXPRESSION_CALL) {
		bool follows = expression->function->kind == DATUM_NULL;
		known->kind = follows ? argument.kind : expression->function->kind;
		known->unit = follows || known->kind == DATUM_FLOAT ? argument.unit : expression->function->unit;
	}
	return gather(resolver, expression);
}

static struct error *resolve_call(struct resolver *resolver, struct expression *expression, struct known *known)
{
	struct known first = {.kind = DATUM_NULL}, other;
	expression->function = function_find(expression->name.text, expression->name.length);
	if (expression->function == NULL)
		return refuse_function(&expression->name);
	TRY(check_arguments(expression));
	expression->constant = expression->function->parts == 0;
	for (uint32_t i = 0; i < expression->count; i++) {
		TRY(resolve_expression(resolver, expression->operands[i], i == 0 ? &first : &other));
		expression->constant &= expression->operands[i]->constant;
	}
	bool follows = expression->function->kind == DATUM_NULL;
	known->kind = expression->function->kind;
	known->unit = expression->function->unit;
	if (follows && (strcmp(expression->function->name, "abs") == 0 || strcmp(expression->function->name, "coalesce") == 0))
		*known = first;
	return placed(heap_need(resolver->heap, expression->function->parts), expression->span);
}

/* --- what binds names of its own ---------------------------------------------------------------------------------- */

static struct error *resolve_optional(struct resolver *resolver, struct expression *expression, struct known *known)
{
	*known = (struct known){.kind = DATUM_NULL};
	return expression == NULL ? NULL : resolve_expression(resolver, expression, known);
}

/* WHERE condition | result: asked of each item, where there are no rows to aggregate. */
static struct error *resolve_each(struct resolver *resolver, struct expression *expression)
{
	struct known known;
	const char *before = resolver->no_aggregates;
	resolver->no_aggregates = "what is asked of each item of a list";
	struct error *error = resolve_optional(resolver, expression->condition, &known);
	if (error == NULL)
		error = resolve_optional(resolver, expression->result, &known);
	resolver->no_aggregates = before;
	return error;
}

/* What is in a list of objects is not known; a list of the nodes of a path is of objects, but that is rarely asked. */
static struct error *resolve_binding(struct resolver *resolver, struct expression *expression, struct known *known)
{
	struct known part;
	size_t seen = resolver->scope.count;
	for (uint32_t i = 0; i < expression->count; i++)
		TRY(resolve_expression(resolver, expression->operands[i], &part));
	TRY(scope_declare(resolver, &expression->name, (struct known){.kind = DATUM_NULL}, &expression->slot));
	if (expression->kind == EXPRESSION_REDUCE)
		TRY(scope_declare(resolver, &expression->inner, (struct known){.kind = DATUM_NULL}, &expression->inner_slot));
	TRY(resolve_each(resolver, expression));
	resolver->scope.count = seen;
	known->kind = expression->kind == EXPRESSION_COMPREHENSION ? DATUM_LIST
		    : expression->kind == EXPRESSION_QUANTIFIER	   ? DATUM_BOOLEAN
								   : DATUM_NULL;
	return NULL;
}

static struct error *resolve_case(struct resolver *resolver, struct expression *expression, struct known *known)
{
	struct known part, first = {.kind = DATUM_NULL};
	TRY(resolve_optional(resolver, expression->subject, &part));
	for (uint32_t i = 0; i < expression->count; i++) {
		TRY(resolve_expression(resolver, expression->operands[i], &part));
		if (i == 1)
			first = part;
	}
	TRY(resolve_optional(resolver, expression->otherwise, &part));
	*known = (struct known){.kind = DATUM_NULL, .unit = first.unit};
	return NULL;
}

static struct error *resolve_pattern_in(struct resolver *resolver, struct expression *expression, struct known *known)
{
	size_t seen = resolver->scope.count;
	bool list = expression->kind == EXPRESSION_PATTERN_LIST;
	TRY(resolve_patterns(resolver, expression->pattern, 1, !list));
	TRY(resolve_each(resolver, expression));
	resolver->scope.count = seen;
	known->kind = list ? DATUM_LIST : DATUM_BOOLEAN;
	return NULL;
}

static struct error *resolve_query_in(struct resolver *resolver, struct expression *expression, struct known *known)
{
	const char *refused = resolver->no_aggregates;
	struct projection *projection = resolver->projection;
	resolver->no_aggregates = NULL;
	struct error *error = resolve_subquery(resolver, expression->query);
	resolver->no_aggregates = refused;
	resolver->projection = projection;
	known->kind = expression->kind == EXPRESSION_EXISTS ? DATUM_BOOLEAN : DATUM_INTEGER;
	known->unit = expression->kind == EXPRESSION_EXISTS ? UNIT_NONE : UNIT_COUNT;
	return error;
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static struct error *resolve_parameter(struct resolver *resolver, struct expression *expression, struct known *known)
{
	const struct name *name = &expression->name;
	const struct datum_map *parameters = resolver->parameters;
	for (uint32_t i = 0; i < parameters->count; i++) {
		struct datum key = parameters->entries[i].key;
		if (key.length != name->length || memcmp(key.text, name->text, name->length) != 0)
			continue;
		known->kind = (enum datum_kind)parameters->entries[i].value.kind;
		expression->constant = true;
		return NULL;
	}
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add_escaped(&text, name->text, name->length);
	TRY(text_error(&text));
	return error_create_at(ERROR_USAGE, expression->span.at, "$%s is not given; --param %s=VALUE gives it",
			       text_string(&text), text_string(&text));
}

static struct error *resolve_variable(struct resolver *resolver, struct expression *expression, struct known *known)
{
	if (expression->aggregate) /* it stands for a column, whose slot it has */
		return NULL;
	const struct variable *variable = scope_find(resolver, &expression->name);
	if (variable == NULL)
		return scope_unknown(resolver, &expression->name);
	expression->slot = variable->slot;
	*known = variable->known;
	return NULL;
}

static struct error *resolve_labels(struct resolver *resolver, struct expression *expression, struct known *known)
{
	struct known of;
	TRY(resolve_expression(resolver, expression->operands[0], &of));
	if (of.kind != DATUM_NODE && of.kind != DATUM_NULL)
		return error_create_at(ERROR_USAGE, expression->span.at, "%s has no labels; objects have",
				       datum_kind_name(of.kind));
	known->kind = DATUM_BOOLEAN;
	return resolve_label(resolver, expression->labels);
}

static struct error *resolve_parts(struct resolver *resolver, struct expression *expression, struct known *known)
{
	struct known part;
	expression->constant = true;
	for (uint32_t i = 0; i < expression->count; i++) {
		if (expression->operands[i] == NULL)
			continue;
		TRY(resolve_expression(resolver, expression->operands[i], &part));
		expression->constant &= expression->operands[i]->constant;
	}
	known->kind = expression->kind == EXPRESSION_MAP ? DATUM_MAP : DATUM_LIST;
	return NULL;
}

struct error *resolve_expression(struct resolver *resolver, struct expression *expression, struct known *known)
{
	*known = (struct known){.kind = DATUM_NULL};
	switch (expression->kind) {
	case EXPRESSION_LITERAL:
		expression->constant = true;
		known->kind = (enum datum_kind)expression->literal.kind;
		return NULL;
	case EXPRESSION_PARAMETER:
		return resolve_parameter(resolver, expression, known);
	case EXPRESSION_VARIABLE:
		return resolve_variable(resolver, expression, known);
	case EXPRESSION_PROPERTY:
		return resolve_property(resolver, expression, known);
	case EXPRESSION_OPERATION:
		return resolve_operation(resolver, expression, known);
	case EXPRESSION_SLICE:
	case EXPRESSION_LIST:
	case EXPRESSION_MAP:
		return resolve_parts(resolver, expression, known);
	case EXPRESSION_LABELS:
		return resolve_labels(resolver, expression, known);
	case EXPRESSION_COUNT_ALL:
		return resolve_aggregate(resolver, expression, known);
	case EXPRESSION_CALL:
		return expression_is_aggregate(expression) ? resolve_aggregate(resolver, expression, known)
							   : resolve_call(resolver, expression, known);
	case EXPRESSION_CASE:
		return resolve_case(resolver, expression, known);
	case EXPRESSION_COMPREHENSION:
	case EXPRESSION_QUANTIFIER:
	case EXPRESSION_REDUCE:
		return resolve_binding(resolver, expression, known);
	case EXPRESSION_PATTERN:
	case EXPRESSION_PATTERN_LIST:
		return resolve_pattern_in(resolver, expression, known);
	case EXPRESSION_EXISTS:
	case EXPRESSION_COUNT:
		break;
	}
	return resolve_query_in(resolver, expression, known);
}

struct error *resolve_condition(struct resolver *resolver, struct expression *expression, const char *where)
{
	struct known known;
	const char *before = resolver->no_aggregates;
	resolver->no_aggregates = where;
	struct error *error = resolve_expression(resolver, expression, &known);
	resolver->no_aggregates = before;
	TRY(error);
	if (known.kind != DATUM_BOOLEAN && known.kind != DATUM_NULL)
		return error_create_at(ERROR_USAGE, expression->span.at, "a condition is true, false or null; this is %s",
				       datum_kind_name(known.kind));
	return NULL;
}
