/* How does a manual page look that says what --help says?
 *
 * Plain text is copied a word at a time, to where man's macros expect it; what roff would take for a request or an
 * escape is escaped. Cost O(length of the texts * number of options).
 */
#include "base/manual.h"

#include "base/version.h"

#include <argp.h>
#include <ctype.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* `exact`: dashes and quotes as a shell wants them, not as a book prints them. */
static void add_escaped(struct text *text, const char *bytes, size_t length, bool exact)
{
	for (size_t i = 0; i < length; i++) {
		char c = bytes[i];
		if (c == '\\')
			text_add(text, "\\e");
		else if (c == '-' && exact)
			text_add(text, "\\-");
		else if (c == '\'')
			text_add(text, "\\(aq");
		else if (c == '`')
			text_add(text, "\\(ga");
		else if (c == '^')
			text_add(text, "\\(ha");
		else if (c == '~')
			text_add(text, "\\(ti");
		else
			text_add_char(text, c);
	}
}

static void add_font(struct text *text, char font, const char *bytes, size_t length)
{
	text_printf(text, "\\f%c", font);
	add_escaped(text, bytes, length, true);
	text_add(text, "\\fR");
}

/* --- words ---------------------------------------------------------------------------------------------------------- */

static bool is_end(const struct argp_option *option)
{
	return option->name == NULL && option->doc == NULL;
}

static bool is_word_of(const char *text, const char *word, size_t length)
{
	for (const char *at = text; *at != '\0'; at++)
		if ((at == text || !isalpha((unsigned char)at[-1])) && strncmp(at, word, length) == 0 &&
		    !isalpha((unsigned char)at[length]))
			return true;
	return false;
}

/* Whether the word stands for a value: FILE. Shorter ones may be words of a sentence. */
static bool is_variable(const struct manual *manual, const char *word, size_t length)
{
	if (length < 3)
		return false;
	if (is_word_of(manual->synopsis, word, length))
		return true;
	for (size_t t = 0; manual->options[t] != NULL; t++)
		for (const struct argp_option *o = manual->options[t]; !is_end(o); o++)
			if (o->arg != NULL && strlen(o->arg) == length && strncmp(o->arg, word, length) == 0)
				return true;
	return false;
}

/* -o, --top N, --color=WHEN; 0: there is none. */
static size_t add_option_word(struct text *text, const char *word)
{
	size_t dashes = strspn(word, "-"), letters = strspn(word + dashes, LOWER DIGITS "-");
	if (dashes == 0 || dashes > 2 || letters == 0 || !islower((unsigned char)word[dashes]))
		return 0;
	while (word[dashes + letters - 1] == '-')
		letters--;
	size_t length = dashes + letters, capitals;
	add_font(text, 'B', word, length);
	if ((word[length] != ' ' && word[length] != '=') || (capitals = strspn(word + length + 1, UPPER)) == 0 ||
	    isalpha((unsigned char)word[length + 1 + capitals]))
		return length;
	text_add_char(text, word[length]);
	add_font(text, 'I', word + length + 1, capitals);
	return length + 1 + capitals;
}

/* heapdump(1); 0: there is none. */
static size_t add_page_word(struct text *text, const char *word)
{
	size_t length = strspn(word, LOWER DIGITS "_-");
	if (length == 0 || word[length] != '(' || word[length + 1] < '1' || word[length + 1] > '8' ||
	    word[length + 2] != ')')
		return 0;
	add_font(text, 'B', word, length);
	text_add_bytes(text, word + length, 3);
	return length + 3;
}

/* One line of a paragraph, `length` bytes of it. */
static void add_line(struct text *text, const struct manual *manual, const char *line, size_t length)
{
	if (length > 0 && line[0] == '.')
		text_add(text, "\\&");
	for (size_t i = 0, taken; i < length; i += taken) {
		bool begins = i == 0 || strchr(" ([/", line[i - 1]) != NULL;
		taken = begins ? add_option_word(text, line + i) : 0;
		if (taken == 0 && begins)
			taken = add_page_word(text, line + i);
		if (taken > 0)
			continue;
		size_t capitals = strspn(line + i, UPPER);
		taken = capitals > 0 ? capitals : 1;
		if (begins && is_variable(manual, line + i, capitals))
			add_font(text, 'I', line + i, capitals);
		else
			add_escaped(text, line + i, taken, false);
	}
	text_add_char(text, '\n');
}

