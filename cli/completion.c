/* What may follow?
 *
 * What stands before the word tells: a colon or bar within parentheses asks for a label, a dot for a property, a colon at the
 * beginning for a command; else it is a function, a keyword or the name of a query. A few thousand names are compared.
 */
#include "cli/completion.h"

#include "base/text.h"
#include "queries/function.h"
#include "queries/library.h"
#include "queries/unparse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const keywords[] = {
#define KEYWORD(name, text) text,
#include "queries/keywords.def"
#undef KEYWORD
	"ANY", "NONE", "SINGLE", "allShortestPaths", "reach", "root", "shortestPath"};

void completion_init(struct completion *completion)
{
	*completion = (struct completion){0};
	arena_init(&completion->arena);
}

void completion_deinit(struct completion *completion)
{
	vector_deinit(&completion->words);
	arena_deinit(&completion->arena);
}

static void add(struct completion *completion, const char *word, size_t length)
{
	const char *copy = arena_copy(&completion->arena, word, length);
	struct error *error = copy != NULL ? vector_push(&completion->words, copy) : error_memory();
	completion->failed = completion->failed || error != NULL;
	error_destroy(error);
}

/* Adds the word where it begins so, whatever the case. */
static void offer(struct completion *completion, const char *word, const char *begun)
{
	if (strncasecmp(word, begun, strlen(begun)) == 0)
		add(completion, word, strlen(word));
}

static bool is_word(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	       (character >= '0' && character <= '9') || character == '_' || (unsigned char)character >= 0x80;
}

/* Where the word begins that ends with the line; with dots, for names of types. */
static size_t word_start(const char *line, size_t end, bool dots)
{
	while (end > 0 && (is_word(line[end - 1]) || (dots && line[end - 1] == '.')))
		end--;
	return end;
}

/* The last bracket that is open: a node's (, an edge's [ or a map's {; 0: none. */
static char open_bracket(const char *line, size_t end)
{
	unsigned closed = 0;
	while (end-- > 0) {
		if (strchr(")]}", line[end]) != NULL)
			closed++;
		else if (strchr("([{", line[end]) != NULL && closed-- == 0)
			return line[end];
	}
	return 0;
}

/* --- labels ---------------------------------------------------------------------------------------------------------- */

static void offer_label(struct completion *completion, const char *name, size_t length, const char *begun)
{
	AUTO(text) struct text text = {0};
	size_t wanted = strlen(begun);
	if (length < wanted || strncasecmp(name, begun, wanted) != 0)
		return;
	text_init(&text);
	unparse_name(name, length, &text);
	add(completion, text_string(&text), text.length);
}

/* Whole names, and what follows their last dots, as both are labels. */
static void offer_labels(struct completion *completion, const struct type_names *names, const char *begun)
{
	offer(completion, "root", begun);
	for (label_id l = 0; l < names->count; l++) {
		const char *name = names->labels[l].name;
		const char *dot = strrchr(name, '.');
		offer_label(completion, name, names->labels[l].length, begun);
		if (dot != NULL && dot[1] != '\0' && is_word(dot[1]))
			offer_label(completion, dot + 1, strlen(dot + 1), begun);
	}
}

/* Whether a label stands at the end of the line: its beginning then, with an opening backtick. */
static bool find_label(const char *line, size_t *from, const char **begun)
{
	size_t end = strlen(line), start = word_start(line, end, true);
	if (start > 0 && line[start - 1] == '`')
		*begun = line + start--;
	else
		*begun = line + start;
	size_t before = start;
	while (before > 0 && line[before - 1] == ' ')
		before--;
	if (before < 2 || strchr(":|!", line[before - 1]) == NULL || open_bracket(line, before) != '(')
		return false;
	*from = start;
	return true;
}

/* --- all else -------------------------------------------------------------------------------------------------------- */

static void offer_properties(struct completion *completion, const char *begun)
{
	size_t count;
	const struct property *properties = property_list(&count);
	for (size_t i = 0; i < count; i++)
		offer(completion, properties[i].name, begun);
}

static void offer_words(struct completion *completion, const char *begun, bool first)
{
	size_t count;
	const struct function *functions = function_list(&count);
	for (size_t i = 0; i < count; i++)
		offer(completion, functions[i].name, begun);
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		offer(completion, keywords[i], begun);
	for (size_t i = 0; first && i < library_file_count; i++)
		offer(completion, library_files[i].name, begun);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(struct completion *completion)
{
	size_t kept = 0;
	if (completion->words.count == 0)
		return;
	qsort(completion->words.items, completion->words.count, sizeof *completion->words.items, compare);
	for (size_t i = 1; i < completion->words.count; i++)
		if (strcmp(completion->words.items[kept], completion->words.items[i]) != 0)
			completion->words.items[++kept] = completion->words.items[i];
	completion->words.count = kept + 1;
}

static void find_command(struct completion *completion, const char *const *commands, const char *line)
{
	completion->from = 1;
	for (; *commands != NULL; commands++)
		offer(completion, *commands, line + 1);
}

void completion_find(struct completion *completion, const struct type_names *names, const char *const *commands,
		     const char *line)
{
	size_t from = word_start(line, strlen(line), false);
	const char *begun;
	if (line[0] == ':' && strchr(line, ' ') == NULL) {
		find_command(completion, commands, line);
	} else if (find_label(line, &from, &begun)) {
		completion->from = from;
		offer_labels(completion, names, begun);
	} else if (from > 0 && line[from - 1] == '.') {
		completion->from = from;
		offer_properties(completion, line + from);
	} else {
		/* Names of queries have dashes, and stand alone. */
		bool first = strcspn(line, " \t()[]") == strlen(line);
		completion->from = first ? 0 : from;
		offer_words(completion, line + completion->from, first);
	}
	sort(completion);
}

size_t completion_common(const struct completion *completion)
{
	if (completion->words.count == 0)
		return 0;
	const char *first = completion->words.items[0], *last = completion->words.items[completion->words.count - 1];
	size_t common = 0;
	while (first[common] != '\0' && first[common] == last[common])
		common++;
	return common;
}
