/* Fuzzer: no text may crash the parser of queries, and what it takes for a query is written so that it is read again as the
 * same.
 *
 * An input is a query's text, up to its first NUL.
 */
#include "queries/parser.h"
#include "queries/unparse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* The text of the query's tree; an error that lies in the text, which can be pointed at. */
static struct error *rewrite(const char *query, struct text *text)
{
	AUTO(arena) struct arena arena;
	AUTO(text) struct text pointed;
	struct query_syntax *syntax = NULL;
	arena_init(&arena);
	text_init(&pointed);
	struct error *error = parser_parse(&arena, query, &syntax);
	if (error == NULL) {
		unparse_query(syntax, text);
		return NULL;
	}
	if (error->has_where)
		check(error->where <= strlen(query));
	parser_point(query, error->where, 40, &pointed);
	check(pointed.failed || pointed.data[pointed.length - 1] == '\n');
	return error;
}

/* What the written one may be and the first one was not: parentheses are levels too. */
static bool is_limit(const struct error *error)
{
	return error->code == ERROR_MEMORY || strstr(error->message, "nested") != NULL ||
	       strstr(error->message, "long") != NULL;
}

static void run(const char *query)
{
	AUTO(text) struct text first, second;
	text_init(&first);
	text_init(&second);
	AUTO(error) struct error *refused = rewrite(query, &first);
	if (refused != NULL || first.failed)
		return;
	AUTO(error) struct error *error = rewrite(text_string(&first), &second);
	if (error != NULL)
		check(is_limit(error));
	else
		check(second.failed || strcmp(text_string(&first), text_string(&second)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(string) char *query = malloc(size + 1);
	if (query == NULL)
		return 0;
	memcpy(query, data, size);
	query[size] = '\0';
	run(query);
	return 0;
}
