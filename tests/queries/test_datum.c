/* queries/datum.h: what is equal, what is less, what is what sum, as openCypher has it; numbers against __int128. */
#include "queries/datum.h"

#include "tests/test.h"

#include <math.h>
#include <string.h>

static struct datum text_datum(const char *text)
{
	return datum_string(text, strlen(text));
}

static struct datum list_of(struct arena *arena, size_t count, const struct datum *items)
{
	struct datum_list *list = NULL;
	struct datum result = datum_null();
	cr_assert_null(datum_list_create(arena, count, &list));
	if (count > 0)
		memcpy(list->items, items, count * sizeof *items);
	cr_assert_null(datum_of_list(list, &result));
	return result;
}

HEAP_TEST(datum, compares_integers_and_floats_as_numbers)
{
	/* 2^53 + 1 is no double: as floats both would be equal. */
	struct datum whole = datum_integer((INT64_C(1) << 53) + 1), real = datum_float(0x1p53);
	int order = 0;
	cr_assert_eq(datum_equal(whole, real), TRUTH_FALSE);
	cr_assert(datum_compare(whole, real, &order) && order > 0);
	cr_assert_eq(datum_equal(datum_integer(1), datum_float(1.0)), TRUTH_TRUE);
	cr_assert(datum_compare(datum_integer(INT64_MAX), datum_float(0x1p63), &order) && order < 0);
	cr_assert(datum_compare(datum_integer(INT64_MIN), datum_float(-0x1p63), &order) && order == 0);
	cr_assert(datum_compare(datum_integer(-1), datum_float(-1.5), &order) && order > 0);
	cr_assert(datum_compare(datum_float(INFINITY), datum_integer(INT64_MAX), &order) && order > 0);
	cr_assert_not(datum_compare(datum_float(NAN), datum_integer(1), &order));
	cr_assert_eq(datum_equal(datum_float(NAN), datum_float(NAN)), TRUTH_FALSE);
}

HEAP_TEST(datum, knows_three_truths)
{
	AUTO(arena) struct arena arena = {0};
	arena_init(&arena);
	struct datum one = datum_integer(1), two = datum_integer(2), null = datum_null();
	struct datum with_null[] = {one, null}, with_two[] = {two, null}, plain[] = {one, two};
	struct datum a = list_of(&arena, 2, with_null), b = list_of(&arena, 2, with_two), c = list_of(&arena, 2, plain);
	enum truth truth;
	cr_assert_eq(datum_equal(null, null), TRUTH_NULL);
	cr_assert_eq(datum_equal(a, c), TRUTH_NULL);
	cr_assert_eq(datum_equal(b, c), TRUTH_FALSE);
	cr_assert_eq(datum_equal(a, one), TRUTH_FALSE);
	cr_assert_null(datum_in(two, a, &truth));
	cr_assert_eq(truth, TRUTH_NULL);
	cr_assert_null(datum_in(one, a, &truth));
	cr_assert_eq(truth, TRUTH_TRUE);
	cr_assert_null(datum_in(datum_integer(3), c, &truth));
	cr_assert_eq(truth, TRUTH_FALSE);
	cr_assert_null(datum_in(null, list_of(&arena, 0, NULL), &truth));
	cr_assert_eq(truth, TRUTH_FALSE);
}

/* What the order of all values has to be: each before the next. */
HEAP_TEST(datum, orders_all_values)
{
	AUTO(arena) struct arena arena = {0};
	arena_init(&arena);
	struct datum_map *map = NULL;
	struct datum of_map, one = datum_integer(1);
	cr_assert_null(datum_map_create(&arena, 0, &map));
	cr_assert_null(datum_of_map(map, &of_map));
	struct datum ascending[] = {of_map, datum_node(0), datum_node(1), datum_edge(0, 0), list_of(&arena, 0, NULL),
				    list_of(&arena, 1, &one), text_datum(""), text_datum("a"), text_datum("ab"), text_datum("b"),
				    datum_boolean(false), datum_boolean(true), datum_float(-INFINITY), datum_integer(-1),
				    datum_float(0.5), datum_integer(1), datum_float(INFINITY), datum_float(NAN), datum_null()};
	size_t count = sizeof ascending / sizeof ascending[0];
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			int order = datum_order(ascending[i], ascending[j]);
			cr_assert_eq((order > 0) - (order < 0), (i > j) - (i < j), "%zu and %zu", i, j);
			cr_assert_eq(datum_hash(ascending[i]) == datum_hash(ascending[j]), i == j, "%zu and %zu", i, j);
		}
	cr_assert_eq(datum_hash(datum_integer(7)), datum_hash(datum_float(7.0)));
	cr_assert_eq(datum_hash(datum_float(-0.0)), datum_hash(datum_integer(0)));
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int64_t some_integer(uint64_t *state)
{
	static const int64_t corners[] = {0, 1, -1, 2, -2, INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_MIN + 1};
	uint64_t choice = next_random(state);
	return choice % 3 == 0 ? corners[choice / 3 % (sizeof corners / sizeof corners[0])]
			       : (int64_t)next_random(state) >> (choice / 3 % 64);
}

