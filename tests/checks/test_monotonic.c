#include "checks/monotonic.h"

#include "tests/checks/help_program.h"
#include "tests/test.h"

#include <string.h>

static void judge(struct outcomes *outcomes, const struct run *runs, size_t count, size_t findings)
{
	struct monotonic_request request = {.least = 4096, .findings = findings};
	AUTO(program) struct program program;
	help_program_run(&program, runs, count);
	outcomes_init(outcomes);
	assert_ok(monotonic_judge(program.readers, count, &request, NULL, outcomes));
	cr_assert_eq(outcomes->items.count, 1);
	cr_assert_str_eq(outcomes->items.items[0].rule.name, "--monotonic");
}

static void check(const struct outcomes *outcomes, size_t index, const char *path, const char *message)
{
	const struct outcome *outcome = &outcomes->items.items[0];
	cr_assert_lt(index, outcome->findings.count);
	const struct finding *finding = &outcome->findings.items[index];
	cr_assert(path == NULL ? finding->path == NULL : strcmp(finding->path, path) == 0);
	cr_assert_str_eq(finding->message, message);
}

/* The log goes up and down, the table grew once; the pages are a leak. */
HEAP_TEST(monotonic, finds_the_path_that_grew_at_every_step)
{
	static const struct run runs[] = {{.page = 1048576, .pages = 10, .log = 5000},
					  {.page = 1048576, .pages = 12, .log = 50000},
					  {.page = 1048576, .pages = 14, .log = 40000, .table = 90000},
					  {.page = 1048576, .pages = 16, .log = 60000, .table = 90000}};
	AUTO(outcomes) struct outcomes outcomes;
	judge(&outcomes, runs, 4, 10);
	const struct outcome *outcome = &outcomes.items.items[0];
	cr_assert_eq(outcome->verdict, VERDICT_VIOLATED);
	cr_assert_eq(outcome->findings.count, 1);
	check(&outcomes, 0, "app.CACHE[*]", "app.CACHE[*] grew at each of 3 steps: 10.0, 12.0, 14.0, 16.0 MiB");
	const struct finding *finding = &outcome->findings.items[0];
	cr_assert_str_eq(finding->types.items[0].name, "app.Page");
	cr_assert_eq(finding->types.items[0].count, 6);
	cr_assert_eq(finding->types.items[0].size, 6291456);
	cr_assert_eq(strncmp(finding->command, "heapdiff why ", 13), 0);
	cr_assert_not_null(strstr(finding->command, "0.snap "));
	cr_assert_not_null(strstr(finding->command, "3.snap --type '^app\\.Page$'"));
	cr_assert_eq(outcome->before, 10485760);
	cr_assert_eq(outcome->measured, 6291456);
	cr_assert_null(outcome->note);
}

/* Objects that hang from ever new names have no path that grows. */
HEAP_TEST(monotonic, finds_the_type_where_no_path_tells_it)
{
	static const struct run runs[] = {{.strays = 1}, {.strays = 2}, {.strays = 4}};
	AUTO(outcomes) struct outcomes outcomes;
	judge(&outcomes, runs, 3, 10);
	cr_assert_eq(outcomes.items.items[0].findings.count, 1);
	check(&outcomes, 0, NULL, "app.Stray grew at each of 2 steps: 2.9, 5.9, 11.7 KiB");
	cr_assert_eq(outcomes.items.items[0].findings.items[0].types.items[0].count, 3);
}

/* It has a limit, but fills so slowly that it may do so at each of many steps. */
HEAP_TEST(monotonic, leaves_the_interpreter_s_own_cache_alone)
{
	static const struct run runs[] = {{.log = 1000, .looked_up = 10},
					  {.log = 1000, .looked_up = 12},
					  {.log = 1000, .looked_up = 15},
					  {.log = 1000, .looked_up = 17}};
	AUTO(outcomes) struct outcomes outcomes;
	judge(&outcomes, runs, 4, 10);
	cr_assert_eq(outcomes.items.items[0].verdict, VERDICT_PASSED);
	cr_assert_eq(outcomes.items.items[0].findings.count, 0);
}

