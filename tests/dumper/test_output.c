/* A snapshot's default name is plain whatever the process calls itself. */
#include "tests/test.h"

#include "dumper/output.h"

#include <stdlib.h>

static char *name_of(const char *command)
{
	struct process process = {.pid = 4711, .command = (char *)command};
	char *name = NULL;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_ok(output_name(&process, 1795169700, &name));
	return name;
}

HEAP_TEST(output, is_named_by_program_process_and_moment)
{
	AUTO(string) char *name = name_of("app");
	cr_assert_str_eq(name, "app-4711-20261120T101500.snap");
}

HEAP_TEST(output, holds_plain_characters_only)
{
	static const struct {
		const char *command, *stem;
	} cases[] = {{"../../etc/x", "_._.._etc_x"}, {"-rf", "_rf"},  {"a b\x1b[31m", "a_b__31m"},
		     {"caf\xc3\xa9", "caf__"},       {"", "process"}, {".hidden", "_hidden"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO(string) char *name = name_of(cases[i].command);
		size_t stem = strlen(cases[i].stem);
		cr_assert(strncmp(name, cases[i].stem, stem) == 0 && name[stem] == '-', "%s became %s",
			  cases[i].command, name);
	}
}
