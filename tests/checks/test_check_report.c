#include "checks/check_report.h"

#include "analyzer/render.h"
#include "tests/checks/help_outcomes.h"
#include "tests/test.h"

#include <locale.h>

static void print(const char *set, bool quiet, unsigned width, struct text *text)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(report) struct report report;
	setlocale(LC_CTYPE, "C.UTF-8");
	cr_assert(help_outcomes(set, &outcomes));
	report_init(&report, "check", SIZE_BINARY);
	assert_ok(check_report(&report, &outcomes, quiet));
	struct render_options options = {.unit = SIZE_BINARY, .width = width};
	assert_ok(render_text(&report, &options, text));
}

static void check(const char *set, bool quiet, unsigned width, const char *expected)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print(set, quiet, width, &text);
	cr_assert_str_eq(text_string(&text), expected, "%s", text_string(&text));
}

/* To a pipe nothing is left out; what is wrong comes first, the table of all rules last. */
HEAP_TEST(check_report, tells_all_to_a_pipe)
{
	check("shop", false, 0,
	      "2 of 6 rules are violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB; what app.CACHE retains grew by 4.0 MiB (50.0 MiB -> 54.0 MiB), 1.5 MiB more than the limit of 5% and 2.0 MiB\n"
	      "snapshot b.snap, compared with a.snap\n"
	      "\n"
	      "sessions is violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB\n"
	      "rule    retained of app\\.Session: at most 50.0 MiB (ci/memory.ini:12)\n"
	      "reason  a session lives for 20 minutes\n"
	      "owner   web team\n"
	      "path    app.CACHE.sessions[*]\n"
	      "holder  92% of it hangs from app.CACHE.sessions\n"
	      "source  app/cache.py:44\n"
	      "types   1,200 app.Session (40.1 MiB), 1,200 dict (12.0 MiB), 1 str (93 B)\n"
	      "more    heapdiff why a.snap b.snap --type 'app\\.Session'\n"
	      "\n"
	      "--max-growth path:app.CACHE is violated: what app.CACHE retains grew by 4.0 MiB (50.0 MiB -> 54.0 MiB), 1.5 MiB more than the limit of 5% and 2.0 MiB\n"
	      "rule       growth of retained of path:app.CACHE: at most 5% and 2.0 MiB, here 2.5 MiB\n"
	      "path       app.CACHE\n"
	      "new types  900 app.Entry (3.0 MiB), grown dict (1.0 MiB)\n"
	      "more       heapdiff diff --match address a.snap b.snap --by path\n"
	      "\n"
	      "jobs warns: the heap has 1,024 objects of app.Job, 24 objects more than the limit of 1,000 objects\n"
	      "rule  count of app\\.Job: at most 1,000 objects (ci/memory.ini:19)\n"
	      "path  app.QUEUE[*]\n"
	      "\n"
	      "rule                         measures                                       limit       measured  of limit  verdict   note\n"
	      "sessions                     retained of app\\.Session                    50.0 MiB       61.2 MiB    122.4%  violated\n"
	      "jobs                         count of app\\.Job                      1,000 objects  1,024 objects    102.4%  warned\n"
	      "--max-growth path:app.CACHE  growth of retained of path:app.CACHE  5% and 2.0 MiB       +4.0 MiB    160.0%  violated\n"
	      "--forbid app\\.Debug.*        count of app\\.Debug.*                           none                           skipped   no type is called so\n"
	      "garbage                      garbage                                           2%        3.0 MiB     37.5%  passed\n"
	      "--no-rows query:leaks        query:leaks                                     none              0            passed\n");
}

