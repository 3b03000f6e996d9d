/* Which rules are there, and does each make sense?
 *
 * A rule comes from a section of a policy or from an option; both end in rules_add, so both are held to the same: what is wrong
 * with a rule is told before a snapshot is opened, with its place and what to write instead. Patterns are compiled and queries
 * parsed only to know that they can be. A name is compared with those before it: O(rules^2), of hundreds.
 */
#include "checks/rule.h"

#include "base/match.h"
#include "queries/library.h"
#include "queries/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void rules_init(struct rules *rules)
{
	*rules = (struct rules){0};
	arena_init(&rules->arena);
}

void rules_deinit(struct rules *rules)
{
	if (rules == NULL)
		return;
	vector_deinit(&rules->items);
	arena_deinit(&rules->arena);
}

/* --- errors --------------------------------------------------------------------------------------------------------- */

/* An error gets its rule's place before its message. Consumed; NULL is fine. */
static struct error *rule_blame(const struct rule *rule, unsigned line, struct error *error)
{
	if (error == NULL || error->code != ERROR_USAGE)
		return error;
	if (rule->file == NULL)
		return error_prefix(error, "%s", rule->name);
	return error_prefix(error, "%s:%u: [%s]", rule->file, line != 0 ? line : rule->line, rule->name);
}

struct error *rule_error(const struct rule *rule, unsigned line, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *message = NULL;
	int length = vasprintf(&message, format, arguments);
	va_end(arguments);
	if (length < 0)
		return error_memory();
	struct error *error = error_create(ERROR_USAGE, "%s", message);
	free(message);
	return rule_blame(rule, line, error);
}

/* --- what goes together --------------------------------------------------------------------------------------------- */

static struct error *pattern_check(const char *pattern)
{
	if (pattern[0] == '\0')
		return error_create(ERROR_USAGE,
				    "an empty pattern is found in every name: leave it out to mean all objects");
	AUTO(match) struct match *match = NULL;
	return match_create(pattern, MATCH_SEARCH, &match);
}

static struct error *query_check(const char *query)
{
	if (library_is_name(query))
		return library_get(query, &(const struct library_file *){NULL});
	AUTO(arena) struct arena arena;
	arena_init(&arena);
	return error_prefix(parser_parse(&arena, query, &(struct query_syntax *){NULL}), "bad query");
}

static struct error *subject_check(const struct rule *rule)
{
	const struct metric_facts *facts = metric_facts(rule->metric);
	const struct subject *subject = &rule->subject;
	if (rule->metric == METRIC_QUERY && subject->kind != SUBJECT_QUERY)
		return error_create(
			ERROR_USAGE,
			"the metric '%s' needs a query: its text, or a name that 'heapdiff query --list' has",
			facts->name);
	if (!facts->subjects && (subject->kind != SUBJECT_ALL || rule->except != NULL))
		return error_create(ERROR_USAGE,
				    "'%s' is measured of the whole process: leave out which objects are meant",
				    facts->name);
	switch (subject->kind) {
	case SUBJECT_ALL:
		return NULL;
	case SUBJECT_TYPE:
	case SUBJECT_MODULE:
		return pattern_check(subject->text);
	case SUBJECT_PATH:
		if (subject->text[0] == '\0')
			return error_create(
				ERROR_USAGE,
				"an empty path leads nowhere: write one as reports print it, such as app.CACHE");
		return NULL;
	case SUBJECT_QUERY:
		return query_check(subject->text);
	}
	return NULL;
}

static struct error *limit_check(const struct rule *rule)
{
	const struct metric_facts *facts = metric_facts(rule->metric);
	if (!rule->limit.has_amount && !rule->limit.has_share)
		return error_create(ERROR_USAGE, "there is no limit: say how much is not too much");
	if (rule->limit.has_share && !rule->growth && facts->whole == NULL)
		return error_create(
			ERROR_USAGE,
			"a limit of '%s' can't be a share, there is no whole: write an amount, or limit the "
			"'growth of %s'",
			facts->name, facts->name);
	return NULL;
}

static struct error *except_check(const struct rule *rule)
{
	if (rule->except == NULL)
		return NULL;
	if (rule->subject.kind == SUBJECT_PATH || rule->subject.kind == SUBJECT_QUERY)
		return error_create(
			ERROR_USAGE,
			"only objects of types or modules, or all, can have an exception; a path or a query "
			"says by itself what is meant");
	if (rule->reason == NULL || rule->expires == NULL)
		return error_create(ERROR_USAGE, "an exception needs a reason and an end: add '%s'",
				    rule->reason == NULL ? "reason = ..." : "expires = YYYY-MM-DD");
	return pattern_check(rule->except);
}

/* --- dates ---------------------------------------------------------------------------------------------------------- */

/* The number that `count` digits are; below 0 where one is none. */
static int digits(const char *text, size_t count)
{
	int number = 0;
	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + text[i] - '0';
	}
	return number;
}

/* YYYY-MM-DD of a day that there is. */
static bool is_date(const char *text)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return false;
	int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
	if (year < 0)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

