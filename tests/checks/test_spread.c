#include "checks/spread.h"

#include "tests/checks/help_program.h"
#include "tests/test.h"

#include <string.h>

struct judged {
	struct baseline baseline;
	struct outcomes outcomes;
	const struct outcome *outcome;
};

static void judged_deinit(struct judged *judged)
{
	baseline_deinit(&judged->baseline);
	outcomes_deinit(&judged->outcomes);
}
DEFINE_AUTO_VALUE(judged, struct judged, judged_deinit);

/* The last run against the others. */
static void judge(struct judged *judged, const struct run *runs, size_t count, size_t findings)
{
	struct spread_request request = {.sigmas = SPREAD_SIGMAS, .least = SPREAD_LEAST, .findings = findings};
	AUTO(program) struct program program;
	help_program_run(&program, runs, count);
	baseline_init(&judged->baseline);
	outcomes_init(&judged->outcomes);
	assert_ok(baseline_learn(&judged->baseline, program.readers, count - 1, NULL, NULL));
	assert_ok(spread_judge(&judged->baseline, program.readers[count - 1], &request, NULL, &judged->outcomes));
	cr_assert_eq(judged->outcomes.items.count, 1);
	judged->outcome = &judged->outcomes.items.items[0];
	cr_assert_str_eq(judged->outcome->rule.name, "baseline");
}

static void check(const struct judged *judged, size_t index, const char *path, const char *message)
{
	cr_assert_lt(index, judged->outcome->findings.count);
	cr_assert_str_eq(judged->outcome->findings.items[index].path, path);
	cr_assert_str_eq(judged->outcome->findings.items[index].message, message);
}

static void check_none(const struct judged *judged)
{
	cr_assert_eq(judged->outcome->verdict, VERDICT_PASSED);
	cr_assert_eq(judged->outcome->findings.count, 0);
	cr_assert_eq(judged->outcome->measured, 0);
	cr_assert_null(judged->outcome->note);
}

#define PAGES(number)                                                                                                  \
	{                                                                                                              \
		.page = 1024, .pages = (number), .log = 8192                                                           \
	}

/* Of 40, 50, 60, 50 KiB the deviation is 8.2 KiB, and 3 sigmas of four runs are 9.81 * sqrt(1 + 1/4) of it: 89.5 KiB. */
HEAP_TEST(spread, tolerates_what_varies_by_itself)
{
	static const struct run runs[] = {PAGES(40), PAGES(50), PAGES(60), PAGES(50), PAGES(138)};
	AUTO(judged) struct judged judged;
	judge(&judged, runs, 5, 10);
	check_none(&judged);
	cr_assert_eq(judged.outcome->baselines, 4);
	cr_assert_eq(judged.outcome->sigmas, SPREAD_SIGMAS);
}

HEAP_TEST(spread, says_by_how_many_sigmas_it_is_beyond)
{
	static const struct run runs[] = {PAGES(40), PAGES(50), PAGES(60), PAGES(50), PAGES(152)};
	AUTO(judged) struct judged judged;
	judge(&judged, runs, 5, 10);
	cr_assert_eq(judged.outcome->verdict, VERDICT_VIOLATED);
	cr_assert_eq(judged.outcome->findings.count, 1);
	check(&judged, 0, "app.CACHE[*]", "app.CACHE[*] is 152.0 KiB, 3.1 sigma beyond 4 baselines (50.0 KiB +- 8.2 KiB)");
	const struct finding *finding = &judged.outcome->findings.items[0];
	cr_assert_eq(finding->types.count, 1);
	cr_assert_str_eq(finding->types.items[0].name, "app.Page");
	cr_assert_eq(finding->types.items[0].count, 102);
	cr_assert_eq(finding->types.items[0].size, 102 * 1024);
	cr_assert_eq(strncmp(finding->command, "heapdiff paths --merged ", 24), 0);
	cr_assert_not_null(strstr(finding->command, "4.snap --type '^app\\.Page$'"));
	cr_assert_eq(judged.outcome->before, 50 * 1024);
	cr_assert_eq(judged.outcome->after, 152 * 1024);
	cr_assert_eq(judged.outcome->measured, 102 * 1024);
}

/* What was the same each time has the least alone, and what is new too. */
HEAP_TEST(spread, finds_what_never_varied)
{
	static const struct run same[] = {{.log = 10000}, {.log = 10000}, {.log = 10000 + SPREAD_LEAST}},
				more[] = {{.log = 10000}, {.log = 10000}, {.log = 10001 + SPREAD_LEAST}},
				one[] = {{.log = 10000}, {.log = 20000}},
				new[] = {{.page = 2000, .pages = 1}, {.page = 2000, .pages = 1}, {.page = 2000, .pages = 1, .log = 6000}},
				small[] = {{.page = 2000, .pages = 1}, {.page = 2000, .pages = 1, .log = 1024 + SPREAD_LEAST}};
	AUTO(judged) struct judged a, b, c, d, e;
	judge(&a, same, 3, 10);
	check_none(&a);
	judge(&b, more, 3, 10);
	check(&b, 0, "app.LOG", "app.LOG is 13.8 KiB, 4.0 KiB more than in each of 2 baselines");
	judge(&c, one, 2, 10);
	check(&c, 0, "app.LOG", "app.LOG is 19.5 KiB, 9.8 KiB more than in the baseline");
	judge(&d, new, 3, 10);
	check(&d, 0, "app.LOG", "app.LOG is 5.9 KiB, and was less than 1.0 KiB in each of 2 baselines");
	judge(&e, small, 2, 10);
	check_none(&e);
}

