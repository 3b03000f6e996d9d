#include "tests/checks/help_outcomes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIB (INT64_C(1) << 20)

const char *const help_hostile = "a\033[31m\"'<b>&amp;]]>|`x``y`::error::%0A\n# 1. *_@user #5 https://x.y www.x.y \\ "
				 "\xff\xed\xa0\x80\xef\xbf\xbe\xef\xbf\xbf\t$x$ <!-- </details> ##[add-mask]z";

/* No memory in a test is a test that ends. */
static void must(struct error *error)
{
	if (error != NULL)
		abort();
}

static const char *safe(struct outcomes *outcomes, const char *string)
{
	AUTO(text) struct text text = {0};
	const char *kept = NULL;
	text_init(&text);
	text_add_escaped(&text, string, strlen(string));
	must(outcomes_keep(outcomes, &text, &kept));
	return kept;
}

static struct outcome *add(struct outcomes *outcomes, const struct rule *rule, const char *limit, enum verdict verdict)
{
	struct outcome outcome = {.rule = *rule, .verdict = verdict};
	if (limit != NULL)
		must(limit_parse(limit, metric_facts(rule->metric)->unit, &outcome.rule.limit));
	must(vector_push(&outcomes->items, outcome));
	return &outcomes->items.items[outcomes->items.count - 1];
}

static void set_numbers(struct outcome *outcome, int64_t measured, uint64_t whole)
{
	outcome->known = true;
	outcome->measured = outcome->after = measured;
	outcome->whole = whole;
	outcome->most = limit_most(&outcome->rule.limit, whole);
}

static void set_growth(struct outcome *outcome, int64_t before, int64_t after)
{
	set_numbers(outcome, after - before, (uint64_t)before);
	outcome->has_before = true;
	outcome->before = before;
	outcome->after = after;
}

static struct finding *find(struct outcome *outcome, const char *message)
{
	must(vector_push(&outcome->findings, (struct finding){.message = message}));
	return &outcome->findings.items[outcome->findings.count - 1];
}

static void add_type(struct finding *finding, const char *name, int64_t count, int64_t size)
{
	must(vector_push(&finding->types, (struct finding_type){.name = name, .count = count, .size = size}));
}

static struct rule of_type(const char *name, enum metric metric, bool growth, const char *pattern)
{
	return (struct rule){.name = name, .metric = metric, .growth = growth, .subject = {SUBJECT_TYPE, pattern}};
}

static struct rule of_policy(const char *name, enum metric metric, bool growth, const char *pattern, unsigned line)
{
	struct rule rule = of_type(name, metric, growth, pattern);
	rule.file = "ci/memory.ini";
	rule.line = line;
	return rule;
}

/* --- sets ------------------------------------------------------------------------------------------------------------ */

static void add_sessions(struct outcomes *outcomes)
{
	struct rule rule = of_policy("sessions", METRIC_RETAINED, false, "app\\.Session", 12);
	rule.reason = "a session lives for 20 minutes";
	rule.owner = "web team";
	struct outcome *outcome = add(outcomes, &rule, "50 MiB", VERDICT_VIOLATED);
	set_numbers(outcome, 612 * MIB / 10, 0);
	struct finding *finding =
		find(outcome, "app.Session retains 61.2 MiB, 11.2 MiB more than the limit of 50.0 MiB");
	finding->path = "app.CACHE.sessions[*]";
	finding->holder = "92% of it hangs from app.CACHE.sessions";
	finding->source = "app/cache.py";
	finding->source_line = 44;
	finding->command = "heapdiff why a.snap b.snap --type 'app\\.Session'";
	add_type(finding, "app.Session", 1200, 401 * MIB / 10);
	add_type(finding, "dict", 1200, 12 * MIB);
	add_type(finding, "str", 1, 93);
}

static void add_cache(struct outcomes *outcomes)
{
	struct rule rule = {.name = "--max-growth path:app.CACHE",
			    .growth = true,
			    .subject = {SUBJECT_PATH, "app.CACHE"}};
	struct outcome *outcome = add(outcomes, &rule, "5% and 2 MiB", VERDICT_VIOLATED);
	set_growth(outcome, 50 * MIB, 54 * MIB);
	struct finding *finding =
		find(outcome, "what app.CACHE retains grew by 4.0 MiB (50.0 MiB -> 54.0 MiB), 1.5 MiB more than the "
			      "limit of 5% and 2.0 MiB");
	finding->path = "app.CACHE";
	add_type(finding, "app.Entry", 900, 3 * MIB);
	add_type(finding, "dict", 0, MIB);
	finding->command = "heapdiff diff --match address a.snap b.snap --by path";
}

