#include "checks/baseline.h"

#include "tests/checks/help_program.h"
#include "tests/format/help_file.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

static const struct baseline_path *find(const struct baseline *baseline, const char *name, const char *type)
{
	for (size_t i = 0; i < baseline->paths.count; i++) {
		const struct baseline_path *path = &baseline->paths.items[i];
		if (strcmp(path->name, name) == 0 && strcmp(path->type, type) == 0)
			return path;
	}
	return NULL;
}

static void learn(struct baseline *baseline, const struct run *runs, size_t count)
{
	AUTO(program) struct program program;
	help_program_run(&program, runs, count);
	baseline_init(baseline);
	assert_ok(baseline_learn(baseline, program.readers, count, NULL, NULL));
}

HEAP_TEST(baseline, learns_each_path_over_all_runs)
{
	static const struct run runs[] = {{.page = 1000, .pages = 2}, {.page = 1000, .pages = 4, .log = 5000}, {.page = 1000, .pages = 6}};
	AUTO(baseline) struct baseline baseline;
	learn(&baseline, runs, 3);
	const struct baseline_path *pages = find(&baseline, "app.CACHE[*]", "app.Page"), *log = find(&baseline, "app.LOG", "list");
	cr_assert_eq(baseline.runs, 3);
	cr_assert_float_eq(pages->count.mean, 4, 1e-9);
	cr_assert_float_eq(pages->count.deviation, 2, 1e-9);
	cr_assert_float_eq(pages->size.mean, 4000, 1e-9);
	cr_assert_float_eq(pages->size.deviation, 2000, 1e-9);
	cr_assert_float_eq(log->size.mean, 5000.0 / 3, 1e-9); /* 0 in the others */
	cr_assert_float_eq(log->size.deviation, 5000 / sqrt(3), 1e-9);
	cr_assert_eq(log->size.runs, 3);
	cr_assert_eq(baseline_find_path(&baseline, log->key), log);
	cr_assert_null(baseline_find_path(&baseline, log->key + 1));
}

/* One that reached the least once is there with all of its runs; the dict, the module and the type stay below it. */
HEAP_TEST(baseline, leaves_out_what_is_small_in_every_run)
{
	static const struct run runs[] = {{.page = 10, .pages = 1, .log = 1023}, {.page = 10, .pages = 1, .log = 1024}};
	AUTO(baseline) struct baseline baseline;
	learn(&baseline, runs, 2);
	cr_assert_eq(baseline.least, BASELINE_LEAST);
	cr_assert_eq(baseline.paths.count, 1);
	cr_assert_eq(find(&baseline, "app.LOG", "list")->size.mean, 1023.5);
	cr_assert_eq(baseline.left_out, 3);
}

/* What is asked for may be less: then the smaller ones have names too. */
HEAP_TEST(baseline, learns_from_the_size_on_that_it_is_asked_for)
{
	static const struct run runs[] = {{.page = 10, .pages = 1, .log = 200}, {.page = 10, .pages = 1, .log = 210}};
	AUTO(program) struct program program;
	AUTO(baseline) struct baseline baseline, again;
	AUTO(text) struct text text;
	text_init(&text);
	help_program_run(&program, runs, 2);
	baseline_init(&baseline);
	baseline_init(&again);
	baseline.least = 100;
	assert_ok(baseline_learn(&baseline, program.readers, 2, NULL, NULL));
	cr_assert_eq(baseline.least, 100);
	cr_assert_eq(find(&baseline, "app.LOG", "list")->size.mean, 205);
	cr_assert_eq(find(&baseline, "app.CACHE", "dict")->size.mean, 100);
	cr_assert_null(find(&baseline, "app.CACHE[*]", "app.Page"));
	assert_ok(baseline_print(&baseline, &text));
	assert_ok(baseline_parse(text_string(&text), text.length, "b", &again));
	cr_assert_eq(again.least, 100);
	cr_assert_eq(again.paths.count, baseline.paths.count);
}

HEAP_TEST(baseline, of_one_run_has_no_deviation)
{
	static const struct run run = {.page = 1000, .pages = 2};
	AUTO(baseline) struct baseline baseline;
	learn(&baseline, &run, 1);
	cr_assert_eq(find(&baseline, "app.CACHE[*]", "app.Page")->size.runs, 1);
	cr_assert_eq(find(&baseline, "app.CACHE[*]", "app.Page")->size.deviation, 0);
}

