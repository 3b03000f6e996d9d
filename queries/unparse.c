/* How is a tree written, so that it parses to the same tree?
 *
 * Every operation that stands in another one gets parentheses: what is clear needs no rule of precedence. */
#include "queries/unparse.h"

#include "queries/lexer.h"

#include <inttypes.h>
#include <string.h>

void unparse_name(const char *name, size_t length, struct text *text)
{
	enum keyword keyword;
	bool plain = length > 0 && !(name[0] >= '0' && name[0] <= '9') && !keyword_find(name, length, &keyword);
	for (size_t i = 0; plain && i < length; i++) {
		char c = name[i];
		plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
	}
	if (plain) {
		text_add_bytes(text, name, length);
		return;
	}
	text_add_char(text, '`');
	for (size_t i = 0; i < length; i++) {
		if (name[i] == '`')
			text_add_char(text, '`');
		text_add_char(text, name[i]);
	}
	text_add_char(text, '`');
}

void unparse_string(const char *bytes, size_t length, struct text *text)
{
	text_add_char(text, '\'');
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];
		if (c == '\'' || c == '\\')
			text_printf(text, "\\%c", c);
		else if (c == '\n')
			text_add(text, "\\n");
		else if (c < 0x20 || c == 0x7f)
			text_printf(text, "\\u%04x", c);
		else
			text_add_char(text, (char)c);
	}
	text_add_char(text, '\'');
}

static void add_name(const struct name *name, struct text *text)
{
	unparse_name(name->text, name->length, text);
}

void unparse_datum(struct datum datum, struct text *text)
{
	switch ((enum datum_kind)datum.kind) {
	case DATUM_BOOLEAN:
		text_add(text, datum.boolean ? "true" : "false");
		break;
	case DATUM_INTEGER:
	case DATUM_FLOAT:
		datum_print_number(datum, text);
		break;
	case DATUM_STRING:
		unparse_string(datum.text, datum.length, text);
		break;
	case DATUM_LIST:
		text_add_char(text, '[');
		for (uint32_t i = 0; i < datum.list->count; i++) {
			text_add(text, i == 0 ? "" : ", ");
			unparse_datum(datum.list->items[i], text);
		}
		text_add_char(text, ']');
		break;
	case DATUM_MAP:
		text_add_char(text, '{');
		for (uint32_t i = 0; i < datum.map->count; i++) {
			text_add(text, i == 0 ? "" : ", ");
			unparse_name(datum.map->entries[i].key.text, datum.map->entries[i].key.length, text);
			text_add(text, ": ");
			unparse_datum(datum.map->entries[i].value, text);
		}
		text_add_char(text, '}');
		break;
	case DATUM_NULL:
	case DATUM_NODE:
	case DATUM_EDGE:
	case DATUM_PATH:
	case DATUM_KIND_COUNT:
		text_add(text, "null");
		break;
	}
}

/* --- patterns ----------------------------------------------------------------------------------------------------- */

static void add_labels(const struct label_test *labels, struct text *text)
{
	text_add(text, labels->negated ? ":!" : ":");
	for (uint32_t i = 0; i < labels->count; i++) {
		text_add(text, i == 0 ? "" : "|");
		add_name(&labels->names[i].name, text);
		text_add(text, labels->names[i].subclasses ? "+" : "");
	}
}

static void add_node(const struct node_pattern *node, struct text *text)
{
	text_add_char(text, '(');
	if (node->variable.text != NULL)
		add_name(&node->variable, text);
	for (uint32_t i = 0; i < node->label_count; i++)
		add_labels(&node->labels[i], text);
	if (node->properties != NULL) {
		text_add(text, node->variable.text != NULL || node->label_count > 0 ? " " : "");
		unparse_expression(node->properties, text);
	}
	if (node->where != NULL) {
		text_add(text, " WHERE ");
		unparse_expression(node->where, text);
	}
	text_add_char(text, ')');
}

static void add_length(const struct edge_pattern *edge, struct text *text)
{
	text_add_char(text, '*');
	if (edge->reach)
		text_add(text, "reach");
	else if (edge->most == edge->least)
		text_printf(text, "%" PRIu32, edge->least);
	else if (edge->most != REACH_UNLIMITED)
		text_printf(text, "%" PRIu32 "..%" PRIu32, edge->least, edge->most);
	else if (edge->least != 1)
		text_printf(text, "%" PRIu32 "..", edge->least);
}

static void add_edge_body(const struct edge_pattern *edge, struct text *text)
{
	text_add_char(text, '[');
	if (edge->variable.text != NULL)
		add_name(&edge->variable, text);
	for (uint32_t i = 0; i < edge->name_count; i++) {
		text_add_char(text, i == 0 ? ':' : '|');
		add_name(&edge->names[i], text);
	}
	if (edge->variable_length)
		add_length(edge, text);
	if (edge->properties != NULL) {
		text_add_char(text, ' ');
		unparse_expression(edge->properties, text);
	}
	if (edge->where != NULL) {
		text_add(text, " WHERE ");
		unparse_expression(edge->where, text);
	}
	text_add_char(text, ']');
}