static void fill_shop(struct outcomes *outcomes)
{
	outcomes->before = "a.snap";
	outcomes->after = "b.snap";
	add_sessions(outcomes);
	struct rule jobs = of_policy("jobs", METRIC_COUNT, false, "app\\.Job", 19);
	jobs.severity = SEVERITY_WARNING;
	struct outcome *warned = add(outcomes, &jobs, "1000", VERDICT_WARNED);
	set_numbers(warned, 1024, 0);
	find(warned, "the heap has 1,024 objects of app.Job, 24 objects more than the limit of 1,000 objects")->path =
		"app.QUEUE[*]";
	add_cache(outcomes);
	struct rule debug = of_type("--forbid app\\.Debug.*", METRIC_COUNT, false, "app\\.Debug.*");
	debug.optional = true;
	add(outcomes, &debug, "0", VERDICT_SKIPPED)->note = "no type is called so";
	struct rule garbage = {.name = "garbage",
			       .metric = METRIC_GARBAGE,
			       .file = "ci/memory.ini",
			       .line = 31,
			       .expires = "2027-01-31"};
	set_numbers(add(outcomes, &garbage, "2%", VERDICT_PASSED), 3 * MIB, (uint64_t)(400 * MIB));
	struct rule rows = {.name = "--no-rows query:leaks",
			    .metric = METRIC_QUERY,
			    .subject = {SUBJECT_QUERY, "leaks"}};
	set_numbers(add(outcomes, &rows, "0", VERDICT_PASSED), 0, 0);
}

static void fill_passing(struct outcomes *outcomes)
{
	outcomes->after = "b.snap";
	struct rule sessions = of_type("--max-retained app\\.Session", METRIC_RETAINED, false, "app\\.Session");
	struct rule cycles = {.name = "--no-new-cycles", .metric = METRIC_CYCLES, .growth = true};
	set_numbers(add(outcomes, &sessions, "50 MiB", VERDICT_PASSED), 12 * MIB, 0);
	set_growth(add(outcomes, &cycles, "0", VERDICT_PASSED), 3, 1);
}

static void fill_partial(struct outcomes *outcomes)
{
	fill_passing(outcomes);
	outcomes->partial = "b.snap is partial: 12 objects could not be read";
	find(add(outcomes, &(struct rule){.name = "--monotonic"}, NULL, VERDICT_VIOLATED),
	     "app.CACHE[*] grew at each of 3 steps: 1.0, 1.2, 1.4, 1.6 MiB");
}

static void fill_learned(struct outcomes *outcomes)
{
	outcomes->before = "base.json";
	outcomes->after = "b.snap";
	outcomes->baselines = 8;
	struct outcome *paths = add(outcomes, &(struct rule){.name = "baseline"}, NULL, VERDICT_VIOLATED);
	paths->note = "7 more are not shown";
	paths->baselines = 8;
	paths->sigmas = 3.1;
	struct finding *first =
		find(paths, "app.CACHE[*] is 2.1 MiB, 3.1 sigma beyond 8 baselines (1.0 MiB +- 0.3 MiB)");
	first->path = "app.CACHE[*]";
	add_type(first, "app.Entry", 2100, 2 * MIB);
	find(paths, "app.LOG is 80.0 KiB, 5.0 sigma beyond 8 baselines (8.0 KiB +- 0.1 KiB)")->path = "app.LOG";
	struct rule heap = {.name = "--max-growth", .growth = true};
	struct outcome *outcome = add(outcomes, &heap, "0", VERDICT_VIOLATED);
	set_growth(outcome, 100 * MIB, 110 * MIB);
	outcome->most = 4 * MIB;
	outcome->baselines = 8;
	outcome->sigmas = INFINITY;
}

static void fill_hostile(struct outcomes *outcomes)
{
	const char *escaped = safe(outcomes, help_hostile);
	outcomes->before = outcomes->after = outcomes->partial = escaped;
	struct rule rule = of_policy(help_hostile, METRIC_RETAINED, true, help_hostile, 1);
	rule.file = rule.except = rule.reason = rule.owner = rule.expires = help_hostile;
	for (enum verdict verdict = VERDICT_PASSED; verdict <= VERDICT_VIOLATED; verdict++) {
		struct outcome *outcome = add(outcomes, &rule, "1 KiB or 1%", verdict);
		set_growth(outcome, 0, INT64_MAX);
		outcome->most = INT64_MIN;
		outcome->note = escaped;
		for (int i = 0; verdict >= VERDICT_WARNED && i < 2; i++) {
			struct finding *finding = find(outcome, escaped);
			finding->path = finding->holder = finding->source = finding->command = escaped;
			add_type(finding, escaped, INT64_MIN, INT64_MIN);
		}
	}
}

bool help_outcomes(const char *name, struct outcomes *outcomes)
{
	static const struct {
		const char *name;
		void (*fill)(struct outcomes *outcomes);
	} sets[] = {{"shop", fill_shop},
		    {"passing", fill_passing},
		    {"partial", fill_partial},
		    {"learned", fill_learned},
		    {"hostile", fill_hostile}};
	outcomes_init(outcomes);
	if (strcmp(name, "passing") != 0)
		outcomes->captured_ns = UINT64_C(1795173600000000000);
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		if (strcmp(sets[i].name, name) != 0)
			continue;
		sets[i].fill(outcomes);
		return true;
	}
	return strcmp(name, "empty") == 0;
}
