/* What did the user ask of `heapdiff check`? Its options and their values; rules themselves are read where they are made, in checks/. */
#include "cli/check_options.h"

#include "base/text.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum check_key {
	KEY_RULE = 1000, /* + enum rule_option */
	KEY_POLICY = KEY_RULE + RULE_OPTION_COUNT,
	KEY_INIT,
	KEY_BASELINE,
	KEY_UPDATE_BASELINE,
	KEY_RUNS,
	KEY_MONOTONIC,
	KEY_SIGMAS,
	KEY_LEAST,
	KEY_ALLOW_PARTIAL,
	KEY_JSON_FILE,
	KEY_JUNIT,
	KEY_MARKDOWN,
	KEY_GITHUB,
	KEY_QUIET
};

const struct argp_option check_options[] = {
	{NULL, 0, NULL, 0, "Rules, in which they are the objects that SUBJECT means:", 1},
#define RULE_OPTION(id, name, argument, metric, growth, help) {name, KEY_RULE + RULE_OPTION_##id, argument, 0, help, 1},
#include "checks/rule_option.def"
#undef RULE_OPTION
	{"policy", KEY_POLICY, "FILE", 0, "Take rules from an INI file; may be given several times", 1},
	{"init", KEY_INIT, NULL, 0, "Print such a file to begin with, made from what is in A", 1},
	{NULL, 0, NULL, 0, "What growth is natural:", 2},
	{"baseline", KEY_BASELINE, "FILE", 0, "Compare with what earlier runs had, as FILE says", 2},
	{"update-baseline", KEY_UPDATE_BASELINE, NULL, 0, "Write FILE anew, from these snapshots", 2},
	{"runs", KEY_RUNS, "K", 0, "The first K snapshots are such runs, and only the last one is checked", 2},
	{"monotonic", KEY_MONOTONIC, NULL, 0, "Of three snapshots or more: nothing grew at every step", 2},
	{"sigmas", KEY_SIGMAS, "N", 0, "Standard deviations that are natural (default: 3)", 2},
	{"least", KEY_LEAST, "SIZE", 0, "Paths that grew by less are left alone (default: 4 KiB)", 2},
	{"allow-partial", KEY_ALLOW_PARTIAL, NULL, 0, "Take a snapshot that lacks something as it is", 2},
	{0},
};

const struct argp_option check_output_options[] = {
	{NULL, 0, NULL, 0, "Output:", 10},
	{"json", KEY_JSON_FILE, "FILE", 0, "Write one JSON document with plain numbers (-: to standard output)", 10},
	{"junit", KEY_JUNIT, "FILE", 0, "Write JUnit XML, a test case for each rule", 10},
	{"markdown", KEY_MARKDOWN, "FILE", 0, "Write Markdown, as for a pull request", 10},
	{"github", KEY_GITHUB, NULL, 0, "Print annotations for a GitHub workflow, and add to the summary of its step", 10},
	{"quiet", KEY_QUIET, NULL, 0, "Print nothing as text but what is violated", 10},
	{0},
};

static struct error *parse_runs(const char *value, uint64_t *runs)
{
	char *end;
	errno = 0;
	unsigned long long number = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number < 2)
		return error_create(ERROR_USAGE, "--runs takes a number from 2: how many of the snapshots are runs to learn from");
	*runs = number;
	return NULL;
}

static struct error *parse_sigmas(const char *value, double *sigmas)
{
	char *end;
	double number = strtod(value, &end);
	if (end == value || *end != '\0' || !(number > 0 && number <= 1000))
		return error_create(ERROR_USAGE, "--sigmas takes a number above 0: 3, 2.5");
	*sigmas = number;
	return NULL;
}

static struct error *add_rule(struct check_options *options, enum rule_option option, const char *text)
{
	if (options->rule_count == CHECK_RULES_MOST)
		return error_create(ERROR_USAGE, "more than %u rules: write them into a file, for --policy", CHECK_RULES_MOST);
	options->rules[options->rule_count].option = option;
	options->rules[options->rule_count++].text = text;
	return NULL;
}

/* A name that ends as snapshots do is one whose option lacks its file. */
static struct error *set_file(const char *option, const char *value, const char **file)
{
	size_t length = strlen(value);
	if (length > 5 && strcmp(value + length - 5, ".snap") == 0)
		return error_create(ERROR_USAGE, "%s takes the file to write, and that is called as a snapshot is: %s FILE, or %s -",
				    option, option, option);
	*file = value;
	return NULL;
}

static struct error *add_policy(struct check_options *options, const char *file)
{
	if (options->policy_count == CHECK_POLICIES_MOST)
		return error_create(ERROR_USAGE, "--policy is given more than %u times", CHECK_POLICIES_MOST);
	options->policies[options->policy_count++] = file;
	return NULL;
}

struct error *check_options_take(struct check_options *options, int key, const char *value, bool *known)
{
	*known = true;
	if (key >= KEY_RULE && key < KEY_RULE + RULE_OPTION_COUNT)
		return add_rule(options, (enum rule_option)(key - KEY_RULE), value);
	switch (key) {
	case KEY_POLICY:
		return add_policy(options, value);
	case KEY_INIT:
		options->init = true;
		break;
	case KEY_BASELINE:
		options->baseline = value;
		break;
	case KEY_UPDATE_BASELINE:
		options->update_baseline = true;
		break;
	case KEY_RUNS:
		return parse_runs(value, &options->runs);
	case KEY_MONOTONIC:
		options->monotonic = true;
		break;
	case KEY_SIGMAS:
		return parse_sigmas(value, &options->sigmas);
	case KEY_LEAST:
		options->has_least = true;
		if (!text_parse_size(value, &options->least))
			return error_create(ERROR_USAGE, "--least takes a size: 64KiB, 1.5MiB, 4096");
		break;
	case KEY_ALLOW_PARTIAL:
		options->allow_partial = true;
		break;
	case KEY_JSON_FILE:
		return set_file("--json", value, &options->json);
	case KEY_JUNIT:
		return set_file("--junit", value, &options->junit);
	case KEY_MARKDOWN:
		return set_file("--markdown", value, &options->markdown);
	case KEY_GITHUB:
		options->github = true;
		break;
	case KEY_QUIET:
		options->quiet = true;
		break;
	default:
		*known = false;
		break;
	}
	return NULL;
}
