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

struct chosen { /* a scenario, for the process that runs it */
	char file[64];
	unsigned number;
};

static size_t list_file(const char *name, struct chosen *chosen, size_t count)
{
	AUTO(string) char *path = help_path(FOLDER, name);
	AUTO(scenarios) struct scenarios scenarios;
	scenarios_read(path, &scenarios);
	for (size_t i = 0; i < scenarios.items.count; i++) {
		if (count == SCENARIOS_MAX || strlen(name) >= sizeof chosen->file)
			abort();
		strcpy(chosen[count].file, name);
		chosen[count++].number = (unsigned)i;
	}
	return count;
}

ParameterizedTestParameters(scenarios, each)
{
	struct chosen *chosen = cr_malloc(SCENARIOS_MAX * sizeof *chosen);
	struct dirent **entries;
	size_t count = 0;
	int files = scandir(FOLDER, &entries, NULL, alphasort);
	for (int i = 0; i < files; i++) {
		size_t length = strlen(entries[i]->d_name);
		if (length > 4 && strcmp(entries[i]->d_name + length - 4, ".txt") == 0)
			count = list_file(entries[i]->d_name, chosen, count);
		free(entries[i]);
	}
	if (files >= 0)
		free(entries);
	if (count < SCENARIOS_LEAST) {
		fprintf(stderr, "%zu scenarios in %s: some are lost\n", count, FOLDER);
		abort();
	}
	return cr_make_param_array(struct chosen, chosen, count, NULL);
}

static void run(const struct chosen *chosen)
{
	AUTO(string) char *path = help_path(FOLDER, chosen->file);
	AUTO(scenarios) struct scenarios scenarios;
	AUTO(text) struct text expected = {0}, actual = {0};
	scenarios_read(path, &scenarios);
	const struct scenario *scenario = &scenarios.items.items[chosen->number];
	scenario_expect(scenario, &expected);
	scenario_run(scenario, &actual);
	cr_assert(strcmp(text_string(&expected), text_string(&actual)) == 0,
		  "%s:%u: %s\n%s\n--- expected\n%s--- got\n%s", path, scenario->line, scenario->name,
		  text_string(&scenario->query), text_string(&expected), text_string(&actual));
}

ParameterizedTest(struct chosen *chosen, scenarios, each)
{
	run(chosen);
	cr_assert(!leaks_found(), "%s, scenario %u leaks memory", chosen->file, chosen->number);
}
