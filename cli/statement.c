/* Where does a query end that is typed line by line?
 *
 * Each character is looked at once: quotations and comments are followed as queries/lexer.h does, all else is left to the parser.
 */
#include "cli/statement.h"

#include <string.h>

void statement_init(struct statement *statement)
{
	*statement = (struct statement){0};
	text_init(&statement->text);
}

void statement_deinit(struct statement *statement)
{
	text_deinit(&statement->text);
}

void statement_clear(struct statement *statement)
{
	statement_deinit(statement);
	statement_init(statement);
}

static bool is_space(char character)
{
	return character == ' ' || (character >= '\t' && character <= '\r');
}

void statement_add(struct statement *statement, const char *line)
{
	const char *rest = line;
	while (is_space(*rest))
		rest++;
	statement->blank = *rest == '\0' && statement->state == STATEMENT_PLAIN;
	text_add(&statement->text, line);
	text_add_char(&statement->text, '\n');
}

/* How many bytes of a quotation, or of a comment over several lines, the next step takes. */
static size_t step_within(struct statement *statement, const char *at)
{
	if (statement->state == STATEMENT_COMMENT) {
		if (at[0] != '*' || at[1] != '/')
			return 1;
		statement->state = STATEMENT_PLAIN;
		return 2;
	}
	if (at[0] == '\\' && statement->quote != '`' && at[1] != '\0')
		return 2;
	if (at[0] == statement->quote)
		statement->state = STATEMENT_PLAIN;
	return 1;
}

static size_t step(struct statement *statement, const char *at)
{
	if (statement->state != STATEMENT_PLAIN)
		return step_within(statement, at);
	if (at[0] == '/' && at[1] == '/')
		return strcspn(at, "\n");
	if (at[0] == '/' && at[1] == '*') {
		statement->state = STATEMENT_COMMENT;
		return 2;
	}
	statement->begun = statement->begun || !is_space(at[0]);
	if (at[0] == '\'' || at[0] == '"' || at[0] == '`') {
		statement->state = STATEMENT_QUOTED;
		statement->quote = at[0];
	}
	return 1;
}

/* Takes `length` bytes as the query, and `skip` more away. */
static void cut(struct statement *statement, size_t length, size_t skip, struct text *query)
{
	AUTO(text) struct text rest = {0};
	text_init(&rest);
	text_add_bytes(query, text_string(&statement->text), length);
	text_add(&rest, text_string(&statement->text) + length + skip);
	struct text swap = statement->text;
	statement->text = rest;
	rest = swap;
	statement->scanned = 0;
	statement->begun = false;
	statement->state = STATEMENT_PLAIN;
}

bool statement_take(struct statement *statement, bool end, struct text *query)
{
	text_deinit(query);
	text_init(query);
	while (statement->scanned < statement->text.length) {
		const char *at = text_string(&statement->text) + statement->scanned;
		if (statement->state != STATEMENT_PLAIN || *at != ';') {
			statement->scanned += step(statement, at);
			continue;
		}
		bool begun = statement->begun;
		cut(statement, statement->scanned, 1, query);
		if (begun)
			return true;
		text_deinit(query);
		text_init(query);
	}
	bool whole = statement->begun && (end || statement->blank);
	if (whole)
		cut(statement, statement->text.length, 0, query);
	else if (!statement->begun && statement->state == STATEMENT_PLAIN)
		statement_clear(statement);
	return whole;
}