HEAP_TEST(monotonic, leaves_small_growth_alone)
{
	static const struct run small[] = {{.log = 1000}, {.log = 2000}, {.log = 5095}},
				enough[] = {{.log = 1000}, {.log = 2000}, {.log = 5096}};
	AUTO(outcomes) struct outcomes passed, violated;
	judge(&passed, small, 3, 10);
	cr_assert_eq(passed.items.items[0].verdict, VERDICT_PASSED);
	judge(&violated, enough, 3, 10);
	cr_assert_eq(violated.items.items[0].verdict, VERDICT_VIOLATED);
}

/* The table and its items, each less than the least, are one growth that is more. */
HEAP_TEST(monotonic, adds_up_what_hangs_from_one_place)
{
	static const struct run runs[] = {{.page = 1000, .pages = 1, .table = 100},
					  {.page = 1000, .pages = 2, .table = 1100},
					  {.page = 1000, .pages = 3, .table = 2100},
					  {.page = 1000, .pages = 4, .table = 3100}};
	AUTO(outcomes) struct outcomes outcomes;
	judge(&outcomes, runs, 4, 10);
	cr_assert_eq(outcomes.items.items[0].findings.count, 1);
	cr_assert_str_eq(outcomes.items.items[0].findings.items[0].holder, "5.9 KiB more in all hang from app.CACHE");
	cr_assert_eq(outcomes.items.items[0].measured, 6000);
}

/* The table grew once, its pages at every step, and both are dicts: all dicts grew at every step, but these pages alone did. */
HEAP_TEST(monotonic, tells_no_type_for_the_growth_of_its_paths)
{
	static const struct run runs[] = {{.pages = 1, .page = 10000, .page_type = "dict", .table = 20000},
					  {.pages = 2, .page = 10000, .page_type = "dict", .table = 20000},
					  {.pages = 3, .page = 10000, .page_type = "dict", .table = 90000}};
	AUTO(outcomes) struct outcomes outcomes;
	judge(&outcomes, runs, 3, 10);
	cr_assert_eq(outcomes.items.items[0].findings.count, 1);
	check(&outcomes, 0, "app.CACHE[*]", "app.CACHE[*] grew at each of 2 steps: 9.8, 19.5, 29.3 KiB");
}

HEAP_TEST(monotonic, counts_what_it_does_not_show)
{
	static const struct run runs[] = {{.log = 1000, .strays = 1}, {.log = 20000, .strays = 2}, {.log = 50950, .strays = 4}};
	AUTO(outcomes) struct outcomes outcomes;
	judge(&outcomes, runs, 3, 1);
	check(&outcomes, 0, "app.LOG", "app.LOG grew at each of 2 steps: 1.0, 19.5, 49.8 KiB");
	cr_assert_str_eq(outcomes.items.items[0].note, "1 more place grew at every step");
	cr_assert_eq(outcomes.items.items[0].measured, 49950 + 9000);
}

HEAP_TEST(monotonic, leaves_out_the_middle_of_many_steps)
{
	struct run runs[12] = {0};
	for (unsigned i = 0; i < 12; i++)
		runs[i].log = 1024 * (i + 1);
	AUTO(outcomes) struct outcomes outcomes;
	judge(&outcomes, runs, 12, 1);
	check(&outcomes, 0, "app.LOG",
	      "app.LOG grew at each of 11 steps: 1.0, 2.0, 3.0, 4.0 KiB ... 9.0, 10.0, 11.0, 12.0 KiB");
}

HEAP_TEST(monotonic, needs_three_snapshots)
{
	static const struct run runs[] = {{.log = 1000}, {.log = 20000}};
	struct monotonic_request request = {.findings = 10};
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(program) struct program program;
	outcomes_init(&outcomes);
	help_program_run(&program, runs, 2);
	assert_error_says(monotonic_judge(program.readers, 2, &request, NULL, &outcomes), ERROR_USAGE, "three snapshots or more");
	cr_assert_eq(outcomes.items.count, 0);
}
