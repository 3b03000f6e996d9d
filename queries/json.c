/* Which value does a text of JSON stand for?
 *
 * Read by hand, as what it gives are values of queries; it recurses no deeper than lists may be nested. O(text); 32 B an item
 * for the time.
 */
#include "queries/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct json {
	struct arena *arena;
	const char *at;
	size_t most; /* items of one list or map */
};

static struct error *read_value(struct json *json, unsigned depth, struct datum *result);

static void skip_space(struct json *json)
{
	json->at += strspn(json->at, " \t\r\n");
}

static struct error *unexpected(const struct json *json, const char *wanted)
{
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	size_t length = strlen(json->at);
	text_add_escaped(&safe, json->at, length < 20 ? length : 20);
	if (length == 0)
		return error_create(ERROR_USAGE, "the value ends where %s should stand", wanted);
	return error_create(ERROR_USAGE, "%s should stand where '%s' begins", wanted, text_string(&safe));
}

static void add_code_point(struct text *text, uint32_t code)
{
	if (code < 0x80) {
		text_add_char(text, (char)code);
		return;
	}
	unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const uint8_t marks[] = {0, 0xC0, 0xE0, 0xF0};
	text_add_char(text, (char)(marks[more] | code >> 6 * more));
	while (more-- > 0)
		text_add_char(text, (char)(0x80 | (code >> 6 * more & 0x3F)));
}

/* Four hexadecimal digits after \u. */
static bool read_unit(struct json *json, uint32_t *unit)
{
	if (strspn(json->at, "0123456789abcdefABCDEF") < 4)
		return false;
	char digits[5] = {json->at[0], json->at[1], json->at[2], json->at[3]};
	*unit = (uint32_t)strtoul(digits, NULL, 16);
	json->at += 4;
	return true;
}

/* What follows a backslash. A surrogate without its other half is no text. */
static bool read_escape(struct json *json, struct text *text)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char letter = *json->at;
	const char *known = letter != '\0' ? strchr(names, letter) : NULL;
	if (known != NULL) {
		json->at++;
		text_add_char(text, meant[known - names]);
		return true;
	}
	uint32_t code, low;
	if (letter != 'u')
		return false;
	json->at++;
	if (!read_unit(json, &code) || (code >= 0xDC00 && code < 0xE000))
		return false;
	if (code >= 0xD800 && code < 0xDC00) {
		if (json->at[0] != '\\' || json->at[1] != 'u')
			return false;
		json->at += 2;
		if (!read_unit(json, &low) || low < 0xDC00 || low >= 0xE000)
			return false;
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	}
	add_code_point(text, code);
	return true;
}

static struct error *read_string(struct json *json, struct datum *result)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	for (json->at++; *json->at != '"';) {
		if (*json->at == '\0')
			return unexpected(json, "a closing \"");
		if (*json->at != '\\') {
			text_add_char(&text, *json->at++);
			continue;
		}
		json->at++;
		if (!read_escape(json, &text))
			return unexpected(json, "an escape of JSON (\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000)");
	}
	json->at++;
	TRY(text_error(&text));
	char *copy = arena_copy(json->arena, text_string(&text), text.length);
	if (copy == NULL)
		return error_memory();
	*result = datum_string(copy, text.length);
	return NULL;
}

/* false where no number stands there. */
static bool read_number(struct json *json, struct datum *result, struct error **error)
{
	const char *at = json->at + (*json->at == '-');
	size_t digits = strspn(at, "0123456789");
	if (digits == 0)
		return false;
	const char *end = at + digits;
	bool whole = *end != '.' && *end != 'e' && *end != 'E';
	char *stop;
	errno = 0;
	if (whole) {
		long long value = strtoll(json->at, &stop, 10);
		if (errno != 0)
			*error = error_create(ERROR_USAGE, "integers have 64 bits, and this one needs more");
		*result = datum_integer(value);
	} else {
		double value = strtod(json->at, &stop);
		if (!isfinite(value))
			*error = error_create(ERROR_USAGE, "the number is too large");
		*result = datum_float(value);
	}
	json->at = stop;
	return true;
}

static bool read_word(struct json *json, struct datum *result)
{
	static const struct {
		const char *word;
		struct datum value;
	} words[] = {{"true", {.kind = DATUM_BOOLEAN, .boolean = true}},
		     {"false", {.kind = DATUM_BOOLEAN, .boolean = false}},
		     {"null", {.kind = DATUM_NULL}}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t length = strlen(words[i].word);
		if (strncmp(json->at, words[i].word, length) == 0) {
			json->at += length;
			*result = words[i].value;
			return true;
		}
	}
	return false;
}

