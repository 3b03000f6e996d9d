/* What can be made of lists, and of numbers? */
#include "queries/function_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Characters are code points: bytes that don't go on with one. */
static uint32_t characters(struct datum string)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < string.length; i++)
		count += ((uint8_t)string.text[i] & 0xc0) != 0x80;
	return count;
}

struct error *function_size(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	(void)evaluation, (void)count;
	struct datum of = arguments[0];
	*result = datum_null();
	if (of.kind == DATUM_LIST)
		*result = datum_integer(of.list->count);
	else if (of.kind == DATUM_STRING)
		*result = datum_integer(characters(of));
	else if (of.kind == DATUM_MAP)
		*result = datum_integer(of.map->count);
	else if (of.kind != DATUM_NULL)
		return function_unfit("size", "a list, a string or a map", of);
	return NULL;
}

struct error *function_length(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			      struct datum *result)
{
	if (arguments[0].kind != DATUM_PATH)
		return function_size(evaluation, arguments, count, result);
	*result = datum_integer(arguments[0].path->length);
	return NULL;
}

struct error *function_is_empty(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				struct datum *result)
{
	TRY(function_size(evaluation, arguments, count, result));
	if (result->kind == DATUM_INTEGER)
		*result = datum_boolean(result->integer == 0);
	return NULL;
}

static struct error *item(const char *name, struct datum of, bool last, struct datum *result)
{
	*result = datum_null();
	if (of.kind != DATUM_LIST && of.kind != DATUM_NULL)
		return function_unfit(name, "a list", of);
	if (of.kind == DATUM_LIST && of.list->count > 0)
		*result = of.list->items[last ? of.list->count - 1 : 0];
	return NULL;
}

struct error *function_head(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	(void)evaluation, (void)count;
	return item("head", arguments[0], false, result);
}

struct error *function_last(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	(void)evaluation, (void)count;
	return item("last", arguments[0], true, result);
}

struct error *function_tail(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	struct datum_list *list = NULL;
	(void)count;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NULL)
		return NULL;
	if (arguments[0].kind != DATUM_LIST)
		return function_unfit("tail", "a list", arguments[0]);
	const struct datum_list *of = arguments[0].list;
	TRY(datum_list_create(evaluation->arena, of->count > 0 ? of->count - 1 : 0, &list));
	if (list->count > 0)
		memcpy(list->items, of->items + 1, list->count * sizeof list->items[0]);
	return datum_of_list(list, result);
}

static struct error *reverse_string(struct arena *arena, struct datum string, struct datum *result)
{
	char *copy = arena_alloc(arena, (size_t)string.length + 1);
	uint32_t end = string.length, to = 0;
	if (copy == NULL)
		return error_memory();
	for (uint32_t at = string.length; at-- > 0;) {
		if (((uint8_t)string.text[at] & 0xc0) == 0x80 && at > 0)
			continue;
		memcpy(copy + to, string.text + at, end - at);
		to += end - at;
		end = at;
	}
	*result = datum_string(copy, string.length);
	return NULL;
}

struct error *function_reverse(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			       struct datum *result)
{
	struct datum_list *list = NULL;
	(void)count;
	*result = datum_null();
	if (arguments[0].kind == DATUM_NULL)
		return NULL;
	if (arguments[0].kind == DATUM_STRING)
		return reverse_string(evaluation->arena, arguments[0], result);
	if (arguments[0].kind != DATUM_LIST)
		return function_unfit("reverse", "a list or a string", arguments[0]);
	const struct datum_list *of = arguments[0].list;
	TRY(datum_list_create(evaluation->arena, of->count, &list));
	for (uint32_t i = 0; i < of->count; i++)
		list->items[i] = of->items[of->count - 1 - i];
	return datum_of_list(list, result);
}

/* How many integers from first to last by step, as unsigned: both ends may be anywhere in 64 bits. */
static uint64_t range_count(int64_t first, int64_t last, int64_t step)
{
	if (step > 0)
		return last < first ? 0 : ((uint64_t)last - (uint64_t)first) / (uint64_t)step + 1;
	return last > first ? 0 : ((uint64_t)first - (uint64_t)last) / (0 - (uint64_t)step) + 1;
}

struct error *function_range(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			     struct datum *result)
{
	struct datum_list *list = NULL;
	int64_t step = 1;
	for (uint32_t i = 0; i < count; i++)
		if (arguments[i].kind != DATUM_INTEGER)
			return function_unfit("range", "integers", arguments[i]);
	step = count > 2 ? arguments[2].integer : 1;
	if (step == 0)
		return error_create(ERROR_USAGE, "range() takes a step that is not 0");
	uint64_t items = range_count(arguments[0].integer, arguments[1].integer, step);
	if (items > DATUM_ITEMS_MAX || items * sizeof(struct datum) > evaluation->limits->memory)
		return error_create(ERROR_USAGE, "range() of more integers than there is room for");
	TRY(datum_list_create(evaluation->arena, items, &list));
	for (uint32_t i = 0; i < list->count; i++)
		list->items[i] = datum_integer((int64_t)((uint64_t)arguments[0].integer + i * (uint64_t)step));
	return datum_of_list(list, result);
}

