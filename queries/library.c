/* Which queries are there by name, and what does the text of one say of itself?
 *
 * The Makefile makes an array of the files. Headers are read line by line when they are asked for; the same is done for
 * files of the user's own.
 */
#include "queries/library.h"

#include "base/text.h"

#include <string.h>

#define NAMES_MAX 512u /* that a wrong name is compared with */

const struct library_file *library_find(const char *name)
{
	for (size_t i = 0; i < library_file_count; i++)
		if (strcmp(library_files[i].name, name) == 0)
			return &library_files[i];
	return NULL;
}

struct error *library_get(const char *name, const struct library_file **result)
{
	const char *names[NAMES_MAX];
	size_t count = library_file_count < NAMES_MAX ? library_file_count : NAMES_MAX;
	*result = library_find(name);
	if (*result != NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		names[i] = library_files[i].name;
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, name, strlen(name));
	const char *nearest = text_nearest(name, names, count);
	if (nearest != NULL)
		return error_create(ERROR_USAGE, "no query is called '%s': did you mean '%s'?", text_string(&safe), nearest);
	return error_create(ERROR_USAGE, "no query is called '%s'; 'heapdiff query --list' lists them", text_string(&safe));
}

bool library_is_name(const char *word)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	return word[0] != '\0' && word[strspn(word, characters)] == '\0';
}

/* --- headers --------------------------------------------------------------------------------------------------------- */

struct line {
	const char *text; /* after the slashes and one space */
	size_t length;
	bool continues;
};

/* The comment line at *from, which is moved behind it; false where there is none. */
static bool next_comment(const char **from, struct line *line)
{
	const char *at = *from + strspn(*from, " \t\r\n");
	if (at[0] != '/' || at[1] != '/')
		return false;
	at += 2;
	size_t length = strcspn(at, "\r\n"), spaces = strspn(at, " \t");
	*from = at + length;
	if (spaces > length)
		spaces = length;
	*line = (struct line){.text = at + spaces, .length = length - spaces, .continues = spaces >= 2};
	return true;
}

static bool take_word(struct line *line, const char *word)
{
	size_t length = strlen(word);
	if (line->length < length || memcmp(line->text, word, length) != 0)
		return false;
	size_t skip = length + strspn(line->text + length, " \t");
	skip = skip < line->length ? skip : line->length;
	line->text += skip;
	line->length -= skip;
	return true;
}

static struct error *keep(struct arena *arena, const char *text, size_t length, const char **result)
{
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	*result = arena_copy(arena, text, length);
	return *result != NULL ? NULL : error_memory();
}

/* NAME = VALUE */
static struct error *add_parameter(struct library_header *header, struct arena *arena, const struct line *line)
{
	const char *equals = memchr(line->text, '=', line->length);
	size_t name = strcspn(line->text, " \t=");
	if (equals == NULL || name == 0)
		return error_create(ERROR_USAGE, "a comment of the query is '// param' without NAME = VALUE");
	if (header->count == LIBRARY_PARAMETERS)
		return error_create(ERROR_USAGE, "the query's comments name more than %u parameters", LIBRARY_PARAMETERS);
	struct library_parameter made;
	const char *value = equals + 1 + strspn(equals + 1, " \t"), *end = line->text + line->length;
	TRY(keep(arena, line->text, name, &made.name));
	TRY(keep(arena, value < end ? value : end, value < end ? (size_t)(end - value) : 0, &made.value));
	header->parameters[header->count++] = made;
	return NULL;
}

static struct error *join(struct arena *arena, const char **field, const struct line *line)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	text_add(&text, *field);
	text_add_char(&text, ' ');
	text_add_bytes(&text, line->text, line->length);
	TRY(text_error(&text));
	return keep(arena, text_string(&text), text.length, field);
}

struct error *library_read_header(const char *text, struct arena *arena, struct library_header *header)
{
	struct library_header made = {0};
	const struct {
		const char *word;
		const char **field;
	} fields[] = {{"question:", &made.question}, {"columns:", &made.columns}, {"read:", &made.read}};
	const char **last = NULL;
	for (struct line line; next_comment(&text, &line);) {
		const char **field = NULL;
		if (line.continues && last != NULL) {
			TRY(join(arena, last, &line));
			continue;
		}
		for (size_t i = 0; field == NULL && i < sizeof fields / sizeof *fields; i++)
			if (take_word(&line, fields[i].word))
				field = fields[i].field;
		last = field;
		if (field != NULL)
			TRY(keep(arena, line.text, line.length, field));
		else if (take_word(&line, "param "))
			TRY(add_parameter(&made, arena, &line));
	}
	*header = made;
	return NULL;
}
