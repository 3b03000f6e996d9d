/* Policies: what a file may say, and that each thing that is wrong is told with its line. */
#include "checks/policy.h"

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TODAY "2026-03-01"
#define DOCUMENT "docs/policy.md"

static struct error *help_parse(const char *text, struct rules *rules, struct policy *policy)
{
	*policy = (struct policy){0};
	rules_init(rules);
	return policy_parse(text, strlen(text), "memory.ini", TODAY, rules, policy);
}

static void check_refused(const char *text, const char *says)
{
	AUTO(rules) struct rules rules;
	struct policy policy;
	assert_error_says(help_parse(text, &rules, &policy), ERROR_USAGE, says);
	cr_assert_eq(rules.items.count, 0, "what came before an error is no rule");
}

/* The one rule of a text. */
static const struct rule *help_rule(const char *text, struct rules *rules)
{
	struct policy policy;
	assert_ok(help_parse(text, rules, &policy));
	cr_assert_eq(rules->items.count, 1);
	return &rules->items.items[0];
}

/* `cache` with these lines, from line 4 on. */
#define CACHE(lines) "[cache]\nmetric = retained\nlimit = 1\n" lines

HEAP_TEST(policy, has_a_rule_in_each_section)
{
	AUTO(rules) struct rules rules;
	struct policy policy;
	assert_ok(help_parse("; comment\n"
			     "[policy]\n"
			     "allow-partial = yes\n"
			     "match = path\n"
			     "mask = [0-9]+\n"
			     "sigmas = 2.5\n"
			     "least = 4 KiB\n"
			     "\n"
			     "[cache of sessions]\n"
			     "metric = growth of retained\n"
			     "path = app.CACHE\n"
			     "# comment\n"
			     "limit = 5% and 2 MiB\n"
			     "severity = warning\n"
			     "reason = grows by itself\n"
			     "owner = team\n"
			     "expires = 2026-03-01\n"
			     "optional = yes\n"
			     "[jobs]\n"
			     "type: app\\.Job\n"
			     "limit: 1000\n"
			     "metric: count\n",
			     &rules, &policy));
	cr_assert(policy.allow_partial && policy.sigmas == 2.5 && policy.least == 4096);
	cr_assert_str_eq(policy.match, "path");
	cr_assert_str_eq(policy.mask, "[0-9]+");
	cr_assert_eq(rules.items.count, 2);
	const struct rule *cache = &rules.items.items[0], *jobs = &rules.items.items[1];
	cr_assert_str_eq(cache->name, "cache of sessions");
	cr_assert(cache->metric == METRIC_RETAINED && cache->growth && cache->optional &&
		  cache->severity == SEVERITY_WARNING);
	cr_assert(cache->limit.both && cache->limit.amount == 2 << 20);
	cr_assert_eq(cache->subject.kind, SUBJECT_PATH);
	cr_assert_str_eq(cache->subject.text, "app.CACHE");
	cr_assert_str_eq(cache->reason, "grows by itself");
	cr_assert_str_eq(cache->owner, "team");
	cr_assert_str_eq(cache->expires, "2026-03-01");
	cr_assert_str_eq(cache->file, "memory.ini");
	cr_assert(cache->line == 9 && cache->subject_line == 11 && cache->limit_line == 13 &&
		  cache->expires_line == 17);
	cr_assert(jobs->metric == METRIC_COUNT && !jobs->growth && !jobs->optional && jobs->severity == SEVERITY_ERROR);
	cr_assert(jobs->line == 19 && jobs->limit_line == 21 && jobs->limit.amount == 1000);
	cr_assert_str_eq(jobs->subject.text, "app\\.Job");
}

HEAP_TEST(policy, may_say_nothing)
{
	AUTO(rules) struct rules rules;
	struct policy policy;
	assert_ok(help_parse("", &rules, &policy));
	cr_assert(!policy.allow_partial && policy.match == NULL && policy.mask == NULL && policy.sigmas == 0 &&
		  policy.least == 0);
	AUTO(rules) struct rules more;
	assert_ok(help_parse("\n\n  ; only\n#comments\n\n", &more, &policy));
	cr_assert_eq(more.items.count, 0);
}

HEAP_TEST(policy, takes_all_characters_of_patterns_as_they_are)
{
	static const char *const patterns[] = {"app\\.(A|B);x", "a#b",        "a=b",       "a:b",
					       "[a-z;#=]+$",    "\"quoted\"", "^[^\\]]*$", "x\\x3b"};
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		char text[200];
		snprintf(text, sizeof text, CACHE("type = %s\n"), patterns[i]);
		AUTO(rules) struct rules rules;
		cr_assert_str_eq(help_rule(text, &rules)->subject.text, patterns[i]);
	}
}