HEAP_TEST(baseline, learns_rules_by_name)
{
	AUTO(baseline) struct baseline baseline;
	baseline_init(&baseline);
	assert_ok(baseline_learn_rule(&baseline, "cache", (const int64_t[]){10, 20, 30}, 3));
	assert_ok(baseline_learn_rule(&baseline, "odd", (const int64_t[]){-4, INT64_MAX}, 2));
	assert_ok(baseline_learn_rule(&baseline, "cache", (const int64_t[]){1, 3}, 2));
	cr_assert_eq(baseline.rules.count, 2);
	cr_assert_eq(baseline_find(&baseline, "cache")->runs, 2);
	cr_assert_float_eq(baseline_find(&baseline, "cache")->mean, 2, 1e-12);
	cr_assert_float_eq(baseline_find(&baseline, "cache")->deviation, sqrt(2), 1e-12);
	cr_assert(isfinite(baseline_find(&baseline, "odd")->deviation));
	cr_assert_null(baseline_find(&baseline, "Cache"));
}

/* --- the file ------------------------------------------------------------------------------------------------------- */

static void compare(const struct learned *a, const struct learned *b)
{
	cr_assert_eq(a->runs, b->runs);
	cr_assert_float_eq(a->mean, b->mean, 1e-6);
	cr_assert_float_eq(a->deviation, b->deviation, 1e-6);
}

HEAP_TEST(baseline, is_read_as_it_was_written)
{
	static const struct run runs[] = {{.page = 1001, .pages = 2}, {.page = 1000, .pages = 4, .log = 1234567}, {.page = 7, .pages = 6}};
	AUTO(baseline) struct baseline baseline, again;
	learn(&baseline, runs, 3);
	assert_ok(baseline_learn_rule(&baseline, "--max-count \033app", (const int64_t[]){123456789, 123456790, 3}, 3));
	char *folder = help_folder();
	AUTO(string) char *path = help_path(folder, "base.json");
	assert_ok(baseline_write(&baseline, path));
	assert_ok(baseline_write(&baseline, path)); /* over it */
	cr_assert_eq(help_folder_entries(folder), 1);
	baseline_init(&again);
	assert_ok(baseline_read(path, &again));
	cr_assert_eq(again.runs, 3);
	cr_assert_eq(again.least, BASELINE_LEAST);
	cr_assert_eq(again.paths.count, baseline.paths.count);
	for (size_t i = 0; i < baseline.paths.count; i++) {
		const struct baseline_path *before = &baseline.paths.items[i], *after = &again.paths.items[i];
		cr_assert_eq(after->key, before->key);
		cr_assert_str_eq(after->name, before->name);
		cr_assert_str_eq(after->type, before->type);
		cr_assert_eq(baseline_find_path(&again, before->key), after);
		compare(&after->count, &before->count);
		compare(&after->size, &before->size);
	}
	cr_assert_eq(again.rules.count, 1);
	cr_assert_str_eq(again.rules.items[0].name, "--max-count \\x1Bapp");
	compare(&again.rules.items[0].value, &baseline.rules.items[0].value);
	AUTO(text) struct text first, second;
	text_init(&first);
	text_init(&second);
	baseline.left_out = 0; /* a note for people, which is not read */
	assert_ok(baseline_print(&baseline, &first));
	assert_ok(baseline_print(&again, &second));
	cr_assert_str_eq(text_string(&first), text_string(&second));
	help_folder_remove(folder);
}

HEAP_TEST(baseline, says_what_it_left_out)
{
	AUTO(baseline) struct baseline baseline;
	AUTO(text) struct text text;
	text_init(&text);
	learn(&baseline, &(struct run){.page = 10, .pages = 1}, 1);
	assert_ok(baseline_print(&baseline, &text));
	cr_assert_not_null(strstr(text_string(&text), "\"3 paths of less than 1.0 KiB in every run are left out\""));
}