static void add_edge(const struct edge_pattern *edge, struct text *text)
{
	text_add(text, edge->direction == DIRECTION_IN ? "<-" : "-");
	if (edge->variable.text != NULL || edge->name_count > 0 || edge->variable_length || edge->properties != NULL ||
	    edge->where != NULL)
		add_edge_body(edge, text);
	text_add(text, edge->direction == DIRECTION_OUT ? "->" : "-");
}

void unparse_pattern(const struct pattern *pattern, struct text *text)
{
	static const char *const shapes[] = {[PATTERN_WALK] = "", [PATTERN_SHORTEST] = "shortestPath(",
					     [PATTERN_ALL_SHORTEST] = "allShortestPaths("};
	if (pattern->variable.text != NULL) {
		add_name(&pattern->variable, text);
		text_add(text, " = ");
	}
	text_add(text, shapes[pattern->shape]);
	for (uint32_t i = 0; i <= pattern->edge_count; i++) {
		add_node(&pattern->nodes[i], text);
		if (i < pattern->edge_count)
			add_edge(&pattern->edges[i], text);
	}
	text_add(text, pattern->shape == PATTERN_WALK ? "" : ")");
}

/* --- expressions -------------------------------------------------------------------------------------------------- */

static const char *const operators[] = {[SYNTAX_OR] = " OR ",
					[SYNTAX_XOR] = " XOR ",
					[SYNTAX_AND] = " AND ",
					[SYNTAX_NOT] = "NOT ",
					[SYNTAX_IS_NULL] = " IS NULL",
					[SYNTAX_IS_NOT_NULL] = " IS NOT NULL",
					[SYNTAX_PLUS] = "+",
					[SYNTAX_MINUS] = "-",
					[SYNTAX_EQUAL] = " = ",
					[SYNTAX_UNEQUAL] = " <> ",
					[SYNTAX_LESS] = " < ",
					[SYNTAX_LESS_EQUAL] = " <= ",
					[SYNTAX_GREATER] = " > ",
					[SYNTAX_GREATER_EQUAL] = " >= ",
					[SYNTAX_MATCHES] = " =~ ",
					[SYNTAX_STARTS_WITH] = " STARTS WITH ",
					[SYNTAX_ENDS_WITH] = " ENDS WITH ",
					[SYNTAX_CONTAINS] = " CONTAINS ",
					[SYNTAX_IN] = " IN ",
					[SYNTAX_ADD] = " + ",
					[SYNTAX_SUBTRACT] = " - ",
					[SYNTAX_MULTIPLY] = " * ",
					[SYNTAX_DIVIDE] = " / ",
					[SYNTAX_MODULO] = " % ",
					[SYNTAX_POWER] = " ^ "};

/* As part of another one. A negative number is an operation in its text. */
static void add_part(const struct expression *expression, struct text *text)
{
	bool negative = expression->kind == EXPRESSION_LITERAL &&
			((expression->literal.kind == DATUM_INTEGER && expression->literal.integer < 0) ||
			 (expression->literal.kind == DATUM_FLOAT && expression->literal.real < 0));
	bool wrapped = negative || expression->kind == EXPRESSION_OPERATION || expression->kind == EXPRESSION_LABELS ||
		       expression->kind == EXPRESSION_PATTERN;
	text_add(text, wrapped ? "(" : "");
	unparse_expression(expression, text);
	text_add(text, wrapped ? ")" : "");
}

static void add_operation(const struct expression *expression, struct text *text)
{
	bool before = expression->operator == SYNTAX_NOT || expression->operator == SYNTAX_PLUS ||
		      expression->operator == SYNTAX_MINUS;
	if (expression->operator == SYNTAX_INDEX) {
		add_part(expression->operands[0], text);
		text_add_char(text, '[');
		unparse_expression(expression->operands[1], text);
		text_add_char(text, ']');
		return;
	}
	if (expression->count == 1) {
		text_add(text, before ? operators[expression->operator] : "");
		add_part(expression->operands[0], text);
		text_add(text, before ? "" : operators[expression->operator]);
		return;
	}
	for (uint32_t i = 0; i < expression->count; i++) {
		text_add(text, i == 0 ? "" : operators[expression->operator]);
		add_part(expression->operands[i], text);
	}
}

static void add_operands(const struct expression *expression, struct text *text)
{
	for (uint32_t i = 0; i < expression->count; i++) {
		text_add(text, i == 0 ? "" : ", ");
		unparse_expression(expression->operands[i], text);
	}
}

static void add_slice(const struct expression *expression, struct text *text)
{
	add_part(expression->operands[0], text);
	text_add_char(text, '[');
	if (expression->operands[1] != NULL)
		unparse_expression(expression->operands[1], text);
	text_add(text, "..");
	if (expression->operands[2] != NULL)
		unparse_expression(expression->operands[2], text);
	text_add_char(text, ']');
}