HEAP_TEST(spread, does_not_mind_what_shrank)
{
	static const struct run runs[] = {{.log = 100000}, {.log = 100000}, {.page = 2000, .pages = 1}};
	AUTO(judged) struct judged judged;
	judge(&judged, runs, 3, 10);
	cr_assert_eq(judged.outcome->verdict, VERDICT_PASSED);
	cr_assert_eq(judged.outcome->findings.count, 0);
}

/* A dict that is doubled once more may only be fuller by one; with its items it is a growth, and so is more than a step. */
HEAP_TEST(spread, lets_a_table_grow_by_a_step)
{
	static const struct run step[] = {{.table = 10000}, {.table = 10000}, {.table = 20000}},
				more[] = {{.table = 10000}, {.table = 10000}, {.table = 40000}},
				items[] = {{.table = 10000, .page = 5000, .pages = 1},
					   {.table = 10000, .page = 5000, .pages = 1},
					   {.table = 20000, .page = 5000, .pages = 2}};
	AUTO(judged) struct judged a, b, c;
	judge(&a, step, 3, 10);
	check_none(&a);
	judge(&b, more, 3, 10);
	check(&b, 0, "app.CACHE", "app.CACHE is 39.1 KiB, 29.3 KiB more than in each of 2 baselines");
	judge(&c, items, 3, 10);
	cr_assert_eq(c.outcome->findings.count, 1);
	cr_assert_eq(c.outcome->measured, 15000);
	cr_assert_str_eq(c.outcome->findings.items[0].holder, "14.6 KiB more in all hang from app.CACHE");
}

HEAP_TEST(spread, counts_what_it_does_not_show)
{
	static const struct run runs[] = {{.log = 10000, .page = 9000, .pages = 1}, {.log = 90000, .page = 9000, .pages = 9}};
	AUTO(judged) struct judged judged;
	judge(&judged, runs, 2, 1);
	cr_assert_eq(judged.outcome->findings.count, 1);
	check(&judged, 0, "app.LOG", "app.LOG is 87.9 KiB, 78.1 KiB more than in the baseline");
	cr_assert_str_eq(judged.outcome->note, "1 more place is beyond what it was");
	cr_assert_eq(judged.outcome->measured, 152000);
}

HEAP_TEST(spread, doubts_a_baseline_of_something_else)
{
	AUTO(baseline) struct baseline baseline;
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(program) struct program program;
	AUTO(text) struct text text;
	struct spread_request request = {.sigmas = SPREAD_SIGMAS, .least = SPREAD_LEAST};
	text_init(&text);
	text_add(&text, "{\"schema\": \"heapdiff.baseline/1\", \"runs\": 2, \"rules\": [], \"paths\": [");
	for (int i = 0; i < 4; i++)
		text_printf(&text,
			    "%s{\"key\": \"%016x\", \"path\": \"x\", \"type\": \"y\", \"runs\": 2, \"count_mean\": 1, "
			    "\"count_deviation\": 0, \"size_mean\": 1e19, \"size_deviation\": 1e19}",
			    i > 0 ? ", " : "", i);
	text_add(&text, "]}");
	baseline_init(&baseline);
	outcomes_init(&outcomes);
	help_program_run(&program, &(struct run){.log = 9000}, 1);
	assert_ok(baseline_parse(text_string(&text), text.length, "b", &baseline));
	assert_ok(spread_judge(&baseline, program.readers[0], &request, NULL, &outcomes));
	cr_assert_str_eq(outcomes.items.items[0].note, "only 0 of the 4 paths of the baseline are there: is it of another program, or "
						       "with another mask?; 1 more place is beyond what it was");
}

HEAP_TEST(spread, skips_a_baseline_without_paths)
{
	AUTO(baseline) struct baseline baseline;
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(program) struct program program;
	struct spread_request request = {.sigmas = SPREAD_SIGMAS};
	baseline_init(&baseline);
	outcomes_init(&outcomes);
	help_program_run(&program, &(struct run){.log = 9000}, 1);
	assert_ok(spread_judge(&baseline, program.readers[0], &request, NULL, &outcomes));
	cr_assert_eq(outcomes.items.items[0].verdict, VERDICT_SKIPPED);
	cr_assert_str_eq(outcomes.items.items[0].note, "the baseline has no paths");
}
