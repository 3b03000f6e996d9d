/* What does an expression begin with: a literal, a name, a call, a list, a case, a pattern?
 *
 * What stands between and behind such parts is in queries/parser_operator.c. Here too the height and the weight of every
 * part are bounded.
 */
#include "queries/parsing.h"

#include <string.h>
#include <strings.h>

/* --- making ------------------------------------------------------------------------------------------------------- */

static void measure_parts(struct measure *measure, const struct expression *expression)
{
	for (uint32_t i = 0; i < expression->count; i++)
		measure_expression(measure, expression->operands[i]);
	measure_expression(measure, expression->subject);
	measure_expression(measure, expression->otherwise);
	measure_expression(measure, expression->condition);
	measure_expression(measure, expression->result);
	if (expression->pattern != NULL)
		measure_pattern(measure, expression->pattern);
	if (expression->query != NULL)
		measure_query(measure, expression->query);
}

struct error *parse_finish(struct parser *parser, struct expression *expression, struct expression **result)
{
	struct measure measure = {0};
	measure_parts(&measure, expression);
	if (measure.height >= SYNTAX_DEPTH)
		return parser_refuse_at(parser, parser->token.span.at, "this is nested deeper than %u levels", SYNTAX_DEPTH);
	if (measure.weight >= SYNTAX_WEIGHT)
		return parser_refuse_at(parser, parser->token.span.at, "chains like a < b < c are nested too often here");
	struct expression *made = NULL;
	TRY(parser_alloc(parser, sizeof *made, &made));
	*made = *expression;
	made->height = (uint16_t)(measure.height + 1);
	made->weight = (uint32_t)measure.weight + 1;
	made->slot = made->inner_slot = SLOT_NONE;
	made->span.length = parser->end > made->span.at ? parser->end - made->span.at : 0;
	*result = made;
	return NULL;
}

/* --- atoms -------------------------------------------------------------------------------------------------------- */

static struct error *parse_operand(struct parser *parser, struct expression *expression)
{
	struct expression *operand = NULL;
	TRY(parse_expression(parser, &operand));
	return parser_append(parser, expression->operands, expression->count, operand);
}

static struct error *parse_operand_before_bar(struct parser *parser, struct expression *expression)
{
	struct expression *operand = NULL;
	TRY(parse_before_bar(parser, &operand));
	return parser_append(parser, expression->operands, expression->count, operand);
}

/* Up to and with `end`, separated by commas; none at all is fine. */
static struct error *parse_operands(struct parser *parser, const char *end, struct expression *expression)
{
	bool more = !parser_at_sign(parser, end);
	while (more) {
		TRY(parse_operand(parser, expression));
		TRY(parser_accept_sign(parser, ",", &more));
	}
	return parser_need_sign(parser, end);
}

struct error *parse_literal(struct parser *parser, struct datum literal, struct expression **result)
{
	struct expression expression = {.kind = EXPRESSION_LITERAL, .literal = literal, .span = parser->token.span};
	TRY(parser_advance(parser));
	return parse_finish(parser, &expression, result);
}

static struct error *parse_integer(struct parser *parser, struct expression **result)
{
	if (parser->token.integer < 0)
		return parser_refuse_at(parser, parser->token.span.at,
					"this number is beyond 64 bits; with a point, as in 1e30 or 1.0, it is a float");
	return parse_literal(parser, datum_integer(parser->token.integer), result);
}

struct error *parse_map(struct parser *parser, struct expression **result)
{
	struct expression map = {.kind = EXPRESSION_MAP, .span = parser->token.span};
	uint32_t names = 0;
	TRY(parser_need_sign(parser, "{"));
	bool more = !parser_at_sign(parser, "}");
	while (more) {
		struct name name;
		TRY(parser_name(parser, true, &name));
		TRY(parser_append(parser, map.names, names, name));
		TRY(parser_need_sign(parser, ":"));
		TRY(parse_operand(parser, &map));
		TRY(parser_accept_sign(parser, ",", &more));
	}
	TRY(parser_need_sign(parser, "}"));
	return parse_finish(parser, &map, result);
}

