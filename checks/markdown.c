/* How does a reviewer read a check below a pull request: a sentence, a table, and why, folded away until it is asked for?
 *
 * Names come from the process and may hold anything, also what Markdown would act on, or the site that shows it: a mention, a
 * link to an issue, HTML. In plain text such characters are written as numeric references, which neither Markdown nor HTML
 * takes for anything but the character; what else a site would link is broken by a blank without width. Names that stand alone
 * are code, where none of that happens.
 */
#include "checks/markdown.h"

#include "checks/wording.h"

#include <inttypes.h>
#include <string.h>

#define APART "&#8203;" /* no width */

/* Up to this character, with what follows, a site would make a link of it. */
static bool begins_link(const char *from, const char *at)
{
	if (*at == '@' || *at == '#')
		return at[1] != '\0' && at[1] != ' ';
	if (*at == ':')
		return at[1] == '/';
	return at[1] == '.' && at - from >= 2 && strncasecmp(at - 2, "www", 3) == 0;
}

/* `string`: safe for a terminal. */
static void add_plain(struct text *text, const char *string)
{
	for (const char *at = string; *at != '\0'; at++) {
		if (strchr("\\`*_[]<>&~|$\"!{}", *at) != NULL)
			text_printf(text, "&#%u;", (unsigned)(unsigned char)*at);
		else
			text_add_char(text, *at);
		if (begins_link(string, at))
			text_add(text, APART);
	}
}

/* Between backticks nothing needs a reference, unless one of these is in it; a bar would end a table's cell. Blanks at the ends
 * would be taken off. */
static void add_code(struct text *text, const char *string)
{
	size_t length = strlen(string);
	if (length == 0)
		return;
	if (strpbrk(string, "`|") == NULL && string[0] != ' ' && string[length - 1] != ' ') {
		text_printf(text, "`%s`", string);
		return;
	}
	text_add(text, "<code>");
	add_plain(text, string);
	text_add(text, "</code>");
}

/* A block whose fence is longer than any in it. */
static void add_block(struct text *text, const char *string)
{
	int longest = 2;
	for (const char *at = strchr(string, '`'); at != NULL; at = strchr(at, '`')) {
		int run = (int)strspn(at, "`");
		longest = run > longest ? run : longest;
		at += run;
	}
	AUTO(text) struct text fence = {0};
	text_init(&fence);
	for (int i = 0; i <= longest; i++)
		text_add_char(&fence, '`');
	text_printf(text, "\n%ssh\n%s\n%s\n", text_string(&fence), string, text_string(&fence));
	text->failed |= fence.failed;
}

/* --- the table ------------------------------------------------------------------------------------------------------- */

static const char *verdict_sign(enum verdict verdict)
{
	static const char *const signs[] = {
		[VERDICT_PASSED] = "\u2705 passed",
		[VERDICT_SKIPPED] = "\u2796 skipped",
		[VERDICT_WARNED] = "\u26a0\ufe0f warned",
		[VERDICT_VIOLATED] = "\u274c **violated**",
	};
	return signs[verdict];
}

static void add_cell(struct text *text, const struct text *cell, bool code)
{
	text_add(text, "| ");
	if (code)
		add_code(text, text_string(cell));
	else
		add_plain(text, text_string(cell));
	text_add_char(text, ' ');
	text->failed |= cell->failed;
}

static void add_row(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	AUTO(text) struct text name = {0}, limit = {0}, measured = {0}, note = {0};
	text_init(&note);
	text_init(&name);
	text_init(&limit);
	text_init(&measured);
	wording_name(&outcome->rule, &name);
	wording_limit_written(outcome, unit, &limit);
	wording_measured(outcome, unit, &measured);
	add_cell(text, &name, true);
	add_cell(text, &limit, false);
	add_cell(text, &measured, false);
	text_printf(text, "| %s", verdict_sign(outcome->verdict));
	if (outcome->verdict == VERDICT_SKIPPED && outcome->note != NULL) {
		text_add_escaped(&note, outcome->note, strlen(outcome->note));
		text_add(text, ": ");
		add_plain(text, text_string(&note));
	}
	text_add(text, " |\n");
	text->failed |= note.failed;
}

