/* What can be made of strings? Characters are code points of UTF-8; bytes that are none count as one each. */
#include "queries/function_parts.h"

#include <string.h>
#include <strings.h>

/* ERROR_USAGE unless all are strings; *null: one is null. */
static struct error *need_strings(const char *name, const struct datum *arguments, uint32_t count, bool *null)
{
	*null = false;
	for (uint32_t i = 0; i < count; i++) {
		*null |= arguments[i].kind == DATUM_NULL;
		if (arguments[i].kind != DATUM_STRING && arguments[i].kind != DATUM_NULL)
			return function_unfit(name, count == 1 ? "a string" : "strings", arguments[i]);
	}
	return NULL;
}

static struct error *finish(struct evaluation *evaluation, const struct text *text, struct datum *result)
{
	TRY(text_error(text));
	if (text->length >= UINT32_MAX)
		return error_create(ERROR_USAGE, "a string of 4 GiB or more");
	const char *copy = arena_copy(evaluation->arena, text_string(text), text->length);
	if (copy == NULL)
		return error_memory();
	*result = datum_string(copy, text->length);
	return NULL;
}

struct error *function_to_string(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				 struct datum *result)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	(void)count;
	*result = arguments[0];
	if (arguments[0].kind == DATUM_STRING || arguments[0].kind == DATUM_NULL)
		return NULL;
	if (arguments[0].kind == DATUM_BOOLEAN)
		text_add(&text, arguments[0].boolean ? "true" : "false");
	else if (datum_is_number(arguments[0]))
		datum_print_number(arguments[0], &text);
	else if (arguments[0].kind == DATUM_NODE)
		TRY(heap_print_place(evaluation->heap, arguments[0].place, &text));
	else
		return function_unfit("toString", "a number, a boolean, a string or an object", arguments[0]);
	return finish(evaluation, &text, result);
}

struct error *function_to_boolean(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				  struct datum *result)
{
	bool null;
	(void)evaluation;
	*result = arguments[0];
	if (arguments[0].kind == DATUM_BOOLEAN)
		return NULL;
	TRY(need_strings("toBoolean", arguments, count, &null));
	*result = datum_null();
	if (!null && strcasecmp(arguments[0].text, "true") == 0)
		*result = datum_boolean(true);
	else if (!null && strcasecmp(arguments[0].text, "false") == 0)
		*result = datum_boolean(false);
	return NULL;
}

static struct error *change_case(struct evaluation *evaluation, const char *name, char first, struct datum string,
				 struct datum *result)
{
	bool null;
	*result = datum_null();
	TRY(need_strings(name, &string, 1, &null));
	if (null)
		return NULL;
	char *copy = arena_copy(evaluation->arena, string.text, string.length);
	if (copy == NULL)
		return error_memory();
	for (uint32_t i = 0; i < string.length; i++)
		if (copy[i] >= first && copy[i] < first + 26)
			copy[i] ^= 'a' ^ 'A';
	*result = datum_string(copy, string.length);
	return NULL;
}

struct error *function_to_lower(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				struct datum *result)
{
	(void)count;
	return change_case(evaluation, "toLower", 'A', arguments[0], result);
}

struct error *function_to_upper(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				struct datum *result)
{
	(void)count;
	return change_case(evaluation, "toUpper", 'a', arguments[0], result);
}

static bool is_space(char character)
{
	return character != '\0' && strchr(" \t\n\r\f\v", character) != NULL;
}

static struct error *trim(struct evaluation *evaluation, const char *name, bool before, bool after, struct datum string,
			  struct datum *result)
{
	bool null;
	*result = datum_null();
	TRY(need_strings(name, &string, 1, &null));
	if (null)
		return NULL;
	uint32_t from = 0, to = string.length;
	while (before && from < to && is_space(string.text[from]))
		from++;
	while (after && to > from && is_space(string.text[to - 1]))
		to--;
	/* Copied, as strings end with NUL. */
	const char *copy = arena_copy(evaluation->arena, string.text + from, to - from);
	if (copy == NULL)
		return error_memory();
	*result = datum_string(copy, to - from);
	return NULL;
}

struct error *function_trim(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	(void)count;
	return trim(evaluation, "trim", true, true, arguments[0], result);
}

struct error *function_ltrim(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			     struct datum *result)
{
	(void)count;
	return trim(evaluation, "ltrim", true, false, arguments[0], result);
}

struct error *function_rtrim(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			     struct datum *result)
{
	(void)count;
	return trim(evaluation, "rtrim", false, true, arguments[0], result);
}

