/* How is a tree written?
 *
 * A walk over the tree. An operand goes between parentheses where it binds less than its place wants; comparisons and
 * conditions on strings, lists and nulls always do in each other, as signs and powers, for few know which binds more.
 * Patterns reach as far as there are dashes, so they stand alone only beside AND, OR and NOT; labels as far as there
 * are bars.
 */
#include "queries/unparse.h"

#include "queries/lexer.h"

#include <string.h>
#include <strings.h>

static bool is_word_byte(char c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
	return letter || (!first && c >= '0' && c <= '9');
}

static bool is_plain(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!is_word_byte(name[i], i == 0))
			return false;
	return length > 0;
}

static void add_quoted(const char *name, size_t length, struct text *text)
{
	text_add_char(text, '`');
	for (size_t i = 0; i < length; i++) {
		if (name[i] == '`')
			text_add_char(text, '`');
		text_add_char(text, name[i]);
	}
	text_add_char(text, '`');
}

void unparse_name(const char *name, size_t length, struct text *text)
{
	enum keyword keyword;
	if (is_plain(name, length) && !keyword_find(name, length, &keyword))
		text_add_bytes(text, name, length);
	else
		add_quoted(name, length, text);
}

static void add_name(const struct name *name, struct text *text)
{
	if (name->text != NULL)
		unparse_name(name->text, name->length, text);
}

void unparse_string(const char *bytes, size_t length, struct text *text)
{
	static const char from[] = "\b\f\n\r\t\\'", to[] = "bfnrt\\'";
	text_add_char(text, '\'');
	for (size_t i = 0; i < length; i++) {
		char c = bytes[i];
		const char *found = c == '\0' ? NULL : strchr(from, c);
		if (found != NULL)
			text_printf(text, "\\%c", to[found - from]);
		else if ((unsigned char)c < ' ' || c == 0x7f)
			text_printf(text, "\\u%04X", (unsigned)c);
		else
			text_add_char(text, c);
	}
	text_add_char(text, '\'');
}

static void add_list(const struct datum_list *list, struct text *text)
{
	text_add_char(text, '[');
	for (uint32_t i = 0; i < list->count; i++) {
		text_add(text, i == 0 ? "" : ", ");
		unparse_datum(list->items[i], text);
	}
	text_add_char(text, ']');
}

static void add_map(const struct datum_map *map, struct text *text)
{
	text_add_char(text, '{');
	for (uint32_t i = 0; i < map->count; i++) {
		text_add(text, i == 0 ? "" : ", ");
		unparse_name(map->entries[i].key.text, map->entries[i].key.length, text);
		text_add(text, ": ");
		unparse_datum(map->entries[i].value, text);
	}
	text_add_char(text, '}');
}

void unparse_datum(struct datum datum, struct text *text)
{
	switch ((enum datum_kind)datum.kind) {
	case DATUM_BOOLEAN:
		text_add(text, datum.boolean ? "true" : "false");
		return;
	case DATUM_INTEGER:
	case DATUM_FLOAT:
		datum_print_number(datum, text);
		return;
	case DATUM_STRING:
		unparse_string(datum.text, datum.length, text);
		return;
	case DATUM_LIST:
		add_list(datum.list, text);
		return;
	case DATUM_MAP:
		add_map(datum.map, text);
		return;
	case DATUM_NULL:
	case DATUM_NODE:
	case DATUM_EDGE:
	case DATUM_PATH:
	case DATUM_KIND_COUNT:
		break;
	}
	text_add(text, "null");
}

/* --- expressions -------------------------------------------------------------------------------------------------- */

enum level { /* how much an expression binds, ascending */
	LEVEL_BAR, /* x:A|B, which a | may not follow */
	LEVEL_OR,
	LEVEL_XOR,
	LEVEL_AND,
	LEVEL_NOT,
	LEVEL_COMPARISON,
	LEVEL_ADD,
	LEVEL_MULTIPLY,
	LEVEL_POWER,
	LEVEL_SIGN,
	LEVEL_LABELS,
	LEVEL_ATOM
};