static void add_table(const struct outcomes *outcomes, enum size_unit unit, struct text *text)
{
	text_add(text, "\n| rule | limit | measured | verdict |\n|:---|---:|---:|:---|\n");
	for (size_t i = 0; i < outcomes->items.count; i++)
		add_row(&outcomes->items.items[i], unit, text);
}

/* --- why ------------------------------------------------------------------------------------------------------------- */

/* `- label: text`; the command comes last, as a block, where a button copies it. */
static void add_lines(const struct wording *wording, struct text *text)
{
	for (size_t i = 0; i < wording->lines.count; i++) {
		const struct wording_line *line = &wording->lines.items[i];
		if (line->kind == WORDING_COMMAND) {
			add_block(text, line->text);
			continue;
		}
		text_printf(text, "- %s: ", line->label);
		if (line->kind == WORDING_NAME)
			add_code(text, line->text);
		else
			add_plain(text, line->text);
		text_add_char(text, '\n');
	}
}

static struct error *add_finding(const struct outcome *outcome, size_t i, enum size_unit unit, struct text *text)
{
	AUTO(wording) struct wording wording;
	AUTO(text) struct text message = {0};
	text_init(&message);
	wording_init(&wording);
	const struct finding *finding = &outcome->findings.items[i];
	TRY(wording_add_finding(&wording, outcome, finding, unit));
	if (outcome->findings.count > 1) {
		text_add_escaped(&message, finding->message, strlen(finding->message));
		text_add(text, "\n**");
		add_plain(text, text_string(&message));
		text_add(text, "**\n\n");
	}
	add_lines(&wording, text);
	return text_error(&message);
}

/* The summary is HTML, in which Markdown is not read. */
static struct error *add_details(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	AUTO(wording) struct wording wording;
	AUTO(text) struct text headline = {0};
	text_init(&headline);
	wording_init(&wording);
	wording_headline(outcome, unit, &headline);
	TRY(wording_add_rule(&wording, outcome, unit));
	text_add(text, "\n<details>\n<summary>");
	add_plain(text, text_string(&headline));
	text_add(text, "</summary>\n\n");
	add_lines(&wording, text);
	for (size_t i = 0; i < outcome->findings.count; i++)
		TRY(add_finding(outcome, i, unit, text));
	text_add(text, "\n</details>\n");
	return text_error(&headline);
}

/* `words`: safe for a terminal. */
static void add_paragraph(const struct text *words, const char *around, struct text *text)
{
	text_add(text, text->length > 0 ? "\n" : "");
	text_add(text, around);
	add_plain(text, text_string(words));
	text_printf(text, "%s\n", around);
	text->failed |= words->failed;
}

struct error *markdown_print(const struct outcomes *outcomes, enum size_unit unit, struct text *text)
{
	AUTO(text) struct text partial = {0}, verdict = {0}, subject = {0};
	text_init(&partial);
	text_init(&verdict);
	text_init(&subject);
	wording_verdict(outcomes, unit, &verdict);
	wording_subject(outcomes, &subject);
	wording_partial(outcomes, &partial);
	if (partial.length > 0) {
		text_add(text, "\u26a0\ufe0f ");
		add_plain(text, text_string(&partial));
		text_add_char(text, '\n');
	}
	add_paragraph(&verdict, "**", text);
	if (subject.length > 0)
		add_paragraph(&subject, "", text);
	add_table(outcomes, unit, text);
	for (size_t i = 0; i < outcomes->items.count; i++) {
		enum verdict kind = outcomes->items.items[i].verdict;
		if (kind == VERDICT_VIOLATED || kind == VERDICT_WARNED)
			TRY(add_details(&outcomes->items.items[i], unit, text));
	}
	return text_error(text);
}
