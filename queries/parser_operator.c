/* How does an expression bind?
 *
 *     OR  XOR  AND  NOT  = <> < <= > >= (chained)  IN STARTS ENDS CONTAINS =~ IS  + -  * / %  ^  unary + -  . [] :label
 *
 * from loosest to tightest, as openCypher has it. Chains of AND and OR are one operation of many operands, so that they may
 * be long; every other operation has a height, which is bounded.
 */
#include "queries/parsing.h"

#include <string.h>

static struct error *make_operation(struct parser *parser, enum syntax_operator operator, struct expression *left,
				    struct expression *right, struct expression **result)
{
	struct expression operation = {.kind = EXPRESSION_OPERATION, .operator = operator, .span = left->span};
	TRY(parser_append(parser, operation.operands, operation.count, left));
	if (right != NULL)
		TRY(parser_append(parser, operation.operands, operation.count, right));
	return parse_finish(parser, &operation, result);
}

/* a[b] or a[b..c], from the bracket on. */
static struct error *parse_index(struct parser *parser, struct expression *of, struct expression **result)
{
	struct expression slice = {.kind = EXPRESSION_SLICE, .span = of->span}, *from = NULL, *to = NULL;
	bool range = false;
	TRY(parser_advance(parser));
	if (!parser_at_sign(parser, ".."))
		TRY(parse_expression(parser, &from));
	TRY(parser_accept_sign(parser, "..", &range));
	if (range && !parser_at_sign(parser, "]"))
		TRY(parse_expression(parser, &to));
	TRY(parser_need_sign(parser, "]"));
	if (!range)
		return make_operation(parser, SYNTAX_INDEX, of, from, result);
	TRY(parser_append(parser, slice.operands, slice.count, of));
	TRY(parser_append(parser, slice.operands, slice.count, from));
	TRY(parser_append(parser, slice.operands, slice.count, to));
	return parse_finish(parser, &slice, result);
}

static struct error *parse_property(struct parser *parser, struct expression *of, struct expression **result)
{
	struct expression property = {.kind = EXPRESSION_PROPERTY, .span = of->span};
	TRY(parser_advance(parser));
	TRY(parser_name(parser, true, &property.name));
	TRY(parser_append(parser, property.operands, property.count, of));
	return parse_finish(parser, &property, result);
}

/* x:A:B asks for both. */
static struct error *parse_label_test(struct parser *parser, struct expression *of, struct expression **result)
{
	struct expression all = {.kind = EXPRESSION_OPERATION, .operator = SYNTAX_AND, .span = of->span};
	while (parser_at_sign_quietly(parser, ":")) {
		struct expression test = {.kind = EXPRESSION_LABELS, .span = of->span}, *made = NULL;
		TRY(parser_alloc(parser, sizeof *test.labels, &test.labels));
		TRY(parse_labels(parser, parser->bar_ends, test.labels));
		TRY(parser_append(parser, test.operands, test.count, of));
		TRY(parse_finish(parser, &test, &made));
		TRY(parser_append(parser, all.operands, all.count, made));
	}
	if (all.count > 1)
		return parse_finish(parser, &all, result);
	*result = all.operands[0];
	return NULL;
}

static struct error *parse_postfix(struct parser *parser, struct expression **result)
{
	TRY(parse_atom(parser, result));
	for (;;) {
		if (parser_at_sign_quietly(parser, "."))
			TRY(parse_property(parser, *result, result));
		else if (parser_at_sign_quietly(parser, "["))
			TRY(parse_index(parser, *result, result));
		else if (parser_at_sign_quietly(parser, ":"))
			TRY(parse_label_test(parser, *result, result));
		else
			return NULL;
	}
}

#define SIGNS_MAX 200u