HEAP_TEST(policy, has_comments_behind_a_blank_and_a_semicolon)
{
	AUTO(rules) struct rules rules;
	const struct rule *rule =
		help_rule("[cache]   ; [not]\nmetric = retained\t; = size\nlimit = 1 ; = 2\ntype = app ;type = b\n"
			  "reason = a;b ; c\n   ; d\n\n   # e\n  f ; g\n",
			  &rules);
	cr_assert_str_eq(rule->name, "cache");
	cr_assert_str_eq(rule->subject.text, "app");
	cr_assert_str_eq(rule->reason, "a;b f");
	cr_assert_eq(rule->limit.amount, 1);
	check_refused(CACHE("type = app # sessions\n"),
		      "memory.ini:4: [cache]: 'type' is a pattern, and ' #' in it no comment");
	check_refused(CACHE("type = app\n b\t# c\n"), "memory.ini:5: [cache]: 'type' is a pattern");
	check_refused(CACHE("type = ; nothing\n"), "memory.ini:4: [cache]: 'type' is empty");
}

HEAP_TEST(policy, goes_on_in_lines_that_begin_with_a_blank)
{
	AUTO(rules) struct rules rules;
	const struct rule *rule = help_rule(CACHE("type = ^app\\.(\n    A|\n\tB)$\nreason = one\n  two\n"), &rules);
	cr_assert_str_eq(rule->subject.text, "^app\\.(A|B)$");
	cr_assert_str_eq(rule->reason, "one two");
	AUTO(rules) struct rules queries;
	rule = help_rule(
		"[none]\nmetric = query\nlimit = 0\nquery =\n  MATCH (n) // all\n\n  WHERE n.size = 5\n  RETURN\n  [n.size]\n",
		&queries);
	cr_assert_str_eq(rule->subject.text, "MATCH (n) // all\nWHERE n.size = 5\nRETURN\n[n.size]");
	cr_assert_eq(rule->subject_line, 4);
	AUTO(rules) struct rules indented;
	rule = help_rule("  [cache]\n  metric = retained\nlimit = 1\n", &indented);
	cr_assert_eq(rule->metric, METRIC_RETAINED);
}

HEAP_TEST(policy, refuses_indented_lines_that_were_meant_as_others)
{
	check_refused(
		"[cache]\nmetric = retained\n  limit = 5\n",
		"memory.ini:3: [cache]: begins with a blank, and so goes on with the value of 'metric', which has one line: remove "
		"the blank before 'limit = 5'");
	check_refused(CACHE("type = app\n path = x\n"),
		      "memory.ini:5: [cache]: begins with a blank, and so goes on with the value of 'type': "
		      "remove the blank before 'path = x'");
	check_refused(CACHE("reason = x\n owner: y\n"), "remove the blank before 'owner: y'");
	check_refused(CACHE("reason = x\n [next]\n"), "remove the blank before '[next]'");
	check_refused(CACHE("severity = error\n warning\n"), "which has one line");
	check_refused(CACHE("query = MATCH (n) RETURN n\n owner = x\n"),
		      "memory.ini:4: [cache]: bad query: line 2, column 1: ");
}

HEAP_TEST(policy, refuses_sections_that_are_none)
{
	check_refused("metric = retained\n", "memory.ini:1: 'metric' stands before any section");
	check_refused("[policy\n", "memory.ini:1: a section's line is [NAME]");
	check_refused("[a ;]\n", "memory.ini:1: a section's line is [NAME]");
	check_refused("[cache[*]]\nmetric = rss\n", "memory.ini:1: a section's line is [NAME]");
	check_refused("[cache] metric = rss\n", "nothing behind it: '[cache] metric = rss'");
	check_refused("[]\n", "a section's name has 1 to 49 bytes");
	check_refused("[ cache ]\n", "no blanks around it");
	check_refused("[a[b]\n", "neither [ nor ]");
	check_refused("[12345678901234567890123456789012345678901234567890]\nmetric = rss\n", "has 1 to 49 bytes");
	check_refused("\n[empty]\n\n[other]\nmetric = rss\nlimit = 1\n",
		      "memory.ini:2: [empty]: a section without keys");
	check_refused("[empty]\n", "memory.ini:1: [empty]: a section without keys");
	check_refused("[policy]\nleast = 1\n[b]\nmetric = rss\nlimit = 1\n[policy]\nleast = 1\n",
		      "memory.ini:6: [policy]: line 1 begins this section already");
	check_refused("[b]\nmetric = rss\nlimit = 1\n[b]\nmetric = rss\nlimit = 1\n",
		      "memory.ini:4: [b]: memory.ini:1 has a rule of this name");
}