static const struct spelling {
	const char *word;
	enum level level, left, right; /* of itself, and the least that its operands may have */
} spellings[] = {
	[SYNTAX_OR] = {" OR ", LEVEL_OR, LEVEL_XOR, LEVEL_XOR},
	[SYNTAX_XOR] = {" XOR ", LEVEL_XOR, LEVEL_AND, LEVEL_AND},
	[SYNTAX_AND] = {" AND ", LEVEL_AND, LEVEL_NOT, LEVEL_NOT},
	[SYNTAX_NOT] = {"NOT ", LEVEL_NOT, LEVEL_NOT, LEVEL_NOT},
	[SYNTAX_IS_NULL] = {" IS NULL", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_IS_NOT_NULL] = {" IS NOT NULL", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_PLUS] = {"+", LEVEL_SIGN, LEVEL_LABELS, LEVEL_LABELS},
	[SYNTAX_MINUS] = {"-", LEVEL_SIGN, LEVEL_LABELS, LEVEL_LABELS},
	[SYNTAX_EQUAL] = {" = ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_UNEQUAL] = {" <> ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_LESS] = {" < ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_LESS_EQUAL] = {" <= ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_GREATER] = {" > ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_GREATER_EQUAL] = {" >= ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_MATCHES] = {" =~ ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_STARTS_WITH] = {" STARTS WITH ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_ENDS_WITH] = {" ENDS WITH ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_CONTAINS] = {" CONTAINS ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_IN] = {" IN ", LEVEL_COMPARISON, LEVEL_ADD, LEVEL_ADD},
	[SYNTAX_ADD] = {" + ", LEVEL_ADD, LEVEL_ADD, LEVEL_MULTIPLY},
	[SYNTAX_SUBTRACT] = {" - ", LEVEL_ADD, LEVEL_ADD, LEVEL_MULTIPLY},
	[SYNTAX_MULTIPLY] = {" * ", LEVEL_MULTIPLY, LEVEL_MULTIPLY, LEVEL_POWER},
	[SYNTAX_DIVIDE] = {" / ", LEVEL_MULTIPLY, LEVEL_MULTIPLY, LEVEL_POWER},
	[SYNTAX_MODULO] = {" % ", LEVEL_MULTIPLY, LEVEL_MULTIPLY, LEVEL_POWER},
	[SYNTAX_POWER] = {" ^ ", LEVEL_POWER, LEVEL_LABELS, LEVEL_LABELS},
	[SYNTAX_INDEX] = {"[", LEVEL_ATOM, LEVEL_ATOM, LEVEL_OR},
};

static enum level level_of(const struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_OPERATION:
		return spellings[expression->operator].level;
	case EXPRESSION_PATTERN:
		return LEVEL_NOT;
	case EXPRESSION_LABELS:
		return expression->labels->count > 1 ? LEVEL_BAR : LEVEL_LABELS;
	case EXPRESSION_LITERAL: {
		struct datum literal = expression->literal;
		bool negative = (literal.kind == DATUM_INTEGER && literal.integer < 0) ||
				(literal.kind == DATUM_FLOAT && __builtin_signbit(literal.real));
		/* 1.x and 1 .x would do, but who could read them? */
		return negative ? LEVEL_SIGN : datum_is_number(literal) ? LEVEL_LABELS : LEVEL_ATOM;
	}
	default:
		return LEVEL_ATOM;
	}
}

/* Between parentheses where it binds less than `least`. */
static void add_operand(const struct expression *expression, enum level least, struct text *text)
{
	bool loose = level_of(expression) < least;
	text_add(text, loose ? "(" : "");
	unparse_expression(expression, text);
	text_add(text, loose ? ")" : "");
}

static void add_operation(const struct expression *expression, struct text *text)
{
	const struct spelling *spelling = &spellings[expression->operator];
	if (expression->count == 1 && spelling->word[0] != ' ') {
		text_add(text, spelling->word);
		add_operand(expression->operands[0], spelling->left, text);
		return;
	}
	for (uint32_t i = 0; i < expression->count; i++) {
		text_add(text, i == 0 ? "" : spelling->word);
		add_operand(expression->operands[i], i == 0 ? spelling->left : spelling->right, text);
	}
	if (expression->count == 1)
		text_add(text, spelling->word);
	if (expression->operator == SYNTAX_INDEX)
		text_add_char(text, ']');
}