struct error *function_coalesce(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				struct datum *result)
{
	(void)evaluation;
	*result = datum_null();
	for (uint32_t i = 0; i < count && result->kind == DATUM_NULL; i++)
		*result = arguments[i];
	return NULL;
}

struct error *function_exists(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			      struct datum *result)
{
	(void)evaluation, (void)count;
	*result = datum_boolean(arguments[0].kind != DATUM_NULL);
	return NULL;
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

struct error *function_abs(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			   struct datum *result)
{
	(void)evaluation, (void)count;
	*result = arguments[0];
	if (arguments[0].kind == DATUM_FLOAT)
		*result = datum_float(fabs(arguments[0].real));
	else if (arguments[0].kind == DATUM_INTEGER && arguments[0].integer < 0)
		return datum_negate(arguments[0], result);
	else if (arguments[0].kind != DATUM_INTEGER && arguments[0].kind != DATUM_NULL)
		return function_unfit("abs", "a number", arguments[0]);
	return NULL;
}

static double plain_sign(double x)
{
	return (x > 0) - (x < 0);
}

static struct error *apply(const char *name, double (*function)(double), struct datum number, struct datum *result)
{
	*result = datum_null();
	if (number.kind == DATUM_NULL)
		return NULL;
	if (!datum_is_number(number))
		return function_unfit(name, "a number", number);
	*result = datum_float(function(number.kind == DATUM_INTEGER ? (double)number.integer : number.real));
	return NULL;
}

struct error *function_sign(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	(void)evaluation, (void)count;
	TRY(apply("sign", plain_sign, arguments[0], result));
	if (result->kind == DATUM_FLOAT)
		*result = datum_integer((int64_t)result->real);
	return NULL;
}

#define REAL_FUNCTION(name)                                                                                            \
	struct error *function_##name(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,    \
				      struct datum *result)                                                            \
	{                                                                                                              \
		(void)evaluation, (void)count;                                                                         \
		return apply(#name, name, arguments[0], result);                                                       \
	}
REAL_FUNCTION(ceil)
REAL_FUNCTION(floor)
REAL_FUNCTION(sqrt)
REAL_FUNCTION(exp)
REAL_FUNCTION(log)
REAL_FUNCTION(log10)

struct error *function_round(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			     struct datum *result)
{
	(void)evaluation;
	if (count == 1)
		return apply("round", round, arguments[0], result);
	*result = datum_null();
	if (arguments[1].kind == DATUM_NULL)
		return NULL;
	if (arguments[1].kind != DATUM_INTEGER || arguments[1].integer < 0 || arguments[1].integer > 17)
		return error_create(ERROR_USAGE, "round() takes 0 to 17 digits");
	double scale = pow(10, (double)arguments[1].integer);
	TRY(apply("round", round, arguments[0], result));
	if (result->kind == DATUM_FLOAT) {
		double x = arguments[0].kind == DATUM_INTEGER ? (double)arguments[0].integer : arguments[0].real;
		*result = datum_float(round(x * scale) / scale);
	}
	return NULL;
}

/* The whole string as a number; false where it is none. */
static bool parse_real(struct datum string, double *real)
{
	char *end = NULL;
	if (string.length == 0 || string.length > 400 || strspn(string.text, "+-.0123456789eE") != string.length)
		return false;
	*real = strtod(string.text, &end);
	return *end == '\0' && end != string.text;
}

static bool parse_whole(struct datum string, int64_t *whole)
{
	char *end = NULL;
	if (string.length == 0 || string.length > 30 || strspn(string.text, "+-0123456789") != string.length)
		return false;
	errno = 0;
	*whole = strtoll(string.text, &end, 10);
	return *end == '\0' && errno == 0;
}

static struct datum whole_of(double real)
{
	return real >= -0x1p63 && real < 0x1p63 ? datum_integer((int64_t)real) : datum_null();
}

struct error *function_to_integer(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				  struct datum *result)
{
	(void)evaluation, (void)count;
	int64_t whole;
	double real;
	*result = datum_null();
	if (arguments[0].kind == DATUM_INTEGER)
		*result = arguments[0];
	else if (arguments[0].kind == DATUM_FLOAT)
		*result = whole_of(arguments[0].real);
	else if (arguments[0].kind == DATUM_BOOLEAN)
		*result = datum_integer(arguments[0].boolean);
	else if (arguments[0].kind == DATUM_STRING && parse_whole(arguments[0], &whole))
		*result = datum_integer(whole);
	else if (arguments[0].kind == DATUM_STRING && parse_real(arguments[0], &real))
		*result = whole_of(real);
	else if (arguments[0].kind != DATUM_STRING && arguments[0].kind != DATUM_NULL)
		return function_unfit("toInteger", "a number, a string or a boolean", arguments[0]);
	return NULL;
}

struct error *function_to_float(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				struct datum *result)
{
	(void)evaluation, (void)count;
	double real;
	*result = datum_null();
	if (datum_is_number(arguments[0]))
		*result = datum_float(arguments[0].kind == DATUM_INTEGER ? (double)arguments[0].integer : arguments[0].real);
	else if (arguments[0].kind == DATUM_STRING && parse_real(arguments[0], &real))
		*result = datum_float(real);
	else if (arguments[0].kind != DATUM_STRING && arguments[0].kind != DATUM_NULL)
		return function_unfit("toFloat", "a number or a string", arguments[0]);
	return NULL;
}