HEAP_TEST(policy, refuses_keys_that_are_unknown_or_not_at_their_place)
{
	check_refused("[cache]\nlimt = 1\n", "memory.ini:2: [cache]: there is no key 'limt': did you mean 'limit'?");
	check_refused("[cache]\nLimit = 1\n", "did you mean 'limit'?");
	check_refused(
		"[cache]\ntemperature = 1\n",
		"there are metric, type, module, path, query, except, limit, severity, optional, reason, owner, expires");
	check_refused("[cache]\n= 1\n", "there is no key ''");
	check_refused("[policy]\nsigma = 1\n",
		      "memory.ini:2: [policy]: there is no key 'sigma': did you mean 'sigmas'?");
	check_refused("[policy]\nlimit = 1\n",
		      "memory.ini:2: [policy]: 'limit' is a rule's: give it a section of another name");
	check_refused("[cache]\nsigmas = 1\n",
		      "memory.ini:2: [cache]: 'sigmas' is of the whole check: put it into [policy]");
	check_refused("[cache]\nmetric = rss\nlimit = 1\nmetric = size\n",
		      "memory.ini:4: [cache]: 'metric' is given twice: line 2 has it already");
	check_refused("[cache]\nmetric\n", "memory.ini:2: neither '[section]' nor 'key = value'");
	check_refused("[cache]\nmetric = rss\nlimit 5\n[b]\n", "memory.ini:3: neither");
	check_refused("[cache]\nmetric\n\nlimt = 3\n", "memory.ini:2: neither");
	check_refused("[cache]\nlimt = 3\nmetric\n", "memory.ini:2: [cache]: there is no key 'limt'");
}

HEAP_TEST(policy, refuses_rules_that_lack_something)
{
	check_refused("\n[cache]\nlimit = 1\n", "memory.ini:2: [cache]: there is no metric: add 'metric = retained'");
	check_refused("[cache]\nmetric = rss\n\n[b]\n", "memory.ini:1: [cache]: there is no limit: add 'limit = ...'");
	check_refused("[cache]\nmetric =\nlimit = 1\n", "memory.ini:2: [cache]: 'metric' is empty");
	check_refused(CACHE("type = a\nowner = x\npath = b\n"),
		      "memory.ini:6: [cache]: a rule is about one thing, and line 4 has 'type' already");
	check_refused(CACHE("except = a\n"),
		      "memory.ini:4: [cache]: an exception needs a reason and an end: add 'reason = ...'");
	check_refused(CACHE("except = a\nreason = b\n"),
		      "memory.ini:4: [cache]: an exception needs a reason and an end: add 'expires = YYYY-MM-DD'");
	check_refused("[q]\nmetric = query\nlimit = 0\n", "memory.ini:1: [q]: the metric 'query' needs a query");
}

