/* Fuzzer: no file may crash the reader of policies, what is wrong with one is told with a line that it has, and what is taken is a
 * rule that makes sense.
 *
 * An input is a policy's file.
 */
#include "checks/policy.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME "memory.ini"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static unsigned count_lines(const uint8_t *data, size_t size)
{
	unsigned lines = 1;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines;
}

/* `memory.ini:12: ...`, but where the file is too large. */
static void check_error(const struct error *error, unsigned lines)
{
	if (error->code == ERROR_MEMORY || strstr(error->message, "more than 256 KiB") != NULL)
		return;
	check(error->code == ERROR_USAGE && strncmp(error->message, FILE_NAME ":", strlen(FILE_NAME ":")) == 0);
	char *end;
	unsigned long line = strtoul(error->message + strlen(FILE_NAME ":"), &end, 10);
	check(line >= 1 && line <= lines && strncmp(end, ": ", 2) == 0);
}

/* What is printed of a limit of bytes is the same limit. */
static void check_limit(const struct limit *limit)
{
	AUTO(text) struct text text;
	struct limit again = {0};
	text_init(&text);
	limit_print(limit, UNIT_SIZE, SIZE_BYTES, &text);
	AUTO(error) struct error *error = limit_parse(text_string(&text), UNIT_SIZE, &again);
	check(text.failed || error == NULL);
	check(text.failed || (again.has_amount == limit->has_amount && again.has_share == limit->has_share &&
			      again.both == limit->both));
	check(text.failed || (again.amount == limit->amount && again.share == limit->share));
	check(limit->amount >= 0 && limit_most(limit, 1000) >= 0 && !limit_exceeded(limit, limit_most(limit, 7), 7));
}

static void check_rule(const struct rule *rule, unsigned before, unsigned lines)
{
	const struct metric_facts *facts = metric_facts(rule->metric);
	check(rule->line > before && rule->limit_line > rule->line && rule->limit_line <= lines &&
	      rule->subject_line <= lines);
	check(rule->name[0] != '\0' && strlen(rule->name) < 50 && strcmp(rule->name, "policy") != 0 &&
	      strcmp(rule->file, FILE_NAME) == 0);
	check((rule->subject.kind == SUBJECT_ALL) == (rule->subject.text == NULL));
	check(rule->subject.kind == SUBJECT_ALL || facts->subjects);
	check(rule->except == NULL ||
	      (rule->reason != NULL && rule->expires != NULL && strcmp(rule->expires, "2026-03-01") >= 0));
	check_limit(&rule->limit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(rules) struct rules rules;
	rules_init(&rules);
	struct policy policy = {0};
	unsigned lines = count_lines(data, size), line = 0;
	AUTO(error)
	struct error *error = policy_parse((const char *)data, size, FILE_NAME, "2026-03-01", &rules, &policy);
	if (error != NULL) {
		check_error(error, lines);
		check(rules.items.count == 0);
	}
	for (size_t i = 0; i < rules.items.count; i++) {
		check_rule(&rules.items.items[i], line, lines);
		line = rules.items.items[i].limit_line;
	}
	return 0;
}
