/* Rules: what goes together, and how options become rules. */
#include "checks/rule.h"

#include "tests/test.h"

#define TODAY "2026-03-01"

/* A rule that is fine, to spoil. */
static struct rule help_rule(void)
{
	return (struct rule){.name = "cache",
			     .metric = METRIC_RETAINED,
			     .subject = {SUBJECT_TYPE, "app\\.Session"},
			     .limit = {.has_amount = true, .amount = 1000},
			     .file = "memory.ini",
			     .line = 12,
			     .limit_line = 14,
			     .subject_line = 15,
			     .except_line = 16,
			     .expires_line = 17};
}

static void check_refused(const struct rule *rule, const char *says)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	assert_error_says(rules_add(&rules, rule, TODAY), ERROR_USAGE, says);
	cr_assert_eq(rules.items.count, 0);
}

static void check_taken(const struct rule *rule)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	assert_ok(rules_add(&rules, rule, TODAY));
	cr_assert_eq(rules.items.count, 1);
}

HEAP_TEST(rule, is_kept_with_its_strings)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	char name[] = "cache", pattern[] = "app", reason[] = "known", owner[] = "team", expires[] = "2026-03-01",
	     file[] = "m.ini";
	struct rule rule = {.name = name,
			    .metric = METRIC_COUNT,
			    .subject = {SUBJECT_TYPE, pattern},
			    .except = pattern,
			    .limit = {.has_share = true, .share = 0.05},
			    .severity = SEVERITY_WARNING,
			    .optional = true,
			    .reason = reason,
			    .owner = owner,
			    .expires = expires,
			    .file = file,
			    .line = 3};
	assert_ok(rules_add(&rules, &rule, TODAY));
	name[0] = pattern[0] = reason[0] = owner[0] = expires[0] = file[0] = '!';
	const struct rule *kept = &rules.items.items[0];
	cr_assert_str_eq(kept->name, "cache");
	cr_assert_str_eq(kept->subject.text, "app");
	cr_assert_str_eq(kept->except, "app");
	cr_assert_str_eq(kept->reason, "known");
	cr_assert_str_eq(kept->owner, "team");
	cr_assert_str_eq(kept->expires, "2026-03-01", "the last day");
	cr_assert_str_eq(kept->file, "m.ini");
	cr_assert(kept->optional && kept->severity == SEVERITY_WARNING && kept->line == 3 && kept->limit.share == 0.05);
}

HEAP_TEST(rule, has_a_name_of_its_own)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	struct rule rule = help_rule();
	assert_ok(rules_add(&rules, &rule, TODAY));
	rule.line = 30;
	assert_error_says(rules_add(&rules, &rule, TODAY), ERROR_USAGE,
			  "memory.ini:30: [cache]: memory.ini:12 has a rule of this name already");
}

HEAP_TEST(rule, of_the_process_is_of_no_objects)
{
	struct rule rule = help_rule();
	rule.metric = METRIC_RSS;
	check_refused(&rule, "memory.ini:15: [cache]: 'rss' is measured of the whole process: leave out");
	rule.subject = (struct subject){SUBJECT_ALL, NULL};
	check_taken(&rule);
	rule.except = "x";
	check_refused(&rule, "of the whole process");
	rule.except = NULL;
	rule.limit = (struct limit){.has_share = true, .share = 0.5};
	check_refused(&rule,
		      "memory.ini:14: [cache]: a limit of 'rss' can't be a share, there is no whole: write an amount");
	rule.growth = true;
	check_taken(&rule);
	rule = help_rule();
	rule.limit = (struct limit){.has_share = true, .share = 0.5};
	check_taken(&rule);
}

HEAP_TEST(rule, has_a_limit_and_patterns_that_compile)
{
	struct rule rule = help_rule();
	rule.limit.has_amount = false;
	check_refused(&rule, "memory.ini:14: [cache]: there is no limit");
	rule = help_rule();
	rule.subject.text = "app(";
	check_refused(&rule, "memory.ini:15: [cache]: bad pattern 'app(' at offset 4: ");
	rule.subject = (struct subject){SUBJECT_MODULE, "*"};
	check_refused(&rule, "bad pattern '*' at offset 0: ");
	rule.subject = (struct subject){SUBJECT_MODULE, ""};
	check_refused(&rule, "leave it out to mean all objects");
	rule.subject = (struct subject){SUBJECT_PATH, ""};
	check_refused(&rule, "such as app.CACHE");
	rule.subject = (struct subject){SUBJECT_PATH, "app.CACHE[("};
	check_taken(&rule);
}