static struct error *expires_check(const struct rule *rule, const char *today)
{
	char now[sizeof "2000-01-01"] = "";
	if (rule->expires == NULL)
		return NULL;
	if (!is_date(rule->expires))
		return error_create(ERROR_USAGE, "'%s' is no date: write YYYY-MM-DD, such as 2030-12-31",
				    rule->expires);
	if (today == NULL) {
		struct tm utc;
		time_t seconds = time(NULL);
		if (gmtime_r(&seconds, &utc) == NULL || strftime(now, sizeof now, "%Y-%m-%d", &utc) == 0)
			return error_create(ERROR_USAGE,
					    "the machine's clock shows no date that could be compared with %s",
					    rule->expires);
		today = now;
	}
	if (strcmp(rule->expires, today) < 0)
		return error_create(ERROR_USAGE,
				    "this expired on %s (today is %s): %s, or look at it again and set a later date",
				    rule->expires, today,
				    rule->except != NULL ? "remove the exception" : "remove the rule");
	return NULL;
}

/* --- adding --------------------------------------------------------------------------------------------------------- */

static struct error *name_check(const struct rules *rules, const struct rule *rule)
{
	for (size_t i = 0; i < rules->items.count; i++) {
		const struct rule *other = &rules->items.items[i];
		if (strcmp(other->name, rule->name) != 0)
			continue;
		if (other->file != NULL)
			return error_create(ERROR_USAGE, "%s:%u has a rule of this name already: give each its own",
					    other->file, other->line);
		return error_create(ERROR_USAGE, "given twice: a limit can be two in one, 'SUBJECT=5%% or 2 MiB'");
	}
	return NULL;
}

static struct error *string_keep(struct rules *rules, const char **string)
{
	if (*string == NULL)
		return NULL;
	*string = arena_copy(&rules->arena, *string, strlen(*string));
	return *string != NULL ? NULL : error_memory();
}

struct error *rules_add(struct rules *rules, const struct rule *rule, const char *today)
{
	TRY(rule_blame(rule, 0, name_check(rules, rule)));
	TRY(rule_blame(rule, rule->subject_line, subject_check(rule)));
	TRY(rule_blame(rule, rule->limit_line, limit_check(rule)));
	TRY(rule_blame(rule, rule->except_line, except_check(rule)));
	TRY(rule_blame(rule, rule->expires_line, expires_check(rule, today)));
	struct rule kept = *rule;
	const char **const strings[] = {&kept.name,  &kept.subject.text, &kept.except, &kept.reason,
					&kept.owner, &kept.expires,      &kept.file};
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
		TRY(string_keep(rules, strings[i]));
	return vector_push(&rules->items, kept);
}

/* --- options -------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *argument;
	enum metric metric;
	bool growth;
} options[] = {
#define RULE_OPTION(id, name, argument, metric, growth, help) {"--" name, argument, METRIC_##metric, growth},
#include "checks/rule_option.def"
#undef RULE_OPTION
};

/* Whether the option's argument has a part of this name. */
static bool takes(enum rule_option option, const char *part)
{
	return options[option].argument != NULL && strstr(options[option].argument, part) != NULL;
}

/* Splits SUBJECT=LIMIT in place where the option takes both: *subject and *limit are NULL for what is not there. */
static struct error *option_split(enum rule_option option, char *text, const char **subject, const char **limit)
{
	bool has_subject = takes(option, "SUBJECT") || takes(option, "QUERY");
	bool has_limit = takes(option, "LIMIT");
	char *equals = has_subject && has_limit ? strrchr(text, '=') : NULL;
	*subject = has_subject ? text : NULL;
	*limit = has_limit && !has_subject ? text : NULL;
	if (equals != NULL) {
		*equals = '\0';
		*limit = equals + 1;
	} else if (takes(option, "[SUBJECT=]")) {
		*limit = text;
		*subject = NULL;
	}
	if (has_limit && *limit == NULL)
		return error_create(ERROR_USAGE, "'%s' has no limit: write %s '%s'", text, options[option].name,
				    options[option].argument);
	if (*subject != NULL && (*subject)[0] == '\0')
		return error_create(ERROR_USAGE, "which objects are meant? Write %s '%s'", options[option].name,
				    options[option].argument);
	return NULL;
}

/* The subject of an option: where a query is asked for, `query:` may be left out. */
static struct subject option_subject(enum rule_option option, const char *text)
{
	if (text == NULL)
		return (struct subject){SUBJECT_ALL, NULL};
	struct subject subject = subject_parse(text);
	if (takes(option, "QUERY") && subject.kind != SUBJECT_QUERY)
		return (struct subject){SUBJECT_QUERY, text};
	return subject;
}

struct error *rules_add_option(struct rules *rules, enum rule_option option, const char *text)
{
	struct rule rule = {.name = options[option].name,
			    .metric = options[option].metric,
			    .growth = options[option].growth,
			    .optional = option == RULE_OPTION_FORBID,
			    .limit = {.has_amount = true}};
	AUTO(string) char *copy = strdup(text != NULL ? text : "");
	if (copy == NULL)
		return error_memory();
	const char *subject, *limit;
	TRY(rule_blame(&rule, 0, option_split(option, copy, &subject, &limit)));
	rule.subject = option_subject(option, subject);
	AUTO(text) struct text name;
	text_init(&name);
	text_printf(&name, "%s%s", rule.name, subject != NULL ? " " : "");
	if (subject != NULL)
		text_add_escaped(&name, subject, strlen(subject));
	TRY(text_error(&name));
	rule.name = text_string(&name);
	if (limit != NULL)
		TRY(rule_blame(&rule, 0, limit_parse(limit, metric_facts(rule.metric)->unit, &rule.limit)));
	return rules_add(rules, &rule, NULL);
}
