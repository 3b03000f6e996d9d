/* Where queries end that are given line by line. */
#include "cli/statement.h"

#include "tests/test.h"

#include <string.h>

/* The queries of a script, each followed by |, as they are taken line by line. */
static void check(const char *script, const char *queries)
{
	AUTO(statement) struct statement statement;
	AUTO(text) struct text query = {0};
	AUTO(text) struct text all = {0};
	AUTO(string) char *copy = strdup(script);
	statement_init(&statement);
	text_init(&all);
	for (char *line = copy, *end; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		statement_add(&statement, line);
		while (statement_take(&statement, false, &query))
			text_printf(&all, "%s|", text_string(&query));
	}
	while (statement_take(&statement, true, &query))
		text_printf(&all, "%s|", text_string(&query));
	cr_assert_str_eq(text_string(&all), queries, "%s", script);
}

HEAP_TEST(statement, ends_with_a_semicolon)
{
	check("a;", "a|");
	check("a\nb;", "a\nb|");
	check("a; b;c", "a| b|c\n|");
	check(";;a;;", "a|");
	check("", "");
	check(" \n\n", "");
}

HEAP_TEST(statement, ends_with_an_empty_line_or_the_input)
{
	check("a\n\nb\n  \t\nc", "a\n\n|b\n  \t\n|c\n|");
	check("\n\na", "a\n|");
}

HEAP_TEST(statement, goes_on_within_quotations_and_comments)
{
	check("'a;b';", "'a;b'|");
	check("'a\\';b';", "'a\\';b'|");
	check("\"a;'b\";", "\"a;'b\"|");
	check("`a\\`;b", "`a\\`|b\n|");
	check("`a``;b`;", "`a``;b`|");
	check("a // b;\nc;", "a // b;\nc|");
	check("a /* b;\n\n ; */ c;", "a /* b;\n\n ; */ c|");
	check("'a\n\n';", "'a\n\n'|");
	check("a / b;", "a / b|");
}

HEAP_TEST(statement, is_nothing_where_there_are_only_comments)
{
	check("// a\n\n/* b */\n", "");
	check("// a;\nb", "b\n|");
	check("/* a */ ; b", " b\n|");
}

HEAP_TEST(statement, can_be_forgotten)
{
	AUTO(statement) struct statement statement;
	AUTO(text) struct text query = {0};
	statement_init(&statement);
	statement_add(&statement, "'a");
	cr_assert_not(statement_take(&statement, false, &query));
	cr_assert(statement.begun);
	statement_clear(&statement);
	statement_add(&statement, "b;");
	cr_assert(statement_take(&statement, false, &query));
	cr_assert_str_eq(text_string(&query), "b");
}