static void add_slice(const struct expression *expression, struct text *text)
{
	add_operand(expression->operands[0], LEVEL_ATOM, text);
	text_add_char(text, '[');
	if (expression->operands[1] != NULL)
		unparse_expression(expression->operands[1], text);
	text_add(text, "..");
	if (expression->operands[2] != NULL)
		unparse_expression(expression->operands[2], text);
	text_add_char(text, ']');
}

/* {names[i]: operands[i]}, [operands ...] or (operands ...), as the brackets say. */
static void add_items(const struct expression *expression, const char *brackets, struct text *text)
{
	text_add_char(text, brackets[0]);
	text_add(text, expression->distinct ? "DISTINCT " : "");
	for (uint32_t i = 0; i < expression->count; i++) {
		text_add(text, i == 0 ? "" : ", ");
		if (expression->kind == EXPRESSION_MAP) {
			add_name(&expression->names[i], text);
			text_add(text, ": ");
		}
		unparse_expression(expression->operands[i], text);
	}
	text_add_char(text, brackets[1]);
}

/* WHERE condition | result, which both may be missing. */
static void add_filter(const struct expression *expression, struct text *text)
{
	if (expression->condition != NULL) {
		text_add(text, " WHERE ");
		add_operand(expression->condition, LEVEL_OR, text);
	}
	if (expression->result != NULL) {
		text_add(text, " | ");
		unparse_expression(expression->result, text);
	}
}

static void add_binding(const struct name *name, const struct expression *list, struct text *text)
{
	add_name(name, text);
	text_add(text, " IN ");
	add_operand(list, LEVEL_OR, text);
}

static void add_comprehension(const struct expression *expression, struct text *text)
{
	text_add_char(text, '[');
	add_binding(&expression->name, expression->operands[0], text);
	add_filter(expression, text);
	text_add_char(text, ']');
}

static void add_quantifier(const struct expression *expression, struct text *text)
{
	static const char *const words[] = {"all", "any", "none", "single"};
	text_printf(text, "%s(", words[expression->quantifier]);
	add_binding(&expression->name, expression->operands[0], text);
	add_filter(expression, text);
	text_add_char(text, ')');
}

static void add_reduce(const struct expression *expression, struct text *text)
{
	text_add(text, "reduce(");
	add_name(&expression->name, text);
	text_add(text, " = ");
	unparse_expression(expression->operands[1], text);
	text_add(text, ", ");
	add_binding(&expression->inner, expression->operands[0], text);
	add_filter(expression, text);
	text_add_char(text, ')');
}

static void add_case(const struct expression *expression, struct text *text)
{
	text_add(text, "CASE");
	if (expression->subject != NULL) {
		text_add_char(text, ' ');
		unparse_expression(expression->subject, text);
	}
	for (uint32_t i = 0; i < expression->count; i++) {
		text_add(text, i % 2 == 0 ? " WHEN " : " THEN ");
		unparse_expression(expression->operands[i], text);
	}
	if (expression->otherwise != NULL) {
		text_add(text, " ELSE ");
		unparse_expression(expression->otherwise, text);
	}
	text_add(text, " END");
}

/* Does the name alone, before a parenthesis, mean something else? */
static bool is_taken(const struct expression *call)
{
	static const char *const taken[] = {"all", "any", "none", "single", "reduce", "shortestPath", "allShortestPaths"};
	const char *name = call->name.text;
	if (strcasecmp(name, "exists") == 0)
		return call->distinct || call->count != 1 || call->operands[0]->kind == EXPRESSION_PATTERN;
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		if (strcasecmp(name, taken[i]) == 0)
			return true;
	return keyword_find(name, call->name.length, &(enum keyword){0});
}

static void add_call(const struct expression *call, struct text *text)
{
	if (!is_plain(call->name.text, call->name.length) || is_taken(call))
		add_quoted(call->name.text, call->name.length, text);
	else
		text_add_bytes(text, call->name.text, call->name.length);
	add_items(call, "()", text);
}

static void add_labels(const struct label_test *labels, struct text *text)
{
	text_add(text, labels->negated ? ":!" : ":");
	for (uint32_t i = 0; i < labels->count; i++) {
		text_add(text, i == 0 ? "" : "|");
		add_name(&labels->names[i].name, text);
		text_add(text, labels->names[i].subclasses ? "+" : "");
	}
}

static void add_query(const struct query_syntax *query, const char *separator, struct text *text);