static struct error *parse_case(struct parser *parser, struct expression **result)
{
	struct expression expression = {.kind = EXPRESSION_CASE, .span = parser->token.span};
	bool found;
	TRY(parser_advance(parser));
	if (!parser_at(parser, KEYWORD_WHEN))
		TRY(parse_expression(parser, &expression.subject));
	TRY(parser_need(parser, KEYWORD_WHEN));
	do {
		TRY(parse_operand(parser, &expression));
		TRY(parser_need(parser, KEYWORD_THEN));
		TRY(parse_operand(parser, &expression));
		TRY(parser_accept(parser, KEYWORD_WHEN, &found));
	} while (found);
	TRY(parser_accept(parser, KEYWORD_ELSE, &found));
	if (found)
		TRY(parse_expression(parser, &expression.otherwise));
	TRY(parser_need(parser, KEYWORD_END));
	return parse_finish(parser, &expression, result);
}

/* After `name IN list`: [WHERE condition] [| result]. */
static struct error *parse_filter(struct parser *parser, struct expression *expression)
{
	bool found;
	TRY(parser_accept(parser, KEYWORD_WHERE, &found));
	if (found)
		TRY(parse_before_bar(parser, &expression->condition));
	TRY(parser_accept_sign(parser, "|", &found));
	return found ? parse_expression(parser, &expression->result) : NULL;
}

/* A pattern with an edge, else the way is given up: *found. */
static struct error *try_pattern(struct parser *parser, bool named, struct pattern **result, bool *found)
{
	struct parser_mark mark = parser_mark(parser);
	struct pattern *pattern = NULL;
	TRY(parser_alloc(parser, sizeof *pattern, &pattern));
	struct error *error = parser_enter(parser);
	if (error == NULL)
		error = parse_pattern(parser, named, pattern);
	*found = error == NULL && pattern->edge_count > 0;
	if (!*found)
		return parser_give_up(parser, &mark, error);
	parser_leave(parser);
	*result = pattern;
	return NULL;
}

/* [(a)-->(b) WHERE c | d]; *found: false where it is something else. */
static struct error *try_pattern_list(struct parser *parser, struct span span, struct expression **result, bool *found)
{
	struct parser_mark mark = parser_mark(parser);
	struct expression list = {.kind = EXPRESSION_PATTERN_LIST, .span = span};
	*found = false;
	if (!parser_at_sign_quietly(parser, "(") && parser->token.kind != TOKEN_NAME)
		return NULL;
	TRY(try_pattern(parser, true, &list.pattern, found));
	*found = *found && (parser_at_quietly(parser, KEYWORD_WHERE) || parser_at_sign_quietly(parser, "|"));
	if (!*found)
		return parser_give_up(parser, &mark, NULL);
	TRY(parse_filter(parser, &list));
	if (list.result == NULL)
		return parser_refuse(parser);
	TRY(parser_need_sign(parser, "]"));
	return parse_finish(parser, &list, result);
}

static struct error *try_comprehension(struct parser *parser, struct span span, struct expression **result, bool *found)
{
	struct parser_mark mark = parser_mark(parser);
	struct expression list = {.kind = EXPRESSION_COMPREHENSION, .span = span};
	*found = parser_at_name(parser, false);
	if (!*found)
		return NULL;
	TRY(parser_name(parser, false, &list.name));
	TRY(parser_accept(parser, KEYWORD_IN, found));
	if (!*found)
		return parser_give_up(parser, &mark, NULL);
	TRY(parse_operand_before_bar(parser, &list));
	TRY(parse_filter(parser, &list));
	TRY(parser_need_sign(parser, "]"));
	return parse_finish(parser, &list, result);
}

static struct error *parse_list(struct parser *parser, struct expression **result)
{
	struct expression list = {.kind = EXPRESSION_LIST, .span = parser->token.span};
	bool found;
	TRY(parser_advance(parser));
	TRY(try_comprehension(parser, list.span, result, &found));
	if (found)
		return NULL;
	TRY(try_pattern_list(parser, list.span, result, &found));
	if (found)
		return NULL;
	TRY(parse_operands(parser, "]", &list));
	return parse_finish(parser, &list, result);
}

/* --- what begins with a name -------------------------------------------------------------------------------------- */