static void add_map(const struct expression *expression, struct text *text)
{
	text_add_char(text, '{');
	for (uint32_t i = 0; i < expression->count; i++) {
		text_add(text, i == 0 ? "" : ", ");
		add_name(&expression->names[i], text);
		text_add(text, ": ");
		unparse_expression(expression->operands[i], text);
	}
	text_add_char(text, '}');
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

static void add_filter(const struct expression *expression, struct text *text)
{
	if (expression->condition != NULL) {
		text_add(text, " WHERE ");
		unparse_expression(expression->condition, text);
	}
	if (expression->result != NULL) {
		text_add(text, " | ");
		unparse_expression(expression->result, text);
	}
}

static void add_binding(const struct expression *expression, struct text *text)
{
	static const char *const quantifiers[] = {[QUANTIFIER_ALL] = "all(", [QUANTIFIER_ANY] = "any(",
						  [QUANTIFIER_NONE] = "none(", [QUANTIFIER_SINGLE] = "single("};
	bool list = expression->kind == EXPRESSION_COMPREHENSION;
	text_add(text, list ? "[" : quantifiers[expression->quantifier]);
	add_name(&expression->name, text);
	text_add(text, " IN ");
	unparse_expression(expression->operands[0], text);
	add_filter(expression, text);
	text_add(text, list ? "]" : ")");
}

static void add_reduce(const struct expression *expression, struct text *text)
{
	text_add(text, "reduce(");
	add_name(&expression->name, text);
	text_add(text, " = ");
	unparse_expression(expression->operands[1], text);
	text_add(text, ", ");
	add_name(&expression->inner, text);
	text_add(text, " IN ");
	unparse_expression(expression->operands[0], text);
	text_add(text, " | ");
	unparse_expression(expression->result, text);
	text_add_char(text, ')');
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
		add_part(expression->operands[0], text);
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
		text_add_char(text, '[');
		add_operands(expression, text);
		text_add_char(text, ']');
		break;
	case EXPRESSION_MAP:
		add_map(expression, text);
		break;
	case EXPRESSION_LABELS:
		add_part(expression->operands[0], text);
		add_labels(expression->labels, text);
		break;
	case EXPRESSION_CALL:
		add_name(&expression->name, text);
		text_add(text, expression->distinct ? "(DISTINCT " : "(");
		add_operands(expression, text);
		text_add_char(text, ')');
		break;
	case EXPRESSION_COUNT_ALL:
		text_add(text, "count(*)");
		break;
	case EXPRESSION_CASE:
		add_case(expression, text);
		break;
	case EXPRESSION_COMPREHENSION:
	case EXPRESSION_QUANTIFIER:
		add_binding(expression, text);
		break;
	case EXPRESSION_REDUCE:
		add_reduce(expression, text);
		break;
	case EXPRESSION_PATTERN:
		text_add(text, "exists(");
		unparse_pattern(expression->pattern, text);
		text_add_char(text, ')');
		break;
	case EXPRESSION_PATTERN_LIST:
		text_add_char(text, '[');
		unparse_pattern(expression->pattern, text);
		add_filter(expression, text);
		text_add_char(text, ']');
		break;
	case EXPRESSION_EXISTS:
	case EXPRESSION_COUNT:
		text_add(text, expression->kind == EXPRESSION_EXISTS ? "EXISTS { " : "COUNT { ");
		unparse_query(expression->query, text);
		text_add(text, " }");
		break;
	}
}

/* --- clauses ------------------------------------------------------------------------------------------------------ */

static void add_projection(const struct projection *projection, struct text *text)
{
	text_add(text, projection->distinct ? " DISTINCT" : "");
	text_add(text, projection->all ? " *" : "");
	for (uint32_t i = 0; i < projection->count; i++) {
		const struct projection_item *item = &projection->items[i];
		text_add(text, i == 0 && !projection->all ? " " : ", ");
		unparse_expression(item->expression, text);
		if (!item->aliased)
			continue;
		text_add(text, " AS ");
		add_name(&item->name, text);
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
		text_add(text, clause->optional ? "OPTIONAL MATCH" : "MATCH");
		for (uint32_t i = 0; i < clause->pattern_count; i++) {
			text_add(text, i == 0 ? " " : ", ");
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
		add_projection(&clause->projection, text);
		break;
	}
	if (clause->where != NULL) {
		text_add(text, " WHERE ");
		unparse_expression(clause->where, text);
	}
}

void unparse_query(const struct query_syntax *query, struct text *text)
{
	static const char *const modes[] = {[EXPLAIN_NO] = "", [EXPLAIN_PLAN] = "EXPLAIN\n", [EXPLAIN_PROFILE] = "PROFILE\n"};
	text_add(text, modes[query->explain]);
	for (uint32_t i = 0; i < query->count; i++) {
		const struct single_query *single = &query->queries[i];
		if (i > 0)
			text_add(text, query->all[i - 1] ? "\nUNION ALL\n" : "\nUNION\n");
		text_add(text, single->before ? "FROM before\n" : "");
		for (uint32_t c = 0; c < single->clause_count; c++) {
			text_add(text, c == 0 ? "" : "\n");
			add_clause(&single->clauses[c], text);
		}
	}
}