static struct error *parse_unary(struct parser *parser, struct expression **result)
{
	bool minus[SIGNS_MAX];
	unsigned count = 0;
	uint32_t begin = parser->token.span.at;
	while (parser_at_sign_quietly(parser, "-") || parser_at_sign_quietly(parser, "+")) {
		if (count == SIGNS_MAX)
			return parser_refuse_at(parser, parser->token.span.at, "these are more signs than make sense");
		minus[count++] = parser_at_sign_quietly(parser, "-");
		TRY(parser_advance(parser));
	}
	/* The least integer is the negative of no integer. */
	if (count > 0 && minus[count - 1] && parser->token.kind == TOKEN_INTEGER && parser->token.integer == INT64_MIN) {
		count--;
		TRY(parse_literal(parser, datum_integer(INT64_MIN), result));
	} else {
		TRY(parse_postfix(parser, result));
	}
	while (count > 0)
		TRY(make_operation(parser, minus[--count] ? SYNTAX_MINUS : SYNTAX_PLUS, *result, NULL, result));
	(*result)->span.at = begin;
	(*result)->span.length = parser->end - begin;
	return NULL;
}

/* How tightly each binds: 3 ^, 2 * / %, 1 + -; 0: it is none of these. */
static unsigned calculation_of(const struct parser *parser, enum syntax_operator *operator)
{
	static const struct {
		char sign;
		enum syntax_operator operator;
		unsigned level;
	} known[] = {{'^', SYNTAX_POWER, 3}, {'*', SYNTAX_MULTIPLY, 2}, {'/', SYNTAX_DIVIDE, 2}, {'%', SYNTAX_MODULO, 2},
		     {'+', SYNTAX_ADD, 1},   {'-', SYNTAX_SUBTRACT, 1}};
	if (parser->token.kind != TOKEN_SIGN || parser->token.sign[1] != '\0')
		return 0;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (parser->token.sign[0] == known[i].sign) {
			*operator = known[i].operator;
			return known[i].level;
		}
	return 0;
}

/* All that binds at `level` and tighter; each operator takes from its left. */
static struct error *parse_calculation(struct parser *parser, unsigned level, struct expression **result)
{
	enum syntax_operator operator = SYNTAX_ADD;
	TRY(parse_unary(parser, result));
	for (unsigned found; (found = calculation_of(parser, &operator)) >= level && found > 0;) {
		enum syntax_operator taken = operator;
		struct expression *right = NULL;
		TRY(parser_advance(parser));
		TRY(found == 3 ? parse_unary(parser, &right) : parse_calculation(parser, found + 1, &right));
		TRY(make_operation(parser, taken, *result, right, result));
	}
	return NULL;
}

/* IS [NOT] NULL, from IS on. */
static struct error *parse_null_test(struct parser *parser, struct expression **result)
{
	bool not;
	TRY(parser_advance(parser));
	TRY(parser_accept(parser, KEYWORD_NOT, &not));
	TRY(parser_need(parser, KEYWORD_NULL));
	return make_operation(parser, not ? SYNTAX_IS_NOT_NULL : SYNTAX_IS_NULL, *result, NULL, result);
}

/* The predicates that take what is calculated; *operator. Moves behind it; *found: false where there is none. */
static struct error *take_predicate(struct parser *parser, enum syntax_operator *operator, bool *found)
{
	*found = true;
	if (parser_at_sign_quietly(parser, "=~")) {
		*operator = SYNTAX_MATCHES;
	} else if (parser_at_quietly(parser, KEYWORD_IN)) {
		*operator = SYNTAX_IN;
	} else if (parser_at_quietly(parser, KEYWORD_CONTAINS)) {
		*operator = SYNTAX_CONTAINS;
	} else if (parser_at_quietly(parser, KEYWORD_STARTS) || parser_at_quietly(parser, KEYWORD_ENDS)) {
		*operator = parser->token.keyword == KEYWORD_STARTS ? SYNTAX_STARTS_WITH : SYNTAX_ENDS_WITH;
		TRY(parser_advance(parser));
		return parser_need(parser, KEYWORD_WITH);
	} else {
		*found = false;
		return NULL;
	}
	return parser_advance(parser);
}

static struct error *parse_predicate(struct parser *parser, struct expression **result)
{
	TRY(parse_calculation(parser, 1, result));
	for (;;) {
		enum syntax_operator operator = SYNTAX_IN;
		struct expression *right = NULL;
		bool found;
		if (parser_at_quietly(parser, KEYWORD_IS)) {
			TRY(parse_null_test(parser, result));
			continue;
		}
		TRY(take_predicate(parser, &operator, &found));
		if (!found)
			return NULL;
		TRY(parse_calculation(parser, 1, &right));
		TRY(make_operation(parser, operator, *result, right, result));
	}
}

