#include "queries/parameter.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static struct datum parsed(struct arena *arena, const char *text)
{
	struct datum datum;
	assert_ok(parameter_parse(arena, text, &datum));
	return datum;
}

static void check(const char *text, struct datum expected)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	struct datum datum = parsed(&arena, text);
	cr_assert_eq(datum.kind, expected.kind, "%s is %s", text, datum_kind_name(datum.kind));
	cr_assert_eq(datum_order(datum, expected), 0, "%s", text);
}

static struct datum string(const char *text)
{
	return datum_string(text, strlen(text));
}

HEAP_TEST(parameter, is_json)
{
	check("5", datum_integer(5));
	check(" -9223372036854775808 ", datum_integer(INT64_MIN));
	check("0.5", datum_float(0.5));
	check("1e3", datum_float(1000));
	check("true", datum_boolean(true));
	check("false", datum_boolean(false));
	check("null", datum_null());
	check("\"a b\"", string("a b"));
	check("\"\"", string(""));
	check("\"\\\"\\\\\\/\\n\\u00e4\\u20AC\\ud83d\\ude00\"", string("\"\\/\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
}

HEAP_TEST(parameter, may_be_a_size_or_a_bare_word)
{
	check("64 KiB", datum_integer(65536));
	check("1.5MiB", datum_integer(1572864));
	check("10kB", datum_integer(10000));
	check("Session", string("Session"));
	check("app.Session", string("app.Session"));
	check("trueish", string("trueish"));
	check("5 apples", string("5 apples"));
	check("0x10", string("0x10"));
	check("", string(""));
	check("-", string("-"));
	check("99999999999999999999 apples", string("99999999999999999999 apples"));
}

HEAP_TEST(parameter, may_be_nested)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	struct datum list = parsed(&arena, "[1, \"b\", [true , null], {}, []]");
	cr_assert_eq(list.kind, DATUM_LIST);
	cr_assert_eq(list.list->count, 5);
	cr_assert_eq(list.list->items[1].kind, DATUM_STRING);
	cr_assert_eq(list.list->items[2].list->count, 2);
	cr_assert_eq(list.list->items[3].kind, DATUM_MAP);
	cr_assert_eq(list.list->items[4].list->count, 0);
	struct datum map = parsed(&arena, "{\"b\": [1], \"a\": {\"x\": 0.5}, \"b\": 2}");
	cr_assert_eq(map.map->count, 2);
	cr_assert_eq(datum_map_get(map.map, "b", 1).integer, 2);
	cr_assert_eq(datum_map_get(datum_map_get(map.map, "a", 1).map, "x", 1).real, 0.5);
}

static void refuse(const char *text, const char *part)
{
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	struct datum datum;
	assert_error_says(parameter_parse(&arena, text, &datum), ERROR_USAGE, part);
}

HEAP_TEST(parameter, says_what_is_no_json)
{
	refuse("[1, 2", "a comma or ]");
	refuse("[1 2]", "a comma or ] should stand where '2]'");
	refuse("[1,]", "a value");
	refuse("[,]", "a value");
	refuse("{a: 1}", "a key in double quotes");
	refuse("{\"a\" 1}", "a colon");
	refuse("{\"a\": 1", "a comma or }");
	refuse("\"a", "a closing \"");
	refuse("\"a\" b", "the end of the value");
	refuse("\"\\x\"", "an escape of JSON");
	refuse("\"\\ud83d\"", "an escape of JSON");
	refuse("\"\\ude00\"", "an escape of JSON");
	refuse("\"\\u12\"", "an escape of JSON");
	refuse("9223372036854775808", "64 bits");
	refuse("1e999", "too large");
	refuse("[", "a value");
}

HEAP_TEST(parameter, nests_as_deep_as_lists_may)
{
	char text[4 * DATUM_DEPTH];
	memset(text, '[', sizeof text);
	memset(text + DATUM_DEPTH, ']', DATUM_DEPTH);
	text[2 * DATUM_DEPTH] = '\0';
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	cr_assert_eq(parsed(&arena, text).depth, DATUM_DEPTH);
	memset(text, '[', DATUM_DEPTH + 1);
	memset(text + DATUM_DEPTH + 1, ']', DATUM_DEPTH + 1);
	text[2 * DATUM_DEPTH + 2] = '\0';
	struct datum datum;
	assert_error_says(parameter_parse(&arena, text, &datum), ERROR_USAGE, "64");
}

HEAP_TEST(parameters, are_assigned_by_name)
{
	AUTO(parameters) struct parameters parameters;
	const struct datum_map *map;
	parameters_init(&parameters);
	assert_ok(parameters_assign(&parameters, "limit=5"));
	assert_ok(parameters_assign(&parameters, " type = Session"));
	assert_ok(parameters_assign(&parameters, "limit=7"));
	assert_ok(parameters_assign(&parameters, "pattern=a=b"));
	cr_assert(parameters_has(&parameters, "type"));
	cr_assert_not(parameters_has(&parameters, "Limit"));
	assert_ok(parameters_map(&parameters, &map));
	cr_assert_eq(map->count, 3);
	cr_assert_eq(datum_map_get(map, "limit", 5).integer, 7);
	cr_assert_str_eq(datum_map_get(map, "type", 4).text, "Session");
	cr_assert_str_eq(datum_map_get(map, "pattern", 7).text, "a=b");
	assert_error_says(parameters_assign(&parameters, "limit"), ERROR_USAGE, "NAME=VALUE");
	assert_error_says(parameters_assign(&parameters, "=5"), ERROR_USAGE, "NAME=VALUE");
	assert_error_says(parameters_assign(&parameters, "names=[1"), ERROR_USAGE, "the parameter names: ");
}

HEAP_TEST(parameters, are_sixty_four_at_most)
{
	AUTO(parameters) struct parameters parameters;
	const struct datum_map *map;
	parameters_init(&parameters);
	assert_ok(parameters_map(&parameters, &map));
	cr_assert_eq(map->count, 0);
	for (int i = 0; i < 64; i++) {
		char name[8];
		snprintf(name, sizeof name, "p%d", i);
		assert_ok(parameters_set(&parameters, name, "1"));
	}
	assert_error_says(parameters_set(&parameters, "more", "1"), ERROR_USAGE, "more than 64");
	assert_ok(parameters_set(&parameters, "p3", "2"));
}