/* After an item: a comma, or the end. */
static struct error *more_items(struct json *json, char end, bool *more)
{
	skip_space(json);
	*more = *json->at == ',';
	if (!*more && *json->at != end)
		return unexpected(json, end == ']' ? "a comma or ]" : "a comma or }");
	json->at++;
	return NULL;
}

/* The key of an entry and its colon. */
static struct error *read_key(struct json *json, struct datum *key)
{
	skip_space(json);
	if (*json->at != '"')
		return unexpected(json, "a key in double quotes");
	TRY(read_string(json, key));
	skip_space(json);
	if (*json->at != ':')
		return unexpected(json, "a colon");
	json->at++;
	return NULL;
}

/* Items of a list, or entries of a map, of which the keys stand before the values. */
static struct error *read_items(struct json *json, bool map, unsigned depth, struct datum **items, size_t *count)
{
	char end = map ? '}' : ']';
	size_t capacity = 0;
	AUTO(free) void *memory = NULL;
	struct datum *made = NULL;
	json->at++;
	skip_space(json);
	bool more = *json->at != end;
	if (!more)
		json->at++;
	for (*count = 0; more; *count += map ? 2 : 1) {
		if (*count / (map ? 2 : 1) >= json->most)
			return error_create(ERROR_USAGE, "a list or map has at most %zu items", json->most);
		if (*count + 2 > capacity) {
			capacity = 2 * capacity + 16;
			void *larger = realloc(made, capacity * sizeof *made);
			if (larger == NULL)
				return error_memory();
			memory = made = larger;
		}
		if (map)
			TRY(read_key(json, &made[*count]));
		TRY(read_value(json, depth - 1, &made[*count + map]));
		TRY(more_items(json, end, &more));
	}
	memory = NULL;
	*items = made;
	return NULL;
}

static struct error *read_list(struct json *json, unsigned depth, struct datum *result)
{
	size_t count;
	struct datum *items;
	struct datum_list *list;
	TRY(read_items(json, false, depth, &items, &count));
	AUTO(free) void *memory = items;
	TRY(datum_list_create(json->arena, count, &list));
	for (size_t i = 0; i < count; i++)
		list->items[i] = items[i];
	return datum_of_list(list, result);
}

static struct error *read_map(struct json *json, unsigned depth, struct datum *result)
{
	size_t count;
	struct datum *items;
	struct datum_map *map;
	TRY(read_items(json, true, depth, &items, &count));
	AUTO(free) void *memory = items;
	TRY(datum_map_create(json->arena, count / 2, &map));
	for (size_t i = 0; i < count / 2; i++)
		map->entries[i] = (struct datum_entry){.key = items[2 * i], .value = items[2 * i + 1]};
	return datum_of_map(map, result);
}

static struct error *read_value(struct json *json, unsigned depth, struct datum *result)
{
	struct error *error = NULL;
	skip_space(json);
	if (depth == 0)
		return error_create(ERROR_USAGE, "lists and maps are in one another at most %u deep", DATUM_DEPTH);
	switch (*json->at) {
	case '[':
		return read_list(json, depth, result);
	case '{':
		return read_map(json, depth, result);
	case '"':
		return read_string(json, result);
	default:
		if (read_number(json, result, &error))
			return error;
		return read_word(json, result) ? NULL : unexpected(json, "a value");
	}
}

/* --- the whole of a text -------------------------------------------------------------------------------------------- */

bool json_scalar(const char *text, struct datum *result, struct error **error)
{
	struct json json = {.at = text};
	skip_space(&json);
	if (!read_number(&json, result, error) && !read_word(&json, result))
		return false;
	skip_space(&json);
	if (*json.at == '\0')
		return true;
	error_destroy(steal(error));
	return false;
}

static struct error *parse(struct json *json, struct datum *result)
{
	TRY(read_value(json, DATUM_DEPTH + 1, result));
	skip_space(json);
	return *json->at != '\0' ? unexpected(json, "the end of the value") : NULL;
}

struct error *json_parse(struct arena *arena, const char *text, size_t most, struct datum *result)
{
	struct json json = {.arena = arena, .at = text, .most = most};
	struct datum value;
	struct error *error = parse(&json, &value);
	if (error == NULL) {
		*result = value;
	} else if (error->code == ERROR_USAGE) {
		error->has_where = true;
		error->where = (uint64_t)(json.at - text);
	}
	return error;
}