static bool comparison_of(const struct token *token, enum syntax_operator *operator)
{
	static const struct {
		const char *sign;
		enum syntax_operator operator;
	} known[] = {{"=", SYNTAX_EQUAL}, {"<>", SYNTAX_UNEQUAL}, {"!=", SYNTAX_UNEQUAL}, {"<", SYNTAX_LESS},
		     {"<=", SYNTAX_LESS_EQUAL}, {">", SYNTAX_GREATER}, {">=", SYNTAX_GREATER_EQUAL}};
	for (size_t i = 0; token->kind == TOKEN_SIGN && i < sizeof known / sizeof known[0]; i++)
		if (strcmp(token->sign, known[i].sign) == 0) {
			*operator = known[i].operator;
			return true;
		}
	return false;
}

/* a < b <= c is a < b AND b <= c. */
static struct error *parse_comparison(struct parser *parser, struct expression **result)
{
	struct expression all = {.kind = EXPRESSION_OPERATION, .operator = SYNTAX_AND}, *left = NULL, *right = NULL;
	enum syntax_operator operator = SYNTAX_EQUAL;
	TRY(parse_predicate(parser, &left));
	all.span = left->span;
	while (comparison_of(&parser->token, &operator)) {
		enum syntax_operator taken = operator;
		struct expression *made = NULL;
		TRY(parser_advance(parser));
		TRY(parse_predicate(parser, &right));
		TRY(make_operation(parser, taken, left, right, &made));
		TRY(parser_append(parser, all.operands, all.count, made));
		left = right;
	}
	if (all.count > 1)
		return parse_finish(parser, &all, result);
	*result = all.count == 1 ? all.operands[0] : left;
	return NULL;
}

static struct error *parse_not(struct parser *parser, struct expression **result)
{
	unsigned count = 0;
	uint32_t begin = parser->token.span.at;
	for (; parser_at_quietly(parser, KEYWORD_NOT); count++) {
		if (count == SIGNS_MAX)
			return parser_refuse_at(parser, parser->token.span.at, "these are more NOT than make sense");
		TRY(parser_advance(parser));
	}
	TRY(parse_comparison(parser, result));
	for (; count > 0; count--) {
		TRY(make_operation(parser, SYNTAX_NOT, *result, NULL, result));
		(*result)->span.at = begin;
		(*result)->span.length = parser->end - begin;
	}
	return NULL;
}

/* Operands of one operator, from the tightest of the three on: AND, XOR, OR. */
static struct error *parse_junction(struct parser *parser, unsigned level, struct expression **result)
{
	static const struct {
		enum keyword keyword;
		enum syntax_operator operator;
	} levels[] = {{KEYWORD_OR, SYNTAX_OR}, {KEYWORD_XOR, SYNTAX_XOR}, {KEYWORD_AND, SYNTAX_AND}};
	if (level == sizeof levels / sizeof levels[0])
		return parse_not(parser, result);
	struct expression all = {.kind = EXPRESSION_OPERATION, .operator = levels[level].operator};
	bool more;
	do {
		struct expression *operand = NULL;
		TRY(parse_junction(parser, level + 1, &operand));
		if (all.count == 0)
			all.span = operand->span;
		TRY(parser_append(parser, all.operands, all.count, operand));
		more = parser_at_quietly(parser, levels[level].keyword);
		if (more)
			TRY(parser_advance(parser));
	} while (more);
	if (all.count > 1)
		return parse_finish(parser, &all, result);
	*result = all.operands[0];
	return NULL;
}

static struct error *parse_whole(struct parser *parser, bool bar_ends, struct expression **result)
{
	bool outside = parser->bar_ends;
	TRY(parser_enter(parser));
	parser->bar_ends = bar_ends;
	TRY(parse_junction(parser, 0, result));
	parser->bar_ends = outside;
	parser_leave(parser);
	return NULL;
}

struct error *parse_expression(struct parser *parser, struct expression **result)
{
	return parse_whole(parser, false, result);
}

struct error *parse_before_bar(struct parser *parser, struct expression **result)
{
	return parse_whole(parser, true, result);
}
