/* What is said of each metric. */
#include "checks/violation.h"

#include "tests/test.h"

#include <math.h>

static void assert_said(const struct outcome *outcome, const char *name, const char *expected)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	violation_print(outcome, name, SIZE_BINARY, &text);
	cr_assert_str_eq(text_string(&text), expected, "'%s' is not '%s'", text_string(&text), expected);
}

/* What is measured of the type app.S, and of all; 3 where 2 may be. */
static void assert_metric(enum metric metric, bool growth, const char *some, const char *all)
{
	struct outcome outcome = {.rule = {.metric = metric,
					   .growth = growth,
					   .limit = {.has_amount = true, .amount = 2}},
				  .known = true,
				  .measured = 3,
				  .most = 2};
	if (all != NULL)
		assert_said(&outcome, NULL, all);
	outcome.rule.subject = (struct subject){SUBJECT_TYPE, "app"};
	if (some != NULL)
		assert_said(&outcome, "app.S", some);
}

HEAP_TEST(violation, is_said_of_what_is_there)
{
	assert_metric(METRIC_RETAINED, false, "app.S retains 3 B, 1 B more than the limit of 2 B",
		      "the heap retains 3 B, 1 B more than the limit of 2 B");
	assert_metric(METRIC_SIZE, false, "app.S occupies 3 B, 1 B more than the limit of 2 B",
		      "the heap occupies 3 B, 1 B more than the limit of 2 B");
	assert_metric(METRIC_COUNT, false, "the heap has 3 objects of app.S, 1 object more than the limit of 2 objects",
		      "the heap has 3 objects, 1 object more than the limit of 2 objects");
	assert_metric(METRIC_GARBAGE, false, "3 B of app.S is garbage, 1 B more than the limit of 2 B",
		      "3 B is garbage, 1 B more than the limit of 2 B");
	assert_metric(METRIC_CYCLES, false, "the heap has 3 cycles with app.S, 1 cycle more than the limit of 2 cycles",
		      "the heap has 3 cycles, 1 cycle more than the limit of 2 cycles");
	assert_metric(METRIC_RESIDUE, false,
		      "only C code has 3 references to app.S, 1 reference more than the limit of 2 references",
		      "only C code has 3 references, 1 reference more than the limit of 2 references");
	assert_metric(METRIC_EXTERNAL, false, "only C code keeps 3 B of app.S alive, 1 B more than the limit of 2 B",
		      "only C code keeps 3 B alive, 1 B more than the limit of 2 B");
	assert_metric(METRIC_RSS, false, NULL, "the process has 3 B resident, 1 B more than the limit of 2 B");
	assert_metric(METRIC_FRAGMENTATION, false, NULL,
		      "3 B of the allocator's pools is nobody's, 1 B more than the limit of 2 B");
	assert_metric(METRIC_QUERY, false, "app.S gives 3, 1 more than the limit of 2", NULL);
}

HEAP_TEST(violation, is_said_of_growth)
{
	assert_metric(METRIC_RETAINED, true, "what app.S retains grew by 3 B, 1 B more than the limit of 2 B",
		      "what the heap retains grew by 3 B, 1 B more than the limit of 2 B");
	assert_metric(METRIC_SIZE, true, "what app.S occupies grew by 3 B, 1 B more than the limit of 2 B",
		      "what the heap occupies grew by 3 B, 1 B more than the limit of 2 B");
	assert_metric(METRIC_COUNT, true,
		      "the number of app.S grew by 3 objects, 1 object more than the limit of 2 objects",
		      "the number of all objects grew by 3 objects, 1 object more than the limit of 2 objects");
	assert_metric(METRIC_GARBAGE, true, "garbage of app.S grew by 3 B, 1 B more than the limit of 2 B",
		      "garbage grew by 3 B, 1 B more than the limit of 2 B");
	assert_metric(METRIC_CYCLES, true,
		      "3 cycles with app.S appeared or grew, 1 cycle more than the limit of 2 cycles",
		      "3 cycles appeared or grew, 1 cycle more than the limit of 2 cycles");
	assert_metric(
		METRIC_RESIDUE, true,
		"what C code holds of app.S grew by 3 references, 1 reference more than the limit of 2 references",
		"what C code holds grew by 3 references, 1 reference more than the limit of 2 references");
	assert_metric(METRIC_EXTERNAL, true,
		      "what only C code keeps alive of app.S grew by 3 B, 1 B more than the limit of 2 B",
		      "what only C code keeps alive grew by 3 B, 1 B more than the limit of 2 B");
	assert_metric(METRIC_RSS, true, NULL,
		      "the resident memory of the process grew by 3 B, 1 B more than the limit of 2 B");
	assert_metric(METRIC_FRAGMENTATION, true, NULL,
		      "what is nobody's of the allocator's pools grew by 3 B, 1 B more than the limit of 2 B");
	assert_metric(METRIC_QUERY, true, "what app.S gives grew by 3, 1 more than the limit of 2", NULL);
}

HEAP_TEST(violation, says_how_far_it_is_from_what_was_learned)
{
	struct outcome outcome = {.rule = {.metric = METRIC_COUNT, .growth = true, .limit = {.has_amount = true}},
				  .measured = 12,
				  .most = 2,
				  .baselines = 8,
				  .sigmas = 3.14};
	assert_said(&outcome, NULL, "the number of all objects grew by 12 objects, 3.1 sigma beyond 8 baselines");
	outcome.rule.limit.amount = 5;
	assert_said(
		&outcome, NULL,
		"the number of all objects grew by 12 objects, 7 objects more than the limit of 5 objects, 3.1 sigma beyond 8 baselines");
	outcome.sigmas = INFINITY;
	outcome.baselines = 1;
	outcome.rule.limit.amount = 0;
	assert_said(&outcome, NULL, "the number of all objects grew by 12 objects, beyond 1 baseline");
}

/* Foreign subjects are shown as they can be; no number is too large. */
HEAP_TEST(violation, is_said_of_anything)
{
	struct outcome outcome = {.rule = {.metric = METRIC_QUERY,
					   .subject = {SUBJECT_PATH, "a\x1b[]{}@#"},
					   .limit = {.has_amount = true, .amount = 1}},
				  .measured = INT64_MIN,
				  .most = 1};
	AUTO(text) struct text text = {0};
	text_init(&text);
	violation_print(&outcome, NULL, SIZE_BINARY, &text);
	cr_assert_eq(strncmp(text_string(&text), "a\\x1B[]{}@# gives ", strlen("a\\x1B[]{}@# gives ")), 0, "%s",
		     text_string(&text));
}