static void add_inner_query(const struct expression *expression, struct text *text)
{
	text_add(text, expression->kind == EXPRESSION_EXISTS ? "EXISTS { " : "COUNT { ");
	add_query(expression->query, " ", text);
	text_add(text, " }");
}

void unparse_expression(const struct expression *expression, struct text *text)
{
	switch (expression->kind) {
	case EXPRESSION_LITERAL:
		unparse_datum(expression->literal, text);
		break;
	case EXPRESSION_PARAMETER:
		text_add_char(text, '$');
		add_name(&expression->name, text);
		break;
	case EXPRESSION_VARIABLE:
		add_name(&expression->name, text);
		break;
	case EXPRESSION_PROPERTY:
		add_operand(expression->operands[0], LEVEL_ATOM, text);
		text_add_char(text, '.');
		add_name(&expression->name, text);
		break;
	case EXPRESSION_OPERATION:
		add_operation(expression, text);
		break;
	case EXPRESSION_SLICE:
		add_slice(expression, text);
		break;
	case EXPRESSION_LIST:
		add_items(expression, "[]", text);
		break;
	case EXPRESSION_MAP:
		add_items(expression, "{}", text);
		break;
	case EXPRESSION_LABELS:
		add_operand(expression->operands[0], LEVEL_ATOM, text);
		add_labels(expression->labels, text);
		break;
	case EXPRESSION_CALL:
		add_call(expression, text);
		break;
	case EXPRESSION_COUNT_ALL:
		text_add(text, "count(*)");
		break;
	case EXPRESSION_CASE:
		add_case(expression, text);
		break;
	case EXPRESSION_COMPREHENSION:
		add_comprehension(expression, text);
		break;
	case EXPRESSION_QUANTIFIER:
		add_quantifier(expression, text);
		break;
	case EXPRESSION_REDUCE:
		add_reduce(expression, text);
		break;
	case EXPRESSION_PATTERN:
		unparse_pattern(expression->pattern, text);
		break;
	case EXPRESSION_PATTERN_LIST:
		text_add_char(text, '[');
		unparse_pattern(expression->pattern, text);
		add_filter(expression, text);
		text_add_char(text, ']');
		break;
	case EXPRESSION_EXISTS:
	case EXPRESSION_COUNT:
		add_inner_query(expression, text);
		break;
	}
}

/* --- patterns ----------------------------------------------------------------------------------------------------- */

/* {properties} WHERE condition, apart from what stands before them since `begin`. */
static void add_conditions(const struct expression *properties, const struct expression *where, size_t begin,
			   struct text *text)
{
	if (properties != NULL) {
		text_add(text, text->length > begin ? " " : "");
		unparse_expression(properties, text);
	}
	if (where != NULL) {
		text_add(text, text->length > begin ? " WHERE " : "WHERE ");
		unparse_expression(where, text);
	}
}

static void add_node(const struct node_pattern *node, struct text *text)
{
	text_add_char(text, '(');
	size_t begin = text->length;
	add_name(&node->variable, text);
	for (uint32_t i = 0; i < node->label_count; i++)
		add_labels(&node->labels[i], text);
	add_conditions(node->properties, node->where, begin, text);
	text_add_char(text, ')');
}

static void add_length(const struct edge_pattern *edge, struct text *text)
{
	text_add_char(text, '*');
	if (edge->reach)
		text_add(text, "reach");
	else if (edge->least == edge->most)
		text_printf(text, "%u", edge->least);
	else if (edge->most != REACH_UNLIMITED)
		text_printf(text, "%u..%u", edge->least, edge->most);
	else if (edge->least != 1)
		text_printf(text, "%u..", edge->least);
}

static void add_edge(const struct edge_pattern *edge, struct text *text)
{
	text_add(text, edge->direction == DIRECTION_IN ? "<-[" : "-[");
	size_t begin = text->length;
	add_name(&edge->variable, text);
	for (uint32_t i = 0; i < edge->name_count; i++) {
		text_add_char(text, i == 0 ? ':' : '|');
		add_name(&edge->names[i], text);
	}
	if (edge->variable_length)
		add_length(edge, text);
	add_conditions(edge->properties, edge->where, begin, text);
	/* Nothing in them: --> alone says it. */
	if (text->length == begin && !text->failed)
		text->length--;
	else
		text_add_char(text, ']');
	text_add(text, edge->direction == DIRECTION_OUT ? "->" : "-");
}

