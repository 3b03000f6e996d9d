#include "tests/queries/help_scenario.h"

#include "queries/query.h"
#include "tests/format/help_file.h"
#include "tests/queries/help_heaps.h"
#include "tests/queries/help_value.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

/* --- reading ------------------------------------------------------------------------------------------------------ */

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

static void add_line(struct text *text, const char *line)
{
	text_add(text, line);
	text_add_char(text, '\n');
}

enum place_in_file {
	SECTION_NONE,
	SECTION_GRAPH,
	SECTION_BEFORE,
	SECTION_QUERY,
	SECTION_EXPECTED
};

struct reading {
	const char *path;
	unsigned line;
	enum place_in_file section;
	struct text graph, before;
	struct scenarios *scenarios;
};

static void begin_block(struct reading *reading, const char *title)
{
	if (strcmp(title, "graph") == 0) {
		reading->section = SECTION_GRAPH;
		text_deinit(&reading->graph);
		text_deinit(&reading->before);
		return;
	}
	if (strcmp(title, "before") == 0) {
		reading->section = SECTION_BEFORE;
		return;
	}
	struct scenario scenario = {.line = reading->line};
	cr_assert_lt(strlen(title), sizeof scenario.name, "%s:%u: too long a name", reading->path, reading->line);
	strcpy(scenario.name, title);
	text_add(&scenario.graph, text_string(&reading->graph));
	text_add(&scenario.before, text_string(&reading->before));
	assert_ok(vector_push(&reading->scenarios->items, scenario));
	reading->section = SECTION_QUERY;
}

static void take_query_line(struct scenario *scenario, const char *line, enum place_in_file *section)
{
	if (strcmp(line, "---") == 0 || strcmp(line, "--- ordered") == 0) {
		scenario->ordered = strcmp(line, "---") != 0;
		*section = SECTION_EXPECTED;
	} else if (begins(line, "%%FAIL ")) {
		scenario->fails = true;
		text_add(&scenario->expected, line);
		*section = SECTION_EXPECTED;
	} else if (*line == '$') {
		add_line(&scenario->parameters, line + 1);
	} else {
		text_add(&scenario->query, scenario->query.length > 0 ? "\n" : "");
		text_add(&scenario->query, line);
	}
}

static void take_line(struct reading *reading, const char *line)
{
	struct scenarios *scenarios = reading->scenarios;
	struct scenario *last = scenarios->items.count > 0 ? &scenarios->items.items[scenarios->items.count - 1] : NULL;
	if (*line == '\0' || begins(line, "## "))
		return;
	if (begins(line, "=== ")) {
		begin_block(reading, line + 4);
		return;
	}
	cr_assert_neq(reading->section, SECTION_NONE, "%s:%u: before the first ===", reading->path, reading->line);
	if (reading->section == SECTION_GRAPH)
		add_line(&reading->graph, line);
	else if (reading->section == SECTION_BEFORE)
		add_line(&reading->before, line);
	else if (reading->section == SECTION_QUERY)
		take_query_line(last, line, &reading->section);
	else
		add_line(&last->expected, line);
}

/* Names tell a scenario, so no two are the same; and each says what it expects. */
static void check_scenarios(const struct reading *reading)
{
	const struct scenarios *scenarios = reading->scenarios;
	for (size_t i = 0; i < scenarios->items.count; i++) {
		const struct scenario *scenario = &scenarios->items.items[i];
		cr_assert(scenario->query.length > 0 && scenario->expected.length > 0,
			  "%s:%u: no query, or nothing expected", reading->path, scenario->line);
		for (size_t j = 0; j < i; j++)
			cr_assert_str_neq(scenario->name, scenarios->items.items[j].name, "%s:%u: the name is taken",
					  reading->path, scenario->line);
	}
}

void scenarios_read(const char *path, struct scenarios *scenarios)
{
	size_t size;
	AUTO(free) void *bytes = help_file_read(path, &size);
	AUTO(string) char *text = strndup(bytes, size);
	struct reading reading = {.path = path, .scenarios = scenarios};
	*scenarios = (struct scenarios){0};
	cr_assert_not_null(text);
	for (char *line = text, *end; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end == '\n')
			*end++ = '\0';
		reading.line++;
		take_line(&reading, line);
	}
	text_deinit(&reading.graph);
	text_deinit(&reading.before);
	check_scenarios(&reading);
}

void scenarios_deinit(struct scenarios *scenarios)
{
	for (size_t i = 0; i < scenarios->items.count; i++) {
		struct scenario *scenario = &scenarios->items.items[i];
		text_deinit(&scenario->graph);
		text_deinit(&scenario->before);
		text_deinit(&scenario->parameters);
		text_deinit(&scenario->query);
		text_deinit(&scenario->expected);
	}
	vector_deinit(&scenarios->items);
}

/* --- running ------------------------------------------------------------------------------------------------------ */

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All lines but the first, sorted. */
static void sort_rows(struct text *text)
{
	AUTO(string) char *copy = strdup(text_string(text));
	VECTOR(char *) lines = {0};
	cr_assert_not_null(copy);
	for (char *line = strtok(copy, "\n"); line != NULL; line = strtok(NULL, "\n"))
		assert_ok(vector_push(&lines, line));
	if (lines.count > 2)
		qsort(lines.items + 1, lines.count - 1, sizeof *lines.items, compare_lines);
	text_deinit(text);
	for (size_t i = 0; i < lines.count; i++)
		add_line(text, lines.items[i]);
	vector_deinit(&lines);
}

