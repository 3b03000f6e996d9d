/* Which clauses is a query made of?
 *
 * Recursive descent with one token of lookahead. Only where a parenthesis may open a pattern or an expression is one way
 * tried and given up for the other; what was tried counts, so that no text takes more than a bounded number of tokens.
 * Every question "is it this?" is remembered until the next token, so that a refusal can say what was expected.
 */
#include "queries/parsing.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- tokens ------------------------------------------------------------------------------------------------------- */

#define TOKENS_MORE 64u /* times as many tokens as bytes may be read, and some */

struct error *parser_advance(struct parser *parser)
{
	parser->end = parser->token.span.at + parser->token.span.length;
	parser->expected_count = 0;
	if (++parser->tokens > TOKENS_MORE * ((uint64_t)parser->lexer.length + 64))
		return parser_refuse_at(parser, parser->token.span.at,
					"patterns and parentheses are nested in too tangled a way");
	return lexer_next(&parser->lexer, &parser->token);
}

struct parser_mark parser_mark(const struct parser *parser)
{
	return (struct parser_mark){.lexer = parser->lexer,
				    .token = parser->token,
				    .end = parser->end,
				    .depth = parser->depth,
				    .bar_ends = parser->bar_ends};
}

struct error *parser_give_up(struct parser *parser, const struct parser_mark *mark, struct error *error)
{
	if (error != NULL && error->code != ERROR_USAGE)
		return error;
	parser->lexer = mark->lexer;
	parser->token = mark->token;
	parser->end = mark->end;
	parser->depth = mark->depth;
	parser->bar_ends = mark->bar_ends;
	parser->expected_count = 0;
	if (error != NULL && (parser->farthest == NULL || error->where > parser->farthest->where)) {
		struct error *before = parser->farthest;
		parser->farthest = error;
		error = before;
	}
	error_destroy(error);
	return NULL;
}

void parser_expect(struct parser *parser, const char *what)
{
	for (unsigned i = 0; i < parser->expected_count; i++)
		if (strcmp(parser->expected[i], what) == 0)
			return;
	if (parser->expected_count < EXPECTED_MAX)
		parser->expected[parser->expected_count++] = what;
}

bool parser_at_quietly(const struct parser *parser, enum keyword keyword)
{
	return parser->token.kind == TOKEN_KEYWORD && parser->token.keyword == keyword;
}

bool parser_at(struct parser *parser, enum keyword keyword)
{
	parser_expect(parser, keyword_text(keyword));
	return parser_at_quietly(parser, keyword);
}

bool parser_at_sign_quietly(const struct parser *parser, const char *sign)
{
	return parser->token.kind == TOKEN_SIGN && strcmp(parser->token.sign, sign) == 0;
}

bool parser_at_sign(struct parser *parser, const char *sign)
{
	parser_expect(parser, sign);
	return parser_at_sign_quietly(parser, sign);
}

struct error *parser_accept(struct parser *parser, enum keyword keyword, bool *found)
{
	*found = parser_at(parser, keyword);
	return *found ? parser_advance(parser) : NULL;
}

struct error *parser_accept_sign(struct parser *parser, const char *sign, bool *found)
{
	*found = parser_at_sign(parser, sign);
	return *found ? parser_advance(parser) : NULL;
}

struct error *parser_need(struct parser *parser, enum keyword keyword)
{
	return parser_at(parser, keyword) ? parser_advance(parser) : parser_refuse(parser);
}

struct error *parser_need_sign(struct parser *parser, const char *sign)
{
	return parser_at_sign(parser, sign) ? parser_advance(parser) : parser_refuse(parser);
}

bool parser_at_name(struct parser *parser, bool any)
{
	parser_expect(parser, "a name");
	if (parser->token.kind == TOKEN_KEYWORD)
		return any || keyword_is_free(parser->token.keyword);
	return parser->token.kind == TOKEN_NAME;
}