HEAP_TEST(rule, of_a_query_has_one_that_parses)
{
	struct rule rule = help_rule();
	rule.metric = METRIC_QUERY;
	check_refused(&rule, "memory.ini:15: [cache]: the metric 'query' needs a query");
	rule.subject = (struct subject){SUBJECT_QUERY, "garbage"};
	check_taken(&rule);
	rule.subject.text = "garbge";
	check_refused(&rule, "did you mean 'garbage'?");
	rule.subject.text = "MATCH (n:`app.Session`) RETURN count(n)";
	check_taken(&rule);
	rule.subject.text = "MATCH (n) RETRUN n";
	check_refused(&rule, "memory.ini:15: [cache]: bad query: line 1, column 11: ");
	rule.metric = METRIC_COUNT;
	rule.subject.text = "MATCH (n) RETURN n";
	check_taken(&rule);
}

HEAP_TEST(rule, that_makes_an_exception_says_why_and_until_when)
{
	struct rule rule = help_rule();
	rule.except = "app\\.Known";
	check_refused(&rule, "memory.ini:16: [cache]: an exception needs a reason and an end: add 'reason = ...'");
	rule.reason = "is being fixed";
	check_refused(&rule, "add 'expires = YYYY-MM-DD'");
	rule.expires = "2026-12-31";
	check_taken(&rule);
	rule.except = "(";
	check_refused(&rule, "memory.ini:16: [cache]: bad pattern '(' at offset 1");
	rule.except = "x";
	rule.subject = (struct subject){SUBJECT_PATH, "app.CACHE"};
	check_refused(&rule, "can have an exception");
}

HEAP_TEST(rule, holds_until_the_end_of_a_day_that_there_is)
{
	struct rule rule = help_rule();
	static const char *const dates[] = {"2026-03-01", "2026-12-31", "2028-02-29", "9999-01-01"};
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		rule.expires = dates[i];
		check_taken(&rule);
	}
	static const char *const none[] = {"",           "tomorrow",   "2027-2-28",  "2027-02-29", "2100-02-29",
					   "2027-00-10", "2027-13-01", "2027-04-31", "2027-01-00", "2027-01-01 ",
					   "27-01-01",   "2027/01/01", "-027-01-01", "2027--1-01"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		rule.expires = none[i];
		check_refused(&rule, "is no date: write YYYY-MM-DD");
	}
	rule.expires = "2026-02-28";
	check_refused(&rule,
		      "memory.ini:17: [cache]: this expired on 2026-02-28 (today is 2026-03-01): remove the rule, or");
	rule.except = "x";
	rule.reason = "y";
	check_refused(&rule, "remove the exception, or");
}

HEAP_TEST(rule, without_a_day_is_held_against_todays)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	struct rule rule = help_rule();
	rule.expires = "2020-01-01";
	assert_error_says(rules_add(&rules, &rule, NULL), ERROR_USAGE, "this expired on 2020-01-01 (today is 20");
	rule.expires = "9999-12-31";
	assert_ok(rules_add(&rules, &rule, NULL));
}

/* --- options -------------------------------------------------------------------------------------------------------- */

static void check_option(enum rule_option option, const char *text, const char *name, enum subject_kind kind,
			 const char *subject)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	assert_ok(rules_add_option(&rules, option, text));
	cr_assert_eq(rules.items.count, 1);
	const struct rule *rule = &rules.items.items[0];
	cr_assert_str_eq(rule->name, name);
	cr_assert_eq(rule->subject.kind, kind, "%s", name);
	cr_assert(rule->limit.has_amount || rule->limit.has_share);
	cr_assert_null(rule->file);
	cr_assert_eq(rule->optional, option == RULE_OPTION_FORBID);
	if (subject == NULL)
		cr_assert_null(rule->subject.text);
	else
		cr_assert_str_eq(rule->subject.text, subject);
}