/* Where character `number` begins, or the end. */
static uint32_t offset_of(struct datum string, int64_t number)
{
	int64_t met = -1;
	for (uint32_t i = 0; i < string.length; i++) {
		met += ((uint8_t)string.text[i] & 0xc0) != 0x80 || i == 0;
		if (met == number)
			return i;
	}
	return string.length;
}

static int64_t character_count(struct datum string)
{
	int64_t count = 0;
	for (uint32_t i = 0; i < string.length; i++)
		count += ((uint8_t)string.text[i] & 0xc0) != 0x80 || i == 0;
	return count;
}

/* `wanted` characters from number `from` on. */
static struct error *cut(struct evaluation *evaluation, struct datum string, int64_t from, int64_t wanted,
			 struct datum *result)
{
	uint32_t begin = offset_of(string, from);
	uint32_t end = wanted >= (int64_t)string.length ? string.length : offset_of(string, from + wanted);
	const char *copy = arena_copy(evaluation->arena, string.text + begin, end > begin ? end - begin : 0);
	if (copy == NULL)
		return error_memory();
	*result = datum_string(copy, end > begin ? end - begin : 0);
	return NULL;
}

/* A string and one or two counts of characters. */
static struct error *need_cut(const char *name, const struct datum *arguments, uint32_t count, bool *null)
{
	TRY(need_strings(name, arguments, 1, null));
	for (uint32_t i = 1; i < count && !*null; i++) {
		*null |= arguments[i].kind == DATUM_NULL;
		if (arguments[i].kind != DATUM_NULL && (arguments[i].kind != DATUM_INTEGER || arguments[i].integer < 0))
			return error_create(ERROR_USAGE, "%s() takes counts of characters, 0 and more", name);
	}
	return NULL;
}

struct error *function_left(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			    struct datum *result)
{
	bool null;
	*result = datum_null();
	TRY(need_cut("left", arguments, count, &null));
	return null ? NULL : cut(evaluation, arguments[0], 0, arguments[1].integer, result);
}

struct error *function_right(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			     struct datum *result)
{
	bool null;
	*result = datum_null();
	TRY(need_cut("right", arguments, count, &null));
	if (null)
		return NULL;
	int64_t all = character_count(arguments[0]), wanted = arguments[1].integer < all ? arguments[1].integer : all;
	return cut(evaluation, arguments[0], all - wanted, wanted, result);
}

struct error *function_substring(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
				 struct datum *result)
{
	bool null;
	*result = datum_null();
	TRY(need_cut("substring", arguments, count, &null));
	return null ? NULL
		    : cut(evaluation, arguments[0], arguments[1].integer,
			  count > 2 ? arguments[2].integer : (int64_t)arguments[0].length, result);
}

/* The next occurrence of `what` from `at` on; the end where there is none. An empty string occurs nowhere. */
static uint32_t next_occurrence(struct datum in, struct datum what, uint32_t at)
{
	const char *found = what.length == 0 ? NULL : memmem(in.text + at, in.length - at, what.text, what.length);
	return found == NULL ? in.length : (uint32_t)(found - in.text);
}

struct error *function_replace(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			       struct datum *result)
{
	AUTO(text) struct text text = {0};
	bool null;
	text_init(&text);
	*result = datum_null();
	TRY(need_strings("replace", arguments, count, &null));
	if (null)
		return NULL;
	struct datum in = arguments[0], what = arguments[1], by = arguments[2];
	for (uint32_t at = 0; at < in.length;) {
		uint32_t found = next_occurrence(in, what, at);
		text_add_bytes(&text, in.text + at, found - at);
		if (found < in.length)
			text_add_bytes(&text, by.text, by.length);
		at = found < in.length ? found + what.length : in.length;
		if (text.length > evaluation->limits->memory)
			return error_create(ERROR_USAGE, "replace() makes a longer string than there is room for");
	}
	return finish(evaluation, &text, result);
}

struct error *function_split(struct evaluation *evaluation, const struct datum *arguments, uint32_t count,
			     struct datum *result)
{
	struct datum_list *list = NULL;
	bool null;
	*result = datum_null();
	TRY(need_strings("split", arguments, count, &null));
	if (null)
		return NULL;
	struct datum in = arguments[0], by = arguments[1];
	size_t parts = 1;
	for (uint32_t at = next_occurrence(in, by, 0); at < in.length; at = next_occurrence(in, by, at + by.length))
		parts++;
	TRY(datum_list_create(evaluation->arena, parts, &list));
	for (uint32_t i = 0, at = 0; i < list->count; i++) {
		uint32_t end = next_occurrence(in, by, at);
		const char *copy = arena_copy(evaluation->arena, in.text + at, end - at);
		if (copy == NULL)
			return error_memory();
		list->items[i] = datum_string(copy, end - at);
		at = end + by.length;
	}
	return datum_of_list(list, result);
}