/* On a terminal sentences are broken, columns that say least are left out, and a command stays one line. */
HEAP_TEST(check_report, fits_a_narrow_terminal)
{
	check("shop", false, 80,
	      "2 of 6 rules are violated: app.Session retains 61.2 MiB, 11.2 MiB more than the\n"
	      "limit of 50.0 MiB; what app.CACHE retains grew by 4.0 MiB (50.0 MiB ->\n"
	      "54.0 MiB), 1.5 MiB more than the limit of 5% and 2.0 MiB\n"
	      "snapshot b.snap, compared with a.snap\n"
	      "\n"
	      "sessions is violated: app.Session retains 61.2 MiB, 11.2 MiB more than the limit\n"
	      "of 50.0 MiB\n"
	      "rule    retained of app\\.Session: at most 50.0 MiB (ci/memory.ini:12)\n"
	      "reason  a session lives for 20 minutes\n"
	      "owner   web team\n"
	      "path    app.CACHE.sessions[*]\n"
	      "holder  92% of it hangs from app.CACHE.sessions\n"
	      "source  app/cache.py:44\n"
	      "types   1,200 app.Session (40.1 MiB), 1,200 dict (12.0 MiB), 1 str (93 B)\n"
	      "more    heapdiff why a.snap b.snap --type 'app\\.Session'\n"
	      "\n"
	      "--max-growth path:app.CACHE is violated: what app.CACHE retains grew by 4.0 MiB\n"
	      "(50.0 MiB -> 54.0 MiB), 1.5 MiB more than the limit of 5% and 2.0 MiB\n"
	      "rule       growth of retained of path:app.CACHE: at most 5% and 2.0 MiB, here\n"
	      "           2.5 MiB\n"
	      "path       app.CACHE\n"
	      "new types  900 app.Entry (3.0 MiB), grown dict (1.0 MiB)\n"
	      "more       heapdiff diff --match address a.snap b.snap --by path\n"
	      "\n"
	      "jobs warns: the heap has 1,024 objects of app.Job, 24 objects more than the\n"
	      "limit of 1,000 objects\n"
	      "rule  count of app\\.Job: at most 1,000 objects (ci/memory.ini:19)\n"
	      "path  app.QUEUE[*]\n"
	      "\n"
	      "rule                                  limit       measured  verdict\n"
	      "sessions                           50.0 MiB       61.2 MiB  violated\n"
	      "jobs                          1,000 objects  1,024 objects  warned\n"
	      "--max-growth path:app.CACHE  5% and 2.0 MiB       +4.0 MiB  violated\n"
	      "--forbid app\\.Debug.*                  none                 skipped\n"
	      "garbage                                  2%        3.0 MiB  passed\n"
	      "--no-rows query:leaks                  none              0  passed\n");
}

HEAP_TEST(check_report, tells_findings_one_by_one)
{
	check("learned", false, 0,
	      "2 of 2 rules are violated: app.CACHE[*] is 2.1 MiB, 3.1 sigma beyond 8 baselines (1.0 MiB +- 0.3 MiB); what the heap retains grew by 10.0 MiB (100.0 MiB -> 110.0 MiB), beyond 8 baselines\n"
	      "snapshot b.snap, compared with base.json, learned from 8 runs\n"
	      "\n"
	      "baseline is violated in 2 places\n"
	      "note  7 more are not shown\n"
	      "\n"
	      "1. app.CACHE[*] is 2.1 MiB, 3.1 sigma beyond 8 baselines (1.0 MiB +- 0.3 MiB)\n"
	      "path   app.CACHE[*]\n"
	      "types  2,100 app.Entry (2.0 MiB)\n"
	      "\n"
	      "2. app.LOG is 80.0 KiB, 5.0 sigma beyond 8 baselines (8.0 KiB +- 0.1 KiB)\n"
	      "path  app.LOG\n"
	      "\n"
	      "--max-growth is violated: what the heap retains grew by 10.0 MiB (100.0 MiB -> 110.0 MiB), beyond 8 baselines\n"
	      "rule  growth of retained: at most 0 B, here 4.0 MiB\n"
	      "\n"
	      "rule          limit   measured  of limit  verdict   note\n"
	      "baseline                                  violated  7 more are not shown\n"
	      "--max-growth    0 B  +10.0 MiB    250.0%  violated\n");
}

HEAP_TEST(check_report, says_first_what_a_snapshot_lacks)
{
	check("partial", false, 0,
	      "warning: b.snap is partial: 12 objects could not be read; what it lacks may be what a rule is about, so this fails with exit code 4: --allow-partial takes it as it is\n"
	      "\n"
	      "1 of 3 rules is violated: app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB\n"
	      "snapshot b.snap\n"
	      "\n"
	      "--monotonic is violated: app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB\n"
	      "\n"
	      "rule                            limit   measured  of limit  verdict\n"
	      "--max-retained app\\.Session  50.0 MiB   12.0 MiB     24.0%  passed\n"
	      "--no-new-cycles                  none  -2 cycles            passed\n"
	      "--monotonic                                                 violated\n");
}

