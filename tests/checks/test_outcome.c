#include "checks/outcome.h"

#include "tests/checks/help_outcomes.h"
#include "tests/test.h"

HEAP_TEST(outcome, counts_verdicts)
{
	AUTO(outcomes) struct outcomes outcomes;
	cr_assert(help_outcomes("shop", &outcomes));
	struct outcome_counts counts = outcomes_count(&outcomes);
	cr_assert(counts.passed == 2 && counts.skipped == 1 && counts.warned == 1 && counts.violated == 2);
	cr_assert_str_eq(verdict_name(VERDICT_SKIPPED), "skipped");
}

static void check_result(const char *name, bool allow_partial, const char *expected)
{
	AUTO(outcomes) struct outcomes outcomes;
	cr_assert(help_outcomes(name, &outcomes));
	outcomes.allow_partial = allow_partial;
	cr_assert_str_eq(outcomes_result(&outcomes), expected);
}

/* What is missing may be what breaks a rule: a partial snapshot neither passes nor is it told as violated alone. */
HEAP_TEST(outcome, has_one_result)
{
	check_result("shop", false, "violated");
	check_result("passing", false, "passed");
	check_result("empty", false, "passed");
	check_result("partial", false, "partial");
	check_result("partial", true, "violated");
}

HEAP_TEST(outcome, keeps_what_is_printed)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(text) struct text text = {0};
	const char *printed = "", *kept = "";
	outcomes_init(&outcomes);
	text_init(&text);
	assert_ok(outcomes_print(&outcomes, &printed, "%d of %s", 3, "them"));
	text_add(&text, "built");
	assert_ok(outcomes_keep(&outcomes, &text, &kept));
	text_deinit(&text);
	cr_assert_str_eq(printed, "3 of them");
	cr_assert_str_eq(kept, "built");
	struct text failed = {.failed = true};
	assert_error(outcomes_keep(&outcomes, &failed, &kept), ERROR_MEMORY);
	cr_assert_str_eq(kept, "built");
}
