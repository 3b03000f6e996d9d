#include "queries/library.h"

#include "queries/parser.h"
#include "tests/test.h"

#include <string.h>

HEAP_TEST(library, has_twenty_queries_and_more_in_order)
{
	cr_assert_geq(library_file_count, 20);
	for (size_t i = 1; i < library_file_count; i++)
		cr_assert_lt(strcmp(library_files[i - 1].name, library_files[i].name), 0);
}

HEAP_TEST(library, says_of_each_what_it_asks)
{
	for (size_t i = 0; i < library_file_count; i++) {
		AUTO(arena) struct arena arena;
		arena_init(&arena);
		struct library_header header;
		assert_ok(library_read_header(library_files[i].text, &arena, &header));
		cr_assert_not_null(header.question, "%s has no question", library_files[i].name);
		cr_assert_not_null(header.columns, "%s has no columns", library_files[i].name);
		cr_assert_not_null(header.read, "%s doesn't say how to read it", library_files[i].name);
		cr_assert_eq(header.question[strlen(header.question) - 1], '?', "%s", library_files[i].name);
	}
}

HEAP_TEST(library, gives_each_parameter_a_default)
{
	for (size_t i = 0; i < library_file_count; i++) {
		AUTO(arena) struct arena arena;
		arena_init(&arena);
		struct library_header header;
		assert_ok(library_read_header(library_files[i].text, &arena, &header));
		for (const char *at = library_files[i].text; (at = strchr(at, '$')) != NULL; at++) {
			size_t length = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");
			bool known = false;
			for (unsigned p = 0; p < header.count; p++)
				known = known || (strncmp(header.parameters[p].name, at + 1, length) == 0 &&
						  header.parameters[p].name[length] == '\0');
			cr_assert(known, "%s: $%.*s has no default", library_files[i].name, (int)length, at + 1);
		}
	}
}

HEAP_TEST(library, is_found_by_name)
{
	const struct library_file *file;
	assert_ok(library_get("closures", &file));
	cr_assert_str_eq(file->name, "closures");
	cr_assert_null(library_find("closure"));
	assert_error_says(library_get("closure", &file), ERROR_USAGE, "did you mean 'closures'?");
	assert_error_says(library_get("zzzzzzzzzzzz", &file), ERROR_USAGE, "--list");
	cr_assert(library_is_name("lru-caches"));
	cr_assert_not(library_is_name("MATCH (n) RETURN n"));
	cr_assert_not(library_is_name(""));
}

HEAP_TEST(library, reads_the_comments_at_the_beginning)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	struct library_header header;
	assert_ok(library_read_header("// question: Which\n//   ones?  \n// something else\n//param no = 1\n// param least = 64 KiB\n"
				      "//  param  not = this\n// param name=\"a = b\"\n\n// read: it\nMATCH (n) // param late = 1\n",
				      &arena, &header));
	cr_assert_str_eq(header.question, "Which ones?");
	cr_assert_null(header.columns);
	cr_assert_str_eq(header.read, "it");
	cr_assert_eq(header.count, 4);
	cr_assert_str_eq(header.parameters[0].name, "no");
	cr_assert_str_eq(header.parameters[1].name, "least");
	cr_assert_str_eq(header.parameters[1].value, "64 KiB");
	cr_assert_str_eq(header.parameters[2].name, "not");
	cr_assert_str_eq(header.parameters[3].value, "\"a = b\"");
}

HEAP_TEST(library, refuses_parameters_without_a_value)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	struct library_header header;
	assert_error_says(library_read_header("// param limit\n", &arena, &header), ERROR_USAGE, "NAME = VALUE");
	assert_error_says(library_read_header("// param = 5", &arena, &header), ERROR_USAGE, "NAME = VALUE");
	char many[17 * 16 + 1] = "";
	for (int i = 0; i < 17; i++)
		strcat(many, "// param a = 1\n");
	assert_error_says(library_read_header(many, &arena, &header), ERROR_USAGE, "more than 16");
	assert_ok(library_read_header("", &arena, &header));
	assert_ok(library_read_header("//", &arena, &header));
	cr_assert_eq(header.count, 0);
}

HEAP_TEST(library, has_nothing_that_is_no_query)
{
	for (size_t i = 0; i < library_file_count; i++) {
		AUTO(arena) struct arena arena;
		arena_init(&arena);
		struct query_syntax *query;
		AUTO(error) struct error *error = parser_parse(&arena, library_files[i].text, &query);
		cr_assert_null(error, "%s: %s", library_files[i].name, error->message);
	}
}