static const struct datum_map no_parameters = {0};

/* The value of an expression that needs no heap, as the only row of a query; copied to the arena. */
static struct datum value_of(struct arena *arena, const struct query_heaps *heaps, struct limits *limits,
			     const char *expression)
{
	AUTO(query) struct query query = {0};
	AUTO(text) struct text text = {0};
	const struct datum *values;
	struct datum value;
	bool found;
	text_printf(&text, "RETURN %s", expression);
	assert_ok(query_init(&query, text_string(&text), heaps, &no_parameters, limits));
	assert_ok(plan_next(query.plan, &values, &found));
	cr_assert(found);
	assert_ok(datum_copy(arena, values[0], &value));
	return value;
}

static const struct datum_map *read_parameters(const struct scenario *scenario, struct arena *arena,
					       const struct query_heaps *heaps, struct limits *limits)
{
	AUTO(string) char *copy = strdup(text_string(&scenario->parameters));
	struct datum_map *map;
	struct datum datum;
	uint32_t count = 0;
	cr_assert_not_null(copy);
	assert_ok(datum_map_create(arena, strlen(copy), &map));
	for (char *line = copy, *end; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end == '\n')
			*end++ = '\0';
		char *sign = strstr(line, " = ");
		cr_assert_not_null(sign, "%u: no value of a parameter", scenario->line);
		const char *name = arena_copy(arena, line, (size_t)(sign - line));
		cr_assert_not_null(name);
		map->entries[count].key = datum_string(name, (size_t)(sign - line));
		map->entries[count++].value = value_of(arena, heaps, limits, sign + 3);
	}
	map->count = count;
	assert_ok(datum_of_map(map, &datum));
	return datum.map;
}

static struct error *add_rows(struct query *query, struct text *actual)
{
	const struct datum *values;
	bool found = false;
	uint32_t count = query->resolution.column_count;
	for (uint32_t i = 0; i < count; i++)
		text_printf(actual, "%s%s", i == 0 ? "" : " | ", query->resolution.columns[i].name);
	text_add_char(actual, '\n');
	for (;;) {
		TRY(plan_next(query->plan, &values, &found));
		if (!found)
			break;
		for (uint32_t i = 0; i < count; i++) {
			text_add(actual, i == 0 ? "" : " | ");
			TRY(help_value_print(plan_heap(query->plan), values[i], actual));
		}
		text_add_char(actual, '\n');
	}
	for (size_t i = 0; i < query->resolution.warnings.count; i++)
		text_printf(actual, "%%%%WARN %s\n", query->resolution.warnings.items[i]);
	return NULL;
}

/* "line L, column C" of the message is the offset that the error carries. */
static void check_place(const struct scenario *scenario, const struct error *error)
{
	unsigned line = 1, column = 1, said_line, said_column;
	const char *text = text_string(&scenario->query);
	if (!error->has_where) {
		cr_assert_neq(strncmp(error->message, "line ", 5), 0, "%s: a place in words only", scenario->name);
		return;
	}
	cr_assert_leq(error->where, strlen(text), "%s: a place beyond the query", scenario->name);
	for (uint64_t i = 0; i < error->where; i++) {
		column = text[i] == '\n' ? 1 : column + (((unsigned char)text[i] & 0xc0) != 0x80);
		line += text[i] == '\n';
	}
	cr_assert_eq(sscanf(error->message, "line %u, column %u: ", &said_line, &said_column), 2,
		     "%s: a place that the message doesn't tell: %s", scenario->name, error->message);
	cr_assert(line == said_line && column == said_column, "%s: the place is line %u, column %u: %s", scenario->name,
		  line, column, error->message);
}

void scenario_run(const struct scenario *scenario, struct text *actual)
{
	AUTO(heaps) struct heaps opened = {0};
	AUTO(query) struct query query = {0};
	struct limits limits = {.memory = LIMITS_MEMORY, .steps = LIMITS_STEPS};
	help_heaps_init(&opened, scenario->before.length > 0 ? text_string(&scenario->before) : NULL,
			text_string(&scenario->graph));
	const struct query_heaps heaps = {.after = opened.after, .before = opened.before};
	const struct datum_map *parameters = read_parameters(scenario, &opened.arena, &heaps, &limits);
	AUTO(error)
	struct error *error = query_init(&query, text_string(&scenario->query), &heaps, parameters, &limits);
	if (error == NULL)
		error = query_place_error(add_rows(&query, actual), text_string(&scenario->query));
	if (error != NULL) {
		check_place(scenario, error);
		text_deinit(actual);
		text_printf(actual, "%%%%FAIL %s\n", error->message);
	} else if (!scenario->ordered) {
		sort_rows(actual);
	}
}

void scenario_expect(const struct scenario *scenario, struct text *expected)
{
	text_add(expected, text_string(&scenario->expected));
	if (scenario->fails)
		text_add_char(expected, '\n');
	else if (!scenario->ordered)
		sort_rows(expected);
}
