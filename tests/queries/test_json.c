#include "queries/json.h"

#include "tests/test.h"

#include <string.h>

/* A list or a map may have as many items as the caller takes; a key and its value are one. */
HEAP_TEST(json, has_as_many_items_as_the_caller_takes)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	struct datum datum;
	assert_ok(json_parse(&arena, "[1, 2, 3]", 3, &datum));
	assert_ok(json_parse(&arena, "{\"a\": 1, \"b\": 2, \"c\": [1, 2, 3]}", 3, &datum));
	cr_assert_eq(datum.map->count, 3);
	assert_error_says(json_parse(&arena, "[1, 2, 3]", 2, &datum), ERROR_USAGE, "at most 2 items");
	assert_error_says(json_parse(&arena, "{\"a\": 1, \"b\": 2, \"c\": 3}", 2, &datum), ERROR_USAGE, "at most 2 items");
}

HEAP_TEST(json, says_where_it_is_wrong)
{
	static const struct {
		const char *text;
		size_t where;
	} cases[] = {{"", 0}, {"[1, 2", 6}, {"{\n\"a\" 1}", 6}, {"[1] 2", 4}, {"\"\\x\"", 2}, {"[nul]", 1}};
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct datum datum;
		AUTO(error) struct error *error = json_parse(&arena, cases[i].text, 10, &datum);
		cr_assert_not_null(error, "%s", cases[i].text);
		cr_assert(error->has_where);
		cr_assert_leq(error->where, strlen(cases[i].text));
		cr_assert_eq(error->where, cases[i].where > strlen(cases[i].text) ? strlen(cases[i].text) : cases[i].where,
			     "%s: %lu", cases[i].text, (unsigned long)error->where);
	}
}

HEAP_TEST(json, tells_a_scalar_from_other_text)
{
	struct datum datum;
	struct error *error = NULL;
	cr_assert(json_scalar(" -5 ", &datum, &error));
	cr_assert_eq(datum.integer, -5);
	cr_assert(json_scalar("null", &datum, &error));
	cr_assert_eq(datum.kind, DATUM_NULL);
	cr_assert_not(json_scalar("5 apples", &datum, &error));
	cr_assert_not(json_scalar("[5]", &datum, &error));
	cr_assert_null(error);
	cr_assert(json_scalar("1e999", &datum, &error));
	assert_error_says(error, ERROR_USAGE, "too large");
}
