#include "base/shell.h"

#include "tests/test.h"

#include <stdio.h>

static void assert_word(const char *word, const char *written)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	shell_add_word(&text, word);
	cr_assert_str_eq(text_string(&text), written);
}

/* What bash makes of it. */
static void assert_read_back(const char *word)
{
	char read[256] = "";
	AUTO(text) struct text command = {0}, quoted = {0};
	text_init(&quoted);
	text_add(&quoted, "printf %s ");
	shell_add_word(&quoted, word);
	text_init(&command);
	text_add(&command, "bash -c ");
	shell_add_word(&command, text_string(&quoted));
	FILE *pipe = popen(text_string(&command), "r");
	cr_assert_not_null(pipe);
	read[fread(read, 1, sizeof read - 1, pipe)] = '\0';
	cr_assert_eq(pclose(pipe), 0);
	cr_assert_str_eq(read, word, "%s reads '%s'", text_string(&quoted), read);
}

HEAP_TEST(shell, leaves_plain_words_alone)
{
	assert_word("/tmp/a-1.snap", "/tmp/a-1.snap");
	assert_word("--type", "--type");
}

HEAP_TEST(shell, quotes_what_a_shell_would_read)
{
	assert_word("", "''");
	assert_word("app\\.Session", "'app\\.Session'");
	assert_word("it's", "'it'\\''s'");
	assert_word("d\xc3\xa9j\xc3\xa0 vu", "'d\xc3\xa9j\xc3\xa0 vu'");
	assert_word("#12", "'#12'");
}

HEAP_TEST(shell, shows_a_terminal_nothing_but_text)
{
	assert_word("a\x1b[1m", "$'a\\x1b[1m'");
	assert_word("\n1'\\", "$'\\x0a\\x31\\'\\\\'");
	assert_word("\xff", "$'\\xff'");
}

HEAP_TEST(shell, is_read_back_by_a_shell)
{
	static const char *const words[] = {"plain",
					    "two words",
					    "$HOME `id` \"x\" !y",
					    "it's",
					    "'",
					    "\\",
					    "a\x1b"
					    "b\nc'\\",
					    "\xff"
					    "0",
					    "*?[a]{b,c}~#&|;<>()"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		assert_read_back(words[i]);
}

HEAP_TEST(shell, takes_no_file_for_an_option)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	shell_add_file(&text, "-x y");
	shell_add_file(&text, "a.snap");
	cr_assert_str_eq(text_string(&text), " './-x y' a.snap");
}