static struct error *refuse_keyword(struct parser *parser)
{
	const char *word = keyword_text(parser->token.keyword);
	return parser_refuse_at(parser, parser->token.span.at,
				"%s is a word of the language, and a name is expected; between backticks it is one: `%s`", word,
				parser->token.text);
}

struct error *parser_name(struct parser *parser, bool any, struct name *name)
{
	if (!parser_at_name(parser, any))
		return parser->token.kind == TOKEN_KEYWORD ? refuse_keyword(parser) : parser_refuse(parser);
	*name = (struct name){.text = parser->token.text, .length = parser->token.length, .span = parser->token.span};
	return parser_advance(parser);
}

struct error *parser_alloc(struct parser *parser, size_t bytes, void *result)
{
	void *memory = arena_alloc(parser->arena, bytes == 0 ? 1 : bytes);
	if (memory == NULL)
		return error_memory();
	memcpy(result, &memory, sizeof memory);
	return NULL;
}

struct error *parser_widen(struct parser *parser, void *array, size_t size, uint32_t count)
{
	void *before, *after = NULL;
	memcpy(&before, array, sizeof before);
	TRY(parser_alloc(parser, size * (count == 0 ? 1 : (size_t)count * 2), &after));
	if (count > 0)
		memcpy(after, before, size * count);
	memcpy(array, &after, sizeof after);
	return NULL;
}

struct error *parser_enter(struct parser *parser)
{
	if (parser->depth >= SYNTAX_DEPTH)
		return parser_refuse_at(parser, parser->token.span.at, "this is nested deeper than %u levels", SYNTAX_DEPTH);
	parser->depth++;
	return NULL;
}

/* --- refusals ----------------------------------------------------------------------------------------------------- */

