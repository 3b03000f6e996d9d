#include "checks/wording.h"

#include "tests/checks/help_outcomes.h"
#include "tests/test.h"

typedef void outcome_printer(const struct outcome *outcome, enum size_unit unit, struct text *text);

/* Of the set's outcome number `i`. */
static void check(const char *set, size_t i, outcome_printer *print, const char *expected)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(text) struct text text = {0};
	cr_assert(help_outcomes(set, &outcomes));
	text_init(&text);
	print(&outcomes.items.items[i], SIZE_BINARY, &text);
	cr_assert_str_eq(text_string(&text), expected);
}

static void check_verdict(const char *set, const char *verdict, const char *subject)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(text) struct text text = {0}, judged = {0};
	cr_assert(help_outcomes(set, &outcomes));
	text_init(&text);
	text_init(&judged);
	wording_verdict(&outcomes, SIZE_BINARY, &text);
	wording_subject(&outcomes, &judged);
	cr_assert_str_eq(text_string(&text), verdict);
	cr_assert_str_eq(text_string(&judged), subject);
}

HEAP_TEST(wording, tells_the_verdict_in_a_sentence)
{
	check_verdict(
		"shop",
		"2 of 6 rules are violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB; what "
		"app.CACHE retains grew by 4.0 MiB (50.0 MiB -> 54.0 MiB), 1.5 MiB more than the limit of 5% and 2.0 MiB",
		"snapshot b.snap, compared with a.snap");
	check_verdict("passing", "both rules pass", "snapshot b.snap");
	check_verdict("partial",
		      "1 of 3 rules is violated: app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB",
		      "snapshot b.snap");
	check_verdict(
		"learned",
		"2 of 2 rules are violated: app.CACHE[*] is 2.1 MiB, 3.1 sigma beyond 8 baselines (1.0 MiB +- 0.3 MiB); "
		"what the heap retains grew by 10.0 MiB (100.0 MiB -> 110.0 MiB), beyond 8 baselines",
		"snapshot b.snap, compared with base.json, learned from 8 runs");
	check_verdict("empty", "there is no rule", "");
}

/* `verdicts`: a rule each, p, s, w or v. */
static void check_counts(const char *verdicts, const char *expected)
{
	static const char letters[] = "pswv";
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(text) struct text text = {0};
	outcomes_init(&outcomes);
	text_init(&text);
	for (const char *at = verdicts; *at != '\0'; at++) {
		struct outcome outcome = {.rule = {.name = "r"},
					  .note = "so",
					  .verdict = (enum verdict)(strchr(letters, *at) - letters)};
		assert_ok(vector_push(&outcomes.items, outcome));
	}
	wording_verdict(&outcomes, SIZE_BINARY, &text);
	cr_assert_str_eq(text_string(&text), expected);
}

HEAP_TEST(wording, counts_in_good_english)
{
	check_counts("p", "the rule passes");
	check_counts("ppp", "all 3 rules pass");
	check_counts("psp", "2 of 3 rules pass, 1 is skipped");
	check_counts("pss", "1 of 3 rules passes, 2 are skipped");
	check_counts("s", "the rule is skipped");
	check_counts("ss", "both rules are skipped");
	check_counts("sss", "all 3 rules are skipped");
	check_counts("v", "the rule is violated: so");
	check_counts("pw", "1 of 2 rules warns: so");
	check_counts("www", "3 of 3 rules warn: so; so; so");
	check_counts("wvvvvvp", "5 of 7 rules are violated: so; so; so; and 2 more");
}

HEAP_TEST(wording, tells_limits_and_what_was_measured)
{
	check("shop", 0, wording_limit, "50.0 MiB");
	check("shop", 0, wording_measured, "61.2 MiB");
	check("shop", 2, wording_limit, "5% and 2.0 MiB, here 2.5 MiB");
	check("shop", 2, wording_limit_written, "5% and 2.0 MiB");
	check("shop", 2, wording_measured, "+4.0 MiB");
	check("shop", 3, wording_limit, "none");
	check("shop", 3, wording_measured, "");
	check("learned", 0, wording_limit, "");
	check("learned", 0, wording_measured, "");
	/* what was learned may be more than none */
	check("learned", 1, wording_limit, "0 B, here 4.0 MiB");
	check("passing", 1, wording_measured, "-2 cycles");
}

HEAP_TEST(wording, heads_an_outcome)
{
	check("shop", 1, wording_headline,
	      "jobs warns: the heap has 1,024 objects of app.Job, 24 objects more than the limit of 1,000 objects");
	check("learned", 0, wording_headline, "baseline is violated in 2 places");
	check("learned", 1, wording_headline,
	      "--max-growth is violated: what the heap retains grew by 10.0 MiB (100.0 MiB -> 110.0 MiB), beyond 8 baselines");
}

static void print_all(const struct outcome *outcome, enum size_unit unit, struct text *text)
{
	assert_ok(wording_print(outcome, unit, text));
}

HEAP_TEST(wording, tells_an_outcome_line_by_line)
{
	check("shop", 0, print_all,
	      "sessions is violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB\n"
	      "rule: retained of app\\.Session: at most 50.0 MiB (ci/memory.ini:12)\n"
	      "reason: a session lives for 20 minutes\n"
	      "owner: web team\n"
	      "path: app.CACHE.sessions[*]\n"
	      "holder: 92% of it hangs from app.CACHE.sessions\n"
	      "source: app/cache.py:44\n"
	      "types: 1,200 app.Session (40.1 MiB), 1,200 dict (12.0 MiB), 1 str (93 B)\n"
	      "more: heapdiff why a.snap b.snap --type 'app\\.Session'\n");
	check("learned", 0, print_all,
	      "baseline is violated in 2 places\n"
	      "note: 7 more are not shown\n"
	      "1. app.CACHE[*] is 2.1 MiB, 3.1 sigma beyond 8 baselines (1.0 MiB +- 0.3 MiB)\n"
	      "   path: app.CACHE[*]\n"
	      "   types: 2,100 app.Entry (2.0 MiB)\n"
	      "2. app.LOG is 80.0 KiB, 5.0 sigma beyond 8 baselines (8.0 KiB +- 0.1 KiB)\n"
	      "   path: app.LOG\n");
}

/* A policy's names are as it has them: no byte of them may act on a terminal, or begin a line. */
HEAP_TEST(wording, is_safe_for_a_terminal)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(text) struct text text = {0}, again = {0};
	cr_assert(help_outcomes("hostile", &outcomes));
	text_init(&text);
	text_init(&again);
	assert_ok(wording_print(&outcomes.items.items[3], SIZE_BINARY, &text));
	size_t lines = 0;
	for (const char *at = text_string(&text); *at != '\0'; at++)
		lines += *at == '\n';
	cr_assert_eq(lines, 1 + 5 + 2 * 6, "the text has %zu lines", lines);
	for (size_t i = 0; i < text.length; i++)
		text.data[i] = text.data[i] == '\n' ? ' ' : text.data[i];
	text_add_escaped(&again, text_string(&text), text.length);
	cr_assert_str_eq(text_string(&again), text_string(&text));
}