#define HEAD "{\"schema\": \"heapdiff.baseline/1\", \"runs\": 3, "
#define RULE(fields) HEAD "\"rules\": [{" fields "}], \"paths\": []}"
#define PATH(fields) HEAD "\"rules\": [], \"paths\": [{" fields "}]}"
#define KEY "\"key\": \"00000000000000ff\", "
#define NAMES "\"path\": \"app.X\", \"type\": \"dict\", \"runs\": 3, "
#define COUNTS "\"count_mean\": 1, \"count_deviation\": 0.5, "
#define SIZES "\"size_mean\": 2.5e3, \"size_deviation\": 0"

static void refuse(const char *text, const char *part)
{
	AUTO(baseline) struct baseline baseline;
	baseline_init(&baseline);
	assert_error_says(baseline_parse(text, strlen(text), "base.json", &baseline), ERROR_INPUT, part);
	cr_assert_eq(baseline.runs, 0);
	cr_assert_eq(baseline.paths.count, 0);
}

static void take(const char *text)
{
	AUTO(baseline) struct baseline baseline;
	baseline_init(&baseline);
	assert_ok(baseline_parse(text, strlen(text), "base.json", &baseline));
	cr_assert_eq(baseline.runs, 3);
}

HEAP_TEST(baseline, takes_what_is_valid)
{
	take(HEAD "\"rules\": [], \"paths\": []}");
	take(HEAD "\"rules\": [], \"paths\": [], \"future\": {\"a\": [1]}, \"least\": 0}");
	take(RULE("\"rule\": \"a\", \"runs\": 1, \"mean\": -5, \"deviation\": 0, \"more\": null"));
	take(PATH(KEY NAMES COUNTS SIZES));
}

HEAP_TEST(baseline, refuses_what_is_none)
{
	refuse("", "base.json:1: no JSON");
	refuse(HEAD "\n\"rules\": [1 2]}", "base.json:2: no JSON: a comma or ] should stand where '2]}' begins");
	refuse("[]", "base.json: it should be an object of JSON");
	refuse("{\"schema\": \"heapdiff.types/1\"}", "schema should be heapdiff.baseline/1");
	refuse("{\"schema\": \"heapdiff.baseline/1\"}", "runs should be a whole number from 0 to 1000000");
	refuse("{\"schema\": \"heapdiff.baseline/1\", \"runs\": 2.5}", "runs should be");
	refuse("{\"schema\": \"heapdiff.baseline/1\", \"runs\": -1}", "runs should be");
	refuse(HEAD "\"rules\": 5, \"paths\": []}", "rules should be a list");
	refuse(HEAD "\"rules\": []}", "paths should be a list");
	refuse(HEAD "\"least\": -1, \"rules\": [], \"paths\": []}", "least should be a whole number");
	refuse(HEAD "\"rules\": [7], \"paths\": []}", "it should be an object, in item 1 of rules");
}

HEAP_TEST(baseline, refuses_bad_rules)
{
	refuse(RULE("\"runs\": 1, \"mean\": 1, \"deviation\": 0"), "rule should be a text, in item 1 of rules");
	refuse(RULE("\"rule\": \"\", \"runs\": 1, \"mean\": 1, \"deviation\": 0"), "rule should be a text");
	refuse(RULE("\"rule\": \"a\", \"runs\": 0, \"mean\": 1, \"deviation\": 0"), "runs should be a whole number from 1");
	refuse(RULE("\"rule\": \"a\", \"runs\": 1, \"mean\": 1, \"deviation\": 2"), "deviation should be 0, as it is of one run");
	refuse(RULE("\"rule\": \"a\", \"runs\": 2, \"mean\": 1e300, \"deviation\": 2"), "mean should be a number of less than");
	refuse(RULE("\"rule\": \"a\", \"runs\": 2, \"mean\": 1, \"deviation\": -2"), "deviation should be a number from 0");
	refuse(RULE("\"rule\": \"a\", \"runs\": 2, \"mean\": 1, \"deviation\": \"2\""), "deviation should be a number from 0");
	refuse(RULE("\"rule\": \"a\", \"runs\": 2, \"mean\": 1, \"deviation\": 2}, {\"rule\": \"a\", \"runs\": 2, \"mean\": 1, \"deviation\": 2"),
	       "rule should be another one than those before, in item 2 of rules");
}