/* Both count from 1; columns are characters. */
static void find_line(const char *text, uint64_t at, uint64_t *line, uint64_t *column)
{
	*line = *column = 1;
	for (uint64_t i = 0; i < at && text[i] != '\0'; i++) {
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((uint8_t)text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

struct error *parser_refuse_at(const struct parser *parser, uint32_t at, const char *format, ...)
{
	char message[400];
	va_list arguments;
	(void)parser;
	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	return error_create_at(ERROR_USAGE, at, "%s", message);
}

struct error *parser_locate(struct error *error, const char *text)
{
	uint64_t line, column;
	if (error == NULL || error->code != ERROR_USAGE || !error->has_where)
		return error;
	find_line(text, error->where, &line, &column);
	return error_prefix(error, "line %llu, column %llu", (unsigned long long)line, (unsigned long long)column);
}

static void say_token(const struct parser *parser, struct text *text)
{
	const struct token *token = &parser->token;
	if (token->kind == TOKEN_END) {
		text_add(text, "the query ends here");
		return;
	}
	uint32_t length = token->span.length < 40 ? token->span.length : 40;
	text_add_escaped(text, parser->text + token->span.at, length);
	text_add(text, length < token->span.length ? "... is unexpected" : " is unexpected");
}

/* Clauses that write; people know them from other databases. */
static bool is_writing(const struct token *token)
{
	static const char *const words[] = {"CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "FOREACH", "LOAD", "CALL", "DROP"};
	for (size_t i = 0; token->kind == TOKEN_NAME && !token->quoted && i < sizeof words / sizeof words[0]; i++)
		if (strcasecmp(token->text, words[i]) == 0)
			return true;
	return false;
}

static void say_expected(const struct parser *parser, struct text *text)
{
	for (unsigned i = 0; i < parser->expected_count; i++) {
		const char *what = parser->expected[i];
		const char *quote = strpbrk(what, "(),.:;<=>[]{|}*-") == what ? "\"" : "";
		text_add(text, i == 0 ? "; expected " : i + 1 == parser->expected_count ? " or " : ", ");
		text_printf(text, "%s%s%s", quote, what, quote);
	}
}

/* The keyword that may be meant by the word, of those that could stand here; NULL. */
static const char *nearest_keyword(const struct parser *parser)
{
	char word[32];
	const struct token *token = &parser->token;
	if (token->kind != TOKEN_NAME || token->quoted || token->length >= sizeof word)
		return NULL;
	for (uint32_t i = 0; i <= token->length; i++)
		word[i] = (char)toupper((unsigned char)token->text[i]);
	const char *nearest = text_nearest(word, parser->expected, parser->expected_count);
	return nearest != NULL && keyword_find(nearest, strlen(nearest), &(enum keyword){0}) ? nearest : NULL;
}

struct error *parser_refuse(struct parser *parser)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	const char *nearest = nearest_keyword(parser);
	say_token(parser, &text);
	if (nearest != NULL)
		text_printf(&text, "; did you mean %s?", nearest);
	else if (is_writing(&parser->token))
		text_add(&text, ": queries only read; MATCH ... RETURN asks");
	else
		say_expected(parser, &text);
	TRY(text_error(&text));
	return error_create_at(ERROR_USAGE, parser->token.span.at, "%s", text_string(&text));
}

/* --- clauses ------------------------------------------------------------------------------------------------------ */

struct error *parse_match_body(struct parser *parser, struct clause *clause)
{
	for (bool more = true; more;) {
		struct pattern pattern = {0};
		TRY(parse_pattern(parser, true, &pattern));
		TRY(parser_append(parser, clause->patterns, clause->pattern_count, pattern));
		TRY(parser_accept_sign(parser, ",", &more));
	}
	bool where;
	TRY(parser_accept(parser, KEYWORD_WHERE, &where));
	return where ? parse_expression(parser, &clause->where) : NULL;
}

/* What the column is called: the text of the expression, with single spaces. */
static struct error *name_item(struct parser *parser, struct span span, struct name *name)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	bool space = false;
	for (uint32_t i = span.at; i < span.at + span.length; i++) {
		char c = parser->text[i];
		bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
		if (!is_space && space)
			text_add_char(&text, ' ');
		if (!is_space)
			text_add_char(&text, c);
		space = is_space;
	}
	TRY(text_error(&text));
	name->text = arena_copy(parser->arena, text_string(&text), text.length);
	name->length = (uint32_t)text.length;
	name->span = span;
	return name->text == NULL ? error_memory() : NULL;
}

static struct error *parse_item(struct parser *parser, struct projection_item *item)
{
	uint32_t begin = parser->token.span.at;
	TRY(parse_expression(parser, &item->expression));
	struct span span = {.at = begin, .length = parser->end - begin};
	TRY(parser_accept(parser, KEYWORD_AS, &item->aliased));
	if (item->aliased)
		return parser_name(parser, false, &item->name);
	if (item->expression->kind == EXPRESSION_VARIABLE) {
		item->name = item->expression->name;
		return NULL;
	}
	return name_item(parser, span, &item->name);
}

static struct error *parse_items(struct parser *parser, struct projection *projection)
{
	bool more;
	TRY(parser_accept(parser, KEYWORD_DISTINCT, &projection->distinct));
	TRY(parser_accept_sign(parser, "*", &projection->all));
	if (projection->all) {
		TRY(parser_accept_sign(parser, ",", &more));
		if (!more)
			return NULL;
	}
	do {
		struct projection_item item = {.slot = SLOT_NONE};
		TRY(parse_item(parser, &item));
		TRY(parser_append(parser, projection->items, projection->count, item));
		TRY(parser_accept_sign(parser, ",", &more));
	} while (more);
	return NULL;
}

static struct error *parse_sorts(struct parser *parser, struct projection *projection)
{
	bool more, found;
	TRY(parser_need(parser, KEYWORD_BY));
	do {
		struct sort_item sort = {0};
		TRY(parse_expression(parser, &sort.expression));
		sort.descending = parser_at(parser, KEYWORD_DESC) || parser_at_quietly(parser, KEYWORD_DESCENDING);
		found = sort.descending || parser_at(parser, KEYWORD_ASC) || parser_at_quietly(parser, KEYWORD_ASCENDING);
		if (found)
			TRY(parser_advance(parser));
		TRY(parser_append(parser, projection->sorts, projection->sort_count, sort));
		TRY(parser_accept_sign(parser, ",", &more));
	} while (more);
	return NULL;
}

static struct error *parse_projection(struct parser *parser, struct projection *projection)
{
	bool found;
	TRY(parse_items(parser, projection));
	TRY(parser_accept(parser, KEYWORD_ORDER, &found));
	if (found)
		TRY(parse_sorts(parser, projection));
	found = parser_at(parser, KEYWORD_SKIP) || parser_at_quietly(parser, KEYWORD_OFFSET);
	if (found) {
		TRY(parser_advance(parser));
		TRY(parse_expression(parser, &projection->skip));
	}
	TRY(parser_accept(parser, KEYWORD_LIMIT, &found));
	return found ? parse_expression(parser, &projection->limit) : NULL;
}

static struct error *parse_unwind(struct parser *parser, struct clause *clause)
{
	TRY(parse_expression(parser, &clause->expression));
	TRY(parser_need(parser, KEYWORD_AS));
	return parser_name(parser, false, &clause->variable);
}

static struct error *parse_with(struct parser *parser, struct clause *clause)
{
	bool where;
	TRY(parse_projection(parser, &clause->projection));
	TRY(parser_accept(parser, KEYWORD_WHERE, &where));
	return where ? parse_expression(parser, &clause->where) : NULL;
}

/* *found: false where no clause begins here. */
static struct error *parse_clause(struct parser *parser, struct clause *clause, bool *found)
{
	uint32_t begin = parser->token.span.at;
	TRY(parser_accept(parser, KEYWORD_OPTIONAL, &clause->optional));
	*found = clause->optional || parser_at(parser, KEYWORD_MATCH) || parser_at(parser, KEYWORD_UNWIND) ||
		 parser_at(parser, KEYWORD_WITH) || parser_at(parser, KEYWORD_RETURN);
	if (!*found)
		return NULL;
	if (clause->optional && !parser_at(parser, KEYWORD_MATCH))
		return parser_refuse(parser);
	enum keyword keyword = parser->token.keyword;
	TRY(parser_advance(parser));
	if (keyword == KEYWORD_MATCH) {
		clause->kind = CLAUSE_MATCH;
		TRY(parse_match_body(parser, clause));
	} else if (keyword == KEYWORD_UNWIND) {
		clause->kind = CLAUSE_UNWIND;
		TRY(parse_unwind(parser, clause));
	} else if (keyword == KEYWORD_WITH) {
		clause->kind = CLAUSE_WITH;
		TRY(parse_with(parser, clause));
	} else {
		clause->kind = CLAUSE_RETURN;
		TRY(parse_projection(parser, &clause->projection));
	}
	clause->span = (struct span){.at = begin, .length = parser->end - begin};
	return NULL;
}

static struct error *parse_single(struct parser *parser, struct single_query *query)
{
	bool found;
	TRY(parser_accept(parser, KEYWORD_FROM, &query->before));
	if (query->before)
		TRY(parser_need(parser, KEYWORD_BEFORE));
	for (;;) {
		struct clause clause = {0};
		TRY(parse_clause(parser, &clause, &found));
		if (!found)
			return query->clause_count == 0 ? parser_refuse(parser) : NULL;
		TRY(parser_append(parser, query->clauses, query->clause_count, clause));
	}
}

/* Single queries and the UNIONs between. */
static struct error *parse_union(struct parser *parser, struct query_syntax *query)
{
	bool more = true;
	for (;;) {
		struct single_query single = {0};
		uint32_t unions = query->count;
		bool all = false;
		TRY(parse_single(parser, &single));
		TRY(parser_append(parser, query->queries, query->count, single));
		TRY(parser_accept(parser, KEYWORD_UNION, &more));
		if (!more)
			return NULL;
		TRY(parser_accept(parser, KEYWORD_ALL, &all));
		TRY(parser_append(parser, query->all, unions, all));
	}
}

struct error *parse_inner_query(struct parser *parser, struct query_syntax **result)
{
	struct query_syntax *query = NULL;
	TRY(parser_enter(parser));
	TRY(parser_alloc(parser, sizeof *query, &query));
	query->text = parser->text;
	if (parser_at_sign_quietly(parser, "(") || parser->token.kind == TOKEN_NAME) {
		struct single_query single = {0};
		struct clause clause = {.kind = CLAUSE_MATCH, .span = parser->token.span};
		TRY(parse_match_body(parser, &clause));
		TRY(parser_append(parser, single.clauses, single.clause_count, clause));
		TRY(parser_append(parser, query->queries, query->count, single));
	} else {
		TRY(parse_union(parser, query));
	}
	parser_leave(parser);
	*result = query;
	return parser_need_sign(parser, "}");
}

static struct error *parse_whole(struct parser *parser, struct query_syntax *query)
{
	bool found;
	TRY(parser_advance(parser));
	TRY(parser_accept(parser, KEYWORD_EXPLAIN, &found));
	if (found)
		query->explain = EXPLAIN_PLAN;
	else
		TRY(parser_accept(parser, KEYWORD_PROFILE, &found));
	if (found && query->explain == EXPLAIN_NO)
		query->explain = EXPLAIN_PROFILE;
	TRY(parse_union(parser, query));
	/* A semicolon ends it, as people are used to. */
	if (parser_at_sign_quietly(parser, ";"))
		TRY(parser_advance(parser));
	return parser->token.kind == TOKEN_END ? NULL : parser_refuse(parser);
}

struct error *parser_parse(struct arena *arena, const char *text, struct query_syntax **result)
{
	struct parser parser = {.arena = arena, .text = text};
	struct query_syntax *query = NULL;
	size_t length = strlen(text);
	if (length > SYNTAX_LENGTH)
		return error_create(ERROR_USAGE, "the query is %zu bytes long; %u are the most", length, SYNTAX_LENGTH);
	lexer_init(&parser.lexer, arena, text, (uint32_t)length);
	TRY(parser_alloc(&parser, sizeof *query, &query));
	query->text = text;
	struct error *error = parse_whole(&parser, query);
	/* Of a way that was given up farther on, the reason says more. */
	if (error != NULL && error->code == ERROR_USAGE && parser.farthest != NULL && parser.farthest->where > error->where) {
		error_destroy(error);
		error = parser.farthest;
	} else {
		error_destroy(parser.farthest);
	}
	if (error == NULL)
		*result = query;
	return parser_locate(error, text);
}

/* --- pointing ----------------------------------------------------------------------------------------------------- */

/* Adds what people see of the bytes: tabs as spaces. How many columns. */
static uint64_t add_shown(const char *bytes, size_t length, struct text *result)
{
	uint64_t columns = 0;
	size_t begin = result->length;
	for (size_t i = 0, from = 0; i <= length; i++) {
		if (i < length && bytes[i] != '\t' && bytes[i] != '\r')
			continue;
		text_add_escaped(result, bytes + from, i - from);
		if (i < length)
			text_add_char(result, ' ');
		from = i + 1;
	}
	for (size_t i = begin; i < result->length; i++)
		columns += ((uint8_t)result->data[i] & 0xc0) != 0x80;
	return columns;
}

void parser_point(const char *text, uint64_t offset, unsigned width, struct text *result)
{
	size_t all = strlen(text), at = offset < all ? (size_t)offset : all, begin = at, end = at;
	size_t room = width > 20 ? width : 20;
	while (begin > 0 && text[begin - 1] != '\n' && at - begin < room * 2 / 3)
		begin--;
	while (begin < at && ((uint8_t)text[begin] & 0xc0) == 0x80)
		begin++;
	while (text[end] != '\0' && text[end] != '\n' && end - begin < room)
		end++;
	while (end > at && ((uint8_t)text[end] & 0xc0) == 0x80)
		end--;
	uint64_t columns = add_shown(text + begin, at - begin, result);
	add_shown(text + at, end - at, result);
	text_add_char(result, '\n');
	for (uint64_t i = 0; i < columns; i++)
		text_add_char(result, ' ');
	text_add(result, "^\n");
}
