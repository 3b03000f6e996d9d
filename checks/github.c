/* How does a GitHub workflow learn what is wrong: lines that its runner reads as commands and shows beside the code?
 *
 * One annotation for each rule, as a step shows only the first ten of a kind. It stands at the rule's line in the policy; that of
 * a rule of the command line stands where the memory comes from, if that is known. A command is one line: what would
 * end it, or one of its properties, is written as %XX, as the runner takes it.
 */
#include "checks/github.h"

#include "checks/wording.h"

#include <string.h>

/* `all`: the characters to write as %XX. */
static void add_encoded(struct text *text, const char *string, const char *all)
{
	for (; *string != '\0'; string++) {
		if (strchr(all, *string) != NULL)
			text_printf(text, "%%%02X", (unsigned char)*string);
		else
			text_add_char(text, *string);
	}
}

static void add_message(struct text *text, const char *string)
{
	add_encoded(text, string, "%\r\n");
}

static void add_property(struct text *text, const char *name, const char *string, char *separator)
{
	AUTO(text) struct text safe = {0};
	text_init(&safe);
	text_add_escaped(&safe, string, strlen(string));
	text_printf(text, "%c%s=", *separator, name);
	add_encoded(text, text_string(&safe), "%\r\n:,");
	text->failed |= safe.failed;
	*separator = ',';
}

static void add_place(const struct outcome *outcome, struct text *text, char *separator)
{
	const char *file = outcome->rule.file;
	unsigned line = outcome->rule.line;
	if (file == NULL && outcome->findings.count > 0) {
		file = outcome->findings.items[0].source;
		line = outcome->findings.items[0].source_line;
	}
	if (file == NULL)
		return;
	add_property(text, "file", file, separator);
	if (line > 0)
		text_printf(text, ",line=%u", line);
}

/* The title is bold above the message, whose first line is the headline: the title is the rule alone. */
static struct error *add_annotation(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	AUTO(text) struct text all = {0};
	text_init(&all);
	char separator = ' ';
	TRY(wording_print(outcome, unit, &all));
	while (all.length > 0 && all.data[all.length - 1] == '\n')
		all.data[--all.length] = '\0';
	text_add(text, outcome->verdict == VERDICT_VIOLATED ? "::error" : "::warning");
	add_place(outcome, text, &separator);
	add_property(text, "title", outcome->rule.name, &separator);
	text_add(text, "::");
	add_message(text, text_string(&all));
	text_add_char(text, '\n');
	return text_error(&all);
}

static void add_partial(const struct outcomes *outcomes, struct text *text)
{
	AUTO(text) struct text partial = {0};
	text_init(&partial);
	if (outcomes->partial == NULL)
		return;
	wording_partial(outcomes, &partial);
	text_printf(text, "::%s title=heapdiff check::", outcomes->allow_partial ? "warning" : "error");
	add_message(text, text_string(&partial));
	text_add_char(text, '\n');
	text->failed |= partial.failed;
}

struct error *github_print(const struct outcomes *outcomes, enum size_unit unit, struct text *text)
{
	add_partial(outcomes, text);
	for (size_t i = 0; i < outcomes->items.count; i++) {
		enum verdict verdict = outcomes->items.items[i].verdict;
		if (verdict == VERDICT_VIOLATED || verdict == VERDICT_WARNED)
			TRY(add_annotation(&outcomes->items.items[i], unit, text));
	}
	return text_error(text);
}
