/* Is what was measured too much? Amounts are held against the limit as they are; growth is also allowed what the value varies by from run to run. */
#include "checks/judge.h"

#include <math.h>

static int64_t subtract(int64_t a, int64_t b)
{
	int64_t difference;
	if (__builtin_sub_overflow(a, b, &difference))
		return a < b ? INT64_MIN : INT64_MAX;
	return difference;
}

/* What growth is natural: whole units. */
static int64_t tolerance_of(const struct rule *rule, const struct evidence_of_rule *evidence)
{
	double least = metric_facts(rule->metric)->unit == UNIT_SIZE ? (double)evidence->least : 0;
	double tolerance = floor(learned_tolerance(evidence->learned, evidence->sigmas, least));
	return tolerance < 0 ? 0 : tolerance < 0x1p62 ? (int64_t)tolerance : INT64_MAX;
}

static void set_before(const struct evidence_of_rule *evidence, struct outcome *outcome)
{
	const struct learned *learned = evidence->learned;
	outcome->has_before = evidence->has_before || learned != NULL;
	outcome->before = evidence->before;
	if (learned == NULL)
		return;
	outcome->before = llround(learned->mean);
	outcome->baselines = learned->runs > UINT32_MAX ? UINT32_MAX : (unsigned)learned->runs;
	if ((double)outcome->after > learned->mean)
		outcome->sigmas = learned_sigmas(learned, (double)outcome->after);
}

static bool is_exceeded(const struct evidence_of_rule *evidence, const struct outcome *outcome)
{
	const struct rule *rule = &outcome->rule;
	if (!limit_exceeded(&rule->limit, outcome->measured, outcome->whole))
		return false;
	return !rule->growth || evidence->learned == NULL || outcome->measured > tolerance_of(rule, evidence);
}

void judge_rule(const struct evidence_of_rule *evidence, struct outcome *outcome)
{
	const struct rule *rule = &outcome->rule;
	outcome->known = evidence->after.known;
	outcome->after = outcome->measured = evidence->after.value;
	outcome->whole = evidence->after.whole;
	if (!outcome->known) {
		outcome->note = evidence->after.note;
		outcome->verdict = VERDICT_SKIPPED;
		return;
	}
	set_before(evidence, outcome);
	if (rule->growth) {
		outcome->measured = evidence->growth != NULL ? *evidence->growth : subtract(outcome->after, outcome->before);
		outcome->whole = outcome->before > 0 ? (uint64_t)outcome->before : 0;
	}
	outcome->most = limit_most(&rule->limit, outcome->whole);
	if (rule->growth && evidence->learned != NULL && tolerance_of(rule, evidence) > outcome->most)
		outcome->most = tolerance_of(rule, evidence);
	outcome->verdict = VERDICT_PASSED;
	if (is_exceeded(evidence, outcome))
		outcome->verdict = rule->severity == SEVERITY_WARNING ? VERDICT_WARNED : VERDICT_VIOLATED;
}