HEAP_TEST(rule, of_an_option_is_named_by_it)
{
	check_option(RULE_OPTION_MAX_RETAINED, "app\\.Session=50 MiB", "--max-retained app\\.Session", SUBJECT_TYPE,
		     "app\\.Session");
	check_option(RULE_OPTION_MAX_GROWTH, "path:app.CACHE['a=b']=+2 MiB", "--max-growth path:app.CACHE['a=b']",
		     SUBJECT_PATH, "app.CACHE['a=b']");
	check_option(RULE_OPTION_MAX_COUNT, "module:^app=5%", "--max-count module:^app", SUBJECT_MODULE, "^app");
	check_option(RULE_OPTION_FORBID, "app\\.Debug.*", "--forbid app\\.Debug.*", SUBJECT_TYPE, "app\\.Debug.*");
	check_option(RULE_OPTION_FORBID, "a(?=b)", "--forbid a(?=b)", SUBJECT_TYPE, "a(?=b)");
	check_option(RULE_OPTION_NO_NEW_CYCLES, NULL, "--no-new-cycles", SUBJECT_ALL, NULL);
	check_option(RULE_OPTION_NO_EXTERNAL_GROWTH, NULL, "--no-external-growth", SUBJECT_ALL, NULL);
	check_option(RULE_OPTION_MAX_GARBAGE, "1 MiB", "--max-garbage", SUBJECT_ALL, NULL);
	check_option(RULE_OPTION_MAX_GARBAGE, "app=1 MiB", "--max-garbage app", SUBJECT_TYPE, "app");
	check_option(RULE_OPTION_MAX_RSS, "1 GiB", "--max-rss", SUBJECT_ALL, NULL);
	check_option(RULE_OPTION_MAX_FRAGMENTATION, "20%", "--max-fragmentation", SUBJECT_ALL, NULL);
	check_option(RULE_OPTION_NO_ROWS, "garbage", "--no-rows garbage", SUBJECT_QUERY, "garbage");
	check_option(RULE_OPTION_NO_ROWS, "query:garbage", "--no-rows query:garbage", SUBJECT_QUERY, "garbage");
	check_option(RULE_OPTION_MAX_QUERY, "MATCH (n) WHERE n.size = 5 RETURN n=10",
		     "--max-query MATCH (n) WHERE n.size = 5 RETURN n", SUBJECT_QUERY,
		     "MATCH (n) WHERE n.size = 5 RETURN n");
}

HEAP_TEST(rule, of_an_option_has_its_metric_and_limit)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	assert_ok(rules_add_option(&rules, RULE_OPTION_MAX_COUNT_GROWTH, "app=5% and 100"));
	assert_ok(rules_add_option(&rules, RULE_OPTION_FORBID, "app"));
	assert_ok(rules_add_option(&rules, RULE_OPTION_NO_NEW_CYCLES, NULL));
	const struct rule *growth = &rules.items.items[0], *forbid = &rules.items.items[1],
			  *cycles = &rules.items.items[2];
	cr_assert(growth->metric == METRIC_COUNT && growth->growth && growth->limit.both &&
		  growth->limit.amount == 100);
	cr_assert(forbid->metric == METRIC_COUNT && !forbid->growth && forbid->limit.has_amount &&
		  forbid->limit.amount == 0);
	cr_assert(cycles->metric == METRIC_CYCLES && cycles->growth && cycles->limit.has_amount &&
		  cycles->limit.amount == 0);
}

static void check_option_refused(enum rule_option option, const char *text, const char *says)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	assert_error_says(rules_add_option(&rules, option, text), ERROR_USAGE, says);
	cr_assert_eq(rules.items.count, 0);
}

HEAP_TEST(rule, of_an_option_that_is_wrong_is_told_with_its_name)
{
	check_option_refused(RULE_OPTION_MAX_RETAINED, "app",
			     "--max-retained: 'app' has no limit: write --max-retained 'SUBJECT=LIMIT'");
	check_option_refused(RULE_OPTION_MAX_RETAINED, "=5", "--max-retained: which objects are meant?");
	check_option_refused(RULE_OPTION_MAX_RETAINED, "", "--max-retained: '' has no limit");
	check_option_refused(RULE_OPTION_MAX_RETAINED, "app=", "--max-retained app: bad limit ''");
	check_option_refused(RULE_OPTION_MAX_COUNT, "app=5 MiB", "--max-count app: bad limit '5 MiB'");
	check_option_refused(RULE_OPTION_MAX_COUNT, "app(=5", "--max-count app(: bad pattern 'app(' at offset 4");
	check_option_refused(RULE_OPTION_MAX_RSS, "5%", "--max-rss: a limit of 'rss' can't be a share");
	check_option_refused(RULE_OPTION_MAX_RSS, "app=5MiB", "--max-rss: bad limit 'app=5MiB'");
	check_option_refused(RULE_OPTION_FORBID, "", "--forbid: which objects are meant? Write --forbid 'SUBJECT'");
	check_option_refused(RULE_OPTION_NO_ROWS, "garbge",
			     "--no-rows garbge: no query is called 'garbge': did you mean 'garbage'?");
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	assert_ok(rules_add_option(&rules, RULE_OPTION_MAX_GROWTH, "app=5%"));
	assert_error_says(rules_add_option(&rules, RULE_OPTION_MAX_GROWTH, "app=2 MiB"), ERROR_USAGE,
			  "--max-growth app: given twice: a limit can be two in one");
}
