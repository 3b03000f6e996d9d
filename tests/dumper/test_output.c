/* A snapshot's name is what the template says, and plain whatever the process calls itself. */
#include "tests/test.h"

#include "dumper/output.h"

#include <stdlib.h>

static char *name_by(const char *template, const char *command, uint64_t number, uint64_t count)
{
	struct process process = {.pid = 4711, .command = (char *)command};
	const struct output_facts facts = {.process = &process, .moment = 1795169700, .number = number, .count = count};
	char *name = NULL;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_ok(output_name(template, &facts, &name));
	return name;
}

HEAP_TEST(output, is_named_by_program_process_and_moment)
{
	AUTO(string) char *single = name_by(OUTPUT_SINGLE, "app", 1, 1);
	AUTO(string) char *series = name_by(OUTPUT_SERIES, "app", 12, 0);
	cr_assert_str_eq(single, "app-4711-20261120T101500.snap");
	cr_assert_str_eq(series, "app-4711-20261120T101500-000012.snap");
}

HEAP_TEST(output, holds_plain_characters_only)
{
	static const struct {
		const char *command, *stem;
	} cases[] = {{"../../etc/x", "_._.._etc_x"}, {"-rf", "_rf"},  {"a b\x1b[31m", "a_b__31m"},
		     {"caf\xc3\xa9", "caf__"},       {"", "process"}, {".hidden", "_hidden"},
		     {"{pid}{n}", "_pid__n_"},       {"..", "_."}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO(string) char *name = name_by("{name}", cases[i].command, 1, 1);
		cr_assert_str_eq(name, cases[i].stem, "%s became %s", cases[i].command, name);
	}
}

HEAP_TEST(output, is_what_the_template_says)
{
	static const struct {
		const char *template;
		uint64_t number, count;
		const char *name;
	} cases[] = {
		{"a.snap", 1, 1, "a.snap"},
		{"/var/{name}/{pid}", 1, 1, "/var/app/4711"},
		{"{n}", 1, 1, "1"},
		{"{n}", 7, 9, "7"},
		{"{n}", 7, 10, "07"},
		{"{n}{n}", 10, 10, "1010"},
		{"{n}", 7, 1000, "0007"},
		{"{n}", 7, 0, "000007"},
		{"{n}", 1234567, 0, "1234567"},
		{"{{n}}", 7, 9, "{n}"},
		{"{{{n}}}", 7, 9, "{7}"},
		{"{time}.{{", 7, 9, "20261120T101500.{"},
		{"", 1, 1, ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		AUTO(string) char *name = name_by(cases[i].template, "app", cases[i].number, cases[i].count);
		cr_assert_str_eq(name, cases[i].name);
	}
}

/* With a count, names sort as the numbers do. */
HEAP_TEST(output, sorts_by_number)
{
	AUTO(string) char *before = name_by("a-{n}.snap", "app", 1, 250);
	for (uint64_t number = 2; number <= 250; number++) {
		char *name = name_by("a-{n}.snap", "app", number, 250);
		cr_assert_lt(strcmp(before, name), 0, "%s, %s", before, name);
		free(before);
		before = name;
	}
}

HEAP_TEST(output, refuses_braces_that_mean_nothing)
{
	static const struct {
		const char *template, *part;
	} cases[] = {{"a{b}.snap", "{b}"}, {"{", "{ in"},   {"a}", "} in"},       {"{N}", "{N}"},
		     {"{n", "{ in"},       {"{{}", "} in"}, {"{\x1b}", "{\\x1B}"}};
	struct process process = {.pid = 4711, .command = (char *)"app"};
	const struct output_facts facts = {.process = &process, .number = 1};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool numbered;
		char *name = NULL;
		assert_error_says(output_check(cases[i].template, &numbered), ERROR_USAGE, cases[i].part);
		assert_error_says(output_name(cases[i].template, &facts, &name), ERROR_USAGE, cases[i].part);
		cr_assert_null(name, "untouched on failure");
	}
}

HEAP_TEST(output, tells_whether_it_is_numbered)
{
	static const struct {
		const char *template;
		bool numbered;
	} cases[] = {{"a.snap", false}, {"{time}", false},     {"{{n}}", false},
		     {"a-{n}", true},   {OUTPUT_SERIES, true}, {OUTPUT_SINGLE, false}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool numbered = !cases[i].numbered;
		assert_ok(output_check(cases[i].template, &numbered));
		cr_assert_eq(numbered, cases[i].numbered, "%s", cases[i].template);
	}
}