/* In the table of a rule that an option made, its name is enough. */
HEAP_TEST(check_report, is_short_where_all_is_well)
{
	check("passing", false, 0,
	      "both rules pass\n"
	      "snapshot b.snap\n"
	      "\n"
	      "rule                            limit   measured  of limit  verdict\n"
	      "--max-retained app\\.Session  50.0 MiB   12.0 MiB     24.0%  passed\n"
	      "--no-new-cycles                  none  -2 cycles            passed\n");
	check("empty", false, 0, "there is no rule\n");
}

/* The command writes JSON in full from a report, and prints the same report anew. */
HEAP_TEST(check_report, can_be_made_again)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(report) struct report report;
	AUTO(text) struct text text = {0};
	text_init(&text);
	cr_assert(help_outcomes("partial", &outcomes));
	report_init(&report, "check", SIZE_BINARY);
	assert_ok(check_report(&report, &outcomes, false));
	report_clear(&report);
	assert_ok(check_report(&report, &outcomes, true));
	struct render_options options = {.unit = SIZE_BINARY};
	assert_ok(render_text(&report, &options, &text));
	cr_assert_str_eq(text_string(&text),
			 "warning: b.snap is partial: 12 objects could not be read; what it lacks may be what a rule is about, so this fails with exit code 4: --allow-partial takes it as it is\n"
			 "\n"
			 "1 of 3 rules is violated: app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB\n"
			 "snapshot b.snap\n"
			 "\n"
			 "--monotonic is violated: app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB\n"
			 "\n"
			 "rule         verdict\n"
			 "--monotonic  violated\n",
			 "%s", text_string(&text));
}

HEAP_TEST(check_report, tells_of_violations_alone_when_quiet)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print("shop", true, 0, &text);
	cr_assert(strstr(text_string(&text), "sessions is violated: ") != NULL);
	cr_assert(strstr(text_string(&text), "jobs") == NULL && strstr(text_string(&text), "garbage") == NULL);
}

static void print_json(const char *set, struct text *text)
{
	AUTO(outcomes) struct outcomes outcomes;
	AUTO(report) struct report report;
	cr_assert(help_outcomes(set, &outcomes));
	report_init(&report, "check", SIZE_BINARY);
	assert_ok(check_report(&report, &outcomes, false));
	assert_ok(render_json(&report, text));
}

static void check_json(const char *set, const char *part)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	print_json(set, &text);
	cr_assert(strstr(text_string(&text), part) != NULL, "lacks '%s': %s", part, text_string(&text));
}

/* docs/schema/check.json has them all; tests/build/test_check_outputs.py holds every document against it. */
HEAP_TEST(check_report, is_a_table_for_machines)
{
	check_json("shop", "\"result\": \"violated\",\n    \"before\": \"a.snap\",\n    \"after\": \"b.snap\"");
	check_json("shop", "\"measured\": 4194304,\n      \"most\": 2621440,\n      \"whole\": 52428800,\n");
	check_json("shop", "\"types\": [\n            {\n              \"type\": \"app.Session\",\n"
			   "              \"count\": 1200,\n              \"size\": 42047897\n            },");
	check_json("shop", "\"note\": \"no type is called so\",");
	check_json("partial", "\"warnings\": [\n    \"b.snap is partial: 12 objects could not be read; what it lacks may be what a rule is about, so this fails with exit code 4: --allow-partial takes it as it is\"\n  ]");
	check_json("empty", "\"rows\": []");
}

/* What people read in sections is in the rows already; no number is endless in JSON. */
HEAP_TEST(check_report, tells_machines_nothing_twice)
{
	AUTO(text) struct text shop = {0}, learned = {0};
	text_init(&shop);
	text_init(&learned);
	print_json("shop", &shop);
	print_json("learned", &learned);
	cr_assert(strstr(text_string(&shop), "violation") == NULL && strstr(text_string(&shop), "_shown") == NULL);
	const char *sigmas = strstr(text_string(&learned), "\"sigmas\": 3.1");
	cr_assert(sigmas != NULL && strstr(sigmas + 1, "\"sigmas\"") == NULL);
}