HEAP_TEST(policy, refuses_bad_values_with_their_line)
{
	check_refused("[cache]\nlimit = 1\nmetric = retaind\n",
		      "memory.ini:3: [cache]: there is no metric 'retaind': did you mean 'retained'?");
	check_refused("[cache]\nmetric = retained\nlimit = 5 MBx\n",
		      "memory.ini:3: [cache]: bad limit '5 MBx': write a size");
	check_refused("[cache]\nlimit = 5 MiB\nmetric = count\n",
		      "memory.ini:2: [cache]: bad limit '5 MiB': write a number without a unit");
	check_refused("[cache]\nlimit = 5 MiB # more\nmetric = size\n",
		      "memory.ini:2: [cache]: bad limit '5 MiB # more'");
	check_refused("[cache]\nlimit = 5%\nmetric = rss\n",
		      "memory.ini:2: [cache]: a limit of 'rss' can't be a share");
	check_refused("[cache]\nlimit = 5\nmetric = rss\ntype = a\n",
		      "memory.ini:4: [cache]: 'rss' is measured of the whole process");
	check_refused(CACHE("type = app(\n"), "memory.ini:4: [cache]: bad pattern 'app(' at offset 4: ");
	check_refused(CACHE("except = (\nreason = x\nexpires = 2026-12-01\n"),
		      "memory.ini:4: [cache]: bad pattern '(' at offset 1: ");
	check_refused(CACHE("query = MATCH\n  (n) RETRUN n\n"), "memory.ini:4: [cache]: bad query: line 2, column 5: ");
	check_refused(CACHE("severity = warn\n"),
		      "memory.ini:4: [cache]: severity: 'warn' is neither 'warning' nor 'error'");
	check_refused(CACHE("optional = true\n"), "memory.ini:4: [cache]: optional: 'true' is neither 'yes' nor 'no'");
	check_refused(CACHE("expires = 2026-02-28\n"),
		      "memory.ini:4: [cache]: this expired on 2026-02-28 (today is 2026-03-01)");
	check_refused(CACHE("\nexpires = next year\n"), "memory.ini:5: [cache]: 'next year' is no date");
	check_refused("[policy]\nallow-partial = 1\n",
		      "memory.ini:2: [policy]: allow-partial: '1' is neither 'yes' nor 'no'");
	check_refused("[policy]\nmatch = adress\n",
		      "memory.ini:2: [policy]: match: 'adress' is neither 'path' nor 'address'");
	check_refused("[policy]\n\nmask = [\n", "memory.ini:3: [policy]: bad pattern '[' at offset 1: ");
	static const char *const sigmas[] = {"0", "-1", "many", "3 sigma", "1001", "nan", "inf", "0x2", "1e999"};
	for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++) {
		char text[100];
		snprintf(text, sizeof text, "[policy]\nsigmas = %s\n", sigmas[i]);
		check_refused(text, "is no number above 0 and up to 1000");
	}
	check_refused("[policy]\nleast = 0\n", "memory.ini:2: [policy]: least: '0' is no size of a byte or more");
	check_refused("[policy]\nleast = -4 KiB\n", "is no size");
}

/* libinih cuts lines at 199 bytes and goes on with what is left as a line of its own. */
HEAP_TEST(policy, refuses_a_long_line_and_cuts_none)
{
	char value[400], text[1000];
	memset(value, 'x', sizeof value);
	value[199 - strlen("type = ")] = '\0';
	snprintf(text, sizeof text, CACHE("type = %s\n"), value);
	AUTO(rules) struct rules rules;
	cr_assert_str_eq(help_rule(text, &rules)->subject.text, value);
	snprintf(text, sizeof text, CACHE("type = %sx\n"), value);
	check_refused(text, "memory.ini:4: [cache]: longer than 199 bytes: go on in lines that begin with a blank");
	snprintf(text, sizeof text, CACHE("reason = %.100s\n %.150s\n %.150s\n"), value, value, value);
	AUTO(rules) struct rules lines;
	cr_assert_eq(strlen(help_rule(text, &lines)->reason), 402);
	value[198] = 'x';
	value[399] = '\0';
	snprintf(text, sizeof text, CACHE("   ; %s\ntype = a\n"), value);
	AUTO(rules) struct rules commented;
	cr_assert_str_eq(help_rule(text, &commented)->subject.text, "a");
}

HEAP_TEST(policy, refuses_what_can_not_be_seen)
{
	static const char zero[] = "[cache]\nmetric = rss\nlimit = 1\0\n";
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	struct policy policy = {.sigmas = 7};
	assert_error_says(
		policy_parse(zero, sizeof zero - 1, "memory.ini", TODAY, &rules, &policy), ERROR_USAGE,
		"memory.ini:3: [cache]: bytes that can't be seen or are no UTF-8: limit = 1\\x00: remove them");
	cr_assert_eq(policy.sigmas, 7, "untouched");
	check_refused("[cache]\nowner = a\x1b[31m\n", "memory.ini:2: [cache]: bytes that can't be seen");
	check_refused("[cache]\nowner = \xff\n", "memory.ini:2: [cache]: bytes that can't be seen");
	check_refused("[cache]\n; a\rlimit = 5\n", "memory.ini:2: [cache]: bytes that can't be seen");
	check_refused("[c\u200b]\n", "memory.ini:1: bytes that can't be seen");
}

HEAP_TEST(policy, may_come_from_other_systems)
{
	AUTO(rules) struct rules rules;
	const struct rule *rule =
		help_rule("\xef\xbb\xbf[cache]\r\nmetric = retained\r\ntype = app\r\n .x\r\nlimit = 1", &rules);
	cr_assert_str_eq(rule->subject.text, "app.x");
	cr_assert(rule->line == 1 && rule->limit_line == 5);
	AUTO(rules) struct rules names;
	cr_assert_str_eq(help_rule("[caf\u00e9]\nmetric = retained\nlimit = 1\n", &names)->name, "caf\u00e9");
}

