#include "tests/queries/help_scenario.h"

#include "tests/format/help_file.h"
#include "tests/test.h"

#include <criterion/parameterized.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "tests/queries/scenarios"
#define SCENARIOS_MAX 1000
/* A file that is lost must not go unnoticed. */
#define SCENARIOS_LEAST 500
/* A process takes a sanitizer longer to begin and to end than a scenario does. */
#define TOGETHER (HEAP_TEST_SANITIZED ? 16u : 1u)

struct chosen { /* scenarios, for the process that runs them */
	char file[64];
	unsigned first, count;
};

/* Adds those of a file, and their number to *scenarios_there; returns how many are chosen by now. */
static size_t list_file(const char *name, struct chosen *chosen, size_t count, size_t *scenarios_there)
{
	AUTO(string) char *path = help_path(FOLDER, name);
	AUTO(scenarios) struct scenarios scenarios;
	scenarios_read(path, &scenarios);
	for (size_t i = 0; i < scenarios.items.count; i += TOGETHER) {
		size_t left = scenarios.items.count - i;
		if (count == SCENARIOS_MAX || strlen(name) >= sizeof chosen->file)
			abort();
		strcpy(chosen[count].file, name);
		chosen[count].first = (unsigned)i;
		chosen[count++].count = left < TOGETHER ? (unsigned)left : TOGETHER;
	}
	*scenarios_there += scenarios.items.count;
	return count;
}

ParameterizedTestParameters(scenarios, each)
{
	struct chosen *chosen = cr_malloc(SCENARIOS_MAX * sizeof *chosen);
	struct dirent **entries;
	size_t count = 0, scenarios_there = 0;
	int files = scandir(FOLDER, &entries, NULL, alphasort);
	for (int i = 0; i < files; i++) {
		size_t length = strlen(entries[i]->d_name);
		if (length > 4 && strcmp(entries[i]->d_name + length - 4, ".txt") == 0)
			count = list_file(entries[i]->d_name, chosen, count, &scenarios_there);
		free(entries[i]);
	}
	if (files >= 0)
		free(entries);
	if (scenarios_there < SCENARIOS_LEAST) {
		fprintf(stderr, "%zu scenarios in %s: some are lost\n", scenarios_there, FOLDER);
		abort();
	}
	return cr_make_param_array(struct chosen, chosen, count, NULL);
}

static void run_one(const struct scenario *scenario, const char *path)
{
	AUTO(text) struct text expected = {0}, actual = {0};
	scenario_expect(scenario, &expected);
	scenario_run(scenario, &actual);
	cr_assert(strcmp(text_string(&expected), text_string(&actual)) == 0,
		  "%s:%u: %s\n%s\n--- expected\n%s--- got\n%s", path, scenario->line, scenario->name,
		  text_string(&scenario->query), text_string(&expected), text_string(&actual));
}

static void run(const struct chosen *chosen)
{
	AUTO(string) char *path = help_path(FOLDER, chosen->file);
	AUTO(scenarios) struct scenarios scenarios;
	scenarios_read(path, &scenarios);
	for (unsigned i = chosen->first; i < chosen->first + chosen->count; i++)
		run_one(&scenarios.items.items[i], path);
}

ParameterizedTest(struct chosen *chosen, scenarios, each)
{
	run(chosen);
	cr_assert(!leaks_found(), "%s: one of %u scenarios from number %u on leaks memory", chosen->file, chosen->count,
		  chosen->first);
}
