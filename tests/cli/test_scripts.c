/* Every command's output and exit code, as data: tests/cli/scripts, and the examples of the commands' pages. */
#include "tests/cli/help_script.h"
#include "tests/test.h"

HEAP_TEST(scripts, print_what_they_must)
{
	help_scripts_check("tests/cli/scripts", ".txt", NULL);
}

HEAP_TEST(scripts, of_the_notes_print_what_they_say)
{
	help_scripts_check("docs", ".md", "tests/cli/shop.txt");
}

HEAP_TEST(scripts, of_the_documents_print_what_they_say)
{
	help_scripts_check("docs/commands", ".md", "tests/cli/shop.txt");
}