HEAP_TEST(policy, is_added_to_the_rules_that_there_are)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	struct policy policy;
	static const char first[] = "[a]\nmetric = rss\nlimit = 1\n",
			  again[] = "[b]\nmetric = rss\nlimit = 1\n[a]\nmetric = rss\nlimit = 1\n";
	assert_ok(rules_add_option(&rules, RULE_OPTION_FORBID, "app"));
	assert_ok(policy_parse(first, strlen(first), "one.ini", TODAY, &rules, &policy));
	assert_error_says(policy_parse(again, strlen(again), "two.ini", TODAY, &rules, &policy), ERROR_USAGE,
			  "two.ini:4: [a]: one.ini:1 has a rule of this name already");
	cr_assert_eq(rules.items.count, 2);
}

/* --- files ---------------------------------------------------------------------------------------------------------- */

static void help_write(char *path, const char *bytes, size_t length)
{
	int fd = mkstemp(path);
	cr_assert(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
	close(fd);
}

HEAP_TEST(policy, is_read_from_a_file)
{
	char path[] = "/tmp/heapdiff-policy-XXXXXX";
	static const char text[] = "[a]\nmetric = rss\nlimit = x\n";
	help_write(path, text, strlen(text));
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	struct policy policy;
	assert_error_says(policy_read(path, TODAY, &rules, &policy), ERROR_USAGE, ":3: [a]: bad limit 'x'");
	unlink(path);
	assert_error_says(policy_read(path, TODAY, &rules, &policy), ERROR_INPUT, "No such file");
	assert_error_says(policy_read("/tmp", TODAY, &rules, &policy), ERROR_INPUT, "Is a directory");
}

HEAP_TEST(policy, has_a_largest_size)
{
	size_t size = (256 << 10) + 1;
	AUTO(string) char *blanks = malloc(size);
	cr_assert_not_null(blanks);
	memset(blanks, '\n', size);
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	struct policy policy;
	assert_ok(policy_parse(blanks, size - 1, "memory.ini", TODAY, &rules, &policy));
	assert_error_says(policy_parse(blanks, size, "memory.ini", TODAY, &rules, &policy), ERROR_USAGE,
			  "more than 256 KiB");
	char path[] = "/tmp/heapdiff-policy-XXXXXX";
	help_write(path, blanks, size);
	struct error *error = policy_read(path, TODAY, &rules, &policy);
	unlink(path);
	assert_error_says(error, ERROR_USAGE, "more than 256 KiB");
}

/* --- the document ---------------------------------------------------------------------------------------------------- */

static char *help_document(void)
{
	char *text = NULL;
	size_t room = 0;
	FILE *file = fopen(DOCUMENT, "re");
	cr_assert_not_null(file);
	cr_assert(getdelim(&text, &room, '\0', file) > 0);
	fclose(file);
	return text;
}

HEAP_TEST(policy, is_written_as_the_document_shows)
{
	AUTO(string) char *text = help_document();
	size_t examples = 0, rules_seen = 0;
	for (char *at = text; (at = strstr(at, "```ini\n")) != NULL; examples++) {
		at += strlen("```ini\n");
		char *end = strstr(at, "```\n");
		cr_assert_not_null(end);
		AUTO(rules) struct rules rules;
		rules_init(&rules);
		struct policy policy;
		assert_ok(policy_parse(at, (size_t)(end - at), DOCUMENT, TODAY, &rules, &policy));
		rules_seen += rules.items.count;
		at = end;
	}
	cr_assert(examples == 1 && rules_seen == 6);
}

/* `lines` from this line on. */
static void check_documented(const char *document, unsigned line, const char *lines)
{
	AUTO(text) struct text text;
	text_init(&text);
	for (unsigned i = 1; i < line; i++)
		text_add_char(&text, '\n');
	text_add(&text, lines);
	AUTO(rules) struct rules rules;
	struct policy policy;
	AUTO(error) struct error *error = help_parse(text_string(&text), &rules, &policy);
	cr_assert_not_null(error);
	cr_assert_not_null(strstr(document, error->message), "the document lacks: %s", error->message);
}

HEAP_TEST(policy, is_refused_as_the_document_shows)
{
	AUTO(string) char *document = help_document();
	check_documented(document, 11, "[sessions]\nlimt = 1\n");
	check_documented(document, 11, "[sessions]\nmetric = size\nlimit = 50 MB x\n");
	check_documented(document, 11, "[sessions]\nmetric = size\nlimit = 1\ntype = ^shop\\.(Session\n");
	check_documented(document, 26,
			 "[shop]\nmetric = size\nlimit = 1\nexcept = x\nreason = x\nexpires = 2026-02-28\n");
}