static bool is_word(const struct token *token, const char *word)
{
	return (token->kind == TOKEN_NAME || token->kind == TOKEN_KEYWORD) && !token->quoted &&
	       strcasecmp(token->text, word) == 0;
}

static bool find_quantifier(const struct token *token, enum quantifier *quantifier)
{
	static const char *const names[] = {[QUANTIFIER_ALL] = "all", [QUANTIFIER_ANY] = "any", [QUANTIFIER_NONE] = "none",
					    [QUANTIFIER_SINGLE] = "single"};
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (is_word(token, names[i])) {
			*quantifier = (enum quantifier)i;
			return true;
		}
	return false;
}

/* After `all(`. */
static struct error *parse_quantifier(struct parser *parser, struct expression *expression, struct expression **result)
{
	TRY(parser_name(parser, false, &expression->name));
	TRY(parser_need(parser, KEYWORD_IN));
	TRY(parse_operand(parser, expression));
	TRY(parser_need(parser, KEYWORD_WHERE));
	TRY(parse_expression(parser, &expression->condition));
	TRY(parser_need_sign(parser, ")"));
	return parse_finish(parser, expression, result);
}

/* After `reduce(`. */
static struct error *parse_reduce(struct parser *parser, struct expression *expression, struct expression **result)
{
	struct expression *begin = NULL;
	TRY(parser_name(parser, false, &expression->name));
	TRY(parser_need_sign(parser, "="));
	TRY(parse_expression(parser, &begin));
	TRY(parser_need_sign(parser, ","));
	TRY(parser_name(parser, false, &expression->inner));
	TRY(parser_need(parser, KEYWORD_IN));
	TRY(parse_operand_before_bar(parser, expression));
	TRY(parser_append(parser, expression->operands, expression->count, begin));
	TRY(parser_need_sign(parser, "|"));
	TRY(parse_expression(parser, &expression->result));
	TRY(parser_need_sign(parser, ")"));
	return parse_finish(parser, expression, result);
}

/* After `exists(`: a pattern, else an expression. */
static struct error *parse_exists(struct parser *parser, struct expression *expression, struct expression **result)
{
	bool found = false;
	if (parser_at_sign_quietly(parser, "("))
		TRY(try_pattern(parser, false, &expression->pattern, &found));
	expression->kind = found ? EXPRESSION_PATTERN : EXPRESSION_CALL;
	if (found)
		expression->name = (struct name){0};
	else
		TRY(parse_operand(parser, expression));
	TRY(parser_need_sign(parser, ")"));
	return parse_finish(parser, expression, result);
}

/* After `name(`. */
static struct error *parse_arguments(struct parser *parser, struct expression *call, struct expression **result)
{
	bool all = false;
	if (strcasecmp(call->name.text, "count") == 0)
		TRY(parser_accept_sign(parser, "*", &all));
	if (all) {
		call->kind = EXPRESSION_COUNT_ALL;
		TRY(parser_need_sign(parser, ")"));
		return parse_finish(parser, call, result);
	}
	TRY(parser_accept(parser, KEYWORD_DISTINCT, &call->distinct));
	TRY(parse_operands(parser, ")", call));
	return parse_finish(parser, call, result);
}

static struct error *parse_call(struct parser *parser, const struct token *word, struct expression **result)
{
	struct expression call = {.kind = EXPRESSION_CALL, .span = word->span};
	call.name = (struct name){.text = word->text, .length = word->length, .span = word->span};
	TRY(parser_advance(parser)); /* the parenthesis */
	if (find_quantifier(word, &call.quantifier)) {
		call.kind = EXPRESSION_QUANTIFIER;
		return parse_quantifier(parser, &call, result);
	}
	if (is_word(word, "reduce")) {
		call.kind = EXPRESSION_REDUCE;
		return parse_reduce(parser, &call, result);
	}
	if (is_word(word, "exists"))
		return parse_exists(parser, &call, result);
	return parse_arguments(parser, &call, result);
}