HEAP_TEST(baseline, refuses_bad_paths)
{
	refuse(PATH(NAMES COUNTS SIZES), "key should be 16 hexadecimal digits, in item 1 of paths");
	refuse(PATH("\"key\": \"00000000000000FF\", " NAMES COUNTS SIZES), "key should be 16 hexadecimal digits");
	refuse(PATH("\"key\": \"ff\", " NAMES COUNTS SIZES), "key should be 16 hexadecimal digits");
	refuse(PATH("\"key\": \"ffffffffffffffff\", " NAMES COUNTS SIZES), "key should be less than that");
	refuse(PATH(KEY COUNTS SIZES), "path should be a text");
	refuse(PATH(KEY "\"path\": \"x\", \"type\": 5, " COUNTS SIZES), "type should be a text");
	refuse(PATH(KEY NAMES SIZES), "count_mean should be a number from 0");
	refuse(PATH(KEY NAMES COUNTS "\"size_mean\": -1, \"size_deviation\": 0"), "size_mean should be a number from 0");
	refuse(PATH(KEY NAMES COUNTS "\"size_mean\": 1, \"size_deviation\": 1e20"), "size_deviation should be a number from 0");
	refuse(PATH(KEY NAMES COUNTS SIZES "}, {" KEY NAMES COUNTS SIZES), "key should be another one");
}

HEAP_TEST(baseline, refuses_a_zero_byte_and_files_that_are_none)
{
	static const char text[] = HEAD "\n\0\"rules\": [], \"paths\": []}";
	AUTO(baseline) struct baseline baseline;
	baseline_init(&baseline);
	assert_error_says(baseline_parse(text, sizeof text - 1, "b", &baseline), ERROR_INPUT, "b:2: no JSON: there is a byte of 0");
	assert_error_says(baseline_read("/nowhere/base.json", &baseline), ERROR_INPUT, "/nowhere/base.json: can't be read");
	assert_error_says(baseline_read("/proc/self", &baseline), ERROR_INPUT, "at most 64 MiB");
}

/* --- one run more --------------------------------------------------------------------------------------------------- */

HEAP_TEST(baseline, keeps_deviations_where_there_is_one_run)
{
	static const struct run runs[] = {{.page = 1000, .pages = 2, .log = 5000},
					  {.page = 1000, .pages = 4, .log = 7000},
					  {.page = 1000, .pages = 6, .log = 9000}};
	static const struct run one = {.page = 1000, .pages = 9, .table = 3000};
	AUTO(baseline) struct baseline old, fresh;
	learn(&old, runs, 3);
	learn(&fresh, &one, 1);
	assert_ok(baseline_learn_rule(&old, "a", (const int64_t[]){1, 3}, 2));
	assert_ok(baseline_learn_rule(&fresh, "a", (const int64_t[]){7}, 1));
	assert_ok(baseline_learn_rule(&fresh, "b", (const int64_t[]){7}, 1));
	assert_ok(baseline_keep_deviations(&fresh, &old));
	const struct baseline_path *pages = find(&fresh, "app.CACHE[*]", "app.Page"), *log = find(&fresh, "app.LOG", "list");
	cr_assert_eq(fresh.runs, 3);
	compare(&pages->size, &(struct learned){3, 9000, 2000});
	compare(&pages->count, &(struct learned){3, 9, 2});
	compare(&log->size, &(struct learned){3, 0, 2000}); /* gone, and may come again */
	compare(&find(&fresh, "app.CACHE", "dict")->size, &(struct learned){1, 3000, 0});
	compare(baseline_find(&fresh, "a"), &(struct learned){2, 7, sqrt(2)});
	compare(baseline_find(&fresh, "b"), &(struct learned){1, 7, 0});
	for (size_t i = 0; i < fresh.paths.count; i++)
		cr_assert_eq(baseline_find_path(&fresh, fresh.paths.items[i].key), &fresh.paths.items[i]);
}

HEAP_TEST(baseline, takes_its_own_deviations_of_several_runs)
{
	static const struct run runs[] = {{.log = 5000}, {.log = 7000}}, others[] = {{.log = 50000}, {.log = 70000}};
	AUTO(baseline) struct baseline old, fresh;
	learn(&old, others, 2);
	learn(&fresh, runs, 2);
	assert_ok(baseline_keep_deviations(&fresh, &old));
	compare(&find(&fresh, "app.LOG", "list")->size, &(struct learned){2, 6000, sqrt(2) * 1000});
}