/* --- texts ---------------------------------------------------------------------------------------------------------- */

enum kind {
	KIND_NOTHING,
	KIND_PARAGRAPH,
	KIND_EXAMPLE,
	KIND_LIST
};

static enum kind kind_of(const char *line, size_t length)
{
	if (length == 0)
		return KIND_NOTHING;
	if (strncmp(line, "  ", 2) == 0)
		return KIND_EXAMPLE;
	return memchr(line, '\t', length) != NULL ? KIND_LIST : KIND_PARAGRAPH;
}

static void add_list_line(struct text *text, const struct manual *manual, const char *line, size_t length)
{
	size_t term = strcspn(line, "\t");
	text_add(text, ".TP\n");
	add_font(text, 'B', line, term);
	text_add_char(text, '\n');
	add_line(text, manual, line + term + 1, length - term - 1);
}

/* `fresh`: a heading stands before it, which parts it from what was before. */
static void add_text(struct text *text, const struct manual *manual, const char *plain, bool fresh)
{
	enum kind before = KIND_NOTHING;
	for (size_t length; *plain != '\0'; plain += length + (plain[length] == '\n')) {
		length = strcspn(plain, "\n");
		enum kind kind = kind_of(plain, length);
		if (before == KIND_EXAMPLE && kind != KIND_EXAMPLE)
			text_add(text, ".EE\n");
		if (kind != before && (kind == KIND_PARAGRAPH || kind == KIND_EXAMPLE) && !fresh)
			text_add(text, ".PP\n");
		if (kind == KIND_EXAMPLE && before != KIND_EXAMPLE)
			text_add(text, ".EX\n");
		if (kind == KIND_EXAMPLE) {
			/* A request begins with a dot, also after an escape that prints nothing. */
			text_add(text, "\\&");
			add_escaped(text, plain + 2, length - 2, true);
			text_add_char(text, '\n');
		} else if (kind == KIND_LIST) {
			add_list_line(text, manual, plain, length);
		} else if (kind == KIND_PARAGRAPH) {
			add_line(text, manual, plain, length);
		}
		fresh = fresh && kind == KIND_NOTHING;
		before = kind;
	}
	if (before == KIND_EXAMPLE)
		text_add(text, ".EE\n");
}

static void add_section(struct text *text, const struct manual *manual, const char *heading, const char *plain)
{
	if (plain[0] == '\0')
		return;
	text_printf(text, ".SH %s\n", heading);
	add_text(text, manual, plain, true);
}

/* --- what argp prints ----------------------------------------------------------------------------------------------- */

struct parts { /* of the help, as plain text */
	struct text description, columns, examples, left_out;
};

static void parts_deinit(struct parts *parts)
{
	text_deinit(&parts->description);
	text_deinit(&parts->columns);
	text_deinit(&parts->examples);
	text_deinit(&parts->left_out);
}
DEFINE_AUTO_VALUE(parts, struct parts, parts_deinit);

/* The part that such a line begins, and the length of the word that says so; NULL: the line goes on. */
static struct text *part_begun(struct parts *parts, const char *line, size_t *word)
{
	static const char *const words[] = {"Examples:", "Columns:", "Exit codes:"};
	struct text *const begun[] = {&parts->examples, &parts->columns, &parts->left_out};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		*word = strlen(words[i]);
		if (strncmp(line, words[i], *word) == 0)
			return begun[i];
	}
	*word = 0;
	return NULL;
}

static void split_help(const char *help, struct parts *parts)
{
	struct text *part = &parts->description;
	for (size_t length; *help != '\0'; help += length + (help[length] != '\0')) {
		length = strcspn(help, "\n\v");
		if (length == 0) /* such a part ends with its paragraph */
			part = &parts->description;
		size_t word;
		struct text *begun = part_begun(parts, help, &word);
		if (begun != NULL)
			part = begun;
		word += strspn(help + word, " ") * (begun != NULL);
		if (word < length || begun == NULL) {
			text_add_bytes(part, help + word, length - word);
			text_add_char(part, '\n');
		}
		if (help[length] == '\v')
			text_add_char(part, '\n');
	}
}