HEAP_TEST(datum, calculates_integers_exactly_or_not_at_all)
{
	AUTO(arena) struct arena arena = {0};
	arena_init(&arena);
	uint64_t state = 88172645463325252u;
	for (int i = 0; i < 20000; i++) {
		__int128 a = some_integer(&state), b = some_integer(&state), exact = 0;
		enum datum_operator operator = (enum datum_operator)(next_random(&state) % 5);
		struct datum result = datum_null();
		bool divides = operator == DATUM_DIVIDE || operator == DATUM_MODULO, defined = !divides || b != 0;
		if (defined)
			exact = operator == DATUM_ADD ? a + b : operator == DATUM_SUBTRACT ? a - b : operator == DATUM_MULTIPLY ? a * b
				: operator == DATUM_DIVIDE ? a / b : a % b;
		defined = defined && exact >= INT64_MIN && exact <= INT64_MAX;
		struct error *error = datum_calculate(&arena, operator, datum_integer((int64_t)a), datum_integer((int64_t)b), &result);
		cr_assert_eq(error == NULL, defined);
		cr_assert(error != NULL || (result.kind == DATUM_INTEGER && result.integer == (int64_t)exact));
		error_destroy(error);
	}
}

static void check_calculation(struct arena *arena, enum datum_operator operator, struct datum a, struct datum b,
			      struct datum wanted)
{
	struct datum result = datum_boolean(true);
	cr_assert_null(datum_calculate(arena, operator, a, b, &result));
	cr_assert_eq(datum_order(result, wanted), 0);
	cr_assert_eq(result.kind, wanted.kind);
}

HEAP_TEST(datum, joins_texts_and_lists)
{
	AUTO(arena) struct arena arena = {0};
	arena_init(&arena);
	struct datum one = datum_integer(1), pair[] = {datum_integer(1), datum_integer(1)};
	struct datum list = list_of(&arena, 1, &one), both = list_of(&arena, 2, pair);
	check_calculation(&arena, DATUM_ADD, text_datum("a"), text_datum("b"), text_datum("ab"));
	check_calculation(&arena, DATUM_ADD, text_datum("a"), datum_float(1.5), text_datum("a1.5"));
	check_calculation(&arena, DATUM_ADD, list, one, both);
	check_calculation(&arena, DATUM_ADD, one, list, both);
	check_calculation(&arena, DATUM_ADD, list, list, both);
	check_calculation(&arena, DATUM_ADD, list, datum_null(), datum_null());
	check_calculation(&arena, DATUM_POWER, datum_integer(2), datum_integer(3), datum_float(8));
	check_calculation(&arena, DATUM_DIVIDE, datum_integer(7), datum_float(2), datum_float(3.5));
	check_calculation(&arena, DATUM_DIVIDE, datum_integer(-7), datum_integer(2), datum_integer(-3));
	AUTO(error) struct error *error = datum_calculate(&arena, DATUM_SUBTRACT, text_datum("a"), one, &one);
	cr_assert_str_eq(error->message, "- doesn't go with STRING and INTEGER");
}

HEAP_TEST(datum, refuses_lists_that_are_nested_too_deep)
{
	AUTO(arena) struct arena arena = {0};
	arena_init(&arena);
	struct datum nested = datum_integer(1);
	struct error *error = NULL;
	unsigned depth = 0;
	for (; error == NULL && depth < 1000; depth++) {
		struct datum_list *list = NULL;
		cr_assert_null(datum_list_create(&arena, 1, &list));
		list->items[0] = nested;
		error = datum_of_list(list, &nested);
	}
	cr_assert_eq(depth, DATUM_DEPTH + 1);
	cr_assert_not_null(strstr(error->message, "nested deeper than 64 levels"));
	error_destroy(error);
}

HEAP_TEST(datum, copies_all_that_it_borrows)
{
	AUTO(arena) struct arena target = {0};
	struct arena source;
	struct datum copy, entry = text_datum("value");
	struct datum_map *map = NULL;
	arena_init(&target);
	arena_init(&source);
	cr_assert_null(datum_map_create(&source, 2, &map));
	map->entries[0] = (struct datum_entry){.key = text_datum("b"), .value = list_of(&source, 1, &entry)};
	map->entries[1] = (struct datum_entry){.key = text_datum("a"), .value = datum_integer(1)};
	struct datum of_map;
	cr_assert_null(datum_of_map(map, &of_map));
	cr_assert_null(datum_copy(&target, of_map, &copy));
	arena_deinit(&source);
	cr_assert_eq(datum_map_get(copy.map, "a", 1).integer, 1);
	cr_assert_str_eq(datum_map_get(copy.map, "b", 1).list->items[0].text, "value");
	cr_assert_eq(datum_map_get(copy.map, "c", 1).kind, DATUM_NULL);
}

HEAP_TEST(datum, prints_floats_so_that_they_come_back)
{
	static const struct {
		double real;
		const char *text;
	} known[] = {{1, "1.0"}, {0.1, "0.1"}, {1e30, "1e+30"}, {1.0 / 3, "0.3333333333333333"}, {-2.5, "-2.5"}};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		AUTO(text) struct text text = {0};
		text_init(&text);
		datum_print_number(datum_float(known[i].real), &text);
		cr_assert_str_eq(text_string(&text), known[i].text);
	}
}
