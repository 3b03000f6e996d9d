/* How is a word to be written for a shell? Plain, in single quotes where it has characters of the shell's own, and in $'...' where
 * it has bytes that a terminal would not show as they are. O(length). */
#include "base/shell.h"

#include <string.h>

static bool is_plain(const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+,=-";
	return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

static bool is_printable(const char *word)
{
	AUTO(text) struct text escaped = {0};
	text_init(&escaped);
	text_add_escaped(&escaped, word, strlen(word));
	return !escaped.failed && strcmp(text_string(&escaped), word) == 0;
}

static void add_quoted(struct text *text, const char *word)
{
	text_add_char(text, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			text_add(text, "'\\''");
		else
			text_add_char(text, *word);
	}
	text_add_char(text, '\'');
}

/* A digit after \xHH would be read as part of it by some shells: then that one is escaped too. */
static void add_escaped(struct text *text, const char *word)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	bool escaped = false;
	text_add(text, "$'");
	for (; *word != '\0'; word++) {
		unsigned char byte = (unsigned char)*word;
		escaped = byte < ' ' || byte > '~' || (escaped && strchr(digits, byte) != NULL);
		if (escaped)
			text_printf(text, "\\x%02x", byte);
		else if (byte == '\'' || byte == '\\')
			text_printf(text, "\\%c", byte);
		else
			text_add_char(text, *word);
	}
	text_add_char(text, '\'');
}

void shell_add_word(struct text *text, const char *word)
{
	if (is_plain(word))
		text_add(text, word);
	else if (is_printable(word))
		add_quoted(text, word);
	else
		add_escaped(text, word);
}

void shell_add_file(struct text *text, const char *path)
{
	AUTO(text) struct text name = {0};
	text_init(&name);
	if (path[0] == '-')
		text_add(&name, "./");
	text_add(&name, path);
	text_add_char(text, ' ');
	shell_add_word(text, text_string(&name));
	text->failed |= name.failed;
}