/* EXISTS { ... } and COUNT { ... }. */
static struct error *parse_inner(struct parser *parser, const struct token *word, struct expression **result)
{
	struct expression expression = {.kind = is_word(word, "exists") ? EXPRESSION_EXISTS : EXPRESSION_COUNT,
					.span = word->span};
	TRY(parser_advance(parser));
	TRY(parse_inner_query(parser, &expression.query));
	return parse_finish(parser, &expression, result);
}

static struct error *parse_shortest(struct parser *parser, struct expression **result)
{
	struct expression expression = {.kind = EXPRESSION_PATTERN, .span = parser->token.span};
	TRY(parser_alloc(parser, sizeof *expression.pattern, &expression.pattern));
	TRY(parse_pattern(parser, false, expression.pattern));
	return parse_finish(parser, &expression, result);
}

/* What comes after LIMIT, ORDER and the like where these are no variables. */
static bool begins_expression(const struct parser *parser)
{
	enum token_kind kind = parser->token.kind;
	return (kind != TOKEN_END && kind != TOKEN_SIGN && kind != TOKEN_KEYWORD) || parser_at_quietly(parser, KEYWORD_BY);
}

static struct error *parse_word(struct parser *parser, struct expression **result)
{
	struct token word = parser->token;
	if (is_word(&word, "shortestPath") || is_word(&word, "allShortestPaths"))
		return parse_shortest(parser, result);
	struct parser_mark mark = parser_mark(parser);
	TRY(parser_advance(parser));
	if (parser_at_sign_quietly(parser, "("))
		return parse_call(parser, &word, result);
	if (parser_at_sign_quietly(parser, "{") && (is_word(&word, "exists") || is_word(&word, "count")))
		return parse_inner(parser, &word, result);
	if (word.kind == TOKEN_KEYWORD && (!keyword_is_free(word.keyword) || begins_expression(parser))) {
		TRY(parser_give_up(parser, &mark, NULL));
		parser_expect(parser, "an expression");
		return parser_refuse(parser);
	}
	struct expression variable = {.kind = EXPRESSION_VARIABLE, .span = word.span};
	variable.name = (struct name){.text = word.text, .length = word.length, .span = word.span};
	return parse_finish(parser, &variable, result);
}

static struct error *parse_parenthesis(struct parser *parser, struct expression **result)
{
	struct expression expression = {.kind = EXPRESSION_PATTERN, .span = parser->token.span};
	bool found;
	TRY(try_pattern(parser, false, &expression.pattern, &found));
	if (found)
		return parse_finish(parser, &expression, result);
	TRY(parser_advance(parser));
	TRY(parse_expression(parser, result));
	return parser_need_sign(parser, ")");
}

struct error *parse_atom(struct parser *parser, struct expression **result)
{
	const struct token *token = &parser->token;
	struct expression parameter = {.kind = EXPRESSION_PARAMETER, .span = token->span};
	switch (token->kind) {
	case TOKEN_INTEGER:
		return parse_integer(parser, result);
	case TOKEN_FLOAT:
		return parse_literal(parser, datum_float(token->real), result);
	case TOKEN_STRING:
		return parse_literal(parser, datum_string(token->text, token->length), result);
	case TOKEN_PARAMETER:
		parameter.name = (struct name){.text = token->text, .length = token->length, .span = token->span};
		TRY(parser_advance(parser));
		return parse_finish(parser, &parameter, result);
	case TOKEN_NAME:
		return parse_word(parser, result);
	case TOKEN_KEYWORD:
		if (token->keyword == KEYWORD_TRUE || token->keyword == KEYWORD_FALSE)
			return parse_literal(parser, datum_boolean(token->keyword == KEYWORD_TRUE), result);
		if (token->keyword == KEYWORD_NULL)
			return parse_literal(parser, datum_null(), result);
		return token->keyword == KEYWORD_CASE ? parse_case(parser, result) : parse_word(parser, result);
	case TOKEN_SIGN:
		if (parser_at_sign_quietly(parser, "["))
			return parse_list(parser, result);
		if (parser_at_sign_quietly(parser, "{"))
			return parse_map(parser, result);
		if (parser_at_sign_quietly(parser, "("))
			return parse_parenthesis(parser, result);
		break;
	case TOKEN_END:
		break;
	}
	parser_expect(parser, "an expression");
	return parser_refuse(parser);
}
