/* What do + - * / % ^ and IN give?
 *
 * Integers stay integers and are never wrong: what leaves 64 bits, or divides by 0, is an error. With a float all is
 * floats, by the rules of IEEE 754. */
#include "queries/datum.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const signs[] = {[DATUM_ADD] = "+",    [DATUM_SUBTRACT] = "-", [DATUM_MULTIPLY] = "*",
				    [DATUM_DIVIDE] = "/", [DATUM_MODULO] = "%",   [DATUM_POWER] = "^"};

static struct error *unfit(enum datum_operator operator, struct datum a, struct datum b)
{
	return error_create(ERROR_USAGE, "%s doesn't go with %s and %s", signs[operator], datum_kind_name(a.kind),
			    datum_kind_name(b.kind));
}

/* False where it leaves 64 bits. The divisor is not 0. */
static bool calculate_whole(enum datum_operator operator, int64_t a, int64_t b, int64_t *result)
{
	switch (operator) {
	case DATUM_ADD:
		return !__builtin_add_overflow(a, b, result);
	case DATUM_SUBTRACT:
		return !__builtin_sub_overflow(a, b, result);
	case DATUM_MULTIPLY:
		return !__builtin_mul_overflow(a, b, result);
	case DATUM_DIVIDE:
		*result = b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
		return b != -1 || a != INT64_MIN;
	case DATUM_MODULO:
		*result = b == -1 ? 0 : a % b;
		return true;
	case DATUM_POWER:
		break;
	}
	return false;
}

static struct error *calculate_integers(enum datum_operator operator, int64_t a, int64_t b, struct datum *result)
{
	int64_t value = 0;
	if (b == 0 && (operator == DATUM_DIVIDE || operator == DATUM_MODULO))
		return error_create(ERROR_USAGE, "%" PRId64 " %s 0: division by zero", a, signs[operator]);
	if (!calculate_whole(operator, a, b, &value))
		return error_create(ERROR_USAGE, "%" PRId64 " %s %" PRId64 " is beyond 64 bits; a float (1.0 * x) holds it", a,
				    signs[operator], b);
	*result = datum_integer(value);
	return NULL;
}

static double real_of(struct datum number)
{
	return number.kind == DATUM_INTEGER ? (double)number.integer : number.real;
}

static double calculate_real(enum datum_operator operator, double a, double b)
{
	switch (operator) {
	case DATUM_ADD:
		return a + b;
	case DATUM_SUBTRACT:
		return a - b;
	case DATUM_MULTIPLY:
		return a * b;
	case DATUM_DIVIDE:
		return a / b;
	case DATUM_MODULO:
		return fmod(a, b);
	case DATUM_POWER:
		break;
	}
	return pow(a, b);
}

static bool joins_text(struct datum datum)
{
	return datum.kind == DATUM_STRING || datum_is_number(datum);
}

static void print(struct datum datum, struct text *text)
{
	if (datum.kind == DATUM_STRING)
		text_add_bytes(text, datum.text, datum.length);
	else
		datum_print_number(datum, text);
}

static struct error *join_texts(struct arena *arena, struct datum a, struct datum b, struct datum *result)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print(a, &text);
	print(b, &text);
	TRY(text_error(&text));
	if (text.length > UINT32_MAX - 1)
		return error_create(ERROR_USAGE, "+ makes a string of 4 GiB or more");
	const char *copy = arena_copy(arena, text_string(&text), text.length);
	if (copy == NULL)
		return error_memory();
	*result = datum_string(copy, text.length);
	return NULL;
}

/* What a datum adds to a list: its items, or itself. */
static uint32_t items_of(const struct datum *datum, const struct datum **items)
{
	*items = datum->kind == DATUM_LIST ? datum->list->items : datum;
	return datum->kind == DATUM_LIST ? datum->list->count : 1;
}

static struct error *join_lists(struct arena *arena, const struct datum *a, const struct datum *b, struct datum *result)
{
	const struct datum *first, *second;
	size_t before = items_of(a, &first), after = items_of(b, &second);
	struct datum_list *list = NULL;
	TRY(datum_list_create(arena, before + after, &list));
	if (before > 0)
		memcpy(list->items, first, before * sizeof *first);
	if (after > 0)
		memcpy(list->items + before, second, after * sizeof *second);
	return datum_of_list(list, result);
}

struct error *datum_calculate(struct arena *arena, enum datum_operator operator, struct datum a, struct datum b,
			      struct datum *result)
{
	if (a.kind == DATUM_NULL || b.kind == DATUM_NULL) {
		*result = datum_null();
		return NULL;
	}
	if (datum_is_number(a) && datum_is_number(b)) {
		if (a.kind == DATUM_INTEGER && b.kind == DATUM_INTEGER && operator != DATUM_POWER)
			return calculate_integers(operator, a.integer, b.integer, result);
		*result = datum_float(calculate_real(operator, real_of(a), real_of(b)));
		return NULL;
	}
	if (operator != DATUM_ADD)
		return unfit(operator, a, b);
	if (a.kind == DATUM_LIST || b.kind == DATUM_LIST)
		return join_lists(arena, &a, &b, result);
	if (joins_text(a) && joins_text(b))
		return join_texts(arena, a, b, result);
	return unfit(operator, a, b);
}

struct error *datum_negate(struct datum a, struct datum *result)
{
	if (a.kind == DATUM_INTEGER)
		return calculate_integers(DATUM_SUBTRACT, 0, a.integer, result);
	if (a.kind != DATUM_FLOAT && a.kind != DATUM_NULL)
		return error_create(ERROR_USAGE, "- doesn't go with %s", datum_kind_name(a.kind));
	*result = a.kind == DATUM_NULL ? a : datum_float(-a.real);
	return NULL;
}

struct error *datum_in(struct datum a, struct datum b, enum truth *result)
{
	*result = TRUTH_NULL;
	if (b.kind == DATUM_NULL)
		return NULL;
	if (b.kind != DATUM_LIST)
		return error_create(ERROR_USAGE, "IN wants a LIST on its right, not %s", datum_kind_name(b.kind));
	bool unknown = false;
	for (uint32_t i = 0; i < b.list->count; i++) {
		enum truth equal = datum_equal(a, b.list->items[i]);
		if (equal == TRUTH_TRUE) {
			*result = TRUTH_TRUE;
			return NULL;
		}
		unknown |= equal == TRUTH_NULL;
	}
	*result = unknown ? TRUTH_NULL : TRUTH_FALSE;
	return NULL;
}