void unparse_pattern(const struct pattern *pattern, struct text *text)
{
	static const char *const shapes[] = {"", "shortestPath(", "allShortestPaths("};
	if (pattern->variable.text != NULL) {
		add_name(&pattern->variable, text);
		text_add(text, " = ");
	}
	text_add(text, shapes[pattern->shape]);
	add_node(&pattern->nodes[0], text);
	for (uint32_t i = 0; i < pattern->edge_count; i++) {
		add_edge(&pattern->edges[i], text);
		add_node(&pattern->nodes[i + 1], text);
	}
	text_add(text, pattern->shape == PATTERN_WALK ? "" : ")");
}

/* --- clauses ------------------------------------------------------------------------------------------------------ */

/* With AS where the column would be called otherwise without; after WITH only where it was there, as it has to be. */
static void add_item(const struct projection_item *item, bool with, struct text *text)
{
	size_t begin = text->length;
	unparse_expression(item->expression, text);
	size_t length = text->length - begin;
	bool variable = item->expression->kind == EXPRESSION_VARIABLE;
	const struct name *called = &item->expression->name;
	const char *own = variable ? called->text : text_string(text) + (text->failed ? 0 : begin);
	size_t own_length = variable ? called->length : length;
	if (item->name.text == NULL || text->failed || (with && !item->aliased) ||
	    (item->name.length == own_length && memcmp(item->name.text, own, own_length) == 0))
		return;
	text_add(text, " AS ");
	add_name(&item->name, text);
}

static void add_projection(const struct projection *projection, bool with, struct text *text)
{
	text_add(text, projection->distinct ? " DISTINCT " : " ");
	text_add(text, projection->all ? "*" : "");
	for (uint32_t i = 0; i < projection->count; i++) {
		text_add(text, i > 0 || projection->all ? ", " : "");
		add_item(&projection->items[i], with, text);
	}
	for (uint32_t i = 0; i < projection->sort_count; i++) {
		text_add(text, i == 0 ? " ORDER BY " : ", ");
		unparse_expression(projection->sorts[i].expression, text);
		text_add(text, projection->sorts[i].descending ? " DESC" : "");
	}
	if (projection->skip != NULL) {
		text_add(text, " SKIP ");
		unparse_expression(projection->skip, text);
	}
	if (projection->limit != NULL) {
		text_add(text, " LIMIT ");
		unparse_expression(projection->limit, text);
	}
}

static void add_clause(const struct clause *clause, struct text *text)
{
	switch (clause->kind) {
	case CLAUSE_MATCH:
		text_add(text, clause->optional ? "OPTIONAL MATCH " : "MATCH ");
		for (uint32_t i = 0; i < clause->pattern_count; i++) {
			text_add(text, i == 0 ? "" : ", ");
			unparse_pattern(&clause->patterns[i], text);
		}
		break;
	case CLAUSE_UNWIND:
		text_add(text, "UNWIND ");
		unparse_expression(clause->expression, text);
		text_add(text, " AS ");
		add_name(&clause->variable, text);
		break;
	case CLAUSE_WITH:
	case CLAUSE_RETURN:
		text_add(text, clause->kind == CLAUSE_WITH ? "WITH" : "RETURN");
		add_projection(&clause->projection, clause->kind == CLAUSE_WITH, text);
		break;
	}
	if (clause->where != NULL) {
		text_add(text, " WHERE ");
		unparse_expression(clause->where, text);
	}
}

static void add_query(const struct query_syntax *query, const char *separator, struct text *text)
{
	for (uint32_t i = 0; i < query->count; i++) {
		const struct single_query *single = &query->queries[i];
		if (i > 0)
			text_printf(text, "%s%s%s", separator, query->all[i - 1] ? "UNION ALL" : "UNION", separator);
		text_add(text, single->before ? "FROM before " : "");
		for (uint32_t c = 0; c < single->clause_count; c++) {
			text_add(text, c == 0 ? "" : separator);
			add_clause(&single->clauses[c], text);
		}
	}
}

void unparse_query(const struct query_syntax *query, struct text *text)
{
	static const char *const modes[] = {"", "EXPLAIN ", "PROFILE "};
	text_add(text, modes[query->explain]);
	add_query(query, "\n", text);
}
