/* Lines to paste: of each metric, subject and pair. */
#include "checks/command_line.h"

#include "tests/checks/help_scene.h"
#include "tests/test.h"

#define HEAP                                                                                                           \
	"meta pid 1\nmeta process_hash aa\nobject 0x10 app.S(1)\nobject 0x20 dict\nroot modules modules 0x10 0x20\n"

static void assert_line(const struct staged *staged, struct rule rule, node_id shown, const char *expected)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	assert_ok(command_line_print(&staged->scene, &rule, shown, 1, &text));
	cr_assert_str_eq(text_string(&text), expected, "'%s' is not '%s'", text_string(&text), expected);
}

static void assert_metric(const struct staged *staged, enum metric metric, bool growth, const char *expected)
{
	assert_line(staged, (struct rule){.metric = metric, .growth = growth, .subject = {SUBJECT_TYPE, "^app"}}, 0,
		    expected);
}

HEAP_TEST(command_line, shows_a_metric_of_one_snapshot)
{
	AUTO(staged) struct staged staged;
	help_stage(&staged, HEAP, NULL, DIFF_BY_ADDRESS);
	assert_metric(&staged, METRIC_RETAINED, false, "heapdiff top a.snap --type '^app'");
	assert_metric(&staged, METRIC_SIZE, false, "heapdiff types a.snap --type '^app'");
	assert_metric(&staged, METRIC_COUNT, false, "heapdiff paths --merged a.snap --type '^app'");
	assert_metric(&staged, METRIC_GARBAGE, false, "heapdiff garbage a.snap --type '^app'");
	assert_metric(&staged, METRIC_CYCLES, false, "heapdiff cycles a.snap --type '^app'");
	assert_metric(&staged, METRIC_RESIDUE, false, "heapdiff refcounts a.snap --type '^app'");
	assert_metric(&staged, METRIC_EXTERNAL, true, "heapdiff refcounts a.snap --type '^app'");
	assert_metric(&staged, METRIC_RSS, false, "heapdiff memory a.snap");
	assert_metric(&staged, METRIC_FRAGMENTATION, false, "heapdiff memory a.snap");
	assert_metric(&staged, METRIC_RETAINED, true, "heapdiff top a.snap --type '^app'");
}

HEAP_TEST(command_line, shows_growth_of_a_pair)
{
	AUTO(staged) struct staged staged;
	help_stage(&staged, HEAP, HEAP, DIFF_BY_ADDRESS);
	assert_metric(&staged, METRIC_RETAINED, true, "heapdiff why a.snap b.snap --type '^app'");
	assert_metric(&staged, METRIC_SIZE, true, "heapdiff why a.snap b.snap --type '^app'");
	assert_metric(&staged, METRIC_COUNT, true, "heapdiff why a.snap b.snap --type '^app'");
	assert_metric(&staged, METRIC_GARBAGE, true, "heapdiff garbage b.snap --type '^app'");
	assert_metric(&staged, METRIC_CYCLES, true, "heapdiff cycles b.snap --type '^app'");
	assert_metric(&staged, METRIC_RSS, true, "heapdiff memory a.snap b.snap");
	assert_metric(&staged, METRIC_FRAGMENTATION, true, "heapdiff memory a.snap b.snap");
	assert_metric(&staged, METRIC_COUNT, false, "heapdiff paths --merged b.snap --type '^app'");
	staged.diff.match = DIFF_BY_PATH;
	assert_metric(&staged, METRIC_COUNT, true, "heapdiff why a.snap b.snap --type '^app' --match path");
	assert_metric(&staged, METRIC_RSS, true, "heapdiff memory a.snap b.snap");
	staged.diff.same_process = false;
	assert_metric(&staged, METRIC_COUNT, true, "heapdiff why a.snap b.snap --type '^app'");
}

/* Where a subject is no pattern of types, the type of what is shown is one. */
HEAP_TEST(command_line, names_the_type_that_is_shown)
{
	AUTO(staged) struct staged staged;
	help_stage(&staged, HEAP, HEAP, DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = {SUBJECT_MODULE, "^app$"}};
	assert_line(&staged, rule, 0, "heapdiff why a.snap b.snap --type '^app\\.S\\(1\\)$'");
	assert_line(&staged, rule, NO_ID, "heapdiff diff a.snap b.snap");
	rule.subject = (struct subject){SUBJECT_ALL, NULL};
	assert_line(&staged, rule, 0, "heapdiff diff a.snap b.snap");
	rule.metric = METRIC_CYCLES;
	assert_line(&staged, rule, 1, "heapdiff cycles b.snap --type '^dict$'");
	rule = (struct rule){.metric = METRIC_RETAINED, .subject = {SUBJECT_PATH, "app.S"}};
	assert_line(&staged, rule, 1, "heapdiff tree b.snap '#1'");
	assert_line(&staged, rule, NO_ID, "heapdiff top b.snap");
	rule = (struct rule){.metric = METRIC_COUNT};
	assert_line(&staged, rule, 1, "heapdiff types --sort objects b.snap");
}

HEAP_TEST(command_line, quotes_files_and_queries)
{
	AUTO(staged) struct staged staged;
	help_stage(&staged, HEAP, HEAP, DIFF_BY_ADDRESS);
	staged.scene.before = "old one.snap";
	staged.scene.after = "-it's.snap";
	struct rule rule = {.metric = METRIC_QUERY, .subject = {SUBJECT_QUERY, "MATCH (d:dict) WHERE d.new RETURN d"}};
	assert_line(&staged, rule, NO_ID,
		    "heapdiff query 'old one.snap' './-it'\\''s.snap' 'MATCH (d:dict) WHERE d.new RETURN d'");
}

/* A pattern may find nearly all types. */
HEAP_TEST(command_line, tells_many_types_one_by_one)
{
	AUTO(staged) struct staged staged;
	AUTO(text) struct text text = {0};
	help_stage(&staged, HEAP, HEAP, DIFF_BY_ADDRESS);
	struct rule rule = {.metric = METRIC_RETAINED, .growth = true, .subject = {SUBJECT_TYPE, "."}};
	text_init(&text);
	assert_ok(command_line_print(&staged.scene, &rule, 0, 9, &text));
	cr_assert_str_eq(text_string(&text), "heapdiff diff a.snap b.snap --type .");
}
