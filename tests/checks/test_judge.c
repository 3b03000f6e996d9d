/* Verdicts: amounts against limits, growth against limits and what was learned. */
#include "checks/judge.h"

#include "tests/test.h"

static struct outcome judged(bool growth, const char *limit, struct evidence_of_rule evidence)
{
	struct outcome outcome = {.rule = {.name = "rule", .metric = METRIC_RETAINED, .growth = growth}};
	assert_ok(limit_parse(limit, UNIT_SIZE, &outcome.rule.limit));
	evidence.after.known = true;
	judge_rule(&evidence, &outcome);
	return outcome;
}

HEAP_TEST(judge, holds_amounts_against_limits)
{
	cr_assert_eq(judged(false, "1000", (struct evidence_of_rule){.after = {.value = 1000}}).verdict, VERDICT_PASSED);
	struct outcome beyond = judged(false, "1000", (struct evidence_of_rule){.after = {.value = 1001}});
	cr_assert_eq(beyond.verdict, VERDICT_VIOLATED);
	cr_assert_eq(beyond.measured, 1001);
	cr_assert_eq(beyond.most, 1000);
	cr_assert(!beyond.has_before);
	cr_assert_eq(judged(false, "5%", (struct evidence_of_rule){.after = {.value = 51, .whole = 1000}}).verdict, VERDICT_VIOLATED);
	cr_assert_eq(judged(false, "5%", (struct evidence_of_rule){.after = {.value = 50, .whole = 1000}}).verdict, VERDICT_PASSED);
}

HEAP_TEST(judge, holds_growth_against_what_was_before)
{
	struct evidence_of_rule evidence = {.after = {.value = 1060, .whole = 9999}, .has_before = true, .before = 1000};
	cr_assert_eq(judged(true, "60", evidence).verdict, VERDICT_PASSED);
	cr_assert_eq(judged(true, "59", evidence).verdict, VERDICT_VIOLATED);
	cr_assert_eq(judged(true, "6%", evidence).verdict, VERDICT_PASSED);
	cr_assert_eq(judged(true, "5%", evidence).verdict, VERDICT_VIOLATED);
	cr_assert_eq(judged(true, "5% and 1 KiB", evidence).verdict, VERDICT_PASSED);
	cr_assert_eq(judged(true, "5% or 1 KiB", evidence).verdict, VERDICT_VIOLATED);
	cr_assert_eq(judged(true, "5%", evidence).measured, 60);
	evidence.after.value = 10;
	cr_assert_eq(judged(true, "0", evidence).verdict, VERDICT_PASSED);
}

/* What was not there before has grown by more than any share of it. */
HEAP_TEST(judge, finds_no_share_of_nothing)
{
	struct evidence_of_rule evidence = {.after = {.value = 1}, .has_before = true};
	cr_assert_eq(judged(true, "900%", evidence).verdict, VERDICT_VIOLATED);
	evidence.after.value = 0;
	cr_assert_eq(judged(true, "0%", evidence).verdict, VERDICT_PASSED);
}

HEAP_TEST(judge, allows_the_natural_spread_of_growth_alone)
{
	struct learned learned = {.runs = 8, .mean = 1000, .deviation = 100};
	struct evidence_of_rule evidence = {.after = {.value = 1200}, .learned = &learned, .sigmas = 3};
	struct outcome outcome = judged(true, "0", evidence);
	cr_assert_eq(outcome.verdict, VERDICT_PASSED);
	cr_assert_eq(outcome.before, 1000);
	cr_assert_eq(outcome.baselines, 8);
	/* Fewer than (1200 - 1000) / 100, as eight runs alone are behind that. */
	cr_assert(outcome.sigmas > 1 && outcome.sigmas < 2);
	evidence.after.value = 3000;
	cr_assert_eq(judged(true, "0", evidence).verdict, VERDICT_VIOLATED);
	cr_assert_eq(judged(true, "4 KiB", evidence).verdict, VERDICT_PASSED);
	/* A limit on an amount is the user's word, whatever was usual. */
	evidence.after.value = 1200;
	cr_assert_eq(judged(false, "1100", evidence).verdict, VERDICT_VIOLATED);
}

HEAP_TEST(judge, skips_what_is_not_known)
{
	struct outcome outcome = {.rule = {.name = "rule", .metric = METRIC_RSS}};
	struct evidence_of_rule evidence = {.after = {.note = "not said"}};
	judge_rule(&evidence, &outcome);
	cr_assert_eq(outcome.verdict, VERDICT_SKIPPED);
	cr_assert_str_eq(outcome.note, "not said");
	cr_assert(!outcome.known);
}

HEAP_TEST(judge, warns_where_the_rule_is_a_warning)
{
	struct outcome outcome = {.rule = {.name = "rule", .metric = METRIC_COUNT, .severity = SEVERITY_WARNING,
					   .limit = {.has_amount = true, .amount = 0}}};
	struct evidence_of_rule evidence = {.after = {.known = true, .value = 1}};
	judge_rule(&evidence, &outcome);
	cr_assert_eq(outcome.verdict, VERDICT_WARNED);
}