static const char *remark_of(const struct manual *manual, const char *option)
{
	for (const struct manual_remark *r = manual->remarks; r != NULL && r->option != NULL; r++)
		if (strcmp(r->option, option) == 0)
			return r->text;
	return NULL;
}

static void add_argument(struct text *text, const struct argp_option *option, char before)
{
	bool optional = option->flags & OPTION_ARG_OPTIONAL;
	if (option->arg == NULL)
		return;
	text_add(text, optional ? "[" : "");
	if (before == '=' || !optional)
		text_add_char(text, before);
	add_font(text, 'I', option->arg, strlen(option->arg));
	text_add(text, optional ? "]" : "");
}

static void add_option(struct text *text, const struct manual *manual, const struct argp_option *option)
{
	text_add(text, ".TP\n");
	if (option->key > ' ' && option->key < 0x7F) { /* a letter */
		text_printf(text, "\\fB\\-%c\\fR", option->key);
		add_argument(text, option, ' ');
		text_add(text, ", ");
	}
	text_add(text, "\\fB\\-\\-");
	add_escaped(text, option->name, strlen(option->name), true);
	text_add(text, "\\fR");
	add_argument(text, option, '=');
	text_add_char(text, '\n');
	AUTO(text) struct text told = {0};
	text_printf(&told, "%s%s", option->doc, option->doc[strlen(option->doc) - 1] == '.' ? "" : ".");
	add_line(text, manual, text_string(&told), told.length);
	const char *remark = remark_of(manual, option->name);
	if (remark != NULL)
		add_line(text, manual, remark, strlen(remark));
}

static void add_options(struct text *text, const struct manual *manual)
{
	text_add(text, ".SH OPTIONS\n");
	for (size_t t = 0; manual->options[t] != NULL; t++) {
		for (const struct argp_option *o = manual->options[t]; !is_end(o); o++) {
			if (o->name == NULL) /* a heading, with a colon */
				text_printf(text, ".SS %.*s\n", (int)strcspn(o->doc, ":"), o->doc);
			else if (!(o->flags & OPTION_HIDDEN))
				add_option(text, manual, o);
		}
	}
}

static void add_synopsis(struct text *text, const char *lines)
{
	text_add(text, ".SH SYNOPSIS\n");
	for (size_t length; *lines != '\0'; lines += length + (lines[length] == '\n')) {
		length = strcspn(lines, "\n");
		for (size_t i = 0, word; i < length; i += word) {
			word = strspn(lines + i, LOWER DIGITS "-");
			if (word > 0) {
				add_font(text, 'B', lines + i, word);
				continue;
			}
			word = strspn(lines + i, UPPER);
			if (word > 0) {
				add_font(text, 'I', lines + i, word);
				continue;
			}
			text_add_char(text, lines[i]);
			word = 1;
		}
		text_add(text, lines[length] == '\n' ? "\n.br\n" : "\n");
	}
}

void manual_add(struct text *text, const struct manual *manual)
{
	AUTO(parts) struct parts parts = {0};
	split_help(manual->help, &parts);
	text_add(text, ".TH ");
	for (const char *c = manual->name; *c != '\0'; c++) {
		char upper = (char)toupper((unsigned char)*c);
		add_escaped(text, &upper, 1, true);
	}
	text_printf(text, " 1 \"\" \"heapdiff %s\" \"User Commands\"\n.nh\n.ad l\n.SH NAME\n", PROJECT_VERSION);
	add_escaped(text, manual->name, strlen(manual->name), true);
	text_add(text, " \\- ");
	add_escaped(text, manual->summary, strlen(manual->summary), false);
	text_add_char(text, '\n');
	add_synopsis(text, manual->synopsis);
	add_section(text, manual, "DESCRIPTION", text_string(&parts.description));
	add_options(text, manual);
	add_section(text, manual, "COLUMNS", text_string(&parts.columns));
	for (const struct manual_section *s = manual->sections; s->heading != NULL; s++)
		add_section(text, manual, s->heading, s->text);
	add_section(text, manual, "EXAMPLES", text_string(&parts.examples));
	add_section(text, manual, "SEE ALSO", manual->see_also);
	text->failed = text->failed || parts.description.failed || parts.columns.failed || parts.examples.failed;
}
